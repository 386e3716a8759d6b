//! `income` and `reversal`: money that comes in for a project, and money that is taken back.

use super::Members;
use crate::Hash;
use crate::did::Did;
use crate::event::{Fields, Malformed};
use crate::json::Value;
use crate::money::Currency;

/// Body of an `income` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Income {
    /// Minor units, 1 to 2^53 - 1.
    pub amount: u64,
    /// The currency.
    pub currency: Currency,
    /// Who paid, where they sign too: only then is it confirmed by somebody other than those who received it.
    pub payer: Option<Did>,
}

impl Income {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let (amount, currency) = (fields.amount("amount", 1)?, fields.currency("currency")?);
        let payer = if fields.has("payer") { Some(fields.did("payer")?) } else { None };
        Ok(Self { amount, currency, payer })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out = vec![
            ("amount".into(), Value::Integer(self.amount)),
            ("currency".into(), Value::string(self.currency.as_str())),
        ];
        if let Some(payer) = &self.payer {
            out.push(("payer".into(), Value::string(payer.as_str())));
        }
        out
    }

    /// The payer signs, and not alone.
    pub(in crate::event) fn check(&self, signers: &[Did]) -> Result<(), Malformed> {
        match &self.payer {
            Some(payer) if !signers.contains(payer) => Err(Malformed::PayerNotSigner),
            Some(_) if signers.len() == 1 => Err(Malformed::PayerAlone),
            _ => Ok(()),
        }
    }
}

/// Body of a `reversal` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// How much of it, in minor units of its currency, 1 to 2^53 - 1.
    pub amount: u64,
    /// Event id of the income.
    pub income: Hash,
}

impl Reversal {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self { amount: fields.amount("amount", 1)?, income: fields.hash("income")? })
    }

    pub(super) fn members(&self) -> Members<'_> {
        vec![
            ("amount".into(), Value::Integer(self.amount)),
            ("income".into(), Value::string(self.income.to_string())),
        ]
    }
}
