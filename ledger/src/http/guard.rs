//! What every request passes before a handler sees it, and every answer after.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use tokio::time::timeout;

use super::app::{App, overloaded};
use super::problem::{PROBLEM_JSON, Problem};
use super::uploads::Upload;

/// Most bytes of the head of a request.
pub(super) const MAX_HEAD: usize = 64 << 10;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const NOSNIFF: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// The address that limits are kept for: the peer's, or what a trusted proxy says about it.
///
/// Of the list in `X-Forwarded-For` the last address that is no trusted proxy counts: all before it is the sender's
/// own word.
pub(super) fn client_address(peer: Peer, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.0.ip().to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let values: Vec<&str> = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|v| v.to_str().ok()).collect();
    for text in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        match text.trim().parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) if trusted.contains(&address) => {}
            Ok(address) => return address,
            Err(_) => return peer,
        }
    }
    peer
}

/// A body that keeps its request's permits until it has been sent or given up.
pub(super) struct Held<P> {
    body: Body,
    _permit: P,
}

impl<P: Send + Unpin + 'static> Held<P> {
    pub(super) fn body(body: impl Into<Body>, permit: P) -> Body {
        Body::new(Self { body: body.into(), _permit: permit })
    }
}

impl<P: Unpin> HttpBody for Held<P> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bounds how many requests there are and how long each takes.
///
/// Requests without and with a body have places of their own, so that uploads, however many and slow, never keep
/// anybody from reading. An upload takes one only when its body is in; until then its address, its connection, its
/// memory and its time are what bounds it.
pub(super) async fn bound(State(app): State<App>, request: Request, next: Next) -> Response {
    if head_size(&request) > MAX_HEAD {
        let detail = format!("the head of a request has at most {MAX_HEAD} bytes");
        return Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head-too-large", detail)
            .into_response();
    }
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    // These cost nothing, have to answer under load, or have a bound of their own.
    if matches!(path, "/healthz" | "/readyz" | "/v1/events") {
        return next.run(request).await;
    }
    let identity = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !request.headers().get_all(CONTENT_ENCODING).iter().all(identity) {
        let detail = "request bodies are taken as they are, without Content-Encoding";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-encoding", detail).into_response();
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let Ok(permit) = Arc::clone(&app.reads).try_acquire_owned() else {
            return overloaded().into_response();
        };
        return in_time(&app, request, next, permit).await;
    }
    match upload(&app, &request) {
        Ok(upload) => {
            let mut request = request;
            request.extensions_mut().insert(upload.clone());
            in_time(&app, request, next, upload).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn upload(app: &App, request: &Request) -> Result<Upload, Problem> {
    // Each connection has a peer: the server says so.
    let peer = request.extensions().get::<Peer>().copied().ok_or_else(overloaded)?;
    let from = client_address(peer, request.headers(), &app.config.trusted_proxies);
    Ok(Upload::new(app.senders.enter(from, app.config.max_uploads_per_address)?))
}

/// Bytes of the request line and the fields, counted with one space where any number is allowed.
fn head_size(request: &Request) -> usize {
    let target = request.uri().path_and_query().map_or(1, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + " HTTP/1.1\r\n".len() + 1;
    let field =
        |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + ": \r\n".len();
    line + request.headers().iter().map(field).sum::<usize>() + "\r\n".len()
}

/// Refuses whatever parameter comes with a path that has none.
pub(super) async fn no_query(request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(|query| query.bytes().any(|byte| byte != b'&')) {
        return Problem::bad_request("malformed-query", "this path takes no parameters").into_response();
    }
    next.run(request).await
}

/// Answers within the time for a request; the permit is held until the answer has been sent.
async fn in_time<P: Send + Unpin + 'static>(app: &App, request: Request, next: Next, permit: P) -> Response {
    match timeout(app.config.request_timeout, next.run(request)).await {
        Ok(response) => response.map(|body| Held::body(body, permit)),
        Err(_) => Problem::unavailable(
            "timed-out",
            "the ledger took too long; what was sent may have been logged or not, sending it again is safe",
        )
        .into_response(),
    }
}

/// Gives every error a body that says what it is, and every answer the headers that all have.
pub(super) async fn tidy(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let status = response.status();
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|v| v == PROBLEM_JSON);
    if (status.is_client_error() || status.is_server_error()) && !is_problem {
        let problem = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                Problem::new(status, "method-not-allowed", format!("{path} has no such method"))
            }
            StatusCode::NOT_FOUND => not_found(),
            status => Problem::new(status, "malformed-request", "the request could not be understood"),
        };
        let allow = response.headers_mut().remove(axum::http::header::ALLOW);
        response = problem.into_response();
        if let Some(allow) = allow {
            response.headers_mut().insert(axum::http::header::ALLOW, allow);
        }
    }
    let headers = response.headers_mut();
    headers.insert(NOSNIFF.0, NOSNIFF.1);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Nothing is served at this path.
pub(super) fn not_found() -> Problem {
    Problem::not_found("not-found", "nothing is served at this path; /openapi.json lists what is")
}

/// Counts requests by route and status.
pub(super) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.request(route, response.status());
    tracing::debug!(%method, route, status = response.status().as_u16(), "answered");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|t| t.parse().unwrap()).collect();
        let peer = Peer(SocketAddr::new(peer.parse().unwrap(), 1));
        client_address(peer, &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_its_own_peer() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &["192.0.2.9"]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &["192.0.2.1"]), "198.51.100.7");
        assert_eq!(client("192.0.2.1", &["10.9.9.9, 198.51.100.7"], &["192.0.2.1"]), "198.51.100.7");
        assert_eq!(client("192.0.2.1", &["10.9.9.9", "198.51.100.7"], &["192.0.2.1"]), "198.51.100.7");
        let two = ["192.0.2.1", "192.0.2.2"];
        assert_eq!(client("192.0.2.1", &["198.51.100.7, 192.0.2.2"], &two), "198.51.100.7");
        assert_eq!(client("192.0.2.1", &["192.0.2.2"], &two), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &["10.9.9.9, unknown"], &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &[], &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("::ffff:192.0.2.1", &["2001:db8::1"], &["192.0.2.1"]), "2001:db8::1");
    }
}
