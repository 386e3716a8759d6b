//! The values of the state, to the byte (spec/fold.md §2). Integers are big-endian.

use crate::Hash;
use crate::event::{Day, Work};

/// Takes a value apart. A value that this fold did not write reads as absent parts, never as a panic.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
    fn hash(&mut self) -> Option<Hash> {
        self.array().map(Hash)
    }
    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
    fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_be_bytes)
    }
    fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// What holds for the whole log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LedgerRecord {
    /// 0 where entry 0 was no valid `ledger` event: then the other fields mean nothing.
    pub(super) rules: u64,
    pub(super) day: Day,
    pub(super) closed: bool,
    pub(super) key: [u8; 32],
    pub(super) origin: String,
}

impl LedgerRecord {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.rules.to_be_bytes().to_vec();
        out.extend(self.day.number().to_be_bytes());
        out.push(self.closed.into());
        out.extend(self.key);
        out.extend(self.origin.as_bytes());
        out
    }
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        Some(Self {
            rules: r.u64()?,
            day: Day::from_number(r.u32()?)?,
            closed: r.u8()? == 1,
            key: r.array()?,
            origin: String::from_utf8(r.rest().to_vec()).ok()?,
        })
    }
}

/// Which charter a project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProjectRecord {
    pub(super) in_force: Hash,
    /// An amendment that waits, and the day of the log on which it comes into force.
    pub(super) pending: Option<(Hash, Day)>,
}

impl ProjectRecord {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.in_force.0.to_vec();
        if let Some((charter, day)) = self.pending {
            out.extend(charter.0);
            out.extend(day.number().to_be_bytes());
        }
        out
    }
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let in_force = r.hash()?;
        let pending = match r.hash() {
            Some(charter) => Some((charter, Day::from_number(r.u32()?)?)),
            None => None,
        };
        Some(Self { in_force, pending })
    }
}

/// A charter that was valid when it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CharterRecord {
    pub(super) project: Hash,
    /// The day on which its successor came into force.
    pub(super) replaced: Option<Day>,
    /// The event's payload, canonical.
    pub(super) payload: Vec<u8>,
}

impl CharterRecord {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.project.0.to_vec();
        out.extend(self.replaced.map_or(u32::MAX, Day::number).to_be_bytes());
        out.extend(&self.payload);
        out
    }
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        Some(Self { project: r.hash()?, replaced: Day::from_number(r.u32()?), payload: r.rest().to_vec() })
    }
}

/// Where an event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its position in the log.
    pub index: u64,
    /// What became of it.
    pub status: Status,
    pub(super) contribution: Option<ContributionRecord>,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It had its effect.
    Applied,
    /// A contribution that counts.
    Counted,
    /// A contribution that its signer took back.
    Withdrawn,
    /// Logged, and without effect under these rules.
    Noted,
    /// It broke the rule of this code.
    Void(String),
}

impl Status {
    /// `applied`, `counted`, `withdrawn`, `noted` or `void`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Counted => "counted",
            Self::Withdrawn => "withdrawn",
            Self::Noted => "noted",
            Self::Void(_) => "void",
        }
    }
}

/// What is needed to take a contribution out of the counts again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContributionRecord {
    pub(super) project: Hash,
    pub(super) signer: [u8; 32],
    pub(super) who: Hash,
    pub(super) work: Work,
    pub(super) quantity: u32,
    pub(super) imported: bool,
    pub(super) nonce: [u8; 16],
    pub(super) unit: String,
}

impl Standing {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.index.to_be_bytes().to_vec();
        out.push(match &self.status {
            Status::Applied => 0,
            Status::Counted => 1,
            Status::Withdrawn => 2,
            Status::Noted => 3,
            Status::Void(_) => 4,
        });
        if let Status::Void(code) = &self.status {
            out.extend(code.as_bytes());
        } else if let Some(c) = &self.contribution {
            out.extend(c.project.0);
            out.extend(c.signer);
            out.extend(c.who.0);
            out.push(work_number(c.work));
            out.extend(c.quantity.to_be_bytes());
            out.push(c.imported.into());
            out.extend(c.nonce);
            out.extend(c.unit.as_bytes());
        }
        out
    }
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let index = r.u64()?;
        let status = match r.u8()? {
            0 => Status::Applied,
            1 => Status::Counted,
            2 => Status::Withdrawn,
            3 => Status::Noted,
            _ => {
                let code = String::from_utf8(r.rest().to_vec()).ok()?;
                return Some(Self { index, status: Status::Void(code), contribution: None });
            }
        };
        let contribution = match r.hash() {
            None => None,
            Some(project) => Some(ContributionRecord {
                project,
                signer: r.array()?,
                who: r.hash()?,
                work: *Work::ALL.get(usize::from(r.u8()?))?,
                quantity: r.u32()?,
                imported: r.u8()? == 1,
                nonce: r.array()?,
                unit: String::from_utf8(r.rest().to_vec()).ok()?,
            }),
        };
        Some(Self { index, status, contribution })
    }
}

/// The place of a kind of work in [`Work::ALL`].
pub(super) fn work_number(work: Work) -> u8 {
    // The derived order of a fieldless enum is its discriminant, and there are nine kinds.
    work as u8
}

/// How much work of one kind and unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Contributions that count, at most 2^48.
    pub events: u64,
    /// Sum of their quantities, below 2^80: at most 2^48 events of at most 2^32 - 1 units.
    pub quantity: u128,
    /// Contributions that were withdrawn, at most 2^48.
    pub withdrawn: u64,
}

impl Tally {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut out = self.events.to_be_bytes().to_vec();
        out.extend(self.quantity.to_be_bytes());
        out.extend(self.withdrawn.to_be_bytes());
        out
    }
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        Some(Self { events: r.u64()?, quantity: r.u128()?, withdrawn: r.u64()? })
    }
}
