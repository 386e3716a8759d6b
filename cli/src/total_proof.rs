//! What a verified total proof says, for people and scripts, and whether one's own receipts show that it is stale.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lebombo_verifier::checkpoint::{Cosigner, VerifiedCheckpoint};
use lebombo_verifier::event::{Body, Party, Payload, Work};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::{Proof, Stated, TotalError, TotalRefused};
use lebombo_verifier::{Code, Hash};
use serde_json::{Map, Value, json};

use crate::cosigners;
use crate::failure::Failure;
use crate::files;
use crate::home::Home;
use crate::receipts;
use crate::table::number;

/// First characters of every total proof.
pub(crate) const MAGIC: &[u8] = b"lebombo/total@";

/// A total proof shows nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TotalUnproven {
    /// It is no total proof.
    #[error(transparent)]
    Malformed(#[from] TotalError),
    /// It does not hold.
    #[error(transparent)]
    Refused(#[from] TotalRefused),
}

impl Code for TotalUnproven {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.code(),
            Self::Refused(error) => error.code(),
        }
    }
}

/// Verifies the bytes of a total proof.
///
/// # Errors
/// [`TotalUnproven`]
pub(crate) fn verify(bytes: &[u8], policy: &Policy) -> Result<Stated, TotalUnproven> {
    Ok(Proof::parse(bytes)?.verify(policy)?)
}

/// Somebody's work in a project, by its receipt. The receipt is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    index: u64,
    log: String,
    project: Option<Hash>,
    whose: Vec<String>,
    /// In few words.
    what: String,
    path: PathBuf,
}

/// One's own receipts, those of the newest entries first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OwnReceipts(Vec<Held>);

impl OwnReceipts {
    /// Those of a profile.
    ///
    /// # Errors
    /// Those of [`OwnReceipts::read`].
    pub(crate) fn of(home: &Home) -> Result<Self, Failure> {
        let folder = home.receipts();
        if folder.exists() { Self::read(&folder) } else { Ok(Self::default()) }
    }

    /// All receipts of work, reviews and retractions in a folder; others, and what can not be read, are passed over.
    ///
    /// # Errors
    /// `file-unreadable`, where the folder can not be searched.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let held = |path: PathBuf| {
            let (_, payload, index) = receipts::read_event(&files::read(&path).ok()?)?;
            let whose = whose(&payload)?;
            let what = what(&payload);
            Some(Held { index, log: payload.log.to_string(), project: payload.project, whose, what, path })
        };
        let mut found: Vec<Held> =
            files::receipts_in(folder)?.receipts.into_iter().filter_map(held).collect();
        found.sort_by_key(|held| std::cmp::Reverse(held.index));
        Ok(Self(found))
    }

    /// What those of some entries say that are of somebody's work in a project of a log; each was verified.
    pub(crate) fn work_at(
        &self,
        (log, project): (&str, &Hash),
        contributor: &str,
        indices: &BTreeSet<u64>,
        policy: &Policy,
    ) -> BTreeMap<u64, String> {
        let theirs = |held: &&Held| {
            indices.contains(&held.index)
                && held.log == log
                && held.project == Some(*project)
                && held.whose.iter().any(|one| one == contributor)
        };
        let verified = |held: &Held| {
            let included = receipts::verify(&files::read(&held.path).ok()?, policy).ok()?;
            (included.index() == held.index).then(|| (held.index, held.what.clone()))
        };
        self.0.iter().filter(theirs).filter_map(verified).collect()
    }

    /// The index of the newest entry of the contributor's that can not be in the total. Its receipt was verified.
    pub(crate) fn newer(&self, stated: &Stated, policy: &Policy) -> Option<u64> {
        let (log, project) = (stated.checkpoint().origin().as_str(), stated.project().project);
        let mut later = self.0.iter().take_while(|held| stated.is_stale_for(held.index)).filter(|held| {
            let theirs = held.whose.iter().any(|one| one == stated.contributor().as_str());
            theirs && held.log == log && held.project == Some(project)
        });
        later.find_map(|held| {
            let included = receipts::verify(&files::read(&held.path).ok()?, policy).ok()?;
            Some(included.index()).filter(|index| stated.is_stale_for(*index))
        })
    }
}

/// What was done, in few words.
fn what(payload: &Payload) -> String {
    match &payload.body {
        Body::Contribution(work) => {
            format!("{} {} of {} on {}", work.quantity, work.unit, work.activity, payload.date)
        }
        Body::Review(_) => format!("review of {} on {}", number(payload.about.len(), "event"), payload.date),
        body => format!("{} on {}", body.kind(), payload.date),
    }
}

/// Whose an event is, if it can change what somebody has.
fn whose(payload: &Payload) -> Option<Vec<String>> {
    let signers = || payload.signers.iter().map(|did| did.as_str().to_owned()).collect();
    match &payload.body {
        Body::Contribution(work) => {
            Some(work.contributor.as_ref().map_or_else(signers, |alias| vec![alias.as_str().to_owned()]))
        }
        Body::Review(_) | Body::Retraction => Some(signers()),
        _ => None,
    }
}

