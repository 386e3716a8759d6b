//! What the fold knows of a project's money.

use super::record::{FreezeRecord, LineRecord, PoolRecord};
use super::{Fold, FoldError, PAGE, Result, State, key};
use crate::Hash;
use crate::event::{Role, Settled};
use crate::money::Currency;
use crate::settlement::{Debt, Line};

/// A project's money as of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyView {
    /// Valid settlements so far.
    pub settlements: u64,
    /// The last of them.
    pub last: Option<Hash>,
    /// Ascending by currency, at most 16.
    pub currencies: Vec<CurrencyView>,
    /// It is to be frozen at the next mark.
    pub is_closing: bool,
    /// What the next settlement has to say, where the project is frozen.
    pub frozen: Option<FrozenView>,
}

/// What a project has and owes in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyView {
    /// The currency.
    pub currency: Currency,
    /// All income ever, with what was taken back of it.
    pub income: u64,
    /// Income that no valid settlement has had.
    pub unsettled: u64,
    /// All that was ever owed by rate.
    pub accrued: u64,
    /// The reserve fund.
    pub reserve: u64,
    /// Contributors' money that could not be split.
    pub unallocated: u64,
    /// Reversals that are to be taken.
    pub reversals: u64,
}

/// A project that is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenView {
    /// The number of the settlement, from 1.
    pub number: u64,
    /// The snapshot of its mark, once there is one; it can be settled then.
    pub snapshot: Option<Hash>,
    /// Ascending by currency.
    pub currencies: Vec<Settled>,
}

/// A line of a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineView {
    /// The person's place.
    pub handle: u64,
    /// What is settled.
    pub line: Line,
    /// What is still owed, ascending by range.
    pub debts: Vec<Debt>,
}

impl<S: State> Fold<S> {
    /// A project's money; `None` where there is no such project.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn money_view(&self, project: &Hash) -> Result<Option<MoneyView>, S> {
        let Some(record) = self.project(project)? else { return Ok(None) };
        let money = self.money(project)?;
        let number = money.settlements.saturating_add(1);
        let mut currencies: Vec<CurrencyView> = money
            .currencies
            .iter()
            .map(|b| CurrencyView {
                currency: b.currency,
                income: b.income,
                unsettled: 0,
                accrued: b.accrued,
                reserve: b.reserve,
                unallocated: b.unallocated,
                reversals: b.reversals,
            })
            .collect();
        for (key, value) in self.scan_all(&key::pools(project))? {
            let pool = PoolRecord::from_bytes(&value);
            let currency = key.last_chunk().and_then(|code| Currency::from_bytes(*code));
            let Some((pool, currency)) = pool.zip(currency) else { return Err(FoldError::Damaged { key }) };
            if let Some(view) = currencies.iter_mut().find(|view| view.currency == currency) {
                view.unsettled = view.unsettled.saturating_add(pool.amount);
            }
        }
        let freeze = self.record(&key::freeze(project), FreezeRecord::from_bytes)?;
        Ok(Some(MoneyView {
            settlements: money.settlements,
            last: Some(record.leaf.now.settlement).filter(|last| *last != Hash::default()),
            currencies,
            is_closing: self.get(&key::closing(project))?.is_some(),
            frozen: freeze.map(|freeze| FrozenView {
                number,
                snapshot: freeze.snapshot,
                currencies: freeze.currencies.into_iter().map(|(settled, _)| settled).collect(),
            }),
        }))
    }

    /// Up to `limit` lines of a project's settlement `number` in a currency, from the handle `from` on. Those of the number
    /// after the last valid one are those of the freeze, which may still be replaced.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn lines(
        &self,
        project: &Hash,
        currency: Currency,
        number: u64,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LineView>, S> {
        let prefix = key::lines(project, currency, number);
        let after = from.checked_sub(1).map(|last| key::line(project, currency, number, last));
        self.scan(&prefix, after.as_deref().unwrap_or_default(), limit.min(PAGE))?
            .into_iter()
            .map(|(key, value)| {
                let handle = key.last_chunk().map(|handle| u64::from_be_bytes(*handle));
                let record = LineRecord::from_bytes(&value);
                let Some((handle, record)) = handle.zip(record) else {
                    return Err(FoldError::Damaged { key });
                };
                Ok(LineView { handle, line: record.line, debts: record.debts })
            })
            .collect()
    }

    /// Whether somebody has a role in a project now.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn has_role(&self, project: &Hash, role: Role, who: &Hash) -> Result<bool, S> {
        Ok(self.get(&key::member(project, role, who))?.is_some())
    }
}
