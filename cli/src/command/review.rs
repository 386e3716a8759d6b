//! `review`: accept or reject work, or adjust what was decided.

mod choose;
mod faults;

use std::collections::BTreeMap;
use std::path::PathBuf;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Charter, Method, Nonce, Token, Verdict};
use serde_json::{Value, json};

use crate::client::Client;
use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::project::Project;
use crate::reviews::{self, Ruling, Subjects, Waiting};
use crate::signer::{Signed, Signer};
use crate::table::number;
pub(super) use faults::foresee;

/// Decide about work: accept it, reject it, or adjust what was decided; for reviewers and arbiters
///
/// Reviews wait in the outbox until you push. Nobody reviews what they did or imported themselves.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Accept(Accept),
    Reject(Reject),
    Adjust(Adjust),
}

/// Accept work, wholly or in part
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  $ lebombo review accept --project vu-sound 77c1… 9d02…
  To accept in vu-sound: 2 events
             annotation: 240 item in 2 events
  1 review waits in the outbox: `lebombo push` sends it.
A part of one:
  $ lebombo review accept --project vu-sound 77c1… --quantity 100 --reason incomplete
All that somebody did, after a look at a sample of it; first to see what that would be:
  $ lebombo review accept --project vu-sound --contributor did:key:z6Mki… --method sample --dry-run
All that was done for a batch, whose manifest its contributors handed over (spec/evidence.md):
  $ lebombo review accept --project vu-sound --batch batch-42.manifest
A list of a spreadsheet's, one event id a line, each with the quantity to accept after a comma or without:
  $ lebombo review accept --project vu-sound --file accepted.csv")]
struct Accept {
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    query: Query,
    /// Accept so much of the one event that is named, 1 to 4294967295
    #[arg(long, conflicts_with_all = ["file", "query"])]
    quantity: Option<u32>,
    /// A reason code of the charter
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
}

/// Reject work
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  $ lebombo review reject --project vu-sound 77c1… --reason spam
  $ lebombo review reject --project vu-sound --contributor alias:desk:30f1… --unit item --reason spam --dry-run")]
struct Reject {
    #[command(flatten)]
    work: Work,
    #[command(flatten)]
    query: Query,
    /// A reason code of the charter
    #[arg(long, value_name = "CODE")]
    reason: String,
}

/// Change what was decided; for arbiters
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  $ lebombo review adjust --project vu-sound 77c1… --quantity 80 --reason miscounted
Quantity 0 rejects. Several, one `ID,QUANTITY` a line:
  $ lebombo review adjust --project vu-sound --file adjusted.csv --reason miscounted")]
struct Adjust {
    #[command(flatten)]
    work: Work,
    /// So much of each event that is named counts from now on, 0 to 4294967295
    #[arg(long, required_unless_present = "file", conflicts_with = "file")]
    quantity: Option<u32>,
    /// A reason code of the charter
    #[arg(long, value_name = "CODE")]
    reason: String,
}

/// What all of them take.
#[derive(clap::Args)]
struct Work {
    /// Event ids; of work that waits for a verdict, and of your own events, how they begin is enough, at least 8 hex
    /// digits
    ids: Vec<String>,
    /// A name given here, or an id that has one
    #[arg(long)]
    project: String,
    /// Event ids from a file, one a line: `ID` or `ID,QUANTITY`
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    file: Option<PathBuf>,
    /// How you came to it: full (looked at all of it), sample, gold (by items with known answers) or consensus
    #[arg(long, default_value = "full")]
    method: String,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// Show what would be decided, and decide nothing
    #[arg(long)]
    dry_run: bool,
}

/// Which of the work that waits for a verdict.
#[derive(clap::Args)]
#[group(id = "query", multiple = true, conflicts_with_all = ["ids", "file"])]
struct Query {
    /// All work of the project that waits for a verdict, but your own
    #[arg(long)]
    pending: bool,
    /// Of it that of this contributor: did:key or alias
    #[arg(long, value_name = "DID|ALIAS")]
    contributor: Option<String>,
    /// Of it that whose evidence is this manifest, or a file that manifests in your profile list
    #[arg(long, value_name = "FILE")]
    batch: Option<PathBuf>,
    /// Of it that of this kind of work
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Of it that in this unit
    #[arg(long)]
    unit: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let some = |reason| Some(reason);
        match self.command {
            Command::Accept(Accept { work, query, quantity, reason }) => {
                work.run(context, Verdict::Accept, &query, quantity, reason)
            }
            Command::Reject(Reject { work, query, reason }) => {
                work.run(context, Verdict::Reject, &query, None, some(reason))
            }
            Command::Adjust(Adjust { work, quantity, reason }) => {
                work.run(context, Verdict::Adjust, &Query::NONE, quantity, some(reason))
            }
        }
    }
}

/// What a review is made with.
pub(super) struct Desk {
    pub(super) project: Project,
    pub(super) signer: Signer,
    pub(super) client: Client,
    /// The charter in force; `None` where the ledger could not be asked.
    pub(super) charter: Option<Charter>,
}

impl Desk {
    /// Asks for the charter in force; without an answer a person may still sign what they name themselves.
    pub(super) fn open(context: &Context, project: &str, offline: bool) -> Result<Self, Failure> {
        let project = context.project(project)?;
        let signer = context.signer(&project)?;
        let client = context.client()?;
        let charter = match super::project::in_force(context, &project) {
            Ok((_, charter)) => Some(charter),
            Err(failure) if offline && failure.status == 2 => {
                context.note(&format!(
                    "The ledger could not be asked ({}): neither the reason nor the events were looked up.",
                    failure.code
                ));
                None
            }
            Err(failure) => return Err(failure),
        };
        Ok(Self { project, signer, client, charter })
    }

