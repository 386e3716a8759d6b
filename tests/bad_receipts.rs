//! Receipts that are not what they were: every single bit, other logs, pieces of two.

use std::collections::BTreeMap;

use lebombo_verifier::Code as _;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::receipt::{Included, Receipt};

use crate::checker::Stranger;
use crate::harness::events::Person;
use crate::harness::program::Home;
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};

/// The whole way of a receipt's reader: bytes in, event or code out.
fn read(bytes: &[u8], policy: &Policy) -> Result<Included, &'static str> {
    let receipt = Receipt::parse(bytes).map_err(|error| error.code())?;
    receipt.verify(policy).map_err(|error| error.code())
}

/// A server with a few entries, and somebody who follows it.
fn with_entries(site: Site, count: usize, random: &mut Random) -> (Server, Stranger) {
    let server = site.create();
    let mut stranger = Stranger::of(&server);
    let me = Person::new(random);
    let entries: Vec<Vec<u8>> = (0..count).map(|_| me.event(&server.site.origin, random).entry).collect();
    let answers = server.http.batch(&entries);
    assert_eq!(stranger.was_answered(&answers), count);
    (server, stranger)
}

/// The receipt of an entry, once there is one.
fn receipt(server: &Server, index: u64) -> Vec<u8> {
    let path = format!("/v1/entries/{index}/receipt");
    crate::harness::wait::until("a receipt", || {
        Some(server.http.get(&path)).filter(|answer| answer.status == 200)
    })
    .body
}

#[test]
fn every_single_bit_of_a_receipt_matters() {
    let mut random = Random::new("one bit");
    let (server, stranger) = with_entries(Site::new(), 20, &mut random);
    let whole = receipt(&server, 5);
    assert_eq!(read(&whole, stranger.policy()).unwrap().index(), 5);
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for position in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[position] ^= 1 << bit;
            match read(&changed, stranger.policy()) {
                Err(code) => *codes.entry(code).or_default() += 1,
                Ok(_) => panic!("bit {bit} of byte {position} can be changed"),
            }
        }
    }
    println!("one bit: {} changes, {codes:?}", whole.len() * 8);
    assert_eq!(codes.values().sum::<usize>(), whole.len() * 8);
    for code in ["receipt-header", "receipt-entry-base64", "inclusion-root-mismatch", "receipt-not-utf8"] {
        assert!(codes.contains_key(code), "{code} was never the answer: {codes:?}");
    }
    for cut in 0..whole.len() {
        assert!(read(&whole[..cut], stranger.policy()).is_err(), "cut off after {cut} bytes");
    }
    stranger.conclude(server);
}

#[test]
fn a_receipt_of_another_log_is_no_receipt() {
    let mut random = Random::new("another log");
    let (ours, stranger) = with_entries(Site::new(), 3, &mut random);
    let (theirs, other) = with_entries(Site::new().origin("example.org/another-log"), 3, &mut random);
    // The same name, but another key.
    let (namesake, third) = with_entries(Site::new(), 3, &mut random);
    let [mine, foreign, false_friend] = [&ours, &theirs, &namesake].map(|server| receipt(server, 2));
    assert_eq!(read(&foreign, stranger.policy()), Err("log-unknown"));
    assert_eq!(read(&false_friend, stranger.policy()), Err("log-signature-missing"));
    assert_eq!(read(&foreign, other.policy()).unwrap().index(), 2);
    // Our entry and proof under their checkpoint, and our entry with the proof of another.
    let [a, b] = [&mine, &foreign].map(|bytes| Receipt::parse(bytes).unwrap());
    let mixed = Receipt::new(a.entry().to_vec(), a.index(), a.hashes().to_vec(), b.note().into()).unwrap();
    assert_eq!(read(mixed.format().as_bytes(), other.policy()), Err("inclusion-root-mismatch"));
    let moved = Receipt::new(a.entry().to_vec(), 1, a.hashes().to_vec(), a.note().into()).unwrap();
    assert!(read(moved.format().as_bytes(), stranger.policy()).is_err());
    let short = Receipt::new(a.entry().to_vec(), 2, a.hashes()[1..].to_vec(), a.note().into()).unwrap();
    assert_eq!(read(short.format().as_bytes(), stranger.policy()), Err("inclusion-wrong-length"));
    stranger.conclude(ours);
    other.conclude(theirs);
    third.conclude(namesake);
}

#[test]
fn the_program_says_what_is_wrong_with_a_receipt() {
    let mut random = Random::new("verify");
    let (server, stranger) = with_entries(Site::new(), 9, &mut random);
    let whole = receipt(&server, 4);
    let home = Home::empty();
    let policy = home.write("policy", format!("log {}\nquorum none\n", server.vkey()));
    stranger.conclude(server);
    // From here on there is no server.
    let verify = |bytes: &[u8]| {
        let file = home.write("receipt.tlog-proof", bytes);
        home.run(&["verify", &file, "--policy", &policy])
    };
    let said = verify(&whole).ok();
    assert!(
        said.contains("logged") && said.contains("no witnesses") && said.contains("at index 4"),
        "{said}"
    );
    let mut changed = whole.clone();
    // In the middle of the entry, which is base64: another letter.
    changed[200] = if changed[200] == b'A' { b'B' } else { b'A' };
    let refused = verify(&changed);
    refused.fails(1, "not-verified");
    assert!(
        refused.stdout.contains("REFUSED") && refused.stdout.contains("[inclusion-root-mismatch]"),
        "{refused:?}"
    );
    assert!(verify(&whole[..whole.len() / 2]).stdout.contains("[receipt-"));
    let empty = verify(b"");
    empty.fails(1, "not-verified");
    assert!(empty.stdout.contains("[file-empty]"), "{empty:?}");
    home.run(&["verify", home.beside("nothing").to_str().unwrap(), "--policy", &policy])
        .fails(2, "not-all-read");
    let alone = home.write("receipt.tlog-proof", &whole);
    home.run(&["verify", &alone]).fails(2, "not-all-read");
    home.run(&["verify", &alone, "--policy", home.beside("nothing").to_str().unwrap()])
        .fails(2, "file-unreadable");
}
