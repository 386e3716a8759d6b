//! A ledger in a box, and events to feed it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use ed25519_dalek::{Signer, SigningKey};
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{Envelope, pae};
use lebombo_verifier::event::{Body, Day, Nonce, Payload};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::proof::{verify_consistency, verify_inclusion};
use lebombo_verifier::receipt::Receipt;
use lebombo_verifier::{Hash, leaf_hash};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fsck::{Report, check};
use crate::open::OpenError;
use crate::store::engine::Engine;
use crate::store::memory::MemoryDisk;
use crate::{Config, Ledger, ManualClock, Published};

pub(super) fn origin() -> Origin {
    Origin::parse("log.example/test").unwrap()
}

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn did(key: &SigningKey) -> Did {
    Did::from_key(&key.verifying_key().to_bytes())
}

/// A payload that stands for any event: admission does not ask what it means.
pub(super) fn payload(number: u64, signer: &SigningKey) -> Payload {
    let mut nonce = [0; 16];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    Payload {
        about: vec![Hash::of(b"something")],
        body: Body::Retraction,
        date: Day::parse("2026-07-22").unwrap(),
        id: Nonce(nonce),
        log: origin(),
        project: Some(Hash::of(b"a project")),
        signers: vec![did(signer)],
    }
}

pub(super) fn signed(payload: &Payload, signers: &[&SigningKey]) -> Vec<u8> {
    let payload = payload.to_canonical();
    let signatures = signers.iter().map(|key| (did(key), key.sign(&pae(&payload)).to_bytes())).collect();
    Envelope { payload, signatures }.to_bytes()
}

/// Event `number` of the key that most tests use.
pub(super) fn event(number: u64) -> Vec<u8> {
    let key = key(7);
    signed(&payload(number, &key), &[&key])
}

/// Folders, a disk in memory, and what the fatal action was told.
pub(super) struct Bench {
    pub(super) dir: TempDir,
    pub(super) disk: MemoryDisk,
    pub(super) fatal: Arc<Mutex<Vec<String>>>,
    pub(super) runtime: Runtime,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            disk: MemoryDisk::default(),
            fatal: Arc::default(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(super) fn keys_dir(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(super) fn config(&self) -> Config {
        let mut config = Config::new(origin(), self.data_dir(), self.keys_dir());
        config.clock = Arc::new(ManualClock::at(1_784_700_000_000));
        let told = Arc::clone(&self.fatal);
        config.fatal = Arc::new(move |error| told.lock().unwrap().push(error.to_string()));
        config
    }

    pub(super) fn open_as(&self, config: Config) -> Result<Ledger, OpenError> {
        Ledger::open_with(config, &|_| Ok(Arc::new(self.disk.open()) as Arc<dyn Engine>))
    }

    pub(super) fn create(&self) -> Ledger {
        self.open_as(Config { create: true, ..self.config() }).unwrap()
    }

    pub(super) fn open(&self) -> Ledger {
        self.open_as(self.config()).unwrap()
    }

    pub(super) fn fatal_count(&self) -> usize {
        self.fatal.lock().unwrap().len()
    }

    pub(super) fn fsck(&self, ledger: &Ledger) -> Report {
        check(ledger.store(), &origin(), Some(&self.keys_dir()), &mut |_, _| {}).unwrap()
    }

    /// Waits until everything that is committed is published.
    pub(super) fn settle(&self, ledger: &Ledger) -> Arc<Published> {
        let last = ledger.size() - 1;
        self.runtime.block_on(ledger.wait_published(last)).unwrap()
    }
}

/// Every entry's proof under the latest checkpoint holds.
pub(super) fn prove_all(ledger: &Ledger) {
    let published = ledger.checkpoint();
    let indices: Vec<u64> = (0..published.size()).collect();
    for chunk in indices.chunks(crate::MAX_PROOFS) {
        let receipts = ledger.receipts(chunk).unwrap();
        for proof in receipts.proofs {
            let entry = ledger.entry(proof.index).unwrap().unwrap();
            let (size, root) = (receipts.checkpoint.size(), receipts.checkpoint.root());
            verify_inclusion(proof.index, size, &leaf_hash(&entry.bytes), &proof.hashes, &root).unwrap();
        }
    }
}

/// A receipt, read and verified as a third party would who trusts the log's key alone.
pub(super) fn verify_receipt(ledger: &Ledger, index: u64) {
    let policy = format!("log {}\nquorum none\n", ledger.vkey());
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let receipt = Receipt::parse(&ledger.receipt(index).unwrap()).unwrap();
    let included = receipt.verify(&policy).unwrap();
    assert_eq!(included.index(), index);
    assert_eq!(included.event().id(), ledger.entry(index).unwrap().unwrap().id);
}

/// The later checkpoint extends the earlier one.
pub(super) fn extends(ledger: &Ledger, earlier: &Published, later: &Published) {
    let proof = ledger.consistency(earlier.size(), later.size()).unwrap();
    verify_consistency(earlier.size(), &earlier.root(), later.size(), &later.root(), &proof).unwrap();
}
