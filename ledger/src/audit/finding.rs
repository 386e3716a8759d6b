//! What an auditor finds wrong.

use lebombo_verifier::checkpoint::UntrustedCheckpoint;
use lebombo_verifier::fold::Void;
use lebombo_verifier::money::Currency;
use lebombo_verifier::tile::{BundleError, TileLengthError};
use lebombo_verifier::{Code, Hash};
use serde::{Deserialize, Serialize};

/// Something that a log or its ledger publishes and that is not so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its variant is, and the fields are named in it")]
pub enum Lie {
    /// The policy does not take the checkpoint. The code is that of the check.
    #[error("the checkpoint is not one that the policy trusts: {0}")]
    Checkpoint(UntrustedCheckpoint),
    #[error("the checkpoint of {size} entries states the root {stated}; the published entries give {found}")]
    Root { size: u64, stated: Hash, found: Hash },
    #[error(
        "entry {index} is not the one that the tree of the checkpoint has there ({bundles} bundles differ from it)"
    )]
    EntryChanged { index: u64, bundles: u64 },
    #[error(
        "an entry was left out at {index}: those after it are the ones that the tree has later ({bundles} bundles \
         differ from it)"
    )]
    EntryDropped { index: u64, bundles: u64 },
    #[error(
        "an entry was put in at {index}: the tree has those after it earlier ({bundles} bundles differ from it)"
    )]
    EntryAdded { index: u64, bundles: u64 },
    #[error(
        "entries from {index} on stand in another order than in the tree ({bundles} bundles differ from it)"
    )]
    EntriesReordered { index: u64, bundles: u64 },
    #[error("{path} differs from the entries at its hash {position}")]
    TileDiffers { path: String, index: u64, position: u16 },
    /// The code is that of the tile's check.
    #[error("{path} is no tile: {error}")]
    TileLength { path: String, error: TileLengthError },
    #[error("the partial tile {path} differs from the full one at its hash {position}")]
    PartialTileDiffers { path: String, index: u64, position: u16 },
    #[error("the partial bundle {path} differs from the full one at entry {index}")]
    PartialBundleDiffers { path: String, index: u64 },
    /// The code is that of the bundle's check.
    #[error("{path} is no entry bundle: {error}")]
    Bundle { path: String, index: u64, error: BundleError },
    #[error(
        "the log forks: a checkpoint of {old} entries was verified before, and the one of {new} entries does not \
         extend it; both are kept in the state folder"
    )]
    Fork { old: u64, new: u64 },
    #[error("entry 0 is of the log {found}, the checkpoint of {stated}")]
    OtherOrigin { found: String, stated: String },
    #[error(
        "the `ledger` event at {index} names {stated} as the key of checkpoints, and the checkpoint is signed by {signed}"
    )]
    CheckpointKey { index: u64, stated: String, signed: String },
    #[error("entry 0 is no valid `ledger` event, so nothing in this log counts")]
    NoLedger,
    /// The code is that of the rule.
    #[error("the ledger has signed a `{kind}` event that breaks a rule: {void}")]
    LedgerEventVoid { index: u64, kind: &'static str, void: Void },
    #[error("the ledger presents entry {index} as a snapshot, and it is no valid one{}", because(void))]
    SnapshotNotValid { index: u64, void: Option<Void> },
    #[error(
        "the checkpoint kept for the snapshot at {index} is not signed by a key that the policy trusts: {error}"
    )]
    SnapshotCheckpointUntrusted { index: u64, error: UntrustedCheckpoint },
    #[error("the checkpoint kept for the snapshot at {index} is of {size} entries")]
    SnapshotCheckpointSize { index: u64, size: u64 },
    #[error("the checkpoint kept for the snapshot at {index} has another root than its entries give")]
    SnapshotCheckpointRoot { index: u64 },
    #[error(
        "the ledger names the snapshot at {index} as the newest with {served} as {what}; the entries give {found}"
    )]
    Latest { index: u64, what: &'static str, served: String, found: String },
    #[error("{what} the ledger serves leave out the project {project}, which the snapshot at {index} has")]
    ProjectMissing { index: u64, project: Hash, what: &'static str },
    #[error("the ledger serves the project {project}, which no entry has begun")]
    ProjectUnknown { index: u64, project: Hash },
    #[error(
        "the list of projects has for {project} {served} as {what}; the entries up to the checkpoint give {found}"
    )]
    ProjectDiffers { index: u64, project: Hash, what: &'static str, served: String, found: String },
    #[error(
        "the totals served for the snapshot at {index} and project {project} say that they are of {what} {served}, not \
         {found}"
    )]
    TotalsOfAnother { index: u64, project: Hash, what: &'static str, served: String, found: String },
    #[error("the totals served for the snapshot at {index} leave out {who} in project {project}")]
    ContributorMissing { index: u64, project: Hash, who: Hash },
    #[error(
        "the totals served for the snapshot at {index} have {who} in project {project}, whom no entry names"
    )]
    ContributorUnknown { index: u64, project: Hash, who: Hash },
    #[error(
        "the totals served for the snapshot at {index} have for {who} in project {project} {served} as {what}; the \
         entries give {found}"
    )]
    Totals { index: u64, project: Hash, who: Hash, what: String, served: String, found: String },
    #[error("the ledger serves no money page of the project {project}, as of entry {index}")]
    MoneyMissing { index: u64, project: Hash },
    #[error(
        "the money page of the project {project} has, as of entry {index}, {served} as {what}; the entries give {found}"
    )]
    Money { index: u64, project: Hash, what: String, served: String, found: String },
    #[error("the ledger leaves out {of}, about which entry {index} is")]
    LineMissing { index: u64, of: LinesOf },
    #[error("the ledger serves {of}, which no entry gives (the settlement is entry {index})")]
    LineUnknown { index: u64, of: LinesOf },
    #[error("the ledger serves for {of} {served} as {what}; the entries up to {index} give {found}")]
    Line { index: u64, of: LinesOf, what: String, served: String, found: String },
}

