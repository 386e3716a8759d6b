//! The verdicts that one has given already, so that nothing is judged twice.

use std::collections::BTreeSet;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Payload, Verdict};

use crate::client::Client;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::outbox::Outbox;
use crate::project::Project;
use crate::receipts::{self, Receipts};

/// Those of `wanted` that this key has accepted or rejected: in a review that waits in the outbox, or in one that is
/// logged and whose verdict on it has an effect.
///
/// # Errors
/// The outbox or a receipt can not be read, or the ledger not asked.
pub(crate) fn judged(
    context: &Context,
    client: &Client,
    project: &Project,
    me: &str,
    wanted: &BTreeSet<Hash>,
) -> Result<BTreeSet<Hash>, Failure> {
    let mut judged = BTreeSet::new();
    for segment in Outbox::of(&context.home).segments().or_unsure()? {
        for line in &segment.lines {
            if let Ok((_, payload)) = receipts::read_entry(line) {
                judged.extend(subjects(&payload, project, me).filter(|id| wanted.contains(id)));
            }
        }
    }
    for (id, path) in Receipts::of(&context.home).all().or_unsure()? {
        let Some((_, payload, _)) = receipts::read_event(&files::read(&path)?) else { continue };
        if !subjects(&payload, project, me).any(|id| wanted.contains(&id)) {
            continue;
        }
        let verdicts = client.standing(&id.to_string())?.standing.map(|standing| standing.verdicts);
        let verdicts = verdicts.unwrap_or_default();
        let counts = payload.about.iter().zip(&verdicts).filter(|(_, verdict)| *verdict == "ok");
        judged.extend(counts.map(|(id, _)| *id).filter(|id| wanted.contains(id)));
    }
    Ok(judged)
}

/// The events that a payload accepts or rejects, where it is this key's review of this project.
fn subjects(payload: &Payload, project: &Project, me: &str) -> impl Iterator<Item = Hash> {
    let decides = match &payload.body {
        Body::Review(review) => review.verdict != Verdict::Adjust,
        _ => false,
    };
    let mine = payload.project == Some(project.id) && payload.signers.iter().any(|did| did.as_str() == me);
    let about = if decides && mine { payload.about.as_slice() } else { &[] };
    about.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::super::waiting::tests::project;
    use super::*;
    use crate::compose;
    use crate::signer::Signer;
    use lebombo_verifier::event::{Day, Method, Nonce, Review};

    #[test]
    fn only_ones_own_acceptances_and_rejections_of_this_project_count() {
        let (me, other) = (Signer::from_secret(&[1; 32]), Signer::from_secret(&[2; 32]));
        let payload = |signer, project: &Project, verdict| {
            let review = Review { method: Method::Full, quantities: Vec::new(), reason: None, verdict };
            let day = Day::parse("2026-01-01").unwrap();
            compose::payload(project, signer, Nonce([1; 16]), day, vec![Hash([7; 32])], Body::Review(review))
        };
        let count = |payload: &Payload| subjects(payload, &project(), me.did().as_str()).count();
        assert_eq!(count(&payload(&me, &project(), Verdict::Accept)), 1);
        assert_eq!(count(&payload(&me, &project(), Verdict::Reject)), 1);
        assert_eq!(count(&payload(&me, &project(), Verdict::Adjust)), 0);
        assert_eq!(count(&payload(&other, &project(), Verdict::Accept)), 0);
        let elsewhere = Project { id: Hash([2; 32]), ..project() };
        assert_eq!(count(&payload(&me, &elsewhere, Verdict::Accept)), 0);
        let retraction = Payload { body: Body::Retraction, ..payload(&me, &project(), Verdict::Accept) };
        assert_eq!(count(&retraction), 0);
    }
}
