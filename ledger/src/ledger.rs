//! The ledger: the stages put together behind one handle.

use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::Origin;
use tokio::sync::{broadcast, oneshot, watch};

use crate::admit::{Admission, Admitted, Purpose, Refused};
use crate::clock::Clock;
use crate::config::Config;
use crate::cosign::{Auditors, CosignError};
use crate::fatal::Fatal;
use crate::limit::Granted;
use crate::mailbox::Mailbox;
use crate::open::{OpenError, Opened, open};
use crate::own::OwnEvents;
use crate::prove::{self, ProveError, Receipts};
use crate::publish::{Board, Published, Publisher, resume};
use crate::sequence::{Committed, Job, Logged, Queue, SubmitError, Writer};
use crate::store::engine::{Engine, EngineError};
use crate::store::{Change, Entry, Store, StoreError, TileKey, open_default_engine};
use crate::tree::{TILE_WIDTH, full_nodes};

/// Rounds that a follower may be behind before it has to read the store.
const FOLLOWER_ROUNDS: usize = 8;
/// Most entries or changes of one answer.
pub const MAX_PAGE: usize = 4_096;

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Entries that wait for the writer.
    pub queued_entries: usize,
    /// Their bytes.
    pub queued_bytes: usize,
    /// Size of the log.
    pub committed: u64,
    /// Size of the latest checkpoint.
    pub published: u64,
}

/// An open log. Clones share it; when the last is dropped the ledger shuts down.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    origin: Origin,
    vkey: Vkey,
    own: Arc<OwnEvents>,
    store: Arc<Store>,
    admission: Arc<Admission>,
    /// Who may add cosignatures to kept checkpoints.
    auditors: Auditors,
    queue: Arc<Queue>,
    size: Arc<AtomicU64>,
    followers: broadcast::Sender<Arc<Committed>>,
    board: Arc<Board>,
    /// True once no checkpoint will be published any more.
    ended: watch::Sender<bool>,
    fatal: Fatal,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("origin", &self.0.origin).field("load", &self.load()).finish()
    }
}

