//! Random histories of batches, restarts, crashes and faults, checked whole after every step.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use lebombo_verifier::Hash;
use proptest::prelude::*;

use super::helpers::{Bench, event, extends, prove_all};
use crate::store::memory::Fault;
use crate::{Ledger, Published, SubmitError};

#[derive(Debug, Clone)]
enum Step {
    /// Events by number, in one job; numbers repeat within and across jobs.
    Submit(Vec<u8>),
    /// A graceful stop and a start.
    Restart,
    /// A start from what was synced.
    Crash,
    /// A job whose commit (`after` 0) or whose checkpoint's commit (`after` 1) fails.
    Fail { fault: Fault, after: u32, numbers: Vec<u8> },
    /// The fold writes, unsynced.
    Fold,
}

fn step() -> impl Strategy<Value = Step> {
    let numbers = || prop::collection::vec(0_u8..60, 1..12);
    let fault = prop_oneof![Just(Fault::NotWritten), Just(Fault::Written)];
    prop_oneof![
        6 => numbers().prop_map(Step::Submit),
        1 => Just(Step::Restart),
        1 => Just(Step::Crash),
        3 => (fault, 0_u32..2, numbers()).prop_map(|(fault, after, numbers)| Step::Fail { fault, after, numbers }),
        1 => Just(Step::Fold),
    ]
}

/// Signing is slow beside everything else here.
static EVENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (0..60).map(event).collect());

struct Model {
    bench: Bench,
    ledger: Option<Ledger>,
    /// What somebody was answered, and where.
    answered: BTreeMap<Hash, u64>,
    /// Every checkpoint ever seen.
    seen: Vec<Arc<Published>>,
}

impl Model {
    fn new() -> Self {
        let bench = Bench::new();
        let ledger = Some(bench.create());
        Self { bench, ledger, answered: BTreeMap::new(), seen: Vec::new() }
    }

    fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    fn reopen(&mut self) {
        self.ledger = None;
        self.ledger = Some(self.bench.open());
    }

    fn submit(&mut self, numbers: &[u8]) -> Result<(), SubmitError> {
        let ledger = self.ledger().clone();
        let entries = numbers.iter().map(|number| EVENTS[usize::from(*number)].clone()).collect();
        let admitted: Vec<_> = ledger.admit_many(entries).into_iter().map(Result::unwrap).collect();
        let ids: Vec<Hash> = admitted.iter().map(|entry| entry.id()).collect();
        let before = ledger.size();
        let answers = self.bench.runtime.block_on(ledger.submit_many(admitted))?;
        let mut next = before;
        assert_eq!(answers.len(), ids.len());
        for (logged, id) in answers.iter().zip(ids) {
            assert_eq!(logged.id, id);
            if !logged.duplicate {
                assert_eq!(logged.index, next, "new entries are numbered without gaps");
                next += 1;
            }
            let first = *self.answered.entry(id).or_insert(logged.index);
            assert_eq!(first, logged.index, "an event is answered with one index, ever");
        }
        assert_eq!(ledger.size(), next);
        Ok(())
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Submit(numbers) => self.submit(numbers).unwrap(),
            Step::Restart => {
                self.ledger().shutdown();
                self.reopen();
            }
            Step::Crash => {
                self.bench.disk.crash();
                // The handle that is dropped here must not write any more, and does not: it is fenced.
                self.reopen();
            }
            Step::Fail { fault, after, numbers } => {
                self.bench.settle(self.ledger());
                let failures = self.bench.fatal_count();
                let is_new = numbers.iter().any(|number| {
                    let id = self.ledger().admit(EVENTS[usize::from(*number)].clone()).unwrap().id();
                    self.ledger().index_of(&id).unwrap().is_none()
                });
                self.bench.disk.fail_after(*after, *fault);
                match self.submit(numbers) {
                    Err(SubmitError::OutcomeUnknown) => assert!(is_new && *after == 0),
                    other => assert!(other.is_ok() && (*after == 1 || !is_new), "{other:?}"),
                }
                // Ends the threads, so that a checkpoint that fails has failed by now.
                self.ledger().shutdown();
                assert_eq!(self.bench.fatal_count(), failures + usize::from(is_new));
                self.bench.disk.crash();
                self.reopen();
            }
            Step::Fold => {
                let cursor = self.ledger().size();
                self.ledger().store().fold_write(Vec::new(), &[], cursor).unwrap();
            }
        }
        self.check();
    }

    /// The state after any step.
    fn check(&mut self) {
        let published = self.bench.settle(self.ledger());
        let ledger = self.ledger();
        let report = self.bench.fsck(ledger);
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(report.published, ledger.size());
        for (id, index) in &self.answered {
            assert_eq!(ledger.index_of(id).unwrap(), Some(*index));
            assert_eq!(ledger.entry(*index).unwrap().unwrap().id, *id);
        }
        for earlier in &self.seen {
            extends(ledger, earlier, &published);
        }
        prove_all(ledger);
        self.seen.push(published);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_answered_is_lost_and_the_state_is_whole(steps in prop::collection::vec(step(), 1..14)) {
        let mut model = Model::new();
        model.check();
        for step in &steps {
            model.take(step);
        }
    }
}
