//! The vectors of spec/vectors/totals, found by walking the folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;

use lebombo_verifier::Code as _;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::{Proof, Stated};
use serde::Deserialize;
use support::walk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TotalVector {
    #[allow(dead_code)]
    description: String,
    #[allow(dead_code)]
    source: String,
    policy: String,
    total: String,
    error: Option<String>,
    contributor: Option<String>,
    project: Option<String>,
    points: Option<String>,
    of: Option<String>,
    size: Option<u64>,
    day: Option<String>,
    recomputed: Option<bool>,
}

fn run(vector: &TotalVector) -> Result<Stated, &'static str> {
    let policy = Policy::parse(vector.policy.as_bytes()).unwrap();
    let proof = Proof::parse(vector.total.as_bytes()).map_err(|e| e.code())?;
    assert_eq!(proof.format(), vector.total);
    proof.verify(&policy).map_err(|e| e.code())
}

#[test]
fn every_vector() {
    let vectors = walk::<TotalVector>("totals");
    assert!(vectors.len() >= 80, "only {} vectors", vectors.len());
    let mut codes = BTreeSet::new();
    for (name, vector) in vectors {
        let found = run(&vector);
        let code = found.as_ref().err().map(|code| (*code).to_owned());
        assert_eq!(code, vector.error, "{name}");
        codes.extend(code);
        let Ok(stated) = found else { continue };
        assert_eq!(Some(stated.contributor().to_string()), vector.contributor, "{name}");
        assert_eq!(Some(stated.total().project.to_string()), vector.project, "{name}");
        assert_eq!(Some(stated.total().points.to_string()), vector.points, "{name}");
        assert_eq!(Some(stated.project().points.to_string()), vector.of, "{name}");
        assert_eq!(Some(stated.size()), vector.size, "{name}");
        assert_eq!(Some(stated.day().to_string()), vector.day, "{name}");
        assert_eq!(Some(stated.is_recomputed()), vector.recomputed, "{name}");
    }
    // Every check of spec/totals.md §2 but the size of the file has a vector.
    for code in [
        "total-not-a-total",
        "total-line",
        "statement-entries",
        "statement-ledger",
        "statement-snapshot",
        "total-path",
        "total-sum",
        "total-points",
        "statement-project-path",
        "statement-project-root",
    ] {
        assert!(codes.contains(code), "no vector for {code}");
    }
}
