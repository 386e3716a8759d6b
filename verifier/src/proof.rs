//! Inclusion and consistency proofs (RFC 9162 §2.1.3.2 and §2.1.4.2).
//!
//! The length of a proof follows from the sizes and is checked before any hashing: a checker that stops when it has what
//! it needs also accepts trailing hashes, and positions that wrap around.

use thiserror::Error;

use crate::error::Code;
use crate::hash::{Hash, node_hash};

/// SHA-256 of nothing: the root of the empty tree (RFC 6962 §2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, //
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// Why an inclusion proof is refused. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InclusionError {
    /// There is no such leaf.
    #[error("index {index} is not in a tree of size {size}")]
    IndexBeyondSize {
        /// The 0-based index claimed.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// More or fewer hashes than index and size ask for.
    #[error("the inclusion proof has {got} hashes; this index and size need {expected}")]
    Length {
        /// How many hashes index and size ask for.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// The leaf and the proof lead to another root.
    #[error("the inclusion proof leads to root {computed}, not to {expected}")]
    Root {
        /// The root of the tree.
        expected: Hash,
        /// What leaf and proof lead to.
        computed: Hash,
    },
}

impl Code for InclusionError {
    fn code(&self) -> &'static str {
        match self {
            Self::IndexBeyondSize { .. } => "inclusion-index-beyond-size",
            Self::Length { .. } => "inclusion-wrong-length",
            Self::Root { .. } => "inclusion-root-mismatch",
        }
    }
}

/// Why a consistency proof is refused. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConsistencyError {
    /// The first tree is the larger one.
    #[error("a tree of size {size1} is not a prefix of one of size {size2}")]
    Shrunk {
        /// Size of the first tree.
        size1: u64,
        /// Size of the second tree.
        size2: u64,
    },
    /// More or fewer hashes than the sizes ask for.
    #[error("the consistency proof has {got} hashes; these sizes need {expected}")]
    Length {
        /// How many hashes the sizes ask for.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// The first root is not the one of the prefix: the log was rewritten, or the proof is of another tree.
    #[error("the consistency proof leads to first root {computed}, not to {expected}")]
    FirstRoot {
        /// The first tree's root.
        expected: Hash,
        /// What the proof leads to.
        computed: Hash,
    },
    /// The proof does not lead to the second root.
    #[error("the consistency proof leads to second root {computed}, not to {expected}")]
    SecondRoot {
        /// The second tree's root.
        expected: Hash,
        /// What the proof leads to.
        computed: Hash,
    },
}

impl Code for ConsistencyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Shrunk { .. } => "consistency-shrunk",
            Self::Length { .. } => "consistency-wrong-length",
            Self::FirstRoot { .. } => "consistency-first-root-mismatch",
            Self::SecondRoot { .. } => "consistency-second-root-mismatch",
        }
    }
}

