//! The twelve edge cases of "Taming the many EdDSAs" (eprint 2020/1244): exactly case 3 is accepted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it skips"
)]

use std::path::Path;

use lebombo_verifier::ed25519::PublicKey;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    case: usize,
    message: String,
    pub_key: String,
    signature: String,
}

#[test]
fn exactly_case_3_is_accepted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/ed25519/speccheck.json");
    let Ok(text) = std::fs::read(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let cases: Vec<Case> = serde_json::from_slice(&text).unwrap();
    assert_eq!(cases.len(), 12);
    let accepted: Vec<usize> = cases.iter().filter(|c| is_accepted(c)).map(|c| c.case).collect();
    assert_eq!(accepted, [3]);
}

fn is_accepted(case: &Case) -> bool {
    let bytes = |text: &str| hex::decode(text).unwrap();
    let key = PublicKey::from_bytes(&bytes(&case.pub_key).try_into().unwrap());
    let signature = bytes(&case.signature).try_into().unwrap();
    key.is_ok_and(|key| key.verify(&bytes(&case.message), &signature).is_ok())
}
