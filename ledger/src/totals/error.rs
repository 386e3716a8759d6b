//! Why there is no total proof.

use lebombo_verifier::total::TotalError;
use lebombo_verifier::{Code, Hash};

use crate::attribute::AttributionError;
use crate::store::StoreError;
use crate::tree::TreeError;

/// Why there is no total proof.
#[derive(Debug, thiserror::Error)]
pub enum TotalProofError {
    /// No such project.
    #[error("{project} is not a project of this log")]
    ProjectUnknown {
        /// What was asked for.
        project: Hash,
    },
    /// Nobody of that name.
    #[error("nothing of this contributor is known in this project")]
    ContributorUnknown,
    /// They have no leaf in the trees of the newest snapshot.
    #[error(
        "nothing of theirs was accepted in this project before the newest snapshot, which is of size {size}: work that \
         was accepted since is in the next one"
    )]
    NotYet {
        /// Size of the newest snapshot.
        size: u64,
    },
    /// The log has no snapshot.
    #[error("this log has no snapshot yet, and totals are proven as of a snapshot")]
    NoSnapshot,
    /// Another snapshot came since.
    #[error(
        "total proofs are made for the newest snapshot, which is of size {newest}: the trees of the one of size {asked} \
         are not kept (a proof that was made then stays valid)"
    )]
    Gone {
        /// What was asked for.
        asked: u64,
        /// Size of the newest snapshot.
        newest: u64,
    },
    /// It is larger than the newest.
    #[error("there is no snapshot of size {asked}: the newest is of size {newest}")]
    SnapshotUnknown {
        /// What was asked for.
        asked: u64,
        /// Size of the newest snapshot.
        newest: u64,
    },
    /// Between a mark and its snapshot.
    #[error("the next snapshot is being made; try again in a second")]
    Pending,
    /// A larger checkpoint was signed before one of the snapshot's size, which is not there.
    #[error("the newest snapshot, of size {size}, has no checkpoint of its own; the next one will have it")]
    NotSigned {
        /// Its size.
        size: u64,
    },
    /// What is stored about the totals contradicts itself.
    #[error(
        "the state of the totals is damaged ({what}); `lebombo fsck --rebuild-totals` makes it anew from the log"
    )]
    Damaged {
        /// What it is.
        what: &'static str,
    },
    /// The totals could not be read.
    #[error("{0}")]
    Attribution(AttributionError),
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
    /// The log's tree could not be read.
    #[error("{0}")]
    Tree(TreeError),
    /// The parts do not make a file.
    #[error("the total proof can not be written: {0}")]
    Total(TotalError),
}

impl Code for TotalProofError {
    fn code(&self) -> &'static str {
        match self {
            Self::ProjectUnknown { .. } => "project-unknown",
            Self::ContributorUnknown => "contributor-unknown",
            Self::NotYet { .. } => "total-not-yet",
            Self::NoSnapshot => "snapshot-none",
            Self::Gone { .. } => "snapshot-gone",
            Self::SnapshotUnknown { .. } => "snapshot-unknown",
            Self::Pending => "snapshot-pending",
            Self::NotSigned { .. } => "snapshot-not-signed",
            Self::Damaged { .. } => "totals-damaged",
            Self::Attribution(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::Total(error) => error.code(),
        }
    }
}

impl From<AttributionError> for TotalProofError {
    fn from(error: AttributionError) -> Self {
        Self::Attribution(error)
    }
}

impl From<StoreError> for TotalProofError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<TreeError> for TotalProofError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

impl From<TotalError> for TotalProofError {
    fn from(error: TotalError) -> Self {
        Self::Total(error)
    }
}
