//! Which tiles and bundles a tree of a given size has.

use super::{BundlePath, FULL, TilePath};

/// Largest tree: 2^48 leaves. Sizes above it are refused wherever they are read.
pub const MAX_SIZE: u64 = 1 << 48;

/// Width of tile `number` at `level` in a tree of `size` leaves; `None` if the tree has no such tile.
///
/// The same tile of a larger tree has at least this width, and the same first hashes.
pub fn tile_width(level: u8, number: u64, size: u64) -> Option<u16> {
    let hashes = size.checked_shr(u32::from(level) * 8).unwrap_or(0);
    let from_here = hashes.checked_sub(number.checked_mul(u64::from(FULL))?)?;
    match u16::try_from(from_here) {
        Ok(0) => None,
        Ok(width) => Some(width.min(FULL)),
        Err(_) => Some(FULL),
    }
}

/// Width of entry bundle `number` in a log of `size` entries; `None` if the log has no such bundle.
pub fn bundle_width(number: u64, size: u64) -> Option<u16> {
    tile_width(0, number, size)
}

/// Every tile of a tree of `size` leaves (at most [`MAX_SIZE`]), level by level, full ones first.
pub fn tiles(size: u64) -> impl Iterator<Item = TilePath> {
    (0..=6).flat_map(move |level| {
        (0..).map_while(move |number| {
            let width = tile_width(level, number, size.min(MAX_SIZE))?;
            TilePath::new(level, number, width).ok()
        })
    })
}

/// Every entry bundle of a log of `size` entries (at most [`MAX_SIZE`]), the full ones first.
pub fn bundles(size: u64) -> impl Iterator<Item = BundlePath> {
    (0..).map_while(move |number| {
        let width = bundle_width(number, size.min(MAX_SIZE))?;
        BundlePath::new(number, width).ok()
    })
}
