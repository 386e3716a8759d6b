//! Who may add what to a kept checkpoint.

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::Code;
use lebombo_verifier::checkpoint::{Checkpoint, SignedCheckpoint, VerifiedCheckpoint};
use lebombo_verifier::cosignature::message_v1;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::policy::Policy;

use super::helpers::{Bench, key};
use crate::publish::{ToPublish, publish};
use crate::sequence::CommittedHead;
use crate::signer::Signer;
use crate::store::memory::Fault;
use crate::{Config, CosignError, Ledger, OpenError};

fn vkey(name: &str, key: &SigningKey) -> Vkey {
    let public = PublicKey::from_bytes(&key.verifying_key().to_bytes()).unwrap();
    Vkey::new(KeyName::parse(name).unwrap(), Key::CosignatureV1(public))
}

fn checkpoint(ledger: &Ledger, size: u64) -> Checkpoint {
    let note = ledger.kept_checkpoint(size).unwrap().unwrap();
    SignedCheckpoint::parse(&note).unwrap().checkpoint().clone()
}

fn line(name: &str, key: &SigningKey, time: u64, checkpoint: &Checkpoint) -> String {
    let signature = key.sign(&message_v1(time, checkpoint)).to_bytes();
    let signature = [&time.to_be_bytes()[..], &signature].concat();
    signature_line(name, vkey(name, key).key_id(), &signature)
}

