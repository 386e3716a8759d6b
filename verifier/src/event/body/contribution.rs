//! `contribution`: work was done.

use super::Members;
use crate::Hash;
use crate::event::{Alias, Fields, Malformed, Outcome, Token, Work};
use crate::json::Value;

/// Body of a `contribution` event. What the work was is in the event's `about`: digests of evidence that stays outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// An activity of the charter.
    pub activity: Token,
    /// The charter that the work was done under.
    pub charter: Hash,
    /// Who did it, where an importer signs; otherwise absent, and the signer did it.
    pub contributor: Option<Alias>,
    /// What the system that it was imported from had decided, where it said so.
    pub outcome: Option<Outcome>,
    /// How many units, 1 to 2^32 - 1.
    pub quantity: u32,
    /// An earlier event of the same signer that this one takes the place of.
    pub supersedes: Option<Hash>,
    /// The unit, as in the charter.
    pub unit: Token,
    /// The kind of work.
    pub work: Work,
}

impl Contribution {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let contributor = if fields.has("contributor") { Some(fields.alias("contributor")?) } else { None };
        let outcome =
            if fields.has("outcome") { Some(fields.word("outcome", Outcome::parse)?) } else { None };
        let supersedes = if fields.has("supersedes") { Some(fields.hash("supersedes")?) } else { None };
        Ok(Self {
            activity: fields.token("activity")?,
            charter: fields.hash("charter")?,
            contributor,
            outcome,
            quantity: fields.integer32("quantity", 1, u32::MAX)?,
            supersedes,
            unit: fields.token("unit")?,
            work: fields.word("work", Work::parse)?,
        })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out = vec![
            ("activity".into(), Value::string(self.activity.as_str())),
            ("charter".into(), Value::string(self.charter.to_string())),
            ("quantity".into(), Value::Integer(self.quantity.into())),
            ("unit".into(), Value::string(self.unit.as_str())),
            ("work".into(), Value::string(self.work.as_str())),
        ];
        if let Some(contributor) = &self.contributor {
            out.push(("contributor".into(), Value::string(contributor.as_str())));
        }
        if let Some(outcome) = self.outcome {
            out.push(("outcome".into(), Value::string(outcome.as_str())));
        }
        if let Some(supersedes) = self.supersedes {
            out.push(("supersedes".into(), Value::string(supersedes.to_string())));
        }
        out
    }
}
