//! Following the committed log.

use std::sync::Arc;
use std::time::Duration;

use lebombo_verifier::fold::{Effect, Fold};
use lebombo_verifier::{Hash, event};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::MissedTickBehavior;

use super::AttributionError;
use super::hold::Hold;
use super::keep::{Answered, Keeper};
use crate::sequence::Committed;
use crate::stated::keep_totals;
use crate::store::{Overlay, Store, WORTH_LOADING};

/// Entries read from the store at a time while catching up.
const PAGE: usize = 1_024;
/// Changed keys that are held back at most.
const MAX_PENDING: usize = 65_536;
/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(100);

pub(super) struct Follower {
    store: Arc<Store>,
    fold: Fold<Overlay<Arc<Store>>>,
    /// Indices of `ledger` events that had an effect and are not written yet.
    constitution: Vec<u64>,
    rounds: broadcast::Receiver<Arc<Committed>>,
    stop: Arc<Notify>,
    /// How many entries what is stored takes in.
    written: watch::Sender<u64>,
    keeping: Option<(Keeper, Hold)>,
}

/// Whether to go on.
enum Next {
    Wait,
    Stop,
}

/// What the follower waits for.
enum Happened {
    Stop,
    Round(Result<Arc<Committed>, RecvError>),
    Answered(Answered),
    /// A checkpoint was published.
    Published,
    Tick,
}

impl Follower {
    /// `rounds` must have been subscribed to before the store is read here, so that no round is missed between.
    pub(super) fn new(
        store: Arc<Store>,
        rounds: broadcast::Receiver<Arc<Committed>>,
        stop: Arc<Notify>,
        written: watch::Sender<u64>,
        keeper: Option<Keeper>,
    ) -> Self {
        let fold = Fold::new(Overlay::new(Arc::clone(&store)));
        let keeping = keeper.map(|keeper| {
            let hold = Hold::new(keeper.own());
            (keeper, hold)
        });
        Self { store, fold, constitution: Vec::new(), rounds, stop, written, keeping }
    }

