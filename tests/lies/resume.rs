//! Audits that go on where others stopped, and logs that are not the same any more by then.

use std::sync::atomic::{AtomicU64, Ordering};

use lebombo_ledger::audit::{
    Answer, AuditorKey, CosignRefused, Folder, Options, Outcome, Report, Source, SourceError, State, cosign,
    run,
};
use lebombo_verifier::Code;
use lebombo_verifier::note::KeyName;
use lebombo_verifier::policy::Policy;
use tempfile::TempDir;

use super::log::Log;
use super::tiles::Files;
use super::{assert_names, audit, audit_with, tiles};

/// A source that breaks off after so many reads.
struct Breaking {
    folder: Folder,
    left: AtomicU64,
}

impl Source for Breaking {
    fn read(&self, path: &str, limit: u64) -> Result<Answer, SourceError> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => self.folder.read(path, limit),
            Err(_) => Err(SourceError { path: path.to_owned(), what: "broken off".to_owned() }),
        }
    }

    fn has_snapshots(&self) -> Result<bool, SourceError> {
        self.folder.has_snapshots()
    }

    fn has_totals(&self) -> Result<bool, SourceError> {
        self.folder.has_totals()
    }

    fn partials(&self, path: &str) -> Result<Vec<u16>, SourceError> {
        self.folder.partials(path)
    }
}

/// What has to be the same, however often an audit was interrupted.
fn essence(report: &Report) -> String {
    let Report { checkpoint, is_tree_whole, day, tally, tiles, stated, findings, unchecked, .. } = report;
    format!("{checkpoint:?} {is_tree_whole} {day:?} {tally:?} {tiles} {stated:?} {findings:?} {unchecked:?}")
}

fn options(policy: &Policy) -> Options<'_> {
    Options { threads: 2, commit_every: 100, ..Options::new(policy) }
}

fn auditor() -> AuditorKey {
    AuditorKey::new(KeyName::parse("auditor.example/rules-1").unwrap(), &[9; 32]).unwrap()
}

#[test]
fn an_interrupted_audit_says_what_one_in_one_go_says() {
    let mut log = Log::usual();
    log.fill(700);
    log.snapshot();
    log.fill(1_500);
    // A lie early on, that is remembered.
    log.mark();
    let mut wrong = log.statement();
    wrong.projects += 1;
    log.state(wrong);
    log.fill(2_100);
    let (policy, folder) = (log.policy(), TempDir::new().unwrap());
    tiles::write(folder.path(), &log.files());
    let whole = audit(&log.files(), &policy);
    assert_names("in one go", &whole, "snapshot-projects", Some(1_501));
    for step in [6, 9, 14, 23] {
        let dir = TempDir::new().unwrap();
        let (mut runs, mut resumed) = (0, 0);
        let report = loop {
            let state = State::open(dir.path()).unwrap();
            // A little more each time: what waits for a commit is lost.
            let source = Breaking { folder: Folder::new(folder.path()), left: AtomicU64::new(step + runs) };
            let report = run(&source, &state, &options(&policy));
            resumed += u64::from(report.resumed_at > 0);
            if report.stopped.is_none() {
                break report;
            }
            runs += 1;
            assert!(runs < 500, "{step}: {:?}", report.stopped);
        };
        assert!(runs > 0 && resumed > 0, "{step}: never interrupted, or never resumed");
        assert_eq!(essence(&report), essence(&whole), "{step}");
    }
}

#[test]
fn growth_is_audited_from_where_it_began() {
    let (dir, mut log) = (TempDir::new().unwrap(), Log::usual());
    let state = State::open(dir.path()).unwrap();
    let mut before = 0;
    for size in [300, 301, 511, 512, 513, 700] {
        log.fill(size);
        let report = audit_with(&log.files(), &log.policy(), &state);
        assert_eq!((report.outcome(), report.resumed_at), (Outcome::Holds, before), "{report:#?}");
        let once = audit(&log.files(), &log.policy());
        assert_eq!(essence(&report), essence(&once), "{size}");
        before = log.size();
    }
}

