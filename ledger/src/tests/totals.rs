//! Proofs of every total of small and larger trees, made of what the fold has stored and read as anybody would.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use lebombo_verifier::event::{
    self, Activity, Body, Charter, Contribution, Day, Enrolment, Nonce, Party, Payload, Snapshot, Stewards,
    Token, VerdictRule, Verdicts, Work,
};
use lebombo_verifier::fold::AsOf;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::{Proof, Stated};
use lebombo_verifier::{Code as _, Hash};

use super::helpers::{Bench, did, origin, signed};
use crate::attribute::Attribution;
use crate::{FoldChange, Ledger, prove_total};

fn today() -> Day {
    Day::parse("2026-07-22").unwrap()
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

fn person(number: u64) -> SigningKey {
    SigningKey::from_bytes(&Hash::of(&number.to_be_bytes()).0)
}

fn party(number: u64) -> Party {
    Party::parse(&did(&person(number)).to_string()).unwrap()
}

fn entry(number: u64, signer: &SigningKey, project: Option<Hash>, body: Body) -> (Hash, Vec<u8>) {
    let mut nonce = [0; 16];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    let payload = Payload {
        about: vec![],
        body,
        date: today(),
        id: Nonce(nonce),
        log: origin(),
        project,
        signers: vec![did(signer)],
    };
    let bytes = signed(&payload, &[signer]);
    (event::check(&bytes).unwrap().id(), bytes)
}

/// A ledger whose totals are followed, and whose marks and snapshots are made by hand.
struct World {
    bench: Bench,
    ledger: Ledger,
    attribution: Attribution,
    policy: Policy,
    next: u64,
}

impl World {
    fn new() -> Self {
        let bench = Bench::new();
        let ledger = bench.create();
        let attribution = Attribution::start(&ledger).unwrap();
        let policy = format!("log {}\nquorum none\n", ledger.vkey());
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        Self { bench, ledger, attribution, policy, next: 0 }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Logs an entry, and waits until the totals have taken it in.
    fn log(&mut self, (id, bytes): (Hash, Vec<u8>)) -> Hash {
        let entry = self.ledger.admit(bytes).unwrap();
        self.bench.runtime.block_on(self.ledger.submit(entry)).unwrap();
        self.taken_in();
        id
    }

    fn taken_in(&self) {
        while self.attribution.cursor().unwrap() < self.ledger.size() {
            std::thread::yield_now();
        }
        self.bench.settle(&self.ledger);
    }

    fn project(&mut self) -> Hash {
        let steward = person(0);
        let body = Charter {
            activities: vec![Activity {
                activity: token("labelling"),
                unit: token("item"),
                weight: 10,
                work: Work::Annotation,
            }],
            enrolment: Enrolment::Open,
            enrollers: vec![],
            grace: 0,
            import: None,
            name: token("weaving"),
            notice: 7,
            pay: None,
            reasons: vec![],
            replaces: None,
            stewards: Stewards { keys: vec![did(&steward)], threshold: 1 },
            verdicts: vec![Verdicts { rule: VerdictRule::AtOnce, silence: None, work: Work::Annotation }],
        };
        let number = self.number();
        self.log(entry(number, &steward, None, Body::Charter(body)))
    }

    fn work(&mut self, project: Hash, who: u64, quantity: u32) {
        let body = Contribution {
            activity: token("labelling"),
            charter: project,
            contributor: None,
            outcome: None,
            quantity,
            supersedes: None,
            unit: token("item"),
            work: Work::Annotation,
        };
        let number = self.number();
        self.log(entry(number, &person(who), Some(project), Body::Contribution(body)));
    }

    fn own(&self, body: Body) {
        let queued = self.ledger.own().submit(body, today()).unwrap();
        self.bench.runtime.block_on(queued.answer).unwrap().unwrap();
        self.taken_in();
    }

    fn mark(&self) {
        self.own(Body::Mark);
    }

    /// States the newest mark; the snapshot's event id.
    fn state(&self, previous: Option<Hash>) -> Hash {
        let mark = self.attribution.mark().unwrap().unwrap();
        self.own(Body::Snapshot(Snapshot {
            mark: mark.id,
            previous,
            projects: mark.projects,
            root: mark.root,
        }));
        self.attribution.snapshot().unwrap().unwrap().snapshot.id
    }

    fn prove(&self, project: Hash, who: u64, size: Option<u64>) -> Result<Proof, &'static str> {
        prove_total(&self.ledger, &self.attribution, &project, &party(who), size).map_err(|e| e.code())
    }

    /// The proof as a third party reads it.
    fn stated(&self, project: Hash, who: u64) -> Stated {
        let file = self.prove(project, who, None).unwrap().format();
        Proof::parse(file.as_bytes()).unwrap().verify(&self.policy).unwrap()
    }
}

#[test]
fn every_total_of_trees_that_grow() {
    let mut world = World::new();
    let before = world.project();
    let project = world.project();
    let mut previous = None;
    let mut known = 0;
    for (round, count) in (1_u32..).zip([1_u64, 2, 3, 15, 16, 17, 18, 33, 256, 257, 273]) {
        for who in known..count {
            world.work(project, who, 1 + (who % 7) as u32);
        }
        known = count;
        // Somebody who was there has more.
        world.work(project, count / 2, round);
        // The tree of projects grows beside it, past a group of sixteen.
        for _ in 0..2 {
            world.project();
        }
        world.mark();
        previous = Some(world.state(previous));
        let size = world.ledger.size();
        let (mut points, mut handles) = (0, Vec::new());
        for who in 0..count {
            let stated = world.stated(project, who);
            let now = world.attribution.totals_of(&project, &party(who), AsOf::Now).unwrap().unwrap();
            assert_eq!(stated.contributor(), &party(who));
            assert_eq!(stated.total().points, now.contributor.sums.points);
            assert_eq!(stated.total().counts, now.contributor.sums.counts);
            assert_eq!((stated.project().contributors, stated.size()), (count, size));
            assert!(!stated.is_recomputed());
            points += stated.total().points;
            handles.push(stated.total().handle);
        }
        let stated = world.stated(project, 0);
        assert_eq!(stated.project().points, points, "all together have what the project has");
        assert_eq!(handles, (0..count).collect::<Vec<_>>());
    }
    // Another project, whose leaf has another place.
    world.work(before, 3, 1);
    world.mark();
    world.state(previous);
    assert_eq!(world.stated(before, 3).total().points, 10);
}

#[test]
fn what_has_no_proof() {
    let mut world = World::new();
    let project = world.project();
    assert_eq!(world.prove(project, 1, None).unwrap_err(), "snapshot-none");
    world.work(project, 1, 1);
    world.mark();
    assert_eq!(world.prove(project, 1, None).unwrap_err(), "snapshot-pending");
    let first = world.state(None);
    let size = world.ledger.size();
    world.prove(project, 1, Some(size)).unwrap();
    assert_eq!(world.prove(project, 1, Some(size - 1)).unwrap_err(), "snapshot-gone");
    assert_eq!(world.prove(project, 1, Some(size + 1)).unwrap_err(), "snapshot-unknown");
    assert_eq!(world.prove(project, 2, None).unwrap_err(), "contributor-unknown");
    assert_eq!(world.prove(Hash::of(b"none"), 1, None).unwrap_err(), "project-unknown");
    world.work(project, 2, 1);
    assert_eq!(world.prove(project, 2, None).unwrap_err(), "total-not-yet");
    let later = world.project();
    world.work(later, 1, 1);
    assert_eq!(world.prove(later, 1, None).unwrap_err(), "total-not-yet");
    // What came later is not in the totals of the snapshot.
    world.work(project, 1, 100);
    assert_eq!(world.stated(project, 1).total().points, 10);
    world.mark();
    assert_eq!(world.prove(project, 1, None).unwrap_err(), "snapshot-pending");
    world.state(Some(first));
    assert_eq!(world.prove(project, 1, Some(size)).unwrap_err(), "snapshot-gone");
    assert_eq!(world.stated(project, 1).total().points, 1_010);
    assert_eq!(world.stated(project, 2).total().points, 10);
    assert_eq!(world.stated(later, 1).project().points, 10);
}

#[test]
fn later_ledger_events_are_in_it() {
    let mut world = World::new();
    let project = world.project();
    world.work(project, 1, 1);
    let constitution = event::Ledger {
        checkpoint: world.ledger.vkey().clone(),
        closing: None,
        key: world.ledger.ledger_key().clone(),
        rules: 1,
        witnesses: vec![],
    };
    world.own(Body::Ledger(constitution.clone()));
    world.work(project, 1, 1);
    world.mark();
    world.state(None);
    let indices = |proof: &Proof| proof.parts().entries.iter().map(|entry| entry.index).collect::<Vec<_>>();
    assert_eq!(indices(&world.prove(project, 1, None).unwrap()), [0, 3, 6]);
    assert_eq!(world.stated(project, 1).total().points, 20);
    // Not those after the snapshot.
    world.own(Body::Ledger(constitution));
    assert_eq!(indices(&world.prove(project, 1, None).unwrap()), [0, 3, 6]);
    // They are found again by whoever makes the totals anew.
    world.attribution.stop();
    world.ledger.store().fold_clear().unwrap();
    assert_eq!(world.ledger.store().constitution(u64::MAX).unwrap(), [0; 0]);
    world.attribution = Attribution::start(&world.ledger).unwrap();
    world.taken_in();
    assert_eq!(world.ledger.store().constitution(u64::MAX).unwrap(), [0, 3, 7]);
    assert_eq!(world.stated(project, 1).total().points, 20);
}

#[test]
fn totals_that_another_version_kept_are_counted_anew() {
    let mut world = World::new();
    let project = world.project();
    world.work(project, 1, 3);
    world.mark();
    world.state(None);
    world.attribution.stop();
    // A cursor without a format, as it was written once, and state that would be misread.
    let store = Arc::clone(world.ledger.store());
    let cursor = store.fold_cursor().unwrap();
    assert!(store.fold_is_current().unwrap());
    store.set_fold_cursor_of_old(cursor);
    assert_eq!((store.fold_cursor().unwrap(), store.fold_is_current().unwrap()), (cursor, false));
    world.attribution = Attribution::start(&world.ledger).unwrap();
    world.taken_in();
    assert!(store.fold_is_current().unwrap());
    assert_eq!(world.stated(project, 1).total().points, 30);
}

#[test]
fn a_damaged_state_makes_no_proofs() {
    let mut world = World::new();
    let project = world.project();
    for who in 0..20 {
        world.work(project, who, 1);
    }
    world.mark();
    world.state(None);
    world.attribution.stop();
    let store = Arc::clone(world.ledger.store());
    let cursor = store.fold_cursor().unwrap();
    let mut groups: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for prefix in [b"G", b"U"] {
        let mut take = |key: &[u8], value: &[u8]| {
            groups.push((key.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        };
        store.fold_visit(prefix, &[], &mut take).unwrap();
    }
    assert!(groups.len() >= 4, "{}", groups.len());
    let put = |key: &[u8], value: Option<Vec<u8>>| {
        store.fold_write(vec![FoldChange { key: key.to_vec(), value }], &[], cursor).unwrap();
    };
    let refused = || (0..20).filter(|who| world.prove(project, *who, None) == Err("totals-damaged")).count();
    assert_eq!(refused(), 0);
    // The last level is the root alone, which no path needs.
    let needed: Vec<_> = groups.iter().filter(|(_, value)| value.len() > 40).collect();
    for (key, value) in &needed {
        put(key, Some(value[40..].to_vec()));
        assert!(refused() > 0, "a node was lost");
        put(key, None);
        assert!(refused() > 0, "a group was lost");
        put(key, Some(value.clone()));
    }
    assert!(needed.len() >= 3);
    assert_eq!(refused(), 0);
}
