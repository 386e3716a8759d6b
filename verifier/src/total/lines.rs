//! The lines of a total proof, and what their fields may be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::TotalError;
use crate::Hash;
use crate::event::{MAX_ENTRY, Party};

/// Lines one after the other, from the second line of the file.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    /// The lines of what follows the header.
    pub(super) fn after_header(rest: &'a [u8]) -> Self {
        Self { rest, number: 1 }
    }

    /// What follows the lines that were read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn next(&mut self) -> Result<Line<'a>, TotalError> {
        self.number += 1;
        let refuse = |expected| TotalError::Line { line: self.number, expected };
        let end = self.rest.iter().position(|b| *b == b'\n');
        let (line, rest) = end
            .and_then(|end| Some((self.rest.get(..end)?, self.rest.get(end + 1..)?)))
            .ok_or(refuse("a newline at its end (the file may have been cut off)"))?;
        let text = std::str::from_utf8(line).map_err(|_| refuse("ASCII text"))?;
        self.rest = rest;
        Ok(Line { text, number: self.number })
    }
}

/// One line, without its newline.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    text: &'a str,
    number: usize,
}

impl<'a> Line<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn refuse(self, expected: &'static str) -> TotalError {
        TotalError::Line { line: self.number, expected }
    }

    /// Whether its first field is `keyword`.
    pub(super) fn is(self, keyword: &str) -> bool {
        self.text.split(' ').next() == Some(keyword)
    }

    /// The fields after `keyword`, exactly `N` of them, parted by one space each and none empty.
    pub(super) fn fields<const N: usize>(
        self,
        keyword: &str,
        expected: &'static str,
    ) -> Result<[&'a str; N], TotalError> {
        let mut fields = self.text.split(' ');
        let mut out = [""; N];
        let is_kind = fields.next() == Some(keyword);
        for field in &mut out {
            *field = fields.next().unwrap_or_default();
        }
        if is_kind && fields.next().is_none() && out.iter().all(|field| !field.is_empty()) {
            Ok(out)
        } else {
            Err(self.refuse(expected))
        }
    }

    pub(super) fn number(self, field: &str) -> Result<u64, TotalError> {
        let is_form =
            field.bytes().all(|b| b.is_ascii_digit()) && (field.len() == 1 || !field.starts_with('0'));
        // What has the form and yet does not parse is too large.
        let number = if is_form { field.parse().ok() } else { None };
        number.ok_or(self.refuse("a decimal number from 0 to 2^64 - 1, without sign or leading zeroes,"))
    }

    pub(super) fn hex(self, field: &str) -> Result<Hash, TotalError> {
        Hash::from_hex(field).ok_or(self.refuse("32 bytes in lower-case hex"))
    }

    pub(super) fn hash(self, field: &str) -> Result<Hash, TotalError> {
        Hash::from_base64(field).ok_or(self.refuse("32 bytes in strict standard base64"))
    }

    pub(super) fn party(self, field: &str) -> Result<Party, TotalError> {
        Party::parse(field).ok_or(self.refuse("a did:key or an alias"))
    }

    pub(super) fn entry(self, field: &str) -> Result<Vec<u8>, TotalError> {
        let bytes = STANDARD.decode(field).ok().filter(|bytes| bytes.len() <= MAX_ENTRY);
        bytes.ok_or(self.refuse("an entry of 1 to 65,535 bytes in strict standard base64"))
    }
}
