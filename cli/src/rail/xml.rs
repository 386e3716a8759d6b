//! XML of others, walked from start to end: bounded, with nothing in it that could stand for something else.
//!
//! There are no document types and so no entities but XML's own five. Sizes and depth have bounds, so that a hostile file
//! costs no more than its own length.

use lebombo_verifier::Code;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use thiserror::Error;

/// Largest file, in bytes.
pub(crate) const MAX_FILE: usize = 1 << 28;
/// Most elements in one another.
const MAX_DEPTH: usize = 32;
/// Longest text of an element, and longest list of attributes, in bytes.
const MAX_TEXT: usize = 1 << 14;

/// An element that ends.
pub(crate) struct Element<'a> {
    /// Local names from the root's child down, with slashes between them: `GrpHdr/MsgId`; empty for the root.
    pub(crate) path: &'a str,
    /// Its text, white space at both ends left out; that of its children is not in it.
    pub(crate) text: &'a str,
    /// The attribute `Ccy`.
    pub(crate) currency: Option<&'a str>,
    /// The line on which it ends.
    pub(crate) line: u64,
}

/// What is told of a document.
pub(crate) enum Step<'a> {
    /// An element begins; its path.
    Begin(&'a str),
    End(Element<'a>),
}

/// Walks a document whose root is in a namespace that begins with `family`.
///
/// # Errors
/// [`XmlError`], and the sink's.
pub(crate) fn walk<E: From<XmlError>>(
    bytes: &[u8],
    family: &str,
    sink: &mut dyn FnMut(Step<'_>) -> Result<(), E>,
) -> Result<(), E> {
    if bytes.len() > MAX_FILE {
        return Err(XmlError::TooLarge.into());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut walk =
        Walk { lines: Lines { text, at: 0, line: 1 }, path: String::new(), open: Vec::new(), is_over: false };
    let mut reader = Reader::from_str(text);
    loop {
        let event = reader.read_event();
        let line = walk.lines.at(reader.buffer_position());
        match event.map_err(|_| XmlError::Malformed { line })? {
            Event::Start(start) => walk.begin(&start, family, line, sink)?,
            Event::Empty(start) => {
                walk.begin(&start, family, line, sink)?;
                walk.end(line, sink)?;
            }
            Event::End(_) => walk.end(line, sink)?,
            Event::Text(text) => walk.text(&text.xml10_content(), line)?,
            Event::CData(text) => walk.text(&text.xml10_content(), line)?,
            Event::GeneralRef(entity) => {
                let own = resolve_predefined_entity(&entity).map(str::to_owned);
                let text = match own {
                    Some(text) => text,
                    None => {
                        let c = entity.resolve_char_ref().ok().flatten().filter(|c| !c.is_control());
                        c.ok_or(XmlError::Entity { line })?.to_string()
                    }
                };
                walk.text(&text, line)?;
            }
            Event::DocType(_) => return Err(XmlError::DocType { line }.into()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if walk.is_over => return Ok(()),
            Event::Eof => return Err(XmlError::Malformed { line }.into()),
        }
    }
}

/// An element that has begun.
struct Open {
    /// How long the path was before it.
    before: usize,
    text: String,
    currency: Option<String>,
}

struct Walk<'a> {
    lines: Lines<'a>,
    path: String,
    open: Vec<Open>,
    is_over: bool,
}

impl Walk<'_> {
    fn begin<E: From<XmlError>>(
        &mut self,
        start: &BytesStart<'_>,
        family: &str,
        line: u64,
        sink: &mut dyn FnMut(Step<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let malformed = XmlError::Malformed { line };
        if self.is_over || start.attributes_raw().len() > MAX_TEXT {
            return Err(malformed.into());
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(XmlError::TooDeep { line }.into());
        }
        let (mut currency, mut is_family) = (None, false);
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| malformed)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| malformed)?;
            let name = attribute.key.into_inner();
            if name == "Ccy" {
                currency = Some(value.trim().to_owned());
            } else if name == "xmlns" || name.starts_with("xmlns:") {
                is_family |= value.starts_with(family);
            }
        }
        let before = self.path.len();
        if self.open.is_empty() {
            if !is_family || start.local_name().into_inner() != "Document" {
                return Err(XmlError::Family.into());
            }
        } else {
            if before > 0 {
                self.path.push('/');
            }
            self.path.push_str(start.local_name().into_inner());
        }
        if self.path.len() > MAX_TEXT {
            return Err(XmlError::TooLong { line }.into());
        }
        self.open.push(Open { before, text: String::new(), currency });
        sink(Step::Begin(&self.path))
    }

    fn end<E: From<XmlError>>(
        &mut self,
        line: u64,
        sink: &mut dyn FnMut(Step<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let open = self.open.pop().ok_or(XmlError::Malformed { line })?;
        let currency = open.currency.as_deref();
        sink(Step::End(Element { path: &self.path, text: open.text.trim(), currency, line }))?;
        self.path.truncate(open.before);
        self.is_over = self.open.is_empty();
        Ok(())
    }

    fn text(&mut self, text: &str, line: u64) -> Result<(), XmlError> {
        match self.open.last_mut() {
            None if text.trim().is_empty() => Ok(()),
            None => Err(XmlError::Malformed { line }),
            Some(open) if open.text.len().saturating_add(text.len()) > MAX_TEXT => {
                // White space between elements may be as long as it likes.
                if text.trim().is_empty() { Ok(()) } else { Err(XmlError::TooLong { line }) }
            }
            Some(open) => {
                open.text.push_str(text);
                Ok(())
            }
        }
    }
}

/// Counts lines as the reader goes on.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> u64 {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let between = self.text.as_bytes().get(self.at..position).unwrap_or_default();
        let count = between.iter().filter(|b| **b == b'\n').count();
        self.line = self.line.saturating_add(count as u64);
        self.at = position.max(self.at);
        self.line
    }
}

