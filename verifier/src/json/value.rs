//! A value and its one text.

use std::borrow::Cow;

/// A JSON value of the subset. Borrowed from the text that it was read from, where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Members. Written in ascending key order, whatever the order here.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
    /// Elements in order.
    Array(Vec<Value<'a>>),
    /// Printable ASCII without `"` and `\`.
    String(Cow<'a, str>),
    /// 0 to [`super::MAX_INTEGER`].
    Integer(u64),
}

impl<'a> Value<'a> {
    /// A string.
    pub fn string(text: impl Into<Cow<'a, str>>) -> Self {
        Self::String(text.into())
    }

    /// What this is, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Object(_) => "an object",
            Self::Array(_) => "a list",
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
        }
    }

    /// The canonical text.
    ///
    /// The caller builds values only from types whose texts are in the subset; in debug builds a string or integer
    /// outside it is caught here.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by(|a, b| a.0.cmp(&b.0));
                out.push('{');
                for (i, (key, value)) in members.into_iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            Self::Array(elements) => {
                out.push('[');
                for (i, value) in elements.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Self::String(text) => write_string(text, out),
            Self::Integer(number) => {
                debug_assert!(*number <= super::MAX_INTEGER);
                out.push_str(&number.to_string());
            }
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    debug_assert!(text.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'));
    out.push('"');
    out.push_str(text);
    out.push('"');
}
