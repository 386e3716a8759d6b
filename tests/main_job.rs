//! The main job on real records: every row of a real corpus imported, pushed, counted, proven, and never counted twice.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::checker::Stranger;
use crate::harness::namespace::without_network;
use crate::harness::program::{Home, program, run};
use crate::harness::project::{Project, sums};
use crate::harness::server::{Server, Site};
use crate::harness::{LEBOMBO, shared, wait};

const ROWS: u64 = 21_330;
const CONTRIBUTORS: usize = 546;

/// How the corpus is read, as its importer would write it (docs/import.md).
pub(crate) const MAP: &str = r#"format = "csv"
system = "vu-crowd"
contributor = "worker"
source-id = "annotation_id"
item = "unit_id"
page = ["worker", "started_at", "created_at"]
work = "annotation"
activity = "sound-tagging"
unit = "item"
quantity = 1
[date]
column = "created_at"
zone = "UTC"
[outcome]
column = "tainted"
rejected = ["true"]
none = ["false"]
"#;

/// The rows of a CSV text (RFC 4180), read by other code than the program's: a cell after the other, by state.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// Rows by worker.
fn naive_count(text: &str) -> BTreeMap<String, u64> {
    let rows = rows(text);
    let column = rows[0].iter().position(|name| name == "worker").unwrap();
    let mut counts = BTreeMap::new();
    for row in &rows[1..] {
        *counts.entry(row[column].clone()).or_default() += 1;
    }
    counts
}

/// A worker's alias (spec/import.md), by other code than the program's.
pub(crate) fn alias(key: &[u8], worker: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(b"lebombo/v1/alias\0");
    for part in ["vu-crowd", worker] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    format!("alias:vu-crowd:{}", hex::encode(mac.finalize().into_bytes()))
}

/// Events and quantity of each contributor, in the ledger's words.
fn counted(home: &Home) -> BTreeMap<String, (u64, u64)> {
    let totals = home.json(&["total", "--project", "vu-sound"]);
    let contributors = totals["contributors"].as_array().unwrap();
    let of = |one: &Value| {
        let counts = one["counts"].as_array().unwrap();
        assert_eq!(counts.len(), 1, "{one}");
        assert_eq!((&counts[0]["work"], &counts[0]["unit"]), (&"annotation".into(), &"item".into()));
        let logged = &counts[0]["logged"];
        (logged["events"].as_u64().unwrap(), logged["quantity"].as_str().unwrap().parse().unwrap())
    };
    contributors.iter().map(|one| (one["contributor"].as_str().unwrap().to_owned(), of(one))).collect()
}

fn size(server: &Server) -> u64 {
    server.http.fetch("/v1/log").json()["size"].as_u64().unwrap()
}

/// Runs the import; how many events it added.
fn import(home: &Home, file: &Path, map: &str) -> Value {
    home.json(&["import", "map", file.to_str().unwrap(), "--project", "vu-sound", "--map", map])
}

#[test]
fn every_row_of_the_corpus_counts_once_and_is_proven() {
    let Some(corpus) = shared("vu_sound_annotations.csv") else { return };
    let text = fs::read_to_string(&corpus).unwrap();
    let expected = naive_count(&text);
    assert_eq!((expected.values().sum::<u64>(), expected.len()), (ROWS, CONTRIBUTORS));
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let project = Project::new(&server, "vu-sound");
    let steward = &project.steward;
    let map = steward.write("map.toml", MAP);

    let dry = steward.json(&[
        "import",
        "map",
        corpus.to_str().unwrap(),
        "--project",
        "vu-sound",
        "--map",
        &map,
        "--dry-run",
    ]);
    assert_eq!((&dry["added"], &dry["would_add"]), (&0.into(), &ROWS.into()));
    let start = wait::now();
    let imported = import(steward, &corpus, &map);
    let reading = &imported["reading"];
    assert_eq!((&reading["read"], &reading["taken"]), (&ROWS.into(), &ROWS.into()));
    assert_eq!((&reading["contributors"], &imported["added"]), (&CONTRIBUTORS.into(), &ROWS.into()));
    let importing = start.elapsed();
    let start = wait::now();
    let pushed = steward.json(&["push"]);
    assert_eq!((&pushed["logged"], &pushed["receipts"]), (&ROWS.into(), &ROWS.into()));
    let pushing = start.elapsed();

    // By contributor, against the naive count and the test's own aliases.
    let key = fs::read(steward.dir().join("import-keys/vu-sound.key")).unwrap();
    let by_alias: BTreeMap<String, (u64, u64)> =
        expected.iter().map(|(worker, rows)| (alias(&key, worker), (*rows, *rows))).collect();
    wait::until("the counts to follow", || (sums(steward, "vu-sound").1 == ROWS).then_some(()));
    assert_eq!(counted(steward), by_alias);
    let entries = size(&server);

    nothing_counts_twice(&server, &project, &corpus, &text, &map, &key);
    assert_eq!(counted(steward), by_alias);
    // Another importer's membership is all that was logged since.
    assert_eq!(size(&server), entries + 1);
    no_worker_is_named(&server, &text, &expected);
    stranger.check(&server.http);
    stranger.conclude(server);

    // Nobody is there any more; every receipt is verified, without a profile.
    let start = wait::now();
    let mut verify = without_network(LEBOMBO).unwrap_or_else(program);
    verify.arg("verify").arg(steward.dir().join("receipts")).arg("--policy").arg(steward.policy());
    let said = run(verify).ok();
    // All rows, the charter, and the steward's memberships.
    assert!(said.contains(&format!("{} receipts: all logged", ROWS + 3)), "{said}");
    let verifying = start.elapsed();
    println!("main job: import {importing:?}, push {pushing:?}, verify {verifying:?}");
    // Bound so that a loaded machine passes, and a quadratic step does not.
    assert!(importing + pushing + verifying < Duration::from_secs(240));
}

