//! A project's money: what came in, what is owed, what its settlements say.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use lebombo_verifier::event::{Carried, Settled, Token};
use lebombo_verifier::fold::{CurrencyView, LineView};
use lebombo_verifier::money::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::problem::{Problem, ProblemBody};
use super::projects::{project_id, unknown};
use super::query;
use crate::attribute::MAX_LIST;
use crate::store::StoreError;

/// What a project has and owes in one currency. Amounts are decimal numbers with all decimals of the currency.
#[derive(Debug, Serialize, ToSchema)]
struct Books {
    /// ISO 4217 code.
    #[schema(example = "USD")]
    currency: String,
    /// All income ever, with what was taken back of it since.
    #[schema(example = "1000.00")]
    income: String,
    /// Income that no valid settlement has had.
    unsettled: String,
    /// All that was ever owed by rate.
    accrued: String,
    /// The reserve fund after the last settlement.
    reserve: String,
    /// Contributors' money that the last settlement could not split.
    unallocated: String,
    /// Reversals that the next settlement has to take.
    reversals: String,
}

impl Books {
    fn of(view: &CurrencyView) -> Self {
        let amount = |minor: u64| view.currency.format(minor.into());
        Self {
            currency: view.currency.to_string(),
            income: amount(view.income),
            unsettled: amount(view.unsettled),
            accrued: amount(view.accrued),
            reserve: amount(view.reserve),
            unallocated: amount(view.unallocated),
            reversals: amount(view.reversals),
        }
    }
}

/// Money that is carried from one settlement to the next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Carried)]
struct CarriedBody {
    /// Balances of people.
    held: String,
    /// The reserve fund.
    reserve: String,
    /// Contributors' money that could not be split.
    unallocated: String,
}

/// What a fund gets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FundPart)]
struct FundBody {
    /// Its name.
    name: String,
    /// How much.
    amount: String,
}

/// What is settled in one currency (spec/event.md, `settlement`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settled)]
struct SettledBody {
    /// ISO 4217 code.
    currency: String,
    /// What was carried here.
    before: CarriedBody,
    /// What is carried on.
    after: CarriedBody,
    /// What came in.
    income: String,
    /// What is to be paid out to people.
    payable: String,
    /// What people are still owed by rate.
    owed: String,
    /// Reversals that were taken.
    reversed: String,
    /// What funds other than the reserve get.
    funds: Vec<FundBody>,
    /// How many lines there are.
    lines: u64,
    /// Hash at the root of the tree of lines, in hex.
    root: String,
}

impl SettledBody {
    fn of(settled: &Settled) -> Self {
        let amount = |minor: u64| settled.currency.format(minor.into());
        let carried = |c: &Carried| CarriedBody {
            held: amount(c.held),
            reserve: amount(c.reserve),
            unallocated: amount(c.unallocated),
        };
        let fund = |(name, minor): &(Token, u64)| FundBody { name: name.to_string(), amount: amount(*minor) };
        Self {
            currency: settled.currency.to_string(),
            before: carried(&settled.before),
            after: carried(&settled.after),
            income: amount(settled.income),
            payable: amount(settled.payable),
            owed: amount(settled.owed),
            reversed: amount(settled.reversed),
            funds: settled.funds.iter().map(fund).collect(),
            lines: settled.lines,
            root: settled.root.to_string(),
        }
    }
}

/// A project that is frozen: what its next settlement has to say.
#[derive(Debug, Serialize, ToSchema)]
struct Frozen {
    /// The number of that settlement, from 1.
    number: u64,
    /// Event id of the snapshot of its mark; null until there is one.
    snapshot: Option<String>,
    /// Ascending by currency.
    currencies: Vec<SettledBody>,
}

/// A project's money.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MoneyBody {
    /// How many valid settlements it has.
    settlements: u64,
    /// Event id of the last of them, in hex, or null.
    last: Option<String>,
    /// Whether a treasurer has asked for a settlement, and the next mark freezes it.
    is_closing: bool,
    /// Ascending by currency.
    currencies: Vec<Books>,
    /// What the next settlement has to say, or null where the project is not frozen.
    frozen: Option<Frozen>,
    /// How many entries of the log this takes in, at least.
    as_of: u64,
}

