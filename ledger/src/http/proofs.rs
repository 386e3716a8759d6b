//! Receipts and proofs.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use lebombo_verifier::Hash;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::app::{App, Shared};
use super::body::{self, Format, NDJSON};
use super::entries::Key;
use super::problem::{Problem, ProblemBody};
use super::query;
use super::tiles::{IMMUTABLE, NO_CACHE};

/// The receipt of an entry: a C2SP tlog-proof under the latest checkpoint, with the entry in its `extra` line.
#[utoipa::path(
    get, path = "/v1/entries/{key}/receipt", operation_id = "receipt", tag = "Proofs",
    params(("key" = String, Path, description = "Index in decimal, or event id in hex")),
    responses(
        (status = 200, description = "A receipt", body = String, content_type = "text/plain; charset=utf-8"),
        (status = "4XX", description = "Not there, or not published yet", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn receipt(State(app): State<App>, Path(key): Path<String>) -> Result<Response, Problem> {
    let key = Key::parse(&key)?;
    let receipt = app.blocking(move |app| Ok(app.ledger.receipt(key.index(app)?)?)).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), NO_CACHE], receipt).into_response())
}

/// One line of the answer to a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ReceiptLine {
    /// The first line.
    Checkpoint {
        /// The signed note that all proofs of the answer are for.
        checkpoint: String,
    },
    /// A proof.
    Included {
        /// Its event id, in hex.
        id: String,
        /// Its index in the log.
        index: u64,
        /// Hashes from the leaf up, base64 (RFC 9162 §2.1.3).
        proof: Vec<String>,
    },
    /// None, or not yet.
    Refused {
        /// The event id that was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The index that was asked for, or that the event id has.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<u64>,
        /// `refused`
        status: &'static str,
        /// Why.
        code: &'static str,
        /// Why, in words.
        message: String,
    },
}

/// Proofs of up to 4,096 entries under one checkpoint, the latest.
///
/// Each line of the request is an event id (a JSON string) or an index (a JSON integer); lines are answered in order,
/// after a first line with the checkpoint.
#[utoipa::path(
    post, path = "/v1/receipts", operation_id = "receipts", tag = "Proofs",
    request_body(description = "Event ids and indices, one a line", content((String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "A line with the checkpoint, then a line for each line",
            body = ReceiptLine, content_type = "application/x-ndjson"),
        (status = "4XX", description = "Refused", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn receipts(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if body::format(&parts.headers)? != Format::Lines {
        let detail = format!("send event ids and indices, one a line, as {NDJSON}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", detail));
    }
    let whole = body::read(&app, &parts, body).await?;
    let answer = app.blocking(move |app| prove(app, &body::lines(&whole.bytes)?)).await?;
    Ok(([(CONTENT_TYPE, NDJSON)], answer).into_response())
}

/// What a line asks for.
enum Asked {
    Entry(Hash, u64),
    Refused { id: Option<Hash>, index: Option<u64>, problem: Problem },
}

fn prove(app: &Shared, lines: &[&[u8]]) -> Result<Vec<u8>, Problem> {
    let size = app.ledger.checkpoint().size();
    let asked = lines.iter().map(|line| asked(app, line, size)).collect::<Result<Vec<_>, Problem>>()?;
    let index_of = |asked: &Asked| match asked {
        Asked::Entry(_, index) => Some(*index),
        Asked::Refused { .. } => None,
    };
    // In order of the log each proof shares most of its path with the one before.
    let mut indices: Vec<u64> = asked.iter().filter_map(index_of).collect();
    indices.sort_unstable();
    indices.dedup();
    let receipts = app.ledger.receipts(&indices)?;
    let mut out = Vec::new();
    // A note is UTF-8 by its definition.
    let checkpoint = String::from_utf8_lossy(receipts.checkpoint.note()).into_owned();
    body::append_line(&mut out, &ReceiptLine::Checkpoint { checkpoint })?;
    for asked in asked {
        let line = match asked {
            Asked::Entry(id, index) => {
                let found = receipts.proofs.binary_search_by_key(&index, |proof| proof.index);
                let hashes = found.ok().and_then(|at| receipts.proofs.get(at)).map(|proof| &proof.hashes);
                let proof = hashes.into_iter().flatten().map(Hash::to_base64).collect();
                ReceiptLine::Included { id: id.to_string(), index, proof }
            }
            Asked::Refused { id, index, problem } => ReceiptLine::Refused {
                id: id.map(|id| id.to_string()),
                index,
                status: "refused",
                code: problem.code(),
                message: problem.detail().to_owned(),
            },
        };
        body::append_line(&mut out, &line)?;
    }
    Ok(out)
}

fn asked(app: &Shared, line: &[u8], size: u64) -> Result<Asked, Problem> {
    // What JSON allows around a text is no part of a line.
    let space = |byte: Option<&u8>| byte.is_some_and(|byte| b" \t\r".contains(byte));
    let key = match serde_json::from_slice(line) {
        _ if space(line.first()) || space(line.last()) => None,
        Ok(Value::String(text)) => Hash::from_hex(&text).map(Key::Id),
        Ok(Value::Number(number)) => number.as_u64().filter(|index| *index < 1 << 53).map(Key::Index),
        _ => None,
    };
    let Some(key) = key else {
        let problem = Problem::bad_request(
            "entry-key",
            "a line is an event id (64 lower-case hex digits as a JSON string) or an index (a JSON integer below 2^53), \
             without spaces or CR",
        );
        return Ok(Asked::Refused { id: None, index: None, problem });
    };
    let (id, index) = match key {
        Key::Id(id) => (Some(id), app.ledger.index_of(&id)?),
        Key::Index(index) => (app.ledger.entry(index)?.map(|entry| entry.id), Some(index)),
    };
    match (id, index) {
        (Some(id), Some(index)) if index < size => Ok(Asked::Entry(id, index)),
        (Some(_), Some(_)) => {
            let problem = Problem::not_found("not-published", format!("no checkpoint covers {key} yet"));
            Ok(Asked::Refused { id, index, problem })
        }
        _ => {
            let problem = Problem::not_found("entry-unknown", format!("{key} is not in this log"));
            Ok(Asked::Refused { id, index, problem })
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConsistencyQuery {
    /// The smaller size.
    #[serde(deserialize_with = "super::required")]
    from: u64,
    /// The larger size, at most that of the latest checkpoint.
    #[serde(deserialize_with = "super::required")]
    to: u64,
}

/// A consistency proof.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consistency)]
pub(super) struct ConsistencyView {
    /// The smaller size.
    from: u64,
    /// The larger size.
    to: u64,
    /// Hashes, base64 (RFC 9162 §2.1.4); none from size 0 and between equal sizes.
    proof: Vec<String>,
}

/// The proof that the log of size `to` extends the one of size `from`.
#[utoipa::path(
    get, path = "/v1/proofs/consistency", operation_id = "consistency", tag = "Proofs", params(ConsistencyQuery),
    responses(
        (status = 200, body = ConsistencyView),
        (status = "4XX", description = "No such sizes", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn consistency(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    let ConsistencyQuery { from, to } = query(&uri)?;
    let hashes = app.blocking(move |app| Ok(app.ledger.consistency(from, to)?)).await?;
    let proof = hashes.iter().map(Hash::to_base64).collect();
    // What is proven does not change: both trees are published.
    Ok(([IMMUTABLE], Json(ConsistencyView { from, to, proof })).into_response())
}
