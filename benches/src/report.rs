//! What was measured, as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::rate::Rate;

/// One thing, and what it is held against.
#[derive(Debug, Clone)]
struct Row {
    section: String,
    what: String,
    rate: Rate,
    beside: Vec<(String, Rate)>,
}

/// Everything that was measured in a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    section: String,
    rows: Vec<Row>,
}

impl Report {
    /// Begins a section; what it prints as.
    pub fn section(&mut self, title: &str) -> String {
        title.clone_into(&mut self.section);
        let beside = "time of one, as a multiple of";
        format!("\n{title:<58}{:>12}{:>11}   {beside}", "per second", "one takes")
    }

    /// Adds a measurement and what it is held against; what it prints as.
    pub fn row(&mut self, what: &str, rate: Rate, beside: &[(&str, Rate)]) -> String {
        let mut text = format!("  {what:<56}{:>12}{:>11}", grouped(rate.per_second()), each(rate));
        for (number, (name, limit)) in beside.iter().enumerate() {
            if number > 0 {
                let _ = write!(text, "\n{:81}", "");
            }
            let _ = write!(text, "   {:>8} {name} ({})", times(rate.hundredths_of(*limit)), each(*limit));
        }
        let beside = beside.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect();
        self.rows.push(Row { section: self.section.clone(), what: what.to_owned(), rate, beside });
        text
    }

    /// All rows, in order.
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let beside = row.beside.iter().map(|(name, limit)| {
                json!({"what": name, "items": limit.items, "nanos": limit.nanos,
                    "hundredths": u64::try_from(row.rate.hundredths_of(*limit)).unwrap_or(u64::MAX)})
            });
            json!({"section": row.section, "what": row.what, "items": row.rate.items, "nanos": row.rate.nanos,
                "beside": beside.collect::<Vec<_>>()})
        });
        Value::Array(rows.collect())
    }
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The time of one, in three digits or so: `850 ps`, `12.3 µs`, `4.50 s`.
pub fn each(rate: Rate) -> String {
    let mut picos = rate.picos_each();
    for unit in ["ps", "ns", "µs", "ms"] {
        if picos < 1_000_000 || unit == "ms" && picos < 1_000_000_000 {
            return match (unit, picos) {
                ("ps", n) if n >= 1000 => scaled(n, "ns"),
                ("ns", n) if n >= 1000 => scaled(n, "µs"),
                ("µs", n) if n >= 1000 => scaled(n, "ms"),
                ("ms", n) if n >= 1000 => scaled(n, "s"),
                (unit, n) => format!("{n} {unit}"),
            };
        }
        picos /= 1000;
    }
    format!("{picos} s")
}

/// Thousandths of a unit, below a million of them.
fn scaled(thousandths: u128, unit: &str) -> String {
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    match whole {
        0..10 => format!("{whole}.{:02} {unit}", rest / 10),
        10..100 => format!("{whole}.{} {unit}", rest / 100),
        _ => format!("{whole} {unit}"),
    }
}

fn times(hundredths: u128) -> String {
    format!("{}.{:02}x", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(times(5), "0.05x");
        for (items, nanos, text) in [
            (1000, 850, "850 ps"),
            (1, 1, "1.00 ns"),
            (1, 12_345, "12.3 µs"),
            (1, 123_456_789, "123 ms"),
            (1, 4_500_000_000, "4.50 s"),
            (1, 4_500_000_000_000, "4500 s"),
        ] {
            assert_eq!(each(Rate::new(items, nanos)), text);
        }
    }

    #[test]
    fn rows_stand_in_their_sections() {
        let mut report = Report::default();
        report.section("tree");
        report.row("leaf", Rate::new(1, 200), &[("hash", Rate::new(1, 100))]);
        assert_eq!(report.to_json()[0]["section"], "tree");
        assert_eq!(report.to_json()[0]["beside"][0]["hundredths"], 200);
    }
}
