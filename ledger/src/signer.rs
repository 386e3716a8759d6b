//! The checkpoint signer and its own small state: the last size and root that it signed.
//!
//! The state lies beside the key, outside the data folder and its backups. It makes a fork impossible to sign by
//! accident: a restored backup is behind it, and a second copy of the data has other roots.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::ed25519::{KeyError, PublicKey};
use lebombo_verifier::note::{Key, KeyName, KeyNameError, Vkey, signature_line};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::proof::{ConsistencyError, verify_consistency};
use lebombo_verifier::{Code, Hash};
use sha2::{Digest, Sha256};

use crate::keys;
use crate::sequence::CommittedHead;
use crate::store::Head;
use crate::tree::{Prover, TreeError};

const STATE_FILE: &str = "signer-state";
const LOCK_FILE: &str = "signer-lock";
const STATE_HEADER: &str = "lebombo/signer-state@v1";
/// Header, origin, size and root take less.
const MAX_STATE_BYTES: u64 = 1 << 10;

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Another process uses the same keys.
    #[error("another ledger is signing with the keys in {0}")]
    Locked(PathBuf),
    /// The state could not be read or written.
    #[error("the signer's state {path} can not be used: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The state is not in its format.
    #[error("the signer's state {0} is malformed; put it back from where the key came from")]
    Malformed(PathBuf),
    /// The state is of another log.
    #[error("the signer's state is of the log {found}, not of {expected}; each log has keys of its own")]
    OtherOrigin {
        /// Origin in the state.
        found: String,
        /// Origin of the log.
        expected: Origin,
    },
    /// The key is there, the state is not.
    #[error(
        "the signer's state is missing, so nobody can tell what was signed; put it back, or, if no checkpoint of more \
         than {store} entries was ever published, start with --accept-lost-from {store}"
    )]
    StateMissing {
        /// Committed size of the store.
        store: u64,
    },
    /// The store is behind what was signed: a restored backup, or lost data.
    #[error(
        "the store has {store} entries, but a checkpoint of {signed} was signed: entries {store} to {} are lost; \
         restore newer data, or give them up for good with --accept-lost-from {store}",
        signed - 1
    )]
    Behind {
        /// Committed size of the store.
        store: u64,
        /// Size that was signed last.
        signed: u64,
    },
    /// The store does not contain what was signed.
    #[error(
        "at size {signed} the store has another root than the one that was signed: the store is not this log's, or \
         damaged; nothing can be signed on it"
    )]
    Fork {
        /// Size that was signed last.
        signed: u64,
    },
    /// The origin can not name a key.
    #[error("the origin can not name a key: {0}")]
    Name(KeyNameError),
    /// The key is of no use.
    #[error("the checkpoint key can not be used: {0}")]
    Key(KeyError),
    /// The new head is smaller than what was signed.
    #[error("a checkpoint of {signed} entries was signed, one of {size} can not follow it")]
    Smaller {
        /// Size asked for.
        size: u64,
        /// Size that was signed last.
        signed: u64,
    },
    /// The new head does not extend what was signed.
    #[error("the new head does not extend the one that was signed last: {0}")]
    NotExtending(ConsistencyError),
    /// The tree could not be read.
    #[error("{0}")]
    Tree(TreeError),
}

impl Code for SignerError {
    fn code(&self) -> &'static str {
        match self {
            Self::Locked(_) => "signer-locked",
            Self::Io { .. } => "signer-state-unusable",
            Self::Malformed(_) => "signer-state-malformed",
            Self::OtherOrigin { .. } => "signer-other-origin",
            Self::StateMissing { .. } => "signer-state-missing",
            Self::Behind { .. } => "store-behind-signer",
            Self::Fork { .. } => "signer-fork",
            Self::Name(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Smaller { .. } => "signer-smaller",
            Self::NotExtending(_) => "signer-not-extending",
            Self::Tree(error) => error.code(),
        }
    }
}

/// A head for which the state says, synced, that it was signed; with the bytes of its checkpoint.
#[derive(Debug)]
pub(crate) struct SignedHead {
    pub(crate) head: Head,
    pub(crate) note: String,
}

/// Holds the checkpoint key, and the lock that keeps other signers out.
pub(crate) struct Signer {
    origin: Origin,
    key: SigningKey,
    vkey: Vkey,
    state_path: PathBuf,
    /// What the state file says; `None` when there is no file.
    state: Option<Head>,
    /// Locked until dropped.
    _lock: File,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("vkey", &self.vkey.to_string()).field("state", &self.state).finish()
    }
}

