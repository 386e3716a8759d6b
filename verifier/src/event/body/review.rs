//! `review`: work was judged.

use super::Members;
use crate::event::{Fields, Malformed, Method, Token, Verdict};
use crate::json::{MAX_INTEGER, Value};

/// Body of a `review` event: one verdict for all events in its `about`, each judged by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// How the reviewer came to it.
    pub method: Method,
    /// How much of each event counts, in the order of `about`, 0 to 2^32 - 1 each. Where it is empty an acceptance is
    /// of the whole.
    pub quantities: Vec<u32>,
    /// A reason code of the charter; required unless the verdict is `accept`.
    pub reason: Option<Token>,
    /// The decision.
    pub verdict: Verdict,
}

impl Review {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let method = fields.word("method", Method::parse)?;
        let quantities = if fields.has("quantities") { read_quantities(fields)? } else { Vec::new() };
        let reason = if fields.has("reason") { Some(fields.token("reason")?) } else { None };
        let verdict = fields.word("verdict", Verdict::parse)?;
        Ok(Self { method, quantities, reason, verdict })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out = vec![
            ("method".into(), Value::string(self.method.as_str())),
            ("verdict".into(), Value::string(self.verdict.as_str())),
        ];
        if !self.quantities.is_empty() {
            let quantities = self.quantities.iter().map(|q| Value::Integer((*q).into())).collect();
            out.push(("quantities".into(), Value::Array(quantities)));
        }
        if let Some(reason) = &self.reason {
            out.push(("reason".into(), Value::string(reason.as_str())));
        }
        out
    }

    /// The checks that concern more than one field.
    pub(in crate::event) fn check(&self, subjects: usize) -> Result<(), Malformed> {
        if !self.quantities.is_empty() && self.verdict == Verdict::Reject {
            return Err(Malformed::ReviewQuantitiesNotAllowed);
        }
        if self.quantities.is_empty() && self.verdict == Verdict::Adjust {
            return Err(Malformed::ReviewQuantitiesMissing);
        }
        if !self.quantities.is_empty() && self.quantities.len() != subjects {
            return Err(Malformed::ReviewQuantities { quantities: self.quantities.len(), subjects });
        }
        if self.reason.is_none() && self.verdict != Verdict::Accept {
            return Err(Malformed::ReviewReasonMissing);
        }
        Ok(())
    }
}

/// Integers in the order of `about`: neither sorted nor distinct, so not one of the ascending lists.
fn read_quantities(fields: &mut Fields<'_>) -> Result<Vec<u32>, Malformed> {
    let at = fields.name("quantities");
    let elements = fields.array("quantities")?;
    if elements.is_empty() {
        return Err(Malformed::ListEmpty { at });
    }
    elements
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let at = format!("{at}[{i}]");
            let most = u64::from(u32::MAX);
            match value {
                Value::Integer(got) => {
                    u32::try_from(got).map_err(|_| Malformed::IntegerRange { at, least: 0, most, got })
                }
                other => Err(Malformed::FieldType { at, expected: "an integer", got: other.type_name() }),
            }
        })
        .collect()
}

const _: () = assert!(u32::MAX as u64 <= MAX_INTEGER);
