//! The ledger's counts, against those of a replay of the log.

use std::collections::BTreeMap;

use lebombo_verifier::Hash;
use lebombo_verifier::fold::{Amount, AsOf, Fold, MemoryState, Tally};
use serde_json::Value;

use crate::harness::http::Http;
use crate::harness::wait::until;

/// Who: handle, points, void, and by kind of work and unit how much.
type Counts = BTreeMap<String, (Option<u64>, String, u64, BTreeMap<(String, String), Tally>)>;

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
    let (contributors, next) = fold.contributors(project, None, usize::MAX, AsOf::Now).unwrap();
    assert_eq!(next, None);
    let counted = |who: &Hash| {
        let counts = fold.counts(project, who, AsOf::Now).unwrap();
        counts.into_iter().map(|c| ((c.work.to_string(), c.unit), c.tally)).collect()
    };
    contributors
        .into_iter()
        .map(|one| {
            let of_them = (one.handle, one.sums.points.to_string(), one.sums.void, counted(&one.who));
            (one.who.to_string(), of_them)
        })
        .collect()
}

/// The totals of a project, in the ledger's words.
fn of_ledger(http: &Http, project: &Hash) -> Counts {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let amount = |value: &Value| Amount {
        events: value["events"].as_u64().unwrap(),
        quantity: value["quantity"].as_str().unwrap().parse().unwrap(),
    };
    let mut counts = Counts::new();
    for one in pages(http, &format!("/v1/projects/{project}/totals"), "contributors") {
        let mut work = BTreeMap::new();
        for count in one["counts"].as_array().unwrap() {
            let tally = Tally {
                pending: amount(&count["pending"]),
                accepted: amount(&count["accepted"]),
                rejected: amount(&count["rejected"]),
                withdrawn: count["withdrawn"].as_u64().unwrap(),
            };
            assert_eq!(tally.logged(), amount(&count["logged"]));
            work.insert((text(&count["work"]), text(&count["unit"])), tally);
        }
        let (handle, void) = (one["handle"].as_u64(), one["void"].as_u64().unwrap());
        counts.insert(text(&one["who"]), (handle, text(&one["points"]), void, work));
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
