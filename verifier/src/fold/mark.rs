//! `mark` and `snapshot`: the totals frozen, and their root stated.

use super::record::{ChangedLeaf, MarkRecord, ProjectRecord, SnapshotRecord};
use super::{Effect, Fold, FoldError, Now, PAGE, Result, Ruled, Run, State, Void, key};
use crate::Hash;
use crate::event::{self, Event};
use crate::total;

/// Changed leaves that are hashed at a time: enough for a keeper to share out.
const LEAVES_AT_ONCE: usize = 8_192;
/// Of the key of one.
const CHANGED_KEY_BYTES: usize = 1 + 32 + 8 + 8;

impl<S: State> Fold<S> {
    pub(super) fn apply_mark(&mut self, now: &Now, event: &Event) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        if payload.signers.iter().any(|s| *s.key() != now.key) {
            return Ok(Err(Void::NotLedgerKey));
        }
        if payload.date != now.day {
            return Ok(Err(Void::MarkDate));
        }
        let (epoch, projects) = (self.epoch()?, self.number(key::PROJECTS)?);
        let (mut leaves, mut after) = (Vec::new(), Vec::new());
        loop {
            let page = self.scan(&key::changed_projects(epoch), &after, PAGE)?;
            for (key, _) in &page {
                let Some(number) = key.last_chunk().map(|b| u64::from_be_bytes(*b)) else {
                    return Err(FoldError::Damaged { key: key.clone() });
                };
                self.remove(key)?;
                leaves.push((number, self.freeze_project(epoch, number)?));
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => after.clone_from(key),
                _ => break,
            }
        }
        let root = match self.grow(projects, leaves, key::projects_group)? {
            Some(root) => root,
            None => self.mark()?.map_or(Hash::default(), |mark| mark.root),
        };
        let next = epoch.checked_add(1).ok_or_else(|| FoldError::Damaged { key: key::MARK.to_vec() })?;
        self.freeze_closed(next)?;
        let record =
            MarkRecord { epoch: next, id: event.id(), index: now.index, day: now.day, root, projects };
        self.set_mark(record)?;
        Ok(Ok(Effect::Mark { root, projects }))
    }

    /// Brings a project's totals tree up to date; the project's leaf.
    fn freeze_project(&mut self, epoch: u64, number: u64) -> Result<Hash, S> {
        let damaged = |key: Vec<u8>| FoldError::Damaged { key };
        let by_number = key::project_number(number);
        let project = self.record(&by_number, |b| b.try_into().ok().map(Hash))?;
        let project = project.ok_or_else(|| damaged(by_number))?;
        let key = key::project(&project);
        let mut record = self.record(&key, ProjectRecord::from_bytes)?.ok_or_else(|| damaged(key.clone()))?;
        let mut leaves = Vec::new();
        let mut after = Vec::new();
        loop {
            let page = self.scan(&key::changed_contributors(&project, epoch), &after, LEAVES_AT_ONCE)?;
            let hash = |(key, leaf): &(Vec<u8>, Vec<u8>)| {
                let handle = key.last_chunk().map(|b| u64::from_be_bytes(*b))?;
                let ChangedLeaf { who, counts, points } = ChangedLeaf::from_bytes(leaf)?;
                Some((handle, total::leaf(&total::Total { project, handle, who, counts, points })))
            };
            let hashed = self.state.work_out(&page, |pairs| pairs.iter().map(hash).collect::<Vec<_>>());
            let mut removed = Run::with_capacity(page.len(), page.len() * CHANGED_KEY_BYTES);
            for ((key, _), leaf) in page.iter().zip(hashed.into_iter().flatten()) {
                let leaf = leaf.filter(|_| removed.push(key, &[]));
                leaves.push(leaf.ok_or_else(|| damaged(key.clone()))?);
            }
            self.state.remove_many(removed).map_err(FoldError::State)?;
            match page.last() {
                Some((key, _)) if page.len() == LEAVES_AT_ONCE => after.clone_from(key),
                _ => break,
            }
        }
        let leaf = record.leaf.now;
        if let Some(root) = self.grow(leaf.contributors, leaves, |l, n| key::totals_group(&project, l, n))? {
            record.root = root.hash;
            self.set(key, record.to_bytes())?;
        }
        Ok(total::project_leaf(&total::Project {
            project,
            charter: leaf.charter,
            contributors: leaf.contributors,
            points: leaf.points,
            totals: record.root,
            settlement: leaf.settlement,
            decisions: leaf.decisions,
            money: leaf.money,
        }))
    }

    pub(super) fn apply_snapshot(
        &mut self,
        now: &Now,
        event: &Event,
        body: &event::Snapshot,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        if payload.signers.iter().any(|s| *s.key() != now.key) {
            return Ok(Err(Void::NotLedgerKey));
        }
        let Some(mark) = self.mark()?.filter(|mark| mark.id == body.mark) else {
            return Ok(Err(Void::SnapshotMark));
        };
        let last: Option<SnapshotRecord> = self.record(key::SNAPSHOT, SnapshotRecord::from_bytes)?;
        if last.as_ref().is_some_and(|last| last.epoch == mark.epoch) {
            return Ok(Err(Void::SnapshotRepeated));
        }
        if body.previous != last.map(|last| last.id) {
            return Ok(Err(Void::SnapshotPrevious));
        }
        if payload.date != mark.day {
            return Ok(Err(Void::SnapshotDate));
        }
        if body.projects != mark.projects {
            return Ok(Err(Void::SnapshotProjects));
        }
        if body.root != mark.root {
            return Ok(Err(Void::SnapshotRoot));
        }
        let record = SnapshotRecord { id: event.id(), index: now.index, epoch: mark.epoch };
        self.set(key::SNAPSHOT.to_vec(), record.to_bytes())?;
        self.state_freezes(mark.epoch, &event.id())?;
        Ok(Ok(Effect::Snapshot))
    }
}
