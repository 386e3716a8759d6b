//! What the contributors of a project have.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use lebombo_verifier::event::Party;
use lebombo_verifier::fold::{Amount, AsOf, Count};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::problem::{Problem, ProblemBody};
use super::projects::{place, project_id, view};
use super::{query, snapshots, total_proofs};
use crate::attribute::{MAX_LIST, Totals};

/// A page of totals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TotalsQuery {
    /// `next` of the page before, 64 hex digits; absent: from the start.
    after: Option<String>,
    /// At most so many, 1 to 1,000.
    #[serde(default, deserialize_with = "super::optional")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<u64>,
    /// The totals as of the newest snapshot, named by its size (`/v1/snapshots/latest`): its pages agree with each
    /// other. Absent: as they are now.
    #[serde(default, deserialize_with = "super::optional")]
    snapshot: Option<u64>,
}

/// A number of contributions, and the sum of their quantities.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Amount)]
struct AmountView {
    /// Contributions; of work counted in verdicts, verdicts.
    events: u64,
    /// The sum of their quantities, a decimal number.
    #[schema(example = "120")]
    quantity: String,
}

impl From<Amount> for AmountView {
    fn from(amount: Amount) -> Self {
        Self { events: amount.events, quantity: amount.quantity.to_string() }
    }
}

/// Work of one kind and unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Count)]
pub(super) struct CountView {
    /// Kind of work.
    work: &'static str,
    /// Unit.
    unit: String,
    /// Logged and not withdrawn: pending, accepted and rejected together.
    logged: AmountView,
    /// Undecided.
    pending: AmountView,
    /// Accepted; of what was accepted in part, that part.
    accepted: AmountView,
    /// Rejected; the quantity includes the rest of what was accepted in part.
    rejected: AmountView,
    /// Contributions that were withdrawn.
    withdrawn: u64,
}

impl From<Count> for CountView {
    fn from(count: Count) -> Self {
        Self {
            work: count.work.as_str(),
            unit: count.unit,
            logged: count.tally.logged().into(),
            pending: count.tally.pending.into(),
            accepted: count.tally.accepted.into(),
            rejected: count.tally.rejected.into(),
            withdrawn: count.tally.withdrawn,
        }
    }
}

/// What one contributor has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Totals)]
pub(super) struct TotalsView {
    /// did:key or alias.
    contributor: String,
    /// SHA-256 of `contributor`, in hex.
    who: String,
    /// Their leaf of the project's totals tree; null until something of theirs is accepted or they are enrolled.
    handle: Option<u64>,
    /// Their points, a decimal number.
    #[schema(example = "120")]
    points: String,
    /// Ascending by kind of work and unit.
    counts: Vec<CountView>,
    /// Contributions that count for nothing.
    void: u64,
}

impl From<Totals> for TotalsView {
    fn from(totals: Totals) -> Self {
        let Totals { contributor, counts } = totals;
        Self {
            contributor: contributor.text,
            who: contributor.who.to_string(),
            handle: contributor.handle,
            points: contributor.sums.points.to_string(),
            counts: counts.into_iter().map(CountView::from).collect(),
            void: contributor.sums.void,
        }
    }
}

/// A page of totals.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TotalsPage {
    /// Event id of the project's first charter, in hex.
    project: String,
    /// Ascending by `who`.
    contributors: Vec<TotalsView>,
    /// What to give as `after` for the next page; null at the end. A page may be short, or empty, and not the last.
    next: Option<String>,
    /// How many entries of the log this takes in: of a snapshot exactly those before its mark, otherwise at least these.
    as_of: u64,
    /// Size of the snapshot, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<u64>,
}

