use lebombo_verifier::{Code, Hash};
use proptest::prelude::*;

use super::*;
use crate::rail::reference::Reference;
use crate::rail::xml::XmlError;

const CAMT: &[u8] = include_bytes!("../../../../samples/camt.054.xml");
const HUB: &[u8] = include_bytes!("../../../../samples/payment-hub-result.csv");
const MAP: &str = r#"
format = "csv"
separator = ";"
reference = "ref"
amount = "sum"
currency = "ccy"
reason = "why"

[status]
column = "state"
paid = ["OK", "settled"]
failed = ["rejected"]
returned = ["RTND"]
unknown = ["", "sent"]
"#;

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn expected(handle: u64, amount: u64) -> Expected {
    let reference = Reference::new(&Hash([0x6b; 32]), usd(), handle, 1).unwrap();
    Expected { reference, amount, currency: usd() }
}

fn table(rows: &str) -> Result<Reading, ResultError> {
    let map = ResultMap::parse(MAP).unwrap();
    read(&Source::Table(map), format!("ref;state;sum;ccy;why\n{rows}").as_bytes())
}

fn states(reading: &Reading) -> Vec<(&str, State, Option<&str>)> {
    reading.outcomes.iter().map(|o| (o.reference.as_str(), o.state, o.reason.as_deref())).collect()
}

#[test]
fn a_table_is_read_by_its_map() {
    let reading = table(
        "6b6b6b6b6b6b-USD-1-1; ok ;10.50;USD;\n;OK;;;\nother;Rejected;;; AC04 \nx;;;;\ny;RTND;1;KES;a\u{1b}b\n",
    );
    let reading = reading.unwrap();
    let want = [
        ("6b6b6b6b6b6b-USD-1-1", State::Paid, None),
        ("other", State::Failed, Some("AC04")),
        ("x", State::Unknown, None),
        ("y", State::Returned, Some("a\u{fffd}b")),
    ];
    assert_eq!(states(&reading), want);
    assert_eq!(reading.outcomes.iter().map(|o| o.line).collect::<Vec<_>>(), [2, 4, 5, 6]);
    assert_eq!(reading.outcomes[0].amount, Said::parse("10.5", Some(usd())));
    assert_eq!(reading.outcomes[1].amount, None);
    assert_eq!(reading.notices, [Notice::RowsWithoutReference { rows: 1 }]);
}

#[test]
fn a_table_at_fault_is_refused_with_its_line() {
    for (rows, want) in [
        ("a;paid;;;", "result-status-unknown"),
        ("a;OK;1,000;USD;", "result-amount-malformed"),
        ("a;OK;-1;USD;", "result-amount-malformed"),
        ("a;OK;1;usd;", "result-currency-unknown"),
        ("a;OK;1;USD", "row-columns-differ"),
        ("a;OK;1;USD;\"", "import-quote-not-closed"),
    ] {
        let error = table(&format!("b;OK;;;\n{rows}")).unwrap_err();
        assert_eq!(error.code(), want, "{rows}");
        assert!(crate::failure::explain(&error).contains("line 3"), "{error}");
    }
    let map = Source::Table(ResultMap::parse(MAP).unwrap());
    assert_eq!(read(&map, b"ref;state\n").unwrap_err().code(), "import-column-missing");
    assert_eq!(read(&map, b"").unwrap_err().code(), "import-header-missing");
    let error = table("a;\u{1b}[31m;;;").unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
}

#[test]
fn maps_say_one_thing_for_each_word() {
    let fails = |from: &str, to: &str| {
        assert!(MAP.contains(from));
        let error = ResultMap::parse(&MAP.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.code(), "import-map", "{error}");
        error.to_string()
    };
    assert!(fails("\"rejected\"", "\"ok\"").contains("two of the lists"));
    assert!(fails("reference = \"ref\"", "").contains("reference"));
    assert!(fails("why", "why\"\nspeed = \"x").contains("speed"));
    fails("paid = [\"OK\", \"settled\"]\nfailed = [\"rejected\"]\nreturned = [\"RTND\"]\n", "");
}

