//! The writer's thread. The store has one writer, and this is it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::broadcast;

use super::round::Outcome;
use super::{Batch, Committed, Queue, QueueBounds};
use crate::fatal::{Fatal, FatalError};
use crate::mailbox::Mailbox;
use crate::publish::ToPublish;
use crate::store::{Store, StoreError};
use crate::tree::Frontier;

/// Most of one round. While it syncs, the next one gathers in the queue: rounds grow with the load, and with nothing
/// else waiting an entry waits for one sync.
const ROUND: QueueBounds = QueueBounds { entries: 4 * super::MAX_JOB, bytes: 16 << 20 };

pub(crate) struct Writer {
    pub(crate) store: Arc<Store>,
    pub(crate) frontier: Frontier,
    pub(crate) queue: Arc<Queue>,
    /// Heads for the publisher.
    pub(crate) heads: Arc<Mailbox<ToPublish>>,
    /// Rounds for whoever follows the log.
    pub(crate) followers: broadcast::Sender<Arc<Committed>>,
    /// The committed size, for readers.
    pub(crate) size: Arc<AtomicU64>,
    pub(crate) fatal: Fatal,
}

impl Writer {
    /// Works until the queue is closed and empty, or a write has failed.
    pub(crate) fn run(mut self) {
        let watch = self.fatal.watch("writer");
        while let Some(jobs) = self.queue.take(ROUND) {
            if let Err(error) = self.round(jobs) {
                // After a failed write or sync nobody knows what is on the disk but the disk: what the store holds is
                // read again by the next start. Nobody of the round is answered, and no other round follows.
                self.queue.fail();
                self.fatal.end(FatalError::Commit(error));
                break;
            }
        }
        self.heads.close();
        drop(watch);
    }

    fn round(&mut self, jobs: Vec<super::Job>) -> Result<(), StoreError> {
        let batch = Batch::form(&self.store, &self.frontier, jobs)?;
        let Outcome { frontier, committed, answers } = batch.commit(&self.store)?;
        self.frontier = frontier;
        // Before the answers: whoever has one finds the size at least as large.
        self.size.store(self.frontier.size(), Ordering::SeqCst);
        answers.send();
        if let Some(committed) = committed {
            if committed.ends_with_snapshot() {
                self.heads.put_registered(ToPublish { head: committed.head(), keep: true });
            } else {
                self.heads.put(ToPublish { head: committed.head(), keep: false });
            }
            // No receivers is fine.
            let _ = self.followers.send(Arc::new(committed));
        }
        Ok(())
    }
}
