//! JSON: what is read is written the same.

use lebombo_verifier::json::{MAX_INTEGER, Value, parse};

use super::input::Input;

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    if let Ok(value) = parse(data) {
        assert_eq!(value.to_text().as_bytes(), data);
    }
    let mut input = Input::new(data);
    let text = build(&mut input, 0).to_text();
    let read = parse(text.as_bytes()).expect("what is written can be read");
    assert_eq!(read.to_text(), text);
    let damaged = input.damage(text.as_bytes());
    if let Ok(value) = parse(&damaged) {
        assert_eq!(value.to_text().as_bytes(), damaged);
    }
}

fn build(input: &mut Input<'_>, depth: usize) -> Value<'static> {
    match input.below(if depth < 6 { 4 } else { 2 }) {
        0 => Value::Integer(input.number() & MAX_INTEGER),
        1 => Value::string(string(input)),
        2 => Value::Array((0..input.below(4)).map(|_| build(input, depth + 1)).collect()),
        _ => {
            let mut members: Vec<_> =
                (0..input.below(4)).map(|_| (string(input).into(), build(input, depth + 1))).collect();
            members.sort_by(|a: &(std::borrow::Cow<'_, str>, _), b| a.0.cmp(&b.0));
            members.dedup_by(|a, b| a.0 == b.0);
            Value::Object(members)
        }
    }
}

fn string(input: &mut Input<'_>) -> String {
    let length = input.below(8);
    let printable = |b: &u8| (0x20..0x7f).contains(b) && *b != b'"' && *b != b'\\';
    input.bytes(length).iter().map(|b| b & 0x7f).filter(printable).map(char::from).collect()
}
