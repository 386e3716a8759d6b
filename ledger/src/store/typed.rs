//! Typed access to the key spaces. Keys and values are written and read here and nowhere else.
//!
//! | space | key | value |
//! |---|---|---|
//! | meta | `format` | format version, u32 big-endian |
//! | meta | `origin` | origin of the log |
//! | meta | `head` | size, u64 big-endian ‖ root |
//! | meta | `checkpoint` | the last published checkpoint, a signed note |
//! | meta | `kept/` ‖ size, u64 big-endian | the checkpoint of a snapshot, with the cosignatures added since |
//! | entries | index, u64 big-endian | event id ‖ entry |
//! | ids | event id | index, u64 big-endian |
//! | tiles | level, u8 ‖ number, u64 big-endian | 1 to 256 hashes |
//! | fold | 0x00 | number of entries folded, u64 big-endian ‖ format of what the fold keeps, u32 big-endian |
//! | fold | 0x00 0x01 ‖ index, u64 big-endian | nothing: the entry there is a `ledger` event that is not void |
//! | fold | 0x01 ‖ key of the fold | value of the fold |
//! | fold | 0x02 ‖ key | totals as of a mark that a settlement is about |

use std::ops::ControlFlow;
use std::sync::Arc;

use lebombo_verifier::fold::VisitPair;
use lebombo_verifier::{Code, Hash};

use super::engine::{Durability, Engine, EngineError, Space, WriteSet};
use super::{FoldChanges, Run};

/// The keys of single values.
pub(crate) mod keys {
    pub(crate) const FORMAT: &[u8] = b"format";
    pub(crate) const ORIGIN: &[u8] = b"origin";
    pub(crate) const HEAD: &[u8] = b"head";
    pub(crate) const CHECKPOINT: &[u8] = b"checkpoint";
    pub(crate) const KEPT: &[u8] = b"kept/";
    pub(crate) const FOLD_CURSOR: &[u8] = &[0];
    pub(crate) const FOLD_CONSTITUTION: &[u8] = &[0, 1];
    pub(crate) const FOLD_PREFIX: u8 = 1;
    pub(crate) const FOLD_HELD: u8 = 2;
}

/// The format of this table; raised when an older program could misread what a newer one wrote.
const FORMAT_VERSION: u32 = 1;

/// The format of what the fold keeps (spec/fold.md §3); raised with each change of it, as the fold would misread what it wrote
/// before.
const FOLD_FORMAT: u32 = 2;

/// Pairs that are worth more than a commit, at least.
pub(crate) const WORTH_LOADING: usize = 16_384;

/// Size and root of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of entries, 0 ≤ size ≤ 2^48.
    pub size: u64,
    /// RFC 6962 Merkle tree hash of them.
    pub root: Hash,
}

/// A committed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its 0-based index.
    pub index: u64,
    /// Its event id.
    pub id: Hash,
    /// The envelope, at most 65,535 bytes.
    pub bytes: Vec<u8>,
}

/// One line of the feed of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Index of the entry.
    pub index: u64,
    /// Its event id.
    pub id: Hash,
}

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TileKey {
    /// 0 for leaf hashes; a hash at level l + 1 is the root of a full tile at level l.
    pub level: u8,
    /// 0-based number within its level.
    pub number: u64,
}

impl TileKey {
    fn bytes(self) -> Vec<u8> {
        let mut key = vec![self.level];
        key.extend(self.number.to_be_bytes());
        key
    }
}

/// Why a read or write of the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The engine failed.
    #[error("the store can not be used: {0}")]
    Engine(EngineError),
    /// A value that must be there is missing or has another shape.
    #[error(
        "the store is damaged: {what} ({number}) is missing or malformed; run fsck, then restore from a backup"
    )]
    Damaged {
        /// What it is.
        what: &'static str,
        /// Its index or number; 0 for single values.
        number: u64,
    },
}

impl Code for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Engine(EngineError::Full) => "store-full",
            Self::Engine(_) => "store-failed",
            Self::Damaged { .. } => "store-damaged",
        }
    }
}

impl From<EngineError> for StoreError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// Called with index, event id and envelope of each entry; `Break` ends the visit.
pub type VisitEntry<'a> = dyn FnMut(u64, Hash, &[u8]) -> ControlFlow<()> + 'a;
/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// What the store says about itself before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// No log has been created here.
    Empty,
    /// Written by a newer program.
    Newer {
        /// Its format version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A log, with its origin.
    Log(String),
}

