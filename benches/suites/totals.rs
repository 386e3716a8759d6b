//! A project with very many contributors: what a mark costs, and a total proof, made and verified.
//!
//! What a mark costs is measured once the database has tidied up what was written to make the log.
//!
//! Making the log takes a minute or two; `--quick` makes a sixteenth of it.

use std::time::Duration;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_benches::clock::{make, median, rest, time};
use lebombo_benches::rate::Rate;
use lebombo_ledger::attribute::Attribution;
use lebombo_ledger::{Config, Ledger, prove_total};
use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{Envelope, event_id, pae};
use lebombo_verifier::event::{
    Activity, Alias, Body, Change, Charter, Contribution, Day, Enrolment, Membership, Nonce, Party, Pay,
    Payload, Role, Share, Snapshot, Stewards, Token, VerdictRule, Verdicts, Work,
};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::Proof;

use crate::limits::Check;
use crate::log::waiting;
use crate::{Run, limits};

/// Contributors of the project.
pub(crate) const CONTRIBUTORS: u64 = 1_000_000;
/// One of so many has more at the next mark.
pub(crate) const CHANGED: u64 = 100;
/// Entries of one batch.
const BATCH: usize = 2_048;

/// Measures.
pub(crate) fn run(run: &mut Run) {
    let count = CONTRIBUTORS / run.shrink as u64;
    run.section(&format!("totals: a project of {count} contributors"));
    let mut world = World::new();
    world.work((0..count).collect());
    let first = world.mark();
    world.state();
    run.row("mark: the first, in which all are new", first, &[]);
    let plain = (0..run.rounds.max(3)).map(|_| world.one()).collect();
    let plain = ("one entry, committed and counted", Rate::median(plain));
    let rounds = (0..run.rounds as u64).map(|round| {
        world.work((0..count / CHANGED).map(|n| n * CHANGED + round).collect());
        at_rest();
        let rate = world.mark();
        world.state();
        rate
    });
    let rate = Rate::median(rounds.collect());
    run.row("mark: 1 % changed, committed, counted and written", rate, &[plain]);

    // Spread over the tree by a step that shares no factor with a power of ten.
    let spread: Vec<Party> = (0..512).map(|n| party(n * 7_654_321 % count)).collect();
    let proofs: Vec<Proof> = spread.iter().map(|who| world.prove(who)).collect();
    let bytes = |proof: &Proof| proof.format().len() - proof.parts().checkpoint.len();
    let largest = proofs.iter().map(bytes).max().unwrap();
    println!("  a total proof has at most {largest} bytes before the checkpoint");
    assert!(largest + 512 < 8_192, "with the log's signature it is to stay below 8 kB");
    let raw: Vec<_> = proofs[0].parts().entries.iter().map(|entry| Check::of(&entry.bytes)).collect();
    let raw = limits::verify_on_one(run.rounds * 100, &raw);
    let raw = [("4 raw strict verifications", raw.group(4))];
    let rate = median(run.rounds, spread.len(), || make(spread.iter().map(|who| world.prove(who).format())));
    run.row("total proof, built and written", rate, &raw);
    let policy = format!("log {}\nquorum none\n", world.ledger.vkey());
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let files: Vec<String> = proofs.iter().map(Proof::format).collect();
    let rate = median(run.rounds, files.len(), || {
        make(files.iter().map(|file| Proof::parse(file.as_bytes()).unwrap().verify(&policy).unwrap()))
    });
    run.row("total proof, read and verified", rate, &raw);
    world.attribution.stop();
}

/// Waits until the databases have tidied up.
pub(crate) fn at_rest() {
    if !rest() {
        println!("  something is still going on in the background");
    }
}

