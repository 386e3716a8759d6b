//! A fold's state over what is stored, with what was changed since kept back.
//!
//! The ledger's own fold and an auditor's both keep their state so: reading goes through to the store, and changes leave
//! together, in one batch with whatever belongs to them.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::ControlFlow;
use std::sync::Arc;

use lebombo_verifier::fold::{State, VisitPair, is_scanned};

use super::engine::{Engine, EngineError, Space};
use super::{FoldChange, FoldChanges, Pair, Run, Store, StoreError};

/// Most threads that share what is worked out.
const MAX_WORKERS: usize = 4;
/// Items that are worth a thread of their own.
const ITEMS_OF_A_WORKER: usize = 1_024;

/// Pairs that are worth a run of their own, at least: there are to be few runs.
const SMALLEST_RUN: usize = 256;

/// Where a state is stored: keys and values as the fold made them.
pub(crate) trait Stored: Sync {
    type Error: Send;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The values of many keys, in the order asked for. What of a state is read together lies close together.
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
        Engine::get_neighbours(&**self, Space::Fold, keys)
    }

    fn visit(&self, prefix: &[u8], from: &[u8], visit: VisitPair<'_>) -> Result<(), EngineError> {
        self.scan(Space::Fold, prefix, from, visit)
    }
}

/// State that reads through to the store and keeps changes back until [`Overlay::take`].
///
/// What a mark works out for everybody in a project comes in order, and makes most of all changes then: that is kept
/// packed, as it needs neither to be found by hash nor to be sorted again.
#[derive(Debug, Clone)]
pub(crate) struct Overlay<B> {
    base: B,
    /// Many keys that were set together, by the first of each run. Runs do not overlap.
    runs: BTreeMap<Vec<u8>, Packed>,
    /// All other changes, which go before what is in a run; `None` is a removal.
    changes: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Those of the keys in `changes` that are ever scanned, in order.
    scanned: BTreeSet<Vec<u8>>,
}

/// Many keys that were set together.
#[derive(Debug, Clone)]
struct Packed {
    run: Run,
    what: Done,
}

/// What was done about many keys together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Set,
    /// Set, and may be written before all other changes.
    SetAhead,
    Removed,
}

impl Packed {
    /// What a key of the run has come to, which is in it with `value`.
    fn outcome<'a>(&self, value: &'a [u8]) -> Option<&'a [u8]> {
        (self.what != Done::Removed).then_some(value)
    }
}

impl<B> Overlay<B> {
    pub(crate) fn new(base: B) -> Self {
        Self { base, runs: BTreeMap::new(), changes: HashMap::new(), scanned: BTreeSet::new() }
    }

    /// The changes since the last call, to be written in one batch.
    pub(crate) fn take(&mut self) -> FoldChanges {
        self.scanned.clear();
        let changes = std::mem::take(&mut self.changes).into_iter();
        let mut others: Vec<_> = changes.map(|(key, value)| FoldChange { key, value }).collect();
        others.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        let packed = std::mem::take(&mut self.runs).into_values();
        let (removed, set): (Vec<_>, Vec<_>) = packed.partition(|packed| packed.what == Done::Removed);
        let runs = |packed: Vec<Packed>| packed.into_iter().map(|packed| packed.run).collect();
        FoldChanges { set: runs(set), removed: runs(removed), others }
    }

