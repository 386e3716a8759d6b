//! The vectors of spec/vectors/event and spec/vectors/fold, found by walking the folders.

mod support;

use std::collections::BTreeMap;
use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::event::{Event, Malformed, Party, check};
use lebombo_verifier::fold::{
    Amount, AsOf, Contributor, Count, Effect, Fold, MemoryState, State, is_scanned, who,
};
use lebombo_verifier::{Code, Hash, dsse};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use support::walk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventVector {
    #[allow(dead_code)]
    description: String,
    #[allow(dead_code)]
    source: String,
    entry: String,
    error: Option<String>,
    event_id: Option<String>,
    payload: Option<String>,
}

#[test]
fn every_event_vector() {
    let vectors = walk::<EventVector>("event");
    assert!(vectors.len() >= 500, "only {} vectors", vectors.len());
    for (name, vector) in vectors {
        let entry = STANDARD.decode(&vector.entry).unwrap();
        match (check(&entry), vector.error) {
            (Ok(event), None) => {
                assert_eq!(event.id().to_string(), vector.event_id.unwrap(), "{name}");
                assert_eq!(
                    String::from_utf8(event.payload().to_canonical()).unwrap(),
                    vector.payload.unwrap(),
                    "{name}"
                );
                let envelope = dsse::Envelope::parse(&entry).unwrap();
                assert_eq!(envelope.to_bytes(), entry, "{name}");
            }
            (Err(error), Some(code)) => assert_eq!(error.code(), code, "{name}: {error}"),
            (Ok(_), Some(code)) => panic!("{name}: accepted, expected {code}"),
            (Err(error), None) => panic!("{name}: refused with {}: {error}", error.code()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FoldVector {
    #[allow(dead_code)]
    description: String,
    #[allow(dead_code)]
    source: String,
    entries: Vec<String>,
    effects: Vec<String>,
    state: String,
    counts: Vec<CountVector>,
    contributors: Vec<ContributorVector>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct AmountVector {
    events: u64,
    quantity: String,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountVector {
    project: String,
    contributor: Option<String>,
    work: String,
    unit: String,
    pending: AmountVector,
    accepted: AmountVector,
    rejected: AmountVector,
    withdrawn: u64,
}

impl CountVector {
    fn is_nothing(&self) -> bool {
        let nothing = |a: &AmountVector| a.events == 0 && a.quantity == "0";
        self.withdrawn == 0 && [&self.pending, &self.accepted, &self.rejected].into_iter().all(nothing)
    }
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContributorVector {
    project: String,
    contributor: String,
    handle: Option<u64>,
    counts: Vec<u64>,
    points: String,
    void: u64,
}

fn name_of(effect: &Effect) -> String {
    match effect {
        Effect::Void(void) => format!("void:{}", void.code()),
        Effect::NeedsRules(version) => format!("needs-rules:{version}"),
        Effect::Mark { root, .. } => format!("mark:{root}"),
        Effect::Day { accepted, .. } => format!("day:{accepted}"),
        Effect::Reviewed { subjects, .. } => {
            let codes: Vec<_> = subjects.iter().map(|s| s.as_ref().map_or("ok", Code::code)).collect();
            format!("reviewed:{}", codes.join(","))
        }
        other => other.as_str().to_owned(),
    }
}

fn count_of(project: &Hash, contributor: Option<&Contributor>, count: Count) -> CountVector {
    let amount = |a: Amount| AmountVector { events: a.events, quantity: a.quantity.to_string() };
    CountVector {
        project: project.to_string(),
        contributor: contributor.map(|c| c.text.clone()),
        work: count.work.to_string(),
        unit: count.unit,
        pending: amount(count.tally.pending),
        accepted: amount(count.tally.accepted),
        rejected: amount(count.tally.rejected),
        withdrawn: count.tally.withdrawn,
    }
}

/// Everything that the fold says at the end, by what names it.
type Lists = (
    BTreeMap<(String, Option<String>, String, String), CountVector>,
    BTreeMap<(String, String), ContributorVector>,
);

fn lists(counts: Vec<CountVector>, contributors: Vec<ContributorVector>) -> Lists {
    let (many_counts, many_contributors) = (counts.len(), contributors.len());
    let counts: BTreeMap<_, _> = counts
        .into_iter()
        .map(|c| ((c.project.clone(), c.contributor.clone(), c.work.clone(), c.unit.clone()), c))
        .collect();
    let contributors: BTreeMap<_, _> =
        contributors.into_iter().map(|c| ((c.project.clone(), c.contributor.clone()), c)).collect();
    assert_eq!(
        (counts.len(), contributors.len()),
        (many_counts, many_contributors),
        "something is listed twice"
    );
    (counts, contributors)
}

#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
fn found(name: &str, fold: &Fold<Watched>, as_of: AsOf) -> Lists {
    let (mut counts, mut contributors) = (Vec::new(), Vec::new());
    for project in fold.projects(None, usize::MAX).unwrap() {
        let mut undecided = 0;
        for count in fold.project_counts(&project, as_of).unwrap() {
            undecided += count.tally.pending.events;
            counts.push(count_of(&project, None, count));
        }
        if as_of == AsOf::Now {
            let listed = fold.undecided(&project, None, usize::MAX).unwrap().len();
            assert_eq!(listed as u64, undecided, "{name}: undecided work");
        }
        let (people, more) = fold.contributors(&project, None, usize::MAX, as_of).unwrap();
        assert_eq!(more, None, "{name}");
        for person in people {
            assert_eq!(person.who, who(&Party::parse(&person.text).unwrap()), "{name}");
            for count in fold.counts(&project, &person.who, as_of).unwrap() {
                counts.push(count_of(&project, Some(&person), count));
            }
            contributors.push(ContributorVector {
                project: project.to_string(),
                contributor: person.text,
                handle: person.handle,
                counts: person.sums.counts.to_vec(),
                points: person.sums.points.to_string(),
                void: person.sums.void,
            });
        }
    }
    lists(counts, contributors)
}

/// A state that is scanned for nothing but what [`is_scanned`] knows: its keepers hold only that in order.
#[derive(Debug, Default, PartialEq)]
struct Watched(MemoryState);

impl State for Watched {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.0.get(key)
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), Infallible> {
        self.0.set(key, value)
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.0.remove(key)
    }

    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, Infallible> {
        assert!(is_scanned(prefix), "{} is scanned and not known to be", hex::encode(prefix));
        self.0.scan(prefix, after, limit)
    }
}

/// All pairs of the state in ascending order of keys, each part after its length, hashed.
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
fn digest(state: &MemoryState) -> String {
    let pairs: BTreeMap<_, _> = state.iter().collect();
    let mut hash = Sha256::new();
    for part in pairs.into_iter().flat_map(|(key, value)| [key, value]) {
        hash.update(u32::try_from(part.len()).unwrap().to_be_bytes());
        hash.update(part);
    }
    Hash(hash.finalize().into()).to_string()
}

#[test]
fn every_fold_vector() {
    let vectors = walk::<FoldVector>("fold");
    assert!(vectors.len() >= 430, "only {} vectors", vectors.len());
    let mut wrong = Vec::new();
    for (name, vector) in vectors {
        let mut fold = Fold::new(Watched::default());
        // The same fold, stopped and opened again before each entry: nothing may be remembered but in its state.
        let mut reopened = Watched::default();
        assert_eq!(vector.entries.len(), vector.effects.len(), "{name}");
        let mut effects = Vec::new();
        let mut marked = None;
        for entry in &vector.entries {
            let checked: Result<Event, Malformed> = check(&STANDARD.decode(entry).unwrap());
            let effect = fold.apply(checked.as_ref()).unwrap();
            let mut again = Fold::new(reopened);
            assert_eq!(again.apply(checked.as_ref()).unwrap(), effect, "{name}: reopened");
            reopened = std::mem::take(again.state_mut());
            effects.push(name_of(&effect));
            if effects.last().is_some_and(|e| e.starts_with("mark:")) {
                assert!(!fold.has_changes().unwrap(), "{name}");
                marked = Some(found(&name, &fold, AsOf::Now));
            }
        }
        for (i, (effect, expected)) in effects.iter().zip(&vector.effects).enumerate() {
            if effect != expected {
                wrong.push(format!("{name}: entry {i}: {effect}, expected {expected}"));
            }
        }
        let state = digest(&fold.state().0);
        if state != vector.state {
            wrong.push(format!("{name}: state {state}, expected {}", vector.state));
        }
        assert!(reopened == *fold.state(), "{name}: the state of a fold that was reopened is another");
        // What a reader is shown as of the newest mark is what was there then, but for counts with nothing in them.
        let mut marked = marked.unwrap_or_default();
        marked.0.retain(|_, count| !count.is_nothing());
        assert_eq!(found(&name, &fold, AsOf::Mark), marked, "{name}: as of the newest mark");

        let (counts, contributors) = found(&name, &fold, AsOf::Now);
        let (expected_counts, expected_contributors) = lists(vector.counts, vector.contributors);
        if counts != expected_counts {
            wrong.push(format!("{name}: counts {counts:#?}, expected {expected_counts:#?}"));
        }
        if contributors != expected_contributors {
            wrong
                .push(format!("{name}: contributors {contributors:#?}, expected {expected_contributors:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