#[test]
fn the_hub_s_own_result_needs_no_map() {
    let reading = read(&Source::parse("payment-hub").unwrap(), HUB).unwrap();
    let want = [
        ("6b6b6b6b6b6b-USD-1-1", State::Paid, None),
        ("6b6b6b6b6b6b-USD-3-1", State::Failed, Some("404")),
        ("6b6b6b6b6b6b-USD-4-1", State::Unknown, None),
    ];
    assert_eq!(states(&reading), want);
    let expected = [expected(1, 150_000), expected(3, 5), expected(4, 1_250)];
    let matched = match_results(&expected, &reading.outcomes, Others::Refuse).unwrap();
    assert_eq!((matched.count(State::Paid), matched.count(State::Failed), matched.missing.len()), (1, 1, 0));
}

#[test]
fn a_notification_is_read() {
    let reading = read(&Source::parse("camt.054").unwrap(), CAMT).unwrap();
    assert_eq!(Source::parse("camt.053").unwrap_err().code(), "result-format-unknown");
    let want = [
        ("6b6b6b6b6b6b-USD-1-1", State::Paid, None),
        ("6b6b6b6b6b6b-USD-2-1", State::Paid, None),
        ("6b6b6b6b6b6b-USD-4-1", State::Unknown, None),
        ("6b6b6b6b6b6b-USD-2-1", State::Returned, Some("AC04")),
    ];
    assert_eq!(states(&reading), want);
    let amounts: Vec<_> =
        reading.outcomes.iter().map(|o| o.amount.as_ref().map(|a| a.number.as_str())).collect();
    assert_eq!(amounts, [Some("1500"), Some("0.05"), None, Some("0.05")]);
    let want = [Notice::RowsWithoutReference { rows: 1 }, Notice::EntriesWithoutDetails { entries: 1 }];
    assert_eq!(reading.notices, want);
    let expected = [expected(1, 150_000), expected(2, 5), expected(4, 84_338), expected(7, 1)];
    let matched = match_results(&expected, &reading.outcomes, Others::Refuse).unwrap();
    let states: Vec<_> =
        matched.matches.iter().map(|m| (m.expected.reference.handle(), m.outcome.state)).collect();
    assert_eq!(states, [(1, State::Paid), (2, State::Returned), (4, State::Unknown)]);
    assert_eq!(matched.missing, [expected[3].reference]);
}

/// The sample with one thing changed; the states it gives.
fn changed(from: &str, to: &str) -> Result<Vec<State>, ResultError> {
    let text = std::str::from_utf8(CAMT).unwrap();
    assert!(text.contains(from), "{from}");
    let reading = read(&Source::Camt054, text.replacen(from, to, 1).as_bytes())?;
    Ok(reading.outcomes.iter().map(|outcome| outcome.state).collect())
}

