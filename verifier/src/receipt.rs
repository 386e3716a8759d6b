//! Receipts (C2SP tlog-proof): one file that shows, without any network, that an event is in a log.
//!
//! The entry stands in the `extra` line. Nothing of it is looked at before its inclusion under a trusted checkpoint has
//! been shown: until then it is anybody's text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::checkpoint::{UntrustedCheckpoint, VerifiedCheckpoint};
use crate::error::Code;
use crate::event::{self, Event, MAX_ENTRY, Malformed};
use crate::hash::{Hash, leaf_hash};
use crate::note::{MAX_NOTE, Note, NoteError};
use crate::origin::Origin;
use crate::policy::Policy;
use crate::proof::{InclusionError, verify_inclusion};
use crate::tile::MAX_SIZE;

/// First line of every receipt.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Most hashes in a receipt.
pub const MAX_HASHES: usize = 63;

/// Largest receipt that is read, in bytes: a note and 128 KiB for what stands before it.
pub const MAX_RECEIPT: usize = MAX_NOTE + (1 << 17);

/// Longest base64 of an entry.
const MAX_EXTRA: usize = MAX_ENTRY.div_ceil(3) * 4;

/// A well-formed receipt. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    entry: Vec<u8>,
    index: u64,
    hashes: Vec<Hash>,
    note: String,
}

/// Why bytes are no receipt. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// More than [`MAX_RECEIPT`] bytes.
    #[error("the receipt has {length} bytes, more than {MAX_RECEIPT}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Not UTF-8.
    #[error("the receipt is not UTF-8 at byte {position}")]
    NotUtf8 {
        /// 0-based position of the first byte that is not.
        position: usize,
    },
    /// Another first line.
    #[error("the receipt does not begin with the line \"{HEADER}\"")]
    Header,
    /// The second line is no `extra` line: the entry is missing.
    #[error("the receipt has no entry: its second line does not begin with \"extra \"")]
    EntryMissing,
    /// The base64 is longer than that of 65,535 bytes.
    #[error("the receipt's entry is longer than {MAX_ENTRY} bytes")]
    EntryTooLong,
    /// Not padded standard base64 without stray bits.
    #[error("the receipt's entry is not strict standard base64")]
    EntryBase64,
    /// No `index` line after the entry.
    #[error("the receipt has no line that begins with \"index \" after its entry")]
    IndexMissing,
    /// Not decimal, or with leading zeroes.
    #[error("the receipt's index is not a decimal number without leading zeroes")]
    IndexForm,
    /// 2^48 or more.
    #[error("the receipt's index is not below 2^48")]
    IndexRange,
    /// More than [`MAX_HASHES`] hashes.
    #[error("the receipt has more than {MAX_HASHES} proof hashes")]
    TooManyHashes,
    /// A line that is not the base64 of 32 bytes.
    #[error("proof hash {position} of the receipt is not strict standard base64 of 32 bytes")]
    Hash {
        /// 0-based position in the proof.
        position: usize,
    },
    /// It ends before the empty line and the checkpoint.
    #[error("the receipt ends before its checkpoint; it may have been cut off")]
    Truncated,
    /// The checkpoint is no signed note.
    #[error("the receipt's checkpoint is not a signed note")]
    Note(#[source] NoteError),
}

impl Code for ReceiptError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "receipt-too-long",
            Self::NotUtf8 { .. } => "receipt-not-utf8",
            Self::Header => "receipt-header",
            Self::EntryMissing => "receipt-entry-missing",
            Self::EntryTooLong => "receipt-entry-too-long",
            Self::EntryBase64 => "receipt-entry-base64",
            Self::IndexMissing => "receipt-index-missing",
            Self::IndexForm => "receipt-index-form",
            Self::IndexRange => "receipt-index-range",
            Self::TooManyHashes => "receipt-too-many-hashes",
            Self::Hash { .. } => "receipt-hash",
            Self::Truncated => "receipt-truncated",
            Self::Note(e) => e.code(),
        }
    }
}

/// Why a well-formed receipt does not show what it claims. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReceiptRefused {
    /// The policy does not trust the checkpoint.
    #[error("the receipt's checkpoint is not trusted")]
    Checkpoint(#[source] UntrustedCheckpoint),
    /// The entry is not at that index of the checkpoint's tree.
    #[error("the receipt does not show that its entry is in the log")]
    Inclusion(#[source] InclusionError),
    /// The entry is in the log, but it is no event.
    #[error("the entry is in the log, but it is no valid event")]
    Event(#[source] Malformed),
    /// The entry is in the log, but its event was made for another one.
    #[error("the entry is in log {origin}, but its event was made for log {made_for} and is void here")]
    OtherLog {
        /// The checkpoint's origin.
        origin: Origin,
        /// The log that the event names.
        made_for: Origin,
    },
}

impl Code for ReceiptRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(e) => e.code(),
            Self::Inclusion(e) => e.code(),
            Self::Event(e) => e.code(),
            Self::OtherLog { .. } => "receipt-other-log",
        }
    }
}

