//! `ledger`: the log's constitution.

use super::Members;
use crate::did::Did;
use crate::event::fields::text_of;
use crate::event::{Fields, Malformed};
use crate::json::{MAX_INTEGER, Value};
use crate::note::Vkey;
use crate::origin::Origin;

/// Body of a `ledger` event. Each one states everything anew; what it does not state no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The key that signs checkpoints, named as the log's origin, type 0x01.
    pub checkpoint: Vkey,
    /// The log takes no more events after this one.
    pub closing: Option<Closing>,
    /// The key that signs `ledger`, `day` and later `mark` and `snapshot` events; one of the signers.
    pub key: Did,
    /// Rules version, 1 to 2^53 - 1.
    pub rules: u64,
    /// Witnesses whose clocks bound the log's days; at most 8, ascending by text, types 0x04 or 0x06.
    pub witnesses: Vec<Vkey>,
}

/// That a log is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The log that goes on in its place, where there is one.
    pub successor: Option<Origin>,
}

impl Ledger {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        let checkpoint = fields.vkey("checkpoint")?;
        let closing = if fields.has("closing") {
            let mut inner = fields.object("closing")?;
            let successor = if inner.has("successor") { Some(inner.origin("successor")?) } else { None };
            inner.finish()?;
            Some(Closing { successor })
        } else {
            None
        };
        let key = fields.did("key")?;
        let rules = fields.integer("rules", 1, MAX_INTEGER)?;
        let read = |value, at: String| {
            let text = text_of(value, &at)?;
            Vkey::parse(&text).map_err(|error| Malformed::Vkey { at, error })
        };
        let witnesses = fields.list("witnesses", 8, true, read, Vkey::to_string)?;
        Ok(Self { checkpoint, closing, key, rules, witnesses })
    }

    pub(super) fn members(&self) -> Members<'_> {
        let mut out = vec![
            ("checkpoint".into(), Value::string(self.checkpoint.to_string())),
            ("key".into(), Value::string(self.key.as_str())),
            ("rules".into(), Value::Integer(self.rules)),
        ];
        if let Some(closing) = &self.closing {
            let successor =
                closing.successor.iter().map(|s| ("successor".into(), Value::string(s.as_str()))).collect();
            out.push(("closing".into(), Value::Object(successor)));
        }
        if !self.witnesses.is_empty() {
            let vkeys = self.witnesses.iter().map(|v| Value::string(v.to_string())).collect();
            out.push(("witnesses".into(), Value::Array(vkeys)));
        }
        out
    }

    /// The checks that concern more than one field.
    pub(in crate::event) fn check(&self, log: &Origin, signers: &[Did]) -> Result<(), Malformed> {
        if self.checkpoint.name().as_str() != log.as_str() {
            return Err(Malformed::CheckpointName { got: self.checkpoint.name().as_str().to_owned() });
        }
        if self.checkpoint.key().type_byte() != 0x01 {
            return Err(Malformed::CheckpointType { got: self.checkpoint.key().type_byte() });
        }
        if !signers.contains(&self.key) {
            return Err(Malformed::LedgerKeyNotSigner);
        }
        if signers.iter().any(|s| self.checkpoint.key().bytes() == s.key()) {
            return Err(Malformed::KeyReused { at: "body.checkpoint".into() });
        }
        for (position, witness) in self.witnesses.iter().enumerate() {
            if !matches!(witness.key().type_byte(), 0x04 | 0x06) {
                return Err(Malformed::WitnessType { position, got: witness.key().type_byte() });
            }
            let used = |other: &Vkey| other.key().bytes() == witness.key().bytes();
            if used(&self.checkpoint)
                || self.witnesses[..position].iter().any(used)
                || signers.iter().any(|s| witness.key().bytes() == s.key())
            {
                return Err(Malformed::KeyReused { at: format!("body.witnesses[{position}]") });
            }
        }
        Ok(())
    }
}