/// Why an XML file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum XmlError {
    #[error("the file is larger than {MAX_FILE} bytes")]
    TooLarge,
    #[error("the XML is not UTF-8")]
    NotUtf8,
    #[error("line {line}: this is no well-formed XML")]
    Malformed { line: u64 },
    #[error(
        "line {line}: the XML declares a document type, which a message of a bank does not need and which can hide anything"
    )]
    DocType { line: u64 },
    #[error("line {line}: an entity or character reference that XML itself does not have")]
    Entity { line: u64 },
    #[error("line {line}: more than {MAX_DEPTH} elements stand in one another")]
    TooDeep { line: u64 },
    #[error("line {line}: a text or a name is longer than {MAX_TEXT} bytes")]
    TooLong { line: u64 },
    #[error("the XML is another message than the one that is read here; look at its namespace")]
    Family,
}

impl Code for XmlError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "xml-too-large",
            Self::NotUtf8 => "xml-not-utf-8",
            Self::Malformed { .. } => "xml-malformed",
            Self::DocType { .. } => "xml-document-type",
            Self::Entity { .. } => "xml-entity",
            Self::TooDeep { .. } => "xml-too-deep",
            Self::TooLong { .. } => "xml-text-too-long",
            Self::Family => "xml-other-message",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Path, text, currency and line of an element.
    type Leaf = (String, String, Option<String>, u64);

    fn leaves(text: &str) -> Result<Vec<Leaf>, XmlError> {
        let mut out = Vec::new();
        walk(text.as_bytes(), "urn:x:", &mut |step| {
            if let Step::End(e) = step {
                out.push((e.path.to_owned(), e.text.to_owned(), e.currency.map(str::to_owned), e.line));
            }
            Ok::<(), XmlError>(())
        })?;
        Ok(out)
    }

    fn document(inner: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<Document xmlns=\"urn:x:1\">{inner}</Document>")
    }

    #[test]
    fn elements_are_told_with_path_text_and_line() {
        let text = "\u{feff}<!-- c --><d:Document xmlns:d='urn:x:1'>\n<d:A Ccy='USD'> 1&amp;<!-- -->2&#x33;<![CDATA[<4]]> </d:A>\n<B><C/></B></d:Document>\n";
        let want =
            [("A", "1&23<4", Some("USD"), 2), ("B/C", "", None, 3), ("B", "", None, 3), ("", "", None, 3)];
        let got = leaves(text).unwrap();
        let got: Vec<_> = got
            .iter()
            .map(|(path, text, ccy, line)| (path.as_str(), text.as_str(), ccy.as_deref(), *line))
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn what_could_stand_for_something_else_is_refused() {
        let laughs =
            "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><Document xmlns='urn:x:1'>&b;</Document>";
        assert_eq!(leaves(laughs), Err(XmlError::DocType { line: 1 }));
        assert_eq!(leaves(&document("\n&b;")), Err(XmlError::Entity { line: 3 }));
        for reference in ["&#0;", "&#x1b;", "&#xd800;", "&#99999999;", "&#x;"] {
            assert_eq!(leaves(&document(reference)), Err(XmlError::Entity { line: 2 }), "{reference}");
        }
    }

    #[test]
    fn sizes_have_bounds() {
        let deep = |n: usize| document(&("<a>".repeat(n) + &"</a>".repeat(n)));
        assert!(leaves(&deep(MAX_DEPTH - 1)).is_ok());
        assert_eq!(leaves(&deep(MAX_DEPTH)), Err(XmlError::TooDeep { line: 2 }));
        let text = |n: usize| document(&format!("<a>{}</a>", "x".repeat(n)));
        assert!(leaves(&text(MAX_TEXT)).is_ok());
        assert_eq!(leaves(&text(MAX_TEXT + 1)), Err(XmlError::TooLong { line: 2 }));
        assert!(leaves(&document(&" ".repeat(3 * MAX_TEXT))).is_ok());
        let name = document(&format!("<{}/>", "x".repeat(MAX_TEXT + 1)));
        assert_eq!(leaves(&name), Err(XmlError::TooLong { line: 2 }));
        let attributes = document(&format!("<a {}/>", "b='' ".repeat(MAX_TEXT)));
        assert_eq!(leaves(&attributes), Err(XmlError::Malformed { line: 2 }));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in [
            "",
            "<",
            "x<Document xmlns='urn:x:1'/>",
            "<Document xmlns='urn:x:1'>",
            "<Document xmlns='urn:x:1'/><Document xmlns='urn:x:1'/>",
            "<Document xmlns='urn:x:1'/>x",
            "<Document xmlns='urn:x:1'></Document></a>",
            "<Document xmlns='urn:x:1'><a></b></Document>",
            "<Document xmlns='urn:x:1'><a b='1' b='2'/></Document>",
            "<Document xmlns='urn:x:1'>&</Document>",
        ] {
            assert_eq!(leaves(text), Err(XmlError::Malformed { line: 1 }), "{text}");
        }
        assert_eq!(leaves("<Document xmlns='urn:y:1'/>"), Err(XmlError::Family));
        assert_eq!(leaves("<Document/>"), Err(XmlError::Family));
        assert_eq!(leaves("<Other xmlns='urn:x:1'/>"), Err(XmlError::Family));
        let latin =
            walk(b"<Document xmlns='urn:x:1'>\xe9</Document>", "urn:x:", &mut |_| Ok::<(), XmlError>(()));
        assert_eq!(latin, Err(XmlError::NotUtf8));
    }
}
