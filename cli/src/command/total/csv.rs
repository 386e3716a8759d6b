//! Totals as CSV (RFC 4180). The names of the columns are stable.

use crate::client::{Contributor, Count, printable};

const COLUMNS: [&str; 16] = [
    "contributor",
    "who",
    "handle",
    "contributor_points",
    "contributor_void",
    "work",
    "unit",
    "logged_events",
    "logged_quantity",
    "accepted_events",
    "accepted_quantity",
    "rejected_events",
    "rejected_quantity",
    "pending_events",
    "pending_quantity",
    "withdrawn_events",
];

/// A row for each contributor, kind of work and unit, in the ledger's order; one with empty cells for whoever has none.
pub(super) fn page(all: &[Contributor]) -> String {
    let mut out = line(&COLUMNS.map(str::to_owned));
    for one in all {
        let handle = one.handle.map(|handle| handle.to_string()).unwrap_or_default();
        let person =
            [one.contributor.clone(), one.who.clone(), handle, one.points.clone(), one.void.to_string()];
        if one.counts.is_empty() {
            out += &line(&[&person[..], &vec![String::new(); 11]].concat());
        }
        for count in &one.counts {
            out += &line(&[&person[..], &cells(count)].concat());
        }
    }
    out
}

fn cells(count: &Count) -> Vec<String> {
    let mut cells = vec![count.work.clone(), count.unit.clone()];
    for amount in [&count.logged, &count.accepted, &count.rejected, &count.pending] {
        cells.extend([amount.events.to_string(), amount.quantity.clone()]);
    }
    cells.push(count.withdrawn.to_string());
    cells
}

fn line(cells: &[String]) -> String {
    cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\r\n"
}

/// No honest ledger's cell needs quotes. Another's could hold anything, and a spreadsheet would run what begins like a
/// formula.
fn quoted(cell: &str) -> String {
    // To a terminal as to a file: no control characters.
    let cell = &printable(cell);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '_');
    if cell.chars().all(plain) && !cell.starts_with('-') {
        return cell.to_owned();
    }
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::super::sums::tests::somebody;
    use super::*;

    #[test]
    fn one_row_for_each_contributor_kind_and_unit() {
        let mut none = somebody("did:key:z6MkB", "0", [0, 0, 0]);
        none.counts.clear();
        none.handle = None;
        let text = page(&[somebody("alias:desk:ab", "7", [4, 3, 2]), none]);
        let who = "ab".repeat(32);
        assert_eq!(
            text,
            format!(
                "contributor,who,handle,contributor_points,contributor_void,work,unit,logged_events,logged_quantity,\
                 accepted_events,accepted_quantity,rejected_events,rejected_quantity,pending_events,pending_quantity,\
                 withdrawn_events\r\nalias:desk:ab,{who},3,7,1,annotation,item,3,9,1,4,1,3,1,2,2\r\n\
                 did:key:z6MkB,{who},,0,1,,,,,,,,,,,\r\n"
            )
        );
    }

    #[test]
    fn a_hostile_cell_stays_a_cell() {
        assert_eq!(quoted("a\"b,c\n"), "\"a\"\"b,c\u{fffd}\"");
        assert!(!quoted("\u{1b}[2J\u{7}\u{202e}").contains(['\u{1b}', '\u{7}', '\u{202e}']));
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("-1"), "\"'-1\"");
    }
}
