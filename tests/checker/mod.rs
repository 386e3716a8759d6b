//! The one check of the whole state: what a stranger who trusts nothing but the log's key finds out over HTTP.
//!
//! A stranger remembers: every entry, every checkpoint ever seen, every answer that anybody got. [`Stranger::follow`]
//! reads what is new and holds it against that, which is cheap enough for after each crash. [`Stranger::check`] goes
//! through everything. [`Stranger::conclude`] does so, stops the server and lets `fsck` look at what is on the disk.

mod naive;
mod totals;

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::VerifiedCheckpoint;
use lebombo_verifier::event::{self, Body};
use lebombo_verifier::fold::{Effect, Fold, MemoryState};
use lebombo_verifier::note::Vkey;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::proof::verify_consistency;
use lebombo_verifier::receipt::Receipt;
use lebombo_verifier::tile::{self, BundlePath, TilePath};
use serde_json::Value;

use crate::harness::http::{Http, LINES};
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};
use crate::harness::wait::until;
use naive::NaiveTree;

/// Receipts that are looked at one by one in a full check, in the middle of a large log.
const SAMPLE: u64 = 40;

/// Somebody who watches one log.
pub(crate) struct Stranger {
    vkey: Vkey,
    policy: Policy,
    tree: NaiveTree,
    /// Event id of each entry.
    ids: Vec<Hash>,
    index_of: HashMap<Hash, u64>,
    fold: Fold<MemoryState>,
    /// Sizes of the log after each valid snapshot.
    snapshots: Vec<u64>,
    /// Size and root of every checkpoint ever seen.
    seen: BTreeMap<u64, Hash>,
    /// What the ledger has answered to anybody, and not been held against the log yet.
    answered: Vec<(u64, Hash)>,
    random: Random,
}

impl Stranger {
    /// Somebody who was told the log's key, and nothing else.
    pub(crate) fn new(vkey: Vkey) -> Self {
        let policy = Policy::parse(format!("log {vkey}\nquorum none\n").as_bytes()).unwrap();
        Self {
            vkey,
            policy,
            tree: NaiveTree::default(),
            ids: Vec::new(),
            index_of: HashMap::new(),
            fold: Fold::new(MemoryState::default()),
            snapshots: Vec::new(),
            seen: BTreeMap::new(),
            answered: Vec::new(),
            random: Random::new("checker"),
        }
    }

