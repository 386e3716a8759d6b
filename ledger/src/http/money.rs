//! A project's money: what came in, what is owed, what its settlements say.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use lebombo_verifier::Hash;
use lebombo_verifier::event::{Carried, Payment, PaymentState, Settled, Token};
use lebombo_verifier::fold::{CurrencyView, LineView};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::problem::{Problem, ProblemBody};
use super::projects::{project_id, unknown};
use super::query;
use crate::attribute::MAX_LIST;
use crate::stated::{payment_body, settlement_body};
use crate::store::StoreError;

/// Pages of [`MAX_LIST`] lines that one answer looks at.
const PAGES_LOOKED_AT: usize = 8;

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
    /// Only lines in this state; `free` are those that can be instructed: payable, failed and returned, not in dispute.
    state: Option<String>,
}

/// Where a line is on its way to being paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum LineState {
    /// Nothing is payable.
    Nothing,
    /// Something is payable, and nothing was done about it yet.
    Payable,
    /// Somebody is to be told to pay it.
    Instructed,
    /// It was paid.
    Paid,
    /// It was not paid, and can be instructed again.
    Failed,
    /// The money came back; it can be instructed again.
    Returned,
    /// Whether it was paid is not known.
    Unknown,
}

impl LineState {
    fn of(view: &LineView) -> Self {
        match view.payment.as_ref().map(|payment| payment.state) {
            None if view.line.payable == 0 => Self::Nothing,
            None => Self::Payable,
            Some(PaymentState::Instructed) => Self::Instructed,
            Some(PaymentState::Paid) => Self::Paid,
            Some(PaymentState::Failed) => Self::Failed,
            Some(PaymentState::Returned) => Self::Returned,
            Some(PaymentState::Unknown) => Self::Unknown,
        }
    }
}

/// Which lines are asked for.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    All,
    /// That can be instructed.
    Free,
    In(LineState),
}

impl Wanted {
    fn parse(state: Option<&str>) -> Result<Self, Problem> {
        Ok(match state {
            None => Self::All,
            Some("free") => Self::Free,
            Some("nothing") => Self::In(LineState::Nothing),
            Some("payable") => Self::In(LineState::Payable),
            Some("instructed") => Self::In(LineState::Instructed),
            Some("paid") => Self::In(LineState::Paid),
            Some("failed") => Self::In(LineState::Failed),
            Some("returned") => Self::In(LineState::Returned),
            Some("unknown") => Self::In(LineState::Unknown),
            Some(_) => {
                return Err(Problem::bad_request(
                    "line-state",
                    "state is free, nothing, payable, instructed, paid, failed, returned or unknown",
                ));
            }
        })
    }

    fn takes(self, view: &LineView) -> bool {
        use LineState::{Failed, Payable, Returned};
        let state = LineState::of(view);
        match self {
            Self::All => true,
            Self::Free => matches!(state, Payable | Failed | Returned) && !view.is_disputed,
            Self::In(wanted) => state == wanted,
        }
    }
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
    /// Where it is on its way to being paid.
    state: LineState,
    /// The last attempt to pay it, from 1; 0 where there was none.
    attempt: u32,
    /// What was instructed in that attempt; null where there was none.
    instructed: Option<InstructedBody>,
    /// did:key that has claimed the alias, and is to be paid; or null.
    claimed_by: Option<String>,
    /// Several claim the alias: nobody is to be paid.
    is_disputed: bool,
}

/// What was instructed. gross = tax + fee + net.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Instructed)]
struct InstructedBody {
    /// Event id of the payment, in hex.
    payment: String,
    /// What is payable.
    gross: String,
    /// Withheld.
    tax: String,
    /// Kept back for paying it.
    fee: String,
    /// What is left.
    net: String,
    /// ISO 4217 code of the currency that is paid.
    currency: String,
    /// What is paid, in that currency.
    amount: String,
}

