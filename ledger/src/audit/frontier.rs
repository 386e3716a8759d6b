//! The tree of RFC 6962 as an auditor builds it: leaf by leaf, with no more in memory than the right edge.
//!
//! The ledger hashes its tiles with other code (`tree`), so that a fault in one is seen by the other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::proof::EMPTY_ROOT;
use lebombo_verifier::{Hash, node_hash};

/// Hashes in a full tile.
const FULL: usize = 256;

/// The right edge of a tree: for each level of tiles the hashes of the tile that is not full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Frontier {
    size: u64,
    /// `levels[l]` has the last `(size >> 8l) % 256` hashes of level l.
    levels: Vec<Vec<Hash>>,
}

/// A tile that has become full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FullTile {
    pub(super) level: u8,
    pub(super) number: u64,
    pub(super) hashes: Vec<Hash>,
}

impl Frontier {
    /// Number of leaves.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the last tile of a level, which is not full; none where there is no such tile.
    pub(super) fn edge(&self, level: u8) -> &[Hash] {
        self.levels.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Adds a leaf. Calls `full` with each tile that becomes full, from level 0 up.
    pub(super) fn push(&mut self, leaf: Hash, mut full: impl FnMut(FullTile)) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            let place = usize::from(level);
            if self.levels.len() == place {
                self.levels.push(Vec::with_capacity(FULL));
            }
            let row = &mut self.levels[place];
            row.push(hash);
            if row.len() < FULL {
                return;
            }
            let hashes = std::mem::take(row);
            hash = subtree(&hashes).unwrap_or(EMPTY_ROOT);
            let number = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            full(FullTile { level, number, hashes });
        }
    }

    /// The root.
    pub(super) fn root(&self) -> Hash {
        root_of_edges(&self.levels)
    }

    /// The tree as it was at `size`. Of tiles that were not full then and are now, `full` gives the hashes; they are
    /// taken only where they are those of this tree. `None` where they are not, or not to be had, and for a size that
    /// this tree has not reached.
    pub(super) fn at<E>(
        &self,
        size: u64,
        mut full: impl FnMut(u8, u64) -> Result<Option<Vec<Hash>>, E>,
    ) -> Result<Option<Self>, E> {
        if size > self.size {
            return Ok(None);
        }
        let mut levels = vec![Vec::new(); self.levels.len()];
        let mut above: Vec<Hash> = Vec::new();
        for (level, (ours, then)) in self.levels.iter().zip(&mut levels).enumerate().rev() {
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            let shift = 8 * u32::from(level);
            let count = |size: u64, shift: u32| size.checked_shr(shift).unwrap_or(0);
            let number = count(size, shift + 8);
            let mut row = if number == count(self.size, shift + 8) {
                ours.clone()
            } else {
                let place = usize::try_from(number % 256).ok();
                let node = place.and_then(|place| above.get(place));
                match (node, full(level, number)?) {
                    (Some(node), Some(row)) if row.len() == FULL && subtree(&row) == Some(*node) => row,
                    _ => return Ok(None),
                }
            };
            above.clone_from(&row);
            row.truncate(usize::try_from(count(size, shift) % 256).unwrap_or(FULL));
            *then = row;
            if count(size, shift).checked_shl(shift) == Some(size) {
                // Below there are full tiles only.
                break;
            }
        }
        Ok(Some(Self { size, levels }))
    }

    /// Whether some tile's hashes, level by level from 0 at the right edge of a tree of `size` leaves, are not those
    /// that this tree has there, as far as it still knows them.
    pub(super) fn contradicts(&self, size: u64, levels: &[Vec<Hash>]) -> bool {
        (0_u32..).step_by(8).zip(self.levels.iter().zip(levels)).any(|(shift, (ours, theirs))| {
            let number = |size: u64| size.checked_shr(shift + 8).unwrap_or(0);
            number(size) == number(self.size) && !ours.starts_with(theirs)
        })
    }

    /// For the state: the levels from 0 up.
    pub(super) fn to_texts(&self) -> Vec<String> {
        let text = |row: &Vec<Hash>| STANDARD.encode(row.iter().flat_map(|h| h.0).collect::<Vec<u8>>());
        self.levels.iter().map(text).collect()
    }

    /// What [`Frontier::to_texts`] wrote for a tree of this size; `None` for anything else.
    pub(super) fn from_texts(size: u64, texts: &[String]) -> Option<Self> {
        let mut levels = Vec::with_capacity(texts.len());
        for (shift, text) in (0_u32..).step_by(8).zip(texts) {
            let bytes = STANDARD.decode(text).ok()?;
            let (hashes, rest) = bytes.as_chunks::<32>();
            let expected = size.checked_shr(shift).unwrap_or(0) % 256;
            if !rest.is_empty() || u64::try_from(hashes.len()) != Ok(expected) {
                return None;
            }
            levels.push(hashes.iter().copied().map(Hash).collect());
        }
        let covered = u32::try_from(levels.len()).ok()?.checked_mul(8)?;
        (size.checked_shr(covered).unwrap_or(0) == 0).then_some(Self { size, levels })
    }
}

