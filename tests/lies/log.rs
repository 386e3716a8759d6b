//! A log made by hand, by a ledger that can believe other entries than those that it logs.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::Checkpoint;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::event::{
    self, Activity, Body, Change, Charter, Contribution, Day, Enrolment, Ledger, Membership, Method, Nonce,
    Party, Payload, Review, Role, Snapshot, Stewards, Token, Verdict, VerdictRule, Verdicts, Work,
};
use lebombo_verifier::fold::{Effect, Fold, MemoryState, State as _};
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;

use super::tiles::{self, Files};
use crate::harness::events::{Person, Signed};
use crate::harness::random::Random;

pub(crate) fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

/// A ledger, its people, and what it has logged.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) origin: Origin,
    checkpoint: SigningKey,
    pub(crate) ledger: Person,
    pub(crate) steward: Person,
    pub(crate) reviewer: Person,
    pub(crate) workers: Vec<Person>,
    pub(crate) stranger: Person,
    random: Random,
    pub(crate) day: Day,
    pub(crate) entries: Vec<Vec<u8>>,
    /// Sizes whose checkpoints are kept.
    pub(crate) kept: Vec<u64>,
    /// What the entries mean.
    honest: MemoryState,
    /// What the ledger takes them to mean.
    believed: MemoryState,
    /// The newest mark, and the root and number of projects that the ledger believes in.
    pub(crate) mark: Option<(Hash, Hash, u64)>,
    pub(crate) previous: Option<Hash>,
    pub(crate) project: Hash,
    pub(crate) charter: Hash,
}

impl Log {
    /// Entry 0, a project with its people.
    pub(crate) fn new(origin: &str) -> Self {
        let mut random = Random::new("lies");
        let mut person = || Person::new(&mut random);
        let (ledger, steward, reviewer, stranger) = (person(), person(), person(), person());
        let workers = vec![person(), person(), person()];
        let mut log = Self {
            origin: Origin::parse(origin).unwrap(),
            checkpoint: SigningKey::from_bytes(&[42; 32]),
            ledger,
            steward,
            reviewer,
            workers,
            stranger,
            random,
            day: Day::parse("2026-07-22").unwrap(),
            entries: Vec::new(),
            kept: Vec::new(),
            honest: MemoryState::default(),
            believed: MemoryState::default(),
            mark: None,
            previous: None,
            project: Hash::default(),
            charter: Hash::default(),
        };
        let body = log.constitution();
        let first = log.sign(&log.ledger.clone(), body, &[], None);
        assert_eq!(log.add(&first), Effect::Ledger);
        log.begin();
        log
    }

    /// What entry 0 says.
    pub(crate) fn constitution(&self) -> Body {
        Body::Ledger(Ledger {
            checkpoint: self.vkey(),
            closing: None,
            key: self.ledger.did.clone(),
            rules: 1,
            witnesses: Vec::new(),
        })
    }

    fn begin(&mut self) {
        let steward = self.steward.clone();
        let charter = self.sign(&steward, Body::Charter(self.rules(3, None)), &[], None);
        assert!(matches!(self.add(&charter), Effect::Project { .. }));
        (self.project, self.charter) = (charter.id, charter.id);
        for (member, role) in [
            (self.reviewer.clone(), Role::Reviewer),
            (self.workers[2].clone(), Role::Reviewer),
            (self.reviewer.clone(), Role::Arbiter),
        ] {
            let body = membership(&member, role, Change::Grant);
            assert!(matches!(self.log(&steward, body, &[]), Effect::Membership { .. }));
        }
    }

    /// A charter in which annotations wait for a first verdict, and recordings count at once.
    pub(crate) fn rules(&self, weight: u32, replaces: Option<Hash>) -> Charter {
        let activity =
            |name, unit, weight, work| Activity { activity: token(name), unit: token(unit), weight, work };
        let verdicts = |rule, silence, work| Verdicts { rule, silence, work };
        Charter {
            activities: vec![
                activity("labelling", "item", weight, Work::Annotation),
                activity("recording", "clip", 5, Work::Dataset),
            ],
            enrolment: Enrolment::Open,
            enrollers: vec![self.steward.did.clone()],
            grace: 10,
            import: None,
            name: token("sound"),
            notice: 0,
            pay: None,
            reasons: vec![token("wrong")],
            replaces,
            stewards: Stewards { keys: vec![self.steward.did.clone()], threshold: 1 },
            verdicts: vec![
                verdicts(VerdictRule::First, Some(3), Work::Annotation),
                verdicts(VerdictRule::AtOnce, None, Work::Dataset),
            ],
        }
    }

