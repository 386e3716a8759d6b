//! Reading, with one error for each way not to be canonical.

use std::borrow::Cow;

use thiserror::Error;

use super::{MAX_DEPTH, MAX_INTEGER, Value};
use crate::error::Code;

/// Why bytes are not canonical JSON of the subset. Positions are 0-based byte offsets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// A byte of 0x80 or more.
    #[error("byte {at} is not ASCII")]
    NotAscii {
        /// Position.
        at: usize,
    },
    /// Not JSON at all from here on.
    #[error("not JSON at byte {at}")]
    Syntax {
        /// Position.
        at: usize,
    },
    /// The text ends inside a value.
    #[error("the text ends in the middle of a value")]
    Truncated,
    /// White space between tokens, which canonical JSON has none of.
    #[error("white space at byte {at}: canonical JSON has none")]
    Whitespace {
        /// Position.
        at: usize,
    },
    /// An escape; no string of an event needs one.
    #[error("an escape at byte {at}: strings here never need one")]
    Escape {
        /// Position.
        at: usize,
    },
    /// A control character or DEL inside a string.
    #[error("a control character at byte {at}")]
    Control {
        /// Position.
        at: usize,
    },
    /// The same key twice in one object.
    #[error("the key at byte {at} is there already")]
    DuplicateKey {
        /// Position.
        at: usize,
    },
    /// Keys not in ascending order.
    #[error("the key at byte {at} should come earlier: keys ascend")]
    KeyOrder {
        /// Position.
        at: usize,
    },
    /// `null`.
    #[error("null at byte {at}: leave the field out instead")]
    Null {
        /// Position.
        at: usize,
    },
    /// `true` or `false`.
    #[error("a boolean at byte {at}")]
    Boolean {
        /// Position.
        at: usize,
    },
    /// A fraction or an exponent, `1.0` and `1e0` among them.
    #[error("a number with a fraction or exponent at byte {at}: only integers are used")]
    Float {
        /// Position.
        at: usize,
    },
    /// A minus sign, `-0` among them.
    #[error("a negative number at byte {at}: integers start at 0")]
    Negative {
        /// Position.
        at: usize,
    },
    /// An integer with a leading zero.
    #[error("a leading zero at byte {at}")]
    LeadingZero {
        /// Position.
        at: usize,
    },
    /// An integer of 2^53 or more.
    #[error("the integer at byte {at} is 2^53 or more")]
    IntegerTooLarge {
        /// Position.
        at: usize,
    },
    /// More than [`MAX_DEPTH`] levels.
    #[error("nested deeper than {MAX_DEPTH} levels at byte {at}")]
    TooDeep {
        /// Position.
        at: usize,
    },
    /// Something follows the value.
    #[error("something follows the value at byte {at}")]
    Trailing {
        /// Position.
        at: usize,
    },
}

impl Code for JsonError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAscii { .. } => "json-not-ascii",
            Self::Syntax { .. } => "json-syntax",
            Self::Truncated => "json-truncated",
            Self::Whitespace { .. } => "json-whitespace",
            Self::Escape { .. } => "json-escape",
            Self::Control { .. } => "json-control",
            Self::DuplicateKey { .. } => "json-duplicate-key",
            Self::KeyOrder { .. } => "json-key-order",
            Self::Null { .. } => "json-null",
            Self::Boolean { .. } => "json-boolean",
            Self::Float { .. } => "json-float",
            Self::Negative { .. } => "json-negative",
            Self::LeadingZero { .. } => "json-leading-zero",
            Self::IntegerTooLarge { .. } => "json-integer-too-large",
            Self::TooDeep { .. } => "json-too-deep",
            Self::Trailing { .. } => "json-trailing",
        }
    }
}

