//! A ledger that has forked its log: whoever holds a receipt keeps it, and gets the evidence against the fork as well.

use std::fs;
use std::path::{Path, PathBuf};

use lebombo_verifier::Hash;

use crate::checker::Stranger;
use crate::harness::events::{Person, Signed};
use crate::harness::http::lines;
use crate::harness::program::Home;
use crate::harness::project::profile;
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};

/// Pushes events that somebody has signed.
fn push(home: &Home, events: &[&Signed]) {
    let file = home.write("events.ndjson", lines(events.iter().map(|one| &one.entry)));
    let pushed = home.json(&["push", "--anyway", &file]);
    assert_eq!(pushed["receipts"], events.len(), "{pushed}");
}

/// Every receipt of a folder, without the evidence of conflicts.
fn receipts(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let kept = home.files(".tlog-proof").into_iter().filter(|path| !is_conflict(path));
    kept.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn is_conflict(path: &Path) -> bool {
    path.parent().unwrap().ends_with("receipts/conflicts")
}

fn conflicts(home: &Home) -> Vec<PathBuf> {
    home.files(".tlog-proof").into_iter().filter(|path| is_conflict(path)).collect()
}

fn verifies(home: &Home, receipt: &Path) {
    let policy = home.policy();
    home.run(&["verify", receipt.to_str().unwrap(), "--policy", policy.to_str().unwrap()]).ok();
}

/// Asks for a fresh receipt, which is refused with `code`; the evidence that was kept.
fn refused(home: &Home, id: &Hash, code: &str) -> PathBuf {
    let (before, known) = (receipts(home), conflicts(home));
    let ended = home.run(&["receipts", "refresh", &id.to_string()]);
    ended.fails(1, code);
    assert!(
        ended.stderr.contains("WARNING") && ended.stderr.contains("The old receipt was kept"),
        "{ended:?}"
    );
    assert_eq!(receipts(home), before, "the receipts that are here stay as they are");
    let mut fresh = conflicts(home);
    fresh.retain(|path| !known.contains(path));
    let [evidence] = fresh.as_slice() else { panic!("one file of evidence, not {fresh:?}") };
    assert!(evidence.file_name().unwrap().to_str().unwrap().starts_with(&id.to_string()));
    assert!(ended.stderr.contains(evidence.to_str().unwrap()), "the message says where it is: {ended:?}");
    // Each of the two is good by itself, and signed by the log's key: that is what makes them evidence.
    verifies(home, evidence);
    for (path, _) in &before {
        verifies(home, path);
    }
    evidence.clone()
}

/// Another log by the same key: its operator has put the signer's state aside.
fn fork(mut site: Site) -> Server {
    site.copy("keys", "forked-keys");
    site.use_keys("forked-keys");
    site.use_data("forked-data");
    for name in ["signer-state", "signer-lock"] {
        fs::remove_file(site.keys().join(name)).unwrap();
    }
    site.create()
}

#[test]
fn a_fork_takes_no_receipt_away_and_leaves_the_evidence_with_its_holder() {
    let server = Site::new().create();
    let vkey = server.vkey();
    let stranger = Stranger::of(&server);
    let mut random = Random::new("fork");
    let me = Person::new(&mut random);
    let [first, second, third] = [(); 3].map(|()| me.event(&server.site.origin, &mut random));
    let home = profile(&server);
    push(&home, &[&first, &second, &third]);
    let held = receipts(&home);
    assert_eq!(held.len(), 3);

    let forked = fork(stranger.conclude(server));
    assert_eq!(forked.vkey().to_string(), vkey.to_string());
    home.run(&["init", "--url", forked.url()]).ok();
    let other = profile(&forked);
    let more = |random: &mut Random, count| -> Vec<Signed> {
        (0..count).map(|_| me.event(&forked.site.origin, random)).collect()
    };
    // The same event at the same index, in a log that is smaller than the one of the receipt.
    push(&other, &[&first]);
    let mut evidence = vec![refused(&home, &first.id, "refresh-smaller")];
    // As large, and larger, with other events after it.
    push(&other, &more(&mut random, 2).iter().collect::<Vec<_>>());
    evidence.push(refused(&home, &first.id, "refresh-fork"));
    push(&other, &more(&mut random, 9).iter().collect::<Vec<_>>());
    evidence.push(refused(&home, &first.id, "refresh-fork"));
    // The same event at another index.
    push(&other, &[&second]);
    evidence.push(refused(&home, &second.id, "refresh-other-index"));
    // One that the fork does not have.
    home.run(&["receipts", "refresh", &third.id.to_string()]).fails(1, "entry-unknown");
    // All at once, as somebody does who knows of nothing.
    let all = home.run(&["receipts", "refresh"]);
    assert_eq!(all.status, 1, "{all:?}");
    assert_eq!(receipts(&home), held);
    assert!(evidence.iter().all(|path| path.is_file()));
    // Listing and exporting is about one's own receipts, not about the evidence.
    assert_eq!(home.run(&["receipts", "list", "--json"]).ok().lines().count(), 3);
    let mut site = Stranger::new(vkey.clone()).conclude(forked);

    // The log that the receipts are of still continues them.
    site.use_keys("keys");
    site.use_data("data");
    let server = site.start(&[]);
    home.run(&["init", "--url", server.url()]).ok();
    push(&profile(&server), &[&me.event(&server.site.origin, &mut random)]);
    assert_eq!(home.json(&["receipts", "refresh"])["refreshed"], 3);
    assert_ne!(receipts(&home), held, "they are under a newer checkpoint");
    for (path, _) in receipts(&home) {
        verifies(&home, &path);
    }
    Stranger::new(vkey).conclude(server);
}
