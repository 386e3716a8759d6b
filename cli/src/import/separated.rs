//! CSV and TSV rows with the physical lines that they stand on.
//!
//! The csv crate splits the fields. This module feeds it one physical line at a time, so that the line on which a row
//! ends is known exactly, a row's size is bounded, and a quote that is never closed is seen at the end of the file.

use std::collections::HashMap;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::error::ImportError;
use super::lines::{Line, Lines, MAX_LINE};

/// The rows of a CSV or TSV file, the header apart.
pub(crate) struct Separated<R> {
    reader: csv::Reader<Feed<R>>,
    record: ByteRecord,
}

/// How fields are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// The byte between fields.
    pub(crate) separator: u8,
    /// Whether `"` encloses fields; otherwise it is a character like any other.
    pub(crate) quotes: bool,
}

/// Column numbers by name; columns without a name are left out.
#[derive(Debug)]
pub(crate) struct Header {
    columns: HashMap<String, usize>,
    /// Names by column number; empty where a column has none.
    pub(crate) names: Vec<String>,
}

/// A row's first physical line and its fields, which `Fields::text` reads.
pub(crate) struct Fields<'a> {
    pub(crate) line: u64,
    record: &'a ByteRecord,
}

impl<R: Read> Separated<R> {
    /// Starts before the first line.
    ///
    /// # Errors
    /// Those of `Lines::new`.
    pub(crate) fn new(input: R, dialect: Dialect) -> Result<Self, ImportError> {
        let feed = Feed {
            lines: Lines::new(input)?,
            line: Vec::new(),
            given: 0,
            row: 0,
            first: 0,
            ended: false,
            fault: None,
        };
        // A lone `\r` inside a field must not end the row: only `\n` does, and `next` drops a `\r` before it.
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.separator)
            .quoting(dialect.quotes)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(feed);
        Ok(Self { reader, record: ByteRecord::new() })
    }

    /// Reads the line that names the columns.
    ///
    /// # Errors
    /// `HeaderMissing`, `HeaderNotUtf8`, `ColumnRepeated`, and those of `next`.
    pub(crate) fn header(&mut self) -> Result<Header, ImportError> {
        let fields = self.next()?.ok_or(ImportError::HeaderMissing)?;
        let (mut columns, mut names) = (HashMap::new(), Vec::new());
        for (at, name) in fields.text().ok_or(ImportError::HeaderNotUtf8)?.into_iter().enumerate() {
            let name = name.trim();
            names.push(name.to_owned());
            if !name.is_empty()
                && let Some(first) = columns.insert(name.to_owned(), at)
            {
                let (first, second) = (first.saturating_add(1), at.saturating_add(1));
                return Err(ImportError::ColumnRepeated { first, second });
            }
        }
        Ok(Header { columns, names })
    }

    /// The next row that is not blank.
    ///
    /// # Errors
    /// `Unreadable`, `FileTooLarge`, `RowTooLong`, `QuoteNotClosed`.
    pub(crate) fn next(&mut self) -> Result<Option<Fields<'_>>, ImportError> {
        loop {
            self.reader.get_mut().begin();
            let found = match self.reader.read_byte_record(&mut self.record) {
                Ok(found) => found,
                Err(error) => return Err(self.reader.get_mut().fault(error)),
            };
            if !found {
                return Ok(None);
            }
            let feed = self.reader.get_ref();
            let line = feed.first;
            // Every line reaches the parser with its `\n`, so a row can meet the end of the file only inside quotes.
            if feed.ended {
                return Err(ImportError::QuoteNotClosed { line });
            }
            drop_carriage_return(&mut self.record);
            if self.record.len() > 1 || !self.record[0].is_empty() {
                return Ok(Some(Fields { line, record: &self.record }));
            }
        }
    }
}

fn drop_carriage_return(record: &mut ByteRecord) {
    let Some(last) = record.len().checked_sub(1) else { return };
    if record[last].ends_with(b"\r") {
        let field = record[last][..record[last].len().saturating_sub(1)].to_vec();
        record.truncate(last);
        record.push_field(&field);
    }
}

impl Header {
    /// The number of the column `name`.
    ///
    /// # Errors
    /// `ColumnMissing`.
    pub(crate) fn column(&self, name: &str) -> Result<usize, ImportError> {
        self.columns.get(name).copied().ok_or_else(|| ImportError::ColumnMissing { column: name.to_owned() })
    }
}

impl<'a> Fields<'a> {
    /// The fields, or `None` if one is not UTF-8.
    pub(crate) fn text(&self) -> Option<Vec<&'a str>> {
        self.record.iter().map(|field| std::str::from_utf8(field).ok()).collect()
    }
}

/// Hands the csv parser one line at a time; it asks for the next only when it has used up the last.
struct Feed<R> {
    lines: Lines<R>,
    line: Vec<u8>,
    /// How much of `line` the parser has been given.
    given: usize,
    /// Bytes of the present row so far.
    row: usize,
    /// The line on which the present row begins; 0 before it.
    first: u64,
    /// The parser asked for more after the last line.
    ended: bool,
    /// Why `read` failed.
    fault: Option<ImportError>,
}

