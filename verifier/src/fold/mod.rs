//! Attribution: what the entries of a log mean, in the order of the log.
//!
//! The fold is total: every entry has an effect, be it only that it is void, and nothing that anybody can log stops it.
//! It uses no cryptography but hashes, no clock and no randomness, so the same log gives the same state on any machine,
//! byte for byte (spec/fold.md).

mod account;
mod claim;
mod contribution;
mod decision;
mod effect;
mod freeze;
mod income;
mod key;
mod log;
mod mark;
mod payment;
mod project;
mod read;
mod read_money;
mod record;
mod review;
mod run;
mod state;
mod tree;
mod void;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use thiserror::Error;

pub(crate) use decision::decision_leaf;
pub use effect::Effect;
pub use key::{is_scanned, who};
pub use read::{AsOf, Contributor, Count, Decided, MarkView, ProjectView, SnapshotView};
pub use read_money::{
    CurrencyView, DecisionView, FrozenView, LinePayment, LineView, MoneyView, SettlementView,
};
pub use record::{Amount, KINDS_OF_WORK, Standing, Status, Sums, Tally};
use record::{LedgerRecord, MarkRecord};
pub use run::Run;
pub use state::{MemoryState, State, VisitPair};
pub use tree::SumNode;
pub use void::{SubjectFault, Void};

use crate::event::{Body, Charter, Day, Event, Malformed};
use crate::{Code, Hash, event};

/// Most points that a project can have, 2^63 - 1.
pub const MAX_POINTS: u64 = i64::MAX as u64;
/// The newest rules version that this build knows.
pub const RULES: u64 = 1;
/// Keys read from the state at a time, where there may be many.
const PAGE: usize = 1_024;
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

/// The fold over one log.
#[derive(Debug)]
pub struct Fold<S> {
    state: S,
    // Parsed forms of charters of the state; a charter's text never changes.
    charters: HashMap<Hash, Arc<Charter>>,
    // What every entry needs, as the state has it.
    size: Option<u64>,
    ledger: Option<Option<Arc<LedgerRecord>>>,
    mark: Option<Option<Arc<MarkRecord>>>,
}

/// What the rules need of the log as a whole while one entry is applied.
#[derive(Debug, Clone, Copy)]
struct Now {
    /// Index of the entry.
    index: u64,
    /// The log's day.
    day: Day,
    /// The ledger key in force.
    key: [u8; 32],
}

type Result<T, S> = std::result::Result<T, FoldError<<S as State>::Error>>;
/// Inside the fold a broken rule is the other outcome of each step.
type Ruled<T> = std::result::Result<T, Void>;

impl<S: State> Fold<S> {
    /// Goes on from `state`; an empty one is the beginning of the log.
    pub fn new(state: S) -> Self {
        Self { state, charters: HashMap::new(), size: None, ledger: None, mark: None }
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
        self.number(key::SIZE)
    }

    /// Applies the next entry: what `check` made of its bytes.
    ///
    /// # Errors
    /// [`FoldError`]; the entry is then not applied, and this fold with the buffered part of its state is to be thrown
    /// away.
    pub fn apply(&mut self, entry: std::result::Result<&Event, &Malformed>) -> Result<Effect, S> {
        let index = match self.size {
            Some(index) => index,
            None => {
                // Only at the beginning: whoever comes to an entry that asks for later rules never goes past it.
                let version = self.number(key::NEEDS_RULES)?;
                if version > RULES {
                    return Ok(Effect::NeedsRules(version));
                }
                self.size()?
            }
        };
        let effect = self.effect_of(index, entry)?;
        if let Effect::NeedsRules(version) = effect {
            // A build that knows this version goes on from here: the entry is not applied, and is given to it again.
            self.set(key::NEEDS_RULES.to_vec(), version.to_be_bytes().to_vec())?;
            self.size = None;
            return Ok(effect);
        }
        if let Ok(event) = entry {
            self.note_standing(index, event, &effect)?;
        }
        self.set(key::SIZE.to_vec(), (index + 1).to_be_bytes().to_vec())?;
        self.size = Some(index + 1);
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
        let mut trial = Fold { charters: self.charters.clone(), ..Fold::new(self.state.clone()) };
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
        if self.has(&key::event(&event.id()))? {
            return Ok(Effect::Void(Void::Repeated));
        }
        if ledger.closed {
            return Ok(Effect::Void(Void::LogClosed));
        }
        let now = Now { index, day: ledger.day, key: ledger.key };
        let ruled = match &event.payload().body {
            Body::Ledger(body) => self.apply_ledger(event, body)?,
            Body::Day => self.apply_day(&now, event)?,
            Body::Mark => self.apply_mark(&now, event)?,
            Body::Snapshot(body) => self.apply_snapshot(&now, event, body)?,
            Body::Charter(body) => self.apply_charter(&now, event, body)?,
            Body::Membership(body) => self.apply_membership(event, body)?,
            Body::Contribution(body) => self.apply_contribution(&now, event, body)?,
            Body::Review(body) => self.apply_review(&now, event, body)?,
            Body::Retraction => self.apply_retraction(event)?,
            Body::Income(body) => self.apply_income(event, body)?,
            Body::Reversal(body) => self.apply_reversal(event, body)?,
            Body::Closing => self.apply_closing(event)?,
            Body::Settlement(body) => self.apply_settlement(&now, event, body)?,
            Body::Payment(body) => self.apply_payment(&now, event, body)?,
            Body::Claim(body) => self.apply_claim(&now, event, body)?,
        };
        Ok(ruled.unwrap_or_else(Effect::Void))
    }

