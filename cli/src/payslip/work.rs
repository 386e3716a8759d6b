//! Which work a payslip's points come from, for people and scripts.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use lebombo_verifier::payslip::{Listed, StatedPay};
use serde_json::{Value, json};

use crate::table::number;

/// Credits that a person is shown; scripts get all.
const SHOWN: usize = 12;

/// The credits that a person is shown, the newest first.
pub(super) fn shown(stated: &StatedPay) -> impl Iterator<Item = &Listed> {
    stated.credited().listed.iter().rev().take(SHOWN)
}

/// Lines for people, of which the first says how many there are, and the last whether they are all of the points.
pub(super) fn text(stated: &StatedPay, known: &BTreeMap<u64, String>) -> Vec<String> {
    let (line, credited) = (stated.line(), stated.credited());
    let listed = &credited.listed;
    let older = line.credits.saturating_sub(credited.count);
    let mut out = Vec::new();
    if credited.count == 0 {
        out.push(match older {
            0 => "nothing counted yet".to_owned(),
            _ => format!("none is listed here, of {}", number(older, "decision")),
        });
    } else {
        out.push(format!("{} about work, the newest first", number(credited.count, "decision")));
    }
    for listed in shown(stated) {
        out.push(decision(stated, listed, known));
    }
    if listed.len() > SHOWN {
        out.push(format!("… and {} lines more; --json has them all", listed.len() - SHOWN));
    }
    out.push(explains("points", credited.points, line.points.into(), |points| points.to_string()));
    if credited.at_rate != 0 || line.accrued > 0 {
        let amount = |minor: i128| match u128::try_from(minor) {
            Ok(minor) => stated.currency().format(minor),
            Err(_) => format!("-{}", stated.currency().format(minor.unsigned_abs())),
        };
        out.push(explains("by rate", credited.at_rate, line.accrued.into(), amount));
    }
    out
}

/// Whether what is listed is all that counts for the range.
fn explains(what: &str, listed: i128, range: i128, show: impl Fn(i128) -> String) -> String {
    let (sum, of) = (show(listed), show(range));
    match listed.cmp(&range) {
        Ordering::Equal => format!("{what}: {sum}, all since the last settlement"),
        _ if listed < 0 => format!("{what}: {sum}, as more was taken back than given; {of} count"),
        Ordering::Less => {
            format!(
                "{what}: {sum} of the {of} since the last settlement; the rest is of work that is not listed"
            )
        }
        Ordering::Greater => {
            format!(
                "{what}: {sum}, of which {of} since the last settlement; the rest counted before, or made up for what was taken back"
            )
        }
    }
}

/// The same for scripts.
fn word(listed: i128, range: i128) -> &'static str {
    match listed.cmp(&range) {
        Ordering::Equal => "all",
        _ if listed < 0 => "taken-back",
        Ordering::Less => "part",
        Ordering::Greater => "more",
    }
}

fn decision(stated: &StatedPay, listed: &Listed, known: &BTreeMap<u64, String>) -> String {
    let Listed { charter, index, decided, before, after, times } = *listed;
    let what = match known.get(&index) {
        Some(what) => format!("entry {index}, {what}"),
        None if times > 1 => format!("entry {index}, {times} verdicts"),
        None => format!("entry {index}"),
    };
    let each = if times > 1 { " each" } else { "" };
    let points = match before {
        0 => number(after, "point"),
        _ => format!("{} instead of {before}", number(after, "point")),
    };
    let rate = stated.credited().rate(charter, stated.currency());
    let rate = match rate {
        0 => String::new(),
        minor => format!(" at {} a point", stated.currency().format(minor.into())),
    };
    let by = if decided == index { String::new() } else { format!(", decided by entry {decided}") };
    format!("{what}: {points}{each}{rate}{by}")
}

/// All that is listed, and what it comes to, for scripts.
pub(super) fn to_json(stated: &StatedPay) -> Value {
    let (currency, credited) = (stated.currency(), stated.credited());
    let decisions = credited.listed.iter().map(|listed| {
        let charter = usize::try_from(listed.charter).ok().and_then(|place| credited.charters.get(place));
        json!({
            "index": listed.index,
            "decided": listed.decided,
            "charter": charter.map(|(id, _)| id.to_string()),
            "rate": currency.format(credited.rate(listed.charter, currency).into()),
            "before": listed.before.to_string(),
            "after": listed.after.to_string(),
            "times": listed.times,
        })
    });
    let line = stated.line();
    json!({
        "decisions": line.credits,
        "last_link": line.work.to_string(),
        "older": line.credits.saturating_sub(credited.count),
        "link_of_older": credited.link.to_string(),
        "listed": credited.count,
        "points": credited.points.to_string(),
        "explains_points": word(credited.points, line.points.into()),
        "at_rate_minor_units": credited.at_rate.to_string(),
        "explains_accrued": word(credited.at_rate, line.accrued.into()),
        "credits": decisions.collect::<Vec<_>>(),
    })
}
