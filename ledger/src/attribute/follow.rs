//! Following the committed log.

use std::sync::Arc;

use lebombo_verifier::event;
use lebombo_verifier::fold::{Effect, Fold};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};

use super::AttributionError;
use super::state::StoreState;
use crate::sequence::Committed;
use crate::store::Store;

/// Entries read from the store at a time while catching up.
const PAGE: usize = 1_024;
/// Changed keys that are held back at most.
const MAX_PENDING: usize = 65_536;

pub(super) struct Follower {
    store: Arc<Store>,
    fold: Fold<StoreState>,
    rounds: broadcast::Receiver<Arc<Committed>>,
    stop: Arc<Notify>,
}

/// Whether to go on.
enum Next {
    Wait,
    Stop,
}

impl Follower {
    /// `rounds` must have been subscribed to before the store is read here, so that no round is missed between.
    pub(super) fn new(
        store: Arc<Store>,
        rounds: broadcast::Receiver<Arc<Committed>>,
        stop: Arc<Notify>,
    ) -> Self {
        let fold = Fold::new(StoreState::new(Arc::clone(&store)));
        Self { store, fold, rounds, stop }
    }

    /// Follows until stopped, until the ledger is gone, or until a `ledger` event asks for rules that this build does not
    /// know.
    pub(super) fn run(mut self) -> Result<(), AttributionError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().build().map_err(AttributionError::Thread)?;
        if matches!(self.catch_up()?, Next::Stop) {
            return Ok(());
        }
        loop {
            let stop = Arc::clone(&self.stop);
            let received = runtime.block_on(async {
                tokio::select! {
                    () = stop.notified() => None,
                    round = self.rounds.recv() => Some(round),
                }
            });
            let next = match received {
                None | Some(Err(RecvError::Closed)) => return Ok(()),
                Some(Err(RecvError::Lagged(_))) => self.catch_up()?,
                Some(Ok(round)) => self.round(&round)?,
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
        for entry in round.entries() {
            let effect = self.fold.apply(Ok(entry.event()))?;
            if let Next::Stop = needs(&effect) {
                self.write()?;
                return Ok(Next::Stop);
            }
        }
        self.write()?;
        Ok(Next::Wait)
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
                if let Next::Stop = needs(&effect) {
                    self.write()?;
                    return Ok(Next::Stop);
                }
                if self.fold.state_mut().pending() >= MAX_PENDING {
                    self.write()?;
                }
            }
            self.write()?;
        }
    }

    /// Writes changes and cursor in one batch, not synced.
    ///
    /// A crash leaves the totals of some earlier cursor, never a half of one, and never ahead of the log: the write-ahead
    /// log of the store keeps the order, and the entries counted here were synced before.
    fn write(&mut self) -> Result<(), AttributionError> {
        let cursor = self.fold.size()?;
        let changes = self.fold.state_mut().take();
        if changes.is_empty() {
            return Ok(());
        }
        self.store.fold_write(changes, cursor).map_err(AttributionError::Store)
    }
}

fn needs(effect: &Effect) -> Next {
    match effect {
        Effect::NeedsRules(version) => {
            tracing::error!(
                version,
                "this log needs rules version {version}, which this build does not know; totals stop here"
            );
            Next::Stop
        }
        _ => Next::Wait,
    }
}