/// A project's money: income, debts, and what its next settlement has to say.
#[utoipa::path(
    get, path = "/v1/projects/{project}/money", operation_id = "money", tag = "Settlements",
    params(("project" = String, Path, description = "Event id of its first charter, in hex")),
    responses(
        (status = 200, body = MoneyBody),
        (status = "4XX", description = "No such project", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn money(
    State(app): State<App>,
    Path(project): Path<String>,
) -> Result<Json<MoneyBody>, Problem> {
    let id = project_id(&project)?;
    let body = app
        .blocking(move |app| {
            let as_of = app.attribution.cursor()?;
            let view = app.attribution.money(&id)?.ok_or_else(|| unknown(&id))?;
            Ok(MoneyBody {
                settlements: view.settlements,
                last: view.last.map(|last| last.to_string()),
                is_closing: view.is_closing,
                currencies: view.currencies.iter().map(Books::of).collect(),
                frozen: view.frozen.map(|frozen| Frozen {
                    number: frozen.number,
                    snapshot: frozen.snapshot.map(|id| id.to_string()),
                    currencies: frozen.currencies.iter().map(SettledBody::of).collect(),
                }),
                as_of,
            })
        })
        .await?;
    Ok(Json(body))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    /// ISO 4217 code.
    currency: String,
    /// Handle of the last line of the page before; absent: from the start.
    #[serde(default, deserialize_with = "super::optional")]
    after: Option<u64>,
    /// At most so many, 1 to 1,000.
    #[serde(default, deserialize_with = "super::optional")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<u64>,
}

/// What is owed for work of one range.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Debt)]
struct DebtBody {
    /// The number of the settlement that settled that range.
    range: u64,
    /// How much is left.
    amount: String,
}

/// One person's line. Amounts are decimal numbers with all decimals of the currency, points decimal numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Line)]
struct LineBody {
    /// Their place among the contributors: with project, settlement and currency a stable name of the line.
    handle: u64,
    /// Their did:key or alias.
    contributor: String,
    /// Points decided in the range.
    points: String,
    /// Points ever.
    ever: String,
    /// Balance held before.
    held_before: String,
    /// Owed by rate before.
    owed_before: String,
    /// Owed by rate for work of the range.
    accrued: String,
    /// Of what was owed, as much as is paid now.
    settled: String,
    /// Share of what debts left.
    share: String,
    /// To be paid out.
    payable: String,
    /// Balance held from here on.
    held: String,
    /// Still owed.
    owed: String,
    /// What is still owed, by range.
    debts: Vec<DebtBody>,
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinesPage {
    /// The settlement's number.
    number: u64,
    /// Whether it is settled; else these are the lines of a freeze, which another one can still replace.
    is_settled: bool,
    /// Ascending by handle.
    lines: Vec<LineBody>,
    /// What to give as `after` for the next page; null at the end.
    next: Option<u64>,
}

/// The lines of a settlement in one currency.
#[utoipa::path(
    get, path = "/v1/projects/{project}/settlements/{number}/lines", operation_id = "settlementLines", tag = "Settlements",
    params(
        ("project" = String, Path, description = "Event id of its first charter, in hex"),
        ("number" = u64, Path, description = "The settlement's number, from 1; that after the last valid one: what is frozen"),
        LinesQuery,
    ),
    responses(
        (status = 200, body = LinesPage),
        (status = "4XX", description = "No such project, settlement or currency, or a malformed query", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn lines(
    State(app): State<App>,
    Path((project, number)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<LinesPage>, Problem> {
    let id = project_id(&project)?;
    let number = super::decimal(&number).filter(|number| *number > 0).ok_or_else(|| {
        Problem::bad_request("settlement-number", "a settlement is named by its number, in decimal from 1")
    })?;
    let LinesQuery { currency, after, limit } = query(&uri)?;
    let limit = super::limit(limit, 100, MAX_LIST)?;
    let currency = Currency::parse(&currency)
        .ok_or_else(|| Problem::bad_request("currency", "currency is the code of a currency, such as KES"))?;
    let page = app
        .blocking(move |app| {
            let view = app.attribution.money(&id)?.ok_or_else(|| unknown(&id))?;
            let is_settled = number <= view.settlements;
            let is_frozen = view.frozen.as_ref().is_some_and(|frozen| frozen.number == number);
            if !is_settled && !is_frozen {
                let detail = format!("the project has {} settlements", view.settlements);
                return Err(Problem::not_found("settlement-unknown", detail));
            }
            let from = after.map_or(0, |handle| handle.saturating_add(1));
            let found = app.attribution.lines(&id, currency, number, from, limit)?;
            let next = found.last().map(|line| line.handle).filter(|_| found.len() == limit);
            let lines = found.iter().map(|line| {
                let who = &line.line.who;
                let damaged = || StoreError::Damaged { what: "a contributor of a line", number: line.handle };
                let contributor = app.attribution.contributor(&id, who)?.ok_or_else(damaged)?;
                Ok(body(currency, line, contributor))
            });
            Ok(LinesPage { number, is_settled, lines: lines.collect::<Result<_, Problem>>()?, next })
        })
        .await?;
    Ok(Json(page))
}

fn body(currency: Currency, view: &LineView, contributor: String) -> LineBody {
    let amount = |minor: u64| currency.format(minor.into());
    let line = &view.line;
    LineBody {
        handle: view.handle,
        contributor,
        points: line.points.to_string(),
        ever: line.ever.to_string(),
        held_before: amount(line.held_before),
        owed_before: amount(line.owed_before),
        accrued: amount(line.accrued),
        settled: amount(line.settled),
        share: amount(line.share),
        payable: amount(line.payable),
        held: amount(line.held),
        owed: amount(line.owed),
        debts: view.debts.iter().map(|d| DebtBody { range: d.range, amount: amount(d.amount) }).collect(),
    }
}
