//! `status`: where an event stands, and why.

use std::collections::BTreeMap;

use lebombo_verifier::event::{Body, Payload};
use lebombo_verifier::fold::SubjectFault;
use lebombo_verifier::{Code as _, Hash};
use serde_json::{Value, json};

use super::ids::{self, Given};
use crate::client::{Client, EntryStanding, WorkStanding, printable};
use crate::context::Context;
use crate::describe;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::receipts;
use crate::table::number;

/// Show where events stand, and why: does this count, and if not, why not?
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo status 77c1d2aa
  contribution 77c1d2aa90f3…
    work         annotation / labelling: 120 item
  It is rejected: none of its 120 units counts.
  Decided by entry 41, a review by did:key:z6Mki…: reject (full), reason spam.

These are the ledger's words; the rules are those of spec/fold.md, and whoever replays the log finds the same.")]
pub(super) struct Args {
    /// Event ids; of your own events how they begin is enough, at least 8 hex digits
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let client = context.client()?;
        for text in &self.ids {
            let id = find(context, text)?;
            let (value, text) = one(context, &client, &id)?;
            context.answer(&value, &text)?;
        }
        Ok(())
    }
}

/// The event with this id, or the one here whose id begins so.
fn find(context: &Context, text: &str) -> Result<Hash, Failure> {
    match Given::parse(text)? {
        Given::Whole(id) => Ok(id),
        begins => begins.one_of(&ids::here(context)?, "in the outbox or with a receipt here"),
    }
}

/// What there is to say about one event.
fn one(context: &Context, client: &Client, id: &Hash) -> Result<(Value, String), Failure> {
    let answer = match client.standing(&id.to_string()).map_err(Failure::from) {
        Ok(answer) => answer,
        Err(failure) if failure.code == "entry-unknown" => {
            if Outbox::of(&context.home).ids().or_unsure()?.contains(id) {
                let text = format!("event {id}\nIt waits in your outbox: `lebombo push` sends it.\n");
                return Ok((json!({"id": id.to_string(), "status": "waiting"}), text));
            }
            return Err(failure);
        }
        Err(failure) => return Err(failure),
    };
    let (found, payload) = receipts::read_entry(&answer.entry).or_refused()?;
    if found != *id {
        return Err(Failure::refused("ledger-answer", format!("the ledger gave another event than {id}")));
    }
    let mut text = describe::payload(id, &payload);
    let mut value = json!({"id": id.to_string(), "index": answer.index, "kind": payload.body.kind()});
    let Some(standing) = &answer.standing else {
        text.push_str(
            "The ledger has logged it and not come to it yet, or it is not an event that counts.\n",
        );
        value["status"] = Value::Null;
        return Ok((value, text));
    };
    value["status"] = json!(standing.status);
    value["standing"] = serde_json::to_value(standing).unwrap_or_default();
    let decider = standing.work.as_ref().and_then(|work| work.decided_by).filter(|by| *by != answer.index);
    let decider = decider.map(|by| decided_by(client, by, id)).transpose()?;
    if let Some((decided, _)) = &decider {
        value["decided_by"] = decided.clone();
    }
    text.push_str(&words(&payload, standing, decider.as_ref().map(|(_, text)| text.as_str())));
    Ok((value, text))
}

/// The entry that decided about an event, and what it said.
fn decided_by(client: &Client, index: u64, about: &Hash) -> Result<(Value, String), Failure> {
    let entry = client.standing(&index.to_string())?.entry;
    let (id, payload) = receipts::read_entry(&entry).or_refused()?;
    let who = payload.signers.first().map(ToString::to_string).unwrap_or_default();
    let mut value = json!({"index": index, "id": id.to_string(), "kind": payload.body.kind(), "by": who});
    let text = match &payload.body {
        Body::Day => {
            format!("Decided by silence: nobody had reviewed it by {} (entry {index}).\n", payload.date)
        }
        Body::Review(review) => {
            value["verdict"] = json!(review.verdict.as_str());
            value["method"] = json!(review.method.as_str());
            value["reason"] = json!(review.reason.as_ref().map(ToString::to_string));
            let at = payload.about.binary_search(about).ok();
            let part = at.and_then(|at| review.quantities.get(at)).map(|q| format!(" {q} of it"));
            let reason = review.reason.as_ref().map(|reason| format!(", reason {reason}"));
            format!(
                "Decided by entry {index}, a review by {who}: {}{} ({}){}.\n",
                review.verdict,
                part.unwrap_or_default(),
                review.method,
                reason.unwrap_or_default()
            )
        }
        other => format!("Decided by entry {index}, a {}.\n", other.kind()),
    };
    Ok((value, text))
}

