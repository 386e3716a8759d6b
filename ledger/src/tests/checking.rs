//! The checker finds each thing that can be wrong; and what is served is what is stored.

use lebombo_verifier::{Hash, leaf_hash};

use super::helpers::{Bench, event, verify_receipt};
use crate::store::engine::Space;
use crate::{Ledger, Problem, ProveError};

const SIZE: u64 = 300;

fn filled(bench: &Bench) -> Ledger {
    let ledger = bench.create();
    let entries = (1..SIZE).map(event).collect();
    let admitted = ledger.admit_many(entries).into_iter().map(Result::unwrap).collect();
    bench.runtime.block_on(ledger.submit_many(admitted)).unwrap();
    bench.settle(&ledger);
    ledger
}

#[test]
fn fsck_finds_what_was_changed() {
    let bench = Bench::new();
    let ledger = filled(&bench);
    assert!(bench.fsck(&ledger).is_clean());
    let entry = |index: u64| ledger.entry(index).unwrap().unwrap();
    let stored = |index: u64| [entry(index).id.as_bytes(), &entry(index).bytes[..]].concat();
    let tile = |level: u8, number: u64| [&[level][..], &number.to_be_bytes()].concat();
    let id = |index: u64| entry(index).id.0.to_vec();
    let head = |size: u64, root: Hash| [&size.to_be_bytes()[..], root.as_bytes()].concat();
    let checkpoint = ledger.store().checkpoint().unwrap().unwrap();
    let root = ledger.checkpoint().root();
    let flipped = |mut bytes: Vec<u8>, at: usize| {
        bytes[at] ^= 1;
        bytes
    };
    let tile_bytes = |level, number| bench.disk.read(Space::Tiles, &tile(level, number)).unwrap();
    type Case = (Space, Vec<u8>, Option<Vec<u8>>, fn(&Problem) -> bool);
    let cases: Vec<Case> = vec![
        (Space::Entries, 5_u64.to_be_bytes().into(), None, |p| {
            matches!(p, Problem::EntryMissing { index: 5 })
        }),
        (Space::Entries, 5_u64.to_be_bytes().into(), Some(stored(6)), |p| {
            matches!(p, Problem::Tile { level: 0, number: 0 })
        }),
        (Space::Entries, 5_u64.to_be_bytes().into(), Some(flipped(stored(5), 60)), |p| {
            matches!(p, Problem::EntryMalformed { index: 5, .. })
        }),
        (Space::Entries, 5_u64.to_be_bytes().into(), Some(flipped(stored(5), 0)), |p| {
            matches!(p, Problem::EntryId { index: 5 })
        }),
        (Space::Entries, SIZE.to_be_bytes().into(), Some(stored(5)), |p| {
            matches!(p, Problem::EntryBeyondHead { index: SIZE })
        }),
        (Space::Entries, 0_u64.to_be_bytes().into(), Some(stored(1)), |p| matches!(p, Problem::FirstEntry)),
        (Space::Ids, id(9), None, |p| matches!(p, Problem::IdIndex { index: 9, found: None })),
        (Space::Ids, id(9), Some(8_u64.to_be_bytes().into()), |p| {
            matches!(p, Problem::IdIndex { index: 9, found: Some(8) })
        }),
        (Space::Ids, vec![7; 32], Some(8_u64.to_be_bytes().into()), |p| matches!(p, Problem::IdCount { .. })),
        (Space::Tiles, tile(0, 1), Some(flipped(tile_bytes(0, 1), 100)), |p| {
            matches!(p, Problem::Tile { level: 0, number: 1 })
        }),
        (Space::Tiles, tile(1, 0), Some(flipped(tile_bytes(1, 0), 0)), |p| {
            matches!(p, Problem::Tile { level: 1, number: 0 })
        }),
        (Space::Tiles, tile(0, 2), Some(vec![0; 32]), |p| matches!(p, Problem::TileCount { .. })),
        (Space::Meta, b"head".to_vec(), Some(head(SIZE, Hash::of(b""))), |p| {
            matches!(p, Problem::Root { .. })
        }),
        (Space::Meta, b"head".to_vec(), Some(head(SIZE - 1, root)), |p| {
            matches!(p, Problem::SignerAhead { signed: SIZE, .. })
        }),
        (
            Space::Meta,
            b"checkpoint".to_vec(),
            Some(flipped(checkpoint.clone(), checkpoint.len() - 20)),
            |p| matches!(p, Problem::Checkpoint { .. }),
        ),
        (Space::Fold, vec![0], Some((SIZE + 1).to_be_bytes().into()), |p| {
            matches!(p, Problem::FoldCursor { .. })
        }),
    ];
    for (number, (space, key, value, expected)) in cases.into_iter().enumerate() {
        let before = bench.disk.read(space, &key);
        bench.disk.tamper(space, &key, value);
        let report = bench.fsck(&ledger);
        assert!(report.problems.iter().any(expected), "case {number}: {report:?}");
        bench.disk.tamper(space, &key, before);
        assert!(bench.fsck(&ledger).is_clean());
    }
    let state = bench.keys_dir().join("signer-state");
    let good = std::fs::read_to_string(&state).unwrap();
    let other_root = good.replace(&root.to_base64(), &Hash::of(b"x").to_base64());
    std::fs::write(&state, other_root).unwrap();
    assert_eq!(bench.fsck(&ledger).problems, vec![Problem::SignerRoot { signed: SIZE }]);
    std::fs::remove_file(&state).unwrap();
    assert_eq!(bench.fsck(&ledger).problems, vec![Problem::SignerMissing]);
}

