//! Work on all cores, taken in order, with a bound on what waits.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

struct Shared<T> {
    /// The next number that a worker takes.
    next: u64,
    /// The number that the consumer waits for.
    wanted: u64,
    ready: BTreeMap<u64, T>,
    is_over: bool,
}

struct Line<T> {
    shared: Mutex<Shared<T>>,
    changed: Condvar,
    end: u64,
    window: u64,
}

impl<T> Line<T> {
    fn lock(&self) -> MutexGuard<'_, Shared<T>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next number, once it is within the window; `None` at the end.
    fn ticket(&self) -> Option<u64> {
        let mut shared = self.lock();
        loop {
            if shared.is_over || shared.next >= self.end {
                return None;
            }
            if shared.next < shared.wanted.saturating_add(self.window) {
                shared.next += 1;
                return Some(shared.next - 1);
            }
            shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The work on the number that is wanted; `None` at the end.
    fn take(&self) -> Option<(u64, T)> {
        let mut shared = self.lock();
        loop {
            let wanted = shared.wanted;
            if let Some(done) = shared.ready.remove(&wanted) {
                shared.wanted += 1;
                self.changed.notify_all();
                return Some((wanted, done));
            }
            if shared.is_over || wanted >= self.end {
                return None;
            }
            shared = self.changed.wait(shared).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }
}

/// Ends the line when its thread ends, also by a panic: nobody waits for work that never comes.
struct Finish<'a, T>(&'a Line<T>, bool);

impl<T> Drop for Finish<'_, T> {
    fn drop(&mut self) {
        if self.1 || std::thread::panicking() {
            self.0.finish();
        }
    }
}

/// Does `work` for each number of `range` on `threads` threads, and calls `take` on this one with the results in order,
/// until it breaks. At most `window` results are made ahead of what was taken.
pub(super) fn in_order<T: Send, B>(
    range: Range<u64>,
    threads: usize,
    window: usize,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(u64, T) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let line = Line {
        shared: Mutex::new(Shared {
            next: range.start,
            wanted: range.start,
            ready: BTreeMap::new(),
            is_over: false,
        }),
        changed: Condvar::new(),
        end: range.end,
        window: u64::try_from(window.max(1)).unwrap_or(u64::MAX),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let _finish = Finish(&line, false);
                while let Some(number) = line.ticket() {
                    let done = work(number);
                    line.lock().ready.insert(number, done);
                    line.changed.notify_all();
                }
            });
        }
        let _finish = Finish(&line, true);
        while let Some((number, done)) = line.take() {
            take(number, done)?;
        }
        ControlFlow::Continue(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_not_too_far_ahead() {
        for threads in [1, 2, 7] {
            let taken = AtomicU64::new(10);
            let work = |number: u64| {
                // Whoever works on it knows that all but a window of what came before was taken.
                assert!(number < taken.load(Ordering::SeqCst) + 4 + 1, "{number}");
                number * 2
            };
            let mut seen = Vec::new();
            let end = in_order(10..500, threads, 4, work, |number, done| {
                taken.store(number + 1, Ordering::SeqCst);
                seen.push((number, done));
                ControlFlow::<()>::Continue(())
            });
            assert!(end.is_continue());
            assert_eq!(seen, (10..500).map(|n| (n, n * 2)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn breaking_ends_it() {
        let end = in_order(
            0..u64::MAX,
            3,
            8,
            |n| n,
            |number, _| {
                if number == 100 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(end, ControlFlow::Break("enough"));
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        assert!(in_order(5..5, 2, 1, |n| n, |_, _| ControlFlow::Break(())).is_continue());
    }
}
