//! `project`: make a project, change its rules, or give one a name here.

mod amend;
mod show;
mod signing;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Charter, Nonce, Payload, Token};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::charter_file::{self, CharterFile};
use crate::clock;
use crate::context::{Context, print};
use crate::derive;
use crate::durable;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::pem;
use crate::project::Project;
use crate::receipts;
use signing::Signing;

/// Make a project, change its rules, or give one a name here
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Template(Template),
    Create(Create),
    Charter(amend::Show),
    Amend(amend::Amend),
    Show(show::Show),
    Pin(Pin),
    List(List),
}

/// Print a charter to begin with, in which everything is explained
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project template vu-sound > charter.toml
  $ edit charter.toml
  $ lebombo project create charter.toml")]
struct Template {
    /// The project's name: 1 to 32 of a-z 0-9 -
    name: String,
}

/// Sign a charter: a new project
///
/// With a threshold of 1 the charter goes to the outbox. With more it is written to FILE.dsse with your signature; hand
/// that file to the other stewards, who run `lebombo sign` on it.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project create charter.toml
  Project vu-sound: 5f7d…
  Its charter waits in the outbox: `lebombo push` sends it.")]
struct Create {
    /// The charter, in TOML
    file: PathBuf,
    /// The project's name here, if not the charter's
    #[arg(long, value_name = "NAME")]
    r#as: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

/// Give a project a name here. Check the id: names prove nothing
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project pin vu-sound 5f7d2c9a…
As an importer, together with the key that another importer has exported:
  $ lebombo project pin vu-sound 5f7d2c9a… --import-key vu-sound.key")]
struct Pin {
    /// The name to give: 1 to 32 of a-z 0-9 -
    name: String,
    /// The project's id, 64 hex digits, from somebody you trust
    id: String,
    /// Take over the project's import key from this file
    #[arg(long, value_name = "FILE")]
    import_key: Option<PathBuf>,
    /// The charter's own id (32 hex digits), if its first charter names your key
    #[arg(long, value_name = "CHARTER-ID")]
    founder: Option<String>,
    /// Event id of the charter in force, if it was amended [default: what the ledger says, else the first]
    #[arg(long, value_name = "ID")]
    charter: Option<String>,
}

/// List the projects that have a name here
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project list")]
struct List;

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            Command::Template(args) => args.run(context),
            Command::Create(args) => args.run(context),
            Command::Charter(args) => args.run(context),
            Command::Amend(args) => args.run(context),
            Command::Show(args) => args.run(context),
            Command::Pin(args) => args.run(context),
            Command::List(List) => list(context),
        }
    }
}

fn name(text: &str) -> Result<Token, Failure> {
    Token::parse(text).ok_or_else(|| {
        Failure::refused(
            "project-name",
            format!("`{text}` is no name: 1 to 32 of a-z 0-9 -, not starting with -"),
        )
    })
}

/// Reads a charter file.
pub(super) fn read_charter(path: &Path) -> Result<CharterFile, Failure> {
    CharterFile::parse(&files::read_text(path)?).or_refused()
}

/// Reads an import key: exactly 32 bytes in a file that nobody else may read.
pub(super) fn read_import_key(path: &Path) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    let file = pem::open_closed(path).or_unsure()?;
    file.take(33).read_to_end(&mut bytes).map_err(|error| {
        Failure::unsure("key-unreadable", format!("can not read {}: {error}", path.display()))
    })?;
    let key = bytes.as_slice().try_into().map(Zeroizing::new);
    key.map_err(|_| {
        Failure::refused("import-key", format!("{} is no import key: it has not 32 bytes", path.display()))
    })
}

impl Template {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let log = context.profile()?.origin().or_unsure()?;
        let id = Nonce(clock::random().or_unsure()?);
        print(&charter_file::template(&name(&self.name)?, &id, &log))
    }
}

