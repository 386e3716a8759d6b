//! `settlement`: who gets what out of which income.

#[cfg(feature = "server")]
mod check;
mod due;
mod export;
mod lines;
mod reconcile;
mod text;

pub(super) use due::which;
use lebombo_verifier::Hash;
use lebombo_verifier::event::{self, Body};
use serde_json::json;

use super::income::Signing;
use crate::client::{Frozen, Line, Money};
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::project::Project;

/// Settle what came in: who gets what, by the rules of the charter, to the last cent
///
/// A treasurer closes the time that is to be settled. The ledger freezes the project at its next mark; what follows for each
/// person is a function of the log alone. `prepare` shows it, `sign` signs it, and a settlement that says anything else
/// counts for nothing.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Close(Close),
    Prepare(Prepare),
    Sign(Sign),
    Lines(lines::Lines),
    Export(Box<export::Export>),
    Reconcile(reconcile::Reconcile),
    #[cfg(feature = "server")]
    Check(check::Check),
}

/// Ask for the project to be frozen at the next mark
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement close vu-sound
  $ lebombo push")]
struct Close {
    /// A name given here, or an id that has one
    project: String,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

/// Show what would be paid, and why, before anything is signed
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement prepare vu-sound
  Settlement 1 of vu-sound, USD
    came in             1000.00
    to funds             150.00  community
    payable to people    843.38
    held                   6.62  below the minimum of a payout
  …

These are the ledger's words. `lebombo settlement check` works it out anew from the log itself.")]
struct Prepare {
    /// A name given here, or an id that has one
    project: String,
    /// At most so many people in the table, those who get most first
    #[arg(long, default_value_t = 20, value_name = "N")]
    top: usize,
}

/// Sign the settlement that was prepared
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement sign vu-sound
  $ lebombo push

Together with another treasurer:
  $ lebombo settlement sign vu-sound --with did:key:z6Mki… --out settlement.dsse")]
struct Sign {
    /// A name given here, or an id that has one
    project: String,
    #[command(flatten)]
    signing: Signing,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            Command::Close(close) => close.run(context),
            Command::Prepare(prepare) => prepare.run(context),
            Command::Sign(sign) => sign.run(context),
            Command::Lines(lines) => lines.run(context),
            Command::Export(export) => export.run(context),
            Command::Reconcile(reconcile) => reconcile.run(context),
            #[cfg(feature = "server")]
            Command::Check(check) => check.run(context),
        }
    }
}

impl Close {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let signer = context.signer(&project)?;
        let date = compose::day(self.date.as_deref())?;
        let signed = compose::event(&project, &signer, date, Vec::new(), Body::Closing)?;
        let id = signed.id;
        Outbox::of(&context.home).add(&[signed], crate::clock::now()).or_unsure()?;
        let text = format!("Once pushed, {} is frozen at the ledger's next mark.\nEvent {id}", project.name);
        context.answer(&json!({"id": id.to_string()}), &text)
    }
}

/// What the ledger has frozen.
fn frozen(context: &Context, project: &Project) -> Result<(Money, Frozen), Failure> {
    let mut money = context.client()?.money(&project.id)?;
    if let Some(frozen) = money.frozen.take() {
        return Ok((money, frozen));
    }
    let next = if money.is_closing {
        "the ledger freezes it at its next mark, within a minute or so"
    } else {
        "`lebombo settlement close` and `lebombo push` ask for that"
    };
    let message = format!("{} is not frozen since its last settlement: {next}", project.name);
    Err(Failure::refused("settlement-not-frozen", message))
}

impl Prepare {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let (_, frozen) = frozen(context, &project)?;
        let client = context.client()?;
        let mut lines: Vec<(String, Vec<Line>)> = Vec::new();
        for settled in &frozen.currencies {
            // Anything else in a path or query would be another one.
            let currency = super::income::currency(&settled.currency)?.to_string();
            let found = client.lines(&project.id, frozen.number, &currency)?.lines;
            lines.push((currency, found));
        }
        let currencies: Vec<_> = frozen
            .currencies
            .iter()
            .zip(&lines)
            .map(|(settled, (_, lines))| json!({"settled": settled, "lines": lines}))
            .collect();
        let value = json!({
            "project": project.id.to_string(), "number": frozen.number, "snapshot": frozen.snapshot,
            "currencies": currencies,
        });
        context.answer(&value, text::prepared(project.name.as_str(), &frozen, &lines, self.top).trim_end())
    }
}

impl Sign {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let (money, frozen) = frozen(context, &project)?;
        let Some(snapshot) = frozen.snapshot.as_deref().and_then(Hash::from_hex) else {
            let message =
                "the mark at which the project was frozen has no snapshot yet: try again in a minute";
            return Err(Failure::unsure("settlement-not-frozen", message));
        };
        let body = event::Settlement {
            currencies: frozen
                .currencies
                .iter()
                .map(crate::client::Settled::body)
                .collect::<Option<_>>()
                .ok_or_else(|| {
                    Failure::unsure("answer-malformed", "the ledger's words can not stand in a settlement")
                })?,
            previous: money.last.as_deref().and_then(Hash::from_hex),
            snapshot,
        };
        if body.currencies.is_empty() {
            let message = format!("nothing came in for {} and nothing is owed", project.name);
            return Err(Failure::refused("settlement-empty", message));
        }
        let sums: Vec<String> = body
            .currencies
            .iter()
            .map(|s| {
                format!("{} {} payable on {} lines", s.currency.format(s.payable.into()), s.currency, s.lines)
            })
            .collect();
        let what = format!("Settlement {} of {}: {}.", frozen.number, project.name, sums.join("; "));
        self.signing.run(context, &project, Vec::new(), Body::Settlement(body), &what)
    }
}
