//! Reading the log as C2SP tlog-tiles and tlog-checkpoint say.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, Uri};
use axum::response::{IntoResponse, Response};
use lebombo_verifier::Code;
use lebombo_verifier::tile::{BundlePath, TilePath};

use super::app::App;
use super::guard::Held;
use super::problem::{Problem, ProblemBody};

/// What is served under `/tile/` never changes.
pub(super) const IMMUTABLE: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=31536000, immutable");
/// Caches ask each time.
pub(super) const NO_CACHE: (HeaderName, &str) = (CACHE_CONTROL, "no-cache");

const OCTETS: (HeaderName, &str) = (CONTENT_TYPE, "application/octet-stream");

/// Marks answers that compression can not make smaller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Incompressible;

/// The latest checkpoint (C2SP tlog-checkpoint).
#[utoipa::path(
    get, path = "/checkpoint", operation_id = "checkpoint", tag = "Tiles",
    responses((status = 200, description = "A signed note", body = String, content_type = "text/plain; charset=utf-8")),
)]
pub(super) async fn checkpoint(State(app): State<App>) -> Response {
    let note = axum::body::Bytes::from_owner(app.ledger.checkpoint().note().clone());
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), NO_CACHE], note).into_response()
}

/// A tile of hashes (C2SP tlog-tiles).
///
/// `number` is written in groups of three digits, all but the last with an `x` before (`x001/x234/067`); `.p/<W>` after
/// it asks for the first W hashes only, 1 to 255.
#[utoipa::path(
    get, path = "/tile/{level}/{number}", operation_id = "tile", tag = "Tiles",
    params(
        ("level" = u8, Path, description = "0 to 63", maximum = 63),
        ("number" = String, Path, example = "x001/234", description = "`x001/234`, or `x001/234.p/7`"),
    ),
    responses(
        (status = 200, description = "Up to 256 hashes of 32 bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "The latest checkpoint does not cover it", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn tile(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let path = TilePath::parse(path).map_err(|error| Problem::not_found(error.code(), error.to_string()))?;
    let tile =
        app.blocking(move |app| Ok(app.ledger.tile(path.level(), path.number(), path.width())?)).await?;
    let mut response = ([OCTETS, IMMUTABLE], tile.ok_or_else(not_covered)?).into_response();
    response.extensions_mut().insert(Incompressible);
    Ok(response)
}

/// An entry bundle (C2SP tlog-tiles).
///
/// Up to 256 entries, each with its length before it as a 16-bit big-endian number. `number` is written as for tiles.
#[utoipa::path(
    get, path = "/tile/entries/{number}", operation_id = "entryBundle", tag = "Tiles",
    params(("number" = String, Path, example = "x001/234", description = "`x001/234`, or `x001/234.p/7`")),
    responses(
        (status = 200, description = "Up to 256 entries", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, description = "The latest checkpoint does not cover it", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn bundle(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let path =
        BundlePath::parse(path).map_err(|error| Problem::not_found(error.code(), error.to_string()))?;
    let bundle = app.blocking(move |app| Ok(app.ledger.bundle(path.number(), path.width())?)).await?;
    let bundle = bundle.ok_or_else(not_covered)?;
    let room = app.reserve(bundle.len())?;
    Ok(([OCTETS, IMMUTABLE], Held::body(Body::from(bundle), room)).into_response())
}

fn not_covered() -> Problem {
    Problem::not_found("tile-not-found", "the latest checkpoint does not cover it")
}
