//! `income`: money that comes in for a project, and money that is taken back.

use std::path::PathBuf;

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{self, Body, Nonce, Payload};
use lebombo_verifier::money::Currency;
use serde_json::json;

use super::joint;
use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::project::Project;

/// Log money that came in for a project, or was taken back; for treasurers
///
/// What is logged is public for good: the amount, the currency and who signed. Who gets what of it is decided by a
/// settlement, by the rules of the charter that is in force now.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Add(Add),
    Reverse(Reverse),
    Show(Show),
}

/// Log that money came in
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo income add vu-sound 1000.00 USD
  $ lebombo push

Confirmed by whoever paid, with their own key in this project:
  $ lebombo income add vu-sound 1000.00 USD --payer did:key:z6Mki… --out income.dsse")]
struct Add {
    #[command(flatten)]
    money: Money,
    /// Who paid, if they sign too (`lebombo sign`): without it every payslip says that the income is unconfirmed
    #[arg(long, value_name = "DID", requires = "out")]
    payer: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

/// Log that money was taken back
///
/// What has not been settled yet is taken out of that income. What has been comes out of the reserve fund, then out of
/// later income before it is split; never out of what people were paid.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo income reverse vu-sound 250.00 USD --of 77c1…")]
struct Reverse {
    #[command(flatten)]
    money: Money,
    /// Event id of the income
    #[arg(long, value_name = "ID")]
    of: String,
    #[command(flatten)]
    signing: Signing,
}

/// Show what a project has and owes, as the ledger counts it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo income show vu-sound
  currency  income   unsettled  owed by rate  reserve  unallocated  to be taken back
  ────────  ───────  ─────────  ────────────  ───────  ───────────  ────────────────
  USD       1000.00  1000.00    0.00          0.00     0.00         0.00")]
struct Show {
    /// A name given here, or an id that has one
    project: String,
}

#[derive(clap::Args)]
struct Money {
    /// A name given here, or an id that has one
    project: String,
    /// Digits, with at most as many decimals as the currency has: 1250.50
    #[arg(allow_negative_numbers = true)]
    amount: String,
    /// ISO 4217 code: KES, USD, UGX…
    currency: String,
}

impl Money {
    fn read(&self) -> Result<(Currency, u64), Failure> {
        let currency = currency(&self.currency)?;
        Ok((currency, currency.parse_amount(&self.amount).or_refused()?))
    }
}

/// A currency by its code.
pub(super) fn currency(code: &str) -> Result<Currency, Failure> {
    Currency::parse(code).ok_or_else(|| {
        Failure::refused(
            "currency",
            format!("`{code}` is no currency: three letters of ISO 4217, such as KES"),
        )
    })
}

/// Who signs beside oneself.
#[derive(clap::Args)]
pub(super) struct Signing {
    /// Other treasurers who will sign
    #[arg(long = "with", value_name = "DID", num_args = 1.., value_delimiter = ',', requires = "out")]
    with: Vec<String>,
    /// Where to write what others have to sign
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

impl Signing {
    /// Signs, and puts it into the outbox or into a file.
    pub(super) fn run(
        self,
        context: &Context,
        project: &Project,
        others: Vec<Did>,
        body: Body,
        what: &str,
    ) -> Result<(), Failure> {
        let me = context.signer(project)?;
        let id = Nonce(clock::random().or_unsure()?);
        let date = compose::day(self.date.as_deref())?;
        let mut signers = vec![me.did().clone()];
        for text in &self.with {
            signers.push(Did::parse(text).or_refused()?);
        }
        signers.extend(others);
        signers.sort();
        signers.dedup();
        let payload = Payload { signers, ..compose::payload(project, &me, id, date, Vec::new(), body) };
        let (signed, complete) = joint::sign(&payload, &me)?;
        let mut value = json!({"id": signed.id.to_string(), "complete": complete});
        let mut text = format!("{what}\nEvent {}\n", signed.id);
        let out = self.out.unwrap_or_default();
        joint::hand_over(context, &signed, complete, &out, ("It", "the others"), &mut value, &mut text)?;
        context.answer(&value, text.trim_end())
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        match self.command {
            Command::Add(add) => add.run(context),
            Command::Reverse(reverse) => reverse.run(context),
            Command::Show(show) => show.run(context),
        }
    }
}

impl Add {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let (currency, amount) = self.money.read()?;
        let project = context.project(&self.money.project)?;
        let payer = self.payer.as_deref().map(Did::parse).transpose().or_refused()?;
        let what = format!("Income of {} {currency} for {}.", currency.format(amount.into()), project.name);
        let body = Body::Income(event::Income { amount, currency, payer: payer.clone() });
        self.signing.run(context, &project, payer.into_iter().collect(), body, &what)
    }
}

impl Reverse {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let (currency, amount) = self.money.read()?;
        let project = context.project(&self.money.project)?;
        let income = super::project::event_id(&self.of)?;
        let what = format!("Taken back in {}: {} {currency}.", project.name, currency.format(amount.into()));
        let body = Body::Reversal(event::Reversal { amount, income });
        self.signing.run(context, &project, Vec::new(), body, &what)
    }
}

impl Show {
    fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let money = context.client()?.money(&project.id)?;
        let rows: Vec<Vec<String>> = money
            .currencies
            .iter()
            .map(|b| {
                [&b.currency, &b.income, &b.unsettled, &b.accrued, &b.reserve, &b.unallocated, &b.reversals]
                    .map(|text| crate::client::printable(text))
                    .to_vec()
            })
            .collect();
        let heading =
            ["currency", "income", "unsettled", "owed by rate", "reserve", "unallocated", "to be taken back"];
        let text = if rows.is_empty() {
            "No money has come in, and nothing is owed.".to_owned()
        } else {
            crate::table::table(&heading, &rows)
        };
        context.answer(&json!(money), text.trim_end())
    }
}
