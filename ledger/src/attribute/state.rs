//! The fold's state over the store: what is stored, and what was changed since.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use lebombo_verifier::fold::State;

use crate::store::{FoldChange, Pair, Store, StoreError};

/// Longest page of stored keys that is read to find what removals have hidden.
const LONGEST_PAGE: usize = 4_096;

/// A key and its new value; `None` where it was removed.
type Change<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);

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

    /// The changes of keys that start with `prefix` and come after `after`, in order.
    fn changes_after(&self, prefix: &[u8], after: &[u8]) -> impl Iterator<Item = Change<'_>> {
        let from = if after >= prefix { Excluded(after) } else { Included(prefix) };
        // An empty `after` comes before every key but the empty one, which is no key of the fold's.
        self.changes.range::<[u8], _>((from, Unbounded)).take_while(move |(key, _)| key.starts_with(prefix))
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
        let mut merged =
            Merge { changes: self.changes_after(prefix, after).peekable(), found: Vec::new(), limit };
        let mut from = Some(after).filter(|after| !after.is_empty()).map(<[u8]>::to_vec);
        // A page more is needed only where removals have hidden stored keys; the more of them, the longer the next page.
        let mut page = limit;
        while merged.found.len() < limit {
            let stored = self.store.fold_scan(prefix, from.as_deref(), page)?;
            let is_last = stored.len() < page;
            from = stored.last().map(|(key, _)| key.clone());
            for (key, value) in stored {
                merged.stored(key, value);
            }
            if is_last {
                merged.rest();
                break;
            }
            page = page.saturating_mul(2).min(LONGEST_PAGE.max(limit));
        }
        Ok(merged.found)
    }
}

/// Stored pairs and changes, both in order of their keys, put together.
struct Merge<'a, I: Iterator<Item = Change<'a>>> {
    changes: Peekable<I>,
    found: Vec<Pair>,
    limit: usize,
}

impl<'a, I: Iterator<Item = Change<'a>>> Merge<'a, I> {
    /// The next stored pair: what was changed before it comes first, and what was changed about it in its place.
    fn stored(&mut self, key: Vec<u8>, value: Vec<u8>) {
        while let Some((changed, new)) = self.changes.next_if(|(changed, _)| *changed <= &key) {
            self.push(changed, new);
            if *changed == key {
                return;
            }
        }
        if self.found.len() < self.limit {
            self.found.push((key, value));
        }
    }

    /// No stored pairs follow.
    fn rest(&mut self) {
        while self.found.len() < self.limit
            && let Some((key, value)) = self.changes.next()
        {
            self.push(key, value);
        }
    }

    fn push(&mut self, key: &[u8], value: &Option<Vec<u8>>) {
        if let Some(value) = value
            && self.found.len() < self.limit
        {
            self.found.push((key.to_vec(), value.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::memory::MemoryDisk;

    #[derive(Debug, Clone)]
    enum Step {
        Set(Vec<u8>, u8),
        Remove(Vec<u8>),
        Write,
        Scan { prefix: Vec<u8>, after: Vec<u8>, limit: usize },
    }

    /// Few letters, so that keys meet and are prefixes of each other.
    fn key(length: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(0xff)], length)
    }

    fn step() -> impl Strategy<Value = Step> {
        let limit = prop_oneof![0_usize..6, Just(usize::MAX)];
        prop_oneof![
            5 => (key(1..=4), any::<u8>()).prop_map(|(key, value)| Step::Set(key, value)),
            4 => key(1..=4).prop_map(Step::Remove),
            1 => Just(Step::Write),
            4 => (key(0..=2), key(0..=4), limit)
                .prop_map(|(prefix, after, limit)| Step::Scan { prefix, after, limit }),
        ]
    }

    /// What a scan is to find, the plain way.
    fn expected(plain: &BTreeMap<Vec<u8>, Vec<u8>>, prefix: &[u8], after: &[u8], limit: usize) -> Vec<Pair> {
        let is_wanted = |key: &[u8]| key.starts_with(prefix) && key > after;
        plain
            .iter()
            .filter(|(key, _)| is_wanted(key))
            .take(limit)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }

    fn state() -> StoreState {
        StoreState::new(Arc::new(Store::new(Arc::new(MemoryDisk::default().open()))))
    }

    fn write(state: &mut StoreState) {
        let changes = state.take();
        state.store.fold_write(changes, &[], 0).unwrap();
    }

    proptest! {
        #[test]
        fn reads_as_a_map_in_memory_does(steps in prop::collection::vec(step(), 1..120)) {
            let (mut state, mut plain) = (state(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Set(key, value) => {
                        state.set(key.clone(), vec![value]).unwrap();
                        plain.insert(key, vec![value]);
                    }
                    Step::Remove(key) => {
                        state.remove(&key).unwrap();
                        plain.remove(&key);
                    }
                    Step::Write => write(&mut state),
                    Step::Scan { prefix, after, limit } => {
                        let limit = limit.min(1 << 20);
                        prop_assert_eq!(
                            state.scan(&prefix, &after, limit).unwrap(),
                            expected(&plain, &prefix, &after, limit)
                        );
                    }
                }
            }
            prop_assert_eq!(state.scan(&[], &[], 1 << 20).unwrap(), expected(&plain, &[], &[], 1 << 20));
        }
    }

    #[test]
    fn a_page_is_found_behind_many_removals() {
        let (mut state, mut plain) = (state(), BTreeMap::new());
        let key = |number: u32| [b"k".as_slice(), &number.to_be_bytes()].concat();
        for number in 0..10_000 {
            state.set(key(number), vec![1]).unwrap();
            plain.insert(key(number), vec![1]);
        }
        write(&mut state);
        for number in 0..9_990 {
            state.remove(&key(number)).unwrap();
            plain.remove(&key(number));
        }
        state.set(key(9_995), vec![2]).unwrap();
        plain.insert(key(9_995), vec![2]);
        for limit in [1, 3, 10, 11, 5_000] {
            assert_eq!(state.scan(b"k", &[], limit).unwrap(), expected(&plain, b"k", &[], limit));
        }
    }
}
