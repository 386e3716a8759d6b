//! Holding a total proof against a policy.

use super::path::sum_root;
use super::{
    EntriesFault, LedgerFault, PathFault, Project, Proof, ProofEntry, SnapshotFault, Total, TotalRefused,
    leaf, project_leaf,
};
use crate::checkpoint::VerifiedCheckpoint;
use crate::did::Did;
use crate::event::{self, Body, Day, Event, Party};
use crate::fold::{Effect, Fold, MemoryState, Void};
use crate::policy::Policy;
use crate::proof::{InclusionError, verify_inclusion};
use crate::{Hash, leaf_hash};

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
        let checkpoint = policy.verify(parts.checkpoint.as_bytes()).map_err(TotalRefused::Checkpoint)?;
        let (last, before) =
            split_entries(&parts.entries, checkpoint.size()).map_err(TotalRefused::Entries)?;
        let mut constitution = Fold::new(MemoryState::default());
        for entry in before {
            let event = read_entry(entry, &checkpoint)?;
            constitute(&mut constitution, &event, &checkpoint)
                .map_err(|source| TotalRefused::Ledger { index: entry.index, source })?;
        }
        let event = read_entry(last, &checkpoint)?;
        let snapshot = read_snapshot(&constitution, &event, &checkpoint).map_err(TotalRefused::Snapshot)?;
        let project = self.lead_to(snapshot)?;
        Ok(Stated {
            contributor: parts.contributor.clone(),
            total: parts.total,
            project,
            snapshot: event.id(),
            day: event.payload().date,
            checkpoint,
        })
    }

    /// The project, with the hash that the total leads to, where both lead to the snapshot's root.
    fn lead_to(&self, snapshot: &event::Snapshot) -> Result<Project, TotalRefused> {
        let parts = self.parts();
        let (total, project) = (&parts.total, &parts.project);
        let root = sum_root(total.handle, project.contributors, leaf(total), &parts.path)?;
        if root.sum != project.points {
            return Err(TotalRefused::Points { stated: project.points, computed: root.sum });
        }
        let project = Project { totals: root.hash, ..*project };
        verify_inclusion(
            parts.number,
            snapshot.projects,
            &project_leaf(&project),
            &parts.project_path,
            &snapshot.root,
        )
        .map_err(|error| match error {
            InclusionError::IndexBeyondSize { index, size } => {
                TotalRefused::ProjectPath(PathFault::Beyond { index, count: size })
            }
            InclusionError::Length { expected, got } => {
                TotalRefused::ProjectPath(PathFault::Length { expected, got })
            }
            InclusionError::Root { expected, computed } => {
                TotalRefused::ProjectRoot { stated: expected, computed }
            }
        })?;
        Ok(project)
    }
}

/// The last entry and those before it, where they begin at 0, ascend and end with the tree.
fn split_entries(entries: &[ProofEntry], size: u64) -> Result<(&ProofEntry, &[ProofEntry]), EntriesFault> {
    if entries.first().is_none_or(|first| first.index != 0) {
        return Err(EntriesFault::First);
    }
    for pair in entries.windows(2) {
        if let [previous, next] = pair
            && next.index <= previous.index
        {
            return Err(EntriesFault::Order { previous: previous.index, index: next.index });
        }
    }
    let (last, before) = entries.split_last().ok_or(EntriesFault::First)?;
    if last.index.checked_add(1) != Some(size) {
        return Err(EntriesFault::Last { index: last.index, size });
    }
    if before.is_empty() {
        return Err(EntriesFault::NoSnapshot);
    }
    Ok((last, before))
}

/// The event at an index of the log. Nothing is read of an entry that is not included.
fn read_entry(entry: &ProofEntry, checkpoint: &VerifiedCheckpoint) -> Result<Event, TotalRefused> {
    let index = entry.index;
    let leaf = leaf_hash(&entry.bytes);
    verify_inclusion(index, checkpoint.size(), &leaf, &entry.path, checkpoint.root())
        .map_err(|source| TotalRefused::Inclusion { index, source })?;
    event::check(&entry.bytes).map_err(|source| TotalRefused::Event { index, source })
}

/// Applies a `ledger` event by the rules of the fold, as if nothing but such events were in the log.
fn constitute(
    constitution: &mut Fold<MemoryState>,
    event: &Event,
    checkpoint: &VerifiedCheckpoint,
) -> Result<(), LedgerFault> {
    let payload = event.payload();
    if payload.log != *checkpoint.origin() {
        return Err(LedgerFault::OtherLog { made_for: payload.log.clone() });
    }
    let Body::Ledger(ledger) = &payload.body else {
        return Err(LedgerFault::Kind { kind: payload.body.kind() });
    };
    // A closing one is valid, also as the log's very last event but one; but whatever is signed after it is not.
    match constitution.apply(Ok(event)) {
        Ok(Effect::Ledger) if ledger.closing.is_some() => Err(LedgerFault::Closing),
        Ok(Effect::Ledger) => Ok(()),
        Ok(Effect::NeedsRules(rules)) => Err(LedgerFault::NeedsRules { rules }),
        Ok(Effect::Void(void)) => Err(LedgerFault::Void(void)),
        // Neither happens to a `ledger` event over a state in memory; if it did, nothing would be in force.
        Ok(_) | Err(_) => Err(LedgerFault::Void(Void::NoLedger)),
    }
}

/// The snapshot, where the ledger key in force signed it.
fn read_snapshot<'e>(
    constitution: &Fold<MemoryState>,
    event: &'e Event,
    checkpoint: &VerifiedCheckpoint,
) -> Result<&'e event::Snapshot, SnapshotFault> {
    let payload = event.payload();
    if payload.log != *checkpoint.origin() {
        return Err(SnapshotFault::OtherLog { made_for: payload.log.clone() });
    }
    let Body::Snapshot(snapshot) = &payload.body else {
        return Err(SnapshotFault::Kind { kind: payload.body.kind() });
    };
    let key = constitution.ledger_key().ok().flatten().unwrap_or_default();
    match payload.signers.iter().find(|signer| *signer.key() != key) {
        Some(signer) => Err(SnapshotFault::Signer { signer: signer.clone(), ledger: Did::from_key(&key) }),
        None => Ok(snapshot),
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
