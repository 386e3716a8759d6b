//! How a settlement is named in a path, and what it comes to.

use lebombo_verifier::Hash;
use lebombo_verifier::money::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use super::app::Shared;
use super::problem::Problem;
use super::projects::unknown;
use crate::stated::settlement_body;

/// What a settlement comes to in one currency: what to check all pages against.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineTotals {
    /// How many lines there are.
    lines: u64,
    /// Sum of what is to be paid out.
    payable: String,
    /// Sum of the balances held.
    held: String,
    /// Sum of what is still owed.
    owed: String,
    /// Hash at the root of the tree of lines, in hex: the digest of all of them.
    root: String,
}

/// How a settlement is named in a path.
pub(super) enum SettlementName {
    /// By its number in the project.
    Number(u64),
    /// By its event id.
    Id(Hash),
}

/// A settlement, or a freeze that is not settled yet.
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) id: Option<Hash>,
    pub(super) totals: LineTotals,
}

impl SettlementName {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let number = super::decimal(text).filter(|number| *number > 0).map(Self::Number);
        number.or_else(|| Hash::from_hex(text).map(Self::Id)).ok_or_else(|| {
            Problem::bad_request(
                "settlement-number",
                "a settlement is named by its event id in hex, or by its number, in decimal from 1",
            )
        })
    }

    /// The number of a valid settlement of the project.
    pub(super) fn number(&self, app: &Shared, project: &Hash) -> Result<u64, Problem> {
        let view = match self {
            Self::Number(number) => return Ok(*number),
            Self::Id(id) => app.attribution.settlement_by_id(id)?.filter(|view| view.project == *project),
        };
        view.map(|view| view.number).ok_or_else(|| {
            Problem::not_found(
                "settlement-unknown",
                "it is not the event id of a valid settlement of this project",
            )
        })
    }

    pub(super) fn find(&self, app: &Shared, project: &Hash, currency: Currency) -> Result<Found, Problem> {
        let view = app.attribution.money(project)?.ok_or_else(|| unknown(project))?;
        let number = self.number(app, project)?;
        let unsettled = || {
            let detail = format!("the project has {} settlements", view.settlements);
            Problem::not_found("settlement-unknown", detail)
        };
        let (id, currencies) = if number <= view.settlements {
            let settlement = app.attribution.settlement(project, number)?.ok_or_else(unsettled)?;
            (
                Some(settlement.id),
                settlement_body(&app.ledger, &app.attribution, project, &settlement)?.currencies,
            )
        } else {
            let frozen = view.frozen.as_ref().filter(|frozen| frozen.number == number);
            (None, frozen.ok_or_else(unsettled)?.currencies.clone())
        };
        let settled = currencies.iter().find(|settled| settled.currency == currency).ok_or_else(|| {
            Problem::not_found("line-unknown", format!("settlement {number} has nothing in {currency}"))
        })?;
        let amount = |minor: u64| currency.format(minor.into());
        let totals = LineTotals {
            lines: settled.lines,
            payable: amount(settled.payable),
            held: amount(settled.after.held),
            owed: amount(settled.owed),
            root: settled.root.to_string(),
        };
        Ok(Found { number, id, totals })
    }
}
