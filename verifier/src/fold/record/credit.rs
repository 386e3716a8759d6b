//! One credit of somebody's chain.

use super::Reader;
use crate::settlement::Credit;

impl Credit {
    pub(in crate::fold) fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.decided.to_be_bytes());
        out.extend_from_slice(&self.charter.0);
        out.extend_from_slice(&self.before.to_be_bytes());
        out.extend_from_slice(&self.after.to_be_bytes());
        out
    }
    pub(in crate::fold) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let credit = Self {
            index: r.u64()?,
            decided: r.u64()?,
            charter: r.hash()?,
            before: r.u64()?,
            after: r.u64()?,
        };
        r.end(credit)
    }
}
