//! Growing the tree: appended leaves become changed tiles and a new root.

use lebombo_verifier::Hash;

use super::prove::{TileSource, TreeError};
use super::{Node, TILE_WIDTH, empty_root, full_nodes, root_over};
use crate::store::{Head, TileKey};

/// The right edge of a tree: of each level the hashes of its last, not yet full tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Of level l the last `(size / 256^l) mod 256` hashes; no level above the last that has any.
    levels: Vec<Vec<Node>>,
}

/// What appending changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Growth {
    /// The new content of each tile that changed, once each.
    pub tiles: Vec<(TileKey, Vec<u8>)>,
    /// The new head.
    pub head: Head,
}

impl Frontier {
    /// The tree without entries.
    pub fn empty() -> Self {
        Self { size: 0, levels: Vec::new() }
    }

    /// Reads the right edge of a tree of `size` entries.
    ///
    /// # Errors
    /// [`TreeError`] if a tile is missing or too short.
    pub fn load(source: &dyn TileSource, size: u64) -> Result<Self, TreeError> {
        let mut levels = Vec::new();
        for level in 0_u8.. {
            let nodes = full_nodes(size, level);
            if nodes == 0 {
                break;
            }
            let width = usize::try_from(nodes % TILE_WIDTH as u64).unwrap_or(0);
            let key = TileKey { level, number: nodes / TILE_WIDTH as u64 };
            levels.push(if width == 0 { Vec::new() } else { source.nodes(key, width)? });
        }
        Ok(Self { size, levels })
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        // Each level's hashes, with the root of everything to the right of them as one more, shorter, subtree.
        let mut rest: Option<Node> = None;
        for nodes in &self.levels {
            let mut nodes = nodes.clone();
            nodes.extend(rest);
            rest = root_over(&nodes);
        }
        Hash(rest.unwrap_or_else(empty_root))
    }

    /// Appends leaf hashes. The caller keeps `size + leaves` within [`super::MAX_SIZE`].
    pub fn append(&mut self, leaves: Vec<Node>) -> Growth {
        let mut tiles = Vec::new();
        let mut appended = leaves;
        let added = appended.len() as u64;
        let old_size = self.size;
        for level in 0_u8.. {
            if appended.is_empty() {
                break;
            }
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[usize::from(level)];
            let mut number = full_nodes(old_size, level) / TILE_WIDTH as u64;
            nodes.append(&mut appended);
            let mut chunks = nodes.chunks_exact(TILE_WIDTH);
            for full in &mut chunks {
                tiles.push((TileKey { level, number }, full.concat()));
                appended.extend(root_over(full));
                number += 1;
            }
            let rest = chunks.remainder().to_vec();
            if !rest.is_empty() {
                tiles.push((TileKey { level, number }, rest.concat()));
            }
            *nodes = rest;
        }
        self.size += added;
        Growth { tiles, head: Head { size: self.size, root: self.root() } }
    }
}
