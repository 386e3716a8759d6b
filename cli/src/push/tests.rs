//! Pushing to a ledger of a few lines, with faults at every step of either side.

use std::cell::{Cell, RefCell};

use lebombo_verifier::checkpoint::Checkpoint;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::event::{Body, Day, Nonce, Payload};
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::{leaf_hash, node_hash};

use ed25519_dalek::Signer as _;

use super::*;
use crate::durable::fault;
use crate::home::Home;
use crate::signer::{Signed, Signer};

const ORIGIN: &str = "log.example/test";

/// A log in memory. It fails after so many requests, either before or after doing what was asked.
struct Fake {
    key: ed25519_dalek::SigningKey,
    entries: RefCell<Vec<Vec<u8>>>,
    left: Cell<Option<u32>>,
    done: bool,
    published: Cell<usize>,
    /// Entries that count for nothing until something else is in the log.
    needs_another: bool,
    /// Answers with a proof in which one bit is wrong.
    lies: bool,
    refuses: Option<&'static str>,
}

impl Fake {
    fn new() -> Self {
        Self {
            key: ed25519_dalek::SigningKey::from_bytes(&[42; 32]),
            entries: RefCell::default(),
            left: Cell::new(None),
            done: false,
            published: Cell::new(usize::MAX),
            needs_another: false,
            lies: false,
            refuses: None,
        }
    }

    fn vkey(&self) -> Vkey {
        let key = PublicKey::from_bytes(&self.key.verifying_key().to_bytes()).unwrap();
        Vkey::new(KeyName::parse(ORIGIN).unwrap(), Key::Ed25519(key))
    }

    fn policy(&self) -> Policy {
        Policy::parse(format!("log {}\nquorum none\n", self.vkey()).as_bytes()).unwrap()
    }

    /// Answers, or is gone: before the work is done or after it.
    fn request<T>(&self, work: impl FnOnce() -> T) -> Result<T, NetError> {
        let gone =
            || NetError::Network { url: "test".into(), source: Box::new(ureq::Error::ConnectionFailed) };
        match self.left.get() {
            Some(0) => {
                if self.done {
                    work();
                }
                Err(gone())
            }
            Some(n) => {
                self.left.set(Some(n - 1));
                Ok(work())
            }
            None => Ok(work()),
        }
    }

    fn ids(&self) -> Vec<Hash> {
        self.entries.borrow().iter().map(|entry| receipts::read_entry(entry).unwrap().0).collect()
    }
}

fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            node_hash(&root(left), &root(right))
        }
    }
}

fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut hashes, sibling) = if index < left.len() {
        (path(index, left), root(right))
    } else {
        (path(index - left.len(), right), root(left))
    };
    hashes.push(sibling);
    hashes
}

/// RFC 9162 §2.1.4.1.
fn consistency(from: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if from == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut hashes, sibling) = if from <= left.len() {
        (consistency(from, left, whole), root(right))
    } else {
        (consistency(from - left.len(), right, false), root(left))
    };
    hashes.push(sibling);
    hashes
}

