//! Credits: from which work somebody's points come, as a chain of hashes (spec/settlement.md §3).

use sha2::{Digest, Sha256};

use crate::Hash;

/// A change of one person's points: a decision about their work, or a verdict of theirs that earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Credit {
    /// Index of the contribution's entry; of a verdict that of the review.
    pub index: u64,
    /// Index of the entry that decided.
    pub decided: u64,
    /// The charter whose rates hold for it.
    pub charter: Hash,
    /// Points that the work had.
    pub before: u64,
    /// Points that it has from here on.
    pub after: u64,
}

impl Credit {
    /// The next link of the chain: `SHA-256(0x02 ‖ last ‖ index ‖ decided ‖ charter ‖ before ‖ after)`. Before the first one
    /// `last` is zeroes.
    #[must_use]
    pub fn link(&self, last: &Hash) -> Hash {
        let mut h = Sha256::new();
        h.update([2]);
        h.update(last.0);
        h.update(self.index.to_be_bytes());
        h.update(self.decided.to_be_bytes());
        h.update(self.charter.0);
        h.update(self.before.to_be_bytes());
        h.update(self.after.to_be_bytes());
        Hash(h.finalize().into())
    }
}
