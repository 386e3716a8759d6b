//! Why there is no total proof or payslip.

use lebombo_verifier::money::Currency;
use lebombo_verifier::payslip::PayslipError;
use lebombo_verifier::total::TotalError;
use lebombo_verifier::{Code, Hash};

use crate::attribute::AttributionError;
use crate::store::StoreError;
use crate::tree::TreeError;

/// Why there is no total proof or payslip.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// No such project.
    #[error("{project} is not a project of this log")]
    ProjectUnknown {
        /// What was asked for.
        project: Hash,
    },
    /// Nobody of that name.
    #[error("nothing of this contributor is known in this project")]
    ContributorUnknown,
    /// No valid settlement of that number.
    #[error("the project has no settlement {number}")]
    SettlementUnknown {
        /// What was asked for.
        number: u64,
    },
    /// The settlement has no line of theirs in this currency.
    #[error("settlement {number} has no line of theirs in {currency}")]
    LineUnknown {
        /// The settlement.
        number: u64,
        /// What was asked for.
        currency: Currency,
    },
    /// It was settled after the newest snapshot's mark.
    #[error("settlement {number} is valid, but not stated yet: the next snapshot will name it")]
    NotStated {
        /// The settlement.
        number: u64,
    },
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
    /// Another snapshot came since, and no settlement is about this one.
    #[error(
        "proofs are made for the newest snapshot, which is of size {newest}, and for those that a settlement is about: the \
         trees of the one of size {asked} are not kept (a proof that was made then stays valid)"
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
    /// The parts do not make a file.
    #[error("the payslip can not be written: {0}")]
    Payslip(PayslipError),
}

impl Code for StatementError {
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
            Self::Payslip(error) => error.code(),
            Self::SettlementUnknown { .. } => "settlement-unknown",
            Self::LineUnknown { .. } => "line-unknown",
            Self::NotStated { .. } => "settlement-not-stated",
        }
    }
}

impl From<AttributionError> for StatementError {
    fn from(error: AttributionError) -> Self {
        Self::Attribution(error)
    }
}

impl From<StoreError> for StatementError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<TreeError> for StatementError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

impl From<PayslipError> for StatementError {
    fn from(error: PayslipError) -> Self {
        Self::Payslip(error)
    }
}

impl From<TotalError> for StatementError {
    fn from(error: TotalError) -> Self {
        Self::Total(error)
    }
}
