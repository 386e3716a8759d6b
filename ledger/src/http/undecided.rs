//! What waits for its verdict.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::problem::{Problem, ProblemBody};
use super::projects::{project_id, view};
use super::query;
use crate::attribute::MAX_LIST;
use crate::store::StoreError;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UndecidedQuery {
    /// Index of the last one of the page before; absent: from the start.
    #[serde(default, deserialize_with = "super::optional")]
    after: Option<u64>,
    /// At most so many, 1 to 1,000.
    #[serde(default, deserialize_with = "super::optional")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<u64>,
}

/// A contribution that waits for its verdict.
#[derive(Debug, Serialize, ToSchema)]
struct Undecided {
    /// Its index.
    index: u64,
    /// Its event id, in hex.
    id: String,
    /// SHA-256 of the contributor's did:key or alias, in hex.
    who: String,
    /// The envelope's bytes, base64.
    entry: String,
}

/// A page of contributions that wait.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UndecidedPage {
    /// Ascending by index.
    undecided: Vec<Undecided>,
    /// What to give as `after` for the next page; null at the end.
    next: Option<u64>,
    /// How many entries of the log this takes in, at least.
    as_of: u64,
}

/// The contributions of a project that wait for their verdict.
#[utoipa::path(
    get, path = "/v1/projects/{project}/undecided", operation_id = "undecided", tag = "Projects",
    params(("project" = String, Path, description = "Event id of its first charter, in hex"), UndecidedQuery),
    responses(
        (status = 200, body = UndecidedPage),
        (status = "4XX", description = "No such project", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn undecided(
    State(app): State<App>,
    Path(project): Path<String>,
    uri: Uri,
) -> Result<Json<UndecidedPage>, Problem> {
    let id = project_id(&project)?;
    let UndecidedQuery { after, limit } = query(&uri)?;
    let limit = super::limit(limit, 100, MAX_LIST)?;
    let page = app
        .blocking(move |app| {
            let as_of = app.attribution.cursor()?;
            view(app, &id)?;
            let found = app.attribution.undecided(&id, after, limit)?;
            let next = found.last().map(|(index, ..)| *index).filter(|_| found.len() == limit);
            let mut undecided = Vec::with_capacity(found.len());
            for (index, id, who) in found {
                let damaged = || StoreError::Damaged { what: "an entry that the totals name", number: index };
                let entry = app.ledger.entry(index)?.ok_or_else(damaged)?;
                let entry = STANDARD.encode(&entry.bytes);
                undecided.push(Undecided { index, id: id.to_string(), who: who.to_string(), entry });
            }
            Ok(UndecidedPage { undecided, next, as_of })
        })
        .await?;
    Ok(Json(page))
}
