//! The log's days, moved by hand: notice, grace and silence, with marks and snapshots beside them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::checker::Stranger;
use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::{Server, Site};
use crate::harness::wait;

/// Noon of 2026-03-01 in seconds since 1970.
const FIRST: u64 = 1_772_366_400;
const DAY: u64 = 86_400;

/// Moves the clock, by a rename: the ledger never reads half of a file.
fn set(clock: &Path, seconds: u64) {
    let new = clock.with_extension("new");
    fs::write(&new, format!("{seconds}\n")).unwrap();
    fs::rename(new, clock).unwrap();
}

fn until_day(server: &Server, day: &str) {
    wait::until("the log's day", || (server.http.fetch("/v1/log").json()["day"] == day).then_some(()));
}

fn kinds(server: &Server) -> Vec<String> {
    use base64::Engine as _;
    let size = server.http.fetch("/v1/log").json()["size"].as_u64().unwrap();
    let kind = |index| {
        let entry = server.http.fetch(&format!("/v1/entries/{index}")).json();
        let decode =
            |text: &Value| base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap()).unwrap();
        let envelope: Value = serde_json::from_slice(&decode(&entry["entry"])).unwrap();
        let payload: Value = serde_json::from_slice(&decode(&envelope["payload"])).unwrap();
        payload["kind"].as_str().unwrap().to_owned()
    };
    (0..size).map(kind).collect()
}

fn log(home: &Home) -> String {
    let args = ["log", "annotation", "--activity", "labelling", "--quantity", "10", "--unit", "item"];
    let id = home.json(&[&args[..], &["--project", "sauti"]].concat())["id"].as_str().unwrap().to_owned();
    home.run(&["push"]).ok();
    id
}

fn standing(home: &Home, id: &str) -> Value {
    wait::until("the fold to follow", || {
        let status = home.json(&["status", id]);
        status["status"].as_str().map(|_| status.clone())
    })
}

#[test]
fn days_bring_silence_and_amendments_and_never_go_back() {
    let folder = tempfile::TempDir::new().unwrap();
    let clock = folder.path().join("clock");
    set(&clock, FIRST);
    let site = Site::with_options(&["--clock-file", clock.to_str().unwrap(), "--snapshot-interval", "0"]);
    let server = site.create();
    let mut stranger = Stranger::of(&server);
    until_day(&server, "2026-03-01");
    let changes =
        [("notice = 7", "notice = 2"), ("grace = 14", "grace = 1"), ("silence = 30", "silence = 3")];
    let project = Project::with(&server, "sauti", &changes);
    let worker = project.member(&server, "sauti");
    let first = log(&worker);
    assert_eq!(standing(&worker, &first)["status"], "pending");

    // An amendment doubles the weight of labelling; it waits for two days.
    let text = project.steward.run(&["project", "charter", "sauti"]).ok();
    let amended = project.steward.write("amended.toml", text.replace("weight = 1", "weight = 2"));
    let made = project.steward.json(&["project", "amend", "sauti", &amended]);
    project.steward.run(&["push"]).ok();
    let second = made["id"].as_str().unwrap();
    let in_force = || project.steward.json(&["project", "show", "sauti"])["charter"] == second;

    set(&clock, FIRST + DAY);
    until_day(&server, "2026-03-02");
    assert!(!in_force());
    assert_eq!(standing(&worker, &first)["status"], "pending");
    // A day that comes back, and one that goes on within itself, are no new days.
    set(&clock, FIRST);
    set(&clock, FIRST + DAY + 3_600);
    set(&clock, FIRST + 2 * DAY);
    until_day(&server, "2026-03-03");
    wait::until("the amendment", || in_force().then_some(()));
    // Work of that day has a silence of its own.
    let late = log(&worker);
    assert_eq!(standing(&worker, &late)["status"], "pending");

    // Two days at once: silence ends for the first, not for the second.
    set(&clock, FIRST + 4 * DAY);
    until_day(&server, "2026-03-05");
    wait::until("silence to accept it", || (standing(&worker, &first)["status"] == "accepted").then_some(()));
    assert_eq!(standing(&worker, &late)["status"], "pending");
    let said = worker.run(&["status", &first]).ok();
    assert!(said.contains("accepted") && said.contains("10 points"), "{said}");
    let days: Vec<String> = kinds(&server).into_iter().filter(|kind| kind == "day").collect();
    assert_eq!(days.len(), 3, "2026-03-02, -03 and -05: each day once, none for a clock that went back");

    // The clock's file goes away: the last day stays, and the log goes on.
    fs::remove_file(&clock).unwrap();
    let project_view = server.http.fetch(&format!("/v1/projects/{}", project.id)).json();
    assert_eq!(project_view["points"], "10");
    stranger.check(&server.http);
    stranger.conclude(server);
}

#[test]
fn a_clock_that_can_not_be_read_starts_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    let clock = folder.path().join("clock");
    for text in [None, Some(""), Some("soon"), Some("-1"), Some("1.5"), Some("99999999999999999999")] {
        if let Some(text) = text {
            fs::write(&clock, text).unwrap();
        }
        let ended = Site::new().refused(&["--create", "--clock-file", clock.to_str().unwrap()]);
        assert_ne!(ended.status, 0, "{text:?}: {ended:?}");
        assert!(ended.stderr.contains("clock"), "{text:?}: {ended:?}");
    }
}
