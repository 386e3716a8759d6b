//! `receipts`: what one can prove.

use std::path::PathBuf;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Payload};
use lebombo_verifier::receipt::Receipt;
use serde_json::{Value, json};

use crate::context::{Context, print, show};
use crate::cosigners;
use crate::describe;
use crate::durable;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::project::Project;
use crate::push::Pusher;
use crate::receipts::{self, Receipts};
use crate::table::{self, number};

/// List, show, refresh and export receipts
///
/// A receipt is one file that proves, offline and without the ledger, that your event is in the log.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Refresh(Refresh),
    Export(Export),
}

/// List the receipts that are here
#[derive(clap::Args, Default)]
#[command(after_help = "\
Example:
  $ lebombo receipts list --project vu-sound")]
struct List {
    /// Only those of this project
    #[arg(long)]
    project: Option<String>,
}

/// Verify one and show it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo receipts show 77c1d2aa")]
struct Show {
    /// Event id, or how it begins
    id: String,
}

/// Fetch receipts anew, under the newest checkpoint
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo receipts refresh

Useful when the log has new witnesses, or a receipt was damaged. Old receipts do not expire.")]
struct Refresh {
    /// Event ids [default: all]
    ids: Vec<String>,
}

/// Copy receipts to a folder, with the policy to verify them by
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo receipts export proof-for-ama
  $ lebombo verify proof-for-ama --policy proof-for-ama/policy")]
struct Export {
    /// The folder; it is made if need be
    folder: PathBuf,
    /// Event ids [default: all]
    ids: Vec<String>,
    /// Only those of this project
    #[arg(long)]
    project: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            None => List::default().run(context),
            Some(Command::List(args)) => args.run(context),
            Some(Command::Show(args)) => args.run(context),
            Some(Command::Refresh(args)) => args.run(context),
            Some(Command::Export(args)) => args.run(context),
        }
    }
}

/// A stored receipt.
struct Stored {
    id: Hash,
    path: PathBuf,
    index: u64,
    payload: Payload,
}

impl Stored {
    fn project(&self) -> Hash {
        self.payload.project.unwrap_or(self.id)
    }
}

/// All receipts here that can be read, by their index; and how many can not.
fn stored(context: &Context, project: Option<&str>) -> Result<(Vec<Stored>, usize), Failure> {
    let project = project.map(|name| context.project(name)).transpose()?;
    let all = Receipts::of(&context.home).all().or_unsure()?;
    let mut damaged = 0;
    let mut out = Vec::with_capacity(all.len());
    for (id, path) in all {
        match receipts::read_event(&files::read(&path)?) {
            Some((found, payload, index)) if found == id => out.push(Stored { id, path, index, payload }),
            _ => damaged += 1,
        }
    }
    if let Some(project) = project {
        out.retain(|stored| stored.project() == project.id);
    }
    out.sort_by_key(|stored| stored.index);
    Ok((out, damaged))
}

impl List {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let (stored, damaged) = stored(context, self.project.as_deref())?;
        if context.json {
            for one in &stored {
                let mut value = describe::to_json(&one.id, &one.payload);
                value["index"] = json!(one.index);
                print(&format!("{value}\n"))?;
            }
            return Ok(());
        }
        let projects = Project::all(&context.home).or_unsure()?;
        let name = |id: Hash| {
            let named = projects.iter().find(|project| project.id == id);
            named
                .map_or_else(|| id.to_string().chars().take(12).collect(), |project| project.name.to_string())
        };
        let rows: Vec<Vec<String>> = stored
            .iter()
            .map(|one| {
                let id = one.id.to_string();
                let (kind, date) = (one.payload.body.kind().to_owned(), one.payload.date.to_string());
                vec![
                    one.index.to_string(),
                    id[..12].to_owned(),
                    kind,
                    name(one.project()),
                    what(&one.payload),
                    date,
                ]
            })
            .collect();
        let mut text = match (stored.len(), damaged) {
            (0, 0) => "No receipts yet: `lebombo push` fetches them for what it logs.\n".to_owned(),
            (count, _) => {
                let table = table::table(&["index", "event", "kind", "project", "what", "date"], &rows);
                format!("{table}{}.\n", number(count, "receipt"))
            }
        };
        if damaged > 0 {
            text.push_str(&format!(
                "{damaged} more are damaged: `lebombo receipts refresh` fetches them anew.\n"
            ));
        }
        show(&text)
    }
}

fn what(payload: &Payload) -> String {
    match &payload.body {
        Body::Contribution(work) => {
            format!("{} {} of {} / {}", work.quantity, work.unit, work.work, work.activity)
        }
        Body::Membership(member) => format!("{} {}", member.change, member.role),
        Body::Charter(charter) => charter.name.to_string(),
        Body::Retraction | Body::Review(_) => format!("{} events", payload.about.len()),
        Body::Income(income) => {
            format!("{} {}", income.currency.format(income.amount.into()), income.currency)
        }
        Body::Settlement(settlement) => {
            let codes: Vec<String> = settlement.currencies.iter().map(|s| s.currency.to_string()).collect();
            codes.join(" ")
        }
        Body::Payment(payment) => format!("{} lines {}", payment.count, payment.state),
        Body::Claim(claim) => claim.alias.as_str().to_owned(),
        Body::Reversal(_) | Body::Closing | Body::Ledger(_) | Body::Day | Body::Mark | Body::Snapshot(_) => {
            String::new()
        }
    }
}

