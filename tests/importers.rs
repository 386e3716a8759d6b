//! The other platforms' exports through the program: the samples of this project, and real ones where they are present.

use std::fs;

use serde_json::Value;

use crate::checker::Stranger;
use crate::harness::project::{Project, sums};
use crate::harness::server::Site;
use crate::harness::{project_root, shared};

/// One export, how it is imported, and how many of its rows are taken and skipped.
struct Export {
    args: Vec<String>,
    taken: u64,
    skipped: u64,
}

fn export(args: &[&str], taken: u64, skipped: u64) -> Export {
    Export { args: args.iter().map(ToString::to_string).collect(), taken, skipped }
}

/// Imports each export, twice; the rows that were taken are logged once.
fn import_all(test: &str, exports: &[Export]) {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let steward = &project.steward;
    let mut expected = 0;
    for one in exports {
        let args: Vec<&str> = one.args.iter().map(String::as_str).collect();
        let run =
            |more: &[&str]| steward.json(&[&["import"], &args[..], &["--project", "sauti"], more].concat());
        let dry = run(&["--dry-run"]);
        assert_eq!((&dry["added"], &dry["would_add"]), (&0.into(), &one.taken.into()), "{args:?}: {dry}");
        let imported = run(&[]);
        let reading = &imported["reading"];
        let skipped = reading["skipped"].as_array().unwrap();
        assert_eq!(
            (&imported["added"], skipped.len() as u64),
            (&one.taken.into(), one.skipped),
            "{args:?}: {imported}"
        );
        assert_eq!(reading["read"], one.taken + one.skipped);
        assert!(
            skipped
                .iter()
                .all(|row| row["line"].as_u64() > Some(0) && !row["code"].as_str().unwrap().is_empty())
        );
        let again = run(&[]);
        assert_eq!((&again["added"], &again["already"]), (&0.into(), &one.taken.into()));
        let pushed = steward.json(&["push"]);
        assert_eq!(
            (&pushed["logged"], &pushed["receipts"]),
            (&one.taken.into(), &one.taken.into()),
            "{args:?}: {pushed}"
        );
        let after = run(&[]);
        assert_eq!((&after["added"], &after["already"]), (&0.into(), &one.taken.into()));
        expected += one.taken;
    }
    assert_eq!(steward.json(&["push"])["logged"], 0);
    let (contributors, events, _) = sums(steward, "sauti");
    assert_eq!(events, expected);
    println!("{test}: {events} events of {contributors} contributors");
    let receipts = steward.dir().join("receipts");
    steward.run(&["verify", receipts.to_str().unwrap(), "--policy", steward.policy().to_str().unwrap()]).ok();
    no_mail_addresses(steward);
    stranger.conclude(server);
}

/// No event says anything that looks like an address of a person.
fn no_mail_addresses(home: &crate::harness::program::Home) {
    for path in home.files(".tlog-proof") {
        let receipt = lebombo_verifier::receipt::Receipt::parse(&fs::read(path).unwrap()).unwrap();
        let payload = lebombo_verifier::dsse::Envelope::parse(receipt.entry()).unwrap().payload;
        assert!(!payload.contains(&b'@'));
    }
}

#[test]
fn the_samples_are_imported_once() {
    let sample = |name: &str| project_root().join("samples").join(name).to_str().unwrap().to_owned();
    let (csv, map, studio, mturk) = (
        sample("annotations.csv"),
        sample("annotations.toml"),
        sample("label-studio.json"),
        sample("mturk.csv"),
    );
    import_all(
        "samples",
        &[
            export(&["map", &csv, "--map", &map], 29, 1),
            export(&["label-studio", &studio], 20, 1),
            export(&["mturk", &mturk], 16, 0),
        ],
    );
}

#[test]
fn the_exports_of_real_platforms_are_imported_once() {
    let found: Option<Vec<String>> = [
        "fixtures/label_studio_export_reviews.json",
        "fixtures/platform_amt1.csv",
        "fixtures/platform_cf1.csv",
        "common_voice_tw/validated.tsv",
    ]
    .iter()
    .map(|path| shared(path).map(|path| path.to_str().unwrap().to_owned()))
    .collect();
    let Some([studio, mturk, crowdflower, voice]) =
        found.map(|paths| <[String; 4]>::try_from(paths).unwrap())
    else {
        return;
    };
    import_all(
        "platforms",
        &[
            export(&["label-studio", &studio], 2, 0),
            export(&["mturk", &mturk], 27, 0),
            export(&["crowdflower", &crowdflower, "--zone", "UTC"], 27, 0),
            export(&["common-voice", &voice, "--date", "2026-03-04"], 225, 0),
        ],
    );
}

#[test]
fn files_that_can_not_be_read_are_refused_and_log_nothing() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let steward = &project.steward;
    let map = project_root().join("samples/annotations.toml");
    let csv = fs::read_to_string(project_root().join("samples/annotations.csv")).unwrap();
    let import = |format: &str, content: &[u8], more: &[&str]| {
        let file = steward.write("export", content);
        let ended = steward.run(&[&["import", format, &file, "--project", "sauti"], more].concat());
        assert_eq!(ended.status, 1, "{ended:?}");
        ended.code()
    };
    let with_map = ["--map", map.to_str().unwrap()];
    assert_eq!(
        import("map", csv.replacen("annotator", "who", 1).as_bytes(), &with_map),
        "import-column-missing"
    );
    assert_eq!(
        import("map", csv.replacen("march-1", "\"march-1", 1).as_bytes(), &with_map),
        "import-quote-not-closed"
    );
    assert_eq!(import("map", b"", &with_map), "import-header-missing");
    assert_eq!(import("map", b"\xff\xfea\0", &with_map), "import-utf-16");
    assert_eq!(import("label-studio", b"{}", &[]), "import-not-tasks");
    assert_eq!(import("label-studio", b"[{]", &[]), "import-not-json");
    let crowdflower =
        b"_unit_id,_id,_worker_id,_started_at,_created_at\n1,1,w,7/12/2014 01:55:25,7/12/2014 01:55:49\n";
    assert_eq!(import("crowdflower", crowdflower, &[]), "import-zone-missing");
    assert_eq!(import("crowdflower", crowdflower, &["--zone", "Africa/Nowhere"]), "import-zone-unknown");
    let voice = b"client_id\tpath\tsentence\tup_votes\tdown_votes\nc\ta.mp3\tx\t2\t0\n";
    assert_eq!(import("common-voice", voice, &[]), "import-date-missing");
    assert_eq!(import("common-voice", voice, &["--date", "2026-02-30"]), "day");
    let waiting: Value = steward.json(&["outbox"]);
    assert!(waiting["waiting"].as_array().unwrap().is_empty());
    stranger.conclude(server);
}
