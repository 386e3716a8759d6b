//! Where an event stands.

use super::{Reader, work_number};
use crate::Hash;
use crate::event::{Day, Work};
use crate::fold::void::SubjectFault;

/// Bytes of a contribution's standing with a unit and a reason of usual length.
const USUAL_LENGTH: usize = 224;

/// Where an event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its position in the log.
    pub index: u64,
    /// What became of it.
    pub status: Status,
    pub(in crate::fold) contribution: Option<ContributionRecord>,
    /// Of a review that had an effect: what became of each event of its `about`, in order.
    pub subjects: Vec<Option<SubjectFault>>,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It had its effect.
    Applied,
    /// A contribution that waits for its verdict.
    Pending,
    /// A contribution that counts, wholly or in part.
    Accepted,
    /// A contribution that was judged not to count.
    Rejected,
    /// A contribution that its signer took back.
    Withdrawn,
    /// It broke the rule of this code.
    Void(String),
}

impl Status {
    /// `applied`, `pending`, `accepted`, `rejected`, `withdrawn` or `void`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Void(_) => "void",
        }
    }

    fn number(&self) -> u8 {
        match self {
            Self::Applied => 0,
            Self::Pending => 1,
            Self::Accepted => 2,
            Self::Rejected => 3,
            Self::Withdrawn => 4,
            Self::Void(_) => 5,
        }
    }
}

/// What has to be known of a contribution that is not void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fold) struct ContributionRecord {
    pub(in crate::fold) project: Hash,
    pub(in crate::fold) signer: [u8; 32],
    pub(in crate::fold) who: Hash,
    /// The charter that it names.
    pub(in crate::fold) charter: Hash,
    pub(in crate::fold) work: Work,
    pub(in crate::fold) quantity: u32,
    /// Points for one unit, by the charter that it names.
    pub(in crate::fold) weight: u32,
    /// How many equal verdicts decide; 0 where it was decided at once.
    pub(in crate::fold) needed: u8,
    /// The day on which silence accepts it.
    pub(in crate::fold) due: Option<Day>,
    pub(in crate::fold) imported: bool,
    pub(in crate::fold) nonce: [u8; 16],
    /// How much of it counts; 0 unless accepted.
    pub(in crate::fold) accepted: u32,
    /// Index of the entry that decided last; that of the contribution itself while undecided or decided at once.
    pub(in crate::fold) decided: u64,
    pub(in crate::fold) unit: String,
    /// The reason that the decision gave; empty where it gave none.
    pub(in crate::fold) reason: String,
}

impl Standing {
    /// An event that is neither a contribution nor a review.
    pub(in crate::fold) fn plain(index: u64, status: Status) -> Self {
        Self { index, status, contribution: None, subjects: Vec::new() }
    }

    pub(in crate::fold) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(USUAL_LENGTH);
        out.extend_from_slice(&self.index.to_be_bytes());
        out.push(self.status.number());
        if let Status::Void(code) = &self.status {
            out.extend(code.as_bytes());
        } else if let Some(c) = &self.contribution {
            c.write(&mut out);
        } else {
            out.extend(self.subjects.iter().map(|fault| fault.map_or(0, SubjectFault::number)));
        }
        out
    }

    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let index = r.u64()?;
        let status = match r.u8()? {
            0 => {
                let read = |b: &u8| match b {
                    0 => Some(None),
                    number => SubjectFault::from_number(*number).map(Some),
                };
                let subjects = r.rest().iter().map(read).collect::<Option<_>>()?;
                return Some(Self { index, status: Status::Applied, contribution: None, subjects });
            }
            1 => Status::Pending,
            2 => Status::Accepted,
            3 => Status::Rejected,
            4 => Status::Withdrawn,
            5 => return Some(Self::plain(index, Status::Void(r.rest_text()?))),
            _ => return None,
        };
        let contribution = Some(ContributionRecord::read(r)?);
        Some(Self { index, status, contribution, subjects: Vec::new() })
    }
}

impl ContributionRecord {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.project.0);
        out.extend_from_slice(&self.signer);
        out.extend_from_slice(&self.who.0);
        out.extend_from_slice(&self.charter.0);
        out.push(work_number(self.work));
        out.extend_from_slice(&self.quantity.to_be_bytes());
        out.extend_from_slice(&self.weight.to_be_bytes());
        out.push(self.needed);
        out.extend_from_slice(&self.due.map_or(u32::MAX, Day::number).to_be_bytes());
        out.push(self.imported.into());
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.accepted.to_be_bytes());
        out.extend_from_slice(&self.decided.to_be_bytes());
        // A unit is a token of at most 32 bytes.
        out.push(u8::try_from(self.unit.len()).unwrap_or(u8::MAX));
        out.extend(self.unit.as_bytes());
        out.extend(self.reason.as_bytes());
    }

    fn read(mut r: Reader<'_>) -> Option<Self> {
        Some(Self {
            project: r.hash()?,
            signer: r.array()?,
            who: r.hash()?,
            charter: r.hash()?,
            work: *Work::ALL.get(usize::from(r.u8()?))?,
            quantity: r.u32()?,
            weight: r.u32()?,
            needed: r.u8()?,
            due: Day::from_number(r.u32()?),
            imported: r.u8()? == 1,
            nonce: r.array()?,
            accepted: r.u32()?,
            decided: r.u64()?,
            unit: r.short_text()?,
            reason: r.rest_text()?,
        })
    }
}
