//! Allowances and back-pressure: who sends too much is told when to come back, and loses nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use serde_json::Value;

use crate::checker::Stranger;
use crate::harness::events::{Person, Signed};
use crate::harness::http::{Answer, LINES, ONE, lines};
use crate::harness::project::{Project, sums};
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};
use crate::harness::wait::{LIMIT, now, until};

fn events(who: &Person, server: &Server, count: usize, random: &mut Random) -> Vec<Signed> {
    (0..count).map(|_| who.event(&server.site.origin, random)).collect()
}

/// How long to wait: whole seconds, at least one.
fn retry_after(answer: &Answer) -> u64 {
    let seconds = answer.header("retry-after").parse().unwrap();
    assert!((1..=3600).contains(&seconds), "{seconds}");
    seconds
}

#[test]
fn a_key_that_sends_too_much_is_put_off_and_others_are_not() {
    let server = Site::with_options(&["--per-key", "1:5"]).create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("per key");
    let (eager, calm) = (Person::new(&mut random), Person::new(&mut random));
    let sent = events(&eager, &server, 8, &mut random);
    let other = events(&calm, &server, 1, &mut random);
    let mixed: Vec<&Vec<u8>> = sent.iter().chain(&other).map(|one| &one.entry).collect();
    let answers = server.http.batch(mixed);
    stranger.was_answered(&answers);
    let put_off: Vec<usize> = (0..8).filter(|i| answers[*i]["code"] == "rate-limited").collect();
    assert!(put_off.len() >= 2 && put_off.iter().all(|i| *i >= 5), "{answers:?}");
    assert!(put_off.iter().all(|i| answers[*i]["retry_after"].as_u64() >= Some(1)));
    assert_eq!(answers[8]["status"], "logged", "another key has its own allowance");
    let last = &sent[7];
    let refused = until("a refusal", || {
        let answer = server.http.post("/v1/entries", ONE, &events(&eager, &server, 1, &mut random)[0].entry);
        if answer.status == 200 {
            stranger.was_answered(&[answer.json()]);
        }
        (answer.status != 200).then_some(answer)
    });
    assert_eq!((refused.status, refused.problem().as_str()), (429, "rate-limited"));
    retry_after(&refused);
    // There is allowance again, soon enough.
    let answer = until("allowance", || {
        Some(server.http.post("/v1/entries", ONE, &last.entry)).filter(|answer| answer.status == 200)
    });
    assert_eq!(answer.json()["status"], "logged");
    stranger.was_answered(&[answer.json()]);
    stranger.conclude(server);
}

#[test]
fn an_address_that_sends_too_much_is_put_off_before_anything_is_read() {
    let server = Site::with_options(&["--per-address", "2:10"]).create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("per address");
    let me = Person::new(&mut random);
    let sent = events(&me, &server, 13, &mut random);
    let eight = server.http.batch(sent[..8].iter().map(|one| &one.entry));
    assert_eq!(stranger.was_answered(&eight), 8);
    // Of the rest as much as there is allowance for, and the others when there is more.
    let mut rest: Vec<&Vec<u8>> = sent[8..].iter().map(|one| &one.entry).collect();
    let first = server.http.batch(rest.iter().copied());
    let taken = stranger.was_answered(&first);
    assert!(taken >= 2, "{first:?}");
    assert!(first[taken..].iter().all(|answer| answer["code"] == "rate-limited"), "{first:?}");
    rest.drain(..taken);
    until("allowance", || {
        let answer = server.http.post("/v1/entries", LINES, &lines(rest.iter().copied()));
        if answer.status != 200 {
            // There is none for the first line, so none for the request.
            assert_eq!((answer.status, answer.problem().as_str()), (429, "rate-limited"));
            retry_after(&answer);
            return None;
        }
        rest.drain(..stranger.was_answered(&answer.lines()));
        rest.is_empty().then_some(())
    });
    let limits = &server.http.fetch("/v1/log").json()["limits"];
    assert_eq!((&limits["per_address"]["burst"], &limits["per_key"]), (&10.into(), &Value::Null));
    // Reading has no such allowance.
    for _ in 0..50 {
        server.http.fetch("/checkpoint");
    }
    stranger.conclude(server);
}

