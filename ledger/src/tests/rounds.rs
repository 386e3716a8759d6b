//! Rounds under concurrency, the bounds of the queue, and stopping.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use lebombo_verifier::Hash;

use super::helpers::{Bench, event, prove_all};
use crate::sequence::{Job, Queue};
use crate::{
    Admitted, Config, Ledger, Limits, Logged, MAX_JOB, ManualClock, Purpose, QueueBounds, Rate, Refused,
    SubmitError,
};

const CLIENTS: u64 = 8;
const JOBS: u64 = 12;
const PER_JOB: u64 = 5;

fn admit(ledger: &Ledger, numbers: impl IntoIterator<Item = u64>) -> Vec<Admitted> {
    ledger.admit_many(numbers.into_iter().map(event).collect()).into_iter().map(Result::unwrap).collect()
}

/// Clients send jobs that overlap with each other's; every event gets one index, exactly one answer for it is not
/// `duplicate`, and the indices have no gaps.
fn contend(bench: &Bench, ledger: &Ledger) {
    let jobs: Vec<Vec<Admitted>> = (0..CLIENTS * JOBS)
        .map(|job| {
            admit(
                ledger,
                (0..PER_JOB).map(|n| (job % JOBS) * PER_JOB + (n * (job / JOBS + 1)) % (2 * PER_JOB)),
            )
        })
        .collect();
    let answers: Vec<Logged> = bench.runtime.block_on(async {
        let mut running = tokio::task::JoinSet::new();
        for job in jobs {
            let ledger = ledger.clone();
            running.spawn(async move { ledger.submit_many(job).await.unwrap() });
        }
        running.join_all().await.into_iter().flatten().collect()
    });
    let mut index_of: HashMap<Hash, u64> = HashMap::new();
    let mut fresh: Vec<u64> = Vec::new();
    for logged in answers {
        assert_eq!(*index_of.entry(logged.id).or_insert(logged.index), logged.index);
        if !logged.duplicate {
            fresh.push(logged.index);
        }
    }
    fresh.sort_unstable();
    assert_eq!(fresh, (1..ledger.size()).collect::<Vec<_>>());
    assert_eq!(index_of.len(), fresh.len());
    bench.settle(ledger);
    assert!(bench.fsck(ledger).is_clean());
    prove_all(ledger);
}

#[test]
fn concurrent_jobs_over_memory() {
    let bench = Bench::new();
    contend(&bench, &bench.create());
}

#[test]
fn concurrent_jobs_over_the_default_engine() {
    let bench = Bench::new();
    let ledger = Ledger::open(Config { create: true, ..bench.config() }).unwrap();
    contend(&bench, &ledger);
    let size = ledger.size();
    drop(ledger);
    let report = crate::fsck(&bench.data_dir(), Some(&bench.keys_dir()), &mut |_, _| {}).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.head.size, report.published), (size, size));
    assert_eq!(Ledger::open(bench.config()).unwrap().size(), size);
}

#[test]
fn followers_see_every_round_once() {
    let bench = Bench::new();
    let ledger = bench.create();
    let mut rounds = ledger.subscribe();
    for number in 0..5 {
        let entry = ledger.admit(event(number % 3)).unwrap();
        bench.runtime.block_on(ledger.submit(entry)).unwrap();
    }
    for number in 0..3 {
        let round = rounds.blocking_recv().unwrap();
        assert_eq!((round.first_index(), round.size(), round.entries().len()), (number + 1, number + 2, 1));
        assert_eq!(round.entries()[0].bytes(), event(number));
    }
    assert!(rounds.try_recv().is_err());
    bench.settle(&ledger);
    assert_eq!(ledger.changes(Some(0), 10).unwrap().len(), 3);
    assert_eq!(ledger.changes(Some(1), 1).unwrap()[0].index, 2);
    assert_eq!(ledger.changes(Some(u64::MAX), 1).unwrap(), vec![]);
}

