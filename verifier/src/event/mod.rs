//! Events: what an entry of the log is, and the check that makes one out of bytes.

mod body;
mod day;
mod fields;
mod malformed;
mod words;

pub(crate) use body::MAX_CURRENCIES;
pub use body::{
    Activity, Body, Carried, Charter, Claim, Closing, Contribution, Exchange, Fund, Income, KINDS, Ledger,
    MAX_LINES, Membership, Pay, Payment, Payout, Rate, Reversal, Review, Settled, Settlement, Snapshot,
    Stewards, VerdictRule, Verdicts,
};
pub use day::Day;
pub(crate) use fields::Fields;
pub use malformed::{Malformed, Part};
pub use words::{
    Alias, Change, Enrolment, Method, Nonce, Outcome, Party, PaymentState, Role, Share, Token, Verdict, Work,
};

use std::collections::HashMap;

use crate::Hash;
use crate::did::Did;
use crate::dsse::{self, Envelope};
use crate::ed25519::{KeyError, PublicKey};
use crate::json::{self, Value};
use crate::origin::Origin;

/// DSSE payload type of every entry.
pub const PAYLOAD_TYPE: &str = "application/vnd.lebombo.event.v1+json";
/// Most bytes of an entry (its length is a 16-bit number in an entry bundle, C2SP tlog-tiles).
pub const MAX_ENTRY: usize = 65_535;
/// Most signers of an event.
pub const MAX_SIGNERS: usize = 16;
/// Most digests in `about`; that many fit an entry with one signer.
pub const MAX_ABOUT: usize = 726;

/// An event whose form and signatures were checked. Only [`check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    id: Hash,
    payload: Payload,
}

impl Event {
    /// SHA-256 of the DSSE pre-authentication encoding.
    pub fn id(&self) -> Hash {
        self.id
    }

    /// What was signed.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }
}

/// What the signers of an event signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// Digests of what it concerns, ascending, at most 726.
    pub about: Vec<Hash>,
    /// What the kind needs, and with it the kind.
    pub body: Body,
    /// The day that the signers claim.
    pub date: Day,
    /// Random, or made from an imported row.
    pub id: Nonce,
    /// The log that it was made for.
    pub log: Origin,
    /// Event id of the project's first charter.
    pub project: Option<Hash>,
    /// 1 to 16, ascending.
    pub signers: Vec<Did>,
}

