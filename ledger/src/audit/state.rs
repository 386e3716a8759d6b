//! What an auditor keeps between two runs, in a folder of its own.
//!
//! | in the folder | what |
//! |---|---|
//! | `db`, space meta, `audit` | [`Progress`], JSON |
//! | `db`, space meta, `cosigned/` ‖ vkey | size, u64 big-endian ‖ root: the largest that this key cosigned |
//! | `db`, space fold | the fold's state (spec/fold.md §3) |
//! | `cosigned/` ‖ digest of a vkey | the same once more: vkey, size and root, a line each |
//! | `evidence/SIZE-ROOT` | checkpoints that contradict each other or their entries |
//!
//! Progress and the fold's state are written in one batch, so that a crash leaves both as of the same entry.
//!
//! What was cosigned stands in a file of its own besides, which is never behind a signature: a database that lost its
//! last writes (its write-ahead log is gone, or it was put back from a copy) would let a key sign two trees of one size.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::Checkpoint;
use lebombo_verifier::fold::{AsOf, Fold, LineView, MoneyView};
use lebombo_verifier::money::Currency;
use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::Origin;
use serde::{Deserialize, Serialize};

use super::error::AuditError;
use super::finding::Findings;
use super::frontier::Frontier;
use super::noted::{self, Noted};
use super::tiles::Difference;
use crate::store::engine::{Durability, Engine, Space, WriteSet};
use crate::store::{Overlay, Run, load_ahead, open_default_engine};

const PROGRESS: &[u8] = b"audit";
const COSIGNED: &[u8] = b"cosigned/";
/// There while something was written ahead of what refers to it.
const AHEAD: &[u8] = b"ahead";
/// The folder of what was cosigned, in files.
const NOTED: &str = "cosigned";
/// Raised when what one program writes another could misread.
const FORMAT: u32 = 5;

/// The fold's state in the folder, with what was changed since the last commit kept back.
pub(super) type StoredState = Overlay<Arc<dyn Engine>>;

/// Most void events about money that are listed; beyond that they are only counted.
pub const MAX_VOID_MONEY: usize = 1_000;

/// An event about money that counts for nothing. No lie by itself: anybody can log it. But where a ledger took it to count,
/// this is where it went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidMoney {
    /// Its entry.
    pub index: u64,
    /// Its kind.
    pub kind: String,
    /// Code of the rule that it breaks.
    pub code: String,
}

/// What was counted on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Entries replayed.
    pub entries: u64,
    /// Valid signatures on events.
    pub signatures: u64,
    /// Entries that are no events, by code.
    pub malformed: BTreeMap<String, u64>,
    /// Events that count for nothing, by code.
    pub void: BTreeMap<String, u64>,
    /// Those of them that are about money, the first [`MAX_VOID_MONEY`].
    pub void_money: Vec<VoidMoney>,
    /// Marks whose root was computed.
    pub marks: u64,
    /// Snapshots that state what was computed.
    pub snapshots: u64,
    /// Checkpoints kept for snapshots that were there and were compared.
    pub kept: u64,
    /// Snapshots for which no checkpoint is kept.
    pub not_kept: u64,
}

/// The newest valid snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// Its position.
    pub index: u64,
    /// Root of the tree of which it is the last leaf.
    #[serde(with = "hex_hash")]
    pub root: Hash,
}

/// The key that the `ledger` event in force names for checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CheckpointKey {
    /// Position of the event.
    pub(super) index: u64,
    /// The vkey.
    pub(super) vkey: String,
}

/// How far an audit is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    format: u32,
    origin: String,
    size: u64,
    levels: Vec<String>,
    /// The last checkpoint whose root the entries gave: a signed note.
    pub(super) verified: Option<String>,
    pub(super) tally: Tally,
    pub(super) stated: Option<Stated>,
    /// Event id of the snapshot before that one, as it states it; none in the first.
    pub(super) previous: Option<String>,
    pub(super) checkpoint_key: Option<CheckpointKey>,
    /// What was found in the entries up to here.
    pub(super) findings: Findings,
    /// Forks that were ever seen: they stay.
    pub(super) forks: Findings,
    /// Tiles that differ from the entries. Which of them lie is known at the end.
    pub(super) differences: Vec<Difference>,
}

