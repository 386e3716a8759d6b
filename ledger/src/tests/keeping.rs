//! The ledger's own events: days, marks and snapshots, and the checkpoints of exactly their sizes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::event::{self, Activity, Body, Charter, Contribution, Day, Enrolment, Nonce, Payload};
use lebombo_verifier::event::{Stewards, Token, VerdictRule, Verdicts, Work};
use lebombo_verifier::fold::{Effect, Fold, MemoryState, State as _};

use super::helpers::{Bench, did, key, origin, signed};
use crate::attribute::{Attribution, Keeping};
use crate::keys::{self, LedgerKey};
use crate::sequence::{CommittedHead, Job, Queue};
use crate::store::engine::Space;
use crate::store::memory::Fault;
use crate::{Clock, Config, Ledger, ManualClock, QueueBounds, SubmitError, SystemClock};

/// 2026-07-22, in the morning.
const START_MS: u64 = 1_784_700_000_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

fn payload(number: u64, project: Option<Hash>, body: Body) -> Payload {
    let mut nonce = [0; 16];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    let date = Day::parse("2026-07-22").unwrap();
    Payload {
        about: vec![],
        body,
        date,
        id: Nonce(nonce),
        log: origin(),
        project,
        signers: vec![did(&key(7))],
    }
}

fn entry(payload: &Payload) -> Vec<u8> {
    signed(payload, &[&key(7)])
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

/// A project in which annotated items count one point each, at once.
fn charter() -> (Hash, Vec<u8>) {
    let body = Charter {
        activities: vec![Activity {
            activity: token("labelling"),
            unit: token("item"),
            weight: 1,
            work: Work::Annotation,
        }],
        enrolment: Enrolment::Open,
        enrollers: vec![],
        grace: 0,
        import: None,
        name: token("weaving"),
        notice: 7,
        pay: None,
        reasons: vec![],
        replaces: None,
        stewards: Stewards { keys: vec![did(&key(7))], threshold: 1 },
        verdicts: vec![Verdicts { rule: VerdictRule::AtOnce, silence: None, work: Work::Annotation }],
    };
    let bytes = entry(&payload(0, None, Body::Charter(body)));
    (event::check(&bytes).unwrap().id(), bytes)
}

fn work(number: u64) -> Vec<u8> {
    let project = charter().0;
    let body = Contribution {
        activity: token("labelling"),
        charter: project,
        contributor: None,
        outcome: None,
        quantity: 3,
        supersedes: None,
        unit: token("item"),
        work: Work::Annotation,
    };
    entry(&payload(number, Some(project), Body::Contribution(body)))
}

/// What attribution has stored.
fn stored(ledger: &Ledger) -> MemoryState {
    let mut state = MemoryState::default();
    let mut take = |key: &[u8], value: &[u8]| {
        let Ok(()) = state.set(key.to_vec(), value.to_vec());
        std::ops::ControlFlow::Continue(())
    };
    ledger.store().fold_visit(&[], &[], &mut take).unwrap();
    state
}

/// Twenty seconds.
struct Patience(u64);

impl Patience {
    fn new() -> Self {
        Self(SystemClock.monotonic_ms())
    }

    /// A moment; false when it has lasted too long.
    fn wait(&self) -> bool {
        std::thread::sleep(Duration::from_millis(1));
        SystemClock.monotonic_ms() - self.0 < 20_000
    }
}

/// A clock that is moved by hand and counts how often it is looked at.
struct Watched {
    hand: ManualClock,
    looks: AtomicU64,
}

impl Clock for Watched {
    fn now_unix_ms(&self) -> u64 {
        self.hand.now_unix_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.hand.monotonic_ms()
    }
}

/// A ledger with a clock that is moved by hand, and whoever keeps it.
struct Kept {
    bench: Bench,
    clock: Arc<Watched>,
    ledger: Option<Ledger>,
    attribution: Option<Attribution>,
}

const EVERY_MINUTE: Keeping = Keeping { snapshot_interval: Some(MINUTE) };
const NEVER: Keeping = Keeping { snapshot_interval: None };

impl Kept {
    fn new(keeping: Keeping) -> Self {
        let clock = Arc::new(Watched { hand: ManualClock::at(START_MS), looks: AtomicU64::new(0) });
        let mut kept = Self { bench: Bench::new(), clock, ledger: None, attribution: None };
        let config = Config { create: true, ..kept.config() };
        kept.ledger = Some(kept.bench.open_as(config).unwrap());
        kept.keep(keeping);
        kept
    }

    fn config(&self) -> Config {
        Config { clock: self.clock.clone(), ..self.bench.config() }
    }

    fn open(&mut self) {
        self.ledger = Some(self.bench.open_as(self.config()).unwrap());
    }

    fn keep(&mut self, keeping: Keeping) {
        self.attribution = Some(Attribution::start_keeping(self.ledger(), keeping).unwrap());
    }

    fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    fn attribution(&self) -> &Attribution {
        self.attribution.as_ref().unwrap()
    }

    /// Stops in good order.
    fn close(&mut self) {
        self.ledger().shutdown();
        self.crash();
    }

    /// Drops everything, whatever it was doing.
    fn crash(&mut self) {
        if let Some(attribution) = self.attribution.take() {
            attribution.stop();
        }
        self.ledger = None;
    }

    fn log(&self, entries: Vec<Vec<u8>>) {
        let admitted = self.ledger().admit_many(entries).into_iter().map(Result::unwrap).collect();
        self.bench.runtime.block_on(self.ledger().submit_many(admitted)).unwrap();
    }

    /// The kinds of all entries, in order.
    fn kinds(&self) -> Vec<&'static str> {
        effects(self.ledger()).iter().map(|(kind, _)| *kind).collect()
    }

    /// Waits until something holds; what is waited for is on its way and needs no clock.
    #[track_caller]
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let patience = Patience::new();
        while !holds(self) {
            assert!(patience.wait(), "{what}: {:?}", self.kinds());
        }
    }

    /// Waits until there are so many entries, and the totals have taken them in.
    #[track_caller]
    fn until_size(&self, size: u64) {
        self.until(&format!("{size} entries"), |kept| {
            kept.ledger().size() >= size && kept.attribution().cursor().unwrap() >= size
        });
    }

    /// Lets whoever keeps the ledger look at the clock a few times: what it should not do it has then not done.
    fn let_tick(&self) {
        let looks = self.clock.looks.load(Ordering::SeqCst) + 5;
        self.until("looks at the clock", |kept| kept.clock.looks.load(Ordering::SeqCst) >= looks);
    }
}

