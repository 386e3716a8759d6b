//! What a result means for the payments that wait for one: all of it, or, if anything is wrong, nothing and every problem.

use std::collections::{HashMap, HashSet};

use lebombo_verifier::money::Currency;

use super::{Outcome, ResultError, State};
use crate::rail::reference::Reference;

/// A payment that was instructed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) reference: Reference,
    /// Minor units of `currency`, the one that is paid.
    pub(crate) amount: u64,
    pub(crate) currency: Currency,
}

/// What to do with rows that are not of the expected payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// The result is for something else, or was changed: refuse it.
    Refuse,
    /// Others' payments stand in the same file: list them.
    Allow,
}

/// What follows from a result.
#[derive(Debug, Default)]
pub(crate) struct Matched<'a> {
    /// Each expected payment that the result speaks of, in the order of the file, with what it says last.
    pub(crate) matches: Vec<Match<'a>>,
    /// Expected payments of which it says nothing, in the order given.
    pub(crate) missing: Vec<Reference>,
    /// Rows that say again what one before them says.
    pub(crate) repeated: u64,
    /// Rows that are not of the expected payments, where they are allowed.
    pub(crate) others: Vec<&'a Outcome>,
}

/// What became of one payment.
#[derive(Debug)]
pub(crate) struct Match<'a> {
    pub(crate) expected: Expected,
    /// The row that decided.
    pub(crate) outcome: &'a Outcome,
}

impl Matched<'_> {
    /// How many payments are in this state.
    pub(crate) fn count(&self, state: State) -> usize {
        self.matches.iter().filter(|found| found.outcome.state == state).count()
    }
}

/// Sets a result against the payments that wait for one.
///
/// # Errors
/// Every problem, in the order of the file. Then nothing of the result may be used.
pub(crate) fn match_results<'a>(
    expected: &[Expected],
    outcomes: &'a [Outcome],
    others: Others,
) -> Result<Matched<'a>, Vec<ResultError>> {
    let by_reference: HashMap<Reference, Expected> =
        expected.iter().map(|expected| (expected.reference, *expected)).collect();
    let (mut matched, mut problems) = (Matched::default(), Vec::new());
    let mut places: HashMap<Reference, usize> = HashMap::with_capacity(expected.len());
    for outcome in outcomes {
        let found = match find(expected, &by_reference, outcome) {
            Ok(found) => found,
            Err(_) if others == Others::Allow => {
                matched.others.push(outcome);
                continue;
            }
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        problems.extend(amount_problem(&found, outcome));
        match places.get(&found.reference) {
            None => {
                places.insert(found.reference, matched.matches.len());
                matched.matches.push(Match { expected: found, outcome });
            }
            Some(at) => {
                let before = &mut matched.matches[*at].outcome;
                match follow(before.state, outcome.state) {
                    Some(true) => *before = outcome,
                    Some(false) => matched.repeated = matched.repeated.saturating_add(1),
                    None => problems.push(ResultError::Contradiction {
                        line: outcome.line,
                        first: before.line,
                        reference: found.reference,
                    }),
                }
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let spoken: HashSet<Reference> = places.into_keys().collect();
    let silent = expected.iter().map(|expected| expected.reference).filter(|it| !spoken.contains(it));
    matched.missing.extend(silent);
    Ok(matched)
}

/// The payment that a row is about.
fn find(
    expected: &[Expected],
    by_reference: &HashMap<Reference, Expected>,
    outcome: &Outcome,
) -> Result<Expected, ResultError> {
    let line = outcome.line;
    let Some(reference) = Reference::parse(&outcome.reference) else {
        return Err(ResultError::ReferenceMalformed { line, text: outcome.reference.clone() });
    };
    match by_reference.get(&reference) {
        Some(found) => Ok(*found),
        None if expected.first().is_some_and(|first| first.reference.is_beside(&reference)) => {
            Err(ResultError::ReferenceUnknown { line, reference })
        }
        None => Err(ResultError::ReferenceForeign { line, reference }),
    }
}

fn amount_problem(expected: &Expected, outcome: &Outcome) -> Option<ResultError> {
    let (line, reference, currency) = (outcome.line, expected.reference, expected.currency);
    let said = outcome.amount.as_ref()?;
    if said.currency.is_some_and(|said| said != currency) {
        return Some(ResultError::CurrencyDiffers { line, reference, currency });
    }
    let instructed = currency.format(expected.amount.into());
    (!said.is(currency, expected.amount)).then_some(ResultError::AmountDiffers {
        line,
        reference,
        instructed,
        currency,
    })
}

/// Whether a later row goes on from an earlier one (`true`), or says nothing new (`false`); `None` where both can not be.
/// What was unknown may become known, and what was paid may be returned.
fn follow(before: State, after: State) -> Option<bool> {
    match (before, after) {
        (State::Unknown, State::Unknown) => Some(false),
        (State::Unknown, _) | (State::Paid, State::Returned) => Some(true),
        (before, after) if before == after => Some(false),
        _ => None,
    }
}
