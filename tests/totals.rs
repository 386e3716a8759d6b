//! Total proofs: fetched by their owners, verified offline with the ledger gone, and what becomes of them when the log
//! goes on and when an auditor cosigns.

use std::fs;
use std::path::Path;

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::checkpoint::SignedCheckpoint;
use lebombo_verifier::cosignature::message_v1;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::{Proof, Stated};
use serde_json::Value;

use crate::checker::Stranger;
use crate::harness::http::Http;
use crate::harness::program::{Home, program, run};
use crate::harness::project::Project;
use crate::harness::server::Site;
use crate::harness::{shared, wait};

const OFTEN: [&str; 2] = ["--snapshot-interval", "1"];

fn did(home: &Home) -> String {
    home.run(&["whoami", "--project", "sauti"]).ok().trim().to_owned()
}

fn annotate(home: &Home, quantity: u32) {
    let quantity = quantity.to_string();
    let work = ["log", "annotation", "--project", "sauti", "--activity", "labelling", "--unit", "item"];
    home.run(&[&work[..], &["--quantity", &quantity]].concat()).ok();
    home.run(&["push"]).ok();
}

/// Accepts what waits, once that is so many contributions.
fn accept_all(reviewer: &Home, events: u64) {
    wait::until("all of it to be reviewed", || {
        let dry = reviewer.json(&["review", "accept", "--pending", "--project", "sauti", "--dry-run"]);
        (dry["events"].as_u64() == Some(events)).then_some(())
    });
    reviewer.run(&["review", "accept", "--pending", "--project", "sauti"]).ok();
    reviewer.run(&["push"]).ok();
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).parse().unwrap()
}

/// Verifies a file as somebody without a profile.
fn verify(file: &str, policy: &Path, more: &[&str]) -> crate::harness::program::Ended {
    let mut command = program();
    command.args(["verify", file, "--policy"]).arg(policy).args(more);
    run(command)
}

/// The total of somebody as of the newest snapshot once it has so many points, as a third party reads it.
fn until_proven(http: &Http, project: &str, who: &str, points: u64, policy: &Policy) -> Stated {
    wait::until("a snapshot with all of it", || {
        let answer = http.get(&format!("/v1/projects/{project}/totals/{who}?proof"));
        if answer.status != 200 {
            let code = answer.problem();
            assert!(
                ["snapshot-none", "snapshot-pending", "total-not-yet", "contributor-unknown"]
                    .contains(&code.as_str()),
                "{code}"
            );
            return None;
        }
        let stated = Proof::parse(&answer.body).unwrap().verify(policy).unwrap();
        (stated.total().points == points).then_some(stated)
    })
}

