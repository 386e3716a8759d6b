//! `verify`: check files offline, without profile or network.

use std::fmt::Write as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::event::{self, Event};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::{Code as _, Hash};
use serde_json::{Value, json};

use crate::context::{print, show};
use crate::cosigners;
use crate::describe;
use crate::failure::{Failure, OrFail as _, explain};
use crate::files::{self, Kind};
use crate::home::Home;
use crate::payslip;
use crate::printable::printable;
use crate::project::Project;
use crate::receipts;
use crate::table::number;
use crate::total_proof::{self, OwnReceipts, Shown};

/// Verify receipts, total proofs, payslips, checkpoints or events, offline. It needs no profile and no network
///
/// Says `logged` when the event is in the log, by which log and under which witnesses; otherwise why not. Of a total it
/// says who has how many points of how many, whether the ledger alone states that or auditors have recomputed it, and
/// whether it is stale: older than the newest of the contributor's receipts that are here. Of a payslip it says who gets how
/// much out of which income, why, and what was done about it.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo verify my-work.tlog-proof --policy policy
  my-work.tlog-proof: logged
    by log       ledger.example/log, at index 41 of 120
    witnesses    no witnesses
    …
A folder stands for all receipts in it:
  $ lebombo verify receipts/ --policy policy
  receipts/: 546 receipts: all logged.
A total, as `lebombo total --proof FILE` writes it:
  $ lebombo verify mine.total --policy policy
  mine.total: a total, recomputed by auditor.example
    contributor  did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
    project      3f2a91… (vu-sound)
    points       340 of 2755 points, 12.34 %
    …")]
pub(super) struct Args {
    /// Receipts (.tlog-proof), total proofs (.total), payslips (.payslip), checkpoints, events, or folders of receipts
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Which logs and witnesses you trust (C2SP tlog-policy); for receipts, totals, payslips and checkpoints
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The receipts that tell whether a total is stale [default: those of the profile, where there is one]
    #[arg(long, value_name = "DIR")]
    receipts: Option<PathBuf>,
    /// Say only what is wrong, and of each total `stated` or `recomputed`, and `stale` where it is
    #[arg(long, short)]
    quiet: bool,
}

/// What became of one file.
struct Verdict {
    /// 0, 1 or 2, as the exit status.
    status: u8,
    value: Value,
    text: String,
    /// Said even where only what is wrong is asked for.
    words: Option<String>,
}

/// What is shown of a file that is as it should be.
struct Good {
    value: Value,
    text: String,
    words: Option<String>,
}

impl From<(Value, String)> for Good {
    fn from((value, text): (Value, String)) -> Self {
        Self { value, text, words: None }
    }
}

impl Args {
    pub(super) fn run(mut self, home: Option<Home>, json: bool) -> Result<(), Failure> {
        let policy = match &self.policy {
            Some(path) => Some(Policy::parse(&files::read(path)?).or_refused()?),
            None => None,
        };
        let home = home.filter(|home| home.profile().exists());
        let judge = Judge { policy, home, receipts: self.receipts.take(), held: OnceLock::new() };
        let mut status = 0;
        for path in &self.files {
            if path.is_dir() {
                status = status.max(self.folder(path, &judge, json)?);
            } else {
                let verdict = judge.file(path);
                status = status.max(verdict.status);
                self.show(&verdict, json)?;
            }
        }
        match status {
            0 => Ok(()),
            1 => Err(Failure::refused("not-verified", "something did not verify")),
            _ => Err(Failure::unsure("not-all-read", "something could not be judged")),
        }
    }

    fn show(&self, verdict: &Verdict, json: bool) -> Result<(), Failure> {
        let text = match &verdict.words {
            _ if !self.quiet || verdict.status != 0 => &verdict.text,
            Some(words) => words,
            None => return Ok(()),
        };
        if json { print(&format!("{}\n", verdict.value)) } else { show(text) }
    }

