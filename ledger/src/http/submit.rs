//! `POST /v1/entries` and `POST /v1/entries/check`.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::Request};
use lebombo_verifier::Code;
use lebombo_verifier::fold::{Effect, Void};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::body::{self, Format, NDJSON, Whole};
use super::guard::{Peer, client_address};
use super::problem::{Problem, ProblemBody, seconds};
use super::query;
use crate::admit::{Admitted, Purpose, Refused};
use crate::sequence::Logged;

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(super) enum EntryAnswer {
    /// It was added to the log, synced.
    Logged {
        /// Its index in the log.
        index: u64,
        /// Its event id, in hex.
        id: String,
        /// With `?wait`: the size of a published checkpoint that covers it. Absent where there was none in time.
        #[serde(skip_serializing_if = "Option::is_none")]
        published: Option<u64>,
    },
    /// It was in the log already, or earlier in the batch.
    Duplicate {
        /// The index of the first.
        index: u64,
        /// Its event id, in hex.
        id: String,
        /// As for `logged`.
        #[serde(skip_serializing_if = "Option::is_none")]
        published: Option<u64>,
    },
    /// It is not in the log.
    Refused {
        /// The check that failed.
        code: &'static str,
        /// What happened.
        message: String,
        /// Where the code is `rate-limited`: seconds after which there is allowance again.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
}

/// What would become of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "standing", rename_all = "lowercase")]
pub(super) enum CheckAnswer {
    /// It would be logged and have this effect.
    Fresh {
        /// Its event id, in hex.
        id: String,
        /// What it would do (spec/fold.md).
        effect: &'static str,
        /// Of a review: for each event of its `about`, in order, `ok` or why the verdict on it would have no effect.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        verdicts: Vec<&'static str>,
    },
    /// It is in the log, or comes earlier in the batch.
    Duplicate {
        /// Its event id, in hex.
        id: String,
        /// The index of the first, where it is in the log.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<u64>,
    },
    /// It would be refused, or logged and count for nothing.
    Void {
        /// Its event id, in hex, where it is an event.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The check of admission that fails or the rule of the fold that it breaks.
        code: String,
        /// The same in words.
        message: String,
        /// Whether it would be logged all the same.
        logged: bool,
    },
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WaitQuery {
    /// Answer when a published checkpoint covers the entries, or after so many seconds; empty: as long as the ledger
    /// waits at most.
    #[param(value_type = Option<u64>, allow_reserved, example = 10)]
    wait: Option<String>,
}

impl WaitQuery {
    /// How long to wait; `None` is not at all.
    fn bound(&self, most: Duration) -> Result<Option<Duration>, Problem> {
        match self.wait.as_deref() {
            None => Ok(None),
            Some("") => Ok(Some(most)),
            Some(text) => match super::decimal(text).map(Duration::from_secs) {
                Some(wait) => Ok(Some(wait.min(most))),
                None => Err(Problem::bad_request("malformed-query", "wait is a number of seconds, or empty")),
            },
        }
    }
}

/// The entries of a request.
struct Sent {
    format: Format,
    /// Those that the address has allowance for: the first.
    entries: Vec<Vec<u8>>,
    /// How many came after them, and why none of these goes on.
    put_off: Option<(usize, Refused)>,
    /// Memory that the request takes.
    _room: tokio::sync::OwnedSemaphorePermit,
}

async fn receive(app: &App, peer: Peer, request: Request, purpose: Purpose) -> Result<Sent, Problem> {
    let (parts, body) = request.into_parts();
    let format = body::format(&parts.headers)?;
    let from = client_address(peer, &parts.headers, &app.config.trusted_proxies);
    let Whole { bytes, room } = read(app, &parts, body).await?;
    let mut entries: Vec<Vec<u8>> = match format {
        // Editors and shells end a file with a line feed.
        Format::One => vec![bytes.strip_suffix(b"\n").map_or(bytes.clone(), <[u8]>::to_vec)],
        Format::Lines => body::lines(&bytes)?.into_iter().map(<[u8]>::to_vec).collect(),
    };
    let granted = app.ledger.allow_address(from, purpose, entries.len());
    let more = entries.len() - granted.entries.min(entries.len());
    let refused = Refused::RateLimited { retry_after: granted.retry_after };
    if more == entries.len() {
        return Err(refused.into());
    }
    entries.truncate(granted.entries);
    Ok(Sent { format, entries, put_off: (more > 0).then_some((more, refused)), _room: room })
}

async fn read(app: &App, parts: &Parts, body: Body) -> Result<Whole, Problem> {
    let whole = body::read(app, parts, body).await?;
    if whole.bytes.is_empty() {
        return Err(Problem::bad_request("body-empty", "the request has no body"));
    }
    Ok(whole)
}

/// Admission costs processor time: as many batches at once as there are cores, on threads of their own.
async fn admit(
    app: &App,
    entries: Vec<Vec<u8>>,
    purpose: Purpose,
) -> Result<Vec<Result<Admitted, Refused>>, Problem> {
    // The semaphore is never closed.
    let _turn = app.checks.acquire().await;
    app.blocking(move |app| {
        Ok(match purpose {
            Purpose::Log => app.ledger.admit_many(entries),
            Purpose::Check => app.ledger.check_many(entries),
        })
    })
    .await
}

/// Log one envelope, or a batch of up to 4,096.
///
/// A batch is answered line by line, in order; a line that is refused does not stop the others. Sending an entry again
/// is always safe: it is answered `duplicate`, with the index of the first.
#[utoipa::path(
    post, path = "/v1/entries", operation_id = "submitEntries", tag = "Log", params(WaitQuery),
    request_body(
        description = "One DSSE envelope, or one a line; at most 8 MiB",
        content((serde_json::Value = "application/vnd.dsse.envelope.v1+json"), (serde_json::Value = "application/json"),
            (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "One answer for an envelope, or one a line for a batch",
            content((EntryAnswer = "application/json"), (EntryAnswer = "application/x-ndjson"))),
        (status = "4XX", description = "Refused", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn submit(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    uri: Uri,
    request: Request,
) -> Result<Response, Problem> {
    let wait = query::<WaitQuery>(&uri)?.bound(app.config.wait_timeout)?;
    let sent = receive(&app, peer, request, Purpose::Log).await?;
    let mut answers = Vec::with_capacity(sent.entries.len());
    let mut admitted = Vec::with_capacity(sent.entries.len());
    for result in admit(&app, sent.entries, Purpose::Log).await? {
        match result {
            Ok(entry) => {
                admitted.push(entry);
                answers.push(None);
            }
            Err(refused) if sent.format == Format::One => {
                app.metrics.entries(0, 0, 1);
                return Err(refused.into());
            }
            Err(refused) => answers.push(Some(refusal(&refused))),
        }
    }
    if let Some((more, refused)) = sent.put_off {
        answers.extend(std::iter::repeat_n(Some(refusal(&refused)), more));
    }
    let logged = app.ledger.submit_many(admitted).await?;
    let duplicates = logged.iter().filter(|logged| logged.duplicate).count();
    app.metrics.entries(logged.len() - duplicates, duplicates, answers.len() - logged.len());
    let published = match wait {
        Some(wait) => Some(published(&app, &logged, wait).await),
        None => None,
    };
    let mut logged = logged.into_iter().map(|logged| answer(logged, published));
    let answers = answers.into_iter().filter_map(|refused| refused.or_else(|| logged.next()));
    match sent.format {
        Format::One => Ok(Json(answers.into_iter().next()).into_response()),
        Format::Lines => Ok(([(CONTENT_TYPE, NDJSON)], body::to_ndjson(answers)?).into_response()),
    }
}

/// The size of the latest checkpoint, once it covers all of `logged` or the time is over.
async fn published(app: &Shared, logged: &[Logged], wait: Duration) -> u64 {
    if let Some(last) = logged.iter().map(|logged| logged.index).max() {
        // Neither a time-out nor a stop changes that they are logged: the answer says how far publishing is.
        let _ = timeout(wait, app.ledger.wait_published(last)).await;
    }
    app.ledger.checkpoint().size()
}

fn answer(logged: Logged, published: Option<u64>) -> EntryAnswer {
    let Logged { index, id, duplicate } = logged;
    let (id, published) = (id.to_string(), published.filter(|size| index < *size));
    if duplicate {
        EntryAnswer::Duplicate { index, id, published }
    } else {
        EntryAnswer::Logged { index, id, published }
    }
}

fn refusal(refused: &Refused) -> EntryAnswer {
    let retry_after = match refused {
        Refused::RateLimited { retry_after } => Some(seconds(*retry_after)),
        _ => None,
    };
    EntryAnswer::Refused { code: refused.code(), message: refused.to_string(), retry_after }
}

/// What would become of entries, without logging them.
///
/// The answer holds for the log as it is now, and for the entries in this order. An address has an allowance for checks,
/// as large as that for entries and apart from it.
#[utoipa::path(
    post, path = "/v1/entries/check", operation_id = "checkEntries", tag = "Log",
    request_body(
        description = "As for submitEntries",
        content((serde_json::Value = "application/vnd.dsse.envelope.v1+json"), (serde_json::Value = "application/json"),
            (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "One answer for an envelope, or one a line for a batch",
            content((CheckAnswer = "application/json"), (CheckAnswer = "application/x-ndjson"))),
        (status = "4XX", description = "Refused", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn check(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Problem> {
    let sent = receive(&app, peer, request, Purpose::Check).await?;
    let mut results = admit(&app, sent.entries, Purpose::Check).await?;
    if let Some((more, refused)) = sent.put_off {
        results.extend(std::iter::repeat_n(Err(refused), more));
    }
    let answers = app.blocking(move |app| foresee(app, &results)).await?;
    match sent.format {
        Format::One => Ok(Json(answers.into_iter().next()).into_response()),
        Format::Lines => Ok(([(CONTENT_TYPE, NDJSON)], body::to_ndjson(answers)?).into_response()),
    }
}

fn foresee(app: &Shared, results: &[Result<Admitted, Refused>]) -> Result<Vec<CheckAnswer>, Problem> {
    let mut fresh = Vec::new();
    let mut answers = Vec::with_capacity(results.len());
    for result in results {
        answers.push(match result {
            Err(refused) => Some(CheckAnswer::Void {
                id: None,
                code: refused.code().to_owned(),
                message: refused.to_string(),
                logged: false,
            }),
            Ok(entry) => match app.ledger.index_of(&entry.id())? {
                Some(index) => {
                    Some(CheckAnswer::Duplicate { id: entry.id().to_string(), index: Some(index) })
                }
                None => {
                    fresh.push(entry);
                    None
                }
            },
        });
    }
    let effects = app.attribution.foresee(fresh.iter().map(|entry| &**entry.event()))?;
    let mut foreseen =
        fresh.iter().zip(effects).map(|(entry, effect)| foreseen(entry.id().to_string(), &effect));
    Ok(answers.into_iter().filter_map(|answer| answer.or_else(|| foreseen.next())).collect())
}

fn foreseen(id: String, effect: &Effect) -> CheckAnswer {
    match effect {
        Effect::Void(Void::Repeated) => CheckAnswer::Duplicate { id, index: None },
        Effect::Void(void) => CheckAnswer::Void {
            id: Some(id),
            code: void.code().to_owned(),
            message: void.to_string(),
            logged: true,
        },
        Effect::NeedsRules(version) => CheckAnswer::Void {
            id: Some(id),
            code: effect.as_str().to_owned(),
            message: format!(
                "the log goes on under rules version {version}, which this ledger does not know"
            ),
            logged: true,
        },
        effect => CheckAnswer::Fresh { id, effect: effect.as_str(), verdicts: verdicts(effect) },
    }
}

/// What each verdict of a review would come to.
fn verdicts(effect: &Effect) -> Vec<&'static str> {
    match effect {
        Effect::Reviewed { subjects, .. } => {
            subjects.iter().map(|fault| fault.map_or("ok", |fault| fault.code())).collect()
        }
        _ => Vec::new(),
    }
}
