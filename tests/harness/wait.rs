//! Waiting for a condition, with a limit. The only place of the tests that reads a clock.

use std::thread;
use std::time::{Duration, Instant};

/// Longest that anything is waited for.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A point in time to measure from.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have to give up some day, and print how long things take"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Asks again and again until there is an answer; panics after [`LIMIT`].
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < LIMIT, "waited {LIMIT:?} for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
