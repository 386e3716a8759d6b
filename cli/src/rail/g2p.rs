//! The bulk CSV of Payment Hub EE (a hub for government-to-person and other bulk payments).
//!
//! The hub splits lines at commas without regard to quotes, takes `id` as a whole number, an MSISDN as digits, and, where it
//! makes sub-batches, amounts as whole numbers. So no cell here needs quotes, and an amount has decimals only if it must.

use std::collections::HashMap;

use csv::{QuoteStyle, ReaderBuilder, WriterBuilder};
use lebombo_verifier::money::Currency;

use super::account::Account;
use super::error::{LeftOut, RailError};
use super::notice::Notice;
use super::run::{Payout, Run};
use super::written::{self, Written};

const HEADER: [&str; 10] = [
    "id",
    "request_id",
    "payment_mode",
    "payer_identifier_type",
    "payer_identifier",
    "payee_identifier_type",
    "payee_identifier",
    "amount",
    "currency",
    "note",
];

/// The hub's own limit, as it is set up at first (`csv.size`).
const FILE_LIMIT: usize = 100_000;

/// How the hub is to pay: a word of its configuration, such as `mojaloop`, `gsma`, `slcb` or `closedloop`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mode(String);

impl Mode {
    /// # Errors
    /// `Mode`.
    pub(crate) fn parse(text: &str) -> Result<Self, RailError> {
        let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        if (1..=32).contains(&text.len()) && text.bytes().all(is_word) && !text.starts_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(RailError::Mode { mode: text.to_owned() })
        }
    }
}

/// What the hub calls a kind of account; it knows two.
fn kind(account: &Account) -> Option<&'static str> {
    match account.kind() {
        "MSISDN" => Some("msisdn"),
        "ACCOUNT" | "BBAN" | "IBAN" => Some("accountNumber"),
        _ => None,
    }
}

/// Whether the hub can pay it.
///
/// # Errors
/// `AccountKind`.
pub(super) fn carries(payout: &Payout) -> Result<(), LeftOut> {
    kind(&payout.payee.account).map(|_| ()).ok_or(LeftOut::AccountKind)
}

/// Writes a run that was checked.
///
/// # Errors
/// `PayerAccount`, `NotCarried`, `Unwritten`.
pub(super) fn write(run: &Run, mode: &Mode) -> Result<Vec<u8>, RailError> {
    let unwritten = |error: csv::Error| RailError::Unwritten(error.into());
    let mut out = WriterBuilder::new().quote_style(QuoteStyle::Never).from_writer(Vec::new());
    out.write_record(HEADER).map_err(unwritten)?;
    for (id, payout) in run.payouts.iter().enumerate() {
        out.write_record(row(run, mode, id, payout)?).map_err(unwritten)?;
    }
    out.into_inner().map_err(|error| RailError::Unwritten(error.into_error()))
}

fn row(run: &Run, mode: &Mode, id: usize, payout: &Payout) -> Result<[String; 10], RailError> {
    let (payer, payee) = (&run.heading.payer.account, &payout.payee.account);
    let reference = payout.reference;
    let not_carried = RailError::NotCarried { reference, why: LeftOut::AccountKind };
    let currency = run.heading.paid();
    Ok([
        id.to_string(),
        reference.to_string(),
        mode.0.clone(),
        kind(payer).ok_or(RailError::PayerAccount)?.to_owned(),
        payer.identifier().to_owned(),
        kind(payee).ok_or(not_carried)?.to_owned(),
        payee.identifier().to_owned(),
        amount(currency, payout.amount),
        currency.to_string(),
        format!("Settlement {}", run.heading.number),
    ])
}

fn amount(currency: Currency, minor: u64) -> String {
    let text = currency.format(minor.into());
    match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|b| b == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// Reads the payments of a file back.
fn read(bytes: &[u8]) -> Result<Written, RailError> {
    let unreadable = |what| RailError::Unreadable { what };
    let mut reader = ReaderBuilder::new().quoting(false).from_reader(bytes);
    if reader.headers().ok().is_none_or(|header| header != HEADER.as_slice()) {
        return Err(unreadable("the names of the columns"));
    }
    let mut out = Written::default();
    for (id, record) in reader.records().enumerate() {
        let record = record.map_err(|_| unreadable("a line"))?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        if cell(0) != id.to_string() {
            return Err(unreadable("the numbers of the lines"));
        }
        out.lines.push(written::line(cell(1), cell(7), cell(8))?);
    }
    Ok(out)
}

/// Whether a file has the run's payments, each to whom it should go.
///
/// # Errors
/// `Unreadable`, and those of `Written::matches`.
pub(super) fn compare(bytes: &[u8], run: &Run, mode: &Mode) -> Result<(), RailError> {
    read(bytes)?.matches(run)?;
    let mut reader = ReaderBuilder::new().quoting(false).from_reader(bytes);
    for ((id, payout), record) in run.payouts.iter().enumerate().zip(reader.records()) {
        let record = record.map_err(|_| RailError::Unreadable { what: "a line" })?;
        if record != row(run, mode, id, payout)?[..] {
            return Err(RailError::LineDiffers { reference: payout.reference });
        }
    }
    Ok(())
}

/// What the hub can not do with the file, or may not.
pub(super) fn notices(run: &Run, bytes: usize, notices: &mut Vec<Notice>) {
    notices.push(Notice::NamesNotCarried);
    let currency = run.heading.paid();
    let decimals = run.payouts.iter().filter(|payout| amount(currency, payout.amount).contains('.')).count();
    if decimals > 0 {
        notices.push(Notice::DecimalAmounts { lines: decimals as u64 });
    }
    let mut seen = HashMap::with_capacity(run.payouts.len());
    for payout in &run.payouts {
        let account = &payout.payee.account;
        if let Some(first) =
            seen.insert((kind(account), account.identifier(), payout.amount), payout.reference)
        {
            notices.push(Notice::LooksRepeated { first, second: payout.reference });
        }
    }
    if bytes > FILE_LIMIT {
        notices.push(Notice::FileLarge { bytes, limit: FILE_LIMIT });
    }
}
