//! The naive second implementation of spec/fold.md, rules version 1. It may be slow; it must be plain.

mod money;

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{
    Body, Change, Charter, Contribution, Day, Enrolment, Event, Ledger, Malformed, Membership, Party,
    Payload, Review, Role, Snapshot, Verdict, VerdictRule, Work,
};
use lebombo_verifier::fold::{Effect, MAX_POINTS, SubjectFault, SumNode, Tally, Void, who};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::total::{Project, Total, leaf, project_leaf};
use lebombo_verifier::{Code as _, Hash, node_hash};

use money::Money;

const RULES: u64 = 1;

struct Constitution {
    origin: Origin,
    day: Day,
    key: Did,
    rules: u64,
    is_closed: bool,
}

struct Amended {
    id: Hash,
    project: Hash,
    charter: Charter,
    from: Day,
}

struct Work1 {
    id: Hash,
    project: Hash,
    signer: Did,
    party: Party,
    body: Contribution,
    nonce: [u8; 16],
    index: u64,
    logged: Day,
    is_withdrawn: bool,
    /// How much was accepted, once decided.
    decided: Option<u32>,
    /// Silence means nothing any more.
    is_deaf: bool,
    votes: Vec<(Did, u32)>,
}

impl Work1 {
    fn is_pending(&self) -> bool {
        !self.is_withdrawn && self.decided.is_none()
    }
}

struct Mark {
    id: Hash,
    day: Day,
    root: Hash,
    projects: u64,
    is_stated: bool,
}

/// Everything that happened, in lists.
#[derive(Default)]
pub(super) struct Naive {
    size: u64,
    needs: Option<u64>,
    constitution: Option<Constitution>,
    standings: Vec<(Hash, u64, String)>,
    charters: Vec<Amended>,
    members: Vec<(Hash, Party, Role)>,
    work: Vec<Work1>,
    voids: Vec<(Hash, Party)>,
    /// Who is known, and who has a handle, in order.
    known: Vec<(Hash, Party)>,
    handles: Vec<(Hash, Party)>,
    /// Verdicts that earned, with their points and the charter in force.
    earned: Vec<(Hash, Party, u32, Hash)>,
    /// What is hashed of each credit behind the link before it.
    credits: Vec<(Hash, Party, Vec<u8>)>,
    mark: Option<Mark>,
    snapshot: Option<Hash>,
    voided: Vec<Hash>,
    money: Money,
}

impl Naive {
    pub(super) fn apply(&mut self, entry: Result<&Event, &Malformed>) -> Effect {
        if let Some(version) = self.needs {
            return Effect::NeedsRules(version);
        }
        let effect = match entry {
            Err(malformed) => Effect::Void(Void::Malformed(malformed.code())),
            Ok(event) if self.size == 0 => self.open(event.payload()),
            Ok(event) => self.judge(event).unwrap_or_else(Effect::Void),
        };
        if let Effect::NeedsRules(version) = effect {
            self.needs = Some(version);
            return effect;
        }
        if let Ok(event) = entry {
            let word = match &effect {
                Effect::Void(Void::NoLedger | Void::OtherLog | Void::Repeated) => None,
                Effect::Void(void) => Some(void.code()),
                Effect::Contribution { accepted: false, .. } => Some("pending"),
                Effect::Contribution { accepted: true, .. } => Some("accepted"),
                _ => Some("applied"),
            };
            if let (Effect::Void(_), Some(_)) = (&effect, word) {
                self.voided.push(event.id());
            }
            if let Some(word) = word {
                self.standings.push((event.id(), self.size, word.to_owned()));
            }
        }
        self.size += 1;
        effect
    }

    fn open(&mut self, payload: &Payload) -> Effect {
        let Body::Ledger(body) = &payload.body else { return Effect::Void(Void::NoLedger) };
        if payload.signers != [body.key.clone()] || body.closing.is_some() {
            return Effect::Void(Void::NoLedger);
        }
        if body.rules > RULES {
            return Effect::NeedsRules(body.rules);
        }
        let (origin, day, key) = (payload.log.clone(), payload.date, body.key.clone());
        self.constitution = Some(Constitution { origin, day, key, rules: body.rules, is_closed: false });
        Effect::Ledger
    }

