//! `ledger` and `day`: what holds for the whole log.

use super::account::{Change, Decision, points};
use super::record::{LedgerRecord, ProjectRecord};
use super::{Effect, Fold, FoldError, Now, PAGE, RULES, Result, Ruled, State, Void, key};
use crate::Hash;
use crate::event::{self, Body, Day, Event};

impl<S: State> Fold<S> {
    /// Entry 0. Whatever is wrong with it, the log then has no constitution, for ever.
    pub(super) fn open(&mut self, event: &Event) -> Result<Effect, S> {
        let payload = event.payload();
        let Body::Ledger(body) = &payload.body else {
            self.open_invalid()?;
            return Ok(Effect::Void(Void::NoLedger));
        };
        if payload.signers != [body.key.clone()] || body.closing.is_some() {
            self.open_invalid()?;
            return Ok(Effect::Void(Void::NoLedger));
        }
        if body.rules > RULES {
            return Ok(Effect::NeedsRules(body.rules));
        }
        let record = LedgerRecord {
            rules: body.rules,
            day: payload.date,
            closed: false,
            key: *body.key.key(),
            origin: payload.log.as_str().to_owned(),
        };
        self.set_ledger(record)?;
        Ok(Effect::Ledger)
    }

    /// Remembers that entry 0 was no valid `ledger` event.
    pub(super) fn open_invalid(&mut self) -> Result<(), S> {
        let record =
            LedgerRecord { rules: 0, day: Day::FIRST, closed: true, key: [0; 32], origin: String::new() };
        self.set_ledger(record)
    }

    pub(super) fn apply_ledger(&mut self, event: &Event, body: &event::Ledger) -> Result<Ruled<Effect>, S> {
        let Some(ledger) = self.ledger()? else { return Ok(Err(Void::NoLedger)) };
        let payload = event.payload();
        if !payload.signers.iter().any(|s| *s.key() == ledger.key)
            || payload.signers.iter().any(|s| *s.key() != ledger.key && *s != body.key)
        {
            return Ok(Err(Void::NotLedgerKey));
        }
        if body.rules < ledger.rules {
            return Ok(Err(Void::RulesLowered));
        }
        if body.rules > RULES {
            return Ok(Ok(Effect::NeedsRules(body.rules)));
        }
        let record = LedgerRecord {
            rules: body.rules,
            closed: body.closing.is_some(),
            key: *body.key.key(),
            ..LedgerRecord::clone(&ledger)
        };
        self.set_ledger(record)?;
        Ok(Ok(Effect::Ledger))
    }

    pub(super) fn apply_day(&mut self, now: &Now, event: &Event) -> Result<Ruled<Effect>, S> {
        let Some(ledger) = self.ledger()? else { return Ok(Err(Void::NoLedger)) };
        let payload = event.payload();
        if payload.signers.iter().any(|s| *s.key() != ledger.key) {
            return Ok(Err(Void::NotLedgerKey));
        }
        if payload.date <= ledger.day {
            return Ok(Err(Void::DayNotLater));
        }
        let record = LedgerRecord { day: payload.date, ..LedgerRecord::clone(&ledger) };
        self.set_ledger(record)?;
        self.amend(payload.date)?;
        let accepted = self.accept_by_silence(payload.date, now.index)?;
        Ok(Ok(Effect::Day { day: payload.date, accepted }))
    }

    /// Accepts all work whose silence has lasted, by day and then by index: nothing has to be sorted, or held at once.
    fn accept_by_silence(&mut self, today: Day, index: u64) -> Result<u64, S> {
        let (mut after, mut accepted) = (Vec::new(), 0);
        loop {
            let page = self.scan(key::DUE, &after, PAGE)?;
            for (key, id) in &page {
                let day = key.get(1..5).and_then(|d| d.try_into().ok()).map(u32::from_be_bytes);
                let day = day.and_then(Day::from_number);
                let id: Option<[u8; 32]> = id.as_slice().try_into().ok();
                let (Some(day), Some(id)) = (day, id) else {
                    return Err(FoldError::Damaged { key: key.clone() });
                };
                if day > today {
                    return Ok(accepted);
                }
                accepted += u64::from(self.accept_due(&Hash(id), index)?);
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => after.clone_from(key),
                _ => return Ok(accepted),
            }
        }
    }

    /// Accepts one event whose silence has lasted; not where the project has no room for its points: then it goes on
    /// waiting for a verdict, and silence means nothing any more.
    fn accept_due(&mut self, id: &Hash, by: u64) -> Result<bool, S> {
        let damaged = || FoldError::Damaged { key: key::event(id) };
        let mut standing = self.standing(id)?.ok_or_else(damaged)?;
        let work = standing.contribution.as_mut().ok_or_else(damaged)?;
        let key = key::project(&work.project);
        let Some(mut record) = self.record(&key, ProjectRecord::from_bytes)? else {
            return Err(FoldError::Damaged { key });
        };
        let accepted = work.quantity;
        let charter = self.known_charter(&work.charter)?;
        let change = Change { charter: &charter, minus: 0, plus: points(work.weight, accepted) };
        if !self.has_room(&work.project, &record, &[change])? {
            if let Some(day) = work.due.take() {
                self.remove(&key::due(day, standing.index))?;
            }
            self.set(key::event(id), standing.to_bytes())?;
            return Ok(false);
        }
        self.settle(id, standing, &mut record, Decision { accepted, reason: "", by })?;
        self.set(key, record.to_bytes())?;
        Ok(true)
    }
}
