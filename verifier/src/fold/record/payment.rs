//! What was done about lines: settlements, payments and claims in their order.

use super::Reader;
use crate::Hash;
use crate::event::{Day, PaymentState};

/// A valid settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fold) struct SettlementRecord {
    pub(in crate::fold) project: Hash,
    pub(in crate::fold) number: u64,
    /// Its place in the project's money tree.
    pub(in crate::fold) place: u64,
}

impl SettlementRecord {
    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        [&self.project.0[..], &self.number.to_be_bytes(), &self.place.to_be_bytes()].concat()
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self { project: r.hash()?, number: r.u64()?, place: r.u64()? };
        r.end(record)
    }
}

/// A leaf of a project's money tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fold) struct DecisionRecord {
    pub(in crate::fold) id: Hash,
    pub(in crate::fold) index: u64,
}

impl DecisionRecord {
    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        [&self.id.0[..], &self.index.to_be_bytes()].concat()
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self { id: r.hash()?, index: r.u64()? };
        r.end(record)
    }
}

/// What was done about one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct LinePaymentsRecord {
    pub(in crate::fold) state: PaymentState,
    pub(in crate::fold) attempt: u32,
    /// Places of all payments so far in the project's money tree, ascending.
    pub(in crate::fold) places: Vec<u64>,
}

/// In the order of their numbers, from 1.
const STATES: [PaymentState; 5] = [
    PaymentState::Instructed,
    PaymentState::Paid,
    PaymentState::Failed,
    PaymentState::Returned,
    PaymentState::Unknown,
];

impl LinePaymentsRecord {
    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let number = (1_u8..).zip(STATES).find(|(_, state)| *state == self.state).map_or(0, |(n, _)| n);
        let mut out = vec![number];
        out.extend(self.attempt.to_be_bytes());
        self.places.iter().for_each(|place| out.extend(place.to_be_bytes()));
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let state = *STATES.get(usize::from(r.u8()?).checked_sub(1)?)?;
        let mut record = Self { state, attempt: r.u32()?, places: Vec::new() };
        while !r.0.is_empty() {
            record.places.push(r.u64()?);
        }
        Some(record)
    }
}

/// A claim of an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fold) struct ClaimRecord {
    /// The claimant's key.
    pub(in crate::fold) key: [u8; 32],
    /// Event id.
    pub(in crate::fold) id: Hash,
    /// Its place in the money tree.
    pub(in crate::fold) place: u64,
}

/// Who claims an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct ClaimsRecord {
    /// The day on which the first claim comes into force, if it is the only one by then.
    pub(in crate::fold) from: Day,
    /// 1 to 16, in the order of the log.
    pub(in crate::fold) claims: Vec<ClaimRecord>,
}

impl ClaimsRecord {
    /// Whether several claim it, and nobody has decided.
    pub(in crate::fold) fn are_contrary(&self) -> bool {
        self.claims.len() > 1
    }

    /// The claim that is in force on a day.
    pub(in crate::fold) fn in_force(&self, day: Day) -> Option<&ClaimRecord> {
        match self.claims.as_slice() {
            [only] if self.from <= day => Some(only),
            _ => None,
        }
    }

    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.from.number().to_be_bytes().to_vec();
        for ClaimRecord { key, id, place } in &self.claims {
            out.extend(key);
            out.extend(id.0);
            out.extend(place.to_be_bytes());
        }
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let mut record = Self { from: r.day()?, claims: Vec::new() };
        while !r.0.is_empty() {
            record.claims.push(ClaimRecord { key: r.array()?, id: r.hash()?, place: r.u64()? });
        }
        Some(record)
    }
}
