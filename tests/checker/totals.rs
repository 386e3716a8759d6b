//! The ledger's counts, against those of a replay of the log.

use std::collections::BTreeMap;

use lebombo_verifier::Hash;
use lebombo_verifier::fold::{Fold, MemoryState};
use serde_json::Value;

use crate::harness::http::Http;
use crate::harness::wait::until;

/// Who, kind of work and unit: events, quantity, withdrawn.
type Counts = BTreeMap<(String, String, String), (u64, String, u64)>;

/// Waits until the ledger has counted all that the replay has seen, and compares.
pub(crate) fn check(fold: &Fold<MemoryState>, http: &Http) {
    let size = fold.size().unwrap();
    until("the fold to follow the log", || {
        (http.fetch("/v1/log").json()["as_of"].as_u64().unwrap() >= size).then_some(())
    });
    let replayed = fold.projects(None, usize::MAX).unwrap();
    let stated: Vec<Hash> = pages(http, "/v1/projects", "projects")
        .iter()
        .map(|project| Hash::from_hex(project["project"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(stated, replayed, "the projects of the log");
    for project in replayed {
        assert_eq!(of_ledger(http, &project), of_replay(fold, &project), "the counts of project {project}");
    }
}

fn of_replay(fold: &Fold<MemoryState>, project: &Hash) -> Counts {
    let mut counts = Counts::new();
    for (who, _) in fold.contributors(project, None, usize::MAX).unwrap() {
        for count in fold.counts(project, &who).unwrap() {
            let key = (who.to_string(), count.work.to_string(), count.unit);
            let tally = count.tally;
            counts.insert(key, (tally.events, tally.quantity.to_string(), tally.withdrawn));
        }
    }
    counts
}

/// The counts of a project, in the ledger's words.
fn of_ledger(http: &Http, project: &Hash) -> Counts {
    let mut counts = Counts::new();
    for one in pages(http, &format!("/v1/projects/{project}/totals"), "contributors") {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for count in one["counts"].as_array().unwrap() {
            let key = (text(&one["who"]), text(&count["work"]), text(&count["unit"]));
            let number = |name: &str| count[name].as_u64().unwrap();
            counts.insert(key, (number("events"), text(&count["quantity"]), number("withdrawn")));
        }
    }
    counts
}

/// A paged list, whole.
fn pages(http: &Http, path: &str, list: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = http.fetch(&format!("{path}?limit=100{after}")).json();
        all.extend(page[list].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return all,
        }
    }
}
