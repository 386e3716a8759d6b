//! Under which witnesses something was verified: the one place that says so, for people and scripts.

use lebombo_verifier::checkpoint::{Cosigner, VerifiedCheckpoint};
use serde_json::{Value, json};

/// What is said where the policy asks for no witnesses.
const QUORUM_NONE: &str = " (the policy asks for none)";

/// Their names, or "no witnesses".
pub(crate) fn names(cosigners: &[Cosigner]) -> String {
    if cosigners.is_empty() {
        return "no witnesses".to_owned();
    }
    cosigners.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The same, and where the policy asks for none, that it does.
pub(crate) fn under_policy(cosigners: &[Cosigner], checkpoint: &VerifiedCheckpoint) -> String {
    let quorum = if checkpoint.is_quorum_none() { QUORUM_NONE } else { "" };
    format!("{}{quorum}", names(cosigners))
}

/// Of a total: who cosigned besides the auditors that recomputed it.
pub(crate) fn besides_auditors(others: &[Cosigner], checkpoint: &VerifiedCheckpoint) -> String {
    beside(others, checkpoint.auditors(), checkpoint.is_quorum_none())
}

fn beside(others: &[Cosigner], auditors: &[Cosigner], is_quorum_none: bool) -> String {
    let names = match (others, auditors) {
        ([], [_, ..]) => "none besides the auditors".to_owned(),
        _ => names(others),
    };
    let quorum = if is_quorum_none { QUORUM_NONE } else { "" };
    format!("{names}{quorum}")
}

/// For scripts: name, and time in seconds since 1970.
pub(crate) fn to_json(cosigners: &[Cosigner]) -> Vec<Value> {
    cosigners.iter().map(|one| json!({"name": one.to_string(), "timestamp": one.timestamp})).collect()
}

/// A checkpoint with its witnesses, for scripts.
pub(crate) fn checkpoint_json(checkpoint: &VerifiedCheckpoint) -> Value {
    json!({
        "origin": checkpoint.origin().as_str(),
        "size": checkpoint.size(),
        "root": checkpoint.root().to_string(),
        "witnesses": to_json(checkpoint.cosigners()),
        "quorum_none": checkpoint.is_quorum_none(),
    })
}
