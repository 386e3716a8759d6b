//! Paths in the trees of totals, from the groups of up to sixteen nodes that the state keeps (spec/totals.md §1).

use lebombo_verifier::Hash;
use lebombo_verifier::total::{Project, SumNode, Total};
use rs_merkle::{Hasher, PartialTree};
use sha2::{Digest, Sha256};

use super::StatementError;

/// Nodes of a full group.
pub(super) const GROUP: u64 = 16;

/// Sum, u64 big-endian, and hash.
pub(super) type SumBytes = [u8; 40];

pub(super) fn to_bytes(node: &SumNode) -> SumBytes {
    let mut bytes = [0; 40];
    let (sum, hash) = bytes.split_at_mut(8);
    sum.copy_from_slice(&node.sum.to_be_bytes());
    hash.copy_from_slice(&node.hash.0);
    bytes
}

pub(super) fn from_bytes(bytes: &SumBytes) -> SumNode {
    let mut hash = Hash::default();
    hash.0.copy_from_slice(&bytes[8..]);
    SumNode { sum: sum(bytes), hash }
}

fn sum(bytes: &SumBytes) -> u64 {
    bytes.first_chunk().map_or(0, |sum| u64::from_be_bytes(*sum))
}

/// The sum tree over a project's totals.
#[derive(Debug, Clone, Copy)]
pub(super) struct SumTree;

impl Hasher for SumTree {
    type Hash = SumBytes;

    /// A leaf: its points are the last eight bytes of what is hashed.
    fn hash(data: &[u8]) -> SumBytes {
        let points = data.last_chunk().map_or(0, |points| u64::from_be_bytes(*points));
        node(points, 0, &[data])
    }

    /// A node without a sibling goes up unchanged, which is the shape of RFC 6962.
    fn concat_and_hash(left: &SumBytes, right: Option<&SumBytes>) -> SumBytes {
        let Some(right) = right else { return *left };
        // No project has more than 2^63 - 1 points; a damaged state does not get past the comparison with the mark.
        node(sum(left).saturating_add(sum(right)), 1, &[left, right])
    }
}

fn node(sum: u64, prefix: u8, parts: &[&[u8]]) -> SumBytes {
    let mut hasher = Sha256::new();
    hasher.update([prefix]);
    parts.iter().for_each(|part| hasher.update(part));
    to_bytes(&SumNode { sum, hash: Hash(hasher.finalize().into()) })
}

/// Four sums, u64 big-endian, and hash.
pub(super) type LineNodeBytes = [u8; 64];

/// The sum tree over the lines of a settlement in one currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineTree;

impl Hasher for LineTree {
    type Hash = LineNodeBytes;

    /// A leaf. Of the ten numbers before the 40 bytes at the end of what is hashed, points and ever are the first two, and
    /// payable and held the eighth and ninth.
    fn hash(data: &[u8]) -> LineNodeBytes {
        let numbers: Vec<u64> = data
            .get(data.len().saturating_sub(120)..data.len().saturating_sub(40))
            .unwrap_or_default()
            .chunks_exact(8)
            .filter_map(|n| n.try_into().ok().map(u64::from_be_bytes))
            .collect();
        let at = |place: usize| numbers.get(place).copied().unwrap_or_default();
        line_over([at(7), at(8), at(0), at(1)], 0, &[data])
    }

    fn concat_and_hash(left: &LineNodeBytes, right: Option<&LineNodeBytes>) -> LineNodeBytes {
        let Some(right) = right else { return *left };
        let (a, b) = (sums_of(left), sums_of(right));
        // No sum of a settlement is beyond 2^63 - 1.
        let both = [0, 1, 2, 3].map(|i: usize| a[i].saturating_add(b[i]));
        line_over(both, 1, &[left, right])
    }
}

fn sums_of(bytes: &LineNodeBytes) -> [u64; 4] {
    [0, 8, 16, 24].map(|at: usize| bytes[at..].first_chunk().map_or(0, |sum| u64::from_be_bytes(*sum)))
}

