//! Limits that are too large for a vector, keys without a policy, and every bit of a receipt.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use lebombo_verifier::Code;
use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::note::{MAX_NOTE, Note, NoteError, Vkey};
use lebombo_verifier::policy::{MAX_POLICY, Policy, PolicyError};
use lebombo_verifier::receipt::{MAX_RECEIPT, Receipt, ReceiptError};
use lebombo_verifier::tile::{BundleError, decode_bundle, encode_bundle, tile_width};
use serde_json::{Map, Value};
use support::walk;

fn vector(area: &str, file: &str, field: &str) -> String {
    let (_, vector) = walk::<Map<String, Value>>(area).into_iter().find(|(name, _)| name == file).unwrap();
    vector[field].as_str().unwrap().to_owned()
}

#[test]
fn a_note_has_at_most_1_mib() {
    let end = "\n\n— k AAAAAAE=\n";
    let note = |length: usize| format!("{}{end}", "t".repeat(length - end.len()));
    assert!(Note::parse(note(MAX_NOTE).as_bytes()).is_ok());
    let expected = Err(NoteError::TooLong { length: MAX_NOTE + 1 });
    assert_eq!(Note::parse(note(MAX_NOTE + 1).as_bytes()), expected);
}

#[test]
fn a_policy_has_at_most_1_mib() {
    let end = "\nquorum none\n";
    let policy = |length: usize| format!("#{}{end}", "c".repeat(length - end.len() - 1));
    assert!(Policy::parse(policy(MAX_POLICY).as_bytes()).is_ok());
    let expected = Err(PolicyError::TooLong { length: MAX_POLICY + 1 });
    assert_eq!(Policy::parse(policy(MAX_POLICY + 1).as_bytes()), expected);
}

#[test]
fn a_receipt_has_room_for_the_largest_note_entry_and_proof() {
    let end = "\n\n— k AAAAAAE=\n";
    let note = format!("{}{end}", "t".repeat(MAX_NOTE - end.len()));
    let receipt = Receipt::new(vec![0; 65_535], (1 << 48) - 1, vec![Default::default(); 63], note).unwrap();
    let bytes = receipt.format().into_bytes();
    assert!(bytes.len() <= MAX_RECEIPT);
    assert_eq!(Receipt::parse(&bytes), Ok(receipt));
    let expected = Err(ReceiptError::TooLong { length: MAX_RECEIPT + 1 });
    assert_eq!(Receipt::parse(&vec![b'c'; MAX_RECEIPT + 1]), expected);
}

#[test]
fn an_entry_has_at_most_65535_bytes() {
    let most = [vec![7; 65_535]];
    assert_eq!(decode_bundle(&encode_bundle(&most).unwrap(), 1).unwrap(), most);
    let expected = Err(BundleError::EntryTooLong { position: 1, length: 65_536 });
    assert_eq!(encode_bundle(&[vec![], vec![0; 65_536]]), expected);
    assert_eq!(encode_bundle::<&[u8]>(&[]), Err(BundleError::Width { width: 0 }));
    assert_eq!(encode_bundle(&[[]; 257]), Err(BundleError::Width { width: 257 }));
}

#[test]
fn widths_at_the_extremes_overflow_nothing() {
    assert_eq!(tile_width(0, u64::MAX, u64::MAX), None);
    assert_eq!(tile_width(63, 0, u64::MAX), None);
    assert_eq!(tile_width(7, 0, u64::MAX), Some(255));
    assert_eq!(tile_width(6, 0, 1 << 48), Some(1));
    assert_eq!(tile_width(0, (1 << 40) - 1, 1 << 48), Some(256));
    assert_eq!(tile_width(0, 1 << 40, 1 << 48), None);
}

#[test]
fn a_log_key_alone_verifies_its_own_checkpoints() {
    let note = vector("policy", "witness-url.json", "note");
    let policy = Policy::parse(vector("policy", "witness-url.json", "policy").as_bytes()).unwrap();
    let (log, witness) = (&policy.logs()[0].vkey, &policy.witnesses().next().unwrap().vkey);
    let checkpoint = VerifiedCheckpoint::by_log_key(note.as_bytes(), log).unwrap();
    assert_eq!((checkpoint.size(), checkpoint.cosigners()), (8, [].as_slice()));
    assert!(checkpoint.is_quorum_none() && !checkpoint.is_audited());
    let refused =
        |note: &str, vkey: &Vkey| VerifiedCheckpoint::by_log_key(note.as_bytes(), vkey).unwrap_err().code();
    assert_eq!(refused(&note, witness), "log-unknown");
    let other = vector("policy", "note-log-signature-missing.json", "note");
    assert_eq!(refused(&other, log), "log-signature-missing");
    let cosigned_by_log_name = vector("policy", "log-cosignature-key.json", "policy");
    let vkey = cosigned_by_log_name.split([' ', '\n']).nth(1).unwrap();
    let vkey = Vkey::parse(vkey).unwrap();
    let line = lebombo_verifier::note::signature_line("example.org/log", vkey.key_id(), &[0; 72]);
    assert_eq!(refused(&format!("{note}{line}"), &vkey), "log-key-type");
}

/// Not one bit of a receipt whose every signature is by a key of the policy can change without its being refused, but
/// for those in the name or id of a witness's key: they make the line one by an unknown key, so that the witness is
/// missing. Under a quorum that needs the witness that is refused too.
#[test]
fn every_bit_of_a_receipt_counts() {
    for file in ["valid.json", "valid-witness.json"] {
        let policy = Policy::parse(vector("receipt", file, "policy").as_bytes()).unwrap();
        let good = vector("receipt", file, "receipt").into_bytes();
        assert!(Receipt::parse(&good).unwrap().verify(&policy).is_ok());
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let is_accepted = Receipt::parse(&bad).is_ok_and(|receipt| receipt.verify(&policy).is_ok());
            assert!(!is_accepted, "{file}: bit {} of byte {} changed and accepted", bit % 8, bit / 8);
        }
    }
}
