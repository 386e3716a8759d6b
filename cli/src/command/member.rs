//! `member`: give somebody a role in a project, or end it.

use lebombo_verifier::event::{Body, Change, Membership, Party, Role};
use serde_json::json;

use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;

/// Give somebody a role in a project, or end it; for enrollers
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Add(Add),
    End(End),
}

/// Give somebody a role
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo member add vu-sound did:key:z6Mki… --role contributor
  $ lebombo push")]
struct Add {
    #[command(flatten)]
    member: Member,
}

/// End somebody's role
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo member end vu-sound did:key:z6Mki… --role contributor")]
struct End {
    #[command(flatten)]
    member: Member,
}

#[derive(clap::Args)]
struct Member {
    /// A name given here, or an id that has one
    project: String,
    /// Their key in this project (`lebombo whoami --project`), an alias, or `me`
    member: String,
    /// advocate, arbiter, contributor, importer, paymaster, reviewer or treasurer
    #[arg(long)]
    role: String,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            Command::Add(Add { member }) => member.run(context, Change::Grant),
            Command::End(End { member }) => member.run(context, Change::End),
        }
    }
}

impl Member {
    fn run(self, context: &Context, change: Change) -> Result<(), Failure> {
        let role = Role::parse(&self.role).ok_or_else(|| {
            let words: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            Failure::refused("word", format!("`{}` is no role: {}", self.role, words.join(", ")))
        })?;
        let project = context.project(&self.project)?;
        let date = compose::day(self.date.as_deref())?;
        let signer = context.signer(&project)?;
        let member = match self.member.as_str() {
            "me" => Party::Key(signer.did().clone()),
            text => Party::parse(text).ok_or_else(|| {
                Failure::refused("party", format!("`{text}` is neither a did:key nor an alias"))
            })?,
        };
        let body = Body::Membership(Membership { change, member: member.clone(), role });
        let signed = compose::event(&project, &signer, date, Vec::new(), body)?;
        let id = signed.id;
        Outbox::of(&context.home).add(&[signed], clock::now()).or_unsure()?;
        let verb = if change == Change::Grant { "has" } else { "no longer has" };
        let value = json!({
            "id": id.to_string(), "member": member.as_str(), "role": role.as_str(), "change": change.as_str(),
        });
        context.answer(
            &value,
            &format!("{member} {verb} the role {role} in {}, once pushed.\nEvent {id}", project.name),
        )
    }
}
