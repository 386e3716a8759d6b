//! `lebombo audit` as a person runs it: at a ledger's address, over a folder, killed and started again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::checker::Stranger;
use crate::harness::http::Http;
use crate::harness::program::{Ended, Home, program};
use crate::harness::project::Project;
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};
use crate::harness::wait::until;
use crate::lies::log::Log;
use crate::lies::tiles;

/// What a dishonest ledger makes of an honest one's answer; where it makes nothing of it, it answers 404.
type Lie = Arc<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send + Sync>;

/// A server in front of another, that lies. It ends with the test.
fn lying(honest: &Http, lie: Lie) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let honest = honest.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (honest, lie) = (honest.clone(), Arc::clone(&lie));
            thread::spawn(move || pass_on(stream, &honest, &lie));
        }
    });
    url
}

fn pass_on(mut stream: TcpStream, honest: &Http, lie: &Lie) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut path = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if path.is_empty() {
            line.split(' ').nth(1).unwrap_or_default().clone_into(&mut path);
        }
        if line == "\r\n" {
            break;
        }
    }
    let answer = honest.get(&path);
    let body = if answer.status == 200 { lie(&path, answer.body) } else { answer.body };
    let status = if body.is_empty() { 404 } else { answer.status };
    let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // The auditor may have left.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

