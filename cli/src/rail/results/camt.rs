//! ISO 20022 camt.054: the bank's notification of debits and credits.
//!
//! A payment of ours is a debit with our EndToEndId. Booked it is paid; pending, or of a kind that is not known here, it is
//! unknown. A credit with our EndToEndId is the money coming back if the bank says so: a reversal of a debit, a return reason,
//! or the transaction code of a return.

use lebombo_verifier::money::Currency;

use super::{Outcome, Reading, ResultError, Said, State, bounded, reason};
use crate::rail::notice::Notice;
use crate::rail::xml::{self, Element, Step};

/// Whichever version.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.";
const ENTRY: &str = "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry";
/// What stands for no EndToEndId.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Of an entry, or of a transaction in it: texts that stand there once, and on which line.
#[derive(Default)]
struct Facts {
    reference: Option<String>,
    /// `CRDT` or `DBIT`.
    side: Option<String>,
    reversal: Option<String>,
    /// `BOOK`, `PDNG`, `INFO` or another.
    status: Option<String>,
    family: Option<String>,
    returned: Option<String>,
    /// As instructed, as sent, and as booked.
    amounts: [Option<(String, Option<String>)>; 3],
}

/// Reads a notification to its end.
///
/// # Errors
/// `Xml`, `TooMany`, `AmountMalformed`, `CurrencyUnknown`, `ElementRepeated`.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, ResultError> {
    let mut reading = Reading::default();
    let (mut entry, mut transaction) = (Facts::default(), Facts::default());
    let (mut details, mut without, mut lumps) = (0u64, 0u64, 0u64);
    xml::walk(bytes, NAMESPACE, &mut |step| {
        let element = match step {
            Step::Begin(ENTRY) => {
                (entry, transaction, details) = (Facts::default(), Facts::default(), 0);
                return Ok(());
            }
            Step::Begin(_) => return Ok(()),
            Step::End(element) => element,
        };
        let Some(path) = element.path.strip_prefix(ENTRY) else { return Ok(()) };
        match path.strip_prefix("/NtryDtls/TxDtls") {
            Some("") => {
                details = details.saturating_add(1);
                match outcome(&entry, &std::mem::take(&mut transaction), element.line)? {
                    Some(outcome) => reading.push(outcome)?,
                    None => without = without.saturating_add(1),
                }
            }
            Some(path) => transaction.hear(path, &element)?,
            None if path.is_empty() => lumps = lumps.saturating_add(u64::from(details == 0)),
            None => entry.hear(path, &element)?,
        }
        Ok::<(), ResultError>(())
    })?;
    if without > 0 {
        reading.notices.push(Notice::RowsWithoutReference { rows: without });
    }
    if lumps > 0 {
        reading.notices.push(Notice::EntriesWithoutDetails { entries: lumps });
    }
    Ok(reading)
}

impl Facts {
    fn hear(&mut self, path: &str, element: &Element<'_>) -> Result<(), ResultError> {
        let amount = match path {
            "/AmtDtls/InstdAmt/Amt" => Some(0),
            "/AmtDtls/TxAmt/Amt" => Some(1),
            "/Amt" => Some(2),
            _ => None,
        };
        let line = element.line;
        if let Some(at) = amount {
            let said = (element.text.to_owned(), element.currency.map(str::to_owned));
            return once(&mut self.amounts[at], said, line);
        }
        let place = match path {
            "/Refs/EndToEndId" => &mut self.reference,
            "/CdtDbtInd" => &mut self.side,
            "/RvslInd" => &mut self.reversal,
            // Versions before 04 have the word in `Sts` itself.
            "/Sts/Cd" => &mut self.status,
            "/Sts" if !element.text.is_empty() => &mut self.status,
            "/BkTxCd/Domn/Fmly/SubFmlyCd" => &mut self.family,
            "/RtrInf/Rsn/Cd" | "/RtrInf/Rsn/Prtry" => &mut self.returned,
            // A return without a reason is one.
            "/RtrInf" if self.returned.is_none() => &mut self.returned,
            _ => return Ok(()),
        };
        once(place, element.text.to_owned(), line)
    }
}

fn once<T>(place: &mut Option<T>, value: T, line: u64) -> Result<(), ResultError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(ResultError::ElementRepeated { line }),
    }
}

/// What a transaction says, by itself or by its entry; `None` where it has no reference.
fn outcome(entry: &Facts, transaction: &Facts, line: u64) -> Result<Option<Outcome>, ResultError> {
    let Some(reference) =
        transaction.reference.as_deref().filter(|text| !text.is_empty() && *text != NOT_PROVIDED)
    else {
        return Ok(None);
    };
    let side = transaction.side.as_deref().or(entry.side.as_deref());
    let family = transaction.family.as_deref().or(entry.family.as_deref());
    let is_booked = entry.status.as_deref() == Some("BOOK");
    let is_reversal = matches!(entry.reversal.as_deref(), Some("true" | "1"));
    // RRTN: reimbursement of a payment that was returned; RPCR: of one that was recalled.
    let is_return = is_reversal || transaction.returned.is_some() || matches!(family, Some("RRTN" | "RPCR"));
    let state = match side {
        Some("DBIT") if is_booked && !is_return => State::Paid,
        Some("CRDT") if is_booked && is_return => State::Returned,
        _ => State::Unknown,
    };
    let amount = transaction.amounts.iter().flatten().next();
    let amount = amount.map(|(text, code)| {
        let currency =
            code.as_deref().and_then(Currency::parse).ok_or(ResultError::CurrencyUnknown { line })?;
        Said::parse(text, Some(currency)).ok_or(ResultError::AmountMalformed { line })
    });
    Ok(Some(Outcome {
        line,
        reference: bounded(reference),
        state,
        amount: amount.transpose()?,
        reason: transaction.returned.as_deref().and_then(reason),
    }))
}
