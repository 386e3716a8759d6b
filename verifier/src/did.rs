//! People and services by their key: did:key with Ed25519.

use std::fmt;

use thiserror::Error;

use crate::error::Code;

/// Multicodec prefix of an Ed25519 public key, as an unsigned varint (did:key, multicodec table).
const ED25519_PUB: [u8; 2] = [0xed, 0x01];
const PREFIX: &str = "did:key:z";

/// A did:key of an Ed25519 public key: `did:key:z` and the base58btc form of `0xed 0x01 ‖ key`.
///
/// Every 32 bytes have exactly one such text. That the bytes are a usable public key is not checked here but where a
/// signature by the key is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Did {
    // Always the one text form of `key`; first, so that the derived order is that of the text.
    text: String,
    key: [u8; 32],
}

/// Why a text is no did:key of an Ed25519 key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DidError {
    /// Does not start with `did:key:z`.
    #[error("a did:key starts with did:key:z")]
    Prefix,
    /// Not base58btc of 34 bytes.
    #[error("what follows did:key:z is not base58btc of 34 bytes")]
    Base58,
    /// Another kind of key.
    #[error("the key is not an Ed25519 public key (multicodec 0xed 0x01)")]
    Multicodec,
}

impl Code for DidError {
    fn code(&self) -> &'static str {
        match self {
            Self::Prefix => "did-prefix",
            Self::Base58 => "did-base58",
            Self::Multicodec => "did-multicodec",
        }
    }
}

impl Did {
    /// Parses the text form.
    ///
    /// # Errors
    /// - [`DidError::Prefix`]: not `did:key:z…`
    /// - [`DidError::Base58`]: not base58btc of exactly 34 bytes
    /// - [`DidError::Multicodec`]: not an Ed25519 key
    pub fn parse(text: &str) -> Result<Self, DidError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(DidError::Prefix)?;
        let mut bytes = [0; 34];
        // Base58 of 34 bytes has at most 47 digits; a longer text is refused before its quadratic decoding.
        if encoded.len() > 48 || bs58::decode(encoded).onto(&mut bytes) != Ok(34) {
            return Err(DidError::Base58);
        }
        if bytes[..2] != ED25519_PUB {
            return Err(DidError::Multicodec);
        }
        let mut key = [0; 32];
        key.copy_from_slice(&bytes[2..]);
        Ok(Self { text: text.to_owned(), key })
    }

    /// The did:key of a public key.
    pub fn from_key(key: &[u8; 32]) -> Self {
        let mut bytes = [0; 34];
        bytes[..2].copy_from_slice(&ED25519_PUB);
        bytes[2..].copy_from_slice(key);
        Self { text: format!("{PREFIX}{}", bs58::encode(bytes).into_string()), key: *key }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The 32 bytes of the public key (RFC 8032 §5.1.2).
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The Ed25519 example of the did:key specification.
    const EXAMPLE: &str = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";

    #[test]
    fn the_specification_s_example_round_trips() {
        let did = Did::parse(EXAMPLE).unwrap();
        assert_eq!(Did::from_key(did.key()), did);
    }

    #[test]
    fn each_refusal() {
        assert_eq!(Did::parse("did:web:example.org"), Err(DidError::Prefix));
        assert_eq!(Did::parse("did:key:z"), Err(DidError::Base58));
        assert_eq!(Did::parse(&EXAMPLE[..EXAMPLE.len() - 3]), Err(DidError::Base58));
        assert_eq!(Did::parse(&EXAMPLE.replace('m', "l")), Err(DidError::Base58));
        assert_eq!(Did::parse(&format!("did:key:z{}", "1".repeat(100_000))), Err(DidError::Base58));
        let x25519 = bs58::encode([&[0xec, 0x01][..], &[9; 32]].concat()).into_string();
        assert_eq!(Did::parse(&format!("did:key:z{x25519}")), Err(DidError::Multicodec));
    }

    proptest! {
        #[test]
        fn text_and_key_are_one_to_one(key: [u8; 32]) {
            let did = Did::from_key(&key);
            prop_assert_eq!(Did::parse(did.as_str()).unwrap(), did.clone());
            prop_assert_eq!(did.key(), &key);
        }

        #[test]
        fn what_parses_is_its_own_form(text in "did:key:z[1-9A-HJ-NP-Za-km-z]{40,50}") {
            if let Ok(did) = Did::parse(&text) {
                prop_assert_eq!(Did::from_key(did.key()).to_string(), text);
            }
        }
    }
}
