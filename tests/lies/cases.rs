//! One lie each, walked as a table.

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Change, Closing, Day, Role, Snapshot, Verdict};
use lebombo_verifier::fold::{Effect, Void};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::policy::Policy;

use super::log::{Log, membership, review};
use super::tiles::{self, Files};
use super::{assert_names, audit};

/// What is published with a lie in it, and how an auditor has to name it.
struct Lied {
    files: Files,
    policy: Policy,
    code: &'static str,
    index: Option<u64>,
}

fn lied(log: &Log, code: &'static str, index: impl Into<Option<u64>>) -> Lied {
    Lied { files: log.files(), policy: log.policy(), code, index: index.into() }
}

/// The usual log, published with files changed.
fn edited(code: &'static str, index: impl Into<Option<u64>>, edit: impl FnOnce(&Log, &mut Files)) -> Lied {
    let log = Log::usual();
    let mut lied = lied(&log, code, index);
    edit(&log, &mut lied.files);
    lied
}

/// Bundles of other entries than those of the tiles and the checkpoint.
fn other_bundles(code: &'static str, index: u64, edit: impl FnOnce(&mut Log)) -> Lied {
    edited(code, index, |log, files| {
        let mut other = log.clone();
        edit(&mut other);
        other.entries.truncate(log.entries.len());
        files.retain(|path, _| !path.starts_with("tile/entries/"));
        let width = log.entries.len() % 256;
        for (path, bundle) in tiles::bundles(&other.entries) {
            // They are published under the names that readers ask for.
            let (folder, _) = path.split_once(".p/").unwrap_or((&path, ""));
            let path = if path.contains(".p/") { format!("{folder}.p/{width}") } else { path };
            files.insert(path, bundle);
        }
    })
}

/// A log whose ledger believes something else, and states a root that follows from that.
fn believed(lie: impl FnOnce(&mut Log)) -> Lied {
    let mut log = Log::usual();
    lie(&mut log);
    log.mark();
    let effect = log.state(log.statement());
    assert_eq!(effect, Effect::Void(Void::SnapshotRoot));
    let index = log.last();
    log.fill(index + 20);
    lied(&log, "snapshot-root", index)
}

/// A log with a snapshot that states what `edit` makes of the right one.
fn stated(code: &'static str, edit: impl FnOnce(&mut Snapshot)) -> Lied {
    let mut log = Log::usual();
    log.mark();
    let mut statement = log.statement();
    edit(&mut statement);
    assert!(matches!(log.state(statement), Effect::Void(_)));
    let index = log.last();
    lied(&log, code, index)
}

/// Work by a worker that is logged, and other work that is believed.
fn instead(log: &mut Log, logged: Option<Body>, believed: Option<Body>) {
    let worker = log.workers[0].clone();
    let project = Some(log.project);
    let mut sign = |body: Option<Body>| body.map(|body| log.sign(&worker, body, &[], project).entry);
    let (logged, believed) = (sign(logged), sign(believed));
    log.add_lying(logged.as_ref(), believed.as_ref());
}

/// Work that waits, logged and believed.
fn waiting(log: &mut Log, by: usize) -> Hash {
    let worker = log.workers[by].clone();
    let signed = log.sign(&worker, log.labelling(6), &[], Some(log.project));
    assert!(matches!(log.add(&signed), Effect::Contribution { accepted: false, .. }));
    signed.id
}

fn one_point_off(log: &mut Log) {
    let (logged, more) = (log.recording(10), log.recording(11));
    instead(log, Some(logged), Some(more));
}

fn ghost(log: &mut Log) {
    let ghost = log.stranger.clone();
    let signed = log.sign(&ghost, log.recording(1), &[], Some(log.project));
    log.add_lying(None, Some(&signed.entry));
}

fn skipped_entry(log: &mut Log) {
    let logged = log.recording(4);
    instead(log, Some(logged), None);
}

fn rejected_work(log: &mut Log) {
    let (work, reviewer, project) = (waiting(log, 0), log.reviewer.clone(), Some(log.project));
    let rejects = log.sign(&reviewer, review(Verdict::Reject), &[work], project).entry;
    let accepts = log.sign(&reviewer, review(Verdict::Accept), &[work], project).entry;
    let effect = log.add_lying(Some(&rejects), Some(&accepts));
    assert!(matches!(effect, Some(Effect::Reviewed { .. })));
}

