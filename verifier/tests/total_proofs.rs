//! Total proofs over logs that are built here: every total of many trees verifies, and every small change to a proof is
//! refused. What each single check refuses stands in the vectors (total_vectors.rs).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

/// The small log that the fuzz target uses too.
#[path = "../../fuzz/src"]
pub mod properties {
    pub mod cast;
    /// Its totals.
    pub mod total {
        pub mod world;
    }
}

use std::sync::LazyLock;

use lebombo_verifier::Code as _;
use lebombo_verifier::fold::MAX_POINTS;
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::{MAX_TOTAL, Parts, Proof, Stated, TotalError};
use properties::total::world::{self, World};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::parse(world::policy().as_bytes()).unwrap());
static WORLD: LazyLock<World> = LazyLock::new(|| World::new(&[3, 6, 0, 1, 2]));

/// The proof that the changes are made to: both of its paths have a node on either side.
fn whole() -> String {
    Proof::new(WORLD.parts(1, 2)).unwrap().format()
}

/// What a file shows, or the code of the check that refuses it. What parses is written back the same.
fn verdict(file: &[u8]) -> Result<Stated, &'static str> {
    let proof = Proof::parse(file).map_err(|e| e.code())?;
    assert_eq!(proof.format().as_bytes(), file);
    proof.verify(&POLICY).map_err(|e| e.code())
}

fn verdict_on(change: impl FnOnce(&mut Parts)) -> Result<Stated, &'static str> {
    let mut parts = WORLD.parts(1, 2);
    change(&mut parts);
    verdict(Proof::new(parts).unwrap().format().as_bytes())
}

#[test]
fn what_a_proof_shows() {
    let stated = verdict(whole().as_bytes()).unwrap();
    let (contributor, total) = &WORLD.totals[1][2];
    assert_eq!((stated.contributor(), stated.total()), (contributor, total));
    assert_eq!(stated.project(), &WORLD.projects[1]);
    assert_eq!((stated.size(), stated.snapshot_index()), (6, 5));
    assert_eq!(stated.day().to_string(), "2026-03-02");
    assert_eq!(stated.snapshot(), lebombo_verifier::event::check(&WORLD.log[5]).unwrap().id());
    assert_eq!(stated.checkpoint().auditors().len(), 1);
    assert!(stated.is_recomputed());
    assert!(!stated.is_stale_for(5) && stated.is_stale_for(6));
}

#[test]
fn without_auditors_a_total_is_only_stated() {
    let policy = world::policy().replace("auditors", "friends");
    let policy = Policy::parse(policy.as_bytes()).unwrap();
    let stated = Proof::parse(whole().as_bytes()).unwrap().verify(&policy).unwrap();
    assert!(!stated.is_recomputed());
    assert_eq!(stated.checkpoint().cosigners().len(), 1);
}

#[test]
fn every_handle_of_trees_of_1_to_40() {
    for count in 1..=40 {
        let world = World::new(&[count]);
        for handle in 0..count {
            let stated = Proof::new(world.parts(0, handle)).unwrap().verify(&POLICY).unwrap();
            assert_eq!(stated.total(), &world.totals[0][handle].1);
            assert_eq!(stated.project(), &world.projects[0]);
        }
    }
}

#[test]
fn every_number_of_1_to_20_projects() {
    for count in 1..=20 {
        let world = World::new(&vec![2; count]);
        for number in 0..count {
            let stated = Proof::new(world.parts(number, 1)).unwrap().verify(&POLICY).unwrap();
            assert_eq!(stated.project(), &world.projects[number]);
        }
    }
}

#[test]
fn every_single_bit() {
    let mut file = whole().into_bytes();
    for bit in 0..file.len() * 8 {
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(verdict(&file).is_err(), "bit {bit} changed, and yet: {}", String::from_utf8_lossy(&file));
        file[bit / 8] ^= 1 << (bit % 8);
    }
    verdict(&file).unwrap();
}

#[test]
fn cut_off_anywhere() {
    let file = whole().into_bytes();
    for length in 0..file.len() {
        assert!(verdict(&file[..length]).is_err(), "the first {length} bytes");
    }
}

#[test]
fn bytes_after_the_end() {
    for tail in ["\n", "x", " ", "\r\n", "\0", "— other AAAAAAE="] {
        assert!(verdict((whole() + tail).as_bytes()).is_err(), "{tail:?}");
    }
}

#[test]
fn carriage_returns() {
    let file = whole();
    assert_eq!(verdict(file.replace('\n', "\r\n").as_bytes()).unwrap_err(), "total-not-a-total");
    for (at, _) in file.match_indices('\n') {
        let changed = [&file[..at], "\r", &file[at..]].concat();
        assert!(verdict(changed.as_bytes()).is_err(), "before the newline at {at}");
    }
}

/// The number of the first line that signs the checkpoint: such lines may stand in any order, and repeatedly.
fn first_signature(lines: &[&str]) -> usize {
    lines.iter().position(|line| line.starts_with('—')).unwrap()
}

#[test]
fn each_line_dropped_doubled_and_swapped_with_the_next() {
    let file = whole();
    let truth = verdict(file.as_bytes()).unwrap();
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    let signatures = first_signature(&lines);
    for at in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(at);
        assert!(verdict(dropped.concat().as_bytes()).is_err(), "without line {}", at + 1);
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        let found = verdict(doubled.concat().as_bytes());
        assert_eq!(found.ok(), (at >= signatures).then(|| truth.clone()), "line {} twice", at + 1);
        if at + 1 < lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            let found = verdict(swapped.concat().as_bytes());
            assert_eq!(
                found.ok(),
                (at >= signatures).then(|| truth.clone()),
                "line {} after the next",
                at + 1
            );
        }
    }
}

