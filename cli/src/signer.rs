//! A secret key that signs events, and what it signs.

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{MAX_ENTRY, Payload};
use lebombo_verifier::{Code, Hash};
use zeroize::Zeroizing;

/// An Ed25519 key with its did:key. It has no `Debug`, and is wiped when dropped.
pub(crate) struct Signer {
    key: SigningKey,
    did: Did,
}

/// A signed event that every signer has signed, ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The event id.
    pub(crate) id: Hash,
    /// The entry: one DSSE envelope, one line.
    pub(crate) entry: Vec<u8>,
}

impl Signer {
    /// The key with this secret (RFC 8032 §5.1.5).
    pub(crate) fn from_secret(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let did = Did::from_key(&key.verifying_key().to_bytes());
        Self { key, did }
    }

    /// The public name of the key.
    pub(crate) fn did(&self) -> &Did {
        &self.did
    }

    /// The secret, for export.
    pub(crate) fn secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// The signature of a payload in an envelope.
    pub(crate) fn sign(&self, payload: &[u8]) -> [u8; 64] {
        self.key.sign(&dsse::pae(payload)).to_bytes()
    }

    /// Signs an event whose only signer is this key.
    ///
    /// # Errors
    /// [`SignError::TooLarge`]
    pub(crate) fn event(&self, payload: &Payload) -> Result<Signed, SignError> {
        let payload = payload.to_canonical();
        let signatures = vec![(self.did.clone(), self.sign(&payload))];
        let id = dsse::event_id(&payload);
        let entry = Envelope { payload, signatures }.to_bytes();
        if entry.len() > MAX_ENTRY {
            return Err(SignError::TooLarge { length: entry.len() });
        }
        Ok(Signed { id, entry })
    }
}

/// An event can not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    /// An entry has at most 65,535 bytes.
    #[error(
        "the event would have {length} bytes, and an entry has at most {MAX_ENTRY}: say less, or split it"
    )]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
}

impl Code for SignError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "entry-too-large",
        }
    }
}
