//! RocksDB, the embedded engine. No other module knows its name.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB,
    DBCompressionType, DBRecoveryMode, IngestExternalFileOptions, Options, PrefixRange, ReadOptions,
    SstFileWriter, WriteBatch, WriteOptions,
};

use super::Run;
use super::engine::{Durability, Engine, EngineError, Space, Visit, Write, WriteSet};

/// An open RocksDB database. Its lock file keeps a second process out for as long as this lives.
pub(super) struct RocksEngine {
    db: DB,
    /// Of all spaces.
    cache: Cache,
    /// Files that were written to be taken in, since it was opened.
    loads: AtomicU64,
}

impl fmt::Debug for RocksEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RocksEngine").field("path", &self.db.path()).finish()
    }
}

/// Shared by all spaces, so that memory stays bounded: 64 MiB of blocks.
const BLOCK_CACHE_BYTES: usize = 64 << 20;
/// Of one part of an index or filter.
const METADATA_BLOCK_BYTES: usize = 4 << 10;
/// A space is flushed to a file when this much is buffered.
const WRITE_BUFFER_BYTES: usize = 16 << 20;
/// Log files are kept until their data is flushed; beyond this the oldest space is flushed.
const MAX_WAL_BYTES: u64 = 128 << 20;
/// A scan of more pairs than this is one of all that there are; then so much is read at a time.
const LONG_SCAN: usize = 4_096;
const READ_AHEAD_BYTES: usize = 1 << 20;
/// In the folder of the database, with a number: a file that is written to be taken in as a whole.
const LOADING: &str = "loading";
/// Threads that share the reading of many keys, at most; each has this many keys at least.
const MAX_READERS: usize = 4;
const KEYS_OF_A_READER: usize = 512;
/// Keys that are worth a walk from one to the next, which has no filters to tell it what is absent.
const KEYS_OF_A_WALK: usize = 64;
/// Pairs between two keys that are close together: stepping over one takes about a tenth of finding a key.
const NEAR: usize = 10;
/// File handles that the database may hold.
const MAX_OPEN_FILES: i32 = 512;

type Values = Result<Vec<Option<Vec<u8>>>, EngineError>;

impl RocksEngine {
    /// Opens the database in `dir`; with `create` it may be new.
    ///
    /// A crash in the middle of creating leaves a folder that opens with `create` and holds no keys.
    ///
    /// # Errors
    /// [`EngineError::AlreadyOpen`], [`EngineError::ReadOnly`], [`EngineError::Full`], [`EngineError::Corrupt`],
    /// [`EngineError::Newer`] or [`EngineError::Io`], as far as RocksDB's messages tell them apart.
    pub(super) fn open(dir: &Path, create: bool) -> Result<Self, EngineError> {
        // RocksDB would make the folder before it finds that it must not.
        if !create && !dir.join("CURRENT").exists() {
            return Err(EngineError::Missing);
        }
        let mut options = Options::default();
        options.create_if_missing(create);
        options.create_missing_column_families(create);
        options.set_paranoid_checks(true);
        // Every record that was synced is whole; only the last, unsynced one may be torn. Anything else that is wrong
        // with the log must stop us, and not cut it short.
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        options.set_track_and_verify_wals_in_manifest(true);
        options.set_max_total_wal_size(MAX_WAL_BYTES);
        options.set_max_open_files(MAX_OPEN_FILES);
        options.set_keep_log_file_num(4);
        options.set_max_log_file_size(4 << 20);
        let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
        let families =
            Space::ALL.map(|space| ColumnFamilyDescriptor::new(name(space), family(space, &cache)));
        let db = DB::open_cf_descriptors(&options, dir, families).map_err(classify)?;
        remove_loading(dir);
        Ok(Self { db, cache, loads: AtomicU64::new(0) })
    }

    fn handle(&self, space: Space) -> Result<&ColumnFamily, EngineError> {
        let name = name(space);
        self.db.cf_handle(name).ok_or_else(|| EngineError::Corrupt(format!("key space {name} is missing")))
    }
}

