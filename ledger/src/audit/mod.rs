//! An auditor: reads a whole published log, recomputes everything that it and its ledger state, and says what is not so.
//!
//! What it can not find out, because something can not be read, it says too; that is no lie. It uses the rules of
//! `lebombo_verifier` and a tree of its own, and none of the ledger's code but the store in which it keeps how far it is
//! (spec/audit.md).

mod answers;
mod cosign;
mod error;
mod finding;
mod frontier;
mod kept;
mod money;
mod noted;
mod pipeline;
mod replay;
mod report;
mod served;
mod source;
mod state;
mod stated_money;
mod tiles;

use std::cmp::Ordering;

use lebombo_verifier::checkpoint::{Checkpoint, SignedCheckpoint, VerifiedCheckpoint};
use lebombo_verifier::fold::Fold;
use lebombo_verifier::note::Vkey;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::tile;

pub use cosign::{AuditorKey, CosignRefused, Cosigned, cosign};
pub use error::AuditError;
pub use finding::{Finding, Findings, Lie, LinesOf, MAX_FINDINGS};
pub use report::{Compared, ComparedMoney, Outcome, Report};
pub use source::{Answer, Folder, Source, SourceError};
pub use state::{MAX_VOID_MONEY, State, Stated, Tally, VoidMoney};

use frontier::{Frontier, root_of_edges};
use money::ServedMoney;
use replay::{End, Replay};
use served::Served;
use state::{Progress, StoredState};

use crate::store::engine::{Durability, Space, WriteSet};

/// How often the checkpoint is read again because the ledger has a newer snapshot by then.
const ROUNDS: u32 = 5;

/// How to audit.
pub struct Options<'a> {
    /// Whom to trust.
    pub policy: &'a Policy,
    /// Threads that read and check signatures, beside the one that replays. More than there are cores hide the time
    /// that reading takes.
    pub threads: usize,
    /// Entries after which the state is written, at least 1; a crash loses at most these.
    pub commit_every: u64,
    /// Called with how many entries are done, and of how many.
    pub progress: &'a (dyn Fn(u64, u64) + 'a),
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("threads", &self.threads)
            .field("commit_every", &self.commit_every)
            .finish_non_exhaustive()
    }
}

impl<'a> Options<'a> {
    /// One thread for each core, and nobody who looks at the progress.
    pub fn new(policy: &'a Policy) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { policy, threads, commit_every: 4_096, progress: &|_, _| {} }
    }
}

/// The origin that a source's checkpoint claims, verified by nobody; `None` where it has no well-formed one.
///
/// # Errors
/// [`AuditError::Source`], [`AuditError::Missing`]
pub fn claimed_origin(source: &dyn Source) -> Result<Option<String>, AuditError> {
    let note = read_checkpoint(source)?;
    Ok(SignedCheckpoint::parse(&note).ok().map(|signed| signed.checkpoint().origin().as_str().to_owned()))
}

/// Audits a log up to its newest checkpoint, from where the state is. What it says is as if it had begun at entry 0.
pub fn run(source: &dyn Source, state: &State, options: &Options<'_>) -> Report {
    let mut report = Report::default();
    if let Err(error) = (Audit { source, state, options }).run(&mut report) {
        report.stopped = Some(error);
    }
    report
}

fn read_checkpoint(source: &dyn Source) -> Result<Vec<u8>, AuditError> {
    match source.read("checkpoint", kept::MAX_CHECKPOINT)? {
        Answer::Found(note) => Ok(note),
        Answer::Absent | Answer::Gone => Err(AuditError::Missing { path: "checkpoint".to_owned() }),
    }
}

struct Audit<'a> {
    source: &'a dyn Source,
    state: &'a State,
    options: &'a Options<'a>,
}

/// What has to follow a replay.
enum Next {
    Done,
    /// The ledger does not serve what was audited, perhaps because it has a newer snapshot by now.
    Again(&'static str),
}

impl Audit<'_> {
    fn run(&self, report: &mut Report) -> Result<(), AuditError> {
        let has_totals = self.source.has_totals()?;
        for round in 1.. {
            let is_last = round == ROUNDS;
            match self.round(report, round == 1, has_totals)? {
                Next::Done => break,
                // What has to be compared and can not be: nobody can tell.
                Next::Again(what) if is_last => return Err(AuditError::Unsettled { what }),
                Next::Again(_) => {}
            }
        }
        if !has_totals {
            report
                .unchecked
                .push("the totals that the ledger serves: there is no API here to ask".to_owned());
        }
        if !self.source.has_snapshots()? {
            report.unchecked.push("the checkpoints of snapshots: none are published here".to_owned());
        }
        Ok(())
    }

