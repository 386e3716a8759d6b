//! How much work of one kind and unit.

use super::{Pinned, Reader};

/// A number of contributions and the sum of their quantities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Contributions, or verdicts, at most 2^57.
    pub events: u64,
    /// Their units, below 2^90: at most 2^57 events of at most 2^32 - 1 units.
    pub quantity: u128,
}

impl Amount {
    /// Adds one event. Can not overflow within the bounds of a log.
    pub(in crate::fold) fn add(&mut self, quantity: u32) {
        self.events += 1;
        self.quantity += u128::from(quantity);
    }

    /// Takes one event away that was added before.
    pub(in crate::fold) fn take(&mut self, quantity: u32) {
        self.events -= 1;
        self.quantity -= u128::from(quantity);
    }
}

/// How much work of one kind and unit, of one contributor or of a whole project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Undecided.
    pub pending: Amount,
    /// Accepted; of what was accepted in part, that part.
    pub accepted: Amount,
    /// Rejected. Its quantity includes what was not accepted of work accepted in part.
    pub rejected: Amount,
    /// Contributions that their signer took back.
    pub withdrawn: u64,
}

impl Tally {
    /// What was logged and not withdrawn: pending, accepted and rejected together.
    pub fn logged(&self) -> Amount {
        let parts = [self.pending, self.accepted, self.rejected];
        Amount {
            events: parts.iter().map(|p| p.events).sum(),
            quantity: parts.iter().map(|p| p.quantity).sum(),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        for amount in [self.pending, self.accepted, self.rejected] {
            out.extend_from_slice(&amount.events.to_be_bytes());
            out.extend_from_slice(&amount.quantity.to_be_bytes());
        }
        out.extend_from_slice(&self.withdrawn.to_be_bytes());
    }

    fn read(r: &mut Reader<'_>) -> Option<Self> {
        let mut amount = || Some(Amount { events: r.u64()?, quantity: r.u128()? });
        let (pending, accepted, rejected) = (amount()?, amount()?, amount()?);
        Some(Self { pending, accepted, rejected, withdrawn: r.u64()? })
    }
}

pub(in crate::fold) type TallyRecord = Pinned<Tally>;

impl TallyRecord {
    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + 2 * 80);
        out.extend_from_slice(&self.epoch.to_be_bytes());
        self.now.write(&mut out);
        self.then.write(&mut out);
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let record = Self { epoch: r.u64()?, now: Tally::read(&mut r)?, then: Tally::read(&mut r)? };
        r.end(record)
    }
}
