//! The fold's state over the store: what is stored, and what was changed since.

use std::collections::BTreeMap;
use std::sync::Arc;

use lebombo_verifier::fold::State;

use crate::store::{FoldChange, Store, StoreError};

/// State that reads through to the store and keeps changes back until [`StoreState::take`].
#[derive(Debug, Clone)]
pub(super) struct StoreState {
    store: Arc<Store>,
    // `None` is a removal.
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl StoreState {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, changes: BTreeMap::new() }
    }

    /// The changes since the last call, to be written in one batch.
    pub(super) fn take(&mut self) -> Vec<FoldChange> {
        std::mem::take(&mut self.changes).into_iter().map(|(key, value)| FoldChange { key, value }).collect()
    }

    /// How many keys were changed since the last [`StoreState::take`].
    pub(super) fn pending(&self) -> usize {
        self.changes.len()
    }
}

impl State for StoreState {
    type Error = StoreError;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changes.get(key) {
            Some(change) => Ok(change.clone()),
            None => self.store.fold_get(key),
        }
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), StoreError> {
        self.changes.insert(key, Some(value));
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.changes.insert(key.to_vec(), None);
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        // Removals hide stored keys, so as many more are read as there can be removals.
        let reach = limit.saturating_add(self.changes.len());
        let stored = self.store.fold_scan(prefix, Some(after).filter(|a| !a.is_empty()), reach)?;
        let complete = stored.len() < reach;
        let horizon = stored.last().map(|(key, _)| key.clone());
        let mut merged: BTreeMap<Vec<u8>, Vec<u8>> = stored.into_iter().collect();
        for (key, change) in self.changes.range(prefix.to_vec()..) {
            if !key.starts_with(prefix) {
                break;
            }
            // Beyond the last stored key that was read, stored keys are unknown, and so is what comes next.
            if key.as_slice() <= after || (!complete && horizon.as_ref().is_some_and(|h| key > h)) {
                continue;
            }
            match change {
                Some(value) => merged.insert(key.clone(), value.clone()),
                None => merged.remove(key),
            };
        }
        Ok(merged.into_iter().take(limit).collect())
    }
}
