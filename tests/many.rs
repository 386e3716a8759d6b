//! A settlement of so many people that their lines are written ahead of the rest, and what is killed while it does so.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::program::{Ended, Home, program};
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};
use crate::harness::wait;
use crate::reviews::WORK;
use crate::settlements::{OFTEN, paying, settle};

/// More than the program writes in one batch.
const PEOPLE: u32 = 17_000;
/// How often the ledger is killed in each of the two ways.
const ROUNDS: usize = 4;
/// Longest time from the first file that is being written to the kill: about as long as lines and totals take, and the rest.
const AFTER: u64 = 150_000;
/// How often an audit is killed before it may end.
const KILLS: usize = 6;

/// What would be settled, once the freeze has its snapshot.
fn stated(steward: &Home) -> Value {
    wait::until("the project to be frozen and stated", || {
        let ended = steward.run(&["--json", "settlement", "prepare", "sauti"]);
        let prepared = (ended.status == 0).then(|| ended.json());
        prepared.filter(|prepared| prepared["snapshot"].is_string()).map(|mut p| p["currencies"].take())
    })
}

/// A log in which a project with very many people was closed, and no mark has followed.
fn closed() -> (Site, Home) {
    let server = Site::new().create();
    let steward = paying(&server, "[pay]\nshare = \"ever\"\n").steward;
    steward.run(&["member", "add", "sauti", "me", "--role", "importer"]).ok();
    steward.run(&["push"]).ok();
    let mut csv = "id,who,n\n".to_owned();
    (0..PEOPLE).for_each(|n| csv += &format!("{n},w{n},{}\n", n % 7 + 1));
    let (file, map) = (steward.write("work.csv", csv), steward.write("work.toml", WORK));
    steward.run(&["import", "map", &file, "--map", &map, "--project", "sauti"]).ok();
    steward.run(&["income", "add", "sauti", "20000.00", "USD"]).ok();
    steward.run(&["settlement", "close", "sauti"]).ok();
    steward.run(&["push"]).ok();
    let mut site = server.stop();
    site.set_options(&OFTEN);
    (site, steward)
}

/// The site with copies of both folders in place of them.
fn copied(mut site: Site, name: &str) -> Site {
    for (kind, copy) in [("data", format!("data-{name}")), ("keys", format!("keys-{name}"))] {
        site.copy(kind, &copy);
        if kind == "data" { site.use_data(&copy) } else { site.use_keys(&copy) }
    }
    site
}

/// Serves it to this profile.
fn serve(site: Site, steward: &Home) -> Server {
    let server = site.start(&[]);
    steward.run(&["init", "--url", server.url()]).ok();
    server
}

/// Files that were being written to be taken into the database as a whole.
fn loading(site: &Site) -> usize {
    let files = fs::read_dir(site.data()).unwrap();
    files.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().starts_with("loading")).count()
}

fn audit(steward: &Home, server: &Server, state: &TempDir, time: Option<Duration>) -> Option<Ended> {
    let mut command = program();
    command.args(["audit", server.url(), "--json", "--policy"]).arg(steward.policy());
    command.arg("--state").arg(state.path()).arg("--home").arg(steward.dir());
    let Some(time) = time else { return Some(Ended::new(command.output().unwrap())) };
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    // The moment is what is random here; nothing is waited for.
    std::thread::sleep(time);
    let _ = child.kill();
    child.wait().unwrap();
    None
}

#[test]
fn killed_while_very_many_are_frozen_it_freezes_them_all_the_same() {
    let mut random = Random::new("many");
    let (site, steward) = closed();

    let start = wait::now();
    let server = serve(copied(site, "whole"), &steward);
    let whole = stated(&steward);
    let longest = u64::try_from(start.elapsed().as_micros()).unwrap();
    assert_eq!(whole[0]["settled"]["lines"], PEOPLE);
    let mut site = server.stop();

    let mut left = 0;
    for round in 0..2 * ROUNDS {
        site.use_data("data");
        site.use_keys("keys");
        site = copied(site, &round.to_string());
        if round % 2 == 0 {
            Server::start_and_kill(&site, Duration::from_micros(random.below(longest)));
        } else {
            let server = site.start(&[]);
            let start = wait::now();
            while loading(&server.site) == 0 && start.elapsed() < wait::LIMIT {}
            // The moment is what is random here; nothing is waited for.
            std::thread::sleep(Duration::from_micros(random.below(AFTER)));
            site = server.kill();
        }
        left += usize::from(loading(&site) > 0);
        let server = serve(site, &steward);
        assert_eq!(stated(&steward), whole, "round {round}");
        assert_eq!(loading(&server.site), 0);
        site = server.stop();
        site.fsck().ok();
        fs::remove_dir_all(site.data()).unwrap();
    }
    println!("freezing {PEOPLE}: {} kills, {left} of them left a file half written", 2 * ROUNDS);

    site.use_data("data-whole");
    site.use_keys("keys-whole");
    let server = serve(site, &steward);
    settle(&steward, "sauti");
    let state = TempDir::new().unwrap();
    let start = wait::now();
    audit(&steward, &server, &state, None).unwrap().ok();
    let longest = u64::try_from(start.elapsed().as_micros()).unwrap();
    let state = TempDir::new().unwrap();
    for _ in 0..KILLS {
        audit(&steward, &server, &state, Some(Duration::from_micros(random.below(longest))));
    }
    let audited = audit(&steward, &server, &state, None).unwrap().json();
    assert_eq!(audited["findings"].as_array().map(Vec::len), Some(0), "{audited}");
    let policy = steward.policy();
    let check = ["settlement", "check", "sauti", "--policy", policy.to_str().unwrap()];
    let checked = steward.json(&check);
    assert_eq!(checked["currencies"][0]["lines"], PEOPLE, "{checked}");
    server.stop();
}