/// Everything that one round changes: the unit of commitment.
#[derive(Debug)]
pub(crate) struct RoundWrites<'a> {
    /// Index of the first of `entries`.
    pub(crate) first_index: u64,
    /// Event ids and envelopes, in order.
    pub(crate) entries: Vec<(Hash, &'a [u8])>,
    /// New content of every tile that changed.
    pub(crate) tiles: Vec<(TileKey, Vec<u8>)>,
    /// The head that results.
    pub(crate) head: Head,
}

/// The store. Reads may run beside the one writer and see whole rounds only.
pub struct Store {
    engine: Arc<dyn Engine>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

fn damaged(what: &'static str, number: u64) -> StoreError {
    StoreError::Damaged { what, number }
}

fn number(bytes: &[u8], what: &'static str) -> Result<u64, StoreError> {
    Ok(u64::from_be_bytes(bytes.try_into().map_err(|_| damaged(what, 0))?))
}

fn split_entry(index: u64, value: &[u8]) -> Result<(Hash, &[u8]), StoreError> {
    match value.split_first_chunk::<32>() {
        Some((id, bytes)) => Ok((Hash(*id), bytes)),
        None => Err(damaged("entry", index)),
    }
}

impl Store {
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Whose store this is; read before anything else.
    pub(crate) fn identity(&self) -> Result<Identity, StoreError> {
        let Some(format) = self.engine.get(Space::Meta, keys::FORMAT)? else { return Ok(Identity::Empty) };
        let found = u32::from_be_bytes(format.try_into().map_err(|_| damaged("format version", 0))?);
        if found > FORMAT_VERSION {
            return Ok(Identity::Newer { found, known: FORMAT_VERSION });
        }
        let origin = self.engine.get(Space::Meta, keys::ORIGIN)?.ok_or_else(|| damaged("origin", 0))?;
        Ok(Identity::Log(String::from_utf8(origin).map_err(|_| damaged("origin", 0))?))
    }

    /// Writes format, origin and the first round, as one synced batch: a crash leaves an empty store or a whole log.
    pub(crate) fn create(&self, origin: &str, round: RoundWrites<'_>) -> Result<(), StoreError> {
        let mut set = WriteSet::default();
        set.put(Space::Meta, keys::FORMAT.to_vec(), FORMAT_VERSION.to_be_bytes().to_vec());
        set.put(Space::Meta, keys::ORIGIN.to_vec(), origin.as_bytes());
        fill(&mut set, round);
        Ok(self.engine.commit(set, Durability::Synced)?)
    }

    /// Writes a round as one synced batch: the commit point of the log. A crash leaves all of it or none.
    pub(crate) fn commit_round(&self, round: RoundWrites<'_>) -> Result<(), StoreError> {
        let mut set = WriteSet::default();
        fill(&mut set, round);
        Ok(self.engine.commit(set, Durability::Synced)?)
    }

    /// The committed tree head.
    ///
    /// # Errors
    /// See [`StoreError`]; the same holds for every read below.
    pub fn head(&self) -> Result<Head, StoreError> {
        let value = self.engine.get(Space::Meta, keys::HEAD)?.ok_or_else(|| damaged("tree head", 0))?;
        let (size, root) = value.split_first_chunk::<8>().ok_or_else(|| damaged("tree head", 0))?;
        let root = root.try_into().map_err(|_| damaged("tree head", 0))?;
        Ok(Head { size: u64::from_be_bytes(*size), root: Hash(root) })
    }

