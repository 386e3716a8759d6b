//! Tiles and entry bundles (C2SP tlog-tiles): their names, widths and bytes.

mod bundle;
mod path;
mod shape;

use thiserror::Error;

pub use bundle::{BundleError, MAX_ENTRY_LENGTH, decode_bundle, encode_bundle};
pub use path::{BundlePath, MAX_LEVEL, MAX_NUMBER, PathError, TilePath};
pub use shape::{MAX_SIZE, bundle_width, bundles, tile_width, tiles};

use crate::error::Code;
use crate::hash::Hash;

/// Hashes in a full tile, entries in a full bundle.
pub const FULL: u16 = 256;

/// A tile's bytes have the wrong length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the tile has {got} bytes; a width of {width} is {expected}")]
pub struct TileLengthError {
    /// The width asked for, in hashes.
    pub width: u16,
    /// 32 times the width.
    pub expected: usize,
    /// Bytes found.
    pub got: usize,
}

impl Code for TileLengthError {
    fn code(&self) -> &'static str {
        "tile-wrong-length"
    }
}

/// The hashes of a tile of `width` (1 to 256) hashes.
///
/// # Errors
/// [`TileLengthError`]: not exactly 32 bytes for each hash.
pub fn decode_tile(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileLengthError> {
    let expected = usize::from(width) * 32;
    if bytes.len() != expected {
        return Err(TileLengthError { width, expected, got: bytes.len() });
    }
    let (hashes, _) = bytes.as_chunks::<32>();
    Ok(hashes.iter().copied().map(Hash).collect())
}