    /// What may be written before the changes that [`Overlay::take`] gives later, in order, where it is `least` pairs or more:
    /// less is not worth it. Until it is written, nobody is to read any of it here.
    pub(crate) fn take_ahead(&mut self, least: usize) -> Vec<Run> {
        let is_ahead = |packed: &Packed| packed.what == Done::SetAhead;
        let ahead = self.runs.values().filter(|packed| is_ahead(packed));
        if ahead.map(|packed| packed.run.len()).sum::<usize>() < least {
            return Vec::new();
        }
        let (ahead, rest) =
            std::mem::take(&mut self.runs).into_iter().partition(|(_, packed)| is_ahead(packed));
        self.runs = rest;
        BTreeMap::into_values(ahead).map(|packed| packed.run).collect()
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

    /// Puts a run beside the others; answers it where it is not worth that, or there is one in its place.
    fn pack(&mut self, run: Run, what: Done) -> Option<Run> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return None };
        let below = self.runs.range::<[u8], _>((Unbounded, Included(last))).next_back();
        let is_free = below.is_none_or(|(_, packed)| packed.run.last() < Some(first));
        if run.len() < SMALLEST_RUN || !is_free {
            return Some(run);
        }
        // What was done about these keys before is over. Whether there is anything is seen at once where they are scanned.
        let are_scanned = is_scanned(first) && first.first() == last.first();
        let is_first = self.changes.is_empty()
            || are_scanned
                && self.scanned.range::<[u8], _>((Included(first), Included(last))).next().is_none();
        if !is_first {
            for (key, _) in run.iter() {
                if self.changes.remove(key).is_some() {
                    self.scanned.remove(key);
                }
            }
        }
        self.runs.insert(first.to_vec(), Packed { run, what });
        None
    }

    fn do_many(&mut self, run: Run, what: Done) {
        if let Some(run) = self.pack(run, what) {
            let outcome = |value: &[u8]| (what != Done::Removed).then(|| value.to_vec());
            run.iter().for_each(|(key, value)| self.change(key.to_vec(), outcome(value)));
        }
    }

    /// What was done about a key, if anything.
    fn changed(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        match self.changes.get(key) {
            Some(change) => Some(change.as_deref()),
            None => {
                let (_, packed) = self.runs.range::<[u8], _>((Unbounded, Included(key))).next_back()?;
                packed.run.get(key).map(|value| packed.outcome(value))
            }
        }
    }

    /// What was done about the scanned keys that start with `prefix`, from `start` on, in order.
    fn changed_from(&self, prefix: &[u8], start: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        // The run before may reach beyond `start`.
        let before = self.runs.range::<[u8], _>((Unbounded, Excluded(start))).next_back();
        let runs = before.into_iter().chain(self.runs.range::<[u8], _>((Included(start), Unbounded)));
        let mut packed = runs
            .flat_map(|(_, packed)| {
                packed.run.iter_from(start).map(|(key, value)| (key, packed.outcome(value)))
            })
            .take_while(|(key, _)| key.starts_with(prefix))
            .peekable();
        let mut others = self
            .scanned
            .range::<[u8], _>((Included(start), Unbounded))
            .take_while(|key| key.starts_with(prefix))
            .filter_map(|key| Some((key.as_slice(), self.changes.get(key)?.as_deref())))
            .peekable();
        std::iter::from_fn(move || {
            let order = match (packed.peek(), others.peek()) {
                (Some((key, _)), Some((other, _))) => key.cmp(other),
                (Some(_), None) => Ordering::Less,
                (None, _) => Ordering::Greater,
            };
            if order.is_eq() {
                packed.next();
            }
            if order.is_lt() { packed.next() } else { others.next() }
        })
    }

    /// How many keys were changed since the last [`Overlay::take`], those twice that were changed in a run and after it.
    pub(crate) fn pending(&self) -> usize {
        self.changes.len() + self.runs.values().map(|packed| packed.run.len()).sum::<usize>()
    }
}

impl<B: Stored> Overlay<B> {
    /// Visits the scanned pairs that start with `prefix`, from the key `start` on, as the store has them with what was changed
    /// since.
    fn merge(&self, prefix: &[u8], start: &[u8], visit: VisitPair<'_>) -> Result<(), B::Error> {
        let mut changes = self.changed_from(prefix, start).peekable();
        let mut flow = ControlFlow::Continue(());
        self.base.visit(prefix, start, &mut |key, value| {
            let mut is_changed = false;
            while let Some((changed, new)) = changes.next_if(|(changed, _)| *changed <= key) {
                is_changed = changed == key;
                flow = new.map_or(ControlFlow::Continue(()), |new| visit(changed, new));
                if flow.is_break() {
                    return flow;
                }
            }
            if !is_changed {
                flow = visit(key, value);
            }
            flow
        })?;
        for (key, value) in changes {
            if flow.is_break() {
                break;
            }
            flow = value.map_or(flow, |value| visit(key, value));
        }
        Ok(())
    }
}

impl<B: Stored> State for Overlay<B> {
    type Error = B::Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, B::Error> {
        match self.changed(key) {
            Some(change) => Ok(change.map(<[u8]>::to_vec)),
            None => self.base.get(key),
        }
    }

    fn read<T>(&self, key: &[u8], read: impl FnOnce(Option<&[u8]>) -> T) -> Result<T, B::Error> {
        match self.changed(key) {
            Some(change) => Ok(read(change)),
            None => Ok(read(self.base.get(key)?.as_deref())),
        }
    }

