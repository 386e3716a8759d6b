//! The naive second implementation of spec/fold.md, rules version 1. It may be slow; it must be plain.

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{
    Body, Change, Charter, Contribution, Day, Enrolment, Event, Ledger, Malformed, Membership, Party,
    Payload, Role, Work,
};
use lebombo_verifier::fold::{Effect, Tally, Void, who};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::{Code as _, Hash};

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
    counts: bool,
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
                Effect::Counted { .. } => Some("counted"),
                Effect::Noted => Some("noted"),
                _ => Some("applied"),
            };
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
            Body::Charter(charter) => self.charter(event, charter),
            Body::Membership(body) => self.membership(payload, body),
            Body::Contribution(body) => {
                let party =
                    body.contributor.clone().map_or(Party::Key(payload.signers[0].clone()), Party::Alias);
                let project = payload.project.unwrap();
                let effect = self.contribution(event, project, &party, body);
                if effect.as_ref().is_err_and(|void| *void != Void::ProjectUnknown)
                    && self.work.iter().any(|w| w.project == project && w.party == party)
                {
                    self.voids.push((project, party));
                }
                effect
            }
            Body::Retraction => self.retraction(payload),
            Body::Review(_) => Ok(Effect::Noted),
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
        Ok(Effect::Day(law.day))
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
            (Change::Grant, false) => self.members.push(role),
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
                w.counts && w.id == id && w.project == project && w.signer == signer && w.party == *party
            };
            self.work.iter().position(own).ok_or(Void::SupersedesUnknown)
        });
        let old = old.transpose()?;
        let collides = |(at, w): (usize, &Work1)| {
            let is_same_space = match (is_imported, w.body.contributor.is_some()) {
                (true, true) => true,
                (false, false) => w.signer == signer,
                _ => false,
            };
            w.counts && w.project == project && w.nonce == payload.id.0 && is_same_space && Some(at) != old
        };
        if self.work.iter().enumerate().any(collides) {
            return Err(Void::IdTaken);
        }
        if let Some(at) = old {
            self.withdraw(at);
        }
        self.work.push(Work1 {
            id: event.id(),
            project,
            signer,
            party: party.clone(),
            body: body.clone(),
            nonce: payload.id.0,
            counts: true,
        });
        Ok(Effect::Counted {
            project,
            who: who(party),
            work: body.work,
            unit: body.unit.as_str().to_owned(),
            quantity: body.quantity,
            supersedes: body.supersedes,
        })
    }

    fn retraction(&mut self, payload: &Payload) -> Result<Effect, Void> {
        let project = payload.project.unwrap();
        let mut events = Vec::new();
        for id in &payload.about {
            let own = |w: &Work1| {
                w.counts && w.id == *id && w.project == project && payload.signers == [w.signer.clone()]
            };
            if let Some(at) = self.work.iter().position(own) {
                self.withdraw(at);
                events.push(*id);
            }
        }
        if events.is_empty() { Err(Void::RetractsNothing) } else { Ok(Effect::Withdrawn { project, events }) }
    }

    fn withdraw(&mut self, at: usize) {
        self.work[at].counts = false;
        let id = self.work[at].id;
        for standing in self.standings.iter_mut().filter(|s| s.0 == id) {
            standing.2 = "withdrawn".to_owned();
        }
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

    pub(super) fn contributors(&self, project: &Hash) -> usize {
        let mut parties: Vec<_> =
            self.work.iter().filter(|w| w.project == *project).map(|w| &w.party).collect();
        parties.sort();
        parties.dedup();
        parties.len()
    }

    pub(super) fn counts(&self, project: &Hash, party: &Party) -> Vec<(Work, String, Tally)> {
        let mut out: Vec<(Work, String, Tally)> = Vec::new();
        for w in self.work.iter().filter(|w| w.project == *project && w.party == *party) {
            let unit = w.body.unit.as_str();
            let at = out.iter().position(|(work, u, _)| (*work, u.as_str()) == (w.body.work, unit));
            let at = at.unwrap_or_else(|| {
                out.push((w.body.work, unit.to_owned(), Tally::default()));
                out.len() - 1
            });
            let tally = &mut out[at].2;
            if w.counts {
                tally.events += 1;
                tally.quantity += u128::from(w.body.quantity);
            } else {
                tally.withdrawn += 1;
            }
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
