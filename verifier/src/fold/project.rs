//! `charter` and `membership`: who decides, and who may do what.

use std::sync::Arc;

use super::record::{CharterRecord, LedgerRecord, ProjectRecord};
use super::{Effect, Fold, Result, Ruled, State, Void, key, who};
use crate::Hash;
use crate::event::{self, Change, Charter, Event};

impl<S: State> Fold<S> {
    /// The project's charters as of the log's day. An amendment whose day has come is put in force here, on first use.
    pub(super) fn project(
        &mut self,
        ledger: &LedgerRecord,
        project: &Hash,
    ) -> Result<Option<ProjectRecord>, S> {
        let key = key::project(project);
        let Some(record) = self.record(&key, ProjectRecord::from_bytes)? else { return Ok(None) };
        let Some((charter, from)) = record.pending.filter(|(_, from)| *from <= ledger.day) else {
            return Ok(Some(record));
        };
        if let Some((old, _)) = self.charter(&record.in_force)? {
            let old = CharterRecord { replaced: Some(from), ..old };
            self.set(key::charter(&record.in_force), old.to_bytes())?;
        }
        let record = ProjectRecord { in_force: charter, pending: None };
        self.set(key, record.to_bytes())?;
        Ok(Some(record))
    }

    /// The charter that is in force in a project.
    pub(super) fn in_force(&mut self, record: &ProjectRecord) -> Result<Option<Arc<Charter>>, S> {
        Ok(self.charter(&record.in_force)?.map(|(_, charter)| charter))
    }

    pub(super) fn apply_charter(
        &mut self,
        ledger: &LedgerRecord,
        event: &Event,
        body: &Charter,
    ) -> Result<Ruled<Effect>, S> {
        let (project, effect, record) = match event.payload().project {
            None => {
                if !has_threshold(body, event) {
                    return Ok(Err(Void::StewardsBelowThreshold));
                }
                let project = event.id();
                (project, Effect::Project { project }, ProjectRecord { in_force: project, pending: None })
            }
            Some(project) => {
                let Some(record) = self.project(ledger, &project)? else {
                    return Ok(Err(Void::ProjectUnknown));
                };
                if body.replaces != Some(record.in_force) {
                    return Ok(Err(Void::CharterNotInForce));
                }
                let Some(in_force) = self.in_force(&record)? else { return Ok(Err(Void::CharterUnknown)) };
                if !has_threshold(&in_force, event) {
                    return Ok(Err(Void::StewardsBelowThreshold));
                }
                let from = ledger.day.plus(in_force.notice);
                (
                    project,
                    Effect::Amendment { project, from },
                    ProjectRecord { pending: Some((event.id(), from)), ..record },
                )
            }
        };
        let charter = CharterRecord { project, replaced: None, payload: event.payload().to_canonical() };
        self.set(key::charter(&event.id()), charter.to_bytes())?;
        self.set(key::project(&project), record.to_bytes())?;
        Ok(Ok(effect))
    }

    pub(super) fn apply_membership(
        &mut self,
        ledger: &LedgerRecord,
        event: &Event,
        body: &event::Membership,
    ) -> Result<Ruled<Effect>, S> {
        let Some(project) = event.payload().project else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(record) = self.project(ledger, &project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(charter) = self.in_force(&record)? else { return Ok(Err(Void::CharterUnknown)) };
        if event.payload().signers.iter().any(|s| !charter.enrollers.contains(s)) {
            return Ok(Err(Void::NotEnroller));
        }
        let key = key::member(&project, body.role, &who(&body.member));
        let is_member = self.get(&key)?.is_some();
        match (body.change, is_member) {
            (Change::Grant, true) => Ok(Err(Void::MemberHasRole)),
            (Change::End, false) => Ok(Err(Void::MemberLacksRole)),
            (Change::Grant, false) => {
                self.set(key, Vec::new())?;
                Ok(Ok(Effect::Membership { project }))
            }
            (Change::End, true) => {
                self.state.remove(&key).map_err(super::FoldError::State)?;
                Ok(Ok(Effect::Membership { project }))
            }
        }
    }
}

/// Whether enough of the charter's stewards are among the event's signers.
fn has_threshold(charter: &Charter, event: &Event) -> bool {
    let stewards = event.payload().signers.iter().filter(|s| charter.stewards.keys.contains(s)).count();
    u32::try_from(stewards).is_ok_and(|n| n >= charter.stewards.threshold)
}
