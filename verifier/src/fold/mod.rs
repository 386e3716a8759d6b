//! Attribution: what the entries of a log mean, in the order of the log.
//!
//! The fold is total: every entry has an effect, be it only that it is void, and nothing that anybody can log stops it.
//! It uses no cryptography, no clock and no randomness, so the same log gives the same state on any machine, byte for
//! byte (spec/fold.md).

mod contribution;
mod key;
mod log;
mod project;
mod read;
mod record;
mod state;
mod void;

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;

pub use key::who;
pub use read::{Count, ProjectView};
use record::LedgerRecord;
pub use record::{Standing, Status, Tally};
pub use state::{MemoryState, State};
pub use void::Void;

use crate::Hash;
use crate::event::{Body, Charter, Day, Event, Malformed, Work};
use crate::{Code, event};

/// The newest rules version that this build knows.
pub const RULES: u64 = 1;
/// Charters that are kept parsed; more are parsed again.
const CHARTERS_KEPT: usize = 1024;

/// Why the fold could not go on. None of these can be caused by what is in the log.
#[derive(Debug, Error)]
pub enum FoldError<E> {
    /// The keeper of the state failed.
    #[error("the fold's state could not be read or written")]
    State(#[source] E),
    /// A value in the state is not one that this fold writes.
    #[error("the fold's state is damaged at key {}; rebuild it", hex::encode(.key))]
    Damaged {
        /// The key.
        key: Vec<u8>,
    },
}

/// What an entry did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The log opened, or its constitution changed.
    Ledger,
    /// The log's day is now this one.
    Day(Day),
    /// A project began.
    Project {
        /// Event id of its first charter.
        project: Hash,
    },
    /// An amendment was accepted and is in force from this day of the log on.
    Amendment {
        /// The project.
        project: Hash,
        /// When.
        from: Day,
    },
    /// A role began or ended.
    Membership {
        /// The project.
        project: Hash,
    },
    /// Work was counted.
    Counted {
        /// The project.
        project: Hash,
        /// Whose work: SHA-256 of the key's or alias's text.
        who: Hash,
        /// Its kind.
        work: Work,
        /// Its unit.
        unit: String,
        /// How much.
        quantity: u32,
        /// The earlier event whose place it takes.
        supersedes: Option<Hash>,
    },
    /// So many contributions were taken back.
    Withdrawn {
        /// The project.
        project: Hash,
        /// The contributions.
        events: Vec<Hash>,
    },
    /// Logged; rules version 1 gives it no effect.
    Noted,
    /// It counts for nothing.
    Void(Void),
    /// The log goes on under a rules version that this build does not know. Nothing from here on is applied; what was
    /// found before stands.
    NeedsRules(u64),
}

impl Effect {
    /// A stable word for what happened.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Day(_) => "day",
            Self::Project { .. } => "project",
            Self::Amendment { .. } => "amendment",
            Self::Membership { .. } => "membership",
            Self::Counted { .. } => "counted",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Noted => "noted",
            Self::Void(_) => "void",
            Self::NeedsRules(_) => "needs-rules",
        }
    }
}

/// The fold over one log.
#[derive(Debug)]
pub struct Fold<S> {
    state: S,
    // Parsed forms of charters of the state; a charter's text never changes.
    charters: HashMap<Hash, Arc<Charter>>,
}

type Result<T, S> = std::result::Result<T, FoldError<<S as State>::Error>>;
/// Inside the fold a broken rule is the other outcome of each step.
type Ruled<T> = std::result::Result<T, Void>;

impl<S: State> Fold<S> {
    /// Goes on from `state`; an empty one is the beginning of the log.
    pub fn new(state: S) -> Self {
        Self { state, charters: HashMap::new() }
    }

    /// The state.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// The state, to commit what the keeper buffers.
    pub fn state_mut(&mut self) -> &mut S {
        &mut self.state
    }

