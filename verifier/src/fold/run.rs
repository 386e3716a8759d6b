//! Many pairs in one piece of memory.

/// Pairs of key and value in ascending order of their keys, each key once.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Keys and values, one behind the other.
    bytes: Vec<u8>,
    /// Of each pair: where its key ends, and where its value does. It begins where the one before ends.
    ends: Vec<(usize, usize)>,
}

impl Run {
    /// None yet, with room for so many pairs of so many bytes together.
    pub fn with_capacity(pairs: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(pairs) }
    }

    /// Adds a pair. Answers `false`, and adds nothing, where its key does not come after all others.
    #[must_use]
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> bool {
        let ascends = self.last().is_none_or(|last| last < key);
        if ascends {
            self.bytes.extend_from_slice(key);
            let end = self.bytes.len();
            self.bytes.extend_from_slice(value);
            self.ends.push((end, self.bytes.len()));
        }
        ascends
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
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.pair(self.before(key)).filter(|(found, _)| *found == key).map(|(_, value)| value)
    }

    /// The least key.
    pub fn first(&self) -> Option<&[u8]> {
        self.pair(0).map(|(key, _)| key)
    }

    /// The greatest key.
    pub fn last(&self) -> Option<&[u8]> {
        self.pair(self.len().checked_sub(1)?).map(|(key, _)| key)
    }

    /// The pairs from the key `from` on.
    pub fn iter_from(&self, from: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
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

    type Pair = (Vec<u8>, Vec<u8>);

    fn run(pairs: &[Pair]) -> Run {
        let mut run = Run::default();
        assert!(pairs.iter().all(|(key, value)| run.push(key, value)));
        run
    }

    fn pairs(count: u8) -> Vec<Pair> {
        // Keys and values of other lengths, none among them.
        let value = |n: u8| vec![n; usize::from(n % 3)];
        (0..count).map(|n| (vec![2; usize::from(n)], value(n))).collect()
    }

    #[test]
    fn every_pair_is_found_and_nothing_else() {
        for count in 0..20 {
            let pairs = pairs(count);
            let run = run(&pairs);
            assert_eq!(run.len(), pairs.len());
            assert_eq!(run.first(), pairs.first().map(|(key, _)| key.as_slice()));
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
    fn what_does_not_ascend_is_not_added() {
        let mut run = run(&pairs(3));
        for key in [&[][..], &[2], &[2, 2], &[1, 9]] {
            assert!(!run.push(key, &[7]));
        }
        assert_eq!(run.len(), 3);
        assert_eq!(run.get(&[2, 2]), Some(&[2, 2][..]));
        assert!(run.push(&[2, 2, 0], &[7]));
        assert_eq!(run.get(&[2, 2, 0]), Some(&[7][..]));
    }
}
