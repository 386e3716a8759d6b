//! Why a total proof is refused.

use thiserror::Error;

use super::proof::{HEADER, MAX_TOTAL};
use crate::error::Code;
use crate::note::NoteError;
use crate::statement::{LineFault, PathFault, StatementRefused, Unled};

/// Why bytes are no total proof. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TotalError {
    /// More than [`MAX_TOTAL`] bytes.
    #[error("the total has {length} bytes, more than {MAX_TOTAL}")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// Another first line.
    #[error("the file is not a total: it does not begin with the line \"{HEADER}\"")]
    NotATotal,
    /// A line before the checkpoint that is not as it should be.
    #[error("of the total, {0}")]
    Line(LineFault),
    /// The checkpoint is no signed note.
    #[error("the total's checkpoint is not a signed note")]
    Note(#[source] NoteError),
}

impl Code for TotalError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "total-too-large",
            Self::NotATotal => "total-not-a-total",
            Self::Line(_) => "total-line",
            Self::Note(e) => e.code(),
        }
    }
}

/// Why a well-formed total proof does not show what it claims. Checked in the order of the variants, of the statement the project's
/// path last.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TotalRefused {
    /// The checkpoint, the entries or the snapshot do not hold, or the project does not lead to it.
    #[error(transparent)]
    Statement(#[from] StatementRefused),
    /// Handle, number of contributors and path do not fit together.
    #[error("the path from the total to its project does not fit the handle")]
    Path(#[source] PathFault),
    /// The total, or it and what stands beside it, is beyond 2^63 - 1 points.
    #[error("the points on the path from the total to its project go beyond 2^63 - 1")]
    Sum,
    /// The path leads to another sum than the project's points.
    #[error("the path leads to {computed} points of the whole project, but the project has {stated}")]
    Points {
        /// What the project's line says.
        stated: u64,
        /// What the path adds up to.
        computed: u64,
    },
}

impl Code for TotalRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Statement(e) => e.code(),
            Self::Path(_) => "total-path",
            Self::Sum => "total-sum",
            Self::Points { .. } => "total-points",
        }
    }
}

impl From<LineFault> for TotalError {
    fn from(fault: LineFault) -> Self {
        Self::Line(fault)
    }
}

impl From<Unled> for TotalRefused {
    fn from(unled: Unled) -> Self {
        match unled {
            Unled::Path(fault) => Self::Path(fault),
            Unled::Sum => Self::Sum,
        }
    }
}
