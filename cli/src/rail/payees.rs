//! The payees file: whose account is which. It is read here, and sent nowhere.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use lebombo_verifier::Code;
use lebombo_verifier::event::Party;
use lebombo_verifier::money::{AmountError, Currency};
use thiserror::Error;

use super::account::{self, Account, CellError};
use super::notice::Notice;
use crate::import::ImportError;
use crate::import::separated::{Dialect, Header, Separated};

/// Largest payees file, in bytes.
pub(crate) const MAX_FILE: usize = 1 << 28;
/// Most lines of it.
pub(crate) const MAX_PAYEES: usize = 1_000_000;
/// Everything, in basis points.
pub(crate) const WHOLE: u16 = 10_000;

const NEEDED: [&str; 4] = ["contributor", "name", "identifier_type", "identifier"];
const OPTIONAL: [&str; 4] = ["agent", "country", "withholding", "fee"];

/// Who is paid, and where. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Payee {
    /// 1 to 140 characters.
    pub(crate) name: String,
    pub(crate) account: Account,
    /// ISO 3166, two letters.
    pub(crate) country: Option<String>,
    /// Basis points, in place of what holds for the others.
    pub(crate) withholding: Option<u16>,
    /// Minor units of the settlement's currency, in place of what holds for the others.
    pub(crate) fee: Option<u64>,
}

impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payee(…)")
    }
}

/// All payees of a file, by contributor.
#[derive(Debug, Default)]
pub(crate) struct Payees {
    by_contributor: HashMap<String, (u64, Payee)>,
    /// What a person should know about the file.
    pub(crate) notices: Vec<Notice>,
}

impl Payees {
    /// Reads a payees file. `currency` is the settlement's, in which fees are written.
    ///
    /// # Errors
    /// [`PayeesError`], of the first line at fault.
    pub(crate) fn read(bytes: &[u8], currency: Currency) -> Result<Self, PayeesError> {
        if bytes.len() > MAX_FILE {
            return Err(PayeesError::TooLarge);
        }
        let mut table = Separated::new(bytes, Dialect { separator: b',', quotes: true })?;
        let columns = Columns::of(&table.header()?)?;
        let mut payees = Self::default();
        let mut lines_by_account: HashMap<(String, String, String), u64> = HashMap::new();
        while let Some(fields) = table.next()? {
            let line = fields.line;
            let cells = fields.text().ok_or(PayeesError::NotUtf8 { line })?;
            if cells.len() != columns.count {
                return Err(PayeesError::Malformed { line, found: cells.len(), expected: columns.count });
            }
            let (contributor, payee) = columns.payee(line, &cells, currency)?;
            if !payees.add(line, contributor, payee)? {
                continue;
            }
            if payees.by_contributor.len() > MAX_PAYEES {
                return Err(PayeesError::TooMany);
            }
            let key = payees.last_key(contributor);
            match lines_by_account.entry(key) {
                Entry::Vacant(free) => _ = free.insert(line),
                Entry::Occupied(taken) => {
                    payees.notices.push(Notice::OneAccount { line, first: *taken.get() });
                }
            }
        }
        Ok(payees)
    }

    /// The payee who is known by this did:key or alias.
    pub(crate) fn get(&self, contributor: &str) -> Option<&Payee> {
        self.by_contributor.get(contributor).map(|(_, payee)| payee)
    }

    /// How many people there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_contributor.len()
    }

    /// Whether the payee is a further one.
    fn add(&mut self, line: u64, contributor: &str, payee: Payee) -> Result<bool, PayeesError> {
        match self.by_contributor.entry(contributor.to_owned()) {
            Entry::Vacant(free) => {
                free.insert((line, payee));
                Ok(true)
            }
            Entry::Occupied(taken) => {
                let (first, known) = taken.get();
                if known.account.key() != payee.account.key() {
                    return Err(PayeesError::TwoAccounts { line, first: *first });
                }
                if *known != payee {
                    return Err(PayeesError::Contradicts { line, first: *first });
                }
                self.notices.push(Notice::PayeeRepeated { line, first: *first });
                Ok(false)
            }
        }
    }

    fn last_key(&self, contributor: &str) -> (String, String, String) {
        let key = self.get(contributor).map(|payee| payee.account.key()).unwrap_or_default();
        (key.0.to_owned(), key.1.to_owned(), key.2.to_owned())
    }
}

/// A notice for a file whose mode lets others than its owner read it.
pub(crate) fn readable_by_others(mode: u32) -> Option<Notice> {
    (mode & 0o077 != 0).then_some(Notice::ReadableByOthers { mode: mode & 0o777 })
}

