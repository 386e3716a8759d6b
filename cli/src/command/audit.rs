//! `audit`: recompute everything that a log and its ledger state.

mod source;
mod text;

use std::io::{IsTerminal as _, Write as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use lebombo_ledger::audit::{
    AuditorKey, Cosigned, Folder, Options, Outcome, Report, Source, State, claimed_origin, cosign, run,
};
use lebombo_verifier::checkpoint::SignedCheckpoint;
use lebombo_verifier::note::KeyName;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::{Code as _, Hash};
use serde_json::json;

use crate::clock;
use crate::context::{Context, print, show};
use crate::failure::{Failure, OrFail as _, explain};
use crate::files;
use crate::pem;
use source::Web;

/// Requests at a time for each core: most of their time is waiting.
const REQUESTS_PER_CORE: usize = 4;
/// Entries after which the state is written; an interruption loses at most these.
const COMMIT_EVERY: u64 = 4_096;

/// Read a whole log and recompute everything that it and its ledger state
///
/// Checks every signature, rebuilds the tree, replays every event, recomputes every snapshot, and compares with what is
/// published: tiles, checkpoints, snapshots and, at a ledger's address, totals. It resumes where it stopped. What the
/// audit says rests on the policy's key of the log and on nothing else.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo audit https://ledger.example --policy policy
  ledger.example/log: all that was checked is as it must be
    checkpoint   21331 entries, root 7f0c…
    tree         rebuilt from the entries: the root and 85 tiles are the same
    snapshots    12 recomputed
    …
A log in a folder (C2SP tlog-tiles), and an auditor's cosignature on its newest snapshot:
  $ lebombo audit mirror/ --policy policy --cosign auditor.pem --name auditor.example/rules-1 --out cosigned")]
pub(super) struct Args {
    /// Address of a ledger or of a log over plain tiles, or a folder with one
    #[arg(value_name = "URL|FOLDER")]
    log: String,
    /// Which logs and witnesses you trust (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Where the audit keeps how far it is [default: a folder for each log in the profile's folder]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Cosign the checkpoint of the newest snapshot with this key file, if nothing at all is wrong
    #[arg(long, value_name = "KEYFILE", requires = "name")]
    cosign: Option<PathBuf>,
    /// Name of the auditor's key, one for each rules version
    #[arg(long, value_name = "NAME", requires = "cosign")]
    name: Option<String>,
    /// Write the cosigned checkpoint to this file, instead of after the summary
    #[arg(long, value_name = "FILE", requires = "cosign")]
    out: Option<PathBuf>,
    /// Send the cosignature to the ledger
    #[arg(long, requires = "cosign")]
    publish: bool,
}

impl Args {
    /// Audits.
    ///
    /// # Errors
    /// Status 1 where something is wrong, 2 where that could not be told.
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let key = self.key(context)?;
        if self.publish && !is_url(&self.log) {
            let message = "a cosignature is published at a ledger's address, not in a folder";
            return Err(Failure::unsure("publish-without-url", message));
        }
        let audit = Audit::open(context, &self.log, &self.policy, self.state.as_deref())?;
        let report = audit.run();
        context.progress("");
        let cosigned = key.map(|key| {
            let now = clock::now() / 1_000;
            cosign(audit.source(), &audit.policy, &audit.state, &report, &key, now)
        });
        let mut value = text::to_json(&report);
        if let Some(Ok(cosigned)) = &cosigned {
            value["cosigned"] = json!({"size": cosigned.size, "checkpoint": cosigned.note});
        }
        if context.json {
            print(&format!("{value}\n"))?
        } else {
            show(&text::to_text(&report))?
        }
        match cosigned {
            Some(Ok(cosigned)) => self.hand_out(context, audit.web.as_ref(), &cosigned)?,
            // Why nothing was cosigned is the second thing to say; what is wrong comes first.
            Some(Err(error)) if report.outcome() == Outcome::Holds => {
                return Err(Failure::refused(error.code(), explain(&error)));
            }
            _ => {}
        }
        conclude(&report)
    }

    fn key(&self, context: &Context) -> Result<Option<AuditorKey>, Failure> {
        let (Some(file), Some(name)) = (&self.cosign, &self.name) else { return Ok(None) };
        let name = KeyName::parse(name).or_unsure()?;
        let secret = pem::read(file, context.passphrase).or_unsure()?;
        Ok(Some(AuditorKey::new(name, &secret).or_unsure()?))
    }

    fn hand_out(&self, context: &Context, web: Option<&Web>, cosigned: &Cosigned) -> Result<(), Failure> {
        match &self.out {
            // A checkpoint, as an earlier one would be.
            Some(path) => {
                files::write(path, cosigned.note.as_bytes(), |old| SignedCheckpoint::parse(old).is_ok())?
            }
            None if context.json => {}
            None => print(&format!("\n{}", cosigned.note))?,
        }
        if let Some(web) = web.filter(|_| self.publish) {
            web.publish(cosigned.size, &cosigned.line)?;
            context.note("The ledger has added the cosignature to its checkpoint.");
        }
        Ok(())
    }
}

