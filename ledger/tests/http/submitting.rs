//! `POST /v1/entries` and `POST /v1/entries/check`.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use lebombo_ledger::{AdmissionPolicy, Limits, Rate};
use lebombo_verifier::Hash;
use serde_json::json;

use crate::support::{Server, charter, contribution, did, envelopes, event, key};

const DSSE: &str = "application/vnd.dsse.envelope.v1+json";

#[test]
fn one_envelope() {
    let server = Server::start();
    let (id, envelope) = event(1);
    let expected = json!({"status": "logged", "index": 1, "id": id.to_string()});
    assert_eq!(server.post("/v1/entries", DSSE, &envelope).ok().json(), expected);
    let again = server.post("/v1/entries", "application/json", format!("{envelope}\n")).ok();
    assert_eq!(again.json(), json!({"status": "duplicate", "index": 1, "id": id.to_string()}));
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(server.ledger.size(), 2);
}

#[test]
fn one_envelope_that_is_refused_is_a_problem() {
    let server = Server::with(|config, http| {
        config.policy = AdmissionPolicy::Keys(BTreeSet::from([did(&key(9))]));
        http.listed = true;
    });
    let (_, good) = event(1);
    let cases: [(String, u16, &str); 6] = [
        ("{".to_owned(), 400, "json-truncated"),
        (good.replace("\":\"", "\": \""), 400, "json-whitespace"),
        (format!("{good}\n\n"), 400, "json-whitespace"),
        ("x".repeat(65_536), 413, "entry-too-large"),
        (charter(&key(8)).1, 403, "signer-not-admitted"),
        (other_log(), 422, "other-log"),
    ];
    for (body, status, code) in cases {
        server.post("/v1/entries", DSSE, body).problem(status, code);
    }
    assert_eq!(server.ledger.size(), 1);
    assert_eq!(server.get("/v1/log").ok().json()["admission"], "listed");
}

fn other_log() -> String {
    use crate::support::{payload, signed};
    let mut payload = payload(1, &key(9), Some(Hash([1; 32])), lebombo_verifier::event::Body::Retraction);
    payload.about = vec![Hash([2; 32])];
    payload.log = lebombo_verifier::origin::Origin::parse("other.example").unwrap();
    signed(&payload, &key(9)).1
}

#[test]
fn a_bad_line_does_not_stop_the_others() {
    let server = Server::start();
    let mut lines: Vec<String> = (0..600).map(|number| event(number).1).collect();
    lines[299] = lines[299].replace('A', "B");
    lines[300].push('\r');
    lines[301].clear();
    lines[400] = lines[7].clone();
    let last = lines.last_mut().unwrap();
    last.truncate(100);
    // The last line was cut off: no line feed after it.
    let answers = server.send("/v1/entries", lines.join("\n")).ok().lines();
    assert_eq!(answers.len(), 600);
    let mut next = 1;
    for (number, answer) in answers.iter().enumerate() {
        let refused = |code: &str| {
            assert_eq!(
                (&answer["status"], &answer["code"]),
                (&json!("refused"), &json!(code)),
                "line {number}"
            );
            assert!(answer["message"].is_string());
        };
        match number {
            299 => assert_eq!(answer["status"], "refused"),
            300 => refused("json-whitespace"),
            301 | 599 => refused("json-truncated"),
            400 => {
                assert_eq!(*answer, json!({"status": "duplicate", "index": 8, "id": event(7).0.to_string()}))
            }
            number => {
                let id = event(number as u64).0.to_string();
                assert_eq!(*answer, json!({"status": "logged", "index": next, "id": id}));
                next += 1;
            }
        }
    }
    assert_eq!(server.ledger.size(), next);
}

#[test]
fn whatever_encoding_is_asked_for_the_sender_learns_what_was_logged() {
    let server = Server::start();
    for (number, accepted) in [(0, "identity;q=0"), (1, "*;q=0")] {
        let headers = [("content-type", DSSE), ("accept-encoding", accepted)];
        let (id, envelope) = event(number);
        let answer =
            server.ask("POST", &server.url("/v1/entries"), &headers, envelope.as_bytes()).ok().json();
        assert_eq!(answer, json!({"status": "logged", "index": number + 1, "id": id.to_string()}));
    }
}