    fn judge(&mut self, event: &Event) -> Result<Effect, Void> {
        let payload = event.payload();
        let law = self.constitution.as_ref().ok_or(Void::NoLedger)?;
        if payload.log != law.origin {
            return Err(Void::OtherLog);
        }
        if self.standings.iter().any(|(id, ..)| *id == event.id()) {
            return Err(Void::Repeated);
        }
        if law.is_closed {
            return Err(Void::LogClosed);
        }
        match &payload.body {
            Body::Ledger(body) => self.ledger(payload, body),
            Body::Day => self.new_day(payload),
            Body::Mark => self.new_mark(event),
            Body::Snapshot(body) => self.new_snapshot(event, body),
            Body::Charter(charter) => self.charter(event, charter),
            Body::Membership(body) => self.membership(payload, body),
            Body::Contribution(body) => {
                let party =
                    body.contributor.clone().map_or(Party::Key(payload.signers[0].clone()), Party::Alias);
                let project = payload.project.unwrap();
                let effect = self.contribution(event, project, &party, body);
                if effect.as_ref().is_err_and(|void| *void != Void::ProjectUnknown)
                    && self.known.contains(&(project, party.clone()))
                {
                    self.voids.push((project, party));
                }
                effect
            }
            Body::Retraction => self.retraction(payload),
            Body::Review(body) => self.review(payload, body),
            Body::Income(body) => self.income(event, body),
            Body::Reversal(body) => self.reversal(payload, body),
            Body::Closing => self.closing(payload),
            Body::Settlement(body) => self.settlement(event, body),
            Body::Payment(body) => self.payment(event, body),
            Body::Claim(body) => self.claim(event, body),
        }
    }

    fn ledger(&mut self, payload: &Payload, body: &Ledger) -> Result<Effect, Void> {
        let law = self.constitution.as_mut().ok_or(Void::NoLedger)?;
        let others = payload.signers.iter().filter(|s| **s != law.key && **s != body.key).count();
        if !payload.signers.contains(&law.key) || others > 0 {
            return Err(Void::NotLedgerKey);
        }
        if body.rules < law.rules {
            return Err(Void::RulesLowered);
        }
        if body.rules > RULES {
            return Ok(Effect::NeedsRules(body.rules));
        }
        law.key = body.key.clone();
        law.is_closed = body.closing.is_some();
        Ok(Effect::Ledger)
    }

    fn new_day(&mut self, payload: &Payload) -> Result<Effect, Void> {
        let law = self.constitution.as_mut().ok_or(Void::NoLedger)?;
        if payload.signers != [law.key.clone()] {
            return Err(Void::NotLedgerKey);
        }
        if payload.date <= law.day {
            return Err(Void::DayNotLater);
        }
        law.day = payload.date;
        let day = payload.date;
        // By the day on which silence ends, then by index, which is the order of the list.
        let mut due: Vec<(Day, usize)> = Vec::new();
        for (at, w) in self.work.iter().enumerate() {
            let silence = self.rules_of(w).silence.map(|days| w.logged.plus(days));
            due.extend(silence.filter(|d| *d <= day && w.is_pending() && !w.is_deaf).map(|d| (d, at)));
        }
        due.sort();
        let mut accepted = 0;
        for (_, at) in due {
            let quantity = self.work[at].body.quantity;
            if self.has_room_for(&self.work[at], quantity) {
                self.decide(at, quantity);
                accepted += 1;
            } else {
                self.work[at].is_deaf = true;
            }
        }
        Ok(Effect::Day { day, accepted })
    }

