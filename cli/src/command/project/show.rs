//! `project show`: a project as it stands.

use std::fmt::Write as _;

use lebombo_verifier::event::Charter;
use serde_json::Value;

use super::{charter, charter_of, describe as project_json, learn, remote};
use crate::client::printable;
use crate::context::Context;
use crate::describe;
use crate::failure::{Failure, OrFail as _};
use crate::project::Project;
use crate::table;

/// Show a project: its rules, an amendment that waits, its contributors and sums, your names for it
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo project show vu-sound
  vu-sound
    id           5f7d…
    charter      5f7d…
    counts       annotation / labelling: 1 point for one item
    decided      annotation: by the first review, accepted after 30 days of silence
    …
  1 contributor, 340 points

  work        unit  logged  accepted  rejected  pending
  ──────────  ────  ──────  ────────  ────────  ───────
  annotation  item     360       340        20        0

The charter is bound by its id; which one is in force, and the sums, are the ledger's words.")]
pub(super) struct Show {
    /// A name given here, or an id that has one
    project: String,
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut project = context.project(&self.project)?;
        let said = match remote(context, &project.id) {
            Ok(said) => said,
            Err(failure) => {
                context.note(&format!("The ledger could not be asked: {}", failure.message));
                return context.answer(&project_json(&project), &head(&project));
            }
        };
        let mut news = "";
        if let Some(charter) = charter_of(&said).filter(|charter| *charter != project.charter) {
            project.charter = charter;
            learn(context, &mut project)?;
            project.pin(&context.home).or_unsure()?;
            news = "  The charter was amended; new work is logged under the one in force.\n";
        }
        let (rules, _) = charter(context, &project.charter)?;
        let text = format!("{}{}{news}{}{}", head(&project), lines(&rules), amendment(&said), sums(&said));
        let mut value = project_json(&project);
        value["ledger"] = said;
        context.answer(&value, &text)
    }
}

fn head(project: &Project) -> String {
    let Project { name, id, log, charter, .. } = project;
    format!("{name}\n  id           {id}\n  log          {log}\n  charter      {charter}\n")
}

fn lines(charter: &Charter) -> String {
    describe::charter(charter).iter().map(|(name, text)| format!("  {name:<12} {text}\n")).collect()
}

/// The amendment that waits, in the ledger's words.
fn amendment(said: &Value) -> String {
    let (Some(id), Some(from)) = (said["pending"]["id"].as_str(), said["pending"]["from"].as_str()) else {
        return String::new();
    };
    let (id, from) = (printable(id), printable(from));
    format!(
        "  amendment    {id}\n  in force     from {from} on, by the log's days; `lebombo status {id}` shows it\n"
    )
}

/// Contributors, points and work, in the ledger's words.
fn sums(said: &Value) -> String {
    let contributors = said["contributors"].as_u64().unwrap_or_default();
    let points = printable(said["points"].as_str().unwrap_or("0"));
    let mut text = format!("{}, {points} points\n", table::number(contributors, "contributor"));
    let counts = said["counts"].as_array().map(Vec::as_slice).unwrap_or_default();
    if counts.is_empty() {
        return text;
    }
    let cell = |value: &Value| printable(value.as_str().unwrap_or("-"));
    let row = |count: &Value| {
        let mut row = vec![cell(&count["work"]), cell(&count["unit"])];
        row.extend(["logged", "accepted", "rejected", "pending"].map(|name| cell(&count[name]["quantity"])));
        row
    };
    let rows: Vec<Vec<String>> = counts.iter().map(row).collect();
    let _ = write!(
        text,
        "\n{}",
        table::table(&["work", "unit", "logged", "accepted", "rejected", "pending"], &rows)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sums_and_a_waiting_amendment_are_told() {
        let amount = |quantity: &str| json!({"events": 1, "quantity": quantity});
        let mut said = json!({
            "pending": null, "contributors": 1, "points": "340",
            "counts": [{"work": "annotation", "unit": "item", "logged": amount("360"), "accepted": amount("340"),
                "rejected": amount("20"), "pending": amount("0"), "withdrawn": 0}],
        });
        assert_eq!(amendment(&said), "");
        assert!(sums(&said).starts_with("1 contributor, 340 points\n\nwork"), "{}", sums(&said));
        assert!(sums(&said).ends_with("annotation  item     360       340        20        0\n"));
        said["pending"] = json!({"id": "ab", "from": "2026-03-04", "body": {}});
        assert!(amendment(&said).contains("from 2026-03-04 on"), "{}", amendment(&said));
    }
}
