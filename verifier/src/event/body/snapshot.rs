//! `snapshot`: the root of all totals, stated by the ledger.

use super::Members;
use crate::Hash;
use crate::event::{Fields, Malformed};
use crate::json::{MAX_INTEGER, Value};

/// Body of a `snapshot` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Event id of the mark whose totals it states.
    pub mark: Hash,
    /// The last valid snapshot before it.
    pub previous: Option<Hash>,
    /// Leaves of the tree of projects, 0 to 2^53 - 1.
    pub projects: u64,
    /// Root of the tree of projects; zeroes where there is no project.
    pub root: Hash,
}

impl Snapshot {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let mark = fields.hash("mark")?;
        let previous = if fields.has("previous") { Some(fields.hash("previous")?) } else { None };
        let projects = fields.integer("projects", 0, MAX_INTEGER)?;
        Ok(Self { mark, previous, projects, root: fields.hash("root")? })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out = vec![
            ("mark".into(), Value::string(self.mark.to_string())),
            ("projects".into(), Value::Integer(self.projects)),
            ("root".into(), Value::string(self.root.to_string())),
        ];
        if let Some(previous) = self.previous {
            out.push(("previous".into(), Value::string(previous.to_string())));
        }
        out
    }
}
