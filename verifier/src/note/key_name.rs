//! Names of keys.

use std::fmt;

use thiserror::Error;

use crate::error::Code;

/// The name in a vkey: 1 to 255 bytes of UTF-8 without Unicode white space, plus signs or ASCII control characters.
///
/// C2SP signed-note sets no greatest length. 255 bytes are what an ML-DSA-44 cosignature can carry (C2SP
/// tlog-cosignature, `cosigner_name<1..2^8-1>`). Lines by keys nobody knows may carry longer names: they are ignored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// Why a text is no key name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyNameError {
    /// Nothing there.
    #[error("a key name is empty")]
    Empty,
    /// More than 255 bytes.
    #[error("a key name has {length} bytes, more than 255")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Unicode white space, a plus sign, or an ASCII control character.
    #[error("a key name contains U+{:04X}: white space, '+' and control characters are not allowed", u32::from(*character))]
    Character {
        /// The first such character.
        character: char,
    },
}

impl Code for KeyNameError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "key-name-empty",
            Self::TooLong { .. } => "key-name-too-long",
            Self::Character { .. } => "key-name-character",
        }
    }
}

impl KeyName {
    /// Checks length and characters.
    ///
    /// # Errors
    /// - [`KeyNameError::Empty`], [`KeyNameError::TooLong`]: not 1 to 255 bytes
    /// - [`KeyNameError::Character`]: a character that key names exclude
    pub fn parse(text: &str) -> Result<Self, KeyNameError> {
        if text.is_empty() {
            return Err(KeyNameError::Empty);
        }
        if text.len() > 255 {
            return Err(KeyNameError::TooLong { length: text.len() });
        }
        match text.chars().find(|&c| !is_allowed(c)) {
            Some(character) => Err(KeyNameError::Character { character }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a key name may contain `c` (C2SP signed-note, "Format").
pub(super) fn is_allowed(c: char) -> bool {
    !c.is_whitespace() && c != '+' && c >= ' '
}
