//! Totals as of marks at which a project was frozen. A settlement refers to the snapshot of such a mark, and people may
//! want a proof of what it was based on long after totals have moved on: so these are copied when the mark is applied.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::{Body, Party, Payload};
use lebombo_verifier::fold::{Fold, KINDS_OF_WORK, who};
use lebombo_verifier::total::{Parts, Project, Total};
use rs_merkle::Hasher as _;

use super::tree::{self, GROUP, Leaf, SumBytes, SumTree, climb};
use super::{Reading, StatementError};
use crate::attribute::AttributionError;
use crate::store::{Overlay, Run, Store};
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
    fold.unstated()?.iter().try_for_each(|project| keep_project(store, fold, mark, project))
}

/// Copies what is to be kept of a project.
fn keep_project(store: &Store, fold: &Followed, mark: &Hash, project: &Hash) -> Result<(), AttributionError> {
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
    let mut page = Page::new(mark, project);
    page.push(PROJECT, &[], &value)?;
    store.held_write([page.run]).map_err(AttributionError::Store)?;
    // Of a million people each of these takes long. What is read is written while the next is read.
    std::thread::scope(|scope| {
        let middle = Hash([0x80; 32]);
        let people = |from: Hash, to: Option<Hash>| {
            move |pages: &SyncSender<Run>| read_people(fold, mark, project, (from, to), pages)
        };
        let parts = [
            scope.spawn(move || copy(store, people(Hash::default(), Some(middle)))),
            scope.spawn(move || copy(store, people(middle, None))),
            scope.spawn(move || {
                copy(store, |pages| read_nodes(fold, mark, project, leaf.contributors, pages))
            }),
        ];
        let ends = parts.map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        ends.into_iter().collect()
    })
}

/// Writes what `read` sends.
fn copy(
    store: &Store,
    read: impl FnOnce(&SyncSender<Run>) -> Result<(), AttributionError> + Send,
) -> Result<(), AttributionError> {
    std::thread::scope(|scope| {
        let (sender, pages) = sync_channel(PAGES);
        let reader = scope.spawn(move || read(&sender));
        let written = store.held_write(pages).map_err(AttributionError::Store);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and(read)
    })
}

/// What is to be written next.
struct Page {
    run: Run,
    /// Mark and project, before every key.
    head: Vec<u8>,
}

impl Page {
    fn new(mark: &Hash, project: &Hash) -> Self {
        Self { run: Run::default(), head: [mark.0, project.0].concat() }
    }

    /// # Errors
    /// [`AttributionError::Damaged`]: what is read does not ascend.
    fn push(&mut self, kind: u8, rest: &[u8], value: &[u8]) -> Result<(), AttributionError> {
        let key = [&self.head, &[kind][..], rest].concat();
        if self.run.push(&key, value) {
            Ok(())
        } else {
            Err(AttributionError::Damaged { key: hex::encode(key) })
        }
    }

    /// Sends it where it is full. Answers `false` where nobody takes it: writing has failed, and says why.
    fn send_full(&mut self, pages: &SyncSender<Run>) -> bool {
        self.run.len() < PAGE || self.send(pages)
    }

    fn send(&mut self, pages: &SyncSender<Run>) -> bool {
        pages.send(std::mem::take(&mut self.run)).is_ok()
    }
}

/// Reads everybody's total.
fn read_people(
    fold: &Followed,
    mark: &Hash,
    project: &Hash,
    (from, to): (Hash, Option<Hash>),
    pages: &SyncSender<Run>,
) -> Result<(), AttributionError> {
    let mut page = Page::new(mark, project);
    let mut pushed = Ok(());
    let mut value = Vec::with_capacity(PERSON_BYTES);
    fold.visit_totals(project, &from, |total| {
        if to.is_some_and(|to| total.who >= to) {
            return false;
        }
        value.clear();
        let numbers = [total.handle].into_iter().chain(total.counts).chain([total.points]);
        numbers.for_each(|number| value.extend(number.to_be_bytes()));
        pushed = page.push(PERSON, &total.who.0, &value);
        pushed.is_ok() && page.send_full(pages)
    })?;
    page.send(pages);
    pushed
}

/// Reads the groups of the totals tree.
fn read_nodes(
    fold: &Followed,
    mark: &Hash,
    project: &Hash,
    contributors: u64,
    pages: &SyncSender<Run>,
) -> Result<(), AttributionError> {
    let mut page = Page::new(mark, project);
    let mut width = contributors;
    for level in 0_u8.. {
        let groups = width.div_ceil(GROUP);
        for first in (0..groups).step_by(PAGE) {
            let numbers = first..groups.min(first.saturating_add(PAGE as u64));
            let found = fold.totals_groups(project, level, numbers.clone())?;
            for (number, nodes) in numbers.zip(found) {
                let value: Vec<u8> = nodes.iter().flat_map(tree::to_bytes).collect();
                page.push(NODES, &[&[level], &number.to_be_bytes()[..]].concat(), &value)?;
            }
            if !page.send_full(pages) {
                return Ok(());
            }
        }
        if width <= 1 {
            break;
        }
        width = groups;
    }
    page.send(pages);
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
