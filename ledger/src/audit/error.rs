//! Why an audit could not go on, so that nobody can tell whether the log is as it must be.

use std::io;
use std::path::PathBuf;

use lebombo_verifier::Code;
use lebombo_verifier::fold::FoldError;
use lebombo_verifier::origin::Origin;

use super::source::SourceError;
use crate::store::engine::EngineError;

/// Why an audit could not go on. None of these says anything about the log.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The source could not be read.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The source lacks something that its checkpoint covers.
    #[error("{path} is not there, although the checkpoint covers it")]
    Missing {
        /// Its path.
        path: String,
    },
    /// The log goes on under rules that this build does not know.
    #[error(
        "from entry {index} on the log has rules version {version}, which this build does not know: use a newer one"
    )]
    NeedsRules {
        /// The entry.
        index: u64,
        /// The version.
        version: u64,
    },
    /// The checkpoint is an old one of the tree that was audited further before.
    #[error(
        "the log's checkpoint, of {size} entries, is older than the last one audited, of {verified}; it is of the same \
         log: ask again, or elsewhere"
    )]
    Stale {
        /// Its size.
        size: u64,
        /// Size of the last one whose root the entries gave.
        verified: u64,
    },
    /// The checkpoint is smaller than the one that was audited before, and what is published does not show whether it
    /// is of the same tree.
    #[error(
        "the log's checkpoint, of {size} entries, is smaller than the last one audited, of {verified}, and what is \
         published here does not show whether that one extends it: ask elsewhere"
    )]
    Smaller {
        /// Its size.
        size: u64,
        /// Size of the last one whose root the entries gave.
        verified: u64,
    },
    /// What the ledger serves is never of the snapshot that was audited last, or of other entries than those audited.
    #[error("what is served could not be compared: {what}; try again")]
    Unsettled {
        /// Why.
        what: &'static str,
    },
    /// An answer of the API is not understood.
    #[error("the answer to {path} is not understood: {what}")]
    Answer {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The state folder can not be written.
    #[error("the state folder {} can not be used: {error}", path.display())]
    StateFolder {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The state can not be read or written.
    #[error("the audit's state can not be used: {0}")]
    State(EngineError),
    /// The state is not what an audit writes.
    #[error("the audit's state is damaged ({what}): begin again with an empty state folder")]
    StateDamaged {
        /// Which part.
        what: &'static str,
    },
    /// The database has lost what was once durable in it.
    #[error(
        "the audit's database does not know that its key cosigned a checkpoint of {size} entries, which {} says: a part \
         of it is lost. Remove the whole folder {} and audit from the beginning; what was cosigned is not forgotten",
        note.display(), database.display()
    )]
    CosignedLost {
        /// The largest size that the key has cosigned.
        size: u64,
        /// The file that says so.
        note: PathBuf,
        /// Where the database is.
        database: PathBuf,
    },
    /// Written by a newer program.
    #[error("the audit's state has format {found}, which this build does not know: use a newer one")]
    StateNewer {
        /// Its format.
        found: u32,
    },
    /// The state is of another log.
    #[error("the state folder is of an audit of {found}, not of {expected}: give each log its own")]
    OtherLog {
        /// The log of the state.
        found: String,
        /// The log of the checkpoint.
        expected: Origin,
    },
}

impl Code for AuditError {
    fn code(&self) -> &'static str {
        match self {
            Self::Source(_) => "audit-source",
            Self::Missing { .. } => "audit-missing",
            Self::NeedsRules { .. } => "needs-rules",
            Self::Stale { .. } => "audit-stale",
            Self::Smaller { .. } => "audit-smaller",
            Self::Unsettled { .. } => "audit-unsettled",
            Self::Answer { .. } => "audit-answer",
            Self::StateFolder { .. } => "audit-state-folder",
            Self::State(_) => "audit-state",
            Self::StateDamaged { .. } => "audit-state-damaged",
            Self::CosignedLost { .. } => "audit-cosigned-lost",
            Self::StateNewer { .. } => "audit-state-newer",
            Self::OtherLog { .. } => "audit-other-log",
        }
    }
}

impl From<FoldError<EngineError>> for AuditError {
    fn from(error: FoldError<EngineError>) -> Self {
        match error {
            FoldError::State(error) => Self::State(error),
            FoldError::Damaged { .. } => Self::StateDamaged { what: "the fold's state" },
        }
    }
}