    /// How many entries were applied: the index of the next one, 0 to 2^48.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn size(&self) -> Result<u64, S> {
        match self.get(key::SIZE)? {
            None => Ok(0),
            Some(bytes) => bytes
                .try_into()
                .map(u64::from_be_bytes)
                .map_err(|_| FoldError::Damaged { key: key::SIZE.to_vec() }),
        }
    }

    /// Applies the next entry: what `check` made of its bytes.
    ///
    /// # Errors
    /// [`FoldError`]; the entry is then not applied, and the buffered part of the state is to be thrown away.
    pub fn apply(&mut self, entry: std::result::Result<&Event, &Malformed>) -> Result<Effect, S> {
        let needed = self.record(key::NEEDS_RULES, |b| b.try_into().ok().map(u64::from_be_bytes))?;
        if let Some(version) = needed.filter(|version| *version > RULES) {
            return Ok(Effect::NeedsRules(version));
        }
        let index = self.size()?;
        let effect = self.effect_of(index, entry)?;
        if let Effect::NeedsRules(version) = effect {
            // A build that knows this version goes on from here: the entry is not applied, and is given to it again.
            self.set(key::NEEDS_RULES.to_vec(), version.to_be_bytes().to_vec())?;
            return Ok(effect);
        }
        if let Ok(event) = entry {
            self.note_standing(index, event, &effect)?;
        }
        self.set(key::SIZE.to_vec(), (index + 1).to_be_bytes().to_vec())?;
        Ok(effect)
    }

    /// What applying the entry now would do, without doing it: the warning that a sender gets.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn foresee(&self, event: &Event) -> Result<Effect, S>
    where
        S: Clone,
    {
        let mut trial = Fold { state: self.state.clone(), charters: self.charters.clone() };
        trial.apply(Ok(event))
    }

    fn effect_of(&mut self, index: u64, entry: std::result::Result<&Event, &Malformed>) -> Result<Effect, S> {
        let event = match entry {
            Ok(event) => event,
            Err(malformed) => {
                if index == 0 {
                    self.open_invalid()?;
                }
                return Ok(Effect::Void(Void::Malformed(malformed.code())));
            }
        };
        if index == 0 {
            return self.open(event);
        }
        let Some(ledger) = self.ledger()? else { return Ok(Effect::Void(Void::NoLedger)) };
        if event.payload().log.as_str() != ledger.origin {
            return Ok(Effect::Void(Void::OtherLog));
        }
        if self.get(&key::event(&event.id()))?.is_some() {
            return Ok(Effect::Void(Void::Repeated));
        }
        if ledger.closed {
            return Ok(Effect::Void(Void::LogClosed));
        }
        let ruled = match &event.payload().body {
            Body::Ledger(body) => self.apply_ledger(ledger, event, body)?,
            Body::Day => self.apply_day(ledger, event)?,
            Body::Charter(body) => self.apply_charter(&ledger, event, body)?,
            Body::Membership(body) => self.apply_membership(&ledger, event, body)?,
            Body::Contribution(body) => self.apply_contribution(&ledger, event, body)?,
            Body::Retraction => self.apply_retraction(event)?,
            Body::Review(_) => Ok(Effect::Noted),
        };
        Ok(ruled.unwrap_or_else(Effect::Void))
    }

    /// Where the event stands from now on. Of a repeated event the first entry's standing stays.
    fn note_standing(&mut self, index: u64, event: &Event, effect: &Effect) -> Result<(), S> {
        let status = match effect {
            Effect::Void(Void::Repeated) | Effect::Counted { .. } => return Ok(()),
            // A log without a constitution, and events of another log, leave no trace: their number is not bounded by
            // this log's admission.
            Effect::Void(Void::NoLedger | Void::OtherLog) => return Ok(()),
            Effect::Void(void) => Status::Void(void.code().to_owned()),
            Effect::Noted => Status::Noted,
            _ => Status::Applied,
        };
        let standing = Standing { index, status, contribution: None };
        self.set(key::event(&event.id()), standing.to_bytes())
    }

    fn ledger(&self) -> Result<Option<LedgerRecord>, S> {
        let record: Option<LedgerRecord> = self.record(key::LEDGER, LedgerRecord::from_bytes)?;
        Ok(record.filter(|r| r.rules > 0))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, S> {
        self.state.get(key).map_err(FoldError::State)
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), S> {
        self.state.set(key, value).map_err(FoldError::State)
    }

    /// The record at `key`; one that does not parse is damage, not absence.
    fn record<T>(&self, key: &[u8], parse: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, S> {
        match self.get(key)? {
            None => Ok(None),
            Some(bytes) => parse(&bytes).map(Some).ok_or_else(|| FoldError::Damaged { key: key.to_vec() }),
        }
    }

    /// The parsed charter, which must be in the state.
    fn charter(&mut self, id: &Hash) -> Result<Option<(record::CharterRecord, Arc<Charter>)>, S> {
        let key = key::charter(id);
        let Some(record) = self.record(&key, record::CharterRecord::from_bytes)? else { return Ok(None) };
        if let Some(charter) = self.charters.get(id) {
            return Ok(Some((record, Arc::clone(charter))));
        }
        let Ok(event::Payload { body: Body::Charter(charter), .. }) = event::Payload::parse(&record.payload)
        else {
            return Err(FoldError::Damaged { key });
        };
        if self.charters.len() >= CHARTERS_KEPT {
            self.charters.clear();
        }
        let charter = Arc::new(charter);
        self.charters.insert(*id, Arc::clone(&charter));
        Ok(Some((record, charter)))
    }
}
