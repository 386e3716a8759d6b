//! A contributor's life with the program: offline, pushed, proven, withdrawn, moved to another machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::checker::Stranger;
use crate::harness::namespace::without_network;
use crate::harness::program::{Home, program, run};
use crate::harness::project::{Project, profile, sums};
use crate::harness::random::Random;
use crate::harness::server::Site;
use crate::harness::wait;

/// Logs an annotation of so many items, offline.
fn annotate(home: &Home, quantity: u32) -> String {
    let quantity = quantity.to_string();
    let args = [
        "log",
        "annotation",
        "--project",
        "sauti",
        "--activity",
        "labelling",
        "--quantity",
        &quantity,
        "--unit",
        "item",
    ];
    home.json(&args)["id"].as_str().unwrap().to_owned()
}

/// `lebombo verify` without a profile and, where this machine allows, without a network.
fn verify_offline(what: &Path, policy: &Path) -> crate::harness::program::Ended {
    let mut command = without_network(crate::harness::LEBOMBO).unwrap_or_else(program);
    command.arg("verify").arg(what).arg("--policy").arg(policy);
    run(command)
}

#[test]
fn work_is_logged_offline_pushed_later_and_proven_without_anybody() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    let vkey = server.vkey().to_string();
    let site = stranger.conclude(server);
    // The server is away.
    let evidence = worker.write("batch-42.jsonl", "{\"clip\":1}\n");
    let first = worker.json(&[
        "log",
        "annotation",
        "--project",
        "sauti",
        "--activity",
        "labelling",
        "--quantity",
        "120",
        "--unit",
        "item",
        "--evidence",
        &evidence,
    ]);
    let ids = [first["id"].as_str().unwrap().to_owned(), annotate(&worker, 7), annotate(&worker, 13)];
    assert_eq!(worker.json(&["outbox"])["waiting"].as_array().unwrap().len(), 3);
    worker.run(&["push"]).fails(2, "network");
    assert_eq!(worker.json(&["outbox"])["waiting"].as_array().unwrap().len(), 3);
    // It is back, at another address.
    let server = site.start(&[]);
    worker.run(&["init", "--url", server.url()]).ok();
    let pushed = worker.json(&["push"]);
    assert_eq!((&pushed["logged"], &pushed["receipts"]), (&3.into(), &3.into()), "{pushed}");
    let again = worker.json(&["push"]);
    assert_eq!((&again["logged"], &again["receipts"]), (&0.into(), &0.into()), "{again}");
    assert_eq!(sums(&worker, "sauti"), (1, 3, 140));
    // Withdrawn: one event less counts, and it stays in the log.
    worker.run(&["retract", &ids[1]]).ok();
    worker.run(&["push"]).ok();
    assert_eq!(sums(&worker, "sauti"), (1, 2, 133));
    let listed = worker.run(&["receipts", "list", "--json"]).ok();
    assert_eq!(listed.lines().count(), 4);
    assert!(worker.run(&["receipts", "show", &ids[0][..12]]).ok().contains("no witnesses"));
    let folder = worker.beside("proof");
    let exported = worker.json(&["receipts", "export", folder.to_str().unwrap()]);
    assert_eq!(exported["receipts"], 4);
    let mut stranger = Stranger::new(lebombo_verifier::note::Vkey::parse(&vkey).unwrap());
    stranger.check(&server.http);
    stranger.conclude(server);
    // Nobody is there any more.
    let said = verify_offline(&folder, &folder.join("policy")).ok();
    assert!(said.ends_with("4 receipts: all logged.\n"), "{said}");
    let one = folder.join(format!("{}.tlog-proof", ids[0]));
    let mut bytes = fs::read(&one).unwrap();
    bytes[150] = if bytes[150] == b'A' { b'B' } else { b'A' };
    fs::write(&one, bytes).unwrap();
    let refused = verify_offline(&folder, &folder.join("policy"));
    refused.fails(1, "not-verified");
    assert!(
        refused.stdout.contains("[inclusion-root-mismatch]") && refused.stdout.contains("3 logged, 1 not"),
        "{refused:?}"
    );
}

