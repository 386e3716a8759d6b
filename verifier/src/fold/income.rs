//! `income`, `reversal` and `closing`: money in, money taken back, and the wish to settle.

use super::record::{IncomeRecord, PoolRecord};
use super::{Effect, Fold, FoldError, Result, Ruled, State, Void, key, who};
use crate::Hash;
use crate::did::Did;
use crate::event::{self, Event, Party, Role};
use crate::money::MAX_AMOUNT;

/// Most pools of a project: each has at most 16 funds, and a settlement names them all in one entry.
const MAX_POOLS: usize = 32;

impl<S: State> Fold<S> {
    pub(super) fn apply_income(&mut self, event: &Event, body: &event::Income) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let Some(project) = payload.project else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let treasurers = payload.signers.iter().filter(|signer| body.payer.as_ref() != Some(*signer));
        if !self.are_treasurers(&project, treasurers)? {
            return Ok(Err(Void::NotTreasurer));
        }
        let mut money = self.money(&project)?;
        let Some(books) = money.books(body.currency) else { return Ok(Err(Void::IncomeCurrencies)) };
        let Some(income) = books.income.checked_add(body.amount).filter(|sum| *sum <= MAX_AMOUNT) else {
            return Ok(Err(Void::IncomeOverflow));
        };
        books.income = income;
        let charter = record.in_force();
        let damaged = |key: Vec<u8>| FoldError::Damaged { key };
        let position = self.standing(&charter)?.ok_or_else(|| damaged(key::event(&charter)))?.index;
        let key = key::pool(&project, position, body.currency);
        let mut pool = match self.record(&key, PoolRecord::from_bytes)? {
            Some(pool) => pool,
            None if self.scan(&key::pools(&project), &[], MAX_POOLS)?.len() >= MAX_POOLS => {
                return Ok(Err(Void::IncomePools));
            }
            None => PoolRecord { charter, amount: 0, frozen: 0, unconfirmed: 0, frozen_unconfirmed: 0 },
        };
        // At most all income ever.
        pool.amount = pool.amount.checked_add(body.amount).ok_or_else(|| damaged(key.clone()))?;
        if body.payer.is_none() {
            pool.unconfirmed =
                pool.unconfirmed.checked_add(body.amount).ok_or_else(|| damaged(key.clone()))?;
        }
        self.set(key, pool.to_bytes())?;
        let record = IncomeRecord {
            project,
            currency: body.currency,
            charter: position,
            amount: body.amount,
            reversed: 0,
            freezes: money.freezes,
            is_confirmed: body.payer.is_some(),
        };
        self.set(key::income(&event.id()), record.to_bytes())?;
        self.set(key::money(&project), money.to_bytes())?;
        Ok(Ok(Effect::Income { project }))
    }

    pub(super) fn apply_reversal(
        &mut self,
        event: &Event,
        body: &event::Reversal,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let Some(project) = payload.project else { return Ok(Err(Void::ProjectUnknown)) };
        if self.project(&project)?.is_none() {
            return Ok(Err(Void::ProjectUnknown));
        }
        if !self.are_treasurers(&project, payload.signers.iter())? {
            return Ok(Err(Void::NotTreasurer));
        }
        let income_key = key::income(&body.income);
        let Some(mut income) =
            self.record(&income_key, IncomeRecord::from_bytes)?.filter(|income| income.project == project)
        else {
            return Ok(Err(Void::IncomeUnknown));
        };
        let Some(reversed) =
            income.reversed.checked_add(body.amount).filter(|reversed| *reversed <= income.amount)
        else {
            return Ok(Err(Void::ReversalAboveIncome));
        };
        income.reversed = reversed;
        let mut money = self.money(&project)?;
        if income.freezes == money.freezes {
            // Nothing has been decided about it yet: it never was.
            let key = key::pool(&project, income.charter, income.currency);
            let pool = self.record(&key, PoolRecord::from_bytes)?;
            let unconfirmed = if income.is_confirmed { 0 } else { body.amount };
            let pool = pool.and_then(|pool| {
                let amount = pool.amount.checked_sub(body.amount)?;
                Some(PoolRecord { amount, unconfirmed: pool.unconfirmed.checked_sub(unconfirmed)?, ..pool })
            });
            let Some(pool) = pool else { return Err(FoldError::Damaged { key }) };
            self.set(key, pool.to_bytes())?;
        } else {
            let books = money.books(income.currency);
            let sum = books.and_then(|b| b.reversals.checked_add(body.amount).map(|sum| b.reversals = sum));
            sum.ok_or_else(|| FoldError::Damaged { key: key::money(&project) })?;
            self.set(key::money(&project), money.to_bytes())?;
        }
        self.set(income_key, income.to_bytes())?;
        Ok(Ok(Effect::Reversal { project }))
    }

    pub(super) fn apply_closing(&mut self, event: &Event) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let Some(project) = payload.project else { return Ok(Err(Void::ProjectUnknown)) };
        if self.project(&project)?.is_none() {
            return Ok(Err(Void::ProjectUnknown));
        }
        if !self.are_treasurers(&project, payload.signers.iter())? {
            return Ok(Err(Void::NotTreasurer));
        }
        let key = key::closing(&project);
        if self.get(&key)?.is_some() {
            return Ok(Err(Void::ClosingRepeated));
        }
        self.set(key, Vec::new())?;
        Ok(Ok(Effect::Closing { project }))
    }

    /// Whether all of these have the role of a treasurer now.
    pub(super) fn are_treasurers<'a>(
        &self,
        project: &Hash,
        signers: impl Iterator<Item = &'a Did>,
    ) -> Result<bool, S> {
        self.all_have_role(project, Role::Treasurer, signers)
    }

    /// Whether all of these have a role now.
    pub(super) fn all_have_role<'a>(
        &self,
        project: &Hash,
        role: Role,
        mut signers: impl Iterator<Item = &'a Did>,
    ) -> Result<bool, S> {
        signers.try_fold(true, |all, signer| {
            let member = who(&Party::Key(signer.clone()));
            Ok(all && self.has_role(project, role, &member)?)
        })
    }
}
