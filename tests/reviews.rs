//! Work is judged: by id, by list, by query, and by the verdicts of other platforms; and what that comes to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::checker::Stranger;
use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::{Server, Site};
use crate::harness::{project_root, shared, wait};
use crate::main_job::{MAP, alias, rows};

const PROJECT: [&str; 2] = ["--project", "sauti"];

/// The key of a person in the project.
fn did(home: &Home) -> String {
    home.run(&["whoami", "--project", "sauti"]).ok().trim().to_owned()
}

/// Somebody with a role in the project.
pub(crate) fn with_role(server: &Server, project: &Project, role: &str) -> Home {
    let home = project.member(server, "sauti");
    give(project, &did(&home), role);
    home
}

fn give(project: &Project, did: &str, role: &str) {
    project.steward.run(&["member", "add", "sauti", did, "--role", role]).ok();
    project.steward.run(&["push"]).ok();
}

/// Logs annotated items; the event's id.
pub(crate) fn annotate(home: &Home, quantity: u32, more: &[&str]) -> String {
    let quantity = quantity.to_string();
    let args = ["log", "annotation", "--activity", "labelling", "--quantity", &quantity, "--unit", "item"];
    home.json(&[&args[..], &PROJECT, more].concat())["id"].as_str().unwrap().to_owned()
}

fn review(home: &Home, args: &[&str]) -> Value {
    home.json(&[&["review"], args, &PROJECT].concat())
}

