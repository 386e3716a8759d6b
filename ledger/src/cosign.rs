//! Auditors' cosignatures on the checkpoints of snapshots.

use std::sync::{Mutex, PoisonError};

use lebombo_verifier::Code;
use lebombo_verifier::checkpoint::{SignedCheckpoint, UntrustedCheckpoint};
use lebombo_verifier::cosignature::{self, CosignatureError};
use lebombo_verifier::did::Did;
use lebombo_verifier::note::{Key, KeyId, NoteError, NoteSignature, Vkey, signature_line};

use crate::store::{Store, StoreError};

/// Most auditors of a ledger.
pub const MAX_AUDITORS: usize = 64;

/// Why a key can not be an auditor's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditorError {
    /// Too many.
    #[error("{count} auditors are named; a ledger has at most {MAX_AUDITORS}")]
    TooMany {
        /// How many were named.
        count: usize,
    },
    /// Its signatures are no cosignatures.
    #[error("the key {vkey} has signature type {type_byte:#04x}; an auditor's has 0x04 or 0x06")]
    KeyType {
        /// The key.
        vkey: String,
        /// Its signature type identifier byte.
        type_byte: u8,
    },
    /// Named twice, or one that can not be told from another in a note.
    #[error("two auditors have the name {name} and the key id {key_id}")]
    Repeated {
        /// The key's name.
        name: String,
        /// The key's id.
        key_id: KeyId,
    },
    /// A key of the ledger itself.
    #[error("the auditor's key {vkey} is one of the ledger's own; each key has one use")]
    LedgersOwn {
        /// The key.
        vkey: String,
    },
}

impl Code for AuditorError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "auditors-too-many",
            Self::KeyType { .. } => "auditor-key-type",
            Self::Repeated { .. } => "auditor-repeated",
            Self::LedgersOwn { .. } => "key-reused",
        }
    }
}

/// Why cosignatures were not added. None of them was.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// The operator has named no auditors.
    #[error("this ledger takes no cosignatures: its operator has named no auditors")]
    NoAuditors,
    /// No checkpoint of that size is kept.
    #[error("no checkpoint of a snapshot with {size} entries is kept here")]
    SnapshotUnknown {
        /// The size.
        size: u64,
    },
    /// The lines are no signature lines of a note. Lines are counted over the whole note.
    #[error("the cosignatures are not signature lines of a note: {0}")]
    Lines(NoteError),
    /// There is an empty line among them.
    #[error("there is an empty line among the signature lines")]
    EmptyLine,
    /// By a key that the operator has not named.
    #[error("{name}, key {key_id}, is no auditor that the ledger's operator has named")]
    AuditorUnknown {
        /// The key's name, escaped.
        name: String,
        /// The key's id.
        key_id: KeyId,
    },
    /// More than one line by one auditor.
    #[error("{name} has two lines; send one")]
    Repeated {
        /// The auditor's name.
        name: String,
    },
    /// It does not verify over this checkpoint.
    #[error("the cosignature by {name} is not valid over this checkpoint: {error}")]
    Invalid {
        /// The auditor's name.
        name: String,
        /// What is wrong with it.
        error: CosignatureError,
    },
    /// The checkpoint that is kept is malformed.
    #[error("the kept checkpoint is damaged: {0}")]
    Damaged(UntrustedCheckpoint),
    /// The store failed.
    #[error("{0}")]
    Store(StoreError),
}

impl Code for CosignError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAuditors => "auditors-none",
            Self::SnapshotUnknown { .. } => "snapshot-unknown",
            Self::Lines(error) => error.code(),
            Self::EmptyLine => "note-signature-line",
            Self::AuditorUnknown { .. } => "auditor-unknown",
            Self::Repeated { .. } => "cosignature-repeated",
            Self::Invalid { error, .. } => error.code(),
            Self::Damaged(_) => "store-damaged",
            Self::Store(error) => error.code(),
        }
    }
}

/// The auditors that the operator has named, and the one place that changes a kept checkpoint.
#[derive(Debug)]
pub(crate) struct Auditors {
    vkeys: Vec<Vkey>,
    /// Held from reading a checkpoint to writing it.
    writing: Mutex<()>,
}

