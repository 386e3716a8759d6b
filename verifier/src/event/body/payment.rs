//! `payment`: what is done about lines of a settlement.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Members;
use crate::Hash;
use crate::event::{Fields, Malformed, PaymentState, Token};
use crate::json::{MAX_INTEGER, Value};
use crate::money::Currency;

/// Most lines that one payment is about.
pub const MAX_LINES: u32 = 262_144;
/// Most attempts to pay a line.
const MAX_ATTEMPT: u32 = 99;
/// Greatest handle of the first line.
const MAX_FIRST: u64 = 1 << 48;
/// A hundred percent, in basis points.
const WHOLE: u32 = 10_000;

/// Body of a `payment` event. Amounts are minor units, 0 where they are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Which attempt to pay these lines it is, 1 to 99.
    pub attempt: u32,
    /// Which lines, from `first` on: bit *i* mod 8 of byte *i* / 8. The first bit is set and the last byte is not 0; 1 to 32,768
    /// bytes.
    pub bitmap: Vec<u8>,
    /// How many lines, 1 to 262,144.
    pub count: u32,
    /// The currency that the lines are in.
    pub currency: Currency,
    /// It is paid in another currency.
    pub exchange: Option<Exchange>,
    /// What is kept back of each line for paying it.
    pub fee: u64,
    /// Handle of the first line, 0 to 2^48.
    pub first: u64,
    /// Payable of all lines, from 1.
    pub gross: u64,
    /// What the lines are paid, where they are instructed.
    pub net: u64,
    /// Why, as who was to pay tells it.
    pub reason: Option<Token>,
    /// Event id of the settlement.
    pub settlement: Hash,
    /// What the lines become.
    pub state: PaymentState,
    /// What is withheld of all lines.
    pub tax: u64,
    /// Basis points of each line that are withheld as tax, 0 to 10,000.
    pub withholding: u32,
}

/// What is paid in another currency than what is payable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// What all lines are paid, in minor units of `currency`, 1 to 2^53 - 1.
    pub amount: u64,
    /// The currency that is paid.
    pub currency: Currency,
    /// 1 to 2^53 - 1.
    pub denominator: u64,
    /// 1 to 2^53 - 1. A minor unit is numerator / denominator minor units of `currency`.
    pub numerator: u64,
}