/// The standing as sentences.
fn words(payload: &Payload, standing: &EntryStanding, decider: Option<&str>) -> String {
    let mut text = match (standing.status.as_str(), &standing.work) {
        ("void", _) => {
            let code = printable(standing.code.as_deref().unwrap_or("unknown"));
            let why = standing
                .message
                .as_deref()
                .map_or_else(|| "it is not what an event has to be (spec/errors.md)".to_owned(), printable);
            format!("It is void, and counts for nothing: {why} [{code}].\n")
        }
        ("pending", Some(work)) => pending(work),
        ("accepted", Some(work)) => accepted(work),
        ("rejected", Some(work)) => {
            format!("It is rejected: none of its {} counts.\n", number(work.quantity, "unit"))
        }
        ("withdrawn", _) => "It was withdrawn, and counts for nothing.\n".to_owned(),
        ("applied", _) => "It is in effect.\n".to_owned(),
        (status, _) => format!("The ledger calls it `{}`.\n", printable(status)),
    };
    match decider {
        Some(decider) => text.push_str(decider),
        None if standing.status == "accepted" => {
            text.push_str("It counted when it was logged: the charter decides this kind of work at once.\n");
        }
        None => {}
    }
    text + &verdicts(&payload.about, &standing.verdicts)
}

fn pending(work: &WorkStanding) -> String {
    let would = format!(
        "It waits for a review; all of it would be worth {}.\n",
        number(u64::from(work.weight).saturating_mul(work.quantity.into()), "point")
    );
    match &work.due {
        Some(day) => {
            format!("{would}If nobody decides, silence accepts it on {} of the log.\n", printable(day))
        }
        None => format!("{would}No silence accepts it: it waits until somebody reviews it.\n"),
    }
}

fn accepted(work: &WorkStanding) -> String {
    let (accepted, quantity, weight) = (work.accepted, work.quantity, work.weight);
    let points = printable(&work.points);
    let part = if accepted == quantity { "It is accepted" } else { "It is accepted in part" };
    format!("{part}: {accepted} of {quantity} units count, {weight} a unit: {points} points.\n")
}

/// Of a review: how many verdicts have an effect, and why others have none.
fn verdicts(about: &[Hash], verdicts: &[String]) -> String {
    if verdicts.is_empty() {
        return String::new();
    }
    let mut faults = BTreeMap::<&str, Vec<&Hash>>::new();
    for (id, verdict) in about.iter().zip(verdicts).filter(|(_, verdict)| *verdict != "ok") {
        faults.entry(verdict).or_default().push(id);
    }
    let without = faults.values().map(Vec::len).sum::<usize>();
    let with = verdicts.len().saturating_sub(without);
    let mut text = format!("Verdicts with an effect: {with} of {}.\n", verdicts.len());
    for (code, ids) in faults {
        let why = SubjectFault::ALL.iter().find(|fault| fault.code() == code);
        let why = why.map_or_else(|| printable(code), ToString::to_string);
        text.push_str(&format!("  {}: {why} [{}]\n", number(ids.len(), "event"), printable(code)));
        ids.iter().take(5).for_each(|id| text.push_str(&format!("    {id}\n")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(status: &str, work: Option<WorkStanding>) -> EntryStanding {
        EntryStanding { status: status.into(), code: None, message: None, work, verdicts: Vec::new() }
    }

    fn work(accepted: u32, due: Option<&str>) -> WorkStanding {
        WorkStanding {
            project: "ab".repeat(32),
            quantity: 120,
            accepted,
            weight: 2,
            points: (2 * accepted).to_string(),
            due: due.map(str::to_owned),
            decided_by: None,
            reason: None,
        }
    }

    fn said(standing: &EntryStanding, decider: Option<&str>) -> String {
        let signer = crate::signer::Signer::from_secret(&[1; 32]);
        let payload = Payload {
            about: vec![Hash([1; 32]), Hash([2; 32])],
            body: Body::Retraction,
            date: lebombo_verifier::event::Day::parse("2026-01-01").unwrap(),
            id: lebombo_verifier::event::Nonce([0; 16]),
            log: lebombo_verifier::origin::Origin::parse("log.example").unwrap(),
            project: Some(Hash([3; 32])),
            signers: vec![signer.did().clone()],
        };
        words(&payload, standing, decider)
    }

    #[test]
    fn each_standing_is_told_in_words() {
        let text = said(&standing("pending", Some(work(0, Some("2026-04-01")))), None);
        assert!(text.contains("worth 240 points") && text.contains("on 2026-04-01"), "{text}");
        let text = said(&standing("pending", Some(work(0, None))), None);
        assert!(text.contains("No silence"), "{text}");
        let text = said(&standing("accepted", Some(work(100, None))), Some("By a review.\n"));
        assert!(text.contains("in part: 100 of 120 units count, 2 a unit: 200 points"), "{text}");
        assert!(text.ends_with("By a review.\n"), "{text}");
        let text = said(&standing("accepted", Some(work(120, None))), None);
        assert!(text.contains("at once"), "{text}");
        let text = said(&standing("rejected", Some(work(0, None))), None);
        assert!(text.contains("none of its 120 units counts"), "{text}");
        let void = EntryStanding {
            code: Some("id-taken".into()),
            message: Some("counted\x1b already".into()),
            ..standing("void", None)
        };
        assert!(said(&void, None).contains("counted\u{fffd} already [id-taken]"));
    }

    #[test]
    fn a_review_says_which_verdicts_have_no_effect() {
        let review =
            EntryStanding { verdicts: vec!["ok".into(), "subject-own".into()], ..standing("applied", None) };
        let text = said(&review, None);
        assert!(text.contains("effect: 1 of 2"), "{text}");
        assert!(text.contains(&format!("[subject-own]\n    {}", Hash([2; 32]))), "{text}");
    }
}
