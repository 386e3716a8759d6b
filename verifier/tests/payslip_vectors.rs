//! The vectors of spec/vectors/payslip, found by walking the folder.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use lebombo_verifier::Code as _;
use lebombo_verifier::payslip::{Payslip, StatedPay};
use lebombo_verifier::policy::Policy;
use serde::Deserialize;
use support::walk;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayslipVector {
    #[allow(dead_code)]
    description: String,
    #[allow(dead_code)]
    source: String,
    policy: String,
    payslip: String,
    error: Option<String>,
    contributor: Option<String>,
    project: Option<String>,
    number: Option<u64>,
    currency: Option<String>,
    payable: Option<String>,
    held: Option<String>,
    owed: Option<String>,
    points: Option<String>,
    of: Option<String>,
    credits: Option<u64>,
    credited: Option<String>,
    at_rate: Option<String>,
    claimants: Option<Vec<String>>,
    payments: Option<Vec<String>>,
    size: Option<u64>,
    day: Option<String>,
    recomputed: Option<bool>,
}

fn policy(vector: &PayslipVector) -> Policy {
    Policy::parse(vector.policy.as_bytes()).unwrap()
}

fn run(vector: &PayslipVector) -> Result<StatedPay, &'static str> {
    let payslip = Payslip::parse(vector.payslip.as_bytes()).map_err(|e| e.code())?;
    assert_eq!(payslip.format(), vector.payslip);
    payslip.verify(&policy(vector)).map_err(|e| e.code())
}

#[test]
fn every_vector() {
    let vectors = walk::<PayslipVector>("payslip");
    assert!(vectors.len() >= 500, "only {} vectors", vectors.len());
    let mut codes = BTreeSet::new();
    for (name, vector) in vectors {
        let found = run(&vector);
        let code = found.as_ref().err().map(|code| (*code).to_owned());
        assert_eq!(code, vector.error, "{name}");
        codes.extend(code);
        let Ok(stated) = found else { continue };
        let (line, whole) = (stated.line(), stated.whole());
        assert_eq!(Some(stated.contributor().to_string()), vector.contributor, "{name}");
        assert_eq!(Some(stated.project().project.to_string()), vector.project, "{name}");
        assert_eq!(Some(stated.number()), vector.number, "{name}");
        assert_eq!(Some(stated.currency().to_string()), vector.currency, "{name}");
        for (number, text) in [
            (line.payable, &vector.payable),
            (line.held, &vector.held),
            (line.owed, &vector.owed),
            (line.points, &vector.points),
            (whole.points, &vector.of),
        ] {
            assert_eq!(Some(number.to_string()), *text, "{name}");
        }
        let credited = stated.credited();
        assert_eq!(Some(credited.count), vector.credits, "{name}");
        assert_eq!(Some(credited.points.to_string()), vector.credited, "{name}");
        assert_eq!(Some(credited.at_rate.to_string()), vector.at_rate, "{name}");
        let claimants = stated.claims().iter().map(|made| made.claimant.to_string()).collect();
        assert_eq!(Some(claimants), vector.claimants, "{name}");
        let states = stated.payments().iter().map(|made| made.payment.state.to_string()).collect();
        assert_eq!(Some(states), vector.payments, "{name}");
        assert_eq!(Some(stated.size()), vector.size, "{name}");
        assert_eq!(Some(stated.day().to_string()), vector.day, "{name}");
        assert_eq!(Some(stated.is_recomputed()), vector.recomputed, "{name}");
    }
    // Every check of spec/payslip.md §2 but the size of the file has a vector.
    for code in [
        "payslip-not-a-payslip",
        "payslip-line",
        "payslip-decisions",
        "statement-entries",
        "statement-ledger",
        "statement-snapshot",
        "payslip-decision",
        "payslip-currency",
        "payslip-path",
        "payslip-sums",
        "payslip-root",
        "payslip-unbalanced",
        "payslip-charter",
        "payslip-work",
        "payslip-work-link",
        "payslip-work-points",
        "payslip-payment",
        "payslip-decision-path",
        "payslip-decision-root",
        "statement-project-path",
        "statement-project-root",
    ] {
        assert!(codes.contains(code), "no vector for {code}");
    }
}

