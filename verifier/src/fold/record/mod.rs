//! The values of the state, to the byte (spec/fold.md §3). Integers are big-endian.

mod contributor;
mod credit;
mod log;
mod money;
mod payment;
mod project;
mod standing;
mod tally;

pub(super) use contributor::{ChangedLeaf, ContributorRecord};
pub use contributor::{KINDS_OF_WORK, Sums};
pub(super) use log::{LedgerRecord, MarkRecord, SnapshotRecord};
pub(super) use money::{AccruedRecord, FreezeRecord, IncomeRecord, LineRecord, MoneyRecord, PoolRecord};
pub(super) use payment::{ClaimRecord, ClaimsRecord, DecisionRecord, LinePaymentsRecord, SettlementRecord};
pub(super) use project::{CharterRecord, Leaf, ProjectRecord};
pub(super) use standing::ContributionRecord;
pub use standing::{Standing, Status};
pub(super) use tally::TallyRecord;
pub use tally::{Amount, Tally};

use crate::Hash;
use crate::event::{Day, Work};

/// Takes a value apart. A value that this fold did not write reads as absent parts, never as a panic.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
    fn hash(&mut self) -> Option<Hash> {
        self.array().map(Hash)
    }
    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
    fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_be_bytes)
    }
    fn day(&mut self) -> Option<Day> {
        Day::from_number(self.u32()?)
    }
    /// A text with its length in one byte before it.
    fn short_text(&mut self) -> Option<String> {
        let length = self.u8()?;
        String::from_utf8(self.bytes(length.into())?.to_vec()).ok()
    }
    fn rest(self) -> &'a [u8] {
        self.0
    }
    fn rest_text(self) -> Option<String> {
        String::from_utf8(self.0.to_vec()).ok()
    }
    /// `value`, if nothing is left.
    fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// The place of a kind of work in [`Work::ALL`].
pub(super) fn work_number(work: Work) -> u8 {
    // The derived order of a fieldless enum is its discriminant, and there are nine kinds.
    work as u8
}

/// A value that readers may also see as of the newest mark.
///
/// `then` is what it was at the mark that began the epoch in which it was last changed; where it has not been changed
/// since the newest mark, that mark saw `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pinned<T> {
    pub(super) epoch: u64,
    pub(super) now: T,
    pub(super) then: T,
}

impl<T: Copy> Pinned<T> {
    /// To be called before `now` is changed in `epoch`.
    pub(super) fn touch(&mut self, epoch: u64) -> &mut T {
        if self.epoch < epoch {
            self.then = self.now;
            self.epoch = epoch;
        }
        &mut self.now
    }

    /// The value at the newest mark, where `epoch` is the number of marks so far.
    pub(super) fn at_mark(&self, epoch: u64) -> T {
        if self.epoch == epoch { self.then } else { self.now }
    }
}
