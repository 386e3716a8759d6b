//! Making events.

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Day, Nonce, Payload};

use crate::clock;
use crate::failure::{Failure, OrFail as _};
use crate::project::Project;
use crate::signer::{Signed, Signer};

/// An event of a project, signed by one key.
///
/// # Errors
/// No random bytes, or the event is too large.
pub(crate) fn event(
    project: &Project,
    signer: &Signer,
    date: Day,
    about: Vec<Hash>,
    body: Body,
) -> Result<Signed, Failure> {
    let id = Nonce(clock::random().or_unsure()?);
    signer.event(&payload(project, signer, id, date, about, body)).or_refused()
}

/// What a key says about a project.
pub(crate) fn payload(
    project: &Project,
    signer: &Signer,
    id: Nonce,
    date: Day,
    mut about: Vec<Hash>,
    body: Body,
) -> Payload {
    about.sort();
    about.dedup();
    Payload {
        about,
        body,
        date,
        id,
        log: project.log.clone(),
        project: Some(project.id),
        signers: vec![signer.did().clone()],
    }
}

/// A day from an option, or today.
///
/// # Errors
/// The text is no day.
pub(crate) fn day(given: Option<&str>) -> Result<Day, Failure> {
    let text = given.map_or_else(clock::today, str::to_owned);
    Day::parse(&text).ok_or_else(|| {
        Failure::refused(
            "day",
            format!("`{text}` is no day of the calendar, 1970-01-01 to 9999-12-31, as YYYY-MM-DD"),
        )
    })
}