fn line_over(sums: [u64; 4], prefix: u8, parts: &[&[u8]]) -> LineNodeBytes {
    let mut hasher = Sha256::new();
    hasher.update([prefix]);
    parts.iter().for_each(|part| hasher.update(part));
    let mut bytes = [0; 64];
    let (numbers, hash) = bytes.split_at_mut(32);
    numbers.copy_from_slice(&sums.map(u64::to_be_bytes).concat());
    hash.copy_from_slice(&hasher.finalize());
    bytes
}

/// The root over the nodes of a group, 1 to 16.
pub(super) fn root_of<H: Hasher>(nodes: &[H::Hash]) -> Result<H::Hash, StatementError> {
    let damaged = StatementError::Damaged { what: "group of a tree" };
    let Ok(tree) = PartialTree::<H>::from_leaves(nodes) else { return Err(damaged) };
    tree.layer_nodes().last().and_then(|layer| layer.first()).copied().ok_or(damaged)
}

/// What stands behind a leaf's hash.
pub(super) trait Leaf {
    /// What is hashed behind the prefix.
    fn leaf_bytes(&self) -> Vec<u8>;
}

impl Leaf for Total {
    fn leaf_bytes(&self) -> Vec<u8> {
        let mut bytes = self.project.0.to_vec();
        bytes.extend(self.handle.to_be_bytes());
        bytes.extend(self.who.0);
        bytes.extend(self.counts.iter().flat_map(|count| count.to_be_bytes()));
        bytes.extend(self.points.to_be_bytes());
        bytes
    }
}

impl Leaf for Project {
    fn leaf_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.project.0, self.charter.0].concat();
        bytes.extend(self.contributors.to_be_bytes());
        bytes.extend(self.points.to_be_bytes());
        bytes.extend(self.totals.0);
        bytes.extend(self.settlement.0);
        bytes.extend(self.decisions.to_be_bytes());
        bytes.extend(self.money.0);
        bytes
    }
}

/// From a leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Climbed<N> {
    /// The leaf.
    pub(super) leaf: N,
    /// From its sibling to the child of the root.
    pub(super) path: Vec<N>,
    /// The root.
    pub(super) root: N,
}

/// Climbs from leaf `position` of a tree of `count` leaves. `group` reads group `number` of `level`.
///
/// # Errors
/// Those of `group`; [`StatementError::Damaged`] where a group does not have as many nodes as it must.
pub(super) fn climb<H: Hasher>(
    count: u64,
    position: u64,
    mut group: impl FnMut(u8, u64) -> Result<Vec<H::Hash>, StatementError>,
) -> Result<Climbed<H::Hash>, StatementError> {
    const DAMAGED: StatementError = StatementError::Damaged { what: "group of a tree" };
    let (mut width, mut at) = (count, position);
    let mut path = Vec::new();
    let mut leaf = None;
    for level in 0_u8.. {
        let nodes = group(level, at / GROUP)?;
        let expected = width.saturating_sub(at / GROUP * GROUP).min(GROUP);
        let within = usize::try_from(at % GROUP).unwrap_or(usize::MAX);
        let Some(first) = nodes.get(within).filter(|_| nodes.len() as u64 == expected) else {
            return Err(DAMAGED);
        };
        let leaf = *leaf.get_or_insert(*first);
        let layers = PartialTree::<H>::from_leaves(&nodes).map_err(|_| DAMAGED)?.layer_nodes();
        for (up, layer) in layers.iter().enumerate() {
            path.extend(layer.get((within >> up) ^ 1));
        }
        if width <= GROUP {
            let root = *layers.last().and_then(|layer| layer.first()).ok_or(DAMAGED)?;
            return Ok(Climbed { leaf, path, root });
        }
        (width, at) = (width.div_ceil(GROUP), at / GROUP);
    }
    Err(DAMAGED)
}
