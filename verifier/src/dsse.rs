//! DSSE envelopes (secure-systems-lab/dsse, protocol and envelope v1), in the one form that the log holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::did::Did;
use crate::event::{Fields, MAX_ENTRY, MAX_SIGNERS, Malformed, PAYLOAD_TYPE, Part};
use crate::json::{self, Value};

/// An envelope whose form was checked; its signatures were not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The bytes that are signed, through [`pae`].
    pub payload: Vec<u8>,
    /// Signer and signature; ascending by the signer's text, no signer twice, 1 to 16.
    pub signatures: Vec<(Did, [u8; 64])>,
}

/// The pre-authentication encoding of a payload of our type: the very bytes that are signed, and whose SHA-256 is the
/// event id.
///
/// `DSSEv1 SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in ASCII decimal (DSSE protocol, "Signature
/// Definition").
pub fn pae(payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// The event id of a payload: SHA-256 of its pre-authentication encoding.
pub fn event_id(payload: &[u8]) -> Hash {
    Hash::of(&pae(payload))
}

impl Envelope {
    /// The one text of this envelope. Signatures are put in order here; a signer must not come twice.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut signatures: Vec<_> = self.signatures.iter().collect();
        signatures.sort_by(|a, b| a.0.cmp(&b.0));
        let signatures = signatures
            .into_iter()
            .map(|(did, sig)| {
                Value::Object(vec![
                    ("keyid".into(), Value::string(did.as_str())),
                    ("sig".into(), Value::string(STANDARD.encode(sig))),
                ])
            })
            .collect();
        Value::Object(vec![
            ("payload".into(), Value::string(STANDARD.encode(&self.payload))),
            ("payloadType".into(), Value::string(PAYLOAD_TYPE)),
            ("signatures".into(), Value::Array(signatures)),
        ])
        .to_text()
        .into_bytes()
    }

    /// Reads an envelope, strictly: compact JSON with exactly the keys `payload`, `payloadType`, `signatures` in that
    /// order, at most 65,535 bytes, our payload type, standard padded base64, 1 to 16 signatures of 64 bytes ascending
    /// by `keyid`. What it accepts, [`Envelope::to_bytes`] gives back byte for byte.
    ///
    /// DSSE lets a reader ignore unknown fields and accept URL-safe base64; a log can not, or one event would have
    /// many entries.
    ///
    /// # Errors
    /// The first check of spec/event.md §2 that fails.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_ENTRY {
            return Err(Malformed::EntryTooLarge { length: bytes.len() });
        }
        let value = json::parse(bytes).map_err(|error| Malformed::Json { part: Part::Envelope, error })?;
        let mut fields = Fields::of(value, "envelope")?;
        let payload = fields.string("payload")?;
        let payload_type = fields.string("payloadType")?;
        let signatures = fields.array("signatures")?;
        fields.finish()?;
        if payload_type != PAYLOAD_TYPE {
            return Err(Malformed::PayloadType { got: payload_type.chars().take(100).collect() });
        }
        let payload = STANDARD.decode(payload.as_bytes()).map_err(|_| Malformed::PayloadBase64)?;
        if signatures.is_empty() {
            return Err(Malformed::SignaturesNone);
        }
        if signatures.len() > MAX_SIGNERS {
            return Err(Malformed::SignaturesTooMany { got: signatures.len() });
        }
        let mut read: Vec<(Did, [u8; 64])> = Vec::with_capacity(signatures.len());
        for (i, signature) in signatures.into_iter().enumerate() {
            let mut fields = Fields::of(signature, &format!("envelope.signatures[{i}]"))?;
            let did = fields.did("keyid")?;
            let sig = fields.string("sig")?;
            fields.finish()?;
            let sig = STANDARD
                .decode(sig.as_bytes())
                .ok()
                .and_then(|s| s.try_into().ok())
                .ok_or(Malformed::SignatureMalformed { position: i })?;
            match read.last().map(|(last, _)| last.cmp(&did)) {
                Some(std::cmp::Ordering::Equal) => return Err(Malformed::SignaturesRepeated { position: i }),
                Some(std::cmp::Ordering::Greater) => {
                    return Err(Malformed::SignaturesUnsorted { position: i });
                }
                _ => read.push((did, sig)),
            }
        }
        Ok(Self { payload, signatures: read })
    }
}
