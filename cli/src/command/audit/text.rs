//! A report, for a person and for a script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lebombo_ledger::audit::{Outcome, Report};
use lebombo_verifier::Code as _;
use serde_json::{Value, json};

use crate::cosigners;
use crate::failure::explain;
use crate::printable::printable;
use crate::table::number;

/// Void events about money that a person is shown, the newest; a script gets all that are listed.
const VOID_SHOWN: usize = 5;

fn codes(counts: &BTreeMap<String, u64>) -> String {
    let all: Vec<String> = counts.iter().map(|(code, count)| format!("{code} {count}")).collect();
    all.join(", ")
}

fn sum(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().fold(0, |sum, count| sum.saturating_add(*count))
}

/// The summary that a person reads.
pub(super) fn to_text(report: &Report) -> String {
    let verdict = match report.outcome() {
        Outcome::Holds => "all that was checked is as it must be".to_owned(),
        Outcome::Lie => format!("{} WRONG", number(report.findings.count, "thing")),
        Outcome::Unsure => "the audit could not be finished; nothing wrong was found so far".to_owned(),
    };
    let name = report.checkpoint.as_ref().map_or("the log".to_owned(), |c| c.origin().to_string());
    let mut out = format!("{name}: {verdict}\n");
    let mut line = |label: &str, text: String| {
        // Writing to a String can not fail.
        let _ = writeln!(out, "  {label:<12} {text}");
    };
    for finding in report.listed() {
        line(
            "WRONG",
            format!("{}: {} [{}]", printable(&finding.place), printable(&finding.message), finding.code),
        );
    }
    let listed = u64::try_from(report.listed().len()).unwrap_or(u64::MAX);
    if report.findings.count > listed {
        line("WRONG", format!("and {} more", report.findings.count - listed));
    }
    if let Some(checkpoint) = &report.checkpoint {
        let (size, root) = (checkpoint.size(), checkpoint.root());
        line("checkpoint", format!("{}, root {root}", entries(size)));
        line("witnesses", cosigners::under_policy(checkpoint.cosigners(), checkpoint));
    }
    if report.is_tree_whole {
        let tiles = number(report.tiles, "tile");
        line("tree", format!("rebuilt from the entries: it has the checkpoint's root; {tiles} compared"));
    }
    let tally = &report.tally;
    if tally.entries > 0 {
        let before = match report.resumed_at {
            0 => String::new(),
            before => format!(" ({before} of them by earlier runs)"),
        };
        line("entries", format!("{} replayed{before}", entries(tally.entries)));
        line("signatures", format!("{} valid", number(tally.signatures, "signature")));
    }
    if !tally.malformed.is_empty() {
        line("no events", format!("{}: {}", entries(sum(&tally.malformed)), codes(&tally.malformed)));
    }
    if !tally.void.is_empty() {
        line("void", format!("{}: {}", number(sum(&tally.void), "event"), codes(&tally.void)));
    }
    if !tally.void_money.is_empty() {
        let shown = tally.void_money.iter().rev().take(VOID_SHOWN);
        let shown: Vec<String> =
            shown.map(|void| format!("{} at {} ({})", void.kind, void.index, void.code)).collect();
        let more = tally.void_money.len().saturating_sub(VOID_SHOWN);
        let more = if more > 0 { format!("; and {more} before") } else { String::new() };
        line("void money", format!("{}{more}", shown.join(", ")));
    }
    if let Some(day) = report.day {
        line("day", day.to_string());
    }
    if tally.marks > 0 || tally.snapshots > 0 {
        let kept = number(tally.kept, "checkpoint");
        line("snapshots", format!("{} recomputed; {kept} kept for them compared", tally.snapshots));
    }
    if let Some(totals) = &report.totals {
        let (projects, contributors) =
            (number(totals.projects, "project"), number(totals.contributors, "contributor"));
        let index = totals.index;
        line("totals", format!("as of the snapshot at {index}: {contributors} of {projects} compared"));
    }
    if let Some(money) = &report.money {
        let (projects, lines) = (number(money.projects, "project"), number(money.lines, "line"));
        line("money", format!("books and {lines} of settlements of {projects} compared"));
    }
    if tally.not_kept > 0 {
        line("not checked", format!("checkpoints of {}: not kept", number(tally.not_kept, "snapshot")));
    }
    for what in &report.unchecked {
        line("not checked", printable(what));
    }
    if let Some(error) = &report.stopped {
        line("stopped", format!("{} [{}]", printable(&explain(error)), error.code()));
    }
    out
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// The same for a script.
pub(super) fn to_json(report: &Report) -> Value {
    let checkpoint = report.checkpoint.as_ref().map(cosigners::checkpoint_json);
    let tally = &report.tally;
    json!({
        "outcome": match report.outcome() {
            Outcome::Holds => "holds",
            Outcome::Lie => "lie",
            Outcome::Unsure => "unsure",
        },
        "checkpoint": checkpoint,
        "tree": report.is_tree_whole,
        "tiles": report.tiles,
        "resumed_at": report.resumed_at,
        "day": report.day.map(|day| day.to_string()),
        "entries": tally.entries,
        "signatures": tally.signatures,
        "malformed": tally.malformed,
        "void": tally.void,
        "void_money": tally.void_money,
        "marks": tally.marks,
        "snapshots": tally.snapshots,
        "snapshot": report.stated.map(|stated| stated.index),
        "checkpoints_kept": tally.kept,
        "checkpoints_not_kept": tally.not_kept,
        "totals": report.totals.map(|totals| json!({
            "index": totals.index, "projects": totals.projects, "contributors": totals.contributors,
        })),
        "money": report.money.map(|money| json!({"projects": money.projects, "lines": money.lines})),
        "unchecked": report.unchecked,
        "finding_count": report.findings.count,
        "findings": report.listed(),
        "stopped": report.stopped.as_ref().map(|error| json!({"code": error.code(), "message": explain(error)})),
    })
}
