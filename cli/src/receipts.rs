//! Receipts: assembled from the ledger's proofs and our own entries, verified, and only then stored.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{Malformed, Payload};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::receipt::{Included, Receipt, ReceiptError, ReceiptRefused};
use lebombo_verifier::{Code, Hash};

use crate::durable::{self, Batch};
use crate::files;
use crate::home::Home;

/// Makes the receipt of an entry and verifies it; the ledger is not believed.
///
/// # Errors
/// [`AssembleError`]
pub(crate) fn assemble(
    index: u64,
    hashes: &[Hash],
    entry: &[u8],
    checkpoint: &str,
    policy: &Policy,
) -> Result<(Vec<u8>, Included), AssembleError> {
    let receipt = Receipt::new(entry.to_vec(), index, hashes.to_vec(), checkpoint.to_owned())?;
    let included = receipt.verify(policy)?;
    Ok((receipt.format().into_bytes(), included))
}

/// A proof is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssembleError {
    /// No receipt can be made of it.
    #[error(transparent)]
    Malformed(#[from] ReceiptError),
    /// The receipt is not what it claims to be.
    #[error(transparent)]
    Refused(#[from] ReceiptRefused),
}

impl Code for AssembleError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.code(),
            Self::Refused(error) => error.code(),
        }
    }
}

/// Verifies the bytes of a receipt.
///
/// # Errors
/// [`AssembleError`]
pub(crate) fn verify(bytes: &[u8], policy: &Policy) -> Result<Included, AssembleError> {
    Ok(Receipt::parse(bytes)?.verify(policy)?)
}

/// The folder of stored receipts.
#[derive(Debug, Clone)]
pub(crate) struct Receipts {
    home: Home,
}

impl Receipts {
    /// Those of a home.
    pub(crate) fn of(home: &Home) -> Self {
        Self { home: home.clone() }
    }

    /// True if a receipt of this event is here and verifies.
    pub(crate) fn holds(&self, id: &Hash, policy: &Policy) -> bool {
        let bytes = fs::read(self.home.receipt(id));
        bytes.is_ok_and(|bytes| verify(&bytes, policy).is_ok_and(|included| included.event().id() == *id))
    }

    /// Stores verified receipts, all of them durably before it returns. A newer one replaces an older one.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub(crate) fn store(&self, receipts: &[(Hash, &[u8])]) -> Result<(), StoreError> {
        if receipts.is_empty() {
            return Ok(());
        }
        let write = |source| StoreError::Write { path: self.home.receipts(), source };
        let mut batch = Batch::new(self.home.root());
        for (id, bytes) in receipts {
            batch.stage(self.home.receipt(id), bytes).map_err(write)?;
        }
        batch.commit().map_err(write)
    }

    /// The bytes that are here for this event, whatever they are.
    ///
    /// # Errors
    /// [`StoreError::Read`]
    pub(crate) fn bytes(&self, id: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.home.receipt(id);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Read { path, source }),
            Ok(bytes) => Ok(Some(bytes)),
        }
    }

    /// Keeps a receipt that contradicts the one that is here, apart from it; returns where.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub(crate) fn keep_conflict(&self, id: &Hash, root: &Hash, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.home.conflict(id, root);
        let folder = path.parent().unwrap_or(self.home.root());
        let made = durable::make_folder(folder).and_then(|()| durable::write(&path, bytes));
        match made {
            Ok(()) => Ok(path),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }

    /// Event ids and files of all that are here, in the order of the ids.
    ///
    /// # Errors
    /// [`StoreError::Read`]
    pub(crate) fn all(&self) -> Result<Vec<(Hash, PathBuf)>, StoreError> {
        let folder = self.home.receipts();
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let paths = files::receipts_in(&folder).map_err(|failure| StoreError::Read {
            path: folder,
            source: io::Error::other(failure.message),
        })?;
        let id = |path: &Path| Hash::from_hex(path.file_stem()?.to_str()?);
        Ok(paths.receipts.into_iter().filter_map(|path| Some((id(&path)?, path))).collect())
    }

    /// What a stored receipt's entry says; `None` when there is none. It was verified when it was stored.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Malformed`]
    pub(crate) fn event(&self, id: &Hash) -> Result<Option<Payload>, StoreError> {
        let Some(bytes) = self.bytes(id)? else { return Ok(None) };
        match read_event(&bytes) {
            Some((found, payload, _)) if found == *id => Ok(Some(payload)),
            _ => Err(StoreError::Malformed { path: self.home.receipt(id) }),
        }
    }
}

/// Event id, event and index of a receipt, not verified.
pub(crate) fn read_event(bytes: &[u8]) -> Option<(Hash, Payload, u64)> {
    let receipt = Receipt::parse(bytes).ok()?;
    let (id, payload) = read_entry(receipt.entry()).ok()?;
    Some((id, payload, receipt.index()))
}

/// Event id and event of an entry, its signatures not verified.
///
/// # Errors
/// [`Malformed`]
pub(crate) fn read_entry(entry: &[u8]) -> Result<(Hash, Payload), Malformed> {
    let envelope = Envelope::parse(entry)?;
    Ok((dsse::event_id(&envelope.payload), Payload::parse(&envelope.payload)?))
}

/// Stored receipts can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// One can not be read.
    #[error("can not read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// They can not be written.
    #[error("can not write to {}", path.display())]
    Write {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// One is damaged.
    #[error("{} is not the receipt of that event: `lebombo receipts refresh` fetches it anew", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
}

impl Code for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "receipts-unreadable",
            Self::Write { .. } => "receipts-not-written",
            Self::Malformed { .. } => "receipt-damaged",
        }
    }
}
