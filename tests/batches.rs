//! Batches: their bounds, their bad lines, and what comes twice in them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use crate::checker::Stranger;
use crate::harness::events::{Person, Signed};
use crate::harness::http::{Http, LINES, lines};
use crate::harness::random::Random;
use crate::harness::server::Site;

/// Most lines of a batch (spec/api.md).
const MAX_LINES: usize = 4_096;
/// Most bytes of a batch (spec/api.md).
const MAX_BYTES: usize = 8 << 20;

struct Sender {
    me: Person,
    random: Random,
    log: lebombo_verifier::origin::Origin,
}

impl Sender {
    fn new(test: &str, server: &crate::harness::server::Server) -> Self {
        let mut random = Random::new(test);
        Self { me: Person::new(&mut random), random, log: server.site.origin.clone() }
    }

    fn events(&mut self, count: usize) -> Vec<Signed> {
        (0..count).map(|_| self.me.event(&self.log, &mut self.random)).collect()
    }
}

#[test]
fn a_bad_line_stops_nothing_but_itself() {
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let mut sender = Sender::new("line 300", &server);
    let mut entries: Vec<Vec<u8>> = sender.events(600).into_iter().map(|one| one.entry).collect();
    let cut = entries[299].len() / 2;
    entries[299].truncate(cut);
    let answers = server.http.batch(&entries);
    assert_eq!(answers.len(), 600);
    for (i, answer) in answers.iter().enumerate() {
        if i == 299 {
            assert_eq!((&answer["status"], &answer["code"]), (&"refused".into(), &"json-truncated".into()));
        } else {
            assert_eq!(answer["status"], "logged", "line {}", i + 1);
        }
    }
    // In the order in which they were sent.
    let indices: Vec<u64> = answers.iter().filter_map(|answer| answer["index"].as_u64()).collect();
    assert_eq!(indices, (1..600).collect::<Vec<_>>());
    stranger.was_answered(&answers);
    stranger.conclude(server);
}

#[test]
fn what_comes_twice_in_a_batch_is_logged_once() {
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let events = Sender::new("twice", &server).events(2);
    let [first, second] = [&events[0], &events[1]];
    let order = [first, first, second, first, second];
    let answers = server.http.batch(order.map(|one| &one.entry));
    let said: Vec<(&str, u64)> =
        answers.iter().map(|one| (one["status"].as_str().unwrap(), one["index"].as_u64().unwrap())).collect();
    assert_eq!(said, [("logged", 1), ("duplicate", 1), ("logged", 2), ("duplicate", 1), ("duplicate", 2)]);
    let again = server.http.batch(order.map(|one| &one.entry));
    assert!(again.iter().all(|one| one["status"] == "duplicate"));
    assert_eq!(stranger.was_answered(&answers) + stranger.was_answered(&again), 2);
    let waited = server.http.post("/v1/entries?wait", LINES, &lines([&first.entry])).lines();
    assert_eq!((&waited[0]["status"], &waited[0]["published"]), (&"duplicate".into(), &3.into()));
    stranger.conclude(server);
}

#[test]
fn a_batch_at_the_limit_is_taken_and_one_over_it_is_not() {
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let mut sender = Sender::new("limits of a batch", &server);
    let entries: Vec<Vec<u8>> = sender.events(MAX_LINES).into_iter().map(|one| one.entry).collect();
    let more = [entries.clone(), vec![entries[0].clone()]].concat();
    let refused = server.http.post("/v1/entries", LINES, &lines(&more));
    assert_eq!((refused.status, refused.problem()), (413, "batch-too-large".into()));
    // Nothing of it was logged.
    assert_eq!(stranger.follow(&server.http).size(), 1);
    let answers = server.http.batch(&entries);
    assert!(answers.iter().all(|one| one["status"] == "logged"));
    assert_eq!(stranger.was_answered(&answers), MAX_LINES);
    // One byte too many: announced, and in chunks without saying before how many.
    let announced = format!("content-length: {}\r\n\r\n", MAX_BYTES + 1);
    assert!(raw(&server.http, &announced, &[]).contains("\"code\":\"body-too-large\""));
    let part = [b"10000\r\n".to_vec(), vec![b'x'; 1 << 16], b"\r\n".to_vec()].concat();
    let chunks = [part.repeat(MAX_BYTES >> 16), b"1\r\nx\r\n0\r\n\r\n".to_vec()].concat();
    assert!(
        raw(&server.http, "transfer-encoding: chunked\r\n\r\n", &chunks)
            .contains("\"code\":\"body-too-large\"")
    );
    // As many bytes as may be, in lines that are too long: each is refused, and the batch is not.
    let mut longest = vec![b'x'; MAX_BYTES];
    longest.iter_mut().step_by(1 << 20).for_each(|byte| *byte = b'\n');
    let answers = server.http.post("/v1/entries", LINES, &longest).lines();
    assert_eq!(answers.len(), 9);
    assert_eq!(answers[0]["code"], "json-truncated");
    assert!(answers[1..].iter().all(|one| one["code"] == "entry-too-large"), "{answers:?}");
    stranger.conclude(server);
}

/// Sends a batch byte by byte as it is told; the answer.
fn raw(http: &Http, headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(http.base.strip_prefix("http://").unwrap()).unwrap();
    let head = format!("POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: {LINES}\r\n{headers}");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
        if String::from_utf8_lossy(&answer).contains("\"code\"") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_request_that_ends_too_early_logs_nothing() {
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let events = Sender::new("cut off", &server).events(3);
    let body = lines(events.iter().map(|one| &one.entry));
    for sent in [body.len() / 2, body.len() - 1, 1, 0] {
        let mut stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
        let head = format!(
            "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: {LINES}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), &body[..sent]].concat()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert_eq!(stranger.follow(&server.http).size(), 1);
    // A batch whose last line was cut off, sent as if it were whole: the others are logged.
    let answers = server.http.post("/v1/entries", LINES, &body[..body.len() - 20]).lines();
    let said: Vec<&str> = answers.iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(said, ["logged", "logged", "refused"]);
    stranger.was_answered(&answers);
    stranger.conclude(server);
}
