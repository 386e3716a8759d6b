//! Why a statement of the ledger does not hold.

use thiserror::Error;

use crate::Hash;
use crate::checkpoint::UntrustedCheckpoint;
use crate::did::Did;
use crate::error::Code;
use crate::event::Malformed;
use crate::fold::{RULES, Void};
use crate::origin::Origin;
use crate::proof::InclusionError;

/// Why a file does not show that the ledger stated something about a project. Checked in the order of the variants, those
/// from `Inclusion` to `Snapshot` for one entry after the other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatementRefused {
    /// The policy does not trust the checkpoint.
    #[error("the checkpoint is not trusted")]
    Checkpoint(#[source] UntrustedCheckpoint),
    /// Not the entries that lead from the log's beginning to the snapshot.
    #[error("the entries do not lead from the log's first to the checkpoint's last")]
    Entries(#[source] EntriesFault),
    /// An entry is not at that index of the checkpoint's tree.
    #[error("it does not show that its entry {index} is in the log")]
    Inclusion {
        /// The entry's index.
        index: u64,
        /// What is wrong.
        source: InclusionError,
    },
    /// An entry is in the log, but it is no event.
    #[error("entry {index} is in the log, but it is no valid event")]
    Event {
        /// The entry's index.
        index: u64,
        /// What is wrong.
        source: Malformed,
    },
    /// An entry before the last is no `ledger` event that is valid there.
    #[error("entry {index} of the log does not say which ledger key is in force")]
    Ledger {
        /// The entry's index.
        index: u64,
        /// What is wrong.
        source: LedgerFault,
    },
    /// The last entry is no snapshot by the ledger.
    #[error("the last entry is no snapshot that the ledger stated")]
    Snapshot(#[source] SnapshotFault),
    /// Number of the project, number of projects and path do not fit together.
    #[error("the path from the project to the snapshot does not fit the project's number")]
    ProjectPath(#[source] PathFault),
    /// The project leads to another root than the one that the snapshot states.
    #[error("the project leads to root {computed}, not to {stated}, which the snapshot states")]
    ProjectRoot {
        /// The snapshot's root.
        stated: Hash,
        /// What the project leads to.
        computed: Hash,
    },
}

impl Code for StatementRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(e) => e.code(),
            Self::Entries(_) => "statement-entries",
            Self::Inclusion { source, .. } => source.code(),
            Self::Event { source, .. } => source.code(),
            Self::Ledger { .. } => "statement-ledger",
            Self::Snapshot(_) => "statement-snapshot",
            Self::ProjectPath(_) => "statement-project-path",
            Self::ProjectRoot { .. } => "statement-project-root",
        }
    }
}

/// What is wrong with the indices of the entries.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntriesFault {
    /// The first is not entry 0, or there is none.
    #[error("the first of them is not entry 0 of the log")]
    First,
    /// One does not come after the one before it.
    #[error("entry {index} comes after entry {previous}; they have to ascend")]
    Order {
        /// The index before.
        previous: u64,
        /// The index.
        index: u64,
    },
    /// The last is not the last of the checkpoint's tree.
    #[error("the last of them is entry {index}; the checkpoint is of size {size}")]
    Last {
        /// The last index.
        index: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// Entry 0 alone, which is no snapshot.
    #[error("the log has no entry but the first, so it has no snapshot")]
    NoSnapshot,
}

/// Why an entry does not say which ledger key is in force.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerFault {
    /// Another kind of event.
    #[error("it is a {kind} event; only ledger events stand before the snapshot")]
    Kind {
        /// Its kind.
        kind: &'static str,
    },
    /// Made for another log.
    #[error("it was made for log {made_for}")]
    OtherLog {
        /// The log that the event names.
        made_for: Origin,
    },
    /// Void by the rules of the log.
    #[error("it is void in the log")]
    Void(#[source] Void),
    /// It asks for rules that this build does not know.
    #[error("it asks for rules version {rules}; this program knows up to {RULES}, so take a newer one")]
    NeedsRules {
        /// The version it asks for.
        rules: u64,
    },
    /// It closes the log.
    #[error("it closes the log, so no snapshot after it is valid")]
    Closing,
}

/// Why the last entry is no snapshot by the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotFault {
    /// Another kind of event.
    #[error("it is a {kind} event")]
    Kind {
        /// Its kind.
        kind: &'static str,
    },
    /// Made for another log.
    #[error("it was made for log {made_for}")]
    OtherLog {
        /// The log that the event names.
        made_for: Origin,
    },
    /// Signed by another key.
    #[error("it is signed by {signer}; the ledger key in force is {ledger}")]
    Signer {
        /// Who signed.
        signer: Did,
        /// The ledger key that the entries before leave in force.
        ledger: Did,
    },
}

/// Why a path can not be one of this leaf.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathFault {
    /// There is no such leaf.
    #[error("leaf {index} is not in a tree of {count} leaves")]
    Beyond {
        /// The leaf, from 0.
        index: u64,
        /// How many leaves there are.
        count: u64,
    },
    /// More or fewer nodes than index and count ask for.
    #[error("the path has {got} nodes; this leaf has {expected} above it")]
    Length {
        /// How many nodes index and count ask for.
        expected: usize,
        /// How many there are.
        got: usize,
    },
}