/// A total that was proven, and what is known about it here.
pub(crate) struct Shown<'a> {
    /// The total.
    pub(crate) stated: &'a Stated,
    /// The name that the project has here.
    pub(crate) name: Option<String>,
    /// The newest entry of the contributor's that can not be in it.
    pub(crate) newer: Option<u64>,
}

impl Shown<'_> {
    /// For people: what it shows, line by line after the first.
    pub(crate) fn text(&self) -> String {
        let Self { stated, name, newer } = self;
        let (total, project, checkpoint) = (stated.total(), stated.project(), stated.checkpoint());
        let auditors = cosigners::names(checkpoint.auditors());
        let mut out = match stated.is_recomputed() {
            true => format!("a total, recomputed by {auditors}\n"),
            false => {
                "a total, stated by the ledger; nobody whom the policy names has recomputed it\n".to_owned()
            }
        };
        let mut line = |name: &str, text: &str| {
            // Writing to a String can not fail.
            let _ = writeln!(out, "  {name:<12} {text}");
        };
        line("contributor", stated.contributor().as_str());
        let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        line("project", &format!("{}{name}", project.project));
        let share = percent(total.points, project.points).map(|percent| format!(", {percent} %"));
        let of = number(project.points, "point");
        line("points", &format!("{} of {of}{}", total.points, share.unwrap_or_default()));
        let accepted: Vec<String> =
            accepted(stated).map(|(work, count)| format!("{count} {}", work.as_str())).collect();
        line(
            "accepted",
            if accepted.is_empty() { "nothing".to_owned() } else { accepted.join(", ") }.as_str(),
        );
        line("as of", &format!("{}, in the first {} entries", stated.day(), stated.size()));
        line("by log", checkpoint.origin().as_str());
        line("witnesses", &cosigners::besides_auditors(&witnesses(checkpoint), checkpoint));
        if let Some(newer) = newer {
            line(
                "stale",
                &format!("your receipt of entry {newer} came later: that entry is not in this total"),
            );
        }
        out
    }

    /// Who has computed it and whether it is stale, in a word or two: what nobody should overlook.
    pub(crate) fn words(&self) -> String {
        let word = if self.stated.is_recomputed() { "recomputed" } else { "stated" };
        format!("{word}{}\n", if self.newer.is_some() { ", stale" } else { "" })
    }

    /// For scripts. Points are decimal texts.
    pub(crate) fn to_json(&self) -> Value {
        let Self { stated, name, newer } = self;
        let (total, project, checkpoint) = (stated.total(), stated.project(), stated.checkpoint());
        let accepted: Map<String, Value> =
            accepted(stated).map(|(work, count)| (work.as_str().to_owned(), json!(count))).collect();
        json!({
            "result": "total",
            "contributor": stated.contributor().as_str(),
            "project": project.project.to_string(),
            "project_name": name,
            "points": total.points.to_string(),
            "of": project.points.to_string(),
            "percent": percent(total.points, project.points),
            "accepted": accepted,
            "handle": total.handle,
            "contributors": project.contributors,
            "charter": project.charter.to_string(),
            "day": stated.day().to_string(),
            "size": stated.size(),
            "snapshot": stated.snapshot().to_string(),
            "recomputed": stated.is_recomputed(),
            "auditors": cosigners::to_json(checkpoint.auditors()),
            "witnesses": cosigners::to_json(&witnesses(checkpoint)),
            "quorum_none": checkpoint.is_quorum_none(),
            "log": checkpoint.origin().as_str(),
            "root": checkpoint.root().to_string(),
            "stale_since": newer,
        })
    }

    /// Whether it is somebody's, in a project of a log.
    pub(crate) fn is_of(stated: &Stated, log: &str, project: &Hash, contributor: &Party) -> bool {
        stated.checkpoint().origin().as_str() == log
            && stated.project().project == *project
            && stated.contributor() == contributor
    }
}

/// Accepted events by kind of work, of which there are any.
fn accepted(stated: &Stated) -> impl Iterator<Item = (Work, u64)> + '_ {
    Work::ALL.iter().copied().zip(stated.total().counts).filter(|(_, count)| *count > 0)
}

/// Cosigners that are no auditors.
pub(crate) fn witnesses(checkpoint: &VerifiedCheckpoint) -> Vec<Cosigner> {
    let others = checkpoint.cosigners().iter().filter(|one| !checkpoint.auditors().contains(one));
    others.cloned().collect()
}

/// The share in percent with two digits, rounded down; `None` of nothing.
fn percent(points: u64, of: u64) -> Option<String> {
    let hundredths = (u128::from(points) * 10_000).checked_div(u128::from(of))?;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down() {
        for (points, of, expected) in [
            (0, 1, "0.00"),
            (1, 3, "33.33"),
            (2, 3, "66.66"),
            (1, 20_000, "0.00"),
            (1, 10_000, "0.01"),
            (1_234, 10_000, "12.34"),
            (999_999, 1_000_000, "99.99"),
            (7, 7, "100.00"),
            (i64::MAX.unsigned_abs(), i64::MAX.unsigned_abs(), "100.00"),
        ] {
            assert_eq!(percent(points, of).unwrap(), expected, "{points} of {of}");
        }
        assert_eq!(percent(0, 0), None);
    }
}
