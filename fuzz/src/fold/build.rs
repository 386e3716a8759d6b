//! A small world in which events concern one another: few people, projects, days and ids, so that rules collide.

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::event_id;
use lebombo_verifier::event::{
    Activity, Alias, Body, Change, Charter, Closing, Contribution, Day, Enrolment, Ledger, Membership,
    Method, Nonce, Outcome, Party, Payload, Review, Role, Snapshot, Stewards, Token, Verdict, VerdictRule,
    Verdicts, Work,
};
use lebombo_verifier::fold::Effect;
use lebombo_verifier::note::{KeyName, Vkey};
use lebombo_verifier::origin::Origin;

use super::super::cast::{did, dids, key};
use super::super::input::Input;
use super::super::policy;
use super::money::{self, Books};

/// People who sign; two more keys are the ledger's.
pub(super) const PEOPLE: u8 = 4;
const LEDGERS: [u8; 2] = [4, 5];
const CHECKPOINT: u8 = 6;

/// What was made so far, for later events to name.
#[derive(Debug, Default)]
pub struct World {
    events: Vec<Hash>,
    charters: Vec<Hash>,
    pub(super) projects: Vec<Hash>,
    // What was done, for which project, who signed it, and whose work it is where that is somebody else.
    work: Vec<(Hash, Hash, Did, Option<Alias>)>,
    made: u8,
    day: Option<Day>,
    pub(super) mark: Option<Snapshot>,
    snapshot: Option<Hash>,
    // Who was given which role, whether or not they still have it.
    pub(super) members: Vec<(Hash, Party, Role)>,
    pub(super) incomes: Vec<(Hash, Hash)>,
    pub(super) books: Vec<Books>,
    pub(super) is_about_money: bool,
}

impl World {
    /// The next event. It can break any rule of the fold; the first is mostly a sound `ledger`.
    pub fn payload(&mut self, input: &mut Input<'_>) -> Payload {
        let kind = input.byte();
        if self.events.is_empty() && kind < 0xf8 {
            return ledger(input, false);
        }
        // Without a project little can happen, nor without people who have roles in it.
        if self.charters.is_empty() && kind < 0xe0 {
            return self.charter(input);
        }
        if self.members.len() < 3 && kind < 0x80 {
            return self.membership(input);
        }
        let from = if self.is_about_money { 0x20 } else { 0x90 };
        if kind >= from && !self.projects.is_empty() {
            return self.money(input);
        }
        match kind % 32 {
            0 => ledger(input, true),
            1..=2 => {
                let signers = vec![ledger_signer(input)];
                self.fresh(payload(input, Body::Day, signers))
            }
            3 => self.of_the_day(input, Body::Mark),
            4 => {
                let body = self.snapshot(input);
                self.of_the_day(input, Body::Snapshot(body))
            }
            5..=6 => self.charter(input),
            7..=9 => self.membership(input),
            10..=19 => self.contribution(input),
            20..=21 => self.retraction(input),
            _ => self.review(input),
        }
    }

    /// Lets later events name this one.
    pub fn note(&mut self, payload: &Payload, effect: &Effect) {
        let id = event_id(&payload.to_canonical());
        match effect {
            Effect::Ledger if self.day.is_none() => self.day = Some(payload.date),
            Effect::Day { day, .. } => self.day = Some(*day),
            Effect::Mark { root, projects } => {
                let (root, projects) = (*root, *projects);
                self.mark = Some(Snapshot { mark: id, previous: None, projects, root });
            }
            Effect::Snapshot => self.snapshot = Some(id),
            _ => {}
        }
        if let Effect::Income { project } = effect {
            self.incomes.push((*project, id));
        }
        if let (Effect::Membership { project }, Body::Membership(body)) = (effect, &payload.body) {
            self.members.push((*project, body.member.clone(), body.role));
        }
        if let Body::Charter(charter) = &payload.body {
            self.charters.push(id);
            if charter.replaces.is_none() {
                self.projects.push(id);
            }
        }
        // Most work that is void interests nobody.
        let counts = matches!(effect, Effect::Contribution { .. }) || self.made.is_multiple_of(8);
        if let (Body::Contribution(body), Some(project), true) = (&payload.body, payload.project, counts) {
            self.work.push((id, project, payload.signers[0].clone(), body.contributor.clone()));
        }
        self.events.push(id);
    }

    /// An event of the ledger, mostly on the log's day.
    pub(super) fn of_the_day(&mut self, input: &mut Input<'_>, body: Body) -> Payload {
        let signers = vec![ledger_signer(input)];
        let payload = payload(input, body, signers);
        let date = self.day.filter(|_| !input.once_in(8)).unwrap_or(payload.date);
        self.fresh(Payload { date, ..payload })
    }

