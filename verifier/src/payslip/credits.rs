//! The credits that a payslip lists: which work the line's points come from (spec/settlement.md §3).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::{Payslip, PayslipRefused};
use crate::Hash;
use crate::dsse::event_id;
use crate::event::{Body, Charter, MAX_ABOUT, Malformed, Payload};
use crate::money::Currency;
use crate::settlement::Credit;
use crate::statement::{Line, LineFault, Lines};

/// Most credits that a payslip lists.
pub const MAX_CREDITS: u64 = 1 << 16;

/// Most points of one person.
const MAX_POINTS: i128 = (1 << 63) - 1;

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
const MAX_TIMES: u64 = MAX_ABOUT as u64;

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

/// Why the payload of a charter is none of the project.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CharterFault {
    /// No event's payload.
    #[error("it is not the payload of an event")]
    Malformed(#[source] Malformed),
    /// Another kind of event.
    #[error("it is a {kind} event")]
    Kind {
        /// Its kind.
        kind: &'static str,
    },
    /// Of another project.
    #[error("it is a charter of another project")]
    OtherProject,
}

/// Why a list of credits contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WorkFault {
    /// A credit names a charter that is not there, or skips one that was not named before.
    #[error("the credit of entry {index} names charter {charter}, where {next} is the next one")]
    Charter {
        /// Index of the contribution's entry.
        index: u64,
        /// The place that it names.
        charter: u64,
        /// The first place that no credit before it names, or where all are named their number.
        next: u64,
    },
    /// No credit names it.
    #[error("no credit names charter {charter}")]
    CharterUnused {
        /// Its place.
        charter: u64,
    },
    /// Others are older than say so, or too many are listed.
    #[error(
        "{from} credits and the {listed} listed are not the line's {credits}, or more than {MAX_CREDITS} are listed"
    )]
    Count {
        /// So many come before.
        from: u64,
        /// So many are listed.
        listed: u128,
        /// The line's.
        credits: u64,
    },
    /// There is nothing before them, and yet a link.
    #[error("there is a link before the first credit")]
    FirstLink,
}

/// What the listed credits come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    /// In the order of the log.
    pub listed: Vec<Listed>,
    /// The last link of those before them; zeroes: there are none.
    pub link: Hash,
    /// How many they are.
    pub count: u64,
    /// Points that they gave, less those that they took.
    pub points: i128,
    /// The same by the rates of their charters in the line's currency, in minor units.
    pub at_rate: i128,
    /// Event ids of the charters, and what they say, in the order in which the credits name them.
    pub charters: Vec<(Hash, Charter)>,
}

impl Credited {
    /// What a charter pays for a point in a currency, in minor units.
    pub fn rate(&self, charter: u64, currency: Currency) -> u32 {
        let charter = usize::try_from(charter).ok().and_then(|place| self.charters.get(place));
        charter.map_or(0, |(_, charter)| rate(charter, currency))
    }
}

fn rate(charter: &Charter, currency: Currency) -> u32 {
    let rates = charter.pay.as_ref().map_or(&[][..], |pay| &pay.rates);
    rates.iter().find(|rate| rate.currency == currency).map_or(0, |rate| rate.amount)
}

impl Payslip {
    /// Shows that the listed credits are the last ones of the line.
    pub(super) fn credited(&self) -> Result<Credited, PayslipRefused> {
        let parts = self.parts();
        let list = &parts.credits;
        let mut charters = Vec::with_capacity(list.charters.len());
        for (place, payload) in (0_u64..).zip(&list.charters) {
            let charter = charter_of(&parts.project.project, payload);
            charters.push(charter.map_err(|source| PayslipRefused::Charter { place, source })?);
        }
        is_list(list, parts.line.credits).map_err(PayslipRefused::Work)?;
        let listed = list.listed.clone();
        let mut credited = Credited { listed, link: list.link, count: 0, points: 0, at_rate: 0, charters };
        let mut link = list.link;
        for listed in &list.listed {
            let charter = usize::try_from(listed.charter).ok().and_then(|place| credited.charters.get(place));
            // Every place was looked at above.
            let Some((id, charter)) = charter else { continue };
            let Listed { index, decided, before, after, times, .. } = *listed;
            let credit = Credit { index, decided, charter: *id, before, after };
            for _ in 0..times {
                link = credit.link(&link);
            }
            // At most 2^16 numbers below 2^64, times one below 2^32.
            let points = (i128::from(after) - i128::from(before)) * i128::from(times);
            credited.count += times;
            credited.points += points;
            credited.at_rate += points * i128::from(rate(charter, parts.currency));
        }
        if link != parts.line.work {
            return Err(PayslipRefused::WorkLink { stated: parts.line.work, computed: link });
        }
        let mut points = i128::from(parts.line.ever);
        if points > MAX_POINTS {
            return Err(PayslipRefused::WorkPoints { points });
        }
        for Listed { before, after, times, .. } in list.listed.iter().rev() {
            // Of credits alike all give or all take: the last step goes furthest.
            points -= (i128::from(*after) - i128::from(*before)) * i128::from(*times);
            if !(0..=MAX_POINTS).contains(&points) {
                return Err(PayslipRefused::WorkPoints { points });
            }
        }
        if list.from == 0 && points != 0 {
            return Err(PayslipRefused::WorkPoints { points });
        }
        Ok(credited)
    }
}

/// The charter in a payload, with its event id.
fn charter_of(project: &Hash, payload: &[u8]) -> Result<(Hash, Charter), CharterFault> {
    let id = event_id(payload);
    let payload = Payload::parse(payload).map_err(CharterFault::Malformed)?;
    let of = payload.project.unwrap_or(id);
    match payload.body {
        Body::Charter(charter) if of == *project => Ok((id, charter)),
        Body::Charter(_) => Err(CharterFault::OtherProject),
        body => Err(CharterFault::Kind { kind: body.kind() }),
    }
}

fn is_list(list: &Credits, credits: u64) -> Result<(), WorkFault> {
    let charters = u64::try_from(list.charters.len()).unwrap_or(u64::MAX);
    let mut next = 0;
    for Listed { charter, index, .. } in &list.listed {
        if *charter > next || *charter >= charters {
            return Err(WorkFault::Charter { index: *index, charter: *charter, next });
        }
        next += u64::from(*charter == next);
    }
    if next < charters {
        return Err(WorkFault::CharterUnused { charter: next });
    }
    let listed = list.count();
    if u128::from(list.from) + listed != u128::from(credits) || listed > u128::from(MAX_CREDITS) {
        return Err(WorkFault::Count { from: list.from, listed, credits });
    }
    if list.from == 0 && list.link != Hash::default() {
        return Err(WorkFault::FirstLink);
    }
    Ok(())
}
