//! What admission refuses, each with its own code.

use std::collections::BTreeSet;

use lebombo_verifier::event::{Body, MAX_ENTRY, Snapshot};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::{Code, Hash};

use super::helpers::{Bench, did, event, key, payload, signed};
use crate::{AdmissionPolicy, Config, Refused};

fn code(refused: Result<crate::Admitted, Refused>) -> &'static str {
    refused.unwrap_err().code()
}

#[test]
fn each_refusal_has_its_code() {
    let bench = Bench::new();
    let ledger = bench.create();
    let key = key(7);
    ledger.admit(event(1)).unwrap();

    assert_eq!(code(ledger.admit(vec![b'{'; MAX_ENTRY + 1])), "entry-too-large");
    assert!(matches!(ledger.admit(b"{}".to_vec()).unwrap_err(), Refused::Malformed(_)));

    let mut other_log = payload(1, &key);
    other_log.log = Origin::parse("log.example/other").unwrap();
    assert_eq!(code(ledger.admit(signed(&other_log, &[&key]))), "other-log");

    let mut day = payload(1, &key);
    day.body = Body::Day;
    day.about.clear();
    day.project = None;
    let snapshot = Snapshot { mark: Hash::of(b"1"), previous: None, projects: 0, root: Hash::of(b"2") };
    for body in [Body::Day, Body::Mark, Body::Snapshot(snapshot)] {
        day.body = body;
        assert_eq!(code(ledger.admit(signed(&day, &[&key]))), "reserved-for-ledger");
    }
}

#[test]
fn a_list_of_keys_admits_events_with_one_listed_signer() {
    let bench = Bench::new();
    let (listed, stranger) = (key(7), key(8));
    let policy = AdmissionPolicy::Keys(BTreeSet::from([did(&listed)]));
    let ledger = bench.open_as(Config { create: true, policy, ..bench.config() }).unwrap();
    ledger.admit(signed(&payload(1, &listed), &[&listed])).unwrap();
    assert_eq!(code(ledger.admit(signed(&payload(1, &stranger), &[&stranger]))), "signer-not-admitted");
    let mut both = payload(2, &listed);
    both.signers.push(did(&stranger));
    both.signers.sort();
    ledger.admit(signed(&both, &[&listed, &stranger])).unwrap();
}

#[test]
fn many_are_answered_in_order() {
    let bench = Bench::new();
    let ledger = bench.create();
    let mut entries: Vec<Vec<u8>> = (0..100).map(event).collect();
    entries[33].pop();
    let answers = ledger.admit_many(entries.clone());
    assert_eq!(answers.len(), entries.len());
    for (number, (answer, entry)) in answers.into_iter().zip(&entries).enumerate() {
        match answer {
            Ok(admitted) => assert_eq!(admitted.bytes(), &entry[..]),
            Err(_) => assert_eq!(number, 33),
        }
    }
    assert!(ledger.admit_many(Vec::new()).is_empty());
}