/// Checks that `leaf` is the leaf hash at `index` (0-based) of the tree of `size` leaves with this `root`.
///
/// `proof` runs from the leaf's sibling up to the root's child.
///
/// # Errors
/// - [`InclusionError::IndexBeyondSize`]: `index >= size`
/// - [`InclusionError::Length`]: more or fewer hashes than needed
/// - [`InclusionError::Root`]: another leaf, index, proof or root
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), InclusionError> {
    if index >= size {
        return Err(InclusionError::IndexBeyondSize { index, size });
    }
    let expected = inclusion_length(index, size - 1);
    if proof.len() != expected {
        return Err(InclusionError::Length { expected, got: proof.len() });
    }
    let (mut node, mut last) = (index, size - 1);
    let mut computed = *leaf;
    for sibling in proof {
        if is_right_child(node) || node == last {
            computed = node_hash(sibling, &computed);
            (node, last) = skip_missing_siblings(node, last);
        } else {
            computed = node_hash(&computed, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    // The length fits, so the loop has used up every level: `last` is 0 here.
    if computed != *root {
        return Err(InclusionError::Root { expected: *root, computed });
    }
    Ok(())
}

/// Checks that the tree of `size1` leaves with `root1` is a prefix of the tree of `size2` leaves with `root2`.
///
/// Equal sizes, and a first size of 0, take no hashes: the roots have to be equal, or the first the empty tree's.
///
/// # Errors
/// - [`ConsistencyError::Shrunk`]: `size1 > size2`
/// - [`ConsistencyError::Length`]: more or fewer hashes than needed
/// - [`ConsistencyError::FirstRoot`], [`ConsistencyError::SecondRoot`]: the proof leads elsewhere
pub fn verify_consistency(
    size1: u64,
    root1: &Hash,
    size2: u64,
    root2: &Hash,
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    if size1 > size2 {
        return Err(ConsistencyError::Shrunk { size1, size2 });
    }
    let expected = consistency_length(size1, size2);
    if proof.len() != expected {
        return Err(ConsistencyError::Length { expected, got: proof.len() });
    }
    let (first, second) = roots_led_to(size1, root1, size2, root2, proof);
    if first != *root1 {
        return Err(ConsistencyError::FirstRoot { expected: *root1, computed: first });
    }
    if second != *root2 {
        return Err(ConsistencyError::SecondRoot { expected: *root2, computed: second });
    }
    Ok(())
}

/// The two roots that a proof of the right length leads to.
fn roots_led_to(size1: u64, root1: &Hash, size2: u64, root2: &Hash, proof: &[Hash]) -> (Hash, Hash) {
    if size1 == 0 {
        return (EMPTY_ROOT, if size2 == 0 { EMPTY_ROOT } else { *root2 });
    }
    // A first tree that is a whole subtree of the second is the proof's own starting point.
    let (start, rest) = match proof.split_first() {
        Some((start, rest)) if !size1.is_power_of_two() => (start, rest),
        _ => (root1, proof),
    };
    let whole_levels = size1.trailing_zeros();
    let (mut node, mut last) = ((size1 - 1) >> whole_levels, (size2 - 1) >> whole_levels);
    let (mut first, mut second) = (*start, *start);
    for sibling in rest {
        if is_right_child(node) || node == last {
            first = node_hash(sibling, &first);
            second = node_hash(sibling, &second);
            (node, last) = skip_missing_siblings(node, last);
        } else {
            second = node_hash(&second, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (first, second)
}

/// Climbs to where the right edge of the tree is a right child: on the way a node has no sibling and is its own parent.
fn skip_missing_siblings(mut node: u64, mut last: u64) -> (u64, u64) {
    while !is_right_child(node) && node != 0 {
        (node, last) = (node >> 1, last >> 1);
    }
    (node, last)
}

fn is_right_child(node: u64) -> bool {
    node & 1 == 1
}

/// Hashes in the inclusion proof of leaf `index` where `last` is the index of the last leaf.
///
/// Up to the level at which the two paths meet each node has a sibling; above it only the right children have.
fn inclusion_length(index: u64, last: u64) -> usize {
    let meet = bit_length(index ^ last);
    let above = index.checked_shr(meet).unwrap_or(0).count_ones();
    widen(meet) + widen(above)
}

/// Hashes in the consistency proof between trees of these sizes, `size1 <= size2`.
fn consistency_length(size1: u64, size2: u64) -> usize {
    if size1 == 0 || size1 == size2 {
        return 0;
    }
    // The last leaf of the first tree is a right child on its lowest trailing_zeros(size1) levels, so each of these
    // has a sibling in its inclusion proof: the subtraction below can not go under zero.
    let from_leaf = inclusion_length(size1 - 1, size2 - 1);
    let start = usize::from(!size1.is_power_of_two());
    from_leaf - widen(size1.trailing_zeros()) + start
}

fn bit_length(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}

fn widen(n: u32) -> usize {
    n as usize
}
