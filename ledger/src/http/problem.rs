//! Problem details (RFC 9457): the one form of every error answer.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use lebombo_verifier::Code;
use serde::Serialize;
use utoipa::ToSchema;

use crate::admit::Refused;
use crate::attribute::AttributionError;
use crate::prove::ProveError;
use crate::sequence::SubmitError;
use crate::store::StoreError;

/// Media type of problem details.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    retry_after: Option<Duration>,
}

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    /// `urn:lebombo:error:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:lebombo:error:not-found")]
    type_: String,
    /// The phrase of the HTTP status.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What happened and what can be done about it.
    detail: &'a str,
    /// The stable code of the check that failed.
    #[schema(example = "not-found")]
    code: &'a str,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None }
    }

    /// Tells the sender when to try again.
    pub(super) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    pub(super) fn not_found(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    pub(super) fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(super) fn unavailable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(Duration::from_secs(1))
    }

    /// A failure of ours. What it is goes to the operator's log; it may name paths.
    pub(super) fn internal(error: &dyn Code) -> Self {
        tracing::error!(code = error.code(), %error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the ledger failed; its operator's log says why",
        )
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

/// Whole seconds to wait, at least one.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero())
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            type_: format!("urn:lebombo:error:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(wait)));
        }
        response
    }
}

impl From<Refused> for Problem {
    fn from(error: Refused) -> Self {
        let status = match &error {
            Refused::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refused::Malformed(_) => StatusCode::BAD_REQUEST,
            Refused::OtherLog { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Refused::LedgerOnly { .. } | Refused::SignerNotAdmitted => StatusCode::FORBIDDEN,
            Refused::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        };
        let problem = Self::new(status, error.code(), error.to_string());
        match error {
            Refused::RateLimited { retry_after } => problem.retry_after(retry_after),
            _ => problem,
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let status = match error {
            SubmitError::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            SubmitError::JobTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            SubmitError::Stopping | SubmitError::OutcomeUnknown => StatusCode::SERVICE_UNAVAILABLE,
            SubmitError::LogFull => StatusCode::INSUFFICIENT_STORAGE,
        };
        let problem = Self::new(status, error.code(), error.to_string());
        match error {
            SubmitError::Busy { retry_after } => problem.retry_after(retry_after),
            SubmitError::Stopping | SubmitError::OutcomeUnknown => {
                problem.retry_after(Duration::from_secs(5))
            }
            _ => problem,
        }
    }
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        let status = match &error {
            ProveError::NotPublished { .. } | ProveError::BeyondCheckpoint { .. } => StatusCode::NOT_FOUND,
            ProveError::FromAfterTo { .. } | ProveError::TooMany { .. } => StatusCode::BAD_REQUEST,
            ProveError::Tree(_) | ProveError::Receipt(_) => return Self::internal(&error),
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<AttributionError> for Problem {
    fn from(error: AttributionError) -> Self {
        Self::internal(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_whole_seconds_and_never_too_short() {
        for (millis, expected) in [(0, 1), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (60_000, 60)] {
            assert_eq!(seconds(Duration::from_millis(millis)), expected, "{millis} ms");
        }
    }

    #[test]
    fn failures_of_ours_tell_nothing_about_the_machine() {
        let problem = Problem::from(StoreError::Damaged { what: "/secret/path", number: 3 });
        assert_eq!(problem.code(), "internal");
        assert!(!problem.detail().contains("secret"));
    }
}
