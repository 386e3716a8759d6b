//! Lies about money, one each: a ledger that takes for valid what is not states a root of all totals that its entries do not
//! give. The report names that snapshot and, where an entry is void, that entry and the rule that it breaks.

use std::collections::BTreeSet;

use lebombo_ledger::audit::Outcome;
use lebombo_verifier::Code as _;
use lebombo_verifier::event::{
    Body, Change, Income, Party, Payment, PaymentState, Reversal, Role, Settlement,
};
use lebombo_verifier::fold::{Effect, Void, who};

use super::books::{Books, alias, joint, usd};
use super::log::{Log, membership};
use super::{assert_names, audit};
use crate::harness::events::{Person, Signed};

/// A lie, the snapshot that states it, and the entry that is void, with its code.
struct Told {
    log: Log,
    snapshot: u64,
    void: Option<(&'static str, u64)>,
}

impl Books {
    /// States what follows from the lie; how it has to be named. The logged event is void by `void`.
    fn told(mut self, void: Option<Void>, code: Option<&'static str>) -> Told {
        assert_eq!(void.as_ref().map(|void| void.code()), code);
        let index = code.map(|_| self.log.last());
        self.log.mark();
        assert_eq!(self.log.state(self.log.statement()), Effect::Void(Void::SnapshotRoot));
        Told { snapshot: self.log.last(), void: code.zip(index), log: self.log }
    }
}

/// A settlement of something else than what the entries give.
fn settling(code: &'static str, lie: impl FnOnce(&mut Books)) -> Told {
    let mut books = Books::new();
    books.income(30_000);
    lie(&mut books);
    let void = books.settle();
    books.told(void, Some(code))
}

/// The second settlement is of something else.
fn settling_again(code: &'static str, lie: impl FnOnce(&mut Books)) -> Told {
    let mut books = Books::settled();
    books.work(&[1, 5, 2]);
    books.income(10_000);
    lie(&mut books);
    books.freeze();
    let void = books.settle();
    books.told(void, Some(code))
}

/// A cent more than came in, in every sum that follows.
fn one_cent_off() -> Told {
    settling("settlement-sums", |books| {
        let steward = books.log.steward.clone();
        let one = |amount| Body::Income(Income { amount, currency: usd(), payer: None });
        let (logged, believed) = (books.sign(&steward, one(999)), books.sign(&steward, one(1_000)));
        assert_eq!(books.lie(Some(&logged), Some(&believed)), None);
        books.freeze();
    })
}

fn a_cent_from_one_to_another() -> Told {
    settling("settlement-root", |books| {
        books.freeze();
        books.bend(|_, lines| {
            for (handle, by) in [(0, -1), (1, 1)] {
                let line = &mut lines[handle].line;
                line.share = line.share.checked_add_signed(by).unwrap();
                line.payable = line.payable.checked_add_signed(by).unwrap();
            }
        });
    })
}

fn ghost_payee() -> Told {
    settling("settlement-lines", |books| {
        books.freeze();
        let ghost = who(&Party::Key(books.log.stranger.did.clone()));
        books.bend(|settled, lines| {
            let mut line = lines[0].clone();
            (line.handle, line.line.who) = (settled.lines, ghost);
            lines[0].line.payable -= 500;
            line.line.payable = 500;
            lines.push(line);
            settled.lines += 1;
        });
    })
}

fn fund_too_large() -> Told {
    settling("settlement-sums", |books| {
        books.freeze();
        books.bend(|settled, lines| {
            settled.funds[0].1 += 700;
            settled.payable -= 700;
            lines[0].line.payable -= 700;
        });
    })
}

fn confirmed_by_nobody() -> Told {
    settling("settlement-sums", |books| {
        let (steward, payer) = (books.log.steward.clone(), books.log.stranger.clone());
        let one = |payer| Body::Income(Income { amount: 500, currency: usd(), payer });
        let logged = books.sign(&steward, one(None));
        let believed = joint(&mut books.log, &[&steward, &payer], one(Some(payer.did.clone())));
        assert_eq!(books.lie(Some(&logged), Some(&believed)), None);
        books.freeze();
    })
}

fn income_by_no_treasurer() -> Told {
    settling("settlement-sums", |books| {
        let (steward, stranger) = (books.log.steward.clone(), books.log.stranger.clone());
        let one = Body::Income(Income { amount: 500, currency: usd(), payer: None });
        let (logged, believed) = (books.sign(&stranger, one.clone()), books.sign(&steward, one));
        assert_eq!(books.lie(Some(&logged), Some(&believed)), Some(Void::NotTreasurer));
        books.freeze();
    })
}

fn reversal_ignored() -> Told {
    settling("settlement-sums", |books| {
        let income = books.income(5_000);
        let steward = books.log.steward.clone();
        let reversal = books.sign(&steward, Body::Reversal(Reversal { amount: 2_000, income }));
        assert_eq!(books.lie(Some(&reversal), None), None);
        books.freeze();
    })
}

fn nobody_asked_for_it() -> Told {
    settling("settlement-not-frozen", |books| {
        let steward = books.log.steward.clone();
        let closing = books.sign(&steward, Body::Closing);
        assert_eq!(books.lie(None, Some(&closing)), None);
        books.state();
    })
}

/// Settled again from the first mark on.
fn range_that_overlaps() -> Told {
    settling_again("settlement-root", |books| books.bend_lines(1, Some(|_| 0), true))
}

/// What was done since the first settlement is taken for settled when the second mark freezes it.
fn range_that_skips() -> Told {
    settling_again("settlement-root", |books| books.bend_lines(1, Some(|ever| ever + 5), true))
}

/// Lines say that points come from other work.
fn other_work() -> Told {
    settling_again("settlement-root", Books::bend_work)
}

/// The income of the first settlement is settled once more.
fn income_settled_twice() -> Told {
    settling_again("settlement-sums", |books| {
        let steward = books.log.steward.clone();
        let again =
            books.sign(&steward, Body::Income(Income { amount: 30_000, currency: usd(), payer: None }));
        assert_eq!(books.lie(None, Some(&again)), None);
    })
}

fn debt_forgotten() -> Told {
    let mut books = Books::new();
    books.income(3_000);
    books.freeze();
    assert_eq!(books.settle(), None);
    let view = books.believed_lines(1);
    assert!(view.iter().any(|line| !line.debts.is_empty()), "{view:?}");
    books.income(20_000);
    books.bend_lines(1, None, false);
    books.freeze();
    let void = books.settle();
    books.told(void, Some("settlement-sums"))
}

/// A freeze that another has replaced is settled: what was frozen last is left out.
fn freeze_left_out() -> Told {
    let mut books = Books::new();
    books.income(30_000);
    books.freeze();
    let first = books.frozen;
    books.work(&[2, 2]);
    let steward = books.log.steward.clone();
    let closing = books.sign(&steward, Body::Closing);
    assert_eq!(books.lie(Some(&closing), None), None);
    books.state();
    books.frozen = first;
    let void = books.settle();
    books.told(void, Some("settlement-snapshot"))
}

fn another_snapshot() -> Told {
    let mut books = Books::new();
    books.state();
    let earlier = books.frozen;
    books.income(30_000);
    books.freeze();
    let (steward, right) = (books.log.steward.clone(), books.settlement());
    let Body::Settlement(body) = right.clone() else { panic!("no settlement") };
    let wrong = Body::Settlement(Settlement { snapshot: earlier, ..body });
    let (logged, believed) = (books.sign(&steward, wrong), books.sign(&steward, right));
    let void = books.lie(Some(&logged), Some(&believed));
    books.told(void, Some("settlement-snapshot"))
}

fn two_after_the_same() -> Told {
    let mut books = Books::settled();
    let first = books.settled;
    books.income(10_000);
    books.freeze();
    assert_eq!(books.settle(), None);
    books.income(4_000);
    books.freeze();
    let (steward, right) = (books.log.steward.clone(), books.settlement());
    let Body::Settlement(body) = right.clone() else { panic!("no settlement") };
    let other = Body::Settlement(Settlement { previous: first, ..body });
    let (logged, believed) = (books.sign(&steward, other), books.sign(&steward, right));
    let void = books.lie(Some(&logged), Some(&believed));
    books.told(void, Some("settlement-previous"))
}

/// The ledger believes that somebody has a role.
fn believe_role(books: &mut Books, person: &Person, role: Role) {
    let member = who(&Party::Key(person.did.clone()));
    let number = Role::ALL.iter().position(|one| *one == role).unwrap();
    let number = [u8::try_from(number).unwrap()];
    books.log.believe([b"M", &books.log.project.0[..], &number, &member.0].concat(), Some(Vec::new()));
}

fn settled_by_no_treasurer() -> Told {
    let mut books = Books::new();
    books.income(30_000);
    books.freeze();
    let (stranger, body) = (books.log.stranger.clone(), books.settlement());
    believe_role(&mut books, &stranger, Role::Treasurer);
    let signed = books.sign(&stranger, body);
    let void = books.lie(Some(&signed), Some(&signed));
    books.told(void, Some("not-treasurer"))
}

/// A payment that breaks a rule, which the ledger does not see.
fn paying(mut books: Books, code: &'static str, signed: &Signed) -> Told {
    let void = books.lie(Some(signed), Some(signed));
    books.told(void, Some(code))
}

/// The ledger forgets what was done about a line.
fn forget_payments(books: &mut Books, handle: u64) {
    let numbers = [1, handle].map(u64::to_be_bytes).concat();
    let key = [b"y", &books.log.project.0[..], b"USD", &numbers].concat();
    assert!(books.log.believed(&key).is_some());
    books.log.believe(key, None);
}

fn paid_line_paid_again() -> Told {
    let mut books = Books::paid();
    let (paymaster, body) = (books.paymaster.clone(), books.payment(0, PaymentState::Instructed, 1));
    let signed = books.sign(&paymaster, body);
    forget_payments(&mut books, 0);
    paying(books, "payment-state", &signed)
}

fn attempt_left_out() -> Told {
    let mut books = Books::settled();
    let paymaster = books.paymaster.clone();
    let (second, first) =
        (books.payment(1, PaymentState::Instructed, 2), books.payment(1, PaymentState::Instructed, 1));
    let (logged, believed) = (books.sign(&paymaster, second), books.sign(&paymaster, first));
    let void = books.lie(Some(&logged), Some(&believed));
    books.told(void, Some("payment-attempt"))
}

fn another_amount() -> Told {
    let mut books = Books::settled();
    let (paymaster, right) = (books.paymaster.clone(), books.payment(1, PaymentState::Instructed, 1));
    let Body::Payment(body) = right.clone() else { panic!("no payment") };
    let more = Body::Payment(Payment { gross: body.gross + 100, net: body.net + 100, ..body });
    let (logged, believed) = (books.sign(&paymaster, more), books.sign(&paymaster, right));
    let void = books.lie(Some(&logged), Some(&believed));
    books.told(void, Some("payment-sums"))
}

fn paid_by_no_paymaster() -> Told {
    let mut books = Books::settled();
    let (stranger, body) = (books.log.stranger.clone(), books.payment(1, PaymentState::Instructed, 1));
    let signed = books.sign(&stranger, body);
    believe_role(&mut books, &stranger, Role::Paymaster);
    paying(books, "not-paymaster", &signed)
}

/// A line that was never instructed is said to be paid, and stands in the money tree.
fn void_payment_in_the_tree() -> Told {
    let mut books = Books::settled();
    let (paymaster, body) = (books.paymaster.clone(), books.payment(2, PaymentState::Paid, 1));
    let signed = books.sign(&paymaster, body);
    let numbers = [1, 2].map(u64::to_be_bytes).concat();
    let key = [b"y", &books.log.project.0[..], b"USD", &numbers].concat();
    books.log.believe(key, Some(vec![1, 0, 0, 0, 1]));
    paying(books, "payment-state", &signed)
}

fn payment_left_out() -> Told {
    let mut books = Books::settled();
    let (paymaster, body) = (books.paymaster.clone(), books.payment(1, PaymentState::Instructed, 1));
    let signed = books.sign(&paymaster, body);
    assert_eq!(books.lie(Some(&signed), None), None);
    books.told(None, None)
}

fn settlement_left_out() -> Told {
    let mut books = Books::new();
    books.income(30_000);
    books.freeze();
    let (steward, body) = (books.log.steward.clone(), books.settlement());
    let signed = books.sign(&steward, body);
    assert_eq!(books.lie(Some(&signed), None), None);
    books.told(None, None)
}

fn claim_without_confirmers() -> Told {
    let mut books = Books::settled();
    let (one, other) = (books.log.stranger.clone(), books.paymaster.clone());
    let claim = books.claim(0, &[&one, &other]);
    believe_role(&mut books, &one, Role::Advocate);
    believe_role(&mut books, &other, Role::Importer);
    paying(books, "claim-confirmers", &claim)
}

/// Who has one role stands for two.
fn confirmers_of_one_role() -> Told {
    let mut books = Books::settled();
    let (advocate, other) = (books.advocate.clone(), books.log.stranger.clone());
    let steward = books.log.steward.clone();
    let granted = books.log.log(&steward, membership(&other, Role::Advocate, Change::Grant), &[]);
    assert!(matches!(granted, Effect::Membership { .. }));
    let claim = books.claim(0, &[&advocate, &other]);
    believe_role(&mut books, &other, Role::Importer);
    paying(books, "claim-confirmers", &claim)
}

fn disputed_line_paid() -> Told {
    let mut books = Books::settled();
    books.dispute();
    let lines = books.believed_lines(1);
    let disputed = lines.iter().find(|line| line.is_disputed).unwrap().handle;
    let (paymaster, body) = (books.paymaster.clone(), books.payment(disputed, PaymentState::Instructed, 1));
    let signed = books.sign(&paymaster, body);
    let key = [b"q", &books.log.project.0[..], &who(&Party::Alias(alias())).0].concat();
    // One claim: a day, a key, an event id, a place.
    let both = books.log.believed(&key).unwrap();
    books.log.believe(key, Some(both[..4 + 72].to_vec()));
    paying(books, "payment-disputed", &signed)
}

/// Every lie, by name.
fn all() -> Vec<(&'static str, Told)> {
    vec![
        ("a settlement one cent off", one_cent_off()),
        ("a cent of one person's that another gets", a_cent_from_one_to_another()),
        ("a ghost payee", ghost_payee()),
        ("a fund too large", fund_too_large()),
        ("income that no payer has signed for taken for confirmed", confirmed_by_nobody()),
        ("income that a stranger has logged", income_by_no_treasurer()),
        ("a reversal ignored", reversal_ignored()),
        ("a settlement that nobody asked for", nobody_asked_for_it()),
        ("a range that overlaps", range_that_overlaps()),
        ("a range that skips", range_that_skips()),
        ("points of other work", other_work()),
        ("income settled twice", income_settled_twice()),
        ("a debt forgotten", debt_forgotten()),
        ("a freeze left out", freeze_left_out()),
        ("a settlement of another snapshot", another_snapshot()),
        ("two settlements after the same one", two_after_the_same()),
        ("a settlement by no treasurer", settled_by_no_treasurer()),
        ("a paid line paid again", paid_line_paid_again()),
        ("an attempt left out", attempt_left_out()),
        ("a payment of another amount", another_amount()),
        ("a payment by no paymaster", paid_by_no_paymaster()),
        ("a void payment in the money tree", void_payment_in_the_tree()),
        ("a valid payment left out of the money tree", payment_left_out()),
        ("a valid settlement left out of the money tree", settlement_left_out()),
        ("a claim without confirmers", claim_without_confirmers()),
        ("a claim confirmed in one role by two", confirmers_of_one_role()),
        ("a disputed line paid", disputed_line_paid()),
    ]
}

#[test]
fn every_lie_about_money_is_named() {
    let all = all();
    let names: BTreeSet<&str> = all.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), 27);
    for (name, told) in all {
        let report = audit(&told.log.files(), &told.log.policy());
        assert_names(name, &report, "snapshot-root", Some(told.snapshot));
        assert_eq!(report.findings.count, 1, "{name}: {:#?}", report.findings);
        let void: Vec<(&str, u64)> =
            report.tally.void_money.iter().map(|void| (void.code.as_str(), void.index)).collect();
        // Income that was void is there besides.
        assert_eq!(void.last().copied(), told.void, "{name}");
        assert!(report.stopped.is_none(), "{name}: {:?}", report.stopped);
    }
}

/// The same ledger without a lie: it can be told from a lie.
#[test]
fn money_as_the_rules_have_it_holds() {
    let mut books = Books::paid();
    books.dispute();
    books.work(&[1, 5, 2]);
    books.income(10_000);
    books.freeze();
    assert_eq!(books.settle(), None);
    books.state();
    let stranger = books.log.stranger.clone();
    // What strangers log of money is void, and nobody's lie.
    assert_eq!(books.log.log(&stranger, Body::Closing, &[]), Effect::Void(Void::NotTreasurer));
    books.state();
    let report = audit(&books.log.files(), &books.log.policy());
    assert_eq!(report.outcome(), Outcome::Holds, "{report:#?}");
    let [void] = report.tally.void_money.as_slice() else { panic!("{:?}", report.tally.void_money) };
    assert_eq!((void.kind.as_str(), void.code.as_str()), ("closing", "not-treasurer"));
}
