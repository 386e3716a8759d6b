//! Tiles, entries, proofs and the feed.

use std::io::{BufRead as _, BufReader, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::proof::{verify_consistency, verify_inclusion};
use lebombo_verifier::receipt::Receipt;
use lebombo_verifier::tile::decode_bundle;
use lebombo_verifier::{Hash, leaf_hash};
use serde_json::{Value, json};

use crate::support::{Server, charter, contribution, envelopes, event, key, large};

const FOREVER: &str = "public, max-age=31536000, immutable";

fn policy(server: &Server) -> Policy {
    Policy::parse(format!("log {}\nquorum none\n", server.ledger.vkey()).as_bytes()).unwrap()
}

#[test]
fn the_checkpoint() {
    let server = Server::start();
    server.log(&envelopes(0..3));
    let answer = server.get("/checkpoint").ok();
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let checkpoint = policy(&server).verify(&answer.body).unwrap();
    assert_eq!(checkpoint.size(), 4);
    let head = server.ask("HEAD", &server.url("/checkpoint"), &[("accept-encoding", "identity")], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), answer.body.len().to_string());
}

#[test]
fn tiles_and_bundles_of_every_width() {
    let server = Server::start();
    server.log(&envelopes(0..299));
    let full = server.get("/tile/0/000").ok();
    assert_eq!(full.body.len(), 8_192);
    let bundle = server.get("/tile/entries/000").ok();
    let entries = decode_bundle(&bundle.body, 256).unwrap();
    for (entry, hash) in entries.iter().zip(full.body.chunks(32)) {
        assert_eq!(leaf_hash(entry).0, hash);
    }
    for width in [1, 2, 43, 44, 254, 255] {
        let tile = server.get(&format!("/tile/0/000.p/{width}")).ok();
        assert_eq!(tile.body, full.body[..32 * width]);
        assert_eq!(
            (tile.header("content-type"), tile.header("cache-control")),
            ("application/octet-stream", FOREVER)
        );
        let part = server.get(&format!("/tile/entries/000.p/{width}")).ok();
        assert!(bundle.body.starts_with(&part.body));
        assert_eq!(decode_bundle(&part.body, u16::try_from(width).unwrap()).unwrap(), entries[..width]);
        assert_eq!(
            (part.header("content-type"), part.header("cache-control")),
            ("application/octet-stream", FOREVER)
        );
    }
    assert_eq!(server.get("/tile/0/001.p/44").ok().body.len(), 44 * 32);
    assert_eq!(server.get("/tile/1/000.p/1").ok().body.len(), 32);
    for beyond in
        ["0/001", "0/001.p/45", "0/002.p/1", "1/000", "1/000.p/2", "2/000.p/1", "entries/001", "63/000.p/1"]
    {
        server.get(&format!("/tile/{beyond}")).problem(404, "tile-not-found");
    }
}

#[test]
fn what_is_no_path_of_a_tile() {
    let server = Server::start();
    for (path, code) in [
        ("0/0", "tile-path-number-form"),
        ("0/0000", "tile-path-number-form"),
        ("0/x000/000", "tile-path-number-form"),
        ("0/001/000", "tile-path-number-form"),
        ("0/000.p/0", "tile-path-width"),
        ("0/000.p/256", "tile-path-width"),
        ("0/000.p/01", "tile-path-width"),
        ("64/000", "tile-path-level"),
        ("00/000", "tile-path-level"),
        ("entries/0", "tile-path-number-form"),
        ("entries/x999/x999/x999/x999/x999/999", "tile-path-number-range"),
        ("0/%30%30%30", "tile-path-number-form"),
        ("x", "tile-path-form"),
    ] {
        server.get(&format!("/tile/{path}")).problem(404, code);
    }
    server.get("/tile/").problem(404, "not-found");
}

