//! The note itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::key_name::is_allowed;
use super::{KeyId, Vkey};
use crate::error::Code;

/// Largest note that is read, in bytes.
pub const MAX_NOTE: usize = 1 << 20;

/// Most signature lines in a note that is read: one for each key that a policy can hold (64 logs, 256 witnesses).
pub const MAX_SIGNATURES: usize = 320;

/// A well-formed note. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    text: &'a str,
    signatures: Vec<NoteSignature<'a>>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature<'a> {
    /// The key name: not empty, no Unicode white space, no plus sign.
    pub name: &'a str,
    /// The 32-bit key id.
    pub key_id: KeyId,
    /// What follows the key id: at least one byte; its meaning depends on the key's type.
    pub signature: Vec<u8>,
}

/// Why bytes are no signed note. Lines are counted from 1 over the whole note.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE`] bytes.
    #[error("the note has {length} bytes, more than {MAX_NOTE}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Not UTF-8.
    #[error("the note is not UTF-8 at byte {position}")]
    NotUtf8 {
        /// 0-based position of the first byte that is not.
        position: usize,
    },
    /// An ASCII control character that is not a newline.
    #[error("the note contains a control character at byte {position}; only newline is allowed")]
    ControlCharacter {
        /// 0-based position of the first one.
        position: usize,
    },
    /// No empty line.
    #[error("the note has no empty line between its text and its signatures")]
    NoSeparator,
    /// Nothing after the last empty line.
    #[error("the note has no signature line after its last empty line")]
    NoSignatures,
    /// The last signature line has no newline at its end.
    #[error("the note does not end in a newline; it may have been cut off")]
    Unterminated,
    /// More than [`MAX_SIGNATURES`] lines.
    #[error("the note has {count} signature lines, more than {MAX_SIGNATURES}")]
    TooManySignatures {
        /// How many there are.
        count: usize,
    },
    /// Not em dash, space, key name, space, base64.
    #[error("line {line} of the note is not \"— <key name> <base64>\"")]
    SignatureLine {
        /// Line number.
        line: usize,
    },
    /// The key name is empty or contains white space or a plus sign.
    #[error("the key name on line {line} of the note is empty or has white space or '+' in it")]
    SignatureName {
        /// Line number.
        line: usize,
    },
    /// Not padded standard base64 without stray bits.
    #[error("the signature on line {line} of the note is not strict standard base64")]
    SignatureBase64 {
        /// Line number.
        line: usize,
    },
    /// Fewer than 5 bytes: no room for a key id and a signature.
    #[error(
        "the signature on line {line} of the note has {length} bytes; 4 of key id and at least 1 more are needed"
    )]
    SignatureTooShort {
        /// Line number.
        line: usize,
        /// Its length in bytes, with the key id.
        length: usize,
    },
}

impl Code for NoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "note-too-long",
            Self::NotUtf8 { .. } => "note-not-utf8",
            Self::ControlCharacter { .. } => "note-control-character",
            Self::NoSeparator => "note-no-separator",
            Self::NoSignatures => "note-no-signatures",
            Self::Unterminated => "note-unterminated",
            Self::TooManySignatures { .. } => "note-too-many-signatures",
            Self::SignatureLine { .. } => "note-signature-line",
            Self::SignatureName { .. } => "note-signature-name",
            Self::SignatureBase64 { .. } => "note-signature-base64",
            Self::SignatureTooShort { .. } => "note-signature-too-short",
        }
    }
}

impl<'a> Note<'a> {
    /// Parses a whole note (C2SP signed-note, "Format"). [`Note::format`] gives the same bytes back.
    ///
    /// # Errors
    /// A [`NoteError`]. Size, encoding and control characters are checked first, then the parts, then line by line.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::TooLong { length: bytes.len() });
        }
        let note =
            std::str::from_utf8(bytes).map_err(|e| NoteError::NotUtf8 { position: e.valid_up_to() })?;
        if let Some(position) = bytes.iter().position(|&b| b < b' ' && b != b'\n') {
            return Err(NoteError::ControlCharacter { position });
        }
        let text_end = note.rfind("\n\n").ok_or(NoteError::NoSeparator)? + 1;
        let text = &note[..text_end];
        let lines = &note[text_end + 1..];
        if lines.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Unterminated)?;
        let count = lines.split('\n').count();
        if count > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures { count });
        }
        let first_line = text.matches('\n').count() + 2;
        let signatures = (first_line..)
            .zip(lines.split('\n'))
            .map(|(number, line)| parse_line(line, number))
            .collect::<Result<_, _>>()?;
        Ok(Self { text, signatures })
    }

    /// The signed text, with its final newline.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The signature lines, in their order; at least one.
    pub fn signatures(&self) -> &[NoteSignature<'a>] {
        &self.signatures
    }

    /// The signatures whose name and key id are both `vkey`'s. A line that shares only one of them is by another key.
    pub fn signatures_by(&self, vkey: &Vkey) -> impl Iterator<Item = &NoteSignature<'a>> {
        self.signatures.iter().filter(|s| s.key_id == vkey.key_id() && s.name == vkey.name().as_str())
    }

    /// The note's bytes.
    pub fn format(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for s in &self.signatures {
            out.push_str(&signature_line(s.name, s.key_id, &s.signature));
        }
        out
    }
}

/// One signature line with its newline: em dash, space, name, space, base64 of key id and signature.
pub fn signature_line(name: &str, key_id: KeyId, signature: &[u8]) -> String {
    format!("— {name} {}\n", STANDARD.encode([&key_id.0, signature].concat()))
}

fn parse_line(line: &str, number: usize) -> Result<NoteSignature<'_>, NoteError> {
    let malformed = NoteError::SignatureLine { line: number };
    let rest = line.strip_prefix("— ").ok_or_else(|| malformed.clone())?;
    let (name, base64) = rest.split_once(' ').ok_or(malformed)?;
    if name.is_empty() || !name.chars().all(is_allowed) {
        return Err(NoteError::SignatureName { line: number });
    }
    let bytes = STANDARD.decode(base64).map_err(|_| NoteError::SignatureBase64 { line: number })?;
    match bytes.split_first_chunk::<4>() {
        Some((key_id, signature)) if !signature.is_empty() => {
            Ok(NoteSignature { name, key_id: KeyId(*key_id), signature: signature.to_vec() })
        }
        _ => Err(NoteError::SignatureTooShort { line: number, length: bytes.len() }),
    }
}