impl Auditors {
    pub(crate) fn new(vkeys: Vec<Vkey>, log: &Vkey, ledger_key: &Did) -> Result<Self, AuditorError> {
        if vkeys.len() > MAX_AUDITORS {
            return Err(AuditorError::TooMany { count: vkeys.len() });
        }
        for (position, vkey) in vkeys.iter().enumerate() {
            let type_byte = vkey.key().type_byte();
            if matches!(vkey.key(), Key::Ed25519(_)) {
                return Err(AuditorError::KeyType { vkey: vkey.to_string(), type_byte });
            }
            if vkey.key().bytes() == log.key().bytes() || vkey.key().bytes() == ledger_key.key() {
                return Err(AuditorError::LedgersOwn { vkey: vkey.to_string() });
            }
            if vkeys.iter().take(position).any(|other| is_named_like(other, vkey)) {
                return Err(AuditorError::Repeated { name: vkey.name().to_string(), key_id: vkey.key_id() });
            }
        }
        Ok(Self { vkeys, writing: Mutex::new(()) })
    }

    /// Verifies every line, then adds them all. Blocks.
    pub(crate) fn cosign(&self, store: &Store, size: u64, lines: &[u8]) -> Result<Vec<u8>, CosignError> {
        if self.vkeys.is_empty() {
            return Err(CosignError::NoAuditors);
        }
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = store.kept_checkpoint(size).map_err(CosignError::Store)?;
        let kept = kept.ok_or(CosignError::SnapshotUnknown { size })?;
        let kept = SignedCheckpoint::parse(&kept).map_err(CosignError::Damaged)?;
        if lines.starts_with(b"\n") || lines.windows(2).any(|pair| pair == b"\n\n") {
            // It would end the text of the note that is put together here.
            return Err(CosignError::EmptyLine);
        }
        let sent = [kept.note().text().as_bytes(), b"\n", lines].concat();
        let sent = SignedCheckpoint::parse(&sent).map_err(|error| match error {
            UntrustedCheckpoint::Note(error) => CosignError::Lines(error),
            other => CosignError::Damaged(other),
        })?;
        let mut added: Vec<(&Vkey, u64, &NoteSignature<'_>)> = Vec::new();
        for line in sent.note().signatures() {
            let by = self.vkeys.iter().find(|vkey| is_by(line, vkey));
            let by = by.ok_or_else(|| CosignError::AuditorUnknown {
                name: line.name.escape_debug().to_string(),
                key_id: line.key_id,
            })?;
            let name = || by.name().to_string();
            if added.iter().any(|(other, ..)| is_named_like(other, by)) {
                return Err(CosignError::Repeated { name: name() });
            }
            let time = cosignature::verify(by, &line.signature, kept.checkpoint())
                .map_err(|error| CosignError::Invalid { name: name(), error })?;
            added.push((by, time, line));
        }
        let note = merge(&kept, &added)?;
        if note != kept.note().format() {
            // A crash before this returns leaves the note with all of the lines or with none.
            store.replace_kept_checkpoint(size, note.as_bytes()).map_err(CosignError::Store)?;
        }
        Ok(note.into_bytes())
    }
}

/// The kept note with the new lines: each takes the place of an earlier one by the same auditor, or comes at the end.
fn merge(
    kept: &SignedCheckpoint<'_>,
    added: &[(&Vkey, u64, &NoteSignature<'_>)],
) -> Result<String, CosignError> {
    let mut lines: Vec<&NoteSignature<'_>> = kept.note().signatures().iter().collect();
    for (by, time, line) in added {
        let earlier = kept.cosignature_by(by).map_err(CosignError::Damaged)?;
        match lines.iter_mut().find(|line| is_by(line, by)) {
            Some(place) if earlier < Some(*time) => *place = line,
            // The one that is there is as new: sending a cosignature again changes nothing.
            Some(_) => {}
            None => lines.push(line),
        }
    }
    let mut note = format!("{}\n", kept.note().text());
    for line in lines {
        note.push_str(&signature_line(line.name, line.key_id, &line.signature));
    }
    Ok(note)
}

fn is_by(line: &NoteSignature<'_>, vkey: &Vkey) -> bool {
    line.name == vkey.name().as_str() && line.key_id == vkey.key_id()
}

fn is_named_like(one: &Vkey, other: &Vkey) -> bool {
    one.name().as_str() == other.name().as_str() && one.key_id() == other.key_id()
}
