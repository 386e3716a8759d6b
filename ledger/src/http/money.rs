//! A project's money: what came in, what is owed, what its next settlement has to say.

use axum::Json;
use axum::extract::{Path, State};
use lebombo_verifier::event::{Carried, Settled, Token};
use lebombo_verifier::fold::CurrencyView;
use serde::Serialize;
use utoipa::ToSchema;

use super::app::App;
use super::problem::{Problem, ProblemBody};
use super::projects::{project_id, unknown};

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
    /// As much of it as no payer has signed for.
    unconfirmed: String,
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
            unconfirmed: amount(view.unconfirmed),
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
    /// As much of it as no payer has signed for.
    unconfirmed: String,
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
            unconfirmed: amount(settled.unconfirmed),
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
