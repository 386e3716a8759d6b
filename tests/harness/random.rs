//! Random choices that can be made again: the seed is printed.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// SplitMix64 (Steele, Lea, Flood, 2014): enough to choose moments and sizes.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// From the environment variable `LEBOMBO_TEST_SEED`, or anew; prints the seed.
    pub(crate) fn new(test: &str) -> Self {
        let given = std::env::var("LEBOMBO_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        println!("{test}: LEBOMBO_TEST_SEED={seed}");
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0. A slight bias does no harm here.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A generator of its own, for a thread.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }
}