#[test]
fn a_batch_of_many_bursts_gets_no_more_than_a_burst_and_the_rate() {
    const RATE: u64 = 50;
    const BURST: u64 = 100;
    let server = Site::with_options(&["--per-address", &format!("{RATE}:{BURST}")]).create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("many bursts");
    let start = now();
    let mut rest: Vec<Vec<u8>> = (0..3)
        .flat_map(|_| events(&Person::new(&mut random), &server, 150, &mut random))
        .map(|one| one.entry)
        .collect();
    let (mut logged, mut requests) = (0, 0);
    // From before the first request to after the last answer: the ledger's clock saw no more time than that. It
    // counts whole milliseconds.
    let allowed = || BURST + (u64::try_from(start.elapsed().as_millis()).unwrap() + 1) * RATE / 1_000;
    until("all of it to be logged", || {
        let answer = server.http.post("/v1/entries", LINES, &lines(&rest));
        requests += 1;
        if answer.status == 429 {
            assert_eq!(answer.problem(), "rate-limited");
            retry_after(&answer);
            return None;
        }
        let answers = answer.lines();
        assert_eq!(answers.len(), rest.len());
        let taken = stranger.was_answered(&answers);
        // The first so many lines, in order; every other one is told when to come back.
        assert!(answers[..taken].iter().all(|answer| answer["status"] == "logged"), "{answers:?}");
        for answer in &answers[taken..] {
            assert_eq!((&answer["code"], answer["retry_after"].as_u64()), (&"rate-limited".into(), Some(1)));
        }
        logged += taken as u64;
        assert!(logged <= allowed(), "{logged} logged, {} allowed", allowed());
        rest.drain(..taken);
        rest.is_empty().then_some(())
    });
    assert!(logged == 450 && requests > 2, "{logged} in {requests} requests");
    println!("many bursts: {logged} in {requests} requests, {:?}", start.elapsed());
    stranger.conclude(server);
}

#[test]
fn a_program_that_is_put_off_goes_on_later() {
    put_off_and_on("--per-key", &["--anyway"]);
    put_off_and_on("--per-address", &["--anyway"]);
}

#[test]
fn checking_first_does_not_use_up_what_a_program_may_log() {
    put_off_and_on("--per-key", &[]);
    put_off_and_on("--per-address", &[]);
}

/// A program whose outbox holds several bursts gets all of it logged, push by push.
fn put_off_and_on(limit: &str, options: &[&str]) {
    const EVENTS: usize = 110;
    let server = Site::with_options(&[limit, "40:40"]).create();
    let stranger = Stranger::of(&server);
    let project = Project::new(&server, "sauti");
    let home = project.member(&server, "sauti");
    let work = ["log", "annotation", "--project", "sauti", "--activity", "labelling", "--unit", "item"];
    for quantity in 1..=EVENTS {
        home.run(&[&work[..], &["--quantity", &quantity.to_string()]].concat()).ok();
    }
    let mut pushes = 0;
    until("everything to be logged", || {
        pushes += 1;
        let ended = home.run(&[&["push"], options].concat());
        if ended.status != 0 {
            // What is put off is neither refused nor held back.
            ended.fails(2, "not-all-pushed");
            assert!(ended.stdout.contains("[rate-limited]"), "{ended:?}");
        }
        (ended.status == 0).then_some(())
    });
    assert!(pushes > 1, "{limit} {options:?}");
    assert_eq!(home.files(".tlog-proof").len(), EVENTS);
    assert_eq!(sums(&home, "sauti").1, EVENTS as u64);
    stranger.conclude(server);
}

#[test]
fn only_listed_keys_may_log_where_the_operator_says_so() {
    let mut random = Random::new("listed keys");
    let (listed, stranger_to_it) = (Person::new(&mut random), Person::new(&mut random));
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), format!("# ours\n{}  # Ama\n", listed.did)).unwrap();
    let server = Site::with_options(&["--admit-keys", list.path().to_str().unwrap()]).create();
    let mut stranger = Stranger::of(&server);
    let [one, other] = [&listed, &stranger_to_it].map(|who| who.event(&server.site.origin, &mut random));
    let refused = server.http.post("/v1/entries", ONE, &other.entry);
    assert_eq!((refused.status, refused.problem().as_str()), (403, "signer-not-admitted"));
    let answers = server.http.batch([&one.entry, &other.entry]);
    assert_eq!(
        (&answers[0]["status"], &answers[1]["code"]),
        (&"logged".into(), &"signer-not-admitted".into())
    );
    assert_eq!(server.http.fetch("/v1/log").json()["admission"], "listed");
    stranger.was_answered(&answers);
    stranger.conclude(server);
}

#[test]
fn uploads_that_do_not_come_keep_nobody_from_reading() {
    const MOST: usize = 32;
    let server = Site::with_options(&["--max-requests", "2"]).create();
    let mut stranger = Stranger::of(&server);
    let address = server.url().strip_prefix("http://").unwrap();
    let mut random = Random::new("bound");
    let one = Person::new(&mut random).event(&server.site.origin, &mut random);
    let body = lines([&one.entry]);
    // More requests than one address may have on their way, and their bodies do not come.
    let head = format!(
        "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: {LINES}\r\ncontent-length: 10\r\n\r\n"
    );
    let mut sent: Vec<TcpStream> = (0..MOST + 8).map(|_| TcpStream::connect(address).unwrap()).collect();
    for stream in &mut sent {
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
    }
    let answered = |stream: &TcpStream| stream.peek(&mut [0; 1]).is_ok();
    until("eight to be refused", || (sent.iter().filter(|s| answered(s)).count() == 8).then_some(()));
    let (refused, mut held): (Vec<TcpStream>, Vec<TcpStream>) = sent.into_iter().partition(answered);
    for mut stream in refused {
        stream.set_nonblocking(false).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 429");
    }
    let refused = server.http.post("/v1/entries", LINES, &body);
    assert_eq!((refused.status, refused.problem().as_str()), (429, "too-many-requests-in-flight"));
    retry_after(&refused);
    // Reading goes on, although there are many more uploads than places.
    for path in ["/checkpoint", "/tile/0/000.p/1", "/v1/log", "/healthz", "/readyz"] {
        assert_eq!(server.http.get(path).status, 200, "{path}");
    }
    for stream in &mut held {
        stream.set_nonblocking(false).unwrap();
        stream.write_all(b"{}\n{}\n{}\n{").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert!([b"HTTP/1.1 200", b"HTTP/1.1 503"].contains(&&answer), "{answer:?}");
    }
    drop(held);
    let taken = until("the address to be free to send again", || {
        Some(server.http.post("/v1/entries", LINES, &body)).filter(|answer| answer.status == 200)
    });
    stranger.was_answered(&taken.lines());
    stranger.conclude(server);
}

