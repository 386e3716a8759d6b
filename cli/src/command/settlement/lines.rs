//! `settlement lines`: who gets what, and how far it is on its way.

use serde_json::json;

use super::due::Settlement;
use crate::client::{Line, printable};
use crate::context::Context;
use crate::failure::Failure;
use crate::table;

/// Show the lines of a settlement: what is payable to whom, and what was done about it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement lines vu-sound --state failed
  handle  contributor     payable  held  owed  state   attempt
  ──────  ──────────────  ───────  ────  ────  ──────  ───────
  17      did:key:z6Mki…  12.34    0.00  0.00  failed  1

These are the ledger's words; payslips prove them.")]
pub(super) struct Lines {
    /// A name given here, or an id that has one
    project: String,
    /// The settlement's number, from 1 [default: the last]
    #[arg(long, value_name = "N")]
    settlement: Option<u64>,
    /// ISO 4217 code [default: the only one]
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Only lines in this state: nothing, payable, instructed, paid, failed, returned or unknown
    #[arg(long, value_name = "STATE",
          value_parser = ["nothing", "payable", "instructed", "paid", "failed", "returned", "unknown"])]
    state: Option<String>,
}

impl Lines {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let client = context.client()?;
        let settlement = Settlement::fetch(&client, &project, self.settlement, self.currency.as_deref())?;
        let wanted = |line: &&Line| self.state.as_ref().is_none_or(|state| *state == line.state);
        let lines: Vec<&Line> = settlement.lines.iter().filter(wanted).collect();
        let value = json!({
            "project": project.id.to_string(), "settlement": settlement.id.to_string(), "number": settlement.number,
            "currency": settlement.currency.as_str(), "lines": lines,
        });
        let rows: Vec<Vec<String>> = lines
            .iter()
            .map(|line| {
                let who = line.claimed_by.as_deref().unwrap_or(&line.contributor);
                let state = if line.is_disputed { "in dispute" } else { &line.state };
                let mut row = vec![line.handle.to_string(), table::shorten(&printable(who))];
                row.extend([&line.payable, &line.held, &line.owed].map(|text| printable(text)));
                row.extend([printable(state), line.attempt.to_string()]);
                row
            })
            .collect();
        let heading = ["handle", "contributor", "payable", "held", "owed", "state", "attempt"];
        let text = if rows.is_empty() { "No such lines.".to_owned() } else { table::table(&heading, &rows) };
        context.answer(&value, text.trim_end())
    }
}
