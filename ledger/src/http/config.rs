//! What the server is told.

use std::net::IpAddr;
use std::time::Duration;

use crate::limit::Limits;

/// Most bytes of a request body.
pub const MAX_BODY: usize = 8 << 20;
/// Most lines of a batch.
pub const MAX_LINES: usize = 4_096;

/// Bounds of the server, and what it says about the log's admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// Connections at a time, of each listener; more wait to be accepted.
    pub max_connections: usize,
    /// Requests that are worked on or whose answers are being sent, of those without and of those with a body each;
    /// more are refused with 503. A request with a body counts once the body is in.
    pub max_requests: usize,
    /// Requests with a body that one address has at a time, from their head on; more are refused with 429.
    pub max_uploads_per_address: usize,
    /// Bytes of request bodies and entry bundles that are held; requests that need more are refused with 503. Working
    /// on them takes a few times as much.
    pub max_buffered: usize,
    /// Followers of `/v1/events`; more are refused with 503.
    pub max_followers: usize,
    /// For the head of a request, counted from the end of the one before: idle connections are closed after it.
    pub header_timeout: Duration,
    /// For the body of a request.
    pub body_timeout: Duration,
    /// Longest that `?wait` waits for a checkpoint; less than `request_timeout`.
    pub wait_timeout: Duration,
    /// From the head of a request to the head of its answer.
    pub request_timeout: Duration,
    /// For a peer that takes nothing of what is sent to it.
    pub write_timeout: Duration,
    /// For everything in flight when the server stops.
    pub stop_timeout: Duration,
    /// Proxies whose `X-Forwarded-For` is believed. Of anybody else the header is not read.
    pub trusted_proxies: Vec<IpAddr>,
    /// `/v1/log` says that only listed keys may log.
    pub listed: bool,
    /// `/v1/log` tells these.
    pub limits: Limits,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            max_connections: 1_024,
            max_requests: 256,
            max_uploads_per_address: 32,
            max_buffered: 128 << 20,
            max_followers: 128,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            wait_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(15),
            trusted_proxies: Vec::new(),
            listed: false,
            limits: Limits::default(),
        }
    }
}
