//! `contribution` and `retraction`: work that may count, and work that is taken back.

use super::account::{Change, Decision, points};
use super::record::{ContributionRecord, ContributorRecord, ProjectRecord};
use super::review::is_by_verdicts;
use super::{Effect, Fold, FoldError, Now, Result, Ruled, Standing, State, Status, Void, key, who};
use crate::Hash;
use crate::event::{self, Charter, Enrolment, Event, Party, Role, VerdictRule};

/// A contribution that breaks no rule.
struct Sound {
    record: ProjectRecord,
    work: ContributionRecord,
    superseded: Option<(Hash, Standing)>,
}

impl<S: State> Fold<S> {
    pub(super) fn apply_contribution(
        &mut self,
        now: &Now,
        event: &Event,
        body: &event::Contribution,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let (Some(project), Some(signer)) = (payload.project, payload.signers.first()) else {
            return Ok(Err(Void::ProjectUnknown));
        };
        let party = match &body.contributor {
            Some(alias) => Party::Alias(alias.clone()),
            None => Party::Key(signer.clone()),
        };
        let work = ContributionRecord {
            project,
            signer: *signer.key(),
            who: who(&party),
            charter: body.charter,
            work: body.work,
            quantity: body.quantity,
            weight: 0,
            needed: 0,
            due: None,
            imported: body.contributor.is_some(),
            nonce: payload.id.0,
            accepted: 0,
            decided: now.index,
            unit: body.unit.as_str().to_owned(),
            reason: String::new(),
        };
        let who = work.who;
        let Sound { mut record, work, superseded } = match self.judge(now, body, work)? {
            Ok(sound) => sound,
            Err(void) => {
                self.count_void(&project, &who, void)?;
                return Ok(Err(void));
            }
        };
        if let Some((id, standing)) = superseded {
            self.withdraw(&id, standing)?;
        }
        self.set(taken(&work), event.id().0.to_vec())?;
        let at_once = work.needed == 0;
        let effect = Effect::Contribution {
            project,
            who,
            work: work.work,
            unit: work.unit.clone(),
            quantity: work.quantity,
            accepted: at_once,
            supersedes: body.supersedes,
        };
        let standing = Standing {
            index: now.index,
            status: Status::Pending,
            contribution: Some(work),
            subjects: Vec::new(),
        };
        if at_once {
            let decision = Decision { accepted: body.quantity, reason: "", by: now.index };
            self.accept_at_once(&event.id(), standing, &mut record, || party.to_string(), decision)?;
            self.set(key::project(&project), record.to_bytes())?;
        } else {
            self.know(&project, &who, || party.to_string())?;
            self.wait(&event.id(), &standing)?;
        }
        Ok(Ok(effect))
    }

    /// Keeps a contribution that waits for its verdict.
    fn wait(&mut self, id: &Hash, standing: &Standing) -> Result<(), S> {
        let Some(work) = &standing.contribution else { return Ok(()) };
        let kind = (work.work, work.unit.as_str());
        self.tally(&work.project, &work.who, kind, |tally| tally.pending.add(work.quantity))?;
        if let Some(day) = work.due {
            self.set(key::due(day, standing.index), id.0.to_vec())?;
        }
        let value = [id.0, work.who.0].concat();
        self.set(key::undecided_at(&work.project, standing.index), value)?;
        self.set(key::event(id), standing.to_bytes())
    }

