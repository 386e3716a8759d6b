//! Snapshots, their checkpoints, and the cosignatures that auditors add to these.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lebombo_verifier::Code;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::{Body, Payload};
use serde::Serialize;
use utoipa::ToSchema;

use super::app::{App, Shared};
use super::body::{self, Whole};
use super::problem::{Problem, ProblemBody};
use super::tiles::NO_CACHE;
use crate::attribute::Snapshot;
use crate::cosign::CosignError;
use crate::store::StoreError;

/// Most bytes of the cosignatures of one request: a few of the largest kind.
const MAX_LINES_BYTES: usize = 16 << 10;

/// A snapshot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Snapshot)]
pub(super) struct SnapshotBody {
    /// Size of the checkpoint whose last entry it is.
    size: u64,
    /// Index of the entry, one less.
    index: u64,
    /// Its event id, in hex.
    id: String,
    /// Event id of the mark whose totals it states, in hex.
    mark: String,
    /// The log's day as of that mark.
    day: String,
    /// Root of the tree of projects (spec/totals.md), in hex.
    root: String,
    /// Its leaves.
    projects: u64,
    /// Event id of the snapshot before it, in hex; absent in the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

/// The newest snapshot: the one whose totals are served.
#[utoipa::path(
    get, path = "/v1/snapshots/latest", operation_id = "latestSnapshot", tag = "Snapshots",
    responses(
        (status = 200, body = SnapshotBody),
        (status = 404, description = "There is none yet", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "It is being made", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn latest(State(app): State<App>) -> Result<Response, Problem> {
    let snapshot = app.blocking(newest).await?;
    Ok(([NO_CACHE], Json(snapshot)).into_response())
}

fn pending() -> Problem {
    Problem::unavailable("snapshot-pending", "the next snapshot is being made; try again in a second")
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
        None if size < app.ledger.size() => Err(pending()),
        _ => Err(Problem::not_found("snapshot-unknown", format!("there is no snapshot of size {size}"))),
    }
}

fn newest(app: &Shared) -> Result<SnapshotBody, Problem> {
    let Some(snapshot) = app.attribution.snapshot()? else {
        return Err(if app.attribution.mark()?.is_some() {
            pending()
        } else {
            Problem::not_found("snapshot-none", "there is no snapshot yet: nothing has been counted")
        });
    };
    let (size, index) = (snapshot.size(), snapshot.snapshot.index);
    if app.ledger.kept_checkpoint(size)?.is_none() {
        return Err(pending());
    }
    let damaged = || StoreError::Damaged { what: "a snapshot that the totals name", number: index };
    let entry = app.ledger.entry(index)?.ok_or_else(damaged)?;
    let payload = Envelope::parse(&entry.bytes).and_then(|envelope| Payload::parse(&envelope.payload));
    let Ok(Payload { body: Body::Snapshot(body), date, .. }) = payload else { return Err(damaged().into()) };
    Ok(SnapshotBody {
        size,
        index,
        id: entry.id.to_string(),
        mark: body.mark.to_string(),
        day: date.to_string(),
        root: body.root.to_string(),
        projects: body.projects,
        previous: body.previous.map(|id| id.to_string()),
    })
}

/// The size in a path.
fn size(text: &str) -> Result<u64, Problem> {
    super::decimal(text).ok_or_else(|| {
        let detail = "a snapshot is named by the size of its checkpoint, in decimal without leading zeros";
        Problem::bad_request("snapshot-size", detail)
    })
}

fn note(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), NO_CACHE], bytes).into_response()
}

/// The checkpoint whose last entry is a snapshot, with the cosignatures added so far.
#[utoipa::path(
    get, path = "/v1/snapshots/{size}/checkpoint", operation_id = "snapshotCheckpoint", tag = "Snapshots",
    params(("size" = u64, Path, description = "Its size")),
    responses(
        (status = 200, description = "A signed note", body = String, content_type = "text/plain; charset=utf-8"),
        (status = "4XX", description = "No snapshot has that size", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn checkpoint(
    State(app): State<App>,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let size = size(&text)?;
    let kept = app.blocking(move |app| Ok(app.ledger.kept_checkpoint(size)?)).await?;
    kept.map(note).ok_or_else(|| CosignError::SnapshotUnknown { size }.into())
}

/// Add cosignatures of auditors to the checkpoint of a snapshot.
///
/// The operator names the auditors. All of the lines are added or none; of one auditor the latest line is kept.
#[utoipa::path(
    post, path = "/v1/snapshots/{size}/cosignatures", operation_id = "cosignSnapshot", tag = "Snapshots",
    params(("size" = u64, Path, description = "Size of the checkpoint")),
    request_body(content = String, description = "Signature lines of a note, one of each auditor; at most 16 KiB",
        content_type = "text/plain"),
    responses(
        (status = 200, description = "The note, with all that were added", body = String,
            content_type = "text/plain; charset=utf-8"),
        (status = "4XX", description = "Not added", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn cosign(
    State(app): State<App>,
    Path(text): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let size = size(&text)?;
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("text/plain") {
        let detail = "send signature lines of a note as text/plain";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", detail));
    }
    let Whole { bytes, room } = body::read_at_most(&app, &parts, body, MAX_LINES_BYTES).await?;
    if bytes.is_empty() {
        return Err(Problem::bad_request("body-empty", "the request has no body"));
    }
    // Signatures are checked, at most one for each auditor. The semaphore is never closed.
    let _turn = app.checks.acquire().await;
    let cosigned = app
        .blocking(move |app| {
            let _room = room;
            Ok(app.ledger.cosign(size, &bytes)?)
        })
        .await?;
    Ok(note(cosigned))
}

impl From<CosignError> for Problem {
    fn from(error: CosignError) -> Self {
        let status = match &error {
            CosignError::NoAuditors | CosignError::AuditorUnknown { .. } => StatusCode::FORBIDDEN,
            CosignError::SnapshotUnknown { .. } => StatusCode::NOT_FOUND,
            CosignError::Lines(_)
            | CosignError::EmptyLine
            | CosignError::Repeated { .. }
            | CosignError::Invalid { .. } => StatusCode::BAD_REQUEST,
            CosignError::Damaged(_) | CosignError::Store(_) => return Self::internal(&error),
        };
        Self::new(status, error.code(), error.to_string())
    }
}