/// Removes what a crash has left of files that were not taken in yet. One that can not be removed is written over.
fn remove_loading(dir: &Path) {
    let is_loading = |name: &str| {
        name.strip_prefix(LOADING).is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
    };
    for file in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if file.file_name().to_str().is_some_and(is_loading) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// Reads keys in parts, which cores share: most of the work is finding and checking blocks that are in memory already.
fn share(keys: &[&[u8]], read: impl Fn(&[&[u8]]) -> Values + Sync) -> Values {
    let readers = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_READERS);
    let part = keys.len().div_ceil(readers).max(KEYS_OF_A_READER);
    let Some((first, rest)) = keys.split_at_checked(part) else { return read(keys) };
    std::thread::scope(|scope| {
        let others: Vec<_> = rest.chunks(part).map(|part| scope.spawn(|| read(part))).collect();
        let mut values = read(first)?;
        for other in others {
            values.extend(other.join().map_err(|_| EngineError::Io("a reader failed".into()))??);
        }
        Ok(values)
    })
}

/// About what a write takes in a batch: it need not grow then, which for a large one is to copy it over and over.
fn record_bytes(write: &Write<'_>) -> usize {
    const HEAD: usize = 16;
    match write {
        Write::Put(_, key, value) => HEAD + key.len() + value.len(),
        Write::PutRun(_, prefix, run) | Write::DeleteRun(_, prefix, run) => {
            run.size() + (HEAD + prefix.len()) * run.len()
        }
        Write::Delete(_, key) => HEAD + key.len(),
        Write::Clear(_) => HEAD + 256,
    }
}

fn name(space: Space) -> &'static str {
    match space {
        // RocksDB always has this one.
        Space::Meta => "default",
        Space::Entries => "entries",
        Space::Ids => "ids",
        Space::Tiles => "tiles",
        Space::Fold => "fold",
    }
}

fn family(space: Space, cache: &Cache) -> Options {
    let mut options = Options::default();
    options.set_paranoid_checks(true);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    // In parts: the filter of a large file is larger than a shard of the cache, and would be read anew for each key.
    table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    table.set_partition_filters(true);
    table.set_metadata_block_size(METADATA_BLOCK_BYTES);
    table.set_pin_top_level_index_and_filter(true);
    match space {
        // Hashes do not compress. Nearly every id that is looked up is absent: filters answer without reading.
        Space::Ids => {
            options.set_compression_type(DBCompressionType::None);
            table.set_bloom_filter(10.0, false);
        }
        Space::Tiles => options.set_compression_type(DBCompressionType::None),
        Space::Entries => {
            options.set_compression_type(DBCompressionType::Lz4);
            table.set_block_size(32 << 10);
        }
        // Of each new event two keys are looked up that are not there: filters answer, also over what is not yet in a file.
        Space::Fold => {
            options.set_compression_type(DBCompressionType::Lz4);
            table.set_bloom_filter(10.0, false);
            options.set_memtable_prefix_bloom_ratio(0.1);
            options.set_memtable_whole_key_filtering(true);
        }
        Space::Meta => {}
    }
    options.set_block_based_table_factory(&table);
    options
}

/// RocksDB's errors carry little more than a text; this is the one place that reads it.
fn classify(error: rocksdb::Error) -> EngineError {
    let text = error.to_string();
    let has = |needle: &str| text.contains(needle);
    if has("No space left on device") || has("Disk quota exceeded") {
        EngineError::Full
    } else if has("lock hold by current process")
        || (has("LOCK") && (has("Resource temporarily unavailable") || has("Try again")))
    {
        EngineError::AlreadyOpen
    } else if has("Permission denied") || has("Read-only file system") {
        EngineError::ReadOnly(text)
    } else if has("Column families not opened") || has("unknown format") || has("Unknown Footer version") {
        EngineError::Newer(text)
    } else if error.kind() == rocksdb::ErrorKind::Corruption {
        EngineError::Corrupt(text)
    } else {
        EngineError::Io(text)
    }
}

