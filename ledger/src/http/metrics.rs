//! Numbers for the operator, in the text format of Prometheus (version 0.0.4), on an address of their own.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::Problem;

/// Counters since the start.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// By route and status; there are as many routes as the router has.
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    logged: AtomicU64,
    duplicates: AtomicU64,
    refused: AtomicU64,
}

impl Metrics {
    pub(super) fn request(&self, route: &str, status: StatusCode) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((route.to_owned(), status.as_u16())).or_default() += 1;
    }

    pub(super) fn entries(&self, logged: usize, duplicates: usize, refused: usize) {
        for (counter, number) in
            [(&self.logged, logged), (&self.duplicates, duplicates), (&self.refused, refused)]
        {
            counter.fetch_add(number as u64, Ordering::Relaxed);
        }
    }
}

fn metric(out: &mut String, name: &str, kind: &str, help: &str, samples: &[(String, u64)]) {
    // Writing to a String can not fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in samples {
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}

fn one(value: impl Into<u64>) -> [(String, u64); 1] {
    [(String::new(), value.into())]
}

fn label(name: &str, value: impl Display) -> String {
    format!("{{{name}=\"{value}\"}}")
}

/// `GET /metrics`
pub(super) async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let folded = app.blocking(|app| Ok(app.attribution.cursor()?)).await?;
    let load = app.ledger.load();
    let mut out = String::new();
    let requests: Vec<(String, u64)> = {
        let requests = app.metrics.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let labels = |(route, status): &(String, u16)| format!("{{route=\"{route}\",status=\"{status}\"}}");
        requests.iter().map(|(key, number)| (labels(key), *number)).collect()
    };
    let entries = [
        (label("result", "logged"), app.metrics.logged.load(Ordering::Relaxed)),
        (label("result", "duplicate"), app.metrics.duplicates.load(Ordering::Relaxed)),
        (label("result", "refused"), app.metrics.refused.load(Ordering::Relaxed)),
    ];
    metric(&mut out, "lebombo_http_requests_total", "counter", "Requests answered.", &requests);
    metric(
        &mut out,
        "lebombo_entries_total",
        "counter",
        "Entries that were sent, by what became of them.",
        &entries,
    );
    metric(&mut out, "lebombo_log_size", "gauge", "Entries committed.", &one(load.committed));
    metric(
        &mut out,
        "lebombo_published_size",
        "gauge",
        "Size of the latest checkpoint.",
        &one(load.published),
    );
    metric(&mut out, "lebombo_folded_size", "gauge", "Entries that the totals take in.", &one(folded));
    metric(
        &mut out,
        "lebombo_queued_entries",
        "gauge",
        "Entries that wait.",
        &one(load.queued_entries as u64),
    );
    metric(&mut out, "lebombo_queued_bytes", "gauge", "Bytes that wait.", &one(load.queued_bytes as u64));
    let running = app.ledger.is_running();
    metric(&mut out, "lebombo_running", "gauge", "1 while entries are taken.", &one(running));
    let following = app.attribution.is_running();
    metric(&mut out, "lebombo_fold_running", "gauge", "1 while the totals follow the log.", &one(following));
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], out).into_response())
}