#[test]
fn tiles_and_bundles_are_cut_to_any_width() {
    let bench = Bench::new();
    let ledger = filled(&bench);
    let entries: Vec<Vec<u8>> = (0..SIZE).map(|index| ledger.entry(index).unwrap().unwrap().bytes).collect();
    for (number, widths) in [(0, 1..=256), (1, 1..=44)] {
        for width in widths {
            let range = number * 256..number * 256 + usize::from(width);
            let hashes: Vec<u8> =
                entries[range.clone()].iter().flat_map(|bytes| leaf_hash(bytes).0).collect();
            assert_eq!(ledger.tile(0, number as u64, width).unwrap().unwrap(), hashes);
            let bundle: Vec<u8> = entries[range]
                .iter()
                .flat_map(|bytes| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat())
                .collect();
            assert_eq!(ledger.bundle(number as u64, width).unwrap().unwrap(), bundle);
        }
    }
    assert_eq!(ledger.tile(1, 0, 1).unwrap().unwrap().len(), 32);
    for (level, number, width) in
        [(0, 1, 45), (0, 2, 1), (0, 0, 0), (0, 0, 257), (1, 0, 2), (2, 0, 1), (63, 0, 1), (255, 0, 1)]
    {
        assert_eq!(ledger.tile(level, number, width).unwrap(), None, "{level} {number} {width}");
    }
    for (number, width) in [(1, 45), (2, 1), (0, 0), (0, 257), (u64::MAX, 1)] {
        assert_eq!(ledger.bundle(number, width).unwrap(), None, "{number} {width}");
    }
}

#[test]
fn receipts_verify_by_the_log_s_key() {
    let bench = Bench::new();
    let ledger = filled(&bench);
    for index in [0, 1, 255, 256, 257, SIZE - 1] {
        verify_receipt(&ledger, index);
    }
}

#[test]
fn proofs_that_can_not_be() {
    let bench = Bench::new();
    let ledger = filled(&bench);
    let size = SIZE;
    assert_eq!(ledger.receipt(size).unwrap_err(), ProveError::NotPublished { index: size, size });
    assert_eq!(ledger.receipts(&[0, size]).unwrap_err(), ProveError::NotPublished { index: size, size });
    assert_eq!(
        ledger.consistency(0, size + 1).unwrap_err(),
        ProveError::BeyondCheckpoint { to: size + 1, size }
    );
    assert_eq!(ledger.consistency(2, 1).unwrap_err(), ProveError::FromAfterTo { from: 2, to: 1 });
    assert_eq!(ledger.receipts(&[0; 4_097]).unwrap_err(), ProveError::TooMany { asked: 4_097 });
}
