//! `init`: make a seed and a profile, or give a profile its ledger.

use std::path::PathBuf;

use lebombo_verifier::note::Vkey;
use lebombo_verifier::policy::Policy;
use serde_json::json;

use crate::client::Client;
use crate::context::Context;
use crate::durable;
use crate::failure::{Failure, OrFail as _};
use crate::pem;
use crate::profile::{Profile, ProfileError, Trust};
use crate::seed::Seed;

/// Make a seed and a profile, and say which ledger to use
///
/// The seed is the one secret from which your key for each project is derived. Keep a copy of the folder in a safe
/// place. Running it again keeps the seed; it can add the ledger, another address of the same log, or a passphrase.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo init --url https://ledger.example --vkey ledger.example/log+8b6a5b1c+AUx…
  Made a profile in /home/ama/.local/share/lebombo.
  Seed: not encrypted. `lebombo init --passphrase` encrypts it.
  Log: ledger.example/log, key pinned.

Without --vkey the key is asked of the ledger itself and trusted from then on (\"first use\"). Better is a key that
reached you another way: from the project's people, a union, a printed page.")]
pub(super) struct Args {
    /// Address of the ledger
    #[arg(long)]
    url: Option<String>,
    /// The log's checkpoint key, as its operator publishes it
    #[arg(long)]
    vkey: Option<String>,
    /// Verify receipts by this policy file (C2SP tlog-policy) instead of one made from the key
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Encrypt the seed, also one that is there already: ask for a passphrase (twice), or read it from --passphrase-fd
    #[arg(long)]
    passphrase: bool,
}

/// What became of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    New,
    Kept,
    Encrypted,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let old = match Profile::read(&context.home) {
            Err(ProfileError::Missing { .. }) => Profile::default(),
            other => other.or_unsure()?,
        };
        // Before anything is asked or written.
        if self.passphrase
            && context.home.seed().exists()
            && pem::is_encrypted(&context.home.seed()).or_unsure()?
        {
            let message = "the seed is encrypted already, and its passphrase can not be changed by init; nothing was \
                           changed (without --passphrase, init goes on and keeps the seed as it is)";
            return Err(Failure::refused("seed-encrypted", message));
        }
        let profile = self.profile(&old)?;
        let policy = self.policy_text(context, &profile)?;
        context.home.ensure().or_unsure()?;
        let seed = self.seed(context)?;
        // Crash here: a seed and no profile yet; running init again goes on from here and keeps the seed.
        if let Some(policy) = policy {
            let path = context.home.policy();
            durable::write(&path, policy.as_bytes()).map_err(|error| {
                Failure::unsure("policy-not-written", format!("{}: {error}", path.display()))
            })?;
        }
        // Crash here: a policy that names the log, and no profile that does; as above.
        profile.write(&context.home).or_unsure()?;
        self.tell(context, &profile, seed)
    }

    fn profile(&self, old: &Profile) -> Result<Profile, Failure> {
        let mut profile = old.clone();
        if let Some(url) = &self.url {
            let client = Client::new(url)?;
            profile.url = Some(url.trim_end_matches('/').to_owned());
            if self.vkey.is_none() && old.vkey.is_none() {
                profile.vkey = Some(client.log_info()?.vkey);
                profile.trust = Some(Trust::FirstUse);
            }
        }
        if let Some(vkey) = &self.vkey {
            profile.vkey = Some(vkey.clone());
            profile.trust = Some(Trust::Pinned);
        }
        if profile.vkey.is_some() {
            profile.origin().or_refused()?;
        }
        if let (Some(before), Some(now)) = (&old.vkey, &profile.vkey)
            && before != now
        {
            let message =
                format!("this profile is bound to the log with the key {before}: use another --home");
            return Err(Failure::refused("profile-of-another-log", message));
        }
        Ok(profile)
    }

    /// The policy to write: the one given, or one made from the log's key where there was none.
    fn policy_text(&self, context: &Context, profile: &Profile) -> Result<Option<String>, Failure> {
        if let Some(path) = &self.policy {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::unsure("policy-unreadable", format!("{}: {error}", path.display()))
            })?;
            Policy::parse(text.as_bytes()).or_refused()?;
            return Ok(Some(text));
        }
        let Some(vkey) = &profile.vkey else { return Ok(None) };
        if context.home.policy().exists() {
            // It may name witnesses by now.
            return Ok(None);
        }
        Vkey::parse(vkey).or_refused()?;
        let url = profile.url.as_deref().map(|url| format!(" {url}")).unwrap_or_default();
        let text = format!(
            "# Whom receipts are verified by (C2SP tlog-policy). Add witnesses that you trust, and a quorum of them.\n\
             log {vkey}{url}\nquorum none\n"
        );
        Policy::parse(text.as_bytes()).or_refused()?;
        Ok(Some(text))
    }

    /// Makes the seed, or encrypts the one that is there if that was asked for.
    fn seed(&self, context: &Context) -> Result<Made, Failure> {
        let path = context.home.seed();
        let exists = path.exists();
        if exists && !self.passphrase {
            return Ok(Made::Kept);
        }
        let passphrase = if self.passphrase { Some(context.passphrase.ask_new().or_unsure()?) } else { None };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        match passphrase {
            Some(passphrase) if exists => {
                context.seed()?.encrypt(&path, passphrase).or_unsure()?;
                Ok(Made::Encrypted)
            }
            _ => {
                Seed::generate().or_unsure()?.create(&path, passphrase).or_unsure()?;
                Ok(Made::New)
            }
        }
    }

    fn tell(&self, context: &Context, profile: &Profile, made: Made) -> Result<(), Failure> {
        let origin = profile.vkey.as_ref().map(|_| profile.origin()).transpose().or_refused()?;
        if profile.trust == Some(Trust::FirstUse) && self.url.is_some() && self.vkey.is_none() {
            context.note(&format!(
                "WARNING: this key was taken from the ledger itself, on first use, and is trusted from now on:\n  {}\n\
                 Compare it with a key that reached you another way. If they differ, delete the profile.",
                profile.vkey.as_deref().unwrap_or_default()
            ));
        }
        let encrypted = pem::is_encrypted(&context.home.seed()).or_unsure()?;
        let value = json!({
            "home": context.home.root(), "made": made == Made::New, "encrypted": encrypted, "url": profile.url, "vkey": profile.vkey,
            "origin": origin.as_ref().map(|o| o.as_str()),
            "trust": profile.trust,
        });
        let folder = context.home.root().display();
        let mut text = match made {
            Made::New => format!("Made a profile in {folder}.\n"),
            Made::Kept => format!("Kept the seed in {folder}.\n"),
            Made::Encrypted => format!("Encrypted the seed in {folder}. Older copies of it are not.\n"),
        };
        text.push_str(match encrypted {
            true => "Seed: encrypted.\n",
            false => "Seed: not encrypted. `lebombo init --passphrase` encrypts it.\n",
        });
        match (&origin, profile.trust) {
            (Some(origin), Some(Trust::FirstUse)) => {
                text.push_str(&format!("Log: {origin}, key trusted on first use.\n"))
            }
            (Some(origin), _) => text.push_str(&format!("Log: {origin}, key pinned.\n")),
            (None, _) => text.push_str("No ledger yet: `lebombo init --url URL --vkey VKEY` adds it.\n"),
        }
        context.answer(&value, &text)
    }
}