/// Reads exactly one value that fills `bytes`.
///
/// # Errors
/// The first departure from the canonical form, one [`JsonError`] variant for each kind.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, JsonError> {
    if let Some(at) = bytes.iter().position(|b| *b >= 0x80) {
        return Err(JsonError::NotAscii { at });
    }
    // ASCII is UTF-8, so this error can not arise; it is mapped and not unwrapped so that no input can panic here.
    let text = std::str::from_utf8(bytes).map_err(|e| JsonError::NotAscii { at: e.valid_up_to() })?;
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    match parser.peek() {
        None => Ok(value),
        Some(b) if is_space(b) => Err(JsonError::Whitespace { at: parser.at }),
        Some(_) => Err(JsonError::Trailing { at: parser.at }),
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

struct Parser<'a> {
    text: &'a str,
    // Never beyond text.len(), and on a character boundary because the text is ASCII.
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte, which must be there and be no white space.
    fn next_token(&self) -> Result<u8, JsonError> {
        match self.peek() {
            None => Err(JsonError::Truncated),
            Some(b) if is_space(b) => Err(JsonError::Whitespace { at: self.at }),
            Some(b) => Ok(b),
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.next_token()? != byte {
            return Err(JsonError::Syntax { at: self.at });
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        let at = self.at;
        match self.next_token()? {
            b'{' | b'[' if depth >= MAX_DEPTH => Err(JsonError::TooDeep { at }),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(|s| Value::String(Cow::Borrowed(s))),
            b'-' => Err(JsonError::Negative { at }),
            b'0'..=b'9' => self.integer(),
            b'n' if self.text[at..].starts_with("null") => Err(JsonError::Null { at }),
            b't' if self.text[at..].starts_with("true") => Err(JsonError::Boolean { at }),
            b'f' if self.text[at..].starts_with("false") => Err(JsonError::Boolean { at }),
            _ => Err(JsonError::Syntax { at }),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        self.expect(b'{')?;
        let mut members: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
        if self.next_token()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            let at = self.at;
            if self.next_token()? != b'"' {
                return Err(JsonError::Syntax { at });
            }
            let key = self.string()?;
            if let Some((last, _)) = members.last()
                && key <= last.as_ref()
            {
                let duplicate = members.iter().any(|(k, _)| k == key);
                return Err(if duplicate {
                    JsonError::DuplicateKey { at }
                } else {
                    JsonError::KeyOrder { at }
                });
            }
            self.expect(b':')?;
            let value = self.value(depth + 1)?;
            members.push((Cow::Borrowed(key), value));
            match self.next_token()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return Err(JsonError::Syntax { at: self.at }),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        self.expect(b'[')?;
        let mut elements = Vec::new();
        if self.next_token()? == b']' {
            self.at += 1;
            return Ok(Value::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            match self.next_token()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Value::Array(elements));
                }
                _ => return Err(JsonError::Syntax { at: self.at }),
            }
        }
    }

    fn string(&mut self) -> Result<&'a str, JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let end = rest.iter().position(|b| !(0x20..0x7f).contains(b) || *b == b'"' || *b == b'\\');
        let Some(length) = end else { return Err(JsonError::Truncated) };
        let at = start + length;
        match rest[length] {
            b'"' => {
                self.at = at + 1;
                Ok(&self.text[start..at])
            }
            b'\\' => Err(JsonError::Escape { at }),
            _ => Err(JsonError::Control { at }),
        }
    }

    fn integer(&mut self) -> Result<Value<'a>, JsonError> {
        let at = self.at;
        let bytes = &self.text.as_bytes()[at..];
        let length = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
        if matches!(bytes.get(length), Some(b'.' | b'e' | b'E')) {
            return Err(JsonError::Float { at });
        }
        if length > 1 && bytes[0] == b'0' {
            return Err(JsonError::LeadingZero { at });
        }
        let number = self.text[at..at + length].parse().ok().filter(|n: &u64| *n <= MAX_INTEGER);
        self.at += length;
        number.map(Value::Integer).ok_or(JsonError::IntegerTooLarge { at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text.as_bytes()).unwrap_err().code()
    }

    #[test]
    fn each_departure_has_its_code() {
        for (text, expected) in [
            ("", "json-truncated"),
            ("hello", "json-syntax"),
            ("{\"a\":1", "json-truncated"),
            ("\"abc", "json-truncated"),
            ("{ \"a\":1}", "json-whitespace"),
            ("{\"a\":1}\n", "json-whitespace"),
            ("[1, 2]", "json-whitespace"),
            ("{\"a\":1}{", "json-trailing"),
            ("\"a\\n\"", "json-escape"),
            ("\"a\tb\"", "json-control"),
            ("{\"a\":1,\"a\":1}", "json-duplicate-key"),
            ("{\"b\":1,\"a\":1}", "json-key-order"),
            ("{\"a\":1,\"b\":2,\"a\":1}", "json-duplicate-key"),
            ("null", "json-null"),
            ("true", "json-boolean"),
            ("false", "json-boolean"),
            ("1.0", "json-float"),
            ("1e3", "json-float"),
            ("0.5", "json-float"),
            ("-0", "json-negative"),
            ("-1", "json-negative"),
            ("01", "json-leading-zero"),
            ("9007199254740992", "json-integer-too-large"),
            ("99999999999999999999999999", "json-integer-too-large"),
            ("[[[[[[[[[", "json-too-deep"),
            ("{\"a\":é}", "json-not-ascii"),
            ("{1:2}", "json-syntax"),
            ("[1,]", "json-syntax"),
            ("{\"a\" :1}", "json-whitespace"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn the_largest_integer_is_read() {
        assert_eq!(parse(b"9007199254740991"), Ok(Value::Integer(MAX_INTEGER)));
    }

    fn value() -> impl Strategy<Value = Value<'static>> {
        let leaf = prop_oneof![
            (0..=MAX_INTEGER).prop_map(Value::Integer),
            "[ !#-\\[\\]-~]{0,12}".prop_map(Value::string)
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..5)
                    .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (Cow::Owned(k), v)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn writing_then_reading_is_identity(value in value()) {
            let text = value.to_text();
            prop_assert_eq!(parse(text.as_bytes()).unwrap(), value);
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes in prop::collection::vec(prop::sample::select(b"{}[]\":,01ae-.\\ ".to_vec()), 0..24)) {
            if let Ok(value) = parse(&bytes) {
                prop_assert_eq!(value.to_text().into_bytes(), bytes);
            }
        }
    }
}
