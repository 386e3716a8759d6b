//! A fold's state over what is stored, with what was changed since kept back.
//!
//! The ledger's own fold and an auditor's both keep their state so: reading goes through to the store, and changes leave
//! together, in one batch with whatever belongs to them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::ControlFlow;
use std::sync::Arc;

use lebombo_verifier::fold::{State, is_scanned};

use super::engine::{Engine, EngineError, Space};
use super::{FoldChange, Pair, Store, StoreError};

/// Visits pairs in order of their keys until told to stop.
pub(crate) type VisitPair<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// Where a state is stored: keys and values as the fold made them.
pub(crate) trait Stored {
    type Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The values of many keys, in the order asked for.
    fn get_many(&self, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Self::Error>;

    /// Visits the pairs whose key starts with `prefix`, from the key `from` on, as [`Engine::scan`] does.
    fn visit(&self, prefix: &[u8], from: &[u8], visit: VisitPair<'_>) -> Result<(), Self::Error>;
}

/// The fold of a ledger: beside it in its space stands the cursor.
impl Stored for Arc<Store> {
    type Error = StoreError;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.fold_get(key)
    }

    fn get_many(&self, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.fold_get_many(keys)
    }

    fn visit(&self, prefix: &[u8], from: &[u8], visit: VisitPair<'_>) -> Result<(), StoreError> {
        self.fold_visit(prefix, from, visit)
    }
}

/// A fold that has the space for itself: an auditor's.
impl Stored for Arc<dyn Engine> {
    type Error = EngineError;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Engine::get(&**self, Space::Fold, key)
    }

    fn get_many(&self, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        Engine::get_many(&**self, Space::Fold, keys)
    }

    fn visit(&self, prefix: &[u8], from: &[u8], visit: VisitPair<'_>) -> Result<(), EngineError> {
        self.scan(Space::Fold, prefix, from, visit)
    }
}

/// State that reads through to the store and keeps changes back until [`Overlay::take`].
#[derive(Debug, Clone)]
pub(crate) struct Overlay<B> {
    base: B,
    // `None` is a removal.
    changes: HashMap<Vec<u8>, Option<Vec<u8>>>,
    // Those of the changed keys that are ever scanned, in order.
    scanned: BTreeSet<Vec<u8>>,
}

impl<B> Overlay<B> {
    pub(crate) fn new(base: B) -> Self {
        Self { base, changes: HashMap::new(), scanned: BTreeSet::new() }
    }

    /// The changes since the last call, in order of their keys, to be written in one batch.
    pub(crate) fn take(&mut self) -> Vec<FoldChange> {
        self.scanned.clear();
        let changes = std::mem::take(&mut self.changes).into_iter();
        let mut changes: Vec<_> = changes.map(|(key, value)| FoldChange { key, value }).collect();
        changes.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        changes
    }

    fn change(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        match self.changes.entry(key) {
            Entry::Occupied(mut old) => *old.get_mut() = value,
            Entry::Vacant(new) => {
                if is_scanned(new.key()) {
                    self.scanned.insert(new.key().clone());
                }
                new.insert(value);
            }
        }
    }

    /// How many keys were changed since the last [`Overlay::take`].
    pub(crate) fn pending(&self) -> usize {
        self.changes.len()
    }
}

impl<B: Stored> State for Overlay<B> {
    type Error = B::Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, B::Error> {
        match self.changes.get(key) {
            Some(change) => Ok(change.clone()),
            None => self.base.get(key),
        }
    }