    /// Mostly a sound one.
    pub(super) fn snapshot(&mut self, input: &mut Input<'_>) -> Snapshot {
        let wrong = Hash::of(b"wrong");
        let sound = self.mark.clone();
        let mut body = sound.unwrap_or(Snapshot { mark: wrong, previous: None, projects: 0, root: wrong });
        body.previous = self.snapshot;
        match input.below(16) {
            0 => body.mark = wrong,
            1 => body.previous = Some(wrong),
            2 => body.previous = None,
            3 => body.projects += 1,
            4 => body.root = wrong,
            _ => {}
        }
        body
    }

    /// Everybody who can have done work here.
    pub fn parties(&self) -> Vec<Party> {
        (0..PEOPLE).map(|n| Party::Key(did(n))).chain((0..2).map(|n| Party::Alias(alias(n)))).collect()
    }

    /// One of these, mostly the first; seldom one that nobody has made.
    pub(super) fn known(input: &mut Input<'_>, all: &[Hash]) -> Hash {
        match (input.below(16), all) {
            (15, _) | (_, []) => Hash::of(b"nobody has made this"),
            (14 | 13, [.., last]) => *last,
            (12 | 11, _) => *input.pick(all),
            (_, [first, ..]) => *first,
        }
    }

    /// Some event, mostly work.
    fn event(&self, input: &mut Input<'_>) -> Hash {
        if self.work.is_empty() || input.once_in(8) {
            return Self::known(input, &self.events);
        }
        input.pick(&self.work).0
    }

    pub(super) fn charter(&mut self, input: &mut Input<'_>) -> Payload {
        let project =
            (!self.projects.is_empty() && !input.once_in(3)).then(|| Self::known(input, &self.projects));
        let replaces = project.map(|_| Self::known(input, &self.charters));
        let mut activities = Vec::new();
        let mut verdicts = Vec::new();
        let least = 2 - usize::from(input.once_in(8));
        for work in input.some(&[Work::Annotation, Work::Dataset], least) {
            for unit in input.some(&["hour", "item"], least) {
                let weight = *input.pick(&[1, 1, 0, 3, u32::MAX]);
                activities.push(Activity { activity: token("labels"), unit: token(unit), weight, work });
            }
            let rule = *input.pick(&[
                VerdictRule::First,
                VerdictRule::AtOnce,
                VerdictRule::Equal(2),
                VerdictRule::Equal(3),
            ]);
            let silence = (rule != VerdictRule::AtOnce && input.once_in(2))
                .then(|| u32::try_from(input.below(3)).unwrap() + 1);
            verdicts.push(Verdicts { rule, silence, work });
        }
        if input.once_in(2) {
            for unit in input.some(&["item", "verdict"], 1) {
                let weight = *input.pick(&[1, 0, u32::MAX]);
                let (activity, work) = (token("labels"), Work::Review);
                activities.push(Activity { activity, unit: token(unit), weight, work });
            }
            verdicts.push(Verdicts { rule: VerdictRule::AtOnce, silence: None, work: Work::Review });
        }
        let keys = dids(u8::try_from(input.below(2)).unwrap() + 1);
        let threshold = u32::try_from(input.below(keys.len())).unwrap() + 1;
        let charter = Charter {
            activities,
            enrolment: if input.once_in(6) { Enrolment::Enrolled } else { Enrolment::Open },
            enrollers: dids(2),
            grace: u32::try_from(input.below(3)).unwrap(),
            import: (!input.once_in(4)).then(|| Hash::of(b"import key")),
            name: token("fuzz"),
            notice: u32::try_from(input.below(3)).unwrap(),
            pay: (!input.once_in(3)).then(|| money::pay(input)),
            reasons: if input.once_in(6) { Vec::new() } else { vec![token("spam")] },
            replaces,
            stewards: Stewards { keys, threshold },
            verdicts,
        };
        let signers = if input.once_in(4) { some_signers(input) } else { dids(2) };
        Payload { project, ..self.fresh(payload(input, Body::Charter(charter), signers)) }
    }

    fn membership(&mut self, input: &mut Input<'_>) -> Payload {
        let body = Body::Membership(Membership {
            change: if input.once_in(4) { Change::End } else { Change::Grant },
            member: input.pick(&self.parties()).clone(),
            role: *input.pick(&[
                Role::Importer,
                Role::Contributor,
                Role::Reviewer,
                Role::Reviewer,
                Role::Arbiter,
            ]),
        });
        let signers = some_signers(input);
        let project = Some(Self::known(input, &self.projects));
        Payload { project, ..self.fresh(payload(input, body, signers)) }
    }

    fn contribution(&mut self, input: &mut Input<'_>) -> Payload {
        let mut signer = did(input.byte() % PEOPLE);
        let mut contributor = input.once_in(2).then(|| alias(input.byte() % 2));
        let supersedes = input.once_in(4).then(|| self.event(input));
        // Mostly one's own.
        if let Some((.., by, of)) = self.work.iter().find(|(id, ..)| Some(*id) == supersedes)
            && !input.once_in(8)
        {
            (signer, contributor) = (by.clone(), of.clone());
        }
        let body = Body::Contribution(Contribution {
            activity: token(if input.once_in(16) { "songs" } else { "labels" }),
            charter: Self::known(input, &self.charters),
            contributor,
            outcome: input.once_in(4).then(|| *input.pick(Outcome::ALL)),
            quantity: *input.pick(&[1, 2, 2, 1000, u32::MAX]),
            supersedes,
            unit: token(if input.once_in(16) { "verdict" } else { input.pick::<&str>(&["item", "hour"]) }),
            work: if input.once_in(12) {
                Work::Review
            } else {
                *input.pick(&[Work::Annotation, Work::Dataset])
            },
        });
        let project = Some(Self::known(input, &self.projects));
        Payload { project, ..payload(input, body, vec![signer]) }
    }

