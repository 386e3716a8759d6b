//! `contribution` and `retraction`: work that counts, and work that is taken back.

use super::record::{ContributionRecord, LedgerRecord};
use super::{Effect, Fold, FoldError, Result, Ruled, Standing, State, Status, Tally, Void, key, who};
use crate::Hash;
use crate::event::{self, Charter, Enrolment, Event, Party, Role};

impl<S: State> Fold<S> {
    pub(super) fn apply_contribution(
        &mut self,
        ledger: &LedgerRecord,
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
        let record = ContributionRecord {
            project,
            signer: *signer.key(),
            who: who(&party),
            work: body.work,
            quantity: body.quantity,
            imported: body.contributor.is_some(),
            nonce: payload.id.0,
            unit: body.unit.as_str().to_owned(),
        };
        let ruled = self.judge(ledger, body, &record)?;
        let superseded = match ruled {
            Err(void) => {
                self.count_void(&record, &void)?;
                return Ok(Err(void));
            }
            Ok(superseded) => superseded,
        };
        if let Some((id, standing, old)) = superseded {
            self.withdraw(&id, &standing, &old)?;
        }
        let taken = key::taken(&project, (!record.imported).then_some(&record.signer), &record.nonce);
        self.set(taken, event.id().0.to_vec())?;
        let directory = key::contributor(&project, &record.who);
        if self.get(&directory)?.is_none() {
            self.set(directory, party.as_str().as_bytes().to_vec())?;
        }
        self.tally(&record, |tally| {
            tally.events += 1;
            tally.quantity += u128::from(record.quantity);
        })?;
        let effect = Effect::Counted {
            project,
            who: record.who,
            work: record.work,
            unit: record.unit.clone(),
            quantity: record.quantity,
            supersedes: body.supersedes,
        };
        let standing = Standing { index: self.size()?, status: Status::Counted, contribution: Some(record) };
        self.set(key::event(&event.id()), standing.to_bytes())?;
        Ok(Ok(effect))
    }

    /// Applies every rule and changes nothing. Answers the event that is superseded, where there is one.
    #[expect(clippy::type_complexity, reason = "the superseded event, where it stood, and its record")]
    fn judge(
        &mut self,
        ledger: &LedgerRecord,
        body: &event::Contribution,
        record: &ContributionRecord,
    ) -> Result<Ruled<Option<(Hash, Standing, ContributionRecord)>>, S> {
        let project = &record.project;
        let Some(charters) = self.project(ledger, project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let Some((named, charter)) = self.charter(&body.charter)?.filter(|(c, _)| c.project == *project)
        else {
            return Ok(Err(Void::CharterUnknown));
        };
        if body.charter != charters.in_force {
            // A charter that never came into force has no day on which it was replaced.
            let Some(replaced) = named.replaced else { return Ok(Err(Void::CharterNotYet)) };
            if ledger.day > replaced.plus(charter.grace) {
                return Ok(Err(Void::CharterChanged));
            }
        }
        if !has_activity(&charter, body) {
            return Ok(Err(Void::ActivityUnknown));
        }
        let Some(in_force) = self.in_force(&charters)? else { return Ok(Err(Void::CharterUnknown)) };
        if record.imported {
            if in_force.import.is_none() {
                return Ok(Err(Void::ImportNotAllowed));
            }
            let signer = who(&Party::Key(crate::did::Did::from_key(&record.signer)));
            if self.get(&key::member(project, Role::Importer, &signer))?.is_none() {
                return Ok(Err(Void::NotImporter));
            }
        }
        if in_force.enrolment == Enrolment::Enrolled
            && self.get(&key::member(project, Role::Contributor, &record.who))?.is_none()
        {
            return Ok(Err(Void::NotEnrolled));
        }
        let superseded = match &body.supersedes {
            None => None,
            Some(id) => match self.counted(id)?.filter(|(_, old)| {
                old.project == *project && old.signer == record.signer && old.who == record.who
            }) {
                None => return Ok(Err(Void::SupersedesUnknown)),
                Some((standing, old)) => Some((*id, standing, old)),
            },
        };
        let taken = key::taken(project, (!record.imported).then_some(&record.signer), &record.nonce);
        if let Some(by) = self.get(&taken)?
            && superseded.as_ref().is_none_or(|(id, ..)| id.0.as_slice() != by)
        {
            return Ok(Err(Void::IdTaken));
        }
        Ok(Ok(superseded))
    }

    pub(super) fn apply_retraction(&mut self, event: &Event) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let (Some(project), [signer]) = (payload.project, payload.signers.as_slice()) else {
            return Ok(Err(Void::RetractsNothing));
        };
        let mut events = Vec::new();
        for id in &payload.about {
            let own = |old: &ContributionRecord| old.project == project && old.signer == *signer.key();
            if let Some((standing, old)) = self.counted(id)?.filter(|(_, old)| own(old)) {
                self.withdraw(id, &standing, &old)?;
                events.push(*id);
            }
        }
        if events.is_empty() {
            return Ok(Err(Void::RetractsNothing));
        }
        Ok(Ok(Effect::Withdrawn { project, events }))
    }

    /// The event, where it is a contribution that counts.
    fn counted(&self, id: &Hash) -> Result<Option<(Standing, ContributionRecord)>, S> {
        let standing = self.record(&key::event(id), Standing::from_bytes)?;
        Ok(standing.filter(|s| s.status == Status::Counted).and_then(|s| {
            let record = s.contribution.clone()?;
            Some((s, record))
        }))
    }

    /// Takes a contribution out of the counts and frees its id.
    fn withdraw(&mut self, id: &Hash, standing: &Standing, old: &ContributionRecord) -> Result<(), S> {
        let taken = key::taken(&old.project, (!old.imported).then_some(&old.signer), &old.nonce);
        self.state.remove(&taken).map_err(FoldError::State)?;
        self.tally(old, |tally| {
            tally.events -= 1;
            tally.quantity -= u128::from(old.quantity);
            tally.withdrawn += 1;
        })?;
        let standing = Standing { status: Status::Withdrawn, ..standing.clone() };
        self.set(key::event(id), standing.to_bytes())
    }

    fn tally(&mut self, record: &ContributionRecord, change: impl FnOnce(&mut Tally)) -> Result<(), S> {
        let key = key::tally(&record.project, &record.who, record.work, &record.unit);
        let mut tally = self.record(&key, Tally::from_bytes)?.unwrap_or_default();
        change(&mut tally);
        self.set(key, tally.to_bytes())
    }

    /// Counts a void contribution where its contributor is known to the project already: strangers leave no trace.
    fn count_void(&mut self, record: &ContributionRecord, void: &Void) -> Result<(), S> {
        if matches!(void, Void::ProjectUnknown)
            || self.get(&key::contributor(&record.project, &record.who))?.is_none()
        {
            return Ok(());
        }
        let key = key::voids(&record.project, &record.who);
        let so_far = self.record(&key, |b| b.try_into().ok().map(u64::from_be_bytes))?.unwrap_or(0);
        self.set(key, (so_far + 1).to_be_bytes().to_vec())
    }
}

fn has_activity(charter: &Charter, body: &event::Contribution) -> bool {
    charter
        .activities
        .iter()
        .any(|a| a.work == body.work && a.activity == body.activity && a.unit == body.unit)
}