impl<R: Read> Feed<R> {
    /// The parser is about to look for a row.
    fn begin(&mut self) {
        (self.row, self.first) = (0, 0);
    }

    fn refill(&mut self) -> Result<(), ImportError> {
        self.given = 0;
        let found = self.lines.next(&mut self.line)?;
        // An empty line before a row is passed over by the parser.
        if self.first == 0 && self.line != b"\n" {
            self.first = self.lines.number();
        }
        let line = self.first;
        match found {
            Line::End => self.ended = true,
            Line::TooLong => return Err(ImportError::RowTooLong { line }),
            Line::Whole => {
                self.row = self.row.saturating_add(self.line.len());
                if self.row > MAX_LINE {
                    return Err(ImportError::RowTooLong { line });
                }
                if !self.line.ends_with(b"\n") {
                    self.line.push(b'\n');
                }
            }
        }
        Ok(())
    }

    fn fault(&mut self, error: csv::Error) -> ImportError {
        self.fault.take().unwrap_or_else(|| ImportError::Unreadable(error.into()))
    }
}

impl<R: Read> Read for Feed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.line.len()
            && !self.ended
            && let Err(fault) = self.refill()
        {
            self.fault = Some(fault);
            return Err(io::ErrorKind::Other.into());
        }
        let count = (&self.line[self.given..]).read(buffer)?;
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Dialect = Dialect { separator: b',', quotes: true };
    const TSV: Dialect = Dialect { separator: b'\t', quotes: false };

    fn rows(bytes: &[u8], dialect: Dialect) -> Result<Vec<(u64, Vec<String>)>, ImportError> {
        let mut reader = Separated::new(bytes, dialect)?;
        let mut out = Vec::new();
        while let Some(fields) = reader.next()? {
            let text = fields.text().unwrap_or_default().into_iter().map(str::to_owned).collect();
            out.push((fields.line, text));
        }
        Ok(out)
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|f| (*f).to_owned()).collect())
    }

    #[test]
    fn lines_are_physical() {
        let text = b"\xef\xbb\xbfa,b\r\n\r\n1,\"x\r\ny\"\"\"\r\n\n2,\"z\"\n3,last\rone";
        let want = [
            row(1, &["a", "b"]),
            row(3, &["1", "x\r\ny\""]),
            row(6, &["2", "z"]),
            row(7, &["3", "last\rone"]),
        ];
        assert_eq!(rows(text, CSV).unwrap(), want);
    }

    #[test]
    fn a_row_of_empty_fields_is_a_row() {
        assert_eq!(rows(b"a,b\n,\n", CSV).unwrap(), [row(1, &["a", "b"]), row(2, &["", ""])]);
    }

    #[test]
    fn quotes_are_literal_in_tsv() {
        let want = [row(1, &["a", "b"]), row(2, &["\"x", "y\"\"z"]), row(3, &["\"", ""])];
        assert_eq!(rows(b"a\tb\n\"x\ty\"\"z\r\n\"\t\n", TSV).unwrap(), want);
    }

    #[test]
    fn a_quote_that_stays_open_is_an_error_where_it_opens() {
        for tail in ["", "\n", "\nmore,rows\nand,more"] {
            let text = format!("a,b\n\n1,\"open{tail}");
            assert!(
                matches!(rows(text.as_bytes(), CSV), Err(ImportError::QuoteNotClosed { line: 3 })),
                "{tail:?}"
            );
        }
        assert!(rows(b"a,\"b\"", CSV).is_ok());
    }

    #[test]
    fn a_row_over_the_limit_is_an_error_where_it_begins() {
        let mut text = b"a,b\n1,\"".to_vec();
        text.extend(b"xxxxxxx\n".repeat(MAX_LINE / 8));
        text.extend(b"\"\n");
        assert!(matches!(rows(&text, CSV), Err(ImportError::RowTooLong { line: 2 })));
        let text = [b"a\n".to_vec(), vec![b'x'; MAX_LINE + 1]].concat();
        assert!(matches!(rows(&text, CSV), Err(ImportError::RowTooLong { line: 2 })));
    }

    #[test]
    fn headers_are_named_trimmed_and_unique() {
        let header = |text: &[u8]| Separated::new(text, CSV).unwrap().header();
        let found = header(b" a ,,b,\n").unwrap();
        assert_eq!((found.column("a").unwrap(), found.column("b").unwrap(), found.names.len()), (0, 2, 4));
        assert!(matches!(found.column(""), Err(ImportError::ColumnMissing { .. })));
        assert!(matches!(header(b"a,b,a\n"), Err(ImportError::ColumnRepeated { first: 1, second: 3 })));
        assert!(matches!(header(b"\n\r\n"), Err(ImportError::HeaderMissing)));
        assert!(matches!(header(b"a,\xff\n"), Err(ImportError::HeaderNotUtf8)));
    }
}
