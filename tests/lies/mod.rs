//! Lying logs: each has one lie in it, and an auditor names it.

mod books;
mod cases;
mod honest;
pub(crate) mod log;
mod money;
mod pages;
mod resume;
pub(crate) mod tiles;

use lebombo_ledger::audit::{Folder, Options, Outcome, Report, State, run};
use lebombo_verifier::policy::Policy;
use tempfile::TempDir;

use tiles::Files;

/// Audits published files with a state folder.
fn audit_with(files: &Files, policy: &Policy, state: &State) -> Report {
    let folder = TempDir::new().unwrap();
    tiles::write(folder.path(), files);
    run(&Folder::new(folder.path()), state, &Options::new(policy))
}

/// Audits published files from the beginning.
fn audit(files: &Files, policy: &Policy) -> Report {
    let state = TempDir::new().unwrap();
    audit_with(files, policy, &State::open(state.path()).unwrap())
}

/// Asserts that a report has a finding with this code, at this entry.
#[track_caller]
fn assert_names(name: &str, report: &Report, code: &str, index: Option<u64>) {
    assert_eq!(report.outcome(), Outcome::Lie, "{name}: {report:#?}");
    let found = report.listed().iter().find(|finding| finding.code == code && finding.index == index);
    let finding = found.unwrap_or_else(|| panic!("{name}: no {code} at {index:?}: {:#?}", report.findings));
    assert!(!finding.message.is_empty() && !finding.place.is_empty(), "{name}: {finding:?}");
}
