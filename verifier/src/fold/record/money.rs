//! A project's money: what came in, what is owed, what is frozen for a settlement.

use super::Reader;
use crate::Hash;
use crate::event::{Carried, Settled, Token};
use crate::money::Currency;
use crate::settlement::{Debt, Line};

impl Reader<'_> {
    fn currency(&mut self) -> Option<Currency> {
        Currency::from_bytes(self.array()?)
    }
    fn token(&mut self) -> Option<Token> {
        Token::parse(&self.short_text()?)
    }
}

fn write_token(out: &mut Vec<u8>, token: &Token) {
    // At most 32 bytes.
    out.push(u8::try_from(token.as_str().len()).unwrap_or(u8::MAX));
    out.extend(token.as_str().as_bytes());
}

fn write_all(out: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|number| out.extend(number.to_be_bytes()));
}

/// What a project has and owes. Absent: nothing ever came in or was owed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::fold) struct MoneyRecord {
    /// Valid settlements so far.
    pub(in crate::fold) settlements: u64,
    /// How often the project was frozen so far.
    pub(in crate::fold) freezes: u64,
    /// Ascending by currency, at most 16.
    pub(in crate::fold) currencies: Vec<Books>,
}

/// What it has and owes in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct Books {
    pub(in crate::fold) currency: Currency,
    /// All income ever.
    pub(in crate::fold) income: u64,
    /// All that was ever owed by rate: the sum of what each change of points added.
    pub(in crate::fold) accrued: u64,
    /// The reserve fund after the last settlement.
    pub(in crate::fold) reserve: u64,
    /// Contributors' money that the last settlement could not split.
    pub(in crate::fold) unallocated: u64,
    /// Reversals to be taken.
    pub(in crate::fold) reversals: u64,
    /// As many of them as the newest freeze has seen.
    pub(in crate::fold) frozen: u64,
}

impl MoneyRecord {
    /// The books of a currency; new ones where there are none yet. `None` where the project has too many currencies.
    pub(in crate::fold) fn books(&mut self, currency: Currency) -> Option<&mut Books> {
        let place = match self.currencies.binary_search_by_key(&currency, |books| books.currency) {
            Ok(place) => place,
            Err(_) if self.currencies.len() >= crate::event::MAX_CURRENCIES => return None,
            Err(place) => {
                let (income, accrued, reserve, unallocated, reversals, frozen) = Default::default();
                let books = Books { currency, income, accrued, reserve, unallocated, reversals, frozen };
                self.currencies.insert(place, books);
                place
            }
        };
        self.currencies.get_mut(place)
    }

    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.currencies.len() * 51);
        write_all(&mut out, &[self.settlements, self.freezes]);
        for b in &self.currencies {
            out.extend(b.currency.as_bytes());
            write_all(&mut out, &[b.income, b.accrued, b.reserve, b.unallocated, b.reversals, b.frozen]);
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let mut record = Self { settlements: r.u64()?, freezes: r.u64()?, currencies: Vec::new() };
        while !r.0.is_empty() {
            record.currencies.push(Books {
                currency: r.currency()?,
                income: r.u64()?,
                accrued: r.u64()?,
                reserve: r.u64()?,
                unallocated: r.u64()?,
                reversals: r.u64()?,
                frozen: r.u64()?,
            });
        }
        Some(record)
    }
}

/// Income under one charter in one currency that no valid settlement has had yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fold) struct PoolRecord {
    pub(in crate::fold) charter: Hash,
    pub(in crate::fold) amount: u64,
    /// As much of it as the newest freeze has seen.
    pub(in crate::fold) frozen: u64,
    /// As much of it as no payer has signed for.
    pub(in crate::fold) unconfirmed: u64,
    /// As much of that as the newest freeze has seen.
    pub(in crate::fold) frozen_unconfirmed: u64,
}

impl PoolRecord {
    /// What is left of it when the newest freeze is settled. `None` where more was seen than is there.
    pub(in crate::fold) fn since_frozen(self) -> Option<Self> {
        Some(Self {
            amount: self.amount.checked_sub(self.frozen)?,
            unconfirmed: self.unconfirmed.checked_sub(self.frozen_unconfirmed)?,
            frozen: 0,
            frozen_unconfirmed: 0,
            ..self
        })
    }

    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        let mut out = self.charter.0.to_vec();
        write_all(&mut out, &[self.amount, self.frozen, self.unconfirmed, self.frozen_unconfirmed]);
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self {
            charter: r.hash()?,
            amount: r.u64()?,
            frozen: r.u64()?,
            unconfirmed: r.u64()?,
            frozen_unconfirmed: r.u64()?,
        };
        r.end(record)
    }
}

/// An income.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fold) struct IncomeRecord {
    pub(in crate::fold) project: Hash,
    pub(in crate::fold) currency: Currency,
    /// Position of the charter that was in force.
    pub(in crate::fold) charter: u64,
    pub(in crate::fold) amount: u64,
    pub(in crate::fold) reversed: u64,
    /// How often the project had been frozen.
    pub(in crate::fold) freezes: u64,
    /// Whether the payer has signed.
    pub(in crate::fold) is_confirmed: bool,
}

