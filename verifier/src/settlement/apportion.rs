//! Splitting an amount by weights, to the last minor unit.

/// Splits `amount` by `weights`: the largest-remainder method (Hamilton's), ties to the earlier place.
///
/// Each gets the whole part of `amount × weight / total`; what is left goes, one minor unit each, to the largest
/// remainders. The parts add up to `amount`. No part is more than one unit away from its exact share, and where `amount`
/// is at most the total, none is more than its weight. All parts are 0 where the total is 0: then nothing is split, and
/// `amount` is left to the caller.
///
/// The method has the Alabama paradox: of weights 6, 6, 2 a pool of 3 gives 1, 1, 1 and a pool of 4 gives 2, 2, 0. So a
/// top-up is never the difference of two splits.
///
/// `amount` is at most 2^63 - 1 and so is the total, or the products do not fit.
pub(super) fn apportion(amount: u64, weights: &[u64]) -> Vec<u64> {
    let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: u64| {
        let product = u128::from(amount) * u128::from(weight);
        (product / total, product % total)
    };
    let mut parts: Vec<u64> =
        weights.iter().map(|w| u64::try_from(exact(*w).0).unwrap_or(u64::MAX)).collect();
    let given: u64 = parts.iter().sum();
    let left = usize::try_from(amount.saturating_sub(given)).unwrap_or(usize::MAX);
    if left == 0 {
        return parts;
    }
    // Fewer units are left than there are remainders above 0, so nobody without a weight gets one.
    let mut order: Vec<(std::cmp::Reverse<u128>, usize)> = weights
        .iter()
        .enumerate()
        .map(|(place, weight)| (std::cmp::Reverse(exact(*weight).1), place))
        .filter(|(remainder, _)| remainder.0 > 0)
        .collect();
    if left < order.len() {
        order.select_nth_unstable(left);
        order.truncate(left);
    }
    for (_, place) in order {
        if let Some(part) = parts.get_mut(place) {
            *part += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_units_go_to_the_largest_remainders_and_ties_to_the_earlier() {
        assert_eq!(apportion(3, &[6, 6, 2]), [1, 1, 1]);
        assert_eq!(apportion(4, &[6, 6, 2]), [2, 2, 0]);
        assert_eq!(apportion(1, &[1, 1, 1]), [1, 0, 0]);
        assert_eq!(apportion(2, &[0, 1, 1, 1, 0]), [0, 1, 1, 0, 0]);
        assert_eq!(apportion(7, &[0, 0]), [0, 0]);
        assert_eq!(apportion(7, &[]), [0_u64; 0]);
        assert_eq!(apportion(0, &[1, 2]), [0, 0]);
        assert_eq!(apportion(i64::MAX as u64, &[i64::MAX as u64 - 1, 1]), [i64::MAX as u64 - 1, 1]);
    }

    /// One unit at a time, to whoever is furthest below their exact share: slow and plainly right.
    fn naive(amount: u64, weights: &[u64]) -> Vec<u64> {
        let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        let mut parts: Vec<u64> = vec![0; weights.len()];
        if total == 0 {
            return parts;
        }
        for (part, weight) in parts.iter_mut().zip(weights) {
            while u128::from(*part + 1) * total <= u128::from(amount) * u128::from(*weight) {
                *part += 1;
            }
        }
        let mut was_given = vec![false; weights.len()];
        for _ in 0..amount - parts.iter().sum::<u64>() {
            let mut best: Option<(u128, usize)> = None;
            for place in 0..weights.len() {
                let owed = u128::from(amount) * u128::from(weights[place]) - u128::from(parts[place]) * total;
                if !was_given[place] && best.is_none_or(|(most, _)| owed > most) {
                    best = Some((owed, place));
                }
            }
            let (_, place) = best.unwrap();
            // Not while comparing: its own share would go below zero.
            was_given[place] = true;
        }
        for (part, given) in parts.iter_mut().zip(was_given) {
            *part += u64::from(given);
        }
        parts
    }

    proptest! {
        #[test]
        fn parts_are_those_of_the_plain_way(
            amount in 0_u64..400,
            weights in prop::collection::vec(prop_oneof![Just(0_u64), 0_u64..50], 0..12),
        ) {
            let parts = apportion(amount, &weights);
            prop_assert_eq!(&parts, &naive(amount, &weights));
        }

        #[test]
        fn parts_add_up_whatever_the_size(
            amount in 0_u64..=crate::money::MAX_AMOUNT,
            weights in prop::collection::vec(0_u64..1 << 58, 1..32),
        ) {
            let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
            prop_assume!(total > 0);
            let parts = apportion(amount, &weights);
            prop_assert_eq!(parts.iter().map(|p| u128::from(*p)).sum::<u128>(), u128::from(amount));
            for (part, weight) in parts.iter().zip(&weights) {
                let low = u128::from(amount) * u128::from(*weight) / total;
                prop_assert!((low..=low + 1).contains(&u128::from(*part)));
                prop_assert!(*weight > 0 || *part == 0);
            }
        }
    }
}
