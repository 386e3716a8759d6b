//! The trees of money: lines of a settlement, and what was decided about money in a project (spec/settlement.md §3, §5).

use lebombo_verifier::Hash;
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{Line, LineNode};
use rs_merkle::Hasher as _;

use super::StatementError;
use super::tree::{GROUP, LineNodeBytes, climb, root_of};
use crate::attribute::Attribution;
use crate::tree::Rfc6962;

/// Payable, held, points and ever, u64 big-endian each, and hash.
pub(super) fn line_node_bytes(node: &LineNode) -> LineNodeBytes {
    let mut bytes = [0; 64];
    let sums = [node.payable, node.held, node.points, node.ever].map(u64::to_be_bytes).concat();
    let parts = sums.iter().chain(&node.hash.0);
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = *part);
    bytes
}

pub(super) fn line_node(bytes: &LineNodeBytes) -> LineNode {
    let sum = |at: usize| bytes[at * 8..].first_chunk().map_or(0, |sum| u64::from_be_bytes(*sum));
    let mut hash = Hash::default();
    hash.0.copy_from_slice(&bytes[32..]);
    LineNode { payable: sum(0), held: sum(1), points: sum(2), ever: sum(3), hash }
}

/// What is hashed behind the prefix of a line's leaf.
pub(super) fn line_bytes(
    project: &Hash,
    (currency, number): (Currency, u64),
    handle: u64,
    line: &Line,
) -> Vec<u8> {
    let mut bytes = project.0.to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend(currency.as_str().as_bytes());
    bytes.extend(handle.to_be_bytes());
    bytes.extend(line.who.0);
    let Line { points, ever, held_before, owed_before, accrued, settled, share, payable, held, owed, .. } =
        line;
    for number in [points, ever, held_before, owed_before, accrued, settled, share, payable, held, owed] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(line.credits.to_be_bytes());
    bytes.extend(line.work.0);
    bytes
}

/// A project's money tree as it was when it had so many leaves. It has grown since: of its groups only what stood left of
/// its right edge is what it was, and the edge is worked out anew.
pub(super) struct MoneyTree<'a> {
    attribution: &'a Attribution,
    project: &'a Hash,
    size: u64,
    /// By level, the last node.
    edge: Vec<[u8; 32]>,
    root: [u8; 32],
}

impl<'a> MoneyTree<'a> {
    /// # Errors
    /// [`StatementError::Damaged`] where it does not have `root`.
    pub(super) fn of(
        attribution: &'a Attribution,
        project: &'a Hash,
        size: u64,
        root: &Hash,
    ) -> Result<Self, StatementError> {
        let mut tree = Self { attribution, project, size, edge: Vec::new(), root: root.0 };
        let mut width = size;
        for level in 0_u8.. {
            let last = width.saturating_sub(1);
            // Leaves are what they were; a node above is the root of the group below it, as far as that went.
            let node = match (level.checked_sub(1), tree.edge.last()) {
                (Some(below), Some(_)) => root_of::<Rfc6962>(&tree.group(below, last)?)?,
                _ => {
                    let nodes = attribution.decisions_group(project, 0, last / GROUP)?;
                    let within = usize::try_from(last % GROUP).unwrap_or(usize::MAX);
                    nodes.get(within).ok_or(StatementError::Damaged { what: "money tree" })?.0
                }
            };
            tree.edge.push(node);
            if width <= 1 {
                break;
            }
            width = width.div_ceil(GROUP);
        }
        if tree.edge.last() == Some(&tree.root) {
            Ok(tree)
        } else {
            Err(StatementError::Damaged { what: "money tree" })
        }
    }

    /// A group as it was.
    fn group(&self, level: u8, number: u64) -> Result<Vec<[u8; 32]>, StatementError> {
        let nodes = self.attribution.decisions_group(self.project, level, number)?;
        let mut nodes: Vec<[u8; 32]> = nodes.iter().map(|node| node.0).collect();
        let width = (0..level).fold(self.size, |width, _| width.div_ceil(GROUP));
        let there = width.saturating_sub(number.saturating_mul(GROUP)).min(GROUP);
        nodes.truncate(usize::try_from(there).unwrap_or(usize::MAX));
        let is_last = number == width.saturating_sub(1) / GROUP;
        if let (true, Some(node), Some(edge)) = (is_last, nodes.last_mut(), self.edge.get(usize::from(level)))
        {
            *node = *edge;
        }
        Ok(nodes)
    }

    /// The path of a leaf.
    ///
    /// # Errors
    /// [`StatementError::Damaged`] where another event is there, or what is stored contradicts itself.
    pub(super) fn path(&self, place: u64, id: &Hash) -> Result<Vec<Hash>, StatementError> {
        let climbed = climb::<Rfc6962>(self.size, place, |level, number| self.group(level, number))?;
        let leaf = [&self.project.0[..], &place.to_be_bytes(), &id.0].concat();
        if climbed.leaf != Rfc6962::hash(&leaf) || climbed.root != self.root {
            return Err(StatementError::Damaged { what: "money tree" });
        }
        Ok(climbed.path.into_iter().map(Hash).collect())
    }
}
