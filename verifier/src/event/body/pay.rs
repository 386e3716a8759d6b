//! How a charter pays: by rate, by share, or both.

use super::charter::MAX_DAYS;
use crate::event::{Fields, Malformed, Share, Token};
use crate::json::Value;
use crate::money::{Currency, MAX_AMOUNT};

/// Most currencies that a project ever has.
pub(crate) const MAX_CURRENCIES: usize = 16;
/// Most funds of a charter.
const MAX_FUNDS: usize = 16;
/// A hundred percent.
const WHOLE: u32 = 10_000;

/// How income reaches people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pay {
    /// For how many days a claim of an alias waits, 0 to 3,650; absent: nothing can be claimed.
    pub claim: Option<u32>,
    /// What of each income does not go to contributors; at most 16, ascending by name, together at most 10,000 basis points.
    pub funds: Vec<Fund>,
    /// When a balance is paid out; at most 16, ascending by currency. In a currency that is not there: always.
    pub payouts: Vec<Payout>,
    /// What a point is owed; at most 16, ascending by currency.
    pub rates: Vec<Rate>,
    /// Which of the funds is the reserve, from which reversals are taken first.
    pub reserve: Option<Token>,
    /// How contributors share what debts leave; absent: they do not.
    pub share: Option<Share>,
}

/// A part of each income that is put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fund {
    /// What it is called.
    pub name: Token,
    /// How much, in basis points, 1 to 10,000.
    pub points: u32,
}

/// When a balance is paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payout {
    /// The currency.
    pub currency: Currency,
    /// Nothing below this is, 0 to 2^53 - 1 minor units.
    pub minimum: u64,
    /// Only multiples of this are, 1 to 2^53 - 1 minor units.
    pub unit: u64,
}

/// What a point is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The currency.
    pub currency: Currency,
    /// Minor units for a point, 1 to 2^32 - 1.
    pub amount: u32,
}

impl Pay {
    pub(super) fn read(mut fields: Fields<'_>) -> Result<Self, Malformed> {
        let claim = if fields.has("claim") { Some(fields.integer32("claim", 0, MAX_DAYS)?) } else { None };
        let funds = fields.list("funds", MAX_FUNDS, true, Fund::read, |f: &Fund| f.name.clone())?;
        let payouts = fields.list("payouts", MAX_CURRENCIES, true, Payout::read, |p: &Payout| p.currency)?;
        let rates = fields.list("rates", MAX_CURRENCIES, true, Rate::read, |r: &Rate| r.currency)?;
        let reserve = if fields.has("reserve") { Some(fields.token("reserve")?) } else { None };
        let share = if fields.has("share") { Some(fields.word("share", Share::parse)?) } else { None };
        fields.finish()?;
        let got: u64 = funds.iter().map(|fund| u64::from(fund.points)).sum();
        if got > WHOLE.into() {
            return Err(Malformed::PayFunds { got });
        }
        if reserve.as_ref().is_some_and(|name| funds.iter().all(|fund| fund.name != *name)) {
            return Err(Malformed::PayReserve);
        }
        if rates.is_empty() && share.is_none() {
            return Err(Malformed::PayNothing);
        }
        Ok(Self { claim, funds, payouts, rates, reserve, share })
    }

    pub(super) fn to_value(&self) -> Value<'_> {
        let mut out = Vec::new();
        let mut list = |name: &'static str, values: Vec<Value<'static>>| {
            if !values.is_empty() {
                out.push((name.into(), Value::Array(values)));
            }
        };
        list("funds", self.funds.iter().map(Fund::to_value).collect());
        list("payouts", self.payouts.iter().copied().map(Payout::to_value).collect());
        list("rates", self.rates.iter().copied().map(Rate::to_value).collect());
        if let Some(days) = self.claim {
            out.push(("claim".into(), Value::Integer(days.into())));
        }
        if let Some(reserve) = &self.reserve {
            out.push(("reserve".into(), Value::string(reserve.as_str().to_owned())));
        }
        if let Some(share) = self.share {
            out.push(("share".into(), Value::string(share.as_str())));
        }
        Value::Object(out)
    }
}

impl Fund {
    fn read(value: Value<'_>, at: String) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value, &at)?;
        let out = Self { name: fields.token("name")?, points: fields.integer32("points", 1, WHOLE)? };
        fields.finish()?;
        Ok(out)
    }

    fn to_value(&self) -> Value<'static> {
        Value::Object(vec![
            ("name".into(), Value::string(self.name.as_str().to_owned())),
            ("points".into(), Value::Integer(self.points.into())),
        ])
    }
}

impl Payout {
    fn read(value: Value<'_>, at: String) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value, &at)?;
        let out = Self {
            currency: fields.currency("currency")?,
            minimum: fields.amount("minimum", 0)?,
            unit: fields.amount("unit", 1)?,
        };
        fields.finish()?;
        Ok(out)
    }

    fn to_value(self) -> Value<'static> {
        Value::Object(vec![
            ("currency".into(), Value::string(self.currency.to_string())),
            ("minimum".into(), Value::Integer(self.minimum)),
            ("unit".into(), Value::Integer(self.unit)),
        ])
    }
}

impl Rate {
    fn read(value: Value<'_>, at: String) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value, &at)?;
        let out =
            Self { amount: fields.integer32("amount", 1, u32::MAX)?, currency: fields.currency("currency")? };
        fields.finish()?;
        Ok(out)
    }

    fn to_value(self) -> Value<'static> {
        Value::Object(vec![
            ("amount".into(), Value::Integer(self.amount.into())),
            ("currency".into(), Value::string(self.currency.to_string())),
        ])
    }
}

const _: () = assert!(u32::MAX as u64 <= MAX_AMOUNT);