impl Engine for RocksEngine {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.db.get_cf(self.handle(space)?, key).map_err(classify)
    }

    fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        let handle = self.handle(space)?;
        share(keys, |keys| {
            self.db
                .batched_multi_get_cf(handle, keys, keys.is_sorted())
                .into_iter()
                .map(|found| found.map(|value| value.map(|slice| slice.to_vec())).map_err(classify))
                .collect()
        })
    }

    fn get_neighbours(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        if keys.len() < KEYS_OF_A_WALK || !keys.is_sorted() {
            return self.get_many(space, keys);
        }
        let handle = self.handle(space)?;
        // As of one moment, whoever reads.
        let snapshot = self.db.snapshot();
        share(keys, |keys| {
            let mut options = ReadOptions::default();
            options.set_total_order_seek(true);
            // They are many, and will be written anew: to keep what was read of them takes longer than to read it.
            options.fill_cache(false);
            let mut pairs = snapshot.raw_iterator_cf_opt(handle, options);
            let mut values = Vec::with_capacity(keys.len());
            keys.first().into_iter().for_each(|first| pairs.seek(first));
            for key in keys {
                let mut steps = 0;
                while pairs.key().is_some_and(|found| found < *key) {
                    // Where it is not near, finding it anew is faster.
                    if steps < NEAR {
                        pairs.next()
                    } else {
                        pairs.seek(key)
                    }
                    steps += 1;
                }
                let value = pairs.item().filter(|(found, _)| found == key).map(|(_, value)| value.to_vec());
                values.push(value);
            }
            // Absent is also what could not be read.
            pairs.status().map_err(classify).map(|()| values)
        })
    }

    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), EngineError> {
        let handle = self.handle(space)?;
        let options = |is_long: bool| {
            let mut options = ReadOptions::default();
            options.set_total_order_seek(true);
            // With bounds RocksDB stops at the end of the prefix also where all that follows was removed.
            options.set_iterate_range(PrefixRange(prefix));
            if is_long {
                options.fill_cache(false);
                options.set_readahead_size(READ_AHEAD_BYTES);
            }
            options
        };
        let snapshot = self.db.snapshot();
        let mut pairs = snapshot.raw_iterator_cf_opt(handle, options(false));
        pairs.seek(from.max(prefix));
        let mut visited = 0;
        while let Some((key, value)) = pairs.item() {
            if let ControlFlow::Break(()) = visit(key, value) {
                return Ok(());
            }
            visited += 1;
            if visited == LONG_SCAN {
                // What would push everything else out of the cache, and is read once, goes by it.
                let key = key.to_vec();
                pairs = snapshot.raw_iterator_cf_opt(handle, options(true));
                pairs.seek(key);
            }
            pairs.next();
        }
        // It ends where the keys do, and where reading failed.
        pairs.status().map_err(classify)
    }

    /// Writes a file of the database's own kind and hands it over: nothing is logged or sorted, and nothing of it has to
    /// be merged with what is there.
    ///
    /// A crash before it is handed over leaves a file that the next opening removes; handing over is atomic and synced.
    fn load(
        &self,
        space: Space,
        prefix: &[u8],
        runs: &mut dyn Iterator<Item = Run>,
    ) -> Result<(), EngineError> {
        let mut runs = runs.filter(|run| !run.is_empty()).peekable();
        if runs.peek().is_none() {
            // A file without keys can not be taken in.
            return Ok(());
        }
        let number = self.loads.fetch_add(1, Ordering::Relaxed);
        let path = self.db.path().join(format!("{LOADING}{number}"));
        let write = || -> Result<(), rocksdb::Error> {
            let mut options = family(space, &self.cache);
            // Most of what is loaded are hashes; to try to compress them takes a third of the time.
            options.set_compression_type(DBCompressionType::None);
            let mut writer = SstFileWriter::create(&options);
            writer.open(&path)?;
            let mut whole = prefix.to_vec();
            for run in runs {
                for (key, value) in run.iter() {
                    whole.truncate(prefix.len());
                    whole.extend_from_slice(key);
                    writer.put(&whole, value)?;
                }
            }
            writer.finish()
        };
        let handle = self.handle(space)?;
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        let loaded =
            write().and_then(|()| self.db.ingest_external_file_cf_opts(handle, &options, vec![&path]));
        loaded.map_err(|error| {
            let _ = std::fs::remove_file(&path);
            classify(error)
        })
    }

    fn commit(&self, set: WriteSet<'_>, durability: Durability) -> Result<(), EngineError> {
        let mut batch = WriteBatch::with_capacity_bytes(set.writes().iter().map(record_bytes).sum());
        // What is in the batch is let go of at once: there is never much more than one copy of it.
        for write in set.into_writes() {
            match write {
                Write::Put(space, key, value) => batch.put_cf(self.handle(space)?, key, value),
                Write::PutRun(space, mut key, run) => {
                    let (handle, prefix) = (self.handle(space)?, key.len());
                    for (rest, value) in run.iter() {
                        key.truncate(prefix);
                        key.extend_from_slice(rest);
                        batch.put_cf(handle, &key, value);
                    }
                }
                Write::Delete(space, key) => batch.delete_cf(self.handle(space)?, key),
                Write::DeleteRun(space, mut key, run) => {
                    let (handle, prefix) = (self.handle(space)?, key.len());
                    for (rest, _) in run.iter() {
                        key.truncate(prefix);
                        key.extend_from_slice(rest);
                        batch.delete_cf(handle, &key);
                    }
                }
                // Longer than any key of ours, so it lies above them all.
                Write::Clear(space) => batch.delete_range_cf(self.handle(space)?, &[][..], &[0xff; 256][..]),
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(durability == Durability::Synced);
        // Large batches are in the order of their keys, or nearly: each goes in beside the one before.
        options.set_memtable_insert_hint_per_batch(true);
        // A crash before this returns leaves all of the batch or none of it: it is one record of the write-ahead log.
        self.db.write_opt(batch, &options).map_err(classify)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Pair;

    #[test]
    fn texts_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(RocksEngine::open(&dir.path().join("absent"), false).unwrap_err(), EngineError::Missing);
        let first = RocksEngine::open(dir.path(), true).unwrap();
        assert_eq!(RocksEngine::open(dir.path(), false).unwrap_err(), EngineError::AlreadyOpen);
        drop(first);
        RocksEngine::open(dir.path(), false).unwrap();
    }

    #[test]
    fn many_values_come_in_the_order_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let engine = RocksEngine::open(dir.path(), true).unwrap();
        let count = u32::try_from(KEYS_OF_A_READER * 3).unwrap();
        let mut set = WriteSet::default();
        for number in (0..count).step_by(2) {
            set.put(Space::Fold, number.to_be_bytes().to_vec(), number.to_le_bytes().to_vec());
        }
        engine.commit(set, Durability::Buffered).unwrap();
        // Backwards, every second one absent, and so many that readers share them, or all but do.
        for count in [0, 1, 2, count / 3, count / 3 + 1, count - 1, count] {
            let keys: Vec<[u8; 4]> = (0..count).rev().map(u32::to_be_bytes).collect();
            let keys: Vec<&[u8]> = keys.iter().map(<[u8; 4]>::as_slice).collect();
            let expected = (0..count).rev().map(|n| n.is_multiple_of(2).then(|| n.to_le_bytes().to_vec()));
            assert!(expected.eq(engine.get_many(Space::Fold, &keys).unwrap()), "{count}");
            // Ascending, from one to the next and far apart.
            for step in [1, 2, 7, NEAR + 1, 5 * NEAR] {
                let keys: Vec<&[u8]> = keys.iter().rev().step_by(step).copied().collect();
                let value = |key: &&[u8]| Some(u32::from_be_bytes((*key).try_into().unwrap()));
                let expected: Vec<_> = keys
                    .iter()
                    .map(|key| value(key).filter(|n| n.is_multiple_of(2)).map(|n| n.to_le_bytes().to_vec()))
                    .collect();
                assert_eq!(engine.get_neighbours(Space::Fold, &keys).unwrap(), expected, "{count} by {step}");
            }
        }
    }

    #[test]
    fn long_scans_find_everything_once() {
        let dir = tempfile::tempdir().unwrap();
        let engine = RocksEngine::open(dir.path(), true).unwrap();
        let key = |number: usize| u32::try_from(number).unwrap().to_be_bytes().to_vec();
        let mut count = 0;
        for more in [LONG_SCAN - 1, 1, 1, LONG_SCAN] {
            let pairs: Vec<Pair> = (count..count + more).map(|n| (key(n), key(n))).collect();
            let mut set = WriteSet::default();
            set.put_run(Space::Fold, Vec::new(), packed(&pairs));
            engine.commit(set, Durability::Buffered).unwrap();
            count += more;
            assert!(all(&engine).into_iter().eq((0..count).map(|n| (key(n), key(n)))), "{count}");
        }
    }

    fn packed(pairs: &[Pair]) -> Run {
        let mut run = Run::default();
        assert!(pairs.iter().all(|(key, value)| run.push(key, value)));
        run
    }

    fn all(engine: &RocksEngine) -> Vec<Pair> {
        let mut seen = vec![];
        let mut visit = |key: &[u8], value: &[u8]| {
            seen.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        };
        engine.scan(Space::Fold, &[], &[], &mut visit).unwrap();
        seen
    }

    #[test]
    fn what_is_loaded_is_there_beside_what_was_committed_and_over_it() {
        let dir = tempfile::tempdir().unwrap();
        let engine = RocksEngine::open(dir.path(), true).unwrap();
        let mut set = WriteSet::default();
        set.put(Space::Fold, vec![1], vec![1]);
        set.put(Space::Fold, vec![4], vec![1]);
        engine.commit(set, Durability::Buffered).unwrap();
        // Each key in a run of its own, among empty ones.
        let load = |keys: &[u8], value: u8| {
            let runs = keys.iter().map(|key| packed(&[(vec![*key], vec![value])]));
            engine.load(Space::Fold, &[], &mut runs.flat_map(|run| [Run::default(), run]))
        };
        load(&[], 2).unwrap();
        assert_eq!(all(&engine), [(vec![1], vec![1]), (vec![4], vec![1])]);
        load(&[2, 4], 2).unwrap();
        // The same once more, as after a crash; and by a commit after that.
        load(&[2, 4], 2).unwrap();
        let mut set = WriteSet::default();
        set.put(Space::Fold, vec![2], vec![3]);
        engine.commit(set, Durability::Buffered).unwrap();
        let expected = [(vec![1], vec![1]), (vec![2], vec![3]), (vec![4], vec![2])];
        assert_eq!(all(&engine), expected);
        // What does not ascend is refused, and leaves nothing behind.
        load(&[6, 5], 4).unwrap_err();
        let files = || std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name());
        let are_loading = || files().any(|name| name.to_string_lossy().starts_with(LOADING));
        assert!(!are_loading());
        assert_eq!(all(&engine), expected);
        load(&[5, 6], 4).unwrap();
        assert_eq!(all(&engine).len(), 5);
        drop(engine);
        // A process that was killed while it wrote leaves a part of a file.
        for name in ["loading", "loading0", "loading17"] {
            std::fs::write(dir.path().join(name), b"part").unwrap();
        }
        let engine = RocksEngine::open(dir.path(), false).unwrap();
        assert!(!are_loading());
        assert_eq!(all(&engine).len(), 5);
        let mut set = WriteSet::default();
        set.clear(Space::Fold);
        engine.commit(set, Durability::Buffered).unwrap();
        assert_eq!(all(&engine), []);
    }

    #[test]
    fn a_run_is_set_behind_its_prefix() {
        let dir = tempfile::tempdir().unwrap();
        let engine = RocksEngine::open(dir.path(), true).unwrap();
        let pairs: Vec<Pair> = (0..9).map(|n| (vec![n; usize::from(n)], vec![n])).collect();
        let mut set = WriteSet::default();
        set.put_run(Space::Fold, vec![7], packed(&pairs));
        set.put(Space::Fold, vec![7, 1], vec![0]);
        engine.commit(set, Durability::Buffered).unwrap();
        let value = |n: u8| if n == 1 { vec![0] } else { vec![n] };
        let expected: Vec<Pair> =
            (0..9).map(|n| ([vec![7], vec![n; usize::from(n)]].concat(), value(n))).collect();
        assert_eq!(all(&engine), expected);
    }

    #[test]
    fn clear_empties_one_space_only() {
        let dir = tempfile::tempdir().unwrap();
        let engine = RocksEngine::open(dir.path(), true).unwrap();
        let mut set = WriteSet::default();
        set.put(Space::Fold, vec![], vec![1]);
        set.put(Space::Fold, vec![0xff; 64], vec![2]);
        set.put(Space::Ids, vec![3], vec![3]);
        engine.commit(set, Durability::Synced).unwrap();
        let mut set = WriteSet::default();
        set.clear(Space::Fold);
        set.put(Space::Fold, vec![4], vec![4]);
        engine.commit(set, Durability::Buffered).unwrap();
        let mut seen = vec![];
        engine
            .scan(Space::Fold, &[], &[], &mut |key, _| {
                seen.push(key.to_vec());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(seen, vec![vec![4]]);
        assert_eq!(engine.get(Space::Ids, &[3]).unwrap(), Some(vec![3]));
    }
}
