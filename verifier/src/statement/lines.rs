//! The lines of a total proof or payslip, and what their fields may be.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use thiserror::Error;

use super::ProofEntry;
use crate::Hash;
use crate::event::{MAX_ENTRY, Party};

/// A line that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("line {line}: {expected} was expected")]
pub struct LineFault {
    /// Its number, from 1.
    pub line: usize,
    /// What should be there.
    pub expected: &'static str,
}

/// Lines one after the other, from the second line of the file.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    /// The lines of what follows the header.
    pub(crate) fn after_header(rest: &'a [u8]) -> Self {
        Self { rest, number: 1 }
    }

    /// What follows the lines that were read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn next(&mut self) -> Result<Line<'a>, LineFault> {
        self.number += 1;
        let refuse = |expected| LineFault { line: self.number, expected };
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
pub(crate) struct Line<'a> {
    text: &'a str,
    number: usize,
}

impl<'a> Line<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn refuse(self, expected: &'static str) -> LineFault {
        LineFault { line: self.number, expected }
    }

    /// Whether its first field is `keyword`.
    pub(crate) fn is(self, keyword: &str) -> bool {
        self.text.split(' ').next() == Some(keyword)
    }

    /// The fields after `keyword`, exactly `N` of them, parted by one space each and none empty.
    pub(crate) fn fields<const N: usize>(
        self,
        keyword: &str,
        expected: &'static str,
    ) -> Result<[&'a str; N], LineFault> {
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

    pub(crate) fn number(self, field: &str) -> Result<u64, LineFault> {
        let is_form =
            field.bytes().all(|b| b.is_ascii_digit()) && (field.len() == 1 || !field.starts_with('0'));
        // What has the form and yet does not parse is too large.
        let number = if is_form { field.parse().ok() } else { None };
        number.ok_or(self.refuse("a decimal number from 0 to 2^64 - 1, without sign or leading zeroes,"))
    }

    pub(crate) fn hex(self, field: &str) -> Result<Hash, LineFault> {
        Hash::from_hex(field).ok_or(self.refuse("32 bytes in lower-case hex"))
    }

    pub(crate) fn hash(self, field: &str) -> Result<Hash, LineFault> {
        Hash::from_base64(field).ok_or(self.refuse("32 bytes in strict standard base64"))
    }

    pub(crate) fn party(self, field: &str) -> Result<Party, LineFault> {
        Party::parse(field).ok_or(self.refuse("a did:key or an alias"))
    }

    pub(crate) fn bytes(self, field: &str) -> Result<Vec<u8>, LineFault> {
        let bytes = STANDARD.decode(field).ok().filter(|bytes| bytes.len() <= MAX_ENTRY);
        bytes.ok_or(self.refuse("1 to 65,535 bytes in strict standard base64"))
    }
}

/// Reads `hash` and `entry` lines up to the empty one. Hashes before the first entry are `before`'s.
pub(crate) fn read_entries<'a>(
    lines: &mut Lines<'a>,
    mut line: Line<'a>,
    before: &mut Vec<Hash>,
) -> Result<Vec<ProofEntry>, LineFault> {
    let mut entries: Vec<ProofEntry> = Vec::new();
    while !line.is_empty() {
        if line.is("hash") {
            let [hash] = line.fields("hash", "hash HASH")?;
            let hash = line.hash(hash)?;
            entries.last_mut().map_or(&mut *before, |entry| &mut entry.path).push(hash);
        } else {
            let [index, entry] = line.fields(
                "entry",
                "hash HASH, or entry INDEX ENTRY, or the empty line before the checkpoint,",
            )?;
            entries.push(ProofEntry {
                index: line.number(index)?,
                bytes: line.bytes(entry)?,
                path: Vec::new(),
            });
        }
        line = lines.next()?;
    }
    Ok(entries)
}

/// Writes what [`read_entries`] reads, and the empty line.
pub(crate) fn push_entries(out: &mut String, entries: &[ProofEntry]) {
    for entry in entries {
        // Writing to a text can not fail.
        let _ = writeln!(out, "entry {} {}", entry.index, STANDARD.encode(&entry.bytes));
        push_hashes(out, &entry.path);
    }
    out.push('\n');
}

/// One `hash` line each.
pub(crate) fn push_hashes(out: &mut String, path: &[Hash]) {
    for hash in path {
        let _ = writeln!(out, "hash {}", hash.to_base64());
    }
}
