//! Properties of every parser about the log: it never panics, and what it accepts it writes back byte for byte.
//!
//! Random bytes are rarely accepted, so most inputs here are vectors with a few bytes changed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::checkpoint::{Checkpoint, SignedCheckpoint, VerifiedCheckpoint};
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Note, Vkey};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::receipt::Receipt;
use lebombo_verifier::tile::{
    BundlePath, TilePath, bundle_width, bundles, decode_bundle, decode_tile, encode_bundle, tile_width, tiles,
};
use lebombo_verifier::{cosignature, note};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value};
use support::walk;

/// Every text or base64 in the vectors of an area under one of these fields, but not the few very long ones.
fn seeds(area: &str, fields: &[&str]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for (_, vector) in walk::<Map<String, Value>>(area) {
        for field in fields {
            out.extend(vector.get(*field).and_then(Value::as_str).map(|text| text.as_bytes().to_vec()));
            let base64 = vector.get(&format!("{field}_base64")).and_then(Value::as_str);
            out.extend(base64.map(|text| STANDARD.decode(text).unwrap()));
        }
    }
    out.retain(|seed| seed.len() < 10_000);
    assert!(!out.is_empty(), "{area}");
    out
}

static NOTES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| [seeds("note", &["note"]), seeds("policy", &["note"])].concat());
static VKEYS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| seeds("vkey", &["vkey"]));
static CHECKPOINTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| seeds("checkpoint", &["text"]));
static POLICIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| seeds("policy", &["policy"]));
static RECEIPTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| seeds("receipt", &["receipt"]));
static PATHS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| seeds("tile", &["tile_path", "bundle_path"]));

#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
    Swap(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let octet = || prop_oneof![any::<u8>(), proptest::sample::select(b"\n \t+=AZ09/.x-".to_vec())];
    prop_oneof![
        (any::<Index>(), octet()).prop_map(|(at, b)| Change::Replace(at, b)),
        (any::<Index>(), octet()).prop_map(|(at, b)| Change::Insert(at, b)),
        any::<Index>().prop_map(Change::Remove),
        any::<Index>().prop_map(Change::Truncate),
        any::<(Index, Index)>().prop_map(|(a, b)| Change::Swap(a, b)),
    ]
}

/// A seed with up to three changes.
fn mutated(seeds: &'static LazyLock<Vec<Vec<u8>>>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), proptest::collection::vec(change(), 0..=3)).prop_map(|(seed, changes)| {
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        for change in changes {
            let length = bytes.len();
            match change {
                Change::Insert(at, b) => bytes.insert(at.index(length + 1), b),
                _ if length == 0 => {}
                Change::Replace(at, b) => bytes[at.index(length)] = b,
                Change::Remove(at) => drop(bytes.remove(at.index(length))),
                Change::Truncate(at) => bytes.truncate(at.index(length)),
                Change::Swap(a, b) => bytes.swap(a.index(length), b.index(length)),
            }
        }
        bytes
    })
}