fn own_review(log: &mut Log) {
    // The third worker is a reviewer too, and judges their own work.
    let (work, project) = (waiting(log, 2), Some(log.project));
    let (own, other) = (log.workers[2].clone(), log.reviewer.clone());
    let own = log.sign(&own, review(Verdict::Accept), &[work], project).entry;
    let other = log.sign(&other, review(Verdict::Accept), &[work], project).entry;
    assert!(matches!(log.add_lying(Some(&own), Some(&other)), Some(Effect::Void(Void::Subject(_)))));
}

fn review_after_the_role_ended(log: &mut Log) {
    let (work, project) = (waiting(log, 0), Some(log.project));
    let (steward, third, other) = (log.steward.clone(), log.workers[2].clone(), log.reviewer.clone());
    let effect = log.log(&steward, membership(&third, Role::Reviewer, Change::End), &[]);
    assert!(matches!(effect, Effect::Membership { .. }));
    let late = log.sign(&third, review(Verdict::Accept), &[work], project).entry;
    let other = log.sign(&other, review(Verdict::Accept), &[work], project).entry;
    assert_eq!(log.add_lying(Some(&late), Some(&other)), Some(Effect::Void(Void::NotReviewer)));
}

fn wrong_charter(log: &mut Log) {
    // Within its grace the old charter's weight holds for work that names it.
    let steward = log.steward.clone();
    let heavier = log.rules(9, Some(log.charter));
    let amended = log.sign(&steward, Body::Charter(heavier), &[], Some(log.project));
    assert!(matches!(log.add(&amended), Effect::Amendment { .. }));
    let (worker, reviewer, project) = (log.workers[0].clone(), log.reviewer.clone(), Some(log.project));
    let old = log.sign(&worker, log.labelling(2), &[], project);
    log.charter = amended.id;
    let new = log.sign(&worker, log.labelling(2), &[], project);
    log.add_lying(Some(&old.entry), Some(&new.entry));
    let of_old = log.sign(&reviewer, review(Verdict::Accept), &[old.id], project).entry;
    let of_new = log.sign(&reviewer, review(Verdict::Accept), &[new.id], project).entry;
    let effect = log.add_lying(Some(&of_old), Some(&of_new));
    assert!(matches!(effect, Some(Effect::Reviewed { .. })));
}

fn invalid_signature(log: &mut Log) {
    let worker = log.workers[0].clone();
    let fine = log.sign(&worker, log.recording(3), &[], Some(log.project)).entry;
    let text = String::from_utf8(fine.clone()).unwrap();
    let at = text.find("\"sig\":\"").unwrap() + 7;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    let broken = format!("{}{other}{}", &text[..at], &text[at + 1..]).into_bytes();
    assert!(matches!(log.add_lying(Some(&broken), Some(&fine)), Some(Effect::Void(Void::Malformed(_)))));
}

fn malformed_entry(log: &mut Log) {
    let worker = log.workers[0].clone();
    let fine = log.sign(&worker, log.recording(3), &[], Some(log.project)).entry;
    let spaced = String::from_utf8(fine.clone()).unwrap().replacen(':', ": ", 1).into_bytes();
    let effect = log.add_lying(Some(&spaced), Some(&fine));
    assert_eq!(effect, Some(Effect::Void(Void::Malformed("json-whitespace"))));
}

fn withdrawn_work(log: &mut Log) {
    let (work, project) = (waiting(log, 0), Some(log.project));
    let (worker, reviewer) = (log.workers[0].clone(), log.reviewer.clone());
    let taken_back = log.sign(&worker, Body::Retraction, &[work], project).entry;
    let accepts = log.sign(&reviewer, review(Verdict::Accept), &[work], project).entry;
    assert!(matches!(log.add_lying(Some(&taken_back), Some(&accepts)), Some(Effect::Withdrawn { .. })));
}

fn same_id_counted_twice(log: &mut Log) {
    let worker = log.workers[0].clone();
    let first = log.payload(&worker, log.recording(3), &[], Some(log.project));
    let mut again = first.clone();
    again.body = log.recording(4);
    assert!(matches!(log.add(&worker.sign(&first)), Effect::Contribution { .. }));
    let mut other = again.clone();
    other.id.0[0] ^= 1;
    let (logged, believed) = (worker.sign(&again).entry, worker.sign(&other).entry);
    assert_eq!(log.add_lying(Some(&logged), Some(&believed)), Some(Effect::Void(Void::IdTaken)));
}