    /// Checkpoint key.
    pub(crate) fn vkey(&self) -> Vkey {
        let key = PublicKey::from_bytes(&self.checkpoint.verifying_key().to_bytes()).unwrap();
        Vkey::new(KeyName::parse(self.origin.as_str()).unwrap(), Key::Ed25519(key))
    }

    /// Checkpoints are signed by another key from now on.
    pub(crate) fn change_checkpoint_key(&mut self) {
        self.checkpoint = SigningKey::from_bytes(&[43; 32]);
    }

    pub(crate) fn policy_text(&self) -> String {
        format!("log {}\nquorum none\n", self.vkey())
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy::parse(self.policy_text().as_bytes()).unwrap()
    }

    pub(crate) fn payload(
        &mut self,
        by: &Person,
        body: Body,
        about: &[Hash],
        project: Option<Hash>,
    ) -> Payload {
        let mut nonce = [0; 16];
        nonce.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.random.next().to_be_bytes()));
        let mut about = about.to_vec();
        about.sort();
        Payload {
            about,
            body,
            date: self.day,
            id: Nonce(nonce),
            log: self.origin.clone(),
            project,
            signers: vec![by.did.clone()],
        }
    }

    /// A signed event.
    pub(crate) fn sign(&mut self, by: &Person, body: Body, about: &[Hash], project: Option<Hash>) -> Signed {
        by.sign(&self.payload(by, body, about, project))
    }

    /// Index of the last entry.
    pub(crate) fn last(&self) -> u64 {
        self.size() - 1
    }

    pub(crate) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Logs an entry.
    pub(crate) fn add(&mut self, entry: &Signed) -> Effect {
        self.add_lying(Some(&entry.entry), Some(&entry.entry)).unwrap()
    }

    /// Logs one entry and believes another. What the logged one does.
    pub(crate) fn add_lying(
        &mut self,
        logged: Option<&Vec<u8>>,
        believed: Option<&Vec<u8>>,
    ) -> Option<Effect> {
        let apply = |state: &mut MemoryState, entry: &Vec<u8>| {
            let mut fold = Fold::new(std::mem::take(state));
            let effect = fold.apply(event::check(entry).as_ref()).unwrap();
            *state = std::mem::take(fold.state_mut());
            effect
        };
        if let Some(believed) = believed {
            let effect = apply(&mut self.believed, believed);
            if let Effect::Mark { root, projects } = effect {
                let id = event::check(believed).unwrap().id();
                self.mark = Some((id, root, projects));
            }
        }
        let logged = logged?;
        self.entries.push(logged.clone());
        Some(apply(&mut self.honest, logged))
    }

    /// What the ledger has at a key of its state.
    pub(crate) fn believed(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.believed.get(key).unwrap()
    }

    /// The ledger's state is bent: it has this value at a key, or nothing.
    pub(crate) fn believe(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        match value {
            Some(value) => self.believed.set(key, value).unwrap(),
            None => self.believed.remove(&key).unwrap(),
        }
    }

    /// Reads what the ledger believes.
    pub(crate) fn with_believed<T>(&mut self, read: impl FnOnce(&Fold<MemoryState>) -> T) -> T {
        let mut fold = Fold::new(std::mem::take(&mut self.believed));
        let found = read(&fold);
        self.believed = std::mem::take(fold.state_mut());
        found
    }

    /// Logs an event about the project.
    pub(crate) fn log(&mut self, by: &Person, body: Body, about: &[Hash]) -> Effect {
        let signed = self.sign(by, body, about, Some(self.project));
        self.add(&signed)
    }

    /// Work that waits for a verdict.
    pub(crate) fn labelling(&self, quantity: u32) -> Body {
        self.work("labelling", "item", Work::Annotation, quantity)
    }

    /// Work that counts at once.
    pub(crate) fn recording(&self, quantity: u32) -> Body {
        self.work("recording", "clip", Work::Dataset, quantity)
    }

    fn work(&self, activity: &str, unit: &str, work: Work, quantity: u32) -> Body {
        Body::Contribution(Contribution {
            activity: token(activity),
            charter: self.charter,
            contributor: None,
            outcome: None,
            quantity,
            supersedes: None,
            unit: token(unit),
            work,
        })
    }

    /// Honest work until the log has `size` entries: contributions, verdicts on them, a day now and then.
    pub(crate) fn fill(&mut self, size: u64) {
        while self.size() < size {
            let at = self.size();
            let worker = self.workers[usize::try_from(at % 2).unwrap()].clone();
            let quantity = 1 + u32::try_from(at % 7).unwrap();
            if at.is_multiple_of(50) {
                self.next_day();
                continue;
            }
            let body = if at.is_multiple_of(3) { self.recording(quantity) } else { self.labelling(quantity) };
            let waits = !at.is_multiple_of(3);
            let signed = self.sign(&worker, body, &[], Some(self.project));
            assert!(matches!(self.add(&signed), Effect::Contribution { .. }));
            if waits && self.size() < size && !at.is_multiple_of(5) {
                let reviewer = self.reviewer.clone();
                let verdict = if at.is_multiple_of(4) { Verdict::Reject } else { Verdict::Accept };
                assert!(matches!(
                    self.log(&reviewer, review(verdict), &[signed.id]),
                    Effect::Reviewed { .. }
                ));
            }
        }
    }

    pub(crate) fn next_day(&mut self) {
        self.day = self.day.plus(1);
        let day = self.sign(&self.ledger.clone(), Body::Day, &[], None);
        assert!(matches!(self.add(&day), Effect::Day { .. }));
    }

    pub(crate) fn mark(&mut self) {
        let mark = self.sign(&self.ledger.clone(), Body::Mark, &[], None);
        assert!(matches!(self.add(&mark), Effect::Mark { .. }));
    }

    /// What the ledger would state now.
    pub(crate) fn statement(&self) -> Snapshot {
        let (mark, root, projects) = self.mark.unwrap();
        Snapshot { mark, previous: self.previous, projects, root }
    }

    /// Logs a snapshot and keeps its checkpoint. What it does.
    pub(crate) fn state(&mut self, snapshot: Snapshot) -> Effect {
        self.state_by(&self.ledger.clone(), snapshot)
    }

    pub(crate) fn state_by(&mut self, by: &Person, snapshot: Snapshot) -> Effect {
        let signed = self.sign(by, Body::Snapshot(snapshot), &[], None);
        let effect = self.add(&signed);
        self.previous = Some(signed.id);
        self.kept.push(self.size());
        effect
    }

    /// A mark and its snapshot.
    pub(crate) fn snapshot(&mut self) -> Effect {
        self.mark();
        self.state(self.statement())
    }

    /// The checkpoint of the first `size` entries.
    pub(crate) fn note(&self, size: u64) -> Vec<u8> {
        self.note_with(size, "")
    }

    /// The same, with extension lines.
    pub(crate) fn note_with(&self, size: u64, extension: &str) -> Vec<u8> {
        let leaves = tiles::leaves(&self.entries[..usize::try_from(size).unwrap()]);
        self.sign_note(size, tiles::mth(&leaves), extension)
    }

    pub(crate) fn note_of(&self, size: u64, root: Hash) -> Vec<u8> {
        self.sign_note(size, root, "")
    }

    fn sign_note(&self, size: u64, root: Hash, extension: &str) -> Vec<u8> {
        let text = Checkpoint::new(self.origin.clone(), size, root).unwrap().to_text() + extension;
        let vkey = self.vkey();
        let signature = self.checkpoint.sign(text.as_bytes()).to_bytes();
        format!("{text}\n{}", signature_line(vkey.name().as_str(), vkey.key_id(), &signature)).into_bytes()
    }

    /// What is published of it.
    pub(crate) fn files(&self) -> Files {
        let mut files = tiles::files(&self.entries);
        files.insert("checkpoint".into(), self.note(self.size()));
        for size in &self.kept {
            files.insert(format!("v1/snapshots/{size}/checkpoint"), self.note(*size));
        }
        files
    }

    /// A log of some 300 entries with two snapshots, ready for a third.
    pub(crate) fn usual() -> Self {
        let mut log = Self::new("example.org/log");
        log.fill(120);
        assert_eq!(log.snapshot(), Effect::Snapshot);
        log.fill(200);
        assert_eq!(log.snapshot(), Effect::Snapshot);
        log.fill(300);
        log
    }
}

pub(crate) fn membership(member: &Person, role: Role, change: Change) -> Body {
    Body::Membership(Membership { change, member: Party::Key(member.did.clone()), role })
}

pub(crate) fn review(verdict: Verdict) -> Body {
    let reason = (verdict != Verdict::Accept).then(|| token("wrong"));
    Body::Review(Review { method: Method::Full, quantities: Vec::new(), reason, verdict })
}

/// A count for each code.
pub(crate) type Codes = BTreeMap<String, u64>;
