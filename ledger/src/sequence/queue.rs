//! What waits for the writer: bounded, and closed from either end.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Logged, MAX_JOB, SubmitError};
use crate::admit::Admitted;

/// Entries that are answered together.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) entries: Vec<Admitted>,
    pub(crate) answer: oneshot::Sender<Result<Vec<Logged>, SubmitError>>,
}

impl Job {
    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.bytes().len()).sum()
    }

    /// Nothing comes after it in its round: its last entry is a snapshot, and gets a checkpoint of exactly its size.
    fn ends_round(&self) -> bool {
        self.entries.last().is_some_and(Admitted::is_snapshot)
    }
}

/// How much may wait before senders are told to come back later. One job always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueBounds {
    /// Entries.
    pub entries: usize,
    /// Bytes of entries.
    pub bytes: usize,
}

impl Default for QueueBounds {
    /// 32,768 entries and 64 MiB.
    fn default() -> Self {
        Self { entries: 8 * MAX_JOB, bytes: 64 << 20 }
    }
}

/// What senders who find the queue full are told to wait: the time of a few rounds.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Takes nothing new; what waits is still taken out.
    Closed,
    /// The writer has failed: nothing goes in or out.
    Failed,
}

#[derive(Debug)]
struct Inner {
    jobs: VecDeque<Job>,
    entries: usize,
    bytes: usize,
    phase: Phase,
}

/// A bounded queue of jobs with many senders and one taker.
#[derive(Debug)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    /// Signalled when a job or the end has come.
    filled: Condvar,
    bounds: QueueBounds,
}

impl Queue {
    pub(crate) fn new(bounds: QueueBounds) -> Self {
        let inner = Inner { jobs: VecDeque::new(), entries: 0, bytes: 0, phase: Phase::Open };
        Self { inner: Mutex::new(inner), filled: Condvar::new(), bounds }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code that holds the lock can leave the queue half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job at the end.
    ///
    /// # Errors
    /// The job stays out when it is too large, the queue is full, or the ledger is stopping.
    pub(crate) fn push(&self, job: Job) -> Result<(), SubmitError> {
        let (entries, bytes) = (job.entries.len(), job.bytes());
        if entries > MAX_JOB {
            return Err(SubmitError::JobTooLarge { entries });
        }
        let mut inner = self.lock();
        if inner.phase != Phase::Open {
            return Err(SubmitError::Stopping);
        }
        let full = inner.entries + entries > self.bounds.entries || inner.bytes + bytes > self.bounds.bytes;
        if full && !inner.jobs.is_empty() {
            return Err(SubmitError::Busy { retry_after: RETRY_AFTER });
        }
        inner.entries += entries;
        inner.bytes += bytes;
        inner.jobs.push_back(job);
        drop(inner);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for jobs and takes as many whole ones as fit, but at least one, and none after one that ends its round.
    /// `None` when closed and empty.
    pub(crate) fn take(&self, most: QueueBounds) -> Option<Vec<Job>> {
        let mut inner = self.lock();
        while inner.jobs.is_empty() && inner.phase == Phase::Open {
            inner = self.filled.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        let mut taken = Vec::new();
        let (mut entries, mut bytes) = (0, 0);
        let mut ended = false;
        while !ended
            && let Some((job_entries, job_bytes)) =
                inner.jobs.front().map(|job| (job.entries.len(), job.bytes()))
        {
            if !taken.is_empty() && (entries + job_entries > most.entries || bytes + job_bytes > most.bytes) {
                break;
            }
            entries += job_entries;
            bytes += job_bytes;
            let job = inner.jobs.pop_front();
            ended = job.as_ref().is_some_and(Job::ends_round);
            taken.extend(job);
        }
        inner.entries -= entries;
        inner.bytes -= bytes;
        (!taken.is_empty()).then_some(taken)
    }

    /// Refuses new jobs; those that wait are still taken.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        if inner.phase == Phase::Open {
            inner.phase = Phase::Closed;
        }
        drop(inner);
        self.filled.notify_one();
    }

    /// Refuses new jobs and drops those that wait, unanswered.
    pub(crate) fn fail(&self) {
        let dropped = {
            let mut inner = self.lock();
            inner.phase = Phase::Failed;
            inner.entries = 0;
            inner.bytes = 0;
            std::mem::take(&mut inner.jobs)
        };
        drop(dropped);
        self.filled.notify_one();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().phase == Phase::Open
    }

    /// Waiting entries and bytes.
    pub(crate) fn load(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.entries, inner.bytes)
    }
}
