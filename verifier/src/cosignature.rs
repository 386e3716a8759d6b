//! Timestamped cosignatures (C2SP tlog-cosignature): cosignature/v1 by Ed25519, subtree/v1 by ML-DSA-44.

use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::ed25519::{PublicKey, SignatureError};
use crate::error::Code;
use crate::note::{Key, KeyName, MlDsa44Key, Vkey};

/// Largest timestamp, in seconds since 1970: 2^63 - 1.
pub const MAX_TIMESTAMP: u64 = (1 << 63) - 1;

/// Why a cosignature does not verify. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CosignatureError {
    /// The key is not one for cosignatures.
    #[error("a key of signature type {type_byte:#04x} makes no cosignatures; 0x04 and 0x06 do")]
    KeyType {
        /// The key's signature type identifier byte.
        type_byte: u8,
    },
    /// Not 8 bytes of time and a signature of the key's kind.
    #[error("the cosignature has {got} bytes; 8 of time and the signature are {expected}")]
    Length {
        /// 72 for Ed25519, 2,428 for ML-DSA-44.
        expected: usize,
        /// Bytes found, without the key id.
        got: usize,
    },
    /// The timestamp is above 2^63 - 1.
    #[error("the cosignature's timestamp {timestamp} is above 2^63 - 1")]
    Timestamp {
        /// The timestamp.
        timestamp: u64,
    },
    /// The Ed25519 signature is not valid.
    #[error("the Ed25519 cosignature does not verify")]
    Ed25519(#[source] SignatureError),
    /// The ML-DSA-44 signature is malformed, or by another key, or over another message.
    #[error("the ML-DSA-44 cosignature does not verify")]
    MlDsa44,
}

impl Code for CosignatureError {
    fn code(&self) -> &'static str {
        match self {
            Self::KeyType { .. } => "cosignature-key-type",
            Self::Length { .. } => "cosignature-wrong-length",
            Self::Timestamp { .. } => "cosignature-timestamp-range",
            Self::Ed25519(_) => "cosignature-ed25519-invalid",
            Self::MlDsa44 => "cosignature-ml-dsa-44-invalid",
        }
    }
}

/// Verifies what follows the key id in a signature line by `vkey`, and gives the time it states: seconds since 1970.
///
/// The time is not compared with any clock.
///
/// # Errors
/// A [`CosignatureError`].
pub fn verify(vkey: &Vkey, signature: &[u8], checkpoint: &Checkpoint) -> Result<u64, CosignatureError> {
    match vkey.key() {
        Key::Ed25519(_) => Err(CosignatureError::KeyType { type_byte: vkey.key().type_byte() }),
        Key::CosignatureV1(key) => verify_v1(key, signature, checkpoint),
        Key::MlDsa44(key) => verify_ml_dsa_44(key, vkey.name(), signature, checkpoint),
    }
}

fn verify_v1(key: &PublicKey, signature: &[u8], checkpoint: &Checkpoint) -> Result<u64, CosignatureError> {
    let (timestamp, signature) = split::<64>(signature)?;
    key.verify(&message_v1(timestamp, checkpoint), signature).map_err(CosignatureError::Ed25519)?;
    Ok(timestamp)
}

fn verify_ml_dsa_44(
    key: &MlDsa44Key,
    name: &KeyName,
    signature: &[u8],
    checkpoint: &Checkpoint,
) -> Result<u64, CosignatureError> {
    let (timestamp, signature) = split::<{ MlDsa44Key::SIGNATURE_LENGTH }>(signature)?;
    if !key.verify(&message_ml_dsa_44(name, timestamp, checkpoint), signature) {
        return Err(CosignatureError::MlDsa44);
    }
    Ok(timestamp)
}

/// The `timestamped_signature` structure: big-endian u64, then `N` bytes.
fn split<const N: usize>(bytes: &[u8]) -> Result<(u64, &[u8; N]), CosignatureError> {
    let wrong_length = CosignatureError::Length { expected: 8 + N, got: bytes.len() };
    let Some((timestamp, signature)) = bytes.split_first_chunk::<8>() else {
        return Err(wrong_length);
    };
    let signature = signature.try_into().map_err(|_| wrong_length)?;
    let timestamp = u64::from_be_bytes(*timestamp);
    if timestamp > MAX_TIMESTAMP {
        return Err(CosignatureError::Timestamp { timestamp });
    }
    Ok((timestamp, signature))
}

/// What an Ed25519 cosigner signs (C2SP tlog-cosignature, "Ed25519 signed message").
pub fn message_v1(timestamp: u64, checkpoint: &Checkpoint) -> Vec<u8> {
    format!("cosignature/v1\ntime {timestamp}\n{}", checkpoint.to_text()).into_bytes()
}

/// What an ML-DSA-44 cosigner of that name signs for a whole tree (C2SP tlog-cosignature, "ML-DSA-44 signed message").
///
/// Extension lines are not part of it.
pub fn message_ml_dsa_44(cosigner: &KeyName, timestamp: u64, checkpoint: &Checkpoint) -> Vec<u8> {
    let mut message = b"subtree/v1\n\0".to_vec();
    push_opaque(&mut message, cosigner.as_str());
    message.extend_from_slice(&timestamp.to_be_bytes());
    push_opaque(&mut message, checkpoint.origin().as_str());
    message.extend_from_slice(&0u64.to_be_bytes());
    message.extend_from_slice(&checkpoint.size().to_be_bytes());
    message.extend_from_slice(checkpoint.root().as_bytes());
    message
}

/// A length byte and the text. Key names and origins have at most 255 bytes, so the low byte is the whole length.
fn push_opaque(message: &mut Vec<u8>, text: &str) {
    message.push(text.len().to_le_bytes()[0]);
    message.extend_from_slice(text.as_bytes());
}
