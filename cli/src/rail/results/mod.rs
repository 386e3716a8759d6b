//! What came of payments: results of a hub or a bank, read and set against what was instructed.
//!
//! Readers say what stands in a file, in its order. `match_results` decides what follows from it, all of it or nothing.

mod camt;
mod error;
mod map;
mod matching;
mod table;

use lebombo_verifier::money::Currency;

pub(crate) use error::ResultError;
pub(crate) use map::ResultMap;
pub(crate) use matching::{Expected, Matched, Others, match_results};

use super::notice::Notice;

/// Most payments of one result.
pub(crate) const MAX_OUTCOMES: usize = 2_000_000;
/// Longest reference that is kept of a result; ours have at most 35 characters, others' are only shown.
const MAX_REFERENCE: usize = 140;
/// Longest reason that is kept of a result, in characters.
const MAX_REASON: usize = 64;

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    /// The money left.
    Paid,
    /// It never left.
    Failed,
    /// It left and came back.
    Returned,
    /// The file does not say, or not yet.
    Unknown,
}

/// What a file says of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The line of the file on which it stands; in a camt.054 where its transaction ends.
    pub(crate) line: u64,
    /// As it stands there: maybe another payer's.
    pub(crate) reference: String,
    pub(crate) state: State,
    pub(crate) amount: Option<Said>,
    /// The rail's code or words for it, without characters that move a cursor.
    pub(crate) reason: Option<String>,
}

/// An amount as a file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// ASCII digits, without zeros that say nothing; a point and further digits where there are any.
    number: String,
    /// Where the file says it.
    pub(crate) currency: Option<Currency>,
}

impl Said {
    /// Reads digits with at most one point among them, as rails write amounts; `None` for anything else.
    pub(crate) fn parse(text: &str, currency: Option<Currency>) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if text.len() > 40 || !is_number(whole) || !is_number(part) {
            return None;
        }
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let whole = if whole.is_empty() { "0" } else { whole };
        let number = if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") };
        Some(Self { number, currency })
    }

    /// Whether it is so many minor units of the currency.
    pub(crate) fn is(&self, currency: Currency, minor: u64) -> bool {
        let want = Self::parse(&currency.format(minor.into()), None);
        want.is_some_and(|want| want.number == self.number)
    }
}

/// A file, read to its end.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) notices: Vec<Notice>,
}

/// What kind of file it is.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A table and what its columns mean.
    Table(ResultMap),
    /// ISO 20022 camt.054, the bank's notification of debits and credits, of any version.
    Camt054,
}

impl Source {
    /// A kind that needs no map: `payment-hub` or `camt.054`.
    ///
    /// # Errors
    /// `Unknown`.
    pub(crate) fn parse(name: &str) -> Result<Self, ResultError> {
        match name {
            "payment-hub" => Ok(Self::Table(ResultMap::payment_hub())),
            "camt.054" => Ok(Self::Camt054),
            _ => Err(ResultError::Unknown { name: name.to_owned() }),
        }
    }
}

/// Reads a result.
///
/// # Errors
/// [`ResultError`], of the first line at fault.
pub(crate) fn read(source: &Source, bytes: &[u8]) -> Result<Reading, ResultError> {
    match source {
        Source::Table(map) => table::read(map, bytes),
        Source::Camt054 => camt::read(bytes),
    }
}

impl Reading {
    fn push(&mut self, outcome: Outcome) -> Result<(), ResultError> {
        if self.outcomes.len() >= MAX_OUTCOMES {
            return Err(ResultError::TooMany);
        }
        self.outcomes.push(outcome);
        Ok(())
    }
}

/// A reference, cut where none of ours could go on.
fn bounded(reference: &str) -> String {
    reference.chars().take(MAX_REFERENCE).collect()
}

/// A reason as it may be shown and kept.
fn reason(text: &str) -> Option<String> {
    let text: String = crate::printable::printable(text.trim()).chars().take(MAX_REASON).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
