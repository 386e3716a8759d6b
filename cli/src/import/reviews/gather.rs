//! Verdicts by the piece of work that they are on, so that each piece gets one or none.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use lebombo_verifier::Code as _;
use lebombo_verifier::event::{Method, Token, Verdict};

use super::{Judged, Verdicts};
use crate::import::error::ImportError;
use crate::import::fault::Fault;
use crate::import::report::Skipped;
use crate::import::tally::MAX_ROWS;

/// What is said about a piece of work, whichever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) line: u64,
    pub(super) verdict: Verdict,
    pub(super) quantity: Option<u32>,
    /// As in [`Judged`].
    pub(super) in_digits: Option<(u32, u64)>,
    pub(super) reason: Option<Token>,
    pub(super) method: Method,
}

impl Said {
    /// Takes in another verdict; whether they agree. Two that decide the same do, as in the log, whatever the reasons; the
    /// whole and a quantity in digits do where that is all that was logged, which only the log tells.
    fn agree(&mut self, other: &Self) -> bool {
        let digits = |said: &Self| said.quantity.map(|quantity| (quantity, said.line)).or(said.in_digits);
        let (ours, theirs) = (digits(self), digits(other));
        if self.verdict != other.verdict || ours.zip(theirs).is_some_and(|((a, _), (b, _))| a != b) {
            return false;
        }
        if self.quantity.is_none() {
            self.in_digits = ours.or(theirs);
        } else if other.quantity.is_none() {
            self.in_digits = self.quantity.take().map(|quantity| (quantity, other.line));
        }
        true
    }

    /// The line, and the other on which the agreement rests.
    fn lines(&self) -> Vec<u64> {
        std::iter::once(self.line).chain(self.in_digits.map(|(_, line)| line)).collect()
    }

    pub(super) fn of(self, source_id: String, attempt: u32) -> Judged {
        let Self { line, verdict, quantity, in_digits, reason, method } = self;
        Judged { line, source_id, attempt, verdict, quantity, in_digits, reason, method }
    }
}

/// Takes verdicts in the order of the file, by a key: the piece of work, or what stands for several.
pub(super) struct Gather<K> {
    first: HashMap<K, (Said, Vec<u64>)>,
    report: Verdicts,
}

impl<K: Hash + Eq> Gather<K> {
    pub(super) fn new(numbered: &'static str) -> Self {
        let report = Verdicts {
            numbered,
            read: 0,
            accepted: 0,
            rejected: 0,
            silent: 0,
            skipped: Vec::new(),
            disagreements: Vec::new(),
        };
        Self { first: HashMap::new(), report }
    }

    /// Counts a row before anything else is done with it.
    ///
    /// # Errors
    /// `TooManyRows`.
    pub(super) fn count(&mut self) -> Result<(), ImportError> {
        self.report.read = self.report.read.saturating_add(1);
        if self.report.read > MAX_ROWS {
            return Err(ImportError::TooManyRows { limit: MAX_ROWS });
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, line: u64, fault: &Fault) {
        self.report.skip(line, fault);
    }

    /// Counts a row that gives no verdict.
    pub(super) fn silent(&mut self) {
        self.report.silent = self.report.silent.saturating_add(1);
    }

    pub(super) fn take(&mut self, key: K, said: Said) {
        match self.first.entry(key) {
            Entry::Vacant(free) => {
                free.insert((said, Vec::new()));
            }
            Entry::Occupied(mut taken) => {
                let (first, others) = taken.get_mut();
                if !first.agree(&said) {
                    others.push(said.line);
                }
            }
        }
    }

    /// The verdicts on which nothing in the file disagrees, in its order, and the report without their numbers.
    pub(super) fn finish(self) -> (Vec<(K, Said)>, Verdicts) {
        let mut report = self.report;
        let mut agreed = Vec::with_capacity(self.first.len());
        for (key, (said, others)) in self.first {
            if others.is_empty() {
                agreed.push((key, said));
            } else {
                let mut lines = [said.lines(), others].concat();
                lines.sort_unstable();
                report.disagreements.push(lines);
            }
        }
        agreed.sort_by_key(|(_, said)| said.line);
        report.disagreements.sort();
        (agreed, report)
    }
}

impl Verdicts {
    pub(super) fn skip(&mut self, line: u64, fault: &Fault) {
        self.skipped.push(Skipped { line, code: fault.code(), reason: fault.to_string() });
    }

    /// Counts a verdict that is handed on.
    pub(super) fn taken(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Accept => &mut self.accepted,
            Verdict::Reject | Verdict::Adjust => &mut self.rejected,
        };
        *count = count.saturating_add(1);
    }
}