/// Where each column stands.
struct Columns {
    needed: [usize; 4],
    optional: [Option<usize>; 4],
    count: usize,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, PayeesError> {
        let at = |name: &str| header.column(name);
        for (column, name) in header.names.iter().enumerate() {
            if !NEEDED.contains(&name.as_str()) && !OPTIONAL.contains(&name.as_str()) {
                return Err(PayeesError::ColumnUnknown { column: column.saturating_add(1) });
            }
        }
        let [contributor, name, kind, identifier] = NEEDED;
        Ok(Self {
            needed: [at(contributor)?, at(name)?, at(kind)?, at(identifier)?],
            optional: OPTIONAL.map(|name| at(name).ok()),
            count: header.names.len(),
        })
    }

    fn payee<'a>(
        &self,
        line: u64,
        cells: &[&'a str],
        currency: Currency,
    ) -> Result<(&'a str, Payee), PayeesError> {
        let fail = |error: CellError| PayeesError::Cell { line, error };
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let needed = self.needed.map(cell);
        let optional = self.optional.map(|at| at.map(cell).unwrap_or_default());
        let kind = needed[2].trim();
        for (column, text) in NEEDED.into_iter().zip(needed).chain(OPTIONAL.into_iter().zip(optional)) {
            let is_number = column == "identifier" && kind == "MSISDN";
            guarded(column, text, is_number).map_err(fail)?;
        }
        let [contributor, name, kind, identifier] = needed.map(str::trim);
        let [agent, country, withholding, fee] = optional.map(str::trim);
        if Party::parse(contributor).is_none() {
            return Err(fail(CellError::Contributor));
        }
        let payee = Payee {
            name: account::name(name).map_err(fail)?,
            account: Account::new(kind, identifier, agent).map_err(fail)?,
            country: account::country(country).map_err(fail)?,
            withholding: match withholding {
                "" => None,
                text => Some(basis_points(text).ok_or_else(|| fail(CellError::Withholding))?),
            },
            fee: match fee {
                "" => None,
                text => {
                    let fee = currency.parse_amount(text);
                    Some(fee.map_err(|error| PayeesError::Fee { line, error })?)
                }
            },
        };
        Ok((contributor, payee))
    }
}

/// Refuses a cell that a spreadsheet would run, and one that would change how a line is read.
fn guarded(column: &'static str, text: &str, is_number: bool) -> Result<(), CellError> {
    let runs = |text: &str| {
        let rest = if is_number { text.strip_prefix('+').unwrap_or(text) } else { text };
        rest.starts_with(['=', '+', '-', '@', '\t', '\r'])
    };
    // The cell may be written again without the white space before it.
    if runs(text) || runs(text.trim_start()) {
        return Err(CellError::Formula { column });
    }
    account::plain(column, text)
}

/// A percentage with at most two decimals, in basis points.
pub(crate) fn basis_points(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !is_number(whole, 3) || !is_number(part, 2) {
        return None;
    }
    let points: u16 = format!("{whole}{part:0<2}").parse().ok()?;
    (points <= WHOLE).then_some(points)
}

/// Why a payees file is refused. No message says who or which account.
#[derive(Debug, Error)]
pub(crate) enum PayeesError {
    #[error("the payees file can not be read as a table")]
    Table(#[from] ImportError),
    #[error("the payees file is larger than {MAX_FILE} bytes; split it")]
    TooLarge,
    #[error("the payees file has more than {MAX_PAYEES} payees; split it")]
    TooMany,
    #[error(
        "column {column} of the payees file has a name that is not known; the columns are contributor, name, \
         identifier_type, identifier, and where needed agent, country, withholding and fee"
    )]
    ColumnUnknown { column: usize },
    #[error("line {line} of the payees file is not UTF-8; save it as \"CSV UTF-8\"")]
    NotUtf8 { line: u64 },
    #[error("line {line} of the payees file has {found} cells where the first line names {expected} columns")]
    Malformed { line: u64, found: usize, expected: usize },
    #[error("line {line} of the payees file")]
    Cell {
        line: u64,
        #[source]
        error: CellError,
    },
    #[error("line {line} of the payees file, `fee`")]
    Fee {
        line: u64,
        #[source]
        error: AmountError,
    },
    #[error(
        "lines {first} and {line} of the payees file give two accounts to one person; which one is paid must not depend on \
         their order: delete one"
    )]
    TwoAccounts { line: u64, first: u64 },
    #[error(
        "lines {first} and {line} of the payees file give one person and account different names, countries, withholding or \
         fees: delete one"
    )]
    Contradicts { line: u64, first: u64 },
}

impl Code for PayeesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Table(error) => error.code(),
            Self::TooLarge => "payees-too-large",
            Self::TooMany => "payees-too-many",
            Self::ColumnUnknown { .. } => "payees-column-unknown",
            Self::NotUtf8 { .. } => "payees-not-utf-8",
            Self::Malformed { .. } => "payees-line-malformed",
            Self::Cell { error, .. } => error.code(),
            Self::Fee { error, .. } => error.code(),
            Self::TwoAccounts { .. } => "payees-two-accounts",
            Self::Contradicts { .. } => "payees-contradict",
        }
    }
}

#[cfg(test)]
mod tests;
