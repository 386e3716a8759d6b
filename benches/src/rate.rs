//! So many items in so much time, without floating point.

/// A measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At least 1.
    pub items: u64,
    /// At least 1.
    pub nanos: u64,
}

impl Rate {
    /// `items` in `nanos` nanoseconds.
    pub fn new(items: usize, nanos: u64) -> Self {
        Self { items: (items as u64).max(1), nanos: nanos.max(1) }
    }

    /// The middle one by time for an item; with an even number of them the slower. One item in no time for none.
    pub fn median(rates: Vec<Self>) -> Self {
        Self::percentile(rates, 50)
    }

    /// The one that `percent` of 100 are not slower than.
    pub fn percentile(mut rates: Vec<Self>, percent: usize) -> Self {
        rates.sort_by_key(|rate| rate.picos_each());
        let at = (rates.len() * percent / 100).min(rates.len().saturating_sub(1));
        rates.get(at).copied().unwrap_or(Self::new(1, 1))
    }

    /// Items in a second.
    pub fn per_second(self) -> u64 {
        u64::try_from(u128::from(self.items) * 1_000_000_000 / u128::from(self.nanos)).unwrap_or(u64::MAX)
    }

    /// Picoseconds for an item.
    pub fn picos_each(self) -> u128 {
        u128::from(self.nanos) * 1000 / u128::from(self.items)
    }

    /// How many hundredths of the other's time for an item this takes: 100 is as fast, 200 twice as slow.
    pub fn hundredths_of(self, other: Self) -> u128 {
        let (mine, theirs) = (
            u128::from(self.nanos) * u128::from(other.items),
            u128::from(other.nanos) * u128::from(self.items),
        );
        (mine * 100 + theirs / 2) / theirs
    }

    /// The same time for `n` of these items taken as one.
    pub fn group(self, n: usize) -> Self {
        Self { items: self.items, nanos: self.nanos.saturating_mul(n as u64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles() {
        let rates = || (1..=100).map(|n| Rate::new(1, n)).collect::<Vec<_>>();
        assert_eq!(Rate::median(rates()), Rate::new(1, 51));
        assert_eq!(Rate::percentile(rates(), 99), Rate::new(1, 100));
        assert_eq!(Rate::median(vec![Rate::new(10, 10), Rate::new(1, 5), Rate::new(1, 2)]), Rate::new(1, 2));
    }

    #[test]
    fn ratios_are_of_the_time_for_an_item() {
        assert_eq!(Rate::new(10, 1000).hundredths_of(Rate::new(10, 500)), 200);
        assert_eq!(Rate::new(1, 100).hundredths_of(Rate::new(10, 1000)), 100);
        assert_eq!(Rate::new(1, 100).hundredths_of(Rate::new(1, 100).group(2)), 50);
        assert_eq!(Rate::new(3, 1_000_000_000).per_second(), 3);
        assert_eq!(Rate::new(4, 1).picos_each(), 250);
    }
}