/// What the program says of somebody in a kind of work: accepted, rejected and pending quantity; points; void.
fn of(home: &Home, who: &str, work: &str) -> ([u64; 3], u64, u64) {
    let totals = home.json(&["total", "--project", "sauti"]);
    let all = totals["contributors"].as_array().unwrap();
    let Some(one) = all.iter().find(|one| one["contributor"] == who) else { return ([0; 3], 0, 0) };
    let counts = one["counts"].as_array().unwrap();
    let count = counts.iter().find(|count| count["work"] == work);
    let quantity = |name: &str| count.map_or(0, |count| number(&count[name]["quantity"]));
    (["accepted", "rejected", "pending"].map(quantity), number(&one["points"]), one["void"].as_u64().unwrap())
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Waits until somebody's totals are these.
fn until_of(home: &Home, who: &str, expected: ([u64; 3], u64, u64)) {
    wait::until("the totals to follow", || (of(home, who, "annotation") == expected).then_some(()));
}

#[test]
fn work_is_accepted_in_part_rejected_and_adjusted_and_everybody_can_see_why() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let worker = project.member(&server, "sauti");
    let who = did(&worker);
    let evidence = worker.write("batch-42.jsonl", "{\"clip\":1}\n");
    let [part, spam, batch, waiting] = [
        annotate(&worker, 120, &[]),
        annotate(&worker, 7, &[]),
        annotate(&worker, 5, &["--evidence", &evidence]),
        annotate(&worker, 1, &[]),
    ];
    worker.run(&["push"]).ok();
    until_of(&worker, &who, ([0, 0, 133], 0, 0));
    let said = worker.run(&["status", &part[..12]]).ok();
    assert!(said.contains("worth 120 points") && said.contains("silence accepts it on"), "{said}");

    // Nobody has made this person a reviewer yet: the ledger says so before anything is sent, and push holds it back.
    let reviewer = project.member(&server, "sauti");
    let dry = review(&reviewer, &["accept", &part, "--dry-run"]);
    assert_eq!((&dry["warnings"][0]["code"], &dry["events"]), (&"not-reviewer".into(), &1.into()), "{dry}");
    assert!(reviewer.json(&["outbox"])["waiting"].as_array().unwrap().is_empty());
    give(&project, &did(&reviewer), "reviewer");
    // Refused before anything is signed.
    let refused = reviewer.run(&["review", "reject", &spam, "--project", "sauti", "--reason", "boring"]);
    refused.fails(1, "reason-unknown");
    assert!(refused.stderr.contains("incomplete, off-topic, spam"), "{refused:?}");
    let refused = reviewer.run(&["review", "accept", &part, "--project", "sauti", "--quantity", "121"]);
    refused.fails(1, "subject-quantity-above-logged");
    reviewer.run(&["review", "accept", "--project", "sauti"]).fails(2, "events-missing");
    let own = annotate(&reviewer, 9, &[]);
    reviewer.run(&["push"]).ok();
    let me = did(&reviewer);
    until_of(&reviewer, &me, ([0, 0, 9], 0, 0));
    reviewer.run(&["review", "accept", &own, "--project", "sauti"]).fails(1, "subject-own");

    // How an id begins is enough, of what waits for a verdict or is one's own.
    let begins = |id: &str| id[..12].to_owned();
    for (id, status, code) in [("0".repeat(12), 2, "event-unknown"), (part[..7].to_owned(), 1, "hex")] {
        reviewer.run(&["review", "accept", &id, "--project", "sauti"]).fails(status, code);
    }
    let made = review(&reviewer, &["accept", &begins(&part), "--quantity", "100", "--reason", "incomplete"]);
    assert_eq!((&made["work"][0]["quantity"], &made["warnings"]), (&"100".into(), &Value::Array(Vec::new())));
    // What is left out of several is said, and the others are judged.
    let made = review(
        &reviewer,
        &["reject", &begins(&spam), &begins(&own), "--reason", "spam", "--method", "sample"],
    );
    assert_eq!((&made["events"], &made["left_out"][0]["code"]), (&1.into(), &"subject-own".into()));
    // The manifest is what the worker hands over.
    let manifest = worker.files(&format!("{batch}.manifest")).remove(0);
    let made = review(&reviewer, &["accept", "--batch", manifest.to_str().unwrap(), "--method", "full"]);
    assert_eq!((&made["events"], &made["work"][0]["quantity"]), (&1.into(), &"5".into()));
    // Judged already, though it is not pushed.
    reviewer.run(&["review", "accept", &spam, "--project", "sauti"]).fails(1, "subject-reviewed");
    let pushed = reviewer.json(&["push"]);
    assert_eq!((&pushed["logged"], &pushed["held"]), (&3.into(), &Value::Array(Vec::new())));
    until_of(&worker, &who, ([105, 27, 1], 105, 0));
    reviewer.run(&["review", "accept", &spam, "--project", "sauti"]).fails(1, "subject-settled");

    let said = worker.run(&["status", &part, &spam, &waiting]).ok();
    assert!(said.contains("accepted in part: 100 of 120 units count, 1 a unit: 100 points"), "{said}");
    assert!(said.contains(&format!("a review by {me}: reject (sample), reason spam")), "{said}");
    assert!(said.contains("It waits for a review"), "{said}");
    let json = worker.json(&["status", &spam]);
    assert_eq!((&json["status"], &json["decided_by"]["reason"]), (&"rejected".into(), &"spam".into()));

    let arbiter = with_role(&server, &project, "arbiter");
    let made = review(&arbiter, &["adjust", &spam, &waiting, "--quantity", "3", "--reason", "spam"]);
    assert_eq!((&made["events"], &made["left_out"][0]["code"]), (&1.into(), &"subject-undecided".into()));
    arbiter.run(&["push"]).ok();
    until_of(&worker, &who, ([108, 24, 1], 108, 0));
    let csv = worker.run(&["total", "--project", "sauti", "--format", "csv"]).ok();
    let table = rows(&csv);
    let row = table.iter().find(|row| row[0] == who).unwrap();
    let cell = |name: &str| row[table[0].iter().position(|column| column == name).unwrap()].as_str();
    assert_eq!(
        ["contributor_points", "logged_quantity", "accepted_events", "rejected_quantity", "pending_events"]
            .map(cell),
        ["108", "133", "3", "24", "1"]
    );
    let shown = worker.run(&["project", "show", "sauti"]).ok();
    assert!(shown.contains("annotation  item     142       108        24       10"), "{shown}");
    stranger.conclude(server);
}

/// A project with imported rows of one worker, and a reviewer.
fn imported(server: &Server, count: u32) -> (Project, Home) {
    let project = Project::new(server, "sauti");
    let reviewer = with_role(server, &project, "reviewer");
    let mut csv = "id,who,n\n".to_owned();
    (1..=count).for_each(|i| csv += &format!("{i},w{},{}\n", i % 3, i % 7 + 1));
    let (file, map) = (project.steward.write("work.csv", csv), project.steward.write("work.toml", WORK));
    project.steward.run(&[&["import", "map", &file, "--map", &map], &PROJECT[..]].concat()).ok();
    project.steward.run(&["push"]).ok();
    (project, reviewer)
}

