//! The ledger: admits, sequences, stores, publishes and proves signed events.
//!
//! An entry passes through stages, each of which hands on a type that only it can make, so that none can be skipped:
//!
//! ```text
//! bytes ─ admit ─▶ Admitted ─ sequence ─▶ Batch ─ store ─▶ Committed ─ publish ─▶ Published ─ prove ─▶ receipt
//! ```
//!
//! - `store` alone knows which database is underneath.
//! - `clock` alone reads the machine's clock and randomness.
//! - `tree` hashes and proves, and never verifies; what is verified here is verified by `lebombo_verifier`.

mod admit;
pub mod attribute;
pub mod audit;
pub mod clock;
mod config;
mod cosign;
mod fatal;
mod fsck;
pub mod http;
mod keys;
mod ledger;
mod limit;
mod mailbox;
mod open;
mod own;
mod prove;
mod publish;
mod sequence;
mod signer;
mod stated;
pub mod store;
pub mod tree;

#[cfg(test)]
mod tests;

pub use admit::{AdmissionPolicy, Admitted, Purpose, Refused};
pub use clock::{Clock, ClockFileError, Entropy, FileClock, ManualClock, SystemClock, SystemEntropy};
pub use config::Config;
pub use cosign::{AuditorError, CosignError, MAX_AUDITORS};
pub use fatal::{FatalAction, FatalError, abort_process};
pub use fsck::{FsckError, Problem, Report, clear_totals, fsck};
pub use keys::KeyFileError;
pub use ledger::{Ledger, Load, MAX_PAGE};
pub use limit::{Granted, Limits, Rate};
pub use open::OpenError;
pub use prove::{MAX_PROOFS, ProveError, Receipts};
pub use publish::{PublishError, Published};
pub use sequence::{Committed, Logged, MAX_JOB, QueueBounds, SubmitError};
pub use signer::SignerError;
pub use stated::{Listing, StatementError, prove_pay, prove_total};
pub use store::{Change, Entry, FoldChange, Head, Store, StoreError};

pub use tree::Proof;
