//! Changes to what the fold keeps.

use super::Run;
use super::engine::{Space, WriteSet};

/// One change to what the fold keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldChange {
    /// The fold's key.
    pub key: Vec<u8>,
    /// The new value; `None` removes the key.
    pub value: Option<Vec<u8>>,
}

impl FoldChange {
    /// Puts it into a batch, its key after `prefix`.
    fn put(self, set: &mut WriteSet<'_>, prefix: &[u8]) {
        let key = [prefix, &self.key].concat();
        match self.value {
            Some(value) => set.put(Space::Fold, key, value),
            None => set.delete(Space::Fold, key),
        }
    }
}

/// Changes to what the fold keeps, which take effect together.
#[derive(Debug, Default)]
pub struct FoldChanges {
    /// What was set in runs.
    pub(super) set: Vec<Run>,
    /// What was removed in runs. No two of all runs overlap.
    pub(super) removed: Vec<Run>,
    /// All others, in order of their keys. Where a key is in a run too, what is here is newer.
    pub(super) others: Vec<FoldChange>,
}

impl FoldChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty() && self.others.is_empty()
    }

    /// Puts them into a batch, each key after `prefix`.
    pub(crate) fn put(self, set: &mut WriteSet<'_>, prefix: &[u8]) {
        self.set.into_iter().for_each(|run| set.put_run(Space::Fold, prefix.to_vec(), run));
        self.removed.into_iter().for_each(|run| set.delete_run(Space::Fold, prefix.to_vec(), run));
        self.others.into_iter().for_each(|change| change.put(set, prefix));
    }
}

impl From<Vec<FoldChange>> for FoldChanges {
    fn from(others: Vec<FoldChange>) -> Self {
        Self { others, ..Self::default() }
    }
}
