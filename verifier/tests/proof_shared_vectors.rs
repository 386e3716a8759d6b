//! The inclusion and consistency cases of transparency-dev/merkle: the same verdict on each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it skips"
)]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::Hash;
use lebombo_verifier::proof::{verify_consistency, verify_inclusion};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    #[serde(rename = "desc")]
    _desc: String,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    #[serde(rename = "desc")]
    _desc: String,
    want_err: bool,
}

#[test]
fn every_verdict_is_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/tlog");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let inclusion = files(&folder.join("inclusion"));
    let consistency = files(&folder.join("consistency"));
    assert_eq!(inclusion.len() + consistency.len(), 170);
    for file in inclusion {
        let case: Inclusion = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(is_included(&case), !case.want_err, "{}", file.display());
    }
    for file in consistency {
        let case: Consistency = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(is_consistent(&case), !case.want_err, "{}", file.display());
    }
}

/// What is not 32 bytes can not be handed to the verifier at all: that is a refusal too.
fn is_included(case: &Inclusion) -> bool {
    let (Some(leaf), Some(root), Some(proof)) =
        (hash(&case.leaf_hash), hash(&case.root), hashes(&case.proof))
    else {
        return false;
    };
    verify_inclusion(case.leaf_idx, case.tree_size, &leaf, &proof, &root).is_ok()
}

fn is_consistent(case: &Consistency) -> bool {
    let (Some(root1), Some(root2), Some(proof)) = (hash(&case.root1), hash(&case.root2), hashes(&case.proof))
    else {
        return false;
    };
    verify_consistency(case.size1, &root1, case.size2, &root2, &proof).is_ok()
}

fn hashes(proof: &Option<Vec<String>>) -> Option<Vec<Hash>> {
    proof.iter().flatten().map(|text| hash(text)).collect()
}

fn hash(text: &str) -> Option<Hash> {
    Some(Hash(STANDARD.decode(text).unwrap().try_into().ok()?))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out
}
