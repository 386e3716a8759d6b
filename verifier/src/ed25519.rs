//! Ed25519 (RFC 8032 §5.1) with one fixed answer for each input.
//!
//! RFC 8032 leaves room, and libraries differ in what they accept ("Taming the many EdDSAs", eprint 2020/1244). Here a
//! signature is valid if A and R are canonically encoded and not of small order, S < L, and the cofactorless equation
//! holds: what every strict library accepts. Any faster path has to accept exactly this set.

use std::fmt;
use std::hash::{Hash, Hasher};

use ed25519_dalek::{Signature, VerifyingKey};
use thiserror::Error;

use crate::error::Code;

/// p = 2^255 - 19, little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 §5.1).
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, //
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// An Ed25519 public key: canonical, on the curve, not of small order.
///
/// It holds the decompressed point, so that checking many signatures by one key decompresses the key once.
#[derive(Clone, Copy)]
pub struct PublicKey(VerifyingKey);

/// Why 32 bytes are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The y coordinate is 2^255 - 19 or more.
    #[error("the public key is not canonically encoded: its y coordinate is not below 2^255 - 19")]
    NotCanonical,
    /// No point of the curve has this y coordinate.
    #[error("the public key is not a point of the curve")]
    OffCurve,
    /// The point has order 1, 2, 4 or 8: anybody can make signatures under it.
    #[error("the public key is of small order: anybody could sign with it")]
    SmallOrder,
}

impl Code for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotCanonical => "key-not-canonical",
            Self::OffCurve => "key-off-curve",
            Self::SmallOrder => "key-small-order",
        }
    }
}

/// Why a signature is not valid. The checks are made in this order, and the first that fails is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// S is L or more.
    #[error("the signature's S is not below the group order")]
    ScalarRange,
    /// The y coordinate of R is 2^255 - 19 or more.
    #[error("the signature's R is not canonically encoded")]
    RNotCanonical,
    /// No point of the curve has R's y coordinate.
    #[error("the signature's R is not a point of the curve")]
    ROffCurve,
    /// R has order 1, 2, 4 or 8.
    #[error("the signature's R is of small order")]
    RSmallOrder,
    /// \[S\]B is not R + \[k\]A: other key, other message, or damaged.
    #[error("the signature was not made by this key over this message")]
    Mismatch,
}

impl Code for SignatureError {
    fn code(&self) -> &'static str {
        match self {
            Self::ScalarRange => "signature-scalar-range",
            Self::RNotCanonical => "signature-r-not-canonical",
            Self::ROffCurve => "signature-r-off-curve",
            Self::RSmallOrder => "signature-r-small-order",
            Self::Mismatch => "signature-mismatch",
        }
    }
}

impl PublicKey {
    /// Decodes a public key (RFC 8032 §5.1.3).
    ///
    /// # Errors
    /// In this order:
    /// - [`KeyError::NotCanonical`]: y ≥ 2^255 - 19
    /// - [`KeyError::OffCurve`]: not a point of the curve
    /// - [`KeyError::SmallOrder`]: order 1, 2, 4 or 8, which includes x = 0 with its sign bit set
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        if !y_is_canonical(bytes) {
            return Err(KeyError::NotCanonical);
        }
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::OffCurve)?;
        if key.is_weak() {
            return Err(KeyError::SmallOrder);
        }
        Ok(Self(key))
    }

    /// The canonical encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Checks `signature` (R, then S) over `message`.
    ///
    /// # Errors
    /// A [`SignatureError`]: the first check that fails, in the order of its variants.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
        let (r, s) = halves(signature);
        if !is_below(&s, &L) {
            return Err(SignatureError::ScalarRange);
        }
        if !y_is_canonical(&r) {
            return Err(SignatureError::RNotCanonical);
        }
        // verify_strict compares encodings and refuses a small-order R, but has one error for everything. What failed
        // is worked out only for signatures that are refused.
        self.0.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| {
            match VerifyingKey::from_bytes(&r) {
                Err(_) => SignatureError::ROffCurve,
                Ok(point) if point.is_weak() => SignatureError::RSmallOrder,
                Ok(_) => SignatureError::Mismatch,
            }
        })
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.as_bytes()))
    }
}

fn halves(signature: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (mut r, mut s) = ([0; 32], [0; 32]);
    r.copy_from_slice(&signature[..32]);
    s.copy_from_slice(&signature[32..]);
    (r, s)
}

fn y_is_canonical(point: &[u8; 32]) -> bool {
    let mut y = *point;
    y[31] &= 0x7f;
    is_below(&y, &P)
}

/// `a < b`, both little-endian.
fn is_below(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}
