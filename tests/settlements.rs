//! Income that becomes pay: closed, frozen, settled by the real program against a real ledger, and worked out once more by other
//! means.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::{Server, Site};
use crate::harness::{shared, wait};
use crate::main_job::rows;
use crate::reviews::judge_the_corpus;

pub(crate) const OFTEN: [&str; 2] = ["--snapshot-interval", "1"];

/// The cents of a decimal number.
fn cents(value: &Value) -> u64 {
    let text = value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
    let (whole, part) = text.split_once('.').unwrap();
    assert_eq!(part.len(), 2, "{text}");
    whole.parse::<u64>().unwrap() * 100 + part.parse::<u64>().unwrap()
}

fn treasurer(project: &Project, name: &str) {
    project.steward.run(&["member", "add", name, "me", "--role", "treasurer"]).ok();
    project.steward.run(&["push"]).ok();
}

/// Closes, and waits until the freeze has its snapshot; what would be settled.
pub(crate) fn frozen(steward: &Home, name: &str) -> Value {
    steward.run(&["settlement", "prepare", name]).fails(1, "settlement-not-frozen");
    steward.run(&["settlement", "close", name]).ok();
    steward.run(&["push"]).ok();
    wait::until("the project to be frozen and stated", || {
        let ended = steward.run(&["--json", "settlement", "prepare", name]);
        (ended.status == 0).then(|| ended.json()).filter(|prepared| prepared["snapshot"].is_string())
    })
}

pub(crate) fn settle(steward: &Home, name: &str) -> String {
    let signed = steward.json(&["settlement", "sign", name]);
    steward.run(&["push"]).ok();
    let id = signed["id"].as_str().unwrap().to_owned();
    wait::until("the settlement to be valid", || {
        let status = steward.run(&["--json", "status", &id]);
        (status.status == 0 && status.json()["status"] == "applied").then_some(())
    });
    id
}

/// Works the last settlement out anew from the log.
fn check(steward: &Home, name: &str, more: &[&str]) -> Value {
    let policy = steward.policy();
    let check = ["settlement", "check", name, "--policy", policy.to_str().unwrap()];
    steward.json(&[&check[..], more].concat())
}

pub(crate) fn work(home: &Home, quantity: &str) {
    let work = ["log", "annotation", "--project", "sauti", "--activity", "labelling", "--unit", "item"];
    home.run(&[&work[..], &["--quantity", quantity]].concat()).ok();
    home.run(&["push"]).ok();
}

fn amounts(prepared: &Value, field: &str) -> Vec<u64> {
    prepared["currencies"][0]["lines"].as_array().unwrap().iter().map(|line| cents(&line[field])).collect()
}

/// A project whose charter pays so.
pub(crate) fn paying(server: &Server, pay: &str) -> Project {
    let at_once = ("rule = \"first\"\nsilence = 30", "rule = \"at-once\"");
    let last = "[verdicts.review]\nrule = \"at-once\"\n";
    let with_pay = format!("{last}\n{pay}");
    let project = Project::with(server, "sauti", &[at_once, (last, &with_pay)]);
    treasurer(&project, "sauti");
    project
}

