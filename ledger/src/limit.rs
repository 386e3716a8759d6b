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
    /// For each address; of IPv6 the first 64 bits.
    pub per_address: Option<Rate>,
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

    /// Takes `entries` from the allowance of `who`. More than a whole burst counts as a whole burst, or it could never
    /// be sent.
    ///
    /// # Errors
    /// How long to wait, if there is not enough; nothing was then taken.
    pub(crate) fn take(&self, who: impl Hash, entries: NonZeroU32) -> Result<(), Duration> {
        let slot = self.seed.hash_one(who) % SLOTS;
        match self.slots.check_key_n(&slot, entries.min(self.burst)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(later)) => Err(later.wait_time_from(self.clock.now())),
            // Not reached: entries are at most a burst.
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

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    fn rate(per_second: u32, burst: u32) -> Rate {
        Rate { per_second: NonZeroU32::new(per_second).unwrap(), burst: NonZeroU32::new(burst).unwrap() }
    }

    #[test]
    fn a_burst_then_the_rate() {
        let clock = Arc::new(ManualClock::at(1_000));
        let limiter = Limiter::new(rate(2, 3), clock.clone());
        for _ in 0..3 {
            limiter.take("a", ONE).unwrap();
        }
        assert_eq!(limiter.take("a", ONE).unwrap_err(), Duration::from_millis(500));
        limiter.take("b", ONE).unwrap();
        clock.advance(Duration::from_millis(500));
        limiter.take("a", ONE).unwrap();
        limiter.take("a", ONE).unwrap_err();
        clock.advance(Duration::from_secs(60));
        limiter.take("a", NonZeroU32::new(1_000).unwrap()).unwrap();
        limiter.take("a", ONE).unwrap_err();
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(rate(1, 1), Arc::new(ManualClock::at(0)));
        for who in 0..200_000_u32 {
            let _ = limiter.take(who, ONE);
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
