//! Everything that keeps a ledger from opening, and that creating is explicit.

use std::sync::Arc;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use lebombo_verifier::Code;
use lebombo_verifier::event::{self, Body};
use lebombo_verifier::origin::Origin;

use super::helpers::{Bench, event, extends, origin};
use crate::store::engine::{Durability, Engine, Space, WriteSet};
use crate::store::memory::MemoryDisk;
use crate::{Config, Ledger, OpenError, SignerError};

fn code(opened: Result<Ledger, OpenError>) -> &'static str {
    opened.unwrap_err().code()
}

fn log(bench: &Bench, ledger: &Ledger, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let entry = ledger.admit(event(number)).unwrap();
        bench.runtime.block_on(ledger.submit(entry)).unwrap();
    }
    bench.settle(ledger);
}

#[test]
fn entry_0_says_whose_log_it_is() {
    let bench = Bench::new();
    let ledger = bench.create();
    let entry = ledger.entry(0).unwrap().unwrap();
    let event = event::check(&entry.bytes).unwrap();
    let Body::Ledger(body) = &event.payload().body else { panic!("{event:?}") };
    assert_eq!((body.rules, &body.key, &body.checkpoint), (1, ledger.ledger_key(), ledger.vkey()));
    assert_eq!(event.payload().log, origin());
    assert_eq!(event.payload().date.to_string(), "2026-07-22");
    assert_eq!((ledger.size(), ledger.checkpoint().size()), (1, 1));
}

#[test]
fn creating_is_explicit_and_once() {
    let bench = Bench::new();
    assert_eq!(code(bench.open_as(bench.config())), "key-missing");
    drop(bench.create());
    assert_eq!(code(bench.open_as(Config { create: true, ..bench.config() })), "log-exists");
    assert_eq!(bench.open().size(), 1);
}

#[test]
fn creating_goes_on_after_a_crash_between_its_steps() {
    use crate::store::memory::Fault;
    for (fault, exists) in [(Fault::NotWritten, false), (Fault::Written, true)] {
        let bench = Bench::new();
        bench.disk.fail_after(0, fault);
        let create = || bench.open_as(Config { create: true, ..bench.config() });
        assert_eq!(code(create()), "data-unusable");
        bench.disk.crash();
        let ledger = if exists {
            assert_eq!(code(create()), "log-exists");
            bench.open()
        } else {
            assert_eq!(code(bench.open_as(bench.config())), "no-log");
            create().unwrap()
        };
        assert!(bench.fsck(&ledger).is_clean());
    }
}

#[test]
fn a_missing_data_folder_is_not_made_anew() {
    let bench = Bench::new();
    drop(bench.create());
    let empty = MemoryDisk::default();
    for create in [false, true] {
        let opened = Ledger::open_with(Config { create, ..bench.config() }, &|_| Ok(Arc::new(empty.open())));
        let code = code(opened);
        assert_eq!(code, if create { "log-exists" } else { "data-missing" });
    }
}

#[test]
fn another_origin_and_a_newer_format() {
    let bench = Bench::new();
    drop(bench.create());
    let other = Origin::parse("log.example/other").unwrap();
    assert_eq!(
        code(bench.open_as(Config { origin: other.clone(), ..bench.config() })),
        "signer-other-origin"
    );
    let moved = bench.dir.path().join("keys of the other");
    let mut config = Config { origin: other, keys_dir: moved, create: true, ..bench.config() };
    assert_eq!(code(bench.open_as(config.clone())), "data-other-origin");
    config.origin = origin();
    config.create = false;
    assert_eq!(code(bench.open_as(config)), "other-key");
    let mut set = WriteSet::default();
    set.put(Space::Meta, b"format".to_vec(), 2_u32.to_be_bytes().to_vec());
    bench.disk.open().commit(set, Durability::Synced).unwrap();
    assert_eq!(code(bench.open_as(bench.config())), "data-newer");
}

