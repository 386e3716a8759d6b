//! Tables for people: columns as wide as they must be, numbers to the right.

use crate::client::printable;

/// `1 receipt`, `2 receipts`: a number and what there is of it.
pub(crate) fn number(count: impl TryInto<u64>, one: &str) -> String {
    match count.try_into() {
        Ok(1) => format!("1 {one}"),
        Ok(count) => format!("{count} {one}s"),
        Err(_) => format!("many {one}s"),
    }
}

/// A key or alias in few characters: enough to tell people apart in a table, and no more.
pub(crate) fn shorten(contributor: &str) -> String {
    let contributor = printable(contributor);
    match contributor.strip_prefix("did:key:") {
        Some(key) => key.chars().take(16).collect(),
        None => {
            let (system, mac) = contributor.rsplit_once(':').unwrap_or(("", &contributor));
            format!("{system}:{}", mac.chars().take(8).collect::<String>())
        }
    }
}

/// Rows under a heading. A column in which every row has a number is set to the right.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let columns = heading.len();
    let cell = |row: &[String], i: usize| row.get(i).cloned().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|i| {
            rows.iter().map(|row| cell(row, i).chars().count()).chain([heading[i].chars().count()]).max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    let numeric =
        |i: usize| rows.iter().all(|row| cell(row, i).chars().all(|c| c.is_ascii_digit() || c == '.'));
    let line = |row: &[String]| {
        let cells = (0..columns).map(|i| {
            let (text, width) = (cell(row, i), widths[i]);
            if numeric(i) { format!("{text:>width$}") } else { format!("{text:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let heading: Vec<String> = heading.iter().map(|text| (*text).to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let mut out = line(&heading);
    out.push_str(&(rule.join("  ") + "\n"));
    rows.iter().for_each(|row| out.push_str(&line(row)));
    out
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn names_are_short_and_harmless() {
        assert_eq!(shorten("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"), "z6MkiTBz1ymuepAQ");
        assert_eq!(shorten(&format!("alias:desk:{}", "ab".repeat(32))), "alias:desk:abababab");
        assert_eq!(shorten("\x1b[2J"), ":\u{fffd}[2J");
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let rows = [vec!["a".to_owned(), "5".to_owned()], vec!["bcd".to_owned(), "1200".to_owned()]];
        assert_eq!(
            super::table(&["who", "items"], &rows),
            "who  items\n───  ─────\na        5\nbcd   1200\n"
        );
    }
}
