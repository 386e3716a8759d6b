//! Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2) for any size up to the head, from stored tiles.
//!
//! A tile's hashes, with what lies to the right of the last full one as one more node, are the leaves of a small tree
//! whose layers are those of the whole tree; a path goes up through one such tree a level.

use std::collections::HashMap;

use lebombo_verifier::{Code, Hash};

use super::{Node, TILE_WIDTH, empty_root, full_nodes, layers, root_over};
use crate::store::{Store, StoreError, TileKey};

/// Why a tree could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The store failed.
    #[error("a tile can not be read: {0}")]
    Store(StoreError),
    /// A tile that the size calls for is missing, or shorter than it must be.
    #[error(
        "tile {number} of level {level} must have {width} hashes and has {found}; run fsck, then restore from a backup"
    )]
    Tile {
        /// Level of the tile.
        level: u8,
        /// Number of the tile.
        number: u64,
        /// Hashes needed.
        width: usize,
        /// Hashes found.
        found: usize,
    },
    /// The index is not below the size, or the smaller size is above the larger.
    #[error("{position} is beyond a tree of {size} entries")]
    Beyond {
        /// What was asked for.
        position: u64,
        /// Size of the tree.
        size: u64,
    },
}

impl Code for TreeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Tile { .. } => "store-damaged",
            Self::Beyond { .. } => "beyond-tree",
        }
    }
}

impl From<StoreError> for TreeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where tiles are read from.
pub trait TileSource {
    /// The first `width` (1 to 256) hashes of a tile.
    ///
    /// # Errors
    /// [`TreeError::Tile`] if there are fewer, [`TreeError::Store`] if the read failed.
    fn nodes(&self, key: TileKey, width: usize) -> Result<Vec<[u8; 32]>, TreeError>;
}

impl TileSource for Store {
    fn nodes(&self, key: TileKey, width: usize) -> Result<Vec<[u8; 32]>, TreeError> {
        let bytes = self.tile(key)?.unwrap_or_default();
        let (hashes, _) = bytes.as_chunks::<32>();
        match hashes.get(..width) {
            Some(hashes) => Ok(hashes.to_vec()),
            None => Err(TreeError::Tile { level: key.level, number: key.number, width, found: hashes.len() }),
        }
    }
}

/// An inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Index of the entry.
    pub index: u64,
    /// From the sibling of the leaf to the child of the root.
    pub hashes: Vec<Hash>,
}

/// Builds proofs for a tree of one size.
pub struct Prover<'a> {
    source: &'a dyn TileSource,
    size: u64,
    /// At l: the root over the entries right of the last full node of level l; `None` where there are none.
    right: Vec<Option<Node>>,
    /// The layers over the tiles that the last paths went through, one a level: neighbours share them.
    kept: HashMap<u8, (u64, Vec<Vec<Node>>)>,
}

impl std::fmt::Debug for Prover<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").field("size", &self.size).finish_non_exhaustive()
    }
}

impl<'a> Prover<'a> {
    /// Reads the right edge of the tree of `size` entries.
    ///
    /// # Errors
    /// [`TreeError`] if a tile can not be read.
    pub fn new(source: &'a dyn TileSource, size: u64) -> Result<Self, TreeError> {
        let mut right = vec![None];
        for level in 0_u8.. {
            let nodes = full_nodes(size, level);
            if nodes == 0 {
                break;
            }
            let width = usize::try_from(nodes % TILE_WIDTH as u64).unwrap_or(0);
            let mut edge = match width {
                0 => Vec::new(),
                _ => source.nodes(TileKey { level, number: nodes / TILE_WIDTH as u64 }, width)?,
            };
            edge.extend(right.last().copied().flatten());
            right.push(root_over(&edge));
        }
        Ok(Self { source, size, right, kept: HashMap::new() })
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        Hash(self.right.last().copied().flatten().unwrap_or_else(empty_root))
    }