/// Checks that share a code are told apart by what they say.
#[test]
fn what_is_wrong_with_credits() {
    let vectors = walk::<PayslipVector>("payslip");
    for (name, reason) in [
        ("charter-other-log", "it was made for log example.org/other"),
        ("charter-twice", "it is charter 0 once more"),
        ("work-link-at-0", "there is a link before the first credit"),
        ("work-link-before-zeroes", "there are credits before those listed (1), and no link of them"),
        ("work-index-later", "the credit of entry 23 says that entry 22 decided it, which comes before it"),
        (
            "work-decided-by-settlement",
            "the credit of entry 20 was decided at entry 41, the settlement is entry 41",
        ),
        (
            "work-decided-descends",
            "the credit of entry 21 was decided at entry 24, the one listed before it at 25",
        ),
        ("work-times-work", "2 credits of entry 20 are said to be alike, but are no verdicts of one review"),
        (
            "work-times-before",
            "6 credits of entry 31 are said to be alike, but are no verdicts of one review",
        ),
        ("work-alike-apart", "the credit of entry 31 is like the one before it, and on a line of its own"),
        ("work-points-range-more", "the line has 12 points of the range, and only 11 ever"),
        (
            "work-points-accrued-more",
            "271 minor units accrued by rate, more than the 270 that all credits make",
        ),
    ] {
        let is_named = |file: &str| Path::new(file).file_stem().is_some_and(|stem| stem == name);
        let (_, vector) = vectors.iter().find(|(file, _)| is_named(file)).unwrap();
        let payslip = Payslip::parse(vector.payslip.as_bytes()).unwrap();
        let refused = payslip.verify(&policy(vector)).unwrap_err();
        let mut last: &dyn Error = &refused;
        while let Some(source) = last.source() {
            last = source;
        }
        assert_eq!(last.to_string(), reason, "{name}");
    }
}

/// An accepted payslip with everything that one can have: payments, credits and a claim.
fn whole(vectors: &[(String, PayslipVector)]) -> &PayslipVector {
    let has_all = |v: &PayslipVector| {
        v.payments.as_ref().is_some_and(|p| p.len() == 2)
            && v.credits > Some(1)
            && v.claimants.as_ref().is_some_and(|c| !c.is_empty())
    };
    vectors.iter().map(|(_, vector)| vector).find(|vector| has_all(vector)).unwrap()
}

/// What is signed on the checkpoint can be by keys that the policy does not know; all else is bound.
#[test]
fn every_single_bit() {
    let vectors = walk::<PayslipVector>("payslip");
    let vector = whole(&vectors);
    let policy = policy(vector);
    let end = vector.payslip.rfind("\n\n").unwrap();
    for at in 0..end {
        for bit in 0..8 {
            let mut bytes = vector.payslip.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let accepted = Payslip::parse(&bytes).is_ok_and(|payslip| payslip.verify(&policy).is_ok());
            assert!(!accepted, "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn every_cut_and_every_line_dropped_doubled_and_swapped() {
    let vectors = walk::<PayslipVector>("payslip");
    let vector = whole(&vectors);
    let policy = policy(vector);
    let accepted =
        |text: &str| Payslip::parse(text.as_bytes()).is_ok_and(|payslip| payslip.verify(&policy).is_ok());
    assert!(accepted(&vector.payslip));
    for end in 0..vector.payslip.rfind("\n\n").unwrap() {
        assert!(!accepted(&vector.payslip[..end]), "cut at {end}");
    }
    let lines: Vec<&str> = vector.payslip.split_inclusive('\n').collect();
    // The lines before the signatures.
    let last = lines.iter().rposition(|line| *line == "\n").unwrap();
    for at in 0..=last {
        let (before, after) = lines.split_at(at);
        assert!(!accepted(&[before, &after[1..]].concat().concat()), "without line {at}");
        assert!(!accepted(&[before, &after[..1], after].concat().concat()), "line {at} twice");
        if at < last && after[0] != after[1] {
            let swapped = [before, &[after[1], after[0]], &after[2..]].concat().concat();
            assert!(!accepted(&swapped), "lines {at} and the next swapped");
        }
    }
}
