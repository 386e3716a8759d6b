//! Projects and the counts of their contributors.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::Hash;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::Party;
use lebombo_verifier::fold::{Amount, AsOf, Count, ProjectView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::problem::{Problem, ProblemBody};
use super::{query, total_proofs};
use crate::attribute::{MAX_LIST, ProjectTotals, Snapshot, Totals};
use crate::store::StoreError;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// `next` of the page before, 64 hex digits; absent: from the start.
    after: Option<String>,
    /// At most so many, 1 to 1,000.
    #[serde(default, deserialize_with = "super::optional")]
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<u64>,
}

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

/// The place that a page begins after.
fn place(after: Option<String>) -> Result<Option<Hash>, Problem> {
    let malformed = || Problem::bad_request("malformed-query", "after is 64 lower-case hex digits");
    after.map(|text| Hash::from_hex(&text).ok_or_else(malformed)).transpose()
}

impl PageQuery {
    fn read(uri: &Uri) -> Result<(Option<Hash>, usize), Problem> {
        let Self { after, limit } = query(uri)?;
        Ok((place(after)?, super::limit(limit, 100, MAX_LIST)?))
    }
}

/// The id of a project in a path.
fn project_id(text: &str) -> Result<Hash, Problem> {
    Hash::from_hex(text).ok_or_else(|| {
        Problem::bad_request(
            "project-id",
            "a project is named by 64 lower-case hex digits, its first charter's event id",
        )
    })
}

fn unknown(project: &Hash) -> Problem {
    Problem::not_found("project-unknown", format!("{project} is not a project of this log"))
}

/// A project, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectLine {
    /// Event id of its first charter, in hex.
    project: String,
    /// The name that its charter gives it. Names prove nothing.
    name: String,
    /// Event id of the charter in force, in hex.
    charter: String,
}

/// A page of projects.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectsPage {
    /// Ascending by id.
    projects: Vec<ProjectLine>,
    /// What to give as `after` for the next page; null at the end.
    next: Option<String>,
    /// How many entries of the log this takes in.
    as_of: u64,
}