impl Show {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let all = Receipts::of(&context.home).all().or_unsure()?;
        let mut found = all.iter().filter(|(id, _)| id.to_string().starts_with(&self.id));
        let (id, path) = match (found.next(), found.next()) {
            (Some(one), None) => one,
            (None, _) => {
                return Err(Failure::unsure(
                    "receipt-missing",
                    format!("there is no receipt of {} here", self.id),
                ));
            }
            _ => {
                return Err(Failure::unsure(
                    "id-ambiguous",
                    format!("several events begin with {}", self.id),
                ));
            }
        };
        let policy = super::push::policy(context)?;
        let included = receipts::verify(&files::read(path)?, &policy).or_refused()?;
        let mut value = describe::to_json(id, included.event().payload());
        value["index"] = json!(included.index());
        value["file"] = json!(path);
        value["origin"] = json!(included.checkpoint().origin().as_str());
        let witnesses = included.checkpoint().cosigners();
        value["witnesses"] = json!(witnesses.iter().map(ToString::to_string).collect::<Vec<_>>());
        let names = cosigners::names(witnesses);
        let text = format!(
            "logged, by {} at index {}, {names}\n{}\nFile: {}\n",
            included.checkpoint().origin(),
            included.index(),
            describe::payload(id, included.event().payload()),
            path.display()
        );
        context.answer(&value, &text)
    }
}

impl Refresh {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let wanted = wanted(&self.ids)?;
        let receipts = Receipts::of(&context.home);
        let client = context.client()?;
        let mut entries = Vec::new();
        for (id, path) in receipts.all().or_unsure()? {
            if !wanted.is_empty() && !wanted.contains(&id) {
                continue;
            }
            // From the receipt itself; where that is damaged, from the ledger, and then it must be that very event.
            let own = Receipt::parse(&files::read(&path)?).ok().map(|receipt| receipt.entry().to_vec());
            let is = |entry: &Vec<u8>| receipts::read_entry(entry).is_ok_and(|(found, _)| found == id);
            let entry = match own.filter(is) {
                Some(entry) => entry,
                None => Some(client.entry(&id)?).filter(is).ok_or_else(|| {
                    Failure::refused(
                        "ledger-answer",
                        format!("what the ledger gives for {id} is another event"),
                    )
                })?,
            };
            entries.push((id, entry));
        }
        let origin = context.profile()?.origin().or_unsure()?;
        let policy = super::push::policy(context)?;
        let progress = |text: &str| context.progress(text);
        let pusher = Pusher {
            ledger: &client,
            origin: &origin,
            policy: &policy,
            receipts: &receipts,
            anyway: true,
            progress: &progress,
        };
        let fresh = pusher.refresh(&entries);
        context.progress("");
        let fresh = fresh?;
        let value = json!({"refreshed": fresh, "asked": entries.len()});
        context.answer(&value, &format!("{fresh} of {} receipts are new.", entries.len()))?;
        if fresh < entries.len() {
            return Err(Failure::unsure("not-all-refreshed", "the ledger has not published all of them"));
        }
        Ok(())
    }
}

impl Export {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let wanted = wanted(&self.ids)?;
        let (mut stored, _) = stored(context, self.project.as_deref())?;
        stored.retain(|one| wanted.is_empty() || wanted.contains(&one.id));
        if stored.is_empty() {
            return Err(Failure::unsure("receipt-missing", "there are no such receipts here"));
        }
        let failed = |error| {
            Failure::unsure(
                "export-not-written",
                format!("can not write to {}: {error}", self.folder.display()),
            )
        };
        durable::make_folder(&self.folder).map_err(failed)?;
        let mut batch = durable::Batch::new(&self.folder);
        for one in &stored {
            batch
                .stage(self.folder.join(format!("{}.tlog-proof", one.id)), &files::read(&one.path)?)
                .map_err(failed)?;
        }
        batch.stage(self.folder.join("policy"), &files::read(&context.home.policy())?).map_err(failed)?;
        batch.commit().map_err(failed)?;
        let value: Value = json!({"folder": self.folder, "receipts": stored.len()});
        let folder = self.folder.display();
        let text = format!(
            "{} and the policy are in {folder}. Anybody can check them:\n  lebombo verify {folder} --policy {folder}/policy",
            number(stored.len(), "receipt")
        );
        context.answer(&value, &text)
    }
}

fn wanted(ids: &[String]) -> Result<Vec<Hash>, Failure> {
    ids.iter().map(|id| super::project::event_id(id)).collect()
}