#[test]
fn debts_by_rate_are_paid_oldest_first_and_the_rest_is_carried() {
    let server = Site::with_options(&OFTEN).create();
    let project = paying(&server, "[pay]\n[[pay.rate]]\ncurrency = \"USD\"\namount = \"0.10\"\n");
    let steward = &project.steward;
    let [ama, kofi] = [0, 1].map(|_| project.member(&server, "sauti"));
    work(&ama, "100");
    work(&kofi, "50");
    steward.run(&["income", "add", "sauti", "9.00", "USD"]).ok();
    steward.run(&["push"]).ok();

    // 15.00 is owed, 9.00 came in: pro rata.
    let prepared = frozen(steward, "sauti");
    assert_eq!(amounts(&prepared, "accrued"), [1_000, 500], "{prepared}");
    assert_eq!(amounts(&prepared, "payable"), [600, 300]);
    assert_eq!(amounts(&prepared, "owed"), [400, 200]);
    let said = steward.run(&["settlement", "prepare", "sauti"]).ok();
    assert!(said.contains("still owed") && said.contains("by rate; the income did not cover it"), "{said}");
    let snapshot = prepared["snapshot"].as_str().unwrap();
    let first_stated = steward.json(&["status", snapshot])["index"].as_u64().unwrap() + 1;
    let first = settle(steward, "sauti");
    let checked = check(steward, "sauti", &[]);
    assert_eq!((&checked["number"], &checked["id"]), (&1.into(), &first.as_str().into()));
    assert_eq!(checked["currencies"][0]["owed"], "6.00");

    // The next range: the old debts come first, then the new ones; what is left is nobody's by this charter.
    work(&kofi, "10");
    steward.run(&["income", "add", "sauti", "8.00", "USD"]).ok();
    steward.run(&["push"]).ok();
    let prepared = frozen(steward, "sauti");
    assert_eq!(amounts(&prepared, "payable"), [400, 300], "{prepared}");
    assert_eq!(amounts(&prepared, "owed_before"), [400, 200]);
    assert_eq!(prepared["currencies"][0]["settled"]["after"]["unallocated"], "1.00");
    settle(steward, "sauti");
    let books = steward.json(&["income", "show", "sauti"]);
    assert_eq!(
        (&books["settlements"], &books["currencies"][0]["unallocated"], &books["currencies"][0]["unsettled"]),
        (&2.into(), &"1.00".into(), &"0.00".into()),
        "{books}"
    );

    // Money is taken back of what was settled: out of later income.
    // Totals have moved on, but those of the snapshots that settlements are about are still proven.
    let proof = kofi.beside("kofi.total").to_str().unwrap().to_owned();
    let prove = |size: u64| {
        kofi.run(&[
            "--json",
            "total",
            "--project",
            "sauti",
            "--proof",
            &proof,
            "--snapshot",
            &size.to_string(),
        ])
    };
    assert_eq!(prove(first_stated).json()["points"], "50");
    let policy = kofi.policy();
    let verified = kofi.run(&["verify", &proof, "--policy", policy.to_str().unwrap()]).ok();
    assert!(verified.contains("50 of 150 points"), "{verified}");
    let between = first_stated + 1;
    assert_ne!(prove(between).status, 0, "no snapshot, or one that no settlement is about");

    let receipts = steward.json(&["income", "show", "sauti"]);
    assert_eq!(receipts["currencies"][0]["income"], "17.00");
    let added = steward.json(&["income", "add", "sauti", "5.00", "USD"]);
    let income = added["id"].as_str().unwrap();
    steward.run(&["push"]).ok();
    steward.run(&["income", "reverse", "sauti", "2.00", "USD", "--of", income]).ok();
    steward.run(&["push"]).ok();
    let books = wait::until("the reversal to be counted", || {
        let books = steward.json(&["income", "show", "sauti"]);
        (books["currencies"][0]["unsettled"] == "3.00").then_some(books)
    });
    assert_eq!(books["currencies"][0]["reversals"], "0.00");

    // What would count for nothing is not sent.
    steward.run(&["income", "reverse", "sauti", "3.01", "USD", "--of", income]).ok();
    let held = steward.run(&["push"]);
    held.fails(1, "not-all-pushed");
    assert!(held.stdout.contains("[reversal-above-income]"), "{held:?}");
    kofi.run(&["income", "add", "sauti", "1.00", "USD"]).ok();
    let held = kofi.run(&["push"]);
    held.fails(1, "not-all-pushed");
    assert!(held.stdout.contains("[not-treasurer]"), "{held:?}");
}

#[test]
fn amounts_that_are_none_are_refused_before_anything_is_signed() {
    let server = Site::with_options(&OFTEN).create();
    let project = paying(&server, "[pay]\nshare = \"ever\"\n");
    let steward = &project.steward;
    for (amount, currency, code) in [
        ("-5.00", "USD", "amount-negative"),
        ("5.005", "USD", "amount-decimals"),
        ("5.5", "UGX", "amount-decimals"),
        ("5.5", "RWF", "amount-decimals"),
        ("5.0005", "TND", "amount-decimals"),
        ("1,000", "USD", "amount-malformed"),
        ("90071992547409.92", "USD", "amount-too-large"),
        ("5", "XXX", "currency"),
        ("5", "usd", "currency"),
    ] {
        steward.run(&["income", "add", "sauti", amount, currency]).fails(1, code);
    }
    assert_eq!(steward.json(&["outbox"])["waiting"].as_array().unwrap().len(), 0);
    for (amount, currency, shown) in
        [("5000", "UGX", "5000"), ("5.005", "TND", "5.005"), ("7", "USD", "7.00")]
    {
        steward.run(&["income", "add", "sauti", amount, currency]).ok();
        let shows = [currency, shown].map(str::to_owned);
        steward.run(&["push"]).ok();
        wait::until("the income to be counted", || {
            let books = steward.json(&["income", "show", "sauti"]);
            let all = books["currencies"].as_array().unwrap().clone();
            all.iter()
                .any(|b| {
                    [&b["currency"], &b["income"]].map(|v| v.as_str().unwrap()) == [&shows[0], &shows[1]]
                })
                .then_some(())
        });
    }
}