    /// Follows until stopped, until the ledger is gone, or until a `ledger` event asks for rules that this build does not
    /// know.
    pub(super) fn run(mut self) -> Result<(), AttributionError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.map_err(AttributionError::Thread)?.block_on(self.follow())
    }

    /// On a thread of its own, with nothing else: what blocks here blocks nobody.
    async fn follow(&mut self) -> Result<(), AttributionError> {
        if matches!(self.catch_up()?, Next::Stop) {
            return Ok(());
        }
        if let Some((keeper, _)) = &mut self.keeping {
            keeper.begin(&self.store, &self.fold)?;
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let happened = tokio::select! {
                () = self.stop.notified() => Happened::Stop,
                round = self.rounds.recv() => Happened::Round(round),
                happened = kept(&mut self.keeping) => happened,
                _ = ticks.tick(), if self.keeping.is_some() => Happened::Tick,
            };
            let next = match happened {
                Happened::Stop | Happened::Round(Err(RecvError::Closed)) => return Ok(()),
                Happened::Round(Err(RecvError::Lagged(_))) => self.catch_up()?,
                Happened::Round(Ok(round)) => self.round(&round)?,
                Happened::Answered(answer) => {
                    if let Some((keeper, _)) = &mut self.keeping {
                        keeper.note(answer);
                    }
                    Next::Wait
                }
                Happened::Published => self.write()?,
                Happened::Tick => {
                    self.decide()?;
                    self.write()?
                }
            };
            if matches!(next, Next::Stop) {
                return Ok(());
            }
        }
    }

    /// Applies a round that was handed over, whose signatures were checked at admission.
    fn round(&mut self, round: &Committed) -> Result<Next, AttributionError> {
        let cursor = self.fold.size()?;
        if round.first_index() != cursor {
            // Either the store was ahead of this round already, or rounds are missing in between.
            return if round.size() <= cursor { Ok(Next::Wait) } else { self.catch_up() };
        }
        for (index, entry) in (cursor..).zip(round.entries()) {
            let effect = self.fold.apply(Ok(entry.event()))?;
            if let Next::Stop = self.applied(index, Some(&entry.id()), &effect)? {
                return Ok(Next::Stop);
            }
        }
        self.write()
    }

    /// Applies what is in the store, checking every entry anew.
    fn catch_up(&mut self) -> Result<Next, AttributionError> {
        loop {
            let entries = self.store.entries(self.fold.size()?, PAGE).map_err(AttributionError::Store)?;
            if entries.is_empty() {
                return Ok(Next::Wait);
            }
            for entry in entries {
                let checked = event::check(&entry.bytes);
                let effect = self.fold.apply(checked.as_ref())?;
                let id = checked.as_ref().ok().map(event::Event::id);
                if let Next::Stop = self.applied(entry.index, id.as_ref(), &effect)? {
                    return Ok(Next::Stop);
                }
            }
            self.write()?;
        }
    }

    /// What follows from an effect.
    fn applied(&mut self, index: u64, id: Option<&Hash>, effect: &Effect) -> Result<Next, AttributionError> {
        if let Effect::NeedsRules(version) = effect {
            tracing::error!(
                version,
                "this log needs rules version {version}, which this build does not know; totals stop here"
            );
            self.write_out()?;
            return Ok(Next::Stop);
        }
        if matches!(effect, Effect::Ledger) {
            self.constitution.push(index);
        }
        if let (Effect::Mark { .. }, Some(id)) = (effect, id) {
            // Before the state goes on: what is copied is what this mark froze. The lines of what it froze, which nothing
            // refers to yet, are written meanwhile; a crash leaves them, and they are written again, the same.
            let ahead = self.fold.state_mut().take_ahead(WORTH_LOADING);
            let (store, fold) = (&self.store, &self.fold);
            std::thread::scope(|scope| {
                let loading = (!ahead.is_empty()).then(|| scope.spawn(|| store.fold_load(ahead)));
                let kept = keep_totals(store, fold, id);
                if let Some(loading) = loading {
                    let loaded = loading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                    loaded.map_err(AttributionError::Store)?;
                }
                kept
            })?;
        }
        let mut is_own = false;
        if let Some((keeper, hold)) = &mut self.keeping {
            hold.applied(index, effect, keeper.states_marks());
            is_own = id.is_some_and(|id| keeper.applied(id, effect));
        }
        if is_own {
            // A snapshot follows its mark at once.
            self.decide()?;
        }
        if self.fold.state_mut().pending() >= MAX_PENDING { self.write_out() } else { Ok(Next::Wait) }
    }

    fn decide(&mut self) -> Result<(), AttributionError> {
        match &mut self.keeping {
            Some((keeper, _)) => keeper.decide(&self.fold),
            None => Ok(()),
        }
    }

    /// Writes, unless a mark is held back until its snapshot is there.
    fn write(&mut self) -> Result<Next, AttributionError> {
        let is_held = self.keeping.as_mut().is_some_and(|(_, hold)| hold.holds());
        if is_held { Ok(Next::Wait) } else { self.write_out() }
    }

    /// Writes changes and cursor in one batch, not synced.
    ///
    /// A crash leaves the totals of some earlier cursor, never a half of one, and never ahead of the log: the write-ahead
    /// log of the store keeps the order, and the entries counted here were synced before.
    fn write_out(&mut self) -> Result<Next, AttributionError> {
        let cursor = self.fold.size()?;
        let changes = self.fold.state_mut().take();
        if !changes.is_empty() {
            let constitution = std::mem::take(&mut self.constitution);
            self.store.fold_write(changes, &constitution, cursor).map_err(AttributionError::Store)?;
            self.written.send_replace(cursor);
        }
        Ok(Next::Wait)
    }
}

/// The answer to the own event that is on its way, or a checkpoint that the state is held back for.
async fn kept(keeping: &mut Option<(Keeper, Hold)>) -> Happened {
    match keeping {
        Some((keeper, hold)) => tokio::select! {
            answer = keeper.answered() => Happened::Answered(answer),
            () = hold.published() => Happened::Published,
        },
        None => std::future::pending().await,
    }
}
