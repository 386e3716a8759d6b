//! One contributor of a project.

use super::{Pinned, Reader, work_number};
use crate::Hash;
use crate::event::Work;

/// How many kinds of work there are.
pub const KINDS_OF_WORK: usize = 9;

/// What one contributor has in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Accepted contributions, and verdicts that earned, by kind of work in the order of [`Work::ALL`]. At most 2^57:
    /// 2^48 entries with at most 726 verdicts each.
    pub counts: [u64; KINDS_OF_WORK],
    /// Points, at most 2^63 - 1.
    pub points: u64,
    /// Contributions that were void, counted from the first one that was not.
    pub void: u64,
}

impl Sums {
    /// The count of one kind of work.
    pub fn count(&self, work: Work) -> u64 {
        self.counts.get(usize::from(work_number(work))).copied().unwrap_or(0)
    }

    pub(in crate::fold) fn count_mut(&mut self, work: Work) -> Option<&mut u64> {
        self.counts.get_mut(usize::from(work_number(work)))
    }

    fn write(&self, out: &mut Vec<u8>) {
        for number in self.counts.iter().chain([&self.points, &self.void]) {
            out.extend_from_slice(&number.to_be_bytes());
        }
    }

    fn read(r: &mut Reader<'_>) -> Option<Self> {
        let mut counts = [0; KINDS_OF_WORK];
        for count in &mut counts {
            *count = r.u64()?;
        }
        Some(Self { counts, points: r.u64()?, void: r.u64()? })
    }
}

/// One contributor of a project: somebody whose work counts or waits, who reviewed for points, or who was enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct ContributorRecord<T = String> {
    /// The epoch in which they became known.
    pub(in crate::fold) since: u64,
    /// Their leaf in the project's totals tree.
    pub(in crate::fold) handle: Option<u64>,
    pub(in crate::fold) sums: Pinned<Sums>,
    /// How often they were credited.
    pub(in crate::fold) credits: u64,
    /// The last link of these credits; zeroes: none.
    pub(in crate::fold) work: Hash,
    /// did:key or alias.
    pub(in crate::fold) text: T,
}

impl ContributorRecord {
    pub(in crate::fold) fn new(epoch: u64, text: String) -> Self {
        let sums = Pinned { epoch, ..Pinned::default() };
        Self { since: epoch, handle: None, sums, credits: 0, work: Hash::default(), text }
    }

    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 + 2 * 88 + 40 + self.text.len());
        out.extend_from_slice(&self.since.to_be_bytes());
        // No log has 2^64 contributors.
        out.extend_from_slice(&self.handle.unwrap_or(u64::MAX).to_be_bytes());
        out.extend_from_slice(&self.sums.epoch.to_be_bytes());
        self.sums.now.write(&mut out);
        self.sums.then.write(&mut out);
        out.extend_from_slice(&self.credits.to_be_bytes());
        out.extend_from_slice(&self.work.0);
        out.extend(self.text.as_bytes());
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ContributorRecord { since, handle, sums, credits, work, text } = ContributorRecord::read(bytes)?;
        Some(Self { since, handle, sums, credits, work, text: text.to_owned() })
    }
}

impl<'a> ContributorRecord<&'a str> {
    /// The record, its text where it lies: of very many, none is copied.
    pub(in crate::fold) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let since = r.u64()?;
        let handle = Some(r.u64()?).filter(|h| *h != u64::MAX);
        let sums = Pinned { epoch: r.u64()?, now: Sums::read(&mut r)?, then: Sums::read(&mut r)? };
        let (credits, work) = (r.u64()?, r.hash()?);
        Some(Self { since, handle, sums, credits, work, text: std::str::from_utf8(r.rest()).ok()? })
    }
}

/// A leaf of the totals tree that changed since the newest mark, with all that its hash needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fold) struct ChangedLeaf {
    pub(in crate::fold) who: Hash,
    pub(in crate::fold) counts: [u64; KINDS_OF_WORK],
    pub(in crate::fold) points: u64,
}

impl ChangedLeaf {
    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + 8 * (KINDS_OF_WORK + 1));
        out.extend_from_slice(&self.who.0);
        for number in self.counts.iter().chain([&self.points]) {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let who = r.hash()?;
        let mut counts = [0; KINDS_OF_WORK];
        for count in &mut counts {
            *count = r.u64()?;
        }
        let points = r.u64()?;
        r.end(Self { who, counts, points })
    }
}
