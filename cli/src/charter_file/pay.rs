//! How a charter file says that people are paid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lebombo_verifier::event::{Fund, Pay, Payout, Rate, Share};
use lebombo_verifier::money::Currency;
use serde::Deserialize;

use super::{CharterFileError, token, value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PayFile {
    share: Option<String>,
    reserve: Option<String>,
    claim: Option<u32>,
    #[serde(default)]
    funds: BTreeMap<String, u32>,
    #[serde(default)]
    rate: Vec<RateFile>,
    #[serde(default)]
    payout: Vec<PayoutFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateFile {
    currency: String,
    amount: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutFile {
    currency: String,
    minimum: Option<String>,
    unit: Option<String>,
}

impl PayFile {
    /// What the event's own check finds is found by whoever signs it.
    pub(super) fn read(&self) -> Result<Pay, CharterFileError> {
        let mut funds = Vec::new();
        for (name, points) in &self.funds {
            funds.push(Fund { name: token("pay.funds", name)?, points: *points });
        }
        funds.sort_by(|a, b| a.name.cmp(&b.name));
        let mut rates = Vec::new();
        for rate in &self.rate {
            let currency = currency("pay.rate.currency", &rate.currency)?;
            let minor = amount("pay.rate.amount", currency, &rate.amount)?;
            let minor = u32::try_from(minor).map_err(|_| {
                value(
                    "pay.rate.amount",
                    &rate.amount,
                    &format!("at most {}", currency.format(u32::MAX.into())),
                )
            })?;
            rates.push(Rate { currency, amount: minor });
        }
        rates.sort_by_key(|rate| rate.currency);
        let mut payouts = Vec::new();
        for payout in &self.payout {
            let currency = currency("pay.payout.currency", &payout.currency)?;
            let read = |field, text: &Option<String>, absent| match text {
                Some(text) => amount(field, currency, text),
                None => Ok(absent),
            };
            payouts.push(Payout {
                currency,
                minimum: read("pay.payout.minimum", &payout.minimum, 0)?,
                unit: read("pay.payout.unit", &payout.unit, 1)?,
            });
        }
        payouts.sort_by_key(|payout| payout.currency);
        let share = match &self.share {
            None => None,
            Some(text) => {
                Some(Share::parse(text).ok_or_else(|| value("pay.share", text, "\"range\" or \"ever\""))?)
            }
        };
        let reserve = self.reserve.as_ref().map(|name| token("pay.reserve", name)).transpose()?;
        Ok(Pay { claim: self.claim, funds, payouts, rates, reserve, share })
    }
}

fn currency(field: &'static str, code: &str) -> Result<Currency, CharterFileError> {
    Currency::parse(code).ok_or_else(|| value(field, code, "the code of a currency, such as \"KES\""))
}

fn amount(field: &'static str, currency: Currency, text: &str) -> Result<u64, CharterFileError> {
    currency
        .parse_amount(text)
        .map_err(|error| value(field, text, &format!("an amount of {currency}: {error}")))
}

/// The section of a charter file, with an empty line before it.
pub(super) fn text(pay: &Pay) -> String {
    let mut out = "\n[pay]\n".to_owned();
    // Writing to a String can not fail; tokens and currencies need no escapes.
    if let Some(share) = pay.share {
        let _ = writeln!(out, "share = \"{share}\"");
    }
    if let Some(reserve) = &pay.reserve {
        let _ = writeln!(out, "reserve = \"{reserve}\"");
    }
    if let Some(days) = pay.claim {
        let _ = writeln!(out, "claim = {days}");
    }
    if !pay.funds.is_empty() {
        out.push_str("[pay.funds]\n");
        for fund in &pay.funds {
            let _ = writeln!(out, "{} = {}", fund.name, fund.points);
        }
    }
    for Rate { currency, amount } in &pay.rates {
        let amount = currency.format((*amount).into());
        let _ = write!(out, "[[pay.rate]]\ncurrency = \"{currency}\"\namount = \"{amount}\"\n");
    }
    for Payout { currency, minimum, unit } in &pay.payouts {
        let (minimum, unit) = (currency.format((*minimum).into()), currency.format((*unit).into()));
        let _ = write!(
            out,
            "[[pay.payout]]\ncurrency = \"{currency}\"\nminimum = \"{minimum}\"\nunit = \"{unit}\"\n"
        );
    }
    out
}
