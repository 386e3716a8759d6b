//! `settlement check`: worked out anew from the log.

use std::path::PathBuf;

use lebombo_ledger::audit::{Outcome, State};
use lebombo_verifier::Hash;
use lebombo_verifier::fold::{LineView, MoneyView};
use lebombo_verifier::money::Currency;
use serde_json::{Value, json};

use crate::command::audit;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::table::number;

/// Work settlements out anew, from the log itself
///
/// Audits the whole log, as `lebombo audit` does, and reads the lines of the last settlement from that replay. No word of the
/// ledger about money is asked for. It resumes where the last audit stopped.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement check vu-sound --policy policy --out lines.csv
  Settlement 1 of vu-sound is what the log comes to.
    USD  546 lines: 843.38 payable, 6.62 held, 0.00 owed

Columns of the CSV: currency, handle, contributor, points, ever, held_before, owed_before, accrued, settled, share, payable,
held, owed.")]
pub(super) struct Check {
    /// A name given here, or an id that has one
    project: String,
    /// Which logs and witnesses you trust (C2SP tlog-policy)
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Address of a ledger or of a log over plain tiles, or a folder with one [default: the profile's ledger]
    #[arg(long, value_name = "URL|FOLDER")]
    log: Option<String>,
    /// Where the audit keeps how far it is [default: a folder for each log in the profile's folder]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Check what is frozen and not settled yet, instead of the last settlement
    #[arg(long)]
    next: bool,
    /// Write the lines to this file, as CSV
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const HEADING: &str =
    "currency,handle,contributor,points,ever,held_before,owed_before,accrued,settled,share,payable,held,owed";

/// Of one currency.
struct Sums {
    currency: Currency,
    lines: Vec<LineView>,
}

impl Sums {
    fn sum(&self, of: impl Fn(&LineView) -> u64) -> String {
        self.currency.format(self.lines.iter().map(|line| u128::from(of(line))).sum())
    }

    fn text(&self) -> String {
        format!(
            "  {}  {}: {} payable, {} held, {} owed\n",
            self.currency,
            number(self.lines.len(), "line"),
            self.sum(|l| l.line.payable),
            self.sum(|l| l.line.held),
            self.sum(|l| l.line.owed),
        )
    }

    fn to_json(&self) -> Value {
        json!({
            "currency": self.currency.as_str(), "lines": self.lines.len(), "payable": self.sum(|l| l.line.payable),
            "held": self.sum(|l| l.line.held), "owed": self.sum(|l| l.line.owed),
        })
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let log = match &self.log {
            Some(log) => log.clone(),
            None => context.profile()?.url().or_unsure()?.to_owned(),
        };
        let audit = audit::Audit::open(context, &log, &self.policy, self.state.as_deref())?;
        let report = audit.run();
        if report.outcome() != Outcome::Holds {
            audit::tell(context, &report)?;
            return audit::conclude(&report);
        }
        let state = audit.state();
        let Some(money) = state.money(&project.id).or_unsure()? else {
            let message = format!("{} is not a project of this log", project.id);
            return Err(Failure::refused("project-unknown", message));
        };
        let replayed = match (&money.frozen, self.next) {
            (Some(frozen), true) => frozen.number,
            (None, true) => {
                let message = format!("{} is not frozen since its last settlement", project.name);
                return Err(Failure::refused("settlement-not-frozen", message));
            }
            (_, false) if money.settlements == 0 => {
                let message = format!("{} has no valid settlement", project.name);
                return Err(Failure::refused("settlement-none", message));
            }
            (_, false) => money.settlements,
        };
        let sums = lines(state, &project.id, &money, replayed)?;
        if let Some(path) = &self.out {
            let csv = csv(state, &project.id, &sums)?;
            files::write(path, &csv, |old| old.starts_with(HEADING.as_bytes()))?;
        }
        let id = money.last.filter(|_| !self.next).map(|id| id.to_string());
        let text: String = sums.iter().map(Sums::text).collect();
        let head = match &id {
            Some(id) => {
                format!("Settlement {replayed} of {} is what the log comes to.\n  event {id}\n", project.name)
            }
            None => format!("Settlement {replayed} of {} has to say what the log comes to:\n", project.name),
        };
        let value = json!({
            "project": project.id.to_string(), "number": replayed, "id": id,
            "currencies": sums.iter().map(Sums::to_json).collect::<Vec<_>>(),
        });
        context.answer(&value, (head + &text).trim_end())
    }
}

/// All lines of a settlement, by currency.
fn lines(state: &State, project: &Hash, money: &MoneyView, number: u64) -> Result<Vec<Sums>, Failure> {
    let mut sums = Vec::new();
    for currency in money.currencies.iter().map(|view| view.currency) {
        let mut lines: Vec<LineView> = Vec::new();
        loop {
            let from = lines.last().map_or(0, |line| line.handle.saturating_add(1));
            let page = state.lines(project, currency, number, from).or_unsure()?;
            if page.is_empty() {
                break;
            }
            lines.extend(page);
        }
        if !lines.is_empty() {
            sums.push(Sums { currency, lines });
        }
    }
    Ok(sums)
}

fn csv(state: &State, project: &Hash, sums: &[Sums]) -> Result<Vec<u8>, Failure> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Failure::unsure("file-not-written", error.to_string());
    out.write_record(HEADING.split(',')).map_err(failed)?;
    for Sums { currency, lines } in sums {
        for LineView { handle, line, .. } in lines {
            let contributor = state.contributor(project, &line.who).or_unsure()?.unwrap_or_default();
            let mut row = vec![currency.to_string(), handle.to_string(), contributor];
            row.extend([line.points, line.ever].map(|points| points.to_string()));
            let amounts = [
                line.held_before,
                line.owed_before,
                line.accrued,
                line.settled,
                line.share,
                line.payable,
                line.held,
                line.owed,
            ];
            row.extend(amounts.map(|minor| currency.format(minor.into())));
            out.write_record(&row).map_err(failed)?;
        }
    }
    out.into_inner().map_err(|error| Failure::unsure("file-not-written", error.to_string()))
}
