//! Holding the state back between a mark and its snapshot.
//!
//! What is stored is what others read. It is not to show totals that are frozen at a mark while the snapshot that states
//! them, or that snapshot's checkpoint, is still to come; so from a mark on nothing is written until both are there, but
//! not for long.

use std::sync::Arc;

use lebombo_verifier::fold::Effect;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::own::OwnEvents;

/// Longest time to hold, in milliseconds: then the log is in trouble, and readers do not wait for it.
const LONGEST_MS: u64 = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Nothing is held.
    Now,
    /// The newest mark was stated.
    Stated { since: u64 },
    /// A checkpoint of this size was published.
    Published { size: u64, since: u64 },
}

pub(super) struct Hold {
    clock: Arc<dyn Clock>,
    sizes: watch::Receiver<u64>,
    until: Until,
}

impl Hold {
    pub(super) fn new(own: &OwnEvents) -> Self {
        Self { clock: Arc::clone(&own.clock), sizes: own.sizes(), until: Until::Now }
    }

    /// Takes note of what the entry at `index` did. `states_marks`: a snapshot can be expected.
    pub(super) fn applied(&mut self, index: u64, effect: &Effect, states_marks: bool) {
        let since = match self.until {
            Until::Now => self.clock.monotonic_ms(),
            Until::Stated { since } | Until::Published { since, .. } => since,
        };
        match effect {
            Effect::Mark { .. } if states_marks => self.until = Until::Stated { since },
            Effect::Snapshot if self.until != Until::Now => {
                self.until = Until::Published { size: index + 1, since };
            }
            _ => {}
        }
    }

    /// Whether nothing is to be written yet.
    pub(super) fn holds(&mut self) -> bool {
        let since = match self.until {
            Until::Now => return false,
            Until::Published { size, .. } if *self.sizes.borrow() >= size => {
                self.until = Until::Now;
                return false;
            }
            Until::Stated { since } | Until::Published { since, .. } => since,
        };
        if self.clock.monotonic_ms().saturating_sub(since) < LONGEST_MS {
            return true;
        }
        tracing::warn!("the snapshot of the newest mark takes long; totals are shown without it");
        self.until = Until::Now;
        false
    }

    /// Resolves when another checkpoint was published, while one is waited for.
    pub(super) async fn published(&mut self) {
        let is_gone = match self.until {
            Until::Published { .. } => self.sizes.changed().await.is_err(),
            _ => true,
        };
        if is_gone {
            std::future::pending().await
        }
    }
}
