//! `cargo bench -p lebombo-benches --profile release [-- --quick] [-- --only NAME] [-- --json FILE]`
//!
//! See benches/README.md for what is measured and how to read it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that can not go on ends")]
#![allow(clippy::print_stdout, reason = "the table is the result")]

mod admission;
mod audit;
mod fold;
mod limits;
mod log;
mod peers;
mod program;
mod proofs;
mod receipts;
mod settlement;
mod totals;
mod tree;

use std::path::PathBuf;

use lebombo_benches::rate::Rate;
use lebombo_benches::report::Report;

/// A run: how much is measured, and where it goes.
#[derive(Debug)]
pub(crate) struct Run {
    report: Report,
    /// How often each thing is measured; the middle one counts.
    pub(crate) rounds: usize,
    /// By how much everything is smaller than usual.
    pub(crate) shrink: usize,
}

impl Run {
    /// Begins a section.
    pub(crate) fn section(&mut self, title: &str) {
        println!("{}", self.report.section(title));
    }

    /// A measurement and what it is held against.
    pub(crate) fn row(&mut self, what: &str, rate: Rate, beside: &[(&str, Rate)]) {
        println!("{}", self.report.row(what, rate, beside));
    }

    /// Something that was not measured, and why.
    pub(crate) fn skip(&self, why: &str) {
        println!("  skipped: {why}");
    }
}

/// A suite by name.
type Suite = (&'static str, fn(&mut Run));

/// All of them, in the order in which they run.
const SUITES: [Suite; 10] = [
    ("tree", tree::run),
    ("proofs", proofs::run),
    ("receipts", receipts::run),
    ("fold", fold::run),
    ("totals", totals::run),
    ("settlement", settlement::run),
    ("audit", audit::run),
    ("admission", admission::run),
    ("peers", peers::run),
    ("program", program::run),
];

/// A folder for files that must lie on a real disk, as a ledger's do; `/tmp` is often none.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn main() {
    let mut run = Run { report: Report::default(), rounds: 5, shrink: 1 };
    let (mut only, mut json) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo says so to every benchmark.
            "--bench" => {}
            "--quick" => (run.rounds, run.shrink) = (1, 16),
            "--only" => only = Some(arguments.next().expect("--only NAME")),
            "--json" => json = Some(PathBuf::from(arguments.next().expect("--json FILE"))),
            other => {
                eprintln!("unknown argument {other}; known are --quick, --only NAME, --json FILE");
                std::process::exit(2);
            }
        }
    }
    let names: Vec<_> = SUITES.iter().map(|(name, _)| *name).collect();
    if let Some(name) = only.as_deref().filter(|name| !names.contains(name)) {
        eprintln!("no suite {name}; there are {}", names.join(", "));
        std::process::exit(2);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores; each row is the middle of {} rounds", run.rounds);
    for (name, suite) in SUITES {
        if only.as_deref().is_none_or(|only| only == name) {
            suite(&mut run);
        }
    }
    if let Some(path) = json {
        // Cargo runs benchmarks in the package's folder; people mean the one that they are in.
        let base = std::env::var_os("PWD").map(PathBuf::from).unwrap_or_default();
        let text = serde_json::to_string_pretty(&run.report.to_json()).unwrap();
        std::fs::write(base.join(path), text).unwrap();
    }
}
