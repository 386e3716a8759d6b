//! Totals as of marks at which a project was frozen. A settlement refers to the snapshot of such a mark, and people may
//! want a proof of what it was based on long after totals have moved on: so these are copied when the mark is applied.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::{Body, Party, Payload};
use lebombo_verifier::fold::{AsOf, Fold, KINDS_OF_WORK, who};
use lebombo_verifier::total::{Parts, Project, Total};
use rs_merkle::Hasher as _;

use super::tree::{self, GROUP, Leaf, SumBytes, SumTree, climb};
use super::{Reading, StatementError};
use crate::attribute::AttributionError;
use crate::store::{Overlay, Pair, Store};
use crate::tree::Rfc6962;

/// The fold of the ledger that keeps.
type Followed = Fold<Overlay<Arc<Store>>>;

/// Pairs read and written at a time.
const PAGE: usize = 1_024;
/// Pages that wait to be written, at most.
const PAGES: usize = 8;
/// Handle, counts and points.
const PERSON_BYTES: usize = 8 * (1 + KINDS_OF_WORK + 1);

/// What a key is about, behind mark and project.
const PROJECT: u8 = 0;
const PERSON: u8 = 1;
const NODES: u8 = 2;

fn key(mark: &Hash, project: &Hash, kind: u8, rest: &[&[u8]]) -> Vec<u8> {
    [&[&mark.0[..], &project.0, &[kind]], rest].concat().concat()
}

/// Copies the totals of every project that was frozen at the mark that has just been applied, in ascending order.
///
/// A crash in here leaves a part, which is written again, the same, when the mark is applied again.
///
/// # Errors
/// [`AttributionError`]
pub(crate) fn keep_totals(store: &Store, fold: &Followed, mark: &Hash) -> Result<(), AttributionError> {
    let projects = fold.unstated()?;
    if projects.is_empty() {
        return Ok(());
    }
    // What is read is written while the next is read: of a million people both take long.
    std::thread::scope(|scope| {
        let (sender, pages) = sync_channel(PAGES);
        let reader =
            scope.spawn(move || projects.iter().try_for_each(|project| read(fold, mark, project, &sender)));
        let written = store.held_write(pages.into_iter().flatten()).map_err(AttributionError::Store);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and(read)
    })
}

/// Reads what is to be kept of a project, and sends it on in pages.
fn read(
    fold: &Followed,
    mark: &Hash,
    project: &Hash,
    pages: &SyncSender<Vec<Pair>>,
) -> Result<(), AttributionError> {
    let (Some((number, leaf)), Some(view)) = (fold.project_at_mark(project)?, fold.mark_view()?) else {
        return Ok(());
    };
    let path = climb::<Rfc6962>(view.projects, number, |level, number| {
        let group = fold.projects_group(level, number).map_err(AttributionError::from)?;
        Ok(group.iter().map(|hash| hash.0).collect())
    });
    // What is damaged makes no proofs, and holds nothing up.
    let Ok(path) = path else { return Ok(()) };
    let value = [&number.to_be_bytes()[..], &leaf.leaf_bytes(), &path.path.concat()].concat();
    let mut pairs: Vec<Pair> = vec![(key(mark, project, PROJECT, &[]), value)];
    // Nobody to send to: writing has failed, and says why.
    let send = |pairs: Vec<Pair>| pages.send(pairs).is_ok();
    let mut is_wanted = true;
    fold.visit_contributors(project, AsOf::Mark, |person| {
        let Some(handle) = person.handle else { return true };
        let numbers = [handle].into_iter().chain(person.sums.counts).chain([person.sums.points]);
        let mut value = Vec::with_capacity(PERSON_BYTES);
        numbers.for_each(|number| value.extend(number.to_be_bytes()));
        pairs.push((key(mark, project, PERSON, &[&person.who.0]), value));
        if pairs.len() >= PAGE {
            is_wanted = send(std::mem::take(&mut pairs));
        }
        is_wanted
    })?;
    if !is_wanted || !send(std::mem::take(&mut pairs)) {
        return Ok(());
    }
    let mut width = leaf.contributors;
    for level in 0_u8.. {
        let groups = width.div_ceil(GROUP);
        for first in (0..groups).step_by(PAGE) {
            let numbers = first..groups.min(first.saturating_add(PAGE as u64));
            let found = fold.totals_groups(project, level, numbers.clone())?;
            for (number, nodes) in numbers.zip(found) {
                let value = nodes.iter().flat_map(tree::to_bytes).collect();
                pairs.push((key(mark, project, NODES, &[&[level], &number.to_be_bytes()]), value));
            }
            if !send(std::mem::take(&mut pairs)) {
                return Ok(());
            }
        }
        if width <= 1 {
            break;
        }
        width = groups;
    }
    Ok(())
}

