//! One round: jobs become a numbered and hashed [`Batch`], and the batch, once synced, [`Committed`].

use std::collections::HashMap;

use lebombo_verifier::Hash;
use tokio::sync::oneshot;

use super::{Job, Logged, SubmitError};
use crate::admit::Admitted;
use crate::store::{Head, RoundWrites, Store, StoreError};
use crate::tree::{Frontier, Growth, MAX_SIZE, Prover, TreeError};

/// Who waits, and what they will be told.
type Answer = (oneshot::Sender<Result<Vec<Logged>, SubmitError>>, Vec<Logged>);

/// Answers that wait for the commit; only committing hands them out.
#[derive(Debug, Default)]
pub(crate) struct Answers(Vec<Answer>);

impl Answers {
    pub(crate) fn send(self) {
        for (answer, logged) in self.0 {
            // Whoever no longer waits has hung up; the entries are logged all the same.
            let _ = answer.send(Ok(logged));
        }
    }
}

/// What a commit leaves in hand.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The right edge of the tree as it now is.
    pub(crate) frontier: Frontier,
    /// `None` when everything was a duplicate.
    pub(crate) committed: Option<Committed>,
    /// Who may now be answered.
    pub(crate) answers: Answers,
}

/// Entries with their indices and hashes, not yet in the store.
#[derive(Debug)]
pub(crate) struct Batch {
    first_index: u64,
    entries: Vec<Admitted>,
    growth: Growth,
    frontier: Frontier,
    answers: Vec<Answer>,
}

/// A head that is in the store, synced. Only committing makes one, or reading it back; only these are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommittedHead(Head);

impl CommittedHead {
    /// Reads back the head of the last commit.
    pub(crate) fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self(store.head()?))
    }

    /// The head that the log had at an earlier size.
    ///
    /// # Errors
    /// [`TreeError`]; [`TreeError::Beyond`] where no such size is committed.
    pub(crate) fn at(store: &Store, size: u64) -> Result<Self, TreeError> {
        let committed = store.head()?.size;
        if size > committed {
            return Err(TreeError::Beyond { position: size, size: committed });
        }
        Ok(Self(Head { size, root: Prover::new(store, size)?.root() }))
    }

    pub(crate) fn head(self) -> Head {
        self.0
    }
}

/// A round that is in the store, synced.
#[derive(Debug)]
pub struct Committed {
    first_index: u64,
    entries: Vec<Admitted>,
    head: CommittedHead,
}

impl Committed {
    /// Index of the first of [`Committed::entries`].
    pub fn first_index(&self) -> u64 {
        self.first_index
    }

    /// The round's entries, in order of index, without gaps.
    pub fn entries(&self) -> &[Admitted] {
        &self.entries
    }

    /// Size of the log after the round.
    pub fn size(&self) -> u64 {
        self.head.0.size
    }

    /// Root of the log after the round.
    pub fn root(&self) -> Hash {
        self.head.0.root
    }

    pub(crate) fn head(&self) -> CommittedHead {
        self.head
    }

    /// Whether the round ends with a snapshot: its head's checkpoint is to be signed before a larger one, and kept.
    pub(crate) fn ends_with_snapshot(&self) -> bool {
        self.entries.last().is_some_and(Admitted::is_snapshot)
    }
}

impl Batch {
    /// Drops duplicates, numbers and hashes. Jobs that do not fit the log any more are answered here.
    ///
    /// Duplicates are told by all 256 bits of the event id: a shorter key could be forged, and one person's event would
    /// then swallow another's.
    pub(crate) fn form(store: &Store, frontier: &Frontier, jobs: Vec<Job>) -> Result<Self, StoreError> {
        let first_index = frontier.size();
        let ids: Vec<Hash> = jobs.iter().flat_map(|job| job.entries.iter().map(Admitted::id)).collect();
        let mut stored = store.indices_of(&ids)?.into_iter();
        let mut in_round: HashMap<Hash, u64> = HashMap::with_capacity(ids.len());
        let mut entries = Vec::with_capacity(ids.len());
        let mut leaves = Vec::with_capacity(ids.len());
        let mut answers = Vec::with_capacity(jobs.len());
        let mut next = first_index;
        for job in jobs {
            let known: Vec<Option<u64>> = stored.by_ref().take(job.entries.len()).collect();
            if job.entries.len() as u64 > MAX_SIZE - next {
                let _ = job.answer.send(Err(SubmitError::LogFull));
                continue;
            }
            let mut logged = Vec::with_capacity(job.entries.len());
            for (entry, known) in job.entries.into_iter().zip(known) {
                let id = entry.id();
                if let Some(index) = known.or_else(|| in_round.get(&id).copied()) {
                    logged.push(Logged { index, id, duplicate: true });
                    continue;
                }
                in_round.insert(id, next);
                logged.push(Logged { index: next, id, duplicate: false });
                leaves.push(entry.leaf());
                entries.push(entry);
                next += 1;
            }
            answers.push((job.answer, logged));
        }
        let mut frontier = frontier.clone();
        let growth = frontier.append(leaves);
        Ok(Self { first_index, entries, growth, frontier, answers })
    }

    /// Writes the batch and only then hands out the answers. A round of duplicates alone has nothing to write.
    ///
    /// A crash before the write returns leaves the whole round or nothing of it, and nobody answered; a crash after it
    /// leaves the round, and some who have no answer: they ask again and are told `duplicate`.
    pub(crate) fn commit(self, store: &Store) -> Result<Outcome, StoreError> {
        let head = self.growth.head;
        if !self.entries.is_empty() {
            store.commit_round(RoundWrites {
                first_index: self.first_index,
                entries: self.entries.iter().map(|entry| (entry.id(), entry.bytes())).collect(),
                tiles: self.growth.tiles,
                head,
            })?;
        }
        let committed = (!self.entries.is_empty()).then_some(Committed {
            first_index: self.first_index,
            entries: self.entries,
            head: CommittedHead(head),
        });
        Ok(Outcome { frontier: self.frontier, committed, answers: Answers(self.answers) })
    }

    /// Writes the first round of a new log, with the log's identity.
    pub(crate) fn create(self, store: &Store, origin: &str) -> Result<(), StoreError> {
        store.create(
            origin,
            RoundWrites {
                first_index: self.first_index,
                entries: self.entries.iter().map(|entry| (entry.id(), entry.bytes())).collect(),
                tiles: self.growth.tiles,
                head: self.growth.head,
            },
        )
    }

    /// The batch that holds entry 0 alone.
    pub(crate) fn genesis(entry: Admitted) -> Self {
        let mut frontier = Frontier::empty();
        let growth = frontier.append(vec![entry.leaf()]);
        Self { first_index: 0, entries: vec![entry], growth, frontier, answers: Vec::new() }
    }
}
