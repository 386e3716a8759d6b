//! Charters that several stewards sign: who is to sign, and where the half-signed event goes.

use std::path::Path;

use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{Day, Payload, Stewards};
use serde_json::{Value, json};

use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::signer::{Signed, Signer};

/// Who signs, and when.
#[derive(clap::Args)]
pub(super) struct Signing {
    /// The stewards who will sign, where not all do: did:key or `me`
    #[arg(long, value_name = "DID", num_args = 1.., value_delimiter = ',')]
    signers: Vec<String>,
    /// The day of signing [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

impl Signing {
    pub(super) fn day(&self) -> Result<Day, Failure> {
        compose::day(self.date.as_deref())
    }

    /// Who is to sign: those named, else all stewards if all must, else whoever asks if one is enough.
    pub(super) fn signers(&self, stewards: &Stewards, me: &Did) -> Result<Vec<Did>, Failure> {
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
pub(super) fn sign(payload: &Payload, me: &Signer) -> Result<(Signed, bool), Failure> {
    let bytes = payload.to_canonical();
    Payload::parse(&bytes).or_refused()?;
    if payload.signers == [me.did().clone()] {
        return Ok((me.event(payload).or_refused()?, true));
    }
    let id = dsse::event_id(&bytes);
    let signatures = vec![(me.did().clone(), me.sign(&bytes))];
    Ok((Signed { id, entry: Envelope { payload: bytes, signatures }.to_bytes() }, false))
}

/// Puts what all have signed into the outbox, and what others have to sign beside the charter's file.
pub(super) fn hand_over(
    context: &Context,
    signed: &Signed,
    complete: bool,
    file: &Path,
    what: &str,
    value: &mut Value,
    text: &mut String,
) -> Result<(), Failure> {
    if complete {
        Outbox::of(&context.home).add(std::slice::from_ref(signed), clock::now()).or_unsure()?;
        text.push_str(&format!("{what} waits in the outbox: `lebombo push` sends it.\n"));
        return Ok(());
    }
    let path = file.with_extension("dsse");
    crate::command::sign::write(&path, &signed.entry)?;
    value["file"] = json!(path);
    text.push_str(&format!(
        "It needs more signatures: hand {} to the other stewards,\n\
         who run `lebombo sign` on it. The last one sends it: `lebombo sign FILE --push`.\n",
        path.display()
    ));
    Ok(())
}
