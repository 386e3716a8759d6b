//! `log`: say that work was done.

use std::path::PathBuf;

use lebombo_verifier::event::{Body, Contribution, Nonce, Token, Work};
use serde_json::json;

use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::durable;
use crate::evidence::Manifest;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;

/// Log work that you did. It waits in the outbox until you push; no network is needed
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo log annotation --project vu-sound --activity labelling --quantity 120 --unit item \\
      --evidence batch-42.jsonl
  Logged 120 item of annotation / labelling in vu-sound.
  $ lebombo push

Files named as evidence stay on this machine. The log gets one salted digest; the manifest that it stands for is kept
in your profile (spec/evidence.md).")]
pub(super) struct Args {
    /// administration, annotation, cleaning, cultural-knowledge, dataset, engineering, expertise, governance or review
    kind: String,
    /// A name given here, or an id that has one
    #[arg(long)]
    project: String,
    /// What you did, as the charter calls it
    #[arg(long)]
    activity: String,
    /// How much: 1 to 4294967295
    #[arg(long)]
    quantity: u32,
    /// Of what, as the charter calls it
    #[arg(long)]
    unit: String,
    /// Files that show the work
    #[arg(long, value_name = "FILE", num_args = 1..)]
    evidence: Vec<PathBuf>,
    /// The day of the work [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// Take the place of this earlier event of yours
    #[arg(long, value_name = "ID")]
    supersedes: Option<String>,
}

/// A kind of work from an argument.
pub(super) fn work(text: &str) -> Result<Work, Failure> {
    Work::parse(text).ok_or_else(|| {
        let words: Vec<&str> = Work::ALL.iter().map(|work| work.as_str()).collect();
        Failure::refused("word", format!("`{text}` is no kind of work: {}", words.join(", ")))
    })
}

/// A token from an argument.
pub(super) fn token(what: &str, text: &str) -> Result<Token, Failure> {
    Token::parse(text).ok_or_else(|| {
        Failure::refused(
            "token",
            format!("the {what} `{text}` is not 1 to 32 of a-z 0-9 -, not starting with -"),
        )
    })
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        if self.quantity == 0 {
            return Err(Failure::refused("integer-range", "the quantity is 0; it must be 1 to 4294967295"));
        }
        let project = context.project(&self.project)?;
        let body = Contribution {
            activity: token("activity", &self.activity)?,
            charter: project.charter,
            contributor: None,
            outcome: None,
            quantity: self.quantity,
            supersedes: self.supersedes.as_deref().map(super::project::event_id).transpose()?,
            unit: token("unit", &self.unit)?,
            work: work(&self.kind)?,
        };
        let date = compose::day(self.date.as_deref())?;
        let manifest = if self.evidence.is_empty() {
            None
        } else {
            Some(Manifest::of(&self.evidence, clock::random().or_unsure()?).or_unsure()?)
        };
        let signer = context.signer(&project)?;
        let about = manifest.iter().map(Manifest::digest).collect();
        let id = Nonce(clock::random().or_unsure()?);
        let payload = compose::payload(&project, &signer, id, date, about, Body::Contribution(body));
        let signed = signer.event(&payload).or_refused()?;
        let id = signed.id;
        if let Some(manifest) = &manifest {
            keep(context, &id, manifest)?;
            // Crash here: a manifest of an event that does not exist; it does no harm.
        }
        Outbox::of(&context.home).add(&[signed], clock::now()).or_unsure()?;
        let value = json!({"id": id.to_string(), "evidence": manifest.map(|m| m.digest().to_string())});
        let text = format!(
            "Logged {} {} of {} / {} in {}; it waits in the outbox.\nEvent {id}",
            self.quantity, self.unit, self.kind, self.activity, project.name
        );
        context.answer(&value, &text)
    }
}

fn keep(context: &Context, id: &lebombo_verifier::Hash, manifest: &Manifest) -> Result<(), Failure> {
    let path = context.home.evidence(id);
    let made = path.parent().map_or(Ok(()), durable::make_folder);
    made.and_then(|()| durable::write(&path, manifest.text().as_bytes())).map_err(|error| {
        Failure::unsure("evidence-not-written", format!("can not write {}: {error}", path.display()))
    })
}