pub(crate) const WORK: &str = r#"format = "csv"
system = "desk"
contributor = "who"
source-id = "id"
work = "annotation"
activity = "labelling"
unit = "item"
quantity = { column = "n" }
[date]
always = "2026-03-04"
"#;

/// Sums of the project's annotations: events accepted, rejected and pending.
fn events(home: &Home) -> [u64; 3] {
    let totals = home.json(&["total", "--project", "sauti"]);
    let counts = totals["sums"]["counts"].as_array().unwrap();
    let of_kind = |name: &str| {
        let counts = counts.iter().filter(|count| count["work"] == "annotation");
        counts.map(|count| count[name]["events"].as_u64().unwrap()).sum()
    };
    ["accepted", "rejected", "pending"].map(of_kind)
}

fn until_events(home: &Home, expected: [u64; 3]) {
    wait::until("the totals to follow", || (events(home) == expected).then_some(()));
}

#[test]
fn a_query_takes_all_that_waits_in_as_few_events_as_hold_it() {
    let server = Site::with_options(&["--snapshot-interval", "1"]).create();
    let stranger = Stranger::of(&server);
    let (project, reviewer) = imported(&server, 1_000);
    until_events(&reviewer, [0, 0, 1_000]);
    // The importer can judge none of it.
    give(&project, &did(&project.steward), "reviewer");
    let none = review(&project.steward, &["accept", "--pending", "--dry-run"]);
    let left = none["left_out"].as_array().unwrap();
    assert_eq!((&none["events"], left.len()), (&0.into(), 1_000));
    assert!(left.iter().all(|one| one["code"] == "subject-own"));

    let totals = reviewer.json(&["total", "--project", "sauti"]);
    let worker = totals["contributors"][0]["contributor"].as_str().unwrap().to_owned();
    let of_one = totals["contributors"][0]["counts"][0]["logged"]["events"].as_u64().unwrap();
    let args = ["reject", "--contributor", &worker, "--reason", "spam"];
    let made = review(&reviewer, &args);
    assert_eq!((made["events"].as_u64(), made["reviews"].as_array().unwrap().len()), (Some(of_one), 1));
    // What waits in the outbox is judged; the rest is taken by the next query, and needs no second look.
    let dry = review(&reviewer, &["accept", "--pending", "--method", "sample", "--dry-run"]);
    assert_eq!(dry["events"].as_u64(), Some(1_000 - of_one));
    assert!(
        reviewer
            .run(&["review", "accept", "--unit", "clip", "--project", "sauti"])
            .ok()
            .contains("Nothing to")
    );
    reviewer.run(&["push"]).ok();
    until_events(&reviewer, [0, of_one, 1_000 - of_one]);
    // A list with quantities: some are accepted in part. More than one event holds.
    let undecided = server.http.fetch(&format!("/v1/projects/{}/undecided?limit=1000", project.id)).json();
    let mut list = "# accepted\n".to_owned();
    let ids: Vec<&str> =
        undecided["undecided"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.iter().for_each(|id| list += &format!("{id},1\n"));
    list += &format!("{},1\n", "ab".repeat(32));
    let file = reviewer.write("list.csv", &list);
    let made = review(&reviewer, &["accept", "--file", &file]);
    assert_eq!(made["events"].as_u64(), Some(1_000 - of_one));
    assert_eq!(made["left_out"][0]["code"], "not-undecided");
    let pushed = reviewer.json(&["push"]);
    assert_eq!(pushed["logged"].as_u64(), Some(made["reviews"].as_array().unwrap().len() as u64));
    until_events(&reviewer, [1_000 - of_one, of_one, 0]);
    let totals = reviewer.json(&["total", "--project", "sauti"]);
    assert_eq!(number(&totals["sums"]["points"]), 1_000 - of_one);
    // Pinned to a snapshot, the same comes again and again.
    let pinned = wait::until("a snapshot of all of it", || {
        let ended = reviewer.run(&["total", "--project", "sauti", "--snapshot", "latest", "--json"]);
        let value: Value = (ended.status == 0).then(|| ended.json())?;
        (value["sums"] == totals["sums"]).then_some(value)
    });
    let size = pinned["snapshot"].to_string();
    assert_eq!(reviewer.json(&["total", "--project", "sauti", "--snapshot", &size]), pinned);
    let old = reviewer.run(&["total", "--project", "sauti", "--snapshot", "1"]);
    old.fails(1, "snapshot-gone");
    stranger.conclude(server);
}

#[test]
fn equal_verdicts_decide_and_reviewers_earn_by_each_of_theirs() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let changes = [
        ("rule = \"first\"\nsilence = 30", "rule = \"equal\"\ncount = 2"),
        ("activity = \"verification\"\nunit = \"clip\"", "activity = \"checking\"\nunit = \"verdict\""),
    ];
    let project = Project::with(&server, "sauti", &changes);
    let worker = project.member(&server, "sauti");
    let (first, second, third) =
        (annotate(&worker, 10, &[]), annotate(&worker, 20, &[]), annotate(&worker, 30, &[]));
    worker.run(&["push"]).ok();
    let reviewers = [0, 1].map(|_| with_role(&server, &project, "reviewer"));
    let who = did(&worker);
    for (at, reviewer) in reviewers.iter().enumerate() {
        until_of(reviewer, &who, ([0, 0, 60], 0, 0));
        review(reviewer, &["accept", &first]);
        // They do not agree about the second, and the third is judged once.
        review(reviewer, &[if at == 0 { "accept" } else { "reject" }, &second, "--reason", "spam"]);
        reviewer.run(&["push"]).ok();
        if at == 0 {
            review(reviewer, &["accept", "--pending"]);
            reviewer.run(&["push"]).ok();
            let again = review(reviewer, &["accept", "--pending"]);
            let codes: Vec<&Value> =
                again["left_out"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
            assert_eq!((&again["events"], codes), (&0.into(), vec![&Value::from("subject-reviewed"); 3]));
        }
    }
    until_of(&worker, &who, ([10, 0, 50], 10, 0));
    let earned = |reviewer: &Home| of(reviewer, &did(reviewer), "review");
    assert_eq!((earned(&reviewers[0]), earned(&reviewers[1])), (([3, 0, 0], 3, 0), ([2, 0, 0], 2, 0)));
    // A third review of the first would have no effect at all.
    let late = with_role(&server, &project, "reviewer");
    late.run(&["review", "accept", &first, "--project", "sauti"]).fails(1, "subject-settled");
    let said = review(&late, &["reject", &first, &third, "--reason", "spam"]);
    assert_eq!((&said["events"], &said["left_out"][0]["code"]), (&1.into(), &"subject-settled".into()));
    late.run(&["push"]).ok();
    let review_id = said["reviews"][0].as_str().unwrap();
    let status = wait::until("the review to be counted", || {
        let said = late.run(&["status", review_id]).ok();
        said.contains("in effect").then_some(said)
    });
    assert!(status.contains("Verdicts with an effect: 1 of 1"), "{status}");
    stranger.conclude(server);
}

/// Hands the project's import key to a reviewer.
fn hand_key(project: &Project, reviewer: &Home) {
    let key = reviewer.beside("sauti.key");
    let key = key.to_str().unwrap();
    project.steward.run(&["key", "export-import", "--project", "sauti", "--out", key]).ok();
    reviewer.run(&["project", "pin", "sauti", &project.id, "--import-key", key]).ok();
}

#[test]
fn the_verdicts_of_the_samples_become_reviews_once() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let reviewer = with_role(&server, &project, "reviewer");
    let sample = |name: &str| project_root().join("samples").join(name).to_str().unwrap().to_owned();
    let (csv, map) = (sample("annotations.csv"), sample("annotations.toml"));
    project.steward.run(&[&["import", "map", &csv, "--map", &map], &PROJECT[..]].concat()).ok();
    let studio = sample("label-studio.json");
    project.steward.run(&[&["import", "label-studio", &studio], &PROJECT[..]].concat()).ok();
    project.steward.run(&["push"]).ok();
    until_events(&reviewer, [0, 0, 35]);

    let (verdicts, how) = (sample("reviews.csv"), sample("reviews.toml"));
    let of_table = ["import", "reviews", "map", &verdicts, "--map", &how, "--project", "sauti"];
    let of_studio = ["import", "reviews", "label-studio", &studio, "--project", "sauti", "--reason", "spam"];
    // Without the import key nobody can tell which contribution a row became.
    reviewer.run(&of_table).fails(2, "key-unreadable");
    // Whoever imported the work does not judge it.
    let own = project.steward.json(&of_studio);
    assert_eq!(
        (&own["accept"], &own["own"]["count"], &own["not_waiting"]["count"]),
        (&0.into(), &9.into(), &0.into())
    );
    hand_key(&project, &reviewer);
    let dry = reviewer.json(&[&of_table[..], &["--dry-run"]].concat());
    assert_eq!((&dry["accept"], &dry["reject"]), (&4.into(), &2.into()), "{dry}");
    assert!(reviewer.json(&["outbox"])["waiting"].as_array().unwrap().is_empty());
    // A cell left empty is all that was logged: the same as its number, and another verdict than any other number.
    let twice = "batch,job_id,checked_by,verdict,clips_ok,why\n\
                 march-1,J-2101,chk-01,ok,,\nmarch-1,J-2101,chk-02,ok,39,\n\
                 march-1,J-2104,chk-01,ok,20,unclear\nmarch-1,J-2104,chk-02,ok,,\n";
    let twice = reviewer.write("twice.csv", twice);
    let args = ["import", "reviews", "map", &twice, "--map", &how, "--project", "sauti", "--dry-run"];
    let dry = reviewer.json(&args);
    assert_eq!((&dry["accept"], &dry["work"]["accept"][0]["quantity"]), (&1.into(), &"39".into()), "{dry}");
    assert_eq!(dry["differing"], serde_json::json!({"count": 1, "lines": [4, 5]}), "{dry}");
    assert!(reviewer.run(&args).ok().contains("not all that was logged; decide by hand"));
    let made = reviewer.json(&of_table);
    assert_eq!((&made["accept"], &made["reject"]), (&4.into(), &2.into()));
    assert_eq!(made["reading"]["disagreements"], serde_json::json!([[8, 9]]));
    assert_eq!(made["not_waiting"], serde_json::json!({"count": 1, "lines": [13]}));
    // Whole and in part, off-topic, and incomplete twice.
    assert_eq!(made["reviews"].as_array().unwrap().len(), 4);
    let made = reviewer.json(&of_studio);
    assert_eq!((&made["accept"], &made["reject"]), (&8.into(), &1.into()), "{made}");
    // Judged, though not pushed yet.
    for args in [&of_table[..], &of_studio[..]] {
        assert!(reviewer.json(args)["reviews"].as_array().unwrap().is_empty());
    }
    let pushed = reviewer.json(&["push"]);
    assert_eq!((&pushed["logged"], &pushed["held"]), (&6.into(), &Value::Array(Vec::new())));
    until_events(&reviewer, [12, 3, 20]);
    for args in [&of_table[..], &of_studio[..]] {
        assert!(reviewer.json(args)["reviews"].as_array().unwrap().is_empty());
    }
    assert_eq!(reviewer.json(&["push"])["logged"], 0);
    // Under another installation's name nothing is found.
    let lost = reviewer.json(&[&of_studio[..], &["--installation", "elsewhere"]].concat());
    assert_eq!(lost["not_waiting"]["count"], 9);
    let refused = reviewer.run(&[
        "import",
        "reviews",
        "label-studio",
        &studio,
        "--project",
        "sauti",
        "--reason",
        "dull",
    ]);
    refused.fails(1, "reason-unknown");
    stranger.conclude(server);
}