/// A project's leaf as it was kept, with its place and path in the tree of projects.
fn read_project(id: &Hash, bytes: &[u8]) -> Option<(u64, Project, Vec<Hash>)> {
    let mut rest = bytes;
    let mut take = |length: usize| {
        let (head, tail) = rest.split_at_checked(length)?;
        rest = tail;
        Some(head)
    };
    let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_be_bytes);
    let hash = |bytes: &[u8]| bytes.try_into().ok().map(Hash);
    let place = number(take(8)?)?;
    let project = Project {
        project: hash(take(32)?)?,
        charter: hash(take(32)?)?,
        contributors: number(take(8)?)?,
        points: number(take(8)?)?,
        totals: hash(take(32)?)?,
        settlement: hash(take(32)?)?,
        decisions: number(take(8)?)?,
        money: hash(take(32)?)?,
    };
    let path = rest.chunks(32).map(hash).collect::<Option<_>>()?;
    (project.project == *id).then_some((place, project, path))
}

impl Reading<'_> {
    /// The proof's parts as of the snapshot of a size, where that was kept.
    ///
    /// # Errors
    /// [`StatementError`]
    pub(super) fn held(&self, contributor: &Party, size: u64) -> Result<Option<Parts>, StatementError> {
        const DAMAGED: StatementError = StatementError::Damaged { what: "kept totals" };
        let store = self.ledger.store();
        let Some(last) = size.checked_sub(1) else { return Ok(None) };
        let Some(entry) = store.entry(last)? else { return Ok(None) };
        let payload = Envelope::parse(&entry.bytes).ok().and_then(|e| Payload::parse(&e.payload).ok());
        let Some(Payload { body: Body::Snapshot(snapshot), .. }) = payload else { return Ok(None) };
        let mark = &snapshot.mark;
        let Some(kept) = store.held(&key(mark, self.project, PROJECT, &[]))? else { return Ok(None) };
        let (number, project, project_path) = read_project(self.project, &kept).ok_or(DAMAGED)?;
        let who = who(contributor);
        let Some(person) = store.held(&key(mark, self.project, PERSON, &[&who.0]))? else {
            return Err(StatementError::NotYet { size });
        };
        let numbers: Vec<u64> =
            person.chunks_exact(8).filter_map(|n| n.try_into().ok().map(u64::from_be_bytes)).collect();
        let [handle, counts @ .., points] = &numbers[..] else { return Err(DAMAGED) };
        let counts = counts.try_into().map_err(|_| DAMAGED)?;
        let total = Total { project: *self.project, handle: *handle, who, counts, points: *points };
        let climbed = climb::<SumTree>(project.contributors, total.handle, |level, number| {
            let nodes = store.held(&key(mark, self.project, NODES, &[&[level], &number.to_be_bytes()]))?;
            let nodes = nodes.unwrap_or_default();
            nodes.chunks(40).map(|node| SumBytes::try_from(node).map_err(|_| DAMAGED)).collect()
        })?;
        if climbed.leaf != SumTree::hash(&total.leaf_bytes()) {
            return Err(DAMAGED);
        }
        Ok(Some(Parts {
            contributor: contributor.clone(),
            total,
            path: climbed.path.iter().map(tree::from_bytes).collect(),
            number,
            project,
            project_path,
            entries: self.entries(last, &[])?,
            checkpoint: self.checkpoint(size)?,
        }))
    }
}
