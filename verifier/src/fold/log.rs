//! `ledger` and `day`: what holds for the whole log.

use super::record::LedgerRecord;
use super::{Effect, Fold, RULES, Result, Ruled, State, Void, key};
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
        self.set(key::LEDGER.to_vec(), record.to_bytes())?;
        Ok(Effect::Ledger)
    }

    /// Remembers that entry 0 was no valid `ledger` event.
    pub(super) fn open_invalid(&mut self) -> Result<(), S> {
        let record =
            LedgerRecord { rules: 0, day: Day::FIRST, closed: true, key: [0; 32], origin: String::new() };
        self.set(key::LEDGER.to_vec(), record.to_bytes())
    }

    pub(super) fn apply_ledger(
        &mut self,
        ledger: LedgerRecord,
        event: &Event,
        body: &event::Ledger,
    ) -> Result<Ruled<Effect>, S> {
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
            ..ledger
        };
        self.set(key::LEDGER.to_vec(), record.to_bytes())?;
        Ok(Ok(Effect::Ledger))
    }

    pub(super) fn apply_day(&mut self, ledger: LedgerRecord, event: &Event) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        if payload.signers.iter().any(|s| *s.key() != ledger.key) {
            return Ok(Err(Void::NotLedgerKey));
        }
        if payload.date <= ledger.day {
            return Ok(Err(Void::DayNotLater));
        }
        let record = LedgerRecord { day: payload.date, ..ledger };
        self.set(key::LEDGER.to_vec(), record.to_bytes())?;
        Ok(Ok(Effect::Day(payload.date)))
    }
}
