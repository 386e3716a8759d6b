//! What is kept while a file is read: which ids were seen, and what there is to report at the end.
//!
//! Ids are kept as SHA-256 values, so memory grows by some 150 bytes a row whatever the rows hold.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use lebombo_verifier::Code as _;
use lebombo_verifier::event::{Day, Outcome, Token, Work};
use sha2::{Digest, Sha256};

use super::Row;
use super::error::ImportError;
use super::fault::Fault;
use super::report::{Notice, Reading, Skipped, Tally};

/// Most rows of one file.
pub(crate) const MAX_ROWS: u64 = 10_000_000;

type Fingerprint = [u8; 32];

/// What a source says about a row beside the work itself.
#[derive(Default)]
pub(crate) struct Marks {
    /// What was worked on.
    pub(crate) item: Option<String>,
    /// Equal for all rows of one page of the platform; empty if the source knows no pages.
    pub(crate) page: Vec<String>,
    /// The row has a verdict that we do not know.
    pub(crate) outcome_unknown: bool,
}

/// Takes rows in the order of the file and passes on those that can be logged.
pub(crate) struct Intake<'a> {
    sink: &'a mut dyn FnMut(Row),
    numbered: &'static str,
    read: u64,
    taken: u64,
    skipped: Vec<Skipped>,
    notices: Vec<Notice>,
    /// By source id and attempt: the first line, and everything that the row says.
    seen: HashMap<Fingerprint, (u64, Fingerprint)>,
    /// By worker and item: the first line, and whether it is in `answered_twice`.
    answered: HashMap<Fingerprint, (u64, bool)>,
    answered_twice: Vec<u64>,
    pairs_twice: u64,
    /// Rows by page.
    pages: HashMap<Fingerprint, u64>,
    people: HashSet<Fingerprint>,
    outcome_unknown: Vec<u64>,
    outcomes: BTreeMap<Outcome, u64>,
    tallies: BTreeMap<(Work, Token, Token), (u64, u64)>,
    days: Option<(Day, Day)>,
}

impl<'a> Intake<'a> {
    /// Nothing read yet; `numbered` says what a row's number counts.
    pub(crate) fn new(sink: &'a mut dyn FnMut(Row), numbered: &'static str) -> Self {
        Self {
            sink,
            numbered,
            read: 0,
            taken: 0,
            skipped: Vec::new(),
            notices: Vec::new(),
            seen: HashMap::new(),
            answered: HashMap::new(),
            answered_twice: Vec::new(),
            pairs_twice: 0,
            pages: HashMap::new(),
            people: HashSet::new(),
            outcome_unknown: Vec::new(),
            outcomes: BTreeMap::new(),
            tallies: BTreeMap::new(),
            days: None,
        }
    }

    /// Counts a row before anything else is done with it; then `take` or `skip` it.
    ///
    /// # Errors
    /// `TooManyRows`.
    pub(crate) fn count(&mut self) -> Result<(), ImportError> {
        self.read = self.read.saturating_add(1);
        if self.read > MAX_ROWS { Err(ImportError::TooManyRows { limit: MAX_ROWS }) } else { Ok(()) }
    }

    /// Reports a row that is passed over.
    ///
    /// # Errors
    /// `ZoneMissing`: that fault is the whole file's.
    pub(crate) fn skip(&mut self, line: u64, fault: &Fault) -> Result<(), ImportError> {
        if *fault == Fault::ZoneMissing {
            return Err(ImportError::ZoneMissing { line });
        }
        self.pass_over(line, fault);
        Ok(())
    }

    fn pass_over(&mut self, line: u64, fault: &Fault) {
        self.skipped.push(Skipped { line, code: fault.code(), reason: fault.to_string() });
    }