    /// Audits up to the checkpoint that there is now.
    fn round(&self, report: &mut Report, is_first: bool, has_totals: bool) -> Result<Next, AuditError> {
        let note = read_checkpoint(self.source)?;
        let target = match self.options.policy.verify(&note) {
            Ok(target) => target,
            Err(error) => {
                report.add(&Lie::Checkpoint(error));
                return Ok(Next::Done);
            }
        };
        let mut progress = self.state.load(target.origin())?;
        if self.state.is_ahead()? {
            self.restart(&mut progress)?;
        }
        if is_first {
            report.resumed_at = progress.frontier()?.size();
        }
        report.findings = Findings::default();
        report.checkpoint = Some(target.clone());
        report.tiles = tiles_of(target.size());
        let outcome = self.replay(&target, &note, &mut progress, report);
        report.take(&progress);
        let Some(mut fold) = outcome? else { return Ok(Next::Done) };
        report.is_tree_whole = true;
        report.day = fold.day()?;
        if !has_totals {
            return Ok(Next::Done);
        }
        let mut lies = Vec::new();
        let previous = progress.previous.clone();
        let served = served::compare(self.source, &mut fold, target.size(), previous, &mut lies)?;
        match served {
            Served::Compared(compared) => report.totals = Some(compared),
            Served::Moved(what) if lies.is_empty() => return Ok(Next::Again(what)),
            Served::Nothing | Served::Moved(_) => {}
        }
        if !matches!(served, Served::Moved(_)) {
            match money::compare(self.source, &fold, target.size(), &mut lies)? {
                ServedMoney::Compared(compared) => report.money = Some(compared),
                ServedMoney::Moved(what) if lies.is_empty() => return Ok(Next::Again(what)),
                ServedMoney::Moved(_) => {}
            }
        }
        if matches!(served, Served::Nothing) {
            report.unchecked.push("totals: no snapshot has been logged yet".to_owned());
        }
        lies.iter().for_each(|lie| report.add(lie));
        report.unchecked.extend(report.money.iter().flat_map(ComparedMoney::left_out));
        Ok(Next::Done)
    }

    /// Replays up to `target`; the fold, where the tree is whole.
    fn replay(
        &self,
        target: &VerifiedCheckpoint,
        note: &[u8],
        progress: &mut Progress,
        report: &mut Report,
    ) -> Result<Option<Fold<StoredState>>, AuditError> {
        let before = self.verified(progress)?;
        if let Some(before) = &before {
            let is_fork = match target.size().cmp(&before.size()) {
                Ordering::Less => self.contradicts(before, &progress.frontier()?, target)?,
                Ordering::Equal => target.root() != before.root(),
                Ordering::Greater => false,
            };
            if is_fork {
                self.fork(before, progress, target, note)?;
                return Ok(None);
            }
        }
        if progress.frontier()?.size() > target.size() {
            // A run that was interrupted had seen a larger checkpoint that was never verified.
            self.restart(progress)?;
        }
        let from = progress.frontier()?.size();
        let mut replayed = self.attempt(target, progress, None)?;
        if from > 0 && !replayed.holds(target) && !matches!(replayed.end, End::Bundle(_)) {
            // Either the past was changed, or what was written after the last verified checkpoint is wrong. From the
            // beginning it can be told, and where.
            self.restart(progress)?;
            replayed = self.attempt(target, progress, before.as_ref())?;
        }
        if replayed.is_forked
            && let Some(before) = &before
        {
            self.fork(before, progress, target, note)?;
        }
        let root = match replayed.end {
            End::Root(root) if root == *target.root() => {
                let differences = std::mem::take(&mut progress.differences);
                tiles::tile_lies(&differences).iter().for_each(|lie| progress.findings.add(lie));
                progress.verified = Some(String::from_utf8_lossy(note).into_owned());
                self.state.commit(WriteSet::default(), progress, Durability::Synced)?;
                if let Some(lie) = self.wrong_key(progress, target, note) {
                    report.add(&lie);
                }
                return Ok(Some(replayed.fold));
            }
            End::Root(root) => Some(root),
            // After a restart there is no past; the tiles tell all the same.
            End::Past => None,
            End::Bundle(lie) => {
                report.add(&lie);
                let size = replayed.size;
                report.unchecked.push(format!("the entries from {size} on: their bundle can not be read"));
                None
            }
        };
        // What is kept is that of a tree that nobody signed: the next run finds the same, or begins again.
        let (size, stated) = (target.size(), *target.root());
        for lie in tiles::entry_lies(self.source, &progress.differences, (size, stated), root)? {
            if let Some(index) = lie.wrong_from() {
                // What the ledger states about other entries is no lie of the ledger's.
                progress.findings.keep_before(index);
                report
                    .unchecked
                    .push(format!("what the entries from {index} on mean: they are not the log's"));
            }
            report.add(&lie);
        }
        self.state.keep_evidence(size, &stated, note)?;
        Ok(None)
    }

    /// Replays once, from where the state is.
    fn attempt(
        &self,
        target: &VerifiedCheckpoint,
        progress: &mut Progress,
        before: Option<&Checkpoint>,
    ) -> Result<Replayed, AuditError> {
        let mut replay = Replay::new(self.source, target, self.state, self.options, progress)?;
        if let Some(before) = before {
            replay.watch(before.size(), *before.root());
        }
        let end = replay.run()?;
        let (size, is_forked) = (replay.size(), replay.is_watched_wrong());
        Ok(Replayed { end, size, is_forked, fold: replay.into_fold() })
    }

