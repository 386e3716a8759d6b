//! A checkpoint that a log signed.

use std::fmt;

use super::signed::{SignedCheckpoint, UntrustedCheckpoint};
use crate::hash::Hash;
use crate::note::{KeyId, Vkey};
use crate::origin::Origin;

/// A checkpoint signed by a log that the reader named, either by its vkey or in a policy.
///
/// Only [`VerifiedCheckpoint::by_log_key`] and [`crate::policy::Policy::verify`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    pub(super) origin: Origin,
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) log_key_id: KeyId,
    pub(super) cosigners: Vec<Cosigner>,
    pub(super) auditors: Vec<Cosigner>,
    pub(super) is_audited: bool,
    pub(super) is_quorum_none: bool,
}

/// A witness of a policy that cosigned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cosigner {
    /// Its name in the policy: opaque octets.
    pub name: Vec<u8>,
    /// When it says that it cosigned: seconds since 1970-01-01T00:00:00Z, at most 2^63 - 1. An ML-DSA-44 cosignature
    /// with 0 says nothing about time.
    pub timestamp: u64,
}

impl fmt::Display for Cosigner {
    /// The name, with everything escaped that a terminal could take for a command.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.name).escape_debug())
    }
}

impl VerifiedCheckpoint {
    /// Verifies a signed checkpoint by one log key and nothing else: no witnesses.
    ///
    /// # Errors
    /// - [`UntrustedCheckpoint::Note`], [`UntrustedCheckpoint::Checkpoint`]: malformed
    /// - [`UntrustedCheckpoint::LogUnknown`]: of a log of another name
    /// - [`UntrustedCheckpoint::LogSignatureMissing`]: not signed by this key
    /// - [`UntrustedCheckpoint::LogKeyType`], [`UntrustedCheckpoint::LogSignatureLength`],
    ///   [`UntrustedCheckpoint::LogSignature`], [`UntrustedCheckpoint::Cosignature`]: its signature does not verify
    pub fn by_log_key(note: &[u8], vkey: &Vkey) -> Result<Self, UntrustedCheckpoint> {
        let signed = SignedCheckpoint::parse(note)?;
        let signature = signed.find_log_signature([vkey])?;
        Ok(signed.into_verified(&signature))
    }

    pub(crate) fn with_witnesses(
        mut self,
        cosigners: Vec<Cosigner>,
        auditors: Vec<Cosigner>,
        is_audited: bool,
        is_quorum_none: bool,
    ) -> Self {
        self.cosigners = cosigners;
        self.auditors = auditors;
        self.is_audited = is_audited;
        self.is_quorum_none = is_quorum_none;
        self
    }

    /// The log's name, which is also the name of the key that signed.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Tree size in leaves: 0 to 2^48.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the RFC 6962 tree of that size.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Id of the log's key that signed.
    pub fn log_key_id(&self) -> KeyId {
        self.log_key_id
    }

    /// Every witness of the policy that cosigned, auditors too, sorted by name. Empty means: no witnesses.
    pub fn cosigners(&self) -> &[Cosigner] {
        &self.cosigners
    }

    /// Those of them that stand, directly or through other groups, in the policy's group `auditors`.
    pub fn auditors(&self) -> &[Cosigner] {
        &self.auditors
    }

    /// Whether the policy has a group `auditors` and enough of it cosigned.
    pub fn is_audited(&self) -> bool {
        self.is_audited
    }

    /// Whether no cosignature was asked for: the policy says `quorum none`, or there was only a log key.
    pub fn is_quorum_none(&self) -> bool {
        self.is_quorum_none
    }
}
