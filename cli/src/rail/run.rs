//! A run of payments: what is due, less tax and fee, to whom, in files of a bounded number of lines.

use std::fmt;

use jiff::civil::DateTime;
use lebombo_verifier::Hash;
use lebombo_verifier::event::Day;
use lebombo_verifier::money::{Currency, MAX_AMOUNT};

use super::account::{self, Account};
use super::error::{LeftOut, RailError};
use super::payees::{Payee, Payees, WHOLE};
use super::reference::Reference;

/// What holds for all files of a run.
#[derive(Debug, Clone)]
pub(crate) struct Heading {
    pub(crate) project: Hash,
    /// Event id of the settlement.
    pub(crate) settlement: Hash,
    /// The settlement's number, from 1.
    pub(crate) number: u64,
    /// The settlement's currency.
    pub(crate) currency: Currency,
    /// Where another currency is paid.
    pub(crate) exchange: Option<Exchange>,
    /// When the files are made, UTC.
    pub(crate) created: DateTime,
    /// The day on which the payments are to be made.
    pub(crate) execution: Day,
    pub(crate) payer: Payer,
}

/// Minor units of the settlement's currency × numerator / denominator are minor units of `currency`, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) currency: Currency,
    pub(crate) numerator: u64,
    pub(crate) denominator: u64,
}

/// Who pays. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct Payer {
    pub(crate) name: String,
    pub(crate) account: Account,
}

impl Payer {
    /// Checks what is said about the payer as the cells of the payees file are checked.
    ///
    /// # Errors
    /// `Payer`.
    pub(crate) fn new(name: &str, kind: &str, identifier: &str, agent: &str) -> Result<Self, RailError> {
        Ok(Self { name: account::name(name)?, account: Account::new(kind, identifier, agent)? })
    }
}

impl fmt::Debug for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payer(…)")
    }
}

/// What is taken off where a payee has nothing of their own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Basis points.
    pub(crate) withholding: u16,
    /// Minor units, for each line.
    pub(crate) fee: u64,
}

/// A line of the settlement that is to be paid.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) handle: u64,
    /// From 1; a line that failed or was returned is paid by a later attempt.
    pub(crate) attempt: u32,
    /// did:key or alias of whom the handle pays.
    pub(crate) contributor: String,
    /// Minor units of the settlement's currency.
    pub(crate) gross: u64,
}

/// A payment. Amounts are minor units of the settlement's currency, but for `amount`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payout {
    pub(crate) reference: Reference,
    /// did:key or alias.
    pub(crate) contributor: String,
    pub(crate) gross: u64,
    /// Basis points of `gross` that are withheld.
    pub(crate) withholding: u16,
    /// gross × withholding / 10,000, rounded down.
    pub(crate) tax: u64,
    pub(crate) fee: u64,
    /// gross - tax - fee.
    pub(crate) net: u64,
    /// Minor units of the currency that is paid; above 0.
    pub(crate) amount: u64,
    pub(crate) payee: Payee,
}

/// A line that is not paid, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) handle: u64,
    pub(crate) contributor: String,
    /// Minor units of the settlement's currency.
    pub(crate) gross: u64,
    pub(crate) why: LeftOut,
}

/// Lines that can be paid, and those that can not; together all that were given.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    pub(crate) payouts: Vec<Payout>,
    pub(crate) left: Vec<Left>,
}

/// Sums of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) lines: u64,
    pub(crate) gross: u128,
    pub(crate) tax: u128,
    pub(crate) fee: u128,
    pub(crate) net: u128,
    pub(crate) amount: u128,
}

/// The payments of one file, ascending by handle.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) heading: Heading,
    /// From 1.
    pub(crate) part: u32,
    pub(crate) parts: u32,
    /// Most payments that each part may have.
    pub(crate) limit: usize,
    pub(crate) payouts: Vec<Payout>,
}

impl Heading {
    /// The currency that is paid.
    pub(crate) fn paid(&self) -> Currency {
        self.exchange.map_or(self.currency, |exchange| exchange.currency)
    }

    /// Joins what is due with whose account is known. What there is of tax and fee is taken off.
    ///
    /// # Errors
    /// `Withholding`, `Exchange`.
    pub(crate) fn join(&self, terms: Terms, due: &[Due], payees: &Payees) -> Result<Sorted, RailError> {
        if terms.withholding > WHOLE {
            return Err(RailError::Withholding { withholding: terms.withholding });
        }
        self.checked_exchange()?;
        let mut sorted = Sorted::default();
        for due in due {
            match self.payout(terms, due, payees) {
                Ok(payout) => sorted.payouts.push(payout),
                Err(why) => sorted.left.push(due.left(why)),
            }
        }
        sorted.payouts.sort_by_key(|payout| payout.reference.handle());
        Ok(sorted)
    }

