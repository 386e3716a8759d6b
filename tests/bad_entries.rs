//! Malformed entries through the real API: each is refused with its own code, alone and in a batch, and nothing else is
//! lost by it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::dsse::{self, Envelope};
use serde::Deserialize;

use crate::checker::Stranger;
use crate::harness::events::Person;
use crate::harness::http::{LINES, ONE};
use crate::harness::program::{Home, walk};
use crate::harness::project_root;
use crate::harness::random::Random;
use crate::harness::server::Site;

#[derive(Deserialize)]
struct Vector {
    entry: String,
    error: Option<String>,
}

/// Everything in spec/vectors/event: entry, and the code that it is refused with.
fn vectors() -> BTreeMap<String, (Vec<u8>, Option<String>)> {
    let mut found = BTreeMap::new();
    walk(&project_root().join("spec/vectors/event"), &mut |path| {
        let vector: Vector = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        found.insert(name, (STANDARD.decode(vector.entry).unwrap(), vector.error));
    });
    found
}

/// What may come over the wire, and the vector that has it.
const LIST: [(&str, &str); 49] = [
    ("not JSON", "not-json"),
    ("a duplicate key", "envelope-duplicate-key"),
    ("a duplicate key in the payload", "payload-duplicate-key"),
    ("an unknown field", "field-unknown"),
    ("an unknown field of the envelope", "envelope-unknown-field"),
    ("an unknown field of the body", "body-field-unknown"),
    ("an unknown kind", "kind-unknown"),
    ("a space", "payload-space"),
    ("a space in the envelope", "envelope-space"),
    ("keys out of order", "payload-key-order"),
    ("keys of the envelope out of order", "envelope-key-order"),
    ("an escape", "payload-escape"),
    ("2^53", "payload-two-to-53"),
    ("1.0", "payload-one-point-zero"),
    ("-0", "payload-minus-zero"),
    ("a float", "payload-float"),
    ("an exponent", "payload-exponent"),
    ("a null", "payload-null"),
    ("a boolean", "payload-boolean"),
    ("non-ASCII", "payload-not-ascii"),
    ("non-ASCII in the envelope", "envelope-not-ascii"),
    ("a wrong payload type", "payload-type"),
    ("no signatures", "signatures-none"),
    ("too many signatures", "signatures-too-many"),
    ("a malformed signature", "signature-short"),
    ("unsorted signatures", "signatures-unsorted"),
    ("repeated signatures", "signatures-repeated"),
    ("a wrong signature", "signature-wrong"),
    ("a payload that was changed", "payload-changed"),
    ("a signature with S not reduced", "signature-s-not-reduced"),
    ("a signer who is not listed", "signer-extra"),
    ("a listed signer who is missing", "signer-missing"),
    ("a key of small order", "key-identity"),
    ("another key of small order", "key-order-8"),
    ("a non-canonical key", "key-non-canonical"),
    ("a key off the curve", "key-off-curve"),
    ("URL-safe base64", "payload-url-safe"),
    ("a URL-safe signature", "signature-url-safe"),
    ("unpadded base64", "payload-unpadded"),
    ("base64 with stray bits", "payload-stray-bits"),
    ("65,536 bytes", "too-large"),
    ("an end in the middle", "truncated"),
    ("quantity 0", "contribution-quantity-zero"),
    ("a negative number", "payload-negative"),
    ("a quantity above 2^32 - 1", "contribution-quantity-too-large"),
    ("a day that does not exist", "date-no-such-day"),
    ("a 29th of February that does not exist", "date-not-leap"),
    ("somebody else's payload under another key", "payload-under-another-key"),
    ("an empty entry", "empty"),
];

