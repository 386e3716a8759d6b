//! `whoami`: one's own keys.

use std::path::PathBuf;

use serde_json::json;

use crate::context::Context;
use crate::derive;
use crate::failure::{Failure, OrFail as _};
use crate::pem;
use crate::project::Project;

/// Show your keys: one for each project, which nobody can join up
///
/// Give an enroller the key of the project that you want to work in. In another project you have another key.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo whoami --project vu-sound
  did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp

As one of several stewards, your key for a charter that is still being written:
  $ lebombo whoami --charter charter.toml")]
pub(super) struct Args {
    /// Your key in this project: a name given here, or an id
    #[arg(long, conflicts_with = "charter")]
    project: Option<String>,
    /// Your key as a founder, for this charter file
    #[arg(long, value_name = "FILE")]
    charter: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        if let Some(path) = &self.charter {
            let file = super::project::read_charter(path)?;
            let (id, log) = (file.id().or_refused()?, file.log().or_refused()?);
            let key = derive::founder_key(&context.seed()?, &log, &id.0, 0);
            return context
                .answer(&json!({"charter": id.to_string(), "did": key.did().as_str()}), key.did().as_str());
        }
        if let Some(name) = &self.project {
            let project = context.project(name)?;
            let key = context.signer(&project)?;
            let value = json!({"project": project.name.as_str(), "id": project.id.to_string(), "did": key.did().as_str()});
            return context.answer(&value, key.did().as_str());
        }
        let profile = context.profile()?;
        let seed = context.seed()?;
        let projects = Project::all(&context.home).or_unsure()?;
        let encrypted = pem::is_encrypted(&context.home.seed()).or_unsure()?;
        let keys: Vec<_> = projects.iter().map(|project| (project, project.signer(&seed))).collect();
        let value = json!({
            "home": context.home.root(), "url": profile.url, "vkey": profile.vkey, "encrypted": encrypted,
            "projects": keys.iter().map(|(project, key)| json!({
                "project": project.name.as_str(), "id": project.id.to_string(), "did": key.did().as_str(),
            })).collect::<Vec<_>>(),
        });
        let mut text = format!("Profile: {}\n", context.home.root().display());
        text.push_str(&format!("Ledger:  {}\n", profile.url.as_deref().unwrap_or("none yet")));
        text.push_str(match encrypted {
            true => "Seed:    encrypted\n",
            false => "Seed:    not encrypted; `lebombo init --passphrase` encrypts it\n",
        });
        if keys.is_empty() {
            text.push_str(
                "No projects yet: `lebombo project pin NAME ID` or `lebombo project create FILE`.\n",
            );
        } else {
            let rows: Vec<Vec<String>> = keys
                .iter()
                .map(|(project, key)| vec![project.name.to_string(), key.did().to_string()])
                .collect();
            text.push_str(&crate::table::table(&["project", "your key in it"], &rows));
        }
        context.answer(&value, &text)
    }
}
