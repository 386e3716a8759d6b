//! Verifier keys.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ml_dsa::{EncodedVerifyingKey, MlDsa44, Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{KeyName, KeyNameError};
use crate::ed25519::{KeyError, PublicKey};
use crate::error::Code;

/// Longest vkey that is read, in bytes: a name of 255, 8 hex digits, 1,752 of base64, two plus signs.
pub const MAX_VKEY: usize = 255 + 1 + 8 + 1 + 1752;

/// The 32-bit key id, big-endian: the first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key).
///
/// It tells keys of one name apart and proves nothing: anybody can make a key with a given id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A public key with its signature type (C2SP signed-note, "Signature types").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// 0x01: Ed25519 over the note's text.
    Ed25519(PublicKey),
    /// 0x04: timestamped Ed25519 checkpoint cosignatures, cosignature/v1.
    CosignatureV1(PublicKey),
    /// 0x06: timestamped ML-DSA-44 (sub)tree cosignatures.
    MlDsa44(MlDsa44Key),
}

impl Key {
    /// The signature type identifier byte.
    pub fn type_byte(&self) -> u8 {
        match self {
            Self::Ed25519(_) => 0x01,
            Self::CosignatureV1(_) => 0x04,
            Self::MlDsa44(_) => 0x06,
        }
    }

    /// The public key as it stands in a vkey: 32 or 1,312 bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) | Self::CosignatureV1(key) => key.as_bytes(),
            Self::MlDsa44(key) => key.as_bytes(),
        }
    }

    fn id(&self, name: &KeyName) -> KeyId {
        let mut h = Sha256::new();
        h.update(name.as_str());
        h.update([b'\n', self.type_byte()]);
        h.update(self.bytes());
        let digest: [u8; 32] = h.finalize().into();
        KeyId([digest[0], digest[1], digest[2], digest[3]])
    }
}

/// An ML-DSA-44 public key (FIPS 204): every string of 1,312 bytes is one.
#[derive(Clone)]
pub struct MlDsa44Key {
    bytes: Arc<[u8; Self::LENGTH]>,
    key: Arc<VerifyingKey<MlDsa44>>,
}

impl MlDsa44Key {
    /// Length of the encoded key in bytes.
    pub const LENGTH: usize = 1312;

    /// Length of a signature in bytes.
    pub const SIGNATURE_LENGTH: usize = 2420;

    /// Decodes a public key (FIPS 204, algorithm 23).
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        let key = VerifyingKey::decode(&EncodedVerifyingKey::<MlDsa44>::from(*bytes));
        Self { bytes: Arc::new(*bytes), key: Arc::new(key) }
    }

    /// The encoded key.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.bytes
    }

    /// Whether `signature` is this key's over `message` with an empty context (FIPS 204, algorithm 3).
    pub fn verify(&self, message: &[u8], signature: &[u8; Self::SIGNATURE_LENGTH]) -> bool {
        Signature::<MlDsa44>::decode(&(*signature).into())
            .is_some_and(|signature| self.key.verify_with_context(message, &[], &signature))
    }
}

impl PartialEq for MlDsa44Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for MlDsa44Key {}

impl fmt::Debug for MlDsa44Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MlDsa44Key({}…)", hex::encode(&self.bytes[..8]))
    }
}

/// A verifier key: `<name>+<key id in hex>+<base64 of type and public key>` (C2SP signed-note, "Verifier keys").
///
/// The key id is that of name, type and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: KeyName,
    key_id: KeyId,
    key: Key,
}