#[test]
fn forks_are_found_on_resume_and_never_forgotten() {
    let common = Log::usual();
    let (mut one, mut other) = (common.clone(), common.clone());
    one.fill(400);
    other.fill(330);
    let stranger = other.stranger.clone();
    let body = other.recording(77);
    other.log(&stranger, body, &[]);
    let policy = common.policy();
    let evidence = |dir: &TempDir| std::fs::read_dir(dir.path().join("evidence")).map_or(0, Iterator::count);
    let sizes = [("as large", 400), ("larger", 450), ("much larger", 900), ("smaller", 380)];
    for (name, size) in sizes {
        let dir = TempDir::new().unwrap();
        let state = State::open(dir.path()).unwrap();
        assert_eq!(audit_with(&one.files(), &policy, &state).outcome(), Outcome::Holds);
        let mut forked = other.clone();
        forked.fill(size);
        let report = audit_with(&forked.files(), &policy, &state);
        assert_names(name, &report, "fork", None);
        assert_eq!(evidence(&dir), 2, "{name}");
        // Showing the first branch again does not undo it.
        let report = audit_with(&one.files(), &policy, &state);
        assert_names(name, &report, "fork", None);
    }
}

/// What is published of a log, with another checkpoint.
fn replayed(log: &Log, note: Vec<u8>) -> Files {
    let mut files = log.files();
    files.insert("checkpoint".into(), note);
    files
}

#[test]
fn an_old_checkpoint_is_no_fork_and_one_of_another_old_tree_is() {
    let mut log = Log::usual();
    let old = log.clone();
    log.fill(400);
    let near = log.size();
    log.fill(1_000);
    let policy = log.policy();
    let stopped = |report: &Report, code: &str| {
        assert_eq!(report.outcome(), Outcome::Unsure, "{code}: {report:#?}");
        assert_eq!(report.stopped.as_ref().map(Code::code), Some(code), "{report:#?}");
    };
    // In turn: only the checkpoint is replayed; a whole old mirror; one whose tiles are of another tree.
    let dir = TempDir::new().unwrap();
    let state = State::open(dir.path()).unwrap();
    assert_eq!(audit_with(&log.files(), &policy, &state).outcome(), Outcome::Holds);
    for size in [0, 1, 255, 256, old.size(), near, 768, 999] {
        stopped(&audit_with(&replayed(&log, log.note(size)), &policy, &state), "audit-stale");
    }
    stopped(&audit_with(&old.files(), &policy, &state), "audit-smaller");
    let mut spoilt = replayed(&log, log.note(near));
    spoilt.get_mut("tile/0/001").unwrap()[5] ^= 1;
    stopped(&audit_with(&spoilt, &policy, &state), "audit-smaller");
    // Nothing of it is remembered, and nothing of it is cosigned.
    let source = TempDir::new().unwrap();
    tiles::write(source.path(), &replayed(&log, log.note(near)));
    let folder = Folder::new(source.path());
    let report = run(&folder, &state, &options(&policy));
    let refused = cosign(&folder, &policy, &state, &report, &auditor(), 1_800_000_000).unwrap_err();
    assert!(matches!(refused, CosignRefused::Unfinished), "{refused}");
    assert!(!dir.path().join("evidence").exists());
    log.fill(1_100);
    let report = audit_with(&log.files(), &policy, &state);
    assert_eq!((report.outcome(), report.resumed_at), (Outcome::Holds, 1_000), "{report:#?}");
    // A smaller tree that the log never had: shown by full tiles, or by the beginnings of those that are full by now.
    for (at, size) in [(330, 380), (330, 1_099), (100, 380), (100, 1_099)] {
        for with_tiles in [false, true] {
            let mut other = log.clone();
            other.entries.swap(at, at + 1);
            other.entries.truncate(size);
            other.kept.retain(|kept| *kept <= other.entries.len() as u64);
            let files = if with_tiles { other.files() } else { replayed(&log, other.note(other.size())) };
            let dir = TempDir::new().unwrap();
            let state = State::open(dir.path()).unwrap();
            assert_eq!(audit_with(&log.files(), &policy, &state).outcome(), Outcome::Holds);
            let report = audit_with(&files, &policy, &state);
            let name = format!("{at}, {size}, {with_tiles}");
            if with_tiles && (at, size) == (330, 380) {
                // Its tiles are the beginnings of full ones that are not kept.
                stopped(&report, "audit-smaller");
                continue;
            }
            assert_names(&name, &report, "fork", None);
            assert_eq!(std::fs::read_dir(dir.path().join("evidence")).unwrap().count(), 2, "{name}");
        }
    }
}