#[test]
fn only_a_booked_debit_is_paid_and_only_a_booked_credit_comes_back() {
    use State::{Paid, Returned, Unknown};
    for (from, to, want) in [
        ("camt.054.001.08", "camt.054.001.02", [Paid, Paid, Unknown, Returned]),
        // As versions before 04 have it.
        ("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>", [Paid, Paid, Unknown, Returned]),
        ("<Sts><Cd>BOOK</Cd></Sts>", "<Sts><Cd>INFO</Cd></Sts>", [Unknown, Unknown, Unknown, Returned]),
        ("<Sts><Cd>BOOK</Cd></Sts>", "", [Unknown, Unknown, Unknown, Returned]),
        ("<Sts><Cd>PDNG", "<Sts><Cd>BOOK", [Paid, Paid, Paid, Returned]),
        ("<CdtDbtInd>CRDT", "<CdtDbtInd>DBIT", [Paid, Paid, Unknown, Unknown]),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "", [Paid, Paid, Unknown, Unknown]),
        ("<SubFmlyCd>RRTN", "<SubFmlyCd>XBCT", [Paid, Paid, Unknown, Returned]),
        ("<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "<RtrInf/>", [Paid, Paid, Unknown, Returned]),
        ("<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "", [Paid, Paid, Unknown, Returned]),
        (
            "<CdtDbtInd>CRDT</CdtDbtInd>",
            "<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd>",
            [Paid, Paid, Unknown, Returned],
        ),
        (
            "<CdtDbtInd>DBIT</CdtDbtInd>",
            "<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>",
            [Unknown, Unknown, Unknown, Returned],
        ),
    ] {
        assert_eq!(changed(from, to).unwrap(), want, "{from} → {to}");
    }
    let text = std::str::from_utf8(CAMT).unwrap();
    let bare = text.replace("RRTN", "XBCT").replace("<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>", "");
    let reading = read(&Source::Camt054, bare.as_bytes()).unwrap();
    // A credit with our reference that says nothing of a return is not guessed about.
    assert_eq!(reading.outcomes[3].state, Unknown);
}

#[test]
fn a_notification_at_fault_is_refused() {
    let code = |from: &str, to: &str| changed(from, to).unwrap_err().code().to_owned();
    assert_eq!(code("<Amt Ccy=\"USD\">1500.00", "<Amt Ccy=\"USD\">1,500.00"), "result-amount-malformed");
    assert_eq!(code("<Amt Ccy=\"USD\">1500.00", "<Amt>1500.00"), "result-currency-unknown");
    assert_eq!(
        code("<Refs><EndToEndId>", "<Refs><EndToEndId>x</EndToEndId><EndToEndId>"),
        "result-element-repeated"
    );
    assert_eq!(code("camt.054.001.08", "camt.053.001.08"), "xml-other-message");
    assert_eq!(
        code("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE d [<!ENTITY a 'a'>]>"),
        "xml-document-type"
    );
    assert_eq!(code("</Document>", ""), "xml-malformed");
    assert!(matches!(read(&Source::Camt054, b""), Err(ResultError::Xml(XmlError::Malformed { line: 1 }))));
}

fn outcome(line: u64, reference: &str, state: State, amount: Option<&str>) -> Outcome {
    let amount = amount.map(|text| Said::parse(text, None).unwrap());
    Outcome { line, reference: reference.to_owned(), state, amount, reason: None }
}

/// The codes of all problems.
fn problems(outcomes: &[Outcome], others: Others) -> Vec<String> {
    let expected = [expected(1, 1_050), expected(2, 5)];
    let problems = match_results(&expected, outcomes, others).unwrap_err();
    problems.iter().map(|problem| problem.code().to_owned()).collect()
}

#[test]
fn every_problem_is_told_and_nothing_half_done() {
    use State::{Failed, Paid};
    let outcomes = [
        outcome(2, "6b6b6b6b6b6b-USD-1-1", Paid, Some("10.5")),
        outcome(3, "6b6b6b6b6b6b-USD-1-1", Failed, None),
        outcome(4, "6b6b6b6b6b6b-USD-2-1", Paid, Some("0.06")),
        outcome(5, "6b6b6b6b6b6b-USD-2-2", Paid, None),
        outcome(6, "6b6b6b6b6b6b-KES-2-1", Paid, None),
        outcome(7, "aaaaaaaaaaaa-USD-2-1", Paid, None),
        outcome(8, "INVOICE 7\u{1b}[2J", Paid, None),
    ];
    let want = [
        "result-contradiction",
        "result-amount-differs",
        "result-reference-unknown",
        "result-reference-foreign",
        "result-reference-foreign",
        "result-reference-malformed",
    ];
    assert_eq!(problems(&outcomes, Others::Refuse), want);
    assert_eq!(problems(&outcomes, Others::Allow), want[..2]);
    let shown = match_results(&[], &outcomes, Others::Refuse).unwrap_err();
    assert!(!shown.iter().any(|problem| problem.to_string().contains('\u{1b}')));
    let mut other = outcome(2, "6b6b6b6b6b6b-USD-1-1", Paid, Some("10.5"));
    other.amount.as_mut().unwrap().currency = Currency::parse("KES");
    assert_eq!(problems(&[other], Others::Refuse), ["result-currency-differs"]);
}

#[test]
fn others_payments_are_listed_where_they_are_allowed() {
    let outcomes = [
        outcome(2, "INVOICE 7", State::Paid, Some("1")),
        outcome(3, "6b6b6b6b6b6b-USD-1-1", State::Paid, Some("10.50")),
        outcome(4, "6b6b6b6b6b6b-USD-2-2", State::Paid, None),
    ];
    let expected = [expected(1, 1_050), expected(2, 5)];
    let matched = match_results(&expected, &outcomes, Others::Allow).unwrap();
    assert_eq!(matched.others.iter().map(|other| other.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!((matched.matches.len(), matched.missing.as_slice()), (1, &[expected[1].reference][..]));
}

#[test]
fn what_a_result_says_twice_counts_once() {
    use State::{Failed, Paid, Returned, Unknown};
    let reference = "6b6b6b6b6b6b-USD-1-1";
    let expected = [expected(1, 1_050)];
    for before in [Paid, Failed, Returned, Unknown] {
        for after in [Paid, Failed, Returned, Unknown] {
            let outcomes = [outcome(2, reference, before, None), outcome(3, reference, after, None)];
            let matched = match_results(&expected, &outcomes, Others::Refuse);
            let goes_on = (before == Unknown && after != Unknown) || (before, after) == (Paid, Returned);
            match matched {
                Ok(matched) if goes_on => {
                    assert_eq!((matched.matches[0].outcome.state, matched.repeated), (after, 0));
                }
                Ok(matched) => {
                    assert_eq!(before, after);
                    assert_eq!((matched.matches[0].outcome.line, matched.repeated), (2, 1));
                }
                Err(problems) => {
                    assert!(before != after && !goes_on, "{before:?} {after:?}");
                    assert!(matches!(problems[..], [ResultError::Contradiction { line: 3, first: 2, .. }]));
                }
            }
        }
    }
}

#[test]
fn amounts_are_compared_as_numbers() {
    let said = |text: &str| Said::parse(text, None).unwrap();
    for text in ["10.5", "10.50", "10.50000", "010.5"] {
        assert!(said(text).is(usd(), 1_050), "{text}");
    }
    assert!(said("1000.00").is(Currency::parse("UGX").unwrap(), 1_000));
    assert!(said("0").is(usd(), 0) && said("0.00").is(usd(), 0));
    assert!(!said("10.501").is(usd(), 1_050));
    for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,000", "1 000", "١", "1.2.3", &"1".repeat(41)] {
        assert_eq!(Said::parse(text, None), None, "{text}");
    }
}

proptest! {
    #[test]
    fn readers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..4000usize, byte in any::<u8>()) {
        let mut camt = CAMT.to_vec();
        let at = at.min(camt.len() - 1);
        camt[at] = byte;
        for bytes in [&bytes, &camt] {
            let _ = read(&Source::Camt054, bytes);
            let _ = read(&Source::Table(ResultMap::payment_hub()), bytes);
        }
    }

    #[test]
    fn all_that_is_expected_is_spoken_of_or_missing(rows in prop::collection::vec((1..9u64, 0..4u8), 0..12)) {
        let states = [State::Paid, State::Failed, State::Returned, State::Unknown];
        let expected: Vec<Expected> = (1..6).map(|handle| expected(handle, handle)).collect();
        let outcomes: Vec<Outcome> = rows
            .iter()
            .zip(2..)
            .map(|((handle, state), line)| {
                outcome(line, &format!("6b6b6b6b6b6b-USD-{handle}-1"), states[usize::from(*state)], None)
            })
            .collect();
        match match_results(&expected, &outcomes, Others::Allow) {
            Ok(matched) => {
                prop_assert_eq!(matched.matches.len() + matched.missing.len(), expected.len());
                prop_assert!(matched.others.iter().all(|other| Reference::parse(&other.reference).unwrap().handle() > 5));
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