/// Of 850.00 by accepted annotations: the whole cents, then one each to the largest remainders, ties to the lower handle.
/// In other words than the program's: fractions are compared, and nothing is divided but whole cents.
fn shares(pool: u64, points: &BTreeMap<u64, u64>) -> BTreeMap<u64, u64> {
    let total: u64 = points.values().sum();
    let mut parts: BTreeMap<u64, u64> = points.iter().map(|(h, p)| (*h, pool * p / total)).collect();
    let mut order: Vec<(u64, u64)> = points.iter().map(|(h, p)| (pool * p % total, *h)).collect();
    order.sort_by(|(a, x), (b, y)| b.cmp(a).then(x.cmp(y)));
    let left = pool - parts.values().sum::<u64>();
    for (_, handle) in order.into_iter().take(usize::try_from(left).unwrap()) {
        *parts.get_mut(&handle).unwrap() += 1;
    }
    parts
}

#[test]
fn the_corpus_is_paid_to_the_cent() {
    let (Some(corpus), Some(verdicts)) =
        (shared("vu_sound_annotations.csv"), shared("vu_sound_worker_review.csv"))
    else {
        return;
    };
    let server = Site::with_options(&OFTEN).create();
    let pay = "[pay]\nshare = \"ever\"\n[pay.funds]\ncommunity = 1500\n\
               [[pay.payout]]\ncurrency = \"USD\"\nminimum = \"1.00\"\n";
    let last = "[verdicts.review]\nrule = \"at-once\"\n";
    let project = Project::with(&server, "sauti", &[(last, &format!("{last}\n{pay}"))]);
    let steward = &project.steward;
    steward.run(&["member", "add", "sauti", "me", "--role", "importer"]).ok();
    treasurer(&project, "sauti");
    judge_the_corpus(&server, &project, &corpus, &verdicts);

    steward.run(&["income", "add", "sauti", "1000.00", "USD"]).ok();
    steward.run(&["push"]).ok();
    let prepared = frozen(steward, "sauti");
    let settled = &prepared["currencies"][0]["settled"];
    assert_eq!(settled["funds"], serde_json::json!([{"name": "community", "amount": "150.00"}]), "{settled}");
    let lines = prepared["currencies"][0]["lines"].as_array().unwrap();
    assert_eq!(lines.len() as u64, settled["lines"].as_u64().unwrap());
    assert_eq!(cents(&settled["payable"]) + cents(&settled["after"]["held"]), 85_000);
    let id = settle(steward, "sauti");

    // By other means, from the replay's own file and from the two tables that everything came from.
    let out = steward.beside("lines.csv").to_str().unwrap().to_owned();
    let checked = check(steward, "sauti", &["--out", &out]);
    assert_eq!(checked["id"], id.as_str());
    let table = rows(&fs::read_to_string(&out).unwrap());
    let column = |name: &str| table[0].iter().position(|n| n == name).unwrap();
    let [handle, who, ever, share, payable, held] =
        ["handle", "contributor", "ever", "share", "payable", "held"].map(column);
    let points: BTreeMap<u64, u64> =
        table[1..].iter().map(|row| (row[handle].parse().unwrap(), row[ever].parse().unwrap())).collect();
    assert_eq!(points.values().sum::<u64>(), 20_937);
    let expected = shares(85_000, &points);
    let text = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    for (row, line) in table[1..].iter().zip(lines) {
        let cents = expected[&row[handle].parse().unwrap()];
        let (paid, kept) = if cents >= 100 { (cents, 0) } else { (0, cents) };
        assert_eq!(
            (&row[share], &row[payable], &row[held]),
            (&text(cents), &text(paid), &text(kept)),
            "{row:?}"
        );
        assert_eq!(
            (&line["contributor"], &line["payable"]),
            (&row[who].as_str().into(), &row[payable].as_str().into())
        );
    }
    assert_eq!(expected.values().sum::<u64>(), 85_000);

    // Everybody has a payslip, each verified offline, and together they are the whole.
    let folder = steward.beside("payslips");
    let folder = folder.to_str().unwrap();
    let all = wait::until("the payslips to be stated", || {
        let ended = steward.run(&["--json", "payslip", "sauti", "--all", folder]);
        (ended.status == 0).then(|| ended.json())
    });
    assert_eq!(all["payslips"].as_u64().unwrap(), lines.len() as u64);
    let policy = steward.policy();
    let (mut sum, mut people) = (0, BTreeMap::new());
    for line in lines {
        let file = format!("{folder}/{}.payslip", line["handle"]);
        let slip = steward.json(&["verify", &file, "--policy", policy.to_str().unwrap()]);
        assert_eq!(slip["of"]["ever"], "20937");
        sum += cents(&slip["payable"]) + cents(&slip["held"]);
        people
            .insert(slip["handle"].as_u64().unwrap(), slip["ever"].as_str().unwrap().parse::<u64>().unwrap());
    }
    assert_eq!((sum, &people), (85_000, &points));
    server.stop();
}
