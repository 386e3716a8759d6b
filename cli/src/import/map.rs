//! Which column of a table means what: written by a person in TOML (`written`), or by us for the platforms we know (`presets`).

use std::collections::BTreeMap;

use lebombo_verifier::event::{Day, Outcome, Token, Work};

use super::day::Calendar;
use super::separated::Dialect;

/// How to read one table.
#[derive(Clone, Debug)]
pub(crate) struct ColumnMap {
    pub(crate) format: Format,
    /// The name under which worker ids become aliases.
    pub(crate) system: Token,
    pub(crate) contributor: String,
    /// Columns that together name a piece of work; at least one.
    pub(crate) source_id: Vec<String>,
    pub(crate) attempt: Option<String>,
    /// The column of what was worked on, to report workers who answered it more than once.
    pub(crate) item: Option<String>,
    /// Columns that are equal in all rows of one page of the platform, to report that their times are the page's.
    pub(crate) page: Vec<String>,
    pub(crate) work: Given<Work>,
    pub(crate) activity: Given<Token>,
    pub(crate) unit: Given<Token>,
    pub(crate) quantity: Given<Amount>,
    pub(crate) date: DateRule,
    pub(crate) outcome: Option<OutcomeRule>,
    pub(crate) evidence: Evidence,
}

/// The file format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Separated(Dialect),
    JsonLines,
}

/// A value that is the same for all rows, or stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given<T> {
    Always(T),
    Column {
        column: String,
        /// What each cell means; without it, the cell is the value itself.
        values: Option<BTreeMap<String, T>>,
    },
}

/// 1 ≤ quantity < 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) u32);

/// Where a row's day comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DateRule {
    Always(Day),
    Column { column: String, calendar: Calendar },
}

/// Where a row's verdict comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OutcomeRule {
    /// Cells compared without regard to ASCII case; `None` for those that say nothing.
    Cell { column: String, meanings: Vec<(String, Option<Outcome>)>, optional: bool },
    /// Common Voice: two votes and a majority decide.
    Votes { up: String, down: String },
}

/// Which columns are the evidence of a row.
#[derive(Clone, Debug)]
pub(crate) enum Evidence {
    All,
    Only(Vec<String>),
    Those(fn(&str) -> bool),
}

impl ColumnMap {
    /// The columns without which no row could be read.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let mut columns = vec![self.contributor.as_str()];
        columns.extend(
            self.source_id
                .iter()
                .chain(&self.attempt)
                .chain(&self.item)
                .chain(&self.page)
                .map(String::as_str),
        );
        columns.extend(
            [self.work.column(), self.activity.column(), self.unit.column(), self.quantity.column()]
                .into_iter()
                .flatten(),
        );
        if let DateRule::Column { column, .. } = &self.date {
            columns.push(column);
        }
        match &self.outcome {
            Some(OutcomeRule::Cell { column, optional: false, .. }) => columns.push(column),
            Some(OutcomeRule::Votes { up, down }) => columns.extend([up.as_str(), down]),
            Some(OutcomeRule::Cell { .. }) | None => {}
        }
        if let Evidence::Only(only) = &self.evidence {
            columns.extend(only.iter().map(String::as_str));
        }
        columns
    }
}

impl<T> Given<T> {
    /// The column that the value stands in, if it does.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Always(_) => None,
            Self::Column { column, .. } => Some(column),
        }
    }
}
