use proptest::prelude::*;

use super::*;
use crate::rail::tests::{contributor, heading, payees};

fn due(gross: &[u64]) -> Vec<Due> {
    let due = gross.iter().zip(1..);
    due.map(|(gross, handle)| Due { handle, attempt: 1, contributor: contributor(handle), gross: *gross })
        .collect()
}

fn terms(withholding: u16, fee: u64) -> Terms {
    Terms { withholding, fee }
}

fn kes(numerator: u64, denominator: u64) -> Option<Exchange> {
    Some(Exchange { currency: Currency::parse("KES").unwrap(), numerator, denominator })
}

fn whole(payouts: Vec<Payout>) -> Run {
    Run { heading: heading(), part: 1, parts: 1, limit: payouts.len(), payouts }
}

#[test]
fn tax_and_fee_are_taken_off_exactly() {
    let sorted = heading().join(terms(1_500, 25), &due(&[999, 10_000]), &payees(2)).unwrap();
    let amounts: Vec<_> = sorted.payouts.iter().map(|p| [p.gross, p.tax, p.fee, p.net, p.amount]).collect();
    assert_eq!(amounts, [[999, 149, 25, 825, 825], [10_000, 1_500, 25, 8_475, 8_475]]);
    let run = whole(sorted.payouts);
    run.check().unwrap();
    let totals = Totals { lines: 2, gross: 10_999, tax: 1_649, fee: 50, net: 9_300, amount: 9_300 };
    assert_eq!(run.totals(), totals);
}

#[test]
fn what_holds_for_a_payee_goes_before_what_holds_for_all() {
    let header = "contributor,name,identifier_type,identifier,withholding,fee";
    let text = format!(
        "{header}\n{},P,MSISDN,254700000001,0,0\n{},P,MSISDN,254700000002,,0.01\n",
        contributor(1),
        contributor(2)
    );
    let payees = Payees::read(text.as_bytes(), Currency::parse("USD").unwrap()).unwrap();
    let sorted = heading().join(terms(1_000, 50), &due(&[1_000, 1_000]), &payees).unwrap();
    let amounts: Vec<_> = sorted.payouts.iter().map(|p| (p.withholding, p.tax, p.fee, p.net)).collect();
    assert_eq!(amounts, [(0, 0, 0, 1_000), (1_000, 100, 1, 899)]);
}

#[test]
fn every_line_is_paid_or_listed_with_a_reason() {
    let mut due = due(&[1_000, 100, 0, 1_000, 1_000]);
    due[4].handle = 1_000_000_000_000;
    due[4].contributor = contributor(1);
    due[3].contributor = contributor(99);
    let sorted = heading().join(terms(0, 100), &due, &payees(5)).unwrap();
    assert_eq!(sorted.payouts.iter().map(|p| p.reference.handle()).collect::<Vec<_>>(), [1]);
    let left: Vec<_> = sorted.left.iter().map(|l| (l.handle, l.gross, l.why)).collect();
    let want = [
        (2, 100, LeftOut::NothingLeft),
        (3, 0, LeftOut::NothingLeft),
        (4, 1_000, LeftOut::NoAccount),
        (1_000_000_000_000, 1_000, LeftOut::ReferenceTooLong),
    ];
    assert_eq!(left, want);
    assert!(sorted.left[2].contributor == contributor(99));
}

#[test]
fn an_exchange_rounds_each_line_down() {
    let mut heading = heading();
    heading.exchange = kes(12_955, 100);
    let sorted = heading.join(terms(0, 0), &due(&[1, 3, 1_000]), &payees(3)).unwrap();
    assert_eq!(sorted.payouts.iter().map(|p| p.amount).collect::<Vec<_>>(), [129, 388, 129_550]);
    assert_eq!(heading.paid().as_str(), "KES");
    heading.exchange = kes(1, 2);
    let sorted = heading.join(terms(0, 0), &due(&[1, 2]), &payees(2)).unwrap();
    assert_eq!((sorted.payouts.len(), sorted.left[0].why), (1, LeftOut::NothingExchanged));
    heading.exchange = kes(u64::MAX, 1);
    let sorted = heading.join(terms(0, 0), &due(&[1]), &payees(1)).unwrap();
    assert_eq!(sorted.left[0].why, LeftOut::AmountTooLarge);
}

