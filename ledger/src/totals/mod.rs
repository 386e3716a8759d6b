//! Total proofs (spec/totals.md §2): what one person had in a project when the newest snapshot was made, up to the root
//! that the snapshot states, and from there to the checkpoint that was kept for it.
//!
//! Nothing here verifies, and no path is hashed with the verifier's code; but what is read is held against what the
//! newest mark says, so that a damaged state makes no proofs.

mod error;
mod tree;

use lebombo_verifier::Hash;
use lebombo_verifier::event::Party;
use lebombo_verifier::fold::AsOf;
use lebombo_verifier::total::{Parts, Project, Proof, ProofEntry, SumNode, Total};
use rs_merkle::Hasher as _;

use crate::attribute::{Attribution, Snapshot};
use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::tree::{Prover, Rfc6962};
pub use error::TotalProofError;
use tree::{Leaf, SumTree, climb};

/// How often the reading begins again because another snapshot came in between. Two in a row are a minute apart.
const ATTEMPTS: usize = 3;

/// The proof of one contributor's total as of the newest snapshot; where `size` is given only if that is its size.
/// Blocks.
///
/// # Errors
/// See [`TotalProofError`].
pub fn prove_total(
    ledger: &Ledger,
    attribution: &Attribution,
    project: &Hash,
    contributor: &Party,
    size: Option<u64>,
) -> Result<Proof, TotalProofError> {
    let reading = Reading { ledger, attribution, project, contributor };
    for _ in 0..ATTEMPTS {
        let snapshot = newest(attribution, size)?;
        let parts = reading.parts(&snapshot);
        // The state moves on beside the reading: what was read belongs together only if the snapshot is the newest still.
        if attribution.snapshot()? == Some(snapshot) {
            return Ok(Proof::new(parts?)?);
        }
    }
    Err(TotalProofError::Pending)
}

/// The newest snapshot; where `size` is given only if that is its size.
fn newest(attribution: &Attribution, size: Option<u64>) -> Result<Snapshot, TotalProofError> {
    let Some(snapshot) = attribution.snapshot()? else {
        return Err(match attribution.mark()? {
            None => TotalProofError::NoSnapshot,
            Some(_) => TotalProofError::Pending,
        });
    };
    let newest = snapshot.size();
    match size {
        Some(asked) if asked < newest => Err(TotalProofError::Gone { asked, newest }),
        Some(asked) if asked > newest => Err(TotalProofError::SnapshotUnknown { asked, newest }),
        _ => Ok(snapshot),
    }
}

/// What is read, and where from.
struct Reading<'a> {
    ledger: &'a Ledger,
    attribution: &'a Attribution,
    project: &'a Hash,
    contributor: &'a Party,
}

impl Reading<'_> {
    fn parts(&self, snapshot: &Snapshot) -> Result<Parts, TotalProofError> {
        let Self { attribution, project: id, contributor, .. } = self;
        if attribution.project(id)?.is_none() {
            return Err(TotalProofError::ProjectUnknown { project: **id });
        }
        let not_yet = TotalProofError::NotYet { size: snapshot.size() };
        let at_mark = attribution.totals_of(id, contributor, AsOf::Mark)?;
        let known = at_mark.and_then(|totals| Some((totals.contributor.handle?, totals.contributor)));
        let (Some((handle, found)), Some((number, project))) = (known, attribution.project_at_mark(id)?)
        else {
            return Err(match attribution.totals_of(id, contributor, AsOf::Now)? {
                Some(_) => not_yet,
                None => TotalProofError::ContributorUnknown,
            });
        };
        let (counts, points) = (found.sums.counts, found.sums.points);
        let total = Total { project: **id, handle, who: found.who, counts, points };
        Ok(Parts {
            contributor: (*contributor).clone(),
            path: self.path(&total, &project)?,
            total,
            number,
            project_path: self.project_path(snapshot, number, &project)?,
            project,
            entries: self.entries(snapshot)?,
            checkpoint: self.checkpoint(snapshot)?,
        })
    }

    fn path(&self, total: &Total, project: &Project) -> Result<Vec<SumNode>, TotalProofError> {
        let climbed = climb::<SumTree>(project.contributors, total.handle, |level, number| {
            let nodes = self.attribution.totals_group(self.project, level, number)?;
            Ok(nodes.iter().map(tree::to_bytes).collect())
        })?;
        let root = SumNode { sum: project.points, hash: project.totals };
        if climbed.leaf != SumTree::hash(&total.leaf_bytes()) || climbed.root != tree::to_bytes(&root) {
            return Err(TotalProofError::Damaged { what: "totals tree" });
        }
        Ok(climbed.path.iter().map(tree::from_bytes).collect())
    }

    fn project_path(
        &self,
        snapshot: &Snapshot,
        number: u64,
        project: &Project,
    ) -> Result<Vec<Hash>, TotalProofError> {
        let climbed = climb::<Rfc6962>(snapshot.mark.projects, number, |level, number| {
            Ok(self.attribution.projects_group(level, number)?.iter().map(|hash| hash.0).collect())
        })?;
        if climbed.leaf != Rfc6962::hash(&project.leaf_bytes()) || climbed.root != snapshot.mark.root.0 {
            return Err(TotalProofError::Damaged { what: "tree of projects" });
        }
        Ok(climbed.path.into_iter().map(Hash).collect())
    }

    /// Entry 0, the later `ledger` events that changed the log's constitution, and the snapshot.
    fn entries(&self, snapshot: &Snapshot) -> Result<Vec<ProofEntry>, TotalProofError> {
        let store = self.ledger.store();
        let last = snapshot.snapshot.index;
        let mut indices = store.constitution(last)?;
        if indices.first() != Some(&0) {
            return Err(TotalProofError::Damaged { what: "list of ledger events" });
        }
        indices.push(last);
        let mut prover = Prover::new(&**store, snapshot.size())?;
        let entry = |index| {
            let damaged = StoreError::Damaged { what: "entry", number: index };
            let bytes = store.entry(index)?.ok_or(damaged)?.bytes;
            Ok(ProofEntry { index, bytes, path: prover.inclusion(index)?.hashes })
        };
        indices.into_iter().map(entry).collect()
    }

    fn checkpoint(&self, snapshot: &Snapshot) -> Result<String, TotalProofError> {
        let size = snapshot.size();
        let note = self.ledger.kept_checkpoint(size)?.ok_or(TotalProofError::NotSigned { size })?;
        // A note is UTF-8 by its definition.
        String::from_utf8(note).map_err(|_| TotalProofError::Damaged { what: "kept checkpoint" })
    }
}
