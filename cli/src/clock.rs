//! The only place where the program reads the clock, draws random bytes or waits.
//!
//! Everything else takes a time, bytes or a pause as an argument, so that tests need neither luck nor patience.

use std::time::{Duration, SystemTime};

/// Milliseconds since 1970-01-01T00:00:00Z; 0 on a machine whose clock stands before that.
pub(crate) fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "this is the clock module")]
    let now = SystemTime::now();
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Today in this machine's time zone, as `YYYY-MM-DD`: what a person means by "today".
pub(crate) fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// Fills `out` from the operating system's generator.
///
/// # Errors
/// [`NoRandomness`] when the operating system has none to give.
pub(crate) fn fill(out: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(out).map_err(|_| NoRandomness)
}

/// `N` random bytes.
///
/// # Errors
/// [`NoRandomness`] when the operating system has none to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

/// Waits.
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes; nothing was written")]
pub(crate) struct NoRandomness;

impl lebombo_verifier::Code for NoRandomness {
    fn code(&self) -> &'static str {
        "no-randomness"
    }
}

/// Now, UTC, to the second.
pub(crate) fn utc() -> jiff::civil::DateTime {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
    now.with().subsec_nanosecond(0).build().unwrap_or(now)
}
