//! What every handler shares.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::config::HttpConfig;
use super::metrics::Metrics;
use super::problem::Problem;
use super::uploads::Senders;
use crate::attribute::Attribution;
use crate::ledger::Ledger;

/// Memory is counted in steps of this many bytes.
const STEP: usize = 1 << 10;

/// The server's state, shared by clones.
#[derive(Clone)]
pub(super) struct App(Arc<Shared>);

pub(super) struct Shared {
    pub(super) ledger: Ledger,
    pub(super) attribution: Attribution,
    pub(super) config: HttpConfig,
    pub(super) metrics: Metrics,
    /// Sizes of published checkpoints; ends when the server stops.
    pub(super) sizes: watch::Receiver<u64>,
    /// The OpenAPI document.
    pub(super) openapi: String,
    /// Requests without a body that may be worked on.
    pub(super) reads: Arc<Semaphore>,
    /// Requests with a body, once it is in, that may be worked on: they never take the place of reads.
    pub(super) uploads: Arc<Semaphore>,
    /// Who is sending.
    pub(super) senders: Arc<Senders>,
    /// Followers of the log.
    pub(super) followers: Arc<Semaphore>,
    /// Batches that are checked at a time: as many as there are cores, so that reading goes on beside them.
    pub(super) checks: Arc<Semaphore>,
    /// Payslips that are made at a time: as many as there are cores, as each may read and hold tens of thousands of credits.
    pub(super) payslips: Arc<Semaphore>,
    /// Memory for bodies and large answers, in steps.
    memory: Arc<Semaphore>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(super) fn new(
        ledger: Ledger,
        attribution: Attribution,
        config: HttpConfig,
        sizes: watch::Receiver<u64>,
        openapi: String,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Shared {
            reads: semaphore(config.max_requests),
            uploads: semaphore(config.max_requests),
            senders: Arc::default(),
            followers: semaphore(config.max_followers),
            checks: semaphore(cores),
            payslips: semaphore(cores),
            memory: semaphore(config.max_buffered / STEP),
            metrics: Metrics::default(),
            ledger,
            attribution,
            config,
            sizes,
            openapi,
        }))
    }

    /// Room for `bytes` more, until the permit is dropped.
    pub(super) fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let steps = u32::try_from(bytes.div_ceil(STEP)).unwrap_or(u32::MAX);
        Arc::clone(&self.memory).try_acquire_many_owned(steps).map_err(|_| overloaded())
    }

    /// Lets a permit hold room for `bytes` in all.
    pub(super) fn grow(&self, permit: &mut OwnedSemaphorePermit, bytes: usize) -> Result<(), Problem> {
        let held = permit.num_permits() * STEP;
        if bytes > held {
            permit.merge(self.reserve(bytes - held)?);
        }
        Ok(())
    }

    /// Runs what blocks or computes on a thread where that hurts nobody.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.clone();
        tokio::task::spawn_blocking(move || work(&app)).await.unwrap_or_else(|error| {
            // Not for the sender: the panic has been printed where it happened.
            tracing::error!(%error, "a request panicked");
            Err(Problem::new(
                axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "the ledger failed; its operator's log says why",
            ))
        })
    }
}

/// Too many requests or too much memory at once.
pub(super) fn overloaded() -> Problem {
    Problem::unavailable("overloaded", "too much is being asked at once; try again in a second")
}
