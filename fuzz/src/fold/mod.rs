//! The fold: on any sequence of events it says what a deliberately naive second implementation says, which was written
//! from spec/fold.md, keeps everything in lists and looks through them for each answer.

pub mod build;
mod naive;

use lebombo_verifier::Hash;
use lebombo_verifier::event::Payload;
use lebombo_verifier::event::{Event, Malformed, Party, check};
use lebombo_verifier::fold::{AsOf, Effect, Fold, MemoryState, Status, who};

use super::cast;
use super::input::Input;
use build::World;
use naive::Naive;

/// Most entries of a log here.
const MOST: usize = 96;

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
    let mut at_mark = Seen::default();
    for position in 0..MOST {
        if input.is_spent() && position > 0 {
            break;
        }
        // Rubbish first leaves a log without a constitution, in which nothing else happens.
        let (entry, payload): (_, Option<Payload>) = match input.below(32) {
            30 if position > 0 => (log[input.below(log.len())].clone(), None),
            31 if position > 0 || input.once_in(8) => (check(b"{}"), None),
            _ => {
                let payload = world.payload(&mut input);
                (cast::checked(&payload.to_canonical(), &payload.signers), Some(payload))
            }
        };
        let effect = fold.apply(entry.as_ref()).unwrap_or_else(|never| panic!("{never}"));
        assert_eq!(
            effect,
            naive.apply(entry.as_ref()),
            "entry {position} of {:#?}",
            [&log[..], &[entry]].concat()
        );
        if let Some(payload) = &payload {
            world.note(payload, &effect);
        }
        if let Effect::Mark { .. } = effect {
            at_mark = seen(&fold, &world, AsOf::Now);
        }
        if fold.mark_view().unwrap().is_some() {
            assert_eq!(seen(&fold, &world, AsOf::Mark), at_mark, "the mark moved, in {log:#?}");
        }
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
        assert_eq!(view.points, world.parties().iter().map(|p| naive.points(&project, p)).sum::<u64>());
        assert_eq!(fold.undecided(&project, None, usize::MAX).unwrap(), naive.undecided(&project));
        for party in world.parties() {
            let who = who(&party);
            let counts: Vec<_> = fold.counts(&project, &who, AsOf::Now).unwrap();
            let counts: Vec<_> = counts.into_iter().map(|c| (c.work, c.unit, c.tally)).collect();
            assert_eq!(counts, naive.counts(&project, &party), "{party} in {log:#?}");
            let found = fold.contributor_view(&project, &who, AsOf::Now).unwrap();
            let found =
                found.map_or((None, [0; 9], 0, 0), |c| (c.handle, c.sums.counts, c.sums.points, c.sums.void));
            let handle = naive.handle_of(&project, &party);
            let (counts, points) = (naive.counts9(&project, &party), naive.points(&project, &party));
            assert_eq!(found, (handle, counts, points, naive.voids(&project, &party)), "{party} in {log:#?}");
        }
        let (known, next) = fold.contributors(&project, None, usize::MAX, AsOf::Now).unwrap();
        assert_eq!((known.len(), next), (naive.contributors(&project), None));
        for one in known {
            assert_eq!(Party::parse(&one.text).map(|p| who(&p)), Some(one.who));
        }
    }
    for event in log.iter().flatten() {
        let standing = fold.standing(&event.id()).unwrap().map(|s| (s.index, word(&s.status)));
        assert_eq!(standing, naive.standing(&event.id()), "{event:#?} in {log:#?}");
    }
}

/// Everything that a reader can see of everybody.
type Seen = Vec<(Hash, Vec<(lebombo_verifier::fold::Contributor, Vec<lebombo_verifier::fold::Count>)>)>;

fn seen(fold: &Fold<MemoryState>, world: &World, as_of: AsOf) -> Seen {
    let mut all = Seen::new();
    for project in fold.projects(None, usize::MAX).unwrap() {
        let mut people = Vec::new();
        for party in world.parties() {
            let who = who(&party);
            if let Some(one) = fold.contributor_view(&project, &who, as_of).unwrap() {
                let counts = fold.counts(&project, &who, as_of).unwrap();
                people.push((one, counts.into_iter().filter(|c| c.tally != Default::default()).collect()));
            }
        }
        // As of the mark, projects that came later have nobody.
        if !people.is_empty() {
            all.push((project, people));
        }
    }
    all
}

fn word(status: &Status) -> String {
    match status {
        Status::Void(code) => code.clone(),
        other => other.as_str().to_owned(),
    }
}
