//! Small trees exhaustively, larger ones by sample; against a naive recursion and the verifier's code.

use std::collections::HashMap;

use lebombo_verifier::proof::{verify_consistency, verify_inclusion};
use lebombo_verifier::{Hash, leaf_hash, node_hash};

use super::*;
use crate::store::TileKey;

/// RFC 6962 §2.1 word for word, with the verifier's hashes.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node_hash(&naive(&leaves[..split]), &naive(&leaves[split..]))
        }
    }
}

#[derive(Default)]
struct Tiles(HashMap<(u8, u64), Vec<u8>>);

impl Tiles {
    fn take(&mut self, growth: Growth) -> Hash {
        for (key, hashes) in growth.tiles {
            self.0.insert((key.level, key.number), hashes);
        }
        growth.head.root
    }
}

impl TileSource for Tiles {
    fn nodes(&self, key: TileKey, width: usize) -> Result<Vec<Node>, TreeError> {
        let found = self.0.get(&(key.level, key.number)).map_or(&[][..], |bytes| bytes.as_chunks::<32>().0);
        let missing = TreeError::Tile { level: key.level, number: key.number, width, found: found.len() };
        found.get(..width).map(<[Node]>::to_vec).ok_or(missing)
    }
}

fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

fn grown(size: u64) -> (Tiles, Hash) {
    let mut tiles = Tiles::default();
    let mut frontier = Frontier::empty();
    let root = tiles.take(frontier.append((0..size).map(|index| leaf(&entry(index))).collect()));
    (tiles, root)
}

const SMALL: u64 = 257;

#[test]
fn roots_agree_for_all_small_sizes() {
    let all = leaves(SMALL);
    let mut tiles = Tiles::default();
    let mut frontier = Frontier::empty();
    for size in 0..=SMALL {
        let expected = naive(&all[..size as usize]);
        assert_eq!(frontier.root(), expected, "{size}");
        assert_eq!(Prover::new(&tiles, size).unwrap().root(), expected, "{size}");
        tiles.take(frontier.append(vec![leaf(&entry(size))]));
    }
}

#[test]
fn every_small_inclusion_proof_verifies() {
    let all = leaves(SMALL);
    let (tiles, _) = grown(SMALL);
    for size in 0..=SMALL {
        let root = naive(&all[..size as usize]);
        let mut prover = Prover::new(&tiles, size).unwrap();
        for index in 0..size {
            let proof = prover.inclusion(index).unwrap();
            verify_inclusion(index, size, &all[index as usize], &proof.hashes, &root).unwrap();
        }
        assert_eq!(prover.inclusion(size).unwrap_err(), TreeError::Beyond { position: size, size });
    }
}

#[test]
fn every_small_consistency_proof_verifies() {
    let all = leaves(SMALL);
    let (tiles, _) = grown(SMALL);
    let roots: Vec<Hash> = (0..=SMALL).map(|size| naive(&all[..size as usize])).collect();
    for to in 0..=SMALL {
        let mut prover = Prover::new(&tiles, to).unwrap();
        for from in 0..=to {
            let proof = prover.consistency(from).unwrap();
            verify_consistency(from, &roots[from as usize], to, &roots[to as usize], &proof).unwrap();
        }
        assert_eq!(prover.consistency(to + 1).unwrap_err(), TreeError::Beyond { position: to + 1, size: to });
    }
}

/// Sizes at and around the borders of tiles of level 1, where three levels meet.
const LARGE: [u64; 9] = [511, 512, 513, 65_279, 65_535, 65_536, 65_537, 65_793, 66_000];

#[test]
fn large_proofs_verify() {
    let all = leaves(66_000);
    let (tiles, _) = grown(66_000);
    let samples = |size: u64| {
        let near =
            [0, 1, 255, 256, 257, 511, 512, 65_279, 65_280, 65_535, 65_536, size / 2, size - 2, size - 1];
        near.into_iter().filter(move |index| *index < size)
    };
    for size in LARGE {
        let root = naive(&all[..size as usize]);
        let mut prover = Prover::new(&tiles, size).unwrap();
        assert_eq!(prover.root(), root);
        for index in samples(size) {
            let proof = prover.inclusion(index).unwrap();
            verify_inclusion(index, size, &all[index as usize], &proof.hashes, &root).unwrap();
        }
        for from in samples(size) {
            let proof = prover.consistency(from).unwrap();
            verify_consistency(from, &naive(&all[..from as usize]), size, &root, &proof).unwrap();
        }
    }
}

#[test]
fn growing_in_any_steps_gives_the_same_tiles() {
    let size = 66_000;
    let (at_once, root) = grown(size);
    for step in [1_000, 256, 255, 4_097] {
        let mut tiles = Tiles::default();
        let mut frontier = Frontier::empty();
        let mut next = 0;
        let mut last = Hash::default();
        while next < size {
            let end = (next + step).min(size);
            // As after a restart.
            frontier = {
                let loaded = Frontier::load(&tiles, next).unwrap();
                assert_eq!(loaded, frontier);
                loaded
            };
            last = tiles.take(frontier.append((next..end).map(|index| leaf(&entry(index))).collect()));
            next = end;
        }
        assert_eq!(last, root);
        assert!(tiles.0 == at_once.0, "step {step}");
    }
}

#[test]
fn a_tile_of_tlog_tiles_example() {
    // "A tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0 tile of width 112, one
    // full level 1 tile, one partial level 1 tile of width 17, and one partial level 2 tile of width 1."
    let (tiles, _) = grown(70_000);
    let width = |level, number| tiles.0.get(&(level, number)).map(|hashes| hashes.len() / 32);
    assert_eq!(tiles.0.len(), 273 + 1 + 1 + 1 + 1);
    assert!((0..273).all(|number| width(0, number) == Some(256)));
    assert_eq!(
        (width(0, 273), width(1, 0), width(1, 1), width(2, 0)),
        (Some(112), Some(256), Some(17), Some(1))
    );
}

#[test]
fn a_missing_or_short_tile_is_an_error() {
    let (mut tiles, _) = grown(600);
    tiles.0.get_mut(&(0, 2)).unwrap().truncate(32 * 87);
    assert!(matches!(
        Prover::new(&tiles, 600),
        Err(TreeError::Tile { level: 0, number: 2, width: 88, found: 87 })
    ));
    tiles.0.remove(&(0, 1));
    let mut prover = Prover::new(&tiles, 512).unwrap();
    prover.inclusion(255).unwrap();
    assert!(matches!(prover.inclusion(256), Err(TreeError::Tile { level: 0, number: 1, .. })));
}