fn mark_on_another_day() -> Lied {
    let mut log = Log::usual();
    log.day = log.day.plus(1);
    let mark = log.sign(&log.ledger.clone(), Body::Mark, &[], None);
    assert_eq!(log.add(&mark), Effect::Void(Void::MarkDate));
    let index = log.last();
    lied(&log, "mark-date", index)
}

fn day_that_goes_back() -> Lied {
    let mut log = Log::usual();
    log.next_day();
    log.day = Day::parse("2026-07-01").unwrap();
    let day = log.sign(&log.ledger.clone(), Body::Day, &[], None);
    assert_eq!(log.add(&day), Effect::Void(Void::DayNotLater));
    let index = log.last();
    lied(&log, "day-not-later", index)
}

fn snapshot_on_another_day() -> Lied {
    let mut log = Log::usual();
    log.mark();
    log.day = log.day.plus(1);
    assert_eq!(log.state(log.statement()), Effect::Void(Void::SnapshotDate));
    let index = log.last();
    lied(&log, "snapshot-date", index)
}

fn snapshot_by_another_key() -> Lied {
    let mut log = Log::usual();
    log.mark();
    let (other, statement) = (log.stranger.clone(), log.statement());
    assert_eq!(log.state_by(&other, statement), Effect::Void(Void::NotLedgerKey));
    let index = log.last();
    lied(&log, "snapshot-not-valid", index)
}

fn mark_to_come() -> Lied {
    let mut log = Log::usual();
    let (ledger, mut to_come) = (log.ledger.clone(), log.clone());
    let mark = to_come.sign(&ledger, Body::Mark, &[], None);
    to_come.add(&mark);
    let statement = Snapshot { previous: log.previous, ..to_come.statement() };
    assert_eq!(log.state(statement), Effect::Void(Void::SnapshotMark));
    let index = log.last();
    log.add(&mark);
    lied(&log, "snapshot-mark", index)
}

fn two_roots_for_one_mark() -> Lied {
    let mut log = Log::usual();
    assert_eq!(log.snapshot(), Effect::Snapshot);
    let other = Snapshot { root: Hash::of(b"another"), ..log.statement() };
    assert_eq!(log.state(other), Effect::Void(Void::SnapshotRepeated));
    let index = log.last();
    lied(&log, "snapshot-repeated", index)
}

fn stale_one_repeated() -> Lied {
    let mut log = Log::usual();
    let stale = log.statement();
    assert_eq!(log.snapshot(), Effect::Snapshot);
    let previous = log.previous;
    assert_eq!(log.state(Snapshot { previous, ..stale }), Effect::Void(Void::SnapshotMark));
    let index = log.last();
    lied(&log, "snapshot-mark", index)
}

fn same_snapshot_logged_twice() -> Lied {
    let mut log = Log::usual();
    assert_eq!(log.snapshot(), Effect::Snapshot);
    let again = log.entries.last().unwrap().clone();
    assert_eq!(log.add_lying(Some(&again), None), Some(Effect::Void(Void::Repeated)));
    let index = log.last();
    lied(&log, "repeated", index)
}

fn snapshot_after_the_end() -> Lied {
    let mut log = Log::usual();
    let ledger = log.ledger.clone();
    let Body::Ledger(mut closing) = log.constitution() else { panic!("no constitution") };
    closing.closing = Some(Closing { successor: None });
    let closing = log.sign(&ledger, Body::Ledger(closing), &[], None);
    assert_eq!(log.add(&closing), Effect::Ledger);
    let mark = log.sign(&ledger, Body::Mark, &[], None);
    assert_eq!(log.add(&mark), Effect::Void(Void::LogClosed));
    let index = log.last();
    lied(&log, "log-closed", index)
}

fn no_constitution() -> Lied {
    let mut log = Log::usual();
    log.entries.remove(0);
    log.kept.clear();
    lied(&log, "no-ledger", 0)
}

fn entries_of_another_log() -> Lied {
    let mut log = Log::usual();
    log.origin = Origin::parse("example.org/other").unwrap();
    lied(&log, "origin-differs", 0)
}

/// The policy trusts another key than the one of entry 0.
fn other_checkpoint_key() -> Lied {
    let mut log = Log::usual();
    log.change_checkpoint_key();
    lied(&log, "checkpoint-key-differs", 0)
}

