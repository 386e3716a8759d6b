//! The bytes of entry bundles: each entry after its length as a big-endian u16.

use thiserror::Error;

use super::FULL;
use crate::error::Code;

/// Longest entry that a bundle can hold, in bytes.
pub const MAX_ENTRY_LENGTH: usize = 65_535;

/// Why entries make no bundle, or bytes are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BundleError {
    /// A bundle has 1 to 256 entries.
    #[error("an entry bundle has 1 to 256 entries, not {width}")]
    Width {
        /// How many were given or asked for.
        width: usize,
    },
    /// An entry is longer than its length prefix can say.
    #[error("entry {position} of the bundle has {length} bytes, more than {MAX_ENTRY_LENGTH}")]
    EntryTooLong {
        /// 0-based position in the bundle.
        position: usize,
        /// Its length in bytes.
        length: usize,
    },
    /// The bytes end before the length of an entry.
    #[error("the bundle ends where the length of its entry {position} should be")]
    LengthTruncated {
        /// 0-based position in the bundle.
        position: usize,
    },
    /// The bytes end within an entry.
    #[error("the bundle ends within its entry {position}: {got} of {expected} bytes")]
    EntryTruncated {
        /// 0-based position in the bundle.
        position: usize,
        /// Bytes that its length prefix announces.
        expected: usize,
        /// Bytes that are left.
        got: usize,
    },
    /// Bytes follow the last entry.
    #[error("{count} bytes follow the last entry of the bundle")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
}

impl Code for BundleError {
    fn code(&self) -> &'static str {
        match self {
            Self::Width { .. } => "bundle-width",
            Self::EntryTooLong { .. } => "bundle-entry-too-long",
            Self::LengthTruncated { .. } => "bundle-length-truncated",
            Self::EntryTruncated { .. } => "bundle-entry-truncated",
            Self::TrailingBytes { .. } => "bundle-trailing-bytes",
        }
    }
}

/// The bytes of a bundle of 1 to 256 entries.
///
/// # Errors
/// - [`BundleError::Width`]: no entry, or more than 256
/// - [`BundleError::EntryTooLong`]: an entry of more than 65,535 bytes
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    check_width(entries.len())?;
    let mut out = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len())
            .map_err(|_| BundleError::EntryTooLong { position, length: entry.len() })?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Ok(out)
}

/// The entries of a bundle of exactly `width` (1 to 256) entries.
///
/// An entry of no bytes is handed on: it has a leaf like any other, and what it means is not for the tree to say.
///
/// # Errors
/// - [`BundleError::Width`]: `width` is not 1 to 256
/// - [`BundleError::LengthTruncated`], [`BundleError::EntryTruncated`]: the bytes end too early
/// - [`BundleError::TrailingBytes`]: they go on after the last entry
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    check_width(width.into())?;
    let mut entries = Vec::with_capacity(width.into());
    let mut rest = bytes;
    for position in 0..usize::from(width) {
        let (length, after) =
            rest.split_first_chunk::<2>().ok_or(BundleError::LengthTruncated { position })?;
        let expected = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(expected).ok_or(BundleError::EntryTruncated {
            position,
            expected,
            got: after.len(),
        })?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(BundleError::TrailingBytes { count: rest.len() });
    }
    Ok(entries)
}

fn check_width(width: usize) -> Result<(), BundleError> {
    if width == 0 || width > usize::from(FULL) { Err(BundleError::Width { width }) } else { Ok(()) }
}
