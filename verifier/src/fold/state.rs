//! Where the fold keeps what it knows: ordered bytes, nothing more.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::ops::ControlFlow;

use super::Run;
use super::key::is_scanned;

/// Called with pairs in order of their keys until it says to stop.
pub type VisitPair<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// An ordered map of bytes. The fold's state is exactly its contents: the same log gives the same contents on any
/// machine, whatever keeps them.
pub trait State {
    /// Why a read or write failed.
    type Error;

    /// The value at `key`, as of all earlier calls.
    ///
    /// # Errors
    /// Those of the keeper.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// What `read` makes of the value at `key`: a keeper that has it at hand need not copy it.
    ///
    /// # Errors
    /// Those of the keeper.
    fn read<T>(&self, key: &[u8], read: impl FnOnce(Option<&[u8]>) -> T) -> Result<T, Self::Error> {
        Ok(read(self.get(key)?.as_deref()))
    }

    /// The values at `keys`, in the order asked for: a keeper may find many faster than one by one.
    ///
    /// # Errors
    /// Those of the keeper.
    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Self::Error> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    /// Sets `key` to `value`.
    ///
    /// # Errors
    /// Those of the keeper.
    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Self::Error>;

    /// Sets the keys of `runs`, which ascend from each to the next: a keeper may hold many better than one by one.
    ///
    /// # Errors
    /// Those of the keeper.
    fn set_many(&mut self, runs: Vec<Run>) -> Result<(), Self::Error> {
        let mut pairs = runs.iter().flat_map(Run::iter);
        pairs.try_for_each(|(key, value)| self.set(key.to_vec(), value.to_vec()))
    }

    /// As [`State::set_many`], of keys that nothing in the state refers to but what is set after this. A keeper may write
    /// them before the rest: where the rest is lost, the fold sets them once more, to the same.
    ///
    /// # Errors
    /// Those of the keeper.
    fn set_ahead(&mut self, runs: Vec<Run>) -> Result<(), Self::Error> {
        self.set_many(runs)
    }

    /// What `work` makes of `items`, taken in pieces, in their order. It touches no state: a keeper that has cores may share the
    /// pieces out among them. What it makes of all of them together must not depend on where they were cut.
    fn work_out<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
        vec![work(items)]
    }

    /// Removes `key`, where it is there.
    ///
    /// # Errors
    /// Those of the keeper.
    fn remove(&mut self, key: &[u8]) -> Result<(), Self::Error>;

    /// Removes the keys of a run, whose values mean nothing: a keeper may hold many better than one by one.
    ///
    /// # Errors
    /// Those of the keeper.
    fn remove_many(&mut self, keys: Run) -> Result<(), Self::Error> {
        keys.iter().try_for_each(|(key, _)| self.remove(key))
    }

    /// Up to `limit` pairs whose key starts with `prefix`, at least one byte of it, and comes after `after`, in ascending
    /// key order.
    ///
    /// # Errors
    /// Those of the keeper.
    #[expect(clippy::type_complexity, reason = "pairs of key and value")]
    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize)
    -> Result<Vec<(Vec<u8>, Vec<u8>)>, Self::Error>;

    /// Calls `visit` with every pair whose key starts with `prefix`, at least one byte of it, from the key `from` on, in
    /// ascending key order, until told to stop: for very many, which are neither to be copied nor all to be held.
    ///
    /// # Errors
    /// Those of the keeper; `visit` may have been called before.
    fn visit(&self, prefix: &[u8], from: &[u8], visit: VisitPair<'_>) -> Result<(), Self::Error> {
        const PAGE: usize = 1_024;
        let mut after = if from > prefix { from.to_vec() } else { Vec::new() };
        // A scan begins behind it.
        if after.starts_with(prefix)
            && let Some(value) = self.get(&after)?
            && visit(&after, &value).is_break()
        {
            return Ok(());
        }
        loop {
            let page = self.scan(prefix, &after, PAGE)?;
            for (key, value) in &page {
                if visit(key, value).is_break() {
                    return Ok(());
                }
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => after.clone_from(key),
                _ => return Ok(()),
            }
        }
    }

    /// What `read` makes of all pairs whose key starts with `prefix`, at least one byte of it, in ascending key order, each
    /// piece begun with [`Default`]. A keeper that has cores may share the pieces out among them; it may begin one at each of
    /// `cuts`, which ascend. A piece ends where `read` breaks.
    ///
    /// # Errors
    /// Those of the keeper.
    fn read_pieces<R: Default + Send>(
        &self,
        prefix: &[u8],
        cuts: &[Vec<u8>],
        read: impl Fn(&mut R, &[u8], &[u8]) -> ControlFlow<()> + Sync,
    ) -> Result<Vec<R>, Self::Error> {
        let _ = cuts;
        let mut piece = R::default();
        self.visit(prefix, prefix, &mut |key, value| read(&mut piece, key, value))?;
        Ok(vec![piece])
    }
}