#[test]
fn a_damaged_receipt_is_noticed_and_fetched_anew() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    let id = annotate(&worker, 1);
    annotate(&worker, 2);
    worker.run(&["push"]).ok();
    let path =
        worker.files(".tlog-proof").into_iter().find(|path| path.to_str().unwrap().contains(&id)).unwrap();
    let whole = fs::read(&path).unwrap();
    let receipts = worker.dir().join("receipts");
    for damage in [&whole[..100], b"", b"c2sp.org/tlog-proof@v1\n"] {
        fs::write(&path, damage).unwrap();
        verify_offline(&receipts, &worker.policy()).fails(1, "not-verified");
        assert!(worker.run(&["receipts", "list"]).ok().contains("1 more are damaged"));
        assert_eq!(worker.json(&["receipts", "refresh"])["refreshed"], 2);
        verify_offline(&receipts, &worker.policy()).ok();
    }
    // To look is not to verify, and says so.
    fs::write(&path, whole).unwrap();
    let shown = worker.run(&["inspect", path.to_str().unwrap()]).ok();
    assert!(shown.starts_with("NOT VERIFIED") && shown.contains(&id), "{shown}");
    stranger.conclude(server);
}

#[test]
fn a_profile_moves_with_its_folder() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    annotate(&worker, 1);
    worker.run(&["push"]).ok();
    annotate(&worker, 2);
    let moved = worker.copy();
    drop(worker);
    assert_eq!(moved.run(&["receipts", "list", "--json"]).ok().lines().count(), 1);
    annotate(&moved, 3);
    assert_eq!(moved.json(&["push"])["logged"], 2);
    assert_eq!(sums(&moved, "sauti"), (1, 3, 6));
    stranger.conclude(server);
}

#[test]
fn devices_that_push_the_same_outbox_log_each_event_once() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let first = project.member(&server, "sauti");
    for quantity in 1..=12 {
        annotate(&first, quantity);
    }
    let devices = [first.copy(), first.copy(), first];
    let logged: Vec<u64> = thread::scope(|scope| {
        let running: Vec<_> = devices.iter().map(|home| scope.spawn(|| home.json(&["push"]))).collect();
        running
            .into_iter()
            .map(|push| push.join().unwrap())
            .map(|said| said["logged"].as_u64().unwrap())
            .collect()
    });
    assert_eq!(logged.iter().sum::<u64>(), 12, "{logged:?}");
    for home in &devices {
        assert_eq!(home.files(".tlog-proof").len(), 12);
        assert!(home.json(&["outbox"])["waiting"].as_array().unwrap().is_empty());
    }
    assert_eq!(sums(&devices[0], "sauti"), (1, 12, 78));
    stranger.conclude(server);
}

#[test]
fn somebody_else_can_push_what_one_has_signed() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    let id = annotate(&worker, 5);
    let outbox = worker.files(".ndjson");
    let relay = profile(&server);
    let carried = relay.write("from-ama.ndjson", fs::read(&outbox[0]).unwrap());
    assert_eq!(relay.json(&["push", &carried])["logged"], 1);
    assert_eq!(relay.files(".tlog-proof").len(), 1);
    relay
        .run(&[
            "verify",
            relay.files(".tlog-proof")[0].to_str().unwrap(),
            "--policy",
            relay.policy().to_str().unwrap(),
        ])
        .ok();
    let own = worker.json(&["push"]);
    assert_eq!((&own["logged"], &own["duplicates"], &own["receipts"]), (&0.into(), &1.into(), &1.into()));
    assert!(worker.files(".tlog-proof")[0].to_str().unwrap().contains(&id));
    // What was changed on the way is not logged, and says so.
    let text = fs::read_to_string(relay.beside("from-ama.ndjson")).unwrap();
    let bad = relay.write("bad.ndjson", text.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1));
    relay.run(&["push", &bad]).fails(1, "not-all-pushed");
    stranger.conclude(server);
}

#[test]
fn work_that_would_not_count_is_held_back_until_it_does() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::with(&server, "sauti", &[("enrolment = \"open\"", "enrolment = \"enrolled\"")]);
    let worker = project.member(&server, "sauti");
    annotate(&worker, 3);
    let held = worker.run(&["push", "--json"]);
    assert!(held.status == 1 && held.stdout.contains("not-enrolled"), "{held:?}");
    assert_eq!(stranger_size(&server), 2, "nothing of it was sent");
    let did = worker.run(&["whoami", "--project", "sauti"]).ok();
    project.steward.run(&["member", "add", "sauti", did.trim(), "--role", "contributor"]).ok();
    project.steward.run(&["push"]).ok();
    assert_eq!(worker.json(&["push"])["logged"], 1);
    assert_eq!(sums(&worker, "sauti").1, 1);
    // What breaks a rule may still be logged, when one insists; it counts for nothing.
    let other = project.member(&server, "sauti");
    annotate(&other, 100);
    assert_eq!(other.json(&["push", "--anyway"])["logged"], 1);
    assert_eq!(sums(&worker, "sauti").2, 3);
    stranger.conclude(server);
}

fn stranger_size(server: &crate::harness::server::Server) -> u64 {
    server.http.fetch("/v1/log").json()["size"].as_u64().unwrap()
}