#[test]
fn a_restored_backup_does_not_start_until_the_operator_says_what_is_lost() {
    let bench = Bench::new();
    let ledger = bench.create();
    log(&bench, &ledger, 0..3);
    let backup = bench.disk.backup();
    log(&bench, &ledger, 3..5);
    drop(ledger);
    let open = |lost: Option<u64>| {
        let config = Config { accept_lost_from: lost, ..bench.config() };
        Ledger::open_with(config, &|_| Ok(Arc::new(backup.open())))
    };
    let error = open(None).unwrap_err();
    assert!(matches!(error, OpenError::Signer(SignerError::Behind { store: 4, signed: 6 })), "{error:?}");
    assert!(error.to_string().contains("--accept-lost-from 4"), "{error}");
    // The word for another size does not count.
    assert_eq!(code(open(Some(3))), "store-behind-signer");
    assert_eq!(code(open(Some(5))), "store-behind-signer");
    let ledger = open(Some(4)).unwrap();
    assert_eq!(ledger.checkpoint().size(), 4);
    log(&bench, &ledger, 10..14);
    assert!(bench.fsck(&ledger).is_clean());
    drop(ledger);
    // The original store is now the fork, however large it is: it is refused whatever the operator says.
    let original = |lost| bench.open_as(Config { accept_lost_from: lost, ..bench.config() });
    assert_eq!(code(original(None)), "store-behind-signer");
    let backup_is_larger = open(None).unwrap();
    assert_eq!(backup_is_larger.size(), 8);
}

#[test]
fn a_store_that_was_rewritten_is_a_fork_always() {
    let bench = Bench::new();
    let ledger = bench.create();
    let backup = bench.disk.backup();
    log(&bench, &ledger, 0..2);
    drop(ledger);
    // The same size by other entries: made with the signer's state of the backup's time.
    let state = bench.keys_dir().join("signer-state");
    let newest = std::fs::read(&state).unwrap();
    let fork = |lost| {
        let config = Config { accept_lost_from: lost, ..bench.config() };
        Ledger::open_with(config, &|_| Ok(Arc::new(backup.open())))
    };
    let forked = fork(Some(1)).unwrap();
    log(&bench, &forked, 5..7);
    assert_eq!(forked.size(), 3);
    drop(forked);
    crate::keys::write_private(&state, &newest).unwrap();
    for lost in [None, Some(3)] {
        assert_eq!(code(fork(lost)), "signer-fork");
    }
    assert_eq!(bench.open().size(), 3);
}

#[test]
fn a_missing_or_malformed_signer_state() {
    let bench = Bench::new();
    let ledger = bench.create();
    log(&bench, &ledger, 0..2);
    drop(ledger);
    let state = bench.keys_dir().join("signer-state");
    let good = std::fs::read_to_string(&state).unwrap();
    for bad in ["", "x", &good[1..], &good.replace("\n3\n", "\n03\n"), &good.replace("\n3\n", "\n-1\n")] {
        std::fs::write(&state, bad).unwrap();
        assert_eq!(code(bench.open_as(bench.config())), "signer-state-malformed", "{bad:?}");
    }
    std::fs::remove_file(&state).unwrap();
    assert_eq!(code(bench.open_as(bench.config())), "signer-state-missing");
    let config = Config { accept_lost_from: Some(3), ..bench.config() };
    assert_eq!(bench.open_as(config).unwrap().size(), 3);
    assert_eq!(std::fs::read_to_string(&state).unwrap(), good);
}

#[test]
fn keys_are_kept_apart() {
    let bench = Bench::new();
    let inside = bench.data_dir().join("keys");
    let config = Config { create: true, keys_dir: inside, ..bench.config() };
    assert_eq!(code(bench.open_as(config)), "keys-inside-data");
    drop(bench.create());
    let pem = KeypairBytes { secret_key: [1; 32], public_key: None }.to_pkcs8_pem(LineEnding::LF).unwrap();
    for name in ["checkpoint.pem", "ledger.pem"] {
        crate::keys::write_private(&bench.keys_dir().join(name), pem.as_bytes()).unwrap();
    }
    assert_eq!(code(bench.open_as(bench.config())), "key-reused");
}

#[test]
fn one_process_at_a_time() {
    let bench = Bench::new();
    let ledger = Ledger::open(Config { create: true, ..bench.config() }).unwrap();
    assert_eq!(code(Ledger::open(bench.config())), "signer-locked");
    // Other keys, same data.
    let keys_dir = bench.dir.path().join("other keys");
    assert_eq!(code(Ledger::open(Config { create: true, keys_dir, ..bench.config() })), "data-already-open");
    let first = ledger.checkpoint();
    log(&bench, &ledger, 0..3);
    drop(ledger);
    let ledger = Ledger::open(bench.config()).unwrap();
    extends(&ledger, &first, &ledger.checkpoint());
}

#[test]
fn an_empty_folder_is_no_log() {
    let bench = Bench::new();
    drop(bench.create());
    // The log above is in memory; the folder on the disk is as empty as that of a disk that is not mounted.
    assert_eq!(code(Ledger::open(bench.config())), "data-missing");
    assert_eq!(code(Ledger::open(Config { create: true, ..bench.config() })), "data-missing");
    assert_eq!(std::fs::read_dir(bench.data_dir()).unwrap().count(), 0);
}