#[test]
fn terms_that_can_not_be_are_refused() {
    let (mut heading, payees) = (heading(), payees(1));
    let joined = heading.join(terms(10_001, 0), &due(&[1]), &payees);
    assert!(matches!(joined, Err(RailError::Withholding { withholding: 10_001 })));
    let usd = Some(Exchange { currency: heading.currency, numerator: 1, denominator: 1 });
    for exchange in [kes(0, 1), kes(1, 0), usd] {
        heading.exchange = exchange;
        assert!(matches!(heading.join(terms(0, 0), &due(&[1]), &payees), Err(RailError::Exchange)));
    }
}

/// Changes one thing of a run of three payments; what is it refused for?
fn refused(change: impl Fn(&mut Run)) -> RailError {
    let sorted = heading().join(terms(1_000, 10), &due(&[1_000, 2_000, 3_000]), &payees(3)).unwrap();
    let mut run = whole(sorted.payouts);
    run.check().unwrap();
    change(&mut run);
    run.check().unwrap_err()
}

#[test]
fn a_run_keeps_its_promises() {
    let amounts = |change: fn(&mut Payout)| {
        let error = refused(|run| change(&mut run.payouts[1]));
        assert!(matches!(error, RailError::Amounts { reference } if reference.handle() == 2), "{error}");
    };
    amounts(|p| p.gross += 1);
    amounts(|p| p.tax += 1);
    amounts(|p| p.fee += 1);
    amounts(|p| p.net -= 1);
    amounts(|p| p.amount += 1);
    amounts(|p| p.withholding = 1_100);
    // The sum still holds, and the tax is not what is withheld.
    amounts(|p| (p.tax, p.fee) = (p.tax + 1, p.fee - 1));
    assert!(matches!(refused(|run| run.payouts.swap(0, 1)), RailError::Order { .. }));
    assert!(matches!(refused(|run| run.payouts[1] = run.payouts[0].clone()), RailError::Order { .. }));
    assert!(matches!(refused(|run| run.heading.settlement = Hash([9; 32])), RailError::Foreign { .. }));
    assert!(matches!(refused(|run| run.heading.exchange = kes(0, 1)), RailError::Exchange));
    assert!(matches!(refused(|run| run.heading.exchange = kes(2, 1)), RailError::Amounts { .. }));
    assert!(matches!(refused(|run| run.payouts.clear()), RailError::Empty));
    assert!(matches!(refused(|run| run.limit = 2), RailError::Part));
    assert!(matches!(refused(|run| run.part = 2), RailError::Part));
}

proptest! {
    #[test]
    fn gross_is_tax_fee_and_net(
        gross in prop::collection::vec(0..=MAX_AMOUNT, 1..20),
        withholding in 0..=WHOLE,
        fee in prop_oneof![0..1_000u64, 0..=MAX_AMOUNT],
    ) {
        let sorted = heading().join(terms(withholding, fee), &due(&gross), &payees(20)).unwrap();
        prop_assert_eq!(sorted.payouts.len() + sorted.left.len(), gross.len());
        for p in &sorted.payouts {
            prop_assert_eq!(u128::from(p.tax) + u128::from(p.fee) + u128::from(p.net), u128::from(p.gross));
            prop_assert!(u128::from(p.tax) * 10_000 <= u128::from(p.gross) * u128::from(withholding));
            prop_assert!((u128::from(p.tax) + 1) * 10_000 > u128::from(p.gross) * u128::from(withholding));
        }
        for left in &sorted.left {
            prop_assert_eq!(left.why, LeftOut::NothingLeft);
        }
    }

    #[test]
    fn parts_are_the_whole(count in 0..60usize, limit in 1..20usize) {
        let sorted = heading().join(terms(0, 0), &due(&vec![5; count]), &payees(60)).unwrap();
        let parts = heading().split(&sorted.payouts, limit).unwrap();
        let joined: Vec<Payout> = parts.iter().flat_map(|part| part.payouts.clone()).collect();
        prop_assert_eq!(&joined, &sorted.payouts);
        prop_assert_eq!(parts.len(), count.div_ceil(limit));
        let mut ids = std::collections::BTreeSet::new();
        for (at, part) in parts.iter().enumerate() {
            part.check().unwrap();
            prop_assert_eq!((part.part as usize, part.parts as usize), (at + 1, parts.len()));
            prop_assert!(ids.insert(part.message_id().unwrap()));
        }
        prop_assert!(parts.iter().rev().skip(1).all(|part| part.payouts.len() == limit));
        prop_assert!(matches!(heading().split(&sorted.payouts, 0), Err(RailError::Limit)));
    }
}
