//! Verdicts of other platforms, read into what the program can review (spec/import.md, docs/import.md).
//!
//! A reader knows no key and no log: it says which piece of work of the source each verdict is on, and the command finds
//! the contribution that was made of it. A verdict at fault is skipped and reported; where a source gives different
//! verdicts on one piece of work none of them is taken, and that is reported too.

mod gather;
mod label_studio;
mod map;
mod table;

use std::fmt;
use std::io::Read;

use lebombo_verifier::event::{Method, Token, Verdict};
use serde::Serialize;

use super::error::ImportError;
use super::presets::Defaults;
use super::report::{Skipped, count, places, write_skipped};

pub(crate) use map::ReviewMap;

/// How many disagreements a person is shown.
const SHOWN: usize = 10;

/// A verdict on one piece of work, as a source states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    /// Physical line on which it stands, from 1; for Label Studio the number of the task in the list, from 1.
    pub(crate) line: u64,
    /// What the source calls the piece of work.
    pub(crate) source_id: String,
    /// 1 unless the source itself counts attempts at the same source id.
    pub(crate) attempt: u32,
    /// Accept or reject.
    pub(crate) verdict: Verdict,
    /// So much of it is accepted, from 1; `None`: all of it, or none.
    pub(crate) quantity: Option<u32>,
    /// Of a verdict on all of it: the quantity that another verdict on it has in digits, and the line of that one of the
    /// two that is not `line`. They agree where it is all that was logged.
    pub(crate) in_digits: Option<(u32, u64)>,
    /// Why: of every rejection.
    pub(crate) reason: Option<Token>,
    /// How the reviewer came to it.
    pub(crate) method: Method,
}

/// A kind of source of verdicts.
#[derive(Clone, Debug)]
pub(crate) enum ReviewSource {
    /// Label Studio, exported as "JSON", with reviews.
    LabelStudio(Given),
    /// CSV, TSV or JSON Lines, described by a column map.
    Map(Box<ReviewMap>),
}

impl ReviewSource {
    /// The system of the work that the verdicts are on, as its import calls it.
    pub(crate) fn system(&self) -> String {
        match self {
            Self::LabelStudio(_) => Defaults::LABEL_STUDIO.system.to_owned(),
            Self::Map(map) => map.system.to_string(),
        }
    }
}

/// What is said about all verdicts of a source that does not say it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The reason of rejections.
    pub(crate) reason: Option<Token>,
    /// How the reviewers came to them.
    pub(crate) method: Method,
}

/// What was read from a file of verdicts, apart from the verdicts. Nothing in it comes from a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Verdicts {
    /// What a number counts: `line` of the file, or `task` of a list; from 1.
    pub(crate) numbered: &'static str,
    /// Rows, or annotations, found.
    pub(crate) read: u64,
    /// Pieces of work with a verdict that was taken.
    pub(crate) accepted: u64,
    /// The same, rejected.
    pub(crate) rejected: u64,
    /// Rows, or annotations, that give no verdict.
    pub(crate) silent: u64,
    /// Each row that was not taken, in the order of the file.
    pub(crate) skipped: Vec<Skipped>,
    /// Where verdicts on one piece of work differ: the lines of the first and of those that say something else.
    pub(crate) disagreements: Vec<Vec<u64>>,
}

/// Reads verdicts to the end of `input` and hands those that were taken to `sink`. `rows` is the export of the work, for
/// a map that joins verdicts to its rows.
///
/// # Errors
/// Any `ImportError`; what `sink` was given before it must not be used.
pub(crate) fn read<R: Read, W: Read>(
    source: &ReviewSource,
    input: R,
    rows: Option<W>,
    sink: &mut dyn FnMut(Judged),
) -> Result<Verdicts, ImportError> {
    match source {
        ReviewSource::LabelStudio(given) => label_studio::read(given, input, sink),
        ReviewSource::Map(map) => table::read(map, input, rows, sink),
    }
}

/// For people: what was read, what was decided, what was skipped and why, and where verdicts disagree.
impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read       {}", count(self.read, "row"))?;
        let (accepted, rejected) = (self.accepted, self.rejected);
        writeln!(f, "verdicts   {accepted} to accept, {rejected} to reject")?;
        if self.silent > 0 {
            writeln!(f, "silent     {} without a verdict", count(self.silent, "row"))?;
        }
        write_skipped(f, self.numbered, &self.skipped)?;
        if !self.disagreements.is_empty() {
            let all = count(self.disagreements.len() as u64, "piece");
            writeln!(
                f,
                "disagree   {all} of work with different verdicts: none is taken, so decide by hand"
            )?;
            for lines in self.disagreements.iter().take(SHOWN) {
                writeln!(f, "             {}", places(self.numbered, lines.iter().copied()))?;
            }
            let more = self.disagreements.len().saturating_sub(SHOWN);
            if more > 0 {
                writeln!(f, "             … and {more} more (--json has each)")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