    /// The last published checkpoint, as a signed note.
    pub fn checkpoint(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Meta, keys::CHECKPOINT)?)
    }

    /// Stores the last published checkpoint, synced; and for good as the one of size `kept`, in the same batch.
    pub(crate) fn set_checkpoint(&self, note: &[u8], kept: Option<u64>) -> Result<(), StoreError> {
        let mut set = WriteSet::default();
        set.put(Space::Meta, keys::CHECKPOINT.to_vec(), note);
        if let Some(size) = kept {
            set.put(Space::Meta, kept_key(size), note);
        }
        Ok(self.engine.commit(set, Durability::Synced)?)
    }

    /// The checkpoint of the snapshot that is the last entry of a log of that size, with its cosignatures.
    pub fn kept_checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Meta, &kept_key(size))?)
    }

    /// Replaces a kept checkpoint by the same with other cosignatures, synced.
    pub(crate) fn replace_kept_checkpoint(&self, size: u64, note: &[u8]) -> Result<(), StoreError> {
        let mut set = WriteSet::default();
        set.put(Space::Meta, kept_key(size), note);
        Ok(self.engine.commit(set, Durability::Synced)?)
    }

    /// Visits every kept checkpoint, by size.
    pub(crate) fn visit_kept_checkpoints(&self, visit: &mut dyn FnMut(u64, &[u8])) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        self.engine.scan(Space::Meta, keys::KEPT, &[], &mut |key, note| {
            match number(key.strip_prefix(keys::KEPT).unwrap_or(key), "size of a kept checkpoint") {
                Ok(size) => visit(size, note),
                Err(error) => {
                    outcome = Err(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        outcome
    }

    /// The entry at `index`, if it is committed.
    pub fn entry(&self, index: u64) -> Result<Option<Entry>, StoreError> {
        let Some(mut value) = self.engine.get(Space::Entries, &index.to_be_bytes())? else { return Ok(None) };
        let (id, _) = split_entry(index, &value)?;
        value.drain(..32);
        Ok(Some(Entry { index, id, bytes: value }))
    }

    /// Visits committed entries from `from` on, in order of index, as (index, event id, entry).
    pub fn visit_entries(&self, from: u64, visit: &mut VisitEntry<'_>) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        self.engine.scan(Space::Entries, &[], &from.to_be_bytes(), &mut |key, value| {
            let step = number(key, "key of an entry").and_then(|index| {
                let (id, bytes) = split_entry(index, value)?;
                Ok(visit(index, id, bytes))
            });
            step.unwrap_or_else(|error| {
                outcome = Err(error);
                ControlFlow::Break(())
            })
        })?;
        outcome
    }

    /// At most `limit` committed entries from `from` on.
    pub fn entries(&self, from: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        if limit > 0 {
            self.visit_entries(from, &mut |index, id, bytes| {
                found.push(Entry { index, id, bytes: bytes.to_vec() });
                if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        Ok(found)
    }

    /// At most `limit` pairs of index and event id, from `from` on and below `end`.
    pub(crate) fn changes(&self, from: u64, end: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let mut found = Vec::new();
        if limit > 0 && from < end {
            self.visit_entries(from, &mut |index, id, _| {
                if index >= end {
                    return ControlFlow::Break(());
                }
                found.push(Change { index, id });
                if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        Ok(found)
    }

    /// The index of an event id, if it is committed.
    pub fn index_of(&self, id: &Hash) -> Result<Option<u64>, StoreError> {
        self.engine.get(Space::Ids, id.as_bytes())?.map(|value| number(&value, "index of an id")).transpose()
    }

    /// The same for many ids at once, in their order.
    pub(crate) fn indices_of(&self, ids: &[Hash]) -> Result<Vec<Option<u64>>, StoreError> {
        let keys: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
        let found = self.engine.get_many(Space::Ids, &keys)?;
        found.into_iter().map(|value| value.map(|v| number(&v, "index of an id")).transpose()).collect()
    }

    /// Visits every (event id, index).
    pub(crate) fn visit_ids(&self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        Ok(self.engine.scan(Space::Ids, &[], &[], &mut |key, value| {
            visit(key, value);
            ControlFlow::Continue(())
        })?)
    }

    /// The hashes of a tile as far as they are committed, 32 bytes each.
    pub fn tile(&self, key: TileKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Tiles, &key.bytes())?)
    }

    /// Visits every stored tile.
    pub(crate) fn visit_tiles(&self, visit: &mut dyn FnMut(TileKey, &[u8])) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        self.engine.scan(Space::Tiles, &[], &[], &mut |key, value| {
            let parsed =
                key.split_first().and_then(|(level, number)| Some((*level, number.try_into().ok()?)));
            match parsed {
                Some((level, number)) => {
                    visit(TileKey { level, number: u64::from_be_bytes(number) }, value);
                    ControlFlow::Continue(())
                }
                None => {
                    outcome = Err(damaged("key of a tile", 0));
                    ControlFlow::Break(())
                }
            }
        })?;
        outcome
    }

    /// How many entries the fold has taken in: the index of the next.
    pub fn fold_cursor(&self) -> Result<u64, StoreError> {
        match self.engine.get(Space::Fold, keys::FOLD_CURSOR)? {
            Some(value) => number(value.get(..8).unwrap_or_default(), "cursor of the fold"),
            None => Ok(0),
        }
    }

    /// Whether what the fold has kept, if anything, is of the format that this program writes.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn fold_is_current(&self) -> Result<bool, StoreError> {
        let value = self.engine.get(Space::Fold, keys::FOLD_CURSOR)?;
        Ok(value.is_none_or(|value| value.get(8..) == Some(&FOLD_FORMAT.to_be_bytes()[..])))
    }

    /// A value of the fold.
    pub fn fold_get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Fold, &fold_key(key))?)
    }

    /// What the fold keeps under each of many keys that lie close together, in the order asked for.
    pub(crate) fn fold_get_many(&self, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let keys: Vec<_> = keys.iter().map(|key| fold_key(key)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        Ok(self.engine.get_neighbours(Space::Fold, &keys)?)
    }

    /// Visits the pairs of the fold whose key starts with `prefix`, from the key `from` on, in order, until told to stop.
    pub(crate) fn fold_visit(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: VisitPair<'_>,
    ) -> Result<(), StoreError> {
        Ok(self.engine.scan(Space::Fold, &fold_key(prefix), &fold_key(from), &mut |key, value| {
            visit(key.get(1..).unwrap_or_default(), value)
        })?)
    }

    /// The indices below `end` of the `ledger` events that have an effect, ascending, as far as the fold has come.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn constitution(&self, end: u64) -> Result<Vec<u64>, StoreError> {
        let (mut found, mut outcome) = (Vec::new(), Ok(()));
        self.engine.scan(Space::Fold, keys::FOLD_CONSTITUTION, &[], &mut |key, _| {
            let index = key.strip_prefix(keys::FOLD_CONSTITUTION).unwrap_or(key);
            match number(index, "index of a ledger event") {
                Ok(index) if index < end => found.push(index),
                Ok(_) => return ControlFlow::Break(()),
                Err(error) => {
                    outcome = Err(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        outcome.map(|()| found)
    }

    /// Writes changes of the fold, the indices of further `ledger` events that have an effect, and the fold's cursor
    /// together. Not synced: a crash may take the fold back to an earlier cursor, from which it goes on.
    ///
    /// # Errors
    /// See [`StoreError`]. The changes may then have been written or not.
    pub fn fold_write(
        &self,
        changes: impl Into<FoldChanges>,
        constitution: &[u64],
        cursor: u64,
    ) -> Result<(), StoreError> {
        let mut set = WriteSet::default();
        for index in constitution {
            let key = [keys::FOLD_CONSTITUTION, &index.to_be_bytes()].concat();
            set.put(Space::Fold, key, Vec::new());
        }
        changes.into().put(&mut set, &[keys::FOLD_PREFIX]);
        let cursor = [&cursor.to_be_bytes()[..], &FOLD_FORMAT.to_be_bytes()].concat();
        set.put(Space::Fold, keys::FOLD_CURSOR.to_vec(), cursor);
        Ok(self.engine.commit(set, Durability::Buffered)?)
    }

    /// Writes what the fold sets ahead of the rest of a change, in ascending order of keys.
    ///
    /// A crash in here, or before the rest is written, leaves some of it, to which nothing refers; it is written again, the
    /// same, when the entry is applied again.
    ///
    /// # Errors
    /// See [`StoreError`]. A part may then have been written.
    pub(crate) fn fold_load(&self, runs: Vec<Run>) -> Result<(), StoreError> {
        Ok(load_ahead(&*self.engine, &[keys::FOLD_PREFIX], runs)?)
    }

    /// Keeps totals as of a mark, in ascending order of their keys. A crash in here leaves a part of them, and what it loses is
    /// kept again when the mark is applied again.
    ///
    /// # Errors
    /// See [`StoreError`]. A part may then have been written.
    pub(crate) fn held_write(&self, runs: impl IntoIterator<Item = Run>) -> Result<(), StoreError> {
        let (mut runs, mut first, mut pairs) = (runs.into_iter(), Vec::new(), 0);
        while pairs < WORTH_LOADING
            && let Some(run) = runs.next()
        {
            pairs += run.len();
            first.push(run);
        }
        let prefix = [keys::FOLD_HELD];
        if pairs >= WORTH_LOADING {
            return Ok(self.engine.load(Space::Fold, &prefix, &mut first.into_iter().chain(runs))?);
        }
        let mut set = WriteSet::default();
        first.into_iter().for_each(|run| set.put_run(Space::Fold, prefix.to_vec(), run));
        Ok(self.engine.commit(set, Durability::Buffered)?)
    }

    /// What was kept under a key.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn held(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.engine.get(Space::Fold, &[&[keys::FOLD_HELD], key].concat())?)
    }

    /// The cursor as it was written before it had a format.
    #[cfg(test)]
    pub(crate) fn set_fold_cursor_of_old(&self, cursor: u64) {
        let mut set = WriteSet::default();
        set.put(Space::Fold, keys::FOLD_CURSOR.to_vec(), cursor.to_be_bytes().to_vec());
        self.engine.commit(set, Durability::Buffered).unwrap();
    }

    /// Forgets everything that the fold has kept, so that it starts again at entry 0.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn fold_clear(&self) -> Result<(), StoreError> {
        let mut set = WriteSet::default();
        set.clear(Space::Fold);
        Ok(self.engine.commit(set, Durability::Buffered)?)
    }
}

/// Loads what a fold sets ahead, whose keys come after `prefix`: what is of one kind by itself, as then nothing that is there
/// lies between its keys, and the engine need not merge it with that.
///
/// # Errors
/// As [`Engine::load`].
pub(crate) fn load_ahead(engine: &dyn Engine, prefix: &[u8], runs: Vec<Run>) -> Result<(), EngineError> {
    let kind = |run: &Run| run.first().and_then(|key| key.first().copied());
    let mut runs = runs.into_iter().peekable();
    while let Some(first) = runs.next() {
        let of_kind = kind(&first);
        let rest = std::iter::from_fn(|| runs.next_if(|run| kind(run) == of_kind));
        engine.load(Space::Fold, prefix, &mut std::iter::once(first).chain(rest))?;
    }
    Ok(())
}

fn kept_key(size: u64) -> Vec<u8> {
    [keys::KEPT, &size.to_be_bytes()].concat()
}

fn fold_key(key: &[u8]) -> Vec<u8> {
    [&[keys::FOLD_PREFIX], key].concat()
}

fn fill<'a>(set: &mut WriteSet<'a>, round: RoundWrites<'a>) {
    for (index, (id, bytes)) in (round.first_index..).zip(&round.entries) {
        set.put(Space::Entries, index.to_be_bytes().to_vec(), [id.as_bytes().as_slice(), bytes].concat());
        set.put(Space::Ids, id.0.to_vec(), index.to_be_bytes().to_vec());
    }
    for (key, hashes) in round.tiles {
        set.put(Space::Tiles, key.bytes(), hashes);
    }
    let head = [&round.head.size.to_be_bytes()[..], round.head.root.as_bytes()].concat();
    set.put(Space::Meta, keys::HEAD.to_vec(), head);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryDisk;

    #[test]
    fn what_is_held_is_found_however_much_it_is() {
        for count in [0, 1, WORTH_LOADING - 1, WORTH_LOADING, WORTH_LOADING + 1, 2 * WORTH_LOADING] {
            let store = Store::new(Arc::new(MemoryDisk::default().open()));
            let key = |number: usize| number.to_be_bytes().to_vec();
            let value = |number: usize| number.to_le_bytes().to_vec();
            let numbers: Vec<usize> = (0..count).collect();
            let runs = || {
                numbers.chunks(WORTH_LOADING / 3).map(|numbers| {
                    let mut run = Run::default();
                    assert!(numbers.iter().all(|number| run.push(&key(*number), &value(*number))));
                    run
                })
            };
            store.held_write(runs()).unwrap();
            // As when the mark is applied again.
            store.held_write(runs()).unwrap();
            for number in (0..count).step_by(97).chain(count.checked_sub(1)) {
                assert_eq!(store.held(&key(number)).unwrap(), Some(value(number)), "{number} of {count}");
            }
            assert_eq!(store.held(&key(count)).unwrap(), None);
            assert_eq!(store.fold_get(&key(0)).unwrap(), None);
        }
    }
}
