//! A small world in which events concern one another: few people, projects, days and ids, so that rules collide.

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::event_id;
use lebombo_verifier::event::{
    Activity, Alias, Body, Change, Charter, Closing, Contribution, Day, Enrolment, Ledger, Membership,
    Method, Nonce, Outcome, Party, Payload, Review, Role, Stewards, Token, Verdict, VerdictRule, Verdicts,
    Work,
};
use lebombo_verifier::note::{KeyName, Vkey};
use lebombo_verifier::origin::Origin;

use super::super::cast::{did, dids, key};
use super::super::input::Input;
use super::super::policy;

/// People who sign; two more keys are the ledger's.
const PEOPLE: u8 = 4;
const LEDGERS: [u8; 2] = [4, 5];
const CHECKPOINT: u8 = 6;

/// What was made so far, for later events to name.
#[derive(Debug, Default)]
pub struct World {
    events: Vec<Hash>,
    charters: Vec<Hash>,
    projects: Vec<Hash>,
    made: u8,
}

impl World {
    /// The next event. It can break any rule of the fold; the first is mostly a sound `ledger`.
    pub fn payload(&mut self, input: &mut Input<'_>) -> Payload {
        let kind = input.byte();
        if self.events.is_empty() && kind < 0xf8 {
            return ledger(input, false);
        }
        match kind % 16 {
            0 => ledger(input, true),
            1 | 2 => {
                let signer = *input.pick(&[LEDGERS[0], LEDGERS[0], LEDGERS[0], LEDGERS[1], 0]);
                payload(input, Body::Day, vec![did(signer)])
            }
            3..=5 => self.charter(input),
            6 | 7 => self.membership(input),
            8..=12 => self.contribution(input),
            13 | 14 => self.retraction(input),
            _ => self.review(input),
        }
    }

    /// Lets later events name this one.
    pub fn note(&mut self, payload: &Payload) {
        let id = event_id(&payload.to_canonical());
        if let Body::Charter(charter) = &payload.body {
            self.charters.push(id);
            if charter.replaces.is_none() {
                self.projects.push(id);
            }
        }
        self.events.push(id);
    }

    /// Everybody who can have done work here.
    pub fn parties(&self) -> Vec<Party> {
        (0..PEOPLE).map(|n| Party::Key(did(n))).chain((0..2).map(|n| Party::Alias(alias(n)))).collect()
    }

    /// One of these, mostly the first; seldom one that nobody has made.
    fn known(input: &mut Input<'_>, all: &[Hash]) -> Hash {
        match input.below(8) {
            7 => Hash::of(b"nobody has made this"),
            6 | 5 if !all.is_empty() => all[all.len() - 1],
            _ if all.is_empty() => Hash::default(),
            _ => *input.pick(all),
        }
    }

    fn charter(&mut self, input: &mut Input<'_>) -> Payload {
        let project =
            (!self.projects.is_empty() && !input.once_in(3)).then(|| Self::known(input, &self.projects));
        let replaces = project.map(|_| Self::known(input, &self.charters));
        let mut activities = Vec::new();
        let mut verdicts = Vec::new();
        for work in input.some(&[Work::Annotation, Work::Dataset], 1) {
            for unit in input.some(&["hour", "item"], 1) {
                activities.push(Activity { activity: token("labels"), unit: token(unit), weight: 1, work });
            }
            verdicts.push(Verdicts { rule: VerdictRule::AtOnce, silence: None, work });
        }
        let keys = dids(u8::try_from(input.below(2)).unwrap() + 1);
        let threshold = u32::try_from(input.below(keys.len())).unwrap() + 1;
        let charter = Charter {
            activities,
            enrolment: *input.pick(&[Enrolment::Open, Enrolment::Open, Enrolment::Enrolled]),
            enrollers: dids(2),
            grace: u32::try_from(input.below(3)).unwrap(),
            import: (!input.once_in(4)).then(|| Hash::of(b"import key")),
            name: token("fuzz"),
            notice: u32::try_from(input.below(3)).unwrap(),
            reasons: Vec::new(),
            replaces,
            stewards: Stewards { keys, threshold },
            verdicts,
        };
        let signers = some_signers(input);
        Payload { project, ..self.fresh(payload(input, Body::Charter(charter), signers)) }
    }

    fn membership(&mut self, input: &mut Input<'_>) -> Payload {
        let body = Body::Membership(Membership {
            change: *input.pick(&[Change::Grant, Change::Grant, Change::End]),
            member: input.pick(&self.parties()).clone(),
            role: *input.pick(&[Role::Importer, Role::Contributor, Role::Reviewer]),
        });
        let signers = some_signers(input);
        let project = Some(Self::known(input, &self.projects));
        Payload { project, ..self.fresh(payload(input, body, signers)) }
    }

