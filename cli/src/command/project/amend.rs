//! `project charter` and `project amend`: the charter in force as a file, and another in its place.

use std::path::PathBuf;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Charter, Nonce, Payload};
use serde_json::json;

use super::signing::Signing;
use crate::charter_file;
use crate::clock;
use crate::command::joint;
use crate::context::{Context, print};
use crate::failure::{Failure, OrFail as _};
use crate::project::Project;

/// Print the charter in force as a file to edit, for `project amend`
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project charter vu-sound > charter.toml
  $ edit charter.toml
  $ lebombo project amend vu-sound charter.toml")]
pub(super) struct Show {
    /// A name given here, or an id that has one
    project: String,
}

/// Propose another charter in the place of the one in force; for stewards
///
/// It waits for as many days of the log as the charter in force gives notice. Another amendment meanwhile takes its
/// place, and waits as long again. Where more stewards have to sign it is written to FILE.dsse with your signature; hand
/// that file to them, who run `lebombo sign` on it.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project charter vu-sound > charter.toml
  $ edit charter.toml
  $ lebombo project amend vu-sound charter.toml
  Amendment of vu-sound: 91b0…
  In force 7 days of the log after it is logged.
  It waits in the outbox: `lebombo push` sends it.")]
pub(super) struct Amend {
    /// A name given here, or an id that has one
    project: String,
    /// The whole new charter, in TOML
    file: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// The `id` that the first charter of a project gives itself.
fn first_id(context: &Context, project: &Project) -> Result<Nonce, Failure> {
    match project.founder {
        Some(id) => Ok(id),
        None => Ok(super::charter(context, &project.id)?.1),
    }
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let (id, charter) = super::in_force(context, &project)?;
        let own = first_id(context, &project)?;
        let text = charter_file::of_charter(&charter, &own, &project.log);
        if context.json {
            let value = json!({"project": project.id.to_string(), "charter": id.to_string(), "toml": text});
            return print(&format!("{value}\n"));
        }
        print(&text)
    }
}

impl Amend {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let file = super::read_charter(&self.file)?;
        let project = context.project(&self.project)?;
        let (id, log) = (file.id().or_refused()?, file.log().or_refused()?);
        if log != project.log || id != first_id(context, &project)? {
            let message = format!(
                "{} is the charter of another project than {}: its `log` and `id` stay those of the first charter",
                self.file.display(),
                project.name
            );
            return Err(Failure::refused("charter-of-another-project", message));
        }
        let (replaces, now) = super::in_force(context, &project)?;
        let me = context.signer(&project)?;
        let signers = self.signing.signers(&now.stewards, me.did())?;
        // Everything that the file says is checked before an import key is made.
        file.charter(me.did(), None).or_refused()?;
        let import = match (file.import, now.import) {
            (false, _) => None,
            (true, Some(import)) => Some(import),
            (true, None) => Some(super::import_commitment(context, &project.name)?),
        };
        let charter = file.charter(me.did(), import).or_refused()?;
        if charter == (Charter { replaces: None, ..now.clone() }) {
            return Err(Failure::refused(
                "charter-unchanged",
                "the file says what the charter in force says",
            ));
        }
        let charter = Charter { replaces: Some(replaces), ..charter };
        let payload = Payload {
            about: Vec::new(),
            body: Body::Charter(charter),
            date: self.signing.day()?,
            id: Nonce(clock::random().or_unsure()?),
            log,
            project: Some(project.id),
            signers,
        };
        let (signed, complete) = joint::sign(&payload, &me)?;
        let mut value = json!({
            "project": project.name.as_str(), "id": signed.id.to_string(), "replaces": replaces.to_string(),
            "notice": now.notice, "complete": complete,
        });
        let mut text = format!("Amendment of {}: {}\n{}\n", project.name, signed.id, when(now.notice));
        waiting(context, &project, &mut text)?;
        joint::hand_over(
            context,
            &signed,
            complete,
            &self.file.with_extension("dsse"),
            ("It", "the other stewards"),
            &mut value,
            &mut text,
        )?;
        context.answer(&value, &text)
    }
}

fn when(notice: u32) -> String {
    match notice {
        0 => "In force as soon as it is logged.".to_owned(),
        1 => "In force 1 day of the log after it is logged.".to_owned(),
        days => format!("In force {days} days of the log after it is logged."),
    }
}

/// Says so where another amendment waits, which this one will take the place of.
fn waiting(context: &Context, project: &Project, text: &mut String) -> Result<(), Failure> {
    let said = super::remote(context, &project.id)?;
    if let Some(other) = said["pending"]["id"].as_str().and_then(Hash::from_hex) {
        text.push_str(&format!("It takes the place of the amendment {other}, which waits.\n"));
    }
    Ok(())
}
