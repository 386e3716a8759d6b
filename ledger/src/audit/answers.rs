//! What the API of a ledger answers about snapshots and totals, as an auditor reads it.

use lebombo_verifier::Hash;
use lebombo_verifier::fold::{Amount, Count};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::AuditError;
use super::source::{Answer, Source};

/// Contributors or projects of a page.
pub(super) const PAGE: usize = 1_000;
/// Most bytes of a page.
const MAX_PAGE: u64 = 96 << 20;
/// Most bytes of a page about money.
const MAX_MONEY_PAGE: u64 = 32 << 20;

#[derive(Deserialize)]
pub(super) struct LatestBody {
    pub(super) size: u64,
    pub(super) index: u64,
    pub(super) id: String,
    pub(super) mark: String,
    pub(super) day: String,
    pub(super) root: String,
    pub(super) projects: u64,
    pub(super) previous: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ProjectLine {
    pub(super) project: String,
    pub(super) name: String,
    pub(super) charter: String,
}

#[derive(Deserialize)]
pub(super) struct ProjectsBody {
    pub(super) projects: Vec<ProjectLine>,
    pub(super) next: Option<String>,
    pub(super) as_of: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct AmountBody {
    pub(super) events: u64,
    pub(super) quantity: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CountBody {
    pub(super) work: String,
    pub(super) unit: String,
    pub(super) logged: AmountBody,
    pub(super) pending: AmountBody,
    pub(super) accepted: AmountBody,
    pub(super) rejected: AmountBody,
    pub(super) withdrawn: u64,
}

impl CountBody {
    pub(super) fn is_nothing(&self) -> bool {
        let amounts = [&self.logged, &self.pending, &self.accepted, &self.rejected];
        amounts.iter().all(|amount| amount.events == 0 && amount.quantity == "0") && self.withdrawn == 0
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ContributorBody {
    pub(super) contributor: String,
    pub(super) who: String,
    pub(super) handle: Option<u64>,
    pub(super) points: String,
    pub(super) counts: Vec<CountBody>,
    pub(super) void: u64,
}

#[derive(Deserialize)]
pub(super) struct TotalsBody {
    pub(super) project: String,
    pub(super) contributors: Vec<ContributorBody>,
    pub(super) next: Option<String>,
    pub(super) as_of: u64,
    pub(super) snapshot: Option<u64>,
}

/// What an API path answers.
pub(super) enum Body<T> {
    Found(T),
    Absent,
    Gone,
}

pub(super) fn get<T: DeserializeOwned>(source: &dyn Source, path: &str) -> Result<Body<T>, AuditError> {
    get_limited(source, path, MAX_PAGE)
}

/// A page about money as it is, which takes several times its bytes in memory: 1,000 lines with all their debts.
pub(super) fn get_money(source: &dyn Source, path: &str) -> Result<Body<Value>, AuditError> {
    get_limited(source, path, MAX_MONEY_PAGE)
}

fn get_limited<T: DeserializeOwned>(
    source: &dyn Source,
    path: &str,
    limit: u64,
) -> Result<Body<T>, AuditError> {
    match source.read(path, limit)? {
        Answer::Absent => Ok(Body::Absent),
        Answer::Gone => Ok(Body::Gone),
        Answer::Found(bytes) => serde_json::from_slice(&bytes).map(Body::Found).map_err(|error| {
            let what = error.to_string();
            AuditError::Answer { path: path.to_owned(), what }
        }),
    }
}

/// The hash that `next` of a page names; pages have to go on.
pub(super) fn next(path: &str, text: Option<&str>, after: Option<Hash>) -> Result<Option<Hash>, AuditError> {
    let Some(text) = text else { return Ok(None) };
    let next = Hash::from_hex(text).filter(|next| Some(*next) > after);
    let wrong = || AuditError::Answer { path: path.to_owned(), what: "its pages do not go on".to_owned() };
    next.map(Some).ok_or_else(wrong)
}

/// A page has at most as many rows as were asked for.
pub(super) fn full(path: &str, rows: usize) -> Result<(), AuditError> {
    if rows <= PAGE {
        return Ok(());
    }
    Err(AuditError::Answer { path: path.to_owned(), what: format!("{rows} rows, and {PAGE} were asked for") })
}

fn tally(amounts: [(&str, u64, String); 4], withdrawn: u64) -> String {
    let mut text: Vec<String> =
        amounts.into_iter().map(|(name, events, quantity)| format!("{name} {events}/{quantity}")).collect();
    text.push(format!("withdrawn {withdrawn}"));
    text.join(", ")
}

pub(super) fn served_text(count: &CountBody) -> String {
    let of = |name, amount: &AmountBody| (name, amount.events, amount.quantity.clone());
    let amounts = [
        of("logged", &count.logged),
        of("pending", &count.pending),
        of("accepted", &count.accepted),
        of("rejected", &count.rejected),
    ];
    tally(amounts, count.withdrawn)
}

pub(super) fn our_text(count: &Count) -> String {
    let of = |name, amount: Amount| (name, amount.events, amount.quantity.to_string());
    let t = &count.tally;
    let amounts = [
        of("logged", t.logged()),
        of("pending", t.pending),
        of("accepted", t.accepted),
        of("rejected", t.rejected),
    ];
    tally(amounts, t.withdrawn)
}