#[test]
fn everybody_holds_a_total_that_needs_no_ledger() {
    let server = Site::with_options(&OFTEN).create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let [ama, kofi, reviewer] = [0, 1, 2].map(|_| project.member(&server, "sauti"));
    project.steward.run(&["member", "add", "sauti", &did(&reviewer), "--role", "reviewer"]).ok();
    project.steward.run(&["push"]).ok();
    let file = ama.beside("ama.total").to_str().unwrap().to_owned();
    let proof = ["total", "--project", "sauti", "--proof", &file];
    // Nobody knows her yet.
    wait::until("a first snapshot", || (server.http.get("/v1/snapshots/latest").status == 200).then_some(()));
    ama.run(&proof).fails(1, "contributor-unknown");
    annotate(&ama, 120);
    annotate(&kofi, 7);
    wait::until("her work to be counted", || {
        let ended = ama.run(&proof);
        // Logged and not accepted: she has no leaf.
        (ended.code() == "total-not-yet").then(|| assert!(!Path::new(&file).exists()))
    });
    accept_all(&reviewer, 2);
    for (who, points) in [(&ama, 120), (&kofi, 7)] {
        until_proven(&server.http, &project.id, &did(who), points, stranger.policy());
    }

    // What is something else is not written over, whatever was typed.
    let precious = ama.write("seed.pem", "precious");
    ama.run(&["total", "--project", "sauti", "--proof", &precious]).fails(1, "file-exists");
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    let said = ama.run(&proof).ok();
    assert!(said.contains("a total, stated by the ledger"), "{said}");
    assert!(said.contains("points       120 of 127 points, 94.48 %"), "{said}");
    assert!(said.contains("(sauti)") && said.contains(&did(&ama)) && !said.contains("stale"), "{said}");
    let other = kofi.beside("of-ama.total").to_str().unwrap().to_owned();
    let shown = kofi.json(&["total", "--project", "sauti", "--proof", &other, "--contributor", &did(&ama)]);
    assert_eq!((number(&shown["points"]), number(&shown["of"])), (120, 127), "{shown}");
    assert_eq!(shown["accepted"], serde_json::json!({"annotation": 1}));
    assert_eq!((&shown["recomputed"], &shown["stale_since"]), (&false.into(), &Value::Null));
    let size = shown["size"].as_u64().unwrap();
    kofi.run(&["total", "--project", "sauti", "--proof", &other, "--contributor", "ama"])
        .fails(2, "contributor");
    let without = kofi.run(&["total", "--project", "sauti", "--contributor", &did(&ama)]);
    assert!(without.status == 2 && without.stderr.contains("--proof"), "{without:?}");

    // More work, and the next snapshot: the old file still says the truth about its day, and its owner sees that it is old.
    annotate(&ama, 5);
    accept_all(&reviewer, 1);
    let newest = wait::until("another snapshot", || {
        let newest = server.http.fetch("/v1/snapshots/latest").json()["size"].as_u64().unwrap();
        (newest > size).then_some(newest)
    });
    let path = format!("/v1/projects/{}/totals/{}", project.id, did(&ama));
    for query in ["?proof=1", "?snapshot=4", "?proof&snapshot=x", "?proof&proof", "?proofs"] {
        let refused = server.http.get(&format!("{path}{query}"));
        assert_eq!((refused.status, refused.problem().as_str()), (400, "malformed-query"), "{query}");
    }
    let path = format!("{path}?proof&snapshot=");
    let gone = server.http.get(&format!("{path}{size}"));
    assert_eq!((gone.status, gone.problem().as_str()), (410, "snapshot-gone"));
    let beyond = server.http.get(&format!("{path}{}", newest + 1_000));
    assert_eq!((beyond.status, beyond.problem().as_str()), (404, "snapshot-unknown"));
    let pinned = ["total", "--project", "sauti", "--proof", &file, "--snapshot", &size.to_string()];
    ama.run(&pinned).fails(1, "snapshot-gone");
    let own = ama.run(&["verify", &file, "--policy", ama.policy().to_str().unwrap()]).ok();
    let stranger_policy = ama.policy();
    let site = stranger.conclude(server);

    // Offline.
    assert!(own.contains("stale        your receipt of entry"), "{own}");
    let receipts = ama.dir().join("receipts");
    let quiet = ["--quiet", "--receipts", receipts.to_str().unwrap()];
    assert_eq!(verify(&file, &stranger_policy, &quiet).ok(), format!("{file}: stated, stale\n"));
    let said = verify(&file, &stranger_policy, &[]).ok();
    assert!(said.contains("points       120 of 127 points, 94.48 %") && !said.contains("stale"), "{said}");
    assert!(said.contains("no witnesses") && !said.contains("(sauti)"), "{said}");
    let receipts = ama.dir().join("receipts");
    let json = verify(&file, &stranger_policy, &["--json", "--receipts", receipts.to_str().unwrap()]).json();
    assert!(json["stale_since"].as_u64().unwrap() >= size, "{json}");
    // The receipts of somebody else say nothing about hers.
    let receipts = reviewer.dir().join("receipts");
    let json = verify(&file, &stranger_policy, &["--json", "--receipts", receipts.to_str().unwrap()]).json();
    assert_eq!((&json["stale_since"], json["size"].as_u64()), (&Value::Null, Some(size)), "{json}");
    verify(&file, &stranger_policy, &["--receipts", "/nowhere"]).fails(2, "not-all-read");

    // Tampered with.
    let whole = fs::read_to_string(&file).unwrap();
    for (change, code) in [
        (whole.replacen(" 120 0 1 ", " 121 0 1 ", 1), "total-points"),
        (whole.replacen(" 120 ", " 0120 ", 1), "total-line"),
        (whole.replacen(&did(&ama), &did(&kofi), 1), "statement-project-root"),
        (whole.replacen("total@v1", "total@v9", 1), "total-not-a-total"),
        (whole.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1), "log-signature-invalid"),
    ] {
        assert!(change != whole, "{code}");
        let tampered = ama.write("tampered.total", change);
        let ended = verify(&tampered, &stranger_policy, &[]);
        ended.fails(1, "not-verified");
        assert!(
            ended.stdout.contains("REFUSED: ") && ended.stdout.contains(&format!("[{code}]")),
            "{code}: {ended:?}"
        );
    }
    let mut command = program();
    command.args(["verify", &file]);
    run(command).fails(2, "not-all-read");
    drop(site);
}