    /// All receipts of a folder: what is wrong, and a sum.
    fn folder(&self, path: &Path, judge: &Judge, json: bool) -> Result<u8, Failure> {
        let files::Found { receipts: paths, others } = files::receipts_in(path)?;
        if paths.is_empty() {
            return Err(Failure::unsure(
                "no-receipts",
                format!("there are no receipts in {}", path.display()),
            ));
        }
        let verdicts = judge.files(&paths);
        let bad: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.status != 0).collect();
        for verdict in &bad {
            self.show(verdict, json)?;
        }
        let name = printable(&path.display().to_string());
        // Exported receipts have their policy beside them: it was not passed over, it was used.
        let others = others.saturating_sub(u64::from(self.policy_lies_in(path)));
        let passed = match others {
            0 => String::new(),
            _ => format!(
                " {} passed over: not named .tlog-proof, hidden, or too deep.",
                number(others, "other file")
            ),
        };
        let (all, logged) = (verdicts.len(), verdicts.len() - bad.len());
        if json {
            let folder = path.display().to_string();
            print(&format!(
                "{}\n",
                json!({"folder": folder, "receipts": all, "logged": logged, "others": others})
            ))?;
        } else if bad.is_empty() && !self.quiet {
            show(&format!("{name}: {}: all logged.{passed}\n", number(all, "receipt")))?;
        } else if !bad.is_empty() {
            show(&format!(
                "{name}: {}: {logged} logged, {} not.{passed}\n",
                number(all, "receipt"),
                bad.len()
            ))?;
        }
        Ok(verdicts.iter().map(|verdict| verdict.status).max().unwrap_or(2))
    }
}

impl Args {
    /// Whether the policy is one of the other files of this folder.
    fn policy_lies_in(&self, folder: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        let policy = self.policy.as_deref().filter(|path| !path.is_symlink()).and_then(real);
        let receipt = |policy: &Path| policy.extension().is_some_and(|ending| ending == "tlog-proof");
        policy.is_some_and(|policy| !receipt(&policy) && policy.parent() == real(folder).as_deref())
    }
}

/// What files are held against.
struct Judge {
    policy: Option<Policy>,
    /// The profile, where there is one.
    home: Option<Home>,
    /// The folder that was named for one's own receipts.
    receipts: Option<PathBuf>,
    /// What is in it, or in the profile's; read when the first total asks for it.
    held: OnceLock<OwnReceipts>,
}

