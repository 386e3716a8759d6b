//! JSON rows without floats: numbers keep the digits that the source wrote.
//!
//! So a row's canonical bytes do not depend on how a machine prints numbers, and an id of any length stays exact.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Deepest nesting that is read.
const MAX_DEPTH: u32 = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number as it was written, for example `1.50`.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Members),
}

/// An object's members, ordered as RFC 8785 §3.2.3 orders them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Members(BTreeMap<Name, Json>);

/// A member name, ordered by its UTF-16 code units.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name(String);

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.encode_utf16().cmp(other.0.encode_utf16())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Not JSON, nested deeper than `MAX_DEPTH`, or an object with two members of one name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotJson;

impl Json {
    /// Reads one value; white space may surround it.
    ///
    /// # Errors
    /// `NotJson`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NotJson> {
        Self::from_raw(serde_json::from_slice(bytes).map_err(|_| NotJson)?, 0)
    }

    /// Reads a value that serde_json has found the end of.
    fn from_raw(raw: &RawValue, depth: u32) -> Result<Self, NotJson> {
        if depth >= MAX_DEPTH {
            return Err(NotJson);
        }
        let text = raw.get();
        let below = depth.saturating_add(1);
        Ok(match text.bytes().next() {
            Some(b'{') => {
                let Pairs(pairs) = serde_json::from_str(text).map_err(|_| NotJson)?;
                let mut members = Members::default();
                for (name, value) in pairs {
                    if !members.insert(name, Self::from_raw(value, below)?) {
                        return Err(NotJson);
                    }
                }
                Self::Object(members)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| NotJson)?;
                Self::List(
                    items.into_iter().map(|item| Self::from_raw(item, below)).collect::<Result<_, _>>()?,
                )
            }
            Some(b'"') => Self::Text(serde_json::from_str(text).map_err(|_| NotJson)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// RFC 8785, except that numbers are copied as they were written.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(true) => out.extend(b"true"),
            Self::Bool(false) => out.extend(b"false"),
            Self::Number(digits) => out.extend(digits.as_bytes()),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (at, (name, value)) in members.0.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_text(&name.0, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The member `name`, where this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.0.get(&Name(name.to_owned())),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The digits of a whole number that is not negative.
    pub(crate) fn whole(&self) -> Option<&str> {
        match self {
            Self::Number(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits),
            _ => None,
        }
    }
}

impl Members {
    /// The members whose names `holds` accepts.
    pub(crate) fn only(&self, holds: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| holds(&name.0)).map(|(n, v)| (n.clone(), v.clone())).collect())
    }

    /// Adds a member; false if there is one of that name, which then stays.
    pub(crate) fn insert(&mut self, name: String, value: Json) -> bool {
        match self.0.entry(Name(name)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(value);
                true
            }
            std::collections::btree_map::Entry::Occupied(_) => false,
        }
    }
}

/// RFC 8785 §3.2.2.2.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\u{8}' => out.extend(b"\\b"),
            '\t' => out.extend(b"\\t"),
            '\n' => out.extend(b"\\n"),
            '\u{c}' => out.extend(b"\\f"),
            '\r' => out.extend(b"\\r"),
            c if c < ' ' => out.extend(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            c => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

/// The members of one object in the order of the file, repeated names included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        String::from_utf8(Json::parse(text.as_bytes()).unwrap().canonical()).unwrap()
    }

    #[test]
    fn sorts_members_and_drops_space() {
        assert_eq!(canonical(" {\"b\" : [1, true,null ], \"a\":{}} "), r#"{"a":{},"b":[1,true,null]}"#);
    }

    // The example of RFC 8785 §3.2.3: U+FB33 sorts after the surrogates of U+1F600.
    #[test]
    fn sorts_by_utf_16_code_units() {
        let text =
            "{\"\u{20ac}\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"\u{1f600}\":5,\"\u{80}\":6,\"\u{f6}\":7}";
        let order =
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
        assert_eq!(canonical(text), order);
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(
            canonical("[1.50,-0,1e400,123456789012345678901234567890]"),
            "[1.50,-0,1e400,123456789012345678901234567890]"
        );
        assert_eq!(Json::parse(b"12").unwrap().whole(), Some("12"));
        for other in ["-1", "1.0", "1e3", "\"1\""] {
            assert_eq!(Json::parse(other.as_bytes()).unwrap().whole(), None, "{other}");
        }
    }

    #[test]
    fn refuses_what_is_not_one_plain_value() {
        let deep = "[".repeat(65) + &"]".repeat(65);
        let deepest = "[".repeat(64) + &"]".repeat(64);
        for bad in [
            "",
            "{",
            "1 2",
            "{\"a\":1,\"a\":1}",
            "[{\"a\":{\"b\":1,\"\\u0062\":2}}]",
            "01",
            "\"\\ud800\"",
            "tru",
            &deep,
        ] {
            assert_eq!(Json::parse(bad.as_bytes()), Err(NotJson), "{bad}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), Err(NotJson));
        assert!(Json::parse(deepest.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn canonical_bytes_read_back_as_the_same_value(text in ".{0,40}", n in any::<i64>()) {
            let mut members = Members::default();
            members.insert(text.clone(), Json::List(vec![Json::Text(text), Json::Number(n.to_string())]));
            let value = Json::Object(members);
            prop_assert_eq!(Json::parse(&value.canonical()), Ok(value.clone()));
            let theirs: serde_json::Value = serde_json::from_slice(&value.canonical()).unwrap();
            prop_assert_eq!(serde_json::to_vec(&theirs).unwrap(), value.canonical());
        }

        #[test]
        fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = Json::parse(&bytes) {
                prop_assert_eq!(Json::parse(&value.canonical()), Ok(value));
            }
        }
    }
}
