//! `claim`: an imported alias is this key.

use super::Members;
use crate::did::Did;
use crate::event::{Alias, Fields, Malformed};
use crate::json::Value;

/// Body of a `claim` event. Signed by the claimant and two confirmers, or also by an arbiter who decides a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose lines are to be paid to the claimant.
    pub alias: Alias,
    /// The claimant.
    pub key: Did,
}

impl Claim {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self { alias: fields.alias("alias")?, key: fields.did("key")? })
    }

    pub(super) fn members(&self) -> Members<'_> {
        vec![
            ("alias".into(), Value::string(self.alias.as_str())),
            ("key".into(), Value::string(self.key.as_str())),
        ]
    }

    /// The claimant signs, and two or three others.
    pub(in crate::event) fn check(&self, signers: &[Did]) -> Result<(), Malformed> {
        if !signers.contains(&self.key) {
            return Err(Malformed::ClaimantNotSigner);
        }
        if matches!(signers.len(), 3 | 4) {
            Ok(())
        } else {
            Err(Malformed::ClaimSigners { got: signers.len() })
        }
    }
}
