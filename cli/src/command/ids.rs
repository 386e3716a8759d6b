//! Event ids as people give them: whole, or how they begin.

use std::collections::BTreeSet;

use lebombo_verifier::Hash;

use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::outbox::Outbox;
use crate::receipts::Receipts;

/// Fewest hex digits that an id is begun with.
const FEWEST: usize = 8;

/// An event id that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// All of it.
    Whole(Hash),
    /// Its first digits, 8 to 63.
    Begins(String),
}

impl Given {
    /// # Errors
    /// `hex`
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if let Some(id) = Hash::from_hex(text) {
            return Ok(Self::Whole(id));
        }
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if !(FEWEST..64).contains(&text.len()) || !text.bytes().all(hex) {
            let message =
                format!("`{text}` is no event id, nor how one begins: 8 to 64 lower-case hex digits");
            return Err(Failure::refused("hex", message));
        }
        Ok(Self::Begins(text.to_owned()))
    }

    /// Whether an id is this one or begins so.
    pub(super) fn is(&self, id: &Hash) -> bool {
        match self {
            Self::Whole(whole) => whole == id,
            Self::Begins(text) => id.to_string().starts_with(text),
        }
    }

    /// The one event of `known` that is meant; a whole id need not be among them. `place` says which they are.
    ///
    /// # Errors
    /// `event-unknown` where none begins so, `id-ambiguous` where several do.
    pub(super) fn one_of(&self, known: &BTreeSet<Hash>, place: &str) -> Result<Hash, Failure> {
        let text = match self {
            Self::Whole(id) => return Ok(*id),
            Self::Begins(text) => text,
        };
        let mut found = known.iter().filter(|id| self.is(id));
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(*id),
            (None, _) => {
                let message = format!("no event {place} begins with {text}: give the whole id");
                Err(Failure::unsure("event-unknown", message))
            }
            _ => {
                let message = format!("several events {place} begin with {text}: give more of the id");
                Err(Failure::refused("id-ambiguous", message))
            }
        }
    }
}

/// The events in the outbox or with a receipt here.
pub(super) fn here(context: &Context) -> Result<BTreeSet<Hash>, Failure> {
    let mut here: BTreeSet<Hash> = Outbox::of(&context.home).ids().or_unsure()?.into_iter().collect();
    here.extend(Receipts::of(&context.home).all().or_unsure()?.into_iter().map(|(id, _)| id));
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_an_id_begins_is_enough_where_one_event_begins_so() {
        let (a, b) = (format!("00112233{}", "aa".repeat(28)), format!("00112233{}", "ab".repeat(28)));
        let known = BTreeSet::from([&a, &b].map(|text| Hash::from_hex(text).unwrap()));
        let one = |text: &str| {
            let found = Given::parse(text).and_then(|given| given.one_of(&known, "here"));
            found.map(|id| id.to_string()).map_err(|failure| (failure.status, failure.code))
        };
        assert_eq!(one(&a), Ok(a.clone()));
        assert_eq!(one(&b[..11]), Ok(b.clone()));
        assert_eq!(one(&a[..9]), Err((1, "id-ambiguous".to_owned())));
        assert_eq!(one("ffffffff"), Err((2, "event-unknown".to_owned())));
        // A whole id need not be known.
        assert_eq!(one(&"ff".repeat(32)), Ok("ff".repeat(32)));
        for bad in ["", "0011223", "0011223G", "0011223A", "é0112233", &format!("{a}0")] {
            assert_eq!(one(bad), Err((1, "hex".to_owned())), "{bad}");
        }
    }
}