#[test]
fn every_malformed_entry_is_refused_with_its_code() {
    let vectors = vectors();
    for (what, name) in LIST {
        assert!(vectors.get(name).is_some_and(|(_, code)| code.is_some()), "no vector for {what}");
    }
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("bad entries");
    let me = Person::new(&mut random);
    let good = me.event(&server.site.origin, &mut random);
    let mut batch: Vec<(String, Vec<u8>, Option<String>)> = Vec::new();
    for (name, (entry, error)) in vectors {
        // A form of the log itself, which only the ledger may log.
        let field = |name| if error.is_none() { field(&entry, name) } else { String::new() };
        let of_log = ["ledger", "day", "mark", "snapshot"].contains(&field("kind").as_str());
        let of_another = error.is_none() && field("log") != server.site.origin.as_str();
        let code = match error {
            None if of_another => Some("other-log".to_owned()),
            None if of_log => Some("reserved-for-ledger".to_owned()),
            error => error,
        };
        // One line feed after an entry belongs to the transport and not to it.
        let answer = server.http.post("/v1/entries", ONE, &[&entry[..], b"\n"].concat());
        match &code {
            None => {
                assert_eq!(answer.status, 200, "{name}: {}", answer.text());
                stranger.was_answered(&[answer.json()]);
            }
            Some(code) => {
                assert!((400..500).contains(&answer.status), "{name}: {}", answer.status);
                assert_eq!(&answer.problem(), code, "{name}");
            }
        }
        if !entry.contains(&b'\n') {
            batch.push((name, entry, code));
        }
    }
    // The same in one batch, with good entries at both ends.
    let entries =
        [&good.entry].into_iter().chain(batch.iter().map(|(_, entry, _)| entry)).chain([&good.entry]);
    let answers = server.http.batch(entries.collect::<Vec<_>>());
    assert_eq!(answers.len(), batch.len() + 2);
    stranger.was_answered(&answers);
    assert_eq!(
        (&answers[0]["status"], &answers[answers.len() - 1]["status"]),
        (&"logged".into(), &"duplicate".into())
    );
    for ((name, _, code), answer) in batch.iter().zip(&answers[1..]) {
        match code {
            None => assert_eq!(answer["status"], "duplicate", "{name}: {answer}"),
            Some(code) => {
                assert_eq!(
                    (&answer["status"], &answer["code"]),
                    (&"refused".into(), &code.as_str().into()),
                    "{name}"
                );
                assert!(!answer["message"].as_str().unwrap().is_empty(), "{name}");
            }
        }
    }
    stranger.conclude(server);
}

/// A field of what was signed.
fn field(entry: &[u8], name: &str) -> String {
    let payload = Envelope::parse(entry).unwrap().payload;
    serde_json::from_slice::<serde_json::Value>(&payload).unwrap()[name].as_str().unwrap().to_owned()
}

#[test]
fn the_program_refuses_malformed_entries_with_the_same_codes() {
    let home = Home::empty();
    for (name, (entry, error)) in vectors() {
        // `verify` reads a file of lines, and takes what does not begin like an envelope for a signed note.
        if entry.contains(&b'\n') || entry.first() != Some(&b'{') {
            continue;
        }
        let file = home.write("entry.dsse", &entry);
        let ended = home.run(&["verify", &file]);
        match error {
            None => drop(ended.ok()),
            Some(code) => {
                assert_eq!(ended.status, 1, "{name}: {ended:?}");
                assert!(ended.stdout.contains(&format!("[{code}]")), "{name}: {ended:?}");
            }
        }
    }
}

