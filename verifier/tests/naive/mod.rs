//! The recursive definitions of RFC 6962 §2.1, word for word, to hold other code against.

use lebombo_verifier::Hash;
use sha2::{Digest, Sha256};

/// SHA-256 of the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> Hash {
    let mut h = Sha256::new();
    for part in parts {
        h.update(part);
    }
    Hash(h.finalize().into())
}

/// Entries 0 to `count` - 1: their decimal numbers.
pub(crate) fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|i| i.to_string().into_bytes()).collect()
}

/// MTH(D[n]).
pub(crate) fn root(d: &[Vec<u8>]) -> Hash {
    match d {
        [] => sha256(&[]),
        [only] => sha256(&[&[0], only]),
        _ => {
            let k = split(d.len());
            sha256(&[&[1], &root(&d[..k]).0, &root(&d[k..]).0])
        }
    }
}

/// PATH(m, D[n]).
pub(crate) fn path(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
    if d.len() == 1 {
        return Vec::new();
    }
    let k = split(d.len());
    let (mut out, sibling) =
        if m < k { (path(m, &d[..k]), root(&d[k..])) } else { (path(m - k, &d[k..]), root(&d[..k])) };
    out.push(sibling);
    out
}

/// PROOF(m, D[n]); nothing for m = 0, which the RFC leaves out.
pub(crate) fn proof(m: usize, d: &[Vec<u8>]) -> Vec<Hash> {
    if m == 0 { Vec::new() } else { subproof(m, d, true) }
}

fn subproof(m: usize, d: &[Vec<u8>], whole: bool) -> Vec<Hash> {
    if m == d.len() {
        return if whole { Vec::new() } else { vec![root(d)] };
    }
    let k = split(d.len());
    let (mut out, sibling) = if m <= k {
        (subproof(m, &d[..k], whole), root(&d[k..]))
    } else {
        (subproof(m - k, &d[k..], false), root(&d[..k]))
    };
    out.push(sibling);
    out
}

/// The largest power of two below `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}