/// The ledger names a new key, and signs with the old one, which the policy has too.
fn checkpoint_by_the_key_before() -> Lied {
    let mut log = Log::usual();
    let mut later = log.clone();
    later.change_checkpoint_key();
    let (ledger, body) = (log.ledger.clone(), later.constitution());
    let named = log.sign(&ledger, body, &[], None);
    assert_eq!(log.add(&named), Effect::Ledger);
    let index = log.last();
    log.fill(index + 20);
    let text = format!("log {}\n{}", later.vkey(), log.policy_text());
    let policy = Policy::parse(text.as_bytes()).unwrap();
    Lied { policy, ..lied(&log, "checkpoint-key-differs", index) }
}

fn checkpoint_of_another_origin() -> Lied {
    let mut log = Log::usual();
    let policy = log.policy();
    log.origin = Origin::parse("example.org/other").unwrap();
    Lied { policy, ..lied(&log, "log-unknown", None::<u64>) }
}

/// A hash of a tile replaced.
fn spoil(files: &mut Files, path: &str, hash: usize) {
    files.get_mut(path).unwrap()[hash * 32] ^= 1;
}

/// Every lie, by name.
fn all() -> Vec<(&'static str, Lied)> {
    let strange = |log: &mut Log| {
        let stranger = log.stranger.clone();
        let body = log.recording(2);
        log.sign(&stranger, body, &[], Some(log.project)).entry
    };
    let kept = |log: &Log| *log.kept.last().unwrap();
    vec![
        ("a changed old entry", other_bundles("entry-changed", 100, |log| log.entries[100] = strange(log))),
        (
            "a dropped entry",
            other_bundles("entry-dropped", 100, |log| {
                log.entries.remove(100);
            }),
        ),
        (
            "an added entry",
            other_bundles("entry-added", 100, |log| {
                let entry = strange(log);
                log.entries.insert(100, entry);
            }),
        ),
        ("reordered entries", other_bundles("entries-reordered", 100, |log| log.entries.swap(100, 103))),
        (
            "a changed entry in the last bundle",
            other_bundles("entry-changed", 280, |log| log.entries[280] = strange(log)),
        ),
        (
            "a changed entry, with its tile",
            edited("entry-changed", 0, |log, files| {
                let mut other = log.clone();
                other.entries[100] = strange(&mut other);
                let forged = tiles::files(&other.entries);
                for path in ["tile/entries/000", "tile/0/000"] {
                    files.insert(path.into(), forged[path].clone());
                }
            }),
        ),
        ("a tile that does not match", edited("tile-differs", 7, |_, files| spoil(files, "tile/0/000", 7))),
        (
            "a partial tile at the edge that does not match",
            edited("tile-differs", 256 + 3, |log, files| {
                spoil(files, &format!("tile/0/001.p/{}", log.entries.len() % 256), 3);
            }),
        ),
        (
            "a tile above that does not match",
            edited("tile-differs", 0, |_, files| spoil(files, "tile/1/000.p/1", 0)),
        ),
        (
            "a tile that is too short",
            edited("tile-wrong-length", None::<u64>, |_, files| {
                files.get_mut("tile/0/000").unwrap().pop();
            }),
        ),
        (
            "a checkpoint with another root",
            edited("root-differs", None::<u64>, |log, files| {
                files.insert("checkpoint".into(), log.note_of(log.size(), Hash::of(b"another")));
            }),
        ),
        ("a checkpoint of another origin", checkpoint_of_another_origin()),
        (
            "a checkpoint that nobody signed",
            edited("log-signature-invalid", None::<u64>, |log, files| {
                let note = String::from_utf8(log.note(log.size())).unwrap();
                let size = log.size();
                let note = note.replace(&format!("\n{size}\n"), &format!("\n{}\n", size - 1));
                files.insert("checkpoint".into(), note.into_bytes());
            }),
        ),
        ("a checkpoint by a key that the ledger does not name", other_checkpoint_key()),
        ("a checkpoint by the key before", checkpoint_by_the_key_before()),
        ("entries of another log", entries_of_another_log()),
        ("a log without a constitution", no_constitution()),
        ("a total one point off", believed(one_point_off)),
        ("a ghost contributor", believed(ghost)),
        ("points for rejected work", believed(rejected_work)),
        ("a review by the worker", believed(own_review)),
        ("a review after the role ended", believed(review_after_the_role_ended)),
        ("weights of the wrong charter", believed(wrong_charter)),
        ("an invalid signature let in", believed(invalid_signature)),
        ("a malformed entry let in", believed(malformed_entry)),
        ("the last entry before a snapshot skipped", believed(skipped_entry)),
        ("withdrawn work counted", believed(withdrawn_work)),
        ("one id counted twice", believed(same_id_counted_twice)),
        ("silence that ended too early", silence()),
        ("a snapshot by another key", snapshot_by_another_key()),
        ("a snapshot of a mark to come", mark_to_come()),
        ("two roots for one mark", two_roots_for_one_mark()),
        ("a stale snapshot repeated", stale_one_repeated()),
        ("the same snapshot twice", same_snapshot_logged_twice()),
        (
            "another snapshot before it",
            stated("snapshot-previous", |snapshot| snapshot.previous = Some(Hash::of(b"none"))),
        ),
        ("no snapshot before it", stated("snapshot-previous", |snapshot| snapshot.previous = None)),
        ("a project too many", stated("snapshot-projects", |snapshot| snapshot.projects += 1)),
        ("a snapshot of another day", snapshot_on_another_day()),
        ("a mark of another day", mark_on_another_day()),
        ("a day that goes back", day_that_goes_back()),
        ("a mark after the end", snapshot_after_the_end()),
        (
            "a truncated bundle",
            edited("bundle-entry-truncated", 256, |log, files| {
                let path = format!("tile/entries/001.p/{}", log.entries.len() % 256);
                files.get_mut(&path).unwrap().pop();
            }),
        ),
        (
            "a bundle that goes on",
            edited("bundle-trailing-bytes", 0, |_, files| {
                files.get_mut("tile/entries/000").unwrap().push(0);
            }),
        ),
        (
            "a partial tile that disagrees with the full one",
            edited("partial-tile-differs", 33, |_, files| {
                let partial = files["tile/0/000"][..100 * 32].to_vec();
                files.insert("tile/0/000.p/100".into(), partial);
                spoil(files, "tile/0/000.p/100", 33);
            }),
        ),
        (
            "a partial bundle that disagrees with the full one",
            edited("partial-bundle-differs", 9, |log, files| {
                let mut other = log.clone();
                other.entries[9] = strange(&mut other);
                let partial = tiles::bundles(&other.entries[..50]);
                files.extend(partial);
            }),
        ),
        (
            "a snapshot's checkpoint of another size",
            edited("snapshot-checkpoint-size", kept(&Log::usual()) - 1, |log, files| {
                let size = kept(log);
                files.insert(format!("v1/snapshots/{size}/checkpoint"), log.note(size + 1));
            }),
        ),
        (
            "a snapshot's checkpoint with another root",
            edited("snapshot-checkpoint-root", kept(&Log::usual()) - 1, |log, files| {
                let (size, root) = (kept(log), Hash::of(b"another"));
                files.insert(format!("v1/snapshots/{size}/checkpoint"), log.note_of(size, root));
            }),
        ),
        (
            "a snapshot's checkpoint by nobody",
            edited("snapshot-checkpoint-untrusted", kept(&Log::usual()) - 1, |log, files| {
                files.insert(format!("v1/snapshots/{}/checkpoint", kept(log)), b"nothing\n".to_vec());
            }),
        ),
    ]
}

