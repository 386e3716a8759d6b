//! Replaying a log: every entry checked, every mark and snapshot recomputed, the tree built anew.

use std::ops::ControlFlow;

use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::event::{Body, Event, Malformed};
use lebombo_verifier::fold::{Effect, Fold, Void};
use lebombo_verifier::tile::FULL;
use lebombo_verifier::{Code, Hash};

use super::Options;
use super::error::AuditError;
use super::finding::Lie;
use super::frontier::{Frontier, FullTile};
use super::kept::{self, Kept};
use super::pipeline::in_order;
use super::source::Source;
use super::state::{CheckpointKey, MAX_VOID_MONEY, Progress, State, Stated, StoredState, VoidMoney};
use super::tiles::{Checked, Unread, check_bundle, check_tile};
use crate::store::WORTH_LOADING;
use crate::store::engine::{Durability, WriteSet};

/// Changed keys of the fold that are held back at most, but for those of one entry.
const MAX_PENDING: usize = 65_536;
/// Differing tiles that are remembered; beyond that the first ones tell enough.
const MAX_DIFFERENCES: usize = 1_000;

/// How a replay up to a checkpoint ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// All entries were replayed; the root that they give.
    Root(Hash),
    /// What was replayed in an earlier run is not what is published now.
    Past,
    /// A bundle that can not be read: nothing after it was looked at.
    Bundle(Box<Lie>),
}

fn is_about_money(body: &Body) -> bool {
    matches!(
        body,
        Body::Income(_)
            | Body::Reversal(_)
            | Body::Closing
            | Body::Settlement(_)
            | Body::Payment(_)
            | Body::Claim(_)
    )
}

/// Why a replay stops early.
enum Stop {
    End(End),
    Error(AuditError),
}

impl<E: Into<AuditError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

pub(super) struct Replay<'a> {
    source: &'a dyn Source,
    target: &'a VerifiedCheckpoint,
    state: &'a State,
    options: &'a Options<'a>,
    has_snapshots: bool,
    fold: Fold<StoredState>,
    frontier: Frontier,
    progress: &'a mut Progress,
    /// Snapshots whose checkpoints are to be compared before the next commit.
    snapshots: Vec<Kept>,
    /// A root that the tree has to have at a size.
    watched: Option<(u64, Hash)>,
    is_watched_wrong: bool,
    written: u64,
}

impl<'a> Replay<'a> {
    /// Goes on from where `progress` and the fold's state are; from the beginning, if they are not as of one entry.
    pub(super) fn new(
        source: &'a dyn Source,
        target: &'a VerifiedCheckpoint,
        state: &'a State,
        options: &'a Options<'a>,
        progress: &'a mut Progress,
    ) -> Result<Self, AuditError> {
        let frontier = progress.frontier()?;
        let fold = Fold::new(StoredState::new(state.engine()));
        if fold.size()? != frontier.size() {
            return Err(AuditError::StateDamaged {
                what: "the fold's state and the tree are of different sizes",
            });
        }
        Ok(Self {
            source,
            target,
            state,
            options,
            has_snapshots: source.has_snapshots()?,
            fold,
            written: frontier.size(),
            frontier,
            progress,
            snapshots: Vec::new(),
            watched: None,
            is_watched_wrong: false,
        })
    }

    /// The root that the tree has to have at a size.
    pub(super) fn watch(&mut self, size: u64, root: Hash) {
        self.watched = Some((size, root));
    }

    /// Whether the tree had another root at the size that was watched.
    pub(super) fn is_watched_wrong(&self) -> bool {
        self.is_watched_wrong
    }

    /// The fold, once everything was replayed.
    pub(super) fn into_fold(self) -> Fold<StoredState> {
        self.fold
    }

