//! Taking an object apart, field by field, until nothing is left that was not asked for.

use std::borrow::Cow;

use super::{Alias, Day, Malformed, Nonce, Party, Token};
use crate::Hash;
use crate::did::Did;
use crate::json::Value;
use crate::money::{Currency, MAX_AMOUNT};
use crate::note::Vkey;
use crate::origin::Origin;

/// The fields of one object that have not been taken yet.
///
/// `finish` refuses what is left over, so a field that no reader asks for is an unknown field.
pub(crate) struct Fields<'a> {
    at: String,
    left: Vec<(Cow<'a, str>, Value<'a>)>,
}

type Read<T> = Result<T, Malformed>;

impl<'a> Fields<'a> {
    /// The fields of `value`, which `at` names in errors.
    pub(crate) fn of(value: Value<'a>, at: &str) -> Read<Self> {
        match value {
            Value::Object(left) => Ok(Self { at: at.to_owned(), left }),
            _ => Err(Malformed::NotAnObject { at: at.to_owned() }),
        }
    }

    /// The full name of a field, for errors.
    pub(crate) fn name(&self, field: &str) -> String {
        if self.at.is_empty() { field.to_owned() } else { format!("{}.{field}", self.at) }
    }

    /// Takes a field that may be absent.
    pub(crate) fn optional(&mut self, field: &str) -> Option<Value<'a>> {
        let position = self.left.iter().position(|(key, _)| key == field)?;
        Some(self.left.remove(position).1)
    }

    /// Whether the field has not been taken and is there.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.left.iter().any(|(key, _)| key == field)
    }

    /// Reads a field that may be absent, where it is there.
    pub(crate) fn present<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&mut Self, &str) -> Read<T>,
    ) -> Read<Option<T>> {
        self.has(field).then(|| read(self, field)).transpose()
    }

    fn required(&mut self, field: &str) -> Read<Value<'a>> {
        self.optional(field).ok_or_else(|| Malformed::FieldMissing { at: self.name(field) })
    }

    fn type_error(&self, field: &str, expected: &'static str, got: &Value<'_>) -> Malformed {
        Malformed::FieldType { at: self.name(field), expected, got: got.type_name() }
    }

    /// Refuses whatever has not been taken.
    pub(crate) fn finish(self) -> Read<()> {
        match self.left.first() {
            Some((key, _)) => {
                Err(Malformed::FieldUnknown { at: self.name(&key.chars().take(64).collect::<String>()) })
            }
            None => Ok(()),
        }
    }

    pub(crate) fn string(&mut self, field: &str) -> Read<Cow<'a, str>> {
        match self.required(field)? {
            Value::String(text) => Ok(text),
            other => Err(self.type_error(field, "a string", &other)),
        }
    }

    pub(crate) fn array(&mut self, field: &str) -> Read<Vec<Value<'a>>> {
        match self.required(field)? {
            Value::Array(elements) => Ok(elements),
            other => Err(self.type_error(field, "a list", &other)),
        }
    }

    pub(crate) fn object(&mut self, field: &str) -> Read<Fields<'a>> {
        let value = self.required(field)?;
        match value {
            Value::Object(_) => Fields::of(value, &self.name(field)),
            other => Err(self.type_error(field, "an object", &other)),
        }
    }

    /// An integer from `least` to `most`, both included.
    pub(crate) fn integer(&mut self, field: &str, least: u64, most: u64) -> Read<u64> {
        match self.required(field)? {
            Value::Integer(got) if (least..=most).contains(&got) => Ok(got),
            Value::Integer(got) => Err(Malformed::IntegerRange { at: self.name(field), least, most, got }),
            other => Err(self.type_error(field, "an integer", &other)),
        }
    }

    /// An integer that fits 32 bits, from `least` to `most`, both included.
    pub(crate) fn integer32(&mut self, field: &str, least: u32, most: u32) -> Read<u32> {
        let got = self.integer(field, least.into(), most.into())?;
        u32::try_from(got).map_err(|_| Malformed::IntegerRange {
            at: self.name(field),
            least: least.into(),
            most: most.into(),
            got,
        })
    }

    pub(crate) fn token(&mut self, field: &str) -> Read<Token> {
        let text = self.string(field)?;
        Token::parse(&text).ok_or_else(|| Malformed::Token { at: self.name(field) })
    }

    pub(crate) fn currency(&mut self, field: &str) -> Read<Currency> {
        let text = self.string(field)?;
        Currency::parse(&text).ok_or_else(|| Malformed::Currency { at: self.name(field) })
    }

    /// Minor units, from `least` to 2^53 - 1.
    pub(crate) fn amount(&mut self, field: &str, least: u64) -> Read<u64> {
        self.integer(field, least, MAX_AMOUNT)
    }

    pub(crate) fn hash(&mut self, field: &str) -> Read<Hash> {
        let text = self.string(field)?;
        Hash::from_hex(&text).ok_or_else(|| Malformed::Hex { at: self.name(field), bytes: 32 })
    }

    pub(crate) fn nonce(&mut self, field: &str) -> Read<Nonce> {
        let text = self.string(field)?;
        Nonce::from_hex(&text).ok_or_else(|| Malformed::Hex { at: self.name(field), bytes: 16 })
    }

    pub(crate) fn day(&mut self, field: &str) -> Read<Day> {
        let text = self.string(field)?;
        Day::parse(&text).ok_or_else(|| Malformed::Day { at: self.name(field) })
    }

    pub(crate) fn did(&mut self, field: &str) -> Read<Did> {
        let text = self.string(field)?;
        Did::parse(&text).map_err(|error| Malformed::Did { at: self.name(field), error })
    }

    pub(crate) fn origin(&mut self, field: &str) -> Read<Origin> {
        let text = self.string(field)?;
        Origin::parse(&text).map_err(|error| Malformed::Origin { at: self.name(field), error })
    }

    pub(crate) fn vkey(&mut self, field: &str) -> Read<Vkey> {
        let text = self.string(field)?;
        Vkey::parse(&text).map_err(|error| Malformed::Vkey { at: self.name(field), error })
    }

    pub(crate) fn alias(&mut self, field: &str) -> Read<Alias> {
        let text = self.string(field)?;
        Alias::parse(&text).ok_or_else(|| Malformed::Alias { at: self.name(field) })
    }

    /// A did:key or an alias.
    pub(crate) fn party(&mut self, field: &str) -> Read<Party> {
        let text = self.string(field)?;
        if text.starts_with("alias:") {
            return Alias::parse(&text)
                .map(Party::Alias)
                .ok_or_else(|| Malformed::Alias { at: self.name(field) });
        }
        Did::parse(&text).map(Party::Key).map_err(|error| Malformed::Did { at: self.name(field), error })
    }

    /// One word of a closed vocabulary.
    pub(crate) fn word<T>(&mut self, field: &str, parse: impl Fn(&str) -> Option<T>) -> Read<T> {
        let text = self.string(field)?;
        parse(&text).ok_or_else(|| Malformed::Word {
            at: self.name(field),
            got: text.chars().take(64).collect::<String>(),
        })
    }

    /// A list of 1 to `most` elements, strictly ascending by `key`. Absent is an empty list where `may_be_absent`; an
    /// empty list is never written.
    pub(crate) fn list<T, K: Ord>(
        &mut self,
        field: &str,
        most: usize,
        may_be_absent: bool,
        read: impl Fn(Value<'a>, String) -> Read<T>,
        key: impl Fn(&T) -> K,
    ) -> Read<Vec<T>> {
        let at = self.name(field);
        if may_be_absent && !self.has(field) {
            return Ok(Vec::new());
        }
        let elements = self.array(field)?;
        if elements.is_empty() {
            return Err(Malformed::ListEmpty { at });
        }
        if elements.len() > most {
            return Err(Malformed::ListTooLong { at, most, got: elements.len() });
        }
        let mut out: Vec<T> = Vec::with_capacity(elements.len());
        for (i, element) in elements.into_iter().enumerate() {
            let at = format!("{at}[{i}]");
            let element = read(element, at.clone())?;
            match out.last().map(|last| key(last).cmp(&key(&element))) {
                Some(std::cmp::Ordering::Equal) => return Err(Malformed::ListRepeated { at }),
                Some(std::cmp::Ordering::Greater) => return Err(Malformed::ListUnsorted { at }),
                _ => out.push(element),
            }
        }
        Ok(out)
    }

    /// A list of did:keys, ascending.
    pub(crate) fn dids(&mut self, field: &str, most: usize, may_be_absent: bool) -> Read<Vec<Did>> {
        let read = |value, at: String| {
            let text = text_of(value, &at)?;
            Did::parse(&text).map_err(|error| Malformed::Did { at, error })
        };
        self.list(field, most, may_be_absent, read, |did| did.as_str().to_owned())
    }
}

/// The text of a string value.
pub(crate) fn text_of<'a>(value: Value<'a>, at: &str) -> Read<Cow<'a, str>> {
    match value {
        Value::String(text) => Ok(text),
        other => {
            Err(Malformed::FieldType { at: at.to_owned(), expected: "a string", got: other.type_name() })
        }
    }
}
