//! `push`: send what waits, fetch receipts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;
use serde_json::json;

use crate::client::Client;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::outbox::{self, Outbox};
use crate::push::{Item, NOT_ADMITTED, Pusher, State};
use crate::receipts::Receipts;
use crate::table::number;

/// Send what waits in the outbox, and fetch receipts. Safe to repeat; it goes on where it stopped
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo push
  3 logged, 3 receipts.

Somebody else's signed events, from a file (their author gets the receipts from you: `lebombo receipts export`):
  $ lebombo push from-ama.ndjson

What the project's rules would count for nothing is held back, with the rule that it breaks. It stays in the outbox:
set right what it needs (such as membership) and push again, or `lebombo outbox drop ID` and log it anew; --anyway
sends it all the same.")]
pub(super) struct Args {
    /// Signed events to relay, one envelope a line, instead of the outbox
    files: Vec<PathBuf>,
    /// Send also what would count for nothing
    #[arg(long)]
    anyway: bool,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let profile = context.profile()?;
        let client = Client::new(profile.url().or_unsure()?)?;
        let origin = profile.origin().or_unsure()?;
        let policy = policy(context)?;
        let items = if self.files.is_empty() {
            push_outbox(context, &client, &origin, &policy, self.anyway)
        } else {
            let mut lines = Vec::new();
            for path in &self.files {
                let missing =
                    || Failure::unsure("file-unreadable", format!("there is no file {}", path.display()));
                lines.extend(outbox::read_lines(path).or_unsure()?.ok_or_else(missing)?);
            }
            with_pusher(context, &client, &origin, &policy, self.anyway, |pusher| pusher.lines(&lines))
        }?;
        tell(context, &items)
    }
}

/// The profile's policy.
pub(super) fn policy(context: &Context) -> Result<Policy, Failure> {
    Policy::parse(&files::read(&context.home.policy())?).or_refused()
}

fn push_outbox(
    context: &Context,
    client: &Client,
    origin: &Origin,
    policy: &Policy,
    anyway: bool,
) -> Result<Vec<Item>, Failure> {
    let outbox = Outbox::of(&context.home);
    with_pusher(context, client, origin, policy, anyway, |pusher| pusher.outbox(&outbox))
}

/// Pushes the outbox and says what became of it.
pub(super) fn push_now(context: &Context) -> Result<(), Failure> {
    Args { files: Vec::new(), anyway: false }.run(context)
}

/// Pushes one event that is in no outbox; what became of it.
pub(super) fn push_one(context: &Context, entry: &[u8]) -> Result<Item, Failure> {
    let profile = context.profile()?;
    let client = Client::new(profile.url().or_unsure()?)?;
    let origin = profile.origin().or_unsure()?;
    let policy = policy(context)?;
    let lines = [entry.to_vec()];
    let items = with_pusher(context, &client, &origin, &policy, false, |pusher| pusher.lines(&lines))?;
    let lost = || Failure::unsure("not-pushed", "nothing became of the event");
    items.into_iter().next().ok_or_else(lost)
}

fn with_pusher<T>(
    context: &Context,
    client: &Client,
    origin: &Origin,
    policy: &Policy,
    anyway: bool,
    work: impl FnOnce(&Pusher<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let receipts = Receipts::of(&context.home);
    let progress = |text: &str| context.progress(text);
    let pusher = Pusher { ledger: client, origin, policy, receipts: &receipts, anyway, progress: &progress };
    let result = work(&pusher);
    context.progress("");
    result
}

/// What can be done about events that were held back.
const HELD: &str = "What was held back stays in the outbox: set right what it needs and push again; or take it out \
                    with `lebombo outbox drop ID` and log it anew; or send it all the same with --anyway.\n";

/// Of the events with one code, so many are named; the others are counted.
const SHOWN: u64 = 5;

/// Names an event that needs attention, if it is one of the first with its code.
fn attention(
    by_code: &mut BTreeMap<String, u64>,
    code: &str,
    text: &mut String,
    line: impl FnOnce() -> String,
) {
    let count = by_code.entry(code.to_owned()).or_default();
    *count = count.saturating_add(1);
    if *count <= SHOWN {
        text.push_str(&line());
    }
}

/// How many of each, and the ones that need a person's attention.
fn tell(context: &Context, items: &[Item]) -> Result<(), Failure> {
    let count = |test: &dyn Fn(&Item) -> bool| items.iter().filter(|item| test(item)).count();
    let receipts = count(&|item| item.state == State::Receipted);
    let logged = count(&|item| item.sent && !item.duplicate);
    let duplicates = count(&|item| item.sent && item.duplicate);
    let waiting = count(&|item| matches!(item.state, State::Waiting | State::Logged | State::PutOff { .. }));
    let barred = count(&|item| matches!(&item.state, State::PutOff { code, .. } if code == NOT_ADMITTED));
    let mut text = match duplicates {
        0 => format!("{logged} logged, {}.\n", number(receipts, "receipt")),
        _ => format!("{logged} logged, {duplicates} in the log already, {}.\n", number(receipts, "receipt")),
    };
    let mut by_code = BTreeMap::<String, u64>::new();
    let (mut held, mut put_off, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        match &item.state {
            State::Held { code } => {
                held.push(json!({"id": item.id.to_string(), "code": code}));
                attention(&mut by_code, code, &mut text, || {
                    format!("held back {}: it would count for nothing [{code}]\n", item.id)
                });
            }
            State::Refused(refusal) => {
                refused.push(
                    json!({"id": item.id.to_string(), "code": refusal.code, "message": refusal.message}),
                );
                attention(&mut by_code, &refusal.code, &mut text, || {
                    format!("refused {}: {} [{}]\n", item.id, refusal.message, refusal.code)
                });
            }
            State::PutOff { code, message } => {
                put_off.push(json!({"id": item.id.to_string(), "code": code, "message": message}));
                attention(&mut by_code, code, &mut text, || {
                    format!("not taken now {}: {message} [{code}]\n", item.id)
                });
            }
            State::Waiting | State::Logged | State::Receipted => {}
        }
    }
    for (code, count) in by_code.into_iter().filter(|(_, count)| *count > SHOWN) {
        text.push_str(&format!("… and {} more [{code}] (--json names them all)\n", count - SHOWN));
    }
    if !held.is_empty() {
        text.push_str(HELD);
    }
    if !refused.is_empty() {
        text.push_str("What was refused is in outbox/refused/; `lebombo outbox retry` puts it back.\n");
    }
    if barred > 0 {
        text.push_str(
            "Ask the ledger's operator to admit your key, and push again; until then the events wait.\n",
        );
    }
    if waiting > 0 {
        text.push_str(&format!("{waiting} still wait for the ledger: push again later.\n"));
    }
    let value = json!({
        "logged": logged, "duplicates": duplicates, "receipts": receipts, "waiting": waiting,
        "held": held, "put_off": put_off, "refused": refused,
    });
    context.answer(&value, &text)?;
    if !refused.is_empty() || !held.is_empty() {
        let message = format!("{} refused, {} held back", refused.len(), held.len());
        return Err(Failure::refused("not-all-pushed", message));
    }
    if barred > 0 {
        return Err(Failure::refused(
            NOT_ADMITTED,
            format!("{barred} wait until the operator admits your key"),
        ));
    }
    if waiting > 0 {
        return Err(Failure::unsure("not-all-pushed", format!("{waiting} still wait")));
    }
    Ok(())
}
