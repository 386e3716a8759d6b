//! Keeping the log: its days, and the marks and snapshots of its totals.
//!
//! One own event is on its way at a time, and the next is decided only when the fold has applied it; so what is decided
//! rests on all own events before it. Nothing here waits: the log is never held up, and a full queue is tried again.

use std::sync::Arc;
use std::time::Duration;

use lebombo_verifier::event::{Body, Day, Snapshot};
use lebombo_verifier::fold::{Effect, Fold, Void};
use lebombo_verifier::{Code, Hash};
use tokio::sync::oneshot;

use super::AttributionError;
use crate::clock::today;
use crate::own::{OwnEventError, OwnEvents, Queued};
use crate::sequence::{Logged, SubmitError};
use crate::store::{Overlay, Store};

/// After an own event that came to nothing, milliseconds until the next attempt.
const AFTER_VOID_MS: u64 = 60_000;

/// Which of the ledger's own events are logged: `day` always, when a day has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// A mark and a snapshot at most once in this time, while there are changes; `None`: never.
    pub snapshot_interval: Option<Duration>,
}

impl Default for Keeping {
    /// A snapshot a minute.
    fn default() -> Self {
        Self { snapshot_interval: Some(Duration::from_secs(60)) }
    }
}

/// The own event that is on its way.
#[derive(Debug)]
struct Underway {
    id: Hash,
    kind: &'static str,
    /// Until it was answered.
    answer: Option<oneshot::Receiver<Result<Vec<Logged>, SubmitError>>>,
}

/// What became of the event that is on its way.
#[derive(Debug)]
pub(super) struct Answered(Result<Vec<Logged>, SubmitError>);

#[derive(Debug)]
pub(super) struct Keeper {
    own: Arc<OwnEvents>,
    interval_ms: Option<u64>,
    underway: Option<Underway>,
    /// When the last mark was queued.
    marked_at: Option<u64>,
    /// The size of the log at which nothing had changed since the newest mark.
    unchanged_at: Option<u64>,
    /// Marks even where nothing has changed: the last snapshot has no checkpoint of its own.
    owes_snapshot: bool,
    /// The mark whose snapshot was queued last. There is no second attempt: what made the first one void, which should
    /// not happen, would make the second one void.
    tried: Option<Hash>,
    /// Nothing is logged before this moment.
    not_before: u64,
    /// Nothing is logged any more.
    has_ended: bool,
}

impl Keeper {
    pub(super) fn new(own: Arc<OwnEvents>, keeping: Keeping) -> Self {
        let millis = |interval: Duration| u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        Self {
            own,
            interval_ms: keeping.snapshot_interval.map(millis),
            underway: None,
            marked_at: None,
            unchanged_at: None,
            owes_snapshot: false,
            tried: None,
            not_before: 0,
            has_ended: false,
        }
    }

    pub(super) fn own(&self) -> &OwnEvents {
        &self.own
    }

    /// Whether a snapshot of a mark that was just applied is to be expected.
    pub(super) fn states_marks(&self) -> bool {
        self.interval_ms.is_some() && !self.has_ended
    }

    /// Called once the fold has come to the end of what was there when the ledger was opened. The last snapshot should
    /// then have a checkpoint of exactly its size; where a larger one was signed first, none can be made any more.
    pub(super) fn begin(
        &mut self,
        store: &Store,
        fold: &Fold<Overlay<Arc<Store>>>,
    ) -> Result<(), AttributionError> {
        if fold.ledger_key()?.is_some_and(|key| key != *self.own.key.did().key()) {
            tracing::error!(
                "the log has another ledger key by now than the one in the keys folder: no days or snapshots"
            );
            self.end();
        }
        let Some(snapshot) = fold.snapshot_view()?.filter(|_| self.interval_ms.is_some()) else {
            return Ok(());
        };
        let size = snapshot.index + 1;
        if store.kept_checkpoint(size).map_err(AttributionError::Store)?.is_none() {
            tracing::warn!(
                size,
                "a larger checkpoint was signed than that of the last snapshot, which is not there; the ledger logs a \
                 new mark and a new snapshot"
            );
            self.owes_snapshot = true;
        }
        Ok(())
    }

    /// Takes note of an applied event. Whether it was the one that was on its way.
    pub(super) fn applied(&mut self, id: &Hash, effect: &Effect) -> bool {
        let Some(Underway { kind, .. }) = self.underway.take_if(|underway| underway.id == *id) else {
            return false;
        };
        if let Effect::Void(void) = effect {
            self.voided(kind, *void);
        } else if matches!(effect, Effect::Snapshot) {
            self.owes_snapshot = false;
        }
        true
    }

