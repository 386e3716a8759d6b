//! Results in a table, read by a map.

use lebombo_verifier::money::Currency;

use super::map::ResultMap;
use super::{Outcome, Reading, ResultError, Said, State, bounded, reason};
use crate::import::table::{self, Cells};
use crate::import::{Fault, ImportError};
use crate::rail::notice::Notice;
use crate::rail::xml;

/// Reads a table to its end.
///
/// # Errors
/// Those of `ResultError` that concern tables.
pub(super) fn read(map: &ResultMap, bytes: &[u8]) -> Result<Reading, ResultError> {
    if bytes.len() > xml::MAX_FILE {
        return Err(ImportError::FileTooLarge.into());
    }
    let mut reading = Reading::default();
    let (mut without, mut failed) = (0u64, None);
    // The first row at fault refuses the file; rows after it are passed over.
    table::each(map.format, &map.columns(), bytes, &mut |line, cells| {
        if failed.is_none() {
            let read = cells.map_err(|fault| ResultError::Row { line, fault });
            match read.and_then(|cells| outcome(map, line, cells)) {
                Ok(Some(outcome)) => failed = reading.push(outcome).err(),
                Ok(None) => without = without.saturating_add(1),
                Err(error) => failed = Some(error),
            }
        }
        Ok(())
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if without > 0 {
        reading.notices.push(Notice::RowsWithoutReference { rows: without });
    }
    Ok(reading)
}

fn outcome(map: &ResultMap, line: u64, cells: &dyn Cells) -> Result<Option<Outcome>, ResultError> {
    let fail = |fault: Fault| ResultError::Row { line, fault };
    let cell = |column: &str| cells.cell(column).map(|cell| cell.trim().to_owned()).map_err(fail);
    let optional = |column: &Option<String>| column.as_deref().map_or_else(|| Ok(String::new()), cell);
    let reference = cell(&map.reference)?;
    if reference.is_empty() {
        return Ok(None);
    }
    let (word, amount, currency) = (cell(&map.status)?, optional(&map.amount)?, optional(&map.currency)?);
    let state = state(map, &word).ok_or(ResultError::StatusUnknown { line, word: bounded(&word) })?;
    let currency = match currency.as_str() {
        "" => None,
        code => Some(Currency::parse(code).ok_or(ResultError::CurrencyUnknown { line })?),
    };
    let amount = match amount.as_str() {
        "" => None,
        text => Some(Said::parse(text, currency).ok_or(ResultError::AmountMalformed { line })?),
    };
    let reason = reason(&optional(&map.reason)?);
    Ok(Some(Outcome { line, reference: bounded(&reference), state, amount, reason }))
}

fn state(map: &ResultMap, word: &str) -> Option<State> {
    map.meanings.iter().find(|(said, _)| said.eq_ignore_ascii_case(word)).map(|(_, state)| *state)
}
