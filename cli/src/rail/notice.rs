//! What a person should know about a file that is fine otherwise.

use lebombo_verifier::Code;
use lebombo_verifier::money::Currency;
use thiserror::Error;

use super::reference::Reference;
use crate::table::number;

/// One such thing. None says who is paid, or where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Notice {
    #[error(
        "the payees file can be read by others than its owner (mode {mode:o}); it holds people's names and accounts: chmod 600"
    )]
    ReadableByOthers { mode: u32 },
    #[error("line {line} of the payees file says the same as line {first}")]
    PayeeRepeated { line: u64, first: u64 },
    #[error(
        "lines {first} and {line} of the payees file are two people at one account; make sure that both want it so"
    )]
    OneAccount { line: u64, first: u64 },
    #[error(
        "this is part {part} of {parts}: the rail takes at most {limit} payments in a file; all parts must be handed in"
    )]
    Split { part: u32, parts: u32, limit: usize },
    #[error(
        "tax of {amount} {currency} is withheld on {}; the rail carries what is left, and does not say so to the payee",
        number(*lines, "line")
    )]
    Withheld { currency: Currency, amount: String, lines: u64 },
    #[error(
        "fees of {amount} {currency} are taken off {}; the rail carries what is left, and does not say so to the payee",
        number(*lines, "line")
    )]
    Fees { currency: Currency, amount: String, lines: u64 },
    #[error(
        "{net} {from} are paid as {amount} {to}, at {numerator}/{denominator} minor units, each line rounded down; the rail does \
         not carry the rate"
    )]
    Exchanged { from: Currency, net: String, to: Currency, amount: String, numerator: u64, denominator: u64 },
    #[error(
        "the name of {reference} is written in the letters that banks take; the account decides who is paid"
    )]
    NameWritten { reference: Reference },
    #[error("the payees' names and banks do not stand in this file: the hub finds them by their identifiers")]
    NamesNotCarried,
    #[error(
        "{} with decimals; a hub that looks payees up or makes sub-batches may take whole amounts only: try one payment first",
        number(*lines, "amount")
    )]
    DecimalAmounts { lines: u64 },
    #[error(
        "{first} and {second} go to one account with one amount; a hub that drops duplicates pays only one of them"
    )]
    LooksRepeated { first: Reference, second: Reference },
    #[error(
        "the file has {bytes} bytes; a hub as it is set up at first takes at most {limit}: use smaller parts"
    )]
    FileLarge { bytes: usize, limit: usize },
    #[error("the payer's bank is not named, so the file says NOTPROVIDED; a bank may want its BIC")]
    PayerAgentMissing,
    #[error("{} of the result without a reference: passed over", number(*rows, "row"))]
    RowsWithoutReference { rows: u64 },
    #[error(
        "{} booked as one sum, without its payments; ask the bank for details",
        if *entries == 1 { "1 entry is".to_owned() } else { format!("{entries} entries are") }
    )]
    EntriesWithoutDetails { entries: u64 },
}

impl Code for Notice {
    fn code(&self) -> &'static str {
        match self {
            Self::ReadableByOthers { .. } => "payees-readable-by-others",
            Self::PayeeRepeated { .. } => "payee-repeated",
            Self::OneAccount { .. } => "payees-one-account",
            Self::Split { .. } => "rail-split",
            Self::Withheld { .. } => "rail-withholding",
            Self::Fees { .. } => "rail-fees",
            Self::Exchanged { .. } => "rail-exchange",
            Self::NameWritten { .. } => "rail-name-written",
            Self::NamesNotCarried => "rail-names-not-carried",
            Self::DecimalAmounts { .. } => "rail-decimal-amounts",
            Self::LooksRepeated { .. } => "rail-looks-repeated",
            Self::FileLarge { .. } => "rail-file-large",
            Self::PayerAgentMissing => "rail-payer-agent-missing",
            Self::RowsWithoutReference { .. } => "result-rows-without-reference",
            Self::EntriesWithoutDetails { .. } => "result-entries-without-details",
        }
    }
}