#[test]
fn a_passphrase_protects_the_seed_and_exported_keys_open_elsewhere() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let home = Home::empty();
    let vkey = server.vkey().to_string();
    home.run_with_passphrase("baobab", &["init", "--url", server.url(), "--vkey", &vkey, "--passphrase"])
        .ok();
    home.run(&["project", "pin", "sauti", &project.id]).ok();
    assert!(fs::read_to_string(home.dir().join("seed.pem")).unwrap().contains("ENCRYPTED"));
    home.run(&["whoami", "--project", "sauti"]).fails(2, "passphrase-no-terminal");
    home.run_with_passphrase("boabab", &["whoami", "--project", "sauti"]).fails(2, "passphrase-wrong");
    let did = home.run_with_passphrase("baobab", &["whoami", "--project", "sauti"]).ok();
    let args = [
        "log",
        "annotation",
        "--project",
        "sauti",
        "--activity",
        "labelling",
        "--quantity",
        "4",
        "--unit",
        "item",
    ];
    home.run_with_passphrase("baobab", &args).ok();
    home.run(&["push"]).ok();
    let out = home.beside("my-key.pem");
    let key = out.to_str().unwrap();
    home.run_with_passphrase("baobab", &["key", "export", "--project", "sauti", "--out", key]).ok();
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    home.run_with_passphrase("baobab", &["key", "export", "--project", "sauti", "--out", key])
        .fails(2, "key-exists");
    assert_eq!(home.run(&["key", "show", key]).ok(), did);
    match Command::new("openssl").args(["pkey", "-noout", "-text", "-in", key]).output() {
        Ok(output) => assert!(String::from_utf8_lossy(&output.stdout).contains("ED25519"), "{output:?}"),
        Err(error) => eprintln!("skipped: openssl: {error}"),
    }
    // Nobody else can look into the folder.
    assert_eq!(fs::metadata(home.dir()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(home.dir().join("seed.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    stranger.conclude(server);
}

#[test]
fn a_program_that_is_killed_loses_nothing_that_it_said_was_logged() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    let mut random = Random::new("killed program");
    let kill = |args: &[&str], micros: u64| {
        let mut command = worker.command(args);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_micros(micros));
        let _ = child.kill();
        child.wait_with_output().unwrap()
    };
    // From before its first step to after its last, on this machine.
    let start = wait::now();
    let (mut said, mut killed) = (vec![annotate(&worker, 1)], 0);
    let whole = u64::try_from(start.elapsed().as_micros()).unwrap() * 3 / 2;
    let args = [
        "--json",
        "log",
        "annotation",
        "--project",
        "sauti",
        "--activity",
        "labelling",
        "--quantity",
        "1",
        "--unit",
        "item",
    ];
    for _ in 0..60 {
        let output = kill(&args, random.below(whole));
        match serde_json::from_slice::<serde_json::Value>(&output.stdout) {
            Ok(answer) if output.status.success() => said.push(answer["id"].as_str().unwrap().to_owned()),
            _ => killed += 1,
        }
        if random.below(4) == 0 {
            kill(&["push"], random.below(3 * whole));
        }
    }
    assert!(said.len() > 3 && killed > 3, "{} {killed}", said.len());
    worker.run(&["push"]).ok();
    let receipts = worker.run(&["receipts", "list", "--json"]).ok();
    for id in &said {
        assert!(receipts.contains(id.as_str()), "{id} has no receipt");
    }
    assert!(worker.json(&["outbox"])["waiting"].as_array().unwrap().is_empty());
    let policy = worker.policy();
    worker
        .run(&[
            "verify",
            worker.dir().join("receipts").to_str().unwrap(),
            "--policy",
            policy.to_str().unwrap(),
        ])
        .ok();
    println!("killed program: {} said to be logged, {killed} killed before", said.len());
    stranger.conclude(server);
}

#[test]
fn events_for_another_log_are_held_back() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let other = Site::new().origin("example.org/another-log").create();
    let theirs = Stranger::of(&other);
    let project = Project::new(&other, "sauti");
    annotate(&project.steward, 1);
    let here = profile(&server);
    let carried = here.write("x.ndjson", fs::read(&project.steward.files(".ndjson")[0]).unwrap());
    let refused = here.run(&["push", &carried]);
    refused.fails(1, "not-all-pushed");
    assert!(refused.stdout.contains("[other-log]"), "{refused:?}");
    let vkey = other.vkey().to_string();
    here.run(&["init", "--url", other.url(), "--vkey", &vkey]).fails(1, "profile-of-another-log");
    stranger.conclude(server);
    theirs.conclude(other);
}
