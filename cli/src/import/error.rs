//! Why a whole file is refused. A row that alone is at fault is skipped instead, and reported.
//!
//! Messages name lines and columns by number, never what stands in them: a cell may hold a worker's id or e-mail.

use lebombo_verifier::Code;
use thiserror::Error;

use super::lines::{MAX_FILE, MAX_LINE};

/// A file that can not be imported. Nothing that was read from it before the error may be used.
#[derive(Debug, Error)]
pub(crate) enum ImportError {
    #[error("the file could not be read")]
    Unreadable(#[source] std::io::Error),
    #[error("the file is larger than {MAX_FILE} bytes; split it and import the parts")]
    FileTooLarge,
    #[error("the file has more than {limit} rows; split it and import the parts")]
    TooManyRows { limit: u64 },
    #[error(
        "line {line}: a row is longer than {MAX_LINE} bytes; most often a quote is opened there and never closed"
    )]
    RowTooLong { line: u64 },
    #[error(
        "line {line}: a quote is opened in this row and never closed, so the rest of the file can not be told apart"
    )]
    QuoteNotClosed { line: u64 },
    #[error("the file is UTF-16; save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\") and import that")]
    Utf16,
    #[error("the file is empty; its first line must name the columns")]
    HeaderMissing,
    #[error("the first line, which must name the columns, is not UTF-8")]
    HeaderNotUtf8,
    #[error(
        "the first line names no column `{column}`; check the source that you chose, or the names in the column map"
    )]
    ColumnMissing { column: String },
    #[error("columns {first} and {second} have the same name; rename one of them")]
    ColumnRepeated { first: usize, second: usize },
    #[error(
        "line {line}: times here carry no zone, and the day depends on it; say which zone they were written in: \
         --zone UTC, or zone = \"UTC\" under [date] in the column map (or \"+03:00\", or \"Africa/Nairobi\")"
    )]
    ZoneMissing { line: u64 },
    #[error("this source has no dates; give the day of the work with --date YYYY-MM-DD")]
    DateMissing,
    #[error("line {line}, column {column}: the file is not JSON from there on")]
    NotJson { line: usize, column: usize },
    #[error("the file is not a list of tasks; export it from Label Studio as \"JSON\", not JSON-MIN or CSV")]
    NotTasks,
    #[error("task {element} is larger than {limit} bytes")]
    TaskTooLarge { element: u64, limit: u64 },
    #[error("the map joins verdicts to the rows of the work; give their file with --rows FILE")]
    RowsMissing,
    #[error(
        "--rows gives the rows of the work, and the map does not say by which columns they are joined: join = [\"…\"]"
    )]
    RowsNotJoined,
    #[error("column map, line {line}: {reason}")]
    Map { line: usize, reason: String },
    #[error(
        "`{name}` is no time zone; write UTC, an offset such as +03:00, or a name such as Africa/Nairobi"
    )]
    ZoneUnknown { name: String },
}

impl Code for ImportError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "import-unreadable",
            Self::FileTooLarge => "import-file-too-large",
            Self::TooManyRows { .. } => "import-too-many-rows",
            Self::RowTooLong { .. } => "import-row-too-long",
            Self::QuoteNotClosed { .. } => "import-quote-not-closed",
            Self::Utf16 => "import-utf-16",
            Self::HeaderMissing => "import-header-missing",
            Self::HeaderNotUtf8 => "import-header-not-utf-8",
            Self::ColumnMissing { .. } => "import-column-missing",
            Self::ColumnRepeated { .. } => "import-column-repeated",
            Self::ZoneMissing { .. } => "import-zone-missing",
            Self::DateMissing => "import-date-missing",
            Self::NotJson { .. } => "import-not-json",
            Self::NotTasks => "import-not-tasks",
            Self::TaskTooLarge { .. } => "import-task-too-large",
            Self::RowsMissing => "import-rows-missing",
            Self::RowsNotJoined => "import-rows-not-joined",
            Self::Map { .. } => "import-map",
            Self::ZoneUnknown { .. } => "import-zone-unknown",
        }
    }
}
