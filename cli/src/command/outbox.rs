//! `outbox`: what waits to be pushed.

use std::collections::BTreeSet;

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::Payload;
use serde_json::{Value, json};

use crate::clock;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::project::Project;
use crate::table::{self, number};

/// List what waits to be pushed and what was refused, take it out, or try it again
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo outbox
  event         kind          project   date
  ────────────  ────────────  ────────  ──────────
  77c1d2aa90f3  contribution  vu-sound  2026-11-20

What the ledger refused is kept in outbox/refused/ with its reason: `lebombo outbox retry` puts it back, or delete the
files when you have seen them.")]
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
    /// Take events out that wait; they are kept in outbox/dropped/
    ///
    /// Where a push was interrupted an event may wait and be in the log already: `retract` is for those.
    #[command(after_help = "\
Example:
  $ lebombo outbox drop 77c1d2aa")]
    Drop {
        /// Event ids, or how they begin: at least 8 hex digits
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Put refused events back, to be pushed again
    #[command(after_help = "\
Example:
  $ lebombo outbox retry
  $ lebombo push")]
    Retry,
}

/// Rows of a person's table at most; --json has all.
const SHOWN: usize = 50;

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            None | Some(Command::List) => list(context),
            Some(Command::Drop { ids }) => drop_events(context, &ids),
            Some(Command::Retry) => retry(context),
        }
    }
}

fn retry(context: &Context) -> Result<(), Failure> {
    let (back, left) = Outbox::of(&context.home).retry(clock::now()).or_unsure()?;
    let mut text = match (back, left) {
        (0, 0) => "Nothing was refused, so there is nothing to put back.\n".to_owned(),
        (0, _) => "Nothing was put back.\n".to_owned(),
        _ => format!("{} back in the outbox: `lebombo push` sends what is there.\n", number(back, "event")),
    };
    if left > 0 {
        text.push_str(&format!(
            "Left in outbox/refused/, since no ledger takes what is no event: {}.\n",
            number(left, "line")
        ));
    }
    context.answer(&json!({"back": back, "left": left}), &text)
}

fn drop_events(context: &Context, ids: &[String]) -> Result<(), Failure> {
    let outbox = Outbox::of(&context.home);
    let waiting = outbox.ids().or_unsure()?;
    let chosen = ids.iter().map(|text| choose(text, &waiting)).collect::<Result<BTreeSet<Hash>, _>>()?;
    let dropped = outbox.drop_events(&chosen).or_unsure()?;
    let names: Vec<String> = chosen.iter().map(ToString::to_string).collect();
    let text = format!(
        "{} taken out of the outbox and kept in {}: `lebombo push FILE` would still send it.\n",
        number(dropped, "event"),
        context.home.outbox().join("dropped").display()
    );
    context.answer(&json!({"dropped": names}), &text)
}

/// The one waiting event whose id begins so.
fn choose(text: &str, waiting: &BTreeSet<Hash>) -> Result<Hash, Failure> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if !(8..=64).contains(&text.len()) || !text.bytes().all(hex) {
        let message = format!("`{text}` is no event id, nor how one begins: 8 to 64 lower-case hex digits");
        return Err(Failure::refused("hex", message));
    }
    let mut found = waiting.iter().filter(|id| id.to_string().starts_with(text));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(*id),
        (None, _) => {
            let message = format!(
                "nothing in the outbox has an id that begins with {text}; `lebombo outbox` lists what waits"
            );
            Err(Failure::refused("event-not-waiting", message))
        }
        _ => {
            let message = format!("several events in the outbox begin with {text}: give more of the id");
            Err(Failure::refused("id-ambiguous", message))
        }
    }
}

fn list(context: &Context) -> Result<(), Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_chosen_by_a_beginning_that_no_other_has() {
        let mut other = [0xab; 32];
        other[31] = 0;
        let waiting = BTreeSet::from([Hash([1; 32]), Hash([0xab; 32]), Hash(other)]);
        let choose = |text: &str| choose(text, &waiting).map_err(|failure| failure.code);
        assert_eq!(choose("01010101"), Ok(Hash([1; 32])));
        assert_eq!(choose(&Hash([0xab; 32]).to_string()), Ok(Hash([0xab; 32])));
        assert_eq!(choose("abababab"), Err("id-ambiguous".to_owned()));
        assert_eq!(choose("cccccccc"), Err("event-not-waiting".to_owned()));
        for text in ["", "0101010", "0101010g", "ABABABAB", &"01".repeat(33)] {
            assert_eq!(choose(text), Err("hex".to_owned()), "{text}");
        }
    }
}