#[test]
fn compression_is_for_what_it_makes_smaller() {
    let server = Server::start();
    server.log(&envelopes(0..300));
    let head = |path: &str, accepted: &str| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: {accepted}\r\nconnection: close\r\n\r\n"
        );
        let answer = server.raw(request.as_bytes());
        answer.split("\r\n\r\n").next().unwrap().to_owned() + "\r\n"
    };
    let gzip = "\r\ncontent-encoding: gzip\r\n";
    let packed = head("/tile/entries/000", "gzip, identity");
    assert!(packed.contains(gzip) && packed.contains("\r\nvary: accept-encoding\r\n"), "{packed}");
    assert!(packed.contains(FOREVER) && packed.contains("application/octet-stream"), "{packed}");
    assert!(head("/v1/changes", "gzip").contains(gzip));
    assert!(!head("/tile/entries/000", "identity").contains("content-encoding"));
    assert!(!head("/tile/0/000", "gzip").contains("content-encoding"));
    assert!(!head("/tile/entries/000", "gzip;q=0, *").contains("content-encoding"));
    assert!(!head("/tile/entries/000", "identity, gzip;q=0.5").contains("content-encoding"));
    assert!(head("/tile/entries/000", "identity;q=0, gzip;q=0.5").contains(gzip));
    // What nobody could serve is served as it is.
    for path in ["/tile/0/000", "/tile/entries/000", "/checkpoint", "/v1/log"] {
        for accepted in ["identity;q=0", "*;q=0", "gzip;q=0, identity;q=0", ";;q=,"] {
            let answer = head(path, accepted);
            assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("content-encoding"), "{answer}");
        }
    }
    // The client asks for gzip by itself, and unpacks it.
    let plain = server.ask("GET", &server.url("/tile/entries/000"), &[("accept-encoding", "identity")], b"");
    assert_eq!(server.get("/tile/entries/000").ok().body, plain.ok().body);
}

#[test]
fn an_entry_by_index_and_by_id() {
    let server = Server::start();
    let (project, charter) = charter(&key(1));
    let (id, work) = contribution(1, &key(2), project, 5);
    let (void, other) = event(3);
    server.log(&[charter, work.clone(), other].join("\n"));
    let by_index = server.get("/v1/entries/2").ok().json();
    assert_eq!(by_index["id"], id.to_string());
    assert_eq!(STANDARD.decode(by_index["entry"].as_str().unwrap()).unwrap(), work.as_bytes());
    assert_eq!(
        (&by_index["published"], &by_index["standing"]),
        (
            &json!(true),
            &json!({"status": "accepted", "work": {
                "project": project.to_string(), "quantity": 5, "accepted": 5, "weight": 1, "points": "5",
                "decided_by": 2,
            }})
        )
    );
    assert_eq!(server.get(&format!("/v1/entries/{id}")).ok().json(), by_index);
    let standing = &server.get(&format!("/v1/entries/{void}")).ok().json()["standing"];
    assert_eq!(
        *standing,
        json!({
            "status": "void", "code": "project-unknown", "message": "there is no such project in this log",
        })
    );
    assert_eq!(server.get("/v1/entries/0").ok().json()["standing"]["status"], "applied");
    for unknown in ["4", "18446744073709551615", &Hash([3; 32]).to_string()] {
        server.get(&format!("/v1/entries/{unknown}")).problem(404, "entry-unknown");
        let receipt = server.get(&format!("/v1/entries/{unknown}/receipt"));
        receipt.problem(404, "entry-unknown");
    }
    for malformed in ["-1", "01", "x", "18446744073709551616", &"A".repeat(64)] {
        server.get(&format!("/v1/entries/{malformed}")).problem(400, "entry-key");
        server.get(&format!("/v1/entries/{malformed}/receipt")).problem(400, "entry-key");
    }
}

#[test]
fn receipts_verify_with_the_network_gone() {
    let server = Server::start();
    server.log(&envelopes(0..70));
    let policy = policy(&server);
    for index in [0, 1, 63, 64, 70] {
        let answer = server.get(&format!("/v1/entries/{index}/receipt")).ok();
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-cache");
        let included = Receipt::parse(&answer.body).unwrap().verify(&policy).unwrap();
        assert_eq!(included.index(), index);
        let by_id = server.get(&format!("/v1/entries/{}/receipt", included.event().id())).ok();
        assert_eq!(by_id.body, answer.body);
    }
}

