//! `outbox`: what waits to be pushed.

use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::Payload;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::project::Project;
use crate::table;

/// List what waits to be pushed, and what was refused
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo outbox
  event         kind          project   date
  ────────────  ────────────  ────────  ──────────
  77c1d2aa90f3  contribution  vu-sound  2026-11-20

What the ledger refused is kept in outbox/refused/ with its reason; delete the files when you have seen them.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// The same as without it
    #[command(after_help = "\
Example:
  $ lebombo outbox list")]
    List,
}

/// Rows of a person's table at most; --json has all.
const SHOWN: usize = 50;

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let Self { command: None | Some(Command::List) } = self;
        let outbox = Outbox::of(&context.home);
        let projects = Project::all(&context.home).or_unsure()?;
        let lines: Vec<Vec<u8>> = outbox.segments().or_unsure()?.into_iter().flat_map(|s| s.lines).collect();
        let refused = outbox.refused().or_unsure()?;
        let waiting: Vec<Value> = lines.iter().map(|line| describe(line, &projects)).collect();
        let value = json!({"waiting": waiting, "refused": refused.iter().map(|(id, refusal)| json!({
            "id": id, "code": refusal.code, "message": refusal.message,
        })).collect::<Vec<_>>()});
        let cell = |value: &Value, key: &str| value[key].as_str().unwrap_or("-").to_owned();
        let rows: Vec<Vec<String>> = waiting
            .iter()
            .take(SHOWN)
            .map(|v| {
                vec![
                    cell(v, "id").chars().take(12).collect(),
                    cell(v, "kind"),
                    cell(v, "project"),
                    cell(v, "date"),
                ]
            })
            .collect();
        let mut text = match waiting.len() {
            0 => "Nothing waits to be pushed.\n".to_owned(),
            _ => table::table(&["event", "kind", "project", "date"], &rows),
        };
        if waiting.len() > SHOWN {
            text.push_str(&format!("… and {} more\n", waiting.len() - SHOWN));
        }
        for (id, refusal) in refused.iter().take(SHOWN) {
            text.push_str(&format!("refused {id}: {} [{}]\n", refusal.message, refusal.code));
        }
        context.answer(&value, &text)
    }
}

/// An event in few words; what it says is not checked.
fn describe(line: &[u8], projects: &[Project]) -> Value {
    let Ok(envelope) = Envelope::parse(line) else { return json!({"kind": "not an event"}) };
    let Ok(payload) = Payload::parse(&envelope.payload) else { return json!({"kind": "not an event"}) };
    let id = dsse::event_id(&envelope.payload);
    let project = payload.project.unwrap_or(id);
    let name =
        projects.iter().find(|p| p.id == project).map_or_else(|| project.to_string(), |p| p.name.to_string());
    json!({
        "id": id.to_string(), "kind": payload.body.kind(), "project": name, "date": payload.date.to_string(),
    })
}