impl Create {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let file = read_charter(&self.file)?;
        let (id, log) = (file.id().or_refused()?, file.log().or_refused()?);
        let origin = context.profile()?.origin().or_unsure()?;
        if log != origin {
            let message = format!("the charter is for the log {log}, and this profile is bound to {origin}");
            return Err(Failure::refused("other-log", message));
        }
        let local = name(self.r#as.as_deref().unwrap_or(file.name().or_refused()?.as_str()))?;
        let date = self.signing.day()?;
        let me = derive::founder_key(&context.seed()?, &log, &id.0, 0);
        // Everything that the file says is checked before anything is written.
        file.charter(me.did(), None).or_refused()?;
        let import = if file.import { Some(import_commitment(context, &local)?) } else { None };
        let charter = file.charter(me.did(), import).or_refused()?;
        let signers = self.signing.signers(&charter.stewards, me.did())?;
        let body = Body::Charter(charter);
        let payload = Payload { about: Vec::new(), body, date, id, log: log.clone(), project: None, signers };
        let (signed, complete) = super::joint::sign(&payload, &me)?;
        let project = Project {
            name: local,
            id: signed.id,
            log,
            charter: signed.id,
            import,
            founder: Some(id),
            generation: 0,
        };
        // Pinned first: a crash after it leaves a name for a project that nobody has seen, and creating it again on
        // the same --date makes the very same event.
        project.pin(&context.home).or_refused()?;
        let mut text = format!("Project {}: {}\n", project.name, project.id);
        let mut value =
            json!({"project": project.name.as_str(), "id": project.id.to_string(), "complete": complete});
        super::joint::hand_over(
            context,
            &signed,
            complete,
            &self.file.with_extension("dsse"),
            ("Its charter", "the other stewards"),
            &mut value,
            &mut text,
        )?;
        context.answer(&value, &text)
    }
}

/// The digest of the project's import key, which is made if there is none under this name yet.
fn import_commitment(context: &Context, name: &Token) -> Result<Hash, Failure> {
    let path = context.home.import_key(name.as_str());
    let key: Zeroizing<[u8; 32]> = if path.exists() {
        read_import_key(&path)?
    } else {
        let mut key = Zeroizing::new([0; 32]);
        clock::fill(key.as_mut()).or_unsure()?;
        write_import_key(&path, &key)?;
        // Crash here: a key that no charter names yet; creating the project again takes it.
        key
    };
    Ok(Hash::of(key.as_ref()))
}

fn write_import_key(path: &Path, key: &[u8; 32]) -> Result<(), Failure> {
    durable::create(path, key).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::refused(
            "import-key-exists",
            format!("{} exists already and was left as it is", path.display()),
        ),
        _ => Failure::unsure("import-key-not-written", format!("can not write {}: {error}", path.display())),
    })
}

impl Pin {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let id = event_id(&self.id)?;
        let founder = match &self.founder {
            None => None,
            Some(text) => Some(Nonce::from_hex(text).ok_or_else(|| {
                Failure::refused("hex", format!("`{text}` is no charter's own id: 32 lower-case hex digits"))
            })?),
        };
        // Refused before anything is asked or written.
        let import_key = self.import_key.as_deref().map(read_import_key).transpose()?;
        let log = context.profile()?.origin().or_unsure()?;
        let name = name(&self.name)?;
        let charter = match &self.charter {
            Some(text) => event_id(text)?,
            None => self.charter_in_force(context, &id),
        };
        let mut project = Project { name, id, log, charter, import: None, founder, generation: 0 };
        if let Err(failure) = learn(context, &mut project) {
            context.note(&format!("Its charter could not be read ({}).", failure.code));
        }
        project.pin(&context.home).or_refused()?;
        if let Some(key) = import_key {
            let path = context.home.import_key(project.name.as_str());
            if !path.exists() {
                write_import_key(&path, &key)?;
            } else if *read_import_key(&path)? != *key {
                let message = format!("{} holds another import key already", path.display());
                return Err(Failure::refused("import-key-exists", message));
            }
        }
        context.answer(&describe(&project), &format!("{} is project {}.", project.name, project.id))
    }

    fn charter_in_force(&self, context: &Context, id: &Hash) -> Hash {
        match remote(context, id) {
            Ok(value) => charter_of(&value).unwrap_or(*id),
            Err(failure) => {
                context.note(&match failure.code.as_str() {
                    UNKNOWN => unknown(id),
                    code => format!("The ledger could not be asked ({code}); the first charter is taken."),
                });
                *id
            }
        }
    }
}