    fn retraction(&mut self, input: &mut Input<'_>) -> Payload {
        let about = self.about(input);
        let own = self.work.iter().find(|(id, ..)| about.contains(id));
        let (project, signers) = match own {
            Some((_, project, by, _)) if !input.once_in(8) => (Some(*project), vec![by.clone()]),
            _ if input.once_in(4) => (Some(Self::known(input, &self.projects)), dids(2)),
            _ => (Some(Self::known(input, &self.projects)), vec![did(input.byte() % PEOPLE)]),
        };
        Payload { about, project, ..self.fresh(payload(input, Body::Retraction, signers)) }
    }

    fn review(&mut self, input: &mut Input<'_>) -> Payload {
        let verdict = *input.pick(&[Verdict::Accept, Verdict::Accept, Verdict::Reject, Verdict::Adjust]);
        // Mostly by somebody who was given the role, on work of that project.
        let role = if verdict == Verdict::Adjust { Role::Arbiter } else { Role::Reviewer };
        let judges: Vec<_> = self.members.iter().filter(|(.., r)| *r == role).collect();
        if judges.is_empty() && !input.once_in(4) {
            return self.membership(input);
        }
        let (project, signer) = match judges.as_slice() {
            [_, ..] if !input.once_in(8) => match *input.pick(&judges) {
                (project, Party::Key(did), _) => (*project, did.clone()),
                (project, Party::Alias(_), _) => (*project, did(input.byte() % PEOPLE)),
            },
            _ => (Self::known(input, &self.projects), did(input.byte() % PEOPLE)),
        };
        let of_project: Vec<Hash> = self.work.iter().filter(|w| w.1 == project).map(|w| w.0).collect();
        let mut about: Vec<Hash> = (0..=input.below(3))
            .map(|_| if of_project.is_empty() { self.event(input) } else { *input.pick(&of_project) })
            .collect();
        if input.once_in(4) {
            about.push(self.event(input));
        }
        about.sort();
        about.dedup();
        let body = Body::Review(Review {
            method: *input.pick(Method::ALL),
            quantities: match verdict {
                Verdict::Adjust => about.iter().map(|_| *input.pick(&[0, 1, 2, u32::MAX])).collect(),
                Verdict::Accept if input.once_in(2) => {
                    about.iter().map(|_| *input.pick(&[1, 1, 1, 2, 0, u32::MAX])).collect()
                }
                _ => Vec::new(),
            },
            reason: (verdict != Verdict::Accept || input.once_in(4)).then(|| token("spam")),
            verdict,
        });
        let payload = payload(input, body, vec![signer]);
        Payload { about, project: Some(project), ..self.fresh(payload) }
    }

    fn about(&self, input: &mut Input<'_>) -> Vec<Hash> {
        let mut about: Vec<_> = (0..=input.below(3)).map(|_| self.event(input)).collect();
        about.sort();
        about.dedup();
        about
    }

    /// With an id of its own: only the ids of contributions are meant to collide.
    pub(super) fn fresh(&mut self, payload: Payload) -> Payload {
        self.made = self.made.wrapping_add(1);
        Payload { id: Nonce([self.made; 16]), ..payload }
    }
}

pub(super) fn ledger(input: &mut Input<'_>, is_wild: bool) -> Payload {
    let mut wild = |n| is_wild && input.once_in(n);
    let (number, other) = (LEDGERS[usize::from(wild(3))], wild(4));
    let (closing, rules) = (wild(64), if wild(64) { 2 } else { 1 });
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

fn ledger_signer(input: &mut Input<'_>) -> Did {
    did(*input.pick(&[LEDGERS[0], LEDGERS[0], LEDGERS[0], LEDGERS[1], 0]))
}

pub(super) fn payload(input: &mut Input<'_>, body: Body, signers: Vec<Did>) -> Payload {
    let date = Day::from_number(20_000 + u32::try_from(input.below(12)).unwrap()).unwrap();
    let log = origin(input.byte() / 250);
    Payload { about: Vec::new(), body, date, id: Nonce([input.byte() % 4; 16]), log, project: None, signers }
}

/// Mostly people who are stewards and enrollers somewhere.
pub(super) fn some_signers(input: &mut Input<'_>) -> Vec<Did> {
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

pub(super) fn alias(n: u8) -> Alias {
    Alias::parse(&format!("alias:desk:{}", Hash::of(&[n]))).unwrap()
}

pub(super) fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}
