//! `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`.

use std::fmt;

use thiserror::Error;

use super::FULL;
use crate::error::Code;

/// Highest level that a path can name (C2SP tlog-tiles).
pub const MAX_LEVEL: u8 = 63;

/// Highest tile number: the last one at level 0 of a tree of 2^48 leaves.
pub const MAX_NUMBER: u64 = (1 << 40) - 1;

/// The name of a Merkle tree tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    level: u8,
    number: u64,
    width: u16,
}

/// The name of an entry bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundlePath {
    number: u64,
    width: u16,
}

/// Why a text names no tile or bundle. Checked in the order of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathError {
    /// Not `tile/<L>/…`, or not `tile/entries/…`.
    #[error("not of the form tile/<level>/<number>[.p/<width>] or tile/entries/<number>[.p/<width>]")]
    Form,
    /// Not a decimal number from 0 to 63 without leading zeroes.
    #[error("the tile's level is not a decimal number from 0 to 63")]
    Level,
    /// Not a decimal number from 1 to 255 without leading zeroes.
    #[error("the width of a partial tile is not a decimal number from 1 to 255")]
    Width,
    /// Not `[xNNN/]*NNN`, or with more elements than needed.
    #[error("the tile's number is not written in groups of three digits, all but the last after an x")]
    NumberForm,
    /// Above [`MAX_NUMBER`].
    #[error("the tile's number is above {MAX_NUMBER}")]
    NumberRange,
}

impl Code for PathError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form => "tile-path-form",
            Self::Level => "tile-path-level",
            Self::Width => "tile-path-width",
            Self::NumberForm => "tile-path-number-form",
            Self::NumberRange => "tile-path-number-range",
        }
    }
}

impl TilePath {
    /// Names tile `number` (0-based) of `level`, with `width` hashes; 256 is a full tile.
    ///
    /// # Errors
    /// - [`PathError::Level`]: above 63
    /// - [`PathError::Width`]: not 1 to 256
    /// - [`PathError::NumberRange`]: above [`MAX_NUMBER`]
    pub fn new(level: u8, number: u64, width: u16) -> Result<Self, PathError> {
        if level > MAX_LEVEL {
            return Err(PathError::Level);
        }
        check(number, width)?;
        Ok(Self { level, number, width })
    }

    /// Parses a path without leading slash or prefix. `to_string` gives the same text back.
    ///
    /// # Errors
    /// A [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let rest = text.strip_prefix("tile/").ok_or(PathError::Form)?;
        let (level, rest) = rest.split_once('/').ok_or(PathError::Form)?;
        let level = decimal(level).filter(|&n| n <= u16::from(MAX_LEVEL)).ok_or(PathError::Level)?;
        let (number, width) = parse_rest(rest)?;
        Ok(Self { level: level.to_le_bytes()[0], number, width })
    }

    /// 0 to 63. Hashes of level 0 are leaf hashes.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// 0-based position of the tile in its level.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Hashes in it: 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }
}

impl BundlePath {
    /// Names bundle `number` (0-based) with `width` entries; 256 is a full bundle.
    ///
    /// # Errors
    /// - [`PathError::Width`]: not 1 to 256
    /// - [`PathError::NumberRange`]: above [`MAX_NUMBER`]
    pub fn new(number: u64, width: u16) -> Result<Self, PathError> {
        check(number, width)?;
        Ok(Self { number, width })
    }

    /// Parses a path without leading slash or prefix. `to_string` gives the same text back.
    ///
    /// # Errors
    /// A [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let rest = text.strip_prefix("tile/entries/").ok_or(PathError::Form)?;
        let (number, width) = parse_rest(rest)?;
        Ok(Self { number, width })
    }

    /// 0-based position of the bundle: its first entry has 256 times this index.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Entries in it: 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        format_rest(f, self.number, self.width)
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/entries/")?;
        format_rest(f, self.number, self.width)
    }
}

fn check(number: u64, width: u16) -> Result<(), PathError> {
    if width == 0 || width > FULL {
        return Err(PathError::Width);
    }
    if number > MAX_NUMBER {
        return Err(PathError::NumberRange);
    }
    Ok(())
}

/// Parses `<N>[.p/<W>]` into number and width.
fn parse_rest(text: &str) -> Result<(u64, u16), PathError> {
    let (number, width) = match text.split_once(".p/") {
        None => (text, FULL),
        Some((number, width)) => {
            (number, decimal(width).filter(|w| (1..FULL).contains(w)).ok_or(PathError::Width)?)
        }
    };
    Ok((parse_number(number)?, width))
}

fn parse_number(text: &str) -> Result<u64, PathError> {
    if text.starts_with("x000/") {
        return Err(PathError::NumberForm);
    }
    let mut number: u64 = 0;
    let mut elements = text.split('/').peekable();
    while let Some(element) = elements.next() {
        let digits = match elements.peek() {
            Some(_) => element.strip_prefix('x').ok_or(PathError::NumberForm)?,
            None => element,
        };
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PathError::NumberForm);
        }
        let value = digits.parse::<u64>().map_err(|_| PathError::NumberForm)?;
        number = number
            .checked_mul(1000)
            .and_then(|n| n.checked_add(value))
            .filter(|&n| n <= MAX_NUMBER)
            .ok_or(PathError::NumberRange)?;
    }
    Ok(number)
}

/// One to three digits without leading zeroes.
fn decimal(text: &str) -> Option<u16> {
    let fine = (1..=3).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if fine { text.parse().ok() } else { None }
}

fn format_rest(f: &mut fmt::Formatter<'_>, number: u64, width: u16) -> fmt::Result {
    let mut groups = vec![number % 1000];
    let mut left = number / 1000;
    while left > 0 {
        groups.push(left % 1000);
        left /= 1000;
    }
    while groups.len() > 1 {
        if let Some(group) = groups.pop() {
            write!(f, "x{group:03}/")?;
        }
    }
    write!(f, "{:03}", number % 1000)?;
    if width < FULL { write!(f, ".p/{width}") } else { Ok(()) }
}