    fn work_out<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS);
        let piece = items.len().div_ceil(workers).max(ITEMS_OF_A_WORKER);
        let Some((first, rest)) = items.split_at_checked(piece) else { return vec![work(items)] };
        std::thread::scope(|scope| {
            let others: Vec<_> = rest.chunks(piece).map(|piece| scope.spawn(|| work(piece))).collect();
            let first = work(first);
            std::iter::once(first).chain(others.into_iter().map(joined)).collect()
        })
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, B::Error> {
        let changed: Vec<_> = keys.iter().map(|key| self.changed(key)).collect();
        let stored = keys.iter().zip(&changed).filter(|(_, changed)| changed.is_none());
        let stored: Vec<&[u8]> = stored.map(|(key, _)| key.as_slice()).collect();
        let mut stored = self.base.get_many(&stored)?.into_iter();
        let value = |changed: Option<Option<&[u8]>>| match changed {
            Some(change) => change.map(<[u8]>::to_vec),
            None => stored.next().flatten(),
        };
        Ok(changed.into_iter().map(value).collect())
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), B::Error> {
        self.change(key, Some(value));
        Ok(())
    }

    fn set_many(&mut self, runs: Vec<Run>) -> Result<(), B::Error> {
        runs.into_iter().for_each(|run| self.do_many(run, Done::Set));
        Ok(())
    }

    fn set_ahead(&mut self, runs: Vec<Run>) -> Result<(), B::Error> {
        runs.into_iter().for_each(|run| self.do_many(run, Done::SetAhead));
        Ok(())
    }

    fn remove_many(&mut self, keys: Run) -> Result<(), B::Error> {
        self.do_many(keys, Done::Removed);
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
        // The least key above `after` is `after` and a zero byte.
        let is_within = !after.is_empty() && after >= prefix;
        let start = if is_within { [after, &[0]].concat() } else { prefix.to_vec() };
        self.merge(prefix, &start, &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }

    fn visit(&self, prefix: &[u8], from: &[u8], visit: VisitPair<'_>) -> Result<(), B::Error> {
        self.merge(prefix, from.max(prefix), visit)
    }

    fn read_pieces<R: Default + Send>(
        &self,
        prefix: &[u8],
        cuts: &[Vec<u8>],
        read: impl Fn(&mut R, &[u8], &[u8]) -> ControlFlow<()> + Sync,
    ) -> Result<Vec<R>, B::Error> {
        let piece = |from: &[u8], to: Option<&[u8]>| {
            let mut piece = R::default();
            self.merge(prefix, from, &mut |key, value| {
                if to.is_some_and(|to| key >= to) {
                    return ControlFlow::Break(());
                }
                read(&mut piece, key, value)
            })?;
            Ok(piece)
        };
        // Cuts beyond the prefix make empty pieces.
        let starts = std::iter::once(prefix).chain(cuts.iter().map(|cut| cut.as_slice().max(prefix)));
        let ends = cuts.iter().map(|cut| Some(cut.as_slice())).chain([None]);
        std::thread::scope(|scope| {
            let mut pieces = starts.zip(ends);
            let first = pieces.next();
            let others: Vec<_> = pieces.map(|(from, to)| scope.spawn(move || piece(from, to))).collect();
            let first = first.map(|(from, to)| piece(from, to));
            first.into_iter().chain(others.into_iter().map(joined)).collect()
        })
    }
}