/// Why a text is no verifier key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VkeyError {
    /// More than [`MAX_VKEY`] bytes.
    #[error("the vkey has {length} bytes, more than {MAX_VKEY}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Not UTF-8.
    #[error("the vkey is not UTF-8")]
    NotUtf8,
    /// Not three parts joined by plus signs.
    #[error("the vkey is not \"<name>+<key id>+<key>\"")]
    Parts,
    /// The name is none.
    #[error("the vkey's name can not be used")]
    Name(#[source] KeyNameError),
    /// Not 8 lower-case hex digits.
    #[error("the vkey's key id is not 8 lower-case hex digits")]
    KeyIdForm,
    /// Not padded standard base64 without stray bits, or empty.
    #[error("the vkey's last part is not strict standard base64 of a type and a key")]
    Base64,
    /// A signature type that is not supported here.
    #[error("the vkey has signature type {type_byte:#04x}; only 0x01, 0x04 and 0x06 are supported")]
    UnsupportedType {
        /// The type identifier byte.
        type_byte: u8,
    },
    /// The public key has the wrong length for its type.
    #[error("the vkey's public key has {got} bytes instead of {expected}")]
    KeyLength {
        /// Length that the type asks for, in bytes.
        expected: usize,
        /// Length found, in bytes.
        got: usize,
    },
    /// The Ed25519 public key is not acceptable.
    #[error("the vkey's public key can not be used")]
    PublicKey(#[source] KeyError),
    /// The key id does not belong to name, type and key.
    #[error(
        "the vkey says key id {stated}, but its name, type and key give {computed}: one of them was changed"
    )]
    KeyIdMismatch {
        /// The id in the text.
        stated: KeyId,
        /// The id of name, type and key.
        computed: KeyId,
    },
}

impl Code for VkeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "vkey-too-long",
            Self::NotUtf8 => "vkey-not-utf8",
            Self::Parts => "vkey-parts",
            Self::Name(e) => e.code(),
            Self::KeyIdForm => "vkey-key-id-form",
            Self::Base64 => "vkey-base64",
            Self::UnsupportedType { .. } => "vkey-type-unsupported",
            Self::KeyLength { .. } => "vkey-key-length",
            Self::PublicKey(e) => e.code(),
            Self::KeyIdMismatch { .. } => "vkey-key-id-mismatch",
        }
    }
}

impl Vkey {
    /// The vkey of a name and a key.
    pub fn new(name: KeyName, key: Key) -> Self {
        Self { key_id: key.id(&name), name, key }
    }

    /// Parses a vkey. `to_string` gives the same text back.
    ///
    /// # Errors
    /// A [`VkeyError`], checked in the order of its variants.
    pub fn parse(text: &str) -> Result<Self, VkeyError> {
        Self::from_bytes(text.as_bytes())
    }

    /// Parses a vkey that came as octets, as policies have them.
    ///
    /// # Errors
    /// As [`Vkey::parse`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VkeyError> {
        if bytes.len() > MAX_VKEY {
            return Err(VkeyError::TooLong { length: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| VkeyError::NotUtf8)?;
        // The base64 part may itself contain plus signs; the others can not.
        let (name, rest) = text.split_once('+').ok_or(VkeyError::Parts)?;
        let (id, base64) = rest.split_once('+').ok_or(VkeyError::Parts)?;
        let name = KeyName::parse(name).map_err(VkeyError::Name)?;
        let stated = parse_id(id).ok_or(VkeyError::KeyIdForm)?;
        let material = STANDARD.decode(base64).map_err(|_| VkeyError::Base64)?;
        let (&type_byte, key) = material.split_first().ok_or(VkeyError::Base64)?;
        let key = match type_byte {
            0x01 => Key::Ed25519(public_key(key)?),
            0x04 => Key::CosignatureV1(public_key(key)?),
            0x06 => Key::MlDsa44(MlDsa44Key::from_bytes(&exactly(key)?)),
            _ => return Err(VkeyError::UnsupportedType { type_byte }),
        };
        let vkey = Self::new(name, key);
        if vkey.key_id != stated {
            return Err(VkeyError::KeyIdMismatch { stated, computed: vkey.key_id });
        }
        Ok(vkey)
    }

    /// The key name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key id.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The public key and its signature type.
    pub fn key(&self) -> &Key {
        &self.key
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.key.type_byte()], self.key.bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.key_id, STANDARD.encode(material))
    }
}

fn parse_id(text: &str) -> Option<KeyId> {
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let mut id = [0; 4];
    (text.bytes().all(lower_hex) && hex::decode_to_slice(text, &mut id).is_ok()).then_some(KeyId(id))
}

fn public_key(bytes: &[u8]) -> Result<PublicKey, VkeyError> {
    PublicKey::from_bytes(&exactly(bytes)?).map_err(VkeyError::PublicKey)
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], VkeyError> {
    bytes.try_into().map_err(|_| VkeyError::KeyLength { expected: N, got: bytes.len() })
}
