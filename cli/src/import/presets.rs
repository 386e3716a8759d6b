//! The tables of platforms that we know, as column maps.
//!
//! Evidence is what does not change when the same work is exported again later: neither votes nor verdicts, nor what
//! is about the worker rather than the work.

use lebombo_verifier::event::{Outcome, Token, Work};

use super::Options;
use super::day::{Calendar, Layout, Zone};
use super::error::ImportError;
use super::map::{Amount, ColumnMap, DateRule, Evidence, Format, Given, OutcomeRule};
use super::separated::Dialect;

const CSV: Format = Format::Separated(Dialect { separator: b',', quotes: true });
const TSV: Format = Format::Separated(Dialect { separator: b'\t', quotes: false });

/// What a platform's rows are when the options say nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) system: &'static str,
    pub(crate) work: Work,
    pub(crate) activity: &'static str,
    pub(crate) unit: &'static str,
}

impl Defaults {
    /// Label Studio's annotations.
    pub(crate) const LABEL_STUDIO: Self = Self::labelling("label-studio");
    /// Mechanical Turk's assignments.
    pub(crate) const MTURK: Self = Self::labelling("mturk");
    /// CrowdFlower's judgments.
    pub(crate) const CROWDFLOWER: Self = Self::labelling("crowdflower");
    /// Common Voice's clips.
    pub(crate) const COMMON_VOICE: Self =
        Self { system: "common-voice", work: Work::Dataset, activity: "recording", unit: "clip" };

    const fn labelling(system: &'static str) -> Self {
        Self { system, work: Work::Annotation, activity: "labelling", unit: "item" }
    }

    /// The system of the aliases.
    pub(crate) fn system(self, options: &Options) -> Token {
        options.system.clone().unwrap_or_else(|| token(self.system))
    }

    /// Kind of work, activity and unit.
    pub(crate) fn work(self, options: &Options) -> (Work, Token, Token) {
        (
            options.work.unwrap_or(self.work),
            options.activity.clone().unwrap_or_else(|| token(self.activity)),
            options.unit.clone().unwrap_or_else(|| token(self.unit)),
        )
    }
}

/// Amazon Mechanical Turk batch results: one row for each assignment.
pub(crate) fn mturk(options: &Options) -> ColumnMap {
    let meanings = [
        ("Approved", Some(Outcome::Accepted)),
        ("Rejected", Some(Outcome::Rejected)),
        ("Submitted", Some(Outcome::Pending)),
    ];
    ColumnMap {
        item: Some("HITId".to_owned()),
        page: strings(&["WorkerId", "AcceptTime", "SubmitTime"]),
        outcome: Some(cell("AssignmentStatus", &meanings)),
        evidence: Evidence::Those(|column| {
            ["HITId", "AssignmentId", "WorkerId", "AcceptTime", "SubmitTime"].contains(&column)
                || column.starts_with("Input.")
                || column.starts_with("Answer.")
        }),
        ..table(
            options,
            Defaults::MTURK,
            CSV,
            ["WorkerId", "AssignmentId"],
            date(options, "SubmitTime", Layout::MTurk),
        )
    }
}

/// CrowdFlower's full report: one row for each judgment.
pub(crate) fn crowdflower(options: &Options) -> ColumnMap {
    // The platform set a judgment aside as tainted after its worker had failed test questions.
    let meanings = [("true", Some(Outcome::Rejected)), ("false", None), ("", None)];
    let layout = Layout::Pattern("%m/%d/%Y %H:%M:%S".to_owned());
    ColumnMap {
        item: Some("_unit_id".to_owned()),
        page: strings(&["_worker_id", "_started_at", "_created_at"]),
        outcome: Some(cell("_tainted", &meanings)),
        evidence: Evidence::Those(|column| {
            ["_unit_id", "_id", "_worker_id", "_started_at", "_created_at"].contains(&column)
                || !column.starts_with('_')
        }),
        ..table(
            options,
            Defaults::CROWDFLOWER,
            CSV,
            ["_worker_id", "_id"],
            date(options, "_created_at", layout),
        )
    }
}

/// Common Voice: one row for each recorded clip, without a time.
///
/// # Errors
/// `DateMissing`.
pub(crate) fn common_voice(options: &Options) -> Result<ColumnMap, ImportError> {
    let date = DateRule::Always(options.date.ok_or(ImportError::DateMissing)?);
    Ok(ColumnMap {
        outcome: Some(OutcomeRule::Votes { up: "up_votes".to_owned(), down: "down_votes".to_owned() }),
        evidence: Evidence::Only(strings(&["client_id", "path", "sentence"])),
        ..table(options, Defaults::COMMON_VOICE, TSV, ["client_id", "path"], date)
    })
}

fn table(
    options: &Options,
    defaults: Defaults,
    format: Format,
    [contributor, source_id]: [&str; 2],
    date: DateRule,
) -> ColumnMap {
    let (work, activity, unit) = defaults.work(options);
    ColumnMap {
        format,
        system: defaults.system(options),
        contributor: contributor.to_owned(),
        source_id: vec![source_id.to_owned()],
        attempt: None,
        item: None,
        page: Vec::new(),
        work: Given::Always(work),
        activity: Given::Always(activity),
        unit: Given::Always(unit),
        quantity: Given::Always(Amount(1)),
        date,
        outcome: None,
        evidence: Evidence::All,
    }
}

fn date(options: &Options, column: &str, layout: Layout) -> DateRule {
    options.date.map_or_else(
        || DateRule::Column { column: column.to_owned(), calendar: calendar(options, layout) },
        DateRule::Always,
    )
}

/// How a platform's times become days.
pub(crate) fn calendar(options: &Options, layout: Layout) -> Calendar {
    let days_in = options.days_in.clone().unwrap_or(Zone::UTC);
    Calendar { layout, zone: options.zone.clone(), days_in }
}

/// A verdict column that the platform's exports do not always have.
fn cell(column: &str, meanings: &[(&str, Option<Outcome>)]) -> OutcomeRule {
    let meanings = meanings.iter().map(|(cell, outcome)| ((*cell).to_owned(), *outcome)).collect();
    OutcomeRule::Cell { column: column.to_owned(), meanings, optional: true }
}

/// One of the words of this file.
fn token(word: &'static str) -> Token {
    #[expect(
        clippy::expect_used,
        reason = "the words are literals of this file, and a test goes through them"
    )]
    Token::parse(word).expect("a token")
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_tokens() {
        for defaults in
            [Defaults::LABEL_STUDIO, Defaults::MTURK, Defaults::CROWDFLOWER, Defaults::COMMON_VOICE]
        {
            for word in [defaults.system, defaults.activity, defaults.unit] {
                assert_eq!(token(word).as_str(), word);
            }
        }
    }
}
