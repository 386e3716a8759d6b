//! Exports of annotation platforms, read into rows that the program can log (spec/import.md, docs/import.md).
//!
//! A reader never logs, signs or sends anything, and needs no key. It hands each row to a sink, in the order of the
//! file, and returns a `Reading`: what it read, and each row that it passed over with the reason. Raw worker ids exist
//! only inside `Row::contributor` and `Row::evidence`; no message, notice or report contains one.
//!
//! - Who may be on the other side of a file: anybody. All sizes are bounded before memory is taken (`lines`).
//! - A row at fault is skipped and reported (`fault`); a file that can not be told apart into rows is refused as a
//!   whole (`error`), and rows that the sink has had by then must be thrown away.

mod day;
mod error;
mod fault;
mod ids;
mod json;
mod label_studio;
mod lines;
mod map;
mod presets;
mod report;
mod reviews;
pub(crate) mod separated;
pub(crate) mod table;
mod tally;
pub(crate) mod written;

use std::io::Read;

use lebombo_verifier::event::{Day, Outcome, Token, Work};

pub(crate) use day::Zone;
pub(crate) use error::ImportError;
pub(crate) use fault::Fault;
pub(crate) use ids::ImportKey;
pub(crate) use map::{ColumnMap, Format};
pub(crate) use report::{Reading, places};
pub(crate) use reviews::{
    Given as GivenReviews, Judged, ReviewMap, ReviewSource, Verdicts, read as read_reviews,
};

/// One piece of work, as a source file states it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Physical line on which the row begins, from 1; for Label Studio the number of the task in the list, from 1.
    pub(crate) line: u64,
    /// The platform's id of the worker. It leaves the process only through `ImportKey::alias`.
    pub(crate) contributor: String,
    /// What the source calls this piece of work; the same in every export.
    pub(crate) source_id: String,
    /// 1 unless the source itself counts attempts at the same source id.
    pub(crate) attempt: u32,
    pub(crate) work: Work,
    pub(crate) activity: Token,
    pub(crate) unit: Token,
    /// 1 ≤ quantity < 2^32.
    pub(crate) quantity: u32,
    /// The day of the work.
    pub(crate) date: Day,
    /// The platform's own verdict, where the file has one.
    pub(crate) outcome: Option<Outcome>,
    /// Canonical bytes of what the source says about the work, for `ImportKey::evidence`.
    pub(crate) evidence: Vec<u8>,
}

/// What is said about all rows of a source that has no column map. Whatever is `None` has the default of the source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The name under which worker ids become aliases: one for each installation whose ids mean different people.
    pub(crate) system: Option<Token>,
    pub(crate) work: Option<Work>,
    pub(crate) activity: Option<Token>,
    pub(crate) unit: Option<Token>,
    /// The zone of times that carry none.
    pub(crate) zone: Option<Zone>,
    /// The zone whose midnights part the days; UTC by default.
    pub(crate) days_in: Option<Zone>,
    /// The day of all rows, instead of what the source says.
    pub(crate) date: Option<Day>,
}

/// A kind of source file.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Label Studio, exported as "JSON".
    LabelStudio(Options),
    /// Amazon Mechanical Turk batch results, CSV.
    MTurk(Options),
    /// CrowdFlower (Figure Eight, Appen) full report, CSV.
    CrowdFlower(Options),
    /// Common Voice `validated.tsv` and its siblings.
    CommonVoice(Options),
    /// CSV, TSV or JSON Lines, described by a column map.
    Map(Box<ColumnMap>),
}

impl Source {
    /// The system of the aliases of this source's workers.
    pub(crate) fn system(&self) -> Token {
        match self {
            Self::LabelStudio(options) => presets::Defaults::LABEL_STUDIO.system(options),
            Self::MTurk(options) => presets::Defaults::MTURK.system(options),
            Self::CrowdFlower(options) => presets::Defaults::CROWDFLOWER.system(options),
            Self::CommonVoice(options) => presets::Defaults::COMMON_VOICE.system(options),
            Self::Map(map) => map.system.clone(),
        }
    }
}

/// Reads `input` to its end and hands each row that can be logged to `sink`.
///
/// # Errors
/// Any `ImportError`; the rows that `sink` was given before it must not be used.
pub(crate) fn read<R: Read>(
    source: &Source,
    input: R,
    sink: &mut dyn FnMut(Row),
) -> Result<Reading, ImportError> {
    let numbered = if matches!(source, Source::LabelStudio(_)) { "task" } else { "line" };
    let mut intake = tally::Intake::new(sink, numbered);
    match source {
        Source::LabelStudio(options) => label_studio::read(options, input, &mut intake)?,
        Source::MTurk(options) => table::read(&presets::mturk(options), input, &mut intake)?,
        Source::CrowdFlower(options) => table::read(&presets::crowdflower(options), input, &mut intake)?,
        Source::CommonVoice(options) => table::read(&presets::common_voice(options)?, input, &mut intake)?,
        Source::Map(map) => table::read(map, input, &mut intake)?,
    }
    Ok(intake.finish())
}

#[cfg(test)]
mod tests;
