//! Many pairs in one piece of memory.

use super::Pair;

/// Pairs in ascending order of their keys, each key once.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Keys and values, one behind the other.
    bytes: Vec<u8>,
    /// Of each pair: where its key ends, and where its value does. It begins where the one before ends.
    ends: Vec<(usize, usize)>,
}

impl Run {
    /// Packs these; `None` where their keys do not ascend.
    pub(super) fn of(pairs: &[Pair]) -> Option<Self> {
        let ascends = pairs.is_sorted_by(|(one, _), (next, _)| one < next);
        ascends.then(|| {
            let length = pairs.iter().map(|(key, value)| key.len() + value.len()).sum();
            let (mut bytes, mut ends) = (Vec::with_capacity(length), Vec::with_capacity(pairs.len()));
            for (key, value) in pairs {
                bytes.extend_from_slice(key);
                let end = bytes.len();
                bytes.extend_from_slice(value);
                ends.push((end, bytes.len()));
            }
            Self { bytes, ends }
        })
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all keys and values.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    fn pair(&self, place: usize) -> Option<(&[u8], &[u8])> {
        let (key, value) = *self.ends.get(place)?;
        let start = match place.checked_sub(1) {
            Some(before) => self.ends.get(before)?.1,
            None => 0,
        };
        Some((self.bytes.get(start..key)?, self.bytes.get(key..value)?))
    }

    /// How many keys lie before `key`.
    fn before(&self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.pair(middle) {
                Some((found, _)) if found < key => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.pair(self.before(key)).filter(|(found, _)| *found == key).map(|(_, value)| value)
    }

    /// The greatest key.
    pub(super) fn last(&self) -> Option<&[u8]> {
        self.pair(self.len().checked_sub(1)?).map(|(key, _)| key)
    }

    /// The pairs from the key `from` on.
    pub(super) fn iter_from(&self, from: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
        (self.before(from)..self.len()).filter_map(|place| self.pair(place))
    }

    /// All pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        (0..self.len()).filter_map(|place| self.pair(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(count: u8) -> Vec<Pair> {
        // Keys and values of other lengths, none among them.
        let value = |n: u8| vec![n; usize::from(n % 3)];
        (0..count).map(|n| (vec![2; usize::from(n)], value(n))).collect()
    }

    #[test]
    fn every_pair_is_found_and_nothing_else() {
        for count in 0..20 {
            let pairs = pairs(count);
            let run = Run::of(&pairs).unwrap();
            assert_eq!(run.len(), pairs.len());
            assert_eq!(run.last(), pairs.last().map(|(key, _)| key.as_slice()));
            let all: Vec<_> = run.iter().map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
            assert_eq!(all, pairs);
            for (place, (key, value)) in pairs.iter().enumerate() {
                assert_eq!(run.get(key), Some(value.as_slice()));
                assert_eq!(run.iter_from(key).count(), pairs.len() - place);
                // Just behind it.
                let behind = [key.as_slice(), &[0]].concat();
                assert_eq!(run.get(&behind), None);
                assert_eq!(run.iter_from(&behind).count(), pairs.len() - place - 1);
            }
            assert_eq!(run.get(&[1]), None);
            assert_eq!(run.get(&[3]), None);
        }
    }

    #[test]
    fn what_does_not_ascend_is_no_run() {
        let mut pairs = pairs(3);
        pairs.swap(0, 1);
        assert!(Run::of(&pairs).is_none());
        pairs.swap(0, 1);
        pairs[1] = pairs[0].clone();
        assert!(Run::of(&pairs).is_none());
    }
}