    fn contribution(&mut self, input: &mut Input<'_>) -> Payload {
        let body = Body::Contribution(Contribution {
            activity: token(input.pick::<&str>(&["labels", "labels", "labels", "songs"])),
            charter: Self::known(input, &self.charters),
            contributor: input.once_in(2).then(|| alias(input.byte() % 2)),
            outcome: input.once_in(4).then(|| *input.pick(Outcome::ALL)),
            quantity: *input.pick(&[1, 2, 1000, u32::MAX]),
            supersedes: input.once_in(4).then(|| Self::known(input, &self.events)),
            unit: token(input.pick::<&str>(&["item", "item", "hour"])),
            work: *input.pick(&[Work::Annotation, Work::Annotation, Work::Dataset]),
        });
        let signers = vec![did(input.byte() % PEOPLE)];
        let project = Some(Self::known(input, &self.projects));
        Payload { project, ..payload(input, body, signers) }
    }

    fn retraction(&mut self, input: &mut Input<'_>) -> Payload {
        let about = self.about(input);
        let signers = if input.once_in(8) { dids(2) } else { vec![did(input.byte() % PEOPLE)] };
        let project = Some(Self::known(input, &self.projects));
        Payload { about, project, ..self.fresh(payload(input, Body::Retraction, signers)) }
    }

    fn review(&mut self, input: &mut Input<'_>) -> Payload {
        let about = self.about(input);
        let verdict = *input.pick(Verdict::ALL);
        let body = Body::Review(Review {
            method: *input.pick(Method::ALL),
            quantities: if verdict == Verdict::Adjust { vec![1; about.len()] } else { Vec::new() },
            reason: (verdict != Verdict::Accept).then(|| token("spam")),
            verdict,
        });
        let signers = vec![did(input.byte() % PEOPLE)];
        let project = Some(Self::known(input, &self.projects));
        Payload { about, project, ..payload(input, body, signers) }
    }

    fn about(&self, input: &mut Input<'_>) -> Vec<Hash> {
        let mut about: Vec<_> = (0..=input.below(3)).map(|_| Self::known(input, &self.events)).collect();
        about.sort();
        about.dedup();
        about
    }

    /// With an id of its own: only the ids of contributions are meant to collide.
    fn fresh(&mut self, payload: Payload) -> Payload {
        self.made = self.made.wrapping_add(1);
        Payload { id: Nonce([self.made; 16]), ..payload }
    }
}

fn ledger(input: &mut Input<'_>, is_wild: bool) -> Payload {
    let mut wild = |n| is_wild && input.once_in(n);
    let (number, other) = (LEDGERS[usize::from(wild(3))], wild(4));
    let (closing, rules) = (wild(6), if wild(8) { 2 } else { 1 });
    let mut signers = vec![did(number)];
    if other {
        signers.push(did(LEDGERS[0]));
    }
    if wild(8) {
        signers.push(did(0));
    }
    signers.sort();
    signers.dedup();
    let checkpoint = policy::key(0, &key(CHECKPOINT).verifying_key().to_bytes());
    let body = Body::Ledger(Ledger {
        checkpoint: Vkey::new(KeyName::parse(origin(0).as_str()).unwrap(), checkpoint),
        closing: closing.then_some(Closing { successor: None }),
        key: did(number),
        rules,
        witnesses: Vec::new(),
    });
    Payload { log: origin(0), ..payload(input, body, signers) }
}

fn payload(input: &mut Input<'_>, body: Body, signers: Vec<Did>) -> Payload {
    let date = Day::from_number(20_000 + u32::try_from(input.below(12)).unwrap()).unwrap();
    let log = origin(input.byte() / 250);
    Payload { about: Vec::new(), body, date, id: Nonce([input.byte() % 4; 16]), log, project: None, signers }
}

/// Mostly people who are stewards and enrollers somewhere.
fn some_signers(input: &mut Input<'_>) -> Vec<Did> {
    let mut all = vec![did(0), did(1), did(2)];
    if !input.once_in(8) {
        all.truncate(2);
    }
    let least = usize::from(input.once_in(2));
    let mut out = input.some(&all, least);
    if out.is_empty() {
        out.push(did(1));
    }
    out.sort();
    out
}

fn origin(n: u8) -> Origin {
    Origin::parse(if n == 0 { "log.example/fuzz" } else { "log.example/other" }).unwrap()
}

fn alias(n: u8) -> Alias {
    Alias::parse(&format!("alias:desk:{}", Hash::of(&[n]))).unwrap()
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}