impl Progress {
    pub(super) fn frontier(&self) -> Result<Frontier, AuditError> {
        Frontier::from_texts(self.size, &self.levels).ok_or(AuditError::StateDamaged { what: "the tree" })
    }

    pub(super) fn set_frontier(&mut self, frontier: &Frontier) {
        self.size = frontier.size();
        self.levels = frontier.to_texts();
    }

    /// The beginning, with what is never forgotten.
    pub(super) fn restart(&mut self) {
        *self = Self {
            format: self.format,
            origin: std::mem::take(&mut self.origin),
            verified: self.verified.take(),
            forks: std::mem::take(&mut self.forks),
            ..Self::default()
        };
    }
}

/// The folder. One process at a time has it.
pub struct State {
    dir: PathBuf,
    engine: Arc<dyn Engine>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("dir", &self.dir).finish()
    }
}

impl State {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// [`AuditError::StateFolder`], [`AuditError::State`] (also where another process has it)
    pub fn open(dir: &Path) -> Result<Self, AuditError> {
        let failed = |error| AuditError::StateFolder { path: dir.to_owned(), error };
        let database = dir.join("db");
        let is_new = !database.exists();
        fs::create_dir_all(&database).map_err(failed)?;
        let engine = open_default_engine(&database, true).map_err(AuditError::State)?;
        let state = Self { dir: dir.to_owned(), engine };
        for noted in noted::all(&dir.join(NOTED))? {
            state.recall(noted, is_new)?;
        }
        Ok(state)
    }