#[test]
fn nobody_logs_anothers_payload_and_no_entry_is_of_another_log() {
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let mut random = Random::new("another's payload");
    let (me, thief) = (Person::new(&mut random), Person::new(&mut random));
    let payload = me.contribution(&server.site.origin, &mut random);
    let bytes = payload.to_canonical();
    let mine = me.sign(&payload);
    // Under the thief's key, and with the thief's signature under mine.
    let under =
        |did, by: &Person| Envelope { payload: bytes.clone(), signatures: vec![(did, by.signature(&bytes))] };
    let http = &server.http;
    let refused = |entry: Vec<u8>| {
        let answer = http.post("/v1/entries", ONE, &entry);
        (answer.status, answer.problem())
    };
    assert_eq!(refused(under(thief.did.clone(), &thief).to_bytes()), (400, "signer-not-listed".into()));
    assert_eq!(refused(under(me.did.clone(), &thief).to_bytes()), (400, "signature-invalid".into()));
    let both = vec![(me.did.clone(), me.signature(&bytes)), (thief.did.clone(), thief.signature(&bytes))];
    assert_eq!(
        refused(Envelope { payload: bytes, signatures: both }.to_bytes()),
        (400, "signer-not-listed".into())
    );
    let elsewhere = me.event(&"example.org/another-log".parse_origin(), &mut random);
    assert_eq!(refused(elsewhere.entry.clone()), (422, "other-log".into()));
    assert_eq!(http.batch([&elsewhere.entry])[0]["code"], "other-log");
    let answers = http.batch([&mine.entry]);
    assert_eq!(answers[0]["status"], "logged");
    assert_eq!(mine.id, dsse::event_id(&payload.to_canonical()));
    stranger.was_answered(&answers);
    stranger.conclude(server);
}

#[test]
fn requests_that_are_none_are_told_so() {
    let server = Site::new().create();
    let http = &server.http;
    let posted = |path: &str, media: &str, body: &[u8]| {
        let answer = http.post(path, media, body);
        (answer.status, answer.problem())
    };
    assert_eq!(posted("/v1/entries", ONE, b""), (400, "body-empty".into()));
    assert_eq!(posted("/v1/entries", LINES, b""), (400, "body-empty".into()));
    assert_eq!(posted("/v1/entries", "text/plain", b"{}"), (415, "content-type".into()));
    assert_eq!(posted("/v1/entries?wait=soon", ONE, b"{}"), (400, "malformed-query".into()));
    assert_eq!(posted("/v1/entries?hurry", ONE, b"{}"), (400, "malformed-query".into()));
    assert_eq!(posted("/v1/nothing", ONE, b"{}"), (404, "not-found".into()));
    assert_eq!(posted("/checkpoint", ONE, b"{}"), (405, "method-not-allowed".into()));
    let got = |path: &str| {
        let answer = http.get(path);
        assert!(!answer.header("cache-control").contains("immutable"), "{path}");
        (answer.status, answer.problem())
    };
    assert_eq!(got("/v1/entries/1"), (404, "entry-unknown".into()));
    assert_eq!(got(&format!("/v1/entries/{}", "0".repeat(64))), (404, "entry-unknown".into()));
    assert_eq!(got("/v1/entries/01"), (400, "entry-key".into()));
    assert_eq!(got("/v1/proofs/consistency?from=1&to=2"), (404, "beyond-checkpoint".into()));
    assert_eq!(got("/v1/proofs/consistency?from=1&to=0"), (400, "from-after-to".into()));
    assert_eq!(got("/v1/proofs/consistency?from=0"), (400, "malformed-query".into()));
    assert_eq!(got("/v1/projects/x"), (400, "project-id".into()));
    assert_eq!(got(&format!("/v1/projects/{}", "0".repeat(64))), (404, "project-unknown".into()));
    assert_eq!(got("/v1/changes?limit=0"), (400, "malformed-query".into()));
    for path in ["/tile/0/000", "/tile/0/000.p/2", "/tile/0/001.p/1", "/tile/entries/000", "/tile/1/000.p/1"]
    {
        assert_eq!(got(path), (404, "tile-not-found".into()), "{path}");
    }
    for path in [
        "/tile/0/0",
        "/tile/64/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/0/x000/000",
        "/tile/00/000",
    ] {
        let answer = http.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.problem().is_empty());
    }
    Stranger::of(&server).conclude(server);
}

/// An origin from a text that is one.
trait ParseOrigin {
    fn parse_origin(&self) -> lebombo_verifier::origin::Origin;
}

impl ParseOrigin for str {
    fn parse_origin(&self) -> lebombo_verifier::origin::Origin {
        lebombo_verifier::origin::Origin::parse(self).unwrap()
    }
}