    /// Whether a checkpoint smaller than the last verified one is of another tree. Where it is of the same one there is
    /// nothing to audit that was not audited, and nothing wrong: anybody can replay an old checkpoint.
    ///
    /// # Errors
    /// [`AuditError::Stale`]: it is of the same tree; [`AuditError::Smaller`]: that can not be told
    fn contradicts(
        &self,
        before: &Checkpoint,
        tree: &Frontier,
        target: &VerifiedCheckpoint,
    ) -> Result<bool, AuditError> {
        let (size, verified) = (target.size(), before.size());
        let full = |level, number| tiles::full_tile(self.source, level, number);
        // What is kept may be of more entries than were verified, or of others.
        let ours = tree.at(verified, full)?.filter(|tree| tree.root() == *before.root());
        let Some(ours) = ours else { return Err(AuditError::Smaller { size, verified }) };
        if let Some(then) = ours.at(size, full)? {
            return if then.root() == *target.root() {
                Err(AuditError::Stale { size, verified })
            } else {
                Ok(true)
            };
        }
        // Tiles that are not full yet here were full long since: their beginnings may tell.
        let theirs = match tiles::published_edges(self.source, size) {
            Err(AuditError::Missing { .. }) => None,
            read => read?,
        };
        let theirs = theirs.filter(|edges| root_of_edges(edges) == *target.root());
        if theirs.is_some_and(|edges| ours.contradicts(size, &edges)) {
            return Ok(true);
        }
        Err(AuditError::Smaller { size, verified })
    }

    /// The `ledger` event in force has to name the key that signs the checkpoint.
    fn wrong_key(&self, progress: &Progress, target: &VerifiedCheckpoint, note: &[u8]) -> Option<Lie> {
        let stated = progress.checkpoint_key.as_ref()?;
        let logs = || self.options.policy.logs().iter();
        let signs = |vkey: &Vkey| VerifiedCheckpoint::by_log_key(note, vkey).is_ok();
        if logs().any(|log| log.vkey.to_string() == stated.vkey && signs(&log.vkey)) {
            return None;
        }
        let signer = logs().find(|log| log.vkey.key_id() == target.log_key_id() && signs(&log.vkey));
        let signed = signer.map_or_else(String::new, |log| log.vkey.to_string());
        Some(Lie::CheckpointKey { index: stated.index, stated: stated.vkey.clone(), signed })
    }

    /// The last checkpoint whose tree was whole.
    fn verified(&self, progress: &Progress) -> Result<Option<Checkpoint>, AuditError> {
        let Some(note) = &progress.verified else { return Ok(None) };
        let damaged = |_| AuditError::StateDamaged { what: "the last verified checkpoint" };
        let signed = SignedCheckpoint::parse(note.as_bytes()).map_err(damaged)?;
        Ok(Some(signed.checkpoint().clone()))
    }

    /// Keeps two checkpoints that contradict each other, and remembers for good that they were seen.
    fn fork(
        &self,
        before: &Checkpoint,
        progress: &mut Progress,
        target: &VerifiedCheckpoint,
        note: &[u8],
    ) -> Result<(), AuditError> {
        if let Some(old) = &progress.verified {
            self.state.keep_evidence(before.size(), before.root(), old.as_bytes())?;
        }
        self.state.keep_evidence(target.size(), target.root(), note)?;
        let finding = Finding::from(&Lie::Fork { old: before.size(), new: target.size() });
        // Into what is written already: what was counted since may be ahead of it.
        let mut written = self.state.load(target.origin())?;
        if !written.forks.listed.contains(&finding) {
            written.forks.push(finding);
        }
        self.state.commit(WriteSet::default(), &written, Durability::Synced)?;
        progress.forks = written.forks;
        Ok(())
    }

    /// Forgets what was replayed. A crash leaves the old state or the beginning.
    fn restart(&self, progress: &mut Progress) -> Result<(), AuditError> {
        progress.restart();
        let mut set = WriteSet::default();
        set.clear(Space::Fold);
        State::catch_up(&mut set);
        self.state.commit(set, progress, Durability::Synced)
    }
}

/// What one replay came to.
struct Replayed {
    end: End,
    /// Entries replayed.
    size: u64,
    /// The tree had another root at the size of the checkpoint that was verified before.
    is_forked: bool,
    fold: Fold<StoredState>,
}

impl Replayed {
    fn holds(&self, target: &VerifiedCheckpoint) -> bool {
        matches!(&self.end, End::Root(root) if root == target.root())
    }
}

/// How many tiles of hashes a tree of that size has.
fn tiles_of(size: u64) -> u64 {
    let width = u64::from(tile::FULL);
    (0..=6).map(|level| size.checked_shr(8 * level).unwrap_or(0).div_ceil(width)).sum()
}
