//! From a leaf up to the root of a sum tree.

use std::iter;

use super::PathFault;

/// On which side of the path a sibling stands.
#[derive(Debug, Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Where the siblings stand on the path of leaf `index` in RFC 6962's tree over `count` leaves, from the leaf up;
/// `index < count`. A node at the right edge that has none goes up as it is.
fn siblings(index: u64, count: u64) -> impl Iterator<Item = Side> {
    let (mut node, mut last) = (index, count.saturating_sub(1));
    iter::from_fn(move || {
        while last > 0 {
            let side = match node {
                right if right & 1 == 1 => Some(Side::Left),
                left if left < last => Some(Side::Right),
                _ => None,
            };
            (node, last) = (node >> 1, last >> 1);
            if side.is_some() {
                return side;
            }
        }
        None
    })
}

/// A node of a sum tree.
pub(crate) trait Summed: Copy {
    /// The node over two; `None` where a sum is too large.
    fn over(left: &Self, right: &Self) -> Option<Self>;
}

/// Why a path does not lead to a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unled {
    /// It can not be one of this leaf.
    Path(PathFault),
    /// A sum on it is too large.
    Sum,
}

/// The root that leaf `index` (from 0) of `count` leads to. The path's length is checked before anything is hashed.
pub(crate) fn sum_root<N: Summed>(index: u64, count: u64, leaf: N, path: &[N]) -> Result<N, Unled> {
    if index >= count {
        return Err(Unled::Path(PathFault::Beyond { index, count }));
    }
    let expected = siblings(index, count).count();
    if path.len() != expected {
        return Err(Unled::Path(PathFault::Length { expected, got: path.len() }));
    }
    siblings(index, count)
        .zip(path)
        .try_fold(leaf, |node, (side, sibling)| match side {
            Side::Left => N::over(sibling, &node),
            Side::Right => N::over(&node, sibling),
        })
        .ok_or(Unled::Sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Hash;
    use crate::fold::SumNode;
    use crate::proof::{InclusionError, verify_inclusion};

    const NODE: SumNode = SumNode { sum: 0, hash: Hash([7; 32]) };

    proptest! {
        /// The two path checks of this crate were written apart, and agree on the shape of trees of any size.
        #[test]
        fn lengths_are_those_of_inclusion_proofs(count: u64, index: u64, shift in 0_u32..64) {
            let count = (count >> shift).max(1);
            let index = index % count;
            let expected = siblings(index, count).count();
            prop_assert!(sum_root(index, count, NODE, &vec![NODE; expected]).is_ok());
            let found = verify_inclusion(index, count, &NODE.hash, &vec![NODE.hash; expected], &Hash::default());
            prop_assert!(matches!(found, Err(InclusionError::Root { .. })), "{found:?}");
            let longer = sum_root(index, count, NODE, &vec![NODE; expected + 1]);
            prop_assert_eq!(longer, Err(Unled::Path(PathFault::Length { expected, got: expected + 1 })));
        }
    }

    #[test]
    fn there_is_no_leaf_beyond_the_last() {
        for (index, count) in [(0, 0), (1, 1), (u64::MAX, u64::MAX)] {
            let found = sum_root(index, count, NODE, &[]);
            assert_eq!(found, Err(Unled::Path(PathFault::Beyond { index, count })));
        }
    }
}
