//! Settled money on its way: payment runs, their files and results, payslips, and claims; real programs and a real ledger.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::{Server, Site};
use crate::harness::wait;
use crate::main_job::rows;
use crate::settlements::{OFTEN, frozen, paying, settle, work};

pub(crate) const PAYER: [&str; 6] =
    ["--payer-name", "Sauti Cooperative", "--payer-type", "ACCOUNT", "--payer-account", "0011223344"];
const MAP: &str = "format = \"csv\"\nreference = \"ref\"\namount = \"amount\"\nreason = \"why\"\n\
                   [status]\ncolumn = \"status\"\npaid = [\"DONE\"]\nfailed = [\"NO\"]\nreturned = [\"BACK\"]\nunknown = [\"?\"]\n";

pub(crate) fn did(home: &Home) -> String {
    home.json(&["whoami", "--project", "sauti"])["did"].as_str().unwrap().to_owned()
}

/// A payees file for some of these people.
fn payees(at: &Home, people: &[(&str, &Home)]) -> String {
    let mut text = "contributor,name,identifier_type,identifier\n".to_owned();
    for (place, (name, home)) in people.iter().enumerate() {
        text.push_str(&format!("{},{name},MSISDN,+25570000000{place}\n", did(home)));
    }
    at.write("payees.csv", text)
}

struct Paying {
    server: Server,
    project: Project,
    people: Vec<Home>,
    settlement: String,
}

/// Three people with 600, 300 and 100 points share 10.00; the steward is treasurer and paymaster.
fn settled() -> Paying {
    let server = Site::with_options(&OFTEN).create();
    let project = paying(&server, "[pay]\nshare = \"range\"\n");
    let steward = &project.steward;
    steward.run(&["member", "add", "sauti", "me", "--role", "paymaster"]).ok();
    steward.run(&["income", "add", "sauti", "10.00", "USD"]).ok();
    steward.run(&["push"]).ok();
    let people: Vec<Home> = ["600", "300", "100"]
        .map(|quantity| {
            let home = project.member(&server, "sauti");
            work(&home, quantity);
            home
        })
        .into();
    frozen(steward, "sauti");
    let settlement = settle(steward, "sauti");
    Paying { server, project, people, settlement }
}

fn export(home: &Home, payees: &str, rail: &str, out: &str, more: &[&str]) -> Value {
    let export = ["settlement", "export", "sauti", "--payees", payees, "--rail", rail, "--out", out];
    home.json(&[&export[..], &PAYER, more].concat())
}

fn reconcile(home: &Home, result: &str) -> Value {
    let map = home.write("map.toml", MAP);
    home.json(&["settlement", "reconcile", "sauti", result, "--map", &map])
}

/// Reference and amount of each payment in an exported CSV.
fn paid(file: &str) -> Vec<(String, String)> {
    let table = rows(&fs::read_to_string(file).unwrap());
    let column =
        |name: &str| table[0].iter().position(|n| n == name).unwrap_or_else(|| panic!("{:?}", table[0]));
    let (reference, amount) = (column("reference"), column("amount"));
    table[1..].iter().map(|row| (row[reference].clone(), row[amount].clone())).collect()
}

fn states(home: &Home) -> Vec<String> {
    let lines = lines(home);
    lines.iter().map(|line| line["state"].as_str().unwrap().to_owned()).collect()
}

/// The lines as the ledger serves them.
pub(crate) fn lines(home: &Home) -> Vec<Value> {
    let all = home.json(&["settlement", "lines", "sauti"]);
    all["lines"].as_array().unwrap().clone()
}

/// The payslip, once the newest snapshot has it with so many payments.
pub(crate) fn payslip(home: &Home, file: &Path, payments: usize) -> Value {
    wait::until("the payslip to be stated", || {
        let out = file.to_str().unwrap();
        let ended = home.run(&["--json", "payslip", "sauti", "--out", out]);
        if ended.status != 0 {
            assert!(
                ["settlement-not-stated", "snapshot-pending"].contains(&ended.code().as_str()),
                "{ended:?}"
            );
            return None;
        }
        let payslip = ended.json();
        (payslip["payments"].as_array().unwrap().len() == payments).then_some(payslip)
    })
}

