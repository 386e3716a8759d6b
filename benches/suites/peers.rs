//! Other people's logs on the same disk in the same run: Tessera's POSIX storage, appended to by a small Go program.
//!
//! Tessera checks no signatures and keeps no index of its own here (no antispam), so it stands beside our sequencing
//! alone: entries that were admitted before.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use lebombo_benches::clock::{Stopwatch, time};
use lebombo_benches::rate::Rate;
use lebombo_ledger::Admitted;

use crate::Run;
use crate::log::{Log, waiting};

/// Goroutines there, threads here; each waits for its entry before it sends the next.
const SUBMITTERS: usize = 256;

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("peers: sequencing alone, 256 submitters of one entry each");
    let count = (32_768 / run.shrink).max(SUBMITTERS);
    let mut log = Log::new();
    let mut rates = Vec::new();
    let mut waits = Vec::new();
    let mut length = 0;
    for _ in 0..run.rounds {
        let entries = log.contributions(count);
        length = entries[0].len();
        let admitted: Vec<_> = entries.chunks(2048).flat_map(|c| log.ledger.admit_many(c.to_vec())).collect();
        let work = Mutex::new(admitted.into_iter().map(Result::unwrap).collect::<Vec<_>>());
        let taken = Mutex::new(Vec::new());
        rates.push(time(count, || {
            std::thread::scope(|scope| {
                for _ in 0..SUBMITTERS {
                    scope.spawn(|| submitter(&log, &work, &taken));
                }
            });
        }));
        waits.append(&mut taken.into_inner().unwrap());
    }
    let (ours, wait) = (Rate::median(rates), Rate::median(waits));
    match tessera(run.rounds, count, length) {
        Ok((theirs, their_wait)) => {
            run.row(
                "lebombo, admitted to committed",
                ours,
                &[("Tessera POSIX, added to integrated", theirs)],
            );
            run.row("  wait for one entry, median", wait, &[("Tessera POSIX", their_wait)]);
        }
        Err(why) => {
            run.row("lebombo, admitted to committed", ours, &[]);
            run.row("  wait for one entry, median", wait, &[]);
            run.skip(&why);
        }
    }
}

fn submitter(log: &Log, work: &Mutex<Vec<Admitted>>, taken: &Mutex<Vec<Rate>>) {
    let runtime = waiting();
    loop {
        let Some(entry) = work.lock().unwrap().pop() else { return };
        let watch = Stopwatch::start();
        runtime.block_on(log.ledger.submit(entry)).unwrap();
        taken.lock().unwrap().push(Rate::new(1, watch.nanos()));
    }
}

/// Time for all entries, and the median wait for one; or why there is none.
fn tessera(rounds: usize, count: usize, length: usize) -> Result<(Rate, Rate), String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/tessera");
    let folder = crate::folder();
    let program = folder.path().join("tessera");
    let mut build = Command::new("go");
    build.args(["build", "-mod=readonly", "-o"]).arg(&program).arg(".").current_dir(&source);
    match build.output() {
        Err(error) => return Err(format!("Tessera: go is not here ({error})")),
        Ok(built) if !built.status.success() => {
            return Err(format!(
                "Tessera could not be built: {}",
                String::from_utf8_lossy(&built.stderr).trim()
            ));
        }
        Ok(_) => {}
    }
    let mut rates = Vec::new();
    let mut waits = Vec::new();
    for round in 0..rounds {
        let mut command = Command::new(&program);
        command.arg(folder.path().join(format!("log-{round}")));
        command.args([count, length, SUBMITTERS].map(|number| number.to_string()));
        let ended = command.output().map_err(|error| format!("Tessera did not run: {error}"))?;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let numbers: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [all, wait] = numbers[..] else {
            return Err(format!("Tessera failed: {}", String::from_utf8_lossy(&ended.stderr).trim()));
        };
        rates.push(Rate::new(count, all));
        waits.push(Rate::new(1, wait));
    }
    Ok((Rate::median(rates), Rate::median(waits)))
}
