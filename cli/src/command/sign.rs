//! `sign`: add one's signature to an event that several must sign.

use std::path::PathBuf;

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{self, Body, Payload, Token};
use serde_json::json;

use crate::clock;
use crate::context::Context;
use crate::describe;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::outbox::Outbox;
use crate::project::Project;
use crate::signer::Signed;

/// Add your signature to an event that several people must sign
///
/// Shows what you are about to sign, signs it, and writes the file back. When all have signed it says so.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo sign charter.dsse
  …
  Signed by 2 of 3. Still to sign: did:key:z6Mk…
and the last steward:
  $ lebombo sign charter.dsse --push")]
pub(super) struct Args {
    /// The envelope, as `project create` wrote it
    file: PathBuf,
    /// When all have signed, put it into the outbox and push
    #[arg(long)]
    push: bool,
    /// The project's name here, for a first charter [default: the charter's name]
    #[arg(long, value_name = "NAME")]
    r#as: Option<String>,
    /// Only show what it says; sign nothing
    #[arg(long)]
    show: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let bytes = files::read(&self.file)?;
        let mut envelope = Envelope::parse(bytes.trim_ascii_end()).or_refused()?;
        let payload = Payload::parse(&envelope.payload).or_refused()?;
        let id = dsse::event_id(&envelope.payload);
        context.note(&describe::payload(&id, &payload));
        if self.show {
            return Ok(());
        }
        let origin = context.profile()?.origin().or_unsure()?;
        if payload.log != origin {
            let message = format!("it is for the log {}, and this profile is bound to {origin}", payload.log);
            return Err(Failure::refused("other-log", message));
        }
        let project = self.project(context, &id, &payload)?;
        let signer = context.signer(&project)?;
        if !payload.signers.contains(signer.did()) {
            let message = format!("your key in this project, {}, is not among its signers", signer.did());
            return Err(Failure::refused("signer-not-listed", message));
        }
        if matches!(payload.body, Body::Charter(_)) {
            project.pin(&context.home).or_refused()?;
        }
        envelope.signatures.retain(|(did, _)| did != signer.did());
        envelope.signatures.push((signer.did().clone(), signer.sign(&envelope.payload)));
        let entry = envelope.to_bytes();
        super::joint::write(&self.file, &entry)?;
        self.tell(context, id, &payload, &envelope, entry)
    }

    /// The project that the event is about; a first charter's is made here.
    fn project(&self, context: &Context, id: &Hash, payload: &Payload) -> Result<Project, Failure> {
        let (Body::Charter(charter), None) = (&payload.body, &payload.project) else {
            let project = payload.project.unwrap_or(*id);
            return context.project(&project.to_string());
        };
        let name = match &self.r#as {
            None => charter.name.clone(),
            Some(text) => Token::parse(text).ok_or_else(|| {
                Failure::refused("project-name", format!("`{text}` is no name: 1 to 32 of a-z 0-9 -"))
            })?,
        };
        let log = payload.log.clone();
        Ok(Project {
            name,
            id: *id,
            log,
            charter: *id,
            import: charter.import,
            founder: Some(payload.id),
            generation: 0,
        })
    }

    fn tell(
        &self,
        context: &Context,
        id: Hash,
        payload: &Payload,
        envelope: &Envelope,
        entry: Vec<u8>,
    ) -> Result<(), Failure> {
        let missing: Vec<String> = payload
            .signers
            .iter()
            .filter(|signer| !envelope.signatures.iter().any(|(did, _)| did == *signer))
            .map(ToString::to_string)
            .collect();
        let mut value = json!({"id": id.to_string(), "missing": missing, "complete": missing.is_empty()});
        if !missing.is_empty() {
            let (have, all) = (envelope.signatures.len(), payload.signers.len());
            return context.answer(
                &value,
                &format!("Signed by {have} of {all}. Still to sign: {}", missing.join(", ")),
            );
        }
        // Somebody else's signature in the file may be bad; that is found out here and not after it was sent.
        event::check(&entry).or_refused()?;
        value["pushed"] = json!(self.push);
        if !self.push {
            return context.answer(&value, "All have signed. `lebombo push FILE` sends it.");
        }
        Outbox::of(&context.home).add(&[Signed { id, entry }], clock::now()).or_unsure()?;
        context.answer(&value, "All have signed.")?;
        super::push::push_now(context)
    }
}