    /// The inclusion proof of the entry at `index` (RFC 6962 §2.1.1).
    ///
    /// # Errors
    /// - [`TreeError::Beyond`]: `index ≥ size`
    /// - else the tiles could not be read
    pub fn inclusion(&mut self, index: u64) -> Result<Proof, TreeError> {
        if index >= self.size {
            return Err(TreeError::Beyond { position: index, size: self.size });
        }
        Ok(Proof { index, hashes: self.path(0, index)? })
    }

    /// The consistency proof from the tree of the first `from` entries (RFC 6962 §2.1.2); empty from 0 and from `size`.
    ///
    /// # Errors
    /// - [`TreeError::Beyond`]: `from > size`
    /// - else the tiles could not be read
    pub fn consistency(&mut self, from: u64) -> Result<Vec<Hash>, TreeError> {
        if from > self.size {
            return Err(TreeError::Beyond { position: from, size: self.size });
        }
        if from == 0 || from == self.size {
            return Ok(Vec::new());
        }
        // The largest complete subtree that ends at `from`; the proof starts with it, unless it is all of the old tree.
        let height = from.trailing_zeros();
        let number = (from >> height) - 1;
        let mut hashes = Vec::new();
        if number > 0 {
            hashes.push(self.node(height, number)?);
        }
        hashes.extend(self.path(height, number)?);
        Ok(hashes)
    }

    /// The node that covers the entries from `number · 2^height` up to `(number + 1) · 2^height`.
    fn node(&mut self, height: u32, number: u64) -> Result<Hash, TreeError> {
        let (level, within) = split(height);
        let position = number << within;
        let tile = self.tile(level, position / TILE_WIDTH as u64)?;
        tile.get(within as usize)
            .and_then(|layer| layer.get(in_tile(position) >> within))
            .map(|node| Hash(*node))
            .ok_or(TreeError::Tile {
                level,
                number: position / TILE_WIDTH as u64,
                width: in_tile(position) + 1,
                found: 0,
            })
    }

    /// The siblings on the way from a node to the root.
    fn path(&mut self, height: u32, number: u64) -> Result<Vec<Hash>, TreeError> {
        let (mut level, mut within) = split(height);
        let mut position = number << within;
        let mut hashes = Vec::new();
        loop {
            let tile = self.tile(level, position / TILE_WIDTH as u64)?;
            for (up, layer) in tile.iter().enumerate().skip(within as usize) {
                let sibling = (in_tile(position) >> up) ^ 1;
                hashes.extend(layer.get(sibling).map(|node| Hash(*node)));
            }
            // All of the tree lies in this tile: its root was the root.
            if full_nodes(self.size.saturating_sub(1), level) < TILE_WIDTH as u64 {
                return Ok(hashes);
            }
            position /= TILE_WIDTH as u64;
            level += 1;
            within = 0;
        }
    }

    /// The layers over a tile as it is in the tree of this size.
    fn tile(&mut self, level: u8, number: u64) -> Result<&[Vec<Node>], TreeError> {
        let kept = self.kept.get(&level).is_some_and(|(kept, _)| *kept == number);
        if !kept {
            let nodes = full_nodes(self.size, level);
            let before = number.saturating_mul(TILE_WIDTH as u64);
            let width = usize::try_from(nodes.saturating_sub(before).min(TILE_WIDTH as u64)).unwrap_or(0);
            let key = TileKey { level, number };
            let mut leaves = if width == 0 { Vec::new() } else { self.source.nodes(key, width)? };
            if width < TILE_WIDTH {
                leaves.extend(self.right.get(usize::from(level)).copied().flatten());
            }
            self.kept.insert(level, (number, layers(&leaves)));
        }
        Ok(self.kept.get(&level).map_or(&[], |(_, layers)| layers))
    }
}

/// Height above the leaves to level of tiles and height within a tile.
fn split(height: u32) -> (u8, u32) {
    // Heights are below 64.
    ((height / 8).try_into().unwrap_or(u8::MAX), height % 8)
}

fn in_tile(position: u64) -> usize {
    usize::try_from(position % TILE_WIDTH as u64).unwrap_or(0)
}
