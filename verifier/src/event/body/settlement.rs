//! `settlement`: who gets what out of which income.

use super::Members;
use super::pay::MAX_CURRENCIES;
use crate::Hash;
use crate::event::{Fields, Malformed, Token};
use crate::json::{MAX_INTEGER, Value};
use crate::money::Currency;

/// Most funds that the pools of one settlement have together.
const MAX_FUNDS: usize = 512;

/// Body of a `settlement` event. Its lines are not logged: they follow from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// What is settled in each currency; 1 to 16, ascending by currency.
    pub currencies: Vec<Settled>,
    /// The last valid settlement of the project before it.
    pub previous: Option<Hash>,
    /// The snapshot of the mark at which the project was frozen.
    pub snapshot: Hash,
}

/// Money of contributors or of the project that is not paid out yet, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// Balances of people.
    pub held: u64,
    /// The reserve fund.
    pub reserve: u64,
    /// Contributors' money that could not be split.
    pub unallocated: u64,
}

/// What is settled in one currency. All amounts are minor units, 0 to 2^53 - 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What is carried on.
    pub after: Carried,
    /// What was carried here.
    pub before: Carried,
    /// The currency.
    pub currency: Currency,
    /// What funds other than the reserve get, ascending by name; 1 minor unit or more each.
    pub funds: Vec<(Token, u64)>,
    /// What came in.
    pub income: u64,
    /// How many lines there are: one for each handle.
    pub lines: u64,
    /// What people are still owed by rate. It is no money that is there.
    pub owed: u64,
    /// What is to be paid out to people.
    pub payable: u64,
    /// Reversals that were taken from the reserve or from income.
    pub reversed: u64,
    /// Hash at the root of the tree of lines; zeroes where there is none.
    pub root: Hash,
    /// As much of `income` as no payer has signed for.
    pub unconfirmed: u64,
}

impl Settlement {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let currencies =
            fields.list("currencies", MAX_CURRENCIES, false, Settled::read, |s: &Settled| s.currency)?;
        let previous = if fields.has("previous") { Some(fields.hash("previous")?) } else { None };
        Ok(Self { currencies, previous, snapshot: fields.hash("snapshot")? })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out = vec![
            ("currencies".into(), Value::Array(self.currencies.iter().map(Settled::to_value).collect())),
            ("snapshot".into(), Value::string(self.snapshot.to_string())),
        ];
        if let Some(previous) = self.previous {
            out.push(("previous".into(), Value::string(previous.to_string())));
        }
        out
    }
}

impl Settled {
    fn read(value: Value<'_>, at: String) -> Result<Self, Malformed> {
        let mut fields = Fields::of(value, &at)?;
        let out = Self {
            after: Carried::read(fields.object("after")?)?,
            before: Carried::read(fields.object("before")?)?,
            currency: fields.currency("currency")?,
            funds: fields.list("funds", MAX_FUNDS, true, read_fund, |(name, _)| name.clone())?,
            income: fields.amount("income", 0)?,
            lines: fields.integer("lines", 0, MAX_INTEGER)?,
            owed: fields.amount("owed", 0)?,
            payable: fields.amount("payable", 0)?,
            reversed: fields.amount("reversed", 0)?,
            root: fields.hash("root")?,
            unconfirmed: fields.amount("unconfirmed", 0)?,
        };
        fields.finish()?;
        if out.unconfirmed > out.income {
            return Err(Malformed::SettlementUnconfirmed { at });
        }
        if out.balances() { Ok(out) } else { Err(Malformed::SettlementUnbalanced { at }) }
    }

    /// Income and what was carried here = what is payable, carried on, put into funds, and taken back.
    fn balances(&self) -> bool {
        let sum = |amounts: &[u64]| amounts.iter().map(|amount| u128::from(*amount)).sum::<u128>();
        let carried = |c: &Carried| sum(&[c.held, c.reserve, c.unallocated]);
        let funds: u128 = self.funds.iter().map(|(_, amount)| u128::from(*amount)).sum();
        u128::from(self.income) + carried(&self.before)
            == sum(&[self.payable, self.reversed]) + carried(&self.after) + funds
    }

    fn to_value(&self) -> Value<'_> {
        let fund = |(name, amount): &(Token, u64)| {
            Value::Object(vec![
                ("amount".into(), Value::Integer(*amount)),
                ("name".into(), Value::string(name.as_str().to_owned())),
            ])
        };
        let mut out = vec![
            ("after".into(), self.after.to_value()),
            ("before".into(), self.before.to_value()),
            ("currency".into(), Value::string(self.currency.as_str())),
            ("income".into(), Value::Integer(self.income)),
            ("lines".into(), Value::Integer(self.lines)),
            ("owed".into(), Value::Integer(self.owed)),
            ("payable".into(), Value::Integer(self.payable)),
            ("reversed".into(), Value::Integer(self.reversed)),
            ("root".into(), Value::string(self.root.to_string())),
            ("unconfirmed".into(), Value::Integer(self.unconfirmed)),
        ];
        if !self.funds.is_empty() {
            out.push(("funds".into(), Value::Array(self.funds.iter().map(fund).collect())));
        }
        Value::Object(out)
    }
}

impl Carried {
    fn read(mut fields: Fields<'_>) -> Result<Self, Malformed> {
        let out = Self {
            held: fields.amount("held", 0)?,
            reserve: fields.amount("reserve", 0)?,
            unallocated: fields.amount("unallocated", 0)?,
        };
        fields.finish()?;
        Ok(out)
    }

    fn to_value(self) -> Value<'static> {
        Value::Object(vec![
            ("held".into(), Value::Integer(self.held)),
            ("reserve".into(), Value::Integer(self.reserve)),
            ("unallocated".into(), Value::Integer(self.unallocated)),
        ])
    }
}

fn read_fund(value: Value<'_>, at: String) -> Result<(Token, u64), Malformed> {
    let mut fields = Fields::of(value, &at)?;
    let amount = fields.amount("amount", 1)?;
    let out = (fields.token("name")?, amount);
    fields.finish()?;
    Ok(out)
}
