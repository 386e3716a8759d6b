//! Tables of verdicts, read by a column map; alone, or joined to the rows of the work.

use std::io::Read;

use lebombo_verifier::event::{Token, Verdict};

use super::gather::{Gather, Said};
use super::map::{Cell, ReviewMap};
use super::{Judged, Verdicts};
use crate::import::error::ImportError;
use crate::import::fault::Fault;
use crate::import::map::Amount;
use crate::import::table::{self, Cells};

/// Reads a table to its end.
///
/// # Errors
/// Those of `ImportError` that concern tables, and `RowsMissing`.
pub(super) fn read<R: Read, W: Read>(
    map: &ReviewMap,
    input: R,
    rows: Option<W>,
    sink: &mut dyn FnMut(Judged),
) -> Result<Verdicts, ImportError> {
    match (&map.join, rows) {
        (None, None) => alone(map, input, sink),
        (Some(columns), Some(rows)) => joined(map, columns, input, rows, sink),
        (Some(_), None) => Err(ImportError::RowsMissing),
        (None, Some(_)) => Err(ImportError::RowsNotJoined),
    }
}

/// Each row names its piece of work itself.
fn alone<R: Read>(map: &ReviewMap, input: R, sink: &mut dyn FnMut(Judged)) -> Result<Verdicts, ImportError> {
    let mut columns = map.verdict_columns();
    columns.extend(map.work_columns());
    let mut gather = Gather::new("line");
    table::each(map.format, &columns, input, &mut |line, cells| {
        take(&mut gather, map, line, cells, |cells| work(map, cells))
    })?;
    let (agreed, mut report) = gather.finish();
    for ((source_id, attempt), said) in agreed {
        report.taken(said.verdict);
        sink(said.of(source_id, attempt));
    }
    Ok(report)
}

/// Each row stands for all pieces of work that have the same cells in `join`.
fn joined<R: Read, W: Read>(
    map: &ReviewMap,
    join: &[String],
    input: R,
    rows: W,
    sink: &mut dyn FnMut(Judged),
) -> Result<Verdicts, ImportError> {
    let columns: Vec<&str> = join.iter().map(String::as_str).collect();
    let mut gather = Gather::new("line");
    let of_verdicts = [&map.verdict_columns()[..], &columns].concat();
    table::each(map.format, &of_verdicts, input, &mut |line, cells| {
        take(&mut gather, map, line, cells, |cells| table::source_id(join, cells))
    })?;
    let (agreed, mut report) = gather.finish();
    let mut used = vec![false; agreed.len()];
    let by_key: std::collections::HashMap<String, usize> =
        agreed.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
    let mut of_work = Gather::<(String, u32)>::new("line");
    let of_rows = [&map.work_columns()[..], &columns].concat();
    table::each(map.format, &of_rows, rows, &mut |_, cells| {
        of_work.count()?;
        // A row of the work that can not be read was no contribution either: the import of the work reports it.
        let named = cells.and_then(|cells| Ok((table::source_id(join, cells)?, work(map, cells)?)));
        if let Ok((key, work)) = named
            && let Some(&at) = by_key.get(&key)
        {
            used[at] = true;
            of_work.take(work, agreed[at].1.clone());
        }
        Ok(())
    })?;
    for ((_, said), _) in agreed.iter().zip(&used).filter(|(_, used)| !**used) {
        report.skip(said.line, &Fault::WorkMissing);
    }
    report.skipped.sort_by_key(|skipped| skipped.line);
    let (each, conflicts) = of_work.finish();
    report.disagreements.extend(conflicts.disagreements);
    for ((source_id, attempt), said) in each {
        report.taken(said.verdict);
        sink(said.of(source_id, attempt));
    }
    Ok(report)
}

/// Takes one row of verdicts under the key that `key` finds in it.
fn take<K: std::hash::Hash + Eq>(
    gather: &mut Gather<K>,
    map: &ReviewMap,
    line: u64,
    cells: Result<&dyn Cells, Fault>,
    key: impl FnOnce(&dyn Cells) -> Result<K, Fault>,
) -> Result<(), ImportError> {
    gather.count()?;
    match cells.and_then(|cells| Ok((key(cells)?, said(map, line, cells)?))) {
        Ok((key, Some(said))) => gather.take(key, said),
        Ok((_, None)) => gather.silent(),
        Err(fault) => gather.skip(line, &fault),
    }
    Ok(())
}

/// The piece of work that a row names.
fn work(map: &ReviewMap, cells: &dyn Cells) -> Result<(String, u32), Fault> {
    Ok((table::source_id(&map.source_id, cells)?, table::attempt(map.attempt.as_deref(), cells)?))
}

/// The verdict that a row gives; `None` where it gives none.
fn said(map: &ReviewMap, line: u64, cells: &dyn Cells) -> Result<Option<Said>, Fault> {
    let cell = cells.cell(&map.verdict.column)?;
    let meaning = map.verdict.meanings.iter().find(|(said, _)| said.eq_ignore_ascii_case(cell.trim()));
    let verdict = match meaning {
        None => return Err(Fault::ValueUnknown { what: "verdict" }),
        Some((_, Cell::Silent)) => return Ok(None),
        Some((_, Cell::Accept)) => Verdict::Accept,
        Some((_, Cell::Reject)) => Verdict::Reject,
    };
    let quantity = match &map.quantity {
        Some(column) if verdict == Verdict::Accept => {
            let cell = cells.cell(column)?;
            let text = cell.trim();
            if text.is_empty() { None } else { Some(table::amount(text)?) }
        }
        _ => None,
    };
    // Whoever accepts the whole needs no reason; where the source has one for a part, it is given.
    let reason = match verdict {
        Verdict::Reject => {
            Some(reason(map, cells)?.or_else(|| map.rejection.clone()).ok_or(Fault::ReasonMissing)?)
        }
        _ if quantity.is_some() => reason(map, cells)?,
        _ => None,
    };
    let method = table::given(&map.method, cells, "method", |text| {
        table::unknown(lebombo_verifier::event::Method::parse(text), "method")
    })?;
    let quantity = quantity.map(|Amount(quantity)| quantity);
    Ok(Some(Said { line, verdict, quantity, in_digits: None, reason, method }))
}

/// The reason that a row gives; `None` where its cell is empty.
fn reason(map: &ReviewMap, cells: &dyn Cells) -> Result<Option<Token>, Fault> {
    let Some(rule) = &map.reason else { return Ok(None) };
    if let Some(column) = rule.column()
        && cells.cell(column)?.trim().is_empty()
    {
        return Ok(None);
    }
    table::given(rule, cells, "reason", |text| table::unknown(Token::parse(text), "reason")).map(Some)
}
