//! `charter` and `membership`: who decides, and who may do what.

use std::sync::Arc;

use super::record::{CharterRecord, Leaf, Pinned, ProjectRecord};
use super::{Effect, Fold, FoldError, Now, PAGE, Result, Ruled, State, Void, key, who};
use crate::Hash;
use crate::event::{self, Change, Charter, Day, Event, Role};

impl<S: State> Fold<S> {
    pub(super) fn project(&self, project: &Hash) -> Result<Option<ProjectRecord>, S> {
        self.record(&key::project(project), ProjectRecord::from_bytes)
    }

    /// The charter that is in force in a project.
    pub(super) fn in_force(&mut self, record: &ProjectRecord) -> Result<Option<Arc<Charter>>, S> {
        self.charter_text(&record.in_force())
    }

    /// What a charter says.
    pub(super) fn charter_text(&mut self, id: &Hash) -> Result<Option<Arc<Charter>>, S> {
        // The text of a charter never changes, so its parsed form needs no look at the state.
        if let Some(charter) = self.charters.get(id) {
            return Ok(Some(Arc::clone(charter)));
        }
        Ok(self.charter(id)?.map(|(_, charter)| charter))
    }

    /// What a charter says that work was accepted or income logged under: it is there, or the state is damaged.
    pub(super) fn known_charter(&mut self, id: &Hash) -> Result<Arc<Charter>, S> {
        self.charter_text(id)?.ok_or_else(|| FoldError::Damaged { key: key::charter(id) })
    }

    pub(super) fn apply_charter(
        &mut self,
        now: &Now,
        event: &Event,
        body: &Charter,
    ) -> Result<Ruled<Effect>, S> {
        let Some(project) = event.payload().project else { return self.found(event, body) };
        let Some(mut record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        if body.replaces != Some(record.in_force()) {
            return Ok(Err(Void::CharterNotInForce));
        }
        let Some(in_force) = self.in_force(&record)? else { return Ok(Err(Void::CharterUnknown)) };
        if !has_threshold(&in_force, event) {
            return Ok(Err(Void::StewardsBelowThreshold));
        }
        if let Some((_, day)) = record.pending.take() {
            self.remove(&key::amendment(day, &project))?;
        }
        self.keep_charter(project, event)?;
        let from = now.day.plus(in_force.notice);
        record.pending = Some((event.id(), from));
        if from <= now.day {
            self.put_in_force(&project, record)?;
        } else {
            self.set(key::amendment(from, &project), Vec::new())?;
            self.set(key::project(&project), record.to_bytes())?;
        }
        Ok(Ok(Effect::Amendment { project, from }))
    }

    /// A first charter.
    fn found(&mut self, event: &Event, body: &Charter) -> Result<Ruled<Effect>, S> {
        if !has_threshold(body, event) {
            return Ok(Err(Void::StewardsBelowThreshold));
        }
        let project = event.id();
        let number = self.number(key::PROJECTS)?;
        let now = Leaf { charter: project, ..Leaf::default() };
        let leaf = Pinned { epoch: self.epoch()?, now, then: Leaf::default() };
        let record = ProjectRecord { number, leaf, root: Hash::default(), pending: None };
        self.set(key::changed_project(leaf.epoch, number), Vec::new())?;
        self.keep_charter(project, event)?;
        self.set(key::PROJECTS.to_vec(), (number + 1).to_be_bytes().to_vec())?;
        self.set(key::project_number(number), project.0.to_vec())?;
        self.set(key::project(&project), record.to_bytes())?;
        Ok(Ok(Effect::Project { project }))
    }

    fn keep_charter(&mut self, project: Hash, event: &Event) -> Result<(), S> {
        let charter = CharterRecord { project, replaced: None, payload: event.payload().to_canonical() };
        self.set(key::charter(&event.id()), charter.to_bytes())
    }

    /// Puts the amendment that waits in force, and keeps the record.
    fn put_in_force(&mut self, project: &Hash, mut record: ProjectRecord) -> Result<(), S> {
        let Some((charter, from)) = record.pending.take() else { return Ok(()) };
        let key = key::charter(&record.in_force());
        let Some(old) = self.record(&key, CharterRecord::from_bytes)? else {
            return Err(FoldError::Damaged { key });
        };
        self.set(key, CharterRecord { replaced: Some(from), ..old }.to_bytes())?;
        self.touch_leaf(&mut record)?.charter = charter;
        self.set(key::project(project), record.to_bytes())
    }

    /// Puts every amendment in force whose day has come; the log's day is `day` now.
    pub(super) fn amend(&mut self, day: Day) -> Result<(), S> {
        let mut after = Vec::new();
        loop {
            let page = self.scan(key::AMENDMENTS, &after, PAGE)?;
            for (key, _) in &page {
                let damaged = || FoldError::Damaged { key: key.clone() };
                let from = key.get(1..5).and_then(|d| d.try_into().ok()).map(u32::from_be_bytes);
                let from = from.and_then(Day::from_number).ok_or_else(damaged)?;
                let project = key.get(5..).and_then(|p| p.try_into().ok()).map(Hash).ok_or_else(damaged)?;
                if from > day {
                    return Ok(());
                }
                self.remove(key)?;
                let record = self.project(&project)?.ok_or_else(damaged)?;
                self.put_in_force(&project, record)?;
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => after.clone_from(key),
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn apply_membership(
        &mut self,
        event: &Event,
        body: &event::Membership,
    ) -> Result<Ruled<Effect>, S> {
        let Some(project) = event.payload().project else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(mut record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(charter) = self.in_force(&record)? else { return Ok(Err(Void::CharterUnknown)) };
        if event.payload().signers.iter().any(|s| !charter.enrollers.contains(s)) {
            return Ok(Err(Void::NotEnroller));
        }
        let member = who(&body.member);
        let key = key::member(&project, body.role, &member);
        let is_member = self.has(&key)?;
        match (body.change, is_member) {
            (Change::Grant, true) => return Ok(Err(Void::MemberHasRole)),
            (Change::End, false) => return Ok(Err(Void::MemberLacksRole)),
            (Change::Grant, false) => self.set(key, Vec::new())?,
            (Change::End, true) => self.remove(&key)?,
        }
        if (body.change, body.role) == (Change::Grant, Role::Contributor) {
            let mut contributor = self.contributor(&project, &member, || body.member.to_string())?;
            if contributor.handle.is_none() {
                self.list(&project, &member, &mut record, &mut contributor)?;
                self.set(key::contributor(&project, &member), contributor.to_bytes())?;
                self.set(key::project(&project), record.to_bytes())?;
            }
        }
        Ok(Ok(Effect::Membership { project }))
    }
}

/// Whether enough of the charter's stewards are among the event's signers.
fn has_threshold(charter: &Charter, event: &Event) -> bool {
    let stewards = event.payload().signers.iter().filter(|s| charter.stewards.keys.contains(s)).count();
    u32::try_from(stewards).is_ok_and(|n| n >= charter.stewards.threshold)
}
