//! `total --proof`: fetch a total as a file that proves it, and keep it only if it does.

use std::path::Path;

use lebombo_verifier::event::Party;

use super::push::policy;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::project::Project;
use crate::total_proof::{self, OwnReceipts, Shown};

/// Fetches the total of a contributor (one's own, where nobody is named) as of the newest snapshot, verifies it under the
/// profile's policy, and writes it to `file`. Where `snapshot` is given only if that is the newest one's size.
pub(super) fn run(
    context: &Context,
    project: &Project,
    contributor: Option<&str>,
    snapshot: Option<u64>,
    file: &Path,
) -> Result<(), Failure> {
    let contributor = match contributor {
        Some(text) => Party::parse(text).ok_or_else(|| {
            Failure::unsure("contributor", "a contributor is named by a did:key or an alias")
        })?,
        None => Party::Key(context.signer(project)?.did().clone()),
    };
    let policy = policy(context)?;
    let bytes = context.client()?.total_proof(&project.id, contributor.as_str(), snapshot)?;
    let stated = total_proof::verify(&bytes, &policy).or_refused()?;
    if !Shown::is_of(&stated, project.log.as_str(), &project.id, &contributor) {
        return Err(Failure::refused(
            "total-of-another",
            format!(
                "the ledger answered with the total of {} in project {} of {}; it was not kept",
                stated.contributor(),
                stated.project().project,
                stated.checkpoint().origin()
            ),
        ));
    }
    if let Some(size) = snapshot.filter(|size| *size != stated.size()) {
        let message = format!(
            "a total as of the snapshot of size {size} was asked for, and the ledger answered with one of size {}; it was \
             not kept",
            stated.size()
        );
        return Err(Failure::refused("total-of-another", message));
    }
    files::write(file, &bytes, |old| old.starts_with(total_proof::MAGIC))?;
    let newer = OwnReceipts::of(&context.home)?.newer(&stated, &policy);
    let shown = Shown { stated: &stated, name: Some(project.name.to_string()), newer };
    let mut value = shown.to_json();
    value["file"] = file.display().to_string().into();
    context.answer(&value, &format!("{}: {}", file.display(), shown.text()))
}
