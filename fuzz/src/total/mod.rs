//! Total proofs: what is read is written the same, and whatever is done to one, nothing is shown that the ledger did
//! not state.

pub mod world;

use std::sync::LazyLock;

use lebombo_verifier::Hash;
use lebombo_verifier::event::Party;
use lebombo_verifier::note::{KeyId, signature_line};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::total::{Parts, Project, Proof, ProofEntry, SumNode, Total};

use super::input::Input;
use super::{cast, note};
use world::World;

/// Contributors of each project.
const PROJECTS: [usize; 4] = [1, 7, 0, 5];
/// Projects that have contributors.
const LIVELY: [usize; 3] = [0, 1, 3];

static WORLD: LazyLock<(World, Policy)> = LazyLock::new(|| {
    let policy = Policy::parse(world::policy().as_bytes()).expect("a policy");
    (World::new(&PROJECTS), policy)
});

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    text(data);
    let mut input = Input::new(data);
    let written = Proof::new(any_parts(&mut input)).expect("well-formed parts").format();
    text(written.as_bytes());
    text(&input.damage(written.as_bytes()));
    // A proof with a part of another one in it, and then some bytes changed.
    let (world, _) = &*WORLD;
    let mut parts = some_proof(&mut input, world);
    mix(&mut input, &mut parts, world);
    let mixed = Proof::new(parts).expect("parts of proofs").format();
    text(mixed.as_bytes());
    text(&input.damage(mixed.as_bytes()));
}

/// A text that somebody sends.
fn text(data: &[u8]) {
    let Ok(proof) = Proof::parse(data) else { return };
    assert_eq!(proof.format().as_bytes(), data);
    let (world, policy) = &*WORLD;
    let Ok(stated) = proof.verify(policy) else { return };
    let project = world.projects.iter().position(|p| p == stated.project());
    let project = project.unwrap_or_else(|| panic!("nobody stated {:?}", stated.project()));
    let handle = usize::try_from(stated.total().handle).unwrap();
    let (contributor, total) = &world.totals[project][handle];
    assert_eq!((stated.contributor(), stated.total()), (contributor, total));
    assert_eq!((stated.size(), stated.is_recomputed()), (world.log.len() as u64, true));
}

fn some_proof(input: &mut Input<'_>, world: &World) -> Parts {
    let project = *input.pick(&LIVELY);
    world.parts(project, input.below(PROJECTS[project]))
}

/// Puts one part of another proof in the place of its own, or none.
fn mix(input: &mut Input<'_>, parts: &mut Parts, world: &World) {
    let other = some_proof(input, world);
    match input.below(8) {
        1 => parts.contributor = other.contributor,
        2 => parts.total = other.total,
        3 => parts.path = other.path,
        4 => parts.number = other.number,
        5 => parts.project = other.project,
        6 => parts.project_path = other.project_path,
        7 => {
            let at = input.below(parts.entries.len());
            parts.entries.remove(at);
        }
        _ => {}
    }
}

fn any_parts(input: &mut Input<'_>) -> Parts {
    let total = Total {
        project: Hash(input.hash()),
        handle: input.number(),
        who: Hash::default(),
        counts: std::array::from_fn(|_| input.number()),
        points: input.number(),
    };
    let project = Project {
        project: total.project,
        charter: Hash(input.hash()),
        contributors: input.number(),
        points: input.number(),
        totals: Hash::default(),
        settlement: if input.once_in(2) { Hash(input.hash()) } else { Hash::default() },
        decisions: input.number(),
        money: Hash(input.hash()),
    };
    let hashes = |n: usize| (0..n).map(|i| Hash([i.to_le_bytes()[0]; 32])).collect::<Vec<_>>();
    let path =
        (0..input.below(8)).map(|_| SumNode { sum: input.number(), hash: Hash(input.hash()) }).collect();
    let entries = (0..input.below(4))
        .map(|_| ProofEntry {
            index: input.number(),
            bytes: vec![input.byte(); 1 + input.below(64)],
            path: hashes(input.below(4)),
        })
        .collect();
    let contributor = match input.once_in(2) {
        true => Party::parse(&format!("alias:fuzz:{}", Hash(input.hash()))).unwrap(),
        false => Party::Key(cast::did(input.byte() % cast::KEYS)),
    };
    let (number, project_path) = (input.number(), hashes(input.below(8)));
    let checkpoint = note::checkpoint(input).to_text();
    let checkpoint = format!("{checkpoint}\n{}", signature_line("log.example/fuzz", KeyId([1; 4]), &[7; 64]));
    Parts { contributor, total, path, number, project, project_path, entries, checkpoint }
}
