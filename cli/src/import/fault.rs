//! Why one row is skipped while the rest of its file is imported.

use lebombo_verifier::Code;
use thiserror::Error;

use super::lines::MAX_LINE;

/// What is wrong with a row. Messages name no cell's content: it may be a worker's id or e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    #[error("the row is longer than {MAX_LINE} bytes")]
    RowTooLong,
    #[error("the row is not UTF-8")]
    NotUtf8,
    #[error("the row is not one JSON value without repeated member names, at most 64 levels deep")]
    NotJson,
    #[error("the row is JSON but no object")]
    NotAnObject,
    #[error("the row has {found} fields where the first line names {expected} columns")]
    ColumnsDiffer { found: usize, expected: usize },
    #[error("`{column}` holds a list or an object where a plain value is needed")]
    NotPlain { column: String },
    #[error("it does not say who did the work")]
    ContributorMissing,
    #[error("it has no source id, so a second import could not recognise it")]
    SourceIdMissing,
    #[error("it says the same, word for word, as the row at {first}")]
    SourceIdRepeated { first: u64 },
    #[error("it has the source id of the row at {first} but differs from it; the first was kept")]
    SourceIdConflict { first: u64 },
    #[error("the attempt is not a whole number from 0 to 4294967295")]
    AttemptNotWhole,
    #[error("the {what} stands for nothing that the column map knows")]
    ValueUnknown { what: &'static str },
    #[error("the quantity is missing")]
    QuantityMissing,
    #[error("the quantity is 0")]
    QuantityZero,
    #[error("the quantity is negative")]
    QuantityNegative,
    #[error("the quantity is not a whole number in digits")]
    QuantityNotWhole,
    #[error("the quantity is above 4294967295")]
    QuantityTooLarge,
    #[error("the date is missing")]
    DateMissing,
    #[error("the date is not written as expected")]
    DateUnreadable,
    #[error("there is no such date")]
    DateDoesNotExist,
    #[error("the date is before 1970 or after 9999")]
    DateOutOfRange,
    #[error("the time names a zone that is unknown or stands for several")]
    ZoneUnknown,
    /// Every time of a file is written alike, so this refuses the file (`ImportError::ZoneMissing`).
    #[error("the time carries no zone")]
    ZoneMissing,
    #[error("annotation {at} of the task was cancelled (skipped) by the annotator")]
    AnnotationCancelled { at: usize },
    #[error("annotation {at} of the task is no object; export with full annotations")]
    AnnotationMalformed { at: usize },
    #[error("it rejects and gives no reason; give one with --reason CODE, or name its column in the map")]
    ReasonMissing,
    #[error("no row of the work has the same cells in the columns that join them")]
    WorkMissing,
    #[error("a review of annotation {at} of the task does not say by whom, or neither accepts nor rejects")]
    ReviewMalformed { at: usize },
    #[error(
        "annotation {at} of the task was accepted after its reviewer had corrected it, so it is not known how much of \
         the work counts; review it by hand"
    )]
    ReviewCorrected { at: usize },
    #[error("the task has no list of annotations; export from Label Studio as \"JSON\", not JSON-MIN")]
    AnnotationsMissing,
}

impl Code for Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::RowTooLong => "row-too-long",
            Self::NotUtf8 => "row-not-utf-8",
            Self::NotJson => "row-not-json",
            Self::NotAnObject => "row-not-an-object",
            Self::ColumnsDiffer { .. } => "row-columns-differ",
            Self::NotPlain { .. } => "row-value-not-plain",
            Self::ContributorMissing => "row-contributor-missing",
            Self::SourceIdMissing => "row-source-id-missing",
            Self::SourceIdRepeated { .. } => "source-id-repeated",
            Self::SourceIdConflict { .. } => "source-id-conflict",
            Self::AttemptNotWhole => "row-attempt-not-whole",
            Self::ValueUnknown { .. } => "row-value-unknown",
            Self::QuantityMissing => "row-quantity-missing",
            Self::QuantityZero => "row-quantity-zero",
            Self::QuantityNegative => "row-quantity-negative",
            Self::QuantityNotWhole => "row-quantity-not-whole",
            Self::QuantityTooLarge => "row-quantity-too-large",
            Self::DateMissing => "row-date-missing",
            Self::DateUnreadable => "row-date-unreadable",
            Self::DateDoesNotExist => "row-date-does-not-exist",
            Self::DateOutOfRange => "row-date-out-of-range",
            Self::ZoneUnknown => "row-zone-unknown",
            Self::ZoneMissing => "import-zone-missing",
            Self::AnnotationCancelled { .. } => "annotation-cancelled",
            Self::AnnotationMalformed { .. } => "annotation-malformed",
            Self::ReasonMissing => "row-reason-missing",
            Self::WorkMissing => "row-work-missing",
            Self::ReviewMalformed { .. } => "review-malformed",
            Self::ReviewCorrected { .. } => "review-corrected",
            Self::AnnotationsMissing => "annotations-missing",
        }
    }
}