/// A ledger with one project, whose totals are followed.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) attribution: Attribution,
    ledger_key: SigningKey,
    pub(crate) steward: SigningKey,
    day: Day,
    pub(crate) project: Hash,
    previous: Option<Hash>,
    made: u64,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = crate::folder();
        let keys = folder.path().join("keys");
        let mut config = Config::new(origin(), folder.path().join("data"), keys.clone());
        config.create = true;
        let ledger = Ledger::open(config).unwrap();
        let attribution = Attribution::start(&ledger).unwrap();
        let pem = std::fs::read_to_string(keys.join("ledger.pem")).unwrap();
        let ledger_key = SigningKey::from_pkcs8_pem(&pem).unwrap();
        let mut world = Self {
            ledger,
            attribution,
            ledger_key,
            steward: SigningKey::from_bytes(&[7; 32]),
            day: Day::parse("2026-03-02").unwrap(),
            project: Hash::default(),
            previous: None,
            made: 0,
            _folder: folder,
        };
        world.counted();
        world.day = world.attribution.day().unwrap().unwrap();
        let steward = world.steward.clone();
        let did = did(&steward);
        let charter = world.payload(Body::Charter(charter(did.clone())), &steward);
        let charter = Payload { project: None, ..charter };
        world.project = event_id(&charter.to_canonical());
        let role = Membership { change: Change::Grant, member: Party::Key(did), role: Role::Importer };
        let role = world.payload(Body::Membership(role), &steward);
        world.log(vec![signed(&charter, &steward), signed(&role, &steward)]);
        world
    }

    fn payload(&mut self, body: Body, signer: &SigningKey) -> Payload {
        self.made += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.made.to_be_bytes());
        Payload {
            about: Vec::new(),
            body,
            date: self.day,
            id: Nonce(nonce),
            log: origin(),
            project: Some(self.project),
            signers: vec![did(signer)],
        }
    }

    fn log(&self, batch: Vec<Vec<u8>>) {
        let admitted = self.ledger.admit_many(batch).into_iter().map(Result::unwrap).collect();
        waiting().block_on(self.ledger.submit_many(admitted)).unwrap();
    }

    /// Waits until all that was logged is counted.
    fn counted(&self) {
        while self.attribution.cursor().unwrap() < self.ledger.size() {
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// An item of work by each of these.
    pub(crate) fn work(&mut self, people: Vec<u64>) {
        let steward = self.steward.clone();
        for people in people.chunks(BATCH) {
            let payloads: Vec<_> = people.iter().map(|n| self.contribution(*n, &steward)).collect();
            self.log(payloads.iter().map(|payload| signed(payload, &steward)).collect());
            // Whoever counts and falls behind checks all signatures once more.
            self.counted();
        }
        // All of them count, or nothing of what is measured is what it says.
        let last = self.ledger.entry(self.ledger.size() - 1).unwrap().unwrap().id;
        let standing = self.attribution.standing(&last).unwrap().unwrap();
        assert_eq!(standing.status.as_str(), "accepted", "{standing:?}");
    }

    fn contribution(&mut self, person: u64, steward: &SigningKey) -> Payload {
        let Party::Alias(alias) = party(person) else { unreachable!("people here are aliases") };
        let body = Body::Contribution(Contribution {
            activity: token("labelling"),
            charter: self.project,
            contributor: Some(alias),
            outcome: None,
            quantity: 1,
            supersedes: None,
            unit: token("item"),
            work: Work::Annotation,
        });
        self.payload(body, steward)
    }

    /// Logs an event of the steward's, and waits until it is counted.
    pub(crate) fn say(&mut self, body: Body) {
        let steward = self.steward.clone();
        let payload = self.payload(body, &steward);
        self.log(vec![signed(&payload, &steward)]);
        self.counted();
        let standing = self.attribution.standing(&event_id(&payload.to_canonical())).unwrap().unwrap();
        assert_eq!(standing.status.as_str(), "applied", "{standing:?}");
    }

    fn own(&mut self, body: Body) -> Vec<u8> {
        let key = self.ledger_key.clone();
        let payload = self.payload(body, &key);
        signed(&Payload { project: None, ..payload }, &key)
    }

    /// From the submission of an entry until its effect can be read.
    fn one(&mut self) -> Rate {
        let steward = self.steward.clone();
        let payload = self.contribution(0, &steward);
        self.timed(signed(&payload, &steward))
    }

    fn timed(&self, entry: Vec<u8>) -> Rate {
        time(1, || {
            self.log(vec![entry]);
            self.counted();
        })
    }

    /// A mark: from its submission until its effect can be read.
    pub(crate) fn mark(&mut self) -> Rate {
        let entry = self.own(Body::Mark);
        self.timed(entry)
    }

    /// States the newest mark.
    pub(crate) fn state(&mut self) {
        let mark = self.attribution.mark().unwrap().unwrap();
        let body =
            Snapshot { mark: mark.id, previous: self.previous, projects: mark.projects, root: mark.root };
        let entry = self.own(Body::Snapshot(body));
        self.log(vec![entry]);
        self.counted();
        let snapshot = self.attribution.snapshot().unwrap().unwrap();
        self.previous = Some(snapshot.snapshot.id);
        waiting().block_on(self.ledger.wait_published(snapshot.snapshot.index)).unwrap();
    }

    fn prove(&self, who: &Party) -> Proof {
        prove_total(&self.ledger, &self.attribution, &self.project, who, None).unwrap()
    }
}

pub(crate) fn party(person: u64) -> Party {
    Party::Alias(Alias::parse(&format!("alias:bench:{}", Hash::of(&person.to_be_bytes()))).unwrap())
}

fn origin() -> Origin {
    Origin::parse("bench.example/totals").unwrap()
}

pub(crate) fn did(key: &SigningKey) -> Did {
    Did::from_key(&key.verifying_key().to_bytes())
}

fn charter(steward: Did) -> Charter {
    let work = Work::Annotation;
    Charter {
        activities: vec![Activity { activity: token("labelling"), unit: token("item"), weight: 1, work }],
        enrolment: Enrolment::Open,
        enrollers: vec![steward.clone()],
        grace: 0,
        import: Some(Hash::of(b"import key")),
        name: token("bench"),
        notice: 0,
        pay: Some(Pay {
            claim: None,
            funds: Vec::new(),
            payouts: Vec::new(),
            rates: Vec::new(),
            reserve: None,
            share: Some(Share::Ever),
        }),
        reasons: Vec::new(),
        replaces: None,
        stewards: Stewards { keys: vec![steward], threshold: 1 },
        verdicts: vec![Verdicts { rule: VerdictRule::AtOnce, silence: None, work }],
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