#[test]
fn many_proofs_under_one_checkpoint() {
    let server = Server::start();
    server.log(&envelopes(0..600));
    let id = |number: u64| event(number).0.to_string();
    let asked =
        format!("\"{}\"\n599\n\"{}\"\n\"{}\"\n0\n601\nnull\n\"x\"\n-1\n", id(7), id(500), Hash([1; 32]));
    let answer = server.send("/v1/receipts", asked).ok().lines();
    let note = answer[0]["checkpoint"].as_str().unwrap();
    let checkpoint = policy(&server).verify(note.as_bytes()).unwrap();
    assert_eq!(checkpoint.size(), 601);
    let expected = [(1, 8, Some(id(7))), (2, 599, None), (3, 501, Some(id(500))), (5, 0, None)];
    for (line, index, id) in expected {
        let line = &answer[line];
        assert_eq!(line["index"], index);
        assert!(id.is_none_or(|id| line["id"] == id));
        let entry = server.ledger.entry(index).unwrap().unwrap();
        verify_inclusion(index, 601, &leaf_hash(&entry.bytes), &hashes(&line["proof"]), checkpoint.root())
            .unwrap();
    }
    let refused = |line: &Value, code: &str| {
        assert_eq!((&line["status"], &line["code"]), (&json!("refused"), &json!(code)));
        assert!(line["message"].is_string());
    };
    refused(&answer[4], "entry-unknown");
    assert_eq!(answer[4]["id"], Hash([1; 32]).to_string());
    refused(&answer[6], "entry-unknown");
    assert_eq!(answer[6]["index"], 601);
    answer[7..].iter().for_each(|line| refused(line, "entry-key"));
    assert_eq!(answer.len(), 10);
}

#[test]
fn lines_of_ids_are_not_trimmed() {
    let server = Server::start();
    let id = server.log(&envelopes(0..1))[0]["id"].to_string();
    let answer = server.send("/v1/receipts", format!("{id}\n1\n")).ok().lines();
    assert_eq!((&answer[1]["index"], &answer[2]["index"]), (&json!(1), &json!(1)));
    for (before, after) in [(" ", ""), ("", " "), ("", "\r"), ("\t", ""), ("\r", "\r")] {
        let answer =
            server.send("/v1/receipts", format!("{before}1{after}\n{before}{id}{after}")).ok().lines();
        assert_eq!(answer.len(), 3);
        for line in &answer[1..] {
            assert_eq!((&line["status"], &line["code"]), (&json!("refused"), &json!("entry-key")));
        }
    }
    let answer = server.send("/v1/receipts", "9007199254740991\n9007199254740992\n").ok().lines();
    assert_eq!((&answer[1]["code"], &answer[2]["code"]), (&json!("entry-unknown"), &json!("entry-key")));
}

fn hashes(proof: &Value) -> Vec<Hash> {
    proof.as_array().unwrap().iter().map(|hash| Hash::from_base64(hash.as_str().unwrap()).unwrap()).collect()
}

#[test]
fn consistency_of_every_pair() {
    let server = Server::start();
    let mut roots = Vec::new();
    for number in 0..12 {
        server.log(&envelopes(number..number + 1));
        roots.push((server.ledger.checkpoint().size(), server.ledger.checkpoint().root()));
    }
    for (from, old) in &roots {
        for (to, new) in roots.iter().filter(|(to, _)| to >= from) {
            let answer = server.get(&format!("/v1/proofs/consistency?from={from}&to={to}")).ok();
            assert_eq!(answer.header("cache-control"), FOREVER);
            let body = answer.json();
            assert_eq!((&body["from"], &body["to"]), (&json!(from), &json!(to)));
            verify_consistency(*from, old, *to, new, &hashes(&body["proof"])).unwrap();
        }
    }
    server.get("/v1/proofs/consistency?from=3&to=2").problem(400, "from-after-to");
    server.get("/v1/proofs/consistency?from=3&to=99").problem(404, "beyond-checkpoint");
    for query in ["", "?from=1", "?from=x&to=2", "?from=1&to=2&to=3", "?from=-1&to=2", "?from=1&to=2&x=3"]
        .into_iter()
        .chain(["?from=01&to=2", "?from=1&to=02", "?from=00&to=2", "?from=%2B1&to=2", "?from=&to=2"])
    {
        server.get(&format!("/v1/proofs/consistency{query}")).problem(400, "malformed-query");
    }
}

