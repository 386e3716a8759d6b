//! Projects and their charters.

use super::{Pinned, Reader};
use crate::Hash;
use crate::event::Day;

/// What a project's leaf in the tree of projects says, but for the root of its totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::fold) struct Leaf {
    /// The charter in force.
    pub(in crate::fold) charter: Hash,
    /// Handles given out.
    pub(in crate::fold) contributors: u64,
    /// Sum of all contributors' points, at most 2^63 - 1.
    pub(in crate::fold) points: u64,
    /// The last valid settlement; zeroes where there is none.
    pub(in crate::fold) settlement: Hash,
    /// Leaves of its money tree.
    pub(in crate::fold) decisions: u64,
    /// Root of its money tree; zeroes where it is empty.
    pub(in crate::fold) money: Hash,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct ProjectRecord {
    /// Its place among the projects of the log, from 0.
    pub(in crate::fold) number: u64,
    pub(in crate::fold) leaf: Pinned<Leaf>,
    /// Root of its totals tree at the newest mark that saw a change.
    pub(in crate::fold) root: Hash,
    /// An amendment that waits, and the day of the log on which it comes into force.
    pub(in crate::fold) pending: Option<(Hash, Day)>,
}

impl ProjectRecord {
    /// The charter in force.
    pub(in crate::fold) fn in_force(&self) -> Hash {
        self.leaf.now.charter
    }

    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + 2 * 120 + 32 + 36);
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&self.leaf.epoch.to_be_bytes());
        for leaf in [&self.leaf.now, &self.leaf.then] {
            out.extend_from_slice(&leaf.charter.0);
            out.extend_from_slice(&leaf.contributors.to_be_bytes());
            out.extend_from_slice(&leaf.points.to_be_bytes());
            out.extend_from_slice(&leaf.settlement.0);
            out.extend_from_slice(&leaf.decisions.to_be_bytes());
            out.extend_from_slice(&leaf.money.0);
        }
        out.extend_from_slice(&self.root.0);
        if let Some((charter, day)) = self.pending {
            out.extend_from_slice(&charter.0);
            out.extend_from_slice(&day.number().to_be_bytes());
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let number = r.u64()?;
        let epoch = r.u64()?;
        let mut leaf = || {
            let (charter, contributors, points) = (r.hash()?, r.u64()?, r.u64()?);
            let (settlement, decisions) = (r.hash()?, r.u64()?);
            Some(Leaf { charter, contributors, points, settlement, decisions, money: r.hash()? })
        };
        let (now, then) = (leaf()?, leaf()?);
        let root = r.hash()?;
        let pending = if r.0.is_empty() { None } else { Some((r.hash()?, r.day()?)) };
        r.end(Self { number, leaf: Pinned { epoch, now, then }, root, pending })
    }
}

/// A charter that was valid when it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct CharterRecord {
    pub(in crate::fold) project: Hash,
    /// The day on which its successor came into force.
    pub(in crate::fold) replaced: Option<Day>,
    /// The event's payload, canonical.
    pub(in crate::fold) payload: Vec<u8>,
}

impl CharterRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.project.0.to_vec();
        out.extend_from_slice(&self.replaced.map_or(u32::MAX, Day::number).to_be_bytes());
        out.extend(&self.payload);
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        Some(Self { project: r.hash()?, replaced: Day::from_number(r.u32()?), payload: r.rest().to_vec() })
    }
}