    /// Where the event stands from now on. Of a repeated event the first entry's standing stays.
    fn note_standing(&mut self, index: u64, event: &Event, effect: &Effect) -> Result<(), S> {
        let status = match effect {
            // These have noted more than an index.
            Effect::Contribution { .. } | Effect::Reviewed { .. } => return Ok(()),
            // A log without a constitution, and events of another log, leave no trace: their number is not bounded by
            // this log's admission.
            Effect::Void(Void::Repeated | Void::NoLedger | Void::OtherLog) => return Ok(()),
            Effect::Void(void) => Status::Void(void.code().to_owned()),
            _ => Status::Applied,
        };
        self.set(key::event(&event.id()), Standing::plain(index, status).to_bytes())
    }

    /// The log's constitution; `None` where it has none.
    fn ledger(&mut self) -> Result<Option<Arc<LedgerRecord>>, S> {
        let ledger = match &self.ledger {
            Some(ledger) => ledger.clone(),
            None => {
                let read = self.record(key::LEDGER, LedgerRecord::from_bytes)?.map(Arc::new);
                self.ledger.insert(read).clone()
            }
        };
        Ok(ledger.filter(|l| l.rules > 0))
    }

    fn set_ledger(&mut self, record: LedgerRecord) -> Result<(), S> {
        self.set(key::LEDGER.to_vec(), record.to_bytes())?;
        self.ledger = Some(Some(Arc::new(record)));
        Ok(())
    }

    /// The newest mark.
    fn mark(&mut self) -> Result<Option<Arc<MarkRecord>>, S> {
        match &self.mark {
            Some(mark) => Ok(mark.clone()),
            None => {
                let read = self.record(key::MARK, MarkRecord::from_bytes)?.map(Arc::new);
                Ok(self.mark.insert(read).clone())
            }
        }
    }

    fn set_mark(&mut self, record: MarkRecord) -> Result<(), S> {
        self.set(key::MARK.to_vec(), record.to_bytes())?;
        self.mark = Some(Some(Arc::new(record)));
        Ok(())
    }

    /// How many marks there were.
    fn epoch(&mut self) -> Result<u64, S> {
        Ok(self.mark()?.map_or(0, |mark| mark.epoch))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, S> {
        self.state.get(key).map_err(FoldError::State)
    }

    fn has(&self, key: &[u8]) -> Result<bool, S> {
        self.state.read(key, |value| value.is_some()).map_err(FoldError::State)
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), S> {
        self.state.set(key, value).map_err(FoldError::State)
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), S> {
        self.state.remove(key).map_err(FoldError::State)
    }

    #[expect(clippy::type_complexity, reason = "pairs of key and value")]
    fn scan(&self, prefix: &[u8], after: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, S> {
        self.state.scan(prefix, after, limit).map_err(FoldError::State)
    }

    /// What `parse` makes of every pair under a prefix that may have very many, in order and in one piece or more, which may
    /// begin at `cuts`. One of which it makes nothing is damage.
    fn read_all<T: Send>(
        &self,
        prefix: &[u8],
        cuts: &[Vec<u8>],
        parse: impl Fn(&[u8], &[u8]) -> Option<T> + Sync,
    ) -> Result<Vec<Vec<T>>, S> {
        let read = |piece: &mut (Vec<T>, Option<Vec<u8>>), key: &[u8], value: &[u8]| {
            let (parsed, damaged) = piece;
            if let Some(found) = parse(key, value) {
                parsed.push(found);
                return ControlFlow::Continue(());
            }
            *damaged = Some(key.to_vec());
            ControlFlow::Break(())
        };
        let pieces = self.state.read_pieces(prefix, cuts, read).map_err(FoldError::State)?;
        let whole = |(parsed, damaged): (_, Option<_>)| match damaged {
            None => Ok(parsed),
            Some(key) => Err(FoldError::Damaged { key }),
        };
        pieces.into_iter().map(whole).collect()
    }

    /// The number at `key`; 0 where there is none.
    fn number(&self, key: &[u8]) -> Result<u64, S> {
        Ok(self.record(key, |b| b.try_into().ok().map(u64::from_be_bytes))?.unwrap_or(0))
    }

    /// The record at `key`; one that does not parse is damage, not absence.
    fn record<T>(&self, key: &[u8], parse: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, S> {
        let record = self.state.read(key, |bytes| bytes.map(parse)).map_err(FoldError::State)?;
        match record {
            None => Ok(None),
            Some(parsed) => parsed.map(Some).ok_or_else(|| FoldError::Damaged { key: key.to_vec() }),
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