/// By worker: annotations that people rejected, and the others.
fn naive(annotations: &str, verdicts: &str) -> BTreeMap<String, (u64, u64)> {
    let (annotations, verdicts) = (rows(annotations), rows(verdicts));
    let column =
        |table: &[Vec<String>], name: &str| table[0].iter().position(|column| column == name).unwrap();
    let (batch, worker, spam) =
        (column(&verdicts, "batch"), column(&verdicts, "worker"), column(&verdicts, "spam_by_human"));
    let (of_batch, of_worker) = (column(&annotations, "batch"), column(&annotations, "worker"));
    let mut counts = BTreeMap::<String, (u64, u64)>::new();
    for row in &annotations[1..] {
        let found =
            verdicts[1..].iter().find(|one| one[batch] == row[of_batch] && one[worker] == row[of_worker]);
        let count = counts.entry(row[of_worker].clone()).or_default();
        match found.unwrap()[spam].as_str() {
            "1" => count.0 += 1,
            "0" => count.1 += 1,
            other => panic!("{other}"),
        }
    }
    counts
}

const REVIEWS: &str = r#"format = "csv"
system = "vu-crowd"
source-id = "annotation_id"
# One verdict stands for all that a worker did in a batch.
join = ["batch", "worker"]
reason = "spam"
[verdict]
column = "spam_by_human"
accept = ["0"]
reject = ["1"]
"#;

