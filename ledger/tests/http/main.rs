//! The HTTP API over a real port: every endpoint and every error.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod bounds;
mod description;
mod reading;
mod snapshots;
mod stopping;
mod submitting;
mod support;
mod totals;