/// What a thread came to; its panic goes on here.
fn joined<R>(thread: std::thread::ScopedJoinHandle<'_, R>) -> R {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::store::engine::{Durability, WriteSet};
    use crate::store::load_ahead;
    use crate::store::memory::MemoryDisk;

    #[derive(Debug, Clone)]
    enum Step {
        Set(Vec<u8>, u8),
        /// So many keys at once, this far apart, behind these bytes.
        DoMany {
            start: Vec<u8>,
            count: usize,
            step: usize,
            value: u8,
            what: Done,
        },
        /// Writes what is ahead, where it is so much.
        WriteAhead(usize),
        Remove(Vec<u8>),
        Write,
        GetMany(Vec<Vec<u8>>),
        Scan {
            prefix: Vec<u8>,
            after: Vec<u8>,
            limit: usize,
        },
        /// Visits so many at most.
        Visit {
            prefix: Vec<u8>,
            from: Vec<u8>,
            most: usize,
        },
        /// Reads in pieces, each up to the first of this value.
        ReadPieces {
            prefix: Vec<u8>,
            cuts: Vec<Vec<u8>>,
            last: u8,
        },
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
            3 => {
                let count = prop_oneof![1_usize..4, SMALLEST_RUN..2 * SMALLEST_RUN];
                let what = prop_oneof![Just(Done::Set), Just(Done::SetAhead), Just(Done::Removed)];
                (key(0..=1), count, 1_usize..4, any::<u8>(), what).prop_map(|(start, count, step, value, what)| {
                    Step::DoMany { start, count, step, value, what }
                })
            },
            2 => (0..2 * SMALLEST_RUN).prop_map(Step::WriteAhead),
            4 => key(0..=3).prop_map(Step::Remove),
            1 => Just(Step::Write),
            2 => prop::collection::vec(key(0..=3), 0..6).prop_map(Step::GetMany),
            4 => (key(0..=1), prop_oneof![Just(Vec::new()), key(0..=3)], limit)
                .prop_map(|(prefix, after, limit)| Step::Scan { prefix, after, limit }),
            2 => (key(0..=1), key(0..=3), prop_oneof![1_usize..6, Just(usize::MAX)])
                .prop_map(|(prefix, from, most)| Step::Visit { prefix, from, most }),
            2 => (key(0..=1), prop::collection::btree_set(key(0..=3), 0..4), any::<u8>()).prop_map(
                |(prefix, cuts, last)| Step::ReadPieces { prefix, cuts: cuts.into_iter().collect(), last }
            ),
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
        state.take().put(&mut set, &[]);
        state.base.commit(set, Durability::Synced).unwrap();
    }

    fn reads_as_a_plain_map<B: Stored<Error: std::fmt::Debug>>(
        mut state: Overlay<B>,
        write: fn(&mut Overlay<B>),
        load: fn(&B, Vec<Run>),
        steps: &[Step],
    ) {
        let mut plain = BTreeMap::new();
        for step in steps {
            match step {
                Step::Set(key, value) => {
                    state.set(key.clone(), vec![*value]).unwrap();
                    plain.insert(key.clone(), vec![*value]);
                }
                Step::DoMany { start, count, step, value, what } => {
                    let number = |n: usize| u16::try_from(n * step).unwrap().to_be_bytes();
                    let key = |n: usize| [start, &number(n)[..]].concat();
                    let pairs: Vec<Pair> = (0..*count).map(|n| (key(n), vec![*value])).collect();
                    let mut runs = vec![Run::default()];
                    for (place, (key, value)) in pairs.iter().enumerate() {
                        if place == SMALLEST_RUN / 2 {
                            runs.push(Run::default());
                        }
                        assert!(runs.last_mut().unwrap().push(key, value));
                    }
                    match what {
                        Done::Set => state.set_many(runs).unwrap(),
                        Done::SetAhead => state.set_ahead(runs).unwrap(),
                        Done::Removed => runs.into_iter().for_each(|run| state.remove_many(run).unwrap()),
                    }
                    for (key, value) in pairs {
                        if *what == Done::Removed {
                            plain.remove(&key)
                        } else {
                            plain.insert(key, value)
                        };
                    }
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
                Step::WriteAhead(least) => {
                    let ahead = state.take_ahead(*least);
                    load(&state.base, ahead);
                }
                Step::ReadPieces { prefix, cuts, last } => {
                    let read = |piece: &mut Vec<Pair>, key: &[u8], value: &[u8]| {
                        piece.push((key.to_vec(), value.to_vec()));
                        if value == [*last] { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    };
                    let pieces = state.read_pieces(prefix, cuts, read).unwrap();
                    let within = expected(&plain, prefix, &[], usize::MAX);
                    let piece_of = |key: &[u8]| cuts.iter().filter(|cut| cut.as_slice() <= key).count();
                    let mut found = vec![Vec::new(); cuts.len() + 1];
                    for pair in within {
                        let piece: &mut Vec<Pair> = &mut found[piece_of(&pair.0)];
                        if piece.last().is_none_or(|(_, value)| value != &[*last]) {
                            piece.push(pair);
                        }
                    }
                    assert_eq!(pieces, found);
                }
                Step::Visit { prefix, from, most } => {
                    let mut found = Vec::new();
                    let mut visit = |key: &[u8], value: &[u8]| {
                        found.push((key.to_vec(), value.to_vec()));
                        if found.len() < *most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                    };
                    state.visit(prefix, from, &mut visit).unwrap();
                    let mut expected = expected(&plain, prefix, &[], usize::MAX);
                    expected.retain(|(key, _)| key >= from);
                    expected.truncate(*most);
                    assert_eq!(found, expected);
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
            reads_as_a_plain_map(of_ledger(), write, |store, runs| store.fold_load(runs).unwrap(), &steps);
            let load = |engine: &Arc<dyn Engine>, runs: Vec<Run>| {
                load_ahead(&**engine, &[], runs).unwrap();
            };
            reads_as_a_plain_map(of_auditor(), commit, load, &steps);
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