/// An event that is in a log, as a receipt and a policy have shown. Only [`Receipt::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    index: u64,
    checkpoint: VerifiedCheckpoint,
    event: Event,
}

impl Receipt {
    /// Puts a receipt together.
    ///
    /// # Errors
    /// - [`ReceiptError::EntryTooLong`], [`ReceiptError::IndexRange`], [`ReceiptError::TooManyHashes`]: beyond a limit
    /// - [`ReceiptError::Note`]: `note` is no signed note
    pub fn new(entry: Vec<u8>, index: u64, hashes: Vec<Hash>, note: String) -> Result<Self, ReceiptError> {
        if entry.len() > MAX_ENTRY {
            return Err(ReceiptError::EntryTooLong);
        }
        if index >= MAX_SIZE {
            return Err(ReceiptError::IndexRange);
        }
        if hashes.len() > MAX_HASHES {
            return Err(ReceiptError::TooManyHashes);
        }
        Note::parse(note.as_bytes()).map_err(ReceiptError::Note)?;
        Ok(Self { entry, index, hashes, note })
    }

    /// Parses a receipt. [`Receipt::format`] gives the same bytes back.
    ///
    /// # Errors
    /// A [`ReceiptError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_RECEIPT {
            return Err(ReceiptError::TooLong { length: bytes.len() });
        }
        let text =
            std::str::from_utf8(bytes).map_err(|e| ReceiptError::NotUtf8 { position: e.valid_up_to() })?;
        let rest =
            text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n')).ok_or(ReceiptError::Header)?;
        let rest = rest.strip_prefix("extra ").ok_or(ReceiptError::EntryMissing)?;
        let (extra, rest) = rest.split_once('\n').ok_or(ReceiptError::Truncated)?;
        if extra.len() > MAX_EXTRA {
            return Err(ReceiptError::EntryTooLong);
        }
        let entry = STANDARD.decode(extra).map_err(|_| ReceiptError::EntryBase64)?;
        let rest = rest.strip_prefix("index ").ok_or(ReceiptError::IndexMissing)?;
        let (index, mut rest) = rest.split_once('\n').ok_or(ReceiptError::Truncated)?;
        let index = parse_index(index)?;
        let mut hashes = Vec::new();
        loop {
            let (line, after) = rest.split_once('\n').ok_or(ReceiptError::Truncated)?;
            rest = after;
            if line.is_empty() {
                break;
            }
            if hashes.len() == MAX_HASHES {
                return Err(ReceiptError::TooManyHashes);
            }
            hashes.push(Hash::from_base64(line).ok_or(ReceiptError::Hash { position: hashes.len() })?);
        }
        Self::new(entry, index, hashes, rest.to_owned())
    }

    /// The receipt's bytes.
    pub fn format(&self) -> String {
        let mut out = format!("{HEADER}\nextra {}\nindex {}\n", STANDARD.encode(&self.entry), self.index);
        for hash in &self.hashes {
            out.push_str(&hash.to_base64());
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.note);
        out
    }

    /// The bytes that are claimed to be the entry. Not verified.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// The index claimed, 0-based, below 2^48. Not verified.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion proof, from the leaf's sibling up. Not verified.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The signed checkpoint, a well-formed note. Not verified.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Shows that the event is in the log: first the checkpoint under the policy, then inclusion, and only then is the
    /// entry read.
    ///
    /// # Errors
    /// A [`ReceiptRefused`].
    pub fn verify(&self, policy: &Policy) -> Result<Included, ReceiptRefused> {
        let checkpoint = policy.verify(self.note.as_bytes()).map_err(ReceiptRefused::Checkpoint)?;
        let leaf = leaf_hash(&self.entry);
        verify_inclusion(self.index, checkpoint.size(), &leaf, &self.hashes, checkpoint.root())
            .map_err(ReceiptRefused::Inclusion)?;
        let event = event::check(&self.entry).map_err(ReceiptRefused::Event)?;
        if event.payload().log != *checkpoint.origin() {
            return Err(ReceiptRefused::OtherLog {
                origin: checkpoint.origin().clone(),
                made_for: event.payload().log.clone(),
            });
        }
        Ok(Included { index: self.index, checkpoint, event })
    }
}

impl Included {
    /// The event's index in the log, 0-based.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The checkpoint that it is in, and who vouches for that.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// The event.
    pub fn event(&self) -> &Event {
        &self.event
    }
}

fn parse_index(text: &str) -> Result<u64, ReceiptError> {
    if text.is_empty()
        || !text.bytes().all(|b| b.is_ascii_digit())
        || (text.len() > 1 && text.starts_with('0'))
    {
        return Err(ReceiptError::IndexForm);
    }
    // What is all digits and yet does not parse is too large for u64.
    text.parse().ok().filter(|&index| index < MAX_SIZE).ok_or(ReceiptError::IndexRange)
}
