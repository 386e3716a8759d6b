//! From bytes to commit, in process: several submitters at once, in batches of different sizes.

use std::sync::Mutex;

use lebombo_benches::clock::{Stopwatch, time};
use lebombo_benches::rate::Rate;

use crate::limits::Check;
use crate::log::{Log, waiting};
use crate::{Run, limits};

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("admission to commit, in process (RocksDB underneath)");
    for (batch, submitters, entries) in [(1, 1, 256), (1, 64, 8_192), (64, 8, 16_384), (1024, 4, 32_768)] {
        measure(run, batch, submitters, (entries / run.shrink).max(batch * submitters));
    }
}

fn measure(run: &mut Run, batch: usize, submitters: usize, count: usize) {
    let mut log = Log::new();
    let mut rates = Vec::new();
    let mut latencies = Vec::new();
    let mut sample = Vec::new();
    for _ in 0..run.rounds {
        let entries = log.contributions(count);
        sample = entries[..batch.max(256).min(count)].to_vec();
        let work = Mutex::new(entries.chunks(batch).map(<[_]>::to_vec).collect::<Vec<_>>());
        let taken = Mutex::new(Vec::new());
        rates.push(time(count, || {
            std::thread::scope(|scope| {
                for _ in 0..submitters {
                    scope.spawn(|| submitter(&log, &work, &taken));
                }
            });
        }));
        latencies.append(&mut taken.into_inner().unwrap());
    }
    let checks: Vec<_> = sample.iter().map(|entry| Check::of(entry)).collect();
    let bytes = sample[..batch].concat();
    let on_one = limits::verify_on_one(run.rounds, &checks);
    let on_all = limits::verify_on_all(run.rounds, &checks);
    let sha = limits::sha256(run.rounds, &sample);
    let write = limits::synced_write(run.rounds, log.folder.path(), &bytes);
    let who = if submitters == 1 { "1 submitter".to_owned() } else { format!("{submitters} submitters") };
    let rate = Rate::median(rates);
    run.row(
        &format!("an entry, in batches of {batch}, {who}"),
        rate,
        &[
            ("raw strict verification, all cores", on_all),
            ("the same, one core", on_one),
            ("raw SHA-256 of the entry", sha),
        ],
    );
    let one = Rate::median(latencies.clone());
    run.row(
        "  wait for one batch, median",
        one,
        &[
            ("one synced write of its bytes", write),
            ("raw strict verification of it, all cores", on_all.group(batch)),
        ],
    );
    run.row("  wait for one batch, 99th of 100", Rate::percentile(latencies, 99), &[]);
}

/// Takes batch after batch, and sends each when the one before it is committed.
fn submitter(log: &Log, work: &Mutex<Vec<Vec<Vec<u8>>>>, taken: &Mutex<Vec<Rate>>) {
    let runtime = waiting();
    loop {
        let Some(batch) = work.lock().unwrap().pop() else { return };
        let watch = Stopwatch::start();
        let admitted = log.ledger.admit_many(batch).into_iter().map(Result::unwrap).collect();
        runtime.block_on(log.ledger.submit_many(admitted)).unwrap();
        taken.lock().unwrap().push(Rate::new(1, watch.nanos()));
    }
}