/// What a fold from the first entry makes of the log, with kinds; `None` for what has an effect.
fn effects(ledger: &Ledger) -> Vec<(&'static str, Effect)> {
    let mut fold = Fold::new(MemoryState::default());
    let entries = ledger.store().entries(0, usize::MAX).unwrap();
    let apply = |entry: crate::Entry| {
        let event = event::check(&entry.bytes).unwrap();
        (event.payload().body.kind(), fold.apply(Ok(&event)).unwrap())
    };
    entries.into_iter().map(apply).collect()
}

/// By replay: nothing of the ledger's own is void, and each snapshot has a checkpoint of exactly its size. How many
/// snapshots there are.
fn check(ledger: &Ledger) -> usize {
    let effects = effects(ledger);
    let mut snapshots = 0;
    for (index, (kind, effect)) in (0_u64..).zip(&effects) {
        match *kind {
            "ledger" => assert_eq!(*effect, Effect::Ledger),
            "day" => assert!(matches!(effect, Effect::Day { .. }), "{index}: {effect:?}"),
            "mark" => assert!(matches!(effect, Effect::Mark { .. }), "{index}: {effect:?}"),
            "snapshot" => {
                assert_eq!(*effect, Effect::Snapshot, "{index}");
                is_kept(ledger, index + 1);
                snapshots += 1;
            }
            _ => {}
        }
    }
    snapshots
}