fn lines(body: &[u8]) -> Vec<Vec<u8>> {
    body.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

impl Ledger for Fake {
    fn check(&self, entries: &[u8], _: usize) -> Result<Vec<Standing>, NetError> {
        self.request(|| {
            let standing = |i: usize| match self.needs_another && self.entries.borrow().is_empty() && i > 0 {
                true => {
                    Standing::Void { code: "project-unknown".into(), message: String::new(), logged: true }
                }
                false => Standing::Fresh,
            };
            (0..lines(entries).len()).map(standing).collect()
        })
    }

    fn send(&self, entries: &[u8], _: usize) -> Result<Vec<Sent>, NetError> {
        self.request(|| {
            let log = |line: Vec<u8>| {
                if let Some(code) = self.refuses {
                    return Sent::Refused { code: code.into(), message: "no".into() };
                }
                let id = receipts::read_entry(&line).unwrap().0;
                if let Some(index) = self.ids().iter().position(|known| *known == id) {
                    return Sent::Duplicate { index: index as u64, id: id.to_string() };
                }
                self.entries.borrow_mut().push(line);
                Sent::Logged { index: self.entries.borrow().len() as u64 - 1, id: id.to_string() }
            };
            lines(entries).into_iter().map(log).collect()
        })
    }

    fn proofs(&self, ids: &[Hash]) -> Result<Proofs, NetError> {
        self.request(|| {
            let size = self.entries.borrow().len().min(self.published.get());
            let leaves: Vec<Hash> =
                self.entries.borrow()[..size].iter().map(|entry| leaf_hash(entry)).collect();
            let origin = Origin::parse(ORIGIN).unwrap();
            let text = Checkpoint::new(origin, size as u64, root(&leaves)).unwrap().to_text();
            let signature = self.key.sign(text.as_bytes()).to_bytes();
            let checkpoint = format!("{text}\n{}", signature_line(ORIGIN, self.vkey().key_id(), &signature));
            let prove = |id: &Hash| match self.ids()[..size].iter().position(|known| known == id) {
                None => Proof::Refused { code: "not-published".into() },
                Some(index) => {
                    let mut hashes = path(index, &leaves);
                    if self.lies {
                        hashes[0].0[0] ^= 1;
                    }
                    Proof::Included { index: index as u64, hashes }
                }
            };
            Proofs { checkpoint, proofs: ids.iter().map(prove).collect() }
        })
    }

    fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, NetError> {
        let leaves: Vec<Hash> = self.entries.borrow().iter().map(|entry| leaf_hash(entry)).collect();
        Ok(consistency(from as usize, &leaves[..to as usize], true))
    }

    fn pause(&self, _: Duration) {
        self.published.set(usize::MAX);
    }
}

fn event(n: u8, log: &str) -> Signed {
    let signer = Signer::from_secret(&[7; 32]);
    let payload = Payload {
        about: vec![Hash([n; 32])],
        body: Body::Retraction,
        date: Day::parse("2026-01-01").unwrap(),
        id: Nonce([n; 16]),
        log: Origin::parse(log).unwrap(),
        project: Some(Hash([1; 32])),
        signers: vec![signer.did().clone()],
    };
    signer.event(&payload).unwrap()
}

struct Person {
    _folder: tempfile::TempDir,
    outbox: Outbox,
    receipts: Receipts,
}

impl Person {
    fn with(events: &[Signed]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(folder.path().join("home"))).unwrap();
        home.ensure().unwrap();
        let outbox = Outbox::of(&home);
        for (n, part) in events.chunks(2).enumerate() {
            outbox.add(part, n as u64).unwrap();
        }
        Self { _folder: folder, outbox, receipts: Receipts::of(&home) }
    }

    fn push(&self, ledger: &Fake) -> Result<Vec<Item>, Failure> {
        self.with_pusher(ledger, |pusher| pusher.outbox(&self.outbox))
    }

    fn refresh(&self, ledger: &Fake, event: &Signed) -> Result<usize, Failure> {
        self.with_pusher(ledger, |pusher| pusher.refresh(&[(event.id, event.entry.clone())]))
    }

    fn with_pusher<T>(&self, ledger: &Fake, work: impl FnOnce(&Pusher<'_>) -> T) -> T {
        let origin = Origin::parse(ORIGIN).unwrap();
        let policy = ledger.policy();
        let pusher = Pusher {
            ledger,
            origin: &origin,
            policy: &policy,
            receipts: &self.receipts,
            anyway: false,
            progress: &|_| {},
        };
        work(&pusher)
    }

    fn waiting(&self) -> usize {
        self.outbox.segments().unwrap().iter().map(|segment| segment.lines.len()).sum()
    }

    /// The one thing that matters at any moment: an event is in the outbox, or its receipt is here and verifies.
    fn holds_all(&self, events: &[Signed], ledger: &Fake) {
        let waiting: Vec<Vec<u8>> =
            self.outbox.segments().unwrap().into_iter().flat_map(|s| s.lines).collect();
        for event in events {
            assert!(waiting.contains(&event.entry) || self.receipts.holds(&event.id, &ledger.policy()));
        }
    }
}

fn five() -> Vec<Signed> {
    (1..=5).map(|n| event(n, ORIGIN)).collect()
}

#[test]
fn everything_is_logged_once_and_has_a_receipt() {
    let (events, ledger) = (five(), Fake::new());
    let person = Person::with(&events);
    let items = person.push(&ledger).unwrap();
    assert!(items.iter().all(|item| item.state == State::Receipted && item.sent && !item.duplicate));
    assert_eq!((person.waiting(), ledger.ids().len()), (0, 5));
    person.holds_all(&events, &ledger);
    assert!(person.push(&ledger).unwrap().is_empty());
}

#[test]
fn a_crash_at_any_step_of_the_disk_loses_nothing_and_repeats_nothing() {
    for done in [false, true] {
        for steps in 0.. {
            let (events, ledger) = (five(), Fake::new());
            let person = Person::with(&events);
            fault::after(steps, done);
            let result = person.push(&ledger);
            let reached = fault::lift();
            assert_eq!(result.is_err(), reached, "step {steps}");
            person.holds_all(&events, &ledger);
            person.push(&ledger).unwrap();
            person.holds_all(&events, &ledger);
            assert_eq!((person.waiting(), ledger.ids().len()), (0, 5));
            if !reached {
                assert!(steps > 10, "a push has more steps on the disk than {steps}");
                break;
            }
        }
    }
}

#[test]
fn a_ledger_that_is_gone_at_any_request_is_met_again_later() {
    for done in [false, true] {
        for requests in 0..3 {
            let (events, mut ledger) = (five(), Fake::new());
            (ledger.left, ledger.done) = (Cell::new(Some(requests)), done);
            let person = Person::with(&events);
            assert_eq!(person.push(&ledger).unwrap_err().status, 2);
            assert_eq!(person.waiting(), 5);
            ledger.left.set(None);
            let items = person.push(&ledger).unwrap();
            assert!(items.iter().all(|item| item.state == State::Receipted));
            assert_eq!((person.waiting(), ledger.ids().len()), (0, 5));
        }
    }
}

#[test]
fn two_devices_may_push_copies_of_one_outbox() {
    let (events, ledger) = (five(), Fake::new());
    let (one, other) = (Person::with(&events), Person::with(&events));
    one.push(&ledger).unwrap();
    let items = other.push(&ledger).unwrap();
    assert!(items.iter().all(|item| item.state == State::Receipted && item.duplicate));
    assert_eq!(ledger.ids().len(), 5);
    other.holds_all(&events, &ledger);
}

#[test]
fn an_event_that_waits_twice_is_sent_once() {
    let (events, ledger) = (five(), Fake::new());
    let person = Person::with(&[events.clone(), events].concat());
    assert_eq!(person.waiting(), 10);
    assert_eq!(person.push(&ledger).unwrap().len(), 5);
    assert_eq!((person.waiting(), ledger.ids().len()), (0, 5));
}

#[test]
fn what_depends_on_another_event_of_the_outbox_is_sent_after_it() {
    let (events, mut ledger) = (five(), Fake::new());
    ledger.needs_another = true;
    let person = Person::with(&events);
    let items = person.push(&ledger).unwrap();
    assert!(items.iter().all(|item| item.state == State::Receipted));
    assert_eq!(ledger.ids().len(), 5);
}

#[test]
fn receipts_are_waited_for_until_they_are_published() {
    let (events, ledger) = (five(), Fake::new());
    ledger.published.set(2);
    let person = Person::with(&events);
    assert!(person.push(&ledger).unwrap().iter().all(|item| item.state == State::Receipted));
}

#[test]
fn a_receipt_that_does_not_verify_is_not_stored() {
    let (events, mut ledger) = (five(), Fake::new());
    ledger.lies = true;
    let person = Person::with(&events);
    let failure = person.push(&ledger).unwrap_err();
    assert_eq!(
        (failure.status, failure.code.as_str()),
        (1, "inclusion-root-mismatch"),
        "{}",
        failure.message
    );
    assert_eq!((person.waiting(), person.receipts.all().unwrap().len()), (5, 0));
    ledger.lies = false;
    person.push(&ledger).unwrap();
    person.holds_all(&events, &ledger);
}

#[test]
fn a_damaged_receipt_does_not_settle_an_event() {
    let (events, ledger) = (five(), Fake::new());
    let person = Person::with(&events);
    person.receipts.store(&[(events[0].id, b"c2sp.org/tlog-proof@v1\n")]).unwrap();
    person.push(&ledger).unwrap();
    assert_eq!(ledger.ids().len(), 5);
    person.holds_all(&events, &ledger);
}

#[test]
fn refusals_leave_the_outbox_with_their_reason_unless_they_are_for_now_only() {
    for (code, kept) in [("signature-invalid", 0), ("signer-not-admitted", 5), ("rate-limited", 5)] {
        let (events, mut ledger) = (five(), Fake::new());
        ledger.refuses = Some(code);
        let person = Person::with(&events);
        let items = person.push(&ledger).unwrap();
        assert_eq!(person.waiting(), kept);
        let put_off = State::PutOff { code: code.into(), message: "no".into() };
        assert_eq!(items.iter().filter(|item| item.state == put_off).count(), kept);
        let refused = person.outbox.refused().unwrap();
        assert_eq!(refused.len(), 5 - kept);
        assert!(refused.iter().all(|(_, refusal)| refusal.code == code));
        // Once it is taken, or what was refused is tried again, all of it is logged.
        ledger.refuses = None;
        assert_eq!(person.outbox.retry(9).unwrap(), (5 - kept, 0));
        assert_eq!((person.waiting(), person.outbox.refused().unwrap().len()), (5, 0));
        person.push(&ledger).unwrap();
        assert_eq!((person.waiting(), ledger.ids().len()), (0, 5));
    }
}

#[test]
fn what_is_no_event_or_of_another_log_is_not_sent() {
    let ledger = Fake::new();
    let junk = Signed { id: Hash([0; 32]), entry: b"{\"cut off".to_vec() };
    let person = Person::with(&[event(1, "log.example/other"), junk, event(2, ORIGIN)]);
    let items = person.push(&ledger).unwrap();
    assert_eq!(items[0].state, State::Held { code: "other-log".into() });
    assert!(matches!(&items[1].state, State::Refused(refusal) if refusal.code == "json-truncated"));
    assert_eq!(items[2].state, State::Receipted);
    assert_eq!((person.waiting(), ledger.ids().len()), (1, 1));
}

/// The stored receipt of the third of five events, in a log of three, against logs that go on in several ways.
#[test]
fn a_receipt_is_replaced_only_by_one_of_the_same_log_that_has_grown() {
    let events = five();
    let log = |order: &[usize]| {
        let ledger = Fake::new();
        ledger.entries.replace(order.iter().map(|i| events[*i].entry.clone()).collect());
        ledger
    };
    let cases: [(&[usize], Result<(), &str>); 6] = [
        (&[0, 1, 2], Ok(())),
        (&[0, 1, 2, 3, 4], Ok(())),
        (&[0, 2, 1], Err("refresh-other-index")),
        (&[1, 0, 2], Err("refresh-fork")),
        (&[1, 0, 2, 3], Err("refresh-fork")),
        (&[3, 0, 2, 1, 4], Err("refresh-fork")),
    ];
    for (order, expected) in cases {
        let person = Person::with(&events[..3]);
        person.push(&log(&[0, 1, 2])).unwrap();
        let before = person.receipts.bytes(&events[2].id).unwrap().unwrap();
        let result = person.refresh(&log(order), &events[2]);
        let after = person.receipts.bytes(&events[2].id).unwrap().unwrap();
        assert_eq!(result.as_ref().map(drop).map_err(|f| f.code.as_str()), expected, "{order:?}");
        assert_eq!(before == after, expected.is_err() || order.len() == 3, "{order:?}");
        assert_eq!(person.receipts.all().unwrap().len(), 3);
        let apart = std::fs::read_dir(person._folder.path().join("home/receipts/conflicts"));
        assert_eq!(apart.map_or(0, Iterator::count), usize::from(expected.is_err()));
        assert!(result.is_ok_and(|count| count == 1) || expected.is_err());
    }
}

#[test]
fn a_receipt_of_a_log_that_has_lost_entries_replaces_nothing() {
    let (events, ledger) = (five(), Fake::new());
    let person = Person::with(&events);
    person.push(&ledger).unwrap();
    ledger.published.set(3);
    let failure = person.refresh(&ledger, &events[0]).unwrap_err();
    assert_eq!((failure.status, failure.code.as_str()), (1, "refresh-smaller"));
}

#[test]
fn a_damaged_receipt_is_replaced() {
    let (events, ledger) = (five(), Fake::new());
    let person = Person::with(&events);
    person.push(&ledger).unwrap();
    person.receipts.store(&[(events[0].id, b"junk")]).unwrap();
    assert_eq!(person.refresh(&ledger, &events[0]).unwrap(), 1);
    assert!(person.receipts.holds(&events[0].id, &ledger.policy()));
}