/// State in memory, for auditors of small logs and for tests.
///
/// Values are found by hash; only keys that the fold scans are kept in order besides, which is much faster than to keep
/// all of them so. The hasher is keyed: nobody can choose keys that collide.
#[derive(Debug, Clone, Default)]
pub struct MemoryState {
    values: HashMap<Vec<u8>, Vec<u8>>,
    scanned: BTreeSet<Vec<u8>>,
}

impl MemoryState {
    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing was ever set.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All pairs, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.values.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }
}

// What is scanned follows from what is there.
impl PartialEq for MemoryState {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Eq for MemoryState {}

impl State for MemoryState {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.values.get(key).cloned())
    }

    fn read<T>(&self, key: &[u8], read: impl FnOnce(Option<&[u8]>) -> T) -> Result<T, Infallible> {
        Ok(read(self.values.get(key).map(Vec::as_slice)))
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Infallible> {
        match self.values.entry(key) {
            Entry::Occupied(mut old) => *old.get_mut() = value,
            Entry::Vacant(new) => {
                if is_scanned(new.key()) {
                    self.scanned.insert(new.key().clone());
                }
                new.insert(value);
            }
        }
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        if self.values.remove(key).is_some() && is_scanned(key) {
            self.scanned.remove(key);
        }
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Infallible> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let from = if after > prefix { Excluded(after) } else { Included(prefix) };
        let pair = |key: &Vec<u8>| Some((key.clone(), self.values.get(key)?.clone()));
        Ok(self
            .scanned
            .range::<[u8], _>((from, Unbounded))
            .take_while(|key| key.starts_with(prefix))
            .filter(|key| key.as_slice() > after)
            .take(limit)
            .filter_map(pair)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of two bytes behind a letter, every second one there.
    fn state(count: u16) -> MemoryState {
        let mut state = MemoryState::default();
        for number in (0..count).step_by(2) {
            let key = [b"T".as_slice(), &number.to_be_bytes()].concat();
            state.set(key, number.to_le_bytes().to_vec()).unwrap_or_else(|never| match never {});
        }
        state.set(b"X".to_vec(), Vec::new()).unwrap_or_else(|never| match never {});
        state
    }

    fn visited(state: &MemoryState, from: &[u8], most: usize) -> Vec<u16> {
        let mut found = Vec::new();
        let visited = state.visit(b"T", from, &mut |key, value| {
            found.extend(value.try_into().ok().map(u16::from_le_bytes));
            assert_eq!(
                key.get(1..),
                found.last().map(|number| number.to_be_bytes()).as_ref().map(|b| &b[..])
            );
            if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        visited.unwrap_or_else(|never| match never {});
        found
    }

    #[test]
    fn a_visit_begins_where_it_is_told_to() {
        let state = state(5_000);
        for start in [0_u16, 1, 2, 2_047, 2_048, 4_998, 4_999] {
            let from = [b"T".as_slice(), &start.to_be_bytes()].concat();
            let expected: Vec<u16> = (start..5_000).filter(|number| number.is_multiple_of(2)).collect();
            assert_eq!(visited(&state, &from, usize::MAX), expected, "{start}");
            assert_eq!(visited(&state, &from, 1), expected.get(..1).unwrap_or_default(), "{start}");
        }
        for from in [&b""[..], b"S", b"T"] {
            assert_eq!(visited(&state, from, usize::MAX).len(), 2_500);
        }
        assert_eq!(visited(&state, b"U", usize::MAX), []);
    }
}
