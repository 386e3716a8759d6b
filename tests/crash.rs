//! A ledger that is killed at random moments, again and again, with several clients sending to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use lebombo_verifier::Hash;
use lebombo_verifier::origin::Origin;
use serde_json::Value;

use crate::checker::Stranger;
use crate::harness::events::{Person, Signed};
use crate::harness::http::{Http, ONE};
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};
use crate::harness::wait;

/// How often the ledger is killed while it works.
const ROUNDS: usize = 200;
/// How many clients send at the same time.
const CLIENTS: usize = 4;
/// Longest time in a round from the start of the load to the kill.
const LOAD: Duration = Duration::from_millis(150);

/// Somebody who sends, and goes on sending what was not answered.
struct Client {
    me: Person,
    log: Origin,
    random: Random,
    /// Sent, and not answered for certain: sent again in the next round.
    open: Vec<Signed>,
    /// Answered: sent again now and then, as a copy of the outbox on another device would.
    done: Vec<Signed>,
    answers: Vec<(u64, Hash)>,
    logged: usize,
    duplicates: usize,
    unanswered: usize,
}

impl Client {
    fn new(log: Origin, mut random: Random) -> Self {
        let me = Person::new(&mut random);
        let (open, done, answers) = (Vec::new(), Vec::new(), Vec::new());
        Self { me, log, random, open, done, answers, logged: 0, duplicates: 0, unanswered: 0 }
    }

    /// Sends batches and single entries until the ledger is gone.
    fn load(&mut self, http: &Http, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let mut batch = std::mem::take(&mut self.open);
            let fresh = if self.random.below(3) == 0 { 1 } else { 1 + self.random.below(40) };
            for _ in 0..fresh {
                batch.push(self.me.event(&self.log, &mut self.random));
            }
            // A new project changes the totals, so that there is something to mark and to state.
            if self.random.below(4) == 0 {
                batch.push(self.me.charter(&self.log, &mut self.random));
            }
            if !self.done.is_empty() && self.random.below(4) == 0 {
                let again = usize::try_from(self.random.below(self.done.len() as u64)).unwrap();
                batch.push(self.done[again].clone());
            }
            if self.random.below(4) == 0 {
                batch.push(batch[0].clone());
            }
            if !self.send(http, &batch) {
                self.unanswered += batch.len();
                self.open = batch;
                return;
            }
        }
    }

    /// False where no whole answer came.
    fn send(&mut self, http: &Http, batch: &[Signed]) -> bool {
        let wait = if self.random.below(3) == 0 { "?wait" } else { "" };
        let path = format!("/v1/entries{wait}");
        let answers = if let [one] = batch {
            http.try_post(&path, ONE, &one.entry).map(|answer| (answer.status, vec![answer.json()]))
        } else {
            let body: Vec<u8> = crate::harness::http::lines(batch.iter().map(|one| &one.entry));
            let answer = http.try_post(&path, crate::harness::http::LINES, &body);
            answer.map(|answer| {
                (answer.status, if answer.status == 200 { answer.lines() } else { vec![answer.json()] })
            })
        };
        let Ok((status, answers)) = answers else { return false };
        assert_eq!(status, 200, "{answers:?}");
        assert_eq!(answers.len(), batch.len());
        for (sent, answer) in batch.iter().zip(&answers) {
            self.take(sent, answer);
        }
        true
    }

    fn take(&mut self, sent: &Signed, answer: &Value) {
        assert_eq!(answer["id"], sent.id.to_string(), "{answer}");
        match answer["status"].as_str().unwrap() {
            "logged" => self.logged += 1,
            "duplicate" => self.duplicates += 1,
            other => panic!("{other}: {answer}"),
        }
        self.answers.push((answer["index"].as_u64().unwrap(), sent.id));
        self.done.push(sent.clone());
    }
}

/// One round of load, ended by a kill. Returns every checkpoint that a reader saw meanwhile.
fn round(server: Server, clients: &mut [Client], moment: Duration) -> (Site, Vec<Vec<u8>>) {
    let stop = AtomicBool::new(false);
    let http = server.http.clone();
    thread::scope(|scope| {
        for client in clients.iter_mut() {
            let (http, stop) = (http.clone(), &stop);
            scope.spawn(move || client.load(&http, stop));
        }
        let reader = scope.spawn(|| {
            let mut notes: Vec<Vec<u8>> = Vec::new();
            while let Ok(answer) = http.try_get("/checkpoint") {
                assert_eq!(answer.status, 200);
                if notes.last() != Some(&answer.body) {
                    notes.push(answer.body);
                }
            }
            notes
        });
        // The moment is what is random here; nothing is waited for.
        thread::sleep(moment);
        let site = server.kill();
        stop.store(true, Ordering::Relaxed);
        (site, reader.join().unwrap())
    })
}

#[test]
fn nothing_that_was_answered_is_lost_by_a_kill() {
    let mut random = Random::new("crash");
    let start = wait::now();
    let mut server = Site::with_options(&["--snapshot-interval", "1"]).create();
    let mut stranger = Stranger::of(&server);
    let origin = server.site.origin.clone();
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| Client::new(origin.clone(), random.fork())).collect();
    let (mut in_start, mut checkpoints) = (0, 0);
    for _ in 0..ROUNDS {
        let moment = Duration::from_micros(random.below(u64::try_from(LOAD.as_micros()).unwrap()));
        let (site, notes) = round(server, &mut clients, moment);
        if random.below(8) == 0 {
            in_start += 1;
            Server::start_and_kill(&site, Duration::from_micros(random.below(60_000)));
        }
        server = site.start(&[]);
        checkpoints += notes.len();
        for note in notes {
            stranger.was_shown(&note);
        }
        for client in &mut clients {
            for (index, id) in client.answers.drain(..) {
                stranger.was_told(index, id);
            }
        }
        stranger.follow(&server.http);
        for client in &clients {
            if let Some(answered) = client.done.last() {
                let index = stranger.find(&answered.id).expect("an answered event is in the log");
                stranger.check_receipt(&server.http, index);
            }
        }
    }
    let sum = |of: fn(&Client) -> usize| clients.iter().map(of).sum::<usize>();
    let (logged, duplicates, open) = (sum(|c| c.logged), sum(|c| c.duplicates), sum(|c| c.unanswered));
    // A run in which hardly anything happened would show nothing.
    assert!(logged > ROUNDS && duplicates > ROUNDS / 4 && open > ROUNDS / 4, "{logged} {duplicates} {open}");
    let snapshots = stranger.snapshots();
    assert!(snapshots > ROUNDS / 4, "only {snapshots} snapshots");
    let size = stranger.size();
    stranger.conclude(server);
    println!(
        "crash: {ROUNDS} kills under load and {in_start} while starting, {size} entries, {logged} answered logged, \
         {duplicates} duplicate, {open} not answered and sent again, {checkpoints} checkpoints seen, {snapshots} snapshots, each with its own; {:?}",
        start.elapsed()
    );
}
