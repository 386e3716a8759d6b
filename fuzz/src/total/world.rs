//! A small log with totals, its trees after the recursive definitions of RFC 6962 §2.1.

use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::Checkpoint;
use lebombo_verifier::cosignature::message_v1;
use lebombo_verifier::did::Did;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::event::{Body, Day, Ledger, Nonce, Party, Payload, Snapshot};
use lebombo_verifier::fold::who;
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::total::{Parts, Project, ProofEntry, SumNode, Total};

use super::super::cast;

/// The log's name.
pub const LOG: &str = "log.example/totals";
/// The first ledger key, the second, the checkpoint key and the auditor's, as numbers of the cast.
const FIRST: u8 = 0;
const SECOND: u8 = 1;
const CHECKPOINT: u8 = 2;
const AUDITOR: u8 = 3;

/// What the ledger stated.
#[derive(Debug, Clone)]
pub struct World {
    /// Everybody's total, by project and handle.
    pub totals: Vec<Vec<(Party, Total)>>,
    /// The projects, with the roots of their totals trees.
    pub projects: Vec<Project>,
    /// The log's entries. Those that are in no proof are anything.
    pub log: Vec<Vec<u8>>,
    /// Indices of the entries that a proof has.
    pub shown: Vec<u64>,
    /// The signed checkpoint over all of them.
    pub checkpoint: String,
}

/// The log's key, and the auditor's.
fn vkey(n: u8, cosigns: bool) -> Vkey {
    let key = PublicKey::from_bytes(&cast::key(n).verifying_key().to_bytes()).unwrap();
    match cosigns {
        true => Vkey::new(KeyName::parse("auditor.example").unwrap(), Key::CosignatureV1(key)),
        false => Vkey::new(KeyName::parse(LOG).unwrap(), Key::Ed25519(key)),
    }
}

/// A policy that asks for the auditor's cosignature.
pub fn policy() -> String {
    let (log, auditor) = (vkey(CHECKPOINT, false), vkey(AUDITOR, true));
    format!("log {log}\nwitness a {auditor}\ngroup auditors all a\nquorum auditors\n")
}

impl World {
    /// A log in which projects have so many contributors each. The ledger has changed its key before the snapshot.
    pub fn new(contributors: &[usize]) -> Self {
        let mut totals = Vec::new();
        let mut projects = Vec::new();
        for (number, count) in contributors.iter().enumerate() {
            let id = Hash::of(format!("project {number}").as_bytes());
            let people: Vec<_> = (0..*count).map(|handle| person(id, handle)).collect();
            let leaves: Vec<_> = people.iter().map(|(_, total)| sum_leaf(total)).collect();
            let root = sum_root(&leaves);
            projects.push(Project {
                project: id,
                charter: Hash::of(&id.0),
                contributors: *count as u64,
                points: root.sum,
                totals: root.hash,
                settlement: if number % 2 == 1 { Hash::of(b"settlement") } else { Hash::default() },
                decisions: number as u64 * 3,
                money: Hash::of(&id.0[..9]),
            });
            totals.push(people);
        }
        let leaves: Vec<_> = projects.iter().map(project_leaf).collect();
        let root = if leaves.is_empty() { Hash::default() } else { tree_root(&leaves) };
        let (mark, projects_count) = (Hash::of(b"mark"), leaves.len() as u64);
        let snapshot = Body::Snapshot(Snapshot { mark, previous: None, projects: projects_count, root });
        let entry = |i: u8| vec![i; 3];
        let log = vec![
            event(ledger(FIRST), &[FIRST], 0),
            entry(1),
            entry(2),
            event(ledger(SECOND), &[FIRST, SECOND], 1),
            entry(4),
            event(snapshot, &[SECOND], 2),
        ];
        let checkpoint = sign(&log);
        Self { totals, projects, log, shown: vec![0, 3, 5], checkpoint }
    }

    /// The proof of one total.
    pub fn parts(&self, project: usize, handle: usize) -> Parts {
        let (contributor, total) = self.totals[project][handle].clone();
        let sums: Vec<_> = self.totals[project].iter().map(|(_, total)| sum_leaf(total)).collect();
        let leaves: Vec<_> = self.projects.iter().map(project_leaf).collect();
        let log: Vec<_> = self.log.iter().map(|entry| log_leaf(entry)).collect();
        let show = |index: &u64| {
            let at = usize::try_from(*index).unwrap();
            ProofEntry { index: *index, bytes: self.log[at].clone(), path: tree_path(at, &log) }
        };
        Parts {
            contributor,
            total,
            path: sum_path(handle, &sums),
            number: project as u64,
            project: Project { totals: Hash::default(), ..self.projects[project] },
            project_path: tree_path(project, &leaves),
            entries: self.shown.iter().map(show).collect(),
            checkpoint: self.checkpoint.clone(),
        }
    }
}

