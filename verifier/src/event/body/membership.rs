//! `membership`: a role begins or ends.

use super::Members;
use crate::event::{Change, Fields, Malformed, Party, Role};
use crate::json::Value;

/// Body of a `membership` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Whether the role begins or ends.
    pub change: Change,
    /// Whose role.
    pub member: Party,
    /// Which role.
    pub role: Role,
}

impl Membership {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            change: fields.word("change", Change::parse)?,
            member: fields.party("member")?,
            role: fields.word("role", Role::parse)?,
        })
    }

    pub(super) fn members(&self) -> Members<'_> {
        vec![
            ("change".into(), Value::string(self.change.as_str())),
            ("member".into(), Value::string(self.member.as_str())),
            ("role".into(), Value::string(self.role.as_str())),
        ]
    }
}
