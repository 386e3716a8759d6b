//! What a ledger stated about a project: the entries that lead from the beginning of a log to a snapshot, and the path from
//! the project to that snapshot's root. Total proofs and payslips rest on it (spec/totals.md §2).

mod entries;
mod error;
mod lines;
mod path;

pub(crate) use entries::Statement;
pub use error::{EntriesFault, LedgerFault, PathFault, SnapshotFault, StatementRefused};
pub use lines::LineFault;
pub(crate) use lines::{Line, Lines, push_entries, push_hashes, read_entries};
pub(crate) use path::{Summed, Unled, sum_root};

use crate::Hash;

/// An entry of the log and its inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofEntry {
    /// Its index, from 0.
    pub index: u64,
    /// Its bytes, 1 to 65,535 of them.
    pub bytes: Vec<u8>,
    /// From the leaf's sibling up to the root's child, in the checkpoint's tree.
    pub path: Vec<Hash>,
}
