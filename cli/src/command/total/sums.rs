//! What all contributors have together.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Amount, Contributor, Count, printable};

/// Quantities stay below 2^90 and points below 2^63 in an honest ledger's answer; another's numbers end at 2^128 - 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Contributions.
    pub(super) events: u64,
    /// Their quantities.
    pub(super) quantity: u128,
}

impl Sum {
    fn add(&mut self, amount: &Amount) {
        self.events = self.events.saturating_add(amount.events);
        self.quantity = self.quantity.saturating_add(amount.quantity.parse().unwrap_or_default());
    }

    fn to_json(self) -> Value {
        json!({"events": self.events, "quantity": self.quantity.to_string()})
    }
}

/// Work of one kind and unit, by everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) logged: Sum,
    pub(super) accepted: Sum,
    pub(super) rejected: Sum,
    pub(super) pending: Sum,
    pub(super) withdrawn: u64,
}

/// The sums of a list of contributors.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) contributors: usize,
    pub(super) points: u128,
    pub(super) void: u64,
    /// By kind of work and unit.
    pub(super) work: BTreeMap<(String, String), Line>,
}

impl Sums {
    /// Adds up what contributors have.
    pub(super) fn of(all: &[Contributor]) -> Self {
        let mut sums = Self { contributors: all.len(), ..Self::default() };
        for one in all {
            sums.points = sums.points.saturating_add(one.points.parse().unwrap_or_default());
            sums.void = sums.void.saturating_add(one.void);
            for count in &one.counts {
                sums.add(count);
            }
        }
        sums
    }

    fn add(&mut self, count: &Count) {
        let line = self.work.entry((printable(&count.work), printable(&count.unit))).or_default();
        line.logged.add(&count.logged);
        line.accepted.add(&count.accepted);
        line.rejected.add(&count.rejected);
        line.pending.add(&count.pending);
        line.withdrawn = line.withdrawn.saturating_add(count.withdrawn);
    }

    /// In the shape of a contributor's own totals.
    pub(super) fn to_json(&self) -> Value {
        let counts: Vec<Value> = self
            .work
            .iter()
            .map(|((work, unit), line)| {
                json!({
                    "work": work, "unit": unit, "logged": line.logged.to_json(), "accepted": line.accepted.to_json(),
                    "rejected": line.rejected.to_json(), "pending": line.pending.to_json(),
                    "withdrawn": line.withdrawn,
                })
            })
            .collect();
        json!({
            "contributors": self.contributors, "points": self.points.to_string(), "counts": counts, "void": self.void,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Somebody with 10 items logged: accepted, rejected and pending as given.
    pub(crate) fn somebody(name: &str, points: &str, [accepted, rejected, pending]: [u64; 3]) -> Contributor {
        let amount = |quantity: u64| Amount { events: 1, quantity: quantity.to_string() };
        Contributor {
            contributor: name.to_owned(),
            who: "ab".repeat(32),
            handle: Some(3),
            points: points.to_owned(),
            counts: vec![Count {
                work: "annotation".into(),
                unit: "item".into(),
                logged: Amount { events: 3, quantity: (accepted + rejected + pending).to_string() },
                accepted: amount(accepted),
                rejected: amount(rejected),
                pending: amount(pending),
                withdrawn: 2,
            }],
            void: 1,
        }
    }

    #[test]
    fn everything_is_added_up() {
        let all = [somebody("a", "9223372036854775807", [1, 2, 3]), somebody("b", "1", [10, 20, 30])];
        let sums = Sums::of(&all);
        assert_eq!((sums.contributors, sums.points, sums.void), (2, 1 << 63, 2));
        let line = sums.work[&("annotation".to_owned(), "item".to_owned())];
        assert_eq!(line.logged, Sum { events: 6, quantity: 66 });
        assert_eq!(
            [line.accepted.quantity, line.rejected.quantity, line.pending.quantity, line.withdrawn.into()],
            [11, 22, 33, 4]
        );
        let json = sums.to_json();
        assert_eq!(
            (&json["points"], &json["counts"][0]["pending"]["quantity"]),
            (&"9223372036854775808".into(), &"33".into())
        );
    }
}