/// Lines of a settlement, or one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinesOf {
    /// The project.
    pub project: Hash,
    /// The settlement's number, from 1.
    pub number: u64,
    /// The currency.
    pub currency: Currency,
    /// Which line; `None`: all of them.
    pub handle: Option<u64>,
}

impl std::fmt::Display for LinesOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.handle {
            Some(handle) => write!(f, "line {handle}")?,
            None => f.write_str("the lines")?,
        }
        write!(f, " of settlement {} of project {} in {}", self.number, self.project, self.currency)
    }
}

fn because(void: &Option<Void>) -> String {
    void.map_or_else(String::new, |void| format!(": {void}"))
}

impl Code for Lie {
    fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(error) => error.code(),
            Self::Root { .. } => "root-differs",
            Self::EntryChanged { .. } => "entry-changed",
            Self::EntryDropped { .. } => "entry-dropped",
            Self::EntryAdded { .. } => "entry-added",
            Self::EntriesReordered { .. } => "entries-reordered",
            Self::TileDiffers { .. } => "tile-differs",
            Self::TileLength { error, .. } => error.code(),
            Self::PartialTileDiffers { .. } => "partial-tile-differs",
            Self::PartialBundleDiffers { .. } => "partial-bundle-differs",
            Self::Bundle { error, .. } => error.code(),
            Self::Fork { .. } => "fork",
            Self::OtherOrigin { .. } => "origin-differs",
            Self::CheckpointKey { .. } => "checkpoint-key-differs",
            Self::NoLedger => "no-ledger",
            Self::LedgerEventVoid { void, .. } => void.code(),
            Self::SnapshotNotValid { .. } => "snapshot-not-valid",
            Self::SnapshotCheckpointUntrusted { .. } => "snapshot-checkpoint-untrusted",
            Self::SnapshotCheckpointSize { .. } => "snapshot-checkpoint-size",
            Self::SnapshotCheckpointRoot { .. } => "snapshot-checkpoint-root",
            Self::Latest { .. } => "snapshot-latest-differs",
            Self::ProjectMissing { .. } => "totals-project-missing",
            Self::ProjectUnknown { .. } => "totals-project-unknown",
            Self::ProjectDiffers { .. } => "totals-project-differs",
            Self::TotalsOfAnother { .. } => "totals-of-another",
            Self::ContributorMissing { .. } => "totals-contributor-missing",
            Self::ContributorUnknown { .. } => "totals-contributor-unknown",
            Self::Totals { .. } => "totals-differ",
            Self::MoneyMissing { .. } => "money-missing",
            Self::Money { .. } => "money-differs",
            Self::LineMissing { .. } => "lines-missing",
            Self::LineUnknown { .. } => "lines-unknown",
            Self::Line { .. } => "lines-differ",
        }
    }
}

impl Lie {
    /// Where the entries are not those that the checkpoint signs: from which one on.
    pub(super) fn wrong_from(&self) -> Option<u64> {
        match self {
            Self::EntryChanged { index, .. }
            | Self::EntryDropped { index, .. }
            | Self::EntryAdded { index, .. }
            | Self::EntriesReordered { index, .. } => Some(*index),
            _ => None,
        }
    }