impl Payment {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let amount = |fields: &mut Fields<'_>, name: &str| {
            Ok(fields.present(name, |f, n| f.amount(n, 1))?.unwrap_or(0))
        };
        Ok(Self {
            attempt: fields.integer32("attempt", 1, MAX_ATTEMPT)?,
            count: fields.integer32("count", 1, MAX_LINES)?,
            currency: fields.currency("currency")?,
            exchange: fields.present("exchange", |fields, name| Exchange::read(fields.object(name)?))?,
            fee: amount(fields, "fee")?,
            first: fields.integer("first", 0, MAX_FIRST)?,
            gross: fields.amount("gross", 1)?,
            bitmap: bitmap(fields)?,
            net: amount(fields, "net")?,
            reason: fields.present("reason", Fields::token)?,
            settlement: fields.hash("settlement")?,
            state: fields.word("state", PaymentState::parse)?,
            tax: amount(fields, "tax")?,
            withholding: fields.present("withholding", |f, n| f.integer32(n, 1, WHOLE))?.unwrap_or(0),
        })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out: Members<'_> = vec![
            ("attempt".into(), Value::Integer(self.attempt.into())),
            ("count".into(), Value::Integer(self.count.into())),
            ("currency".into(), Value::string(self.currency.as_str())),
            ("first".into(), Value::Integer(self.first)),
            ("gross".into(), Value::Integer(self.gross)),
            ("lines".into(), Value::string(STANDARD.encode(&self.bitmap))),
            ("settlement".into(), Value::string(self.settlement.to_string())),
            ("state".into(), Value::string(self.state.as_str())),
        ];
        let numbers = [
            ("fee", self.fee),
            ("net", self.net),
            ("tax", self.tax),
            ("withholding", self.withholding.into()),
        ];
        for (name, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
            out.push((name.into(), Value::Integer(number)));
        }
        if let Some(exchange) = &self.exchange {
            out.push(("exchange".into(), exchange.to_value()));
        }
        if let Some(reason) = &self.reason {
            out.push(("reason".into(), Value::string(reason.as_str())));
        }
        out
    }

    /// Handles of the lines, ascending.
    pub fn handles(&self) -> impl Iterator<Item = u64> {
        let bits = self.bitmap.iter().zip(0_u64..).flat_map(|(byte, at)| {
            (0..8_u64).filter(move |bit| byte & (1 << bit) != 0).map(move |bit| at * 8 + bit)
        });
        bits.map(|bit| self.first + bit)
    }

    /// Whether the line with this handle is among them.
    pub fn names(&self, handle: u64) -> bool {
        let bit = handle.checked_sub(self.first);
        let at = bit.and_then(|bit| usize::try_from(bit / 8).ok());
        let byte = at.and_then(|at| self.bitmap.get(at));
        byte.zip(bit).is_some_and(|(byte, bit)| byte & (1 << (bit % 8)) != 0)
    }

    /// First handle and bitmap of lines, given by ascending handles. `None` for no lines, and where they lie further apart
    /// than one payment reaches.
    pub fn bitmap_of(handles: &[u64]) -> Option<(u64, Vec<u8>)> {
        let (first, last) = (*handles.first()?, *handles.last()?);
        let span = usize::try_from(last.checked_sub(first)?).ok()?;
        if span >= MAX_LINES as usize {
            return None;
        }
        let mut bitmap = vec![0_u8; span / 8 + 1];
        for handle in handles {
            let bit = usize::try_from(handle.checked_sub(first)?).ok()?;
            *bitmap.get_mut(bit / 8)? |= 1 << (bit % 8);
        }
        Some((first, bitmap))
    }

    /// What concerns more than one field.
    pub(super) fn check(&self) -> Result<(), Malformed> {
        let ends = [self.bitmap.first().map(|byte| byte & 1), self.bitmap.last().copied()];
        if ends.iter().any(|end| end.is_none_or(|end| end == 0)) {
            return Err(Malformed::PaymentBitmap { at: "body.lines".to_owned() });
        }
        let named = self.bitmap.iter().map(|byte| byte.count_ones()).sum();
        if named != self.count {
            return Err(Malformed::PaymentCount { count: self.count, named });
        }
        let is_instructed = self.state == PaymentState::Instructed;
        if (self.net > 0) != is_instructed {
            return Err(Malformed::PaymentNet);
        }
        let has_outcome = matches!(self.state, PaymentState::Instructed | PaymentState::Paid);
        let terms = [
            ("exchange", self.exchange.is_some() && !is_instructed),
            ("fee", self.fee > 0 && !is_instructed),
            ("tax", self.tax > 0 && !is_instructed),
            ("withholding", self.withholding > 0 && !is_instructed),
            ("reason", self.reason.is_some() && has_outcome),
        ];
        if let Some((at, _)) = terms.into_iter().find(|(_, is_wrong)| *is_wrong) {
            return Err(Malformed::PaymentTerms { at, state: self.state.as_str() });
        }
        // Two factors below 2^53 and 2^19, and two numbers below 2^53.
        let parts =
            u128::from(self.fee) * u128::from(self.count) + u128::from(self.tax) + u128::from(self.net);
        if is_instructed && u128::from(self.gross) != parts {
            return Err(Malformed::PaymentUnbalanced);
        }
        if self.exchange.is_some_and(|exchange| exchange.currency == self.currency) {
            return Err(Malformed::PaymentExchange);
        }
        Ok(())
    }
}

impl Exchange {
    fn read(mut fields: Fields<'_>) -> Result<Self, Malformed> {
        let out = Self {
            amount: fields.amount("amount", 1)?,
            currency: fields.currency("currency")?,
            denominator: fields.integer("denominator", 1, MAX_INTEGER)?,
            numerator: fields.integer("numerator", 1, MAX_INTEGER)?,
        };
        fields.finish()?;
        Ok(out)
    }

    fn to_value(self) -> Value<'static> {
        Value::Object(vec![
            ("amount".into(), Value::Integer(self.amount)),
            ("currency".into(), Value::string(self.currency.to_string())),
            ("denominator".into(), Value::Integer(self.denominator)),
            ("numerator".into(), Value::Integer(self.numerator)),
        ])
    }
}

fn bitmap(fields: &mut Fields<'_>) -> Result<Vec<u8>, Malformed> {
    let text = fields.string("lines")?;
    let bytes = STANDARD
        .decode(text.as_bytes())
        .ok()
        .filter(|bytes| (1..=MAX_LINES as usize / 8).contains(&bytes.len()));
    bytes.ok_or_else(|| Malformed::PaymentBitmap { at: fields.name("lines") })
}