#[test]
fn numbers_have_one_form() {
    let file = whole();
    let lines: Vec<&str> = file.lines().collect();
    let total = lines[1];
    for field in [2, 4, 5, 13] {
        let number = total.split(' ').nth(field).unwrap();
        for wrong in
            ["", "+1", "-1", "00", "01", "1.0", "1e3", "0x1", "１", "18446744073709551616", &"9".repeat(99)]
        {
            let mut fields: Vec<&str> = total.split(' ').collect();
            fields[field] = wrong;
            let changed = file.replacen(total, &fields.join(" "), 1);
            let refused = Proof::parse(changed.as_bytes());
            assert!(
                matches!(
                    refused,
                    Err(TotalError::Line(lebombo_verifier::statement::LineFault { line: 2, .. }))
                ),
                "{number} as {wrong}: {refused:?}"
            );
        }
    }
}

#[test]
fn parts_of_other_proofs() {
    let other = WORLD.parts(1, 3);
    let root = Err("statement-project-root");
    let code = |found: Result<Stated, &'static str>| found.map(|_| ());
    assert_eq!(code(verdict_on(|p| p.contributor = other.contributor.clone())), root);
    assert_eq!(code(verdict_on(|p| p.total.handle = 3)), root);
    assert_eq!(code(verdict_on(|p| p.total.counts[0] += 1)), root);
    assert_eq!(code(verdict_on(|p| p.total = other.total)), Err("total-points"));
    assert_eq!(code(verdict_on(|p| p.path = other.path.clone())), Err("total-points"));
    // The points of one moved to the other, so that the sum is right.
    let moved = |p: &mut Parts| {
        p.total.points += 1;
        p.path[0].sum -= 1;
    };
    assert_eq!(code(verdict_on(moved)), root);
    assert_eq!(code(verdict_on(|p| p.total.project = WORLD.projects[0].project)), root);
    assert_eq!(code(verdict_on(|p| p.project = WORLD.parts(0, 0).project)), Err("total-path"));
    for number in [0, 2, 3] {
        assert_eq!(code(verdict_on(|p| p.number = number)), root, "number {number}");
    }
    // The fifth project stands alone at the right edge: its path is shorter.
    assert_eq!(code(verdict_on(|p| p.number = 4)), Err("statement-project-path"));
    assert_eq!(code(verdict_on(|p| p.number = 5)), Err("statement-project-path"));
    assert_eq!(code(verdict_on(|p| p.total.handle = 6)), Err("total-path"));
    assert_eq!(code(verdict_on(|p| p.total.handle = u64::MAX)), Err("total-path"));
    assert_eq!(code(verdict_on(|p| p.project.contributors = u64::MAX)), Err("total-path"));
    assert_eq!(code(verdict_on(|p| p.project.contributors = 0)), Err("total-path"));
}

#[test]
fn paths_of_every_wrong_length() {
    let (own, top) = (WORLD.parts(1, 2).path, WORLD.parts(1, 2).project_path);
    for length in (0..=70).filter(|length| *length != own.len()) {
        let path: Vec<_> = own.iter().cycle().take(length).copied().collect();
        assert_eq!(verdict_on(|p| p.path = path).unwrap_err(), "total-path", "{length}");
    }
    for length in (0..=70).filter(|length| *length != top.len()) {
        let path: Vec<_> = top.iter().cycle().take(length).copied().collect();
        assert_eq!(verdict_on(|p| p.project_path = path).unwrap_err(), "statement-project-path", "{length}");
    }
}

#[test]
fn sums_stay_within_63_bits() {
    let code = |found: Result<Stated, &'static str>| found.map(|_| ());
    assert_eq!(code(verdict_on(|p| p.total.points = MAX_POINTS + 1)), Err("total-sum"));
    assert_eq!(code(verdict_on(|p| p.total.points = u64::MAX)), Err("total-sum"));
    // So much that the sum would come round to the right one again.
    let round = |p: &mut Parts| {
        p.path[0].sum = u64::MAX - 4;
        p.path[1].sum += 5;
    };
    assert_eq!(code(verdict_on(round)), Err("total-sum"));
    assert_eq!(code(verdict_on(|p| p.path[0].sum = MAX_POINTS - p.total.points)), Err("total-sum"));
    assert_eq!(code(verdict_on(|p| p.project.points = u64::MAX)), Err("total-points"));
}

#[test]
fn too_large() {
    let file = format!("lebombo/total@v1\n{}", "x".repeat(MAX_TOTAL));
    assert_eq!(verdict(file.as_bytes()).unwrap_err(), "total-too-large");
    let just = &file.as_bytes()[..MAX_TOTAL];
    assert_eq!(verdict(just).unwrap_err(), "total-line");
}

#[test]
fn what_can_not_be_written_is_no_proof() {
    let made = |change: fn(&mut Parts)| {
        let mut parts = WORLD.parts(1, 2);
        change(&mut parts);
        Proof::new(parts).map_err(|e| e.code())
    };
    assert_eq!(made(|p| p.entries[0].bytes.clear()), Err("total-line"));
    assert_eq!(made(|p| p.entries[0].bytes = vec![0; 65_536]), Err("total-line"));
    assert_eq!(made(|p| p.entries = vec![p.entries[0].clone(); 3_000]), Err("total-too-large"));
    assert_eq!(made(|p| p.checkpoint.clear()), Err("note-no-separator"));
    // What follows from the rest is not taken from what is given.
    let own = Proof::new(WORLD.parts(1, 2)).unwrap();
    let given = made(|p| {
        p.total.who = lebombo_verifier::Hash([1; 32]);
        p.project.project = p.total.who;
        p.project.totals = p.total.who;
    });
    assert_eq!(given, Ok(own));
}
