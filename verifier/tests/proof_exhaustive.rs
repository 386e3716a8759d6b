//! Every leaf and every pair of sizes of small trees, and every single corruption of their proofs.

mod naive;

use lebombo_verifier::proof::{ConsistencyError, InclusionError, verify_consistency, verify_inclusion};
use lebombo_verifier::{Hash, leaf_hash};
use naive::{entries, path, proof, root};

const SIZES: usize = 257;

/// Corruptions cost a multiple of the proofs themselves; every shape of tree is there long before 40.
const CORRUPTED_SIZES: usize = 40;

#[test]
fn every_leaf_of_every_tree_is_included() {
    let all = entries(SIZES);
    for size in 1..=SIZES {
        let (d, root) = (&all[..size], root(&all[..size]));
        for index in 0..size {
            let verdict =
                verify_inclusion(index as u64, size as u64, &leaf_hash(&d[index]), &path(index, d), &root);
            assert_eq!(verdict, Ok(()), "leaf {index} of {size}");
        }
    }
}

#[test]
fn every_tree_is_consistent_with_its_prefixes() {
    let all = entries(SIZES);
    let roots: Vec<Hash> = (0..=SIZES).map(|size| root(&all[..size])).collect();
    for size2 in 0..=SIZES {
        for size1 in 0..=size2 {
            let proof = proof(size1, &all[..size2]);
            let verdict =
                verify_consistency(size1 as u64, &roots[size1], size2 as u64, &roots[size2], &proof);
            assert_eq!(verdict, Ok(()), "{size1} in {size2}");
        }
    }
}

#[test]
fn a_corrupted_inclusion_proof_is_refused() {
    let all = entries(CORRUPTED_SIZES);
    for size in 1..=CORRUPTED_SIZES {
        let (d, root) = (&all[..size], root(&all[..size]));
        for index in 0..size {
            let (i, n, leaf, good) = (index as u64, size as u64, leaf_hash(&d[index]), path(index, d));
            for bad in corruptions(&good) {
                assert!(
                    verify_inclusion(i, n, &leaf, &bad, &root).is_err(),
                    "leaf {index} of {size}: {bad:?}"
                );
            }
            for flipped in flips(&leaf) {
                assert!(verify_inclusion(i, n, &flipped, &good, &root).is_err());
            }
            for flipped in flips(&root) {
                assert!(verify_inclusion(i, n, &leaf, &good, &flipped).is_err());
            }
            for other in numbers(i).filter(|&other| other != i) {
                assert!(
                    verify_inclusion(other, n, &leaf, &good, &root).is_err(),
                    "{index} as {other} of {size}"
                );
            }
        }
    }
}

#[test]
fn an_inclusion_proof_holds_for_its_size_only() {
    let all = entries(CORRUPTED_SIZES);
    for size in 1..=CORRUPTED_SIZES {
        let (d, root) = (&all[..size], root(&all[..size]));
        for index in 0..size {
            let good = path(index, d);
            for other in numbers(size as u64).filter(|&other| other != size as u64) {
                let verdict = verify_inclusion(index as u64, other, &leaf_hash(&d[index]), &good, &root);
                // RFC 6962 does not bind the size to the root: where the path has the same length and the same
                // turns, the proof verifies. The signed checkpoint binds them.
                let same_shape =
                    (index as u64) < other && turns(index as u64, other) == turns(index as u64, size as u64);
                assert_eq!(verdict.is_ok(), same_shape, "leaf {index} of {size} as of {other}");
            }
        }
    }
}

#[test]
fn a_corrupted_consistency_proof_is_refused() {
    let all = entries(CORRUPTED_SIZES);
    let roots: Vec<Hash> = (0..=CORRUPTED_SIZES).map(|size| root(&all[..size])).collect();
    for size2 in 1..=CORRUPTED_SIZES {
        for size1 in 1..=size2 {
            let (n1, n2, r1, r2) = (size1 as u64, size2 as u64, &roots[size1], &roots[size2]);
            let good = proof(size1, &all[..size2]);
            for bad in corruptions(&good) {
                assert!(verify_consistency(n1, r1, n2, r2, &bad).is_err(), "{size1} in {size2}: {bad:?}");
            }
            for flipped in flips(r1) {
                assert!(verify_consistency(n1, &flipped, n2, r2, &good).is_err());
            }
            for flipped in flips(r2) {
                assert!(verify_consistency(n1, r1, n2, &flipped, &good).is_err());
            }
            if size1 != size2 {
                assert!(
                    verify_consistency(n1, r2, n2, r1, &good).is_err(),
                    "swapped roots, {size1} in {size2}"
                );
            }
        }
    }
}

