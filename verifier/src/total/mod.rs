//! Totals trees: what a snapshot's root stands for, and the file that shows one person's total in it (spec/totals.md).
//!
//! Each project has a Merkle sum tree over its contributors' totals; over all projects stands a plain Merkle tree. A
//! [`Proof`] leads from one total to the root that a snapshot states; only [`Proof::verify`] makes a [`Stated`] total.

mod error;
mod leaf;
mod proof;
mod verify;

pub use crate::fold::SumNode;
pub use crate::statement::ProofEntry;
pub use error::{TotalError, TotalRefused};
pub use leaf::{Project, Total, leaf, project_leaf};
pub use proof::{MAX_TOTAL, Parts, Proof};
pub(crate) use proof::{read_settlement, written_settlement};
pub use verify::Stated;