    /// Somebody who watches this server from now on.
    pub(crate) fn of(server: &Server) -> Self {
        Self::new(server.vkey())
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Number of entries read.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Number of valid snapshots among them.
    pub(crate) fn snapshots(&self) -> usize {
        self.snapshots.len()
    }

    /// The index of an event, if it has been read.
    pub(crate) fn find(&self, id: &Hash) -> Option<u64> {
        self.index_of.get(id).copied()
    }

    /// Remembers that somebody was told where an event is.
    pub(crate) fn was_told(&mut self, index: u64, id: Hash) {
        self.answered.push((index, id));
    }

    /// Remembers the answers to a batch; how many were `logged`.
    pub(crate) fn was_answered(&mut self, answers: &[Value]) -> usize {
        let mut logged = 0;
        for answer in answers {
            if answer["status"] == "refused" {
                continue;
            }
            logged += usize::from(answer["status"] == "logged");
            self.was_told(
                answer["index"].as_u64().unwrap(),
                Hash::from_hex(answer["id"].as_str().unwrap()).unwrap(),
            );
        }
        logged
    }

    /// Remembers a checkpoint that somebody got, whenever that was.
    pub(crate) fn was_shown(&mut self, note: &[u8]) -> VerifiedCheckpoint {
        let checkpoint = VerifiedCheckpoint::by_log_key(note, &self.vkey).unwrap();
        assert_eq!(self.policy.verify(note).unwrap().root(), checkpoint.root());
        if let Some(root) = self.seen.insert(checkpoint.size(), *checkpoint.root()) {
            assert_eq!(root, *checkpoint.root(), "two roots were signed for size {}", checkpoint.size());
        }
        checkpoint
    }

    /// Reads what is new, and holds it against all that is remembered.
    pub(crate) fn follow(&mut self, http: &Http) -> VerifiedCheckpoint {
        let owed = self.answered.iter().map(|(index, _)| index + 1).max().unwrap_or_default();
        // Entries are answered when they are committed, and published a moment later.
        let checkpoint = until("a checkpoint of what was answered", || {
            let checkpoint = self.was_shown(&http.fetch("/checkpoint").body);
            (checkpoint.size() >= owed).then_some(checkpoint)
        });
        let (size, before) = (checkpoint.size(), self.size());
        let known = self.snapshots.len();
        let largest = self.seen.last_key_value().map_or(0, |(size, _)| *size);
        assert!(size >= largest, "the checkpoint of {size} entries came after one of {largest}");
        self.read_entries(http, size);
        assert_eq!(self.tree.root(size), *checkpoint.root(), "root at {size}");
        for (old, root) in &self.seen {
            assert_eq!(self.tree.root(*old), *root, "the checkpoint of {old} entries is not of this log");
        }
        for (index, id) in std::mem::take(&mut self.answered) {
            assert_eq!(
                self.ids[usize::try_from(index).unwrap()],
                id,
                "entry {index} is another event than was answered"
            );
        }
        for path in tile::tiles(size) {
            let fresh_from = before >> (8 * path.level());
            if path.number() * 256 + u64::from(path.width()) > fresh_from {
                self.compare_tile(http, &path);
            }
        }
        self.check_consistency(http, before, size);
        self.check_snapshots(http, known);
        if size > 0 {
            let index = self.random.below(size);
            self.check_receipt(http, index);
            self.check_receipt(http, size - 1);
        }
        checkpoint
    }

    /// Everything that a stranger can check, from the first entry to the last.
    pub(crate) fn check(&mut self, http: &Http) -> VerifiedCheckpoint {
        let checkpoint = self.follow(http);
        let size = checkpoint.size();
        for path in tile::tiles(size) {
            self.compare_tile(http, &path);
        }
        for path in tile::bundles(size) {
            for (i, entry) in bundle(http, &path).into_iter().enumerate() {
                let index = path.number() * 256 + i as u64;
                assert_eq!(sha256_leaf(&entry), self.tree.leaf(index), "entry {index} of {}", path);
            }
        }
        self.check_old_sizes(http, size);
        self.check_snapshots(http, 0);
        for _ in 0..SAMPLE.min(size) {
            let index = self.random.below(size);
            self.check_receipt(http, index);
            self.check_entry(http, index);
        }
        self.check_receipts_in_bulk(http, size);
        self.check_feed(http, size);
        totals::check(&self.fold, http);
        checkpoint
    }

    /// The full check; then the server stops, and its data are looked at where they lie.
    pub(crate) fn conclude(mut self, server: Server) -> Site {
        self.check(&server.http);
        let site = server.stop();
        site.fsck().ok();
        site
    }

    fn read_entries(&mut self, http: &Http, size: u64) {
        for path in tile::bundles(size) {
            let first = path.number() * 256;
            if first + u64::from(path.width()) <= self.size() {
                continue;
            }
            for (i, entry) in bundle(http, &path).into_iter().enumerate() {
                let index = first + i as u64;
                if index < self.size() {
                    assert_eq!(sha256_leaf(&entry), self.tree.leaf(index), "entry {index} has changed");
                    continue;
                }
                let event = event::check(&entry)
                    .unwrap_or_else(|error| panic!("entry {index} was admitted: {error}"));
                let effect = self.fold.apply(Ok(&event)).unwrap();
                match (&event.payload().body, &effect) {
                    (Body::Snapshot(_), Effect::Snapshot) => self.snapshots.push(index + 1),
                    (Body::Ledger(_) | Body::Day | Body::Mark | Body::Snapshot(_), Effect::Void(void)) => {
                        panic!("entry {index} is the ledger's own, and void: {void}")
                    }
                    _ => {}
                }
                self.tree.push(&entry);
                self.ids.push(event.id());
                let earlier = self.index_of.insert(event.id(), index);
                assert_eq!(earlier, None, "the event of entry {index} is there twice");
            }
        }
    }

    /// Reads on where a ledger that states its totals has gone on by itself.
    fn grow(&mut self, http: &Http, size: u64) {
        if size > self.size() {
            self.read_entries(http, size);
        }
    }

    /// For each snapshot after the first `known` there is a checkpoint that ends with it.
    fn check_snapshots(&mut self, http: &Http, known: usize) {
        for size in self.snapshots.clone().into_iter().skip(known) {
            let kept = self.was_shown(&http.fetch(&format!("/v1/snapshots/{size}/checkpoint")).body);
            assert_eq!(
                (kept.size(), *kept.root()),
                (size, self.tree.root(size)),
                "the snapshot of size {size}"
            );
        }
    }

    fn compare_tile(&self, http: &Http, path: &TilePath) {
        let answer = http.fetch(&format!("/{path}"));
        assert!(answer.header("cache-control").contains("immutable"), "{path}");
        assert_eq!(answer.body, self.tree.tile(path.level(), path.number(), path.width()), "{path}");
    }

    fn check_consistency(&self, http: &Http, from: u64, to: u64) {
        let json = http.fetch(&format!("/v1/proofs/consistency?from={from}&to={to}")).json();
        let proof: Vec<Hash> = json["proof"].as_array().unwrap().iter().map(hash_of).collect();
        verify_consistency(from, &self.tree.root(from), to, &self.tree.root(to), &proof)
            .unwrap_or_else(|error| panic!("consistency from {from} to {to}: {error}"));
    }

    /// What was published once stays readable: partial tiles and bundles of old sizes, and the proof that they grew.
    fn check_old_sizes(&mut self, http: &Http, size: u64) {
        let sizes: Vec<u64> = self.seen.keys().copied().collect();
        for pair in sizes.windows(2) {
            self.check_consistency(http, pair[0], pair[1]);
        }
        for old in sizes {
            self.check_consistency(http, old, size);
            if let Some(path) = tile::tiles(old).filter(|path| path.level() == 0).last() {
                self.compare_tile(http, &path);
                let entries = bundle(http, &BundlePath::new(path.number(), path.width()).unwrap());
                assert_eq!(sha256_leaf(entries.last().unwrap()), self.tree.leaf(old - 1));
            }
        }
    }

    /// A receipt, as its owner gets and verifies it.
    pub(crate) fn check_receipt(&mut self, http: &Http, index: u64) {
        let id = self.ids[usize::try_from(index).unwrap()];
        let answer = http.fetch(&format!("/v1/entries/{id}/receipt"));
        let receipt = Receipt::parse(&answer.body).unwrap();
        assert_eq!(receipt.format().as_bytes(), answer.body);
        let included =
            receipt.verify(&self.policy).unwrap_or_else(|error| panic!("receipt of entry {index}: {error}"));
        assert_eq!((included.index(), included.event().id()), (index, id));
        self.grow(http, included.checkpoint().size());
        assert_eq!(self.tree.root(included.checkpoint().size()), *included.checkpoint().root());
    }

    fn check_entry(&self, http: &Http, index: u64) {
        let by_index = http.fetch(&format!("/v1/entries/{index}")).json();
        let entry = STANDARD.decode(by_index["entry"].as_str().unwrap()).unwrap();
        assert_eq!(sha256_leaf(&entry), self.tree.leaf(index));
        let id = self.ids[usize::try_from(index).unwrap()].to_string();
        assert_eq!(by_index["id"], id);
        assert_eq!(http.fetch(&format!("/v1/entries/{id}")).json(), by_index);
    }

    fn check_receipts_in_bulk(&mut self, http: &Http, size: u64) {
        let start = self.random.below(size.saturating_sub(2_000) + 1);
        let wanted: Vec<u64> = (start..size.min(start + 2_000)).rev().collect();
        let asked: String = wanted.iter().map(|index| format!("{index}\n")).collect();
        let answer = http.post("/v1/receipts", LINES, asked.as_bytes());
        let lines = answer.lines();
        let checkpoint = self.was_shown(lines[0]["checkpoint"].as_str().unwrap().as_bytes());
        assert_eq!(lines.len(), wanted.len() + 1);
        self.grow(http, checkpoint.size());
        for (index, line) in wanted.into_iter().zip(&lines[1..]) {
            let proof: Vec<Hash> = line["proof"].as_array().unwrap().iter().map(hash_of).collect();
            assert_eq!(
                (line["index"].as_u64(), line["id"].as_str().unwrap()),
                (Some(index), &*self.id(index).to_string())
            );
            let (leaf, root) = (self.tree.leaf(index), checkpoint.root());
            lebombo_verifier::proof::verify_inclusion(index, checkpoint.size(), &leaf, &proof, root).unwrap();
        }
    }

    /// The feed names every entry once, in order.
    fn check_feed(&self, http: &Http, size: u64) {
        let (mut after, mut next) = (String::new(), 0);
        while next < size {
            let page = http.fetch(&format!("/v1/changes?limit=4096{after}")).json();
            let changes = page["changes"].as_array().unwrap();
            assert!(!changes.is_empty(), "the feed ends after {next} of {size} entries");
            for change in changes {
                assert_eq!(change["index"].as_u64(), Some(next));
                assert_eq!(change["id"], self.id(next).to_string());
                next += 1;
            }
            after = format!("&after={}", page["next"].as_u64().unwrap());
        }
    }

    fn id(&self, index: u64) -> Hash {
        self.ids[usize::try_from(index).unwrap()]
    }
}

fn hash_of(value: &Value) -> Hash {
    Hash::from_base64(value.as_str().unwrap()).unwrap()
}

fn bundle(http: &Http, path: &BundlePath) -> Vec<Vec<u8>> {
    let answer = http.fetch(&format!("/{path}"));
    assert!(answer.header("cache-control").contains("immutable"), "{path}");
    tile::decode_bundle(&answer.body, path.width()).unwrap().into_iter().map(<[u8]>::to_vec).collect()
}

/// The leaf hash of an entry, by the naive tree's own code.
fn sha256_leaf(entry: &[u8]) -> Hash {
    let mut tree = NaiveTree::default();
    tree.push(entry);
    tree.leaf(0)
}
