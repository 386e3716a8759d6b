//! A project with two stewards who both have to sign: a file that goes from one to the other.

use std::fs;

use crate::checker::Stranger;
use crate::harness::project::{charter, profile, sums};
use crate::harness::server::Site;

#[test]
fn a_charter_of_two_is_logged_when_both_have_signed_and_not_before() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let (ama, kofi) = (profile(&server), profile(&server));
    let file = charter(&ama, "sauti", &[("threshold = 1", "threshold = 2")]);
    // Kofi's key for this charter, before it is signed.
    let for_kofi = kofi.write("charter.toml", fs::read(&file).unwrap());
    let did = kofi.run(&["whoami", "--charter", &for_kofi]).ok();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("keys = [\"me\"]", &format!("keys = [\"me\", \"{}\"]", did.trim()), 1))
        .unwrap();
    let made = ama.json(&["project", "create", &file]);
    assert_eq!(made["complete"], false);
    let half = made["file"].as_str().unwrap();
    let refused = ama.run(&["push", half]);
    refused.fails(1, "not-all-pushed");
    assert!(refused.stdout.contains("[signature-missing]"), "{refused:?}");
    assert_eq!(ama.run(&["verify", half]).status, 1);
    // Somebody who is not asked can not sign.
    let nobody = profile(&server);
    nobody.run(&["sign", half]).fails(1, "signer-not-listed");
    let passed_on = kofi.write("charter.dsse", fs::read(half).unwrap());
    assert_eq!(kofi.run(&["sign", &passed_on, "--show"]).status, 0);
    kofi.run(&["sign", &passed_on, "--push"]).ok();
    // Logged once, whoever sends it again.
    let again = ama.json(&["push", &passed_on]);
    assert_eq!((&again["logged"], &again["duplicates"]), (&0.into(), &1.into()));
    for home in [&ama, &kofi] {
        let args = [
            "log",
            "annotation",
            "--project",
            "sauti",
            "--activity",
            "labelling",
            "--quantity",
            "2",
            "--unit",
            "item",
        ];
        home.run(&args).ok();
        home.run(&["push"]).ok();
    }
    assert_eq!(sums(&ama, "sauti"), (2, 2, 4));
    // What was changed after one of them had signed is no charter of theirs.
    let envelope = fs::read_to_string(half).unwrap();
    let changed = kofi.write("changed.dsse", envelope.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1));
    assert_eq!(kofi.run(&["sign", &changed]).status, 1);
    stranger.conclude(server);
}

#[test]
fn a_charter_below_its_threshold_is_not_even_written() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let ama = profile(&server);
    let file = charter(&ama, "sauti", &[("threshold = 1", "threshold = 2")]);
    ama.run(&["project", "create", &file]).fails(1, "charter-file-value");
    let file = charter(&ama, "sauti", &[("threshold = 1", "threshold = 0")]);
    ama.run(&["project", "create", &file]).fails(1, "charter-file-value");
    let file = charter(&ama, "sauti", &[("weight = 2", "weight = 4294967296")]);
    assert_eq!(ama.run(&["project", "create", &file]).status, 1);
    let file = charter(
        &ama,
        "sauti",
        &[("work = \"dataset\"\nactivity = \"recording\"", "work = \"data\"\nactivity = \"recording\"")],
    );
    ama.run(&["project", "create", &file]).fails(1, "charter-file-value");
    assert!(ama.json(&["outbox"])["waiting"].as_array().unwrap().is_empty());
    stranger.conclude(server);
}