/// A log that is read and recomputed.
pub(super) struct Audit {
    policy: Policy,
    web: Option<Web>,
    folder: Folder,
    state: State,
    _temporary: Option<tempfile::TempDir>,
}

impl Audit {
    /// Opens a log, and the state of its audit.
    ///
    /// # Errors
    /// Status 2: what is wrong with the policy, the log or the state.
    pub(super) fn open(
        context: &Context,
        log: &str,
        policy: &Path,
        state: Option<&Path>,
    ) -> Result<Self, Failure> {
        let policy = Policy::parse(&files::read(policy)?).or_refused()?;
        let web = if is_url(log) { Some(Web::new(log)?) } else { None };
        if web.is_none() && !Path::new(log).is_dir() {
            let message = format!("{log} is neither an http address nor a folder");
            return Err(Failure::unsure("audit-source", message));
        }
        let folder = Folder::new(log);
        let source: &dyn Source = match &web {
            Some(web) => web,
            None => &folder,
        };
        let (state, _temporary) = open_state(context, source, state)?;
        Ok(Self { policy, web, folder, state, _temporary })
    }

    fn source(&self) -> &dyn Source {
        match &self.web {
            Some(web) => web,
            None => &self.folder,
        }
    }

    /// What was replayed.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Audits, with progress on a terminal.
    pub(super) fn run(&self) -> Report {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let is_terminal = std::io::stderr().is_terminal();
        let progress = |done: u64, all: u64| {
            if is_terminal {
                let _ = write!(std::io::stderr(), "\r\x1b[2Kentry {done} of {all}");
            }
        };
        let options = Options {
            policy: &self.policy,
            threads: if self.web.is_some() { cores.saturating_mul(REQUESTS_PER_CORE) } else { cores },
            commit_every: COMMIT_EVERY,
            progress: &progress,
        };
        run(self.source(), &self.state, &options)
    }
}

/// Says what an audit found.
pub(super) fn tell(context: &Context, report: &Report) -> Result<(), Failure> {
    context.progress("");
    if context.json { print(&format!("{}\n", text::to_json(report))) } else { show(&text::to_text(report)) }
}

/// The state folder. Where the checkpoint does not even say of which log it is, one for the moment.
fn open_state(
    context: &Context,
    source: &dyn Source,
    dir: Option<&Path>,
) -> Result<(State, Option<tempfile::TempDir>), Failure> {
    if let Some(dir) = dir {
        return Ok((State::open(dir).or_unsure()?, None));
    }
    if let Some(origin) = claimed_origin(source).or_unsure()? {
        let dir = context.home.root().join("audits").join(folder_name(&origin));
        return Ok((State::open(&dir).or_unsure()?, None));
    }
    let dir = tempfile::tempdir()
        .map_err(|error| Failure::unsure("audit-state-folder", format!("no temporary folder: {error}")))?;
    Ok((State::open(dir.path()).or_unsure()?, Some(dir)))
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// A folder's name for an origin: readable, and different for different origins.
fn folder_name(origin: &str) -> String {
    let fine = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' };
    let readable: String = origin.chars().take(64).map(fine).collect();
    let hash = Hash::of(origin.as_bytes()).to_string();
    format!("{}-{}", readable.trim_start_matches('.'), &hash[..16])
}

pub(super) fn conclude(report: &Report) -> Result<(), Failure> {
    match (report.outcome(), &report.stopped) {
        (Outcome::Holds, _) => Ok(()),
        (Outcome::Lie, _) => {
            let count = report.findings.count;
            Err(Failure::refused("audit-lies", format!("what is published is not so: {count} findings")))
        }
        (Outcome::Unsure, Some(error)) => Err(Failure::unsure(error.code(), explain(error))),
        (Outcome::Unsure, None) => {
            Err(Failure::unsure("audit-unfinished", "the audit could not be finished"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_log_has_a_folder_of_its_own() {
        let names = ["a.example/log", "a.example_log", "../../etc", "..", &"x".repeat(255)].map(folder_name);
        for name in &names {
            assert!(!name.contains('/') && !name.starts_with('.') && name.len() < 100, "{name}");
        }
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
