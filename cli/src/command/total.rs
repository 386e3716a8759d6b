//! `total`: what everybody has in a project.

mod csv;
mod sums;
mod text;

use std::path::PathBuf;

use lebombo_verifier::Hash;
use serde_json::json;

use crate::client::{Client, Totals};
use crate::context::{Context, print};
use crate::failure::Failure;
use sums::Sums;

/// Show what everybody did in a project and what it is worth, as the ledger counts it
///
/// Work is logged, and then accepted, rejected, or still pending. Of what was accepted in part, the rest is among the
/// rejected. What is void broke a rule and counts for nothing: `lebombo status ID` says which.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo total --project vu-sound
  contributor       points  work        unit  logged  accepted  rejected  pending  void
  ────────────────  ──────  ──────────  ────  ──────  ────────  ────────  ───────  ────
  z6MkiTBz1ymuepAQ     340  annotation  item     360       340        20        0     0

  1 contributor, 340 points; annotation: 360 item logged, 340 accepted, 20 rejected, 0 pending.

For a spreadsheet, all as of one moment of the log:
  $ lebombo total --project vu-sound --format csv --snapshot latest > totals.csv

To keep, and to show to anybody who has the policy (`lebombo verify mine.total --policy policy`):
  $ lebombo total --project vu-sound --proof mine.total

Columns of the CSV: contributor, who, handle, contributor_points, contributor_void, work, unit, and for each of logged,
accepted, rejected and pending NAME_events and NAME_quantity, then withdrawn_events. One row is one contributor, kind of
work and unit; contributor_points and contributor_void are the contributor's and stand in each of their rows.

These are the ledger's words. Receipts prove what is in the log, --proof what the ledger stated in it; replaying the log
proves the totals.")]
pub(super) struct Args {
    /// A name given here, or an id that has one
    #[arg(long)]
    project: String,
    /// Only your own
    #[arg(long)]
    mine: bool,
    /// At most so many contributors in the table, those with the most points first
    #[arg(long, default_value_t = 40, value_name = "N")]
    top: usize,
    /// As a table, as JSON, or as CSV
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// As of the newest snapshot: `latest`, or its size, so that several readings agree while the log grows
    #[arg(long, value_name = "SIZE|latest", value_parser = Pin::parse)]
    snapshot: Option<Pin>,
    /// Fetch one total as of the newest snapshot, verify it, and write it to this file with all that proves it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mine", "top", "format"])]
    proof: Option<PathBuf>,
    /// Whose total to prove, by did:key or alias [default: your own]
    #[arg(long, value_name = "DID|ALIAS", requires = "proof")]
    contributor: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For scripts; the same as the global --json
    Json,
    /// RFC 4180, for spreadsheets
    Csv,
}

/// Which snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pin {
    /// The newest there is.
    Latest,
    /// The newest, if it has this size.
    Size(u64),
}

impl Pin {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "latest" => Ok(Self::Latest),
            digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map(Self::Size).map_err(|_| "the size is above 2^64 - 1".to_owned())
            }
            _ => Err("it is `latest`, or the size of the newest snapshot".to_owned()),
        }
    }

    fn size(self, client: &Client) -> Result<u64, Failure> {
        match self {
            Self::Size(size) => Ok(size),
            Self::Latest => Ok(client.newest_snapshot()?),
        }
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        if let Some(file) = &self.proof {
            let size = match self.snapshot {
                Some(Pin::Size(size)) => Some(size),
                // Proofs are of the newest anyway.
                Some(Pin::Latest) | None => None,
            };
            return super::total_proof::run(context, &project, self.contributor.as_deref(), size, file);
        }
        // Only to find one's own, so that it does without a passphrase unless only one's own is wanted.
        let me = if self.mine { Some(context.signer(&project)?.did().to_string()) } else { None };
        let client = context.client()?;
        let snapshot = self.snapshot.map(|pin| pin.size(&client)).transpose()?;
        let mut totals = client.totals(&project.id, snapshot)?;
        if let Some(me) = &me {
            totals.contributors.retain(|one| one.contributor == *me);
        }
        if context.json || self.format == Format::Json {
            return print(&format!("{}\n", value(&project.id, snapshot, &totals)));
        }
        match self.format {
            Format::Csv => print(&csv::page(&totals.contributors)),
            Format::Table | Format::Json => context
                .answer(&serde_json::Value::Null, &text::page(&totals.contributors, self.top, me.as_deref())),
        }
    }
}

fn value(project: &Hash, snapshot: Option<u64>, totals: &Totals) -> serde_json::Value {
    let sums = Sums::of(&totals.contributors);
    json!({
        "project": project.to_string(), "as_of": totals.as_of, "snapshot": snapshot,
        "contributors": totals.contributors, "sums": sums.to_json(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_the_newest_or_a_size() {
        assert_eq!(Pin::parse("latest"), Ok(Pin::Latest));
        assert_eq!(Pin::parse("0"), Ok(Pin::Size(0)));
        assert_eq!(Pin::parse("18446744073709551615"), Ok(Pin::Size(u64::MAX)));
        for text in ["", "newest", "-1", "+1", "1.0", "18446744073709551616"] {
            assert!(Pin::parse(text).is_err(), "{text}");
        }
    }
}
