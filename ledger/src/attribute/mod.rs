//! Attribution: runs the verifier's fold behind the log, and answers what the log means.
//!
//! The fold follows the committed log with its own cursor. It may lag, be thrown away and be rebuilt; it never holds the
//! log up, and what it holds can be recomputed by anybody from the entries alone.

mod follow;
mod hold;
mod keep;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use lebombo_verifier::event::{Day, Event};
use lebombo_verifier::fold::{
    AsOf, Contributor, Count, DecisionView, Effect, Fold, FoldError, LineView, MarkView, MoneyView,
    ProjectView, SettlementView, SnapshotView, Standing, who,
};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{Credit, LineNode};
use lebombo_verifier::{Code, Hash, event::Party, total};
use tokio::sync::{Notify, watch};

use crate::ledger::Ledger;
use crate::store::{Overlay, Store, StoreError};
use keep::Keeper;
pub use keep::Keeping;

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

/// One contributor's totals in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Who, their handle, counts and points.
    pub contributor: Contributor,
    /// Their work by kind and unit.
    pub counts: Vec<Count>,
}

/// A page of totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalsPage {
    /// Ascending by `who`.
    pub contributors: Vec<Totals>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Hash>,
}

/// A project with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectTotals {
    /// The project as it stands.
    pub view: ProjectView,
    /// All of its work by kind and unit.
    pub counts: Vec<Count>,
}

/// The newest snapshot, whose totals can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// The snapshot event.
    pub snapshot: SnapshotView,
    /// The mark whose totals it states.
    pub mark: MarkView,
}

impl Snapshot {
    /// Size of the checkpoint that goes with it: the snapshot is its last entry.
    pub fn size(&self) -> u64 {
        self.snapshot.index + 1
    }
}

