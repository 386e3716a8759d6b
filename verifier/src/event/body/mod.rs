//! What each kind of event says.

mod charter;
mod claim;
mod contribution;
mod income;
mod ledger;
mod membership;
mod pay;
mod payment;
mod review;
mod settlement;
mod snapshot;

pub use charter::{Activity, Charter, Stewards, VerdictRule, Verdicts};
pub use claim::Claim;
pub use contribution::Contribution;
pub use income::{Income, Reversal};
pub use ledger::{Closing, Ledger};
pub use membership::Membership;
pub(crate) use pay::MAX_CURRENCIES;
pub use pay::{Fund, Pay, Payout, Rate};
pub use payment::{Exchange, MAX_LINES, Payment};
pub use review::Review;
pub use settlement::{Carried, Settled, Settlement};
pub use snapshot::Snapshot;

use super::{Fields, Malformed};
use crate::json::Value;

/// The members of a body under construction.
type Members<'a> = Vec<(std::borrow::Cow<'a, str>, Value<'a>)>;

/// What an event says; the variant is its `kind`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The log's own constitution: entry 0, and each change of it.
    Ledger(Ledger),
    /// The log's day has come; the day is the event's `date`.
    Day,
    /// The totals are frozen here, for the next snapshot.
    Mark,
    /// The root of the totals as of a mark.
    Snapshot(Snapshot),
    /// A project's rules.
    Charter(Charter),
    /// A role begins or ends.
    Membership(Membership),
    /// Work was done.
    Contribution(Contribution),
    /// Work was judged.
    Review(Review),
    /// The events in `about` are withdrawn.
    Retraction,
    /// Money came in for a project.
    Income(Income),
    /// Of an income, money was taken back.
    Reversal(Reversal),
    /// The project is to be frozen at the next mark, for a settlement.
    Closing,
    /// Who gets what out of which income.
    Settlement(Settlement),
    /// What is done about lines of a settlement.
    Payment(Payment),
    /// An alias is this key.
    Claim(Claim),
}

/// The words of `kind`, ascending.
pub const KINDS: [&str; 15] = [
    "charter",
    "claim",
    "closing",
    "contribution",
    "day",
    "income",
    "ledger",
    "mark",
    "membership",
    "payment",
    "retraction",
    "reversal",
    "review",
    "settlement",
    "snapshot",
];

impl Body {
    /// The word in the field `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ledger(_) => "ledger",
            Self::Day => "day",
            Self::Mark => "mark",
            Self::Snapshot(_) => "snapshot",
            Self::Charter(_) => "charter",
            Self::Membership(_) => "membership",
            Self::Contribution(_) => "contribution",
            Self::Review(_) => "review",
            Self::Retraction => "retraction",
            Self::Income(_) => "income",
            Self::Reversal(_) => "reversal",
            Self::Closing => "closing",
            Self::Settlement(_) => "settlement",
            Self::Payment(_) => "payment",
            Self::Claim(_) => "claim",
        }
    }

    /// Reads the body of an event of kind `kind`.
    pub(super) fn read(kind: &str, mut fields: Fields<'_>) -> Result<Self, Malformed> {
        let body = match kind {
            "ledger" => Self::Ledger(Ledger::read(&mut fields)?),
            "day" => Self::Day,
            "mark" => Self::Mark,
            "snapshot" => Self::Snapshot(Snapshot::read(&mut fields)?),
            "charter" => Self::Charter(Charter::read(&mut fields)?),
            "membership" => Self::Membership(Membership::read(&mut fields)?),
            "contribution" => Self::Contribution(Contribution::read(&mut fields)?),
            "review" => Self::Review(Review::read(&mut fields)?),
            "retraction" => Self::Retraction,
            "income" => Self::Income(Income::read(&mut fields)?),
            "reversal" => Self::Reversal(Reversal::read(&mut fields)?),
            "closing" => Self::Closing,
            "settlement" => Self::Settlement(Settlement::read(&mut fields)?),
            "payment" => Self::Payment(Payment::read(&mut fields)?),
            "claim" => Self::Claim(Claim::read(&mut fields)?),
            other => return Err(Malformed::KindUnknown { got: other.chars().take(64).collect() }),
        };
        fields.finish()?;
        if let Self::Payment(payment) = &body {
            payment.check()?;
        }
        Ok(body)
    }

    pub(super) fn to_value(&self) -> Value<'_> {
        Value::Object(match self {
            Self::Ledger(ledger) => ledger.members(),
            Self::Day | Self::Mark | Self::Retraction | Self::Closing => Vec::new(),
            Self::Snapshot(snapshot) => snapshot.members(),
            Self::Charter(charter) => charter.members(),
            Self::Membership(membership) => membership.members(),
            Self::Contribution(contribution) => contribution.members(),
            Self::Review(review) => review.members(),
            Self::Income(income) => income.members(),
            Self::Reversal(reversal) => reversal.members(),
            Self::Settlement(settlement) => settlement.members(),
            Self::Payment(payment) => payment.members(),
            Self::Claim(claim) => claim.members(),
        })
    }
}