/// The root of a tree whose right edge, level by level from 0, has these hashes.
///
/// On each level what is left over below is the last, incomplete element; the tree over the level has the shape of RFC
/// 6962 all the same, because a split never falls into an incomplete element that is not the last.
pub(super) fn root_of_edges(levels: &[Vec<Hash>]) -> Hash {
    let mut below = None;
    for row in levels {
        let mut row = row.clone();
        row.extend(below.take());
        below = subtree(&row);
    }
    below.unwrap_or(EMPTY_ROOT)
}

/// The Merkle tree hash over nodes of one height, of which the last may be smaller: neighbours are joined, and one that
/// is left over is carried up, until there is one. `None` where there are no nodes.
fn subtree(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node_hash(left, right),
                rest => rest[0],
            })
            .collect();
    }
    row.first().copied()
}

#[cfg(test)]
mod tests {
    use lebombo_verifier::leaf_hash;

    use super::*;

    /// RFC 6962 §2.1, word for word.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => EMPTY_ROOT,
            [one] => *one,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    #[test]
    fn root_and_tiles_are_those_of_the_recursive_definition() {
        let leaves: Vec<Hash> = (0..66_100_u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let mut tree = Frontier::default();
        assert_eq!(tree.root(), EMPTY_ROOT);
        let mut tiles = Vec::new();
        for (size, leaf) in (1..).zip(&leaves) {
            tree.push(*leaf, |tile| tiles.push(tile));
            let edge = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 65_793, 66_100];
            if size < 300 || edge.contains(&size) {
                assert_eq!(tree.root(), mth(&leaves[..size]), "{size}");
                let texts = tree.to_texts();
                assert_eq!(Frontier::from_texts(tree.size(), &texts).unwrap(), tree);
                assert_eq!(Frontier::from_texts(tree.size() + 1, &texts), None);
            }
        }
        for tile in &tiles {
            let (width, start) =
                (256_usize.pow(tile.level.into()), usize::try_from(tile.number).unwrap() * 256);
            for (position, hash) in (start..).zip(&tile.hashes) {
                assert_eq!(*hash, mth(&leaves[position * width..(position + 1) * width]));
            }
        }
        assert_eq!(tiles.iter().filter(|tile| tile.level == 1).count(), 1);
    }

    #[test]
    fn earlier_trees_are_known_from_the_edge_and_full_tiles_that_are_proved() {
        let leaves: Vec<Hash> = (0..66_000_u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let (mut tree, mut tiles) = (Frontier::default(), Vec::new());
        leaves.iter().for_each(|leaf| tree.push(*leaf, |tile| tiles.push(tile)));
        let find = |level, number| tiles.iter().find(|t| t.level == level && t.number == number);
        let sizes = [0, 1, 255, 256, 257, 511, 512, 5_000, 65_279, 65_280, 65_535, 65_536, 65_537, 65_792];
        for size in sizes.into_iter().chain([65_999, 66_000]) {
            let full = |level, number| Ok::<_, ()>(find(level, number).map(|tile| tile.hashes.clone()));
            let then = tree.at(size, full).unwrap().unwrap();
            let place = usize::try_from(size).unwrap();
            assert_eq!((then.size(), then.root()), (size, mth(&leaves[..place])), "{size}");
            // What is not proved is not taken, and not needed where the edge is enough.
            let wrong = |level, number| {
                Ok::<_, ()>(find(level, number).map(|tile| tile.hashes.iter().rev().copied().collect()))
            };
            let known = size % 65_536 == 0 || size >= 65_792;
            assert_eq!(tree.at(size, wrong).unwrap().is_some(), known, "{size}");
            assert_eq!(tree.at(size, |_, _| Ok::<_, ()>(None)).unwrap().is_some(), known, "{size}");
            assert!(!tree.contradicts(size, &then.levels));
        }
        assert_eq!(tree.at(66_001, |_, _| Ok::<_, ()>(None)).unwrap(), None);
        let mut other = tree.levels.clone();
        other[0][3] = EMPTY_ROOT;
        assert!(tree.contradicts(tree.size, &other));
    }

    #[test]
    fn a_frontier_that_lacks_a_level_is_refused() {
        let mut tree = Frontier::default();
        (0..300_u32).for_each(|i| tree.push(leaf_hash(&i.to_be_bytes()), |_| {}));
        let texts = tree.to_texts();
        assert_eq!(Frontier::from_texts(300, &texts[..1]), None);
        assert_eq!(Frontier::from_texts(300, &[]), None);
        assert_eq!(Frontier::from_texts(0, &[]), Some(Frontier::default()));
    }
}