/// A checkpoint of that size is kept, and verifies.
fn is_kept(ledger: &Ledger, size: u64) {
    let note = ledger.kept_checkpoint(size).unwrap();
    let note = note.unwrap_or_else(|| panic!("no checkpoint of size {size} is kept"));
    let checkpoint = VerifiedCheckpoint::by_log_key(&note, ledger.vkey()).unwrap();
    assert_eq!((checkpoint.size(), checkpoint.origin()), (size, &origin()));
    assert_eq!(*checkpoint.root(), CommittedHead::at(ledger.store(), size).unwrap().head().root);
}

fn days(ledger: &Ledger) -> Vec<String> {
    let day = |(_, effect)| match effect {
        Effect::Day { day, .. } => Some(day.to_string()),
        _ => None,
    };
    effects(ledger).into_iter().filter_map(day).collect()
}

#[test]
fn days_go_forward_only() {
    let mut kept = Kept::new(NEVER);
    kept.let_tick();
    assert_eq!(kept.kinds(), ["ledger"], "the log began on this day");
    kept.clock.hand.advance(DAY);
    kept.until_size(2);
    kept.clock.hand.advance(Duration::from_secs(60 * 60));
    kept.let_tick();
    assert_eq!(days(kept.ledger()), ["2026-07-23"], "one a day");
    kept.clock.hand.set(START_MS - 1);
    kept.let_tick();
    kept.clock.hand.set(START_MS + 24 * 60 * 60 * 1_000);
    kept.let_tick();
    assert_eq!(days(kept.ledger()), ["2026-07-23"], "a clock that goes back logs nothing");
    kept.clock.hand.advance(5 * DAY);
    kept.until_size(3);
    kept.let_tick();
    assert_eq!(days(kept.ledger()), ["2026-07-23", "2026-07-28"], "a jump is one day");
    // A day has come while nobody kept the ledger.
    kept.close();
    kept.clock.hand.advance(DAY);
    kept.open();
    kept.keep(NEVER);
    kept.until_size(4);
    kept.close();
    kept.clock.hand.set(START_MS);
    kept.open();
    kept.keep(NEVER);
    kept.let_tick();
    assert_eq!(days(kept.ledger()), ["2026-07-23", "2026-07-28", "2026-07-29"]);
    assert_eq!(check(kept.ledger()), 0);
    // No day after the last one of the calendar.
    kept.clock.hand.set(u64::MAX);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 4);
}

#[test]
fn without_a_keeper_nothing_is_logged() {
    let mut kept = Kept::new(NEVER);
    kept.close();
    kept.open();
    kept.attribution = Some(Attribution::start(kept.ledger()).unwrap());
    kept.clock.hand.advance(DAY);
    kept.log(vec![charter().1]);
    kept.until_size(2);
    kept.close();
    kept.open();
    kept.keep(NEVER);
    kept.until_size(3);
    kept.let_tick();
    assert_eq!(kept.kinds(), ["ledger", "charter", "day"], "without an interval there are days alone");
}

#[test]
fn marks_come_with_changes_and_not_too_often() {
    let mut kept = Kept::new(EVERY_MINUTE);
    kept.let_tick();
    assert_eq!(kept.kinds(), ["ledger"], "there is nothing to state");
    kept.log(vec![charter().1]);
    kept.until_size(4);
    assert_eq!(kept.kinds(), ["ledger", "charter", "mark", "snapshot"]);
    kept.log(vec![work(1)]);
    kept.until_size(5);
    kept.clock.hand.advance(MINUTE - Duration::from_millis(1));
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 5, "the interval is not over");
    kept.clock.hand.advance(Duration::from_millis(1));
    kept.until_size(7);
    kept.clock.hand.advance(10 * MINUTE);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 7, "nothing has changed");
    // A void event changes no total.
    kept.log(vec![super::helpers::event(1)]);
    kept.until_size(8);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 8);
    // A day before the mark, when both are due.
    kept.clock.hand.advance(DAY);
    kept.until_size(9);
    kept.log(vec![work(2)]);
    kept.until_size(12);
    let expected =
        ["ledger", "charter", "mark", "snapshot", "contribution", "mark", "snapshot", "retraction"];
    assert_eq!(kept.kinds()[..8], expected);
    assert_eq!(kept.kinds()[8..], ["day", "contribution", "mark", "snapshot"]);
    assert_eq!(check(kept.ledger()), 3);
    // What others read is as of the last snapshot, and its checkpoint is there.
    let snapshot = kept.attribution().snapshot().unwrap().unwrap();
    assert_eq!((snapshot.size(), snapshot.mark.day.to_string().as_str()), (12, "2026-07-23"));
    kept.close();
    kept.open();
    kept.keep(EVERY_MINUTE);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 12);
    assert!(kept.bench.fsck(kept.ledger()).is_clean());
}