    fn new_mark(&mut self, event: &Event) -> Result<Effect, Void> {
        let law = self.constitution.as_ref().ok_or(Void::NoLedger)?;
        if event.payload().signers != [law.key.clone()] {
            return Err(Void::NotLedgerKey);
        }
        if event.payload().date != law.day {
            return Err(Void::MarkDate);
        }
        let leaves: Vec<Hash> = self.projects().iter().map(|project| self.project_leaf(project)).collect();
        let (root, projects) = (plain_root(&leaves), leaves.len() as u64);
        self.mark = Some(Mark { id: event.id(), day: law.day, root, projects, is_stated: false });
        self.freeze_all(event.id());
        Ok(Effect::Mark { root, projects })
    }

    fn new_snapshot(&mut self, event: &Event, body: &Snapshot) -> Result<Effect, Void> {
        let law = self.constitution.as_ref().ok_or(Void::NoLedger)?;
        if event.payload().signers != [law.key.clone()] {
            return Err(Void::NotLedgerKey);
        }
        let mark = self.mark.as_mut().filter(|mark| mark.id == body.mark).ok_or(Void::SnapshotMark)?;
        let wrong = [
            (mark.is_stated, Void::SnapshotRepeated),
            (body.previous != self.snapshot, Void::SnapshotPrevious),
            (event.payload().date != mark.day, Void::SnapshotDate),
            (body.projects != mark.projects, Void::SnapshotProjects),
            (body.root != mark.root, Void::SnapshotRoot),
        ];
        if let Some((_, void)) = wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
            return Err(void);
        }
        mark.is_stated = true;
        let mark = mark.id;
        self.snapshot = Some(event.id());
        self.state_freezes(mark, event.id());
        Ok(Effect::Snapshot)
    }

    fn project_leaf(&self, project: &Hash) -> Hash {
        let parties: Vec<&Party> =
            self.handles.iter().filter(|(p, _)| p == project).map(|(_, who)| who).collect();
        let total = |(handle, party): (usize, &&Party)| {
            let counts = self.counts9(project, party);
            let points = self.points(project, party);
            leaf(&Total { project: *project, handle: handle as u64, who: who(party), counts, points })
        };
        let leaves: Vec<SumNode> = parties.iter().enumerate().map(total).collect();
        let root = sum_root(&leaves);
        project_leaf(&Project {
            project: *project,
            charter: self.in_force(project).unwrap().id,
            contributors: leaves.len() as u64,
            points: root.map_or(0, |root| root.sum),
            totals: root.map_or(Hash::default(), |root| root.hash),
            settlement: self.last_settlement(project).unwrap_or_default(),
            decisions: self.decisions_of(project).len() as u64,
            money: self.money_root(project),
        })
    }

    fn review(&mut self, payload: &Payload, body: &Review) -> Result<Effect, Void> {
        let project = payload.project.unwrap();
        let reviewer = payload.signers[0].clone();
        let party = Party::Key(reviewer.clone());
        let in_force = self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        let (charter, charter_id) = (in_force.charter.clone(), in_force.id);
        let adjusts = body.verdict == Verdict::Adjust;
        let (role, missing) =
            if adjusts { (Role::Arbiter, Void::NotArbiter) } else { (Role::Reviewer, Void::NotReviewer) };
        if !self.members.contains(&(project, party.clone(), role)) {
            return Err(missing);
        }
        if body.reason.as_ref().is_some_and(|reason| !charter.reasons.contains(reason)) {
            return Err(Void::ReasonUnknown);
        }
        let by_verdict =
            charter.activities.iter().find(|a| (a.work, a.unit.as_str()) == (Work::Review, "verdict"));
        let earns = by_verdict.map(|a| a.weight).filter(|_| !adjusts);
        let mut subjects = Vec::new();
        for (at, id) in payload.about.iter().enumerate() {
            let verdict = (body.verdict, body.quantities.get(at).copied());
            let fault = self.subject(&project, &reviewer, id, verdict, earns).err();
            if fault.is_none() {
                self.has_judged(&project, id, &reviewer);
            }
            if let (None, Some(weight)) = (fault, earns) {
                self.earned.push((project, party.clone(), weight, charter_id));
                self.credit((project, &party), (self.size, charter_id), (0, weight.into()));
                self.owe(&project, &charter, weight.into());
                self.know(&project, &party);
                self.handle(&project, &party);
            }
            subjects.push(fault);
        }
        match subjects[0] {
            Some(fault) if subjects.iter().all(Option::is_some) => Err(Void::Subject(fault)),
            _ => Ok(Effect::Reviewed { project, subjects }),
        }
    }

    fn subject(
        &mut self,
        project: &Hash,
        reviewer: &Did,
        id: &Hash,
        (verdict, quantity): (Verdict, Option<u32>),
        earns: Option<u32>,
    ) -> Result<(), SubjectFault> {
        if self.voided.contains(id) {
            return Err(SubjectFault::Void);
        }
        let at = self.work.iter().position(|w| w.id == *id && w.project == *project);
        let at = at.ok_or(SubjectFault::Unknown)?;
        let w = &self.work[at];
        let accepted = match verdict {
            Verdict::Reject => 0,
            _ => quantity.unwrap_or(w.body.quantity),
        };
        let (adjusts, needed) = (verdict == Verdict::Adjust, self.needed(w));
        let faults = [
            (w.signer == *reviewer || w.party == Party::Key(reviewer.clone()), SubjectFault::Own),
            (w.is_withdrawn, SubjectFault::Withdrawn),
            (!adjusts && w.decided.is_some(), SubjectFault::Settled),
            (adjusts && w.decided.is_none(), SubjectFault::Undecided),
            (accepted > w.body.quantity, SubjectFault::QuantityAboveLogged),
            (accepted == 0 && verdict == Verdict::Accept, SubjectFault::QuantityZero),
            (!adjusts && needed > 1 && w.votes.iter().any(|(by, _)| by == reviewer), SubjectFault::Reviewed),
        ];
        if let Some((_, fault)) = faults.into_iter().find(|(is_so, _)| *is_so) {
            return Err(fault);
        }
        let equal = w.votes.iter().filter(|(_, vote)| *vote == accepted).count() + 1;
        let decides = adjusts || equal >= needed;
        let weight = self.weight_of(w);
        let mut change = vec![(0, 0), (1, earns.unwrap_or(0))];
        if decides {
            change[0] = (weight, w.decided.unwrap_or(0));
            change.push((weight, accepted));
        }
        let mut owed = Vec::new();
        if decides && (accepted > 0 || w.decided.unwrap_or(0) > 0) {
            let more = accepted.saturating_sub(w.decided.unwrap_or(0));
            owed.push((self.charter_of(w), u128::from(weight) * u128::from(more)));
        }
        if let Some(weight) = earns {
            owed.push((&self.in_force(project).unwrap().charter, weight.into()));
        }
        if !self.has_room(project, &change) || !self.can_owe(project, &owed) {
            return Err(SubjectFault::PointsOverflow);
        }
        if !adjusts {
            self.work[at].votes.push((reviewer.clone(), accepted));
        }
        if decides {
            self.decide(at, accepted);
        }
        Ok(())
    }

    /// Whether the project's points stay in bounds with the first product taken and the others given.
    fn has_room(&self, project: &Hash, change: &[(u32, u32)]) -> bool {
        let product = |(a, b): &(u32, u32)| u128::from(*a) * u128::from(*b);
        let now: u128 = self
            .handles
            .iter()
            .filter(|(p, _)| p == project)
            .map(|(p, who)| u128::from(self.points(p, who)))
            .sum();
        now - product(&change[0]) + change[1..].iter().map(product).sum::<u128>() <= u128::from(MAX_POINTS)
    }

    /// Whether there is room for the points of work that is accepted in full.
    fn has_room_for(&self, w: &Work1, quantity: u32) -> bool {
        let weight = self.weight_of(w);
        let points = u128::from(weight) * u128::from(quantity);
        self.has_room(&w.project, &[(0, 0), (weight, quantity)])
            && self.can_owe(&w.project, &[(self.charter_of(w), points)])
    }

    fn decide(&mut self, at: usize, accepted: u32) {
        let w = &self.work[at];
        let before = w.decided.unwrap_or(0);
        if accepted > 0 || before > 0 {
            let points = u128::from(self.weight_of(w)) * u128::from(accepted.saturating_sub(before));
            let (project, charter) = (w.project, self.charter_of(w).clone());
            self.owe(&project, &charter, points);
            let w = &self.work[at];
            let (party, of, weight) =
                (w.party.clone(), (w.index, w.body.charter), u64::from(self.weight_of(w)));
            self.credit((project, &party), of, (weight * u64::from(before), weight * u64::from(accepted)));
        }
        self.work[at].decided = Some(accepted);
        let (id, project, party) = (self.work[at].id, self.work[at].project, self.work[at].party.clone());
        if accepted > 0 {
            self.handle(&project, &party);
        }
        for standing in self.standings.iter_mut().filter(|s| s.0 == id) {
            standing.2 = if accepted > 0 { "accepted".to_owned() } else { "rejected".to_owned() };
        }
    }

    fn credit(&mut self, (project, party): (Hash, &Party), of: (u64, Hash), (before, after): (u64, u64)) {
        let numbers = [of.0, self.size].map(u64::to_be_bytes).concat();
        let points = [before, after].map(u64::to_be_bytes).concat();
        self.credits.push((project, party.clone(), [&numbers, &of.1.0[..], &points].concat()));
    }

    /// What is hashed of each credit of somebody.
    pub(super) fn credits_of(&self, project: &Hash, party: &Party) -> impl Iterator<Item = &[u8]> {
        let own = self.credits.iter().filter(move |(p, who, _)| p == project && who == party);
        own.map(|(.., credit)| credit.as_slice())
    }

    /// How often somebody was credited, and the last link of that.
    fn chain(&self, project: &Hash, party: &Party) -> (u64, Hash) {
        self.credits_of(project, party).fold((0, Hash([0; 32])), |(count, link), credit| {
            (count + 1, Hash::of(&[&[2][..], &link.0, credit].concat()))
        })
    }

    fn handle(&mut self, project: &Hash, party: &Party) {
        let entry = (*project, party.clone());
        if !self.handles.contains(&entry) {
            self.handles.push(entry);
        }
    }

    fn know(&mut self, project: &Hash, party: &Party) {
        let entry = (*project, party.clone());
        if !self.known.contains(&entry) {
            self.known.push(entry);
        }
    }

    fn charter_of(&self, w: &Work1) -> &Charter {
        &self.charters.iter().find(|c| c.id == w.body.charter).unwrap().charter
    }

    fn rules_of(&self, w: &Work1) -> &lebombo_verifier::event::Verdicts {
        self.charter_of(w).verdicts.iter().find(|v| v.work == w.body.work).unwrap()
    }

    fn needed(&self, w: &Work1) -> usize {
        match self.rules_of(w).rule {
            VerdictRule::AtOnce => 0,
            VerdictRule::First => 1,
            VerdictRule::Equal(count) => count as usize,
        }
    }

    fn weight_of(&self, w: &Work1) -> u32 {
        let fits = |a: &&lebombo_verifier::event::Activity| {
            (a.work, &a.activity, &a.unit) == (w.body.work, &w.body.activity, &w.body.unit)
        };
        self.charter_of(w).activities.iter().find(fits).unwrap().weight
    }

    fn of<'a>(&'a self, project: &'a Hash, party: &'a Party) -> impl Iterator<Item = &'a Work1> {
        self.work.iter().filter(move |w| w.project == *project && w.party == *party)
    }

    fn earned_by(&self, project: &Hash, party: &Party) -> impl Iterator<Item = u32> {
        let of = self.earned.iter().filter(move |(p, by, ..)| p == project && by == party);
        of.map(|(_, _, weight, _)| *weight)
    }

    pub(super) fn points(&self, project: &Hash, party: &Party) -> u64 {
        let worked = self
            .of(project, party)
            .map(|w| u64::from(self.weight_of(w)) * u64::from(w.decided.unwrap_or(0)))
            .sum::<u64>();
        worked + self.earned_by(project, party).map(u64::from).sum::<u64>()
    }

    pub(super) fn counts9(&self, project: &Hash, party: &Party) -> [u64; 9] {
        let mut counts = [0; 9];
        for w in self.of(project, party).filter(|w| w.decided.is_some_and(|q| q > 0)) {
            counts[w.body.work as usize] += 1;
        }
        counts[Work::Review as usize] += self.earned_by(project, party).count() as u64;
        counts
    }

    pub(super) fn handle_of(&self, project: &Hash, party: &Party) -> Option<u64> {
        let of_project = self.handles.iter().filter(|(p, _)| p == project);
        of_project.zip(0..).find(|((_, who), _)| who == party).map(|(_, handle)| handle)
    }

    fn charter(&mut self, event: &Event, charter: &Charter) -> Result<Effect, Void> {
        let signers = &event.payload().signers;
        let enough = |of: &Charter| {
            let stewards = of.stewards.keys.iter().filter(|key| signers.contains(key)).count();
            if stewards >= of.stewards.threshold as usize {
                Ok(())
            } else {
                Err(Void::StewardsBelowThreshold)
            }
        };
        let (id, charter) = (event.id(), charter.clone());
        let Some(project) = event.payload().project else {
            enough(&charter)?;
            self.charters.push(Amended { id, project: id, charter, from: Day::from_number(0).unwrap() });
            return Ok(Effect::Project { project: id });
        };
        let in_force = self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        if charter.replaces != Some(in_force.id) {
            return Err(Void::CharterNotInForce);
        }
        enough(&in_force.charter)?;
        let from = self.today().plus(in_force.charter.notice);
        self.charters.push(Amended { id, project, charter, from });
        Ok(Effect::Amendment { project, from })
    }

    fn membership(&mut self, payload: &Payload, body: &Membership) -> Result<Effect, Void> {
        let project = payload.project.unwrap();
        let charter = &self.in_force(&project).ok_or(Void::ProjectUnknown)?.charter;
        if !payload.signers.iter().all(|s| charter.enrollers.contains(s)) {
            return Err(Void::NotEnroller);
        }
        let role = (project, body.member.clone(), body.role);
        match (body.change, self.members.contains(&role)) {
            (Change::Grant, true) => return Err(Void::MemberHasRole),
            (Change::End, false) => return Err(Void::MemberLacksRole),
            (Change::Grant, false) => {
                if body.role == Role::Contributor {
                    self.know(&project, &body.member);
                    self.handle(&project, &body.member);
                }
                self.members.push(role);
            }
            (Change::End, true) => self.members.retain(|r| *r != role),
        }
        Ok(Effect::Membership { project })
    }

    fn contribution(
        &mut self,
        event: &Event,
        project: Hash,
        party: &Party,
        body: &Contribution,
    ) -> Result<Effect, Void> {
        let payload = event.payload();
        let signer = payload.signers[0].clone();
        let in_force = self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        let named = self.charters.iter().find(|c| c.id == body.charter && c.project == project);
        let named = named.ok_or(Void::CharterUnknown)?;
        if named.id != in_force.id {
            let replaced = self.replaced_on(named).ok_or(Void::CharterNotYet)?;
            if self.today() > replaced.plus(named.charter.grace) {
                return Err(Void::CharterChanged);
            }
        }
        let fits = named
            .charter
            .activities
            .iter()
            .any(|a| (a.work, &a.activity, &a.unit) == (body.work, &body.activity, &body.unit));
        if !fits {
            return Err(Void::ActivityUnknown);
        }
        if (body.work, body.unit.as_str()) == (Work::Review, "verdict") {
            return Err(Void::ActivityByVerdicts);
        }
        let has_role = |who: &Party, role| self.members.contains(&(project, who.clone(), role));
        let is_imported = body.contributor.is_some();
        if is_imported && in_force.charter.import.is_none() {
            return Err(Void::ImportNotAllowed);
        }
        if is_imported && !has_role(&Party::Key(signer.clone()), Role::Importer) {
            return Err(Void::NotImporter);
        }
        if in_force.charter.enrolment == Enrolment::Enrolled && !has_role(party, Role::Contributor) {
            return Err(Void::NotEnrolled);
        }
        let old = body.supersedes.map(|id| {
            let own = |w: &Work1| {
                w.id == id
                    && !w.is_withdrawn
                    && w.project == project
                    && w.signer == signer
                    && w.party == *party
            };
            let at = self.work.iter().position(own).ok_or(Void::SupersedesUnknown)?;
            if self.work[at].decided.is_some() { Err(Void::SupersedesSettled) } else { Ok(at) }
        });
        let old = old.transpose()?;
        let collides = |(at, w): (usize, &Work1)| {
            let is_same_space = match (is_imported, w.body.contributor.is_some()) {
                (true, true) => true,
                (false, false) => w.signer == signer,
                _ => false,
            };
            !w.is_withdrawn
                && w.project == project
                && w.nonce == payload.id.0
                && is_same_space
                && Some(at) != old
        };
        if self.work.iter().enumerate().any(collides) {
            return Err(Void::IdTaken);
        }
        let work = Work1 {
            id: event.id(),
            project,
            signer,
            party: party.clone(),
            body: body.clone(),
            nonce: payload.id.0,
            index: self.size,
            logged: self.today(),
            is_withdrawn: false,
            decided: None,
            is_deaf: false,
            votes: Vec::new(),
        };
        let at_once = self.needed(&work) == 0;
        if at_once && !self.has_room_for(&work, body.quantity) {
            return Err(Void::PointsOverflow);
        }
        if let Some(at) = old {
            self.withdraw(at);
        }
        self.know(&project, party);
        self.work.push(work);
        if at_once {
            self.decide(self.work.len() - 1, body.quantity);
        }
        Ok(Effect::Contribution {
            project,
            who: who(party),
            work: body.work,
            unit: body.unit.as_str().to_owned(),
            quantity: body.quantity,
            accepted: at_once,
            supersedes: body.supersedes,
        })
    }

    fn retraction(&mut self, payload: &Payload) -> Result<Effect, Void> {
        let project = payload.project.unwrap();
        let mut events = Vec::new();
        for id in &payload.about {
            let own = |w: &Work1| {
                w.is_pending() && w.id == *id && w.project == project && payload.signers == [w.signer.clone()]
            };
            if let Some(at) = self.work.iter().position(own) {
                self.withdraw(at);
                events.push(*id);
            }
        }
        if events.is_empty() { Err(Void::RetractsNothing) } else { Ok(Effect::Withdrawn { project, events }) }
    }

    fn withdraw(&mut self, at: usize) {
        self.work[at].is_withdrawn = true;
        let id = self.work[at].id;
        for standing in self.standings.iter_mut().filter(|s| s.0 == id) {
            standing.2 = "withdrawn".to_owned();
        }
    }

    pub(super) fn undecided(&self, project: &Hash) -> Vec<(u64, Hash, Hash)> {
        let pending = self.work.iter().filter(|w| w.project == *project && w.is_pending());
        pending.map(|w| (w.index, w.id, who(&w.party))).collect()
    }

    fn today(&self) -> Day {
        self.constitution.as_ref().map(|law| law.day).unwrap()
    }

    /// From the first charter on: the last amendment of each charter that came, if its day has come.
    fn in_force(&self, project: &Hash) -> Option<&Amended> {
        let mut current = self.charters.iter().find(|c| c.id == *project)?;
        while let Some(next) = self.successor(current).filter(|next| next.from <= self.today()) {
            current = next;
        }
        Some(current)
    }

    fn successor(&self, charter: &Amended) -> Option<&Amended> {
        self.charters.iter().rfind(|c| c.project == charter.project && c.charter.replaces == Some(charter.id))
    }

    /// The day on which its successor came into force; `None` for a charter that never was in force itself.
    fn replaced_on(&self, charter: &Amended) -> Option<Day> {
        let next = self.successor(charter)?;
        (next.from <= self.today()).then_some(next.from)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn day(&self) -> Option<Day> {
        self.constitution.as_ref().map(|law| law.day)
    }

    pub(super) fn projects(&self) -> Vec<Hash> {
        self.charters.iter().filter(|c| c.id == c.project).map(|c| c.id).collect()
    }

    /// The charter in force, and the amendment that waits.
    pub(super) fn charters_of(&self, project: &Hash) -> (Hash, Option<(Hash, Day)>) {
        let current = self.in_force(project).unwrap();
        (current.id, self.successor(current).map(|next| (next.id, next.from)))
    }

    pub(super) fn charter_in_force(&self, project: &Hash) -> (Hash, Charter) {
        let current = self.in_force(project).unwrap();
        (current.id, current.charter.clone())
    }

    pub(super) fn decided(&self, project: &Hash) -> Vec<Hash> {
        let all = self.work.iter().filter(|w| w.project == *project && !w.is_withdrawn);
        all.filter(|w| w.decided.is_some()).map(|w| w.id).collect()
    }

    pub(super) fn is_known(&self, project: &Hash, party: &Party) -> bool {
        self.known.iter().any(|(p, who)| (p, who) == (project, party))
    }

    pub(super) fn contributors(&self, project: &Hash) -> usize {
        self.known.iter().filter(|(p, _)| p == project).count()
    }

    pub(super) fn counts(&self, project: &Hash, party: &Party) -> Vec<(Work, String, Tally)> {
        let mut out: Vec<(Work, String, Tally)> = Vec::new();
        for w in self.of(project, party) {
            let (tally, quantity) = (entry(&mut out, w.body.work, w.body.unit.as_str()), w.body.quantity);
            let mut add = |events: u64, accepted: u32, rejected: u32| {
                let part = if events == 1 { &mut tally.accepted } else { &mut tally.rejected };
                part.events += 1;
                tally.accepted.quantity += u128::from(accepted);
                tally.rejected.quantity += u128::from(rejected);
            };
            match w.decided {
                _ if w.is_withdrawn => tally.withdrawn += 1,
                None => {
                    tally.pending.events += 1;
                    tally.pending.quantity += u128::from(quantity);
                }
                Some(0) => add(0, 0, quantity),
                Some(accepted) => add(1, accepted, quantity - accepted),
            }
        }
        for _ in self.earned_by(project, party) {
            let tally = entry(&mut out, Work::Review, "verdict");
            tally.accepted.events += 1;
            tally.accepted.quantity += 1;
        }
        out.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        out
    }

    pub(super) fn voids(&self, project: &Hash, party: &Party) -> u64 {
        self.voids.iter().filter(|(p, who)| p == project && who == party).count() as u64
    }

    pub(super) fn standing(&self, id: &Hash) -> Option<(u64, String)> {
        self.standings.iter().find(|s| s.0 == *id).map(|(_, index, word)| (*index, word.clone()))
    }
}

fn entry<'a>(all: &'a mut Vec<(Work, String, Tally)>, work: Work, unit: &str) -> &'a mut Tally {
    let at = all.iter().position(|(w, u, _)| (*w, u.as_str()) == (work, unit));
    let at = at.unwrap_or_else(|| {
        all.push((work, unit.to_owned(), Tally::default()));
        all.len() - 1
    });
    &mut all[at].2
}

/// RFC 6962 §2.1, as it is written there.
fn plain_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::default(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&plain_root(left), &plain_root(right))
        }
    }
}

fn sum_root(leaves: &[SumNode]) -> Option<SumNode> {
    if leaves.len() < 2 {
        return leaves.first().copied();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    SumNode::join(&sum_root(left)?, &sum_root(right)?)
}

/// The largest power of two below `n`.
fn split(n: usize) -> usize {
    let mut k = 1;
    while 2 * k < n {
        k *= 2;
    }
    k
}