    fn voided(&mut self, kind: &str, void: Void) {
        tracing::error!(code = void.code(), kind, "an event of the ledger's own is void: {void}");
        match void {
            Void::LogClosed | Void::NotLedgerKey | Void::NoLedger => self.end(),
            _ => self.not_before = self.own.clock.monotonic_ms().saturating_add(AFTER_VOID_MS),
        }
    }

    fn end(&mut self) {
        self.has_ended = true;
        self.underway = None;
    }

    /// Resolves when the event that is on its way is answered; never where there is none.
    pub(super) async fn answered(&mut self) -> Answered {
        let answer = self.underway.as_mut().and_then(|underway| underway.answer.as_mut());
        match answer {
            // The writer is gone with its jobs.
            Some(answer) => Answered(answer.await.unwrap_or(Err(SubmitError::OutcomeUnknown))),
            None => std::future::pending().await,
        }
    }

    /// Takes note of an answer. Of an event that was logged the effect is still to come.
    pub(super) fn note(&mut self, Answered(answer): Answered) {
        match answer {
            Ok(_) => {
                if let Some(underway) = &mut self.underway {
                    underway.answer = None;
                }
            }
            Err(error) => {
                self.underway = None;
                self.refused(error);
            }
        }
    }

    fn refused(&mut self, error: SubmitError) {
        match error {
            // Tried again at the next occasion.
            SubmitError::Busy { .. } => {}
            // The next start goes on from the log.
            SubmitError::Stopping | SubmitError::OutcomeUnknown => self.end(),
            SubmitError::LogFull | SubmitError::JobTooLarge { .. } => {
                tracing::error!(code = error.code(), "the ledger's own events can not be logged: {error}");
                self.end();
            }
        }
    }

    /// Queues the next own event, if one is due.
    pub(super) fn decide(&mut self, fold: &Fold<Overlay<Arc<Store>>>) -> Result<(), AttributionError> {
        let now = self.own.clock.monotonic_ms();
        if self.has_ended || self.underway.is_some() || now < self.not_before {
            return Ok(());
        }
        let Some(day) = fold.day()? else { return Ok(()) };
        let unstated = fold.mark_view()?.filter(|mark| !mark.stated && self.tried != Some(mark.id));
        if let Some(mark) = unstated.filter(|_| self.interval_ms.is_some()) {
            let previous = fold.snapshot_view()?.map(|snapshot| snapshot.id);
            let body = Snapshot { mark: mark.id, previous, projects: mark.projects, root: mark.root };
            if self.submit(Body::Snapshot(body), mark.day) {
                self.tried = Some(mark.id);
            }
        } else if let Some(today) = today(&*self.own.clock).filter(|today| *today > day) {
            // A day that has come belongs before the mark.
            self.submit(Body::Day, today);
        } else if self.mark_is_due(now)
            && (self.owes_snapshot || self.has_changes(fold)?)
            && self.submit(Body::Mark, day)
        {
            self.marked_at = Some(now);
        }
        Ok(())
    }

    /// Asked again only when something was applied since: while nothing happens this costs nothing.
    fn has_changes(&mut self, fold: &Fold<Overlay<Arc<Store>>>) -> Result<bool, AttributionError> {
        let size = fold.size()?;
        if self.unchanged_at == Some(size) {
            return Ok(false);
        }
        let has_changes = fold.has_changes()?;
        self.unchanged_at = (!has_changes).then_some(size);
        Ok(has_changes)
    }

    fn mark_is_due(&self, now: u64) -> bool {
        self.interval_ms
            .is_some_and(|interval| self.marked_at.is_none_or(|at| now.saturating_sub(at) >= interval))
    }

    /// Whether the event is in the queue.
    fn submit(&mut self, body: Body, date: Day) -> bool {
        let kind = body.kind();
        match self.own.submit(body, date) {
            Ok(Queued { id, answer }) => {
                self.underway = Some(Underway { id, kind, answer: Some(answer) });
                true
            }
            Err(OwnEventError::Submit(error)) => {
                self.refused(error);
                false
            }
            Err(error) => {
                tracing::error!(kind, "an event of the ledger's own could not be made: {error}");
                self.not_before = self.own.clock.monotonic_ms().saturating_add(AFTER_VOID_MS);
                false
            }
        }
    }
}
