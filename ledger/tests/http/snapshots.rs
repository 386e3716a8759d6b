//! Snapshots, their checkpoints, and cosignatures.

use std::time::Duration;

use ed25519_dalek::Signer as _;
use lebombo_ledger::attribute::Keeping;
use lebombo_verifier::checkpoint::{SignedCheckpoint, VerifiedCheckpoint};
use lebombo_verifier::cosignature::message_v1;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};

use super::support::{Server, charter, contribution, event, key};

const NAME: &str = "auditor.example/audit";

fn auditor() -> Vkey {
    let public = PublicKey::from_bytes(&key(31).verifying_key().to_bytes()).unwrap();
    Vkey::new(KeyName::parse(NAME).unwrap(), Key::CosignatureV1(public))
}

fn cosigned(note: &str, time: u64) -> String {
    let note = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let signature = key(31).sign(&message_v1(time, note.checkpoint())).to_bytes();
    signature_line(NAME, auditor().key_id(), &[&time.to_be_bytes()[..], &signature].concat())
}

fn keeping() -> Option<Keeping> {
    Some(Keeping { snapshot_interval: Some(Duration::from_secs(60)) })
}

/// Waits for the snapshot of a log of that size.
fn snapshot(server: &Server, size: u64) -> serde_json::Value {
    for _ in 0..4_000 {
        let answer = server.get("/v1/snapshots/latest");
        if answer.status == 200 && answer.json()["size"] == size {
            return answer.json();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    unreachable!("no snapshot of size {size}: {:?}", server.get("/v1/snapshots/latest"));
}

#[test]
fn a_snapshot_its_checkpoint_and_its_auditor() {
    let server = Server::keeping(keeping(), |config, _| config.auditors = vec![auditor()]);
    server.get("/v1/snapshots/latest").problem(404, "snapshot-none");
    server.get("/v1/snapshots/1/checkpoint").problem(404, "snapshot-unknown");
    for size in ["", "x", "01", "-1", "9007199254740992"] {
        server.get(&format!("/v1/snapshots/{size}/checkpoint")).problem(400, "snapshot-size");
    }
    server.get("/v1/snapshots/latest?size=1").problem(400, "malformed-query");

    let (project, first) = charter(&key(7));
    server.send("/v1/entries?wait", first).ok();
    let latest = snapshot(&server, 4);
    assert_eq!(
        (&latest["index"], &latest["day"], &latest["projects"]),
        (&3.into(), &"2026-07-22".into(), &1.into())
    );
    assert!(latest.get("previous").is_none());
    let entry = |index: u64| server.get(&format!("/v1/entries/{index}")).ok().json();
    assert_eq!((&entry(2)["id"], &entry(3)["id"]), (&latest["mark"], &latest["id"]));
    let answer = server.get("/v1/snapshots/4/checkpoint").ok();
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let note = answer.text().to_owned();
    let verified = VerifiedCheckpoint::by_log_key(note.as_bytes(), server.ledger.vkey()).unwrap();
    assert_eq!(verified.size(), 4);

    // The next one, and the checkpoint of the first is still there.
    server.send("/v1/entries?wait", contribution(1, &key(7), project, 5).1).ok();
    server.clock.advance(Duration::from_secs(60));
    let next = snapshot(&server, 7);
    assert_eq!(next["previous"], latest["id"]);
    assert_ne!(next["root"], latest["root"]);
    assert_eq!(server.get("/v1/snapshots/4/checkpoint").ok().text(), note);

    let line = cosigned(&note, 1_784_700_000);
    let path = "/v1/snapshots/4/cosignatures";
    let post = |path: &str, body: &str| server.post(path, "text/plain", body);
    let answer = post(path, &line).ok();
    assert_eq!(answer.text(), format!("{note}{line}"));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(post(path, &line).ok().text(), format!("{note}{line}"));
    assert_eq!(server.get("/v1/snapshots/4/checkpoint").ok().text(), format!("{note}{line}"));
    // Over another checkpoint it does not verify; nor does one of another auditor count.
    post("/v1/snapshots/7/cosignatures", &line).problem(400, "cosignature-ed25519-invalid");
    post("/v1/snapshots/5/cosignatures", &line).problem(404, "snapshot-unknown");
    post(path, &line.replace(NAME, "auditor.example/other")).problem(403, "auditor-unknown");
    post(path, "x\n").problem(400, "note-signature-line");
    post(path, "").problem(400, "body-empty");
    post(path, &"x".repeat((16 << 10) + 1)).problem(413, "body-too-large");
    server.post(path, "application/json", &line).problem(415, "content-type");
    post("/v1/snapshots/4/cosignatures?wait", &line).problem(400, "malformed-query");
    server.get(path).problem(405, "method-not-allowed");
}

#[test]
fn a_ledger_without_auditors_takes_no_cosignatures() {
    let server = Server::start();
    let answer = server.post("/v1/snapshots/4/cosignatures", "text/plain", "— a bbbb\n");
    answer.problem(403, "auditors-none");
    // Events of the ledger's own are for nobody else, and without a keeper there are none.
    server.log(&event(1).1);
    server.get("/v1/snapshots/latest").problem(404, "snapshot-none");
}
