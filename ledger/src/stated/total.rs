//! Total proofs: what one person had in a project when the newest snapshot was made, or one that a settlement is about.

use lebombo_verifier::Hash;
use lebombo_verifier::event::Party;
use lebombo_verifier::fold::AsOf;
use lebombo_verifier::total::{Parts, Project, Proof, SumNode, Total};
use rs_merkle::Hasher as _;

use super::tree::{self, Leaf, SumTree, climb};
use super::{Reading, StatementError};
use crate::attribute::{Attribution, Snapshot};
use crate::ledger::Ledger;

/// The proof of one contributor's total as of the newest snapshot; where `size` is given as of the snapshot of that size, if
/// it is the newest or the project was frozen for a settlement there. Blocks.
///
/// # Errors
/// See [`StatementError`].
pub fn prove_total(
    ledger: &Ledger,
    attribution: &Attribution,
    project: &Hash,
    contributor: &Party,
    size: Option<u64>,
) -> Result<Proof, StatementError> {
    let reading = Reading { ledger, attribution, project };
    if let Some(size) = size
        && let Some(parts) = reading.held(contributor, size)?
    {
        return Ok(Proof::new(parts)?);
    }
    Ok(Proof::new(reading.as_of(size, |snapshot| reading.total(contributor, snapshot))?)?)
}

impl Reading<'_> {
    fn total(&self, contributor: &Party, snapshot: &Snapshot) -> Result<Parts, StatementError> {
        let Self { attribution, project: id, .. } = self;
        if attribution.project(id)?.is_none() {
            return Err(StatementError::ProjectUnknown { project: **id });
        }
        let not_yet = StatementError::NotYet { size: snapshot.size() };
        let at_mark = attribution.totals_of(id, contributor, AsOf::Mark)?;
        let known = at_mark.and_then(|totals| Some((totals.contributor.handle?, totals.contributor)));
        let (Some((handle, found)), Some((number, project))) = (known, attribution.project_at_mark(id)?)
        else {
            return Err(match attribution.totals_of(id, contributor, AsOf::Now)? {
                Some(_) => not_yet,
                None => StatementError::ContributorUnknown,
            });
        };
        let (counts, points) = (found.sums.counts, found.sums.points);
        let total = Total { project: **id, handle, who: found.who, counts, points };
        Ok(Parts {
            contributor: contributor.clone(),
            path: self.total_path(&total, &project)?,
            total,
            number,
            project_path: self.project_path(snapshot, number, &project)?,
            project,
            entries: self.entries(snapshot.snapshot.index, &[])?,
            checkpoint: self.checkpoint(snapshot.size())?,
        })
    }

    fn total_path(&self, total: &Total, project: &Project) -> Result<Vec<SumNode>, StatementError> {
        let climbed = climb::<SumTree>(project.contributors, total.handle, |level, number| {
            let nodes = self.attribution.totals_group(self.project, level, number)?;
            Ok(nodes.iter().map(tree::to_bytes).collect())
        })?;
        let root = SumNode { sum: project.points, hash: project.totals };
        if climbed.leaf != SumTree::hash(&total.leaf_bytes()) || climbed.root != tree::to_bytes(&root) {
            return Err(StatementError::Damaged { what: "totals tree" });
        }
        Ok(climbed.path.iter().map(tree::from_bytes).collect())
    }
}