    /// Entries replayed so far.
    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Replays up to the checkpoint.
    ///
    /// # Errors
    /// [`AuditError`]. What was written until then is consistent, and the next run goes on from there.
    pub(super) fn run(&mut self) -> Result<End, AuditError> {
        let (source, size, from) = (self.source, self.target.size(), self.frontier.size());
        let bundles = (from / u64::from(FULL))..size.div_ceil(FULL.into());
        let range = if from == size { 0..0 } else { bundles };
        let threads = self.options.threads.max(1);
        let work = |number| check_bundle(source, number, size, from);
        let stopped = in_order(range, threads, threads * 2 + 2, work, |number, bundle| {
            match self.take(number, bundle, from) {
                Ok(()) => ControlFlow::Continue(()),
                Err(stop) => ControlFlow::Break(stop),
            }
        });
        match stopped {
            ControlFlow::Break(Stop::Error(error)) => {
                // What was applied is good; what comes next is not known.
                if matches!(error, AuditError::NeedsRules { .. }) {
                    self.write(Durability::Synced)?;
                }
                return Err(error);
            }
            ControlFlow::Break(Stop::End(end)) => return Ok(end),
            ControlFlow::Continue(()) => {}
        }
        self.check_edges()?;
        self.write(Durability::Synced)?;
        Ok(End::Root(self.frontier.root()))
    }

    fn take(&mut self, number: u64, bundle: Result<Checked, Unread>, from: u64) -> Result<(), Stop> {
        let checked = match bundle {
            Ok(checked) => checked,
            Err(Unread::Error(error)) => return Err(Stop::Error(error)),
            Err(Unread::Lie(lie)) => return Err(Stop::End(End::Bundle(lie))),
        };
        let start = number * u64::from(FULL);
        // A resumed audit begins within a bundle, whose first entries it knows already.
        let known = usize::try_from(from.saturating_sub(start)).unwrap_or(usize::MAX);
        if known > 0 && checked.leaves.get(..known) != Some(self.frontier.edge(0)) {
            return Err(Stop::End(End::Past));
        }
        checked.lies.iter().for_each(|lie| self.progress.findings.add(lie));
        self.note(checked.difference);
        let leaves = checked.leaves.into_iter().skip(known);
        for (leaf, event) in leaves.zip(checked.events) {
            self.apply(event.as_ref(), leaf)?;
            if self.fold.state().pending() >= MAX_PENDING || self.behind() >= self.options.commit_every {
                self.write(Durability::Buffered)?;
            }
        }
        (self.options.progress)(self.frontier.size(), self.target.size());
        Ok(())
    }

    fn behind(&self) -> u64 {
        self.frontier.size().saturating_sub(self.written)
    }

    fn note(&mut self, difference: Option<super::tiles::Difference>) {
        if self.progress.differences.len() < MAX_DIFFERENCES {
            self.progress.differences.extend(difference);
        }
    }

    /// Applies an entry to the fold, then to the tree.
    fn apply(&mut self, event: Result<&Event, &Malformed>, leaf: Hash) -> Result<(), Stop> {
        let index = self.frontier.size();
        let effect = self.fold.apply(event)?;
        if let Effect::NeedsRules(version) = effect {
            return Err(Stop::Error(AuditError::NeedsRules { index, version }));
        }
        let mut tiles: Vec<FullTile> = Vec::new();
        self.frontier.push(leaf, |tile| tiles.push(tile));
        for tile in tiles.iter().filter(|tile| tile.level > 0) {
            let mut lies = Vec::new();
            let difference = check_tile(self.source, tile.level, tile.number, &tile.hashes, &mut lies)?;
            lies.iter().for_each(|lie| self.progress.findings.add(lie));
            self.note(difference);
        }
        if let Some((_, root)) = self.watched.filter(|(size, _)| *size == self.frontier.size()) {
            self.is_watched_wrong = self.frontier.root() != root;
        }
        self.count(index, event, &effect)?;
        Ok(())
    }