#[test]
fn readers_never_see_a_mark_without_its_snapshot() {
    let kept = Kept::new(EVERY_MINUTE);
    kept.log(vec![charter().1]);
    let next = |before: u64| {
        let patience = Patience::new();
        loop {
            assert!(patience.wait());
            // In one read, so that no write comes between.
            let stored = Fold::new(stored(kept.ledger()));
            let Some(mark) = stored.mark_view().unwrap().filter(|mark| mark.index > before) else { continue };
            assert!(mark.stated, "the mark at {} was shown without its snapshot", mark.index);
            is_kept(kept.ledger(), stored.snapshot_view().unwrap().unwrap().index + 1);
            return mark.index;
        }
    };
    // The first mark is made at once. A minute that passes while it waits for its snapshot would be the end of patience.
    let mut mark = next(0);
    for number in 1..30 {
        kept.log(vec![work(number)]);
        kept.clock.hand.advance(MINUTE);
        mark = next(mark);
    }
    assert_eq!(check(kept.ledger()), 30);
}

#[test]
fn a_mark_without_a_snapshot_gets_one_after_a_restart() {
    let mut kept = Kept::new(NEVER);
    kept.log(vec![charter().1]);
    let own = Arc::clone(kept.ledger().own());
    let mark = own.submit(Body::Mark, Day::parse("2026-07-22").unwrap()).unwrap();
    kept.bench.runtime.block_on(mark.answer).unwrap().unwrap();
    kept.log(vec![work(1)]);
    kept.until_size(4);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 4, "nobody states marks here");
    kept.crash();
    kept.bench.disk.crash();
    kept.open();
    kept.keep(EVERY_MINUTE);
    kept.until_size(7);
    let expected = ["ledger", "charter", "mark", "contribution", "snapshot", "mark", "snapshot"];
    assert_eq!(kept.kinds(), expected, "the work came after the first mark");
    assert_eq!(check(kept.ledger()), 2);
}

#[test]
fn each_crash_leaves_a_log_whose_snapshots_have_their_checkpoints() {
    let mut found = BTreeSet::new();
    for (fault, skip) in
        [Fault::NotWritten, Fault::Written].into_iter().flat_map(|f| (0..7).map(move |n| (f, n)))
    {
        let mut kept = Kept::new(EVERY_MINUTE);
        kept.let_tick();
        kept.bench.settle(kept.ledger());
        kept.bench.disk.fail_after(skip, fault);
        let entries = [charter().1, work(1)].map(|entry| kept.ledger().admit(entry).unwrap());
        for entry in entries {
            // Refused where a write before it has failed.
            let _ = kept.bench.runtime.block_on(kept.ledger().submit(entry));
        }
        kept.until("a failure, or the end", |kept| {
            let published = kept.ledger().checkpoint().size();
            !kept.ledger().is_running()
                || (kept.kinds().contains(&"snapshot") && published == kept.ledger().size())
        });
        kept.crash();
        kept.bench.disk.crash();
        kept.open();
        found.insert(kept.kinds());
        // Without a keeper: opening alone signs what is missing.
        check(kept.ledger());
        assert_eq!(kept.ledger().checkpoint().size(), kept.ledger().size());
        assert!(kept.bench.fsck(kept.ledger()).is_clean());
        kept.keep(EVERY_MINUTE);
        kept.log(vec![charter().1, work(1)]);
        kept.clock.hand.advance(MINUTE);
        kept.until("everything is stated", |kept| {
            let snapshot = kept.attribution().snapshot().unwrap();
            snapshot.is_some_and(|snapshot| snapshot.size() == kept.ledger().size())
        });
        // The clock has moved on meanwhile, so that the state may have been shown before the checkpoint was there.
        kept.bench.settle(kept.ledger());
        check(kept.ledger());
    }
    assert!(found.len() >= 3, "crashes came before and after the ledger's own events: {found:?}");
}

