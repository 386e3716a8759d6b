//! The vectors about the log: spec/vectors/{signature,note,vkey,checkpoint,cosignature,inclusion,consistency,tile,
//! policy,receipt}, found by walking the folders.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::checkpoint::{Checkpoint, Cosigner, VerifiedCheckpoint};
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Note, Vkey};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::proof::{verify_consistency, verify_inclusion};
use lebombo_verifier::receipt::{Included, Receipt};
use lebombo_verifier::tile::{BundlePath, TilePath, decode_bundle, decode_tile, encode_bundle, tiles};
use lebombo_verifier::{Code, Hash, cosignature};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use support::walk;

/// What a check found: a description of what it accepted, or the code of what it refused.
type Verdict<T> = Result<T, &'static str>;

/// Runs every vector of an area: `run` gives what was found and whether that is what an accepting vector expects.
fn run<T: DeserializeOwned>(area: &str, at_least: usize, run: impl Fn(&T) -> Verdict<bool>) {
    let vectors = walk::<Map<String, Value>>(area);
    assert!(vectors.len() >= at_least, "{area}: only {} vectors", vectors.len());
    assert!(vectors.iter().any(|(_, v)| v["error"].is_null()), "{area}: nothing is accepted");
    for (name, mut vector) in vectors {
        assert!(vector.remove("description").is_some_and(|v| v.is_string()), "{area}/{name}: description");
        assert!(vector.remove("source").is_some_and(|v| v.is_string()), "{area}/{name}: source");
        let error: Option<String> = serde_json::from_value(vector.remove("error").unwrap()).unwrap();
        // Whatever is left belongs to the case, and the case's type knows all of it.
        let case = T::deserialize(vector).unwrap_or_else(|e| panic!("{area}/{name}: {e}"));
        match (run(&case), error) {
            (Ok(as_expected), None) => {
                assert!(as_expected, "{area}/{name}: accepted, but read as something else")
            }
            (Err(code), Some(expected)) => assert_eq!(code, expected, "{area}/{name}"),
            (Ok(_), Some(expected)) => panic!("{area}/{name}: accepted, expected {expected}"),
            (Err(code), None) => panic!("{area}/{name}: refused with {code}"),
        }
    }
}

fn code<E: Code>(error: E) -> &'static str {
    error.code()
}

fn octets(text: &Option<String>, base64: &Option<String>) -> Vec<u8> {
    match (text, base64) {
        (Some(text), None) => text.clone().into_bytes(),
        (None, Some(base64)) => STANDARD.decode(base64).unwrap(),
        _ => panic!("a vector gives a text or its base64, and not both"),
    }
}

fn hash(base64: &str) -> Hash {
    Hash::from_base64(base64).unwrap()
}

