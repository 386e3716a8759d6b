//! The checkpoints that are kept for snapshots.

use std::ops::ControlFlow;

use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::{UntrustedCheckpoint, VerifiedCheckpoint};
use lebombo_verifier::fold::Void;
use lebombo_verifier::note::MAX_NOTE;
use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;

use super::error::AuditError;
use super::finding::Lie;
use super::pipeline::in_order;
use super::source::{Answer, Source};

/// A `snapshot` event of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Its position.
    pub(super) index: u64,
    /// Root of the tree of which it is the last leaf.
    pub(super) root: Hash,
    /// Why it is none.
    pub(super) void: Option<Void>,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) lies: Vec<Lie>,
    pub(super) compared: u64,
    pub(super) absent: u64,
}

/// Most bytes of a checkpoint.
pub(super) const MAX_CHECKPOINT: u64 = MAX_NOTE as u64;

/// The checkpoint kept for a log of that size.
pub(super) fn read(source: &dyn Source, size: u64) -> Result<Option<Vec<u8>>, AuditError> {
    Ok(match source.read(&format!("v1/snapshots/{size}/checkpoint"), MAX_CHECKPOINT)? {
        Answer::Found(note) => Some(note),
        Answer::Absent | Answer::Gone => None,
    })
}

/// Verifies a checkpoint by the log's keys in the policy. Witnesses are not asked for: it may be older than they are.
pub(super) fn verify(
    policy: &Policy,
    origin: &Origin,
    note: &[u8],
) -> Result<VerifiedCheckpoint, UntrustedCheckpoint> {
    let mut outcome = Err(UntrustedCheckpoint::LogUnknown { origin: origin.clone() });
    for log in policy.logs().iter().filter(|log| log.vkey.name().as_str() == origin.as_str()) {
        outcome = VerifiedCheckpoint::by_log_key(note, &log.vkey);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Compares the checkpoints of snapshots with what was recomputed.
pub(super) fn compare(
    source: &dyn Source,
    policy: &Policy,
    origin: &Origin,
    snapshots: &[Kept],
    threads: usize,
) -> Result<Found, AuditError> {
    let mut found = Found::default();
    let work = |number: u64| {
        let snapshot = usize::try_from(number).ok().and_then(|number| snapshots.get(number));
        snapshot.map(|snapshot| (*snapshot, read(source, snapshot.index + 1)))
    };
    let range = 0..u64::try_from(snapshots.len()).unwrap_or(u64::MAX);
    let stopped = in_order(range, threads, threads * 2, work, |_, read| {
        match read {
            None => {}
            Some((_, Err(error))) => return ControlFlow::Break(error),
            Some((snapshot, Ok(note))) => judge(policy, origin, &snapshot, note.as_deref(), &mut found),
        }
        ControlFlow::Continue(())
    });
    match stopped {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(found),
    }
}

fn judge(policy: &Policy, origin: &Origin, snapshot: &Kept, note: Option<&[u8]>, found: &mut Found) {
    let index = snapshot.index;
    let Some(note) = note else {
        // Nobody expects one for a void snapshot.
        found.absent += u64::from(snapshot.void.is_none());
        return;
    };
    found.compared += 1;
    let lie = match verify(policy, origin, note) {
        _ if snapshot.void.is_some() => Lie::SnapshotNotValid { index, void: snapshot.void },
        Err(error) => Lie::SnapshotCheckpointUntrusted { index, error },
        Ok(checkpoint) if checkpoint.size() != index + 1 => {
            Lie::SnapshotCheckpointSize { index, size: checkpoint.size() }
        }
        Ok(checkpoint) if *checkpoint.root() != snapshot.root => Lie::SnapshotCheckpointRoot { index },
        Ok(_) => return,
    };
    found.lies.push(lie);
}
