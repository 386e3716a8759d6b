//! The fold's state in the auditor's folder, with what was changed since the last commit kept back.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::ControlFlow;
use std::sync::Arc;

use lebombo_verifier::fold::State;

use crate::store::Pair;
use crate::store::engine::{Engine, EngineError, Space, WriteSet};

/// Reads through to the engine.
pub(super) struct Buffer {
    engine: Arc<dyn Engine>,
    /// `None` is a removal.
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Buffer {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, changes: BTreeMap::new() }
    }

    /// How many keys were changed since [`Buffer::take`].
    pub(super) fn pending(&self) -> usize {
        self.changes.len()
    }

    /// Puts the changes into a batch.
    pub(super) fn take(&mut self, set: &mut WriteSet<'_>) {
        for (key, value) in std::mem::take(&mut self.changes) {
            match value {
                Some(value) => set.put(Space::Fold, key, value),
                None => set.delete(Space::Fold, key),
            }
        }
    }
}

impl State for Buffer {
    type Error = EngineError;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        match self.changes.get(key) {
            Some(change) => Ok(change.clone()),
            None => self.engine.get(Space::Fold, key),
        }
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), EngineError> {
        self.changes.insert(key, Some(value));
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), EngineError> {
        self.changes.insert(key.to_vec(), None);
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<Pair>, EngineError> {
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        let is_within = !after.is_empty() && after >= prefix;
        let from = if is_within { Excluded(after) } else { Included(prefix) };
        let mut changes = self
            .changes
            .range::<[u8], _>((from, Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .peekable();
        let push = |found: &mut Vec<Pair>, key: &[u8], value: &Option<Vec<u8>>| {
            if let Some(value) = value
                && found.len() < limit
            {
                found.push((key.to_vec(), value.clone()));
            }
        };
        // The least key above `after` is `after` and a zero byte.
        let start = if is_within { [after, &[0]].concat() } else { prefix.to_vec() };
        self.engine.scan(Space::Fold, &start, &mut |key, value| {
            if !key.starts_with(prefix) {
                return ControlFlow::Break(());
            }
            let mut is_changed = false;
            while let Some((changed, new)) = changes.next_if(|(changed, _)| changed.as_slice() <= key) {
                is_changed = changed.as_slice() == key;
                push(&mut found, changed, new);
            }
            if !is_changed && found.len() < limit {
                found.push((key.to_vec(), value.to_vec()));
            }
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        for (key, value) in changes {
            if found.len() == limit {
                break;
            }
            push(&mut found, key, value);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use lebombo_verifier::fold::MemoryState;
    use proptest::prelude::*;

    use super::*;
    use crate::store::engine::Durability;
    use crate::store::memory::MemoryDisk;

    #[derive(Debug, Clone)]
    enum Step {
        Set(Vec<u8>, u8),
        Remove(Vec<u8>),
        Commit,
        Scan(Vec<u8>, Vec<u8>, usize),
    }

    /// Few letters, so that keys meet and are prefixes of each other, after one that the fold scans.
    fn key(length: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
        let letters = prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(0xff)], length);
        letters.prop_map(|rest| [b"N".as_slice(), &rest].concat())
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            5 => (key(1..=4), any::<u8>()).prop_map(|(key, value)| Step::Set(key, value)),
            4 => key(1..=4).prop_map(Step::Remove),
            1 => Just(Step::Commit),
            4 => (key(0..=2), key(0..=4), 0_usize..6).prop_map(|(p, a, l)| Step::Scan(p, a, l)),
        ]
    }

    proptest! {
        #[test]
        fn reads_as_a_map_in_memory_does(steps in prop::collection::vec(step(), 1..120)) {
            let engine: Arc<dyn Engine> = Arc::new(MemoryDisk::default().open());
            let (mut buffer, mut plain) = (Buffer::new(Arc::clone(&engine)), MemoryState::default());
            for step in steps {
                match step {
                    Step::Set(key, value) => {
                        buffer.set(key.clone(), vec![value]).unwrap();
                        plain.set(key, vec![value]).unwrap();
                    }
                    Step::Remove(key) => {
                        buffer.remove(&key).unwrap();
                        plain.remove(&key).unwrap();
                    }
                    Step::Commit => {
                        let mut set = WriteSet::default();
                        buffer.take(&mut set);
                        engine.commit(set, Durability::Synced).unwrap();
                    }
                    Step::Scan(prefix, after, limit) => {
                        prop_assert_eq!(
                            buffer.scan(&prefix, &after, limit).unwrap(),
                            plain.scan(&prefix, &after, limit).unwrap()
                        );
                    }
                }
            }
            prop_assert_eq!(buffer.scan(b"N", &[], 1000).unwrap(), plain.scan(b"N", &[], 1000).unwrap());
        }
    }
}
