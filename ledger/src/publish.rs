//! Publishing: committed heads become signed checkpoints, on a thread and at a pace of their own.

use std::ops::ControlFlow;
use std::sync::Arc;

use arc_swap::ArcSwap;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::{Body, Payload};
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

/// A head that waits for its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToPublish {
    pub(crate) head: CommittedHead,
    /// Its last entry is a snapshot: the checkpoint is kept for as long as the log is.
    pub(crate) keep: bool,
}

/// Publishes what a crash may have left unpublished: first the checkpoint of each snapshot, of exactly its size, that is
/// not kept yet and can still be signed; then that of the head.
///
/// A crash anywhere in it leaves a state from which the next start goes on: heads are signed in the order of their sizes.
pub(crate) fn resume(
    store: &Store,
    signer: &mut Signer,
    head: CommittedHead,
    ledger_key: &Did,
) -> Result<Published, PublishError> {
    // Of what was signed last the checkpoint may not have been kept: it is signed again, to the same bytes.
    let from = signer.state().map_or(0, |signed| signed.size).saturating_sub(1);
    let mut snapshots = Vec::new();
    store
        .visit_entries(from, &mut |index, _, bytes| {
            if is_snapshot_by(bytes, ledger_key) {
                snapshots.push(index + 1);
            }
            ControlFlow::Continue(())
        })
        .map_err(PublishError::Store)?;
    for size in snapshots {
        if store.kept_checkpoint(size).map_err(PublishError::Store)?.is_none() {
            let head = CommittedHead::at(store, size).map_err(PublishError::Tree)?;
            publish(store, signer, ToPublish { head, keep: true })?;
        }
    }
    publish(store, signer, ToPublish { head, keep: false })
}

/// Whether an entry of our own store is a snapshot by that key. Its signature was checked when it was admitted.
fn is_snapshot_by(entry: &[u8], ledger_key: &Did) -> bool {
    let payload = Envelope::parse(entry).and_then(|envelope| Payload::parse(&envelope.payload));
    payload.is_ok_and(|p| matches!(p.body, Body::Snapshot(_)) && p.signers == [ledger_key.clone()])
}

/// Signs a head and stores its checkpoint.
pub(crate) fn publish(
    store: &Store,
    signer: &mut Signer,
    ToPublish { head, keep }: ToPublish,
) -> Result<Published, PublishError> {
    let mut prover = Prover::new(store, head.head().size).map_err(PublishError::Tree)?;
    let signed = signer.sign(head, &mut prover).map_err(PublishError::Signer)?;
    // A crash before this returns leaves the older checkpoint, and a state that has moved on: the next start signs
    // the same head again, to the same bytes, or one that extends it.
    let kept = keep.then_some(signed.head.size);
    store.set_checkpoint(signed.note.as_bytes(), kept).map_err(PublishError::Store)?;
    let text: Arc<str> = signed.note.into();
    Ok(Published { head: signed.head, note: Arc::from(Arc::clone(&text)), text })
}

/// The publisher's thread.
pub(crate) struct Publisher {
    pub(crate) store: Arc<Store>,
    pub(crate) signer: Signer,
    pub(crate) heads: Arc<Mailbox<ToPublish>>,
    pub(crate) board: Arc<Board>,
    pub(crate) fatal: Fatal,
}

impl Publisher {
    /// Publishes the newest head whenever there is one, until there will be none. While one is being signed others
    /// may be committed; the next checkpoint then covers them together, but never skips the head of a snapshot.
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
