//! What is settled, for people.

use std::fmt::Write as _;

use crate::client::{Frozen, Line, Settled, printable};
use crate::table::{self, number};

/// What would be paid, currency by currency.
pub(super) fn prepared(project: &str, frozen: &Frozen, lines: &[(String, Vec<Line>)], top: usize) -> String {
    let mut out = String::new();
    for (settled, (currency, lines)) in frozen.currencies.iter().zip(lines) {
        // Writing to a String can not fail.
        let _ = writeln!(out, "Settlement {} of {project}, {currency}", frozen.number);
        out.push_str(&sums(settled));
        out.push('\n');
        out.push_str(&people(lines, top));
        out.push('\n');
    }
    if frozen.currencies.is_empty() {
        out.push_str("Nothing came in, and nothing is owed.\n");
    } else if frozen.snapshot.is_none() {
        out.push_str(
            "The ledger's snapshot of it is still to come; then `lebombo settlement sign` signs it.\n",
        );
    } else {
        out.push_str("`lebombo settlement sign` signs it.\n");
    }
    out
}

/// Where all money comes from and goes.
pub(super) fn sums(settled: &Settled) -> String {
    let (before, after) = (&settled.before, &settled.after);
    let funds = settled.funds.iter().map(|fund| ("to funds", &fund.amount, fund.name.as_str()));
    let came = [
        ("came in", &settled.income, ""),
        ("of it unconfirmed", &settled.unconfirmed, "no payer has signed for it"),
        ("carried here", &before.held, "balances that were held"),
        ("carried here", &before.unallocated, "that nobody could be given"),
        ("carried here", &before.reserve, "the reserve"),
        ("taken back", &settled.reversed, "by who had paid it"),
    ];
    let goes = [
        ("to the reserve", &after.reserve, "with what was in it"),
        ("payable to people", &settled.payable, ""),
        ("held", &after.held, "below the minimum or unit of a payout; carried on"),
        ("not given", &after.unallocated, "nobody has points to share it by; carried on"),
        ("still owed", &settled.owed, "by rate; the income did not cover it"),
    ];
    // Income and pay are said also where they are nothing.
    let is_said = |(_, amount, why): &(&str, &String, &str)| {
        why.is_empty() || amount.bytes().any(|b| (b'1'..=b'9').contains(&b))
    };
    let rows: Vec<_> = came.into_iter().chain(funds).chain(goes).filter(is_said).collect();
    let width = rows.iter().map(|(_, amount, _)| amount.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (what, amount, why) in rows {
        let line = format!("  {what:<18}  {:>width$}  {}", printable(amount), printable(why));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// Those who get most.
fn people(lines: &[Line], top: usize) -> String {
    let mut order: Vec<&Line> = lines.iter().collect();
    // Decimal numbers of one currency: the longer one is larger.
    let size = |amount: &str| (amount.len(), amount.to_owned());
    order.sort_by_key(|line| (std::cmp::Reverse(size(&line.payable)), line.handle));
    let rows: Vec<Vec<String>> = order
        .iter()
        .take(top)
        .map(|line| {
            let amounts =
                [&line.points, &line.ever, &line.settled, &line.share, &line.held_before, &line.payable];
            let mut row = vec![table::shorten(&line.contributor)];
            row.extend(amounts.map(|text| printable(text)));
            row.extend([&line.held, &line.owed].map(|text| printable(text)));
            row
        })
        .collect();
    let heading = [
        "contributor",
        "points",
        "ever",
        "of debts",
        "share",
        "held before",
        "payable",
        "held",
        "still owed",
    ];
    let mut out = table::table(&heading, &rows);
    if order.len() > top {
        let more = number(order.len() - top, "more line");
        let _ = writeln!(out, "… and {more} (--top N shows more, --json all)");
    }
    out
}