#[test]
fn what_a_broken_mirror_served_is_not_held_against_the_log() {
    let (dir, mut log) = (TempDir::new().unwrap(), Log::usual());
    let state = State::open(dir.path()).unwrap();
    let mut broken = log.files();
    broken.extend(tiles::bundles(&{
        let mut entries = log.entries.clone();
        entries.swap(10, 20);
        entries
    }));
    let report = audit_with(&broken, &log.policy(), &state);
    assert_names("a broken mirror", &report, "entries-reordered", Some(10));
    log.fill(350);
    let report = audit_with(&log.files(), &log.policy(), &state);
    assert_eq!(report.outcome(), Outcome::Holds, "{report:#?}");
    let once = audit(&log.files(), &log.policy());
    assert_eq!(essence(&report), essence(&once));
}

#[test]
fn a_state_folder_is_of_one_log() {
    let dir = TempDir::new().unwrap();
    let state = State::open(dir.path()).unwrap();
    let (log, other) = (Log::usual(), Log::new("example.org/other"));
    assert_eq!(audit_with(&log.files(), &log.policy(), &state).outcome(), Outcome::Holds);
    let report = audit_with(&other.files(), &other.policy(), &state);
    assert_eq!(report.outcome(), Outcome::Unsure, "{report:#?}");
    assert!(State::open(dir.path()).is_err(), "a second process");
}

#[test]
fn only_what_holds_is_cosigned_and_never_a_smaller_one() {
    let (folder, dir) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (mut log, key) = (Log::usual(), auditor());
    let state = State::open(dir.path()).unwrap();
    let text = format!("{}witness aud {}\ngroup auditors any aud\n", log.policy_text(), key.vkey());
    let policy = Policy::parse(text.as_bytes()).unwrap();
    let source = Folder::new(folder.path());
    let audit_now = |log: &Log| {
        tiles::write(folder.path(), &log.files());
        run(&source, &state, &options(&policy))
    };
    let report = audit_now(&log);
    let cosigned = cosign(&source, &policy, &state, &report, &key, 1_800_000_000).unwrap();
    assert_eq!(Some(&cosigned.size), log.kept.last());
    let verified = policy.verify(cosigned.note.as_bytes()).unwrap();
    assert!(verified.is_audited());
    assert_eq!((verified.size(), verified.auditors()[0].timestamp), (cosigned.size, 1_800_000_000));
    assert!(cosigned.note.ends_with(&cosigned.line));
    // The same once more is fine, and there is one line by this key.
    let again = cosign(&source, &policy, &state, &report, &key, 1_800_000_001).unwrap();
    assert_eq!(again.note.lines().count(), cosigned.note.lines().count());
    let smaller = report;
    log.snapshot();
    log.fill(330);
    let report = audit_now(&log);
    let larger = cosign(&source, &policy, &state, &report, &key, 1_800_000_002).unwrap();
    assert!(larger.size > cosigned.size);
    let refused = cosign(&source, &policy, &state, &smaller, &key, 1_800_000_003).unwrap_err();
    assert!(matches!(refused, CosignRefused::Smaller { .. }), "{refused}");
    let refused = cosign(&source, &policy, &state, &report, &key, 0).unwrap_err();
    assert!(matches!(refused, CosignRefused::Time { seconds: 0 }), "{refused}");
    let ledgers = AuditorKey::new(KeyName::parse("example.org/log").unwrap(), &[42; 32]).unwrap();
    let refused = cosign(&source, &policy, &state, &report, &ledgers, 1).unwrap_err();
    assert!(matches!(refused, CosignRefused::KeyReused { .. }), "{refused}");
    // What an extension line says nobody has audited. The log's own signature covers it, so it is no lie.
    let kept = log.kept.last().unwrap();
    let place = folder.path().join(format!("v1/snapshots/{kept}/checkpoint"));
    std::fs::write(&place, log.note_with(*kept, "all of this is true\n")).unwrap();
    let refused = cosign(&source, &policy, &state, &report, &key, 1_800_000_004).unwrap_err();
    assert!(matches!(refused, CosignRefused::Extension), "{refused}");
    // Without its checkpoint a snapshot can not be cosigned, and after a lie nothing is.
    std::fs::remove_file(place).unwrap();
    let refused = cosign(&source, &policy, &state, &report, &key, 1_800_000_004).unwrap_err();
    assert!(matches!(refused, CosignRefused::NoCheckpoint { .. }), "{refused}");
    log.mark();
    let mut wrong = log.statement();
    wrong.projects += 1;
    log.state(wrong);
    log.previous = None;
    let report = audit_now(&log);
    let refused = cosign(&source, &policy, &state, &report, &key, 1_800_000_005).unwrap_err();
    assert!(matches!(refused, CosignRefused::Lies), "{refused}");
}
