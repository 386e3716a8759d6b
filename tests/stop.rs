//! A graceful stop under load: every request in flight is answered or refused, and what was answered is there.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lebombo_verifier::Hash;

use crate::checker::Stranger;
use crate::harness::events::Person;
use crate::harness::http::{Http, LINES, lines};
use crate::harness::random::Random;
use crate::harness::server::Site;
use crate::harness::wait;

/// Stops of one test.
const ROUNDS: usize = 5;

/// What a client saw until the server was gone.
#[derive(Default)]
struct Seen {
    answered: Vec<(u64, Hash)>,
    /// Events that were refused, for certain.
    refused: Vec<Hash>,
    /// Events of requests that got no answer, and why: only such as the server had never taken.
    cut: Option<(String, Vec<Hash>)>,
}

fn load(
    http: &Http,
    who: &Person,
    log: &lebombo_verifier::origin::Origin,
    random: &mut Random,
    sent: &AtomicUsize,
) -> Seen {
    let mut seen = Seen::default();
    loop {
        let events: Vec<_> = (0..1 + random.below(60)).map(|_| who.event(log, random)).collect();
        let wait = if random.below(2) == 0 { "?wait" } else { "" };
        let body = lines(events.iter().map(|one| &one.entry));
        sent.fetch_add(1, Ordering::Relaxed);
        match http.try_post(&format!("/v1/entries{wait}"), LINES, &body) {
            Ok(answer) if answer.status == 200 => {
                for (event, answer) in events.iter().zip(answer.lines()) {
                    assert_eq!(answer["status"], "logged", "{answer}");
                    seen.answered.push((answer["index"].as_u64().unwrap(), event.id));
                }
            }
            Ok(answer) => {
                assert_eq!((answer.status, answer.problem().as_str()), (503, "stopping"));
                assert!(!answer.header("retry-after").is_empty());
                seen.refused = events.iter().map(|event| event.id).collect();
                return seen;
            }
            Err(error) => {
                seen.cut = Some((error.to_string(), events.iter().map(|event| event.id).collect()));
                return seen;
            }
        }
    }
}

#[test]
fn a_graceful_stop_answers_what_is_in_flight() {
    let mut random = Random::new("stop");
    let mut server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    for _ in 0..ROUNDS {
        let log = server.site.origin.clone();
        let sent = AtomicUsize::new(0);
        let http = server.http.clone();
        let clients: Vec<(Person, Random)> =
            (0..4).map(|_| (Person::new(&mut random), random.fork())).collect();
        let enough = 20 + usize::try_from(random.below(60)).unwrap();
        let start = wait::now();
        let seen: Vec<Seen> = thread::scope(|scope| {
            let running: Vec<_> = clients
                .into_iter()
                .map(|(who, mut random)| {
                    let (http, log, sent) = (&http, &log, &sent);
                    // Each with connections of its own.
                    let http = Http::new(&http.base);
                    scope.spawn(move || load(&http, &who, log, &mut random, sent))
                })
                .collect();
            wait::until("some load", || (sent.load(Ordering::Relaxed) >= enough).then_some(()));
            server.ask_to_stop();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (site, status, said) = server.ended();
        assert!(status.success(), "{status}: {said}");
        for one in &seen {
            one.answered.iter().for_each(|(index, id)| stranger.was_told(*index, *id));
        }
        let answered: usize = seen.iter().map(|one| one.answered.len()).sum();
        println!("stop: {answered} answered, {:?} in all", start.elapsed());
        site.fsck().ok();
        server = site.start(&[]);
        stranger.follow(&server.http);
        for one in &seen {
            assert!(one.refused.iter().all(|id| stranger.find(id).is_none()), "a refused event was logged");
            if let Some((why, events)) = &one.cut {
                // Whose connection was closed had not been heard: an event in the log would have been owed an answer.
                assert!(
                    events.iter().all(|id| stranger.find(id).is_none()),
                    "logged and not answered: {why}"
                );
            }
        }
    }
    stranger.conclude(server);
}

#[test]
fn a_peer_that_sends_nothing_does_not_keep_the_ledger_from_stopping() {
    let server = Site::with_options(&["--stop-timeout", "1"]).create();
    let vkey = server.vkey();
    let address = server.url().strip_prefix("http://").unwrap();
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(
        format!(
            "POST /v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: {LINES}\r\ncontent-length: 10\r\n\r\n"
        )
        .as_bytes(),
    )
    .unwrap();
    let mut follower = TcpStream::connect(address).unwrap();
    follower.write_all(b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let idle = TcpStream::connect(address).unwrap();
    server.http.fetch("/checkpoint");
    let start = wait::now();
    let site = server.stop();
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
    drop((slow, follower, idle));
    let server = site.start(&[]);
    Stranger::new(vkey).conclude(server);
}