/// A handle on the totals. Reading is blocking and short.
#[derive(Debug, Clone)]
pub struct Attribution(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<Store>,
    stop: Arc<Notify>,
    stopped: Arc<AtomicBool>,
    written: watch::Receiver<u64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Attribution {
    /// Starts to follow `ledger` from where the stored state left off.
    ///
    /// # Errors
    /// [`AttributionError::Thread`], [`AttributionError::Store`]
    pub fn start(ledger: &Ledger) -> Result<Self, AttributionError> {
        Self::follow(ledger, None)
    }

    /// The same, and logs the ledger's own events: days, marks and snapshots.
    ///
    /// # Errors
    /// [`AttributionError::Thread`], [`AttributionError::Store`]
    pub fn start_keeping(ledger: &Ledger, keeping: Keeping) -> Result<Self, AttributionError> {
        Self::follow(ledger, Some(Keeper::new(Arc::clone(ledger.own()), keeping)))
    }

    fn follow(ledger: &Ledger, keeper: Option<Keeper>) -> Result<Self, AttributionError> {
        let store = Arc::clone(ledger.store());
        if !store.fold_is_current().map_err(AttributionError::Store)? {
            tracing::warn!(
                "another version of the program has kept the totals; they are counted anew from the log"
            );
            store.fold_clear().map_err(AttributionError::Store)?;
        }
        let (stop, stopped) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let rounds = ledger.subscribe();
        let (sender, written) = watch::channel(store.fold_cursor().map_err(AttributionError::Store)?);
        let follower = follow::Follower::new(Arc::clone(&store), rounds, Arc::clone(&stop), sender, keeper);
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
        Ok(Self(Arc::new(Inner { store, stop, stopped, written, thread: Mutex::new(Some(thread)) })))
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

    /// Follows [`Attribution::cursor`]; ends when the log is no longer followed.
    pub fn watch_cursor(&self) -> watch::Receiver<u64> {
        self.0.written.clone()
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

    /// A project with its sums.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn project_totals(&self, project: &Hash) -> Result<Option<ProjectTotals>, AttributionError> {
        let mut fold = self.fold();
        let Some(view) = fold.project_view(project)? else { return Ok(None) };
        Ok(Some(ProjectTotals { view, counts: fold.project_counts(project, AsOf::Now)? }))
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
        as_of: AsOf,
    ) -> Result<TotalsPage, AttributionError> {
        let fold = self.fold();
        let (page, next) = fold.contributors(project, after, limit.min(MAX_LIST), as_of)?;
        let with_counts = |contributor: Contributor| {
            let counts = fold.counts(project, &contributor.who, as_of)?;
            Ok(Totals { contributor, counts })
        };
        let contributors = page.into_iter().map(with_counts).collect::<Result<_, AttributionError>>()?;
        Ok(TotalsPage { contributors, next })
    }

    /// One contributor's totals; `None` where they are not known to the project.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn totals_of(
        &self,
        project: &Hash,
        contributor: &Party,
        as_of: AsOf,
    ) -> Result<Option<Totals>, AttributionError> {
        let fold = self.fold();
        let who = who(contributor);
        let Some(contributor) = fold.contributor_view(project, &who, as_of)? else { return Ok(None) };
        Ok(Some(Totals { contributor, counts: fold.counts(project, &who, as_of)? }))
    }

    /// Up to `limit`, at most [`MAX_LIST`], undecided contributions of a project after an index: index, event id, and
    /// `who` of the contributor.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn undecided(
        &self,
        project: &Hash,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Hash, Hash)>, AttributionError> {
        Ok(self.fold().undecided(project, after, limit.min(MAX_LIST))?)
    }

    /// A project's money; `None` where there is no such project.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn money(&self, project: &Hash) -> Result<Option<MoneyView>, AttributionError> {
        Ok(self.fold().money_view(project)?)
    }

    /// Up to `limit`, at most [`MAX_LIST`], lines of a settlement, from the handle `from` on.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn lines(
        &self,
        project: &Hash,
        currency: Currency,
        number: u64,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LineView>, AttributionError> {
        Ok(self.fold().lines(project, currency, number, from, limit.min(MAX_LIST))?)
    }

    /// One line of a settlement.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn line(
        &self,
        project: &Hash,
        (currency, number): (Currency, u64),
        handle: u64,
    ) -> Result<Option<LineView>, AttributionError> {
        Ok(self.fold().line(project, currency, number, handle)?)
    }

    /// Credits of one person: those before which there are `from` to `end` - 1 others.
    ///
    /// # Errors
    /// [`AttributionError`]; [`StoreError::Damaged`] where there are fewer.
    pub fn credits(
        &self,
        project: &Hash,
        who: &Hash,
        from: u64,
        end: u64,
    ) -> Result<Vec<Credit>, AttributionError> {
        let fold = self.fold();
        let mut credits = Vec::new();
        let mut next = from;
        while next < end {
            let limit = usize::try_from(end - next).unwrap_or(usize::MAX);
            let page = fold.credits(project, who, next, limit)?;
            if page.is_empty() {
                let what = "a credit";
                return Err(AttributionError::Store(StoreError::Damaged { what, number: next }));
            }
            next += u64::try_from(page.len()).unwrap_or(u64::MAX);
            credits.extend(page);
        }
        Ok(credits)
    }

    /// The payload of a charter, whose event id is its name.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn charter_payload(&self, charter: &Hash) -> Result<Option<Vec<u8>>, AttributionError> {
        Ok(self.fold().charter_payload(charter)?)
    }

    /// The valid settlement of a project with this number, from 1.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn settlement(
        &self,
        project: &Hash,
        number: u64,
    ) -> Result<Option<SettlementView>, AttributionError> {
        Ok(self.fold().settlement(project, number)?)
    }

    /// The valid settlement with this event id.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn settlement_by_id(&self, id: &Hash) -> Result<Option<SettlementView>, AttributionError> {
        Ok(self.fold().settlement_by_id(id)?)
    }

    /// What is at a place in a project's money tree.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn decision(&self, project: &Hash, place: u64) -> Result<Option<DecisionView>, AttributionError> {
        Ok(self.fold().decision(project, place)?)
    }

    /// Up to sixteen neighbouring nodes of a project's money tree, which only grows.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn decisions_group(
        &self,
        project: &Hash,
        level: u8,
        number: u64,
    ) -> Result<Vec<Hash>, AttributionError> {
        Ok(self.fold().decisions_group(project, level, number)?)
    }

    /// Up to sixteen neighbouring nodes of the tree of lines of a settlement.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn lines_group(
        &self,
        project: &Hash,
        of: (Currency, u64),
        level: u8,
        number: u64,
    ) -> Result<Vec<LineNode>, AttributionError> {
        Ok(self.fold().lines_group(project, of, level, number)?)
    }

    /// The did:key or alias of a contributor.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn contributor(&self, project: &Hash, who: &Hash) -> Result<Option<String>, AttributionError> {
        Ok(self.fold().contributor_view(project, who, AsOf::Now)?.map(|view| view.text))
    }

    /// The newest snapshot, if its totals are those of the newest mark: between a mark and its snapshot, which is
    /// short, there is none that can be read.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn snapshot(&self) -> Result<Option<Snapshot>, AttributionError> {
        let fold = self.fold();
        loop {
            let (mark, snapshot) = (fold.mark_view()?, fold.snapshot_view()?);
            // The state moves on beside this reading; a mark that is still the newest was not overtaken in between.
            if fold.mark_view()? == mark {
                let stated = mark.filter(|mark| mark.stated);
                return Ok(stated.zip(snapshot).map(|(mark, snapshot)| Snapshot { snapshot, mark }));
            }
        }
    }

    /// The newest mark, stated or not.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn mark(&self) -> Result<Option<MarkView>, AttributionError> {
        Ok(self.fold().mark_view()?)
    }

    /// Up to sixteen neighbouring nodes of a project's totals tree as of the newest mark (spec/totals.md §1).
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn totals_group(
        &self,
        project: &Hash,
        level: u8,
        number: u64,
    ) -> Result<Vec<total::SumNode>, AttributionError> {
        Ok(self.fold().totals_group(project, level, number)?)
    }

    /// Up to sixteen neighbouring nodes of the tree of projects as of the newest mark.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn projects_group(&self, level: u8, number: u64) -> Result<Vec<Hash>, AttributionError> {
        Ok(self.fold().projects_group(level, number)?)
    }

    /// What a project's leaf said at the newest mark, with its number.
    ///
    /// # Errors
    /// [`AttributionError`]
    pub fn project_at_mark(&self, project: &Hash) -> Result<Option<(u64, total::Project)>, AttributionError> {
        Ok(self.fold().project_at_mark(project)?)
    }

    /// A fold for reading: what it changes is never written.
    fn fold(&self) -> Fold<Overlay<Arc<Store>>> {
        Fold::new(Overlay::new(Arc::clone(&self.0.store)))
    }
}
