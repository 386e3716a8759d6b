//! What the ledger has stated, as files that prove it: totals (spec/totals.md §2) and payslips (spec/payslip.md).
//!
//! Nothing here verifies, and no path is hashed with the verifier's code; but what is read is held against what the
//! newest mark says, so that a damaged state makes no proofs.

mod credits;
mod error;
mod held;
mod money;
mod payslip;
mod total;
mod tree;

use lebombo_verifier::Hash;
use lebombo_verifier::statement::ProofEntry;
use lebombo_verifier::total::Project;
use rs_merkle::Hasher as _;

use crate::attribute::{Attribution, Snapshot};
use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::tree::{Prover, Rfc6962};
pub use credits::Listing;
pub use error::StatementError;
pub(crate) use held::keep_totals;
pub use payslip::prove_pay;
pub(crate) use payslip::{payment_body, settlement_body};
pub use total::prove_total;
use tree::{Leaf, climb};

/// How often the reading begins again because another snapshot came in between. Two in a row are a minute apart.
const ATTEMPTS: usize = 3;

/// What is read as of the newest snapshot, and where from.
#[derive(Clone, Copy)]
struct Reading<'a> {
    ledger: &'a Ledger,
    attribution: &'a Attribution,
    project: &'a Hash,
}

impl Reading<'_> {
    /// What `read` finds as of the newest snapshot; where `size` is given only if that is its size.
    fn as_of<T>(
        &self,
        size: Option<u64>,
        read: impl Fn(&Snapshot) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        for _ in 0..ATTEMPTS {
            let snapshot = newest(self.attribution, size)?;
            let found = read(&snapshot);
            // The state moves on beside the reading: what was read belongs together only if the snapshot is the newest still.
            if self.attribution.snapshot()? == Some(snapshot) {
                return found;
            }
        }
        Err(StatementError::Pending)
    }

    fn project_path(
        &self,
        snapshot: &Snapshot,
        number: u64,
        project: &Project,
    ) -> Result<Vec<Hash>, StatementError> {
        let climbed = climb::<Rfc6962>(snapshot.mark.projects, number, |level, number| {
            Ok(self.attribution.projects_group(level, number)?.iter().map(|hash| hash.0).collect())
        })?;
        if climbed.leaf != Rfc6962::hash(&project.leaf_bytes()) || climbed.root != snapshot.mark.root.0 {
            return Err(StatementError::Damaged { what: "tree of projects" });
        }
        Ok(climbed.path.into_iter().map(Hash).collect())
    }

    /// Entry 0, the later `ledger` events that changed the log's constitution, `others` before the snapshot, and that, which
    /// is the entry `last`.
    fn entries(&self, last: u64, others: &[u64]) -> Result<Vec<ProofEntry>, StatementError> {
        let store = self.ledger.store();
        let mut indices = store.constitution(last)?;
        if indices.first() != Some(&0) {
            return Err(StatementError::Damaged { what: "list of ledger events" });
        }
        indices.extend(others);
        indices.sort_unstable();
        indices.push(last);
        let mut prover = Prover::new(&**store, last + 1)?;
        let entry = |index| {
            let damaged = StoreError::Damaged { what: "entry", number: index };
            let bytes = store.entry(index)?.ok_or(damaged)?.bytes;
            Ok(ProofEntry { index, bytes, path: prover.inclusion(index)?.hashes })
        };
        indices.into_iter().map(entry).collect()
    }

    fn checkpoint(&self, size: u64) -> Result<String, StatementError> {
        let note = self.ledger.kept_checkpoint(size)?.ok_or(StatementError::NotSigned { size })?;
        // A note is UTF-8 by its definition.
        String::from_utf8(note).map_err(|_| StatementError::Damaged { what: "kept checkpoint" })
    }
}

/// The newest snapshot; where `size` is given only if that is its size.
fn newest(attribution: &Attribution, size: Option<u64>) -> Result<Snapshot, StatementError> {
    let Some(snapshot) = attribution.snapshot()? else {
        return Err(match attribution.mark()? {
            None => StatementError::NoSnapshot,
            Some(_) => StatementError::Pending,
        });
    };
    let newest = snapshot.size();
    match size {
        Some(asked) if asked < newest => Err(StatementError::Gone { asked, newest }),
        Some(asked) if asked > newest => Err(StatementError::SnapshotUnknown { asked, newest }),
        _ => Ok(snapshot),
    }
}