impl Signer {
    /// Takes the lock and reads the state.
    pub(crate) fn open(dir: &Path, origin: &Origin, key: SigningKey) -> Result<Self, SignerError> {
        let lock_path = dir.join(LOCK_FILE);
        let io = |path: &Path, error| SignerError::Io { path: path.to_owned(), error };
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&lock_path);
        let lock = lock.map_err(|error| io(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SignerError::Locked(dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(io(&lock_path, error)),
        }
        let public = key.verifying_key().to_bytes();
        let name = KeyName::parse(origin.as_str()).map_err(SignerError::Name)?;
        let vkey = Vkey::new(name, Key::Ed25519(PublicKey::from_bytes(&public).map_err(SignerError::Key)?));
        let state_path = dir.join(STATE_FILE);
        let state = read_state(&state_path, origin)?;
        Ok(Self { origin: origin.clone(), key, vkey, state_path, state, _lock: lock })
    }

    /// The public key, as C2SP signed-note writes it.
    pub(crate) fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// What was signed last.
    pub(crate) fn state(&self) -> Option<Head> {
        self.state
    }

    /// Says that nothing has been signed yet: only for a log that is being created.
    pub(crate) fn begin(&mut self) -> Result<(), SignerError> {
        self.write_state(Head { size: 0, root: Hash(Sha256::digest([]).into()) })
    }

    /// Compares the state with the store before anything is signed. `lost_from` is the operator's word that entries
    /// from there on are given up; it counts only if it names the very size of the store.
    pub(crate) fn reconcile(
        &mut self,
        head: CommittedHead,
        root_at: &dyn Fn(u64) -> Result<Hash, TreeError>,
        lost_from: Option<u64>,
    ) -> Result<(), SignerError> {
        let head = head.head();
        let given_up = lost_from == Some(head.size);
        match self.state {
            Some(state) if state.size <= head.size => {
                if root_at(state.size).map_err(SignerError::Tree)? != state.root {
                    return Err(SignerError::Fork { signed: state.size });
                }
                Ok(())
            }
            // From here on checkpoints can contradict ones that were published before: the operator has said so.
            Some(_) | None if given_up => self.write_state(head),
            Some(state) => Err(SignerError::Behind { store: head.size, signed: state.size }),
            None => Err(SignerError::StateMissing { store: head.size }),
        }
    }

    /// Signs a committed head that extends the last signed one.
    pub(crate) fn sign(
        &mut self,
        head: CommittedHead,
        prover: &mut Prover<'_>,
    ) -> Result<SignedHead, SignerError> {
        let head = head.head();
        let Some(state) = self.state else { return Err(SignerError::StateMissing { store: head.size }) };
        if head.size < state.size {
            return Err(SignerError::Smaller { size: head.size, signed: state.size });
        }
        // Our own prover's word is not enough: the verifier's code, which shares nothing with it, has to agree.
        let proof = prover.consistency(state.size).map_err(SignerError::Tree)?;
        verify_consistency(state.size, &state.root, head.size, &head.root, &proof)
            .map_err(SignerError::NotExtending)?;
        if head != state {
            // A crash after this leaves a state that names a head which is committed but not published: the next
            // start signs that head, or a later one that extends it.
            self.write_state(head)?;
        }
        Ok(SignedHead { head, note: self.note(head) })
    }

    /// The checkpoint: C2SP tlog-checkpoint, with one Ed25519 signature named as the origin (C2SP signed-note).
    fn note(&self, head: Head) -> String {
        let text = body(&self.origin, head);
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let line = signature_line(self.origin.as_str(), self.vkey.key_id(), &signature);
        format!("{text}\n{line}")
    }

    fn write_state(&mut self, head: Head) -> Result<(), SignerError> {
        let text = format!("{STATE_HEADER}\n{}", body(&self.origin, head));
        keys::write_private(&self.state_path, text.as_bytes())
            .map_err(|error| SignerError::Io { path: self.state_path.clone(), error })?;
        self.state = Some(head);
        Ok(())
    }
}

/// The text of a checkpoint (C2SP tlog-checkpoint): origin, size and root, a line each.
fn body(origin: &Origin, head: Head) -> String {
    format!("{origin}\n{}\n{}\n", head.size, head.root.to_base64())
}

/// Reads the state of a signer without taking its lock; `None` when there is none.
pub(crate) fn peek_state(dir: &Path, origin: &Origin) -> Result<Option<Head>, SignerError> {
    read_state(&dir.join(STATE_FILE), origin)
}

fn read_state(path: &Path, origin: &Origin) -> Result<Option<Head>, SignerError> {
    let io = |error| SignerError::Io { path: path.to_owned(), error };
    let mut text = String::new();
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(io)?.take(MAX_STATE_BYTES).read_to_string(&mut text).map_err(io)?,
    };
    let malformed = || SignerError::Malformed(path.to_owned());
    let lines: Vec<&str> = text.split('\n').collect();
    let [STATE_HEADER, found, size, root, ""] = lines[..] else { return Err(malformed()) };
    if found != origin.as_str() {
        return Err(SignerError::OtherOrigin { found: found.to_owned(), expected: origin.clone() });
    }
    let size = size.parse().map_err(|_| malformed())?;
    let root = Hash::from_base64(root).ok_or_else(malformed)?;
    let head = Head { size, root };
    // One text for one state: what differs from what we write was not written by us.
    if text != format!("{STATE_HEADER}\n{}", body(origin, head)) {
        return Err(malformed());
    }
    Ok(Some(head))
}
