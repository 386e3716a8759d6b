//! What a person does at their own desk with the profile: keys, the passphrase, names of projects, the outbox.

use std::fs;

use crate::checker::Stranger;
use crate::harness::program::{Ended, Home};
use crate::harness::project::{Project, profile, sums};
use crate::harness::server::Site;

/// Logs an annotation of so many items, offline; its event id.
fn annotate(home: &Home, quantity: u32) -> String {
    let quantity = quantity.to_string();
    let work = ["log", "annotation", "--project", "sauti", "--activity", "labelling", "--unit", "item"];
    home.json(&[&work[..], &["--quantity", &quantity]].concat())["id"].as_str().unwrap().to_owned()
}

fn waiting(home: &Home) -> usize {
    home.json(&["outbox"])["waiting"].as_array().unwrap().len()
}

/// Asserts how it failed, and that the message says these words.
#[track_caller]
fn fails(ended: Ended, status: i32, code: &str, words: &[&str]) {
    ended.fails(status, code);
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

#[test]
fn what_is_dropped_is_kept_and_not_pushed() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    let ids = [annotate(&worker, 1), annotate(&worker, 20), annotate(&worker, 300)];
    let listed = worker.run(&["outbox"]).ok();
    assert!(ids.iter().all(|id| listed.contains(&id[..12])), "{listed}");
    fails(worker.run(&["outbox", "drop", &ids[0][..7]]), 1, "hex", &["8 to 64 lower-case hex digits"]);
    fails(worker.run(&["outbox", "drop", &ids[0].to_uppercase()]), 1, "hex", &[]);
    // One of several that is not there: none is dropped.
    let both = ["outbox", "drop", &ids[0], "0123456789abcdef"];
    fails(worker.run(&both), 1, "event-not-waiting", &["0123456789abcdef", "`lebombo outbox`"]);
    assert_eq!(waiting(&worker), 3);
    let said = worker.run(&["outbox", "drop", &ids[1][..12]]).ok();
    assert!(said.starts_with("1 event taken out") && said.contains("`lebombo push FILE`"), "{said}");
    let kept = worker.dir().join("outbox/dropped").join(format!("{}.ndjson", ids[1]));
    assert!(said.contains(kept.parent().unwrap().to_str().unwrap()), "{said}");
    fails(worker.run(&["outbox", "drop", &ids[1]]), 1, "event-not-waiting", &[]);
    assert_eq!((waiting(&worker), worker.json(&["push"])["logged"].as_u64()), (2, Some(2)));
    assert_eq!(sums(&worker, "sauti"), (1, 2, 301));
    assert!(!worker.run(&["receipts", "list", "--json"]).ok().contains(&ids[1]));
    fails(worker.run(&["outbox", "drop", &ids[0]]), 1, "event-not-waiting", &[]);
    // It was kept: as it says, the file can still be sent.
    assert_eq!(worker.json(&["push", kept.to_str().unwrap()])["logged"], 1);
    assert_eq!(sums(&worker, "sauti"), (1, 3, 321));
    stranger.conclude(server);
}

#[test]
fn what_was_refused_is_put_back_when_asked_for() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    assert!(worker.run(&["outbox", "retry"]).ok().starts_with("Nothing was refused"));
    let id = annotate(&worker, 5);
    // Damaged while it waited: the signature is of something else, and one line is nothing at all.
    let [outbox] = worker.files(".ndjson").try_into().unwrap();
    let whole = fs::read_to_string(&outbox).unwrap();
    let at = whole.find("\"sig\":\"").unwrap() + "\"sig\":\"".len();
    let other = if whole[at..].starts_with('A') { "B" } else { "A" };
    let damaged = format!("{}{other}{}", &whole[..at], &whole[at + 1..]);
    fs::write(&outbox, format!("{damaged}not an event\n")).unwrap();
    let refused = worker.run(&["push"]);
    refused.fails(1, "not-all-pushed");
    assert!(refused.stdout.contains("[signature-invalid]"), "{refused:?}");
    assert!(refused.stdout.contains("`lebombo outbox retry`"), "{refused:?}");
    let listed = worker.json(&["outbox"]);
    assert_eq!(
        (listed["waiting"].as_array().unwrap().len(), listed["refused"].as_array().unwrap().len()),
        (0, 2)
    );
    assert!(worker.run(&["outbox"]).ok().contains(&format!("refused {id}")));
    // As it is it would be refused again.
    let said = worker.run(&["outbox", "retry"]).ok();
    assert!(said.starts_with("1 event back in the outbox") && said.contains("`lebombo push`"), "{said}");
    assert!(said.contains("no event: 1 line."), "{said}");
    assert_eq!(waiting(&worker), 1);
    worker.run(&["push"]).fails(1, "not-all-pushed");
    assert_eq!(waiting(&worker), 0);
    // Set right, it is taken.
    let kept = worker.dir().join("outbox/refused").join(format!("{id}.json"));
    let text = fs::read_to_string(&kept).unwrap();
    let quoted = |line: &str| serde_json::to_string(line.trim_end()).unwrap();
    assert!(text.contains(&quoted(&damaged)), "{text}");
    fs::write(&kept, text.replace(&quoted(&damaged), &quoted(&whole))).unwrap();
    assert_eq!(worker.json(&["outbox", "retry"])["back"], 1);
    assert_eq!(worker.json(&["push"])["logged"], 1);
    let again = worker.run(&["outbox", "retry"]).ok();
    assert!(again.starts_with("Nothing was put back"), "{again}");
    assert_eq!(sums(&worker, "sauti"), (1, 1, 5));
    stranger.conclude(server);
}

