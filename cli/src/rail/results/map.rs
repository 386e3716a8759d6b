//! Which column of a result means what: written by a person in TOML, or by us for a hub that we know.

use serde::Deserialize;
use toml::Spanned;

use super::State;
use crate::import::separated::Dialect;
use crate::import::written::{self, Separator, WrittenFormat};
use crate::import::{Format, ImportError};

/// How to read one table of results.
#[derive(Clone, Debug)]
pub(crate) struct ResultMap {
    pub(super) format: Format,
    pub(super) reference: String,
    pub(super) amount: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) status: String,
    /// What the cells of `status` mean, compared without regard to ASCII case.
    pub(super) meanings: Vec<(String, State)>,
}

impl ResultMap {
    /// Reads a map from TOML. Unknown and missing keys are errors.
    ///
    /// # Errors
    /// `Map`, with the line.
    pub(crate) fn parse(text: &str) -> Result<Self, ImportError> {
        let written: Written = written::toml_of(text)?;
        let at = written.status.span().start;
        let status = written.status.into_inner();
        let meanings = status.meanings().map_err(|reason| written::fault_at(text, at, reason))?;
        Ok(Self {
            format: written::format_of(text, written.format, written.separator.as_ref())?,
            reference: written.reference,
            amount: written.amount,
            currency: written.currency,
            reason: written.reason,
            status: status.column,
            meanings,
        })
    }

    /// Payment Hub EE: the bulk CSV with `status`, `error_code` and `error_description` after its own columns. Its
    /// currency is often empty, so it is not asked for.
    pub(crate) fn payment_hub() -> Self {
        let words =
            |words: &[&str], state| words.iter().map(|word| ((*word).to_owned(), state)).collect::<Vec<_>>();
        Self {
            format: Format::Separated(Dialect { separator: b',', quotes: true }),
            reference: "request_id".to_owned(),
            amount: Some("amount".to_owned()),
            currency: None,
            reason: Some("error_code".to_owned()),
            status: "status".to_owned(),
            meanings: [
                words(&["completed", "success"], State::Paid),
                words(&["failed"], State::Failed),
                words(&["in_progress", "pending", "unknown", ""], State::Unknown),
            ]
            .concat(),
        }
    }

    /// The columns without which no result could be read.
    pub(super) fn columns(&self) -> Vec<&str> {
        let optional = [&self.amount, &self.currency, &self.reason];
        let mut columns = vec![self.reference.as_str(), self.status.as_str()];
        columns.extend(optional.into_iter().flatten().map(String::as_str));
        columns
    }
}

/// A map as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    format: WrittenFormat,
    separator: Option<Spanned<Separator>>,
    reference: String,
    amount: Option<String>,
    currency: Option<String>,
    reason: Option<String>,
    status: Spanned<WrittenStatus>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStatus {
    column: String,
    #[serde(default)]
    paid: Vec<String>,
    #[serde(default)]
    failed: Vec<String>,
    #[serde(default)]
    returned: Vec<String>,
    #[serde(default)]
    unknown: Vec<String>,
}

impl WrittenStatus {
    fn meanings(&self) -> Result<Vec<(String, State)>, String> {
        let lists = [
            (&self.paid, State::Paid),
            (&self.failed, State::Failed),
            (&self.returned, State::Returned),
            (&self.unknown, State::Unknown),
        ];
        let mut meanings: Vec<(String, State)> = Vec::new();
        for (word, state) in lists.iter().flat_map(|(words, state)| words.iter().map(|w| (w.trim(), *state)))
        {
            // Which list comes first must not decide whether somebody was paid.
            if meanings.iter().any(|(said, other)| said.eq_ignore_ascii_case(word) && *other != state) {
                return Err(format!("`{word}` is in two of the lists paid, failed, returned and unknown"));
            }
            meanings.push((word.to_owned(), state));
        }
        if meanings.iter().any(|(_, state)| *state != State::Unknown) {
            Ok(meanings)
        } else {
            Err("no word means paid, failed or returned".to_owned())
        }
    }
}
