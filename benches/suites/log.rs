//! A log to measure with: a project, and contributions to it that count.

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_ledger::{Config, Ledger};
use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{Envelope, event_id, pae};
use lebombo_verifier::event::{
    Activity, Body, Charter, Contribution, Day, Enrolment, Nonce, Payload, Stewards, Token, VerdictRule,
    Verdicts, Work,
};
use lebombo_verifier::origin::Origin;

/// How many people contribute.
const PEOPLE: u64 = 64;

/// A ledger in folders of its own.
#[derive(Debug)]
pub(crate) struct Log {
    /// The ledger.
    pub(crate) ledger: Ledger,
    /// Where its data and keys are.
    pub(crate) folder: tempfile::TempDir,
    project: Hash,
    made: u64,
}

impl Log {
    /// A log with a project.
    pub(crate) fn new() -> Self {
        let folder = crate::folder();
        let mut config = Config::new(origin(), folder.path().join("data"), folder.path().join("keys"));
        config.create = true;
        let ledger = Ledger::open(config).unwrap();
        let payload = charter();
        let project = event_id(&payload.to_canonical());
        let log = Self { ledger, folder, project, made: 0 };
        log.submit(vec![signed(&payload, &key(0))]);
        log
    }

    /// A log with `entries` contributions.
    pub(crate) fn filled(entries: usize) -> Self {
        let mut log = Self::new();
        for batch in log.contributions(entries).chunks(2048) {
            log.submit(batch.to_vec());
        }
        log
    }

    /// `count` new contributions by many people, signed.
    pub(crate) fn contributions(&mut self, count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|_| self.contribution()).collect()
    }

    fn contribution(&mut self) -> Vec<u8> {
        self.made += 1;
        let key = key(1 + self.made % PEOPLE);
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.made.to_be_bytes());
        let body = Body::Contribution(Contribution {
            activity: token("labelling"),
            charter: self.project,
            contributor: None,
            outcome: None,
            quantity: 1,
            supersedes: None,
            unit: token("item"),
            work: Work::Annotation,
        });
        signed(&Payload { id: Nonce(nonce), project: Some(self.project), ..payload(body, &key) }, &key)
    }

    /// Admits and commits one batch.
    pub(crate) fn submit(&self, batch: Vec<Vec<u8>>) {
        let admitted = self.ledger.admit_many(batch).into_iter().map(Result::unwrap).collect();
        let logged = waiting().block_on(self.ledger.submit_many(admitted)).unwrap();
        assert!(logged.iter().all(|entry| !entry.duplicate));
    }

    /// Waits until everything that was committed is covered by a published checkpoint.
    pub(crate) fn publish(&self) {
        waiting().block_on(self.ledger.wait_published(self.ledger.size() - 1)).unwrap();
    }

    /// The bytes of all entries, in order.
    pub(crate) fn entries(&self) -> Vec<Vec<u8>> {
        (0..self.ledger.size()).map(|index| self.ledger.entry(index).unwrap().unwrap().bytes).collect()
    }
}

/// What a thread waits with for answers.
pub(crate) fn waiting() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn origin() -> Origin {
    Origin::parse("bench.example/log").unwrap()
}

fn key(number: u64) -> SigningKey {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_bytes(&secret)
}

fn charter() -> Payload {
    let key = key(0);
    let did = Did::from_key(&key.verifying_key().to_bytes());
    let work = Work::Annotation;
    let body = Body::Charter(Charter {
        activities: vec![Activity { activity: token("labelling"), unit: token("item"), weight: 1, work }],
        enrolment: Enrolment::Open,
        enrollers: Vec::new(),
        grace: 0,
        import: None,
        name: token("bench"),
        notice: 0,
        pay: None,
        reasons: Vec::new(),
        replaces: None,
        stewards: Stewards { keys: vec![did], threshold: 1 },
        verdicts: vec![Verdicts { rule: VerdictRule::AtOnce, silence: None, work }],
    });
    payload(body, &key)
}

fn payload(body: Body, key: &SigningKey) -> Payload {
    Payload {
        about: Vec::new(),
        body,
        date: Day::parse("2026-03-02").unwrap(),
        id: Nonce([0; 16]),
        log: origin(),
        project: None,
        signers: vec![Did::from_key(&key.verifying_key().to_bytes())],
    }
}

fn signed(payload: &Payload, key: &SigningKey) -> Vec<u8> {
    let text = payload.to_canonical();
    let signature = key.sign(&pae(&text)).to_bytes();
    Envelope { payload: text, signatures: vec![(payload.signers[0].clone(), signature)] }.to_bytes()
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}