#[test]
fn a_seed_is_encrypted_later_and_gives_the_same_keys() {
    let home = Home::empty();
    fails(home.run(&["whoami"]), 2, "profile-missing", &["`lebombo init`"]);
    let said = home.run(&["init"]).ok();
    assert!(said.starts_with("Made a profile in") && said.contains("not encrypted"), "{said}");
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let vkey = server.vkey().to_string();
    home.run(&["init", "--url", server.url(), "--vkey", &vkey]).ok();
    home.run(&["project", "pin", "sauti", &"5f".repeat(32)]).ok();
    let did = home.run(&["whoami", "--project", "sauti"]).ok();
    assert!(did.starts_with("did:key:z6Mk"), "{did}");
    let seed = home.dir().join("seed.pem");
    let open = fs::read(&seed).unwrap();
    // Nobody to ask, and nothing given: nothing has changed.
    fails(home.run(&["init", "--passphrase"]), 2, "passphrase-no-terminal", &["--passphrase-fd"]);
    fails(
        home.run_with_passphrase("", &["init", "--passphrase"]),
        2,
        "passphrase-empty",
        &["nothing was changed"],
    );
    assert_eq!(fs::read(&seed).unwrap(), open);
    let said = home.run_with_passphrase("baobab", &["init", "--passphrase"]).ok();
    assert!(
        said.starts_with("Encrypted the seed in") && said.contains("Older copies of it are not"),
        "{said}"
    );
    assert!(fs::read_to_string(&seed).unwrap().contains("ENCRYPTED"));
    assert!(!home.files("").iter().any(|path| fs::read(path).unwrap() == open), "the open seed is nowhere");
    fails(home.run(&["whoami", "--project", "sauti"]), 2, "passphrase-no-terminal", &[]);
    assert_eq!(home.run_with_passphrase("baobab", &["whoami", "--project", "sauti"]).ok(), did);
    let encrypted = fs::read(&seed).unwrap();
    fails(
        home.run_with_passphrase("mpingo", &["init", "--passphrase"]),
        1,
        "seed-encrypted",
        &["nothing was changed"],
    );
    // Without asking for a passphrase, init goes on and keeps the seed as it is.
    assert!(home.run(&["init", "--url", server.url()]).ok().contains("Seed: encrypted."));
    assert_eq!(fs::read(&seed).unwrap(), encrypted);
    stranger.conclude(server);
}

#[test]
fn a_person_has_another_key_in_each_project() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = profile(&server);
    let said = worker.run(&["whoami"]).ok();
    for word in [worker.dir().to_str().unwrap(), server.url(), "not encrypted", "No projects yet"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let words = ["no project is called `sauti`", "`lebombo project pin NAME ID`"];
    fails(worker.run(&["whoami", "--project", "sauti"]), 2, "project-not-pinned", &words);
    worker.run(&["project", "pin", "sauti", &project.id]).ok();
    // An id that the log does not have is pinned with a warning: its charter may still have to be pushed.
    let unknown = "ab".repeat(32);
    let pinned = worker.run(&["project", "pin", "nobodys", &unknown]);
    for word in ["WARNING", "has no project", &unknown, "check it with whoever gave it to you"] {
        assert!(pinned.stderr.contains(word), "{word}: {pinned:?}");
    }
    assert_eq!(pinned.ok(), format!("nobodys is project {unknown}.\n"));
    fails(worker.run(&["project", "pin", "x", "vu-sound"]), 1, "hex", &["64 lower-case hex digits"]);
    fails(worker.run(&["project", "pin", "No Name", &unknown]), 1, "project-name", &["a-z 0-9 -"]);
    let keys = worker.json(&["whoami"])["projects"].clone();
    let dids: Vec<&str> = keys.as_array().unwrap().iter().map(|key| key["did"].as_str().unwrap()).collect();
    assert!(dids.len() == 2 && dids[0] != dids[1], "{keys}");
    let one = worker.run(&["whoami", "--project", "sauti"]).ok();
    assert!(dids.contains(&one.trim_end()) && worker.run(&["whoami"]).ok().contains(one.trim_end()));
    // By its id as by its name.
    assert_eq!(worker.run(&["whoami", "--project", &project.id]).ok(), one);
    // Work for it waits, and is held back: it would count for nothing.
    let work = ["log", "annotation", "--project", "nobodys", "--activity", "labelling", "--quantity", "1"];
    worker.run(&[&work[..], &["--unit", "item"]].concat()).ok();
    let held = worker.run(&["push"]);
    held.fails(1, "not-all-pushed");
    assert!(held.stdout.contains("[project-unknown]") && held.stdout.contains("outbox drop"), "{held:?}");
    assert_eq!(waiting(&worker), 1);
    stranger.conclude(server);
}

#[test]
fn a_profile_without_a_ledger_says_what_is_missing() {
    let home = Home::empty();
    home.run(&["init"]).ok();
    assert!(home.run(&["whoami"]).ok().contains("Ledger:  none yet"));
    let words = ["`lebombo init --url URL --vkey VKEY`"];
    let pin = home.run(&["project", "pin", "sauti", &"ab".repeat(32)]);
    assert_eq!(pin.stderr.lines().count(), 1, "{pin:?}");
    fails(pin, 2, "profile-without-ledger", &words);
    fails(home.run(&["push"]), 2, "profile-without-url", &["`lebombo init --url URL"]);
    assert!(home.run(&["outbox"]).ok().starts_with("Nothing waits"));
    assert!(home.run(&["receipts", "list"]).ok().starts_with("No receipts"));
}
