//! Projects and counts.

use lebombo_verifier::Hash;
use serde_json::{Value, json};

use crate::support::{Server, charter, contribution, did, event, key};

#[test]
fn a_project_and_its_totals_page_by_page() {
    let server = Server::start();
    let (project, charter) = charter(&key(1));
    let mut batch = format!("{charter}\n");
    for who in 10..15 {
        for number in 0..3 {
            batch += &contribution(number, &key(who), project, u32::MAX).1;
            batch.push('\n');
        }
    }
    server.log(&batch);

    let projects = server.get("/v1/projects").ok().json();
    let line = json!({"project": project.to_string(), "name": "weaving", "charter": project.to_string()});
    assert_eq!(projects, json!({"projects": [line], "next": null, "as_of": 17}));
    let shown = server.get(&format!("/v1/projects/{project}")).ok().json();
    assert_eq!((&shown["project"], &shown["pending"]), (&json!(project.to_string()), &json!(null)));
    assert_eq!(shown["charter"]["id"], project.to_string());
    assert_eq!(shown["charter"]["body"]["name"], "weaving");
    assert_eq!(shown["charter"]["body"]["notice"], 7);

    let (all, none) =
        (json!({"events": 3, "quantity": "12884901885"}), json!({"events": 0, "quantity": "0"}));
    let counts = json!([{
        "work": "annotation", "unit": "item", "logged": all, "pending": none, "accepted": all, "rejected": none,
        "withdrawn": 0,
    }]);
    assert_eq!((&shown["contributors"], &shown["points"]), (&json!(5), &json!("64424509425")));
    assert_eq!(shown["counts"][0]["accepted"], json!({"events": 15, "quantity": "64424509425"}));
    // A page that the list ends with exactly is the last.
    for (limit, last) in [(4, false), (5, true), (6, true)] {
        let page = server.get(&format!("/v1/projects/{project}/totals?limit={limit}")).ok().json();
        assert_eq!(page["next"].is_null(), last, "{limit}");
    }
    assert_eq!(server.get("/v1/projects?limit=1").ok().json()["next"], json!(null));
    let mut people = Vec::new();
    let mut path = format!("/v1/projects/{project}/totals?limit=2");
    loop {
        let page = server.get(&path).ok().json();
        assert_eq!((&page["project"], &page["as_of"]), (&json!(project.to_string()), &json!(17)));
        people.extend(page["contributors"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/projects/{project}/totals?limit=2&after={next}");
    }
    let mut expected: Vec<(String, String)> = (10..15)
        .map(|who| did(&key(who)))
        .map(|did| (Hash::of(did.as_str().as_bytes()).to_string(), did.to_string()))
        .collect();
    expected.sort();
    assert_eq!(people.len(), 5);
    for (person, (who, contributor)) in people.iter().zip(&expected) {
        let handle = (10..15).position(|n| did(&key(n)).to_string() == *contributor);
        let expected = json!({
            "contributor": contributor, "who": who, "handle": handle, "points": "12884901885", "counts": counts,
            "void": 0,
        });
        assert_eq!(*person, expected);
        let one = server.get(&format!("/v1/projects/{project}/totals/{contributor}")).ok().json();
        let mut same = person.clone();
        same["project"] = json!(project.to_string());
        same["as_of"] = json!(17);
        assert_eq!(one, same);
    }
}

#[test]
fn projects_page_by_page() {
    let server = Server::start();
    let mut ids: Vec<String> = Vec::new();
    let mut batch = String::new();
    for who in 1..=5 {
        let (id, charter) = charter(&key(who));
        ids.push(id.to_string());
        batch += &format!("{charter}\n");
    }
    server.log(&batch);
    ids.sort();
    let mut seen = Vec::new();
    let mut path = "/v1/projects?limit=2".to_owned();
    loop {
        let page = server.get(&path).ok().json();
        seen.extend(
            page["projects"].as_array().unwrap().iter().map(|p| p["project"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/projects?limit=2&after={next}");
    }
    assert_eq!(seen, ids);
}

#[test]
fn what_is_not_there() {
    let server = Server::start();
    let (project, charter) = charter(&key(1));
    server.log(&format!("{charter}\n{}\n", event(1).1));
    let unknown = Hash([1; 32]);
    let me = did(&key(1));
    let lines = "settlements/1/lines?currency=USD";
    for path in [
        format!("{unknown}"),
        format!("{unknown}/totals"),
        format!("{unknown}/totals/{me}"),
        format!("{unknown}/money"),
        format!("{unknown}/{lines}"),
    ] {
        server.get(&format!("/v1/projects/{path}")).problem(404, "project-unknown");
    }
    for path in ["x".to_owned(), "x/totals".to_owned(), format!("x/totals/{me}"), "A".repeat(64)] {
        server.get(&format!("/v1/projects/{path}")).problem(400, "project-id");
    }
    server.get(&format!("/v1/projects/{project}/totals/{me}")).problem(404, "contributor-unknown");
    server.get(&format!("/v1/projects/{project}/totals/me")).problem(400, "contributor");
    let money = server.get(&format!("/v1/projects/{project}/money")).ok().json();
    assert_eq!(
        (
            &money["settlements"],
            &money["last"],
            &money["frozen"],
            money["currencies"].as_array().unwrap().len()
        ),
        (&0.into(), &Value::Null, &Value::Null, 0)
    );
    let settlements = format!("/v1/projects/{project}/settlements");
    server.get(&format!("/v1/projects/{project}/{lines}")).problem(404, "settlement-unknown");
    for number in ["0", "01", "-1", "x", "18446744073709551616"] {
        server.get(&format!("{settlements}/{number}/lines?currency=USD")).problem(400, "settlement-number");
    }
    for code in ["usd", "XXX", ""] {
        server.get(&format!("{settlements}/1/lines?currency={code}")).problem(400, "currency");
    }
    for query in ["", "currency=USD&after=x", "currency=USD&limit=0", "currency=USD&status=paid"] {
        server.get(&format!("{settlements}/1/lines?{query}")).problem(400, "malformed-query");
    }
    for query in ["limit=0", "limit=-1", "after=x", "limit=1&limit=1", "limit=01", "from=1"] {
        server.get(&format!("/v1/projects?{query}")).problem(400, "malformed-query");
        server.get(&format!("/v1/projects/{project}/totals?{query}")).problem(400, "malformed-query");
    }
}
