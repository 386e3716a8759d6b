//! What others have written, safe to show in a terminal.

/// The text with a replacement character for each character that moves the cursor, ends the line, or changes the order
/// in which the others are read: control characters, and Unicode's marks, embeddings, overrides and isolates.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The same line by line, for texts of our own that others' words may be in.
pub(crate) fn lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_would_change_how_the_rest_is_read() {
        assert_eq!(printable("caf\u{e9} \u{5d0} \u{1f600}"), "caf\u{e9} \u{5d0} \u{1f600}");
        for c in [
            '\0', '\n', '\r', '\t', '\x1b', '\x7f', '\u{9b}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}',
            '\u{2066}', '\u{2069}',
        ] {
            assert_eq!(printable(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        assert_eq!(lines("a\nb\x1b[31m\n"), "a\nb\u{fffd}[31m\n");
    }
}
