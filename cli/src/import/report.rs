//! What a person is told about a file that was read.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use lebombo_verifier::event::{Token, Work};

/// How many line numbers a person is shown for one reason.
const SHOWN: usize = 10;

/// What was read from a file. Nothing in it comes from a cell: lines and counts only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Reading {
    /// What a row's number counts: `line` of the file, or `task` of a list; from 1.
    pub(crate) numbered: &'static str,
    /// Rows found: `taken` and the skipped ones together.
    pub(crate) read: u64,
    /// Rows handed to the sink.
    pub(crate) taken: u64,
    /// Different contributors among the rows taken.
    pub(crate) contributors: u64,
    /// The earliest day among the rows taken.
    pub(crate) first_day: Option<String>,
    /// The latest day among the rows taken.
    pub(crate) last_day: Option<String>,
    /// Rows taken that the source calls accepted.
    pub(crate) accepted: u64,
    /// Rows taken that the source calls rejected.
    pub(crate) rejected: u64,
    /// Rows taken that await the source's verdict.
    pub(crate) pending: u64,
    /// What was taken, by kind, activity and unit.
    pub(crate) work: Vec<Tally>,
    /// Each row that was not taken, in the order of the file.
    pub(crate) skipped: Vec<Skipped>,
    /// What else there is to know.
    pub(crate) notices: Vec<Notice>,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Skipped {
    pub(crate) line: u64,
    /// Stable (spec/import.md).
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

/// Something to know about rows that were taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Notice {
    /// Stable (spec/import.md).
    pub(crate) code: &'static str,
    /// How often; of what, `text` says.
    pub(crate) count: u64,
    /// The lines concerned, where naming them helps.
    pub(crate) lines: Vec<u64>,
    pub(crate) text: String,
}

/// The rows of one kind, activity and unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) work: &'static str,
    pub(crate) activity: String,
    pub(crate) unit: String,
    pub(crate) rows: u64,
    /// Sum of the rows' quantities.
    pub(crate) quantity: u64,
}

impl Tally {
    /// The line of a report for one key and its sums.
    pub(crate) fn new((work, activity, unit): (Work, Token, Token), (rows, quantity): (u64, u64)) -> Self {
        let (activity, unit) = (activity.as_str().to_owned(), unit.as_str().to_owned());
        Self { work: work.as_str(), activity, unit, rows, quantity }
    }
}

/// For people: what was read, what would be logged, what was skipped and why, what else there is to know.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read       {}", count(self.read, "row"))?;
        write!(f, "to log     {} of {}", count(self.taken, "row"), count(self.contributors, "contributor"))?;
        match (&self.first_day, &self.last_day) {
            (Some(first), Some(last)) if first == last => writeln!(f, ", all on {first}")?,
            (Some(first), Some(last)) => writeln!(f, ", {first} to {last}")?,
            _ => writeln!(f)?,
        }
        for one in &self.work {
            let (work, activity, unit) = (one.work, &one.activity, &one.unit);
            writeln!(
                f,
                "           {work} / {activity}: {} {unit} in {}",
                one.quantity,
                count(one.rows, "row")
            )?;
        }
        if self.accepted > 0 || self.rejected > 0 || self.pending > 0 {
            let (accepted, rejected, pending) = (self.accepted, self.rejected, self.pending);
            writeln!(
                f,
                "verdicts   {accepted} accepted, {rejected} rejected, {pending} pending, as the source has them"
            )?;
        }
        write_skipped(f, self.numbered, &self.skipped)?;
        for notice in &self.notices {
            write!(f, "notice     {}: {}", notice.code, notice.text)?;
            match notice.lines.len() {
                0 => writeln!(f)?,
                _ => writeln!(f, "\n             {}", places(self.numbered, notice.lines.iter().copied()))?,
            }
        }
        Ok(())
    }
}

/// How many rows were not taken, for which reasons, and where.
pub(super) fn write_skipped(f: &mut fmt::Formatter<'_>, numbered: &str, all: &[Skipped]) -> fmt::Result {
    writeln!(f, "skipped    {}", count(all.len() as u64, "row"))?;
    let mut reasons: BTreeMap<&str, Vec<&Skipped>> = BTreeMap::new();
    for skipped in all {
        reasons.entry(skipped.code).or_default().push(skipped);
    }
    for (code, skipped) in reasons {
        let lines = places(numbered, skipped.iter().map(|one| one.line));
        let also = if skipped.iter().all(|one| one.reason == skipped[0].reason) {
            ""
        } else {
            " (the first; --json has each)"
        };
        writeln!(
            f,
            "           {code}: {}{also}\n             {} at {lines}",
            skipped[0].reason,
            count(skipped.len() as u64, "row")
        )?;
    }
    Ok(())
}

pub(super) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The first of some line numbers.
pub(crate) fn places(numbered: &str, all: impl ExactSizeIterator<Item = u64>) -> String {
    let more = all.len().saturating_sub(SHOWN);
    let shown: Vec<String> = all.take(SHOWN).map(|line| line.to_string()).collect();
    let plural = if shown.len() == 1 { "" } else { "s" };
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{numbered}{plural} {}{rest}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Token {
        Token::parse(text).unwrap()
    }

    #[test]
    fn a_person_sees_counts_reasons_and_the_first_ten_lines() {
        let skipped = |line, code, reason: &str| Skipped { line, code, reason: reason.to_owned() };
        let mut reading = Reading {
            numbered: "line",
            read: 14,
            taken: 1,
            contributors: 1,
            first_day: Some("2026-03-04".to_owned()),
            last_day: Some("2026-03-04".to_owned()),
            accepted: 0,
            rejected: 1,
            pending: 0,
            work: vec![Tally::new((Work::Annotation, token("labelling"), token("item")), (1, 7))],
            skipped: (2..14).map(|line| skipped(line, "row-quantity-zero", "the quantity is 0")).collect(),
            notices: vec![Notice {
                code: "outcome-unknown",
                count: 1,
                lines: vec![15],
                text: "one".to_owned(),
            }],
        };
        reading.skipped.push(skipped(14, "row-columns-differ", "3 for 4"));
        let want = "read       14 rows\n\
                    to log     1 row of 1 contributor, all on 2026-03-04\n           \
                    annotation / labelling: 7 item in 1 row\n\
                    verdicts   0 accepted, 1 rejected, 0 pending, as the source has them\n\
                    skipped    13 rows\n           \
                    row-columns-differ: 3 for 4\n             1 row at line 14\n           \
                    row-quantity-zero: the quantity is 0\n             \
                    12 rows at lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more\n\
                    notice     outcome-unknown: one\n             line 15\n";
        assert_eq!(reading.to_string(), want);
        let json = serde_json::to_value(&reading).unwrap();
        assert_eq!(json["first-day"], "2026-03-04");
        assert_eq!(json["work"][0]["work"], "annotation");
        assert_eq!(json["skipped"][12]["code"], "row-columns-differ");
    }
}
