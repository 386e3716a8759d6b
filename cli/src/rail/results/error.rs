//! Why a result is refused. Nothing of a refused result is kept.

use lebombo_verifier::Code;
use lebombo_verifier::money::Currency;
use thiserror::Error;

use super::MAX_OUTCOMES;
use crate::import::{Fault, ImportError};
use crate::printable::printable;
use crate::rail::reference::Reference;
use crate::rail::xml::XmlError;

/// What is wrong with it, and on which line.
#[derive(Debug, Error)]
pub(crate) enum ResultError {
    #[error("the result can not be read as a table")]
    Table(#[from] ImportError),
    #[error("the result can not be read as a camt.054")]
    Xml(#[from] XmlError),
    #[error("`{name}` is no result format; there are payment-hub, camt.054, and whatever a map describes")]
    Unknown { name: String },
    #[error("line {line} of the result")]
    Row {
        line: u64,
        #[source]
        fault: Fault,
    },
    #[error("the result has more than {MAX_OUTCOMES} payments; split it")]
    TooMany,
    #[error("line {line}: `{}` is a status that the map does not know; say what it means", printable(.word))]
    StatusUnknown { line: u64, word: String },
    #[error("line {line}: the amount is not digits with at most one point")]
    AmountMalformed { line: u64 },
    #[error("line {line}: the currency is not the code of one (ISO 4217)")]
    CurrencyUnknown { line: u64 },
    #[error("line {line}: an element that stands once in a transaction stands there again")]
    ElementRepeated { line: u64 },
    #[error(
        "line {line}: `{}` is no reference of ours; where others' payments stand in the same result, allow them",
        printable(.text)
    )]
    ReferenceMalformed { line: u64, text: String },
    #[error(
        "line {line}: {reference} is of another settlement or currency; where others' payments stand in the same result, allow them"
    )]
    ReferenceForeign { line: u64, reference: Reference },
    #[error(
        "line {line}: {reference} is of this settlement, and no payment of that name was instructed or waits for a result"
    )]
    ReferenceUnknown { line: u64, reference: Reference },
    #[error("lines {first} and {line} say different things of {reference}; ask who pays which is true")]
    Contradiction { line: u64, first: u64, reference: Reference },
    #[error("line {line}: {reference} was {instructed} {currency}, and the result says another amount")]
    AmountDiffers { line: u64, reference: Reference, instructed: String, currency: Currency },
    #[error("line {line}: {reference} was in {currency}, and the result says another currency")]
    CurrencyDiffers { line: u64, reference: Reference, currency: Currency },
}

impl Code for ResultError {
    fn code(&self) -> &'static str {
        match self {
            Self::Table(error) => error.code(),
            Self::Xml(error) => error.code(),
            Self::Unknown { .. } => "result-format-unknown",
            Self::Row { fault, .. } => fault.code(),
            Self::TooMany => "result-too-many",
            Self::StatusUnknown { .. } => "result-status-unknown",
            Self::AmountMalformed { .. } => "result-amount-malformed",
            Self::CurrencyUnknown { .. } => "result-currency-unknown",
            Self::ElementRepeated { .. } => "result-element-repeated",
            Self::ReferenceMalformed { .. } => "result-reference-malformed",
            Self::ReferenceForeign { .. } => "result-reference-foreign",
            Self::ReferenceUnknown { .. } => "result-reference-unknown",
            Self::Contradiction { .. } => "result-contradiction",
            Self::AmountDiffers { .. } => "result-amount-differs",
            Self::CurrencyDiffers { .. } => "result-currency-differs",
        }
    }
}
