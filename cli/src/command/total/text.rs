//! Totals as a table for people.

use std::fmt::Write as _;

use super::sums::Sums;
use crate::client::{Contributor, printable};
use crate::table::{self, number};

const HEADING: [&str; 9] =
    ["contributor", "points", "work", "unit", "logged", "accepted", "rejected", "pending", "void"];

/// At most `top` contributors, those with the most points first, and the sums of all of them.
pub(super) fn page(all: &[Contributor], top: usize, me: Option<&str>) -> String {
    let points = |one: &Contributor| one.points.parse::<u128>().unwrap_or_default();
    let logged =
        |one: &Contributor| one.counts.iter().map(|count| count.logged.events).fold(0, u64::saturating_add);
    let mut sorted: Vec<&Contributor> = all.iter().collect();
    sorted.sort_by(|a, b| {
        let order = points(b).cmp(&points(a)).then_with(|| logged(b).cmp(&logged(a)));
        order.then_with(|| a.contributor.cmp(&b.contributor))
    });
    let rows: Vec<Vec<String>> = sorted.iter().take(top).flat_map(|one| rows(one, me)).collect();
    let mut text = table::table(&HEADING, &rows);
    if sorted.len() > top {
        let more = sorted.len().saturating_sub(top);
        let _ = writeln!(
            text,
            "… and {} (--top N shows more, --json and --format csv all)",
            number(more, "more contributor")
        );
    }
    text + "\n" + &last_line(&Sums::of(all))
}

/// A row for each kind and unit; name, points and what is void stand in the first.
fn rows(one: &Contributor, me: Option<&str>) -> Vec<Vec<String>> {
    let you = if me == Some(one.contributor.as_str()) { " (you)" } else { "" };
    let name = format!("{}{you}", table::shorten(&one.contributor));
    let (points, void) = (printable(&one.points), one.void.to_string());
    if one.counts.is_empty() {
        let none = ["-", "-", "0", "0", "0", "0"].map(str::to_owned);
        return vec![[vec![name, points], none.to_vec(), vec![void]].concat()];
    }
    let row = |(at, count): (usize, &crate::client::Count)| {
        let first = |text: &str| if at == 0 { text.to_owned() } else { String::new() };
        let amounts = [&count.logged, &count.accepted, &count.rejected, &count.pending];
        let mut row = vec![first(&name), first(&points), printable(&count.work), printable(&count.unit)];
        row.extend(amounts.map(|amount| printable(&amount.quantity)));
        row.push(first(&void));
        row
    };
    one.counts.iter().enumerate().map(row).collect()
}

fn last_line(sums: &Sums) -> String {
    let mut text = format!("{}, {} points", number(sums.contributors, "contributor"), sums.points);
    for ((work, unit), line) in &sums.work {
        let _ = write!(
            text,
            "; {work}: {} {unit} logged, {} accepted, {} rejected, {} pending",
            line.logged.quantity, line.accepted.quantity, line.rejected.quantity, line.pending.quantity
        );
    }
    if sums.void > 0 {
        let _ = write!(text, "; {} for nothing", number(sums.void, "event"));
    }
    text + ".\n"
}

#[cfg(test)]
mod tests {
    use super::super::sums::tests::somebody;
    use super::*;

    #[test]
    fn those_with_the_most_points_come_first_and_the_sums_are_of_all() {
        let mut both = somebody("did:key:z6MkB", "30", [15, 0, 1]);
        both.counts.push(crate::client::Count { unit: "clip".into(), ..both.counts[0].clone() });
        let all =
            [somebody("did:key:z6MkA", "4", [4, 1, 0]), both, somebody("did:key:z6MkC", "0", [0, 0, 7])];
        let text = page(&all, 2, Some("did:key:z6MkA"));
        assert_eq!(
            text,
            "contributor  points  work        unit  logged  accepted  rejected  pending  void\n\
             ───────────  ──────  ──────────  ────  ──────  ────────  ────────  ───────  ────\n\
             z6MkB            30  annotation  item      16        15         0        1     1\n\
             \u{20}                    annotation  clip      16        15         0        1\n\
             z6MkA (you)       4  annotation  item       5         4         1        0     1\n\
             … and 1 more contributor (--top N shows more, --json and --format csv all)\n\
             \n\
             3 contributors, 34 points; annotation: 16 clip logged, 15 accepted, 0 rejected, 1 pending; annotation: \
             28 item logged, 19 accepted, 1 rejected, 8 pending; 3 events for nothing.\n"
        );
    }
}
