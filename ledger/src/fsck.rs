//! The one checker of the whole state: from the entries alone it builds everything else anew and compares.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::event::{self, Body};
use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::{Origin, OriginError};
use lebombo_verifier::{Code, Hash};

use crate::ledger::open_store;
use crate::signer::{SignerError, peek_state};
use crate::store::engine::EngineError;
use crate::store::{Head, Identity, Store, StoreError, TileKey};
use crate::tree::{self, Frontier, Node, Prover, TileSource, TreeError};

/// Problems that are listed; more are only counted.
const MAX_LISTED: usize = 100;
/// Entries that are hashed together.
const STEP: usize = 4_096;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Problem {
    #[error("entry {index} is missing")]
    EntryMissing { index: u64 },
    #[error("entry {index} lies beyond the tree head")]
    EntryBeyondHead { index: u64 },
    #[error("entry {index} is malformed ({code})")]
    EntryMalformed { index: u64, code: &'static str },
    #[error("entry {index} was made for another log")]
    EntryOtherLog { index: u64 },
    #[error("entry {index} is stored under another event id than its own")]
    EntryId { index: u64 },
    #[error("entry 0 is not a ledger event")]
    FirstEntry,
    #[error("the index of the event id of entry {index} is {found:?}")]
    IdIndex { index: u64, found: Option<u64> },
    #[error("{count} event ids are indexed, the log has {size} entries")]
    IdCount { count: u64, size: u64 },
    #[error("tile {number} of level {level} differs from the entries")]
    Tile { level: u8, number: u64 },
    #[error("{count} tiles are stored, the entries give {expected}")]
    TileCount { count: u64, expected: u64 },
    #[error("the root of the tree head is {found}, the entries give {expected}")]
    Root { found: Hash, expected: Hash },
    #[error("the published checkpoint is not signed by the log's key ({code})")]
    Checkpoint { code: &'static str },
    #[error("the published checkpoint names the log {found}")]
    CheckpointOrigin { found: String },
    #[error("the published checkpoint has {size} entries and a root that is not the log's at that size")]
    CheckpointRoot { size: u64 },
    #[error("the published checkpoint has {size} entries, the signer's state {signed}")]
    CheckpointAheadOfSigner { size: u64, signed: u64 },
    #[error("the checkpoint kept for size {size} is not signed by the log's key ({code})")]
    Kept { size: u64, code: &'static str },
    #[error("the checkpoint kept for size {size} has another size, origin or root than the log has there")]
    KeptRoot { size: u64 },
    #[error("a checkpoint of {signed} entries was signed, the log has {size}")]
    SignerAhead { signed: u64, size: u64 },
    #[error("the signer's state has another root at size {signed} than the log")]
    SignerRoot { signed: u64 },
    #[error("the signer's state is missing")]
    SignerMissing,
    #[error("the fold has taken in {cursor} entries, the log has {size}")]
    FoldCursor { cursor: u64, size: u64 },
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log's name.
    pub origin: String,
    /// The committed head, as the entries give it.
    pub head: Head,
    /// Size of the last published checkpoint; 0 where there is none.
    pub published: u64,
    /// The first hundred problems.
    pub problems: Vec<Problem>,
    /// All problems.
    pub problem_count: u64,
}

impl Report {
    /// Whether everything was as it must be.
    pub fn is_clean(&self) -> bool {
        self.problem_count == 0
    }

    fn add(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < MAX_LISTED {
            self.problems.push(problem);
        }
    }
}

/// Why the check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    /// The data folder did not open.
    #[error("the data folder {path} can not be opened: {error}")]
    Open {
        /// The folder.
        path: PathBuf,
        /// What happened.
        error: EngineError,
    },
    /// It holds no log.
    #[error("there is no ledger in {0}; check the path and whether its disk is mounted")]
    NoLog(PathBuf),
    /// It is of a newer program.
    #[error("the data folder has format {found}, this program knows formats up to {known}")]
    Newer {
        /// Format found.
        found: u32,
        /// Newest format known.
        known: u32,
    },
    /// Its origin is malformed.
    #[error("the data folder's origin is malformed: {0}")]
    Origin(OriginError),
    /// It could not be read.
    #[error("{0}")]
    Tree(TreeError),
    /// The signer's state could not be read.
    #[error("{0}")]
    Signer(SignerError),
}

impl Code for FsckError {
    fn code(&self) -> &'static str {
        match self {
            Self::Open { error: EngineError::AlreadyOpen, .. } => "data-already-open",
            Self::Open { .. } => "data-unusable",
            Self::NoLog(_) => "no-log",
            Self::Newer { .. } => "data-newer",
            Self::Origin(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::Signer(error) => error.code(),
        }
    }
}

impl From<StoreError> for FsckError {
    fn from(error: StoreError) -> Self {
        Self::Tree(TreeError::Store(error))
    }
}

impl From<TreeError> for FsckError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

/// Checks the data folder of a ledger that is not running: every entry, the tiles and root that follow from them, the
/// index of ids, the published and the kept checkpoints, and, where the keys folder is given, the signer's state.
///
/// `progress` is told how many of how many entries are done.
///
/// # Errors
/// See [`FsckError`]; what is found wrong is in the report.
pub fn fsck(
    data_dir: &Path,
    keys_dir: Option<&Path>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, FsckError> {
    let store = open_data(data_dir)?;
    let origin = match store.identity()? {
        Identity::Empty => return Err(FsckError::NoLog(data_dir.to_owned())),
        Identity::Newer { found, known } => return Err(FsckError::Newer { found, known }),
        Identity::Log(origin) => Origin::parse(&origin).map_err(FsckError::Origin)?,
    };
    check(&store, &origin, keys_dir, progress)
}

/// Throws away what the fold keeps, of a ledger that is not running; when it is started again, everything is folded anew
/// from the entries.
///
/// # Errors
/// See [`FsckError`].
pub fn clear_totals(data_dir: &Path) -> Result<(), FsckError> {
    let store = open_data(data_dir)?;
    Ok(store.fold_clear()?)
}

fn open_data(data_dir: &Path) -> Result<Store, FsckError> {
    open_store(data_dir).map_err(|error| match error {
        EngineError::Missing => FsckError::NoLog(data_dir.to_owned()),
        error => FsckError::Open { path: data_dir.to_owned(), error },
    })
}

/// [`fsck`] for a store that is open already and at rest.
pub(crate) fn check(
    store: &Store,
    origin: &Origin,
    keys_dir: Option<&Path>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Report, FsckError> {
    let stated = store.head()?;
    let mut report = Report {
        origin: origin.to_string(),
        head: stated,
        published: 0,
        problems: Vec::new(),
        problem_count: 0,
    };
    let frontier = entries(store, origin, stated.size, &mut report, progress)?;
    if frontier.root() != stated.root {
        report.add(Problem::Root { found: stated.root, expected: frontier.root() });
    }
    report.head = Head { size: frontier.size(), root: frontier.root() };
    ids(store, stated.size, &mut report)?;
    tile_count(store, stated.size, &mut report)?;
    let signed = match keys_dir {
        Some(dir) => signer(store, origin, dir, stated.size, &mut report)?,
        None => None,
    };
    checkpoint(store, origin, signed, &mut report)?;
    let cursor = store.fold_cursor()?;
    if cursor > stated.size {
        report.add(Problem::FoldCursor { cursor, size: stated.size });
    }
    Ok(report)
}

/// Reads and checks each entry, and compares the tiles that they give.
fn entries(
    store: &Store,
    origin: &Origin,
    size: u64,
    report: &mut Report,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Frontier, FsckError> {
    let mut frontier = Frontier::empty();
    let mut next = 0;
    progress(0, size);
    while next < size {
        let mut leaves: Vec<Node> = Vec::with_capacity(STEP);
        let mut ids = Vec::with_capacity(STEP);
        let first = next;
        store.visit_entries(first, &mut |index, id, bytes| {
            if index >= size || index != next {
                return ControlFlow::Break(());
            }
            entry(origin, index, id, bytes, report);
            leaves.push(tree::leaf(bytes));
            ids.push(id);
            next += 1;
            if leaves.len() < STEP { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if leaves.is_empty() {
            // Without this entry no later hash can be known.
            report.add(Problem::EntryMissing { index: next });
            return Ok(frontier);
        }
        for (index, found) in (first..).zip(store.indices_of(&ids)?) {
            if found != Some(index) {
                report.add(Problem::IdIndex { index, found });
            }
        }
        for (key, hashes) in frontier.append(leaves).tiles {
            // On the way a tile may have fewer hashes than in the end; at the end it has to be the same.
            let stored = store.tile(key)?.unwrap_or_default();
            if !stored.starts_with(&hashes) || (next == size && stored.len() != hashes.len()) {
                report.add(Problem::Tile { level: key.level, number: key.number });
            }
        }
        progress(next, size);
    }
    store.visit_entries(size, &mut |index, _, _| {
        report.add(Problem::EntryBeyondHead { index });
        ControlFlow::Continue(())
    })?;
    Ok(frontier)
}

fn entry(origin: &Origin, index: u64, id: Hash, bytes: &[u8], report: &mut Report) {
    let event = match event::check(bytes) {
        Ok(event) => event,
        Err(error) => return report.add(Problem::EntryMalformed { index, code: error.code() }),
    };
    if event.id() != id {
        report.add(Problem::EntryId { index });
    }
    if event.payload().log != *origin {
        report.add(Problem::EntryOtherLog { index });
    }
    if index == 0 && !matches!(event.payload().body, Body::Ledger(_)) {
        report.add(Problem::FirstEntry);
    }
}

/// Each entry's id was found above; as many ids as entries then means that there are no others.
fn ids(store: &Store, size: u64, report: &mut Report) -> Result<(), FsckError> {
    let mut count = 0;
    store.visit_ids(&mut |_, _| count += 1)?;
    if count != size {
        report.add(Problem::IdCount { count, size });
    }
    Ok(())
}

/// Each tile that the entries give was compared above; the right number then means that there are no others.
fn tile_count(store: &Store, size: u64, report: &mut Report) -> Result<(), FsckError> {
    let mut count = 0;
    store.visit_tiles(&mut |_: TileKey, _| count += 1)?;
    let levels = (0_u8..).map(|level| tree::full_nodes(size, level)).take_while(|nodes| *nodes > 0);
    let expected = levels.map(|nodes| nodes.div_ceil(tree::TILE_WIDTH as u64)).sum();
    if count != expected {
        report.add(Problem::TileCount { count, expected });
    }
    Ok(())
}

fn root_at(store: &Store, size: u64) -> Result<Hash, TreeError> {
    let source: &dyn TileSource = store;
    Ok(Prover::new(source, size)?.root())
}

fn signer(
    store: &Store,
    origin: &Origin,
    dir: &Path,
    size: u64,
    report: &mut Report,
) -> Result<Option<u64>, FsckError> {
    let Some(state) = peek_state(dir, origin).map_err(FsckError::Signer)? else {
        report.add(Problem::SignerMissing);
        return Ok(None);
    };
    if state.size > size {
        report.add(Problem::SignerAhead { signed: state.size, size });
    } else if root_at(store, state.size)? != state.root {
        report.add(Problem::SignerRoot { signed: state.size });
    }
    Ok(Some(state.size))
}

fn checkpoint(
    store: &Store,
    origin: &Origin,
    signed: Option<u64>,
    report: &mut Report,
) -> Result<(), FsckError> {
    let first = store.entry(0)?.and_then(|entry| event::check(&entry.bytes).ok());
    let Some(Body::Ledger(ledger)) = first.as_ref().map(|event| &event.payload().body) else {
        // Entry 0 is a problem of its own; without it nobody knows whose checkpoints these are.
        return Ok(());
    };
    kept_checkpoints(store, origin, &ledger.checkpoint, report)?;
    let Some(note) = store.checkpoint()? else { return Ok(()) };
    let checkpoint = match VerifiedCheckpoint::by_log_key(&note, &ledger.checkpoint) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            report.add(Problem::Checkpoint { code: error.code() });
            return Ok(());
        }
    };
    let size = checkpoint.size();
    report.published = size;
    if checkpoint.origin() != origin {
        report.add(Problem::CheckpointOrigin { found: checkpoint.origin().to_string() });
    }
    if size > report.head.size || root_at(store, size)? != *checkpoint.root() {
        report.add(Problem::CheckpointRoot { size });
    }
    if let Some(signed) = signed.filter(|signed| size > *signed) {
        report.add(Problem::CheckpointAheadOfSigner { size, signed });
    }
    Ok(())
}

/// The checkpoints of snapshots. What auditors added to them is theirs to verify.
fn kept_checkpoints(
    store: &Store,
    origin: &Origin,
    vkey: &Vkey,
    report: &mut Report,
) -> Result<(), FsckError> {
    let mut kept = Vec::new();
    store.visit_kept_checkpoints(&mut |size, note| {
        kept.push((size, VerifiedCheckpoint::by_log_key(note, vkey)));
    })?;
    for (size, checkpoint) in kept {
        match checkpoint {
            Err(error) => report.add(Problem::Kept { size, code: error.code() }),
            Ok(checkpoint) => {
                let is_here = (checkpoint.size(), checkpoint.origin()) == (size, origin)
                    && size <= report.head.size
                    && root_at(store, size)? == *checkpoint.root();
                if !is_here {
                    report.add(Problem::KeptRoot { size });
                }
            }
        }
    }
    Ok(())
}
