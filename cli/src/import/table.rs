//! Tables read by a column map: CSV and TSV with a header, or JSON Lines.

use std::borrow::Cow;
use std::io::Read;

use lebombo_verifier::event::{Outcome, Token, Work};

use super::Row;
use super::error::ImportError;
use super::fault::Fault;
use super::json::{Json, Members};
use super::lines::{Line, Lines};
use super::map::{Amount, ColumnMap, DateRule, Evidence, Format, Given, OutcomeRule};
use super::separated::{Dialect, Header, Separated};
use super::tally::{Intake, Marks};

/// Reads a table of work to its end.
///
/// # Errors
/// Those of `ImportError` that concern tables.
pub(crate) fn read<R: Read>(map: &ColumnMap, input: R, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    each(map.format, &map.columns(), input, &mut |line, cells| {
        intake.count()?;
        match cells.and_then(|cells| row(map, line, cells)) {
            Ok((row, marks)) => {
                intake.take(row, &marks);
                Ok(())
            }
            Err(fault) => intake.skip(line, &fault),
        }
    })
}

/// Takes a row, or what is wrong with it, and the line that it begins on.
type Sink<'a> = dyn FnMut(u64, Result<&dyn Cells, Fault>) -> Result<(), ImportError> + 'a;

/// Reads a table to its end, row by row; one with a header must have `columns`.
///
/// # Errors
/// Those of `ImportError` that concern tables, and the sink's.
pub(crate) fn each<R: Read>(
    format: Format,
    columns: &[&str],
    input: R,
    sink: &mut Sink<'_>,
) -> Result<(), ImportError> {
    match format {
        Format::Separated(dialect) => separated(dialect, columns, input, sink),
        Format::JsonLines => json_lines(input, sink),
    }
}

fn separated<R: Read>(
    dialect: Dialect,
    columns: &[&str],
    input: R,
    sink: &mut Sink<'_>,
) -> Result<(), ImportError> {
    let mut reader = Separated::new(input, dialect)?;
    let header = reader.header()?;
    for column in columns {
        header.column(column)?;
    }
    let expected = header.names.len();
    while let Some(fields) = reader.next()? {
        let line = fields.line;
        match fields.text() {
            None => sink(line, Err(Fault::NotUtf8))?,
            Some(cells) if cells.len() != expected => {
                sink(line, Err(Fault::ColumnsDiffer { found: cells.len(), expected }))?;
            }
            Some(cells) => sink(line, Ok(&Named { header: &header, cells }))?,
        }
    }
    Ok(())
}

fn json_lines<R: Read>(input: R, sink: &mut Sink<'_>) -> Result<(), ImportError> {
    let mut lines = Lines::new(input)?;
    let mut text = Vec::new();
    loop {
        let found = match lines.next(&mut text)? {
            Line::End => return Ok(()),
            Line::Whole if text.trim_ascii().is_empty() => continue,
            Line::TooLong => Err(Fault::RowTooLong),
            Line::Whole => match std::str::from_utf8(&text).ok().map(|text| Json::parse(text.as_bytes())) {
                None => Err(Fault::NotUtf8),
                Some(Err(_)) => Err(Fault::NotJson),
                Some(Ok(object @ Json::Object(_))) => Ok(object),
                Some(Ok(_)) => Err(Fault::NotAnObject),
            },
        };
        sink(lines.number(), found.as_ref().map(|object| object as &dyn Cells).map_err(Clone::clone))?;
    }
}

/// The cells of one row.
pub(crate) trait Cells {
    /// The cell of a column; empty where the row has none.
    fn cell(&self, column: &str) -> Result<Cow<'_, str>, Fault>;

    /// Whether the file has the column at all.
    fn has(&self, column: &str) -> bool;

    /// Canonical bytes of the row's evidence.
    fn evidence(&self, evidence: &Evidence) -> Vec<u8>;
}

/// A row of a table with a header.
struct Named<'a> {
    header: &'a Header,
    cells: Vec<&'a str>,
}

impl Cells for Named<'_> {
    fn cell(&self, column: &str) -> Result<Cow<'_, str>, Fault> {
        let at = self.header.column(column).ok();
        Ok(Cow::Borrowed(at.and_then(|at| self.cells.get(at)).copied().unwrap_or_default()))
    }

    fn has(&self, column: &str) -> bool {
        self.header.column(column).is_ok()
    }

    fn evidence(&self, evidence: &Evidence) -> Vec<u8> {
        let mut members = Members::default();
        for (name, cell) in self.header.names.iter().zip(&self.cells) {
            if !name.is_empty() && evidence.holds(name) {
                members.insert(name.clone(), Json::Text((*cell).to_owned()));
            }
        }
        Json::Object(members).canonical()
    }
}

/// A row of JSON Lines.
impl Cells for Json {
    fn cell(&self, column: &str) -> Result<Cow<'_, str>, Fault> {
        match self.get(column) {
            None | Some(Self::Null) => Ok(Cow::Borrowed("")),
            Some(Self::Text(text) | Self::Number(text)) => Ok(Cow::Borrowed(text)),
            Some(Self::Bool(value)) => Ok(Cow::Borrowed(if *value { "true" } else { "false" })),
            Some(Self::List(_) | Self::Object(_)) => Err(Fault::NotPlain { column: column.to_owned() }),
        }
    }

    fn has(&self, column: &str) -> bool {
        self.get(column).is_some()
    }

    fn evidence(&self, evidence: &Evidence) -> Vec<u8> {
        match self {
            Self::Object(members) => Self::Object(members.only(|name| evidence.holds(name))).canonical(),
            _ => Vec::new(),
        }
    }
}

