//! Hands the newest value from one thread to another; older ones that nobody fetched are replaced.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
struct Inner<T> {
    newest: Option<T>,
    closed: bool,
}

/// One slot with a bell.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    inner: Mutex<Inner<T>>,
    bell: Condvar,
}

impl<T> Mailbox<T> {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::new(Inner { newest: None, closed: false }), bell: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, value: T) {
        self.lock().newest = Some(value);
        self.bell.notify_one();
    }

    /// Waits for a value; `None` when closed and empty.
    pub(crate) fn take(&self) -> Option<T> {
        let mut inner = self.lock();
        loop {
            if let Some(value) = inner.newest.take() {
                return Some(value);
            }
            if inner.closed {
                return None;
            }
            inner = self.bell.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No more values will come; the last one can still be taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_one();
    }
}
