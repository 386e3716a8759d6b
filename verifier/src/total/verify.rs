//! Holding a total proof against a policy.

use super::{Project, Proof, SumNode, Total, TotalRefused, leaf};
use crate::Hash;
use crate::checkpoint::VerifiedCheckpoint;
use crate::event::{Day, Party};
use crate::fold::MAX_POINTS;
use crate::policy::Policy;
use crate::statement::{Statement, StatementRefused, Summed, sum_root};

/// A total that a ledger stated, as a total proof and a policy have shown. Only [`Proof::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    contributor: Party,
    total: Total,
    project: Project,
    snapshot: Hash,
    day: Day,
    checkpoint: VerifiedCheckpoint,
}

impl Proof {
    /// Shows that the ledger stated the total: first the checkpoint under the policy, then each entry's inclusion,
    /// then whose key signed the snapshot, and last the two paths up to the snapshot's root.
    ///
    /// It verifies the signatures of the checkpoint and of each entry, once each, and hashes little more than the file.
    ///
    /// # Errors
    /// A [`TotalRefused`].
    pub fn verify(&self, policy: &Policy) -> Result<Stated, TotalRefused> {
        let parts = self.parts();
        let checkpoint = policy.verify(parts.checkpoint.as_bytes()).map_err(StatementRefused::Checkpoint)?;
        let statement = Statement::verify(&parts.entries, &checkpoint, |_| false)?;
        let project = self.lead_to(&statement)?;
        Ok(Stated {
            contributor: parts.contributor.clone(),
            total: parts.total,
            project,
            snapshot: statement.event.id(),
            day: statement.event.payload().date,
            checkpoint,
        })
    }

    /// The project, with the hash that the total leads to, where both lead to the snapshot's root.
    fn lead_to(&self, statement: &Statement) -> Result<Project, TotalRefused> {
        let parts = self.parts();
        let (total, project) = (&parts.total, &parts.project);
        let own = leaf(total);
        let root = sum_root(total.handle, project.contributors, own, &parts.path)?;
        if own.sum > MAX_POINTS {
            return Err(TotalRefused::Sum);
        }
        if root.sum != project.points {
            return Err(TotalRefused::Points { stated: project.points, computed: root.sum });
        }
        let project = Project { totals: root.hash, ..*project };
        statement.holds(parts.number, &project, &parts.project_path)?;
        Ok(project)
    }
}

impl Summed for SumNode {
    fn over(left: &Self, right: &Self) -> Option<Self> {
        Self::join(left, right)
    }
}

impl Stated {
    /// Whose total it is.
    pub fn contributor(&self) -> &Party {
        &self.contributor
    }

    /// Their points and accepted events, and their handle.
    pub fn total(&self) -> &Total {
        &self.total
    }

    /// The project as a whole: the charter in force, how many contributors there are, and all their points.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Event id of the snapshot.
    pub fn snapshot(&self) -> Hash {
        self.snapshot
    }

    /// Index of the snapshot: the last entry of the checkpoint's tree.
    pub fn snapshot_index(&self) -> u64 {
        self.checkpoint.size().saturating_sub(1)
    }

    /// The log's day as of the mark whose totals the snapshot states.
    pub fn day(&self) -> Day {
        self.day
    }

    /// Size of the log, in entries, that the snapshot ends.
    pub fn size(&self) -> u64 {
        self.checkpoint.size()
    }

    /// The checkpoint, and who vouches for it.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// Whether the policy's auditors say that they have recomputed the total; else it is stated by the ledger alone.
    pub fn is_recomputed(&self) -> bool {
        self.checkpoint.is_audited()
    }

    /// Whether the entry at `receipt_index` was logged after the snapshot, so that it can not be in the total. (Of an
    /// older entry this does not say that it is in: it may have been logged after the mark, or not be accepted.)
    pub fn is_stale_for(&self, receipt_index: u64) -> bool {
        receipt_index >= self.checkpoint.size()
    }
}
