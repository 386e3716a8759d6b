//! What an entry does.

use super::{SubjectFault, Void};
use crate::Hash;
use crate::event::{Day, Work};

/// What an entry did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The log opened, or its constitution changed.
    Ledger,
    /// The log's day has come.
    Day {
        /// The day.
        day: Day,
        /// How many contributions silence has accepted.
        accepted: u64,
    },
    /// A project began.
    Project {
        /// Event id of its first charter.
        project: Hash,
    },
    /// An amendment was accepted and is in force from this day of the log on.
    Amendment {
        /// The project.
        project: Hash,
        /// When.
        from: Day,
    },
    /// A role began or ended.
    Membership {
        /// The project.
        project: Hash,
    },
    /// Work was logged that may count.
    Contribution {
        /// The project.
        project: Hash,
        /// Whose work: SHA-256 of the key's or alias's text.
        who: Hash,
        /// Its kind.
        work: Work,
        /// Its unit.
        unit: String,
        /// How much.
        quantity: u32,
        /// It was accepted at once; otherwise it waits for its verdict.
        accepted: bool,
        /// The earlier event whose place it takes.
        supersedes: Option<Hash>,
    },
    /// So many contributions were taken back.
    Withdrawn {
        /// The project.
        project: Hash,
        /// The contributions.
        events: Vec<Hash>,
    },
    /// Verdicts were given.
    Reviewed {
        /// The project.
        project: Hash,
        /// For each event of `about`, in order, why the verdict on it has no effect; `None` where it has.
        subjects: Vec<Option<SubjectFault>>,
    },
    /// The totals were frozen.
    Mark {
        /// Root of the tree of projects.
        root: Hash,
        /// Its leaves.
        projects: u64,
    },
    /// The ledger stated the root of the totals, and it is right.
    Snapshot,
    /// Money came in.
    Income {
        /// The project.
        project: Hash,
    },
    /// Money was taken back.
    Reversal {
        /// The project.
        project: Hash,
    },
    /// The project is to be frozen at the next mark.
    Closing {
        /// The project.
        project: Hash,
    },
    /// It says what the replay says.
    Settlement {
        /// The project.
        project: Hash,
        /// Its number among those of the project, from 1.
        number: u64,
    },
    /// Lines of a settlement have another state.
    Payment {
        /// The project.
        project: Hash,
    },
    /// An alias is claimed.
    Claim {
        /// The project.
        project: Hash,
    },
    /// It counts for nothing.
    Void(Void),
    /// The log goes on under a rules version that this build does not know. Nothing from here on is applied; what was
    /// found before stands.
    NeedsRules(u64),
}

impl Effect {
    /// A stable word for what happened.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Day { .. } => "day",
            Self::Project { .. } => "project",
            Self::Amendment { .. } => "amendment",
            Self::Membership { .. } => "membership",
            Self::Contribution { accepted: false, .. } => "pending",
            Self::Contribution { accepted: true, .. } => "accepted",
            Self::Reviewed { .. } => "reviewed",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Mark { .. } => "mark",
            Self::Snapshot => "snapshot",
            Self::Income { .. } => "income",
            Self::Reversal { .. } => "reversal",
            Self::Closing { .. } => "closing",
            Self::Settlement { .. } => "settlement",
            Self::Payment { .. } => "payment",
            Self::Claim { .. } => "claim",
            Self::Void(_) => "void",
            Self::NeedsRules(_) => "needs-rules",
        }
    }
}
