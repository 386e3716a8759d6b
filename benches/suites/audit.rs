//! An audit of a whole log: every signature, the tree, the fold.

use std::path::Path;

use lebombo_benches::clock::time;
use lebombo_benches::rate::Rate;
use lebombo_ledger::Ledger;
use lebombo_ledger::audit::{Folder, Options, Outcome, State};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::tile;

use crate::limits::Check;
use crate::log::Log;
use crate::{Run, limits};

/// Entries of the log.
const ENTRIES: usize = 50_000;

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("audit: a log in a folder, from nothing");
    let log = Log::filled(ENTRIES / run.shrink);
    log.publish();
    let folder = crate::folder();
    write(&log.ledger, folder.path());
    let policy = Policy::parse(format!("log {}\nquorum none\n", log.ledger.vkey()).as_bytes()).unwrap();
    let entries = log.entries();
    let checks: Vec<_> = entries.iter().map(|entry| Check::of(entry)).collect();
    // Before and after: the machine may be another one by then.
    let mut raws = vec![limits::verify_on_all(run.rounds, &checks)];
    let audits = (0..run.rounds).map(|_| {
        let state = crate::folder();
        let source = Folder::new(folder.path());
        let state = State::open(state.path()).unwrap();
        time(entries.len(), || {
            let report = lebombo_ledger::audit::run(
                &source,
                &state,
                &Options { commit_every: 2048, ..Options::new(&policy) },
            );
            assert_eq!(report.outcome(), Outcome::Holds, "{report:?}");
        })
    });
    let audit = Rate::median(audits.collect());
    raws.push(limits::verify_on_all(run.rounds, &checks));
    run.row("audit", audit, &[("raw strict verification, all cores", Rate::median(raws))]);
}

/// Publishes a log as files.
pub(crate) fn write(ledger: &Ledger, root: &Path) {
    let size = ledger.checkpoint().size();
    let file = |path: String, bytes: &[u8]| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    for path in tile::bundles(size) {
        let bundle = ledger.bundle(path.number(), path.width()).unwrap().unwrap();
        file(path.to_string(), &bundle);
    }
    for path in tile::tiles(size) {
        let tile = ledger.tile(path.level(), path.number(), path.width()).unwrap().unwrap();
        file(path.to_string(), &tile);
    }
    file("checkpoint".to_owned(), ledger.checkpoint().note());
}