impl Ledger {
    /// Opens or creates a log, publishes its head, and starts to take entries. Blocks.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let data_dir = config.data_dir.clone();
        Self::open_with(config, &|create| open_default_engine(&data_dir, create))
    }

    pub(crate) fn open_with(
        config: Config,
        engine: &dyn Fn(bool) -> Result<Arc<dyn Engine>, EngineError>,
    ) -> Result<Self, OpenError> {
        let Opened { store, head, frontier, mut signer, ledger_key } = open(&config, engine)?;
        let vkey = signer.vkey().clone();
        let auditors = Auditors::new(config.auditors, &vkey, ledger_key.did()).map_err(OpenError::Auditor)?;
        let first = resume(&store, &mut signer, head, ledger_key.did()).map_err(OpenError::Publish)?;
        let board = Arc::new(Board::new(first));
        let queue = Arc::new(Queue::new(config.queue));
        let heads = Arc::new(Mailbox::new());
        let size = Arc::new(AtomicU64::new(head.head().size));
        let followers = broadcast::Sender::new(FOLLOWER_ROUNDS);
        let fatal = Fatal::new(config.fatal);
        let (origin, clock) = (config.origin, config.clock);
        let did = ledger_key.did().clone();
        let admission = Arc::new(Admission::new(origin.clone(), did, config.policy, config.limits, &clock));
        let own = OwnEvents {
            origin: origin.clone(),
            key: ledger_key,
            clock,
            entropy: config.entropy,
            admission: Arc::clone(&admission),
            queue: Arc::clone(&queue),
            board: Arc::clone(&board),
        };
        let writer = Writer {
            store: Arc::clone(&store),
            frontier,
            queue: Arc::clone(&queue),
            heads: Arc::clone(&heads),
            followers: followers.clone(),
            size: Arc::clone(&size),
            fatal: fatal.clone(),
        };
        let publisher = Publisher {
            store: Arc::clone(&store),
            signer,
            heads,
            board: Arc::clone(&board),
            fatal: fatal.clone(),
        };
        let ledger = Self(Arc::new(Inner {
            origin,
            vkey,
            own: Arc::new(own),
            store,
            admission,
            auditors,
            queue,
            size,
            followers,
            board,
            ended: watch::Sender::new(false),
            fatal,
            threads: Mutex::new(Vec::new()),
        }));
        // Dropping the ledger on an error closes the queue, which ends the writer, which ends the publisher.
        ledger.0.start("lebombo-write", || writer.run())?;
        ledger.0.start("lebombo-publish", || publisher.run())?;
        Ok(ledger)
    }

    /// The log's name.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// The key that checkpoints are signed with.
    pub fn vkey(&self) -> &Vkey {
        &self.0.vkey
    }

    /// The key that the ledger's own events are signed with.
    pub fn ledger_key(&self) -> &Did {
        self.0.own.key.did()
    }

    /// The clock that the ledger was given.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.own.clock
    }

    /// Makes the ledger's own events.
    pub(crate) fn own(&self) -> &Arc<OwnEvents> {
        &self.0.own
    }

    /// The store, to read from; and where the fold keeps its state.
    pub fn store(&self) -> &Arc<Store> {
        &self.0.store
    }

    /// Takes `entries`, or as many as there is allowance for, from that of an address. To be asked before anything costs
    /// work.
    pub fn allow_address(&self, from: IpAddr, purpose: Purpose, entries: usize) -> Granted {
        self.0.admission.allow_address(from, purpose, entries)
    }

    /// Checks one entry that is to be logged. Costs processor time (a signature check for each signer) and touches no
    /// disk.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn admit(&self, entry: Vec<u8>) -> Result<Admitted, Refused> {
        self.0.admission.admit(entry, Purpose::Log)
    }

    /// Checks many entries that are to be logged, on all cores; answers in the same order.
    pub fn admit_many(&self, entries: Vec<Vec<u8>>) -> Vec<Result<Admitted, Refused>> {
        self.0.admission.admit_many(entries, Purpose::Log)
    }

    /// The same checks of entries that are only to be looked at: no key pays for them.
    pub fn check_many(&self, entries: Vec<Vec<u8>>) -> Vec<Result<Admitted, Refused>> {
        self.0.admission.admit_many(entries, Purpose::Check)
    }

    /// Logs one entry; answers when it is committed.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit(&self, entry: Admitted) -> Result<Logged, SubmitError> {
        let logged = self.submit_many(vec![entry]).await?;
        logged.first().copied().ok_or(SubmitError::OutcomeUnknown)
    }

    /// Logs entries as one job, at most [`crate::MAX_JOB`]; answers in the same order when all are committed.
    ///
    /// The job is queued when the future is first polled; dropping the future after that does not take it back.
    ///
    /// # Errors
    /// See [`SubmitError`]; either all entries are answered or the job has failed as a whole.
    pub async fn submit_many(&self, entries: Vec<Admitted>) -> Result<Vec<Logged>, SubmitError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        self.0.queue.push(Job { entries, answer })?;
        answered.await.unwrap_or(Err(SubmitError::OutcomeUnknown))
    }

    /// Waits until a published checkpoint covers `index`.
    ///
    /// # Errors
    /// [`SubmitError::Stopping`] if none will before the ledger is opened again.
    pub async fn wait_published(&self, index: u64) -> Result<Arc<Published>, SubmitError> {
        let mut sizes = self.0.board.sizes();
        let mut ended = self.0.ended.subscribe();
        tokio::select! {
            biased;
            _ = sizes.wait_for(|size| *size > index) => Ok(self.checkpoint()),
            _ = ended.wait_for(|ended| *ended) => Err(SubmitError::Stopping),
        }
    }

    /// The latest checkpoint.
    pub fn checkpoint(&self) -> Arc<Published> {
        self.0.board.latest()
    }

    /// Follows the size of the latest checkpoint.
    pub fn watch_published(&self) -> watch::Receiver<u64> {
        self.0.board.sizes()
    }

    /// Size of the log: every index below it is committed.
    pub fn size(&self) -> u64 {
        self.0.size.load(Ordering::SeqCst)
    }

    /// The first `width` (1 to 256) hashes of a tile, if the latest checkpoint covers them (C2SP tlog-tiles).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn tile(&self, level: u8, number: u64, width: u16) -> Result<Option<Vec<u8>>, StoreError> {
        let width = usize::from(width);
        if !covers(full_nodes(self.checkpoint().size(), level), number, width) {
            return Ok(None);
        }
        let damaged = StoreError::Damaged { what: "tile", number };
        let mut hashes = self.0.store.tile(TileKey { level, number })?.ok_or_else(|| damaged.clone())?;
        if hashes.len() < width * 32 {
            return Err(damaged);
        }
        hashes.truncate(width * 32);
        Ok(Some(hashes))
    }

    /// The first `width` (1 to 256) entries of a bundle, if the latest checkpoint covers them: each with its length as
    /// a 16-bit big-endian number before it (C2SP tlog-tiles).
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn bundle(&self, number: u64, width: u16) -> Result<Option<Vec<u8>>, StoreError> {
        let width = usize::from(width);
        if !covers(self.checkpoint().size(), number, width) {
            return Ok(None);
        }
        let damaged = StoreError::Damaged { what: "entry bundle", number };
        let mut bundle = Vec::new();
        let mut next = number * TILE_WIDTH as u64;
        let end = next + width as u64;
        self.0.store.visit_entries(next, &mut |index, _, bytes| {
            use std::ops::ControlFlow::{Break, Continue};
            let (true, Ok(length)) = (index == next && index < end, u16::try_from(bytes.len())) else {
                return Break(());
            };
            bundle.extend_from_slice(&length.to_be_bytes());
            bundle.extend_from_slice(bytes);
            next += 1;
            if next < end { Continue(()) } else { Break(()) }
        })?;
        if next < end { Err(damaged) } else { Ok(Some(bundle)) }
    }

    /// A committed entry.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn entry(&self, index: u64) -> Result<Option<Entry>, StoreError> {
        self.0.store.entry(index)
    }

    /// The index of a committed event id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn index_of(&self, id: &Hash) -> Result<Option<u64>, StoreError> {
        self.0.store.index_of(id)
    }

    /// The feed: indices and ids after `after` (from the start where it is `None`), as far as the latest checkpoint
    /// goes, at most `limit` and [`MAX_PAGE`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn changes(&self, after: Option<u64>, limit: usize) -> Result<Vec<Change>, StoreError> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        self.0.store.changes(from, self.checkpoint().size(), limit.min(MAX_PAGE))
    }

    /// The receipt of an entry: a C2SP tlog-proof under the latest checkpoint, with the entry in its `extra` line.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn receipt(&self, index: u64) -> Result<Vec<u8>, ProveError> {
        prove::receipt(&self.0.store, self.checkpoint(), index)
    }

    /// Inclusion proofs of at most [`crate::MAX_PROOFS`] entries under one checkpoint, the latest. Neighbours in
    /// `indices` that are neighbours in the log cost least.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn receipts(&self, indices: &[u64]) -> Result<Receipts, ProveError> {
        prove::receipts(&self.0.store, self.checkpoint(), indices)
    }

    /// The consistency proof between two sizes, `from ≤ to ≤` the size of the latest checkpoint.
    ///
    /// # Errors
    /// See [`ProveError`].
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, ProveError> {
        prove::consistency(&self.0.store, &self.checkpoint(), from, to)
    }

    /// The checkpoint of the snapshot that is the last of `size` entries: a signed note, with the cosignatures added so
    /// far.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn kept_checkpoint(&self, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.store.kept_checkpoint(size)
    }

    /// Adds auditors' cosignatures, note signature lines, to a kept checkpoint, durably: all of them or none. Of one
    /// auditor the latest is kept. Gives the note with all that were added.
    ///
    /// # Errors
    /// See [`CosignError`].
    pub fn cosign(&self, size: u64, lines: &[u8]) -> Result<Vec<u8>, CosignError> {
        self.0.auditors.cosign(&self.0.store, size, lines)
    }

    /// Follows the rounds as they are committed. Whoever lags more than a few rounds behind is told so by the channel,
    /// and reads [`Store::entries`] from where it was.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.followers.subscribe()
    }

    /// How things stand.
    pub fn load(&self) -> Load {
        let (queued_entries, queued_bytes) = self.0.queue.load();
        Load { queued_entries, queued_bytes, committed: self.size(), published: self.checkpoint().size() }
    }

    /// Whether entries are taken: not while stopping, nor after a failure.
    pub fn is_running(&self) -> bool {
        self.0.queue.is_open() && !self.0.fatal.has_failed()
    }

    /// Stops: refuses new entries, commits and answers those that wait, publishes the last head, and ends the threads.
    /// Blocks until then; the next call returns at once.
    pub fn shutdown(&self) {
        self.0.shutdown();
    }
}

impl Inner {
    fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
        let thread = std::thread::Builder::new().name(name.into()).spawn(run).map_err(OpenError::Thread)?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    fn shutdown(&self) {
        self.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has already said so through the fatal action.
            let _ = thread.join();
        }
        self.ended.send_replace(true);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// Whether `width` items of block `number` lie within the first `items`.
fn covers(items: u64, number: u64, width: usize) -> bool {
    let end = number.checked_mul(TILE_WIDTH as u64).and_then(|start| start.checked_add(width as u64));
    (1..=TILE_WIDTH).contains(&width) && end.is_some_and(|end| end <= items)
}

/// Opens the store of a stopped ledger.
pub(crate) fn open_store(data_dir: &Path) -> Result<Store, EngineError> {
    Ok(Store::new(open_default_engine(data_dir, false)?))
}