/// Mutated seeds, and now and then bytes that have nothing to do with them.
fn input(seeds: &'static LazyLock<Vec<Vec<u8>>>) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![9 => mutated(seeds), 1 => proptest::collection::vec(any::<u8>(), 0..300)]
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn notes(bytes in input(&NOTES)) {
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.format().into_bytes(), bytes);
        }
    }

    #[test]
    fn vkeys(bytes in input(&VKEYS)) {
        if let Ok(vkey) = Vkey::from_bytes(&bytes) {
            prop_assert_eq!(vkey.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn checkpoints(bytes in input(&CHECKPOINTS)) {
        if let Ok(text) = std::str::from_utf8(&bytes)
            && let Ok(checkpoint) = Checkpoint::parse(text)
        {
            prop_assert_eq!(checkpoint.to_text(), text);
        }
    }

    #[test]
    fn signed_checkpoints(bytes in input(&NOTES), vkey in any::<Index>()) {
        let vkeys: Vec<Vkey> = VKEYS.iter().filter_map(|v| Vkey::from_bytes(v).ok()).collect();
        let vkey = &vkeys[vkey.index(vkeys.len())];
        if let Ok(signed) = SignedCheckpoint::parse(&bytes) {
            prop_assert_eq!(signed.checkpoint().to_text(), signed.note().text());
            for line in signed.note().signatures() {
                prop_assert!(cosignature::verify(vkey, &line.signature, signed.checkpoint()).is_err());
            }
        }
        prop_assert!(VerifiedCheckpoint::by_log_key(&bytes, vkey).is_err());
    }

    #[test]
    fn policies(bytes in input(&POLICIES)) {
        if let Ok(policy) = Policy::parse(&bytes) {
            prop_assert!(bytes.ends_with(b"\n"));
            prop_assert!(policy.quorum().is_none_or(|quorum| !quorum.is_empty()));
            // White space and comments change nothing.
            let mut spaced = b"# a comment\n\n".to_vec();
            for line in bytes.split_inclusive(|&b| b == b'\n') {
                spaced.extend_from_slice(b"\t ");
                spaced.extend_from_slice(line);
            }
            prop_assert_eq!(Policy::parse(&spaced), Ok(policy));
        }
    }

    #[test]
    fn receipts(bytes in input(&RECEIPTS)) {
        if let Ok(receipt) = Receipt::parse(&bytes) {
            prop_assert_eq!(receipt.format().into_bytes(), bytes);
            let again = Receipt::new(
                receipt.entry().to_vec(), receipt.index(), receipt.hashes().to_vec(), receipt.note().to_owned());
            prop_assert_eq!(again, Ok(receipt));
        }
    }

    #[test]
    fn paths(bytes in input(&PATHS)) {
        if let Ok(text) = std::str::from_utf8(&bytes) {
            if let Ok(path) = TilePath::parse(text) {
                prop_assert_eq!(path.to_string(), text);
            }
            if let Ok(path) = BundlePath::parse(text) {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }

    #[test]
    fn made_paths(level in 0_u8..=63, number in 0_u64..1 << 40, small in any::<bool>(), width in 1_u16..=256) {
        let number = if small { number % 3000 } else { number };
        let tile = TilePath::new(level, number, width).unwrap();
        prop_assert_eq!(TilePath::parse(&tile.to_string()), Ok(tile));
        let bundle = BundlePath::new(number, width).unwrap();
        prop_assert_eq!(BundlePath::parse(&bundle.to_string()), Ok(bundle));
    }

    #[test]
    fn bundle_bytes(bytes in proptest::collection::vec(0_u8..4, 0..40), width in 0_u16..20) {
        if let Ok(entries) = decode_bundle(&bytes, width) {
            prop_assert_eq!(entries.len(), usize::from(width));
            prop_assert_eq!(encode_bundle(&entries), Ok(bytes));
        }
    }

    #[test]
    fn tile_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..100), width in 0_u16..4) {
        let is_accepted = bytes.len() == usize::from(width) * 32;
        match decode_tile(&bytes, width) {
            Ok(hashes) => {
                prop_assert!(is_accepted);
                prop_assert_eq!(hashes.iter().flat_map(|h| h.0).collect::<Vec<_>>(), bytes);
            }
            Err(_) => prop_assert!(!is_accepted),
        }
    }

    #[test]
    fn public_keys(key in any::<[u8; 32]>(), message in any::<Vec<u8>>(), r in any::<[u8; 32]>(), s in any::<[u8; 32]>()) {
        if let Ok(key) = PublicKey::from_bytes(&key) {
            let signature: [u8; 64] = [r, s].concat().try_into().unwrap();
            prop_assert!(key.verify(&message, &signature).is_err());
        }
    }

    #[test]
    fn note_lines(name in "[!-*,-~é鍵]{1,20}", key_id in any::<[u8; 4]>(), signature in proptest::collection::vec(any::<u8>(), 1..100)) {
        let text = format!("text\n\n{}", note::signature_line(&name, note::KeyId(key_id), &signature));
        let note = Note::parse(text.as_bytes()).unwrap();
        let [line] = note.signatures() else { panic!("one line") };
        prop_assert_eq!((line.name, line.key_id.0, &line.signature), (name.as_str(), key_id, &signature));
    }

    #[test]
    fn shapes(size in 0_u64..200_000) {
        let mut hashes = [0_u64; 7];
        for tile in tiles(size) {
            prop_assert_eq!(tile_width(tile.level(), tile.number(), size), Some(tile.width()));
            prop_assert_eq!(tile_width(tile.level(), tile.number() + 1, tile.number() << 8), None);
            hashes[usize::from(tile.level())] += u64::from(tile.width());
        }
        for (level, count) in hashes.iter().enumerate() {
            prop_assert_eq!(*count, size >> (8 * level));
        }
        prop_assert_eq!(bundles(size).map(|b| u64::from(b.width())).sum::<u64>(), size);
        prop_assert_eq!(bundle_width(size.div_ceil(256), size), None);
    }
}
