//! Why no rail file is made, and why one line is left out of it.

use lebombo_verifier::Code;
use thiserror::Error;

use super::account::CellError;
use super::reference::Reference;
use super::xml::XmlError;

/// Why a run is no run, or its file is not given out.
#[derive(Debug, Error)]
pub(crate) enum RailError {
    #[error("`{name}` is no rail; there are g2p, pain, csv and json")]
    Unknown { name: String },
    #[error(
        "`{mode}` is no payment mode: a word of at most 32 small letters, digits, _ and -, such as mojaloop or gsma"
    )]
    Mode { mode: String },
    #[error("what is said about the payer")]
    Payer(#[from] CellError),
    #[error("a withholding of {withholding} basis points is more than the whole")]
    Withholding { withholding: u16 },
    #[error("an exchange is from one currency to another, by a rate above 0")]
    Exchange,
    #[error("a file has room for at least one payment")]
    Limit,
    #[error("the part has more payments than it may, or a number that the run has not")]
    Part,
    #[error("there is nothing to pay in this file")]
    Empty,
    #[error("the payments are not in the order of their handles, each once, at {reference}")]
    Order { reference: Reference },
    #[error("{reference} is of another settlement or currency than its file")]
    Foreign { reference: Reference },
    #[error(
        "the amounts of {reference} do not follow from its gross: gross = tax + fee + net, and net by the rate"
    )]
    Amounts { reference: Reference },
    #[error("{reference} can not go into this file")]
    NotCarried {
        reference: Reference,
        #[source]
        why: LeftOut,
    },
    #[error(
        "the payer's account is of a kind that this rail does not reach; a bank debits an IBAN, BBAN or ACCOUNT of at most 34 characters"
    )]
    PayerAccount,
    #[error(
        "the payer's name has letters that banks do not take, or more than 140; write it in Latin letters"
    )]
    PayerName,
    #[error("the sum of the amounts has more digits than the rail has room for; use smaller parts")]
    SumTooLarge,
    #[error("the file could not be written")]
    Unwritten(#[source] std::io::Error),
    #[error("the file could not be read back: {what}")]
    Unreadable { what: &'static str },
    #[error("the file could not be read back")]
    Xml(#[from] XmlError),
    #[error("the file says that it has {stated} payments, and has {found}")]
    Count { stated: u64, found: u64 },
    #[error("the file says that its amounts sum to {stated}, and they sum to {found}")]
    Sum { stated: String, found: String },
    #[error("the file has {reference} twice")]
    Repeated { reference: Reference },
    #[error("what the file says of {reference} is not what is to be paid")]
    LineDiffers { reference: Reference },
    #[error("the file is not of this settlement, part and payer")]
    HeadDiffers,
}

impl Code for RailError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "rail-unknown",
            Self::Mode { .. } => "rail-mode",
            Self::Payer(error) => error.code(),
            Self::Withholding { .. } => "rail-withholding-above-whole",
            Self::Exchange => "rail-exchange-rate",
            Self::Limit => "rail-limit",
            Self::Part => "rail-part",
            Self::Empty => "rail-empty",
            Self::Order { .. } => "rail-order",
            Self::Foreign { .. } => "rail-reference-foreign",
            Self::Amounts { .. } => "rail-amounts",
            Self::NotCarried { why, .. } => why.code(),
            Self::PayerAccount => "rail-payer-account",
            Self::PayerName => "rail-payer-name",
            Self::SumTooLarge => "rail-sum-too-large",
            Self::Unwritten(_) => "rail-unwritten",
            Self::Unreadable { .. } => "rail-unreadable",
            Self::Xml(error) => error.code(),
            Self::Count { .. } => "rail-count-differs",
            Self::Sum { .. } => "rail-sum-differs",
            Self::Repeated { .. } => "rail-reference-repeated",
            Self::LineDiffers { .. } => "rail-line-differs",
            Self::HeadDiffers => "rail-head-differs",
        }
    }
}

/// Why one line is not paid by a file. It is listed with this reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum LeftOut {
    #[error("the payees file has no account of this contributor")]
    NoAccount,
    #[error("tax and fee leave nothing to pay")]
    NothingLeft,
    #[error("the exchange leaves less than one minor unit of the currency that is paid")]
    NothingExchanged,
    #[error("the amount is above 9007199254740991 minor units of the currency that is paid")]
    AmountTooLarge,
    #[error("the handle or the attempt is too large for a reference of 35 characters")]
    ReferenceTooLong,
    #[error("this rail does not reach accounts of this kind; use another for this line")]
    AccountKind,
    #[error("the account's identifier has more characters than this rail takes, or others")]
    Identifier,
    #[error(
        "the name has letters that banks do not take, or more than 140; write it in Latin letters in the payees file"
    )]
    Name,
}

impl Code for LeftOut {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAccount => "line-no-account",
            Self::NothingLeft => "line-nothing-left",
            Self::NothingExchanged => "line-nothing-exchanged",
            Self::AmountTooLarge => "line-amount-too-large",
            Self::ReferenceTooLong => "line-reference-too-long",
            Self::AccountKind => "line-account-kind",
            Self::Identifier => "line-identifier",
            Self::Name => "line-name",
        }
    }
}
