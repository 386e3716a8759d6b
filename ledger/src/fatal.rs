//! What can not be survived: the process ends and starts again through recovery, which is the normal path.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::publish::PublishError;
use crate::store::StoreError;

/// Why the process has to end.
#[derive(Debug, thiserror::Error)]
pub enum FatalError {
    /// A round could not be written or synced.
    #[error("a round could not be committed: {0}")]
    Commit(StoreError),
    /// A checkpoint could not be signed or kept.
    #[error("a checkpoint could not be published: {0}")]
    Publish(PublishError),
    /// A thread of the ledger has panicked.
    #[error("the {0} thread panicked")]
    Panicked(&'static str),
}

/// What is done about it. In production it does not return.
pub type FatalAction = Arc<dyn Fn(&FatalError) + Send + Sync>;

/// Says why on the log and aborts: no destructor runs, nothing more is written, nobody is answered.
pub fn abort_process() -> FatalAction {
    Arc::new(|error| {
        tracing::error!(%error, "the ledger can not go on and ends; it recovers when it is started again");
        std::process::abort()
    })
}

/// The action, and whether it was taken.
#[derive(Clone)]
pub(crate) struct Fatal {
    action: FatalAction,
    failed: Arc<AtomicBool>,
}

impl fmt::Debug for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fatal").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Fatal {
    pub(crate) fn new(action: FatalAction) -> Self {
        Self { action, failed: Arc::new(AtomicBool::new(false)) }
    }

    pub(crate) fn end(&self, error: FatalError) {
        self.failed.store(true, Ordering::SeqCst);
        (self.action)(&error);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Held by a thread for as long as it works: if it panics, the process ends too, and does not live on without it.
    pub(crate) fn watch(&self, thread: &'static str) -> Watch {
        Watch { fatal: self.clone(), thread }
    }
}

pub(crate) struct Watch {
    fatal: Fatal,
    thread: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fatal.end(FatalError::Panicked(self.thread));
        }
    }
}
