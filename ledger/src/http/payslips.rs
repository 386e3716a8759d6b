//! Payslips: what one contributor got out of a settlement, as a file (spec/payslip.md).

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lebombo_verifier::event::Party;
use lebombo_verifier::money::Currency;
use serde::Deserialize;
use utoipa::IntoParams;

use super::app::App;
use super::problem::{Problem, ProblemBody};
use super::projects::project_id;
use super::query;
use super::settlement_name::SettlementName;
use super::tiles::NO_CACHE;
use crate::stated::{Listing, prove_pay};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PayslipQuery {
    /// ISO 4217 code.
    currency: String,
    /// Which of the person's credits are listed: `range`, those since the settlement before; `all`; or `none`. The oldest are
    /// left out where they do not fit.
    #[param(default = "range")]
    credits: Option<String>,
}

fn listing(name: Option<&str>) -> Result<Listing, Problem> {
    match name {
        None | Some("range") => Ok(Listing::Range),
        Some("all") => Ok(Listing::All),
        Some("none") => Ok(Listing::Nothing),
        Some(_) => Err(Problem::bad_request("payslip-credits", "credits is range, all or none")),
    }
}

/// The payslip of a contributor, with the payments that were made on it, as of the newest snapshot.
#[utoipa::path(
    get, path = "/v1/projects/{project}/settlements/{number}/payslips/{contributor}", operation_id = "payslip", tag = "Settlements",
    params(
        ("project" = String, Path, description = "Event id of its first charter, in hex"),
        ("number" = String, Path, description = "The settlement's event id in hex, or its number from 1"),
        ("contributor" = String, Path, description = "did:key or alias"),
        PayslipQuery,
    ),
    responses(
        (status = 200, description = "The file (spec/payslip.md)", body = String, content_type = "text/plain"),
        (status = "4XX", description = "No such project, settlement or line, or a malformed query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "It is not stated yet: the next snapshot will name it", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn payslip(
    State(app): State<App>,
    Path((project, number, contributor)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let project = project_id(&project)?;
    let name = SettlementName::parse(&number)?;
    let contributor = Party::parse(&contributor)
        .ok_or_else(|| Problem::bad_request("contributor", "a contributor is a did:key or an alias"))?;
    let PayslipQuery { currency, credits } = query(&uri)?;
    let listing = listing(credits.as_deref())?;
    let currency = Currency::parse(&currency)
        .ok_or_else(|| Problem::bad_request("currency", "currency is the code of a currency, such as KES"))?;
    // The semaphore is never closed.
    let _turn = app.payslips.acquire().await;
    let payslip = app
        .blocking(move |app| {
            let number = name.number(app, &project)?;
            let (ledger, attribution) = (&app.ledger, &app.attribution);
            Ok(prove_pay(ledger, attribution, &project, (currency, number), &contributor, listing)?)
        })
        .await?;
    // The next snapshot has another, and auditors add cosignatures to this one.
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), NO_CACHE], payslip.format()).into_response())
}
