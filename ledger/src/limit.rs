//! How much one key or one address may send.
//!
//! Memory is bounded whatever is sent: a key or address falls into one of [`SLOTS`] slots by a hash under a random
//! seed, and those that share a slot share its allowance. Nobody outside can tell or choose whom they meet.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// Slots of one limiter.
const SLOTS: u64 = 1 << 16;

/// A rate with a burst, in entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Entries a second, in the long run.
    pub per_second: NonZeroU32,
    /// Entries at once, after a pause.
    pub burst: NonZeroU32,
}

/// The limits of a ledger; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// For each signing key: the first of an event's signers pays for it.
    pub per_key: Option<Rate>,
    /// For each address; of IPv6 the first 64 bits. What is sent to be logged and what is sent to be checked have an
    /// allowance each.
    pub per_address: Option<Rate>,
}

/// What an allowance had left for those who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// Entries that may go on: the first so many of those that were asked for.
    pub entries: usize,
    /// When there is allowance for the next one; zero where all may go on.
    pub retry_after: Duration,
}

/// Governor's view of the injected clock: time since 1970.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now_unix_ms())
    }
}

/// One limit for many keys or addresses.
pub(crate) struct Limiter {
    slots: RateLimiter<u64, HashMapStateStore<u64>, Ticks, NoOpMiddleware<Duration>>,
    seed: RandomState,
    clock: Ticks,
    burst: NonZeroU32,
}

impl Limiter {
    pub(crate) fn new(rate: Rate, clock: Arc<dyn Clock>) -> Self {
        let clock = Ticks(clock);
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Self {
            slots: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            seed: RandomState::new(),
            clock,
            burst: rate.burst,
        }
    }

    /// Takes one entry from the allowance of `who`.
    ///
    /// # Errors
    /// How long to wait, if there is none left.
    pub(crate) fn take(&self, who: impl Hash) -> Result<(), Duration> {
        self.take_n(self.slot(who), NonZeroU32::MIN)
    }

    /// Takes as much as there is, at most `entries`, from the allowance of `who`: of more than a burst never more than
    /// what there is of that burst.
    pub(crate) fn take_up_to(&self, who: impl Hash, entries: usize) -> Granted {
        let slot = self.slot(who);
        let mut left = u32::try_from(entries).unwrap_or(u32::MAX);
        let mut granted = Granted { entries: 0, retry_after: Duration::ZERO };
        // An amount is taken whole or not at all: it is halved until what is left of the allowance is less than one.
        let mut step = left.min(self.burst.get());
        while let Some(amount) = NonZeroU32::new(step.min(left)) {
            match self.take_n(slot, amount) {
                Ok(()) => {
                    // At most `entries` in all.
                    granted.entries += amount.get() as usize;
                    left -= amount.get();
                }
                Err(retry_after) => {
                    granted.retry_after = retry_after;
                    step = amount.get() / 2;
                }
            }
        }
        if left == 0 {
            granted.retry_after = Duration::ZERO;
        }
        granted
    }

    fn slot(&self, who: impl Hash) -> u64 {
        self.seed.hash_one(who) % SLOTS
    }

    fn take_n(&self, slot: u64, entries: NonZeroU32) -> Result<(), Duration> {
        match self.slots.check_key_n(&slot, entries) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(later)) => Err(later.wait_time_from(self.clock.now())),
            // Not reached: nobody asks for more than a burst at once.
            Err(_) => Err(Duration::from_secs(1)),
        }
    }
}

/// What of an address identifies a sender: an IPv4 address, or the network part of an IPv6 address.
pub(crate) fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate { per_second: NonZeroU32::new(per_second).unwrap(), burst: NonZeroU32::new(burst).unwrap() }
    }

    #[test]
    fn a_burst_then_the_rate() {
        let clock = Arc::new(ManualClock::at(1_000));
        let limiter = Limiter::new(rate(2, 3), clock.clone());
        for _ in 0..3 {
            limiter.take("a").unwrap();
        }
        assert_eq!(limiter.take("a").unwrap_err(), Duration::from_millis(500));
        limiter.take("b").unwrap();
        clock.advance(Duration::from_millis(500));
        limiter.take("a").unwrap();
        limiter.take("a").unwrap_err();
        clock.advance(Duration::from_secs(60));
        assert_eq!((0..10).filter(|_| limiter.take("a").is_ok()).count(), 3);
    }

    #[test]
    fn a_batch_gets_what_there_is_and_is_charged_for_all_of_it() {
        let clock = Arc::new(ManualClock::at(1_000));
        let limiter = Limiter::new(rate(4, 100), clock.clone());
        let all = |entries| Granted { entries, retry_after: Duration::ZERO };
        let some = |entries| Granted { entries, retry_after: Duration::from_millis(250) };
        assert_eq!(limiter.take_up_to("a", 0), all(0));
        assert_eq!(limiter.take_up_to("a", 37), all(37));
        assert_eq!(limiter.take_up_to("a", 64), some(63));
        assert_eq!(limiter.take_up_to("a", 1), some(0));
        assert_eq!(limiter.take_up_to("b", 100), all(100));
        // Many bursts at once get no more than one, and no more later than the rate gives.
        assert_eq!(limiter.take_up_to("c", 4_096), some(100));
        clock.advance(Duration::from_secs(5));
        assert_eq!(limiter.take_up_to("c", 4_096), some(20));
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(limiter.take_up_to("c", usize::MAX), some(100));
        // Batches of every size: together never more than the burst and the rate.
        let (mut sent, mut elapsed) = (0, 0);
        for size in (1..200).chain((1..200).rev()) {
            sent += limiter.take_up_to("d", size).entries;
            assert!(sent <= 100 + 4 * elapsed, "{sent} in {elapsed} s");
            clock.advance(Duration::from_secs(1));
            elapsed += 1;
        }
        assert!(sent > 4 * elapsed, "{sent} in {elapsed} s");
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(rate(1, 1), Arc::new(ManualClock::at(0)));
        for who in 0..200_000_u32 {
            let _ = limiter.take(who);
        }
        assert!(limiter.slots.len() as u64 <= SLOTS);
    }

    #[test]
    fn neighbours_in_ipv6_share() {
        let network = |text: &str| super::network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }
}
