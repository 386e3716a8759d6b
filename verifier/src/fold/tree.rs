//! The trees of totals, kept in the state as groups of up to sixteen neighbours, so that a mark costs hashes for what
//! changed only (spec/totals.md §1).
//!
//! RFC 6962's tree over n leaves is also that tree over the roots of its runs of 16, the last of which may be short. So
//! level 0 holds the leaves, level k + 1 the roots of level k's groups, and the first level of one node the root.

use super::{Fold, FoldError, Result, Run, State};
use crate::Hash;
use crate::hash::node_hash;

/// Neighbours of one group. 16 keeps both the hashes and the bytes of a sparse change low: of a million leaves 1 % touch
/// some 13,000 groups.
const GROUP: usize = 16;

/// Groups read and worked out at a time, up to 1,024 bytes each: enough that a keeper can share the work out.
const GROUPS_AT_ONCE: usize = 8_192;

/// A node of one of the trees.
pub(super) trait Node: Copy + Send + Sync {
    /// Bytes of one in a group.
    const LENGTH: usize;
    fn join(left: &Self, right: &Self) -> Self;
    fn write(&self, out: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// A node of a project's totals tree: the points below it, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SumNode {
    /// Points of all leaves below, at most 2^63 - 1.
    pub sum: u64,
    /// Of a leaf that of [`crate::total::leaf`]; of others [`SumNode::join`]'s.
    pub hash: Hash,
}

impl SumNode {
    /// The node over two: `SHA-256(0x01 ‖ sumL ‖ hL ‖ sumR ‖ hR)`. `None` where the sum is beyond 2^63 - 1.
    pub fn join(left: &Self, right: &Self) -> Option<Self> {
        let sum = left.sum.checked_add(right.sum).filter(|sum| *sum <= super::MAX_POINTS)?;
        let mut preimage = [1; 81];
        preimage[1..9].copy_from_slice(&left.sum.to_be_bytes());
        preimage[9..41].copy_from_slice(&left.hash.0);
        preimage[41..49].copy_from_slice(&right.sum.to_be_bytes());
        preimage[49..].copy_from_slice(&right.hash.0);
        Some(Self { sum, hash: Hash::of(&preimage) })
    }
}

impl Node for SumNode {
    const LENGTH: usize = 40;
    fn join(left: &Self, right: &Self) -> Self {
        // The fold accepts nothing beyond 2^63 - 1 points in a project; a state that says otherwise is damaged, and
        // then no root of it meets a stated one.
        Self::join(left, right).unwrap_or(Self { sum: 0, hash: Hash::default() })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.sum.to_be_bytes());
        out.extend_from_slice(&self.hash.0);
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (sum, hash) = bytes.split_first_chunk::<8>()?;
        Some(Self { sum: u64::from_be_bytes(*sum), hash: Hash(hash.try_into().ok()?) })
    }
}

