//! The name of a log.

use std::fmt;

use thiserror::Error;

use crate::error::Code;

/// A log's origin: 1 to 255 bytes of `A-Z a-z 0-9 . _ ~ / : -`.
///
/// C2SP tlog-checkpoint recommends a URL without its scheme; the narrower alphabet keeps an origin free of escapes in
/// JSON and of the `+` and spaces that key names of signed notes exclude.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OriginError {
    /// Empty, or more than 255 bytes.
    #[error("an origin has 1 to 255 bytes, this one has {length}")]
    Length {
        /// Its length in bytes.
        length: usize,
    },
    /// A byte outside the alphabet.
    #[error("byte {position} of the origin is not one of A-Z a-z 0-9 . _ ~ / : -")]
    Alphabet {
        /// 0-based position of the first such byte.
        position: usize,
    },
}

impl Code for OriginError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "origin-length",
            Self::Alphabet { .. } => "origin-alphabet",
        }
    }
}

impl Origin {
    /// Checks length and alphabet.
    ///
    /// # Errors
    /// - [`OriginError::Length`]: not 1 to 255 bytes
    /// - [`OriginError::Alphabet`]: a byte outside the alphabet
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        if text.is_empty() || text.len() > 255 {
            return Err(OriginError::Length { length: text.len() });
        }
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"._~/:-".contains(&b);
        match text.bytes().position(|b| !fine(b)) {
            Some(position) => Err(OriginError::Alphabet { position }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
