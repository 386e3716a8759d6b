//! Events that several people sign: one's own signature, and where the half-signed event goes.

use std::path::Path;

use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::Payload;
use serde_json::{Value, json};

use crate::clock;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::outbox::Outbox;
use crate::signer::{Signed, Signer};

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

/// Writes an envelope to a file that people hand around.
pub(super) fn write(path: &Path, entry: &[u8]) -> Result<(), Failure> {
    let line = [entry, b"\n"].concat();
    files::write(path, &line, |old| Envelope::parse(old.trim_ascii_end()).is_ok())
}

/// Puts what all have signed into the outbox, and what others have to sign into a file.
pub(super) fn hand_over(
    context: &Context,
    signed: &Signed,
    complete: bool,
    file: &Path,
    (what, others): (&str, &str),
    value: &mut Value,
    text: &mut String,
) -> Result<(), Failure> {
    if complete {
        Outbox::of(&context.home).add(std::slice::from_ref(signed), clock::now()).or_unsure()?;
        text.push_str(&format!("{what} waits in the outbox: `lebombo push` sends it.\n"));
        return Ok(());
    }
    write(file, &signed.entry)?;
    value["file"] = json!(file);
    text.push_str(&format!(
        "It needs more signatures: hand {} to {others},\n\
         who run `lebombo sign` on it. The last one sends it: `lebombo sign FILE --push`.\n",
        file.display()
    ));
    Ok(())
}