#[test]
fn opening_signs_each_snapshot_before_the_head() {
    let mut kept = Kept::new(EVERY_MINUTE);
    let state = kept.bench.keys_dir().join("signer-state");
    kept.bench.settle(kept.ledger());
    let old_state = std::fs::read(&state).unwrap();
    kept.log(vec![charter().1]);
    kept.until_size(4);
    kept.log(vec![work(1)]);
    kept.clock.hand.advance(MINUTE);
    kept.until_size(7);
    kept.close();
    // As if the publisher had not come to anything since entry 0.
    keys::write_private(&state, &old_state).unwrap();
    let kept_key = |size: u64| [b"kept/".as_slice(), &size.to_be_bytes()].concat();
    for size in [4, 7] {
        assert!(kept.bench.disk.read(Space::Meta, &kept_key(size)).is_some());
        kept.bench.disk.tamper(Space::Meta, &kept_key(size), None);
    }
    kept.open();
    assert_eq!(check(kept.ledger()), 2);
    assert_eq!(kept.ledger().checkpoint().size(), 7);
    kept.close();
    // The signer's state has the size of the snapshot, but nothing was kept.
    kept.bench.disk.tamper(Space::Meta, &kept_key(7), None);
    kept.open();
    assert_eq!(check(kept.ledger()), 2);
    kept.close();
    // A larger one was signed: a new mark and a new snapshot are made, without any change.
    kept.open();
    kept.log(vec![work(2)]);
    kept.bench.settle(kept.ledger());
    kept.close();
    kept.bench.disk.tamper(Space::Meta, &kept_key(7), None);
    kept.open();
    kept.keep(NEVER);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 8);
    kept.close();
    kept.open();
    kept.keep(EVERY_MINUTE);
    kept.until_size(10);
    assert_eq!(kept.kinds()[7..], ["contribution", "mark", "snapshot"]);
    is_kept(kept.ledger(), 10);
    kept.close();
    kept.bench.disk.tamper(Space::Meta, &kept_key(10), None);
    kept.open();
    assert!(kept.ledger().kept_checkpoint(10).unwrap().is_some(), "of exactly the signed size");
    kept.log(vec![super::helpers::event(1)]);
    kept.bench.settle(kept.ledger());
    kept.close();
    kept.bench.disk.tamper(Space::Meta, &kept_key(10), None);
    kept.open();
    kept.keep(EVERY_MINUTE);
    kept.until_size(13);
    assert_eq!(kept.kinds()[11..], ["mark", "snapshot"], "although nothing has changed");
    is_kept(kept.ledger(), 13);
    kept.clock.hand.advance(10 * MINUTE);
    kept.let_tick();
    assert_eq!(kept.ledger().size(), 13, "once");
}