impl IncomeRecord {
    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        let mut out = self.project.0.to_vec();
        out.extend(self.currency.as_bytes());
        write_all(&mut out, &[self.charter, self.amount, self.reversed, self.freezes]);
        out.push(self.is_confirmed.into());
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self {
            project: r.hash()?,
            currency: r.currency()?,
            charter: r.u64()?,
            amount: r.u64()?,
            reversed: r.u64()?,
            freezes: r.u64()?,
            is_confirmed: r.u8()? == 1,
        };
        r.end(record)
    }
}

/// What one person was ever owed by rate, by currency, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::fold) struct AccruedRecord(pub(in crate::fold) Vec<(Currency, u64)>);

impl AccruedRecord {
    pub(in crate::fold) fn in_currency(&self, currency: Currency) -> u64 {
        self.0.iter().find(|(c, _)| *c == currency).map_or(0, |(_, amount)| *amount)
    }

    pub(in crate::fold) fn amount_mut(&mut self, currency: Currency) -> Option<&mut u64> {
        let place = match self.0.binary_search_by_key(&currency, |(c, _)| *c) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (currency, 0));
                place
            }
        };
        self.0.get_mut(place).map(|(_, amount)| amount)
    }

    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * 11);
        for (currency, amount) in &self.0 {
            out.extend(currency.as_bytes());
            out.extend(amount.to_be_bytes());
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let mut out = Vec::new();
        while !r.0.is_empty() {
            out.push((r.currency()?, r.u64()?));
        }
        Some(Self(out))
    }
}

/// A project that is frozen, and what its settlement has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct FreezeRecord {
    /// The epoch that its mark began.
    pub(in crate::fold) epoch: u64,
    /// The snapshot of that mark, once there is one.
    pub(in crate::fold) snapshot: Option<Hash>,
    /// Ascending by currency, with the reversals that are still to be taken then.
    pub(in crate::fold) currencies: Vec<(Settled, u64)>,
}

impl FreezeRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.epoch.to_be_bytes().to_vec();
        out.extend(self.snapshot.unwrap_or_default().0);
        for (s, reversals) in &self.currencies {
            out.extend(s.currency.as_bytes());
            for c in [&s.before, &s.after] {
                write_all(&mut out, &[c.held, c.reserve, c.unallocated]);
            }
            write_all(
                &mut out,
                &[s.income, s.lines, s.owed, s.payable, s.reversed, s.unconfirmed, *reversals],
            );
            out.extend(s.root.0);
            // At most 16 of each of 32 pools.
            out.extend(u32::try_from(s.funds.len()).unwrap_or(u32::MAX).to_be_bytes());
            for (name, amount) in &s.funds {
                write_token(&mut out, name);
                out.extend(amount.to_be_bytes());
            }
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let epoch = r.u64()?;
        let snapshot = Some(r.hash()?).filter(|hash| *hash != Hash::default());
        let mut currencies = Vec::new();
        while !r.0.is_empty() {
            let currency = r.currency()?;
            let mut carried = || Some(Carried { held: r.u64()?, reserve: r.u64()?, unallocated: r.u64()? });
            let (before, after) = (carried()?, carried()?);
            let (income, lines, owed, payable) = (r.u64()?, r.u64()?, r.u64()?, r.u64()?);
            let (reversed, unconfirmed, reversals, root) = (r.u64()?, r.u64()?, r.u64()?, r.hash()?);
            let funds = (0..r.u32()?).map(|_| Some((r.token()?, r.u64()?))).collect::<Option<_>>()?;
            let settled = Settled {
                after,
                before,
                currency,
                funds,
                income,
                lines,
                owed,
                payable,
                reversed,
                root,
                unconfirmed,
            };
            currencies.push((settled, reversals));
        }
        Some(Self { epoch, snapshot, currencies })
    }
}

/// A line, and what the next settlement starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct LineRecord {
    pub(in crate::fold) line: Line,
    /// Most points that any settlement so far has seen: later ranges count from there.
    pub(in crate::fold) points: u64,
    /// The same of what was ever owed by rate.
    pub(in crate::fold) accrued: u64,
    pub(in crate::fold) debts: Vec<Debt>,
}

impl LineRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32 + 80 + 40 + 16 + self.debts.len() * 16);
        out.extend(self.line.who.0);
        write_all(&mut out, &self.line.numbers());
        write_all(&mut out, &[self.line.credits]);
        out.extend(self.line.work.0);
        write_all(&mut out, &[self.points, self.accrued]);
        for debt in &self.debts {
            write_all(&mut out, &[debt.range, debt.amount]);
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let who = r.hash()?;
        let mut numbers = [0; 10];
        for number in &mut numbers {
            *number = r.u64()?;
        }
        let line = Line::of_numbers(who, numbers, (r.u64()?, r.hash()?));
        let (points, accrued) = (r.u64()?, r.u64()?);
        let mut debts = Vec::new();
        while !r.0.is_empty() {
            debts.push(Debt { range: r.u64()?, amount: r.u64()? });
        }
        Some(Self { line, points, accrued, debts })
    }
}