#[test]
fn a_retry_is_answered_with_the_first_indices() {
    let server = Server::start();
    let first = server.send("/v1/entries", envelopes(0..50)).ok().lines();
    let again = server.send("/v1/entries", envelopes(0..50)).ok().lines();
    for (first, again) in first.iter().zip(&again) {
        assert_eq!((&first["index"], &first["id"]), (&again["index"], &again["id"]));
        assert_eq!((&first["status"], &again["status"]), (&json!("logged"), &json!("duplicate")));
    }
}

#[test]
fn waiting_for_the_checkpoint() {
    let server = Server::start();
    for path in ["/v1/entries?wait", "/v1/entries?wait=", "/v1/entries?wait=20"] {
        let answers = server.send(path, envelopes(0..20)).ok().lines();
        assert!(answers.iter().all(|answer| answer["published"].as_u64().unwrap() >= 21), "{answers:?}");
    }
    let one = server.post("/v1/entries?wait", DSSE, event(20).1).ok().json();
    assert_eq!((&one["index"], &one["published"]), (&json!(21), &json!(22)));
    // Not waiting at all still says what is published already.
    let old = server.post("/v1/entries?wait=0", DSSE, event(0).1).ok().json();
    assert_eq!((&old["status"], &old["published"]), (&json!("duplicate"), &json!(22)));
    assert!(server.post("/v1/entries", DSSE, event(0).1).ok().json().get("published").is_none());
    for query in [
        "wait=x",
        "wait=-1",
        "wait=1&wait=2",
        "wait=1.5",
        "wait=01",
        "wait=%2B1",
        "wait=9007199254740992",
        "weight=1",
    ] {
        server.send(&format!("/v1/entries?{query}"), envelopes(0..1)).problem(400, "malformed-query");
    }
}

