//! Publishing: committed heads become signed checkpoints, on a thread and at a pace of their own.

use std::sync::Arc;

use arc_swap::ArcSwap;
use lebombo_verifier::{Code, Hash};
use tokio::sync::watch;

use crate::fatal::{Fatal, FatalError};
use crate::mailbox::Mailbox;
use crate::sequence::CommittedHead;
use crate::signer::{Signer, SignerError};
use crate::store::{Head, Store, StoreError};
use crate::tree::{Prover, TreeError};

/// Why a checkpoint was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It was not signed.
    #[error("{0}")]
    Signer(SignerError),
    /// The tree could not be read.
    #[error("{0}")]
    Tree(TreeError),
    /// It could not be kept.
    #[error("{0}")]
    Store(StoreError),
}

impl Code for PublishError {
    fn code(&self) -> &'static str {
        match self {
            Self::Signer(error) => error.code(),
            Self::Tree(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// A checkpoint that anybody may have. Only publishing makes one, and receipts are cut only under these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    head: Head,
    text: Arc<str>,
    note: Arc<[u8]>,
}

impl Published {
    /// Number of entries that it covers.
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// Their root.
    pub fn root(&self) -> Hash {
        self.head.root
    }

    /// The signed note, as served.
    pub fn note(&self) -> &Arc<[u8]> {
        &self.note
    }

    /// The signed note as text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The latest checkpoint, for all who read.
#[derive(Debug)]
pub(crate) struct Board {
    latest: ArcSwap<Published>,
    /// The size of `latest`, set after it.
    size: watch::Sender<u64>,
}

impl Board {
    pub(crate) fn new(first: Published) -> Self {
        Self { size: watch::Sender::new(first.size()), latest: ArcSwap::from_pointee(first) }
    }

    pub(crate) fn latest(&self) -> Arc<Published> {
        self.latest.load_full()
    }

    /// Follows the size of the latest checkpoint.
    pub(crate) fn sizes(&self) -> watch::Receiver<u64> {
        self.size.subscribe()
    }

    fn show(&self, published: Published) {
        let size = published.size();
        self.latest.store(Arc::new(published));
        self.size.send_replace(size);
    }
}

/// Signs a head and keeps its checkpoint.
pub(crate) fn publish(
    store: &Store,
    signer: &mut Signer,
    head: CommittedHead,
) -> Result<Published, PublishError> {
    let mut prover = Prover::new(store, head.head().size).map_err(PublishError::Tree)?;
    let signed = signer.sign(head, &mut prover).map_err(PublishError::Signer)?;
    // A crash before this returns leaves the older checkpoint, and a state that has moved on: the next start signs
    // the same head again, to the same bytes, or one that extends it.
    store.set_checkpoint(signed.note.as_bytes()).map_err(PublishError::Store)?;
    let text: Arc<str> = signed.note.into();
    Ok(Published { head: signed.head, note: Arc::from(Arc::clone(&text)), text })
}

/// The publisher's thread.
pub(crate) struct Publisher {
    pub(crate) store: Arc<Store>,
    pub(crate) signer: Signer,
    pub(crate) heads: Arc<Mailbox<CommittedHead>>,
    pub(crate) board: Arc<Board>,
    pub(crate) fatal: Fatal,
}

impl Publisher {
    /// Publishes the newest head whenever there is one, until there will be none. While one is being signed others
    /// may be committed; the next checkpoint then covers them together.
    pub(crate) fn run(mut self) {
        let watch = self.fatal.watch("publisher");
        while let Some(head) = self.heads.take() {
            match publish(&self.store, &mut self.signer, head) {
                Ok(published) => self.board.show(published),
                Err(error) => {
                    self.fatal.end(FatalError::Publish(error));
                    break;
                }
            }
        }
        drop(watch);
    }
}