#[test]
fn a_line_is_paid_once_and_its_payslip_shows_how() {
    let Paying { server, project, people, settlement } = settled();
    let steward = &project.steward;
    let [ama, kofi, zuri] = &people[..] else { unreachable!() };
    let file = payees(steward, &[("Ama", ama), ("Kofi", kofi)]);
    let out = steward.beside("paid").to_str().unwrap().to_owned();

    // Nothing is logged or written by a trial.
    let trial = export(steward, &file, "csv", &out, &["--dry-run"]);
    assert_eq!(
        (&trial["parts"][0]["lines"], &trial["parts"][0]["gross"]),
        (&2.into(), &"9.00".into()),
        "{trial}"
    );
    assert!(!Path::new(&out).exists());
    assert_eq!(states(steward), ["payable", "payable", "payable"]);

    // In shillings, less tax and fee.
    let evidence = steward.write("rate.txt", "129.50, seen on the day");
    let terms = [
        "--withholding",
        "5",
        "--fee",
        "0.10",
        "--pay-in",
        "KES",
        "--rate",
        "129.50",
        "--rate-evidence",
        &evidence,
    ];
    let first = export(steward, &file, "csv", &out, &terms);
    let part = &first["parts"][0];
    let sums = ["gross", "tax", "fee", "net", "paid_amount"].map(|name| part[name].as_str().unwrap());
    // 6.00: tax 0.30, fee 0.10, net 5.60, 725.20 KES. 3.00: 0.15, 0.10, 2.75, 356.12 (rounded down).
    assert_eq!(sums, ["9.00", "0.45", "0.20", "8.35", "1081.32"], "{first}");
    assert_eq!(first["left"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&first["left"][0]["code"], &first["left"][0]["contributor"]),
        (&"line-no-account".into(), &did(zuri).into())
    );
    let csv = part["file"].as_str().unwrap();
    let start = &settlement[..12];
    let expected = [
        (format!("{start}-USD-0-1"), "725.20".to_owned()),
        (format!("{start}-USD-1-1"), "356.12".to_owned()),
    ];
    assert_eq!(paid(csv), expected);
    assert_eq!(states(steward), ["instructed", "instructed", "payable"]);

    // What is instructed is never exported again: not here, and not on another machine of the paymaster's.
    let again = steward.copy();
    for home in [steward, &again] {
        let none = export(home, &file, "csv", &out, &terms);
        assert_eq!(none["parts"].as_array().unwrap().len(), 0, "{none}");
    }

    // Results that can not be: nothing of them is logged.
    let (a, b) = (&expected[0].0, &expected[1].0);
    let other = format!("{}-USD-0-1", "0".repeat(12));
    for (result, code) in [
        (format!("{a},725.19,DONE,\n"), "result-amount-differs"),
        (format!("{a},725.20,DONE,\n{other},1.00,DONE,\n"), "result-reference-foreign"),
        (format!("{a},725.20,DONE,\n{start}-USD-2-1,1.00,DONE,\n"), "result-reference-unknown"),
        (format!("{a},725.20,DONE,\n{a},725.20,NO,x\n"), "result-contradiction"),
        (format!("{a},725.20,PERHAPS,\n"), "result-status-unknown"),
    ] {
        let file = steward.write("bad.csv", format!("ref,amount,status,why\n{result}"));
        let map = steward.write("map.toml", MAP);
        let ended = steward.run(&["settlement", "reconcile", "sauti", &file, "--map", &map]);
        ended.fails(1, code);
        assert_eq!(states(steward), ["instructed", "instructed", "payable"], "{code}");
    }

    // One was paid, one was not; reading it twice changes nothing.
    let result =
        steward.write("result.csv", format!("ref,amount,status,why\n{a},725.20,DONE,\n{b},356.12,NO,AC04\n"));
    let found = reconcile(steward, &result);
    assert_eq!(
        [&found["paid"], &found["failed"], &found["known"]],
        [&1.into(), &1.into(), &Value::from(0)],
        "{found}"
    );
    let twice = reconcile(steward, &result);
    assert_eq!((&twice["known"], twice["payments"].as_array().unwrap().len()), (&2.into(), 0), "{twice}");
    assert_eq!(states(steward), ["paid", "failed", "payable"]);
    // A result that says otherwise of what is known.
    let late = steward.write("late.csv", format!("ref,amount,status,why\n{a},725.20,NO,late\n"));
    let map = steward.write("map.toml", MAP);
    steward
        .run(&["settlement", "reconcile", "sauti", &late, "--map", &map])
        .fails(1, "reconcile-contradiction");

    // What failed is paid by a second attempt, under another reference.
    let second = export(steward, &file, "csv", &out, &[]);
    assert_eq!(
        paid(second["parts"][0]["file"].as_str().unwrap()),
        [(format!("{start}-USD-1-2"), "3.00".to_owned())]
    );

    // Each payslip, stated and verified offline.
    let mine = ama.beside("ama.payslip");
    let slip = payslip(ama, &mine, 2);
    let said = [&slip["payable"], &slip["points"], &slip["of"]["points"]].map(|v| v.as_str().unwrap());
    assert_eq!(said, ["6.00", "600", "1000"]);
    assert_eq!(slip["of"]["unconfirmed"], "10.00");
    let made: Vec<&str> =
        slip["payments"].as_array().unwrap().iter().map(|p| p["state"].as_str().unwrap()).collect();
    assert_eq!(made, ["instructed", "paid"]);
    let instructed = &slip["payments"][0];
    let sums = ["gross", "tax", "fee", "net", "paid_currency", "paid_amount"]
        .map(|name| instructed[name].as_str().unwrap());
    assert_eq!(sums, ["6.00", "0.30", "0.10", "5.60", "KES", "725.20"]);
    let slip = payslip(kofi, &kofi.beside("kofi.payslip"), 3);
    let attempts: Vec<u64> =
        slip["payments"].as_array().unwrap().iter().map(|p| p["attempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 1, 2]);
    assert_eq!(slip["payments"][1]["reason"], "ac04");
    payslip(zuri, &zuri.beside("zuri.payslip"), 0);
    // Everybody has one, also at zero: the steward has a line if they have a handle, and else none.
    let verified = verify(ama, &mine);
    assert!(verified.contains("a payslip, settlement 1 in USD, stated by the ledger"), "{verified}");
    assert!(
        verified.contains("UNCONFIRMED 10.00") && verified.contains("payable      6.00 USD"),
        "{verified}"
    );
    // Another number, or another payment, is refused.
    let text = fs::read_to_string(&mine).unwrap();
    for (from, to) in [(" 600 600 ", " 601 600 "), ("decision 0 ", "decision 1 ")] {
        assert!(text.contains(from));
        let forged = ama.write("forged.payslip", text.replacen(from, to, 1));
        let policy = ama.policy();
        let ended = ama.run(&["verify", &forged, "--policy", policy.to_str().unwrap()]);
        assert_eq!(ended.status, 1, "{ended:?}");
    }
    drop(server);
}

fn verify(home: &Home, file: &Path) -> String {
    let policy = home.policy();
    home.run(&["verify", file.to_str().unwrap(), "--policy", policy.to_str().unwrap()]).ok()
}

/// Every payment of every file in a folder.
fn all_paid(folder: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let whole = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "csv"));
    whole.flat_map(|file| paid(file.to_str().unwrap())).map(|(reference, _)| reference).collect()
}

