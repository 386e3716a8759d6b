//! Why a payslip is refused.

use thiserror::Error;

use super::credited::{CharterFault, WorkFault};
use super::file::{HEADER, MAX_PAYSLIP};
use crate::Hash;
use crate::checkpoint::UntrustedCheckpoint;
use crate::error::Code;
use crate::event::PaymentState;
use crate::money::Currency;
use crate::note::NoteError;
use crate::origin::Origin;
use crate::statement::{LineFault, PathFault, StatementRefused};

/// Why bytes are no payslip. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayslipError {
    /// More than [`MAX_PAYSLIP`] bytes.
    #[error("the payslip has {length} bytes, more than {MAX_PAYSLIP}")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// Another first line.
    #[error("the file is not a payslip: it does not begin with the line \"{HEADER}\"")]
    NotAPayslip,
    /// A line before the checkpoint that is not as it should be.
    #[error("of the payslip, {0}")]
    Line(LineFault),
    /// The checkpoint is no signed note.
    #[error("the payslip's checkpoint is not a signed note")]
    Note(#[source] NoteError),
}

impl From<LineFault> for PayslipError {
    fn from(fault: LineFault) -> Self {
        Self::Line(fault)
    }
}

impl Code for PayslipError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "payslip-too-large",
            Self::NotAPayslip => "payslip-not-a-payslip",
            Self::Line(_) => "payslip-line",
            Self::Note(e) => e.code(),
        }
    }
}

/// Why a well-formed payslip does not show what it claims. Checked in the order of spec/payslip.md §2.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayslipRefused {
    /// The policy does not trust the checkpoint.
    #[error("the payslip's checkpoint is not trusted")]
    Checkpoint(#[source] UntrustedCheckpoint),
    /// Decisions are not in the order of the log.
    #[error("decision {place} at entry {index} does not come after the one before it")]
    Decisions {
        /// Its place.
        place: u64,
        /// Its index.
        index: u64,
    },
    /// The entries or the snapshot do not hold, or the project does not lead to it.
    #[error(transparent)]
    Statement(#[from] StatementRefused),
    /// A decision is not what it should be.
    #[error("the decision at entry {index} is none of this payslip")]
    Decision {
        /// The entry's index.
        index: u64,
        /// What is wrong.
        source: DecisionFault,
    },
    /// The settlement does not settle this currency.
    #[error("the settlement has nothing in {currency}")]
    Currency {
        /// The line's currency.
        currency: Currency,
    },
    /// Handle, number of lines and path do not fit together.
    #[error("the path from the line to its settlement does not fit the handle")]
    Path(#[source] PathFault),
    /// The path adds up to other sums than the settlement's.
    #[error("the path from the line does not add up to what the settlement pays and holds")]
    Sums,
    /// The line is not in the settlement.
    #[error("the line leads to root {computed}, not to {stated}, which the settlement commits to")]
    Root {
        /// The settlement's root.
        stated: Hash,
        /// What the line leads to.
        computed: Hash,
    },
    /// The line contradicts itself.
    #[error("the line does not add up")]
    Unbalanced,
    /// A payload is no charter of the project.
    #[error("charter {place} of the payslip's credits is none of its project")]
    Charter {
        /// Its place among the `charter` lines, from 0.
        place: u64,
        /// What is wrong.
        source: CharterFault,
    },
    /// The list of credits contradicts itself or the line.
    #[error("the list of credits does not fit the line")]
    Work(#[source] WorkFault),
    /// The credits are not those of the line.
    #[error("the credits lead to link {computed}, not to {stated}, which the line commits to")]
    WorkLink {
        /// The line's.
        stated: Hash,
        /// What the credits lead to.
        computed: Hash,
    },
    /// More points in the range than ever.
    #[error("the line has {points} points of the range, and only {ever} ever")]
    WorkRange {
        /// Of the range.
        points: u64,
        /// Ever.
        ever: u64,
    },
    /// The credits take or give more points than there can be.
    #[error("before a credit that is listed the person would have had {points} points")]
    WorkPoints {
        /// Below 0, above 2^63 - 1, or not 0 before the first credit.
        points: i128,
    },
    /// More accrued than all credits make.
    #[error("{accrued} minor units accrued by rate, more than the {at_rate} that all credits make")]
    WorkAccrued {
        /// In the range.
        accrued: u64,
        /// Ever; may be below 0.
        at_rate: i128,
    },
    /// A payment is none of this line.
    #[error("the payment at entry {index} is none of this line")]
    Payment {
        /// The entry's index.
        index: u64,
        /// What is wrong.
        source: PaymentFault,
    },
    /// Place, number of decisions and path do not fit together.
    #[error("the path from the decision at entry {index} to its project does not fit its place")]
    DecisionPath {
        /// The entry's index.
        index: u64,
        /// What is wrong.
        source: PathFault,
    },
    /// A decision is not in the money tree that the snapshot states.
    #[error(
        "the decision at entry {index} leads to root {computed}, not to {stated}, which the snapshot states"
    )]
    DecisionRoot {
        /// The entry's index.
        index: u64,
        /// The root of the project's money tree.
        stated: Hash,
        /// What the decision leads to.
        computed: Hash,
    },
}

impl Code for PayslipRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(e) => e.code(),
            Self::Decisions { .. } => "payslip-decisions",
            Self::Statement(e) => e.code(),
            Self::Decision { .. } => "payslip-decision",
            Self::Currency { .. } => "payslip-currency",
            Self::Path(_) => "payslip-path",
            Self::Sums => "payslip-sums",
            Self::Root { .. } => "payslip-root",
            Self::Unbalanced => "payslip-unbalanced",
            Self::Charter { .. } => "payslip-charter",
            Self::Work(_) => "payslip-work",
            Self::WorkLink { .. } => "payslip-work-link",
            Self::WorkPoints { .. } | Self::WorkRange { .. } | Self::WorkAccrued { .. } => {
                "payslip-work-points"
            }
            Self::Payment { .. } => "payslip-payment",
            Self::DecisionPath { .. } => "payslip-decision-path",
            Self::DecisionRoot { .. } => "payslip-decision-root",
        }
    }
}

/// Why an entry is no decision of a payslip.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecisionFault {
    /// It is not in the file, or is its last.
    #[error("its entry is not among those before the snapshot")]
    Missing,
    /// Made for another log.
    #[error("it was made for log {made_for}")]
    OtherLog {
        /// The log that the event names.
        made_for: Origin,
    },
    /// Of another project.
    #[error("it is about another project")]
    OtherProject,
    /// Another kind of event, a second settlement, or a payment before the settlement.
    #[error("it is a {kind} event, which can not stand there")]
    Kind {
        /// Its kind.
        kind: &'static str,
    },
    /// No settlement is among the decisions.
    #[error("it is the first one, and none is a settlement")]
    NoSettlement,
    /// It claims another alias than the contributor's.
    #[error("it claims another alias")]
    OtherAlias,
}

/// Why a payment is none of a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PaymentFault {
    /// Of another settlement.
    #[error("it is about another settlement")]
    OtherSettlement,
    /// In another currency.
    #[error("it is in {currency}")]
    OtherCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// The line's bit is not set.
    #[error("it is not about this line")]
    OtherLine,
    /// Not after what came before.
    #[error("attempt {attempt} can not become {state} after what came before")]
    Order {
        /// Its attempt.
        attempt: u32,
        /// Its state.
        state: PaymentState,
    },
    /// Tax and fee leave nothing.
    #[error("its tax and fee leave nothing of the line")]
    Nothing,
}
