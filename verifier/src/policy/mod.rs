//! Policies (C2SP tlog-policy): which logs and witnesses a reader trusts, and how many of them it takes.

mod error;
mod parse;
mod verify;

use crate::note::Vkey;

pub use error::PolicyError;

/// Largest policy that is read, in bytes.
pub const MAX_POLICY: usize = 1 << 20;

/// Most logs in a policy.
pub const MAX_LOGS: usize = 64;

/// Most witnesses in a policy.
pub const MAX_WITNESSES: usize = 256;

/// Most groups in a policy.
pub const MAX_GROUPS: usize = 256;

/// Name of the group whose members replay the whole log before they cosign. It has no part in the quorum unless the
/// policy says so.
pub const AUDITORS: &[u8] = b"auditors";

/// A policy. Names are opaque octets and mean nothing outside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    /// Witnesses and groups in the order of their lines: a group's members stand before it.
    parties: Vec<Party>,
    /// Position in `parties`; `None` is `quorum none`.
    quorum: Option<usize>,
}

/// A log that the policy trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Its key, of type 0x01 or 0x06. The key's name is the log's origin.
    pub vkey: Vkey,
    /// Where to reach it; opaque.
    pub url: Option<Vec<u8>>,
}

/// A witness that the policy knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its name within the policy.
    pub name: Vec<u8>,
    /// Its key, of type 0x04 or 0x06.
    pub vkey: Vkey,
    /// Where to reach it; opaque.
    pub url: Option<Vec<u8>>,
}

/// A group: it counts as having cosigned when `threshold` of its members do.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: Vec<u8>,
    /// 1 to the number of members.
    threshold: usize,
    /// Positions in the policy's parties, each below the group's own. No position is in two groups.
    members: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Party {
    Witness(Box<Witness>),
    Group(Group),
}

impl Party {
    fn name(&self) -> &[u8] {
        match self {
            Self::Witness(witness) => &witness.name,
            Self::Group(group) => &group.name,
        }
    }
}

impl Policy {
    /// The logs, in the order of their lines. Their order means nothing.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The witnesses, in the order of their lines. Their order means nothing.
    pub fn witnesses(&self) -> impl Iterator<Item = &Witness> {
        self.parties.iter().filter_map(|party| match party {
            Party::Witness(witness) => Some(&**witness),
            Party::Group(_) => None,
        })
    }

    /// The name of the witness or group that is the quorum; `None` for `quorum none`.
    pub fn quorum(&self) -> Option<&[u8]> {
        self.quorum.map(|position| self.parties[position].name())
    }
}

/// An opaque name in a form that is safe to print.
fn printable(name: &[u8]) -> String {
    String::from_utf8_lossy(name).escape_debug().to_string()
}
