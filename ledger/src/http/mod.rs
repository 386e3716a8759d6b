//! The HTTP API (spec/api.md): C2SP tlog-tiles at the root, everything else under `/v1/`.
//!
//! - Nothing here decides anything about an entry: admission, sequencing and the fold do.
//! - Whatever blocks or computes runs on blocking threads (`app::App::blocking`).
//! - Every error is a problem document (`problem::Problem`).
//! - Everything that a peer can make large, many or slow has a bound ([`HttpConfig`]).

mod app;
mod body;
mod config;
mod entries;
mod guard;
mod lines;
mod log;
mod metrics;
mod money;
mod negotiate;
mod payslips;
mod problem;
mod projects;
mod proofs;
mod server;
mod settlement_name;
mod snapshots;
mod stalled;
mod submit;
mod tiles;
mod total_proofs;
mod totals;
mod undecided;
mod uploads;

use std::future::Future;

use axum::Router;
use axum::extract::Query;
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use utoipa::{IntoParams, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use config::{HttpConfig, MAX_BODY, MAX_LINES};

use crate::attribute::Attribution;
use crate::ledger::Ledger;
use app::App;
use problem::Problem;
use server::Site;
use tiles::Incompressible;

/// Where the server listens.
#[derive(Debug)]
pub struct Listeners {
    /// For everybody.
    pub public: TcpListener,
    /// For the operator: `GET /metrics`.
    pub admin: Option<TcpListener>,
}

/// Serves the ledger until `shutdown` resolves, then ends: nothing more is accepted, requests in flight are answered
/// or refused, the ledger and the attribution are stopped. All of it takes little more than `config.stop_timeout`.
pub async fn serve(
    listeners: Listeners,
    ledger: Ledger,
    attribution: Attribution,
    config: HttpConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (router, openapi) = public().split_for_parts();
    let (sizes, followed) = watch::channel(ledger.checkpoint().size());
    let (stop, stopped) = watch::channel(false);
    let app = App::new(ledger.clone(), attribution.clone(), config.clone(), followed, document(&openapi));
    let mut sites = vec![Site { listener: listeners.public, router: finish(router, &app) }];
    if let Some(listener) = listeners.admin {
        sites.push(Site {
            listener,
            router: finish(
                Router::new().route("/metrics", get(metrics::metrics)).route_layer(from_fn(guard::no_query)),
                &app,
            ),
        });
    }
    let mut published = ledger.watch_published();
    tokio::spawn(async move {
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = shutdown.as_mut() => break,
                changed = published.changed() => match changed {
                    Ok(()) => { sizes.send_replace(*published.borrow_and_update()); }
                    Err(_) => break,
                },
            }
        }
        stop.send_replace(true);
        // Dropping `sizes` here ends the streams of those who follow.
    });
    let ended = async move {
        // Answers what is queued; with nobody sending any more, that is soon done.
        let ending = tokio::task::spawn_blocking(move || {
            ledger.shutdown();
            attribution.stop();
        });
        if let Err(error) = ending.await {
            tracing::error!(%error, "the ledger did not end in good order");
        }
    };
    server::serve(sites, &config, stopped, ended).await;
}

/// The OpenAPI 3.1 description of the API, as `/openapi.json` serves it.
pub fn openapi() -> String {
    document(&public().split_for_parts().1)
}

fn document(openapi: &utoipa::openapi::OpenApi) -> String {
    // Made of strings and numbers only, so it has a JSON form.
    let mut text = serde_json::to_string_pretty(openapi).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Lebombo ledger", description = "A log of signed work: spec/api.md is the normative text.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(tiles::tile, tiles::bundle),
    tags(
        (name = "Tiles", description = "Reading the log: C2SP tlog-tiles"),
        (name = "Log", description = "Sending and reading entries"),
        (name = "Proofs", description = "Receipts and proofs"),
        (name = "Projects", description = "What the entries mean"),
        (name = "Snapshots", description = "The totals as the ledger has stated them"),
        (name = "Operation", description = "Whether all is well"),
    ),
)]
struct Description;

fn public() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(tiles::checkpoint))
        // Their numbers have slashes, which the description has no words for.
        .route("/tile/{*path}", get(tiles::tile))
        .route("/tile/entries/{*path}", get(tiles::bundle))
        .routes(routes!(submit::check))
        .routes(routes!(entries::entry))
        .routes(routes!(proofs::receipt))
        .routes(routes!(proofs::receipts))
        .routes(routes!(log::log))
        .routes(routes!(log::events))
        .routes(routes!(projects::project))
        .routes(routes!(snapshots::latest))
        .routes(routes!(snapshots::checkpoint))
        .routes(routes!(snapshots::cosign))
        .routes(routes!(log::health))
        .routes(routes!(log::ready))
        .routes(routes!(log::openapi))
        // All above take no parameters; those below read theirs with [`query`].
        .route_layer(from_fn(guard::no_query))
        .routes(routes!(submit::submit))
        .routes(routes!(proofs::consistency))
        .routes(routes!(entries::changes))
        .routes(routes!(projects::projects))
        .routes(routes!(payslips::payslip))
        .routes(routes!(totals::totals))
        .routes(routes!(totals::totals_of))
        .routes(routes!(undecided::undecided))
        .routes(routes!(money::money))
        .routes(routes!(lines::lines))
}

/// Puts what every request passes around the routes; the last layer is the outermost.
fn finish(router: Router<App>, app: &App) -> Router {
    let compressible = DefaultPredicate::new().and(
        |_: axum::http::StatusCode,
         _: axum::http::Version,
         _: &axum::http::HeaderMap,
         extensions: &axum::http::Extensions| { extensions.get::<Incompressible>().is_none() },
    );
    router
        .fallback(|| async { guard::not_found() })
        .layer(from_fn_with_state(app.clone(), guard::bound))
        .layer(from_fn(guard::tidy))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressible))
        .layer(from_fn(negotiate::encoding))
        .layer(from_fn_with_state(app.clone(), guard::count))
        .with_state(app.clone())
}

/// Reads a query, strictly: unknown and repeated parameters are refused.
fn query<T: DeserializeOwned + IntoParams>(uri: &Uri) -> Result<T, Problem> {
    if let Ok(Query(query)) = Query::try_from_uri(uri) {
        return Ok(query);
    }
    let names: Vec<String> = T::into_params(|| None).into_iter().map(|parameter| parameter.name).collect();
    let detail = format!(
        "a parameter is missing, given twice, not of its form (/openapi.json) or none of: {}",
        names.join(", ")
    );
    Err(Problem::bad_request("malformed-query", detail))
}

/// An integer of a query: decimal, without leading zeros, below 2^53, as all integers of the API.
fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|value| plain && *value < 1 << 53)
}

/// For fields of a query that are integers.
fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    // What is wrong with a query is told in words of our own.
    decimal(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not an integer"))
}

/// For fields of a query that are integers and may be absent.
fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    required(deserializer).map(Some)
}

/// A page's length: at least 1, and `most` where more was asked for.
fn limit(asked: Option<u64>, usual: usize, most: usize) -> Result<usize, Problem> {
    match asked.map_or(usual, |asked| usize::try_from(asked).unwrap_or(usize::MAX)) {
        0 => Err(Problem::bad_request("malformed-query", "limit is at least 1")),
        limit => Ok(limit.min(most)),
    }
}
