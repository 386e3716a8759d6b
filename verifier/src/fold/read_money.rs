//! What the fold knows of a project's money.

use super::record::{
    ClaimsRecord, DecisionRecord, FreezeRecord, LinePaymentsRecord, LineRecord, PoolRecord, SettlementRecord,
};
use super::{Fold, FoldError, PAGE, Result, State, key};
use crate::Hash;
use crate::did::Did;
use crate::event::{Day, PaymentState, Role, Settled};
use crate::money::Currency;
use crate::settlement::{Credit, Debt, Line, LineNode};

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
    /// As much of it as no payer has signed for.
    pub unconfirmed: u64,
    /// All that was ever owed by rate: the sum of what each change of points added.
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
    /// What was done about it; `None` where nothing was yet.
    pub payment: Option<LinePayment>,
    /// Whose key has claimed the alias that the line belongs to: they are to be paid.
    pub claimed_by: Option<Did>,
    /// Several claim the alias: nobody is to be paid.
    pub is_disputed: bool,
    /// Places of the claims of that alias in the project's money tree, ascending; where an arbiter has decided, of that one.
    pub claims: Vec<u64>,
}

/// What was done about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePayment {
    /// The last.
    pub state: PaymentState,
    /// Of this attempt, from 1.
    pub attempt: u32,
    /// Places of all payments of the line in the project's money tree, ascending.
    pub places: Vec<u64>,
}

/// A valid settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementView {
    /// Its event id.
    pub id: Hash,
    /// The project.
    pub project: Hash,
    /// Its number, from 1.
    pub number: u64,
    /// Its place in the project's money tree.
    pub place: u64,
}

/// A leaf of a project's money tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionView {
    /// Event id of the settlement, payment or claim.
    pub id: Hash,
    /// Index of its entry.
    pub index: u64,
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
                unconfirmed: 0,
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
                view.unconfirmed = view.unconfirmed.saturating_add(pool.unconfirmed);
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
                self.line_view(project, (currency, number), handle, record)
            })
            .collect()
    }

    /// The line of one handle.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn line(
        &self,
        project: &Hash,
        currency: Currency,
        number: u64,
        handle: u64,
    ) -> Result<Option<LineView>, S> {
        let record = self.record(&key::line(project, currency, number, handle), LineRecord::from_bytes)?;
        record.map(|record| self.line_view(project, (currency, number), handle, record)).transpose()
    }

    fn line_view(
        &self,
        project: &Hash,
        (currency, number): (Currency, u64),
        handle: u64,
        record: LineRecord,
    ) -> Result<LineView, S> {
        let payments = key::line_payments(project, currency, number, handle);
        let payments = self.record(&payments, LinePaymentsRecord::from_bytes)?;
        let claims = self.record(&key::claims_of(project, &record.line.who), ClaimsRecord::from_bytes)?;
        let day = self.day()?.unwrap_or(Day::FIRST);
        let claimed_by = claims.as_ref().and_then(|claims| claims.in_force(day));
        Ok(LineView {
            handle,
            payment: payments.map(|LinePaymentsRecord { state, attempt, places }| LinePayment {
                state,
                attempt,
                places,
            }),
            claimed_by: claimed_by.map(|claim| Did::from_key(&claim.key)),
            is_disputed: claims.as_ref().is_some_and(ClaimsRecord::are_contrary),
            claims: claims.map_or_else(Vec::new, |c| c.claims.iter().map(|claim| claim.place).collect()),
            line: record.line,
            debts: record.debts,
        })
    }

    /// Credits of one person, from the one with `from` before it, up to `limit`, in the order of the log. Fewer where there
    /// are no more.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn credits(&self, project: &Hash, who: &Hash, from: u64, limit: usize) -> Result<Vec<Credit>, S> {
        let keys: Vec<Vec<u8>> =
            (from..).take(limit.min(PAGE)).map(|number| key::credit(project, who, number)).collect();
        let values = self.state.get_many(&keys).map_err(FoldError::State)?;
        let found = keys.into_iter().zip(values).map_while(|(key, value)| Some((key, value?)));
        found.map(|(key, value)| Credit::from_bytes(&value).ok_or(FoldError::Damaged { key })).collect()
    }

    /// The valid settlement of a project with this number, from 1.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn settlement(&self, project: &Hash, number: u64) -> Result<Option<SettlementView>, S> {
        let by_number = key::settlement_by_number(project, number);
        let Some(id) = self.record(&by_number, |id| id.try_into().ok().map(Hash))? else { return Ok(None) };
        self.settlement_by_id(&id)
    }

    /// The valid settlement with this event id.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn settlement_by_id(&self, id: &Hash) -> Result<Option<SettlementView>, S> {
        let record = self.record(&key::settlement(id), SettlementRecord::from_bytes)?;
        Ok(record.map(|SettlementRecord { project, number, place }| SettlementView {
            id: *id,
            project,
            number,
            place,
        }))
    }

    /// What is at a place in a project's money tree.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn decision(&self, project: &Hash, place: u64) -> Result<Option<DecisionView>, S> {
        let record = self.record(&key::decision(project, place), DecisionRecord::from_bytes)?;
        Ok(record.map(|DecisionRecord { id, index }| DecisionView { id, index }))
    }

    /// Up to sixteen neighbouring nodes of a project's money tree as of now (spec/totals.md §1).
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn decisions_group(&self, project: &Hash, level: u8, number: u64) -> Result<Vec<Hash>, S> {
        self.group(&key::decisions_group(project, level, number))
    }

    /// Up to sixteen neighbouring nodes of the tree of lines of a settlement in a currency.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn lines_group(
        &self,
        project: &Hash,
        of: (Currency, u64),
        level: u8,
        number: u64,
    ) -> Result<Vec<LineNode>, S> {
        self.group(&key::lines_group(project, of, level, number))
    }

    /// The projects that were frozen at the newest mark, while it has no snapshot; ascending.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn unstated(&self) -> Result<Vec<Hash>, S> {
        self.scan_all(key::UNSTATED)?
            .into_iter()
            .map(|(key, _)| key.last_chunk().copied().map(Hash).ok_or(FoldError::Damaged { key }))
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
