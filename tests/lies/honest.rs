//! Logs that strangers have filled with whatever they like: nothing of it is the ledger's lie.

use std::collections::BTreeSet;

use lebombo_ledger::audit::{Folder, Options, Outcome, State, run};
use lebombo_verifier::event::{
    Body, Change, Closing, Contribution, Membership, Party, Role, Snapshot, Verdict, Work,
};
use lebombo_verifier::fold::Effect;
use lebombo_verifier::origin::Origin;
use lebombo_verifier::{Code, Hash};
use tempfile::TempDir;

use super::log::{Codes, Log, membership, review, token};
use super::{audit, tiles};

/// Everything void that somebody can log who is not the ledger.
fn nonsense(log: &mut Log) {
    let (stranger, steward, reviewer) = (log.stranger.clone(), log.steward.clone(), log.reviewer.clone());
    let (worker, project) = (log.workers[0].clone(), Some(log.project));
    // What the ledger alone may say.
    for body in [
        Body::Day,
        Body::Mark,
        Body::Snapshot(Snapshot { mark: Hash::of(b"m"), previous: None, projects: 9, root: Hash::of(b"r") }),
    ] {
        let signed = log.sign(&stranger, body, &[], None);
        log.add(&signed);
    }
    let Body::Ledger(mut ledger) = log.constitution() else { panic!("no constitution") };
    ledger.key = stranger.did.clone();
    ledger.closing = Some(Closing { successor: None });
    let signed = log.sign(&stranger, Body::Ledger(ledger), &[], None);
    log.add(&signed);
    // Another log, another project, another charter, other work.
    let mut elsewhere = log.payload(&stranger, log.recording(1), &[], project);
    elsewhere.log = Origin::parse("example.org/elsewhere").unwrap();
    log.add(&stranger.sign(&elsewhere));
    let signed = log.sign(&stranger, log.recording(1), &[], Some(Hash::of(b"nowhere")));
    log.add(&signed);
    let Body::Contribution(work) = log.recording(1) else { panic!("no work") };
    let mut contributions = Vec::new();
    let mut push = |change: &dyn Fn(&mut Contribution)| {
        let mut work = work.clone();
        change(&mut work);
        contributions.push(Body::Contribution(work));
    };
    push(&|w| w.charter = Hash::of(b"no charter"));
    push(&|w| w.unit = token("hour"));
    push(&|w| w.work = Work::Cleaning);
    push(&|w| w.supersedes = Some(Hash::of(b"nothing")));
    for body in contributions {
        log.log(&stranger, body, &[]);
    }
    let alias = Party::parse(&format!("alias:mturk:{}", "0f".repeat(32))).unwrap();
    let Party::Alias(alias) = alias else { panic!("no alias") };
    let mut imported = work.clone();
    imported.contributor = Some(alias);
    log.log(&stranger, Body::Contribution(imported), &[]);
    // An id taken, an event repeated.
    let first = log.payload(&worker, log.recording(2), &[], project);
    let mut again = first.clone();
    again.body = log.recording(3);
    let first = worker.sign(&first);
    log.add(&first);
    log.add(&worker.sign(&again));
    log.add(&first);
    let mut settled = work;
    settled.supersedes = Some(first.id);
    log.log(&worker, Body::Contribution(settled), &[]);
    // Roles that nobody may give, has, or lacks.
    log.log(&stranger, membership(&stranger, Role::Reviewer, Change::Grant), &[]);
    log.log(&steward, membership(&reviewer, Role::Reviewer, Change::Grant), &[]);
    log.log(&steward, membership(&stranger, Role::Reviewer, Change::End), &[]);
    let nobody =
        Membership { change: Change::End, member: Party::Key(stranger.did.clone()), role: Role::Treasurer };
    log.log(&steward, Body::Membership(nobody), &[]);
    // Verdicts.
    log.log(&stranger, review(Verdict::Accept), &[first.id]);
    log.log(&reviewer, review(Verdict::Accept), &[first.id]);
    log.log(&reviewer, review(Verdict::Accept), &[Hash::of(b"unknown")]);
    let Body::Review(mut unreasonable) = review(Verdict::Reject) else { panic!("no review") };
    unreasonable.reason = Some(token("bad-luck"));
    log.log(&reviewer, Body::Review(unreasonable), &[first.id]);
    let Body::Review(mut adjust) = review(Verdict::Adjust) else { panic!("no review") };
    adjust.quantities = vec![1];
    log.log(&stranger, Body::Review(adjust), &[first.id]);
    log.log(&stranger, Body::Retraction, &[first.id]);
    // Charters.
    let takeover = log.rules(1, Some(log.charter));
    log.log(&stranger, Body::Charter(takeover), &[]);
    let stale = log.rules(1, Some(Hash::of(b"another")));
    log.log(&steward, Body::Charter(stale), &[]);
    let foreign = log.rules(1, None);
    let signed = log.sign(&stranger, Body::Charter(foreign), &[], None);
    log.add(&signed);
    // No events at all.
    let fine = log.sign(&worker, log.recording(1), &[], project).entry;
    for bytes in [
        Vec::new(),
        b"{}".to_vec(),
        b"\xff\xfe".to_vec(),
        vec![b'x'; 65_535],
        fine[..fine.len() - 1].to_vec(),
        [fine.as_slice(), b"\n"].concat(),
        String::from_utf8(fine).unwrap().replacen("\"sig\":\"", "\"sig\":\"AAAA", 1).into_bytes(),
    ] {
        assert!(matches!(log.add_lying(Some(&bytes), Some(&bytes)), Some(Effect::Void(_))));
    }
}

