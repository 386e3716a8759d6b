//! The money tree of a project: its valid settlements, payments and claims, in the order of the log (spec/settlement.md §5).

use sha2::{Digest, Sha256};

use super::record::{DecisionRecord, ProjectRecord};
use super::{Fold, FoldError, Now, Result, State, key};
use crate::Hash;

/// Leaf of a money tree: `SHA-256(0x00 ‖ project ‖ place ‖ event id)`.
pub(crate) fn decision_leaf(project: &Hash, place: u64, id: &Hash) -> Hash {
    let mut h = Sha256::new();
    h.update([0]);
    h.update(project.0);
    h.update(place.to_be_bytes());
    h.update(id.0);
    Hash(h.finalize().into())
}

impl<S: State> Fold<S> {
    /// Puts a valid event into the project's money tree; its place. The project's record is not kept yet.
    pub(super) fn decide_money(
        &mut self,
        now: &Now,
        project: &Hash,
        record: &mut ProjectRecord,
        id: &Hash,
    ) -> Result<u64, S> {
        let damaged = || FoldError::Damaged { key: key::project(project) };
        let place = record.leaf.now.decisions;
        self.set(key::decision(project, place), DecisionRecord { id: *id, index: now.index }.to_bytes())?;
        let count = place.checked_add(1).ok_or_else(damaged)?;
        let added = vec![(place, decision_leaf(project, place, id))];
        let root = self.grow(count, added, |level, group| key::decisions_group(project, level, group))?;
        let leaf = self.touch_leaf(record)?;
        leaf.decisions = count;
        leaf.money = root.ok_or_else(damaged)?;
        Ok(place)
    }
}
