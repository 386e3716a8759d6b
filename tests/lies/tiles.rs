//! Tiles and bundles by the letter of C2SP tlog-tiles, with no code of ours.

use std::collections::BTreeMap;
use std::path::Path;

use lebombo_verifier::Hash;
use sha2::{Digest as _, Sha256};

/// Path to bytes.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    Hash(hasher.finalize().into())
}

pub(crate) fn leaves(entries: &[Vec<u8>]) -> Vec<Hash> {
    entries.iter().map(|entry| sha256(&[&[0], entry])).collect()
}

/// RFC 6962 §2.1.
pub(crate) fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let k = leaves.len().next_power_of_two() / 2;
            sha256(&[&[1], &mth(&leaves[..k]).0, &mth(&leaves[k..]).0])
        }
    }
}

fn name(number: usize, width: usize) -> String {
    assert!(number < 1000);
    if width == 256 { format!("{number:03}") } else { format!("{number:03}.p/{width}") }
}

/// The bundles of some entries.
pub(crate) fn bundles(entries: &[Vec<u8>]) -> Files {
    let bundle = |entries: &[Vec<u8>]| {
        let entry = |e: &Vec<u8>| [&u16::try_from(e.len()).unwrap().to_be_bytes()[..], e].concat();
        entries.iter().flat_map(entry).collect()
    };
    (0..)
        .zip(entries.chunks(256))
        .map(|(n, chunk)| (format!("tile/entries/{}", name(n, chunk.len())), bundle(chunk)))
        .collect()
}

/// All bundles and tiles of some entries.
pub(crate) fn files(entries: &[Vec<u8>]) -> Files {
    let mut files = bundles(entries);
    let (mut level, mut row) = (0, leaves(entries));
    while !row.is_empty() {
        for (number, chunk) in (0..).zip(row.chunks(256)) {
            let bytes = chunk.iter().flat_map(|hash| hash.0).collect();
            files.insert(format!("tile/{level}/{}", name(number, chunk.len())), bytes);
        }
        row = row.chunks_exact(256).map(mth).collect();
        level += 1;
    }
    files
}

/// Writes files into a folder.
pub(crate) fn write(dir: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