/// An auditor's key, and its line for a checkpoint.
fn cosign(key: &SigningKey, vkey: &Vkey, note: &[u8]) -> String {
    let checkpoint = SignedCheckpoint::parse(note).unwrap();
    let time = 1_800_000_000_u64;
    let signature = key.sign(&message_v1(time, checkpoint.checkpoint())).to_bytes();
    signature_line(vkey.name().as_str(), vkey.key_id(), &[&time.to_be_bytes()[..], &signature].concat())
}

#[test]
fn an_auditors_cosignature_makes_a_total_recomputed() {
    let key = SigningKey::from_bytes(&[42; 32]);
    let public = PublicKey::from_bytes(&key.verifying_key().to_bytes()).unwrap();
    let vkey = Vkey::new(KeyName::parse("auditor.example").unwrap(), Key::CosignatureV1(public));
    let auditor = vkey.to_string();
    let server = Site::with_options(&[&OFTEN[..], &["--auditor", &auditor]].concat()).create();
    let stranger = Stranger::of(&server);
    let project =
        Project::with(&server, "sauti", &[("rule = \"first\"\nsilence = 30", "rule = \"at-once\"")]);
    let worker = project.member(&server, "sauti");
    annotate(&worker, 30);
    let stated = until_proven(&server.http, &project.id, &did(&worker), 30, stranger.policy());
    let size = stated.size();
    let file = worker.beside("mine.total").to_str().unwrap().to_owned();
    let proof = ["total", "--project", "sauti", "--proof", &file];
    assert_eq!(worker.json(&proof)["recomputed"], false);
    let note = server.http.fetch(&format!("/v1/snapshots/{size}/checkpoint")).body;
    let path = format!("/v1/snapshots/{size}/cosignatures");
    let added = server.http.post(&path, "text/plain", cosign(&key, &vkey, &note).as_bytes());
    assert_eq!(added.status, 200, "{}", added.text());
    // The same total under the profile's policy, which names no auditors, and under one that does.
    assert_eq!(worker.json(&proof)["recomputed"], false);
    let policy = fs::read_to_string(worker.policy()).unwrap();
    let log = policy.lines().find(|line| line.starts_with("log ")).unwrap();
    let audited = format!("{log}\nwitness a {auditor}\ngroup auditors all a\nquorum none\n");
    let audited = worker.write("audited", audited);
    let ended = verify(&file, Path::new(&audited), &[]).ok();
    assert!(ended.contains("a total, recomputed by a\n"), "{ended}");
    assert!(ended.contains("points       30 of 30 points, 100.00 %"), "{ended}");
    assert!(ended.contains("witnesses    none besides the auditors (the policy asks for none)\n"), "{ended}");
    // Whoever wants to hear only what is wrong still hears whether anybody has recomputed it.
    for (policy, word) in [(Path::new(&audited), "recomputed"), (&worker.policy(), "stated")] {
        assert_eq!(verify(&file, policy, &["--quiet"]).ok(), format!("{file}: {word}\n"));
    }
    let json = verify(&file, Path::new(&audited), &["--json"]).json();
    assert_eq!((&json["recomputed"], &json["auditors"][0]["name"]), (&true.into(), &"a".into()), "{json}");
    stranger.conclude(server);
}