fn auditors() -> [(&'static str, SigningKey); 2] {
    [("auditor.example/one", key(21)), ("auditor.example/two", key(22))]
}

/// A ledger that keeps the checkpoint of size 1: what is in it does not matter here.
fn ledger(bench: &Bench) -> Ledger {
    drop(bench.create());
    let auditors = auditors().iter().map(|(name, key)| vkey(name, key)).collect();
    let store = crate::Store::new(std::sync::Arc::new(bench.disk.open()));
    let key = crate::keys::load(&bench.keys_dir().join("checkpoint.pem")).unwrap();
    let mut signer = Signer::open(&bench.keys_dir(), &super::helpers::origin(), key).unwrap();
    let head = CommittedHead::read(&store).unwrap();
    publish(&store, &mut signer, ToPublish { head, keep: true }).unwrap();
    drop(signer);
    bench.open_as(Config { auditors, ..bench.config() }).unwrap()
}

fn code(result: Result<Vec<u8>, CosignError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn cosignatures_are_added_once_for_each_auditor_and_stay() {
    let bench = Bench::new();
    let log = ledger(&bench);
    let [(one, one_key), (two, two_key)] = auditors();
    let head = checkpoint(&log, 1);
    let bare = String::from_utf8(log.kept_checkpoint(1).unwrap().unwrap()).unwrap();
    let add = |lines: &str| String::from_utf8(log.cosign(1, lines.as_bytes()).unwrap()).unwrap();
    let first = line(one, &one_key, 100, &head);
    assert_eq!(add(&first), format!("{bare}{first}"));
    let other = line(two, &two_key, 50, &head);
    assert_eq!(add(&other), format!("{bare}{first}{other}"));
    assert_eq!(add(&first), format!("{bare}{first}{other}"), "again");
    assert_eq!(add(&line(one, &one_key, 99, &head)), format!("{bare}{first}{other}"), "an older one");
    let (newer, newest) = (line(one, &one_key, 101, &head), line(two, &two_key, 60, &head));
    let note = add(&format!("{newer}{newest}"));
    assert_eq!(note, format!("{bare}{newer}{newest}"), "newer ones, in place");
    VerifiedCheckpoint::by_log_key(note.as_bytes(), log.vkey()).unwrap();
    let policy = format!(
        "log {}\nwitness a {}\nwitness b {}\ngroup auditors all a b\nquorum none\n",
        log.vkey(),
        vkey(one, &one_key),
        vkey(two, &two_key)
    );
    let verified = Policy::parse(policy.as_bytes()).unwrap().verify(note.as_bytes()).unwrap();
    assert!(verified.is_audited());
    assert!(bench.fsck(&log).is_clean());
    drop(log);
    bench.disk.crash();
    // Without auditors what was added stays, and nothing is taken.
    let log = bench.open();
    assert_eq!(log.kept_checkpoint(1).unwrap().unwrap(), note.as_bytes());
    assert_eq!(code(log.cosign(1, newer.as_bytes())), "auditors-none");
}

#[test]
fn everything_else_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let log = ledger(&bench);
    let [(one, one_key), (two, two_key)] = auditors();
    let head = checkpoint(&log, 1);
    let bare = log.kept_checkpoint(1).unwrap().unwrap();
    let good = line(one, &one_key, 100, &head);
    let elsewhere = Checkpoint::new(head.origin().clone(), 2, *head.root()).unwrap();
    let cases = [
        (line("auditor.example/three", &key(23), 1, &head), "auditor-unknown"),
        (line(one, &key(23), 1, &head), "auditor-unknown"),
        (line(two, &one_key, 1, &head), "auditor-unknown"),
        (signature_line(log.vkey().name().as_str(), log.vkey().key_id(), &[0; 64]), "auditor-unknown"),
        (line(one, &one_key, 100, &elsewhere), "cosignature-ed25519-invalid"),
        (line(one, &one_key, 1 << 63, &head), "cosignature-timestamp-range"),
        (signature_line(one, vkey(one, &one_key).key_id(), &[0; 64]), "cosignature-wrong-length"),
        (format!("{good}{}", line(one, &one_key, 101, &head)), "cosignature-repeated"),
        (format!("{good}{}", line(two, &two_key, 1, &elsewhere)), "cosignature-ed25519-invalid"),
        (format!("{good}\n{good}"), "note-signature-line"),
        (format!("\n{good}"), "note-signature-line"),
        (format!("{good}\n"), "note-signature-line"),
        ("\n".to_owned(), "note-signature-line"),
        (good.trim_end().to_owned(), "note-unterminated"),
        (good.replace('—', "-"), "note-signature-line"),
        ("\u{1}\n".to_owned(), "note-control-character"),
        (format!("{}\n\n{good}", head.to_text()), "note-signature-line"),
    ];
    for (lines, expected) in cases {
        assert_eq!(code(log.cosign(1, lines.as_bytes())), expected, "{lines:?}");
    }
    assert_eq!(code(log.cosign(2, good.as_bytes())), "snapshot-unknown");
    assert_eq!(code(log.cosign(1, b"\xff\n")), "note-not-utf8");
    assert_eq!(log.kept_checkpoint(1).unwrap().unwrap(), bare);
    bench.disk.fail_after(0, Fault::NotWritten);
    assert_eq!(code(log.cosign(1, good.as_bytes())), "store-failed");
    assert_eq!(log.kept_checkpoint(1).unwrap().unwrap(), bare);
}

#[test]
fn some_keys_are_no_auditors() {
    let bench = Bench::new();
    drop(bench.create());
    let open = |auditors| {
        let error = bench.open_as(Config { auditors, ..bench.config() }).unwrap_err();
        assert!(matches!(error, OpenError::Auditor(_)));
        error.code()
    };
    let [(one, one_key), _] = auditors();
    let public = PublicKey::from_bytes(&one_key.verifying_key().to_bytes()).unwrap();
    let plain = Vkey::new(KeyName::parse(one).unwrap(), Key::Ed25519(public));
    assert_eq!(open(vec![plain]), "auditor-key-type");
    assert_eq!(open(vec![vkey(one, &one_key); 2]), "auditor-repeated");
    assert_eq!(open(vec![vkey(one, &one_key); 65]), "auditors-too-many");
    for own in ["checkpoint.pem", "ledger.pem"] {
        let key = crate::keys::load(&bench.keys_dir().join(own)).unwrap();
        assert_eq!(open(vec![vkey(one, &key)]), "key-reused");
    }
}
