//! Tiles and entry bundles: one name and one text each.

use lebombo_verifier::tile::{
    BundlePath, MAX_LEVEL, MAX_NUMBER, TilePath, decode_bundle, decode_tile, encode_bundle, tile_width,
};

use super::input::Input;

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        path(text);
    }
    let mut input = Input::new(data);
    let width = u16::try_from(input.below(256) + 1).unwrap();
    if let Ok(entries) = decode_bundle(data, width) {
        assert_eq!(encode_bundle(&entries).unwrap(), data);
    }
    if let Ok(hashes) = decode_tile(data, width) {
        assert_eq!(hashes.iter().flat_map(|h| h.0).collect::<Vec<u8>>(), data);
    }
    let (level, number) = (input.byte() % (MAX_LEVEL + 1), input.number() % (MAX_NUMBER + 1));
    let tile = TilePath::new(level, number, width).unwrap();
    assert_eq!(TilePath::parse(&tile.to_string()), Ok(tile));
    let bundle = BundlePath::new(number, width).unwrap();
    assert_eq!(BundlePath::parse(&bundle.to_string()), Ok(bundle));
    let damaged = input.damage(tile.to_string().as_bytes());
    if let Ok(text) = std::str::from_utf8(&damaged) {
        path(text);
    }
    let entries: Vec<&[u8]> = (0..width.min(8))
        .map(|_| {
            let n = input.below(9);
            input.bytes(n)
        })
        .collect();
    let bytes = encode_bundle(&entries).unwrap();
    assert_eq!(decode_bundle(&bytes, width.min(8)).unwrap(), entries);
    shape(level, number, input.number() >> 16);
}

fn path(text: &str) {
    if let Ok(path) = TilePath::parse(text) {
        assert_eq!(path.to_string(), text);
    }
    if let Ok(path) = BundlePath::parse(text) {
        assert_eq!(path.to_string(), text);
    }
}

/// A level has as many hashes as subtrees of 256^level leaves fit the tree, in tiles of 256 (C2SP tlog-tiles).
fn shape(level: u8, number: u64, size: u64) {
    let hashes = u128::from(size) / 256_u128.checked_pow(level.into()).unwrap_or(u128::MAX);
    let here = hashes.saturating_sub(u128::from(number) * 256).min(256);
    assert_eq!(u128::from(tile_width(level, number, size).unwrap_or(0)), here);
}
