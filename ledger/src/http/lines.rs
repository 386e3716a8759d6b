//! Lines of a settlement: who gets what, and how far it is on its way.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::event::{Payment, PaymentState};
use lebombo_verifier::fold::LineView;
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::problem::{Problem, ProblemBody};
use super::projects::project_id;
use super::query;
use super::settlement_name::{LineTotals, SettlementName};
use crate::attribute::MAX_LIST;
use crate::stated::payment_body;
use crate::store::StoreError;

/// Pages of [`MAX_LIST`] lines that one answer looks at.
const PAGES_LOOKED_AT: usize = 8;

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
    /// Only lines of aliases that this did:key has claimed, where the claim is in force.
    claimed_by: Option<String>,
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
#[derive(Debug, Clone)]
struct Wanted {
    state: WantedState,
    claimed_by: Option<Did>,
}

/// In which state.
#[derive(Debug, Clone, Copy)]
enum WantedState {
    All,
    /// That can be instructed.
    Free,
    In(LineState),
}

impl Wanted {
    fn parse(state: Option<&str>, claimed_by: Option<&str>) -> Result<Self, Problem> {
        let claimed_by = claimed_by.map(|did| {
            Did::parse(did).map_err(|_| Problem::bad_request("contributor", "claimed_by is a did:key"))
        });
        Ok(Self { state: WantedState::parse(state)?, claimed_by: claimed_by.transpose()? })
    }

    fn takes(&self, view: &LineView) -> bool {
        self.state.takes(view) && (self.claimed_by.is_none() || self.claimed_by == view.claimed_by)
    }
}

impl WantedState {
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
    /// How often they were credited, in all ranges.
    credits: u64,
    /// The last link of these credits, in hex.
    work: String,
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
    let LinesQuery { currency, after, limit, state, claimed_by } = query(&uri)?;
    let wanted = Wanted::parse(state.as_deref(), claimed_by.as_deref())?;
    let limit = super::limit(limit, 100, MAX_LIST)?;
    let currency = Currency::parse(&currency)
        .ok_or_else(|| Problem::bad_request("currency", "currency is the code of a currency, such as KES"))?;
    let page = app
        .blocking(move |app| {
            let found = name.find(app, &id, currency)?;
            let (lines, next) = scan(app, &id, (currency, found.number), after, limit, &wanted)?;
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
    wanted: &Wanted,
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
        credits: line.credits,
        work: line.work.to_string(),
        debts: view.debts.iter().map(|d| DebtBody { range: d.range, amount: amount(d.amount) }).collect(),
        state: LineState::of(view),
        attempt: view.payment.as_ref().map_or(0, |payment| payment.attempt),
        instructed,
        claimed_by: view.claimed_by.as_ref().map(ToString::to_string),
        is_disputed: view.is_disputed,
    }
}