    /// Holds the database against what a file says that a key has cosigned. A new one takes it over.
    fn recall(&self, noted: Noted, is_new: bool) -> Result<(), AuditError> {
        let Noted { path, vkey, size, root } = noted;
        let known = self.cosigned_by(&vkey)?;
        if known.is_some_and(|(known, known_root)| known > size || (known == size && known_root == root)) {
            return Ok(());
        }
        if !is_new {
            return Err(AuditError::CosignedLost { size, note: path, database: self.dir.join("db") });
        }
        self.put_cosigned(&vkey, size, &root)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the replay came to of a project's money; `None` where it found no such project.
    ///
    /// # Errors
    /// [`AuditError::State`], [`AuditError::StateDamaged`]
    pub fn money(&self, project: &Hash) -> Result<Option<MoneyView>, AuditError> {
        Ok(self.replayed().money_view(project)?)
    }

    /// The next lines of a settlement, from the handle `from` on; none after the last.
    ///
    /// # Errors
    /// [`AuditError::State`], [`AuditError::StateDamaged`]
    pub fn lines(
        &self,
        project: &Hash,
        currency: Currency,
        number: u64,
        from: u64,
    ) -> Result<Vec<LineView>, AuditError> {
        Ok(self.replayed().lines(project, currency, number, from, usize::MAX)?)
    }

    /// The did:key or alias of a contributor.
    ///
    /// # Errors
    /// [`AuditError::State`], [`AuditError::StateDamaged`]
    pub fn contributor(&self, project: &Hash, who: &Hash) -> Result<Option<String>, AuditError> {
        Ok(self.replayed().contributor_view(project, who, AsOf::Now)?.map(|view| view.text))
    }

    /// A fold for reading: what it changes is never written.
    fn replayed(&self) -> Fold<StoredState> {
        Fold::new(StoredState::new(self.engine()))
    }

    pub(super) fn engine(&self) -> Arc<dyn Engine> {
        Arc::clone(&self.engine)
    }

    /// How far the audit of this log is.
    pub(super) fn load(&self, origin: &Origin) -> Result<Progress, AuditError> {
        let Some(bytes) = self.engine.get(Space::Meta, PROGRESS).map_err(AuditError::State)? else {
            return Ok(Progress {
                format: FORMAT,
                origin: origin.as_str().to_owned(),
                ..Progress::default()
            });
        };
        let progress: Progress =
            serde_json::from_slice(&bytes).map_err(|_| AuditError::StateDamaged { what: "the progress" })?;
        match progress.format.cmp(&FORMAT) {
            Ordering::Less => return Err(AuditError::StateDamaged { what: "an older program wrote it" }),
            Ordering::Equal => {}
            Ordering::Greater => return Err(AuditError::StateNewer { found: progress.format }),
        }
        if progress.origin != origin.as_str() {
            return Err(AuditError::OtherLog { found: progress.origin, expected: origin.clone() });
        }
        Ok(progress)
    }

    /// Writes what `set` has and the progress, in one batch. A crash leaves this or what was there before.
    pub(super) fn commit(
        &self,
        mut set: WriteSet<'_>,
        progress: &Progress,
        durability: Durability,
    ) -> Result<(), AuditError> {
        let bytes =
            serde_json::to_vec(progress).map_err(|_| AuditError::StateDamaged { what: "the progress" })?;
        set.put(Space::Meta, PROGRESS.to_vec(), bytes);
        self.engine.commit(set, durability).map_err(AuditError::State)
    }

    /// Writes what the fold sets before the rest of a change, where there is any, and notes that the rest is to come.
    pub(super) fn load_ahead(&self, runs: Vec<Run>) -> Result<(), AuditError> {
        if runs.is_empty() {
            return Ok(());
        }
        let mut set = WriteSet::default();
        set.put(Space::Meta, AHEAD.to_vec(), Vec::new());
        self.engine.commit(set, Durability::Synced).map_err(AuditError::State)?;
        load_ahead(&*self.engine, &[], runs).map_err(AuditError::State)
    }

    /// What was written ahead is referred to from this batch on.
    pub(super) fn catch_up(set: &mut WriteSet<'_>) {
        set.delete(Space::Meta, AHEAD.to_vec());
    }

    /// Whether a run that was stopped has left something ahead. The log that is read next may say otherwise than the one that
    /// was read then, so the state is not what its entries make of it.
    pub(super) fn is_ahead(&self) -> Result<bool, AuditError> {
        Ok(self.engine.get(Space::Meta, AHEAD).map_err(AuditError::State)?.is_some())
    }

    /// The largest checkpoint that a key has cosigned: size and root.
    pub(super) fn cosigned(&self, key: &Vkey) -> Result<Option<(u64, Hash)>, AuditError> {
        self.cosigned_by(&key.to_string())
    }

    fn cosigned_by(&self, vkey: &str) -> Result<Option<(u64, Hash)>, AuditError> {
        let key = [COSIGNED, vkey.as_bytes()].concat();
        let Some(value) = self.engine.get(Space::Meta, &key).map_err(AuditError::State)? else {
            return Ok(None);
        };
        let parsed = value
            .split_first_chunk::<8>()
            .and_then(|(size, root)| Some((u64::from_be_bytes(*size), Hash(root.try_into().ok()?))));
        parsed.map(Some).ok_or(AuditError::StateDamaged { what: "the size that was cosigned last" })
    }

    /// Notes, synced, that a key is about to cosign. After a crash the signature may have left or not.
    ///
    /// The database first: a crash between the two leaves it ahead of the file, where it may be; never behind.
    pub(super) fn set_cosigned(&self, key: &Vkey, checkpoint: &Checkpoint) -> Result<(), AuditError> {
        let vkey = key.to_string();
        self.put_cosigned(&vkey, checkpoint.size(), checkpoint.root())?;
        noted::write(&self.dir.join(NOTED), &vkey, checkpoint.size(), checkpoint.root())
    }

    fn put_cosigned(&self, vkey: &str, size: u64, root: &Hash) -> Result<(), AuditError> {
        let mut set = WriteSet::default();
        let value = [&size.to_be_bytes()[..], root.as_bytes()].concat();
        set.put(Space::Meta, [COSIGNED, vkey.as_bytes()].concat(), value);
        self.engine.commit(set, Durability::Synced).map_err(AuditError::State)
    }

    /// Keeps a signed note as evidence. What is there already stays.
    pub(super) fn keep_evidence(&self, size: u64, root: &Hash, note: &[u8]) -> Result<(), AuditError> {
        let folder = self.dir.join("evidence");
        let failed = |error| AuditError::StateFolder { path: folder.clone(), error };
        let root = root.to_string();
        let name = format!("{size}-{}", &root[..16]);
        if folder.join(&name).exists() {
            return Ok(());
        }
        noted::write_file(&folder, &name, note).map_err(failed)
    }
}

/// A hash as hex in JSON.
mod hex_hash {
    use lebombo_verifier::Hash;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hash::from_hex(&text).ok_or_else(|| D::Error::custom("not a hash"))
    }
}
