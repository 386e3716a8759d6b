//! What the store asks of a database, and all it asks.
//!
//! The contract (any engine that meets it can stand here, embedded or distributed):
//! - keys of a [`Space`] are ordered by their bytes;
//! - [`Engine::commit`] applies a [`WriteSet`] as a whole or not at all, also across a crash;
//! - when a commit with [`Durability::Synced`] has returned `Ok`, it and every commit before it survive a crash;
//! - a read sees every commit that returned before it began;
//! - there is one writer: opening a second time fails, or fences the first, whose commits then fail.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::Run;

/// A key space. Spaces share commits and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// A handful of single values.
    Meta,
    /// Index to event id and entry.
    Entries,
    /// Event id to index.
    Ids,
    /// Level and number to the hashes of a tile.
    Tiles,
    /// What the attribution fold keeps; can be rebuilt from the entries.
    Fold,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 5] = [Self::Meta, Self::Entries, Self::Ids, Self::Tiles, Self::Fold];
}

/// What a successful commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It survives a crash of the machine.
    Synced,
    /// It survives a crash once a later commit is synced; until then it may be lost, but only from the end.
    Buffered,
}

/// One change.
#[derive(Debug)]
pub enum Write<'a> {
    /// Sets a key.
    Put(Space, Vec<u8>, Cow<'a, [u8]>),
    /// Sets every key of a run, each with this before it.
    PutRun(Space, Vec<u8>, Run),
    /// Removes a key; absent is fine.
    Delete(Space, Vec<u8>),
    /// Removes every key of a run, each with this before it; absent is fine.
    DeleteRun(Space, Vec<u8>, Run),
    /// Removes every key of a space.
    Clear(Space),
}

/// Changes that take effect together, in order.
#[derive(Debug, Default)]
pub struct WriteSet<'a> {
    writes: Vec<Write<'a>>,
}

impl<'a> WriteSet<'a> {
    /// Sets `key` to `value`.
    pub fn put(&mut self, space: Space, key: Vec<u8>, value: impl Into<Cow<'a, [u8]>>) {
        self.writes.push(Write::Put(space, key, value.into()));
    }

    /// Sets every key of `run`, each with `prefix` before it.
    pub fn put_run(&mut self, space: Space, prefix: Vec<u8>, run: Run) {
        self.writes.push(Write::PutRun(space, prefix, run));
    }

    /// Removes `key`.
    pub fn delete(&mut self, space: Space, key: Vec<u8>) {
        self.writes.push(Write::Delete(space, key));
    }

    /// Removes every key of `run`, each with `prefix` before it.
    pub fn delete_run(&mut self, space: Space, prefix: Vec<u8>, run: Run) {
        self.writes.push(Write::DeleteRun(space, prefix, run));
    }

    /// Removes every key of `space`.
    pub fn clear(&mut self, space: Space) {
        self.writes.push(Write::Clear(space));
    }

    /// The changes, in order.
    pub fn writes(&self) -> &[Write<'a>] {
        &self.writes
    }

    /// The changes, in order: each can be let go of when it has been applied.
    pub fn into_writes(self) -> impl Iterator<Item = Write<'a>> {
        self.writes.into_iter()
    }
}

/// Why an engine failed. The texts inside are the engine's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// There is no database, and none was to be made.
    #[error("there is no database")]
    Missing,
    /// Another process or handle has it.
    #[error("it is already open elsewhere")]
    AlreadyOpen,
    /// Another writer took over.
    #[error("another writer has taken over")]
    Fenced,
    /// The folder or the file system does not let us write.
    #[error("it can not be written to ({0})")]
    ReadOnly(String),
    /// No space is left.
    #[error("no space is left on the device")]
    Full,
    /// What was read is not what was written.
    #[error("its data is damaged ({0})")]
    Corrupt(String),
    /// Written by a newer version of the engine.
    #[error("it was written by a newer version of the database ({0})")]
    Newer(String),
    /// Anything else.
    #[error("the database failed ({0})")]
    Io(String),
}

/// Called with each key and value of a scan; `Break` ends it.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// A database that meets the contract of this module.
pub trait Engine: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    /// Whatever made the read fail; absence is `Ok(None)`.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError>;

    /// The values of many keys, in the order asked for.
    ///
    /// # Errors
    /// As [`Engine::get`]; one failure fails all.
    fn get_many(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, EngineError>;

    /// As [`Engine::get_many`], of keys that ascend and lie close together: an engine may go on from each to the next.
    ///
    /// # Errors
    /// As [`Engine::get`]; one failure fails all.
    fn get_neighbours(&self, space: Space, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, EngineError> {
        self.get_many(space, keys)
    }

    /// Visits the keys that start with `prefix`, from the key `from` on where that is among them, in order, until `visit`
    /// breaks or keys end. Reads nothing beyond the prefix: what lies there may be long, and removed.
    ///
    /// # Errors
    /// As [`Engine::get`]; `visit` may have been called before.
    fn scan(
        &self,
        space: Space,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), EngineError>;

    /// Sets every key of `runs`, which ascend from each to the next, with `prefix` before it: what is too much for one
    /// commit. Several may load side by side.
    ///
    /// It is no commit: a crash in here leaves some of them or none, and one before a later commit is synced may too. Nobody is
    /// to read them before this returns.
    ///
    /// # Errors
    /// Whatever made the write fail, with some of them set or none.
    fn load(
        &self,
        space: Space,
        prefix: &[u8],
        runs: &mut dyn Iterator<Item = Run>,
    ) -> Result<(), EngineError>;

    /// Applies `set` atomically.
    ///
    /// # Errors
    /// Whatever made the write fail. The set may then have been written or not: the caller must not go on as if it
    /// knew.
    fn commit(&self, set: WriteSet<'_>, durability: Durability) -> Result<(), EngineError>;
}
