//! A line of a settlement: one person, one currency.

use sha2::{Digest, Sha256};

use crate::Hash;
use crate::money::Currency;

/// What a settlement says of one person in one currency. Amounts are minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Line {
    /// SHA-256 of the text of their key or alias.
    pub who: Hash,
    /// Points decided in the range.
    pub points: u64,
    /// Points ever.
    pub ever: u64,
    /// Balance held before.
    pub held_before: u64,
    /// Owed by rate before, for work of earlier ranges.
    pub owed_before: u64,
    /// Owed by rate for work of the range.
    pub accrued: u64,
    /// Of what was owed, as much as is paid now.
    pub settled: u64,
    /// Share of what debts left.
    pub share: u64,
    /// To be paid out: of held before + settled + share.
    pub payable: u64,
    /// Balance held from here on: the rest of that.
    pub held: u64,
    /// Still owed: owed before + accrued - settled.
    pub owed: u64,
    /// How often they were credited, in all ranges.
    pub credits: u64,
    /// The last link of these credits ([`super::Credit::link`]); zeroes: none.
    pub work: Hash,
}

impl Line {
    /// The line with these numbers, in the order of [`Line::numbers`], and these credits.
    pub(crate) fn of_numbers(who: Hash, numbers: [u64; 10], (credits, work): (u64, Hash)) -> Self {
        let [points, ever, held_before, owed_before, accrued, settled, share, payable, held, owed] = numbers;
        Self {
            who,
            points,
            ever,
            held_before,
            owed_before,
            accrued,
            settled,
            share,
            payable,
            held,
            owed,
            credits,
            work,
        }
    }

    /// All numbers but that of credits, in the order of the leaf's hash.
    pub(crate) fn numbers(&self) -> [u64; 10] {
        [
            self.points,
            self.ever,
            self.held_before,
            self.owed_before,
            self.accrued,
            self.settled,
            self.share,
            self.payable,
            self.held,
            self.owed,
        ]
    }
}

/// A node of the tree of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineNode {
    /// Payable below, at most 2^53 - 1.
    pub payable: u64,
    /// Held below, at most 2^53 - 1.
    pub held: u64,
    /// Points of the range below, at most 2^63 - 1.
    pub points: u64,
    /// Points ever below, at most 2^63 - 1.
    pub ever: u64,
    /// Of a leaf that of [`line_leaf`], of others [`LineNode::join`]'s.
    pub hash: Hash,
}

impl LineNode {
    /// The node over two: SHA-256 over 0x01 and, of left and right, payable, held, points, ever and hash. `None` where a sum is
    /// beyond 2^64 - 1.
    pub fn join(left: &Self, right: &Self) -> Option<Self> {
        let mut preimage = [1; 129];
        for (side, bytes) in [left, right].into_iter().zip(preimage[1..].chunks_exact_mut(64)) {
            let (sums, hash) = bytes.split_at_mut(32);
            for (sum, bytes) in side.sums().iter().zip(sums.chunks_exact_mut(8)) {
                bytes.copy_from_slice(&sum.to_be_bytes());
            }
            hash.copy_from_slice(&side.hash.0);
        }
        Some(Self {
            payable: left.payable.checked_add(right.payable)?,
            held: left.held.checked_add(right.held)?,
            points: left.points.checked_add(right.points)?,
            ever: left.ever.checked_add(right.ever)?,
            hash: Hash::of(&preimage),
        })
    }

    /// The sums, in the order in which they are hashed.
    pub(crate) fn sums(&self) -> [u64; 4] {
        [self.payable, self.held, self.points, self.ever]
    }
}

/// Leaf of the tree of lines: `SHA-256(0x00 ‖ project ‖ settlement's number ‖ currency ‖ handle ‖ who ‖ ten numbers ‖ credits ‖
/// work)`.
pub fn line_leaf(project: &Hash, number: u64, currency: Currency, handle: u64, line: &Line) -> LineNode {
    let mut h = Sha256::new();
    h.update([0]);
    h.update(project.0);
    h.update(number.to_be_bytes());
    h.update(currency.as_bytes());
    h.update(handle.to_be_bytes());
    h.update(line.who.0);
    for n in line.numbers() {
        h.update(n.to_be_bytes());
    }
    h.update(line.credits.to_be_bytes());
    h.update(line.work.0);
    let hash = Hash(h.finalize().into());
    LineNode { payable: line.payable, held: line.held, points: line.points, ever: line.ever, hash }
}
