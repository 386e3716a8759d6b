//! What must hold for every input: the properties that `fuzz/` gives to libFuzzer, here on stable Rust.

use proptest::collection::vec;
use proptest::prelude::*;

#[path = "../../fuzz/src/lib.rs"]
pub mod properties;

/// Nothing is written beside the sources when a case fails: its bytes are printed, and `fuzz/` takes them.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(count) }
}

// These sign and check signatures.
proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn event(data in vec(any::<u8>(), 0..256)) {
        properties::event::holds(&data);
    }

    // Long enough for people, work and several verdicts on it.
    #[test]
    fn fold(data in vec(any::<u8>(), 200..3000)) {
        properties::fold::holds(&data);
    }

    #[test]
    fn fold_of_money(data in vec(any::<u8>(), 200..3000)) {
        properties::fold::holds_with_money(&data);
    }

    #[test]
    fn policy(data in vec(any::<u8>(), 0..96)) {
        properties::policy::holds(&data);
    }

    #[test]
    fn total(data in vec(any::<u8>(), 0..600)) {
        properties::total::holds(&data);
    }
}

proptest! {
    #![proptest_config(cases(8192))]

    #[test]
    fn json(data in vec(any::<u8>(), 0..256)) {
        properties::json::holds(&data);
    }

    #[test]
    fn note(data in vec(any::<u8>(), 0..320)) {
        properties::note::holds(&data);
    }

    #[test]
    fn proof(data in vec(any::<u8>(), 0..96)) {
        properties::proof::holds(&data);
    }

    #[test]
    fn receipt(data in vec(any::<u8>(), 0..320)) {
        properties::receipt::holds(&data);
    }

    #[test]
    fn tile(data in vec(any::<u8>(), 0..128)) {
        properties::tile::holds(&data);
    }
}