    fn count(
        &mut self,
        index: u64,
        event: Result<&Event, &Malformed>,
        effect: &Effect,
    ) -> Result<(), AuditError> {
        let tally = &mut self.progress.tally;
        tally.entries += 1;
        match (event, effect) {
            (Err(malformed), _) => *tally.malformed.entry(malformed.code().to_owned()).or_default() += 1,
            (Ok(event), Effect::Void(void)) => {
                tally.signatures += u64::try_from(event.payload().signers.len()).unwrap_or(0);
                *tally.void.entry(void.code().to_owned()).or_default() += 1;
                let body = &event.payload().body;
                if is_about_money(body) && tally.void_money.len() < MAX_VOID_MONEY {
                    let (kind, code) = (body.kind().to_owned(), void.code().to_owned());
                    tally.void_money.push(VoidMoney { index, kind, code });
                }
            }
            (Ok(event), _) => tally.signatures += u64::try_from(event.payload().signers.len()).unwrap_or(0),
        }
        match effect {
            Effect::Ledger => {
                if index == 0 {
                    self.check_origin(event);
                }
                if let Ok(Body::Ledger(ledger)) = event.map(|event| &event.payload().body) {
                    let vkey = ledger.checkpoint.to_string();
                    self.progress.checkpoint_key = Some(CheckpointKey { index, vkey });
                }
            }
            Effect::Mark { .. } => {
                self.progress.tally.marks += 1;
                self.state.load_ahead(self.fold.state_mut().take_ahead(WORTH_LOADING))?;
            }
            Effect::Snapshot => {
                self.progress.tally.snapshots += 1;
                let root = self.frontier.root();
                self.progress.stated = Some(Stated { index, root });
                self.progress.previous = match event.map(|event| &event.payload().body) {
                    Ok(Body::Snapshot(snapshot)) => snapshot.previous.map(|id| id.to_string()),
                    _ => None,
                };
                self.snapshots.push(Kept { index, root, void: None });
            }
            Effect::Void(void) => {
                if index == 0 {
                    self.progress.findings.add(&Lie::NoLedger);
                }
                if let Ok(event) = event {
                    self.check_void(index, event, *void)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_origin(&mut self, event: Result<&Event, &Malformed>) {
        let (Ok(event), stated) = (event, self.target.origin().as_str()) else { return };
        let found = event.payload().log.as_str();
        if found != stated {
            let (found, stated) = (found.to_owned(), stated.to_owned());
            self.progress.findings.add(&Lie::OtherOrigin { found, stated });
        }
    }

    /// What a stranger logs may be void. What the ledger itself signs may not, and it may not present a stranger's void
    /// snapshot as one.
    fn check_void(&mut self, index: u64, event: &Event, void: Void) -> Result<(), AuditError> {
        let body = &event.payload().body;
        if !matches!(body, Body::Ledger(_) | Body::Day | Body::Mark | Body::Snapshot(_)) {
            return Ok(());
        }
        let key = self.fold.ledger_key()?;
        if key.is_some_and(|key| event.payload().signers.iter().any(|signer| *signer.key() == key)) {
            self.progress.findings.add(&Lie::LedgerEventVoid { index, kind: body.kind(), void });
        } else if matches!(body, Body::Snapshot(_)) {
            self.snapshots.push(Kept { index, root: self.frontier.root(), void: Some(void) });
        }
        Ok(())
    }

    /// The tiles at the right edge, above level 0.
    fn check_edges(&mut self) -> Result<(), AuditError> {
        for level in 1..=6 {
            let ours = self.frontier.edge(level).to_vec();
            if !ours.is_empty() {
                let number = self.frontier.size() >> (8 * (u32::from(level) + 1));
                let mut lies = Vec::new();
                let difference = check_tile(self.source, level, number, &ours, &mut lies)?;
                lies.iter().for_each(|lie| self.progress.findings.add(lie));
                self.note(difference);
            }
        }
        Ok(())
    }

    /// Writes the fold's state, the tree and what was found, in one batch. A crash leaves all of it or what was there
    /// before.
    fn write(&mut self, durability: Durability) -> Result<(), AuditError> {
        if self.has_snapshots && !self.snapshots.is_empty() {
            let origin = self.target.origin();
            let threads = self.options.threads;
            let found = kept::compare(self.source, self.options.policy, origin, &self.snapshots, threads)?;
            self.progress.tally.kept += found.compared;
            self.progress.tally.not_kept += found.absent;
            found.lies.iter().for_each(|lie| self.progress.findings.add(lie));
        }
        self.snapshots.clear();
        self.progress.set_frontier(&self.frontier);
        let mut set = WriteSet::default();
        self.fold.state_mut().take().put(&mut set, &[]);
        State::catch_up(&mut set);
        self.state.commit(set, self.progress, durability)?;
        self.written = self.frontier.size();
        Ok(())
    }
}