    fn payout(&self, terms: Terms, due: &Due, payees: &Payees) -> Result<Payout, LeftOut> {
        let payee = payees.get(&due.contributor).ok_or(LeftOut::NoAccount)?;
        let reference = Reference::new(&self.settlement, self.currency, due.handle, due.attempt)
            .ok_or(LeftOut::ReferenceTooLong)?;
        let withholding = payee.withholding.unwrap_or(terms.withholding);
        let fee = payee.fee.unwrap_or(terms.fee);
        if due.gross > MAX_AMOUNT {
            return Err(LeftOut::AmountTooLarge);
        }
        let tax = tax(due.gross, withholding).ok_or(LeftOut::AmountTooLarge)?;
        let left = due.gross.checked_sub(tax).and_then(|left| left.checked_sub(fee));
        let net = left.filter(|net| *net > 0).ok_or(LeftOut::NothingLeft)?;
        let amount = self.amount(net).ok_or(LeftOut::AmountTooLarge)?;
        if amount == 0 {
            return Err(LeftOut::NothingExchanged);
        }
        let (contributor, payee) = (due.contributor.clone(), payee.clone());
        Ok(Payout { reference, contributor, gross: due.gross, withholding, tax, fee, net, amount, payee })
    }

    /// Of a net amount what is paid; `None` where it is more than there can be.
    fn amount(&self, net: u64) -> Option<u64> {
        let amount = match self.exchange {
            None => u128::from(net),
            Some(exchange) => (u128::from(net) * u128::from(exchange.numerator))
                .checked_div(u128::from(exchange.denominator))?,
        };
        u64::try_from(amount).ok().filter(|amount| *amount <= MAX_AMOUNT)
    }

    fn checked_exchange(&self) -> Result<(), RailError> {
        let is_fine = self.exchange.is_none_or(|exchange| {
            exchange.numerator > 0 && exchange.denominator > 0 && exchange.currency != self.currency
        });
        if is_fine { Ok(()) } else { Err(RailError::Exchange) }
    }

    /// Parts of at most `limit` payments each: all but the last have that many. There is none where nothing is paid.
    ///
    /// # Errors
    /// `Limit`.
    pub(crate) fn split(&self, payouts: &[Payout], limit: usize) -> Result<Vec<Run>, RailError> {
        if limit == 0 {
            return Err(RailError::Limit);
        }
        let count = u32::try_from(payouts.len().div_ceil(limit)).map_err(|_| RailError::Limit)?;
        let parts = payouts.chunks(limit).zip(1..).map(|(payouts, part)| Run {
            heading: self.clone(),
            part,
            parts: count,
            limit,
            payouts: payouts.to_vec(),
        });
        Ok(parts.collect())
    }
}

/// Basis points of an amount, rounded down.
fn tax(gross: u64, withholding: u16) -> Option<u64> {
    u64::try_from(u128::from(gross) * u128::from(withholding) / u128::from(WHOLE)).ok()
}

impl Due {
    fn left(&self, why: LeftOut) -> Left {
        Left { handle: self.handle, contributor: self.contributor.clone(), gross: self.gross, why }
    }
}

impl Payout {
    /// This line, left out.
    pub(crate) fn left(&self, why: LeftOut) -> Left {
        let contributor = self.contributor.clone();
        Left { handle: self.reference.handle(), contributor, gross: self.gross, why }
    }
}

impl Run {
    /// The file's id: at most 35 characters, the same whenever it is written.
    ///
    /// # Errors
    /// `Empty`.
    pub(crate) fn message_id(&self) -> Result<String, RailError> {
        self.payouts.first().map(|first| first.reference.message_id()).ok_or(RailError::Empty)
    }

    /// Sums of all payments.
    pub(crate) fn totals(&self) -> Totals {
        self.payouts.iter().fold(Totals::default(), |sum, payout| Totals {
            lines: sum.lines + 1,
            gross: sum.gross + u128::from(payout.gross),
            tax: sum.tax + u128::from(payout.tax),
            fee: sum.fee + u128::from(payout.fee),
            net: sum.net + u128::from(payout.net),
            amount: sum.amount + u128::from(payout.amount),
        })
    }

    /// Everything that a run promises, whoever made it.
    ///
    /// # Errors
    /// `Empty`, `Part`, `Exchange`, `Order`, `Foreign`, `Amounts`.
    pub(crate) fn check(&self) -> Result<(), RailError> {
        if self.payouts.is_empty() {
            return Err(RailError::Empty);
        }
        if self.payouts.len() > self.limit || !(1..=self.parts).contains(&self.part) {
            return Err(RailError::Part);
        }
        let heading = &self.heading;
        heading.checked_exchange()?;
        let mut last = None;
        for payout in &self.payouts {
            let reference = payout.reference;
            if !reference.is_of(&heading.settlement, heading.currency) {
                return Err(RailError::Foreign { reference });
            }
            if last.is_some_and(|last| last >= reference.handle()) {
                return Err(RailError::Order { reference });
            }
            last = Some(reference.handle());
            let sum = payout.tax.checked_add(payout.fee).and_then(|sum| sum.checked_add(payout.net));
            let follows = payout.withholding <= WHOLE
                && payout.gross <= MAX_AMOUNT
                && sum == Some(payout.gross)
                && tax(payout.gross, payout.withholding) == Some(payout.tax)
                && payout.amount > 0
                && heading.amount(payout.net) == Some(payout.amount);
            if !follows {
                return Err(RailError::Amounts { reference });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