/// Somebody, of whom everything is a little different.
fn person(project: Hash, handle: usize) -> (Party, Total) {
    let key = Hash::of(format!("person {handle}").as_bytes());
    let contributor = match handle % 3 {
        0 => Party::parse(&format!("alias:totals:{key}")).unwrap(),
        _ => Party::Key(Did::from_key(&key.0)),
    };
    let handle = handle as u64;
    let counts = std::array::from_fn(|i| handle * 10 + i as u64);
    let total = Total { project, handle, who: who(&contributor), counts, points: handle * 7 % 11 };
    (contributor, total)
}

fn ledger(key: u8) -> Body {
    let checkpoint = vkey(CHECKPOINT, false);
    Body::Ledger(Ledger { checkpoint, closing: None, key: cast::did(key), rules: 1, witnesses: Vec::new() })
}

/// An entry of this log.
pub fn event(body: Body, signers: &[u8], n: u8) -> Vec<u8> {
    let mut signers: Vec<_> = signers.iter().map(|s| cast::did(*s)).collect();
    signers.sort();
    let payload = Payload {
        about: Vec::new(),
        body,
        date: Day::parse("2026-03-02").unwrap(),
        id: Nonce::from_hex(&hex(n)).unwrap(),
        log: Origin::parse(LOG).unwrap(),
        project: None,
        signers: signers.clone(),
    };
    cast::entry(&payload.to_canonical(), &signers).unwrap()
}

fn hex(n: u8) -> String {
    format!("{n:032x}")
}

/// The checkpoint over these entries, signed and cosigned.
pub fn sign(log: &[Vec<u8>]) -> String {
    let leaves: Vec<_> = log.iter().map(|entry| log_leaf(entry)).collect();
    let head = Checkpoint::new(Origin::parse(LOG).unwrap(), log.len() as u64, tree_root(&leaves)).unwrap();
    let text = head.to_text();
    let mut out = format!("{text}\n");
    let signature = cast::sign(&cast::did(CHECKPOINT), text.as_bytes()).unwrap();
    out.push_str(&signature_line(LOG, vkey(CHECKPOINT, false).key_id(), &signature));
    let time = 1_772_400_000_u64;
    let signature = cast::sign(&cast::did(AUDITOR), &message_v1(time, &head)).unwrap();
    let signature = [&time.to_be_bytes()[..], &signature].concat();
    out.push_str(&signature_line("auditor.example", vkey(AUDITOR, true).key_id(), &signature));
    out
}

fn log_leaf(entry: &[u8]) -> Hash {
    Hash::of(&[&[0], entry].concat())
}

fn sum_leaf(total: &Total) -> SumNode {
    let mut bytes = [&[0][..], &total.project.0, &total.handle.to_be_bytes(), &total.who.0].concat();
    total.counts.iter().for_each(|count| bytes.extend(count.to_be_bytes()));
    bytes.extend(total.points.to_be_bytes());
    SumNode { sum: total.points, hash: Hash::of(&bytes) }
}

fn project_leaf(p: &Project) -> Hash {
    let (contributors, points) = (p.contributors.to_be_bytes(), p.points.to_be_bytes());
    let parts = [
        &[0][..],
        &p.project.0,
        &p.charter.0,
        &contributors,
        &points,
        &p.totals.0,
        &p.settlement.0,
        &p.decisions.to_be_bytes(),
        &p.money.0,
    ];
    Hash::of(&parts.concat())
}

/// The greatest power of two below `n`, 2 ≤ n.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn sum_root(nodes: &[SumNode]) -> SumNode {
    match nodes {
        [] => SumNode { sum: 0, hash: Hash::default() },
        [only] => *only,
        _ => {
            let (l, r) = nodes.split_at(split(nodes.len()));
            let (l, r) = (sum_root(l), sum_root(r));
            let (sum_l, sum_r) = (l.sum.to_be_bytes(), r.sum.to_be_bytes());
            let hash = Hash::of(&[&[1][..], &sum_l, &l.hash.0, &sum_r, &r.hash.0].concat());
            SumNode { sum: l.sum + r.sum, hash }
        }
    }
}

fn sum_path(m: usize, nodes: &[SumNode]) -> Vec<SumNode> {
    if nodes.len() == 1 {
        return Vec::new();
    }
    let k = split(nodes.len());
    let (l, r) = nodes.split_at(k);
    let (mut out, sibling) =
        if m < k { (sum_path(m, l), sum_root(r)) } else { (sum_path(m - k, r), sum_root(l)) };
    out.push(sibling);
    out
}

fn tree_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [only] => *only,
        _ => {
            let (l, r) = leaves.split_at(split(leaves.len()));
            Hash::of(&[&[1][..], &tree_root(l).0, &tree_root(r).0].concat())
        }
    }
}

fn tree_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (l, r) = leaves.split_at(k);
    let (mut out, sibling) =
        if m < k { (tree_path(m, l), tree_root(r)) } else { (tree_path(m - k, r), tree_root(l)) };
    out.push(sibling);
    out
}
