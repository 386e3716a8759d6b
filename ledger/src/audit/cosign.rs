//! An auditor's signature on the checkpoint of a snapshot that it has recomputed (C2SP tlog-cosignature).

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::Code;
use lebombo_verifier::checkpoint::{SignedCheckpoint, UntrustedCheckpoint, VerifiedCheckpoint};
use lebombo_verifier::cosignature::{MAX_TIMESTAMP, message_v1};
use lebombo_verifier::ed25519::{KeyError, PublicKey};
use lebombo_verifier::fold::Fold;
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::policy::Policy;

use super::error::AuditError;
use super::kept;
use super::report::{Outcome, Report};
use super::source::Source;
use super::state::{State, StoredState};

/// An auditor's key: Ed25519, for cosignature/v1. It has no other use.
pub struct AuditorKey {
    key: SigningKey,
    vkey: Vkey,
}

impl std::fmt::Debug for AuditorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AuditorKey").field(&self.vkey.to_string()).finish()
    }
}

impl AuditorKey {
    /// The key with this secret, under this name.
    ///
    /// # Errors
    /// [`KeyError`]: the public key is none that a verifier takes.
    pub fn new(name: KeyName, secret: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(secret);
        let public = PublicKey::from_bytes(&key.verifying_key().to_bytes())?;
        Ok(Self { vkey: Vkey::new(name, Key::CosignatureV1(public)), key })
    }

    /// The public half, for policies.
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }
}

/// A cosigned checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Its size; its last entry is the snapshot.
    pub size: u64,
    /// The note with all signatures that it had, and the new one.
    pub note: String,
    /// The new signature line alone.
    pub line: String,
}

/// Why an auditor does not cosign.
#[derive(Debug, thiserror::Error)]
pub enum CosignRefused {
    /// Something is wrong with the log.
    #[error("nothing was cosigned: the log or its ledger states what is not so")]
    Lies,
    /// The audit could not be finished.
    #[error("nothing was cosigned: the audit could not be finished")]
    Unfinished,
    /// There is no valid snapshot.
    #[error("nothing was cosigned: the log has no valid snapshot yet")]
    NoSnapshot,
    /// Without a checkpoint of exactly its size a snapshot can not be cosigned.
    #[error(
        "nothing was cosigned: no checkpoint of exactly {size} entries is published, which the newest snapshot ends"
    )]
    NoCheckpoint {
        /// The size.
        size: u64,
    },
    /// That checkpoint is not the log's.
    #[error("nothing was cosigned: the checkpoint of the newest snapshot is not to be trusted: {error}")]
    Untrusted {
        /// Why.
        error: UntrustedCheckpoint,
    },
    /// That checkpoint is of another size or root than was recomputed.
    #[error(
        "nothing was cosigned: the checkpoint of the newest snapshot is not of the tree that was recomputed"
    )]
    OtherTree,
    /// It says more than an audit looks at.
    #[error(
        "nothing was cosigned: the checkpoint of the newest snapshot has an extension line, and nobody here knows what \
         it says"
    )]
    Extension,
    /// A larger one was cosigned before.
    #[error(
        "nothing was cosigned: this key has cosigned a checkpoint of {largest} entries, and {size} is below it"
    )]
    Smaller {
        /// Its size.
        size: u64,
        /// The largest size cosigned.
        largest: u64,
    },
    /// Another tree of this size was cosigned before.
    #[error("nothing was cosigned: this key has cosigned another tree of {size} entries; the log forks")]
    OtherRoot {
        /// The size.
        size: u64,
    },
    /// The key has another use.
    #[error("nothing was cosigned: the key is in use as {used}; an auditor has a key of its own")]
    KeyReused {
        /// As what.
        used: &'static str,
    },
    /// The time is none.
    #[error("nothing was cosigned: the time {seconds} can not stand in a cosignature; set the clock")]
    Time {
        /// Seconds since 1970.
        seconds: u64,
    },
    /// The state or the source can not be used.
    #[error("nothing was cosigned: {0}")]
    Audit(#[from] AuditError),
}

impl Code for CosignRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Lies => "cosign-lies",
            Self::Unfinished => "cosign-unfinished",
            Self::NoSnapshot => "cosign-no-snapshot",
            Self::NoCheckpoint { .. } => "cosign-no-checkpoint",
            Self::Untrusted { error } => error.code(),
            Self::OtherTree => "cosign-other-tree",
            Self::Extension => "cosign-extension",
            Self::Smaller { .. } => "cosign-smaller",
            Self::OtherRoot { .. } => "cosign-other-root",
            Self::KeyReused { .. } => "key-reused",
            Self::Time { .. } => "cosign-time",
            Self::Audit(error) => error.code(),
        }
    }
}