#[test]
fn what_is_too_much_at_once_is_put_off_and_logged_later() {
    let server = Site::with_options(&["--max-requests", "2"]).create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("back-pressure");
    let batches: Vec<Vec<Signed>> =
        (0..12).map(|_| events(&Person::new(&mut random), &server, 1_000, &mut random)).collect();
    let http = &server.http;
    let together = Barrier::new(batches.len());
    // How often it was put off, and its answers in the end.
    let send = |batch: &[Signed]| {
        let body = lines(batch.iter().map(|one| &one.entry));
        together.wait();
        let mut put_off = 0;
        let answer = until("a free place", || {
            match http.try_post("/v1/entries", LINES, &body) {
                Ok(answer) if answer.status == 200 => return Some(answer),
                Ok(answer) => {
                    assert_eq!((answer.status, answer.problem().as_str()), (503, "overloaded"));
                    retry_after(&answer);
                }
                // It was refused while it was still being sent, and its sender did not listen.
                Err(_) => {}
            }
            put_off += 1;
            None
        });
        (put_off, answer.lines())
    };
    let outcomes: Vec<(usize, Vec<Value>)> = thread::scope(|scope| {
        let running: Vec<_> = batches.iter().map(|batch| scope.spawn(|| send(batch))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let put_off = outcomes.iter().filter(|(put_off, _)| *put_off > 0).count();
    assert!(put_off > 0, "twelve batches at once found two places free");
    for (_, answers) in outcomes {
        assert_eq!(stranger.was_answered(&answers), 1_000);
    }
    println!("back-pressure: {put_off} of {} batches were put off", batches.len());
    stranger.conclude(server);
}

#[test]
fn a_full_queue_puts_off_and_loses_nothing() {
    // One entry may wait while a round is written: of those who come together most find the place taken.
    let server = Site::with_options(&["--queue-entries", "1"]).create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("busy");
    let http = &server.http;
    let seen = AtomicBool::new(false);
    // Large batches keep the writer at work for a while each; small requests come meanwhile, until one is put off.
    let large: Vec<Vec<Signed>> =
        (0..2).map(|_| events(&Person::new(&mut random), &server, 1_000, &mut random)).collect();
    let small: Vec<(Person, Random)> =
        (0..8).map(|n| (Person::new(&mut random), Random::new(&format!("busy {n}")))).collect();
    // Sends until it is logged, which ends within the limit; its answers, and how often it was put off.
    let send = |entries: &[Signed]| {
        let body = lines(entries.iter().map(|one| &one.entry));
        let mut put_off = 0;
        let answer = until("a place in the queue", || {
            let answer = http.post("/v1/entries", LINES, &body);
            if answer.status == 200 {
                return Some(answer);
            }
            assert_eq!((answer.status, answer.problem().as_str()), (429, "busy"));
            retry_after(&answer);
            seen.store(true, SeqCst);
            put_off += 1;
            None
        });
        let answers = answer.lines();
        // Nothing of what was put off had been logged, or it would be a duplicate now.
        assert!(answers.iter().all(|answer| answer["status"] == "logged"), "{answers:?}");
        assert_eq!(answers.len(), entries.len());
        (put_off, answers)
    };
    let start = now();
    let outcomes: Vec<(usize, Vec<Value>)> = thread::scope(|scope| {
        let batches: Vec<_> = large.iter().map(|batch| scope.spawn(|| vec![send(batch)])).collect();
        let singles = small.into_iter().map(|(me, mut random)| {
            let (server, send, seen) = (&server, &send, &seen);
            scope.spawn(move || {
                let mut outcomes = Vec::new();
                while !seen.load(SeqCst) {
                    assert!(start.elapsed() < LIMIT, "the queue was never full");
                    outcomes.push(send(&events(&me, server, 1, &mut random)));
                }
                outcomes
            })
        });
        let running: Vec<_> = batches.into_iter().chain(singles).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let put_off: usize = outcomes.iter().map(|(put_off, _)| put_off).sum();
    assert!(put_off > 0);
    for (_, answers) in &outcomes {
        assert_eq!(stranger.was_answered(answers), answers.len());
    }
    println!("full queue: {put_off} refusals, {} requests, {:?}", outcomes.len(), start.elapsed());
    stranger.conclude(server);
}