/// Changes an answer that is JSON.
fn in_json(path: &str, body: Vec<u8>, start: &str, change: impl Fn(&mut Value)) -> Vec<u8> {
    if !path.starts_with(start) {
        return body;
    }
    let mut value: Value = serde_json::from_slice(&body).unwrap();
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

struct Auditor {
    home: Home,
    policy: String,
}

impl Auditor {
    fn new(policy: &str) -> Self {
        let home = Home::empty();
        let policy = home.write("policy", policy);
        Self { home, policy }
    }

    fn run(&self, log: &str, more: &[&str]) -> Ended {
        self.home.run(&[&["audit", log, "--policy", &self.policy, "--json"], more].concat())
    }

    /// Audits from the beginning what a liar serves; the findings.
    fn findings(&self, url: &str) -> Vec<(String, String)> {
        let state = TempDir::new().unwrap();
        let ended = self.run(url, &["--state", state.path().to_str().unwrap()]);
        ended.fails(1, "audit-lies");
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        findings.iter().map(|f| (text(&f["code"]), text(&f["message"]))).collect()
    }
}

/// A ledger with a project, some accepted work, and a snapshot of all of it.
fn ledger(more: &[&str]) -> (Server, Project) {
    let server = Site::with_options(&[&["--snapshot-interval", "1"], more].concat()).create();
    let project = Project::with(&server, "sauti", &[]);
    until("a first snapshot", || (server.http.get("/v1/snapshots/latest").status == 200).then_some(()));
    for quantity in ["3", "4", "5"] {
        let home = project.member(&server, "sauti");
        let kinds = [("annotation", "labelling", "item"), ("dataset", "sentence-writing", "clip")];
        for (work, activity, unit) in kinds {
            let args = ["log", work, "--project", "sauti", "--activity", activity];
            home.run(&[&args[..], &["--quantity", quantity, "--unit", unit]].concat()).ok();
        }
        home.run(&["push"]).ok();
    }
    let size = server.http.fetch("/v1/log").json()["size"].as_u64().unwrap();
    until("a snapshot of all work", || {
        let answer = server.http.get("/v1/snapshots/latest");
        (answer.status == 200).then(|| answer.json()["size"].as_u64().unwrap()).filter(|s| *s > size)
    });
    // Work that waits changes no total: no other snapshot follows it.
    let home = project.member(&server, "sauti");
    let args = ["log", "annotation", "--project", "sauti", "--activity", "labelling", "--unit", "item"];
    home.run(&[&args[..], &["--quantity", "6"]].concat()).ok();
    home.run(&["push"]).ok();
    (server, project)
}

fn policy_of(server: &Server) -> String {
    format!("log {}\nquorum none\n", server.vkey())
}

#[test]
fn a_ledger_is_audited_cosigned_and_its_lies_are_named() {
    let auditors = Home::empty();
    let key = auditors.beside("auditor.pem");
    let key = key.to_str().unwrap();
    auditors.run(&["key", "generate", "--out", key]).ok();
    let did = auditors.run(&["key", "show", key]).ok();
    let did = lebombo_verifier::did::Did::parse(did.lines().next().unwrap()).unwrap();
    let name = lebombo_verifier::note::KeyName::parse("auditor.example/rules-1").unwrap();
    let public = lebombo_verifier::ed25519::PublicKey::from_bytes(did.key()).unwrap();
    let vkey = lebombo_verifier::note::Vkey::new(name, lebombo_verifier::note::Key::CosignatureV1(public))
        .to_string();

    let (server, project) = ledger(&["--auditor", &vkey]);
    let mut stranger = Stranger::of(&server);
    stranger.follow(&server.http);
    let policy = format!("{}witness aud {vkey}\ngroup auditors any aud\n", policy_of(&server));
    let auditor = Auditor::new(&policy);

    let report = auditor.run(server.url(), &[]).json();
    assert_eq!(report["outcome"], "holds", "{report}");
    assert_eq!(report["totals"]["projects"], 1, "{report}");
    assert_eq!(report["totals"]["contributors"], 3, "{report}");
    assert_eq!(report["money"]["projects"], 1, "{report}");
    assert_eq!((&report["finding_count"], &report["tree"]), (&0.into(), &true.into()));
    assert_eq!(report["unchecked"].as_array().unwrap().len(), 0, "{report}");
    // Again: nothing is replayed twice.
    let again = auditor.run(server.url(), &[]).json();
    assert_eq!(again["resumed_at"], report["checkpoint"]["size"], "{again}");
    let text = auditor.home.run(&["audit", server.url(), "--policy", &auditor.policy]).ok();
    assert!(text.contains("all that was checked is as it must be"), "{text}");
    for word in
        ["checkpoint", "no witnesses", "tree", "entries", "signatures", "snapshots", "totals", "money"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }

    let cosigning = ["--cosign", key, "--name", "auditor.example/rules-1", "--publish"];
    let report = auditor.run(server.url(), &cosigning).json();
    let size = report["cosigned"]["size"].as_u64().unwrap();
    let kept = server.http.fetch(&format!("/v1/snapshots/{size}/checkpoint"));
    let verified = lebombo_verifier::policy::Policy::parse(policy.as_bytes()).unwrap();
    assert!(verified.verify(&kept.body).unwrap().is_audited());
    assert_eq!(kept.text(), report["cosigned"]["checkpoint"].as_str().unwrap());

    let id = project.id.clone();
    for (name, code, lie) in lies(&id) {
        let url = lying(&server.http, lie);
        let findings = auditor.findings(&url);
        assert!(findings.iter().any(|(found, _)| found == code), "{name}: no {code}: {findings:?}");
    }
    let size = report["snapshot"].as_u64().unwrap() + 1;
    let older =
        (1..size).find(|size| server.http.get(&format!("/v1/snapshots/{size}/checkpoint")).status == 200);
    for (name, lie) in unsettling(&id, older.unwrap()) {
        let url = lying(&server.http, lie);
        let state = TempDir::new().unwrap();
        let args = [&["--state", state.path().to_str().unwrap()], &cosigning[..4]].concat();
        let ended = auditor.run(&url, &args);
        ended.fails(2, "audit-unsettled");
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(report["outcome"] == "unsure" && report.get("cosigned").is_none(), "{name}: {report}");
    }
    stranger.conclude(server);
}

/// What is no lie yet, as it may be from before or after what was audited, and keeps the totals from being compared.
fn unsettling(project: &str, older: u64) -> Vec<(&'static str, Lie)> {
    let latest = |change: Box<dyn Fn(&mut Value) + Send + Sync>| -> Lie {
        Arc::new(move |path: &str, body| in_json(path, body, "/v1/snapshots/latest", &change))
    };
    let totals = format!("/v1/projects/{project}/totals");
    vec![
        (
            "no snapshot named",
            Arc::new(
                |path: &str, body: Vec<u8>| if path == "/v1/snapshots/latest" { Vec::new() } else { body },
            ),
        ),
        ("a snapshot to come", latest(Box::new(|snapshot| snapshot["size"] = 9_999.into()))),
        ("an older snapshot", latest(Box::new(move |snapshot| snapshot["size"] = older.into()))),
        (
            "a list of projects from before",
            Arc::new(|path: &str, body| {
                in_json(path, body, "/v1/projects?", |page| page["as_of"] = 1.into())
            }),
        ),
        (
            "a charter to come",
            Arc::new(|path: &str, body| {
                in_json(path, body, "/v1/projects?", |page| {
                    page["projects"][0]["charter"] = "0".repeat(64).into();
                    page["as_of"] = 9_999_999.into();
                })
            }),
        ),
        (
            "pages without end",
            Arc::new(move |path: &str, body| {
                in_json(path, body, &totals, |page| {
                    page["contributors"] = Value::Array(Vec::new());
                    page["next"] = page_after(path).into();
                })
            }),
        ),
    ]
}

/// Where a page that follows the one at `path` goes on.
fn page_after(path: &str) -> String {
    let after = path.split_once("after=").map_or(0, |(_, after)| u64::from_str_radix(after, 16).unwrap());
    format!("{:064x}", after + 1)
}

/// What a ledger can serve that its entries do not give.
fn lies(project: &str) -> Vec<(&'static str, &'static str, Lie)> {
    let totals = format!("/v1/projects/{project}/totals");
    let of_totals = |change: fn(&mut Vec<Value>)| -> Lie {
        let totals = totals.clone();
        Arc::new(move |path: &str, body| {
            in_json(path, body, &totals, |page| change(page["contributors"].as_array_mut().unwrap()))
        })
    };
    let of_page = |change: fn(&mut Value)| -> Lie {
        let totals = totals.clone();
        Arc::new(move |path: &str, body| in_json(path, body, &totals, change))
    };
    let of_list = |change: fn(&mut Value, &str)| -> Lie {
        Arc::new(move |path: &str, body| in_json(path, body, "/v1/projects?", |page| change(page, path)))
    };
    let latest = |change: fn(&mut Value)| -> Lie {
        Arc::new(move |path: &str, body| in_json(path, body, "/v1/snapshots/latest", change))
    };
    vec![
        (
            "another position of the newest snapshot",
            "snapshot-latest-differs",
            latest(|snapshot| snapshot["index"] = 5.into()),
        ),
        (
            "another snapshot before the newest",
            "snapshot-latest-differs",
            latest(|snapshot| snapshot["previous"] = "0".repeat(64).into()),
        ),
        (
            "none before the newest",
            "snapshot-latest-differs",
            latest(|snapshot| drop(snapshot.as_object_mut().unwrap().remove("previous"))),
        ),
        (
            "an entry that is no snapshot",
            "snapshot-not-valid",
            latest(|snapshot| snapshot["size"] = 1.into()),
        ),
        (
            "totals one unit off",
            "totals-differ",
            of_totals(|all| {
                let quantity = &mut all[0]["counts"][0]["logged"]["quantity"];
                let number: u64 = quantity.as_str().unwrap().parse().unwrap();
                *quantity = (number + 1).to_string().into();
            }),
        ),
        (
            "points one off",
            "totals-differ",
            of_totals(|all| {
                let points: u64 = all[1]["points"].as_str().unwrap().parse().unwrap();
                all[1]["points"] = (points + 1).to_string().into();
            }),
        ),
        ("a handle of another", "totals-differ", of_totals(|all| all[0]["handle"] = 999.into())),
        (
            "work that nobody did",
            "totals-differ",
            of_totals(|all| {
                let mut count = all[0]["counts"][0].clone();
                count["unit"] = "hour".into();
                all[0]["counts"].as_array_mut().unwrap().push(count);
            }),
        ),
        (
            "a row twice",
            "totals-differ",
            of_totals(|all| {
                let counts = all[0]["counts"].as_array_mut().unwrap();
                counts.push(counts[0].clone());
            }),
        ),
        (
            "another row after the right one",
            "totals-differ",
            of_totals(|all| {
                let counts = all[0]["counts"].as_array_mut().unwrap();
                let mut row = counts[0].clone();
                row["accepted"]["quantity"] = "500".into();
                counts.push(row);
            }),
        ),
        (
            "another row before the right one",
            "totals-differ",
            of_totals(|all| {
                let counts = all[0]["counts"].as_array_mut().unwrap();
                let mut row = counts[0].clone();
                row["accepted"]["quantity"] = "500".into();
                counts.insert(0, row);
            }),
        ),
        (
            "work accepted that was never logged",
            "totals-differ",
            of_totals(|all| {
                let mut row = all[0]["counts"][0].clone();
                row["unit"] = "hour".into();
                for what in ["logged", "pending", "rejected"] {
                    row[what] = serde_json::json!({"events": 0, "quantity": "0"});
                }
                row["accepted"] = serde_json::json!({"events": 5, "quantity": "5"});
                all[0]["counts"].as_array_mut().unwrap().push(row);
            }),
        ),
        (
            "ghosts without end",
            "totals-contributor-unknown",
            Arc::new({
                let totals = totals.clone();
                move |path: &str, body| {
                    in_json(path, body, &totals, |page| {
                        page["contributors"][0]["who"] = page_after(path).into();
                        page["contributors"].as_array_mut().unwrap().truncate(1);
                        page["next"] = page_after(path).into();
                    })
                }
            }),
        ),
        (
            "totals of another project",
            "totals-of-another",
            of_page(|page| page["project"] = "0".repeat(64).into()),
        ),
        ("totals of another snapshot", "totals-of-another", of_page(|page| page["snapshot"] = 1.into())),
        (
            "totals of no snapshot",
            "totals-of-another",
            of_page(|page| drop(page.as_object_mut().unwrap().remove("snapshot"))),
        ),
        ("totals of another mark", "totals-of-another", of_page(|page| page["as_of"] = 1.into())),
        (
            "a project that is not listed",
            "totals-project-missing",
            of_list(|page, _| page["projects"] = Value::Array(Vec::new())),
        ),
        (
            "another name in the list",
            "totals-project-differs",
            of_list(|page, _| page["projects"][0]["name"] = "other".into()),
        ),
        (
            "another charter in the list",
            "totals-project-differs",
            of_list(|page, _| page["projects"][0]["charter"] = "0".repeat(64).into()),
        ),
        (
            "a charter that is none",
            "totals-project-differs",
            of_list(|page, _| {
                page["projects"][0]["charter"] = "x".into();
                page["as_of"] = 9_999_999.into();
            }),
        ),
        (
            "projects without end",
            "totals-project-unknown",
            of_list(|page, path| {
                page["projects"][0]["project"] = page_after(path).into();
                page["next"] = page_after(path).into();
            }),
        ),
        (
            "somebody left out",
            "totals-contributor-missing",
            of_totals(|all| {
                all.remove(1);
            }),
        ),
        (
            "a ghost",
            "totals-contributor-unknown",
            of_totals(|all| {
                let mut ghost = all[0].clone();
                ghost["who"] = "f".repeat(64).into();
                all.push(ghost);
            }),
        ),
        (
            "another root of the newest snapshot",
            "snapshot-latest-differs",
            latest(|snapshot| snapshot["root"] = "0".repeat(64).into()),
        ),
        (
            "a snapshot that is none",
            "snapshot-not-valid",
            latest(|snapshot| {
                // In what comes before it there are others only.
                snapshot["size"] = (snapshot["size"].as_u64().unwrap() + 1).into();
            }),
        ),
    ]
}

/// Runs the program over a folder; kills it after so long, if it has not ended by then.
fn audit_for(auditor: &Auditor, folder: &Path, state: &Path, time: Option<Duration>) -> Option<Ended> {
    let mut command = program();
    command.arg("audit").arg(folder).args(["--policy", &auditor.policy, "--json", "--state"]).arg(state);
    command.arg("--home").arg(auditor.home.dir());
    let Some(time) = time else { return Some(Ended::new(command.output().unwrap())) };
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    // The moment is what is random here; nothing is waited for.
    thread::sleep(time);
    let _ = child.kill();
    child.wait().unwrap();
    None
}

#[test]
fn killed_at_any_moment_it_goes_on_and_says_the_same() {
    let mut random = Random::new("audit");
    let mut log = Log::usual();
    log.mark();
    let mut wrong = log.statement();
    wrong.projects += 1;
    log.state(wrong);
    log.previous = None;
    log.fill(20_000);
    let folder = TempDir::new().unwrap();
    tiles::write(folder.path(), &log.files());
    let auditor = Auditor::new(&log.policy_text());
    let whole = TempDir::new().unwrap();
    let start = crate::harness::wait::now();
    let whole = audit_for(&auditor, folder.path(), whole.path(), None).unwrap();
    let longest = u64::try_from(start.elapsed().as_micros()).unwrap();
    whole.fails(1, "audit-lies");
    let essence = |text: &str| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        value.as_object_mut().unwrap().remove("resumed_at");
        value
    };
    let (mut resumed, mut kills) = (0, 0);
    for _ in 0..8 {
        let state = TempDir::new().unwrap();
        for _ in 0..4 {
            let time = Duration::from_micros(random.below(longest));
            audit_for(&auditor, folder.path(), state.path(), Some(time));
            kills += 1;
        }
        let ended = audit_for(&auditor, folder.path(), state.path(), None).unwrap();
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        resumed += u64::from(report["resumed_at"].as_u64().unwrap() > 0);
        assert_eq!(essence(&ended.stdout), essence(&whole.stdout));
    }
    assert!(resumed > 0, "no kill came late enough");
    println!("audit: {kills} kills, {resumed} of 8 resumed, {} entries", log.size());
}

