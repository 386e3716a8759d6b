//! The Merkle tree of the log (RFC 6962 §2.1), kept as tiles (C2SP tlog-tiles) and hashed by `rs_merkle`.
//!
//! The verifier has Merkle code of its own and shares none with this module, so that a mistake here does not look
//! right there. Nothing here verifies: `rs_merkle`'s proof check accepts more than it should.

mod grow;
mod prove;

use rs_merkle::{Hasher, PartialTree};
use sha2::{Digest, Sha256};

pub use grow::{Frontier, Growth};
pub use prove::{Proof, Prover, TileSource, TreeError};

/// Hashes in a full tile.
pub const TILE_WIDTH: usize = 256;
/// The largest size of a log: 2^48 entries.
pub const MAX_SIZE: u64 = 1 << 48;

/// A node of the tree.
pub(crate) type Node = [u8; 32];

/// SHA-256 with the prefixes of RFC 6962 §2.1: 0x00 before a leaf, 0x01 before two nodes.
///
/// `rs_merkle` hands a node without a sibling up unchanged, which is the shape of RFC 6962 trees of every size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = Node;

    fn hash(data: &[u8]) -> Node {
        let mut hasher = Sha256::new();
        hasher.update([0]);
        hasher.update(data);
        hasher.finalize().into()
    }

    fn concat_and_hash(left: &Node, right: Option<&Node>) -> Node {
        let Some(right) = right else { return *left };
        let mut bytes = [1; 65];
        bytes[1..33].copy_from_slice(left);
        bytes[33..].copy_from_slice(right);
        Sha256::digest(bytes).into()
    }
}

/// The leaf hash of an entry.
pub(crate) fn leaf(entry: &[u8]) -> Node {
    Rfc6962::hash(entry)
}

/// All layers over 1 to 257 nodes, from the nodes to their root. The root may be repeated at the end.
fn layers(nodes: &[Node]) -> Vec<Vec<Node>> {
    // Fails only for nodes with gaps between them, of which a slice has none; no layers then is no proof and no root.
    PartialTree::<Rfc6962>::from_leaves(nodes).map(|tree| tree.layer_nodes()).unwrap_or_default()
}

/// The root over 1 to 257 nodes; `None` over none.
fn root_over(nodes: &[Node]) -> Option<Node> {
    if nodes.is_empty() {
        return None;
    }
    PartialTree::<Rfc6962>::from_leaves(nodes).ok()?.root().copied()
}

/// The root of the tree without entries: SHA-256 of nothing (RFC 6962 §2.1).
fn empty_root() -> Node {
    Sha256::digest([]).into()
}

/// `size / 256^level`, the number of full nodes at a level.
pub(crate) fn full_nodes(size: u64, level: u8) -> u64 {
    size.checked_shr(8 * u32::from(level)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