impl Payload {
    /// Reads a payload, strictly: what it accepts, [`Payload::to_canonical`] gives back byte for byte.
    ///
    /// # Errors
    /// The first check of spec/event.md §3 to §5 that fails.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let value = json::parse(bytes).map_err(|error| Malformed::Json { part: Part::Payload, error })?;
        let mut fields = Fields::of(value, "")?;
        let kind = fields.string("kind")?;
        let about = fields.list(
            "about",
            MAX_ABOUT,
            true,
            |value, at| {
                let text = fields::text_of(value, &at)?;
                Hash::from_hex(&text).ok_or(Malformed::Hex { at, bytes: 32 })
            },
            |hash| *hash,
        )?;
        let body = Body::read(&kind, fields.object("body")?)?;
        let date = fields.day("date")?;
        let id = fields.nonce("id")?;
        let log = fields.origin("log")?;
        let project = if fields.has("project") { Some(fields.hash("project")?) } else { None };
        let signers = fields.dids("signers", MAX_SIGNERS, false)?;
        fields.finish()?;
        let payload = Self { about, body, date, id, log, project, signers };
        payload.check()?;
        Ok(payload)
    }

    /// The canonical JSON (RFC 8785), the bytes of the envelope's payload.
    pub fn to_canonical(&self) -> Vec<u8> {
        let mut members = vec![
            ("body".into(), self.body.to_value()),
            ("date".into(), Value::string(self.date.to_string())),
            ("id".into(), Value::string(self.id.to_string())),
            ("kind".into(), Value::string(self.body.kind())),
            ("log".into(), Value::string(self.log.as_str())),
            (
                "signers".into(),
                Value::Array(self.signers.iter().map(|s| Value::string(s.as_str())).collect()),
            ),
        ];
        if !self.about.is_empty() {
            let about = self.about.iter().map(|h| Value::string(h.to_string())).collect();
            members.push(("about".into(), Value::Array(about)));
        }
        if let Some(project) = self.project {
            members.push(("project".into(), Value::string(project.to_string())));
        }
        Value::Object(members).to_text().into_bytes()
    }

    /// The checks that concern more than one field, which depend on the kind.
    fn check(&self) -> Result<(), Malformed> {
        let amendment = match &self.body {
            Body::Charter(charter) => {
                if charter.replaces.is_some() != self.project.is_some() {
                    return Err(Malformed::CharterReplaces);
                }
                charter.replaces.is_some()
            }
            _ => false,
        };
        let of_the_log = matches!(self.body, Body::Ledger(_) | Body::Day | Body::Mark | Body::Snapshot(_));
        let of_a_project = !of_the_log && (amendment || !matches!(self.body, Body::Charter(_)));
        if of_a_project && self.project.is_none() {
            return Err(Malformed::ProjectMissing);
        }
        if of_the_log && self.project.is_some() {
            return Err(Malformed::ProjectNotAllowed);
        }
        let one_signer = matches!(
            self.body,
            Body::Day
                | Body::Mark
                | Body::Snapshot(_)
                | Body::Contribution(_)
                | Body::Review(_)
                | Body::Closing
        );
        if one_signer && self.signers.len() != 1 {
            return Err(Malformed::SignersNotOne { got: self.signers.len() });
        }
        if of_the_log && !self.about.is_empty() {
            return Err(Malformed::AboutNotAllowed);
        }
        match &self.body {
            Body::Review(_) | Body::Retraction if self.about.is_empty() => Err(Malformed::AboutMissing),
            Body::Review(review) => review.check(self.about.len()),
            Body::Ledger(ledger) => ledger.check(&self.log, &self.signers),
            Body::Income(income) => income.check(&self.signers),
            Body::Claim(claim) => claim.check(&self.signers),
            _ => Ok(()),
        }
    }
}

/// Makes an event out of the bytes of an entry: form, then signatures. It needs no state and answers the same for
/// everybody; what the event means in its log is decided by the fold.
///
/// # Errors
/// The first check of spec/event.md that fails, one [`Malformed`] variant for each.
pub fn check(entry: &[u8]) -> Result<Event, Malformed> {
    check_with(entry, PublicKey::from_bytes)
}

/// Checks many entries as [`check`] does, and decodes the key of somebody who signed several of them once.
#[derive(Debug, Default)]
pub struct Checker {
    keys: HashMap<[u8; 32], PublicKey>,
}

impl Checker {
    /// Keys kept at most, 200 bytes each.
    const KEPT: usize = 1_024;

    /// See [`check`].
    ///
    /// # Errors
    /// See [`check`].
    pub fn check(&mut self, entry: &[u8]) -> Result<Event, Malformed> {
        check_with(entry, |bytes| {
            if let Some(key) = self.keys.get(bytes) {
                return Ok(*key);
            }
            let key = PublicKey::from_bytes(bytes)?;
            if self.keys.len() >= Self::KEPT {
                self.keys.clear();
            }
            self.keys.insert(*bytes, key);
            Ok(key)
        })
    }
}

fn check_with(
    entry: &[u8],
    mut decode: impl FnMut(&[u8; 32]) -> Result<PublicKey, KeyError>,
) -> Result<Event, Malformed> {
    let envelope = Envelope::parse(entry)?;
    let payload = Payload::parse(&envelope.payload)?;
    for (did, _) in &envelope.signatures {
        if payload.signers.binary_search_by(|s| s.as_str().cmp(did.as_str())).is_err() {
            return Err(Malformed::SignerNotListed { signer: did.to_string() });
        }
    }
    for signer in &payload.signers {
        if !envelope.signatures.iter().any(|(did, _)| did == signer) {
            return Err(Malformed::SignatureMissing { signer: signer.to_string() });
        }
    }
    let message = dsse::pae(&envelope.payload);
    for (did, signature) in &envelope.signatures {
        let key =
            decode(did.key()).map_err(|error| Malformed::SignerKey { signer: did.to_string(), error })?;
        key.verify(&message, signature)
            .map_err(|_| Malformed::SignatureInvalid { signer: did.to_string() })?;
    }
    Ok(Event { id: Hash::of(&message), payload })
}
