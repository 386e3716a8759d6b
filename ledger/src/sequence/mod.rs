//! Sequencing: one writer turns what waits into rounds, each one synced batch of the store.

mod queue;
mod round;
mod writer;

use std::time::Duration;

use lebombo_verifier::{Code, Hash};

pub use queue::QueueBounds;
pub(crate) use queue::{Job, Queue};
pub use round::Committed;
pub(crate) use round::{Batch, CommittedHead};
pub(crate) use writer::Writer;

/// Most entries of one job; a job is answered as a whole.
pub const MAX_JOB: usize = 4_096;

/// Where an entry is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// Its 0-based index; of a duplicate, the index of the first.
    pub index: u64,
    /// Its event id.
    pub id: Hash,
    /// It was in the log already, or came twice; nothing was added.
    pub duplicate: bool,
}

/// Why a job was not answered with indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too much is waiting. Nothing of the job was logged.
    #[error("too many entries are waiting; try again in {} ms", retry_after.as_millis())]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many entries at once. Nothing of the job was logged.
    #[error("a batch has at most {MAX_JOB} entries, this one has {entries}")]
    JobTooLarge {
        /// Entries in the job.
        entries: usize,
    },
    /// The ledger is being stopped. Nothing of the job was logged.
    #[error("the ledger is stopping; send the entries again when it is back")]
    Stopping,
    /// The log has reached its largest size. Nothing of the job was logged.
    #[error("the log is full")]
    LogFull,
    /// The ledger failed before it could answer: the entries may or may not have been logged. Sending them again is
    /// safe; those that were logged are answered as duplicates.
    #[error("the ledger failed before it knew whether the entries were logged; send them again")]
    OutcomeUnknown,
}

impl Code for SubmitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "busy",
            Self::JobTooLarge { .. } => "batch-too-large",
            Self::Stopping => "stopping",
            Self::LogFull => "log-full",
            Self::OutcomeUnknown => "outcome-unknown",
        }
    }
}
