//! Attribution: runs the verifier's fold behind the log, and answers what the log means.
//!
//! The fold follows the committed log with its own cursor. It may lag, be thrown away and be rebuilt; it never holds the
//! log up, and what it holds can be recomputed by anybody from the entries alone.

mod follow;
mod state;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use lebombo_verifier::event::{Day, Event};
use lebombo_verifier::fold::{Count, Effect, Fold, FoldError, ProjectView, Standing, who};
use lebombo_verifier::{Code, Hash, event::Party};
use tokio::sync::Notify;

use crate::ledger::Ledger;
use crate::store::{Store, StoreError};
use state::StoreState;

/// Most entries of one page of any list.
pub const MAX_LIST: usize = 1_000;

/// Why attribution could not answer.
#[derive(Debug, thiserror::Error)]
pub enum AttributionError {
    /// The store failed.
    #[error("the state of the totals could not be read")]
    Store(#[source] StoreError),
    /// The state is damaged; it can be rebuilt from the log.
    #[error("the state of the totals is damaged; `lebombo fsck --rebuild-totals` makes it anew from the log")]
    Damaged {
        /// Hex of the key whose value makes no sense.
        key: String,
    },
    /// The thread that follows the log could not be started.
    #[error("the thread that follows the log could not be started")]
    Thread(#[source] std::io::Error),
}

impl Code for AttributionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Damaged { .. } => "totals-damaged",
            Self::Thread(_) => "thread-failed",
        }
    }
}

impl From<FoldError<StoreError>> for AttributionError {
    fn from(error: FoldError<StoreError>) -> Self {
        match error {
            FoldError::State(error) => Self::Store(error),
            FoldError::Damaged { key } => Self::Damaged { key: hex::encode(key) },
        }
    }
}

/// One contributor's counts in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// SHA-256 of `contributor`.
    pub who: Hash,
    /// did:key or alias.
    pub contributor: String,
    /// By kind of work and unit.
    pub counts: Vec<Count>,
    /// Contributions of theirs that were void.
    pub void: u64,
}

/// A handle on the totals. Reading is blocking and short.
#[derive(Debug, Clone)]
pub struct Attribution(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<Store>,
    stop: Arc<Notify>,
    stopped: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Attribution {
    /// Starts to follow `ledger` from where the stored state left off.
    ///
    /// # Errors
    /// [`AttributionError::Thread`]
    pub fn start(ledger: &Ledger) -> Result<Self, AttributionError> {
        let store = Arc::clone(ledger.store());
        let (stop, stopped) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let rounds = ledger.subscribe();
        let follower = follow::Follower::new(Arc::clone(&store), rounds, Arc::clone(&stop));
        let thread_stopped = Arc::clone(&stopped);
        let thread = std::thread::Builder::new()
            .name("attribute".into())
            .spawn(move || {
                if let Err(error) = follower.run() {
                    tracing::error!(code = error.code(), "totals stopped: {error}");
                }
                thread_stopped.store(true, Ordering::Release);
            })
            .map_err(AttributionError::Thread)?;
        Ok(Self(Arc::new(Inner { store, stop, stopped, thread: Mutex::new(Some(thread)) })))
    }

    /// Stops following; the state stays where it is. Blocks until then.
    pub fn stop(&self) {
        self.0.stop.notify_one();
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic in that thread has been printed; the totals are behind the log and will be caught up.
            let _ = thread.join();
        }
    }

    /// Whether the log is being followed: not after a failure or [`Attribution::stop`].
    pub fn is_running(&self) -> bool {
        !self.0.stopped.load(Ordering::Acquire)
    }

    /// How many entries are counted: the totals are as of a log of this size.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn cursor(&self) -> Result<u64, AttributionError> {
        self.0.store.fold_cursor().map_err(AttributionError::Store)
    }

    /// What the log's rules would say to each event if they were logged now, in this order.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn foresee<'a>(
        &self,
        events: impl IntoIterator<Item = &'a Event>,
    ) -> Result<Vec<Effect>, AttributionError> {
        let mut trial = self.fold();
        events.into_iter().map(|event| Ok(trial.apply(Ok(event))?)).collect()
    }

    /// Where an event stands; `None` where no counted entry holds it.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn standing(&self, event: &Hash) -> Result<Option<Standing>, AttributionError> {
        Ok(self.fold().standing(event)?)
    }

    /// The log's day.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn day(&self) -> Result<Option<Day>, AttributionError> {
        Ok(self.fold().day()?)
    }

    /// Up to `limit`, at most [`MAX_LIST`], projects after `after`, ascending.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn projects(&self, after: Option<&Hash>, limit: usize) -> Result<Vec<Hash>, AttributionError> {
        Ok(self.fold().projects(after, limit.min(MAX_LIST))?)
    }

    /// A project as it stands.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn project(&self, project: &Hash) -> Result<Option<ProjectView>, AttributionError> {
        Ok(self.fold().project_view(project)?)
    }

    /// Up to `limit`, at most [`MAX_LIST`], contributors of a project after `after`, ascending by `who`.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn totals(
        &self,
        project: &Hash,
        after: Option<&Hash>,
        limit: usize,
    ) -> Result<Vec<Totals>, AttributionError> {
        let fold = self.fold();
        fold.contributors(project, after, limit.min(MAX_LIST))?
            .into_iter()
            .map(|(who, contributor)| {
                let counts = fold.counts(project, &who)?;
                let void = fold.void_count(project, &who)?;
                Ok(Totals { who, contributor, counts, void })
            })
            .collect()
    }

    /// One contributor's counts; `None` for one who has none.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn totals_of(&self, project: &Hash, contributor: &Party) -> Result<Option<Totals>, AttributionError> {
        let fold = self.fold();
        let who = who(contributor);
        let counts = fold.counts(project, &who)?;
        if counts.is_empty() {
            return Ok(None);
        }
        let void = fold.void_count(project, &who)?;
        Ok(Some(Totals { who, contributor: contributor.to_string(), counts, void }))
    }

    /// A fold for reading: what it changes is never written.
    fn fold(&self) -> Fold<StoreState> {
        Fold::new(StoreState::new(Arc::clone(&self.0.store)))
    }
}
