//! `payslip`: fetch what one got out of a settlement, as a file that proves it, and keep it only if it does.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use lebombo_verifier::did::Did;
use lebombo_verifier::event::Party;
use lebombo_verifier::money::Currency;
use lebombo_verifier::policy::Policy;
use serde_json::{Value, json};

use super::push::policy;
use super::settlement;
use crate::client::Client;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::payslip::{self, MAGIC, Shown};
use crate::project::Project;
use crate::total_proof::OwnReceipts;

/// Get a payslip: what somebody gets out of a settlement, why, and what was done about it
///
/// It is verified under the profile's policy before it is kept, and anybody who has the policy verifies it offline
/// (`lebombo verify mine.payslip --policy policy`). It lists the work that counted since the settlement before. Everybody with
/// a handle has one, also at zero. Whoever has claimed an alias, and has no line of their own, gets that of the alias.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo payslip vu-sound --out mine.payslip
  mine.payslip: a payslip, settlement 1 in USD, stated by the ledger; nobody whom the policy names has recomputed it
    contributor  did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
    points       340 of 2755 points since the last settlement, 340 of 2755 points ever
    work         3 decisions about work, the newest first
                 entry 181, 120 item of labelling on 2026-03-09: 120 points, decided by entry 204
                 …
                 points: 340, all since the last settlement
    share        12.34 of what debts left to share
    payable      12.34 USD
    …
All payslips of the newest settlement, to hand out:
  $ lebombo payslip vu-sound --all payslips")]
pub(super) struct Args {
    /// A name given here, or an id that has one
    project: String,
    /// The settlement's number, from 1 [default: the last]
    #[arg(long, value_name = "N")]
    settlement: Option<u64>,
    /// ISO 4217 code [default: the only one]
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Whose [default: one's own]
    #[arg(long, value_name = "DID|ALIAS", conflicts_with = "all")]
    contributor: Option<String>,
    /// Which of the decisions that gave or took points it lists: those since the settlement before, all, or none
    #[arg(long, value_name = "WHICH", default_value = "range")]
    credits: Listing,
    /// Where to keep it
    #[arg(long, value_name = "FILE", conflicts_with = "all")]
    out: Option<PathBuf>,
    /// Everybody's, into this folder: HANDLE.payslip
    #[arg(long, value_name = "DIR")]
    all: Option<PathBuf>,
}

/// Which decisions are listed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Listing {
    Range,
    All,
    None,
}

impl Listing {
    fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::All => "all",
            Self::None => "none",
        }
    }
}

/// What is fetched, and how it is judged.
struct Fetch<'a> {
    client: Client,
    policy: Policy,
    project: &'a Project,
    number: u64,
    currency: Currency,
    credits: Listing,
    own: OwnReceipts,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let client = context.client()?;
        let (number, currency) =
            settlement::which(&client, &project, self.settlement, self.currency.as_deref())?;
        let (policy, own) = (policy(context)?, OwnReceipts::of(&context.home)?);
        let credits = self.credits;
        let fetch = Fetch { client, policy, project: &project, number, currency, credits, own };
        if let Some(folder) = &self.all {
            return fetch.all(context, folder);
        }
        let contributor = match &self.contributor {
            Some(text) => Party::parse(text).ok_or_else(|| {
                Failure::unsure("contributor", "a contributor is named by a did:key or an alias")
            })?,
            None => fetch.mine(context.signer(&project)?.did())?,
        };
        let (value, text) = fetch.one(&contributor, self.out.as_deref())?;
        context.answer(&value, text.trim_end())
    }
}

impl Fetch<'_> {
    /// Whose line is one's own: that of one's key, or of the alias that it has claimed.
    fn mine(&self, key: &Did) -> Result<Party, Failure> {
        let Self { client, project, number, currency, .. } = self;
        let own = Party::Key(key.clone());
        let answer = client.payslip(&project.id, *number, *currency, own.as_str(), "none");
        let Err(failure) = answer.map_err(Failure::from) else { return Ok(own) };
        if !["contributor-unknown", "line-unknown"].contains(&&*failure.code) {
            return Err(failure);
        }
        let claimed = client.claimed_lines(&project.id, *number, *currency, key)?;
        match claimed.as_slice() {
            [] => Err(Failure {
                message: format!(
                    "{}; an alias that you have claimed is yours once the claim is in force (see its line by --contributor)",
                    failure.message
                ),
                ..failure
            }),
            [line] => self.party(&line.contributor),
            several => {
                let names: Vec<&str> = several.iter().map(|line| line.contributor.as_str()).collect();
                let names = names.join(", ");
                let message =
                    format!("you have claimed several aliases; say which with --contributor: {names}");
                Err(Failure::unsure("claims-several", message))
            }
        }
    }

    fn party(&self, text: &str) -> Result<Party, Failure> {
        Party::parse(text)
            .ok_or_else(|| Failure::unsure("answer-malformed", "the ledger names a contributor that is none"))
    }

    /// Fetches one, verifies it, and keeps it if a file is named.
    fn one(&self, contributor: &Party, file: Option<&Path>) -> Result<(Value, String), Failure> {
        let Self { client, policy, project, number, currency, credits, own } = self;
        let bytes = client.payslip(&project.id, *number, *currency, contributor.as_str(), credits.name())?;
        let stated = payslip::verify(&bytes, policy).or_refused()?;
        if !Shown::is_of(&stated, project.log.as_str(), (&project.id, *number, *currency), contributor) {
            let message = format!(
                "the ledger answered with the payslip of {} for settlement {} of {} in {}; it was not kept",
                stated.contributor(),
                stated.number(),
                stated.project().project,
                stated.currency()
            );
            return Err(Failure::refused("payslip-of-another", message));
        }
        let known = payslip::known(&stated, own, policy);
        let shown = Shown { stated: &stated, name: Some(project.name.to_string()), known };
        let (mut value, mut text) = (shown.to_json(), shown.text());
        if let Some(file) = file {
            files::write(file, &bytes, |old| old.starts_with(MAGIC))?;
            value["file"] = file.display().to_string().into();
            text = format!("{}: {text}", file.display());
        }
        Ok((value, text))
    }

    fn all(&self, context: &Context, folder: &Path) -> Result<(), Failure> {
        let lines = self.client.lines(&self.project.id, self.number, self.currency.as_str())?.lines;
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::unsure("file-unwritable", format!("{}: {error}", folder.display())))?;
        for line in &lines {
            let contributor = self.party(&line.contributor)?;
            self.one(&contributor, Some(&folder.join(format!("{}.payslip", line.handle))))?;
        }
        let value = json!({"folder": folder.display().to_string(), "payslips": lines.len()});
        let text = format!("{}: {} payslips, each verified.", folder.display(), lines.len());
        context.answer(&value, &text)
    }
}
