//! Physical lines of a source file, with every bound that keeps a hostile file from filling memory.

use std::io::{self, BufRead, BufReader, Read};

use super::error::ImportError;

/// Longest row, in bytes with its line ends; for JSON lists see `label_studio`.
pub(crate) const MAX_LINE: usize = 1 << 20;
/// Largest file, in bytes.
pub(crate) const MAX_FILE: u64 = 4 << 30;

/// What `Lines::next` found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line, with its `\n` unless it is the last.
    Whole,
    /// A line of more than `MAX_LINE` bytes: it was counted and passed over.
    TooLong,
    /// The end of the file.
    End,
}

/// Reads a file line by line, counting physical lines from 1, without the byte order mark.
pub(crate) struct Lines<R> {
    input: BufReader<Bounded<R>>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Starts before line 1.
    ///
    /// # Errors
    /// `Unreadable`, `Utf16`, from the first bytes.
    pub(crate) fn new(input: R) -> Result<Self, ImportError> {
        Ok(Self { input: without_mark(input)?, number: 0 })
    }

    /// Number of the line that `next` gave last; 0 before the first.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Replaces `line` with the next line.
    ///
    /// # Errors
    /// `Unreadable`, `FileTooLarge`.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> Result<Line, ImportError> {
        line.clear();
        let mut found = Line::End;
        loop {
            let bytes = self.input.fill_buf().map_err(io_error)?;
            if bytes.is_empty() {
                break;
            }
            if found == Line::End {
                found = Line::Whole;
            }
            let end = bytes.iter().position(|b| *b == b'\n');
            let taken = end.map_or(bytes.len(), |at| at.saturating_add(1));
            if line.len().saturating_add(taken) > MAX_LINE {
                found = Line::TooLong;
                line.clear();
            }
            if found == Line::Whole {
                line.extend_from_slice(&bytes[..taken]);
            }
            self.input.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if found != Line::End {
            self.number = self.number.saturating_add(1);
        }
        Ok(found)
    }
}

/// A buffered reader behind the byte order mark, bounded by `MAX_FILE`.
///
/// # Errors
/// `Unreadable`, `Utf16`.
pub(crate) fn without_mark<R: Read>(input: R) -> Result<BufReader<Bounded<R>>, ImportError> {
    let mut input = BufReader::with_capacity(1 << 16, Bounded { input, left: MAX_FILE });
    let start = input.fill_buf().map_err(io_error)?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(ImportError::Utf16);
    }
    if start.starts_with(&[0xef, 0xbb, 0xbf]) {
        input.consume(3);
    }
    Ok(input)
}

/// Turns an error of a `Bounded` reader into ours.
pub(crate) fn io_error(error: io::Error) -> ImportError {
    if error.kind() == io::ErrorKind::FileTooLarge {
        ImportError::FileTooLarge
    } else {
        ImportError::Unreadable(error)
    }
}

/// Fails with `FileTooLarge` once more than `left` bytes have been read.
pub(crate) struct Bounded<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.input.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(u64, Result<Vec<u8>, ()>)> {
        let mut lines = Lines::new(bytes).unwrap();
        let (mut line, mut out) = (Vec::new(), Vec::new());
        loop {
            let found = lines.next(&mut line).unwrap();
            let text = match found {
                Line::End => return out,
                Line::Whole => Ok(line.clone()),
                Line::TooLong => Err(()),
            };
            out.push((lines.number(), text));
        }
    }

    #[test]
    fn counts_lines_without_the_mark() {
        let got = all(b"\xef\xbb\xbfa\r\n\nb");
        assert_eq!(got, [(1, Ok(b"a\r\n".to_vec())), (2, Ok(b"\n".to_vec())), (3, Ok(b"b".to_vec()))]);
        assert!(all(b"").is_empty());
        assert!(all(b"\xef\xbb\xbf").is_empty());
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_whole_and_one_more_byte_is_not() {
        let mut bytes = vec![b'x'; MAX_LINE - 1];
        bytes.push(b'\n');
        bytes.extend(vec![b'y'; MAX_LINE]);
        bytes.extend(b"\nz\n");
        let got = all(&bytes);
        assert_eq!(
            got.iter().map(|(n, t)| (*n, t.is_ok())).collect::<Vec<_>>(),
            [(1, true), (2, false), (3, true)]
        );
    }

    #[test]
    fn utf_16_is_named() {
        assert!(matches!(Lines::new(&b"\xff\xfea\0"[..]), Err(ImportError::Utf16)));
        assert!(matches!(Lines::new(&b"\xfe\xff\0a"[..]), Err(ImportError::Utf16)));
    }

    #[test]
    fn a_file_over_the_bound_is_an_error_and_one_at_it_is_not() {
        let read = |left| io::copy(&mut Bounded { input: &[0; 10][..], left }, &mut io::sink());
        assert_eq!(read(10).unwrap(), 10);
        assert!(matches!(io_error(read(9).unwrap_err()), ImportError::FileTooLarge));
    }
}
