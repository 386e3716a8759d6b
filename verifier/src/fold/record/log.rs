//! What holds for the whole log.

use super::Reader;
use crate::Hash;
use crate::event::Day;

/// The log's constitution and day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct LedgerRecord {
    /// 0 where entry 0 was no valid `ledger` event: then the other fields mean nothing.
    pub(in crate::fold) rules: u64,
    pub(in crate::fold) day: Day,
    pub(in crate::fold) closed: bool,
    pub(in crate::fold) key: [u8; 32],
    pub(in crate::fold) origin: String,
}

impl LedgerRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.rules.to_be_bytes().to_vec();
        out.extend_from_slice(&self.day.number().to_be_bytes());
        out.push(self.closed.into());
        out.extend_from_slice(&self.key);
        out.extend(self.origin.as_bytes());
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        Some(Self {
            rules: r.u64()?,
            day: r.day()?,
            closed: r.u8()? == 1,
            key: r.array()?,
            origin: r.rest_text()?,
        })
    }
}

/// The newest mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct MarkRecord {
    /// How many marks there were, this one included.
    pub(in crate::fold) epoch: u64,
    pub(in crate::fold) id: Hash,
    pub(in crate::fold) index: u64,
    pub(in crate::fold) day: Day,
    /// Root of the tree of projects.
    pub(in crate::fold) root: Hash,
    /// Its leaves.
    pub(in crate::fold) projects: u64,
}

impl MarkRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.epoch.to_be_bytes().to_vec();
        out.extend_from_slice(&self.id.0);
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.day.number().to_be_bytes());
        out.extend_from_slice(&self.root.0);
        out.extend_from_slice(&self.projects.to_be_bytes());
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self {
            epoch: r.u64()?,
            id: r.hash()?,
            index: r.u64()?,
            day: r.day()?,
            root: r.hash()?,
            projects: r.u64()?,
        };
        r.end(record)
    }
}

/// The last valid snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct SnapshotRecord {
    pub(in crate::fold) id: Hash,
    pub(in crate::fold) index: u64,
    /// The number of its mark.
    pub(in crate::fold) epoch: u64,
}

impl SnapshotRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.id.0.to_vec();
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self { id: r.hash()?, index: r.u64()?, epoch: r.u64()? };
        r.end(record)
    }
}