/// The projects of the log.
#[utoipa::path(
    get, path = "/v1/projects", operation_id = "projects", tag = "Projects", params(PageQuery),
    responses(
        (status = 200, body = ProjectsPage),
        (status = "4XX", description = "Malformed query", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn projects(State(app): State<App>, uri: Uri) -> Result<Json<ProjectsPage>, Problem> {
    let (after, limit) = PageQuery::read(&uri)?;
    let page = app
        .blocking(move |app| {
            let as_of = app.attribution.cursor()?;
            let ids = app.attribution.projects(after.as_ref(), limit)?;
            let next = next(&ids, limit, |id| *id, |last| Ok(app.attribution.projects(Some(last), 1)?))?;
            let mut projects = Vec::with_capacity(ids.len());
            for id in ids {
                let ProjectView { project, charter, rules, .. } = view(app, &id)?;
                let name = rules.name.as_str().to_owned();
                projects.push(ProjectLine {
                    project: project.to_string(),
                    name,
                    charter: charter.to_string(),
                });
            }
            Ok(ProjectsPage { projects, next, as_of })
        })
        .await?;
    Ok(Json(page))
}

/// A charter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Charter)]
struct CharterView {
    /// Its event id, in hex.
    id: String,
    /// Day of the log from which it is in force; absent where it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The body of the event (spec/event.md).
    body: Value,
}

/// A project as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub(super) struct ProjectBody {
    /// Event id of its first charter, in hex.
    project: String,
    /// The charter in force.
    charter: CharterView,
    /// An amendment that waits, or null.
    pending: Option<CharterView>,
    /// Contributors with a handle.
    contributors: u64,
    /// All of their points, a decimal number.
    #[schema(example = "20937")]
    points: String,
    /// All work, ascending by kind and unit.
    counts: Vec<CountView>,
    /// How many entries of the log this takes in.
    as_of: u64,
}

/// A project: the charter in force and the amendment that waits.
#[utoipa::path(
    get, path = "/v1/projects/{project}", operation_id = "project", tag = "Projects",
    params(("project" = String, Path, description = "Event id of its first charter, in hex")),
    responses(
        (status = 200, body = ProjectBody),
        (status = "4XX", description = "No such project", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn project(
    State(app): State<App>,
    Path(project): Path<String>,
) -> Result<Json<ProjectBody>, Problem> {
    let id = project_id(&project)?;
    let body = app
        .blocking(move |app| {
            let as_of = app.attribution.cursor()?;
            let ProjectTotals { view, counts } =
                app.attribution.project_totals(&id)?.ok_or_else(|| unknown(&id))?;
            let pending =
                view.pending.map(|(id, from)| charter(app, &id, Some(from.to_string()))).transpose()?;
            Ok(ProjectBody {
                project: id.to_string(),
                charter: charter(app, &view.charter, None)?,
                pending,
                contributors: view.contributors,
                points: view.points.to_string(),
                counts: counts.into_iter().map(CountView::from).collect(),
                as_of,
            })
        })
        .await?;
    Ok(Json(body))
}

fn view(app: &Shared, project: &Hash) -> Result<ProjectView, Problem> {
    app.attribution.project(project)?.ok_or_else(|| unknown(project))
}

/// The body of a charter as it was signed.
fn charter(app: &Shared, id: &Hash, from: Option<String>) -> Result<CharterView, Problem> {
    let damaged = |number| StoreError::Damaged { what: "a charter that the totals name", number };
    let index = app.ledger.index_of(id)?.ok_or_else(|| damaged(0))?;
    let entry = app.ledger.entry(index)?.ok_or_else(|| damaged(index))?;
    let envelope = Envelope::parse(&entry.bytes).map_err(|_| damaged(index))?;
    let payload: Value = serde_json::from_slice(&envelope.payload).map_err(|_| damaged(index))?;
    Ok(CharterView { id: id.to_string(), from, body: payload.get("body").cloned().unwrap_or_default() })
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
struct CountView {
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
            let pinned = snapshot.map(|size| pinned(app, size)).transpose()?;
            let as_of = match &pinned {
                Some(snapshot) => snapshot.mark.index,
                None => app.attribution.cursor()?,
            };
            view(app, &id)?;
            let when = if pinned.is_some() { AsOf::Mark } else { AsOf::Now };
            let page = app.attribution.totals(&id, after.as_ref(), limit, when)?;
            // The state moves on beside this reading: what was read is of this snapshot only if it is still the newest.
            if let Some(size) = snapshot {
                self::pinned(app, size)?;
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

/// The newest snapshot, if it is the one of this size.
pub(super) fn pinned(app: &Shared, size: u64) -> Result<Snapshot, Problem> {
    let newest = app.attribution.snapshot()?;
    match newest {
        Some(snapshot) if snapshot.size() == size => Ok(snapshot),
        Some(snapshot) if snapshot.size() > size => Err(Problem::new(
            StatusCode::GONE,
            "snapshot-gone",
            format!(
                "totals are kept as of the newest snapshot, which is of size {}: begin again with that one",
                snapshot.size()
            ),
        )),
        // Between a mark and its snapshot.
        None if size < app.ledger.size() => Err(Problem::unavailable(
            "snapshot-pending",
            "the next snapshot is being made; try again in a second",
        )),
        _ => Err(Problem::not_found("snapshot-unknown", format!("there is no snapshot of size {size}"))),
    }
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
pub(super) fn party(text: &str) -> Result<Party, Problem> {
    Party::parse(text)
        .ok_or_else(|| Problem::bad_request("contributor", "a contributor is named by a did:key or an alias"))
}

/// Nobody known.
pub(super) fn stranger() -> Problem {
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

/// Where the next page starts; a page that is not full is the last, and so is one that nothing follows.
fn next<T>(
    page: &[T],
    limit: usize,
    id: impl Fn(&T) -> Hash,
    more: impl Fn(&Hash) -> Result<Vec<T>, Problem>,
) -> Result<Option<String>, Problem> {
    let Some(last) = page.last().filter(|_| page.len() == limit).map(id) else {
        return Ok(None);
    };
    Ok(if more(&last)?.is_empty() { None } else { Some(last.to_string()) })
}
