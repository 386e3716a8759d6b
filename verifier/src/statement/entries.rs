//! The entries that lead from the beginning of a log to a snapshot, and from a project to that snapshot's root.

use super::{EntriesFault, LedgerFault, PathFault, ProofEntry, SnapshotFault, StatementRefused};
use crate::checkpoint::VerifiedCheckpoint;
use crate::did::Did;
use crate::event::{self, Body, Event};
use crate::fold::{Effect, Fold, MemoryState, Void};
use crate::proof::{InclusionError, verify_inclusion};
use crate::total::{Project, project_leaf};
use crate::{Hash, leaf_hash};

/// A snapshot that the ledger stated, and what else was asked for.
pub(crate) struct Statement {
    /// The snapshot's event.
    pub(crate) event: Event,
    /// What it states.
    pub(crate) snapshot: event::Snapshot,
    /// The events between that are no `ledger` events, by index, where `takes` took them.
    pub(crate) others: Vec<(u64, Event)>,
}

impl Statement {
    /// Shows that the ledger stated a snapshot: each entry's inclusion, then whose key signed the snapshot. What `takes`
    /// answers true for is not held to be a `ledger` event.
    pub(crate) fn verify(
        entries: &[ProofEntry],
        checkpoint: &VerifiedCheckpoint,
        takes: impl Fn(u64) -> bool,
    ) -> Result<Self, StatementRefused> {
        let (last, before) = split_entries(entries, checkpoint.size()).map_err(StatementRefused::Entries)?;
        let mut constitution = Fold::new(MemoryState::default());
        let mut others = Vec::new();
        for entry in before {
            let event = read_entry(entry, checkpoint)?;
            if takes(entry.index) {
                others.push((entry.index, event));
                continue;
            }
            constitute(&mut constitution, &event, checkpoint)
                .map_err(|source| StatementRefused::Ledger { index: entry.index, source })?;
        }
        let event = read_entry(last, checkpoint)?;
        let snapshot =
            read_snapshot(&constitution, &event, checkpoint).map_err(StatementRefused::Snapshot)?.clone();
        Ok(Self { event, snapshot, others })
    }

    /// Shows that the project is the leaf `number` of the tree whose root the snapshot states.
    pub(crate) fn holds(
        &self,
        number: u64,
        project: &Project,
        path: &[Hash],
    ) -> Result<(), StatementRefused> {
        let (count, root) = (self.snapshot.projects, &self.snapshot.root);
        verify_inclusion(number, count, &project_leaf(project), path, root).map_err(|error| match error {
            InclusionError::IndexBeyondSize { index, size } => {
                StatementRefused::ProjectPath(PathFault::Beyond { index, count: size })
            }
            InclusionError::Length { expected, got } => {
                StatementRefused::ProjectPath(PathFault::Length { expected, got })
            }
            InclusionError::Root { expected, computed } => {
                StatementRefused::ProjectRoot { stated: expected, computed }
            }
        })
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
fn read_entry(entry: &ProofEntry, checkpoint: &VerifiedCheckpoint) -> Result<Event, StatementRefused> {
    let index = entry.index;
    let leaf = leaf_hash(&entry.bytes);
    verify_inclusion(index, checkpoint.size(), &leaf, &entry.path, checkpoint.root())
        .map_err(|source| StatementRefused::Inclusion { index, source })?;
    event::check(&entry.bytes).map_err(|source| StatementRefused::Event { index, source })
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