#[test]
fn the_feed_is_resumed_where_it_stopped() {
    let server = Server::start();
    server.log(&envelopes(0..25));
    let mut seen = Vec::new();
    let mut path = "/v1/changes?limit=10".to_owned();
    loop {
        let page = server.get(&path).ok().json();
        assert_eq!((&page["published"], &page["as_of"]), (&json!(26), &json!(26)));
        let changes = page["changes"].as_array().unwrap();
        seen.extend(changes.iter().cloned());
        path = format!("/v1/changes?limit=10&after={}", page["next"]);
        if changes.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 26);
    assert_eq!((&seen[0]["standing"], &seen[0]["kind"]), (&json!({"status": "applied"}), &json!("ledger")));
    assert!(seen[0].get("project").is_none());
    for (index, change) in seen.iter().enumerate().skip(1) {
        let id = event(index as u64 - 1).0.to_string();
        let message = "there is no such project in this log";
        let standing = json!({"status": "void", "code": "project-unknown", "message": message});
        let (kind, project) = ("contribution", Hash::of(b"no project").to_string());
        let expected =
            json!({"index": index, "id": id, "kind": kind, "project": project, "standing": standing});
        assert_eq!(*change, expected);
    }
    assert_eq!(server.get("/v1/changes?after=25").ok().json()["next"], 25);
    for beyond in ["26", "1000", "9007199254740991"] {
        server.get(&format!("/v1/changes?after={beyond}")).problem(404, "beyond-checkpoint");
    }
    server.get("/v1/proofs/consistency?from=0&to=9007199254740992").problem(400, "malformed-query");
    let above = ["after=9007199254740992", "after=18446744073709551615", "after=18446744073709551616"];
    let malformed = ["after=007", "after=00", "after=%2B7", "after=+7", "after=", "limit=05", "limit=%2B5"];
    for query in ["limit=0", "limit=x", "after=x", "after=-1", "before=3", "limit=1&limit=2"]
        .iter()
        .chain(&above)
        .chain(&malformed)
    {
        server.get(&format!("/v1/changes?{query}")).problem(400, "malformed-query");
    }
}

#[test]
fn a_page_of_the_feed_ends_when_enough_was_read() {
    let server = Server::start();
    // More than 8 MiB together, and each request with fewer.
    for batch in [0..100, 100..200] {
        server.log(&batch.map(large).collect::<String>());
    }
    let page = server.get("/v1/changes?limit=4096").ok().json();
    let found = page["changes"].as_array().unwrap().len();
    assert!((100..200).contains(&found), "{found}");
    assert_eq!((&page["next"], &page["published"]), (&json!(found - 1), &json!(201)));
    // It is not the last, and nothing is left out.
    let rest = server.get(&format!("/v1/changes?limit=4096&after={}", found - 1)).ok().json();
    let rest = rest["changes"].as_array().unwrap();
    assert_eq!((&rest[0]["index"], rest.len()), (&json!(found), 201 - found));
}

#[test]
fn the_log_and_its_health() {
    let server = Server::start();
    server.log(&envelopes(0..1));
    let log = server.get("/v1/log").ok().json();
    let expected = json!({
        "origin": "log.example/http", "vkey": server.ledger.vkey().to_string(),
        "ledger": server.ledger.ledger_key().as_str(), "rules": 1, "day": "2026-07-22", "size": 2, "published": 2,
        "as_of": 2, "admission": "open",
        "limits": {"entry_bytes": 65_535, "batch_entries": 4_096, "batch_bytes": 8_388_608, "per_key": null,
            "per_address": null},
    });
    assert_eq!(log, expected);
    assert_eq!(server.get("/healthz").ok().json(), json!({"status": "ok"}));
    assert_eq!(server.get("/readyz").ok().json(), json!({"status": "ok"}));
    server.ledger.shutdown();
    server.get("/healthz").ok();
    server.get("/readyz").problem(503, "not-ready");
    server.send("/v1/entries", envelopes(1..2)).problem(503, "stopping");
    server.get("/checkpoint").ok();
}

#[test]
fn followers_are_told_of_new_checkpoints() {
    let mut server = Server::start();
    let mut stream = server.connect();
    stream.write_all(b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
    let mut event = |size: u64| {
        let data = format!("data: {{\"size\":{size}}}");
        let seen: Vec<String> = lines.by_ref().take_while(|line| *line != data).collect();
        assert!(seen.iter().any(|line| line == "event: checkpoint"), "{seen:?}");
        assert!(seen.contains(&format!("id: {size}")), "{seen:?}");
    };
    event(1);
    server.log(&envelopes(0..1));
    event(2);
    server.log(&envelopes(1..4));
    event(5);
    server.begin_stop();
    // The stream ends; nothing is cut off.
    assert_eq!(lines.last().unwrap_or_default(), "");
    server.join();
}
