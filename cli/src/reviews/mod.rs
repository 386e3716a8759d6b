//! Reviews: verdicts on contributions, put into as few events as hold them.

mod batch;
mod own;
mod waiting;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use lebombo_verifier::event::{Body, Day, MAX_ABOUT, Method, Nonce, Review, Token, Verdict};
use lebombo_verifier::{Code, Hash};

pub(crate) use batch::batch;
pub(crate) use own::judged;
pub(crate) use waiting::{Waiting, undecided};

use crate::clock::NoRandomness;
use crate::compose;
use crate::project::Project;
use crate::signer::{SignError, Signed, Signer};

/// What a reviewer says about events, whichever they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ruling {
    /// The decision.
    pub(crate) verdict: Verdict,
    /// A reason code of the charter; rejecting and adjusting need one.
    pub(crate) reason: Option<Token>,
    /// How the reviewer came to it.
    pub(crate) method: Method,
}

/// The events that a ruling is about, and for each how much of it counts; `None`: the whole, or for a rejection nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Subjects(BTreeMap<Hash, Option<u32>>);

impl Subjects {
    /// Adds one; again with the same quantity it changes nothing.
    ///
    /// # Errors
    /// [`ReviewError::Differs`]
    pub(crate) fn add(&mut self, id: Hash, quantity: Option<u32>) -> Result<(), ReviewError> {
        match self.0.entry(id) {
            Entry::Vacant(free) => {
                free.insert(quantity);
                Ok(())
            }
            Entry::Occupied(taken) if *taken.get() == quantity => Ok(()),
            Entry::Occupied(_) => Err(ReviewError::Differs { id }),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Each with its quantity, ascending by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Hash, Option<u32>)> {
        self.0.iter().map(|(id, quantity)| (id, *quantity))
    }

    /// Those that `keep` holds for.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Hash, Option<u32>) -> bool) {
        self.0.retain(|id, quantity| keep(id, *quantity));
    }
}