#[test]
fn wrong_use_is_no_lie() {
    let (folder, log) = (TempDir::new().unwrap(), Log::usual());
    tiles::write(folder.path(), &log.files());
    let auditor = Auditor::new(&log.policy_text());
    let path = folder.path().to_str().unwrap();
    auditor.run("/nowhere/at/all", &[]).fails(2, "audit-source");
    auditor.run("http://127.0.0.1:1", &[]).fails(2, "audit-source");
    let key = auditor.home.beside("k.pem");
    let key = key.to_str().unwrap();
    auditor.home.run(&["key", "generate", "--out", key]).ok();
    let cosigning = ["--cosign", key, "--name", "auditor.example/rules-1"];
    auditor.run(path, &[&cosigning[..], &["--publish"]].concat()).fails(2, "publish-without-url");
    assert_eq!(auditor.run(path, &["--cosign", key]).status, 2, "a key without a name");
    let out = auditor.home.beside("cosigned");
    auditor.run(path, &[&cosigning[..], &["--out", out.to_str().unwrap()]].concat()).ok();
    let verify = ["verify", out.to_str().unwrap(), "--policy", &auditor.policy];
    auditor.home.run(&verify).ok();
    let other = Auditor::new(&Log::new("example.org/other").policy_text());
    other.run(path, &[]).fails(1, "audit-lies");
    std::fs::remove_file(folder.path().join("checkpoint")).unwrap();
    auditor.run(path, &[]).fails(2, "audit-missing");
}