/// A day on which silence accepts nothing yet is taken for one on which it does.
fn silence() -> Lied {
    let mut log = Log::usual();
    waiting(&mut log, 0);
    log.day = log.day.plus(1);
    let (ledger, today) = (log.ledger.clone(), log.day);
    let day = log.sign(&ledger, Body::Day, &[], None).entry;
    let mark = log.sign(&ledger, Body::Mark, &[], None);
    // Who believes in a later day believes in a mark of that day.
    log.day = today.plus(3);
    let later = log.sign(&ledger, Body::Day, &[], None).entry;
    let believed = log.sign(&ledger, Body::Mark, &[], None).entry;
    log.day = today;
    assert!(matches!(log.add_lying(Some(&day), Some(&later)), Some(Effect::Day { .. })));
    assert!(matches!(log.add_lying(Some(&mark.entry), Some(&believed)), Some(Effect::Mark { .. })));
    let statement = Snapshot { mark: mark.id, ..log.statement() };
    assert_eq!(log.state(statement), Effect::Void(Void::SnapshotRoot));
    let index = log.last();
    lied(&log, "snapshot-root", index)
}

#[test]
fn every_lie_is_named() {
    let all = all();
    assert!(all.len() >= 40, "{}", all.len());
    for (name, lied) in all {
        let report = audit(&lied.files, &lied.policy);
        assert_names(name, &report, lied.code, lied.index);
        assert!(report.stopped.is_none(), "{name}: {:?}", report.stopped);
    }
}
