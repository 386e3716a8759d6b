//! The fold: on any sequence of events it says what a deliberately naive second implementation says, which was written
//! from spec/fold.md, keeps everything in lists and looks through them for each answer.

pub mod build;
mod money;
mod naive;

use lebombo_verifier::Hash;
use lebombo_verifier::event::Payload;
use lebombo_verifier::event::{Event, Malformed, Party, check};
use lebombo_verifier::fold::{AsOf, Effect, Fold, MemoryState, Status, who};
use lebombo_verifier::settlement::Credit;

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
    holds_after(data, |_, _| Vec::new());
}

/// The same of a log that begins with a project that pays, with people in all roles and work, so that most of what follows
/// is about money.
///
/// # Panics
/// Where it does not hold.
pub fn holds_with_money(data: &[u8]) {
    holds_after(data, World::begin_with_money);
}

fn holds_after(data: &[u8], begin: impl Fn(&mut World, &mut Input<'_>) -> Vec<Payload>) {
    let mut input = Input::new(data);
    let mut world = World::default();
    let mut first = begin(&mut world, &mut input).into_iter();
    let mut fold = Fold::new(MemoryState::default());
    // The same log, but the fold starts anew from the state after each entry, as after a restart.
    let mut restarted = MemoryState::default();
    let mut naive = Naive::default();
    let mut log: Vec<Result<Event, Malformed>> = Vec::new();
    let mut at_mark = Seen::default();
    for position in 0..MOST {
        let given = first.next();
        if input.is_spent() && position > 0 && given.is_none() {
            break;
        }
        // Rubbish first leaves a log without a constitution, in which nothing else happens.
        let choice = if given.is_some() { 0 } else { input.below(32) };
        let (entry, payload): (_, Option<Payload>) = match choice {
            30 if position > 0 => (log[input.below(log.len())].clone(), None),
            31 if position > 0 || input.once_in(8) => (check(b"{}"), None),
            _ => {
                let payload = given.unwrap_or_else(|| {
                    world.ask(&naive);
                    world.payload(&mut input)
                });
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
        compare_money(fold, naive, &project, log);
        assert_eq!(fold.undecided(&project, None, usize::MAX).unwrap(), naive.undecided(&project));
        for party in world.parties() {
            let who = who(&party);
            let counts: Vec<_> = fold.counts(&project, &who, AsOf::Now).unwrap();
            let counts: Vec<_> = counts.into_iter().map(|c| (c.work, c.unit, c.tally)).collect();
            assert_eq!(counts, naive.counts(&project, &party), "{party} in {log:#?}");
            let found = fold.contributor_view(&project, &who, AsOf::Now).unwrap();
            let found =
                found.map_or((None, [0; 9], 0, 0), |c| (c.handle, c.sums.counts, c.sums.points, c.sums.void));
            compare_credits(fold, naive, &project, &party);
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

fn compare_credits(fold: &Fold<MemoryState>, naive: &Naive, project: &Hash, party: &Party) {
    let credits = fold.credits(project, &who(party), 0, usize::MAX).unwrap();
    let bytes = |credit: &Credit| {
        let Credit { index, decided, charter, before, after } = *credit;
        let (numbers, points) =
            ([index, decided].map(u64::to_be_bytes), [before, after].map(u64::to_be_bytes));
        [&numbers.concat(), &charter.0[..], &points.concat()].concat()
    };
    let bytes: Vec<_> = credits.iter().map(bytes).collect();
    assert_eq!(bytes, naive.credits_of(project, party).collect::<Vec<_>>(), "{party}");
    if let Some(last) = credits.len().checked_sub(1) {
        assert_eq!(fold.credits(project, &who(party), last as u64, 1).unwrap(), credits[last..]);
    }
}

fn compare_money(fold: &Fold<MemoryState>, naive: &Naive, project: &Hash, log: &[Result<Event, Malformed>]) {
    let view = fold.money_view(project).unwrap().expect("a project has money");
    assert_eq!(view, naive.money_view(project), "in {log:#?}");
    for number in 1..=view.settlements + 1 {
        for books in &view.currencies {
            let lines = fold.lines(project, books.currency, number, 0, usize::MAX).unwrap();
            assert_eq!(lines, naive.lines(project, books.currency, number), "{number} in {log:#?}");
        }
    }
    let decisions = naive.decisions_of(project);
    for (place, (id, index)) in (0..).zip(&decisions) {
        let found = fold.decision(project, place).unwrap().map(|found| (found.id, found.index));
        assert_eq!(found, Some((*id, *index)), "{place} in {log:#?}");
    }
    assert_eq!(fold.decision(project, decisions.len() as u64).unwrap(), None, "in {log:#?}");
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