/// Every contributor's proof over HTTP; the sum of what they prove, and what the project has.
fn prove_all(http: &Http, project: &str, policy: &Policy) -> (usize, u64, u64) {
    wait::until("one snapshot to be proven whole", || {
        let latest = http.get("/v1/snapshots/latest");
        if latest.status != 200 {
            return None;
        }
        let size = latest.json()["size"].as_u64().unwrap();
        let (mut count, mut points, mut of, mut after) = (0, 0, 0, String::new());
        loop {
            let page = http.get(&format!("/v1/projects/{project}/totals?limit=1000&snapshot={size}{after}"));
            if page.status != 200 {
                return None;
            }
            let page = page.json();
            let with_handle = |one: &&Value| !one["handle"].is_null();
            for one in page["contributors"].as_array().unwrap().iter().filter(with_handle) {
                let who = one["contributor"].as_str().unwrap();
                let proof = http.get(&format!("/v1/projects/{project}/totals/{who}?proof&snapshot={size}"));
                if proof.status == 410 || proof.status == 503 {
                    return None;
                }
                let proof = Proof::parse(&proof.body).unwrap_or_else(|_| panic!("{who}: {}", proof.text()));
                let stated = proof.verify(policy).unwrap();
                assert_eq!((stated.contributor().as_str(), stated.size()), (who, size));
                assert_eq!(stated.total().points, number(&one["points"]));
                of = stated.project().points;
                assert!(stated.project().contributors > stated.total().handle);
                points += stated.total().points;
                count += 1;
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Some((count, points, of)),
            }
        }
    })
}

#[test]
fn all_totals_of_real_work_are_proven() {
    let Some(file) = shared("vu_sound_annotations.csv") else { return };
    let server = Site::with_options(&OFTEN).create();
    let stranger = Stranger::of(&server);
    let at_once = ("rule = \"first\"\nsilence = 30", "rule = \"at-once\"");
    let project = Project::with(&server, "sauti", &[at_once]);
    let steward = &project.steward;
    steward.run(&["member", "add", "sauti", "me", "--role", "importer"]).ok();
    steward.run(&["push"]).ok();
    let map = steward.write("map.toml", crate::main_job::MAP);
    let import = ["import", "map", file.to_str().unwrap(), "--map", &map, "--project", "sauti"];
    let taken = steward.json(&import)["added"].as_u64().unwrap();
    assert!(taken > 100, "{taken}");
    assert_eq!(steward.json(&["push"])["logged"].as_u64(), Some(taken));
    let points = || number(&server.http.fetch(&format!("/v1/projects/{}", project.id)).json()["points"]);
    let all = wait::until("all of it to be counted", || {
        let as_of = server.http.fetch("/v1/log").json();
        (as_of["as_of"] == as_of["size"]).then(points)
    });
    assert!(all > 0);
    let (count, proven, of) = wait::until("a snapshot of all of it", || {
        Some(prove_all(&server.http, &project.id, stranger.policy())).filter(|(_, _, of)| *of == all)
    });
    assert_eq!((proven, of), (all, all));
    println!("{count} total proofs verify; together {proven} points");
    assert!(count > 50, "{count}");
    stranger.conclude(server);
}