impl Evidence {
    fn holds(&self, column: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(columns) => columns.iter().any(|one| one == column),
            Self::Those(holds) => holds(column),
        }
    }
}

fn row(map: &ColumnMap, line: u64, cells: &dyn Cells) -> Result<(Row, Marks), Fault> {
    let contributor = cells.cell(&map.contributor)?.trim().to_owned();
    if contributor.is_empty() {
        return Err(Fault::ContributorMissing);
    }
    let source_id = source_id(&map.source_id, cells)?;
    let attempt = attempt(map.attempt.as_deref(), cells)?;
    let work = given(&map.work, cells, "kind of work", |text| unknown(Work::parse(text), "kind of work"))?;
    let activity = given(&map.activity, cells, "activity", |text| unknown(Token::parse(text), "activity"))?;
    let unit = given(&map.unit, cells, "unit", |text| unknown(Token::parse(text), "unit"))?;
    let Amount(quantity) = given(&map.quantity, cells, "quantity", amount)?;
    let date = match &map.date {
        DateRule::Always(date) => *date,
        DateRule::Column { column, calendar } => calendar.day(&cells.cell(column)?)?,
    };
    let verdict = map.outcome.as_ref().map_or(Ok(Verdict::Silent), |rule| verdict(rule, cells))?;
    let mut marks = Marks { outcome_unknown: verdict == Verdict::Unknown, ..Marks::default() };
    if let Some(column) = &map.item {
        marks.item = Some(cells.cell(column)?.trim().to_owned()).filter(|item| !item.is_empty());
    }
    for column in &map.page {
        marks.page.push(cells.cell(column)?.into_owned());
    }
    let outcome = if let Verdict::Known(outcome) = verdict { Some(outcome) } else { None };
    let evidence = cells.evidence(&map.evidence);
    Ok((
        Row {
            line,
            contributor,
            source_id,
            attempt,
            work,
            activity,
            unit,
            quantity,
            date,
            outcome,
            evidence,
        },
        marks,
    ))
}

/// The number of the attempt; 1 where the source does not count them.
pub(crate) fn attempt(column: Option<&str>, cells: &dyn Cells) -> Result<u32, Fault> {
    column.map_or(Ok(1), |column| whole(cells.cell(column)?.trim()).ok_or(Fault::AttemptNotWhole))
}

/// One column's cell as it is, or several as a canonical JSON list of texts, so that no two lists read the same.
pub(crate) fn source_id(columns: &[String], cells: &dyn Cells) -> Result<String, Fault> {
    let parts: Vec<String> =
        columns.iter().map(|column| Ok(cells.cell(column)?.trim().to_owned())).collect::<Result<_, _>>()?;
    if parts.iter().any(String::is_empty) {
        return Err(Fault::SourceIdMissing);
    }
    Ok(joined(parts))
}

/// The source id that is made of `parts`.
pub(crate) fn joined(mut parts: Vec<String>) -> String {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let list = Json::List(parts.into_iter().map(Json::Text).collect());
    String::from_utf8_lossy(&list.canonical()).into_owned()
}

/// The value for a row.
pub(crate) fn given<T: Clone>(
    given: &Given<T>,
    cells: &dyn Cells,
    what: &'static str,
    parse: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<T, Fault> {
    match given {
        Given::Always(value) => Ok(value.clone()),
        Given::Column { column, values: None } => parse(cells.cell(column)?.trim()),
        Given::Column { column, values: Some(values) } => {
            let cell = cells.cell(column)?;
            values.get(cell.trim()).cloned().ok_or(Fault::ValueUnknown { what })
        }
    }
}

/// A cell that says nothing known is a fault.
pub(crate) fn unknown<T>(parsed: Option<T>, what: &'static str) -> Result<T, Fault> {
    parsed.ok_or(Fault::ValueUnknown { what })
}

fn whole(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// A quantity in digits.
pub(crate) fn amount(text: &str) -> Result<Amount, Fault> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix('-') {
        _ if text.is_empty() => Err(Fault::QuantityMissing),
        Some(rest) if digits(rest) => Err(Fault::QuantityNegative),
        None if digits(text) => match text.parse() {
            Ok(0) => Err(Fault::QuantityZero),
            Ok(number) => Ok(Amount(number)),
            Err(_) => Err(Fault::QuantityTooLarge),
        },
        _ => Err(Fault::QuantityNotWhole),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Known(Outcome),
    /// The source says nothing.
    Silent,
    /// The source says something that we do not know.
    Unknown,
}

fn verdict(rule: &OutcomeRule, cells: &dyn Cells) -> Result<Verdict, Fault> {
    match rule {
        OutcomeRule::Cell { column, optional: true, .. } if !cells.has(column) => Ok(Verdict::Silent),
        OutcomeRule::Cell { column, meanings, .. } => {
            let cell = cells.cell(column)?;
            let meaning = meanings.iter().find(|(said, _)| said.eq_ignore_ascii_case(cell.trim()));
            Ok(match meaning {
                None => Verdict::Unknown,
                Some((_, None)) => Verdict::Silent,
                Some((_, Some(outcome))) => Verdict::Known(*outcome),
            })
        }
        OutcomeRule::Votes { up, down } => {
            let (up, down) = (whole(cells.cell(up)?.trim()), whole(cells.cell(down)?.trim()));
            Ok(match (up, down) {
                (Some(up), Some(down)) if up >= 2 && up > down => Verdict::Known(Outcome::Accepted),
                (Some(up), Some(down)) if down >= 2 && down > up => Verdict::Known(Outcome::Rejected),
                (Some(_), Some(_)) => Verdict::Known(Outcome::Pending),
                _ => Verdict::Unknown,
            })
        }
    }
}