    fn read<T>(&self, key: &[u8], read: impl FnOnce(Option<&[u8]>) -> T) -> Result<T, B::Error> {
        match self.changes.get(key) {
            Some(change) => Ok(read(change.as_deref())),
            None => Ok(read(self.base.get(key)?.as_deref())),
        }
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, B::Error> {
        let stored: Vec<&[u8]> =
            keys.iter().filter(|key| !self.changes.contains_key(*key)).map(Vec::as_slice).collect();
        let mut stored = self.base.get_many(&stored)?.into_iter();
        let value = |key: &Vec<u8>| match self.changes.get(key) {
            Some(change) => change.clone(),
            None => stored.next().flatten(),
        };
        Ok(keys.iter().map(value).collect())
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), B::Error> {
        self.change(key, Some(value));
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), B::Error> {
        self.change(key.to_vec(), None);
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<Pair>, B::Error> {
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        let is_within = !after.is_empty() && after >= prefix;
        let from = if is_within { Excluded(after) } else { Included(prefix) };
        let mut changes = self
            .scanned
            .range::<[u8], _>((from, Unbounded))
            .take_while(|key| key.starts_with(prefix))
            .filter_map(|key| Some((key, self.changes.get(key)?)))
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
        self.base.visit(prefix, &start, &mut |key, value| {
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
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::store::engine::{Durability, WriteSet};
    use crate::store::memory::MemoryDisk;

    #[derive(Debug, Clone)]
    enum Step {
        Set(Vec<u8>, u8),
        Remove(Vec<u8>),
        Write,
        GetMany(Vec<Vec<u8>>),
        Scan { prefix: Vec<u8>, after: Vec<u8>, limit: usize },
    }

    /// Two kinds of key that are scanned, and few letters after that, so that keys meet and are prefixes of each other.
    fn key(length: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<u8>> {
        let rest = prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(0xff)], length);
        let letter = prop_oneof![Just(b'T'), Just(b'Y'), Just(b'Z')];
        (letter, rest).prop_map(|(letter, rest)| [vec![letter], rest].concat())
    }

    fn step() -> impl Strategy<Value = Step> {
        let limit = prop_oneof![0_usize..6, Just(usize::MAX)];
        prop_oneof![
            5 => (key(0..=3), any::<u8>()).prop_map(|(key, value)| Step::Set(key, value)),
            4 => key(0..=3).prop_map(Step::Remove),
            1 => Just(Step::Write),
            2 => prop::collection::vec(key(0..=3), 0..6).prop_map(Step::GetMany),
            4 => (key(0..=1), prop_oneof![Just(Vec::new()), key(0..=3)], limit)
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

    fn of_ledger() -> Overlay<Arc<Store>> {
        Overlay::new(Arc::new(Store::new(Arc::new(MemoryDisk::default().open()))))
    }

    fn write(state: &mut Overlay<Arc<Store>>) {
        let changes = state.take();
        state.base.fold_write(changes, &[], 0).unwrap();
    }

    fn of_auditor() -> Overlay<Arc<dyn Engine>> {
        Overlay::new(Arc::new(MemoryDisk::default().open()))
    }

    fn commit(state: &mut Overlay<Arc<dyn Engine>>) {
        let mut set = WriteSet::default();
        state.take().into_iter().for_each(|change| change.put(&mut set, &[]));
        state.base.commit(set, Durability::Synced).unwrap();
    }

    fn reads_as_a_plain_map<B: Stored<Error: std::fmt::Debug>>(
        mut state: Overlay<B>,
        write: fn(&mut Overlay<B>),
        steps: &[Step],
    ) {
        let mut plain = BTreeMap::new();
        for step in steps {
            match step {
                Step::Set(key, value) => {
                    state.set(key.clone(), vec![*value]).unwrap();
                    plain.insert(key.clone(), vec![*value]);
                }
                Step::Remove(key) => {
                    state.remove(key).unwrap();
                    plain.remove(key);
                }
                Step::Write => write(&mut state),
                Step::GetMany(keys) => {
                    let expected: Vec<_> = keys.iter().map(|key| plain.get(key).cloned()).collect();
                    assert_eq!(state.get_many(keys).unwrap(), expected);
                }
                Step::Scan { prefix, after, limit } => {
                    assert_eq!(
                        state.scan(prefix, after, *limit).unwrap(),
                        expected(&plain, prefix, after, *limit)
                    );
                }
            }
        }
        for letter in [b"T", b"Y", b"Z"] {
            assert_eq!(
                state.scan(letter, &[], usize::MAX).unwrap(),
                expected(&plain, letter, &[], usize::MAX)
            );
        }
    }

    proptest! {
        #[test]
        fn reads_as_a_map_in_memory_does(steps in prop::collection::vec(step(), 1..120)) {
            reads_as_a_plain_map(of_ledger(), write, &steps);
            reads_as_a_plain_map(of_auditor(), commit, &steps);
        }
    }

    #[test]
    fn a_page_is_found_behind_many_removals() {
        let (mut state, mut plain) = (of_ledger(), BTreeMap::new());
        let key = |number: u32| [b"T".as_slice(), &number.to_be_bytes()].concat();
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
            assert_eq!(state.scan(b"T", &[], limit).unwrap(), expected(&plain, b"T", &[], limit));
        }
    }
}
