//! A checkpoint as it is published: a note whose text is a tree head.

use thiserror::Error;

use super::verified::VerifiedCheckpoint;
use super::{Checkpoint, CheckpointError};
use crate::cosignature::{self, CosignatureError};
use crate::ed25519::SignatureError;
use crate::error::Code;
use crate::note::{Key, KeyId, Note, NoteError, NoteSignature, Vkey};
use crate::origin::Origin;

/// A well-formed signed checkpoint. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint<'a> {
    note: Note<'a>,
    checkpoint: Checkpoint,
}

/// Why a signed checkpoint is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UntrustedCheckpoint {
    /// The bytes are no signed note.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// The note's text is no checkpoint.
    #[error("the note is not a checkpoint")]
    Checkpoint(#[source] CheckpointError),
    /// No log key is known under the checkpoint's origin.
    #[error("the checkpoint is of log {origin}, and no key of that log is trusted here")]
    LogUnknown {
        /// The checkpoint's origin.
        origin: Origin,
    },
    /// A log is to sign with type 0x01 or 0x06.
    #[error("key {key_id} of the log has signature type {type_byte:#04x}; logs sign with 0x01 or 0x06")]
    LogKeyType {
        /// The key's id.
        key_id: KeyId,
        /// Its signature type identifier byte.
        type_byte: u8,
    },
    /// A signature by a known log key that is not of 64 bytes.
    #[error("the log's signature by key {key_id} has {got} bytes instead of 64")]
    LogSignatureLength {
        /// The key's id.
        key_id: KeyId,
        /// Its length in bytes, without the key id.
        got: usize,
    },
    /// A signature by a known log key that does not verify.
    #[error("the log's signature by key {key_id} is not valid")]
    LogSignature {
        /// The key's id.
        key_id: KeyId,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// None of the log's known keys signed.
    #[error("the checkpoint of log {origin} is not signed by a key of that log that is trusted here")]
    LogSignatureMissing {
        /// The checkpoint's origin.
        origin: Origin,
    },
    /// A timestamped signature by a known key that does not verify.
    #[error("the cosignature by {name}, key {key_id}, is not valid")]
    Cosignature {
        /// The key's name.
        name: String,
        /// The key's id.
        key_id: KeyId,
        /// What is wrong with it.
        source: CosignatureError,
    },
    /// Too few witnesses cosigned.
    #[error("the quorum {quorum} is not met; cosigned by: {cosigned}")]
    Quorum {
        /// The quorum's name in the policy, escaped.
        quorum: String,
        /// The names of the witnesses that cosigned, escaped and joined, or `nobody`.
        cosigned: String,
    },
}

impl Code for UntrustedCheckpoint {
    fn code(&self) -> &'static str {
        match self {
            Self::Note(e) => e.code(),
            Self::Checkpoint(e) => e.code(),
            Self::LogUnknown { .. } => "log-unknown",
            Self::LogKeyType { .. } => "log-key-type",
            Self::LogSignatureLength { .. } => "log-signature-wrong-length",
            Self::LogSignature { .. } => "log-signature-invalid",
            Self::LogSignatureMissing { .. } => "log-signature-missing",
            Self::Cosignature { source, .. } => source.code(),
            Self::Quorum { .. } => "quorum-not-met",
        }
    }
}

/// That a key named like the origin has signed.
pub(crate) struct LogSignature {
    key_id: KeyId,
}

impl<'a> SignedCheckpoint<'a> {
    /// Parses a note and the checkpoint in it.
    ///
    /// # Errors
    /// - [`UntrustedCheckpoint::Note`]: no signed note
    /// - [`UntrustedCheckpoint::Checkpoint`]: its text is no checkpoint
    pub fn parse(note: &'a [u8]) -> Result<Self, UntrustedCheckpoint> {
        let note = Note::parse(note).map_err(UntrustedCheckpoint::Note)?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(UntrustedCheckpoint::Checkpoint)?;
        Ok(Self { note, checkpoint })
    }

    /// The note.
    pub fn note(&self) -> &Note<'a> {
        &self.note
    }

    /// The tree head, verified by nobody.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Verifies every cosignature by `vkey`; `None` if there is none. Of several the latest time counts.
    ///
    /// # Errors
    /// [`UntrustedCheckpoint::Cosignature`]: one of them does not verify.
    pub fn cosignature_by(&self, vkey: &Vkey) -> Result<Option<u64>, UntrustedCheckpoint> {
        let mut latest = None;
        for line in self.note.signatures_by(vkey) {
            let timestamp =
                cosignature::verify(vkey, &line.signature, &self.checkpoint).map_err(|source| {
                    UntrustedCheckpoint::Cosignature {
                        name: vkey.name().to_string(),
                        key_id: vkey.key_id(),
                        source,
                    }
                })?;
            latest = latest.max(Some(timestamp));
        }
        Ok(latest)
    }

    /// Verifies every signature by one of these log keys, and finds one by a key that is named like the origin.
    pub(crate) fn find_log_signature<'k>(
        &self,
        vkeys: impl IntoIterator<Item = &'k Vkey> + Clone,
    ) -> Result<LogSignature, UntrustedCheckpoint> {
        let origin = self.checkpoint.origin();
        let is_of_this_log = |vkey: &Vkey| vkey.name().as_str() == origin.as_str();
        if !vkeys.clone().into_iter().any(is_of_this_log) {
            return Err(UntrustedCheckpoint::LogUnknown { origin: origin.clone() });
        }
        let mut found = None;
        for vkey in vkeys {
            for line in self.note.signatures_by(vkey) {
                self.verify_log_line(vkey, line)?;
                if is_of_this_log(vkey) {
                    found = Some(LogSignature { key_id: vkey.key_id() });
                }
            }
        }
        found.ok_or_else(|| UntrustedCheckpoint::LogSignatureMissing { origin: origin.clone() })
    }

    fn verify_log_line(&self, vkey: &Vkey, line: &NoteSignature<'_>) -> Result<(), UntrustedCheckpoint> {
        let key_id = vkey.key_id();
        match vkey.key() {
            Key::Ed25519(key) => {
                let signature = line.signature.as_slice().try_into().map_err(|_| {
                    UntrustedCheckpoint::LogSignatureLength { key_id, got: line.signature.len() }
                })?;
                key.verify(self.note.text().as_bytes(), signature)
                    .map_err(|source| UntrustedCheckpoint::LogSignature { key_id, source })
            }
            Key::CosignatureV1(_) => {
                Err(UntrustedCheckpoint::LogKeyType { key_id, type_byte: vkey.key().type_byte() })
            }
            Key::MlDsa44(_) => self.cosignature_by(vkey).map(|_| ()),
        }
    }

    /// The verified checkpoint, without witnesses so far.
    pub(crate) fn into_verified(self, log: &LogSignature) -> VerifiedCheckpoint {
        VerifiedCheckpoint {
            origin: self.checkpoint.origin().clone(),
            size: self.checkpoint.size(),
            root: *self.checkpoint.root(),
            log_key_id: log.key_id,
            cosigners: Vec::new(),
            auditors: Vec::new(),
            is_audited: false,
            is_quorum_none: true,
        }
    }
}