#[test]
fn whatever_strangers_log_hinders_nothing() {
    let mut log = Log::usual();
    nonsense(&mut log);
    assert_eq!(log.snapshot(), Effect::Snapshot);
    nonsense(&mut log);
    let report = audit(&log.files(), &log.policy());
    assert_eq!(report.outcome(), Outcome::Holds, "{report:#?}");
    assert!(report.is_tree_whole && report.findings.is_empty());
    let tally = &report.tally;
    let counted = |codes: &Codes| codes.values().sum::<u64>();
    assert_eq!((tally.entries, tally.snapshots, tally.kept, tally.not_kept), (log.size(), 3, 3, 0));
    assert!(counted(&tally.malformed) == 14 && tally.malformed.len() >= 4, "{:?}", tally.malformed);
    let void: BTreeSet<&str> = tally.void.keys().map(String::as_str).collect();
    for code in [
        "not-ledger-key",
        "other-log",
        "project-unknown",
        "charter-unknown",
        "activity-unknown",
        "supersedes-unknown",
        "supersedes-settled",
        "import-not-allowed",
        "id-taken",
        "repeated",
        "not-enroller",
        "member-has-role",
        "member-lacks-role",
        "not-reviewer",
        "not-arbiter",
        "reason-unknown",
        "subject-unknown",
        "subject-settled",
        "retracts-nothing",
        "stewards-below-threshold",
        "charter-not-in-force",
    ] {
        assert!(void.contains(code), "{code}: {void:?}");
    }
    let counted = counted(&tally.malformed);
    assert_eq!(tally.signatures, log.size() - counted, "everybody signs alone here");
}

#[test]
fn an_empty_log_and_one_without_snapshots_hold() {
    let mut log = Log::new("example.org/log");
    let report = audit(&log.files(), &log.policy());
    assert_eq!((report.outcome(), report.stated), (Outcome::Holds, None), "{report:#?}");
    log.fill(256);
    let report = audit(&log.files(), &log.policy());
    assert_eq!((report.outcome(), report.tiles, report.is_tree_whole), (Outcome::Holds, 2, true));
    log.entries.clear();
    let report = audit(&log.files(), &log.policy());
    assert_eq!((report.outcome(), report.tally.entries), (Outcome::Holds, 0), "{report:#?}");
}

#[test]
fn what_is_not_there_is_no_lie() {
    let log = Log::usual();
    for path in ["checkpoint", "tile/0/000", "tile/entries/000", "tile/1/000.p/1"] {
        let mut files = log.files();
        files.remove(path).unwrap();
        let report = audit(&files, &log.policy());
        assert_eq!(report.outcome(), Outcome::Unsure, "{path}: {report:#?}");
    }
}

#[test]
fn a_checkpoint_key_may_change() {
    let mut log = Log::usual();
    log.change_checkpoint_key();
    let (ledger, body) = (log.ledger.clone(), log.constitution());
    let named = log.sign(&ledger, body, &[], None);
    assert_eq!(log.add(&named), Effect::Ledger);
    log.fill(330);
    let report = audit(&log.files(), &log.policy());
    assert_eq!(report.outcome(), Outcome::Holds, "{report:#?}");
}

/// Opening a pipe would wait for ever for somebody who writes to it.
#[test]
fn what_is_no_regular_file_is_not_opened() {
    let log = Log::usual();
    let width = log.size() % 256;
    for path in ["checkpoint".to_owned(), "tile/0/000".to_owned(), format!("tile/entries/001.p/{width}")] {
        let (folder, dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        tiles::write(folder.path(), &log.files());
        let pipe = folder.path().join(&path);
        std::fs::remove_file(&pipe).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let state = State::open(dir.path()).unwrap();
        let policy = log.policy();
        let report = run(&Folder::new(folder.path()), &state, &Options::new(&policy));
        assert_eq!(report.outcome(), Outcome::Unsure, "{path}: {report:#?}");
        assert_eq!(report.stopped.as_ref().map(Code::code), Some("audit-source"), "{path}: {report:#?}");
        std::fs::remove_file(&pipe).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &pipe).unwrap();
        let report = run(&Folder::new(folder.path()), &state, &Options::new(&policy));
        assert_eq!(report.outcome(), Outcome::Unsure, "{path}: {report:#?}");
    }
}

#[test]
fn plain_tiles_are_enough_and_what_is_missing_is_said() {
    let log = Log::usual();
    let mut files = log.files();
    files.retain(|path, _| !path.starts_with("v1/"));
    let report = audit(&files, &log.policy());
    assert_eq!(report.outcome(), Outcome::Holds, "{report:#?}");
    assert_eq!(report.unchecked.len(), 2, "{:?}", report.unchecked);
    // A full tile stands for the partial one that was deleted.
    let mut files = log.files();
    let mut grown = log.clone();
    grown.fill(600);
    let full = grown.files();
    files.retain(|path, _| !path.contains(".p/") || path.starts_with("tile/1/"));
    for path in ["tile/0/001", "tile/entries/001"] {
        files.insert(path.into(), full[path].clone());
    }
    let report = audit(&files, &log.policy());
    assert_eq!(report.outcome(), Outcome::Holds, "{report:#?}");
}
