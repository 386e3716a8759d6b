//! All that is known of each payment and of the run, as JSON. Amounts are decimal strings; names of members are stable.

use serde::{Deserialize, Serialize};

use super::account::Agent;
use super::error::RailError;
use super::run::{Payout, Run};
use super::written::{self, Written};

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Document {
    project: String,
    settlement: String,
    number: u64,
    part: u32,
    parts: u32,
    message_id: String,
    created: String,
    execution: String,
    settled_currency: String,
    currency: String,
    exchange: Option<Rate>,
    payer: Party,
    payments: u64,
    gross: String,
    tax: String,
    fee: String,
    net: String,
    amount: String,
    lines: Vec<Line>,
}

/// Minor units of the settled currency × numerator / denominator are minor units of the currency.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Rate {
    numerator: u64,
    denominator: u64,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Party {
    name: String,
    identifier_type: String,
    identifier: String,
    agent: Option<String>,
    country: Option<String>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Line {
    reference: String,
    handle: u64,
    attempt: u32,
    contributor: String,
    gross: String,
    tax: String,
    fee: String,
    net: String,
    amount: String,
    payee: Party,
}

impl Document {
    fn of(run: &Run) -> Result<Self, RailError> {
        let (heading, totals) = (&run.heading, run.totals());
        let settled = |minor: u128| heading.currency.format(minor);
        Ok(Self {
            project: heading.project.to_string(),
            settlement: heading.settlement.to_string(),
            number: heading.number,
            part: run.part,
            parts: run.parts,
            message_id: run.message_id()?,
            created: heading.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            execution: heading.execution.to_string(),
            settled_currency: heading.currency.to_string(),
            currency: heading.paid().to_string(),
            exchange: heading
                .exchange
                .map(|rate| Rate { numerator: rate.numerator, denominator: rate.denominator }),
            payer: party(&heading.payer.name, &heading.payer.account, None),
            payments: totals.lines,
            gross: settled(totals.gross),
            tax: settled(totals.tax),
            fee: settled(totals.fee),
            net: settled(totals.net),
            amount: heading.paid().format(totals.amount),
            lines: run.payouts.iter().map(|payout| line(run, payout)).collect(),
        })
    }
}

fn party(name: &str, account: &super::account::Account, country: Option<&String>) -> Party {
    Party {
        name: name.to_owned(),
        identifier_type: account.kind().to_owned(),
        identifier: account.identifier().to_owned(),
        agent: account.agent().map(Agent::as_str).map(str::to_owned),
        country: country.cloned(),
    }
}

fn line(run: &Run, payout: &Payout) -> Line {
    let settled = |minor: u64| run.heading.currency.format(minor.into());
    Line {
        reference: payout.reference.to_string(),
        handle: payout.reference.handle(),
        attempt: payout.reference.attempt(),
        contributor: payout.contributor.clone(),
        gross: settled(payout.gross),
        tax: settled(payout.tax),
        fee: settled(payout.fee),
        net: settled(payout.net),
        amount: run.heading.paid().format(payout.amount.into()),
        payee: party(&payout.payee.name, &payout.payee.account, payout.payee.country.as_ref()),
    }
}

/// Writes a run that was checked.
///
/// # Errors
/// `Empty`, `Unwritten`.
pub(super) fn write(run: &Run) -> Result<Vec<u8>, RailError> {
    let mut bytes =
        serde_json::to_vec_pretty(&Document::of(run)?).map_err(|error| RailError::Unwritten(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Document, RailError> {
    serde_json::from_slice(bytes).map_err(|_| RailError::Unreadable { what: "its JSON" })
}

/// The payments of a file.
fn written(document: &Document) -> Result<Written, RailError> {
    let mut out = Written { counts: vec![document.payments], ..Written::default() };
    for line in &document.lines {
        out.lines.push(written::line(&line.reference, &line.amount, &document.currency)?);
    }
    if let Some(line) = out.lines.first() {
        let sum = written::sum(line.currency, &document.amount);
        out.sums.push(sum.ok_or(RailError::Unreadable { what: "the sum" })?);
    }
    Ok(out)
}

/// Whether the file says all that it should.
///
/// # Errors
/// `Unreadable`, `HeadDiffers`, and those of `Written::matches`.
pub(super) fn compare(bytes: &[u8], run: &Run) -> Result<(), RailError> {
    let (mut said, mut want) = (parse(bytes)?, Document::of(run)?);
    written(&said)?.matches(run)?;
    for (payout, (said, want)) in run.payouts.iter().zip(said.lines.iter().zip(&want.lines)) {
        if said != want {
            return Err(RailError::LineDiffers { reference: payout.reference });
        }
    }
    (said.lines, want.lines) = (Vec::new(), Vec::new());
    if said == want { Ok(()) } else { Err(RailError::HeadDiffers) }
}