impl Node for Hash {
    const LENGTH: usize = 32;
    fn join(left: &Self, right: &Self) -> Self {
        node_hash(left, right)
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl<S: State> Fold<S> {
    /// Puts `changed` leaves, ascending by position, into the tree of `count` leaves whose groups are at `key`, and
    /// answers its root: `None` where nothing changed. All leaves that are new must be among them.
    pub(super) fn grow<N: Node>(
        &mut self,
        count: u64,
        changed: Vec<(u64, N)>,
        key: impl Fn(u8, u64) -> Vec<u8> + Sync,
    ) -> Result<Option<N>, S> {
        self.raise(count, changed, key, |state, runs| state.set_many(runs))
    }

    /// A tree of these leaves, whose groups are at `key`, where nothing refers to any of them yet; its root.
    pub(super) fn plant<N: Node>(
        &mut self,
        leaves: Vec<N>,
        key: impl Fn(u8, u64) -> Vec<u8> + Sync,
    ) -> Result<Option<N>, S> {
        let leaves: Vec<_> = (0_u64..).zip(leaves).collect();
        let count = leaves.last().map_or(0, |(last, _)| last.saturating_add(1));
        self.raise(count, leaves, key, |state, runs| state.set_ahead(runs))
    }

    fn raise<N: Node>(
        &mut self,
        count: u64,
        mut changed: Vec<(u64, N)>,
        key: impl Fn(u8, u64) -> Vec<u8> + Sync,
        set: impl Fn(&mut S, Vec<Run>) -> std::result::Result<(), S::Error>,
    ) -> Result<Option<N>, S> {
        let mut width = count;
        for level in 0_u8.. {
            let are_all = changed.len() as u64 == width;
            let groups: Vec<_> = changed.chunk_by(|(a, _), (b, _)| group_of(*a) == group_of(*b)).collect();
            let mut above = Vec::with_capacity(groups.len());
            for page in groups.chunks(GROUPS_AT_ONCE) {
                let number = |changed: &[(u64, N)]| changed.first().map_or(0, |(at, _)| group_of(*at));
                let keys: Vec<_> = page.iter().map(|changed| key(level, number(changed))).collect();
                // Of a tree that is new altogether nothing is known.
                let known = if are_all {
                    Vec::new()
                } else {
                    self.state.get_many(&keys).map_err(FoldError::State)?
                };
                let known =
                    known.into_iter().map(Option::unwrap_or_default).chain(std::iter::repeat(Vec::new()));
                let jobs: Vec<_> = keys.into_iter().zip(page).zip(known).collect();
                let pieces = self.state.work_out(&jobs, |jobs| {
                    let mut run = Run::with_capacity(jobs.len(), jobs.len() * (64 + GROUP * N::LENGTH));
                    let mut value = Vec::with_capacity(GROUP * N::LENGTH);
                    let mut roots = Vec::with_capacity(jobs.len());
                    for ((key, changed), known) in jobs {
                        value.clear();
                        match update(known, changed, &mut value) {
                            Some(root) if run.push(key, &value) => roots.push((number(changed), root)),
                            _ => return Err(key.clone()),
                        }
                    }
                    Ok((run, roots))
                });
                let mut runs = Vec::with_capacity(pieces.len());
                for piece in pieces {
                    let (run, roots) = piece.map_err(|key| FoldError::Damaged { key })?;
                    runs.push(run);
                    above.extend(roots);
                }
                set(&mut self.state, runs).map_err(FoldError::State)?;
            }
            if width <= 1 {
                return Ok(above.first().map(|(_, root)| *root));
            }
            width = width.div_ceil(GROUP as u64);
            changed = above;
        }
        Ok(None)
    }

    /// The nodes of several groups; none of one that is not there.
    pub(super) fn groups<N: Node>(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Vec<N>>, S> {
        let groups = self.state.get_many(&keys).map_err(FoldError::State)?;
        let parsed = groups.into_iter().map(|bytes| bytes.map_or(Some(Vec::new()), |bytes| parse(&bytes)));
        parsed.zip(keys).map(|(nodes, key)| nodes.ok_or(FoldError::Damaged { key })).collect()
    }

    /// The nodes of a group; none where it is not there.
    pub(super) fn group<N: Node>(&self, key: &[u8]) -> Result<Vec<N>, S> {
        Ok(self.record(key, parse)?.unwrap_or_default())
    }
}

fn group_of(position: u64) -> u64 {
    position / GROUP as u64
}

/// Writes a group after what changed in it, as it is kept; its root. `None` where that leaves a gap.
fn update<N: Node>(known: &[u8], changed: &[(u64, N)], out: &mut Vec<u8>) -> Option<N> {
    let nodes = replace(parse(known)?, changed)?;
    nodes.iter().for_each(|node| node.write(out));
    root(&nodes)
}

/// The nodes of a group as it is kept.
fn parse<N: Node>(bytes: &[u8]) -> Option<Vec<N>> {
    let fits = bytes.len().is_multiple_of(N::LENGTH) && bytes.len() <= GROUP * N::LENGTH;
    fits.then(|| bytes.chunks_exact(N::LENGTH).map(N::read).collect()).flatten()
}

/// Puts what changed, by position in the level, into its group; `None` where that leaves a gap.
fn replace<N: Node>(mut nodes: Vec<N>, changed: &[(u64, N)]) -> Option<Vec<N>> {
    for (position, node) in changed {
        let at = (position % GROUP as u64) as usize;
        let known = nodes.len();
        match nodes.get_mut(at) {
            Some(old) => *old = *node,
            None if at == known => nodes.push(*node),
            None => return None,
        }
    }
    Some(nodes)
}

/// RFC 6962 §2.1 over at most sixteen nodes; `None` for none.
fn root<N: Node>(nodes: &[N]) -> Option<N> {
    match nodes {
        [] => None,
        [only] => Some(*only),
        _ => {
            let (left, right) = nodes.split_at_checked(nodes.len().next_power_of_two() / 2)?;
            Some(N::join(&root(left)?, &root(right)?))
        }
    }
}
