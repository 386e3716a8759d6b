//! Where the fold keeps what it knows: ordered bytes, nothing more.

use std::collections::BTreeMap;
use std::convert::Infallible;

/// An ordered map of bytes. The fold's state is exactly its contents: the same log gives the same contents on any
/// machine, whatever keeps them.
pub trait State {
    /// Why a read or write failed.
    type Error;

    /// The value at `key`, as of all earlier calls.
    ///
    /// # Errors
    /// Those of the keeper.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Sets `key` to `value`.
    ///
    /// # Errors
    /// Those of the keeper.
    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Self::Error>;

    /// Removes `key`, where it is there.
    ///
    /// # Errors
    /// Those of the keeper.
    fn remove(&mut self, key: &[u8]) -> Result<(), Self::Error>;

    /// Up to `limit` pairs whose key starts with `prefix` and comes after `after`, in ascending key order.
    ///
    /// # Errors
    /// Those of the keeper.
    #[expect(clippy::type_complexity, reason = "pairs of key and value")]
    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize)
    -> Result<Vec<(Vec<u8>, Vec<u8>)>, Self::Error>;
}

/// State in memory, for auditors of small logs and for tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryState(BTreeMap<Vec<u8>, Vec<u8>>);

impl State for MemoryState {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(key).cloned())
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Infallible> {
        self.0.insert(key, value);
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.0.remove(key);
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Infallible> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let from = if after > prefix { Excluded(after) } else { Included(prefix) };
        Ok(self
            .0
            .range::<[u8], _>((from, Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(key, _)| key.as_slice() > after)
            .take(limit)
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect())
    }
}
