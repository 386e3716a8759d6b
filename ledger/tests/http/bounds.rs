//! Too much, too slow, too many, and paths that there are not.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use crate::support::{Server, envelopes};

#[test]
fn unknown_paths_and_methods() {
    let server = Server::start();
    for path in
        ["/", "/v1", "/v2/entries", "/checkpoint/", "//checkpoint", "/v1/entries/", "/metrics", "/%ff"]
    {
        server.get(path).problem(404, "not-found");
    }
    for (method, path, allow) in [
        ("DELETE", "/v1/entries", "POST"),
        ("GET", "/v1/entries", "POST"),
        ("POST", "/checkpoint", "GET,HEAD"),
        ("PUT", "/v1/log", "GET,HEAD"),
    ] {
        let answer = server.ask(method, &server.url(path), &[("content-type", "application/json")], b"");
        answer.problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    server.get("/v1/entries/%ff").problem(400, "malformed-request");
    assert_eq!(server.get("/v1/log").ok().header("x-content-type-options"), "nosniff");
    let detail = server.get("/v1/changes?x=1").json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("after, limit") && !detail.contains("deserialize"), "{detail}");
    // What is no HTTP at all is answered by the connection itself, in short.
    assert!(server.raw(b"hello\r\n\r\n").starts_with("HTTP/1.1 400"));
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(200));
    assert!(server.raw(long.as_bytes()).starts_with("HTTP/1.1 431"));
}

#[test]
fn every_path_refuses_parameters_that_it_does_not_have() {
    let server = Server::start();
    let project = "0".repeat(64);
    for path in [
        "/checkpoint",
        "/tile/0/000.p/1",
        "/tile/entries/000.p/1",
        "/v1/entries/0",
        "/v1/entries/0/receipt",
        "/v1/proofs/consistency",
        "/v1/changes",
        "/v1/log",
        "/v1/events",
        "/v1/projects",
        &format!("/v1/projects/{project}"),
        &format!("/v1/projects/{project}/totals"),
        &format!("/v1/projects/{project}/totals/x"),
        "/healthz",
        "/readyz",
        "/openapi.json",
    ] {
        server.get(&format!("{path}?x=1")).problem(400, "malformed-query");
        server.get(&format!("{path}?x")).problem(400, "malformed-query");
    }
    for path in ["/v1/entries", "/v1/entries/check", "/v1/receipts"] {
        server.send(&format!("{path}?x=1"), envelopes(0..1)).problem(400, "malformed-query");
    }
    assert_eq!(server.ledger.size(), 1);
    server.get("/v1/log?").ok();
}

#[test]
fn a_head_has_64_kib_and_no_more() {
    let server = Server::start();
    let ask = |size: usize| {
        let head = "GET /healthz HTTP/1.1\r\nconnection: close\r\nx: ";
        server.raw(format!("{head}{}\r\n\r\n", "y".repeat(size - head.len() - 4)).as_bytes())
    };
    assert!(ask(64 << 10).starts_with("HTTP/1.1 200"));
    // Refused by the API, or by the connection where it did not come in one piece.
    assert!(ask((64 << 10) + 1).starts_with("HTTP/1.1 431"));
    assert!(ask(1 << 20).starts_with("HTTP/1.1 431"));
}

