//! Time and randomness, the two inputs that are not bytes: injected everywhere, read from the machine only here.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lebombo_verifier::Code;
use lebombo_verifier::event::Day;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A wall clock.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z. May stand still or step back when the machine's clock is set.
    fn now_unix_ms(&self) -> u64;

    /// Milliseconds since some moment before: for intervals. Never steps back, whatever the machine's clock is set to.
    fn monotonic_ms(&self) -> u64 {
        machine_monotonic_ms()
    }
}

/// The day (UTC) that a clock shows; `None` after 9999-12-31.
pub(crate) fn today(clock: &dyn Clock) -> Option<Day> {
    u32::try_from(clock.now_unix_ms() / DAY_MS).ok().and_then(Day::from_number)
}

/// Since the first call.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine_monotonic_ms() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let start = *START;
    u64::try_from(Instant::now().saturating_duration_since(start).as_millis()).unwrap_or(u64::MAX)
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now_unix_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug, Default)]
pub struct ManualClock {
    wall: AtomicU64,
    /// How far it was moved forward in all.
    passed: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at `unix_ms`.
    pub fn at(unix_ms: u64) -> Self {
        Self { wall: AtomicU64::new(unix_ms), passed: AtomicU64::new(0) }
    }

    /// Moves the clock forward: time passes.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.passed.fetch_add(ms, Ordering::SeqCst);
        self.wall.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the clock, back too, as somebody sets a machine's clock: no time passes.
    pub fn set(&self, unix_ms: u64) {
        self.wall.store(unix_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_unix_ms(&self) -> u64 {
        self.wall.load(Ordering::SeqCst)
    }

    fn monotonic_ms(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }
}

/// Most bytes of a clock file: twenty digits and white space.
const MAX_CLOCK_FILE: u64 = 64;
/// 9999-12-31T23:59:59Z.
const MAX_SECONDS: u64 = 253_402_300_799;

/// Why a clock file can not be used.
#[derive(Debug, thiserror::Error)]
pub enum ClockFileError {
    /// It could not be read.
    #[error("the clock file {path} can not be read: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// It holds something else.
    #[error(
        "the clock file {path} does not hold seconds since 1970 in decimal digits, at most {MAX_SECONDS}, and nothing else"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

impl Code for ClockFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "clock-file-unreadable",
            Self::Malformed { .. } => "clock-file-malformed",
        }
    }
}

/// A clock that is set by hand, for tests and demonstrations: a file holds seconds since 1970 and is read each time.
///
/// Intervals are measured by the machine all the same: a clock that stands still stops no day's work.
#[derive(Debug)]
pub struct FileClock {
    path: PathBuf,
    /// What was read last, in milliseconds.
    last: AtomicU64,
    /// The file could not be used when it was read last; said once.
    failing: AtomicBool,
}

impl FileClock {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// [`ClockFileError`]
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ClockFileError> {
        let path = path.into();
        let last = AtomicU64::new(read_clock_file(&path)?);
        Ok(Self { path, last, failing: AtomicBool::new(false) })
    }
}

impl Clock for FileClock {
    fn now_unix_ms(&self) -> u64 {
        match read_clock_file(&self.path) {
            Ok(now) => {
                self.failing.store(false, Ordering::Relaxed);
                self.last.store(now, Ordering::SeqCst);
                now
            }
            Err(error) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(code = error.code(), "{error}; the clock stands still until it can be");
                }
                self.last.load(Ordering::SeqCst)
            }
        }
    }
}

fn read_clock_file(path: &Path) -> Result<u64, ClockFileError> {
    let io = |error| ClockFileError::Io { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(MAX_CLOCK_FILE + 1).read_to_end(&mut bytes).map_err(io)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() as u64 <= MAX_CLOCK_FILE);
    let digits = text.map(str::trim).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = digits.and_then(|text| text.parse::<u64>().ok()).filter(|seconds| *seconds <= MAX_SECONDS);
    // At most 2.6 · 10^14.
    seconds.map(|seconds| seconds * 1_000).ok_or_else(|| ClockFileError::Malformed { path: path.to_owned() })
}

/// The machine's randomness could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoEntropy(#[source] getrandom::Error);

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` entirely.
    ///
    /// # Errors
    /// [`NoEntropy`] when the source can not be read; nothing in `bytes` may then be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The operating system's generator.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(NoEntropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_file_is_read_anew_and_its_last_value_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clock");
        let code = || FileClock::open(&path).unwrap_err().code();
        assert_eq!(code(), "clock-file-unreadable");
        for bad in ["", " ", "-1", "1.5", "x", "1 2", "253402300800", "99999999999999999999", &"1".repeat(65)]
        {
            std::fs::write(&path, bad).unwrap();
            assert_eq!(code(), "clock-file-malformed", "{bad:?}");
        }
        std::fs::write(&path, "1784700000\n").unwrap();
        let clock = FileClock::open(&path).unwrap();
        assert_eq!(clock.now_unix_ms(), 1_784_700_000_000);
        assert_eq!(today(&clock), Day::parse("2026-07-22"));
        std::fs::write(&path, "1784786400").unwrap();
        assert_eq!(today(&clock), Day::parse("2026-07-23"));
        for lost in [Some("soon"), None] {
            match lost {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(clock.now_unix_ms(), 1_784_786_400_000);
        }
        std::fs::write(&path, "0").unwrap();
        assert_eq!(today(&clock), Some(Day::FIRST));
        std::fs::write(&path, "253402300799").unwrap();
        assert_eq!(today(&clock).map(|day| day.to_string()).as_deref(), Some("9999-12-31"));
    }

    #[test]
    fn a_clock_that_is_set_back_takes_no_time_back() {
        let clock = ManualClock::at(5_000);
        clock.advance(Duration::from_secs(1));
        clock.set(0);
        assert_eq!((clock.now_unix_ms(), clock.monotonic_ms()), (0, 1_000));
    }
}
