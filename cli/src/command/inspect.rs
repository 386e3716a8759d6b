//! `inspect`: show what a file says, without verifying anything.

use std::path::{Path, PathBuf};

use lebombo_verifier::note::Note;
use lebombo_verifier::payslip::Payslip;
use lebombo_verifier::receipt::Receipt;
use lebombo_verifier::total::Proof;
use serde_json::{Value, json};

use crate::client::printable;
use crate::context::{print, show};
use crate::describe;
use crate::failure::{Failure, OrFail as _};
use crate::files::{self, Kind};
use crate::receipts;

/// Show what a receipt, total proof, checkpoint or event says. Nothing is verified: for that there is `verify`
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo inspect my-work.tlog-proof
  NOT VERIFIED: this is what the file says, and anybody could have written it.
  receipt
    index        41
  …")]
pub(super) struct Args {
    /// Receipt, total proof, checkpoint, event, or several events one a line
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

const WARNING: &str = "NOT VERIFIED: this is what the file says, and anybody could have written it.";

impl Args {
    pub(super) fn run(self, json: bool) -> Result<(), Failure> {
        for path in &self.files {
            let (mut value, text) = look(path)?;
            value["file"] = json!(path.display().to_string());
            value["verified"] = json!(false);
            if json { print(&format!("{value}\n"))? } else { show(&format!("{WARNING}\n{text}"))? }
        }
        Ok(())
    }
}

fn look(path: &Path) -> Result<(Value, String), Failure> {
    let bytes = files::read_some(path)?;
    match files::kind(&bytes) {
        Kind::Receipt => {
            let receipt = Receipt::parse(&bytes).or_refused()?;
            let (event, described) = entry(receipt.entry());
            let text = format!(
                "receipt\n  index        {}\n  proof        {} hashes\n\n{described}\ncheckpoint\n{}",
                receipt.index(),
                receipt.hashes().len(),
                indent(receipt.note())
            );
            let value = json!({
                "receipt": {"index": receipt.index(), "hashes": receipt.hashes().len(), "checkpoint": receipt.note()},
                "event": event,
            });
            Ok((value, text))
        }
        Kind::Total => {
            let proof = Proof::parse(&bytes).or_refused()?;
            let parts = proof.parts();
            let (of, points) = (parts.project.points, parts.total.points);
            let text = format!(
                "total\n  contributor  {}\n  project      {}\n  points       {points} of {of}\n  entries      {}\n\n\
                 checkpoint\n{}",
                parts.contributor,
                parts.total.project,
                parts.entries.len(),
                indent(&parts.checkpoint)
            );
            let value = json!({"total": {
                "contributor": parts.contributor.as_str(), "project": parts.total.project.to_string(),
                "points": points.to_string(), "of": of.to_string(), "entries": parts.entries.len(),
                "checkpoint": parts.checkpoint,
            }});
            Ok((value, text))
        }
        Kind::Payslip => {
            let payslip = Payslip::parse(&bytes).or_refused()?;
            let parts = payslip.parts();
            let (payable, code) = (parts.currency.format(parts.line.payable.into()), parts.currency);
            let text = format!(
                "payslip\n  contributor  {}\n  project      {}\n  settlement   {}\n  payable      {payable} {code}\n  \
                 decisions    {} listed of {}\n  entries      {}\n\ncheckpoint\n{}",
                parts.contributor,
                parts.project.project,
                parts.settlement,
                parts.credits.count(),
                parts.line.credits,
                parts.entries.len(),
                indent(&parts.checkpoint)
            );
            let value = json!({"payslip": {
                "contributor": parts.contributor.as_str(), "project": parts.project.project.to_string(),
                "number": parts.settlement, "currency": code.as_str(), "payable": payable,
                "entries": parts.entries.len(), "checkpoint": parts.checkpoint,
            }});
            Ok((value, text))
        }
        Kind::Checkpoint => {
            let note = Note::parse(&bytes).or_refused()?;
            let text = note.format();
            Ok((json!({"checkpoint": text}), format!("checkpoint\n{}", indent(&text))))
        }
        Kind::Envelopes => {
            let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
            let (values, texts): (Vec<Value>, Vec<String>) = lines.map(entry).unzip();
            Ok((json!({"events": values}), texts.join("\n")))
        }
    }
}

/// An entry, whatever it is.
fn entry(bytes: &[u8]) -> (Value, String) {
    match receipts::read_entry(bytes) {
        Ok((id, payload)) => (describe::to_json(&id, &payload), describe::payload(&id, &payload)),
        Err(error) => {
            let text = crate::failure::explain(&error);
            (json!({"malformed": text}), format!("no event: {text}\n"))
        }
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {}\n", printable(line))).collect()
}
