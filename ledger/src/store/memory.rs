//! An engine in memory that can fail at every write in both ways: not written, and written all the same.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Run;
use super::engine::{Durability, Engine, EngineError, Space, Visit, Write, WriteSet};

/// How the next synced commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An error, and nothing is written.
    NotWritten,
    /// An error, although everything was written and survives.
    Written,
}

type Map = BTreeMap<(Space, Vec<u8>), Vec<u8>>;

#[derive(Debug, Default)]
struct Inner {
    /// What reads see.
    live: Map,
    /// What a crash leaves.
    synced: Map,
    /// After how many more synced commits, and how.
    fault: Option<(u32, Fault)>,
    /// The open handle; commits of older ones are fenced.
    fence: u64,
}

/// The "device": outlives the handles that are opened on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryDisk(Arc<Mutex<Inner>>);

impl MemoryDisk {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a handle and fences all older ones.
    pub(crate) fn open(&self) -> MemoryEngine {
        let mut inner = self.lock();
        inner.fence += 1;
        MemoryEngine { disk: self.clone(), fence: inner.fence }
    }

    /// Loses what was not synced, and fences all handles.
    pub(crate) fn crash(&self) {
        let mut inner = self.lock();
        inner.live = inner.synced.clone();
        inner.fence += 1;
        inner.fault = None;
    }

    /// Lets `skip` synced commits succeed and makes the one after them fail.
    pub(crate) fn fail_after(&self, skip: u32, fault: Fault) {
        self.lock().fault = Some((skip, fault));
    }

    /// Changes a stored value behind everybody's back.
    pub(crate) fn tamper(&self, space: Space, key: &[u8], value: Option<Vec<u8>>) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        for map in [&mut inner.live, &mut inner.synced] {
            match &value {
                Some(value) => map.insert((space, key.to_vec()), value.clone()),
                None => map.remove(&(space, key.to_vec())),
            };
        }
    }

    /// What is stored.
    pub(crate) fn read(&self, space: Space, key: &[u8]) -> Option<Vec<u8>> {
        self.lock().live.get(&(space, key.to_vec())).cloned()
    }

    /// A copy as a backup would hold it.
    pub(crate) fn backup(&self) -> Self {
        let inner = self.lock();
        Self(Arc::new(Mutex::new(Inner {
            live: inner.synced.clone(),
            synced: inner.synced.clone(),
            fault: None,
            fence: 0,
        })))
    }
}

/// One handle on a [`MemoryDisk`].
#[derive(Debug)]
pub(crate) struct MemoryEngine {
    disk: MemoryDisk,
    fence: u64,
}

fn apply(map: &mut Map, set: &WriteSet<'_>) {
    for write in set.writes() {
        match write {
            Write::Put(space, key, value) => {
                map.insert((*space, key.clone()), value.to_vec());
            }
            Write::PutRun(space, prefix, run) => {
                for (key, value) in run.iter() {
                    map.insert((*space, [prefix, key].concat()), value.to_vec());
                }
            }
            Write::Delete(space, key) => {
                map.remove(&(*space, key.clone()));
            }
            Write::DeleteRun(space, prefix, run) => {
                for (key, _) in run.iter() {
                    map.remove(&(*space, [prefix, key].concat()));
                }
            }
            Write::Clear(space) => map.retain(|(of, _), _| of != space),
        }
    }
}

impl Engine for MemoryEngine {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        Ok(self.disk.lock().live.get(&(space, key.to_vec())).cloned())
    }

    fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        keys.iter().map(|key| self.get(space, key)).collect()
    }

    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), EngineError> {
        let found: Vec<_> = {
            let inner = self.disk.lock();
            let from = (space, from.max(prefix).to_vec());
            inner
                .live
                .range(from..)
                .take_while(|((of, key), _)| *of == space && key.starts_with(prefix))
                .map(|(k, v)| (k.1.clone(), v.clone()))
                .collect()
        };
        for (key, value) in found {
            if let ControlFlow::Break(()) = visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn load(
        &self,
        space: Space,
        prefix: &[u8],
        runs: &mut dyn Iterator<Item = Run>,
    ) -> Result<(), EngineError> {
        let runs: Vec<Run> = runs.collect();
        let pair = |(key, value): (&[u8], &[u8])| ([prefix, key].concat(), value.to_vec());
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = runs.iter().flat_map(Run::iter).map(pair).collect();
        let mut inner = self.disk.lock();
        if inner.fence != self.fence {
            return Err(EngineError::Fenced);
        }
        if !pairs.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(EngineError::Io("keys that are loaded have to ascend".into()));
        }
        inner.live.extend(pairs.into_iter().map(|(key, value)| ((space, key), value)));
        Ok(())
    }

    fn commit(&self, set: WriteSet<'_>, durability: Durability) -> Result<(), EngineError> {
        let mut inner = self.disk.lock();
        if inner.fence != self.fence {
            return Err(EngineError::Fenced);
        }
        let fault = match (durability, inner.fault) {
            (Durability::Synced, Some((0, fault))) => {
                inner.fault = None;
                Some(fault)
            }
            (Durability::Synced, Some((skip, fault))) => {
                inner.fault = Some((skip - 1, fault));
                None
            }
            _ => None,
        };
        if fault == Some(Fault::NotWritten) {
            return Err(EngineError::Io("injected: not written".into()));
        }
        apply(&mut inner.live, &set);
        if durability == Durability::Synced {
            inner.synced = inner.live.clone();
        }
        match fault {
            Some(_) => Err(EngineError::Io("injected: written".into())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(engine: &MemoryEngine, value: u8, durability: Durability) -> Result<(), EngineError> {
        let mut set = WriteSet::default();
        set.put(Space::Meta, b"key".to_vec(), vec![value]);
        engine.commit(set, durability)
    }

    #[test]
    fn a_crash_keeps_what_was_synced_and_fences() {
        let disk = MemoryDisk::default();
        let engine = disk.open();
        put(&engine, 1, Durability::Synced).unwrap();
        put(&engine, 2, Durability::Buffered).unwrap();
        assert_eq!(engine.get(Space::Meta, b"key").unwrap(), Some(vec![2]));
        disk.crash();
        assert_eq!(put(&engine, 3, Durability::Synced), Err(EngineError::Fenced));
        assert_eq!(disk.open().get(Space::Meta, b"key").unwrap(), Some(vec![1]));
    }

    #[test]
    fn faults_come_in_both_kinds() {
        let disk = MemoryDisk::default();
        let engine = disk.open();
        disk.fail_after(0, Fault::NotWritten);
        put(&engine, 1, Durability::Synced).unwrap_err();
        assert_eq!(engine.get(Space::Meta, b"key").unwrap(), None);
        disk.fail_after(1, Fault::Written);
        put(&engine, 1, Durability::Synced).unwrap();
        put(&engine, 2, Durability::Synced).unwrap_err();
        assert_eq!(engine.get(Space::Meta, b"key").unwrap(), Some(vec![2]));
    }
}