/// Cosigns the checkpoint whose last entry is the newest valid snapshot of what `report` says. `now` is in seconds since
/// 1970.
///
/// The size is noted, synced, before the signature exists: a crash may leave it noted and nothing signed, which harms
/// nobody, and never the other way round.
///
/// # Errors
/// [`CosignRefused`]; nothing was signed then.
pub fn cosign(
    source: &dyn Source,
    policy: &Policy,
    state: &State,
    report: &Report,
    key: &AuditorKey,
    now: u64,
) -> Result<Cosigned, CosignRefused> {
    match report.outcome() {
        Outcome::Holds => {}
        Outcome::Lie => return Err(CosignRefused::Lies),
        Outcome::Unsure => return Err(CosignRefused::Unfinished),
    }
    let Some(audited) = report.checkpoint.as_ref().filter(|_| report.is_tree_whole) else {
        return Err(CosignRefused::Unfinished);
    };
    let stated = report.stated.ok_or(CosignRefused::NoSnapshot)?;
    if now == 0 || now > MAX_TIMESTAMP {
        return Err(CosignRefused::Time { seconds: now });
    }
    check_use(policy, state, key)?;
    let size = stated.index + 1;
    let note = checkpoint_of(source, state, audited, size)?;
    let verified = kept::verify(policy, audited.origin(), &note);
    let verified = verified.map_err(|error| CosignRefused::Untrusted { error })?;
    if verified.size() != size || *verified.root() != stated.root {
        return Err(CosignRefused::OtherTree);
    }
    let signed = SignedCheckpoint::parse(&note).map_err(|error| CosignRefused::Untrusted { error })?;
    // Cosignature/v1 covers these lines: the signature would seem to vouch for them.
    if !signed.checkpoint().extensions().is_empty() {
        return Err(CosignRefused::Extension);
    }
    match state.cosigned(&key.vkey)? {
        Some((largest, _)) if largest > size => return Err(CosignRefused::Smaller { size, largest }),
        Some((largest, root)) if largest == size && root != stated.root => {
            return Err(CosignRefused::OtherRoot { size });
        }
        _ => {}
    }
    state.set_cosigned(&key.vkey, signed.checkpoint())?;
    let signature = key.key.sign(&message_v1(now, signed.checkpoint())).to_bytes();
    let (name, id) = (key.vkey.name().as_str(), key.vkey.key_id());
    let line = signature_line(name, id, &[&now.to_be_bytes()[..], &signature].concat());
    let mut note = format!("{}\n", signed.note().text());
    for other in signed.note().signatures().iter().filter(|other| other.name != name || other.key_id != id) {
        note.push_str(&signature_line(other.name, other.key_id, &other.signature));
    }
    note.push_str(&line);
    Ok(Cosigned { size, note, line })
}

/// The kept checkpoint of that size, or the one that was audited, where it is of that size.
fn checkpoint_of(
    source: &dyn Source,
    state: &State,
    audited: &VerifiedCheckpoint,
    size: u64,
) -> Result<Vec<u8>, CosignRefused> {
    let kept =
        if source.has_snapshots().map_err(AuditError::from)? { kept::read(source, size)? } else { None };
    if let Some(note) = kept {
        return Ok(note);
    }
    let progress = state.load(audited.origin())?;
    match progress.verified {
        Some(note) if audited.size() == size => Ok(note.into_bytes()),
        _ => Err(CosignRefused::NoCheckpoint { size }),
    }
}

/// An auditor's key is no log's, no ledger's, and in the policy at most this auditor's.
fn check_use(policy: &Policy, state: &State, key: &AuditorKey) -> Result<(), CosignRefused> {
    let public = key.vkey.key().bytes();
    if policy.logs().iter().any(|log| log.vkey.key().bytes() == public) {
        return Err(CosignRefused::KeyReused { used: "a log's key" });
    }
    if policy.witnesses().any(|witness| witness.vkey.key().bytes() == public && witness.vkey != key.vkey) {
        return Err(CosignRefused::KeyReused { used: "another witness's key, or under another name" });
    }
    let ledger = Fold::new(StoredState::new(state.engine())).ledger_key().map_err(AuditError::from)?;
    if ledger.is_some_and(|ledger| ledger.as_slice() == public) {
        return Err(CosignRefused::KeyReused { used: "the ledger's key" });
    }
    Ok(())
}