/// What a settlement comes to in one currency: what to check all pages against.
#[derive(Debug, Serialize, ToSchema)]
struct LineTotals {
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

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinesPage {
    /// The settlement's number.
    number: u64,
    /// Event id of the settlement, in hex; null while these are the lines of a freeze, which another one can still replace.
    settlement: Option<String>,
    /// Sums over the whole settlement in this currency.
    totals: LineTotals,
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
        ("number" = String, Path, description = "The settlement's event id in hex, or its number from 1; the number after the last valid one: what is frozen"),
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
    let name = SettlementName::parse(&number)?;
    let LinesQuery { currency, after, limit, state } = query(&uri)?;
    let wanted = Wanted::parse(state.as_deref())?;
    let limit = super::limit(limit, 100, MAX_LIST)?;
    let currency = Currency::parse(&currency)
        .ok_or_else(|| Problem::bad_request("currency", "currency is the code of a currency, such as KES"))?;
    let page = app
        .blocking(move |app| {
            let found = name.find(app, &id, currency)?;
            let (lines, next) = scan(app, &id, (currency, found.number), after, limit, wanted)?;
            let mut payments = Payments { app, project: &id, read: HashMap::new() };
            let lines = lines.iter().map(|line| {
                let who = &line.line.who;
                let damaged = || StoreError::Damaged { what: "a contributor of a line", number: line.handle };
                let contributor = app.attribution.contributor(&id, who)?.ok_or_else(damaged)?;
                Ok(body(currency, line, contributor, payments.instructed(line)?))
            });
            Ok(LinesPage {
                number: found.number,
                settlement: found.id.map(|id| id.to_string()),
                totals: found.totals,
                lines: lines.collect::<Result<_, Problem>>()?,
                next,
            })
        })
        .await?;
    Ok(Json(page))
}

/// Lines that are wanted, at most `limit` of them, and where to go on: so many lines are looked at and no more, so a page
/// can have fewer, or none, and yet not be the last.
fn scan(
    app: &Shared,
    project: &Hash,
    (currency, number): (Currency, u64),
    after: Option<u64>,
    limit: usize,
    wanted: Wanted,
) -> Result<(Vec<LineView>, Option<u64>), Problem> {
    let mut from = after.map_or(0, |handle| handle.saturating_add(1));
    let mut lines = Vec::new();
    for _ in 0..PAGES_LOOKED_AT {
        let page = app.attribution.lines(project, currency, number, from, MAX_LIST)?;
        let is_last = page.len() < MAX_LIST;
        for view in page {
            from = view.handle.saturating_add(1);
            if wanted.takes(&view) {
                lines.push(view);
            }
            if lines.len() == limit {
                return Ok((lines, from.checked_sub(1)));
            }
        }
        if is_last {
            return Ok((lines, None));
        }
    }
    Ok((lines, from.checked_sub(1)))
}

/// How a settlement is named in a path.
pub(super) enum SettlementName {
    /// By its number in the project.
    Number(u64),
    /// By its event id.
    Id(Hash),
}

/// A settlement, or a freeze that is not settled yet.
struct Found {
    number: u64,
    id: Option<Hash>,
    totals: LineTotals,
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

    fn find(&self, app: &Shared, project: &Hash, currency: Currency) -> Result<Found, Problem> {
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

/// Payments that lines of a page name, each read once.
struct Payments<'a> {
    app: &'a Shared,
    project: &'a Hash,
    read: HashMap<u64, (Hash, Payment)>,
}

impl Payments<'_> {
    /// What was instructed in the line's last attempt.
    fn instructed(&mut self, view: &LineView) -> Result<Option<InstructedBody>, Problem> {
        let places = view.payment.as_ref().map_or(&[][..], |payment| &payment.places);
        for place in places.iter().rev() {
            if !self.read.contains_key(place) {
                let Shared { ledger, attribution, .. } = self.app;
                let (id, payment) = payment_body(ledger, attribution, self.project, *place)?;
                self.read.insert(*place, (id, payment));
            }
            let Some((id, payment)) = self.read.get(place) else { continue };
            if payment.state != PaymentState::Instructed {
                continue;
            }
            let paid = settlement::Terms::of(payment).apply(view.line.payable);
            let amount = |minor: u64| payment.currency.format(minor.into());
            let paid_in = payment.exchange.map_or(payment.currency, |exchange| exchange.currency);
            return Ok(paid.map(|paid| InstructedBody {
                payment: id.to_string(),
                gross: amount(paid.gross),
                tax: amount(paid.tax),
                fee: amount(paid.fee),
                net: amount(paid.net),
                currency: paid_in.to_string(),
                amount: paid_in.format(paid.amount),
            }));
        }
        Ok(None)
    }
}

fn body(
    currency: Currency,
    view: &LineView,
    contributor: String,
    instructed: Option<InstructedBody>,
) -> LineBody {
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
        state: LineState::of(view),
        attempt: view.payment.as_ref().map_or(0, |payment| payment.attempt),
        instructed,
        claimed_by: view.claimed_by.as_ref().map(ToString::to_string),
        is_disputed: view.is_disputed,
    }
}
