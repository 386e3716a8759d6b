//! Column maps as people write them, in TOML (docs/import.md).

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use lebombo_verifier::event::{Day, Method, Outcome, Token, Work};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::day::{Calendar, Layout, Zone};
use super::error::ImportError;
use super::map::{Amount, ColumnMap, DateRule, Evidence, Format, Given, OutcomeRule};
use super::separated::Dialect;

impl ColumnMap {
    /// Reads a map from TOML. Unknown and missing keys are errors.
    ///
    /// # Errors
    /// `Map`, with the line.
    pub(crate) fn parse(text: &str) -> Result<Self, ImportError> {
        let written: Written = toml_of(text)?;
        let fail = |at: usize, reason: String| fault_at(text, at, reason);
        let format = format_of(text, written.format, written.separator.as_ref())?;
        let at = written.date.span().start;
        let date = written.date.into_inner().rule().map_err(|reason| fail(at, reason.to_owned()))?;
        let source_id = source_id_of(text, &written.source_id)?;
        Ok(Self {
            format,
            system: written.system.0,
            contributor: written.contributor,
            source_id,
            attempt: written.attempt,
            item: written.item,
            page: written.page,
            work: written.work,
            activity: written.activity,
            unit: written.unit,
            quantity: written.quantity,
            date,
            outcome: written.outcome.map(WrittenOutcome::rule),
            evidence: written.evidence.map_or(Evidence::All, Evidence::Only),
        })
    }
}

/// What is wrong with a map, at a byte of its text.
pub(crate) fn fault_at(text: &str, at: usize, reason: String) -> ImportError {
    let line = text.bytes().take(at).filter(|b| *b == b'\n').count().saturating_add(1);
    ImportError::Map { line, reason }
}

/// Reads a map from TOML into what serde makes of it.
///
/// # Errors
/// `Map`, with the line.
pub(crate) fn toml_of<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ImportError> {
    toml::from_str(text).map_err(|error| {
        fault_at(text, error.span().map_or(0, |span| span.start), error.message().to_owned())
    })
}

/// The format of a table, with its separator where that is another.
///
/// # Errors
/// `Map`, with the line.
pub(crate) fn format_of(
    text: &str,
    format: WrittenFormat,
    separator: Option<&Spanned<Separator>>,
) -> Result<Format, ImportError> {
    match (format, separator) {
        (WrittenFormat::Csv, given) => {
            let separator = given.map_or(b',', |given| given.get_ref().0);
            Ok(Format::Separated(Dialect { separator, quotes: true }))
        }
        (WrittenFormat::Tsv, None) => Ok(Format::Separated(Dialect { separator: b'\t', quotes: false })),
        (WrittenFormat::JsonLines, None) => Ok(Format::JsonLines),
        (_, Some(given)) => {
            Err(fault_at(text, given.span().start, "only the format csv has a separator".to_owned()))
        }
    }
}

/// The columns that together name a piece of work; at least one.
///
/// # Errors
/// `Map`, with the line.
pub(super) fn source_id_of(text: &str, written: &Spanned<OneOrMore>) -> Result<Vec<String>, ImportError> {
    match written.get_ref() {
        OneOrMore::One(column) => Ok(vec![column.clone()]),
        OneOrMore::More(columns) if !columns.is_empty() => Ok(columns.clone()),
        OneOrMore::More(_) => {
            Err(fault_at(text, written.span().start, "source-id names no column".to_owned()))
        }
    }
}

