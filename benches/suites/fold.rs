//! The fold: what entries mean, in memory and behind a ledger.

use std::time::Duration;

use lebombo_benches::clock::{make, median, time};
use lebombo_benches::rate::Rate;
use lebombo_ledger::attribute::Attribution;
use lebombo_verifier::event::{Event, check};
use lebombo_verifier::fold::{Effect, Fold, MemoryState};

use crate::limits::Check;
use crate::log::Log;
use crate::{Run, limits};

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("fold: contributions that count");
    let log = Log::filled(20_000 / run.shrink);
    let entries = log.entries();
    let checks: Vec<_> = entries.iter().map(|entry| Check::of(entry)).collect();
    let (raw, sha) = (limits::verify_on_one(run.rounds, &checks), limits::sha256(run.rounds, &entries));
    let raw = ("raw strict verification, one core", raw);
    let events: Vec<Event> = entries.iter().map(|entry| check(entry).unwrap()).collect();
    let rate = median(run.rounds, events.len(), || fold(&events));
    run.row("apply, in memory, checked before", rate, &[raw, ("raw SHA-256 of the entry", sha)]);
    let rate = median(run.rounds, entries.len(), || make(entries.iter().map(|entry| check(entry).unwrap())));
    run.row("check, one core", rate, &[raw]);
    let rebuilds = (0..run.rounds).map(|_| {
        log.ledger.store().fold_clear().unwrap();
        time(entries.len(), || {
            let attribution = Attribution::start(&log.ledger).unwrap();
            while attribution.cursor().unwrap() < log.ledger.size() {
                std::thread::sleep(Duration::from_micros(200));
            }
            attribution.stop();
        })
    });
    run.row(
        "check and apply over the store (rebuilding the totals)",
        Rate::median(rebuilds.collect()),
        &[raw],
    );
}

fn fold(events: &[Event]) -> Fold<MemoryState> {
    let mut fold = Fold::new(MemoryState::default());
    let mut counted = 0;
    for event in events {
        let effect = fold.apply(Ok(event)).unwrap_or_else(|never| unreachable!("{never}"));
        counted += usize::from(matches!(effect, Effect::Contribution { accepted: true, .. }));
    }
    // All but the ledger's own event and the charter.
    assert_eq!(counted, events.len() - 2);
    fold
}