    /// Applies every rule and changes nothing. Completes the record by the charter that the work was done under.
    fn judge(
        &mut self,
        now: &Now,
        body: &event::Contribution,
        mut work: ContributionRecord,
    ) -> Result<Ruled<Sound>, S> {
        let project = work.project;
        let Some(record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(in_force) = self.in_force(&record)? else { return Ok(Err(Void::CharterUnknown)) };
        let charter = if body.charter == record.in_force() {
            in_force.clone()
        } else {
            let Some((named, charter)) = self.charter(&body.charter)?.filter(|(c, _)| c.project == project)
            else {
                return Ok(Err(Void::CharterUnknown));
            };
            // A charter that never came into force has no day on which it was replaced.
            let Some(replaced) = named.replaced else { return Ok(Err(Void::CharterNotYet)) };
            if now.day > replaced.plus(charter.grace) {
                return Ok(Err(Void::CharterChanged));
            }
            charter
        };
        if let Err(void) = complete(&mut work, &charter, body, now) {
            return Ok(Err(void));
        }
        if work.imported {
            if in_force.import.is_none() {
                return Ok(Err(Void::ImportNotAllowed));
            }
            let signer = who(&Party::Key(crate::did::Did::from_key(&work.signer)));
            if !self.has(&key::member(&project, Role::Importer, &signer))? {
                return Ok(Err(Void::NotImporter));
            }
        }
        if in_force.enrolment == Enrolment::Enrolled
            && !self.has(&key::member(&project, Role::Contributor, &work.who))?
        {
            return Ok(Err(Void::NotEnrolled));
        }
        let superseded = match &body.supersedes {
            None => None,
            Some(id) => match self.supersedable(id, &work)? {
                Ok(standing) => Some((*id, standing)),
                Err(void) => return Ok(Err(void)),
            },
        };
        if let Some(by) = self.get(&taken(&work))?
            && superseded.as_ref().is_none_or(|(id, _)| id.0.as_slice() != by)
        {
            return Ok(Err(Void::IdTaken));
        }
        if work.needed == 0 {
            let change = Change { charter: &charter, minus: 0, plus: points(work.weight, work.quantity) };
            if !self.has_room(&project, &record, &[change])? {
                return Ok(Err(Void::PointsOverflow));
            }
        }
        Ok(Ok(Sound { record, work, superseded }))
    }

    /// The standing of an undecided contribution of the same signer and contributor.
    fn supersedable(&self, id: &Hash, work: &ContributionRecord) -> Result<Ruled<Standing>, S> {
        let own = |old: &ContributionRecord| {
            old.project == work.project && old.signer == work.signer && old.who == work.who
        };
        let Some(standing) = self.standing(id)?.filter(|s| s.contribution.as_ref().is_some_and(own)) else {
            return Ok(Err(Void::SupersedesUnknown));
        };
        Ok(match standing.status {
            Status::Pending => Ok(standing),
            Status::Accepted | Status::Rejected => Err(Void::SupersedesSettled),
            _ => Err(Void::SupersedesUnknown),
        })
    }

    pub(super) fn apply_retraction(&mut self, event: &Event) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let (Some(project), [signer]) = (payload.project, payload.signers.as_slice()) else {
            return Ok(Err(Void::RetractsNothing));
        };
        let mut events = Vec::new();
        for id in &payload.about {
            let Some(standing) = self.standing(id)? else { continue };
            let own = |old: &ContributionRecord| old.project == project && old.signer == *signer.key();
            if standing.status == Status::Pending && standing.contribution.as_ref().is_some_and(own) {
                self.withdraw(id, standing)?;
                events.push(*id);
            }
        }
        if events.is_empty() {
            return Ok(Err(Void::RetractsNothing));
        }
        Ok(Ok(Effect::Withdrawn { project, events }))
    }

    /// Takes an undecided contribution back and frees its id.
    fn withdraw(&mut self, id: &Hash, mut standing: Standing) -> Result<(), S> {
        let Some(mut work) = standing.contribution.take() else { return Ok(()) };
        self.remove(&taken(&work))?;
        self.forget_undecided(standing.index, &mut work)?;
        self.tally(&work.project, &work.who, (work.work, &work.unit), |tally| {
            tally.pending.take(work.quantity);
            tally.withdrawn += 1;
        })?;
        let standing = Standing { status: Status::Withdrawn, contribution: Some(work), ..standing };
        self.set(key::event(id), standing.to_bytes())
    }

    /// Counts a void contribution where its contributor is known to the project already: strangers leave no trace.
    fn count_void(&mut self, project: &Hash, who: &Hash, void: Void) -> Result<(), S> {
        if void == Void::ProjectUnknown {
            return Ok(());
        }
        let key = key::contributor(project, who);
        let Some(mut record) = self.record(&key, ContributorRecord::from_bytes)? else { return Ok(()) };
        let sums = record.sums.touch(self.epoch()?);
        sums.void = sums.void.checked_add(1).ok_or_else(|| FoldError::Damaged { key: key.clone() })?;
        self.set(key, record.to_bytes())
    }
}

/// What the charter that the work was done under says about it.
fn complete(
    work: &mut ContributionRecord,
    charter: &Charter,
    body: &event::Contribution,
    now: &Now,
) -> std::result::Result<(), Void> {
    let activity = charter
        .activities
        .iter()
        .find(|a| a.work == body.work && a.activity == body.activity && a.unit == body.unit);
    // Every kind of work of an activity has a verdict rule: the charter was refused otherwise.
    let rule = charter.verdicts.iter().find(|v| v.work == body.work);
    let (Some(activity), Some(verdicts)) = (activity, rule) else { return Err(Void::ActivityUnknown) };
    if is_by_verdicts(body.work, body.unit.as_str()) {
        return Err(Void::ActivityByVerdicts);
    }
    work.weight = activity.weight;
    work.needed = match verdicts.rule {
        VerdictRule::AtOnce => 0,
        VerdictRule::First => 1,
        // At most 16.
        VerdictRule::Equal(count) => u8::try_from(count).unwrap_or(u8::MAX),
    };
    work.due = verdicts.silence.map(|days| now.day.plus(days));
    Ok(())
}

fn taken(work: &ContributionRecord) -> Vec<u8> {
    key::taken(&work.project, (!work.imported).then_some(&work.signer), &work.nonce)
}
