//! `key`: keys as files that other programs read.

use std::path::PathBuf;

use lebombo_verifier::did::Did;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Key, KeyName, Vkey};
use serde_json::json;
use zeroize::Zeroizing;

use crate::clock;
use crate::context::Context;
use crate::durable;
use crate::failure::{Failure, OrFail as _};
use crate::pem;
use crate::signer::Signer;

/// Make, show and export keys
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Generate(Generate),
    Show(Show),
    Export(Export),
    ExportImport(ExportImport),
}

/// Make a new Ed25519 key in a file (PKCS#8 PEM), such as a ledger's
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo key generate --out checkpoint.pem
  did:key:z6Mk…
  $ openssl pkey -in checkpoint.pem -noout -text")]
struct Generate {
    /// The new file; one that exists is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Encrypt it: ask for a passphrase (twice), or read it from --passphrase-fd
    #[arg(long)]
    passphrase: bool,
}

/// Show the public half of a key
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo key show checkpoint.pem --name ledger.example/log
  did:key:z6Mk…
  ledger.example/log+8b6a5b1c+AUx…")]
struct Show {
    /// A key file
    #[arg(required_unless_present = "project", conflicts_with = "project")]
    file: Option<PathBuf>,
    /// Your key in this project
    #[arg(long)]
    project: Option<String>,
    /// Show also the vkey with this name (C2SP signed-note, type 0x01)
    #[arg(long)]
    name: Option<String>,
}

/// Write your key of a project to a file that openssl and other programs read (PKCS#8 PEM)
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo key export --project vu-sound --out my-key.pem --passphrase
  $ openssl pkey -in my-key.pem -pubout

Whoever has this file can sign in your name in that project, and in no other.")]
struct Export {
    /// Your key in this project
    #[arg(long)]
    project: String,
    /// The new file; one that exists is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Encrypt it with a passphrase of its own: asked for (twice), or read from --passphrase-fd after the seed's
    #[arg(long)]
    passphrase: bool,
}

/// Write a project's import key to a file, to hand it to another importer
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo key export-import --project vu-sound --out vu-sound.key
and the other importer:
  $ lebombo project pin vu-sound ID --import-key vu-sound.key

Whoever has this file can test guesses at the ids of workers whose work was imported. Give it to importers only.")]
struct ExportImport {
    /// The project
    #[arg(long)]
    project: String,
    /// The new file; one that exists is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            Command::Generate(args) => args.run(context),
            Command::Show(args) => args.run(context),
            Command::Export(args) => args.run(context),
            Command::ExportImport(args) => args.run(context),
        }
    }
}

fn new_passphrase(context: &Context, wanted: bool) -> Result<Option<Zeroizing<String>>, Failure> {
    if wanted { context.passphrase.ask_new().or_unsure().map(Some) } else { Ok(None) }
}

impl Generate {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let mut secret = Zeroizing::new([0; 32]);
        clock::fill(secret.as_mut()).or_unsure()?;
        let passphrase = new_passphrase(context, self.passphrase)?;
        pem::create(&self.out, &secret, passphrase.as_ref().map(|text| text.as_str())).or_unsure()?;
        tell(context, Signer::from_secret(&secret).did(), None)
    }
}

impl Show {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let signer = match (&self.file, &self.project) {
            (Some(file), _) => Signer::from_secret(&*pem::read(file, context.passphrase).or_unsure()?),
            (None, name) => context.signer(&context.project(name.as_deref().unwrap_or_default())?)?,
        };
        let vkey = match self.name {
            None => None,
            Some(name) => {
                let name = KeyName::parse(&name).or_refused()?;
                let key = PublicKey::from_bytes(signer.did().key()).or_refused()?;
                Some(Vkey::new(name, Key::Ed25519(key)).to_string())
            }
        };
        tell(context, signer.did(), vkey)
    }
}

impl Export {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let signer = context.signer(&context.project(&self.project)?)?;
        let passphrase = new_passphrase(context, self.passphrase)?;
        let secret = signer.secret();
        pem::create(&self.out, &secret, passphrase.as_ref().map(|text| text.as_str())).or_unsure()?;
        tell(context, signer.did(), None)
    }
}

impl ExportImport {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let key = super::project::read_import_key(&context.home.import_key(project.name.as_str()))?;
        durable::create(&self.out, key.as_ref()).map_err(|error| {
            Failure::unsure("key-not-written", format!("can not write {}: {error}", self.out.display()))
        })?;
        let value = json!({"project": project.id.to_string(), "file": self.out});
        context
            .answer(&value, &format!("Wrote the import key of {} to {}.", project.name, self.out.display()))
    }
}

fn tell(context: &Context, did: &Did, vkey: Option<String>) -> Result<(), Failure> {
    let text = vkey.iter().fold(did.to_string(), |text, vkey| format!("{text}\n{vkey}"));
    context.answer(&json!({"did": did.as_str(), "vkey": vkey}), &text)
}
