//! Total proofs: what one contributor has as of the newest snapshot, as a file (spec/totals.md §2).

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lebombo_verifier::Code as _;
use lebombo_verifier::Hash;
use lebombo_verifier::event::Party;

use super::app::App;
use super::problem::Problem;
use super::tiles::NO_CACHE;
use crate::stated::{StatementError, prove_total};

/// The total proof of a contributor as of the newest snapshot; where `size` is given only if that is its size.
pub(super) async fn answer(
    app: &App,
    project: Hash,
    contributor: Party,
    size: Option<u64>,
) -> Result<Response, Problem> {
    let proof = app
        .blocking(move |app| Ok(prove_total(&app.ledger, &app.attribution, &project, &contributor, size)?))
        .await?;
    // The next snapshot has another, and auditors add cosignatures to this one.
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), NO_CACHE], proof.format()).into_response())
}

impl From<StatementError> for Problem {
    fn from(error: StatementError) -> Self {
        use StatementError as E;
        let status = match &error {
            E::ProjectUnknown { .. }
            | E::ContributorUnknown
            | E::NotYet { .. }
            | E::NoSnapshot
            | E::SettlementUnknown { .. }
            | E::LineUnknown { .. }
            | E::SnapshotUnknown { .. } => StatusCode::NOT_FOUND,
            E::Gone { .. } => StatusCode::GONE,
            E::Pending | E::NotStated { .. } | E::NotSigned { .. } => {
                return Self::unavailable(error.code(), error.to_string());
            }
            E::Damaged { .. }
            | E::Attribution(_)
            | E::Store(_)
            | E::Tree(_)
            | E::Total(_)
            | E::Payslip(_) => return Self::internal(&error),
        };
        Self::new(status, error.code(), error.to_string())
    }
}