/// Imports the corpus into the project `sauti`, and the human verdicts on it; the reviewer, and how they imported them.
pub(crate) fn judge_the_corpus(
    server: &Server,
    project: &Project,
    corpus: &Path,
    verdicts: &Path,
) -> (Home, [String; 10]) {
    let reviewer = with_role(server, project, "reviewer");
    hand_key(project, &reviewer);
    let map = project.steward.write("map.toml", MAP);
    project
        .steward
        .run(&[&["import", "map", corpus.to_str().unwrap(), "--map", &map], &PROJECT[..]].concat())
        .ok();
    assert_eq!(project.steward.json(&["push"])["logged"], 21_330);
    until_events(&reviewer, [0, 0, 21_330]);

    let how = reviewer.write("reviews.toml", REVIEWS);
    let args = [
        "import",
        "reviews",
        "map",
        verdicts.to_str().unwrap(),
        "--map",
        &how,
        "--rows",
        corpus.to_str().unwrap(),
        "--project",
        "sauti",
    ]
    .map(str::to_owned);
    let made = reviewer.json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((&made["reject"], &made["accept"]), (&393.into(), &20_937.into()));
    assert!(made["reading"]["disagreements"].as_array().unwrap().is_empty());
    // 29 events hold 20,937 acceptances.
    assert_eq!(made["reviews"].as_array().unwrap().len(), 30);
    let pushed = reviewer.json(&["push"]);
    assert_eq!((&pushed["logged"], &pushed["receipts"]), (&30.into(), &30.into()));
    until_events(&reviewer, [20_937, 393, 0]);
    (reviewer, args)
}

