//! The ledger's own events: made and signed here, then admitted and queued like everybody's.

use std::sync::Arc;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Day, Nonce, Payload};
use lebombo_verifier::origin::Origin;
use tokio::sync::{oneshot, watch};

use crate::admit::{Admission, Purpose, Refused};
use crate::clock::{Clock, Entropy, NoEntropy};
use crate::keys::LedgerKey;
use crate::publish::Board;
use crate::sequence::{Job, Logged, Queue, SubmitError};

/// Why an own event did not get into the queue. Nothing was logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnEventError {
    #[error("{0}")]
    Entropy(NoEntropy),
    #[error("the ledger refuses its own event: {0}")]
    Refused(Refused),
    #[error("{0}")]
    Submit(SubmitError),
}

/// An own event that waits to be logged.
#[derive(Debug)]
pub(crate) struct Queued {
    /// Its event id.
    pub(crate) id: Hash,
    /// Where it was logged.
    pub(crate) answer: oneshot::Receiver<Result<Vec<Logged>, SubmitError>>,
}

/// Makes the ledger's own events. Holds the ledger's key, and no handle that would keep the ledger open.
pub(crate) struct OwnEvents {
    pub(crate) origin: Origin,
    pub(crate) key: LedgerKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) board: Arc<Board>,
}

impl std::fmt::Debug for OwnEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnEvents")
            .field("origin", &self.origin)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl OwnEvents {
    /// Follows the size of the latest checkpoint.
    pub(crate) fn sizes(&self) -> watch::Receiver<u64> {
        self.board.sizes()
    }

    /// Queues a `day`, `mark` or `snapshot` of that date. A round ends with a snapshot.
    pub(crate) fn submit(&self, body: Body, date: Day) -> Result<Queued, OwnEventError> {
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce).map_err(OwnEventError::Entropy)?;
        let payload = Payload {
            about: Vec::new(),
            body,
            date,
            id: Nonce(nonce),
            log: self.origin.clone(),
            project: None,
            signers: vec![self.key.did().clone()],
        };
        // As something to be checked, because the allowances are for strangers.
        let entry = self.admission.admit(self.key.sign(&payload), Purpose::Check);
        let entry = entry.map_err(OwnEventError::Refused)?;
        let id = entry.id();
        let (answer, answered) = oneshot::channel();
        self.queue.push(Job { entries: vec![entry], answer }).map_err(OwnEventError::Submit)?;
        Ok(Queued { id, answer: answered })
    }
}
