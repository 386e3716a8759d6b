//! The vectors of spec/vectors/event and spec/vectors/fold, found by walking the folders.

mod support;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lebombo_verifier::event::{Event, Malformed, Party, check};
use lebombo_verifier::fold::{Effect, Fold, MemoryState, who};
use lebombo_verifier::{Code, Hash, dsse};
use serde::Deserialize;
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
    assert!(vectors.len() >= 170, "only {} vectors", vectors.len());
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
    counts: Vec<CountVector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountVector {
    project: String,
    contributor: String,
    work: String,
    unit: String,
    events: u64,
    quantity: String,
    withdrawn: u64,
}

fn name_of(effect: &Effect) -> String {
    match effect {
        Effect::Void(void) => format!("void:{}", void.code()),
        Effect::NeedsRules(version) => format!("needs-rules:{version}"),
        other => other.as_str().to_owned(),
    }
}

#[test]
fn every_fold_vector() {
    let vectors = walk::<FoldVector>("fold");
    assert!(vectors.len() >= 40, "only {} vectors", vectors.len());
    for (name, vector) in vectors {
        let mut fold = Fold::new(MemoryState::default());
        assert_eq!(vector.entries.len(), vector.effects.len(), "{name}");
        for (i, (entry, expected)) in vector.entries.iter().zip(&vector.effects).enumerate() {
            let checked: Result<Event, Malformed> = check(&STANDARD.decode(entry).unwrap());
            let effect = fold.apply(checked.as_ref()).unwrap();
            assert_eq!(&name_of(&effect), expected, "{name}: entry {i}");
        }
        let mut counted = HashMap::new();
        for project in fold.projects(None, usize::MAX).unwrap() {
            for (person, _) in fold.contributors(&project, None, usize::MAX).unwrap() {
                for count in fold.counts(&project, &person).unwrap() {
                    counted.insert((project, person, count.work.to_string(), count.unit), count.tally);
                }
            }
        }
        for count in &vector.counts {
            let project = Hash::from_hex(&count.project).unwrap();
            let person = who(&Party::parse(&count.contributor).unwrap());
            let tally = counted.remove(&(project, person, count.work.clone(), count.unit.clone()));
            let tally = tally.unwrap_or_else(|| panic!("{name}: nothing counted for {}", count.contributor));
            assert_eq!(tally.events, count.events, "{name}");
            assert_eq!(tally.quantity.to_string(), count.quantity, "{name}");
            assert_eq!(tally.withdrawn, count.withdrawn, "{name}");
        }
        assert!(counted.is_empty(), "{name}: counted besides: {counted:?}");
    }
}
