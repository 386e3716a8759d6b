//! `project`: make a project, or give one a name here.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{Body, Charter, Nonce, Payload, Token};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::charter_file::{self, CharterFile};
use crate::clock;
use crate::compose;
use crate::context::{Context, print};
use crate::derive;
use crate::durable;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::outbox::Outbox;
use crate::pem;
use crate::project::Project;
use crate::receipts;
use crate::signer::{Signed, Signer};

/// Make a project, or give one a name here
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Template(Template),
    Create(Create),
    Show(Show),
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
    /// The stewards who will sign, where not all do: did:key or `me`
    #[arg(long, value_name = "DID", num_args = 1.., value_delimiter = ',')]
    signers: Vec<String>,
    /// The day of signing [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

/// Show a project: its id, its charter, your key in it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project show vu-sound")]
struct Show {
    /// A name given here, or an id that has one
    project: String,
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
        let date = compose::day(self.date.as_deref())?;
        let me = derive::founder_key(&context.seed()?, &log, &id.0, 0);
        // Everything that the file says is checked before anything is written.
        file.charter(me.did(), None).or_refused()?;
        let import = if file.import { Some(import_commitment(context, &local)?) } else { None };
        let charter = file.charter(me.did(), import).or_refused()?;
        let signers = self.signers(&charter, me.did())?;
        let body = Body::Charter(charter);
        let payload = Payload { about: Vec::new(), body, date, id, log: log.clone(), project: None, signers };
        let (signed, complete) = sign(&payload, &me)?;
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
        if complete {
            Outbox::of(&context.home).add(&[signed], clock::now()).or_unsure()?;
            text.push_str("Its charter waits in the outbox: `lebombo push` sends it.\n");
        } else {
            let path = self.file.with_extension("dsse");
            super::sign::write(&path, &signed.entry)?;
            value["file"] = json!(path);
            text.push_str(&format!(
                "It needs more signatures: hand {} to the other stewards,\n",
                path.display()
            ));
            text.push_str(
                "who run `lebombo sign` on it. The last one sends it: `lebombo sign FILE --push`.\n",
            );
        }
        context.answer(&value, &text)
    }

    /// Who is to sign: those named, else all stewards if all must, else whoever creates it if one is enough.
    fn signers(&self, charter: &Charter, me: &Did) -> Result<Vec<Did>, Failure> {
        let stewards = &charter.stewards;
        let threshold = usize::try_from(stewards.threshold).unwrap_or(usize::MAX);
        let mut signers = Vec::new();
        for text in &self.signers {
            signers.push(if text == "me" { me.clone() } else { Did::parse(text).or_refused()? });
        }
        if signers.is_empty() && threshold == stewards.keys.len() {
            signers = stewards.keys.clone();
        } else if signers.is_empty() && threshold == 1 {
            signers.push(me.clone());
        }
        signers.sort();
        signers.dedup();
        if signers.iter().filter(|signer| stewards.keys.contains(signer)).count() < threshold {
            let message = format!(
                "{threshold} of {} stewards must sign: name them with --signers DID,DID",
                stewards.keys.len()
            );
            return Err(Failure::refused("stewards-below-threshold", message));
        }
        if !signers.contains(me) {
            let message = format!("your key for this charter, {me}, is not among those who sign");
            return Err(Failure::refused("signer-not-listed", message));
        }
        Ok(signers)
    }
}

/// Signs; true if this key is the only signer. The payload must pass the same check that everybody's reader makes.
fn sign(payload: &Payload, me: &Signer) -> Result<(Signed, bool), Failure> {
    let bytes = payload.to_canonical();
    Payload::parse(&bytes).or_refused()?;
    if payload.signers == [me.did().clone()] {
        return Ok((me.event(payload).or_refused()?, true));
    }
    let id = dsse::event_id(&bytes);
    let signatures = vec![(me.did().clone(), me.sign(&bytes))];
    Ok((Signed { id, entry: Envelope { payload: bytes, signatures }.to_bytes() }, false))
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
    let entry = context.client()?.entry(&project.charter)?;
    match receipts::read_entry(&entry) {
        Ok((id, Payload { body: Body::Charter(charter), .. })) if id == project.charter => {
            project.import = charter.import;
            Ok(())
        }
        _ => {
            let message =
                format!("what the ledger gives for the charter {} is something else", project.charter);
            Err(Failure::refused("ledger-answer", message))
        }
    }
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

impl Show {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let mut project = context.project(&self.project)?;
        let ledger = remote(context, &project.id);
        let mut text = format!("{}\n  id       {}\n  log      {}\n", project.name, project.id, project.log);
        let mut value = describe(&project);
        match ledger {
            Ok(said) => {
                if let Some(charter) = charter_of(&said).filter(|charter| *charter != project.charter) {
                    project.charter = charter;
                    learn(context, &mut project)?;
                    project.pin(&context.home).or_unsure()?;
                    value = describe(&project);
                    text.push_str("  The charter was amended; new work is logged under the one in force.\n");
                }
                text.push_str(&format!("  charter  {}\n", project.charter));
                text.push_str(&format!("\nThe ledger says, without proof:\n{said:#}\n"));
                value["ledger"] = said;
            }
            Err(failure) => {
                text.push_str(&format!("  charter  {}\n", project.charter));
                context.note(&format!("The ledger could not be asked: {}", failure.message));
            }
        }
        context.answer(&value, &text)
    }
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
