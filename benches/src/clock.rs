//! The stopwatch: the one place here that reads the machine's clock.

use std::time::{Duration, Instant};

use crate::rate::Rate;

/// A running stopwatch.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures time, and does so only here")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds since the start, at least 1.
    pub fn nanos(&self) -> u64 {
        nanos(self.0.elapsed())
    }
}

/// Runs `work` once over `items` items. What it makes is let go of when the clock has stopped.
pub fn time<T>(items: usize, work: impl FnOnce() -> T) -> Rate {
    let watch = Stopwatch::start();
    let made = std::hint::black_box(work());
    let rate = Rate::new(items, watch.nanos());
    drop(made);
    rate
}

/// The middle one of `rounds` runs of `work` over `items` items. With an even number the slower of the two.
pub fn median<T>(rounds: usize, items: usize, mut work: impl FnMut() -> T) -> Rate {
    Rate::median((0..rounds.max(1)).map(|_| time(items, &mut work)).collect())
}

/// Makes each of these, and nothing out of them.
pub fn make<T>(things: impl Iterator<Item = T>) {
    things.for_each(|thing| drop(std::hint::black_box(thing)));
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// Waits until the process does nothing any more, a minute at most; whether it came to that.
pub fn rest() -> bool {
    for _ in 0..120 {
        let before = ticks();
        std::thread::sleep(Duration::from_millis(500));
        // Of 10 ms each: looking is work too.
        if ticks() - before <= 2 {
            return true;
        }
    }
    false
}

/// How long all threads together have worked.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may have spaces in it: user and system time are the 12th and the 13th.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