#[test]
fn the_human_verdicts_on_the_corpus_become_reviews() {
    let (Some(corpus), Some(verdicts)) =
        (shared("vu_sound_annotations.csv"), shared("vu_sound_worker_review.csv"))
    else {
        return;
    };
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let expected = naive(&read(&corpus), &read(&verdicts));
    let sum = |part: fn(&(u64, u64)) -> u64| expected.values().map(part).sum::<u64>();
    assert_eq!((expected.len(), sum(|one| one.0), sum(|one| one.1)), (546, 393, 20_937));

    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let start = wait::now();
    let (reviewer, args) = judge_the_corpus(&server, &project, &corpus, &verdicts);
    println!("reviews of the corpus: {:?}", start.elapsed());

    // By contributor, against the naive count and the test's own aliases.
    let key = fs::read(project.steward.dir().join("import-keys/sauti.key")).unwrap();
    let by_alias: BTreeMap<String, (u64, u64)> =
        expected.iter().map(|(worker, count)| (alias(&key, worker), *count)).collect();
    let totals = reviewer.json(&["total", "--project", "sauti"]);
    let counted = totals["contributors"].as_array().unwrap().iter().map(|one| {
        let (rejected, accepted) = (&one["counts"][0]["rejected"], &one["counts"][0]["accepted"]);
        assert_eq!(number(&one["points"]), number(&accepted["quantity"]));
        (
            one["contributor"].as_str().unwrap().to_owned(),
            (number(&rejected["quantity"]), number(&accepted["quantity"])),
        )
    });
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), by_alias);
    assert_eq!(totals["sums"]["points"], "20937");

    // The same verdicts again add nothing.
    let again = reviewer.json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((&again["reject"], &again["accept"]), (&0.into(), &0.into()));
    assert_eq!(again["not_waiting"]["count"], 21_330);
    assert_eq!(reviewer.json(&["push"])["logged"], 0);
    stranger.check(&server.http);
    stranger.conclude(server);
}