    /// Whose verdict it is.
    pub(super) fn me(&self) -> &str {
        self.signer.did().as_str()
    }

    /// A reason code that the charter in force has.
    pub(super) fn reason(&self, text: &str) -> Result<Token, Failure> {
        let reason = super::log::token("reason", text)?;
        match &self.charter {
            Some(charter) if !charter.reasons.contains(&reason) => {
                let allowed: Vec<&str> = charter.reasons.iter().map(Token::as_str).collect();
                let allowed = match allowed.as_slice() {
                    [] => "it has none, so nothing can be rejected before it is amended".to_owned(),
                    words => format!("it has {}", words.join(", ")),
                };
                let message = format!("the charter in force has no reason code `{reason}`: {allowed}");
                Err(Failure::refused("reason-unknown", message))
            }
            _ => Ok(reason),
        }
    }

    /// Signs a ruling about events.
    pub(super) fn sign(
        &self,
        date: Option<&str>,
        ruling: &Ruling,
        subjects: &Subjects,
    ) -> Result<Vec<Signed>, Failure> {
        let date = compose::day(date)?;
        let mut nonce = || clock::random().map(Nonce);
        reviews::sign(&self.project, &self.signer, date, ruling, subjects, &mut nonce).or_refused()
    }
}

/// How a reviewer came to a verdict, from an argument.
pub(super) fn method(text: &str) -> Result<Method, Failure> {
    Method::parse(text).ok_or_else(|| {
        let words: Vec<&str> = Method::ALL.iter().map(|method| method.as_str()).collect();
        Failure::refused("word", format!("`{text}` is no method: {}", words.join(", ")))
    })
}

/// How much of which kind of work: kind and unit, events, quantity.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally(BTreeMap<(&'static str, String), (u64, u64)>);

impl Tally {
    /// Counts a contribution, or so much of it.
    pub(super) fn add(&mut self, work: &Waiting, quantity: Option<u32>) {
        let key = (work.work.work.as_str(), work.work.unit.as_str().to_owned());
        let sum = self.0.entry(key).or_default();
        sum.0 = sum.0.saturating_add(1);
        sum.1 = sum.1.saturating_add(quantity.unwrap_or(work.work.quantity).into());
    }

    /// A line for each kind and unit.
    pub(super) fn text(&self) -> String {
        let line = |((work, unit), (events, quantity)): (&(&str, String), &(u64, u64))| {
            format!("           {work}: {quantity} {unit} in {}\n", number(*events, "event"))
        };
        self.0.iter().map(line).collect()
    }

    pub(super) fn to_json(&self) -> Value {
        let line = |((work, unit), (events, quantity)): (&(&str, String), &(u64, u64))| json!({"work": work, "unit": unit, "events": events, "quantity": quantity.to_string()});
        self.0.iter().map(line).collect()
    }
}

impl Work {
    fn run(
        self,
        context: &Context,
        verdict: Verdict,
        query: &Query,
        quantity: Option<u32>,
        reason: Option<String>,
    ) -> Result<(), Failure> {
        let desk = Desk::open(context, &self.project, !query.is_some())?;
        let ruling = Ruling {
            verdict,
            reason: reason.map(|text| desk.reason(&text)).transpose()?,
            method: method(&self.method)?,
        };
        let chosen = choose::choose(context, &desk, &self, query, verdict, quantity)?;
        let signed = desk.sign(self.date.as_deref(), &ruling, &chosen.subjects)?;
        let warnings = if desk.charter.is_some() { foresee(&desk.client, &signed)? } else { Vec::new() };
        if !self.dry_run {
            Outbox::of(&context.home).add(&signed, clock::now()).or_unsure()?;
        }
        let name = &desk.project.name;
        let mut text = format!("To {verdict} in {name}: {}\n", number(chosen.subjects.len(), "event"));
        text.push_str(&chosen.tally.text());
        text.push_str(&chosen.left_out());
        warnings.iter().for_each(|warning| text.push_str(&warning.text()));
        text.push_str(&ending(self.dry_run, signed.len()));
        let value = json!({
            "verdict": verdict.as_str(), "events": chosen.subjects.len(), "work": chosen.tally.to_json(),
            "left_out": chosen.left_out.iter().map(|(id, code, _)| json!({"id": id.to_string(), "code": code}))
                .collect::<Vec<Value>>(),
            "reviews": signed.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
            "warnings": warnings.iter().map(faults::Warning::to_json).collect::<Vec<_>>(),
            "dry_run": self.dry_run,
        });
        context.answer(&value, &text)?;
        match chosen.left_out.first() {
            Some((_, code, _)) if chosen.subjects.len() == 0 && !query.is_some() => {
                Err(Failure::refused(*code, "no verdict on any of the events would have an effect"))
            }
            _ => Ok(()),
        }
    }
}

/// The last line: where the reviews are.
pub(super) fn ending(dry_run: bool, count: usize) -> String {
    match (dry_run, count) {
        (_, 0) => "Nothing to review.\n".to_owned(),
        (true, count) => {
            format!(
                "Nothing was decided (--dry-run); {} would wait in the outbox.\n",
                number(count, "review")
            )
        }
        (false, 1) => "1 review waits in the outbox: `lebombo push` sends it.\n".to_owned(),
        (false, count) => format!("{count} reviews wait in the outbox: `lebombo push` sends them.\n"),
    }
}

impl Query {
    const NONE: Self = Self { pending: false, contributor: None, batch: None, kind: None, unit: None };

    fn is_some(&self) -> bool {
        self.pending
            || self.contributor.is_some()
            || self.batch.is_some()
            || self.kind.is_some()
            || self.unit.is_some()
    }
}

/// Why a verdict on an event would have no effect: its id, the code, and in words.
type LeftOut = (Hash, &'static str, String);