#[test]
fn what_is_no_batch() {
    let server = Server::start();
    for path in ["/v1/entries", "/v1/entries/check", "/v1/receipts"] {
        server.send(path, "").problem(400, "body-empty");
        server.post(path, "text/plain", "x").problem(415, "content-type");
        server.ask("POST", &server.url(path), &[], b"x").problem(415, "content-type");
        let gzip = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
        server.ask("POST", &server.url(path), &gzip, b"x").problem(415, "content-encoding");
        server.send(path, "\n".repeat(4_097)).problem(413, "batch-too-large");
    }
    server.post("/v1/receipts", "application/json", "1").problem(415, "content-type");
    // More is announced than is taken: answered before it comes.
    let head = "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n";
    let announced = server.raw(format!("{head}content-length: 8388609\r\n\r\n").as_bytes());
    assert!(announced.starts_with("HTTP/1.1 413") && announced.contains("body-too-large"), "{announced}");
    // The same without saying so.
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(9));
    let answer = server.raw(chunked.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body-too-large"), "{answer}");
    // A body that ends before it is whole was sent by somebody who has gone; nothing of it is logged.
    let cut = format!("{head}content-length: 5000\r\n\r\n{}", envelopes(0..1));
    let mut stream = server.connect();
    std::io::Write::write_all(&mut stream, cut.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
    assert_eq!(server.ledger.size(), 1);
}

#[test]
fn the_largest_batch() {
    let server = Server::start();
    let answers = server.send("/v1/entries", envelopes(0..4_096)).ok().lines();
    assert_eq!(answers.len(), 4_096);
    assert!(answers.iter().all(|answer| answer["status"] == "logged"));
}

#[test]
fn checking_logs_nothing() {
    let server = Server::start();
    let (project, charter) = charter(&key(1));
    let work = |number| contribution(number, &key(2), project, 5);
    let batch = [charter.clone(), work(1).1, event(3).1, work(1).1, "{}".to_owned()].join("\n");
    let answers = server.send("/v1/entries/check", &batch).ok().lines();
    assert_eq!(answers[0], json!({"standing": "fresh", "id": project.to_string(), "effect": "project"}));
    assert_eq!(answers[1], json!({"standing": "fresh", "id": work(1).0.to_string(), "effect": "accepted"}));
    assert_eq!((&answers[2]["standing"], &answers[2]["code"]), (&json!("void"), &json!("project-unknown")));
    assert_eq!((&answers[2]["logged"], &answers[2]["id"]), (&json!(true), &json!(event(3).0.to_string())));
    assert_eq!(answers[3], json!({"standing": "duplicate", "id": work(1).0.to_string()}));
    assert_eq!((&answers[4]["standing"], &answers[4]["code"]), (&json!("void"), &json!("field-missing")));
    assert_eq!(answers[4]["logged"], json!(false));
    assert_eq!(server.ledger.size(), 1);

    server.log(&format!("{charter}\n"));
    let one = server.post("/v1/entries/check", DSSE, &charter).ok().json();
    assert_eq!(one, json!({"standing": "duplicate", "id": project.to_string(), "index": 1}));
}

#[test]
fn limits_of_a_key() {
    let rate = Rate { per_second: NonZeroU32::MIN, burst: NonZeroU32::new(2).unwrap() };
    let server = Server::with(|config, http| {
        config.limits = Limits { per_key: Some(rate), per_address: None };
        http.limits = config.limits;
    });
    let answers = server.send("/v1/entries", envelopes(0..3)).ok().lines();
    assert_eq!((&answers[1]["status"], &answers[2]["code"]), (&json!("logged"), &json!("rate-limited")));
    assert_eq!(answers[2]["retry_after"], 1);
    let refused = server.post("/v1/entries", DSSE, event(2).1);
    refused.problem(429, "rate-limited");
    assert_eq!(refused.header("retry-after"), "1");
    server.clock.advance(Duration::from_secs(1));
    server.post("/v1/entries", DSSE, event(2).1).ok();
    assert_eq!(server.get("/v1/log").ok().json()["limits"]["per_key"], json!({"per_second": 1, "burst": 2}));
}

#[test]
fn limits_of_an_address_are_the_senders_own() {
    let rate = Rate { per_second: NonZeroU32::MIN, burst: NonZeroU32::new(10).unwrap() };
    let limit = |config: &mut lebombo_ledger::Config| {
        config.limits = Limits { per_key: None, per_address: Some(rate) }
    };
    let send = |server: &Server, from: &str, numbers| {
        let headers = [("content-type", "application/x-ndjson"), ("x-forwarded-for", from)];
        server.ask("POST", &server.url("/v1/entries"), &headers, envelopes(numbers).as_bytes())
    };
    let direct = Server::with(|config, _| limit(config));
    send(&direct, "192.0.2.1", 0..10).ok();
    // Nobody gets more by claiming to be somebody else.
    send(&direct, "192.0.2.2", 10..20).problem(429, "rate-limited");
    assert_eq!(direct.ledger.size(), 11);
    // Checks have an allowance of their own.
    let checked = direct.send("/v1/entries/check", envelopes(0..12)).ok().lines();
    assert!(checked[..10].iter().all(|answer| answer["standing"] == "duplicate"), "{checked:?}");
    assert_eq!(
        (&checked[10]["code"], &checked[11]["code"]),
        (&json!("rate-limited"), &json!("rate-limited"))
    );
    direct.send("/v1/entries/check", envelopes(0..1)).problem(429, "rate-limited");
    // As many lines of a batch as there is allowance for, in order.
    direct.clock.advance(Duration::from_secs(3));
    let answers = direct.send("/v1/entries", envelopes(10..20)).ok().lines();
    assert!(answers[..3].iter().all(|answer| answer["status"] == "logged"), "{answers:?}");
    for answer in &answers[3..] {
        assert_eq!((&answer["code"], &answer["retry_after"]), (&json!("rate-limited"), &json!(1)));
    }
    assert_eq!(direct.ledger.size(), 14);

    let behind = Server::with(|config, http| {
        limit(config);
        http.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    send(&behind, "192.0.2.1", 0..10).ok();
    send(&behind, "192.0.2.2", 10..20).ok();
    send(&behind, "192.0.2.1", 20..21).problem(429, "rate-limited");
}
