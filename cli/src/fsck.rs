//! `fsck`: check a ledger's data folder.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use lebombo_ledger::{Report, clear_totals, fsck};
use serde_json::json;

use crate::context::print;
use crate::failure::{Failure, OrFail as _};

/// Check a ledger's data folder while the ledger is stopped
///
/// From the entries alone everything else is built anew and compared: signatures, event ids, tiles, root, the published
/// checkpoint and, with --keys, what the signer has signed. Nothing is repaired or changed.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo fsck --data /srv/ledger --keys /etc/ledger-keys
  ledger.example/log: 21331 entries, 21331 published, all as it must be.")]
pub(crate) struct Args {
    /// Folder of the log's data
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of the private keys; only the signer's state is read
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Throw the totals away; the ledger counts them anew from the log when it is started
    #[arg(long)]
    rebuild_totals: bool,
}

impl Args {
    /// Checks.
    ///
    /// # Errors
    /// Status 1 where something is wrong with the data, 2 where it can not be read.
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        if self.rebuild_totals {
            clear_totals(&self.data).or_unsure()?;
        }
        let mut stderr = std::io::stderr();
        let terminal = stderr.is_terminal();
        let report = fsck(&self.data, self.keys.as_deref(), &mut |done, all| {
            if terminal {
                let _ = write!(stderr, "\r\x1b[2Kentry {done} of {all}");
            }
        });
        if terminal {
            let _ = write!(stderr, "\r\x1b[2K");
        }
        let report = report.or_unsure()?;
        print(&if json { to_json(&report) } else { to_text(&report) })?;
        if report.is_clean() {
            Ok(())
        } else {
            Err(Failure::refused(
                "fsck-problems",
                "the data is not as it must be; stop using it and restore a backup, or ask for help with this list",
            ))
        }
    }
}

fn to_json(report: &Report) -> String {
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    let value = json!({
        "origin": report.origin, "size": report.head.size, "root": report.head.root.to_base64(),
        "published": report.published, "clean": report.is_clean(),
        "problem_count": report.problem_count, "problems": problems,
    });
    format!("{value}\n")
}

fn to_text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String can not fail.
    let _ = write!(out, "{}: {} entries, {} published", report.origin, report.head.size, report.published);
    if report.is_clean() {
        out.push_str(", all as it must be.\n");
        return out;
    }
    let _ = writeln!(out, ", {} problems:", report.problem_count);
    for problem in &report.problems {
        let _ = writeln!(out, "  {problem}");
    }
    let listed = report.problems.len() as u64;
    if report.problem_count > listed {
        let _ = writeln!(out, "  … and {} more", report.problem_count - listed);
    }
    out
}
