//! The part of the story in which money comes in and reaches people.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::stage::Stage;
use super::story::text;
use crate::failure::Failure;
use crate::table;

/// How often the ledger is asked whether a snapshot is there; a snapshot takes a second or so.
const TRIES: u32 = 300;

/// How the mobile-money hub of the story answers.
const RESULT_MAP: &str = r#"format = "csv"
reference = "reference"
reason = "why"

[status]
column = "outcome"
paid = ["SENT"]
failed = ["REJECTED"]
"#;

/// Who pays in the story.
const PAYER: [&str; 6] =
    ["--payer-name", "Sauti Cooperative", "--payer-type", "ACCOUNT", "--payer-account", "0011223344"];

/// Somebody pays, and everybody's share is worked out.
pub(super) fn settle(stage: &Stage, person: &str, project: &str) -> Result<(), Failure> {
    stage.chapter("A buyer pays for the data: who gets what, by the rules of the charter");
    stage.run(person, &["member", "add", project, "me", "--role", "treasurer"])?;
    stage.run(person, &["member", "add", project, "me", "--role", "paymaster"])?;
    stage.run(person, &["push"])?;
    stage.run(person, &["income", "add", project, "1000.00", "USD"])?;
    stage.run(person, &["settlement", "close", project])?;
    stage.run(person, &["push"])?;
    let prepare = ["settlement", "prepare", project];
    until(stage, person, &prepare, |value| value["snapshot"].is_string())?;
    stage.run(person, &prepare)?;
    stage.run(person, &["settlement", "sign", project])?;
    stage.run(person, &["push"])?;
    stage.say("\nAnd worked out once more, from the log alone:");
    let policy = text(&stage.path(&format!("{person}/policy")));
    stage.run(person, &["settlement", "check", project, "--policy", &policy])?;
    Ok(())
}

/// The settled money is paid out: one person's number is wrong at first.
pub(super) fn pay(stage: &Stage, person: &str, project: &str) -> Result<(), Failure> {
    stage.chapter("Paying: the log is told before any file is written, so nobody is paid twice");
    let lines = lines(stage, person, project)?;
    let mut payees = "contributor,name,identifier_type,identifier\n".to_owned();
    for line in &lines {
        // Writing to a String can not fail. The people of the story have no other names.
        let handle = &line["handle"];
        let _ = writeln!(
            payees,
            "{},Worker {handle},MSISDN,+2557000{:05}",
            said(line, "contributor"),
            handle.as_u64().unwrap_or_default()
        );
    }
    let payees = text(&stage.write("payees.csv", &payees)?);
    let out = text(&stage.path("payments"));
    let export = [
        "settlement",
        "export",
        project,
        "--payees",
        &payees,
        "--rail",
        "csv",
        "--out",
        &out,
        "--fee",
        "0.10",
    ];
    let export = [&export[..], &PAYER].concat();
    let (_, shown) = stage.quietly(person, &[&["--json"], &export[..], &["--dry-run"]].concat())?;
    stage.run(person, &export)?;
    stage.say("\nThe same again exports nothing:");
    stage.run(person, &export)?;
    let first: Value = serde_json::from_str(shown.trim()).unwrap_or_default();
    let references = references(Path::new(first["parts"][0]["file"].as_str().unwrap_or_default()))?;
    let mut result = "reference,outcome,why\n".to_owned();
    for (place, reference) in references.iter().enumerate() {
        let outcome = if place == 0 { "REJECTED,NO-WALLET" } else { "SENT," };
        let _ = writeln!(result, "{reference},{outcome}");
    }
    stage.say("\nThe hub answers: one number was wrong. That line is free again, for a second attempt.");
    let result = text(&stage.write("result.csv", &result)?);
    let map = text(&stage.write("result.toml", RESULT_MAP)?);
    stage.run(person, &["settlement", "reconcile", project, &result, "--map", &map])?;
    stage.run(person, &export)?;
    Ok(())
}

