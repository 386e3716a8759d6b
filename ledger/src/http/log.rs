//! The log itself: what it is, whether it is well, and its new checkpoints as they come.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use lebombo_verifier::event::MAX_ENTRY;
use lebombo_verifier::fold::RULES;
use serde::Serialize;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::WatchStream;
use utoipa::ToSchema;

use super::app::{App, overloaded};
use super::config::{MAX_BODY, MAX_LINES};
use super::problem::{Problem, ProblemBody};
use super::tiles::NO_CACHE;
use crate::limit::Rate;

/// A silent stream is told that it is alive this often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How many entries may come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rate)]
struct RateView {
    /// Entries a second, in the long run.
    per_second: u32,
    /// Entries at once, after a pause.
    burst: u32,
}

impl From<Rate> for RateView {
    fn from(rate: Rate) -> Self {
        Self { per_second: rate.per_second.get(), burst: rate.burst.get() }
    }
}

/// Bounds on what is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
struct LimitsView {
    /// Most bytes of an entry.
    entry_bytes: usize,
    /// Most entries of a batch.
    batch_entries: usize,
    /// Most bytes of a batch.
    batch_bytes: usize,
    /// For each signing key; null: no limit.
    per_key: Option<RateView>,
    /// For each address; null: no limit.
    per_address: Option<RateView>,
}

/// What the log is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Log)]
pub(super) struct LogView {
    /// Its name.
    origin: String,
    /// The key that signs its checkpoints (C2SP signed-note).
    vkey: String,
    /// The key that signs its `ledger` and `day` events.
    ledger: String,
    /// Newest rules version that the ledger knows.
    rules: u64,
    /// The log's day; null where its first entry is no valid `ledger` event, or was not folded yet.
    day: Option<String>,
    /// Entries that are committed.
    size: u64,
    /// Size of the latest checkpoint.
    published: u64,
    /// Entries that the totals take in.
    as_of: u64,
    /// `open`: everybody may log; `listed`: events need a signer whose key the operator has listed.
    admission: &'static str,
    /// Bounds on what is sent.
    limits: LimitsView,
}

/// What the log is, and how far it has come.
///
/// Nothing here is proven: whom to trust is for a policy to say.
#[utoipa::path(get, path = "/v1/log", operation_id = "log", tag = "Log", responses((status = 200, body = LogView)))]
pub(super) async fn log(State(app): State<App>) -> Result<Response, Problem> {
    let view = app
        .blocking(|app| {
            let limits = app.config.limits;
            let load = app.ledger.load();
            Ok(LogView {
                origin: app.ledger.origin().to_string(),
                vkey: app.ledger.vkey().to_string(),
                ledger: app.ledger.ledger_key().to_string(),
                rules: RULES,
                day: app.attribution.day()?.map(|day| day.to_string()),
                size: load.committed,
                published: load.published,
                as_of: app.attribution.cursor()?,
                admission: if app.config.listed { "listed" } else { "open" },
                limits: LimitsView {
                    entry_bytes: MAX_ENTRY,
                    batch_entries: MAX_LINES,
                    batch_bytes: MAX_BODY,
                    per_key: limits.per_key.map(RateView::from),
                    per_address: limits.per_address.map(RateView::from),
                },
            })
        })
        .await?;
    Ok(([NO_CACHE], Json(view)).into_response())
}

/// Server-sent events: the size of each new checkpoint.
///
/// The first event tells the present size. Sizes that come faster than they are read are skipped. The event's id is
/// the size, its type `checkpoint`, its data `{"size":n}`.
#[utoipa::path(
    get, path = "/v1/events", operation_id = "events", tag = "Log",
    responses(
        (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
        (status = 503, description = "Too many followers", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn events(State(app): State<App>) -> Result<Response, Problem> {
    let permit = Arc::clone(&app.followers).try_acquire_owned().map_err(|_| overloaded())?;
    let stream = WatchStream::new(app.sizes.clone()).map(move |size| {
        // Held for as long as the stream lives.
        let _permit = &permit;
        Ok::<_, Infallible>(
            Event::default().event("checkpoint").id(size.to_string()).data(format!(r#"{{"size":{size}}}"#)),
        )
    });
    Ok(([NO_CACHE], Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response())
}

/// Whether something is well.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthView {
    /// `ok`
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "Operation",
    responses((status = 200, body = HealthView)))]
pub(super) async fn health() -> Json<HealthView> {
    Json(HealthView { status: "ok" })
}

/// Whether the ledger takes entries.
#[utoipa::path(
    get, path = "/readyz", operation_id = "ready", tag = "Operation",
    responses(
        (status = 200, body = HealthView),
        (status = 503, description = "Stopping, or failed", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn ready(State(app): State<App>) -> Result<Json<HealthView>, Problem> {
    // While the server stops, the sizes have ended.
    if app.ledger.is_running() && app.sizes.has_changed().is_ok() {
        Ok(Json(HealthView { status: "ok" }))
    } else {
        Err(Problem::unavailable("not-ready", "the ledger takes no entries: it is stopping, or has failed"))
    }
}

/// The description of this API.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "Operation",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value, content_type = "application/json")))]
pub(super) async fn openapi(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, "application/json"), NO_CACHE], app.openapi.clone()).into_response()
}