/// The ledger's code for a project that its log does not have.
const UNKNOWN: &str = "project-unknown";

fn unknown(id: &Hash) -> String {
    format!(
        "WARNING: the ledger's log has no project {id}. It is pinned all the same; but unless its charter is still to be \
         pushed, the id is wrong, or of another log: check it with whoever gave it to you."
    )
}

/// What the ledger says about a project. It decides nothing here: a wrong charter makes one's own work void, no more.
pub(super) fn remote(context: &Context, id: &Hash) -> Result<Value, Failure> {
    Ok(context.client()?.value(&format!("/v1/projects/{id}"))?)
}

/// Reads the charter that a project names, and what it says about the import key. The ledger can not give another one
/// in its place, since its event id is known.
pub(super) fn learn(context: &Context, project: &mut Project) -> Result<(), Failure> {
    project.import = charter(context, &project.charter)?.0.import;
    Ok(())
}

/// The charter with this event id, and the `id` that it gives itself.
fn charter(context: &Context, id: &Hash) -> Result<(Charter, Nonce), Failure> {
    let entry = context.client()?.entry(id)?;
    match receipts::read_entry(&entry) {
        Ok((found, Payload { body: Body::Charter(charter), id: own, .. })) if found == *id => {
            Ok((charter, own))
        }
        _ => {
            let message = format!("what the ledger gives for the charter {id} is something else");
            Err(Failure::refused("ledger-answer", message))
        }
    }
}

/// The charter in force, by the ledger's word, and its event id. What it says is its own: the id binds it.
pub(super) fn in_force(context: &Context, project: &Project) -> Result<(Hash, Charter), Failure> {
    let said = remote(context, &project.id)?;
    let id = charter_of(&said)
        .ok_or_else(|| Failure::unsure("ledger-answer", "the ledger names no charter in force"))?;
    Ok((id, charter(context, &id)?.0))
}

/// The charter in force, in the ledger's words.
fn charter_of(said: &Value) -> Option<Hash> {
    Hash::from_hex(said["charter"]["id"].as_str()?)
}

/// An event id from an argument.
pub(super) fn event_id(text: &str) -> Result<Hash, Failure> {
    Hash::from_hex(text)
        .ok_or_else(|| Failure::refused("hex", format!("`{text}` is no id: 64 lower-case hex digits")))
}

fn describe(project: &Project) -> Value {
    json!({
        "project": project.name.as_str(),
        "id": project.id.to_string(),
        "log": project.log.as_str(),
        "charter": project.charter.to_string(),
        "import": project.import.map(|hash| hash.to_string()),
        "founder": project.founder.map(|id| id.to_string()),
    })
}

fn list(context: &Context) -> Result<(), Failure> {
    let projects = Project::all(&context.home).or_unsure()?;
    let value = Value::Array(projects.iter().map(describe).collect());
    let rows: Vec<Vec<String>> =
        projects.iter().map(|p| vec![p.name.to_string(), p.id.to_string()]).collect();
    context.answer(&value, &crate::table::table(&["name", "id"], &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn an_import_key_is_32_bytes_that_nobody_else_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.key");
        let read = || read_import_key(&path).map(|key| *key).map_err(|failure| failure.code);
        assert_eq!(read(), Err("key-unreadable".to_owned()));
        for (length, mode, expected) in [
            (32, 0o600, Ok([7; 32])),
            (32, 0o640, Err("key-open-to-others".to_owned())),
            (32, 0o604, Err("key-open-to-others".to_owned())),
            (31, 0o600, Err("import-key".to_owned())),
            (33, 0o600, Err("import-key".to_owned())),
        ] {
            fs::write(&path, vec![7; length]).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(), expected);
        }
    }
}
