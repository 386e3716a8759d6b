//! Building proofs, beside raw SHA-256 of as many nodes as the proof has hashes.

use std::collections::BTreeMap;

use lebombo_benches::clock::{make, median};
use lebombo_ledger::tree::{Frontier, Prover, TileSource, TreeError};
use lebombo_ledger::{MAX_PROOFS, store::TileKey};
use lebombo_verifier::leaf_hash;

use crate::{Run, limits};

/// Tiles in memory, so that it is the proving that is measured and not the store.
struct Tiles(BTreeMap<TileKey, Vec<[u8; 32]>>);

impl TileSource for Tiles {
    fn nodes(&self, key: TileKey, width: usize) -> Result<Vec<[u8; 32]>, TreeError> {
        let nodes = self.0.get(&key).map(Vec::as_slice).unwrap_or_default();
        let found = nodes.len();
        let short = TreeError::Tile { level: key.level, number: key.number, width, found };
        nodes.get(..width).map(<[_]>::to_vec).ok_or(short)
    }
}

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("proofs: building (tiles in memory)");
    let raw = limits::sha256_of_a_node(run.rounds);
    for size in [1_000_u64, 10_000, 100_000, 1_000_000] {
        let tiles = tiles(size);
        // Spread over the tree by a step that shares no factor with a power of ten.
        let spread: Vec<_> = (0..(512 / run.shrink) as u64).map(|n| n * 7_654_321 % size).collect();
        let length = Prover::new(&tiles, size).unwrap().inclusion(0).unwrap().hashes.len();
        let beside = [("raw SHA-256 of its nodes", raw.group(length))];
        let rate = median(run.rounds, spread.len(), || {
            make(spread.iter().map(|index| Prover::new(&tiles, size).unwrap().inclusion(*index).unwrap()))
        });
        run.row(&format!("inclusion, one at a time, of {size}"), rate, &beside);
        let first = size / 3;
        let together: Vec<_> = (first..size.min(first + MAX_PROOFS as u64)).collect();
        let rate = median(run.rounds, together.len(), || {
            let mut prover = Prover::new(&tiles, size).unwrap();
            make(together.iter().map(|index| prover.inclusion(*index).unwrap()))
        });
        run.row(&format!("inclusion, {} neighbours at once, of {size}", together.len()), rate, &beside);
        let rate = median(run.rounds, spread.len(), || {
            make(spread.iter().map(|from| Prover::new(&tiles, size).unwrap().consistency(*from).unwrap()))
        });
        run.row(&format!("consistency, one at a time, to {size}"), rate, &beside);
    }
}

fn tiles(size: u64) -> Tiles {
    let leaves = (0..size).map(|n| leaf_hash(&n.to_be_bytes()).0).collect();
    let grown = Frontier::empty().append(leaves);
    let nodes = |bytes: Vec<u8>| bytes.as_chunks::<32>().0.to_vec();
    Tiles(grown.tiles.into_iter().map(|(key, bytes)| (key, nodes(bytes))).collect())
}