fn nothing_counts_twice(
    server: &Server,
    project: &Project,
    corpus: &Path,
    text: &str,
    map: &str,
    key: &[u8],
) {
    let steward = &project.steward;
    let again = |home: &Home, file: &Path, known_as: &str| {
        let imported = import(home, file, map);
        assert_eq!(imported["added"], 0);
        // `differs` names the lines, `already` counts the rows.
        let known = &imported[known_as];
        let known = known.as_array().map_or_else(|| known.as_u64().unwrap(), |lines| lines.len() as u64);
        assert_eq!(known, ROWS);
        assert_eq!(home.json(&["push"])["logged"], 0);
    };
    let before = size(server);
    again(steward, corpus, "already");
    // On another machine, from a copy of the folder.
    again(&steward.copy(), corpus, "already");
    // A later export: edited, sorted anew, with other times.
    let mut lines: Vec<String> = text.lines().map(|line| line.replace(",2015-0", ",2016-0")).collect();
    lines[1..].reverse();
    let edited = steward.write("edited.csv", lines.join("\n") + "\n");
    again(steward, Path::new(&edited), "differs");
    assert_eq!(size(server), before);
    // Another importer, with a key of its own and the project's import key: other events, with the same ids.
    let other = project.member(server, "vu-sound");
    let handed = steward.beside("vu-sound.key");
    steward.run(&["key", "export-import", "--project", "vu-sound", "--out", handed.to_str().unwrap()]).ok();
    assert_eq!(fs::read(&handed).unwrap(), key);
    other.run(&["project", "pin", "vu-sound", &project.id, "--import-key", handed.to_str().unwrap()]).ok();
    let did = other.run(&["whoami", "--project", "vu-sound"]).ok();
    steward.run(&["member", "add", "vu-sound", did.trim(), "--role", "importer"]).ok();
    steward.run(&["push"]).ok();
    assert_eq!(import(&other, corpus, map)["added"], ROWS);
    let held = other.run(&["push", "--json"]);
    held.fails(1, "not-all-pushed");
    let said: Value = serde_json::from_str(held.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&said["logged"], said["held"].as_array().unwrap().len() as u64), (&0.into(), ROWS));
    assert!(said["held"].as_array().unwrap().iter().all(|one| one["code"] == "id-taken"));
    // With another import key nothing is imported at all.
    let wrong = project.member(server, "vu-sound");
    let guess = wrong.write("guess.key", [7; 32]);
    fs::set_permissions(&guess, fs::Permissions::from_mode(0o600)).unwrap();
    wrong.run(&["project", "pin", "vu-sound", &project.id, "--import-key", &guess]).ok();
    let refused =
        wrong.run(&["import", "map", corpus.to_str().unwrap(), "--project", "vu-sound", "--map", map]);
    refused.fails(1, "import-key-other");
}

/// No worker's id, no sound's and no keyword is anywhere in the log.
fn no_worker_is_named(server: &Server, text: &str, workers: &BTreeMap<String, u64>) {
    let mut log = Vec::new();
    for path in lebombo_verifier::tile::bundles(size(server)) {
        let bundle = server.http.fetch(&format!("/{path}")).body;
        for entry in lebombo_verifier::tile::decode_bundle(&bundle, path.width()).unwrap() {
            log.extend(lebombo_verifier::dsse::Envelope::parse(entry).unwrap().payload);
            log.push(b'\n');
        }
    }
    let log = String::from_utf8(log).unwrap();
    // Some two thousand texts in some twelve million characters: only the longer ones could be missed by chance.
    for worker in workers.keys().filter(|worker| worker.len() > 4).take(40) {
        assert!(!log.contains(worker.as_str()), "{worker} is named in the log");
    }
    let sound = &rows(text)[1][3];
    assert!(!log.contains(&format!("\"{sound}\"")));
}
