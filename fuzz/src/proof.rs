//! Proofs: the verifier accepts exactly what the recursive definitions of RFC 6962 §2.1 give.

use lebombo_verifier::proof::{EMPTY_ROOT, InclusionError, verify_consistency, verify_inclusion};
use lebombo_verifier::{Hash, leaf_hash, node_hash};

use super::input::Input;

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    large(&mut Input::new(data));
    let mut input = Input::new(data);
    let leaves: Vec<_> = (0..=input.byte()).map(|i| leaf_hash(&[i])).collect();
    let size = leaves.len();
    let index = input.below(size);
    let size1 = input.below(256) % (size + 1);
    let (root, root1) = (root(&leaves), root(&leaves[..size1]));
    let path = path(index, &leaves);
    let claimed = altered(&mut input, &path);
    let at = if input.once_in(4) { input.number() } else { index as u64 };
    let accepted = verify_inclusion(at, size as u64, &leaves[index], &claimed, &root).is_ok();
    // Leaves differ, so there is one true path for each position.
    assert_eq!(accepted, at == index as u64 && claimed == path);
    let proof = if size1 == 0 { Vec::new() } else { consistency(size1, &leaves, true) };
    let claimed = altered(&mut input, &proof);
    let accepted = verify_consistency(size1 as u64, &root1, size as u64, &root, &claimed).is_ok();
    assert_eq!(accepted, claimed == proof);
}

/// Trees of up to 2^63 leaves, of which only one path is known: the recursion says to which root any path leads.
fn large(input: &mut Input<'_>) {
    let size = (input.number() >> 1).max(1);
    let index = input.number() % size;
    let fill = input.byte();
    let proof: Vec<_> =
        (0..input.below(70)).map(|i| Hash([fill.wrapping_add(i.to_le_bytes()[0]); 32])).collect();
    let leaf = Hash(input.hash());
    match climb(index, size, leaf, &proof) {
        Some(root) => {
            verify_inclusion(index, size, &leaf, &proof, &root).expect("a path of the right length");
            let other = Hash([!root.0[0]; 32]);
            verify_inclusion(index, size, &leaf, &proof, &other).expect_err("another root");
        }
        None => {
            let refused = verify_inclusion(index, size, &leaf, &proof, &leaf);
            assert!(matches!(refused, Err(InclusionError::Length { .. })), "{refused:?}");
        }
    }
    let (size1, size2) = (input.number(), input.number());
    let _ = verify_consistency(size1, &leaf, size2, &leaf, &proof);
}

/// The root to which a path leads, after the recursion of RFC 6962 §2.1.1; `None` where its length is wrong.
fn climb(index: u64, size: u64, leaf: Hash, proof: &[Hash]) -> Option<Hash> {
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let (last, below) = proof.split_last()?;
    let k = size.div_ceil(2).next_power_of_two();
    if index < k {
        Some(node_hash(&climb(index, k, leaf, below)?, last))
    } else {
        Some(node_hash(last, &climb(index - k, size - k, leaf, below)?))
    }
}

fn altered(input: &mut Input<'_>, proof: &[Hash]) -> Vec<Hash> {
    let mut out = proof.to_vec();
    let at = input.below(out.len() + 1);
    match input.below(5) {
        1 if at < out.len() => out[at].0[input.below(32)] ^= 1 << input.below(8),
        2 if at < out.len() => drop(out.remove(at)),
        3 => out.insert(at, Hash(input.hash())),
        4 if at + 1 < out.len() => out.swap(at, at + 1),
        _ => {}
    }
    out
}

fn split(n: usize) -> usize {
    n.div_ceil(2).next_power_of_two()
}

fn root(d: &[Hash]) -> Hash {
    match d {
        [] => EMPTY_ROOT,
        [only] => *only,
        _ => node_hash(&root(&d[..split(d.len())]), &root(&d[split(d.len())..])),
    }
}

fn path(m: usize, d: &[Hash]) -> Vec<Hash> {
    if d.len() == 1 {
        return Vec::new();
    }
    let k = split(d.len());
    let (mut out, sibling) =
        if m < k { (path(m, &d[..k]), root(&d[k..])) } else { (path(m - k, &d[k..]), root(&d[..k])) };
    out.push(sibling);
    out
}

fn consistency(m: usize, d: &[Hash], is_whole: bool) -> Vec<Hash> {
    if m == d.len() {
        return if is_whole { Vec::new() } else { vec![root(d)] };
    }
    let k = split(d.len());
    let (mut out, sibling) = if m <= k {
        (consistency(m, &d[..k], is_whole), root(&d[k..]))
    } else {
        (consistency(m - k, &d[k..], false), root(&d[..k]))
    };
    out.push(sibling);
    out
}