fn hashes(base64: &[String]) -> Vec<Hash> {
    base64.iter().map(|h| hash(h)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureCase {
    public_key: String,
    message: String,
    signature: String,
}

#[test]
fn signature() {
    run("signature", 26, |case: &SignatureCase| {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let key = PublicKey::from_bytes(&bytes(&case.public_key).try_into().unwrap()).map_err(code)?;
        let signature = bytes(&case.signature).try_into().unwrap();
        key.verify(&bytes(&case.message), &signature).map_err(code)?;
        Ok(true)
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteCase {
    note: Option<String>,
    note_base64: Option<String>,
    expect: Option<NoteExpect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteExpect {
    text: String,
    signatures: Vec<LineExpect>,
}

#[derive(Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct LineExpect {
    name: String,
    key_id: String,
    signature: String,
}

#[test]
fn note() {
    run("note", 34, |case: &NoteCase| {
        let bytes = octets(&case.note, &case.note_base64);
        let note = Note::parse(&bytes).map_err(code)?;
        let found: Vec<LineExpect> = note
            .signatures()
            .iter()
            .map(|s| LineExpect {
                name: s.name.to_owned(),
                key_id: s.key_id.to_string(),
                signature: STANDARD.encode(&s.signature),
            })
            .collect();
        let is_identity = note.format().as_bytes() == bytes;
        Ok(is_identity
            && case.expect.as_ref().is_some_and(|e| e.text == note.text() && e.signatures == found))
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VkeyCase {
    vkey: Option<String>,
    vkey_base64: Option<String>,
    expect: Option<VkeyExpect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VkeyExpect {
    name: String,
    key_id: String,
    r#type: u8,
    key: String,
}

#[test]
fn vkey() {
    run("vkey", 36, |case: &VkeyCase| {
        let bytes = octets(&case.vkey, &case.vkey_base64);
        let vkey = Vkey::from_bytes(&bytes).map_err(code)?;
        let is_identity = vkey.to_string().as_bytes() == bytes;
        Ok(is_identity
            && case.expect.as_ref().is_some_and(|e| {
                e.name == vkey.name().as_str()
                    && e.key_id == vkey.key_id().to_string()
                    && e.r#type == vkey.key().type_byte()
                    && e.key == STANDARD.encode(vkey.key().bytes())
            }))
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointCase {
    text: String,
    expect: Option<CheckpointExpect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointExpect {
    origin: String,
    size: u64,
    root: String,
    extensions: Vec<String>,
}

#[test]
fn checkpoint() {
    run("checkpoint", 34, |case: &CheckpointCase| {
        let checkpoint = Checkpoint::parse(&case.text).map_err(code)?;
        let is_identity = checkpoint.to_text() == case.text;
        Ok(is_identity
            && case.expect.as_ref().is_some_and(|e| {
                e.origin == checkpoint.origin().as_str()
                    && e.size == checkpoint.size()
                    && hash(&e.root) == *checkpoint.root()
                    && e.extensions == checkpoint.extensions()
            }))
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosignatureCase {
    vkey: String,
    checkpoint: String,
    cosignature: String,
    timestamp: Option<u64>,
}

#[test]
fn cosignatures() {
    run("cosignature", 28, |case: &CosignatureCase| {
        let vkey = Vkey::parse(&case.vkey).unwrap();
        let checkpoint = Checkpoint::parse(&case.checkpoint).unwrap();
        let bytes = STANDARD.decode(&case.cosignature).unwrap();
        let timestamp = cosignature::verify(&vkey, &bytes, &checkpoint).map_err(code)?;
        Ok(Some(timestamp) == case.timestamp)
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InclusionCase {
    index: u64,
    size: u64,
    leaf: String,
    proof: Vec<String>,
    root: String,
}

#[test]
fn inclusion() {
    run("inclusion", 32, |case: &InclusionCase| {
        let (leaf, root, proof) = (hash(&case.leaf), hash(&case.root), hashes(&case.proof));
        verify_inclusion(case.index, case.size, &leaf, &proof, &root).map_err(code)?;
        Ok(true)
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyCase {
    size1: u64,
    root1: String,
    size2: u64,
    root2: String,
    proof: Vec<String>,
}

#[test]
fn consistency() {
    run("consistency", 35, |case: &ConsistencyCase| {
        let (root1, root2, proof) = (hash(&case.root1), hash(&case.root2), hashes(&case.proof));
        verify_consistency(case.size1, &root1, case.size2, &root2, &proof).map_err(code)?;
        Ok(true)
    });
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TileCase {
    TilePath(TilePathCase),
    BundlePath(BundlePathCase),
    Bundle(BundleCase),
    Tile(TileBytesCase),
    Shape(ShapeCase),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TilePathCase {
    tile_path: String,
    expect: Option<PathExpect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BundlePathCase {
    bundle_path: String,
    expect: Option<PathExpect>,
}

#[derive(Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct PathExpect {
    level: Option<u8>,
    number: u64,
    width: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BundleCase {
    bundle: String,
    width: u16,
    expect: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TileBytesCase {
    tile: String,
    width: u16,
    expect: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShapeCase {
    size: u64,
    tiles: Vec<String>,
}

#[test]
fn tile() {
    run("tile", 66, |case: &TileCase| match case {
        TileCase::TilePath(case) => {
            let path = TilePath::parse(&case.tile_path).map_err(code)?;
            let found = PathExpect { level: Some(path.level()), number: path.number(), width: path.width() };
            Ok(path.to_string() == case.tile_path && case.expect == Some(found))
        }
        TileCase::BundlePath(case) => {
            let path = BundlePath::parse(&case.bundle_path).map_err(code)?;
            let found = PathExpect { level: None, number: path.number(), width: path.width() };
            Ok(path.to_string() == case.bundle_path && case.expect == Some(found))
        }
        TileCase::Bundle(case) => {
            let bytes = STANDARD.decode(&case.bundle).unwrap();
            let entries = decode_bundle(&bytes, case.width).map_err(code)?;
            let found: Vec<String> = entries.iter().map(|entry| STANDARD.encode(entry)).collect();
            Ok(encode_bundle(&entries) == Ok(bytes.clone()) && case.expect == Some(found))
        }
        TileCase::Tile(case) => {
            let found = decode_tile(&STANDARD.decode(&case.tile).unwrap(), case.width).map_err(code)?;
            Ok(case.expect.as_ref().is_some_and(|expect| hashes(expect) == found))
        }
        TileCase::Shape(case) => {
            Ok(tiles(case.size).map(|tile| tile.to_string()).collect::<Vec<_>>() == case.tiles)
        }
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyCase {
    policy: Option<String>,
    policy_base64: Option<String>,
    /// Held against the policy, where there is one.
    note: Option<String>,
    expect: Option<VerifiedExpect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifiedExpect {
    origin: String,
    size: u64,
    root: String,
    log_key_id: String,
    cosigners: Vec<CosignerExpect>,
    auditors: Vec<String>,
    is_audited: bool,
    is_quorum_none: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CosignerExpect {
    name: String,
    timestamp: u64,
}

#[test]
fn policy() {
    run("policy", 111, |case: &PolicyCase| {
        let policy = Policy::parse(&octets(&case.policy, &case.policy_base64)).map_err(code)?;
        let Some(note) = &case.note else {
            return Ok(case.expect.is_none());
        };
        let found = policy.verify(note.as_bytes()).map_err(code)?;
        Ok(case.expect.as_ref().is_some_and(|expect| is_expected(&found, expect)))
    });
}

fn is_expected(found: &VerifiedCheckpoint, expect: &VerifiedExpect) -> bool {
    let cosigners: Vec<Cosigner> = expect
        .cosigners
        .iter()
        .map(|c| Cosigner { name: c.name.clone().into_bytes(), timestamp: c.timestamp })
        .collect();
    let auditors: Vec<&[u8]> = found.auditors().iter().map(|c| c.name.as_slice()).collect();
    found.origin().as_str() == expect.origin
        && found.size() == expect.size
        && *found.root() == hash(&expect.root)
        && found.log_key_id().to_string() == expect.log_key_id
        && found.cosigners() == cosigners
        && auditors == expect.auditors.iter().map(|name| name.as_bytes()).collect::<Vec<_>>()
        && found.is_audited() == expect.is_audited
        && found.is_quorum_none() == expect.is_quorum_none
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptCase {
    policy: String,
    receipt: Option<String>,
    receipt_base64: Option<String>,
    expect: Option<IncludedExpect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncludedExpect {
    index: u64,
    event_id: String,
    cosigners: Vec<String>,
}

#[test]
fn receipt() {
    run("receipt", 40, |case: &ReceiptCase| {
        let policy = Policy::parse(case.policy.as_bytes()).unwrap();
        let bytes = octets(&case.receipt, &case.receipt_base64);
        let receipt = Receipt::parse(&bytes).map_err(code)?;
        assert_eq!(receipt.format().as_bytes(), bytes);
        let included: Included = receipt.verify(&policy).map_err(code)?;
        let cosigners: Vec<String> =
            included.checkpoint().cosigners().iter().map(Cosigner::to_string).collect();
        Ok(case.expect.as_ref().is_some_and(|e| {
            e.index == included.index()
                && e.event_id == included.event().id().to_string()
                && e.cosigners == cosigners
        }))
    });
}
