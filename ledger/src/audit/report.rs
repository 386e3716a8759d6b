//! What an audit has to say.

use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::event::Day;

use super::error::AuditError;
use super::finding::{Finding, Findings, Lie};
use super::state::{Progress, Stated, Tally};

/// What the totals that are served were compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// Position of the snapshot that they are pinned to.
    pub index: u64,
    /// Projects.
    pub projects: u64,
    /// Contributors, over all projects.
    pub contributors: u64,
}

/// What the money that is served was compared with: the entries up to the checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ComparedMoney {
    /// Projects.
    pub projects: u64,
    /// Lines of settlements, over all projects.
    pub lines: u64,
    /// Older settlements whose lines were not all compared, because there are too many.
    pub settlements_left_out: u64,
    /// Lines of which what was instructed was not compared, because too many payments would have to be read.
    pub payments_left_out: u64,
}

impl ComparedMoney {
    /// What was left out, in words.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.settlements_left_out > 0 {
            out.push(format!("lines of {} older settlements: there are too many", self.settlements_left_out));
        }
        if self.payments_left_out > 0 {
            out.push(format!(
                "what was instructed for {} lines: there are too many payments",
                self.payments_left_out
            ));
        }
        out
    }
}

/// What an audit has to say. What it does not list was not checked.
#[derive(Debug, Default)]
pub struct Report {
    /// The checkpoint that was audited; `None` where the policy trusts none.
    pub checkpoint: Option<VerifiedCheckpoint>,
    /// How many entries an earlier run had audited.
    pub resumed_at: u64,
    /// Whether the tree of the entries has the root of the checkpoint.
    pub is_tree_whole: bool,
    /// The log's day at the end.
    pub day: Option<Day>,
    /// Counts over the whole log, earlier runs included.
    pub tally: Tally,
    /// Tiles of hashes that were compared: all that the checkpoint covers.
    pub tiles: u64,
    /// The newest valid snapshot.
    pub stated: Option<Stated>,
    /// The totals that were compared.
    pub totals: Option<Compared>,
    /// The money that was compared.
    pub money: Option<ComparedMoney>,
    /// What could not be checked, in words.
    pub unchecked: Vec<String>,
    /// What is wrong.
    pub findings: Findings,
    /// Why the audit could not be finished.
    pub stopped: Option<AuditError>,
}

/// How an audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All that was checked is as it must be.
    Holds,
    /// Something is wrong.
    Lie,
    /// Nothing wrong was found, and it could not be finished.
    Unsure,
}

impl Report {
    /// How it ended. A lie is one also where the audit could not go on.
    pub fn outcome(&self) -> Outcome {
        if !self.findings.is_empty() {
            Outcome::Lie
        } else if self.stopped.is_some() {
            Outcome::Unsure
        } else {
            Outcome::Holds
        }
    }

    /// The findings that are listed.
    pub fn listed(&self) -> &[Finding] {
        &self.findings.listed
    }

    pub(super) fn add(&mut self, lie: &Lie) {
        self.findings.add(lie);
    }

    /// Takes over what was counted and found in the entries.
    pub(super) fn take(&mut self, progress: &Progress) {
        self.tally = progress.tally.clone();
        self.stated = progress.stated;
        self.findings.extend(&progress.forks);
        self.findings.extend(&progress.findings);
    }
}
