//! `total`: the counts of a project.

use serde_json::json;

use crate::client::{Totals, printable};
use crate::context::Context;
use crate::failure::Failure;
use crate::table::{self, number};

/// Show what everybody did in a project, as the ledger counts it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo total --project vu-sound
  contributor               work        unit  events  quantity
  ────────────────────────  ──────────  ────  ──────  ────────
  z6MkiTBz1ymuepAQ          annotation  item       3       360

These are the ledger's words. Receipts prove what is in the log; replaying the log proves the counts.")]
pub(super) struct Args {
    /// A name given here, or an id that has one
    #[arg(long)]
    project: String,
    /// Only your own
    #[arg(long)]
    mine: bool,
    /// At most so many contributors in the table, those with the most events first
    #[arg(long, default_value_t = 40, value_name = "N")]
    top: usize,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        // Only to mark one's own row, so that it does without a passphrase unless only one's own is wanted.
        let me = if self.mine { Some(context.signer(&project)?.did().to_string()) } else { None };
        let mut totals = context.client()?.totals(&project.id)?;
        if let Some(me) = &me {
            totals.retain(|one| one.contributor == *me);
        }
        let value = json!({"project": project.id.to_string(), "contributors": totals});
        context.answer(&value, &self.text(&totals, me.as_deref()))
    }

    fn text(&self, totals: &[Totals], me: Option<&str>) -> String {
        let events = |one: &Totals| one.counts.iter().map(|count| count.events).fold(0, u64::saturating_add);
        let mut sorted: Vec<&Totals> = totals.iter().collect();
        sorted.sort_by(|a, b| events(b).cmp(&events(a)).then_with(|| a.contributor.cmp(&b.contributor)));
        let mut rows = Vec::new();
        for one in sorted.iter().take(self.top) {
            let you = if me == Some(one.contributor.as_str()) { " (you)" } else { "" };
            let name = format!("{}{you}", shorten(&one.contributor));
            for count in &one.counts {
                let (work, unit) = (printable(&count.work), printable(&count.unit));
                let quantity = printable(&count.quantity);
                rows.push(vec![
                    name.clone(),
                    work,
                    unit,
                    count.events.to_string(),
                    quantity,
                    count.withdrawn.to_string(),
                ]);
            }
            if one.counts.is_empty() {
                rows.push(vec![name, "-".into(), "-".into(), "0".into(), "0".into(), "0".into()]);
            }
        }
        let heading = ["contributor", "work", "unit", "events", "quantity", "withdrawn"];
        let mut text = table::table(&heading, &rows);
        if sorted.len() > self.top {
            text.push_str(&format!(
                "… and {} more contributors (--top N shows more, --json all)\n",
                sorted.len() - self.top
            ));
        }
        text.push_str(&sums(totals));
        text
    }
}

/// One line for each kind of work and unit, and the number of contributors.
fn sums(totals: &[Totals]) -> String {
    let mut sums = std::collections::BTreeMap::<(String, String), (u64, u128)>::new();
    for count in totals.iter().flat_map(|one| &one.counts) {
        let sum = sums.entry((printable(&count.work), printable(&count.unit))).or_default();
        sum.0 = sum.0.saturating_add(count.events);
        sum.1 = sum.1.saturating_add(count.quantity.parse().unwrap_or_default());
    }
    let void = totals.iter().map(|one| one.void).fold(0, u64::saturating_add);
    let mut text = format!("\n{}", number(totals.len(), "contributor"));
    for ((work, unit), (events, quantity)) in sums {
        text.push_str(&format!("; {work}: {quantity} {unit} in {}", number(events, "event")));
    }
    if void > 0 {
        text.push_str(&format!("; {} for nothing", number(void, "event")));
    }
    text + ".\n"
}

/// A key or alias in few characters: enough to tell people apart in a table, and no more.
fn shorten(contributor: &str) -> String {
    let contributor = printable(contributor);
    match contributor.strip_prefix("did:key:") {
        Some(key) => key.chars().take(16).collect(),
        None => {
            let (system, mac) = contributor.rsplit_once(':').unwrap_or(("", &contributor));
            format!("{system}:{}", mac.chars().take(8).collect::<String>())
        }
    }
}