#[test]
fn exports_that_are_killed_go_on_and_nobody_is_paid_twice() {
    let Paying { server, project, people, .. } = settled();
    let steward = &project.steward;
    let named: Vec<(&str, &Home)> = people.iter().map(|home| ("Somebody", home)).collect();
    let file = payees(steward, &named);
    let out = steward.beside("paid");
    // One line a file, so that a kill can come between two of them; and a second machine at the same work.
    let args = |out: &Path| -> Vec<String> {
        let out = out.to_str().unwrap();
        let export = [
            "settlement",
            "export",
            "sauti",
            "--payees",
            &file,
            "--rail",
            "csv",
            "--limit",
            "1",
            "--out",
            out,
        ];
        [&export[..], &PAYER].concat().iter().map(|arg| (*arg).to_owned()).collect()
    };
    let there = steward.copy();
    let elsewhere = there.beside("paid");
    for round in 0_u64..14 {
        let (home, out) = if round % 3 == 2 { (&there, &elsewhere) } else { (steward, &out) };
        let args = args(out);
        let mut command = home.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // It is killed somewhere between its start and its end, which is not waited for.
        let until = wait::now() + std::time::Duration::from_millis(round * 25);
        while wait::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
    }
    // Both machines finish their own work.
    for (home, out) in [(steward, &out), (&there, &elsewhere)] {
        let args = args(out);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        home.run(&args).ok();
        assert_eq!(
            fs::read_dir(home.dir().join("payments")).unwrap().count(),
            0,
            "nothing is left half-done"
        );
    }
    let all = [all_paid(&out), all_paid(&elsewhere)].concat();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (3, 3), "{all:?}");
    assert_eq!(states(steward), ["instructed", "instructed", "instructed"]);
    drop(server);
}