    /// The entry that it is about.
    fn index(&self) -> Option<u64> {
        match self {
            Self::EntryChanged { index, .. }
            | Self::EntryDropped { index, .. }
            | Self::EntryAdded { index, .. }
            | Self::EntriesReordered { index, .. }
            | Self::TileDiffers { index, .. }
            | Self::PartialTileDiffers { index, .. }
            | Self::PartialBundleDiffers { index, .. }
            | Self::Bundle { index, .. }
            | Self::CheckpointKey { index, .. }
            | Self::LedgerEventVoid { index, .. }
            | Self::SnapshotNotValid { index, .. }
            | Self::SnapshotCheckpointUntrusted { index, .. }
            | Self::SnapshotCheckpointSize { index, .. }
            | Self::SnapshotCheckpointRoot { index }
            | Self::Latest { index, .. }
            | Self::ProjectMissing { index, .. }
            | Self::ProjectUnknown { index, .. }
            | Self::ProjectDiffers { index, .. }
            | Self::TotalsOfAnother { index, .. }
            | Self::ContributorMissing { index, .. }
            | Self::ContributorUnknown { index, .. }
            | Self::Totals { index, .. }
            | Self::MoneyMissing { index, .. }
            | Self::Money { index, .. }
            | Self::LineMissing { index, .. }
            | Self::LineUnknown { index, .. }
            | Self::Line { index, .. } => Some(*index),
            Self::OtherOrigin { .. } | Self::NoLedger => Some(0),
            Self::Checkpoint(_) | Self::Root { .. } | Self::TileLength { .. } | Self::Fork { .. } => None,
        }
    }

    /// Where it is, in words.
    fn place(&self) -> String {
        match self {
            Self::Checkpoint(_) | Self::Root { .. } | Self::Fork { .. } => "checkpoint".to_owned(),
            Self::TileDiffers { path, .. }
            | Self::TileLength { path, .. }
            | Self::PartialTileDiffers { path, .. }
            | Self::PartialBundleDiffers { path, .. }
            | Self::Bundle { path, .. } => path.clone(),
            Self::SnapshotCheckpointUntrusted { index, .. }
            | Self::SnapshotCheckpointSize { index, .. }
            | Self::SnapshotCheckpointRoot { index } => {
                format!("v1/snapshots/{}/checkpoint", index.saturating_add(1))
            }
            Self::ProjectMissing { project, .. }
            | Self::ProjectUnknown { project, .. }
            | Self::ProjectDiffers { project, .. }
            | Self::TotalsOfAnother { project, .. } => format!("project {project}"),
            Self::MoneyMissing { project, .. } | Self::Money { project, .. } => {
                format!("project {project}, money")
            }
            Self::LineMissing { of, .. } | Self::LineUnknown { of, .. } | Self::Line { of, .. } => {
                of.to_string()
            }
            Self::ContributorMissing { project, who, .. }
            | Self::ContributorUnknown { project, who, .. }
            | Self::Totals { project, who, .. } => format!("project {project}, contributor {who}"),
            _ => self.index().map_or_else(String::new, |index| format!("entry {index}")),
        }
    }
}

/// A lie as it is told and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its stable code.
    pub code: String,
    /// The entry that it is about, where it is about one.
    pub index: Option<u64>,
    /// Where it is: a path, an entry, a contributor.
    pub place: String,
    /// What is wrong, in words.
    pub message: String,
}

impl From<&Lie> for Finding {
    fn from(lie: &Lie) -> Self {
        Self { code: lie.code().to_owned(), index: lie.index(), place: lie.place(), message: lie.to_string() }
    }
}

/// Most findings that are listed; beyond that they are counted.
pub const MAX_FINDINGS: usize = 1_000;

/// Findings, the first of them listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The first of them.
    pub listed: Vec<Finding>,
    /// How many there are.
    pub count: u64,
}

impl Findings {
    pub(super) fn add(&mut self, lie: &Lie) {
        self.push(lie.into());
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.count += 1;
        if self.listed.len() < MAX_FINDINGS {
            self.listed.push(finding);
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        other.listed.iter().for_each(|finding| self.push(finding.clone()));
        self.count += other.count.saturating_sub(u64::try_from(other.listed.len()).unwrap_or(u64::MAX));
    }

    /// Forgets what is about entries from `index` on.
    pub(super) fn keep_before(&mut self, index: u64) {
        let all = self.listed.len();
        self.listed.retain(|finding| finding.index.is_none_or(|i| i < index));
        let gone = u64::try_from(all - self.listed.len()).unwrap_or(u64::MAX);
        self.count = self.count.saturating_sub(gone);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