/// A column map as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    format: WrittenFormat,
    separator: Option<Spanned<Separator>>,
    system: Plainly<Token>,
    contributor: String,
    source_id: Spanned<OneOrMore>,
    attempt: Option<String>,
    item: Option<String>,
    #[serde(default)]
    page: Vec<String>,
    work: Given<Work>,
    activity: Given<Token>,
    unit: Given<Token>,
    quantity: Given<Amount>,
    date: Spanned<WrittenDate>,
    outcome: Option<WrittenOutcome>,
    evidence: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WrittenFormat {
    Csv,
    Tsv,
    JsonLines,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Separator(u8);

impl TryFrom<String> for Separator {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [b] if b.is_ascii_punctuation() && *b != b'"' || *b == b'\t' => Ok(Self(*b)),
            _ => Err("not a separator: one punctuation character or a tab, and not the quote"),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a column name or a list of column names")]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenDate {
    always: Option<String>,
    column: Option<String>,
    format: Option<String>,
    zone: Option<Zone>,
    days_in: Option<Zone>,
}

impl WrittenDate {
    fn rule(self) -> Result<DateRule, &'static str> {
        match self {
            Self { always: Some(day), column: None, format: None, zone: None, days_in: None } => {
                Day::parse(&day)
                    .map(DateRule::Always)
                    .ok_or("always is no day: write YYYY-MM-DD, 1970 to 9999")
            }
            Self { always: None, column: Some(column), format, zone, days_in } => {
                let layout = format.map_or(Layout::Iso, Layout::Pattern);
                let calendar = Calendar { layout, zone, days_in: days_in.unwrap_or(Zone::UTC) };
                Ok(DateRule::Column { column, calendar })
            }
            _ => {
                Err("date needs either a column (with format, zone, days-in as they apply) or always, alone")
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOutcome {
    column: String,
    #[serde(default)]
    accepted: Vec<String>,
    #[serde(default)]
    rejected: Vec<String>,
    #[serde(default)]
    pending: Vec<String>,
    #[serde(default)]
    none: Vec<String>,
}

impl WrittenOutcome {
    fn rule(self) -> OutcomeRule {
        let lists = [
            (self.accepted, Some(Outcome::Accepted)),
            (self.rejected, Some(Outcome::Rejected)),
            (self.pending, Some(Outcome::Pending)),
            (self.none, None),
        ];
        let meanings =
            lists.into_iter().flat_map(|(cells, outcome)| cells.into_iter().map(move |c| (c, outcome)));
        OutcomeRule::Cell { column: self.column, meanings: meanings.collect(), optional: false }
    }
}

/// A value that a map gives as one word or number.
pub(super) trait Plain: Sized {
    /// What is expected, for messages.
    const WHAT: &'static str;

    fn of_text(_: &str) -> Option<Self> {
        None
    }

    fn of_number(_: i64) -> Option<Self> {
        None
    }
}

impl Plain for Token {
    const WHAT: &'static str = "a token: 1 to 32 lower-case letters, digits and `-`, not beginning with `-`";

    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Plain for Work {
    const WHAT: &'static str = "a kind of work: administration, annotation, cleaning, cultural-knowledge, dataset, \
                                engineering, expertise, governance or review";

    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Plain for Amount {
    const WHAT: &'static str = "a quantity: a whole number from 1 to 4294967295";

    fn of_number(number: i64) -> Option<Self> {
        u32::try_from(number).ok().filter(|n| *n > 0).map(Self)
    }
}

impl Plain for Method {
    const WHAT: &'static str = "a method: consensus, full, gold or sample";

    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// Reads a `Plain` value.
pub(super) struct Plainly<T>(pub(super) T);

impl<'de, T: Plain> Deserialize<'de> for Plainly<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word<T>(PhantomData<T>);
        impl<T: Plain> Visitor<'_> for Word<T> {
            type Value = Plainly<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::WHAT)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                T::of_text(text)
                    .map(Plainly)
                    .ok_or_else(|| E::custom(format_args!("`{text}` is not {}", T::WHAT)))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                T::of_number(number)
                    .map(Plainly)
                    .ok_or_else(|| E::custom(format_args!("{number} is not {}", T::WHAT)))
            }
        }
        deserializer.deserialize_any(Word(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Plain"))]
struct WrittenColumn<T> {
    column: String,
    values: Option<BTreeMap<String, Plainly<T>>>,
}

impl<'de, T: Plain> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Plain> Visitor<'de> for Either<T> {
            type Value = Given<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}, or {{ column = \"…\" }}", T::WHAT)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let Plainly(value) = Plainly::deserialize(serde::de::value::StrDeserializer::new(text))?;
                Ok(Given::Always(value))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                let Plainly(value) = Plainly::deserialize(serde::de::value::I64Deserializer::new(number))?;
                Ok(Given::Always(value))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let WrittenColumn { column, values } =
                    WrittenColumn::deserialize(MapAccessDeserializer::new(map))?;
                if values.as_ref().is_some_and(BTreeMap::is_empty) {
                    return Err(A::Error::custom("values is empty"));
                }
                let plain = |values: BTreeMap<String, Plainly<T>>| {
                    values.into_iter().map(|(k, v)| (k, v.0)).collect()
                };
                Ok(Given::Column { column, values: values.map(plain) })
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = r#"format = "csv"
system = "desk"
contributor = "who"
source-id = "job"
work = "annotation"
activity = { column = "task", values = { a = "labelling" } }
unit = { column = "unit" }
quantity = 3

[date]
column = "at"
"#;

    fn refused(from: &str, to: &str) -> (usize, String) {
        assert!(MAP.contains(from), "{from}");
        match ColumnMap::parse(&MAP.replacen(from, to, 1)) {
            Err(ImportError::Map { line, reason }) => (line, reason),
            other => panic!("{to}: {other:?}"),
        }
    }

    #[test]
    fn reads_constants_and_columns() {
        let map = ColumnMap::parse(MAP).unwrap();
        assert_eq!(map.source_id, ["job"]);
        assert_eq!(map.quantity, Given::Always(Amount(3)));
        assert_eq!(map.unit, Given::Column { column: "unit".to_owned(), values: None });
        assert_eq!(map.columns(), ["who", "job", "task", "unit", "at"]);
        assert_eq!(map.format, Format::Separated(Dialect { separator: b',', quotes: true }));
        let map = ColumnMap::parse(&MAP.replace("\"csv\"", "\"csv\"\nseparator = \";\"")).unwrap();
        assert_eq!(map.format, Format::Separated(Dialect { separator: b';', quotes: true }));
        let map = ColumnMap::parse(&MAP.replace("column = \"at\"", "always = \"2026-03-04\"")).unwrap();
        assert!(matches!(map.date, DateRule::Always(date) if date.to_string() == "2026-03-04"));
    }

    #[test]
    fn each_mistake_is_refused_with_its_line() {
        let cases = [
            ("contributor", "contributer", 3, "unknown field `contributer`"),
            ("column = \"at\"", "column = \"at\"\nzome = \"UTC\"", 12, "unknown field `zome`"),
            ("{ column = \"unit\" }", "{ colum = \"unit\" }", 7, "unknown field `colum`"),
            ("quantity = 3\n", "", 1, "missing field `quantity`"),
            ("quantity = 3", "quantity = 0", 8, "is not a quantity"),
            ("quantity = 3", "quantity = 4294967296", 8, "is not a quantity"),
            ("quantity = 3", "quantity = 1.5", 8, "expected a quantity"),
            ("\"desk\"", "\"Desk\"", 2, "is not a token"),
            ("\"annotation\"", "\"labour\"", 5, "is not a kind of work"),
            ("{ a = \"labelling\" }", "{ a = \"no token\" }", 6, "is not a token"),
            ("{ a = \"labelling\" }", "{}", 6, "values is empty"),
            ("\"job\"", "[]", 4, "source-id names no column"),
            ("\"job\"", "7", 4, "a column name or a list"),
            ("\"csv\"", "\"xlsx\"", 1, "unknown variant `xlsx`"),
            ("\"csv\"", "\"tsv\"\nseparator = \";\"", 2, "only the format csv has a separator"),
            ("\"csv\"", "\"csv\"\nseparator = \"ab\"", 2, "not a separator"),
            ("column = \"at\"", "column = \"at\"\nzone = \"Nairobi\"", 12, "`Nairobi` is no time zone"),
            ("column = \"at\"", "column = \"at\"\nalways = \"2026-03-04\"", 10, "date needs either"),
            ("column = \"at\"", "always = \"2026-02-30\"", 10, "always is no day"),
            ("column = \"at\"", "", 10, "date needs either"),
            ("system = ", "system ", 2, ""),
            ("system", "format = \"csv\"\nsystem", 2, "duplicate key"),
        ];
        for (from, to, line, reason) in cases {
            let found = refused(from, to);
            assert!(found.0 == line && found.1.contains(reason), "{to}: {found:?}");
        }
    }
}
