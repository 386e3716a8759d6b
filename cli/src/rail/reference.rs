//! What a payment is called, on its way there and back: one text for each attempt to pay each line.

use std::fmt;

use lebombo_verifier::Hash;
use lebombo_verifier::money::Currency;

/// Highest handle that a reference has room for.
pub(crate) const MAX_HANDLE: u64 = 999_999_999_999;
/// Highest number of an attempt that a reference has room for.
pub(crate) const MAX_ATTEMPT: u32 = 99_999;

/// The first 12 hex digits of the settlement's event id, currency, handle and attempt: `6b1f4a0c9d2e-USD-17-1`. At most
/// 35 characters, which is what rails give to a reference, and only of a kind that they all take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Reference {
    settlement: [u8; 6],
    currency: Currency,
    handle: u64,
    attempt: u32,
}

impl Reference {
    /// The reference of an attempt, counted from 1, to pay a line of a settlement; `None` where handle or attempt are too
    /// large for 35 characters, or the attempt is 0.
    pub(crate) fn new(settlement: &Hash, currency: Currency, handle: u64, attempt: u32) -> Option<Self> {
        let room = handle <= MAX_HANDLE && (1..=MAX_ATTEMPT).contains(&attempt);
        room.then(|| Self { settlement: start(settlement), currency, handle, attempt })
    }

    /// `None` where the text is no reference; each has one text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (hex_digits, currency) = (parts.next()?, Currency::parse(parts.next()?)?);
        let (handle, attempt) = (number(parts.next()?, 12)?, number(parts.next()?, 5)?);
        let is_lower = hex_digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if parts.next().is_some() || !is_lower {
            return None;
        }
        let mut settlement = [0; 6];
        hex::decode_to_slice(hex_digits, &mut settlement).ok()?;
        let attempt = u32::try_from(attempt).ok().filter(|attempt| *attempt > 0)?;
        Some(Self { settlement, currency, handle, attempt })
    }

    /// Whether it is of this settlement and currency.
    pub(crate) fn is_of(&self, settlement: &Hash, currency: Currency) -> bool {
        self.settlement == start(settlement) && self.currency == currency
    }

    /// Whether both are of one settlement and currency.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        (self.settlement, self.currency) == (other.settlement, other.currency)
    }

    /// The line's handle.
    pub(crate) fn handle(&self) -> u64 {
        self.handle
    }

    /// From 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The id of a file whose first payment this is: the same text with points. No two files have one, as a line and
    /// attempt is exported once; and a file that is written again keeps it.
    pub(crate) fn message_id(&self) -> String {
        self.to_string().replace('-', ".")
    }
}

fn start(settlement: &Hash) -> [u8; 6] {
    let [a, b, c, d, e, f, ..] = *settlement.as_bytes();
    [a, b, c, d, e, f]
}

/// A decimal number without leading zeros, of at most so many digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !is_plain || text.len() > digits { None } else { text.parse().ok() }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", hex::encode(self.settlement), self.currency, self.handle, self.attempt)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    #[test]
    fn is_written_as_specified() {
        let settlement = Hash([0x6b; 32]);
        let reference = Reference::new(&settlement, usd(), 17, 1).unwrap();
        assert_eq!(reference.to_string(), "6b6b6b6b6b6b-USD-17-1");
        assert_eq!(reference.message_id(), "6b6b6b6b6b6b.USD.17.1");
        assert_eq!((reference.handle(), reference.attempt()), (17, 1));
        assert!(reference.is_of(&settlement, usd()));
        assert!(!reference.is_of(&Hash([0x6c; 32]), usd()));
        assert!(!reference.is_of(&settlement, Currency::parse("KES").unwrap()));
        let longest = Reference::new(&settlement, usd(), MAX_HANDLE, MAX_ATTEMPT).unwrap();
        assert_eq!(longest.to_string().len(), 35);
    }

    #[test]
    fn what_has_no_room_is_none() {
        let settlement = Hash([1; 32]);
        assert!(Reference::new(&settlement, usd(), MAX_HANDLE + 1, 1).is_none());
        assert!(Reference::new(&settlement, usd(), 1, MAX_ATTEMPT + 1).is_none());
        assert!(Reference::new(&settlement, usd(), 1, 0).is_none());
    }

    #[test]
    fn other_spellings_are_no_references() {
        assert!(Reference::parse("6b6b6b6b6b6b-USD-0-1").is_some());
        for text in [
            "",
            "6b6b6b6b6b6b-USD-17",
            "6b6b6b6b6b6b-USD-17-1-1",
            "6B6b6b6b6b6b-USD-17-1",
            "6b6b6b6b6b6-USD-17-1",
            "6b6b6b6b6b6b6b-USD-17-1",
            "6b6b6b6b6b6b-usd-17-1",
            "6b6b6b6b6b6b-XXX-17-1",
            "6b6b6b6b6b6b-USD-017-1",
            "6b6b6b6b6b6b-USD--1",
            "6b6b6b6b6b6b-USD-17-0",
            "6b6b6b6b6b6b-USD-17-01",
            "6b6b6b6b6b6b-USD-+7-1",
            "6b6b6b6b6b6b-USD-17-100000",
            "6b6b6b6b6b6b-USD-1000000000000-1",
            " 6b6b6b6b6b6b-USD-17-1",
            "6b6b6b6b6b6b.USD.17.1",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn each_has_one_text(id in any::<[u8; 32]>(), handle in 0..=MAX_HANDLE, attempt in 1..=MAX_ATTEMPT) {
            let reference = Reference::new(&Hash(id), usd(), handle, attempt).unwrap();
            let text = reference.to_string();
            prop_assert!(text.len() <= 35);
            prop_assert_eq!(Reference::parse(&text), Some(reference));
        }

        #[test]
        fn what_parses_is_written_the_same(text in "[0-9a-fA-F]{11,13}-(USD|KES|usd)-[0-9+]{1,3}-[0-9]{1,3}") {
            if let Some(reference) = Reference::parse(&text) {
                prop_assert_eq!(reference.to_string(), text);
            }
        }
    }
}