/// What the contributors of a project have.
#[utoipa::path(
    get, path = "/v1/projects/{project}/totals", operation_id = "totals", tag = "Projects",
    params(("project" = String, Path, description = "Event id of its first charter, in hex"), TotalsQuery),
    responses(
        (status = 200, body = TotalsPage),
        (status = "4XX", description = "No such project; 410: not the newest snapshot", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn totals(
    State(app): State<App>,
    Path(project): Path<String>,
    uri: Uri,
) -> Result<Json<TotalsPage>, Problem> {
    let id = project_id(&project)?;
    let TotalsQuery { after, limit, snapshot } = query(&uri)?;
    let (after, limit) = (place(after)?, super::limit(limit, 100, MAX_LIST)?);
    let page = app
        .blocking(move |app| {
            let pinned = snapshot.map(|size| snapshots::pinned(app, size)).transpose()?;
            let as_of = match &pinned {
                Some(snapshot) => snapshot.mark.index,
                None => app.attribution.cursor()?,
            };
            view(app, &id)?;
            let when = if pinned.is_some() { AsOf::Mark } else { AsOf::Now };
            let page = app.attribution.totals(&id, after.as_ref(), limit, when)?;
            // The state moves on beside this reading: what was read is of this snapshot only if it is still the newest.
            if let Some(size) = snapshot {
                snapshots::pinned(app, size)?;
            }
            Ok(TotalsPage {
                project: id.to_string(),
                contributors: page.contributors.into_iter().map(TotalsView::from).collect(),
                next: page.next.map(|who| who.to_string()),
                as_of,
                snapshot,
            })
        })
        .await?;
    Ok(Json(page))
}

/// What one contributor of a project has.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TotalsOf {
    /// Event id of the project's first charter, in hex.
    project: String,
    /// How many entries of the log this takes in, at least.
    as_of: u64,
    #[serde(flatten)]
    totals: TotalsView,
}

/// A contributor in a path.
fn party(text: &str) -> Result<Party, Problem> {
    Party::parse(text)
        .ok_or_else(|| Problem::bad_request("contributor", "a contributor is named by a did:key or an alias"))
}

/// Nobody known.
fn stranger() -> Problem {
    Problem::not_found("contributor-unknown", "nothing of this contributor is known in this project")
}

/// As what a contributor's totals are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TotalsOfQuery {
    /// Present, and empty: as a total proof of the newest snapshot (spec/totals.md).
    proof: Option<String>,
    /// With `proof`: the newest snapshot's size; another one is refused.
    #[serde(default, deserialize_with = "super::optional")]
    snapshot: Option<u64>,
}

impl TotalsOfQuery {
    /// Whether it is the proof that is asked for.
    fn wants_proof(&self) -> Result<bool, Problem> {
        match (self.proof.as_deref(), self.snapshot) {
            (None, None) => Ok(false),
            (Some(""), _) => Ok(true),
            _ => Err(Problem::bad_request(
                "malformed-query",
                "proof has no value, and snapshot is the size of the snapshot of a proof",
            )),
        }
    }
}

/// What one contributor of a project has, by did:key or alias, as of now; with `?proof` as of the newest snapshot, as a
/// file that proves it.
#[utoipa::path(
    get, path = "/v1/projects/{project}/totals/{contributor}", operation_id = "totalsOf", tag = "Projects",
    params(
        ("project" = String, Path, description = "Event id of its first charter, in hex"),
        ("contributor" = String, Path, description = "did:key or alias"),
        TotalsOfQuery,
    ),
    responses(
        (status = 200, description = "What they have, or a total proof",
            content((TotalsOf = "application/json"), (String = "text/plain; charset=utf-8"))),
        (status = "4XX", description = "No such project or contributor, or not in a snapshot yet; 410: not the newest \
            snapshot", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn totals_of(
    State(app): State<App>,
    Path((project, contributor)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked: TotalsOfQuery = query(&uri)?;
    let id = project_id(&project)?;
    let party = party(&contributor)?;
    if asked.wants_proof()? {
        return total_proofs::answer(&app, id, party, asked.snapshot).await;
    }
    let body = app
        .blocking(move |app| {
            let as_of = app.attribution.cursor()?;
            view(app, &id)?;
            let totals = app.attribution.totals_of(&id, &party, AsOf::Now)?.ok_or_else(stranger)?;
            Ok(TotalsOf { project: id.to_string(), as_of, totals: totals.into() })
        })
        .await?;
    Ok(Json(body).into_response())
}
