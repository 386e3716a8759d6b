//! The worked integration of docs/payouts.md against a payout system that drops, delays and fails: killed at every step, started
//! again, and nobody is paid twice.

mod gate;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use self::gate::Gate;
use self::sandbox::Sandbox;
use crate::harness::http::Http;
use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::{Server, Site};
use crate::harness::{LEBOMBO, project_root, wait};
use crate::settlements::{OFTEN, frozen, paying, settle, work};

/// Where the integration is killed.
enum Kill {
    /// Standing still after a step: its name, and the how many of them.
    After(&'static str),
    /// In the program that it runs: when the ledger has logged so many payments, before it can answer.
    Logged(u32),
}
use Kill::{After, Logged};

struct World {
    server: Server,
    project: Project,
    paymaster: Home,
    gate: Gate,
    sandbox: Sandbox,
}

/// Whether there is a Python to run the integration with; says so where there is none.
pub(crate) fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: there is no python3");
    }
    found
}

fn did(home: &Home) -> String {
    home.json(&["whoami", "--project", "sauti"])["did"].as_str().unwrap().to_owned()
}

fn account(place: usize) -> String {
    format!("25570000000{place}")
}

impl World {
    /// Six people share 10.01; somebody who is nothing but paymaster pays them.
    fn settled() -> Self {
        let server = Site::with_options(&OFTEN).create();
        let project = paying(&server, "[pay]\nshare = \"range\"\nclaim = 0\n");
        let gate = Gate::before(server.url());
        let paymaster = Home::new(&gate.url, &server.vkey().to_string());
        paymaster.run(&["project", "pin", "sauti", &project.id]).ok();
        let steward = &project.steward;
        steward.run(&["member", "add", "sauti", &did(&paymaster), "--role", "paymaster"]).ok();
        steward.run(&["income", "add", "sauti", "10.01", "USD"]).ok();
        steward.run(&["push"]).ok();
        let mut payees = "contributor,name,identifier_type,identifier\n".to_owned();
        for (place, quantity) in ["600", "200", "150", "100", "40", "10"].iter().enumerate() {
            let home = project.member(&server, "sauti");
            work(&home, quantity);
            payees.push_str(&format!("{},Somebody,MSISDN,+{}\n", did(&home), account(place)));
        }
        paymaster.write("payees.csv", payees);
        frozen(steward, "sauti");
        settle(steward, "sauti");
        Self { server, project, paymaster, gate, sandbox: Sandbox::start() }
    }

    /// Money moves and the answer is lost; it fails; it takes a while; it is carried out long after everybody has given up.
    fn behave_badly(&self) {
        self.sandbox.behave(&json!({
            account(1): {"drop": true}, account(2): {"fail": true}, account(3): {"pending": 2}, account(4): {"late": true},
            account(5): {"drop": true},
        }));
    }