/// Somebody's payslip, verified offline; and what a few people get, and why.
pub(super) fn payslips(stage: &Stage, person: &str, project: &str) -> Result<(), Failure> {
    stage.chapter("Payslips: in each hand, verified without asking the ledger");
    let lines = lines(stage, person, project)?;
    let mut order: Vec<&Value> = lines.iter().collect();
    // Decimal numbers of one currency: the longer one is larger.
    let size = |line: &Value| (said(line, "payable").len(), said(line, "payable"));
    order.sort_by_key(|line| (std::cmp::Reverse(size(line)), line["handle"].as_u64()));
    let folder = text(&stage.path("payslips"));
    let all = ["payslip", project, "--all", &folder];
    // The next snapshot names what was paid since the last.
    until(stage, person, &all, |value| value["payslips"].is_u64())?;
    let policy = text(&stage.path(&format!("{person}/policy")));
    let file = |line: &Value| format!("{folder}/{}.payslip", line["handle"]);
    if let Some(first) = order.first() {
        until(stage, person, &["verify", &file(first), "--policy", &policy], |_| true)?;
        stage.run(person, &["verify", &file(first), "--policy", &policy])?;
    }
    let mut rows = Vec::new();
    for line in order.iter().take(5) {
        let (_, shown) = stage.quietly(person, &["--json", "verify", &file(line), "--policy", &policy])?;
        let slip: Value = serde_json::from_str(shown.trim()).unwrap_or_default();
        let of = &slip["of"];
        let why = format!(
            "{} of {} points; of {} in, {} to funds",
            said(&slip, "ever"),
            said(of, "ever"),
            said(of, "income"),
            funds(of)
        );
        let payments = slip["payments"].as_array().map_or(&[][..], Vec::as_slice);
        let done =
            payments.iter().map(|p| format!("{} {}", p["attempt"], said(p, "state"))).collect::<Vec<_>>();
        let held = said(&slip, "held");
        rows.push(vec![
            table::shorten(&said(&slip, "contributor")),
            said(&slip, "payable"),
            held,
            why,
            done.join(", "),
        ]);
    }
    stage.say("\nWho gets what, and why:");
    stage.say(table::table(&["contributor", "payable", "held", "by", "attempts to pay"], &rows).trim_end());
    Ok(())
}

/// Asks until the answer is as it should be.
fn until(stage: &Stage, person: &str, ask: &[&str], fine: impl Fn(&Value) -> bool) -> Result<(), Failure> {
    for _ in 0..TRIES {
        let (status, shown) = stage.quietly(person, &[&["--json"], ask].concat())?;
        let value: Value = serde_json::from_str(shown.trim()).unwrap_or_default();
        if status == 0 && fine(&value) {
            return Ok(());
        }
        crate::clock::pause(Duration::from_millis(100));
    }
    Err(Failure::refused("demo", "the ledger stated nothing for half a minute".to_owned()))
}

fn lines(stage: &Stage, person: &str, project: &str) -> Result<Vec<Value>, Failure> {
    let (_, shown) = stage.quietly(person, &["--json", "settlement", "lines", project])?;
    let value: Value = serde_json::from_str(shown.trim()).unwrap_or_default();
    value["lines"].as_array().cloned().ok_or_else(|| Failure::refused("demo", shown))
}

fn said(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn funds(of: &Value) -> String {
    let funds = of["funds"].as_array().map_or(&[][..], Vec::as_slice);
    funds.iter().map(|fund| said(fund, "amount")).collect::<Vec<_>>().join(" + ")
}

/// The references of an exported CSV.
fn references(file: &Path) -> Result<Vec<String>, Failure> {
    let csv = std::fs::read_to_string(file)
        .map_err(|e| Failure::unsure("demo", format!("{}: {e}", file.display())))?;
    let mut lines = csv.lines();
    let column = lines.next().and_then(|heading| heading.split(',').position(|name| name == "reference"));
    let column = column.unwrap_or_default();
    Ok(lines.filter_map(|line| line.split(',').nth(column)).map(str::to_owned).collect())
}
