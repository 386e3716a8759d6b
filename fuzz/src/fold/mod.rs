//! The fold: on any sequence of events it says what a deliberately naive second implementation says, which was written
//! from spec/fold.md, keeps everything in lists and looks through them for each answer.

pub mod build;
mod naive;

use lebombo_verifier::event::{Event, Malformed, Party, check};
use lebombo_verifier::fold::{Fold, MemoryState, Status, who};

use super::cast;
use super::input::Input;
use build::World;
use naive::Naive;

/// Most entries of a log here.
const MOST: usize = 48;

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    let mut input = Input::new(data);
    let mut world = World::default();
    let mut fold = Fold::new(MemoryState::default());
    // The same log, but the fold starts anew from the state after each entry, as after a restart.
    let mut restarted = MemoryState::default();
    let mut naive = Naive::default();
    let mut log: Vec<Result<Event, Malformed>> = Vec::new();
    for position in 0..MOST {
        if input.is_spent() && position > 0 {
            break;
        }
        let entry = match input.below(16) {
            14 if position > 0 => log[input.below(log.len())].clone(),
            15 => check(b"{}"),
            _ => {
                let payload = world.payload(&mut input);
                world.note(&payload);
                cast::checked(&payload.to_canonical(), &payload.signers)
            }
        };
        let effect = fold.apply(entry.as_ref()).unwrap_or_else(|never| panic!("{never}"));
        assert_eq!(
            effect,
            naive.apply(entry.as_ref()),
            "entry {position} of {:#?}",
            [&log[..], &[entry]].concat()
        );
        let mut fresh = Fold::new(std::mem::take(&mut restarted));
        assert_eq!(fresh.apply(entry.as_ref()).unwrap(), effect);
        restarted = fresh.state().clone();
        log.push(entry);
    }
    assert_eq!(fold.state(), &restarted, "a restart changed the state");
    compare(&mut fold, &naive, &world, &log);
}

fn compare(fold: &mut Fold<MemoryState>, naive: &Naive, world: &World, log: &[Result<Event, Malformed>]) {
    assert_eq!(fold.size().unwrap(), naive.size());
    assert_eq!(fold.day().unwrap(), naive.day());
    let mut projects = naive.projects();
    projects.sort();
    assert_eq!(fold.projects(None, usize::MAX).unwrap(), projects);
    for project in projects {
        let view = fold.project_view(&project).unwrap().expect("a project has a charter");
        assert_eq!((view.charter, view.pending), naive.charters_of(&project));
        for party in world.parties() {
            let who = who(&party);
            let counts: Vec<_> =
                fold.counts(&project, &who).unwrap().into_iter().map(|c| (c.work, c.unit, c.tally)).collect();
            assert_eq!(counts, naive.counts(&project, &party), "{party} in {log:#?}");
            assert_eq!(
                fold.void_count(&project, &who).unwrap(),
                naive.voids(&project, &party),
                "{party} in {log:#?}"
            );
        }
        let known: Vec<_> = fold.contributors(&project, None, usize::MAX).unwrap();
        for (who_, text) in &known {
            assert_eq!(Party::parse(text).map(|p| who(&p)), Some(*who_));
        }
        assert_eq!(known.len(), naive.contributors(&project));
    }
    for event in log.iter().flatten() {
        let standing = fold.standing(&event.id()).unwrap().map(|s| (s.index, word(&s.status)));
        assert_eq!(standing, naive.standing(&event.id()), "{event:#?} in {log:#?}");
    }
}

fn word(status: &Status) -> String {
    match status {
        Status::Void(code) => code.clone(),
        other => other.as_str().to_owned(),
    }
}
