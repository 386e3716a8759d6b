//! `claim`: an imported alias is oneself.

use std::path::PathBuf;

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{Alias, Body, Claim, Nonce, Payload};
use serde_json::json;

use super::joint;
use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};

/// Claim an alias: work that was imported under it was yours, and its pay is to go to you
///
/// Two people who have different roles in the project confirm it, and neither has judged that work. It comes into force after the
/// days that the charter says, unless somebody else claims the same alias meanwhile: then nobody is paid until an arbiter
/// signs one of the claims as a third. It moves no points.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo claim alias:mturk:3f… --project vu-sound --with did:key:z6Mki…,did:key:z6Mkf… --out claim.dsse
  (the two sign with `lebombo sign claim.dsse`; the last one sends it: `lebombo sign claim.dsse --push`)")]
pub(super) struct Args {
    /// The alias, as it stands in receipts and totals
    alias: String,
    /// A name given here, or an id that has one
    #[arg(long, value_name = "PROJECT")]
    project: String,
    /// Who confirms it: two people, or three where an arbiter decides a dispute
    #[arg(long = "with", value_name = "DID", num_args = 1.., value_delimiter = ',', required = true)]
    with: Vec<String>,
    /// Where to write what they have to sign
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let alias = Alias::parse(&self.alias).ok_or_else(|| {
            Failure::refused("alias", format!("`{}` is no alias: alias:<system>:<64 hex digits>", self.alias))
        })?;
        let me = context.signer(&project)?;
        let mut signers = vec![me.did().clone()];
        for text in &self.with {
            signers.push(Did::parse(text).or_refused()?);
        }
        signers.sort();
        signers.dedup();
        let body = Body::Claim(Claim { alias: alias.clone(), key: me.did().clone() });
        let (id, date) = (Nonce(clock::random().or_unsure()?), compose::day(self.date.as_deref())?);
        let payload = Payload { signers, ..compose::payload(&project, &me, id, date, Vec::new(), body) };
        let (signed, complete) = joint::sign(&payload, &me)?;
        let mut value = json!({"id": signed.id.to_string(), "complete": complete});
        let mut text = format!(
            "{} in {} is claimed by {}.\nEvent {}\n",
            alias.as_str(),
            project.name,
            me.did(),
            signed.id
        );
        joint::hand_over(
            context,
            &signed,
            complete,
            &self.out,
            ("It", "those who confirm it"),
            &mut value,
            &mut text,
        )?;
        context.answer(&value, text.trim_end())
    }
}
