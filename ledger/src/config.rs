//! What a ledger is told before it opens.

use std::path::PathBuf;
use std::sync::Arc;

use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::Origin;

use crate::admit::AdmissionPolicy;
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::fatal::{FatalAction, abort_process};
use crate::limit::Limits;
use crate::sequence::QueueBounds;

/// How to open a ledger.
#[derive(Clone)]
pub struct Config {
    /// The log's name.
    pub origin: Origin,
    /// Holds the store, and nothing that must survive the restoring of a backup.
    pub data_dir: PathBuf,
    /// Holds the private keys and the signer's state; outside the data folder.
    pub keys_dir: PathBuf,
    /// Makes a new log, and keys where there are none. Never implied: an empty folder may be a disk that is not mounted.
    pub create: bool,
    /// The operator's word that what was signed from this index on is given up. It counts only if it is the very size
    /// of the store.
    pub accept_lost_from: Option<u64>,
    /// Whose events are taken.
    pub policy: AdmissionPolicy,
    /// How much a key or an address may send.
    pub limits: Limits,
    /// How much may wait.
    pub queue: QueueBounds,
    /// Whose cosignatures are added to the checkpoints of snapshots, at most 64; keys of type 0x04 or 0x06.
    pub auditors: Vec<Vkey>,
    /// Wall clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for new keys and the ledger's own events.
    pub entropy: Arc<dyn Entropy>,
    /// What is done when the ledger can not go on.
    pub fatal: FatalAction,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("origin", &self.origin)
            .field("data_dir", &self.data_dir)
            .field("keys_dir", &self.keys_dir)
            .field("create", &self.create)
            .field("accept_lost_from", &self.accept_lost_from)
            .field("policy", &self.policy)
            .field("limits", &self.limits)
            .field("queue", &self.queue)
            .field("auditors", &self.auditors)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// An existing log, open to all, without limits, on the machine's clock and randomness; aborts when it can not go
    /// on.
    pub fn new(origin: Origin, data_dir: impl Into<PathBuf>, keys_dir: impl Into<PathBuf>) -> Self {
        Self {
            origin,
            data_dir: data_dir.into(),
            keys_dir: keys_dir.into(),
            create: false,
            accept_lost_from: None,
            policy: AdmissionPolicy::default(),
            limits: Limits::default(),
            queue: QueueBounds::default(),
            auditors: Vec::new(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            fatal: abort_process(),
        }
    }
}