#[test]
fn uploads_that_do_not_come_keep_nobody_from_reading_and_sending() {
    let server = Server::with(|_, http| {
        http.max_requests = 1;
        http.max_uploads_per_address = 3;
        http.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    let begin = |from: &str| {
        let head = "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\nexpect: 100-continue";
        let mut stream = server.connect();
        let head = format!("{head}\r\nx-forwarded-for: {from}\r\ncontent-length: 10\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // The server says so when it begins to read the body.
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        (stream, String::from_utf8(status.to_vec()).unwrap())
    };
    let send = |from: &str, numbers| {
        let headers = [("content-type", "application/x-ndjson"), ("x-forwarded-for", from)];
        server.ask("POST", &server.url("/v1/entries"), &headers, envelopes(numbers).as_bytes())
    };
    let idle: Vec<_> = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"].map(begin).into();
    assert!(idle.iter().all(|(_, status)| status == "HTTP/1.1 100"), "{idle:?}");
    send("192.0.2.1", 0..1).problem(429, "too-many-requests-in-flight");
    assert_eq!(begin("192.0.2.1").1, "HTTP/1.1 429");
    assert_eq!(server.ledger.size(), 1);
    server.get("/checkpoint").ok();
    send("192.0.2.2", 0..1).ok();
    send("192.0.2.3", 1..2).ok();
    // Who has gone frees the place; the server sees that by itself, soon.
    drop(idle);
    let freed = (0..10_000).any(|_| {
        std::thread::yield_now();
        send("192.0.2.1", 2..3).status == 200
    });
    assert!(freed, "the places of uploads that were given up are not free again");
}

#[test]
fn a_slow_head_is_hung_up_on() {
    let server = Server::with(|_, http| http.header_timeout = Duration::from_millis(100));
    // Ends when the server closes; the test's patience is far longer than the time-out.
    assert_eq!(server.raw(b""), "");
    let answer = server.raw(b"GET /checkpoint HTTP/1.1\r\nhost: x\r\n");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    // Between two requests of a connection too.
    let idle = server.raw(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(idle.starts_with("HTTP/1.1 200") && idle.ends_with("}"), "{idle}");
}

#[test]
fn a_slow_body_is_refused() {
    let server = Server::with(|_, http| http.body_timeout = Duration::from_millis(100));
    let head = "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 10\r\n\r\n";
    let answer = server.raw(format!("{head}x").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"body-timeout\""), "{answer}");
}

#[test]
fn a_body_that_trickles_is_refused_after_the_same_time() {
    let server = Server::with(|_, http| http.body_timeout = Duration::from_millis(200));
    let long = "content-length: 1048576";
    for (framing, piece) in [(long, &b"x"[..]), ("transfer-encoding: chunked", b"1\r\nx\r\n")] {
        let mut stream = server.connect();
        let head = "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson";
        stream.write_all(format!("{head}\r\n{framing}\r\n\r\n").as_bytes()).unwrap();
        // A piece always comes long before the time for the whole is over. Were it counted anew for each, this would
        // go on for minutes.
        stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        let (mut answer, mut pieces) = (vec![0; 512], 0);
        let read = loop {
            match stream.read(&mut answer) {
                Ok(read) => break read,
                Err(_) => stream.write_all(piece).unwrap(),
            }
            pieces += 1;
            assert!(pieces < 6_000, "{framing}: still read");
        };
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408") && pieces > 1, "{framing}: {pieces}: {answer}");
    }
}

#[test]
fn a_request_that_takes_too_long_is_refused() {
    // It waits for a body that does not come.
    let server = Server::with(|_, http| http.request_timeout = Duration::from_millis(100));
    let head = "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 10\r\n\r\n";
    let answer = server.raw(format!("{head}x").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\"timed-out\""), "{answer}");
    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
}

#[test]
fn too_many_requests_are_refused_and_health_is_told_all_the_same() {
    let server = Server::with(|_, http| http.max_requests = 0);
    let refused = server.get("/checkpoint");
    refused.problem(503, "overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    server.send("/v1/entries", envelopes(0..1)).problem(503, "overloaded");
    assert_eq!(server.ledger.size(), 1);
    server.get("/healthz").ok();
    server.get("/readyz").ok();
}

#[test]
fn memory_is_bounded_and_given_back() {
    let server = Server::with(|_, http| http.max_buffered = 64 << 10);
    server.send("/v1/entries", "x".repeat(65 << 10)).problem(503, "overloaded");
    for numbers in [0..20, 20..40, 40..60, 60..80] {
        server.send("/v1/entries", envelopes(numbers)).ok();
    }
    assert_eq!(server.ledger.size(), 81);
    server.log(&envelopes(80..100));
    for _ in 0..10 {
        server.get("/tile/entries/000.p/60").ok();
    }
    server.get("/tile/entries/000.p/101").problem(503, "overloaded");
}

#[test]
fn followers_are_bounded() {
    let server = Server::with(|_, http| http.max_followers = 1);
    let mut first = server.connect();
    first.write_all(b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    first.read_exact(&mut [0; 15]).unwrap();
    server.get("/v1/events").problem(503, "overloaded");
    drop(first);
    // The place is free again as soon as the server has seen that the first has gone, which the next event shows it.
    let mut number = 0;
    loop {
        server.send("/v1/entries?wait", envelopes(number..number + 1)).ok();
        number += 1;
        let mut next = server.connect();
        next.write_all(b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut status = [0; 12];
        next.read_exact(&mut status).unwrap();
        if status == *b"HTTP/1.1 200" {
            break;
        }
        assert!(number < 1_000, "the place of a follower who has gone is not free again");
    }
}

#[test]
fn connections_are_bounded() {
    let server = Server::with(|_, http| http.max_connections = 1);
    let mut first = server.connect();
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    first.read_exact(&mut [0; 15]).unwrap();
    // The second waits to be accepted until the first is gone.
    let mut second = server.connect();
    second.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    second.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(second.read(&mut [0; 1]).is_err());
    drop(first);
    second.set_read_timeout(Some(crate::support::PATIENCE)).unwrap();
    let mut answer = String::new();
    second.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn metrics_have_an_address_of_their_own() {
    let server = Server::start();
    server.log(&(envelopes(0..3) + &envelopes(0..1)));
    server.send("/v1/entries", "x\n").ok();
    server.get("/nowhere").problem(404, "not-found");
    let admin = |path: &str| server.ask("GET", &format!("http://{}{path}", server.admin), &[], b"");
    let answer = admin("/metrics").ok();
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    for line in [
        "lebombo_http_requests_total{route=\"/v1/entries\",status=\"200\"} 2",
        "lebombo_http_requests_total{route=\"none\",status=\"404\"} 1",
        "lebombo_entries_total{result=\"logged\"} 3",
        "lebombo_entries_total{result=\"duplicate\"} 1",
        "lebombo_entries_total{result=\"refused\"} 1",
        "lebombo_log_size 4",
        "lebombo_published_size 4",
        "lebombo_folded_size 4",
        "lebombo_queued_entries 0",
        "lebombo_running 1",
        "lebombo_fold_running 1",
        "# TYPE lebombo_http_requests_total counter",
    ] {
        assert!(answer.text().lines().any(|found| found == line), "{line} is not in\n{}", answer.text());
    }
    admin("/v1/log").problem(404, "not-found");
}