    /// The integration, in a process group of its own with whatever it starts.
    fn start(&self, stop_after: Option<&str>) -> Child {
        let paymaster = &self.paymaster;
        let mut command = Command::new("python3");
        command.arg(project_root().join("docs/payouts/pay.py"));
        command.args([
            "--ledger",
            self.server.url(),
            "--project",
            &self.project.id,
            "--api",
            &self.sandbox.http.base,
        ]);
        command.arg("--work").arg(paymaster.beside("work"));
        command.arg("--lebombo").arg(format!("{LEBOMBO} --home {}", paymaster.dir().display()));
        command.args(["--wait", "0.01", "--timeout", "3", "--", "--limit", "2", "--payees"]);
        command.arg(paymaster.beside("payees.csv"));
        command.args([
            "--payer-name",
            "Sauti Cooperative",
            "--payer-type",
            "ACCOUNT",
            "--payer-account",
            "0011223344",
        ]);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        if let Some(step) = stop_after {
            command.env("PAY_STOP_AFTER", step);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    /// Starts it and kills it there, with all that it has started.
    fn killed(&self, kill: &Kill) {
        let mut child = match kill {
            After(step) => self.start(Some(step)),
            Logged(count) => {
                let armed = self.gate.arm(*count);
                let child = self.start(None);
                armed.send(Pid::from_child(&child)).unwrap();
                child
            }
        };
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while lines.read_line(&mut said).unwrap() > 0 {
            let last = said.lines().last().unwrap_or_default();
            if let After(step) = kill
                && (last == format!("step {step}") || last.starts_with(&format!("step {step} ")))
            {
                kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
            }
        }
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended before it was killed: {said}");
        self.nobody_is_paid_twice();
    }

    /// Runs it to its end; its exit status and what it said.
    fn run(&self) -> (i32, String) {
        let mut child = self.start(None);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code().unwrap(), said)
    }

    fn nobody_is_paid_twice(&self) {
        let state = self.sandbox.state();
        let mut accounts = BTreeSet::new();
        for movement in state["moved"].as_array().unwrap() {
            assert!(accounts.insert(movement["account"].as_str().unwrap()), "{state}");
        }
        // Only what stands in a file that was given out was ever asked for.
        let given = self.given_out();
        for reference in state["posts"].as_object().unwrap().keys() {
            assert!(given.contains(reference), "{reference} is in no file: {given:?}");
        }
    }

    /// The log has payments that the integration could not know of: lines without a file, or with a result for some only.
    fn log_is_ahead(&self) {
        let given = self.given_out();
        let lines = self.lines();
        let of = |state: &str| lines.values().filter(|line| line["state"] == state).collect::<Vec<_>>();
        let has_file = |line: &Value| {
            let end = format!("-{}-{}", line["handle"], line["attempt"]);
            given.iter().any(|reference| reference.ends_with(&end))
        };
        let without_file = of("instructed").into_iter().any(|line| !has_file(line));
        let results_of_some = !of("failed").is_empty() && !of("instructed").is_empty();
        assert!(without_file || results_of_some, "{lines:?} {given:?}");
    }

    /// Each line was paid once, to the cent, and the log says so; the one that failed by its second attempt.
    fn everybody_is_paid(&self) {
        self.nobody_is_paid_twice();
        let state = self.sandbox.state();
        let moved = state["moved"].as_array().unwrap();
        let lines = self.lines();
        assert_eq!((moved.len(), lines.len()), (6, 6), "{state}");
        for movement in moved {
            let line = &lines[movement["account"].as_str().unwrap()];
            assert_eq!(
                (&movement["amount"], &movement["currency"]),
                (&line["payable"], &json!("USD")),
                "{movement}"
            );
            assert_eq!(line["state"], "paid", "{line}");
            let attempt = if movement["account"] == account(2) { 2 } else { 1 };
            assert_eq!(line["attempt"], attempt, "{line}");
            assert!(
                movement["reference"].as_str().unwrap().ends_with(&format!("-{}-{attempt}", line["handle"]))
            );
        }
        let sum: u64 = moved.iter().map(|movement| cents(&movement["amount"])).sum();
        assert_eq!(sum, 1_001);
        // What it was there for did happen: one request was carried out late, and found its payment made.
        assert_eq!(state["late"], 1, "{state}");
        let posts: BTreeMap<String, u64> = moved
            .iter()
            .map(|m| {
                (
                    m["account"].as_str().unwrap().to_owned(),
                    state["posts"][m["reference"].as_str().unwrap()].as_u64().unwrap(),
                )
            })
            .collect();
        // The dropped answer was asked for, and not paid anew.
        assert_eq!((posts[&account(1)], posts[&account(4)]), (1, 2), "{posts:?}");
    }

    fn given_out(&self) -> BTreeSet<String> {
        let Ok(files) = std::fs::read_dir(self.paymaster.beside("work/files")) else {
            return BTreeSet::new();
        };
        let files = files.map(|file| file.unwrap().path());
        let whole = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
        whole
            .flat_map(|path| {
                let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
                let reference = |line: &Value| line["reference"].as_str().unwrap().to_owned();
                file["lines"].as_array().unwrap().iter().map(reference).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The lines, by account.
    fn lines(&self) -> BTreeMap<String, Value> {
        let all = self.project.steward.json(&["settlement", "lines", "sauti"]);
        let lines = all["lines"].as_array().unwrap().clone();
        (0..).map(account).zip(lines).collect()
    }
}

fn cents(amount: &Value) -> u64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn killed_at_every_step_it_pays_everybody_once() {
    if !has_python() {
        return;
    }
    let world = World::settled();
    world.behave_badly();
    for kill in [
        // Before the export.
        After("pulled:1"),
        // In the export: the first file is out, the second payment is in the log, its file is not there.
        Logged(2),
        After("exported:1"),
        // Between the question and the POST.
        After("asked:1"),
        // Between two POSTs.
        After("posted:1"),
        // After a POST whose answer was lost.
        After("unanswered:1"),
        // That of the second is known by now; the third is the one that fails.
        After("posted:1"),
        // The fourth says pending; the fifth is not answered, and carried out later.
        After("unanswered:1"),
        // Before the result file, before it is reconciled, and in that: one of its two payments is in the log.
        After("settled:1"),
        After("written:1"),
        Logged(1),
        // The second attempt of the third, and nothing else: its payment is in the log, and no file.
        Logged(1),
        After("exported:1"),
        After("posted:1"),
        After("reconciled:1"),
        After("all:1"),
    ] {
        world.killed(&kill);
        if matches!(kill, Logged(_)) {
            world.log_is_ahead();
        }
    }
    let (status, said) = world.run();
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains("step posted"), "nothing was left to be paid: {said}");
    // And once more, with its cursor and without.
    std::fs::remove_file(world.paymaster.beside("work/cursor")).unwrap();
    let (status, said) = world.run();
    assert_eq!(status, 0, "{said}");
    world.nobody_is_paid_twice();

    world.everybody_is_paid();
    claimed(&world);
    the_feed_can_be_resumed_anywhere(&world);
    world.server.stop();
}

#[test]
fn undisturbed_it_comes_through_whatever_the_api_does() {
    if !has_python() {
        return;
    }
    let world = World::settled();
    world.behave_badly();
    let (status, said) = world.run();
    assert_eq!(status, 0, "{said}");
    assert_eq!(said.matches("step unanswered").count(), 3, "{said}");
    world.everybody_is_paid();
    world.server.stop();
}

/// Somebody claims an imported alias; a treasurer and an advocate confirm it.
fn claimed(world: &World) {
    let World { project, paymaster, server, .. } = world;
    let steward = &project.steward;
    for (who, role) in [(did(steward), "importer"), (did(paymaster), "advocate")] {
        steward.run(&["member", "add", "sauti", &who, "--role", role]).ok();
    }
    steward.run(&["push"]).ok();
    let sample = project_root().join("samples/label-studio.json");
    steward.run(&["import", "label-studio", sample.to_str().unwrap(), "--project", "sauti"]).ok();
    steward.run(&["push"]).ok();
    let alias = wait::until("the imported work to be counted", || {
        let totals = steward.json(&["total", "--project", "sauti"]);
        let all = totals["contributors"].as_array().unwrap().clone();
        let mut names = all.iter().filter_map(|one| one["contributor"].as_str());
        names.find(|who| who.starts_with("alias:")).map(str::to_owned)
    });
    let claimant = project.member(server, "sauti");
    let file = claimant.beside("claim.dsse").to_str().unwrap().to_owned();
    let confirmers = format!("{},{}", did(steward), did(paymaster));
    claimant.run(&["claim", &alias, "--project", "sauti", "--with", &confirmers, "--out", &file]).ok();
    steward.run(&["sign", &file]).ok();
    paymaster.run(&["sign", &file, "--push"]).ok();
}

/// What the API says of money, page by page from wherever one was (spec/api.md §5).
fn the_feed_can_be_resumed_anywhere(world: &World) {
    let http: &Http = &world.server.http;
    let whole = wait::until("the fold to have come to the end", || {
        let page = http.fetch("/v1/changes?limit=4096").json();
        (page["as_of"] == page["published"]).then_some(page)
    });
    let changes = whole["changes"].as_array().unwrap();
    let strip = |change: &Value| (change["index"].clone(), change["id"].clone(), change["kind"].clone());
    for (index, change) in changes.iter().enumerate() {
        let after = index.checked_sub(1).map(|index| format!("&after={index}")).unwrap_or_default();
        let page = http.fetch(&format!("/v1/changes?limit=1{after}")).json();
        assert_eq!(strip(&page["changes"][0]), strip(change));
        assert_eq!(page["next"], index);
    }
    let kinds = |kind: &str| changes.iter().filter(|change| change["kind"] == kind).count();
    // Three files and one; two results and one.
    let money = ["closing", "income", "settlement", "payment", "claim"];
    assert_eq!(money.map(kinds), [1, 1, 1, 7, 1]);
    for change in changes.iter().filter(|change| money.contains(&change["kind"].as_str().unwrap())) {
        assert_eq!(change["project"], world.project.id.as_str());
        assert_eq!(change["standing"], json!({"status": "applied"}));
    }
}
