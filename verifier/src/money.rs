//! Money: ISO 4217 currencies, and amounts in their minor units. There are no fractions of these and no floats.

use std::fmt;

use thiserror::Error;

use crate::error::Code;

/// Most minor units of one amount, and of all that is ever owed or paid in a project in one currency: 2^53 - 1.
pub const MAX_AMOUNT: u64 = crate::json::MAX_INTEGER;

/// The currencies of rules version 1 and how many decimals their minor unit has (ISO 4217 list one, published
/// 2026-01-01). Codes for metals, funds, testing and bond markets are none. The list belongs to the rules: a later one
/// may follow ISO only with a new rules version, since a reader that knows fewer would call void what others count.
const CURRENCIES: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC \
         CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR \
         JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD \
         NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
         SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// A currency: its ISO 4217 code, three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The currency with this code; `None` where rules version 1 knows none.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        Self::decimals_of(&bytes).map(|_| Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: [u8; 3]) -> Option<Self> {
        Self::decimals_of(&bytes).map(|_| Self(bytes))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        // Only codes of the list are ever made.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 3] {
        &self.0
    }

    /// Decimals of its minor unit, 0 to 4: `USD` 2, `UGX` 0, `TND` 3.
    pub fn decimals(&self) -> u8 {
        Self::decimals_of(&self.0).unwrap_or(0)
    }

    fn decimals_of(code: &[u8; 3]) -> Option<u8> {
        // Three letters and a space each. Amounts are written and read by the million.
        let has = |codes: &str| codes.as_bytes().chunks(4).any(|known| known.starts_with(code));
        CURRENCIES.iter().find(|(_, codes)| has(codes)).map(|(decimals, _)| *decimals)
    }

    /// So many minor units as a decimal number with all decimals of the currency: 100000 of `USD` are `1000.00`.
    pub fn format(&self, minor: u128) -> String {
        let decimals = usize::from(self.decimals());
        let digits = format!("{minor:0>width$}", width = decimals + 1);
        match digits.split_at_checked(digits.len() - decimals) {
            Some((whole, part)) if decimals > 0 => format!("{whole}.{part}"),
            _ => digits,
        }
    }

    /// The minor units of a decimal number: ASCII digits, no sign, no leading zeros; a point and 1 to as many decimals as
    /// the currency has may follow.
    ///
    /// # Errors
    /// [`AmountError`]
    pub fn parse_amount(&self, text: &str) -> Result<u64, AmountError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if text.starts_with('-') {
            return Err(AmountError::Negative);
        }
        if !is_number(whole) || !is_number(part) || (whole.len() > 1 && whole.starts_with('0')) {
            return Err(AmountError::Malformed);
        }
        let decimals = usize::from(self.decimals());
        if text.contains('.') && part.len() > decimals {
            return Err(AmountError::Decimals { currency: *self, decimals: self.decimals() });
        }
        let padded = if decimals == 0 { String::new() } else { format!("{part:0<decimals$}") };
        let digits = format!("{whole}{padded}");
        let minor: u64 = digits.parse().map_err(|_| AmountError::TooLarge)?;
        if minor > MAX_AMOUNT { Err(AmountError::TooLarge) } else { Ok(minor) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is no amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Less than nothing.
    #[error("an amount is not negative; money that is taken back is a reversal")]
    Negative,
    /// Not digits with at most one point among them.
    #[error("an amount is written in digits, such as 1250 or 1250.50, without separators or leading zeros")]
    Malformed,
    /// Finer than the currency's minor unit.
    #[error("{currency} has {decimals} decimals, and the amount has more")]
    Decimals {
        /// The currency.
        currency: Currency,
        /// What it has.
        decimals: u8,
    },
    /// More than 2^53 - 1 minor units.
    #[error("the amount is above 9007199254740991 minor units")]
    TooLarge,
}

impl Code for AmountError {
    fn code(&self) -> &'static str {
        match self {
            Self::Negative => "amount-negative",
            Self::Malformed => "amount-malformed",
            Self::Decimals { .. } => "amount-decimals",
            Self::TooLarge => "amount-too-large",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn the_list_is_a_list_of_distinct_codes() {
        let mut codes: Vec<&str> = CURRENCIES.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        assert!(codes.iter().all(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase())), "{codes:?}");
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert_eq!(Currency::parse("usd"), None);
        assert_eq!(Currency::parse("XXX"), None);
        assert_eq!(Currency::parse(""), None);
    }

    #[test]
    fn amounts_are_written_with_the_decimals_of_the_currency() {
        for (code, minor, text) in [
            ("USD", 100_000, "1000.00"),
            ("USD", 5, "0.05"),
            ("USD", 0, "0.00"),
            ("UGX", 1_500, "1500"),
            ("TND", 1_234, "1.234"),
            ("RWF", 0, "0"),
            ("CLF", 1, "0.0001"),
        ] {
            assert_eq!(currency(code).format(minor), text);
            assert_eq!(currency(code).parse_amount(text), Ok(u64::try_from(minor).unwrap()), "{code} {text}");
        }
        assert_eq!(currency("USD").parse_amount("12"), Ok(1_200));
        assert_eq!(currency("USD").parse_amount("12.5"), Ok(1_250));
        assert_eq!(currency("USD").parse_amount("90071992547409.91"), Ok(MAX_AMOUNT));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        use AmountError::{Malformed, Negative, TooLarge};
        let usd = currency("USD");
        let decimals = |code: &str| {
            let currency = currency(code);
            AmountError::Decimals { currency, decimals: currency.decimals() }
        };
        for text in
            ["", ".", "1.", ".5", "1,000", "1 000", "+1", "1e3", "01", "0x1", "١", "1.2.3", "$1", "1.5 "]
        {
            assert_eq!(usd.parse_amount(text), Err(Malformed), "{text}");
        }
        assert_eq!(usd.parse_amount("-1"), Err(Negative));
        assert_eq!(usd.parse_amount("1.005"), Err(decimals("USD")));
        assert_eq!(currency("UGX").parse_amount("1.0"), Err(decimals("UGX")));
        assert_eq!(currency("TND").parse_amount("1.0005"), Err(decimals("TND")));
        assert_eq!(usd.parse_amount("90071992547409.92"), Err(TooLarge));
        assert_eq!(usd.parse_amount(&"9".repeat(60)), Err(TooLarge));
    }
}
