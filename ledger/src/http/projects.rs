//! Projects and their rules.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use lebombo_verifier::Hash;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::fold::ProjectView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::problem::{Problem, ProblemBody};
use super::query;
use super::totals::CountView;
use crate::attribute::{MAX_LIST, ProjectTotals};
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

/// The place that a page begins after.
pub(super) fn place(after: Option<String>) -> Result<Option<Hash>, Problem> {
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
pub(super) fn project_id(text: &str) -> Result<Hash, Problem> {
    Hash::from_hex(text).ok_or_else(|| {
        Problem::bad_request(
            "project-id",
            "a project is named by 64 lower-case hex digits, its first charter's event id",
        )
    })
}

pub(super) fn unknown(project: &Hash) -> Problem {
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

pub(super) fn view(app: &Shared, project: &Hash) -> Result<ProjectView, Problem> {
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