#[test]
fn errors_name_the_check_that_failed() {
    let d = entries(7);
    let (root7, root4) = (root(&d), root(&d[..4]));
    let (leaf, good) = (leaf_hash(&d[2]), path(2, &d));
    assert_eq!(
        verify_inclusion(7, 7, &leaf, &good, &root7),
        Err(InclusionError::IndexBeyondSize { index: 7, size: 7 })
    );
    assert_eq!(
        verify_inclusion(2, 7, &leaf, &good[1..], &root7),
        Err(InclusionError::Length { expected: 3, got: 2 })
    );
    assert_eq!(
        verify_inclusion(2, 7, &leaf, &good, &root4),
        Err(InclusionError::Root { expected: root4, computed: root7 })
    );
    let good = proof(4, &d);
    assert_eq!(
        verify_consistency(7, &root7, 4, &root4, &good),
        Err(ConsistencyError::Shrunk { size1: 7, size2: 4 })
    );
    assert_eq!(
        verify_consistency(4, &root4, 7, &root7, &[]),
        Err(ConsistencyError::Length { expected: 1, got: 0 })
    );
    let (r6, good) = (root(&d[..6]), proof(6, &d));
    assert_eq!(
        verify_consistency(6, &root4, 7, &root7, &good),
        Err(ConsistencyError::FirstRoot { expected: root4, computed: r6 })
    );
    assert_eq!(
        verify_consistency(6, &r6, 7, &root4, &good),
        Err(ConsistencyError::SecondRoot { expected: root4, computed: root7 })
    );
}

#[test]
fn the_largest_sizes_overflow_nothing() {
    let hash = root(&[]);
    for size in [1 << 48, u64::MAX - 1, u64::MAX] {
        for index in [0, 1, size / 2, size - 2, size - 1] {
            for length in 0..=65 {
                let proof = vec![hash; length];
                assert!(verify_inclusion(index, size, &hash, &proof, &hash).is_err());
                assert!(
                    verify_consistency(index + 1, &hash, size, &hash, &proof).is_err() || index + 1 == size
                );
            }
        }
    }
}

/// A proof with one hash changed in one bit, left out, doubled, swapped with its neighbour, or one hash added.
fn corruptions(good: &[Hash]) -> Vec<Vec<Hash>> {
    let mut out = Vec::new();
    for position in 0..good.len() {
        for flipped in flips(&good[position]) {
            let mut bad = good.to_vec();
            bad[position] = flipped;
            out.push(bad);
        }
        let mut bad = good.to_vec();
        bad.remove(position);
        out.push(bad);
        let mut bad = good.to_vec();
        bad.insert(position, good[position]);
        out.push(bad);
        if position > 0 {
            let mut bad = good.to_vec();
            bad.swap(position - 1, position);
            out.push(bad);
        }
    }
    for position in 0..=good.len() {
        let mut bad = good.to_vec();
        bad.insert(position, Hash::default());
        out.push(bad);
    }
    out
}

/// The hash with one bit flipped, for one bit of each byte.
fn flips(hash: &Hash) -> impl Iterator<Item = Hash> {
    (0..32).map(|byte| {
        let mut flipped = *hash;
        flipped.0[byte] ^= 1 << (byte % 8);
        flipped
    })
}

/// Numbers near `n`, multiples that wrap around a tree's width, and extremes.
fn numbers(n: u64) -> impl Iterator<Item = u64> {
    (0..=2 * CORRUPTED_SIZES as u64).chain((3..64).map(move |bit| n ^ (1 << bit))).chain([u64::MAX])
}

/// Whether the proof's hashes stand to the left of what is computed so far, from leaf to root.
fn turns(index: u64, size: u64) -> Vec<bool> {
    if size == 1 {
        return Vec::new();
    }
    let k = size.checked_next_power_of_two().map_or(1 << 63, |power| power / 2);
    let (mut out, is_left) =
        if index < k { (turns(index, k), false) } else { (turns(index - k, size - k), true) };
    out.push(is_left);
    out
}
