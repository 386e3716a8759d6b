//! Which column of a table of verdicts means what, written by a person in TOML (docs/import.md).

use lebombo_verifier::event::{Method, Token};
use serde::Deserialize;
use toml::Spanned;

use super::Given as GivenForAll;
use crate::import::error::ImportError;
use crate::import::map::{Format, Given};
use crate::import::written::{self, OneOrMore, Plainly, Separator, WrittenFormat};

/// How to read one table of verdicts.
#[derive(Clone, Debug)]
pub(crate) struct ReviewMap {
    pub(super) format: Format,
    /// As in the map that the work was imported by.
    pub(crate) system: Token,
    /// Columns that together name a piece of work; at least one.
    pub(super) source_id: Vec<String>,
    pub(super) attempt: Option<String>,
    pub(super) verdict: VerdictRule,
    /// How much is accepted, where that is not all.
    pub(super) quantity: Option<String>,
    /// Why it is rejected, or accepted in part.
    pub(super) reason: Option<Given<Token>>,
    /// Why, where a rejection gives no reason.
    pub(super) rejection: Option<Token>,
    pub(super) method: Given<Method>,
    /// Columns that verdicts have in common with the rows of the work, where they stand in two files.
    pub(super) join: Option<Vec<String>>,
}

/// Where a row's verdict stands, and what its cells mean, compared without regard to ASCII case.
#[derive(Clone, Debug)]
pub(super) struct VerdictRule {
    pub(super) column: String,
    pub(super) meanings: Vec<(String, Cell)>,
}

/// What a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Accept,
    Reject,
    Silent,
}

impl ReviewMap {
    /// Reads a map from TOML. Unknown and missing keys are errors. `given` holds where the map does not say it.
    ///
    /// # Errors
    /// `Map`, with the line.
    pub(crate) fn parse(text: &str, given: &GivenForAll) -> Result<Self, ImportError> {
        let written: Written = written::toml_of(text)?;
        let at = written.verdict.span().start;
        let verdict = written.verdict.get_ref().rule();
        let verdict = verdict.map_err(|reason| written::fault_at(text, at, reason))?;
        let join = match &written.join {
            None => None,
            Some(columns) if columns.get_ref().is_empty() => {
                let reason = "join names no column".to_owned();
                return Err(written::fault_at(text, columns.span().start, reason));
            }
            Some(columns) => Some(columns.get_ref().clone()),
        };
        Ok(Self {
            format: written::format_of(text, written.format, written.separator.as_ref())?,
            system: written.system.0,
            source_id: written::source_id_of(text, &written.source_id)?,
            attempt: written.attempt,
            verdict,
            quantity: written.quantity,
            reason: written.reason,
            rejection: given.reason.clone(),
            method: written.method.unwrap_or(Given::Always(given.method)),
            join,
        })
    }

    /// The columns without which no verdict could be read.
    pub(super) fn verdict_columns(&self) -> Vec<&str> {
        let given = [self.reason.as_ref().and_then(Given::column), self.method.column()];
        let mut columns = vec![self.verdict.column.as_str()];
        columns.extend(self.quantity.iter().map(String::as_str).chain(given.into_iter().flatten()));
        columns
    }

    /// The columns without which no piece of work could be named.
    pub(super) fn work_columns(&self) -> Vec<&str> {
        self.source_id.iter().chain(&self.attempt).map(String::as_str).collect()
    }
}

/// A map as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    format: WrittenFormat,
    separator: Option<Spanned<Separator>>,
    system: Plainly<Token>,
    source_id: Spanned<OneOrMore>,
    attempt: Option<String>,
    verdict: Spanned<WrittenVerdict>,
    quantity: Option<String>,
    reason: Option<Given<Token>>,
    method: Option<Given<Method>>,
    join: Option<Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenVerdict {
    column: String,
    #[serde(default)]
    accept: Vec<String>,
    #[serde(default)]
    reject: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
}

impl WrittenVerdict {
    fn rule(&self) -> Result<VerdictRule, String> {
        let lists = [(&self.accept, Cell::Accept), (&self.reject, Cell::Reject), (&self.none, Cell::Silent)];
        let mut meanings: Vec<(String, Cell)> = Vec::new();
        for (cell, meaning) in lists.iter().flat_map(|(cells, meaning)| cells.iter().map(|c| (c, *meaning))) {
            // Which list comes first must not decide about work.
            if meanings.iter().any(|(said, other)| said.eq_ignore_ascii_case(cell) && *other != meaning) {
                return Err(format!("`{cell}` is in two of the lists accept, reject and none"));
            }
            meanings.push((cell.clone(), meaning));
        }
        if !meanings.iter().any(|(_, meaning)| *meaning != Cell::Silent) {
            return Err("no cell means accept or reject".to_owned());
        }
        Ok(VerdictRule { column: self.column.clone(), meanings })
    }
}
