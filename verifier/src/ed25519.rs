//! Ed25519 (RFC 8032 §5.1) with one fixed answer for each input.
//!
//! RFC 8032 leaves room, and libraries differ in what they accept ("Taming the many EdDSAs", eprint 2020/1244). Here a
//! signature is valid if A and R are canonically encoded and not of small order, S < L, and the cofactorless equation
//! holds: what every strict library accepts. Any faster path has to accept exactly this set.

use std::fmt;
use std::hash::{Hash, Hasher};

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
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

/// The canonical encodings of the eight points of order 1, 2, 4 and 8 (eprint 2020/1244, table 1): y = 1, -1, 0 twice, and
/// two more y twice.
const SMALL_ORDER: [[u8; 32]; 8] = {
    const Y8: [u8; 32] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, //
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    const MINUS_Y8: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, //
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const fn with_sign(mut y: [u8; 32]) -> [u8; 32] {
        y[31] |= 0x80;
        y
    }
    let zero = [0; 32];
    let mut one = zero;
    one[0] = 1;
    let mut minus_one = P;
    minus_one[0] -= 1;
    [one, minus_one, zero, with_sign(zero), Y8, with_sign(Y8), MINUS_Y8, with_sign(MINUS_Y8)]
};

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
        // What verify_strict does, without decompressing R: the equation is checked by encoding [S]B - [k]A and comparing
        // the bytes with R, so that an R that passes is canonical and on the curve, and of small order only if it is one
        // of eight encodings. (A was looked at when it was decoded.) What failed is worked out only for signatures that
        // are refused.
        match self.0.verify(message, &Signature::from_bytes(signature)) {
            Ok(()) if SMALL_ORDER.contains(&r) => Err(SignatureError::RSmallOrder),
            Ok(()) => Ok(()),
            Err(_) => Err(match VerifyingKey::from_bytes(&r) {
                Err(_) => SignatureError::ROffCurve,
                Ok(point) if point.is_weak() => SignatureError::RSmallOrder,
                Ok(_) => SignatureError::Mismatch,
            }),
        }
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::{EdwardsPoint, Scalar};
    use proptest::prelude::*;
    use sha2::{Digest, Sha512};

    use super::*;

    #[test]
    fn the_small_order_points_are_the_torsion_of_the_curve() {
        let ours: HashSet<[u8; 32]> = SMALL_ORDER.into();
        let torsion: HashSet<[u8; 32]> = EIGHT_TORSION.iter().map(|t| t.compress().to_bytes()).collect();
        assert_eq!(ours, torsion);
        assert_eq!(ours.len(), 8);
    }

    /// A key whose point is a·B + T, and a signature under it whose R is of small order and that fulfils the equation:
    /// S = k·a and R = -k·T.
    fn with_small_order_r(a: Scalar, t: EdwardsPoint) -> ([u8; 32], Vec<u8>, [u8; 64]) {
        let key = (ED25519_BASEPOINT_POINT * a + t).compress().to_bytes();
        for (number, wanted) in (0_u64..).flat_map(|n| EIGHT_TORSION.iter().map(move |r| (n, r))) {
            let (r, message) = (wanted.compress().to_bytes(), number.to_be_bytes().to_vec());
            let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(&message);
            let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
            // k is below L, which is odd: of k·T only k mod 8 counts, as it stands.
            if -(t * k) == *wanted {
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(&r);
                signature[32..].copy_from_slice((k * a).as_bytes());
                return (key, message, signature);
            }
        }
        unreachable!("one of eight messages does")
    }

    #[test]
    fn an_r_of_small_order_is_refused_where_the_equation_holds() {
        for t in EIGHT_TORSION {
            let (key, message, signature) = with_small_order_r(Scalar::from(0x1234_5678_u64), t);
            let dalek = VerifyingKey::from_bytes(&key).unwrap();
            let parsed = Signature::from_bytes(&signature);
            dalek.verify(&message, &parsed).expect("the equation holds");
            dalek.verify_strict(&message, &parsed).unwrap_err();
            let ours = PublicKey::from_bytes(&key).unwrap();
            assert_eq!(ours.verify(&message, &signature), Err(SignatureError::RSmallOrder));
        }
    }

    proptest! {
        /// Exactly what verify_strict accepts, also of signatures that are nearly right and keys with a torsion part.
        #[test]
        fn accepts_what_verify_strict_accepts(
            a in any::<[u8; 32]>(),
            nonce in any::<[u8; 32]>(),
            torsion in 0_usize..8,
            r_torsion in 0_usize..8,
            message in prop::collection::vec(any::<u8>(), 0..40),
            flip in prop::option::weighted(0.3, 0_usize..512),
        ) {
            let (a, nonce) = (Scalar::from_bytes_mod_order(a), Scalar::from_bytes_mod_order(nonce));
            let key = (ED25519_BASEPOINT_POINT * a + EIGHT_TORSION[torsion]).compress().to_bytes();
            let r = (ED25519_BASEPOINT_POINT * nonce + EIGHT_TORSION[r_torsion]).compress().to_bytes();
            let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(&message);
            let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&r);
            signature[32..].copy_from_slice((nonce + k * a).as_bytes());
            if let Some(bit) = flip {
                signature[bit / 8] ^= 1 << (bit % 8);
            }
            let strict = VerifyingKey::from_bytes(&key)
                .and_then(|dalek| dalek.verify_strict(&message, &Signature::from_bytes(&signature)));
            // Ours also refuses an R whose encoding is not canonical by itself; verify_strict's comparison does.
            let ours = PublicKey::from_bytes(&key).map(|ours| ours.verify(&message, &signature));
            prop_assert_eq!(strict.is_ok(), matches!(ours, Ok(Ok(()))));
        }
    }
}