#[test]
fn only_paymasters_pay_and_payees_files_are_read_strictly() {
    let Paying { server, project, people, .. } = settled();
    let steward = &project.steward;
    let file = payees(steward, &[("Ama", &people[0])]);
    let out = people[0].beside("paid").to_str().unwrap().to_owned();
    let export = ["settlement", "export", "sauti", "--payees", &file, "--rail", "csv", "--out", &out];
    let ended = people[0].run(&[&export[..], &PAYER].concat());
    ended.fails(1, "payment-void");
    assert!(ended.stderr.contains("not-paymaster"), "{ended:?}");
    assert!(!Path::new(&out).exists());
    assert_eq!(fs::read_dir(people[0].dir().join("payments")).unwrap().count(), 0);
    // A paymaster's key can log payments and nothing else about money.
    steward.run(&["member", "add", "sauti", &did(&people[0]), "--role", "paymaster"]).ok();
    steward.run(&["push"]).ok();
    people[0].run(&["income", "add", "sauti", "1.00", "USD"]).ok();
    let held = people[0].run(&["push"]);
    assert!(held.stdout.contains("[not-treasurer]"), "{held:?}");

    let key = did(&people[0]);
    let heading = "contributor,name,identifier_type,identifier\n";
    for (text, code) in [
        (format!("{heading}{key},=HYPERLINK(1),MSISDN,255700000001\n"), "cell-formula"),
        (
            format!("{heading}{key},Ama,MSISDN,255700000001\n{key},Ama,MSISDN,255700000002\n"),
            "payees-two-accounts",
        ),
        (format!("{heading}{key},Ama,IBAN,GB33BUKB20201555555556\n"), "account-iban-check-digits"),
        (format!("{heading}{key},Ama\n"), "payees-line-malformed"),
        ("who,name\n".to_owned(), "payees-column-unknown"),
    ] {
        let file = steward.write("bad-payees.csv", text);
        let export = ["settlement", "export", "sauti", "--payees", &file, "--rail", "csv", "--out", &out];
        let ended = steward.run(&[&export[..], &PAYER].concat());
        ended.fails(1, code);
    }
    assert_eq!(states(steward), ["payable", "payable", "payable"]);
    let export = ["settlement", "export", "sauti", "--payees", &file, "--rail", "rail", "--out", &out];
    steward.run(&[&export[..], &PAYER].concat()).fails(1, "rail-unknown");
    drop(server);
}