#[test]
fn under_load_each_snapshot_ends_its_round() {
    const SENDERS: u64 = 4;
    const JOBS: u64 = 150;
    let bench = Bench::new();
    let queue = QueueBounds { entries: 24, bytes: 1 << 20 };
    let ledger = bench.open_as(Config { create: true, queue, ..bench.config() }).unwrap();
    // The clock stands still: a snapshot is due whenever the one before it is there.
    let keeping = Keeping { snapshot_interval: Some(Duration::ZERO) };
    let attribution = Attribution::start_keeping(&ledger, keeping).unwrap();
    let mut rounds = ledger.subscribe();
    let watcher = std::thread::spawn(move || {
        let mut ended = 0;
        loop {
            match rounds.blocking_recv() {
                Ok(round) => {
                    let (last, others) = round.entries().split_last().unwrap();
                    assert!(others.iter().all(|entry| !entry.is_snapshot()));
                    ended += usize::from(last.is_snapshot());
                }
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(_) => return ended,
            }
        }
    });
    bench.runtime.block_on(ledger.submit(ledger.admit(charter().1).unwrap())).unwrap();
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (ledger, bench) = (&ledger, &bench);
            scope.spawn(move || {
                for job in 0..JOBS {
                    let first = 1 + (sender * JOBS + job) * 3;
                    let entries = (first..first + 3).map(work).collect();
                    let entries: Vec<_> =
                        ledger.admit_many(entries).into_iter().map(Result::unwrap).collect();
                    while let Err(error) = bench.runtime.block_on(ledger.submit_many(entries.clone())) {
                        assert!(matches!(error, SubmitError::Busy { .. }), "{error}");
                        std::thread::yield_now();
                    }
                }
            });
        }
    });
    let patience = Patience::new();
    let is_done = || {
        let snapshot = attribution.snapshot().unwrap();
        let marked = snapshot.map(|snapshot| snapshot.mark.index);
        let last_work = effects(&ledger).iter().rposition(|(kind, _)| *kind == "contribution");
        marked.zip(last_work).is_some_and(|(marked, work)| marked > work as u64)
    };
    while !is_done() {
        assert!(patience.wait());
    }
    bench.settle(&ledger);
    let snapshots = check(&ledger);
    assert!(snapshots > 3, "{snapshots}");
    assert!(effects(&ledger).iter().all(|(_, effect)| !matches!(effect, Effect::Void(_))));
    assert!(bench.fsck(&ledger).is_clean());
    attribution.stop();
    drop(ledger);
    assert!(watcher.join().unwrap() > 0);
}

#[test]
fn the_same_history_gives_the_same_state() {
    let mut kept = Kept::new(EVERY_MINUTE);
    kept.log(vec![charter().1]);
    kept.until_size(4);
    for number in 1..5 {
        kept.log(vec![work(number)]);
        kept.clock.hand.advance(DAY);
        kept.until_size(4 + number * 4);
    }
    let first = stored(kept.ledger());
    let mut plain = Fold::new(MemoryState::default());
    for entry in kept.ledger().store().entries(0, usize::MAX).unwrap() {
        plain.apply(event::check(&entry.bytes).as_ref()).unwrap();
    }
    assert_eq!(&first, plain.state());
    kept.close();
    kept.open();
    kept.ledger().store().fold_clear().unwrap();
    kept.attribution = Some(Attribution::start(kept.ledger()).unwrap());
    kept.until_size(20);
    assert_eq!(stored(kept.ledger()), first);
    kept.close();
    // Also where whoever keeps the ledger reads it anew.
    kept.open();
    kept.ledger().store().fold_clear().unwrap();
    kept.keep(EVERY_MINUTE);
    kept.until_size(20);
    kept.let_tick();
    assert_eq!((stored(kept.ledger()), kept.ledger().size()), (first, 20));
}

#[test]
fn a_round_ends_with_a_snapshot() {
    let bench = Bench::new();
    let ledger = bench.create();
    let ledger_key = LedgerKey::new(keys::load(&bench.keys_dir().join("ledger.pem")).unwrap());
    let (mark, root) = (Hash::of(b"a mark"), Hash::of(b"a root"));
    let body = Body::Snapshot(event::Snapshot { mark, previous: None, projects: 1, root });
    let snapshot = Payload { signers: vec![ledger_key.did().clone()], ..payload(1, None, body) };
    let snapshot = ledger.admit(ledger_key.sign(&snapshot)).unwrap();
    let other = ledger.admit(work(1)).unwrap();
    let queue = Queue::new(QueueBounds::default());
    let push = |entries| {
        let (answer, _) = tokio::sync::oneshot::channel();
        queue.push(Job { entries, answer }).unwrap();
    };
    push(vec![other.clone()]);
    push(vec![other.clone(), snapshot.clone()]);
    push(vec![other.clone()]);
    push(vec![snapshot]);
    push(vec![other]);
    let taken = std::iter::from_fn(|| {
        (queue.load() != (0, 0)).then(|| queue.take(QueueBounds::default()).unwrap().len())
    });
    assert_eq!(taken.collect::<Vec<_>>(), [2, 2, 1]);
}