    /// Passes a row on, unless one with its source id and attempt was there before.
    pub(crate) fn take(&mut self, row: Row, marks: &Marks) {
        let line = row.line;
        let content = content(&row);
        let id = fingerprint(&[row.source_id.as_bytes(), &row.attempt.to_be_bytes()]);
        if let Some((first, earlier)) = self.seen.get(&id) {
            let first = *first;
            let fault = if *earlier == content {
                Fault::SourceIdRepeated { first }
            } else {
                Fault::SourceIdConflict { first }
            };
            return self.pass_over(line, &fault);
        }
        self.seen.insert(id, (line, content));
        self.mark(&row, marks);
        self.taken = self.taken.saturating_add(1);
        self.people.insert(fingerprint(&[row.contributor.as_bytes()]));
        let tally = self.tallies.entry((row.work, row.activity.clone(), row.unit.clone())).or_default();
        tally.0 = tally.0.saturating_add(1);
        tally.1 = tally.1.saturating_add(u64::from(row.quantity));
        if let Some(outcome) = row.outcome {
            let count = self.outcomes.entry(outcome).or_default();
            *count = count.saturating_add(1);
        }
        let (first, last) = self.days.unwrap_or((row.date, row.date));
        self.days = Some((first.min(row.date), last.max(row.date)));
        (self.sink)(row);
    }

    /// Reports something about the file that is no row's fault.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    fn mark(&mut self, row: &Row, marks: &Marks) {
        if let Some(item) = &marks.item {
            let pair = fingerprint(&[row.contributor.as_bytes(), item.as_bytes()]);
            match self.answered.entry(pair) {
                Entry::Vacant(free) => {
                    free.insert((row.line, false));
                }
                Entry::Occupied(mut taken) => {
                    let (first, listed) = taken.get_mut();
                    if !*listed {
                        self.pairs_twice = self.pairs_twice.saturating_add(1);
                        self.answered_twice.push(*first);
                        *listed = true;
                    }
                    self.answered_twice.push(row.line);
                }
            }
        }
        if !marks.page.is_empty() {
            let parts: Vec<&[u8]> = marks.page.iter().map(String::as_bytes).collect();
            let rows = self.pages.entry(fingerprint(&parts)).or_default();
            *rows = rows.saturating_add(1);
        }
        if marks.outcome_unknown {
            self.outcome_unknown.push(row.line);
        }
    }

    /// The report on the whole file.
    pub(crate) fn finish(mut self) -> Reading {
        if self.pairs_twice > 0 {
            self.answered_twice.sort_unstable();
            let text = format!(
                "{} times a worker answered the same item more than once; each answer has its own id and was taken",
                self.pairs_twice
            );
            let lines = std::mem::take(&mut self.answered_twice);
            self.notices.push(Notice {
                code: "answered-more-than-once",
                count: self.pairs_twice,
                lines,
                text,
            });
        }
        let shared: Vec<u64> = self.pages.values().copied().filter(|rows| *rows > 1).collect();
        if !shared.is_empty() {
            let pages = self.pages.len() as u64;
            let rows: u64 = shared.iter().sum();
            let text = format!(
                "the rows came in {pages} pages, and {rows} rows share their times with others of their page: no \
                 duration of a single item can be told, and none was derived"
            );
            self.notices.push(Notice { code: "times-are-per-page", count: pages, lines: Vec::new(), text });
        }
        if !self.outcome_unknown.is_empty() {
            let count = self.outcome_unknown.len() as u64;
            let text = format!(
                "{count} rows have a verdict that is none of those known; they were taken without one"
            );
            let lines = std::mem::take(&mut self.outcome_unknown);
            self.notices.push(Notice { code: "outcome-unknown", count, lines, text });
        }
        let verdicts = |outcome| self.outcomes.get(&outcome).copied().unwrap_or_default();
        Reading {
            numbered: self.numbered,
            read: self.read,
            taken: self.taken,
            contributors: self.people.len() as u64,
            first_day: self.days.map(|(first, _)| first.to_string()),
            last_day: self.days.map(|(_, last)| last.to_string()),
            accepted: verdicts(Outcome::Accepted),
            rejected: verdicts(Outcome::Rejected),
            pending: verdicts(Outcome::Pending),
            work: self.tallies.into_iter().map(|(key, sums)| Tally::new(key, sums)).collect(),
            skipped: self.skipped,
            notices: self.notices,
        }
    }
}

/// Everything that a row says, apart from where it stands.
fn content(row: &Row) -> Fingerprint {
    let outcome = row.outcome.map_or("", Outcome::as_str);
    fingerprint(&[
        row.contributor.as_bytes(),
        row.work.as_str().as_bytes(),
        row.activity.as_str().as_bytes(),
        row.unit.as_str().as_bytes(),
        &row.quantity.to_be_bytes(),
        row.date.to_string().as_bytes(),
        outcome.as_bytes(),
        &row.evidence,
    ])
}

fn fingerprint(parts: &[&[u8]]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