/// One profile pays from one place at a time: what a run puts aside is never rubbish to another.
#[test]
fn runs_of_one_profile_wait_for_each_other() {
    let Paying { server, project, people, .. } = settled();
    let steward = &project.steward;
    let named: Vec<(&str, &Home)> = people.iter().map(|home| ("Somebody", home)).collect();
    let file = payees(steward, &named);
    let out = steward.beside("paid").to_str().unwrap().to_owned();
    let args =
        ["settlement", "export", "sauti", "--payees", &file, "--rail", "csv", "--limit", "1", "--out", &out];
    let args = [&args[..], &PAYER].concat();
    let start = || steward.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut running: Vec<_> = (0..4).map(|_| start()).collect();
    for run in &mut running {
        assert!(run.wait().unwrap().success());
    }
    let mut references = all_paid(Path::new(&out));
    references.sort();
    references.dedup();
    assert_eq!((references.len(), all_paid(Path::new(&out)).len()), (3, 3));
    assert_eq!(states(steward), ["instructed", "instructed", "instructed"]);
    drop(server);
}

/// A file whose payment is logged, and that could not be given out, is a dead one as soon as its lines go on without it.
#[test]
fn a_file_of_a_dead_attempt_is_never_given_out() {
    let Paying { server, project, people, settlement } = settled();
    let steward = &project.steward;
    let named: Vec<(&str, &Home)> = people.iter().map(|home| ("Somebody", home)).collect();
    let file = payees(steward, &named);
    // There is a file where the folder is to be: the payment is logged, and its file stays in the profile.
    let out = steward.write("paid", "in the way");
    let args = ["settlement", "export", "sauti", "--payees", &file, "--rail", "csv", "--out", &out];
    let args = [&args[..], &PAYER].concat();
    steward.run(&args).fails(2, "payment-not-staged");
    assert_eq!(states(steward), ["instructed", "instructed", "instructed"]);
    steward.run(&args).fails(2, "payment-not-staged");

    // The hub has never heard of them, and says so in its own words, which are not for the log.
    let start = &settlement[..12];
    let mut result = "ref,status,why\n".to_owned();
    (0..3).for_each(|handle| result += &format!("{start}-USD-{handle}-1,NO,Ama +255700000005 unknown\n"));
    let map = steward.write("map.toml", MAP.replace("amount = \"amount\"\n", ""));
    let result = steward.write("result.csv", result);
    let found = steward.json(&["settlement", "reconcile", "sauti", &result, "--map", &map]);
    assert_eq!((&found["failed"], &found["reasons_kept_back"]), (&3.into(), &3.into()), "{found}");
    assert_eq!(found["payments"][0]["reason"], Value::Null);

    fs::remove_file(&out).unwrap();
    let second = steward.json(&args);
    assert_eq!(second["resumed"].as_array().unwrap().len(), 0, "{second}");
    let mut references = all_paid(Path::new(&out));
    references.sort();
    let expected: Vec<String> = (0..3).map(|handle| format!("{start}-USD-{handle}-2")).collect();
    assert_eq!(references, expected);
    assert_eq!(fs::read_dir(steward.dir().join("payments")).unwrap().count(), 0);

    // That the first attempt was paid after all is never passed over in silence.
    let late = steward.write("late.csv", format!("ref,status,why\n{start}-USD-0-1,DONE,\n"));
    let reconcile = ["settlement", "reconcile", "sauti", &late, "--map", &map];
    steward.run(&reconcile).fails(1, "reconcile-earlier-attempt-paid");
    let passed = steward.json(&[&reconcile[..], &["--old-reports"]].concat());
    assert_eq!(passed["older_attempts"], 1, "{passed}");
    // The failed result, read again after the later attempt, says nothing new.
    let again = steward.json(&["settlement", "reconcile", "sauti", &result, "--map", &map]);
    assert_eq!(
        (&again["older_attempts"], again["payments"].as_array().unwrap().len()),
        (&3.into(), 0),
        "{again}"
    );
    assert_eq!(states(steward), ["instructed", "instructed", "instructed"]);
    drop(server);
}
