//! Whether a fresh receipt may take the place of the one that is here.
//!
//! A receipt is a person's evidence. A ledger that has forked its log, or lost the end of it, can make a fresh receipt
//! that verifies by itself; only the one that is here shows what has happened. So it is replaced by one of the same log
//! that has grown, and by nothing else.

use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::proof::{verify_consistency, verify_inclusion};
use lebombo_verifier::receipt::{Included, Receipt};
use lebombo_verifier::{Code, Hash, leaf_hash};

use crate::receipts;

/// What a stored receipt holds the log to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    index: u64,
    size: u64,
    root: Hash,
}

impl Held {
    /// Of the bytes of a stored receipt of this event; `None` where they prove nothing and may be replaced.
    ///
    /// The log's signature is enough, without witnesses: a policy that asks for more of them than before takes nothing
    /// away from what the log has signed.
    pub(crate) fn of(bytes: &[u8], id: &Hash, policy: &Policy) -> Option<Self> {
        let receipt = Receipt::parse(bytes).ok()?;
        receipts::read_entry(receipt.entry()).ok().filter(|(found, _)| found == id)?;
        let signed = |vkey| VerifiedCheckpoint::by_log_key(receipt.note().as_bytes(), vkey).ok();
        let checkpoint = policy.logs().iter().find_map(|log| signed(&log.vkey))?;
        let (index, size, root) = (receipt.index(), checkpoint.size(), *checkpoint.root());
        verify_inclusion(index, size, &leaf_hash(receipt.entry()), receipt.hashes(), &root).ok()?;
        Some(Self { index, size, root })
    }

    /// True where the sizes differ, so that a consistency proof is needed.
    pub(crate) fn is_older_than(&self, fresh: &Included) -> bool {
        self.size < fresh.checkpoint().size()
    }

    /// Size of the tree.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Checks that `fresh` is of the same log, not older; `proof` is empty where the sizes are equal.
    ///
    /// # Errors
    /// [`Conflict`]
    pub(crate) fn succeeded_by(&self, fresh: &Included, proof: &[Hash]) -> Result<(), Conflict> {
        let (size, root) = (fresh.checkpoint().size(), fresh.checkpoint().root());
        if fresh.index() != self.index {
            return Err(Conflict::OtherIndex { held: self.index, fresh: fresh.index() });
        }
        if size < self.size {
            return Err(Conflict::Smaller { held: self.size, fresh: size });
        }
        verify_consistency(self.size, &self.root, size, root, proof)
            .map_err(|_| Conflict::Fork { held: self.size, fresh: size })
    }
}

/// A fresh receipt contradicts the one that is here, or is older.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Conflict {
    /// One event at two places.
    #[error("it has the event at index {fresh}, and the one that is here at {held}")]
    OtherIndex {
        /// In the stored receipt.
        held: u64,
        /// In the fresh one.
        fresh: u64,
    },
    /// The log has lost entries, or shows an old state.
    #[error("it is of a log of {fresh} entries, and the one that is here of {held}")]
    Smaller {
        /// The stored receipt's size.
        held: u64,
        /// The fresh one's.
        fresh: u64,
    },
    /// Two logs under one name.
    #[error(
        "nothing shows that its log of {fresh} entries begins with the {held} of the one that is here: the log was forked, \
         or the ledger's consistency proof is wrong"
    )]
    Fork {
        /// The stored receipt's size.
        held: u64,
        /// The fresh one's.
        fresh: u64,
    },
}

impl Code for Conflict {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherIndex { .. } => "refresh-other-index",
            Self::Smaller { .. } => "refresh-smaller",
            Self::Fork { .. } => "refresh-fork",
        }
    }
}
