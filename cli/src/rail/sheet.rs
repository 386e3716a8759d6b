//! All that is known of each payment, as CSV (RFC 4180) for a spreadsheet or another program. The names of the columns are
//! stable.

use csv::{ReaderBuilder, Terminator, WriterBuilder};

use super::account::Agent;
use super::error::RailError;
use super::run::{Payout, Run};
use super::written::{self, Written};

const COLUMNS: [&str; 16] = [
    "reference",
    "handle",
    "contributor",
    "gross",
    "tax",
    "fee",
    "net",
    "settled_currency",
    "amount",
    "currency",
    "name",
    "identifier_type",
    "identifier",
    "agent",
    "country",
    "execution",
];

/// Writes a run that was checked.
///
/// # Errors
/// `Unwritten`.
pub(super) fn write(run: &Run) -> Result<Vec<u8>, RailError> {
    let unwritten = |error: csv::Error| RailError::Unwritten(error.into());
    let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    out.write_record(COLUMNS).map_err(unwritten)?;
    for payout in &run.payouts {
        out.write_record(row(run, payout)).map_err(unwritten)?;
    }
    out.into_inner().map_err(|error| RailError::Unwritten(error.into_error()))
}

fn row(run: &Run, payout: &Payout) -> [String; 16] {
    let (settled, paid) = (run.heading.currency, run.heading.paid());
    let account = &payout.payee.account;
    let amount = |minor: u64| settled.format(minor.into());
    [
        payout.reference.to_string(),
        payout.reference.handle().to_string(),
        guarded(&payout.contributor),
        amount(payout.gross),
        amount(payout.tax),
        amount(payout.fee),
        amount(payout.net),
        settled.to_string(),
        paid.format(payout.amount.into()),
        paid.to_string(),
        guarded(&payout.payee.name),
        account.kind().to_owned(),
        guarded(account.identifier()),
        guarded(account.agent().map_or("", Agent::as_str)),
        payout.payee.country.clone().unwrap_or_default(),
        run.heading.execution.to_string(),
    ]
}

/// A cell that a spreadsheet would run gets an apostrophe before it, which it does not show.
fn guarded(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{cell}", if formula { "'" } else { "" })
}

/// Reads the payments of a file back.
fn read(bytes: &[u8]) -> Result<Written, RailError> {
    let mut reader = ReaderBuilder::new().from_reader(bytes);
    if reader.headers().ok().is_none_or(|header| header != COLUMNS.as_slice()) {
        return Err(RailError::Unreadable { what: "the names of the columns" });
    }
    let mut out = Written::default();
    for record in reader.records() {
        let record = record.map_err(|_| RailError::Unreadable { what: "a line" })?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        out.lines.push(written::line(cell(0), cell(8), cell(9))?);
    }
    Ok(out)
}

/// Whether each line says all that it should.
///
/// # Errors
/// `Unreadable`, and those of `Written::matches`.
pub(super) fn compare(bytes: &[u8], run: &Run) -> Result<(), RailError> {
    read(bytes)?.matches(run)?;
    let mut reader = ReaderBuilder::new().from_reader(bytes);
    for (payout, record) in run.payouts.iter().zip(reader.records()) {
        let record = record.map_err(|_| RailError::Unreadable { what: "a line" })?;
        if record != row(run, payout)[..] {
            return Err(RailError::LineDiffers { reference: payout.reference });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_run_does_not() {
        for cell in ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"] {
            assert_eq!(guarded(cell), format!("'{cell}"));
        }
        for cell in ["", "a=1", "1-1", "'"] {
            assert_eq!(guarded(cell), cell);
        }
    }
}
