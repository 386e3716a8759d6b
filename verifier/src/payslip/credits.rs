//! The credits that a payslip lists: which work the line's points come from (spec/settlement.md §3).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::event::MAX_ABOUT;
use crate::settlement::Credit;
use crate::statement::{Line, LineFault, Lines};

/// Most credits that a payslip lists.
pub const MAX_CREDITS: u64 = 1 << 16;

/// What a payslip lists of a person's credits: the last ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credits {
    /// How many come before those listed.
    pub from: u64,
    /// The last link of these; zeroes: none.
    pub link: Hash,
    /// Payloads of the charters that the credits name, in the order in which they do first. 1 to 65,535 bytes each.
    pub charters: Vec<Vec<u8>>,
    /// In the order of the log.
    pub listed: Vec<Listed>,
}

/// A credit, or several alike, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The place of its charter among the payloads.
    pub charter: u64,
    /// Index of the contribution's entry; of a verdict that of the review.
    pub index: u64,
    /// Index of the entry that decided.
    pub decided: u64,
    /// Points that the work had.
    pub before: u64,
    /// Points that it has from here on.
    pub after: u64,
    /// How many of them, 1 to 726.
    pub times: u64,
}

impl Credits {
    /// Lists `credits`, before which `from` older ones end in `link`. `payload` finds the payload of a charter.
    ///
    /// # Errors
    /// Those of `payload`.
    pub fn of<E>(
        from: u64,
        link: Hash,
        credits: &[Credit],
        mut payload: impl FnMut(&Hash) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut list = Self { from, link, ..Self::default() };
        let mut charters: Vec<Hash> = Vec::new();
        for credit in credits {
            let place = match charters.iter().position(|charter| *charter == credit.charter) {
                Some(place) => place,
                None => {
                    list.charters.push(payload(&credit.charter)?);
                    charters.push(credit.charter);
                    charters.len() - 1
                }
            };
            let Credit { index, decided, before, after, .. } = *credit;
            let charter = u64::try_from(place).unwrap_or(u64::MAX);
            let next = Listed { charter, index, decided, before, after, times: 1 };
            match list.listed.last_mut() {
                Some(last) if last.times < MAX_TIMES && Listed { times: 1, ..*last } == next => {
                    last.times += 1
                }
                _ => list.listed.push(next),
            }
        }
        Ok(list)
    }

    /// How many are listed.
    pub fn count(&self) -> u128 {
        self.listed.iter().map(|listed| u128::from(listed.times)).sum()
    }

    /// Reads the lines from `work` on; the line after them.
    pub(super) fn read<'a>(lines: &mut Lines<'a>, text: Line<'a>) -> Result<(Self, Line<'a>), LineFault> {
        let [from, link] = text.fields("work", "node PAYABLE HELD POINTS EVER HASH, or work FROM LINK,")?;
        let mut credits = Self { from: text.number(from)?, link: text.hash(link)?, ..Self::default() };
        let mut text = lines.next()?;
        while text.is("charter") {
            let [payload] = text.fields("charter", "charter PAYLOAD")?;
            credits.charters.push(text.bytes(payload)?);
            text = lines.next()?;
        }
        while text.is("credit") {
            credits.listed.push(Listed::read(text)?);
            text = lines.next()?;
        }
        Ok((credits, text))
    }

    pub(super) fn write(&self, out: &mut String) {
        // Writing to a text can not fail.
        let _ = writeln!(out, "work {} {}", self.from, self.link.to_base64());
        for payload in &self.charters {
            let _ = writeln!(out, "charter {}", STANDARD.encode(payload));
        }
        for Listed { charter, index, decided, before, after, times } in &self.listed {
            let _ = writeln!(out, "credit {charter} {index} {decided} {before} {after} {times}");
        }
    }
}

/// Most credits alike: subjects of a review.
pub(super) const MAX_TIMES: u64 = MAX_ABOUT as u64;

impl Listed {
    fn read(text: Line<'_>) -> Result<Self, LineFault> {
        let [charter, index, decided, before, after, times] =
            text.fields("credit", "credit CHARTER INDEX DECIDED BEFORE AFTER TIMES")?;
        let listed = Self {
            charter: text.number(charter)?,
            index: text.number(index)?,
            decided: text.number(decided)?,
            before: text.number(before)?,
            after: text.number(after)?,
            times: text.number(times)?,
        };
        if (1..=MAX_TIMES).contains(&listed.times) {
            Ok(listed)
        } else {
            Err(text.refuse("a number of credits from 1 to 726"))
        }
    }
}
