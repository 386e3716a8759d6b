//! The HTTP API over a real port: every endpoint and every error.

mod bounds;
mod description;
mod reading;
mod stopping;
mod submitting;
mod support;
mod totals;