/// Signs a ruling about events, in as many reviews as it takes: at most 726 events and 65,535 bytes each.
///
/// # Errors
/// See [`ReviewError`].
pub(crate) fn sign(
    project: &Project,
    signer: &Signer,
    date: Day,
    ruling: &Ruling,
    subjects: &Subjects,
    nonce: &mut dyn FnMut() -> Result<Nonce, NoRandomness>,
) -> Result<Vec<Signed>, ReviewError> {
    let part = |is_part: bool| -> Vec<(Hash, Option<u32>)> {
        subjects.0.iter().map(|(id, q)| (*id, *q)).filter(|(_, q)| q.is_some() == is_part).collect()
    };
    let mut signed = Vec::new();
    for subjects in [part(false), part(true)] {
        let mut rest = subjects.as_slice();
        let mut most = MAX_ABOUT;
        while !rest.is_empty() {
            let (these, others) = rest.split_at(most.min(rest.len()));
            match one(project, signer, date, ruling, these, nonce()?) {
                Ok(event) => {
                    signed.push(event);
                    rest = others;
                }
                // Quantities take room. One event alone fits, whatever its quantity.
                Err(SignError::TooLarge { .. }) if these.len() > 1 => {
                    most = these.len().saturating_mul(7) / 8
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(signed)
}

/// One review; `subjects` ascend by id, and all have quantities or none has.
fn one(
    project: &Project,
    signer: &Signer,
    date: Day,
    ruling: &Ruling,
    subjects: &[(Hash, Option<u32>)],
    id: Nonce,
) -> Result<Signed, SignError> {
    let Ruling { verdict, reason, method } = ruling.clone();
    let quantities = subjects.iter().filter_map(|(_, quantity)| *quantity).collect();
    let body = Body::Review(Review { method, quantities, reason, verdict });
    let about = subjects.iter().map(|(id, _)| *id).collect();
    signer.event(&compose::payload(project, signer, id, date, about, body))
}

/// No review can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReviewError {
    /// An event is there twice.
    #[error("{id} is named twice, with different quantities")]
    Differs {
        /// Which.
        id: Hash,
    },
    /// The event can not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No random bytes could be had.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl Code for ReviewError {
    fn code(&self) -> &'static str {
        match self {
            Self::Differs { .. } => "subject-twice",
            Self::Sign(error) => error.code(),
            Self::Randomness(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lebombo_verifier::event::{MAX_ENTRY, Payload};
    use lebombo_verifier::origin::Origin;

    fn project() -> Project {
        Project {
            name: Token::parse("sauti").unwrap(),
            id: Hash([1; 32]),
            // The longest origin there is.
            log: Origin::parse(&"o".repeat(255)).unwrap(),
            charter: Hash([1; 32]),
            import: None,
            founder: None,
            generation: 0,
        }
    }

    fn ruling(verdict: Verdict) -> Ruling {
        Ruling { verdict, reason: Token::parse(&"r".repeat(32)), method: Method::Consensus }
    }

    fn hash(number: u32) -> Hash {
        Hash::of(&number.to_be_bytes())
    }

    fn reviews(verdict: Verdict, subjects: &Subjects) -> Vec<(Payload, Review)> {
        let signer = Signer::from_secret(&[1; 32]);
        let mut count = 0;
        let mut nonce = || {
            count += 1;
            Ok(Nonce([count; 16]))
        };
        let date = Day::parse("2026-01-01").unwrap();
        let signed = sign(&project(), &signer, date, &ruling(verdict), subjects, &mut nonce).unwrap();
        let read = |one: &Signed| {
            assert!(one.entry.len() <= MAX_ENTRY);
            let event = lebombo_verifier::event::check(&one.entry).unwrap();
            assert_eq!(event.id(), one.id);
            match event.payload().body.clone() {
                Body::Review(review) => (event.payload().clone(), review),
                _ => panic!("another kind"),
            }
        };
        signed.iter().map(read).collect()
    }

    #[test]
    fn as_many_events_as_fit_and_none_is_lost() {
        for (count, largest) in [(1, 1), (726, 1), (727, 2), (2_000, 3)] {
            let mut subjects = Subjects::default();
            (0..count).for_each(|i| subjects.add(hash(i), None).unwrap());
            let reviews = reviews(Verdict::Reject, &subjects);
            assert!(reviews.len() <= largest + 1, "{count}: {}", reviews.len());
            let about: Vec<Hash> = reviews.iter().flat_map(|(payload, _)| payload.about.clone()).collect();
            assert_eq!(about, subjects.0.keys().copied().collect::<Vec<_>>());
            assert!(reviews.iter().all(|(_, review)| review.quantities.is_empty()));
        }
    }

    #[test]
    fn quantities_stand_in_the_order_of_the_events_and_apart_from_whole_ones() {
        let mut subjects = Subjects::default();
        (0..1_000).for_each(|i| subjects.add(hash(i), Some(u32::MAX - i)).unwrap());
        (1_000..1_010).for_each(|i| subjects.add(hash(i), None).unwrap());
        let reviews = reviews(Verdict::Accept, &subjects);
        let mut seen = Subjects::default();
        for (payload, review) in reviews {
            for (at, id) in payload.about.iter().enumerate() {
                seen.add(*id, review.quantities.get(at).copied()).unwrap();
            }
            assert!(review.quantities.is_empty() || review.quantities.len() == payload.about.len());
        }
        assert_eq!(seen, subjects);
    }

    #[test]
    fn an_event_is_judged_once() {
        let mut subjects = Subjects::default();
        subjects.add(hash(1), Some(3)).unwrap();
        subjects.add(hash(1), Some(3)).unwrap();
        assert_eq!(subjects.len(), 1);
        assert_eq!(subjects.add(hash(1), Some(4)).unwrap_err().code(), "subject-twice");
        assert_eq!(subjects.add(hash(1), None).unwrap_err().code(), "subject-twice");
    }
}
