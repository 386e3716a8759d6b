//! What the credits that a payslip lists show: that they are the last ones of the line, and what they come to
//! (spec/payslip.md §2, checks 14 to 17).

use thiserror::Error;

use super::credits::{Credits, Listed, MAX_CREDITS, MAX_TIMES};
use super::{Payslip, PayslipRefused};
use crate::Hash;
use crate::dsse::event_id;
use crate::event::{Body, Charter, Malformed, Payload};
use crate::money::Currency;
use crate::origin::Origin;
use crate::settlement::{Credit, Line};

/// Most points of one person.
const MAX_POINTS: i128 = (1 << 63) - 1;

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
    /// Made for another log.
    #[error("it was made for log {made_for}")]
    OtherLog {
        /// The log that the event names.
        made_for: Origin,
    },
    /// It stands there already.
    #[error("it is charter {first} once more")]
    Repeated {
        /// Where it first stands.
        first: u64,
    },
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
    /// There are some before them, and yet no link.
    #[error("there are credits before those listed ({from}), and no link of them")]
    NoLink {
        /// So many come before.
        from: u64,
    },
    /// Decided before it was logged.
    #[error("the credit of entry {index} says that entry {decided} decided it, which comes before it")]
    DecidedBefore {
        /// Index of the contribution's entry.
        index: u64,
        /// Index of the entry that decided.
        decided: u64,
    },
    /// Decided after what came of it was settled.
    #[error(
        "the credit of entry {index} was decided at entry {decided}, the settlement is entry {settlement}"
    )]
    DecidedAfter {
        /// Index of the contribution's entry.
        index: u64,
        /// Index of the entry that decided.
        decided: u64,
        /// Index of the settlement's entry.
        settlement: u64,
    },
    /// Not in the order of the log.
    #[error(
        "the credit of entry {index} was decided at entry {decided}, the one listed before it at {before}"
    )]
    Order {
        /// Index of the contribution's entry.
        index: u64,
        /// Index of the entry that decided.
        decided: u64,
        /// That of the credit before it.
        before: u64,
    },
    /// Only verdicts of one review are alike.
    #[error("{times} credits of entry {index} are said to be alike, but are no verdicts of one review")]
    Times {
        /// Index of the contribution's entry.
        index: u64,
        /// How many.
        times: u64,
    },
    /// There is another text for this list.
    #[error("the credit of entry {index} is like the one before it, and on a line of its own")]
    Alike {
        /// Index of the contribution's entry.
        index: u64,
    },
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
    /// Shows that the listed credits are the last ones of the line. `settlement` is the index of the settlement's entry.
    pub(super) fn credited(&self, log: &Origin, settlement: u64) -> Result<Credited, PayslipRefused> {
        let parts = self.parts();
        let list = &parts.credits;
        let charters = charters(&list.charters, &parts.project.project, log)?;
        is_list(list, parts.line.credits).map_err(PayslipRefused::Work)?;
        is_of_log(&list.listed, settlement).map_err(PayslipRefused::Work)?;
        is_shortest(&list.listed).map_err(PayslipRefused::Work)?;
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
        self.makes_the_line(&credited)?;
        Ok(credited)
    }

    /// The line's points can come of these credits, and so can what accrued.
    fn makes_the_line(&self, credited: &Credited) -> Result<(), PayslipRefused> {
        let parts = self.parts();
        let Line { points: range, ever, accrued, .. } = parts.line;
        if range > ever {
            return Err(PayslipRefused::WorkRange { points: range, ever });
        }
        let mut points = i128::from(ever);
        if points > MAX_POINTS {
            return Err(PayslipRefused::WorkPoints { points });
        }
        for Listed { before, after, times, .. } in credited.listed.iter().rev() {
            // Of credits alike all give or all take: the last step goes furthest.
            points -= (i128::from(*after) - i128::from(*before)) * i128::from(*times);
            if !(0..=MAX_POINTS).contains(&points) {
                return Err(PayslipRefused::WorkPoints { points });
            }
        }
        if parts.credits.from > 0 {
            return Ok(());
        }
        if points != 0 {
            return Err(PayslipRefused::WorkPoints { points });
        }
        // What accrues is what is owed by rate now, less what earlier settlements saw of it.
        if i128::from(accrued) > credited.at_rate.max(0) {
            return Err(PayslipRefused::WorkAccrued { accrued, at_rate: credited.at_rate });
        }
        Ok(())
    }
}

/// The charters in these payloads, with their event ids.
fn charters(
    payloads: &[Vec<u8>],
    project: &Hash,
    log: &Origin,
) -> Result<Vec<(Hash, Charter)>, PayslipRefused> {
    let mut charters: Vec<(Hash, Charter)> = Vec::with_capacity(payloads.len());
    for (place, payload) in (0_u64..).zip(payloads) {
        let refuse = |source| PayslipRefused::Charter { place, source };
        let charter = charter_of(project, log, payload).map_err(refuse)?;
        if let Some((first, _)) = (0_u64..).zip(&charters).find(|(_, (id, _))| *id == charter.0) {
            return Err(refuse(CharterFault::Repeated { first }));
        }
        charters.push(charter);
    }
    Ok(charters)
}

/// The charter in a payload, with its event id.
fn charter_of(project: &Hash, log: &Origin, payload: &[u8]) -> Result<(Hash, Charter), CharterFault> {
    let id = event_id(payload);
    let payload = Payload::parse(payload).map_err(CharterFault::Malformed)?;
    let of = payload.project.unwrap_or(id);
    match payload.body {
        Body::Charter(_) if of != *project => Err(CharterFault::OtherProject),
        Body::Charter(_) if payload.log != *log => Err(CharterFault::OtherLog { made_for: payload.log }),
        Body::Charter(charter) => Ok((id, charter)),
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
    match (list.from, list.link == Hash::default()) {
        (0, false) => Err(WorkFault::FirstLink),
        (from @ 1.., true) => Err(WorkFault::NoLink { from }),
        _ => Ok(()),
    }
}

/// Work is decided at its own entry or later, credited when it is, and settled after that.
fn is_of_log(listed: &[Listed], settlement: u64) -> Result<(), WorkFault> {
    let mut before = 0;
    for Listed { index, decided, .. } in listed.iter().copied() {
        if index > decided {
            return Err(WorkFault::DecidedBefore { index, decided });
        }
        if decided >= settlement {
            return Err(WorkFault::DecidedAfter { index, decided, settlement });
        }
        if decided < before {
            return Err(WorkFault::Order { index, decided, before });
        }
        before = decided;
    }
    Ok(())
}

/// An entry decides a piece of work once, so that only verdicts of one review are alike; and they are on one line, as
/// [`Credits::of`] writes them.
fn is_shortest(listed: &[Listed]) -> Result<(), WorkFault> {
    for Listed { index, decided, before, times, .. } in listed.iter().copied() {
        if times > 1 && (before > 0 || index != decided) {
            return Err(WorkFault::Times { index, times });
        }
    }
    for pair in listed.windows(2) {
        if let [one, two] = pair
            && one.times < MAX_TIMES
            && (Listed { times: two.times, ..*one }) == *two
        {
            return Err(WorkFault::Alike { index: two.index });
        }
    }
    Ok(())
}