impl Judge {
    /// Judges files on all cores; the verdicts are in the order of the files.
    fn files(&self, paths: &[PathBuf]) -> Vec<Verdict> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = paths.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let work = |part: &[PathBuf]| part.iter().map(|path| self.file(path)).collect::<Vec<_>>();
            let running: Vec<_> =
                paths.chunks(share).map(|part| (part, scope.spawn(move || work(part)))).collect();
            // A thread that could not finish is done again here, where a fault in it ends the program.
            running
                .into_iter()
                .flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| work(part)))
                .collect()
        })
    }

    fn file(&self, path: &Path) -> Verdict {
        let result: Result<Good, Failure> =
            files::read_some(path).and_then(|bytes| match files::kind(&bytes) {
                Kind::Receipt => {
                    let included = receipts::verify(&bytes, self.policy()?).or_refused()?;
                    Ok(logged(included.event(), included.index(), included.checkpoint()).into())
                }
                Kind::Total => self.total(&bytes),
                Kind::Payslip => self.payslip(&bytes),
                Kind::Checkpoint => {
                    self.policy()?.verify(&bytes).or_refused().map(|checkpoint| signed(&checkpoint).into())
                }
                Kind::Envelopes => envelopes(&bytes).map(Good::from),
            });
        let file = path.display().to_string();
        let name = printable(&file);
        let (status, mut value, text, words) = match result {
            Ok(Good { value, text, words }) => {
                (0, value, format!("{name}: {text}"), words.map(|words| format!("{name}: {words}")))
            }
            Err(failure) => {
                let word = if failure.status == 1 { "REFUSED" } else { "not judged" };
                let text = format!("{name}: {word}: {} [{}]\n", printable(&failure.message), failure.code);
                (
                    failure.status,
                    json!({"result": word.to_lowercase(), "code": failure.code, "message": failure.message}),
                    text,
                    None,
                )
            }
        };
        value["file"] = json!(file);
        Verdict { status, value, text, words }
    }

    fn policy(&self) -> Result<&Policy, Failure> {
        let missing = || Failure::unsure("policy-missing", "whom do you trust? Say it with --policy FILE");
        self.policy.as_ref().ok_or_else(missing)
    }

    fn total(&self, bytes: &[u8]) -> Result<Good, Failure> {
        let policy = self.policy()?;
        let stated = total_proof::verify(bytes, policy).or_refused()?;
        let newer = self.held()?.newer(&stated, policy);
        // Without a name here, or where names can not be read, the project has its id.
        let id = stated.project().project.to_string();
        let project = self.home.as_ref().and_then(|home| Project::find(home, &id).ok());
        let shown = Shown { stated: &stated, name: project.map(|project| project.name.to_string()), newer };
        Ok(Good { value: shown.to_json(), text: shown.text(), words: Some(shown.words()) })
    }

    fn payslip(&self, bytes: &[u8]) -> Result<Good, Failure> {
        let stated = payslip::verify(bytes, self.policy()?).or_refused()?;
        let id = stated.project().project.to_string();
        let project = self.home.as_ref().and_then(|home| Project::find(home, &id).ok());
        let name = project.map(|project| project.name.to_string());
        let known = payslip::known(&stated, self.held()?, self.policy()?);
        let shown = payslip::Shown { stated: &stated, name, known };
        let word = if stated.is_recomputed() { "recomputed" } else { "stated" };
        Ok(Good { value: shown.to_json(), text: shown.text(), words: Some(word.to_owned()) })
    }

    /// One's own receipts.
    fn held(&self) -> Result<&OwnReceipts, Failure> {
        if let Some(held) = self.held.get() {
            return Ok(held);
        }
        let of_profile = self.home.as_ref().map(Home::receipts).filter(|folder| folder.exists());
        let held = match self.receipts.clone().or(of_profile) {
            Some(folder) => OwnReceipts::read(&folder)?,
            None => OwnReceipts::default(),
        };
        Ok(self.held.get_or_init(|| held))
    }
}

fn logged(event: &Event, index: u64, checkpoint: &VerifiedCheckpoint) -> (Value, String) {
    let mut text = String::from("logged\n");
    // Writing to a String can not fail.
    let _ =
        writeln!(text, "  by log       {}, at index {index} of {}", checkpoint.origin(), checkpoint.size());
    text.push_str(&witnesses(checkpoint));
    describe::payload(&event.id(), event.payload()).lines().for_each(|line| {
        let _ = writeln!(text, "  {line}");
    });
    let mut value = describe::to_json(&event.id(), event.payload());
    value["result"] = json!("logged");
    value["index"] = json!(index);
    value["checkpoint"] = cosigners::checkpoint_json(checkpoint);
    (value, text)
}

fn signed(checkpoint: &VerifiedCheckpoint) -> (Value, String) {
    let mut text = String::from("a checkpoint that the policy trusts\n");
    let _ = writeln!(text, "  by log       {}", checkpoint.origin());
    let _ = writeln!(text, "  size         {}\n  root         {}", checkpoint.size(), checkpoint.root());
    text.push_str(&witnesses(checkpoint));
    (json!({"result": "checkpoint", "checkpoint": cosigners::checkpoint_json(checkpoint)}), text)
}

fn witnesses(checkpoint: &VerifiedCheckpoint) -> String {
    format!("  witnesses    {}\n", cosigners::under_policy(checkpoint.cosigners(), checkpoint))
}

/// Events by themselves: form and signatures. That says nothing about any log.
fn envelopes(bytes: &[u8]) -> Result<(Value, String), Failure> {
    let mut ids: Vec<Hash> = Vec::new();
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let event = event::check(line).map_err(|error| {
            Failure::refused(error.code(), format!("line {}: {}", i + 1, explain(&error)))
        })?;
        ids.push(event.id());
    }
    let what = if ids.len() == 1 { "1 event".to_owned() } else { format!("{} events", ids.len()) };
    let text = format!("{what}, validly signed; nothing here shows that any log has it\n");
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Ok((json!({"result": "signed", "events": ids}), text))
}
