//! `retract`: withdraw one's own events.

use std::collections::BTreeSet;

use lebombo_verifier::Hash;
use lebombo_verifier::event::Body;
use serde_json::json;

use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::receipts::Receipts;
use crate::table::number;

/// Withdraw events of yours that nobody has decided yet
///
/// The events stay in the log, and count for nothing from then on.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo retract 77c1… 9d02…
  $ lebombo push")]
pub(super) struct Args {
    /// Event ids
    #[arg(required = true)]
    ids: Vec<String>,
    /// The project, where no receipt here tells it
    #[arg(long)]
    project: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let ids =
            self.ids.iter().map(|id| super::project::event_id(id)).collect::<Result<BTreeSet<Hash>, _>>()?;
        let waiting = Outbox::of(&context.home).ids().or_unsure()?;
        if let Some(id) = ids.intersection(&waiting).next() {
            let message = format!(
                "{id} still waits in the outbox: `lebombo outbox drop {id}` takes it out. If a push was interrupted it may \
                 be in the log all the same: push first, and retract it then"
            );
            return Err(Failure::refused("event-waits", message));
        }
        let project = match &self.project {
            Some(name) => context.project(name)?,
            None => context.project(&of_receipts(context, &ids)?.to_string())?,
        };
        let date = compose::day(self.date.as_deref())?;
        let signer = context.signer(&project)?;
        let about: Vec<Hash> = ids.iter().copied().collect();
        let signed = compose::event(&project, &signer, date, about, Body::Retraction)?;
        let id = signed.id;
        Outbox::of(&context.home).add(&[signed], clock::now()).or_unsure()?;
        let text = format!(
            "Withdrawn in {}, once pushed: {}.\nEvent {id}",
            project.name,
            number(ids.len(), "event")
        );
        context.answer(&json!({"id": id.to_string(), "withdrawn": ids.len()}), &text)
    }
}

/// The one project that all these events belong to, by their receipts.
fn of_receipts(context: &Context, ids: &BTreeSet<Hash>) -> Result<Hash, Failure> {
    let receipts = Receipts::of(&context.home);
    let mut projects = BTreeSet::new();
    for id in ids {
        let event = receipts.event(id).or_unsure()?.ok_or_else(|| {
            Failure::unsure(
                "receipt-missing",
                format!("there is no receipt of {id} here: say --project NAME"),
            )
        })?;
        projects.extend(event.project);
    }
    let mut projects = projects.into_iter();
    match (projects.next(), projects.next()) {
        (Some(project), None) => Ok(project),
        _ => Err(Failure::refused(
            "projects-differ",
            "the events are not all of one project: retract them apart",
        )),
    }
}
