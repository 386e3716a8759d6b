//! The leaves of both trees.

use sha2::{Digest, Sha256};

use crate::Hash;
use crate::fold::{KINDS_OF_WORK, SumNode};

/// One contributor's total in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The project.
    pub project: Hash,
    /// The contributor's handle, from 0: the leaf's place.
    pub handle: u64,
    /// SHA-256 of the text of their key or alias.
    pub who: Hash,
    /// Accepted events by kind of work, in the order of [`crate::event::Work::ALL`].
    pub counts: [u64; KINDS_OF_WORK],
    /// Their points, at most 2^63 - 1.
    pub points: u64,
}

/// One project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Project {
    /// Event id of its first charter.
    pub project: Hash,
    /// The charter in force.
    pub charter: Hash,
    /// Leaves of its totals tree.
    pub contributors: u64,
    /// Points of all contributors, at most 2^63 - 1: the sum at the root of its totals tree.
    pub points: u64,
    /// Hash at the root of its totals tree; zeroes where it has no contributor.
    pub totals: Hash,
    /// Its last valid settlement; zeroes where it has none.
    pub settlement: Hash,
    /// Leaves of its money tree (spec/settlement.md §5).
    pub decisions: u64,
    /// Root of its money tree; zeroes where it is empty.
    pub money: Hash,
}

/// Leaf of a totals tree: `SHA-256(0x00 ‖ project ‖ handle ‖ who ‖ counts ‖ points)`, integers as u64 big-endian.
pub fn leaf(total: &Total) -> SumNode {
    let mut h = Sha256::new();
    h.update([0]);
    h.update(total.project.0);
    h.update(total.handle.to_be_bytes());
    h.update(total.who.0);
    for count in total.counts {
        h.update(count.to_be_bytes());
    }
    h.update(total.points.to_be_bytes());
    SumNode { sum: total.points, hash: Hash(h.finalize().into()) }
}

/// Leaf of the tree of projects: SHA-256 over 0x00 and all that there is in `project`, in its order.
pub fn project_leaf(project: &Project) -> Hash {
    let mut h = Sha256::new();
    h.update([0]);
    h.update(project.project.0);
    h.update(project.charter.0);
    h.update(project.contributors.to_be_bytes());
    h.update(project.points.to_be_bytes());
    h.update(project.totals.0);
    h.update(project.settlement.0);
    h.update(project.decisions.to_be_bytes());
    h.update(project.money.0);
    Hash(h.finalize().into())
}