#[test]
fn the_queue_is_bounded() {
    let bench = Bench::new();
    let ledger = bench.create();
    let queue = Queue::new(QueueBounds { entries: 3, bytes: 1 << 20 });
    let push = |count: u64| {
        let (answer, _) = tokio::sync::oneshot::channel();
        queue.push(Job { entries: admit(&ledger, 0..count), answer })
    };
    push(4).unwrap();
    assert!(matches!(push(1), Err(SubmitError::Busy { .. })));
    assert_eq!(queue.take(QueueBounds { entries: 1, bytes: 1 }).unwrap().len(), 1);
    push(2).unwrap();
    push(1).unwrap();
    assert!(matches!(push(1), Err(SubmitError::Busy { .. })));
    assert_eq!(queue.take(QueueBounds { entries: 2, bytes: 1 << 20 }).unwrap().len(), 1);
    queue.close();
    assert_eq!(push(1), Err(SubmitError::Stopping));
    assert_eq!(queue.take(QueueBounds::default()).unwrap().len(), 1);
    assert!(queue.take(QueueBounds::default()).is_none());
    assert_eq!(queue.load(), (0, 0));
}

#[test]
fn a_job_over_the_limit_is_refused_whole() {
    let bench = Bench::new();
    let ledger = bench.create();
    let entry = ledger.admit(event(1)).unwrap();
    let job = vec![entry; MAX_JOB + 1];
    let refused = bench.runtime.block_on(ledger.submit_many(job));
    assert_eq!(refused, Err(SubmitError::JobTooLarge { entries: MAX_JOB + 1 }));
    assert_eq!(ledger.size(), 1);
}

#[test]
fn stopping_answers_or_refuses_everything() {
    let bench = Bench::new();
    let ledger = bench.create();
    let jobs: Vec<_> = (0..40).map(|number| admit(&ledger, [number])).collect();
    let answers = bench.runtime.block_on(async {
        let mut running = tokio::task::JoinSet::new();
        for (number, job) in jobs.into_iter().enumerate() {
            let ledger = ledger.clone();
            running.spawn(async move {
                if number == 20 {
                    let stopping = ledger.clone();
                    tokio::task::spawn_blocking(move || stopping.shutdown()).await.unwrap();
                }
                ledger.submit_many(job).await
            });
        }
        running.join_all().await
    });
    let logged: Vec<Logged> = answers.iter().flatten().flatten().copied().collect();
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(SubmitError::Stopping))));
    assert!(
        answers.contains(&Err(SubmitError::Stopping)),
        "the one that stopped the ledger can not be logged"
    );
    assert!(!ledger.is_running());
    assert_eq!(ledger.checkpoint().size(), logged.len() as u64 + 1);
    let beyond = bench.runtime.block_on(ledger.wait_published(1_000));
    assert_eq!(beyond, Err(SubmitError::Stopping));
    drop(ledger);
    let ledger = bench.open();
    for logged in logged {
        assert_eq!(ledger.index_of(&logged.id).unwrap(), Some(logged.index));
    }
}

#[test]
fn a_key_that_sends_too_much_waits() {
    let bench = Bench::new();
    let one = NonZeroU32::MIN;
    let clock = Arc::new(ManualClock::at(0));
    let limits = Limits { per_key: Some(Rate { per_second: one, burst: one }), per_address: None };
    let ledger =
        bench.open_as(Config { create: true, limits, clock: clock.clone(), ..bench.config() }).unwrap();
    ledger.admit(event(1)).unwrap();
    let retry_after = Duration::from_secs(1);
    assert_eq!(ledger.admit(event(2)).unwrap_err(), Refused::RateLimited { retry_after });
    clock.advance(retry_after);
    ledger.admit(event(2)).unwrap();
    // To be checked costs a key nothing, and addresses have no limit here.
    assert!(ledger.check_many((0..40).map(event).collect()).iter().all(Result::is_ok));
    assert_eq!(ledger.allow_address("192.0.2.1".parse().unwrap(), Purpose::Log, 4_096).entries, 4_096);
}
