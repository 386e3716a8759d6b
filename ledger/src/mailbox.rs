//! Hands the newest value from one thread to another; older ones that nobody fetched are replaced, but for those that
//! have to arrive.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
struct Inner<T> {
    /// Each of these arrives, in order, before `newest`, which came after them all.
    registered: VecDeque<T>,
    newest: Option<T>,
    closed: bool,
}

/// One slot with a bell, and a queue before it.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    inner: Mutex<Inner<T>>,
    bell: Condvar,
}

impl<T> Mailbox<T> {
    pub(crate) fn new() -> Self {
        let inner = Inner { registered: VecDeque::new(), newest: None, closed: false };
        Self { inner: Mutex::new(inner), bell: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value that a later one may replace.
    pub(crate) fn put(&self, value: T) {
        self.lock().newest = Some(value);
        self.bell.notify_one();
    }

    /// A value that replaces what was put before, and that nothing replaces. There should be few of these: their number
    /// has no bound here.
    pub(crate) fn put_registered(&self, value: T) {
        let mut inner = self.lock();
        inner.newest = None;
        inner.registered.push_back(value);
        drop(inner);
        self.bell.notify_one();
    }

    /// Waits for a value; `None` when closed and empty.
    pub(crate) fn take(&self) -> Option<T> {
        let mut inner = self.lock();
        loop {
            if let Some(value) = inner.registered.pop_front() {
                return Some(value);
            }
            if let Some(value) = inner.newest.take() {
                return Some(value);
            }
            if inner.closed {
                return None;
            }
            inner = self.bell.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No more values will come; those that are there can still be taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_replaces_what_may_be_replaced() {
        let mailbox = Mailbox::new();
        mailbox.put(1);
        mailbox.put(2);
        mailbox.put_registered(3);
        mailbox.put(4);
        mailbox.put_registered(5);
        mailbox.put(6);
        mailbox.put(7);
        mailbox.close();
        assert_eq!(std::iter::from_fn(|| mailbox.take()).collect::<Vec<_>>(), [3, 5, 7]);
    }
}
