//! The Merkle tree of RFC 6962 §2.1, after its recursive definition: neither the ledger's code nor the verifier's.

use lebombo_verifier::Hash;
use sha2::{Digest as _, Sha256};

/// The leaves of a log, with the hashes of all complete subtrees kept so that the recursion ends early.
#[derive(Debug, Default)]
pub(crate) struct NaiveTree {
    /// `complete[h][i]` is the hash of the leaves i·2^h to (i + 1)·2^h - 1.
    complete: Vec<Vec<Hash>>,
}

impl NaiveTree {
    pub(crate) fn size(&self) -> u64 {
        self.complete.first().map_or(0, |leaves| leaves.len() as u64)
    }

    pub(crate) fn push(&mut self, entry: &[u8]) {
        let mut hash = sha256(&[&[0], entry]);
        for height in 0.. {
            if self.complete.len() == height {
                self.complete.push(Vec::new());
            }
            let row = &mut self.complete[height];
            row.push(hash);
            if row.len() % 2 == 1 {
                return;
            }
            hash = node(&row[row.len() - 2], &row[row.len() - 1]);
        }
    }

    /// The leaf at an index.
    pub(crate) fn leaf(&self, index: u64) -> Hash {
        self.complete[0][usize::try_from(index).unwrap()]
    }

    /// MTH of the first `size` leaves.
    pub(crate) fn root(&self, size: u64) -> Hash {
        if size == 0 { sha256(&[]) } else { self.subtree(0, size) }
    }

    /// MTH of `count` leaves from `start` on.
    fn subtree(&self, start: u64, count: u64) -> Hash {
        if count.is_power_of_two() && start.is_multiple_of(count) {
            return self.complete[count.trailing_zeros() as usize][usize::try_from(start / count).unwrap()];
        }
        // The largest power of two below the count.
        let split = count.next_power_of_two() / 2;
        node(&self.subtree(start, split), &self.subtree(start + split, count - split))
    }

    /// The bytes of a tile (C2SP tlog-tiles): `width` hashes of height 8·level, from number·256 on.
    pub(crate) fn tile(&self, level: u8, number: u64, width: u16) -> Vec<u8> {
        let first = usize::try_from(number * 256).unwrap();
        let row = &self.complete[usize::from(level) * 8];
        row[first..first + usize::from(width)].iter().flat_map(|hash| hash.0).collect()
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], &left.0, &right.0])
}

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut h = Sha256::new();
    parts.iter().for_each(|part| h.update(part));
    Hash(h.finalize().into())
}
