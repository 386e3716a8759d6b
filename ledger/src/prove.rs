//! Proofs and receipts, always under a published checkpoint.

use std::sync::Arc;

use lebombo_verifier::receipt::{Receipt, ReceiptError};
use lebombo_verifier::{Code, Hash};

use crate::publish::Published;
use crate::store::{Store, StoreError};
use crate::tree::{Proof, Prover, TreeError};

/// Most proofs that are built at once.
pub const MAX_PROOFS: usize = 4_096;

/// Inclusion proofs that share a checkpoint.
#[derive(Debug, Clone)]
pub struct Receipts {
    /// The checkpoint that they are proofs for.
    pub checkpoint: Arc<Published>,
    /// In the order asked for.
    pub proofs: Vec<Proof>,
}

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// The entry is not covered by a published checkpoint, or does not exist.
    #[error("the latest checkpoint covers {size} entries, entry {index} is not among them (yet)")]
    NotPublished {
        /// Index asked for.
        index: u64,
        /// Size of the latest checkpoint.
        size: u64,
    },
    /// The larger size is beyond the latest checkpoint.
    #[error("the latest checkpoint covers {size} entries, {to} is beyond it")]
    BeyondCheckpoint {
        /// Size asked for.
        to: u64,
        /// Size of the latest checkpoint.
        size: u64,
    },
    /// The sizes are the wrong way round.
    #[error("a consistency proof goes from a smaller size to a larger one, not from {from} to {to}")]
    FromAfterTo {
        /// First size asked for.
        from: u64,
        /// Second size asked for.
        to: u64,
    },
    /// Too many at once.
    #[error("at most {MAX_PROOFS} proofs are built at once, {asked} were asked for")]
    TooMany {
        /// Number asked for.
        asked: usize,
    },
    /// The tree could not be read.
    #[error("{0}")]
    Tree(TreeError),
    /// The parts do not make a receipt.
    #[error("the receipt can not be written: {0}")]
    Receipt(ReceiptError),
}

impl Code for ProveError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotPublished { .. } => "not-published",
            Self::BeyondCheckpoint { .. } => "beyond-checkpoint",
            Self::FromAfterTo { .. } => "from-after-to",
            Self::TooMany { .. } => "too-many-proofs",
            Self::Tree(error) => error.code(),
            Self::Receipt(error) => error.code(),
        }
    }
}

impl From<TreeError> for ProveError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

impl From<StoreError> for ProveError {
    fn from(error: StoreError) -> Self {
        Self::Tree(TreeError::Store(error))
    }
}

/// Inclusion proofs for `indices` under `checkpoint`.
pub(crate) fn receipts(
    store: &Store,
    checkpoint: Arc<Published>,
    indices: &[u64],
) -> Result<Receipts, ProveError> {
    if indices.len() > MAX_PROOFS {
        return Err(ProveError::TooMany { asked: indices.len() });
    }
    let size = checkpoint.size();
    if let Some(&index) = indices.iter().find(|index| **index >= size) {
        return Err(ProveError::NotPublished { index, size });
    }
    let mut prover = Prover::new(store, size)?;
    let proofs = indices.iter().map(|index| prover.inclusion(*index)).collect::<Result<_, _>>()?;
    Ok(Receipts { checkpoint, proofs })
}

/// The consistency proof between two sizes that `checkpoint` covers.
pub(crate) fn consistency(
    store: &Store,
    checkpoint: &Published,
    from: u64,
    to: u64,
) -> Result<Vec<Hash>, ProveError> {
    if from > to {
        return Err(ProveError::FromAfterTo { from, to });
    }
    if to > checkpoint.size() {
        return Err(ProveError::BeyondCheckpoint { to, size: checkpoint.size() });
    }
    Ok(Prover::new(store, to)?.consistency(from)?)
}

/// One receipt as a C2SP tlog-proof, with the entry itself in the `extra` line.
pub(crate) fn receipt(store: &Store, checkpoint: Arc<Published>, index: u64) -> Result<Vec<u8>, ProveError> {
    let Receipts { checkpoint, proofs } = receipts(store, checkpoint, &[index])?;
    let entry = store.entry(index)?.ok_or(StoreError::Damaged { what: "entry", number: index })?;
    let hashes = proofs.into_iter().next().map(|proof| proof.hashes).unwrap_or_default();
    let receipt = Receipt::new(entry.bytes, index, hashes, checkpoint.text().to_owned());
    Ok(receipt.map_err(ProveError::Receipt)?.format().into_bytes())
}
