//! Lies about money, one each: a ledger that takes for valid what is not states a root of all totals that its entries do not
//! give. The report names that snapshot and, where an entry is void, that entry and the rule that it breaks.

use std::collections::BTreeSet;

use lebombo_ledger::audit::Outcome;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{
    Alias, Body, Change, Claim, Contribution, Fund, Income, Party, Pay, Payment, PaymentState, Rate,
    Reversal, Role, Settled, Settlement, Share,
};
use lebombo_verifier::fold::{Effect, FrozenView, LineView, Void, who};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{LineNode, line_leaf};
use lebombo_verifier::{Code as _, Hash};

use super::log::{Log, membership, token};
use super::{assert_names, audit};
use crate::harness::events::{Person, Signed};
use crate::harness::random::Random;

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub(super) fn alias() -> Alias {
    let party = Party::parse(&format!("alias:mturk:{}", "0f".repeat(32))).unwrap();
    let Party::Alias(alias) = party else { panic!("no alias") };
    alias
}

/// A project that pays, and its people.
pub(super) struct Books {
    pub(super) log: Log,
    pub(super) paymaster: Person,
    advocate: Person,
    claimants: [Person; 2],
    /// The last settlement that the ledger takes to be valid.
    pub(super) settled: Option<Hash>,
    /// The snapshot of the newest freeze.
    frozen: Hash,
}

/// Signed by several.
fn joint(log: &mut Log, signers: &[&Person], body: Body) -> Signed {
    let mut payload = log.payload(signers[0], body, &[], Some(log.project));
    payload.signers = signers.iter().map(|person| person.did.clone()).collect();
    payload.signers.sort();
    let payload = payload.to_canonical();
    let mut signatures: Vec<_> =
        signers.iter().map(|person| (person.did.clone(), person.signature(&payload))).collect();
    signatures.sort_by(|a, b| a.0.cmp(&b.0));
    let id = dsse::event_id(&payload);
    Signed { id, entry: Envelope { payload, signatures }.to_bytes() }
}

/// RFC 6962 §2.1 over lines.
fn lines_root(project: &Hash, number: u64, lines: &[LineView]) -> Hash {
    fn root(nodes: &[LineNode]) -> LineNode {
        let [node] = nodes else {
            let (left, right) = nodes.split_at(nodes.len().next_power_of_two() / 2);
            return LineNode::join(&root(left), &root(right)).unwrap();
        };
        *node
    }
    let leaf = |view: &LineView| line_leaf(project, number, usd(), view.handle, &view.line);
    root(&lines.iter().map(leaf).collect::<Vec<_>>()).hash
}

impl Books {
    /// 300.00 for three people: one fund, shares by points of the range, debts by rate.
    pub(super) fn new() -> Self {
        let mut random = Random::new("money");
        let mut person = || Person::new(&mut random);
        let (paymaster, advocate, claimants) = (person(), person(), [person(), person()]);
        let mut log = Log::new("example.org/log");
        let mut charter = log.rules(3, Some(log.charter));
        charter.import = Some(Hash::of(b"import key"));
        charter.pay = Some(Pay {
            claim: Some(5),
            funds: vec![Fund { name: token("community"), points: 1_500 }],
            payouts: Vec::new(),
            rates: vec![Rate { currency: usd(), amount: 100 }],
            reserve: None,
            share: Some(Share::Range),
        });
        let steward = log.steward.clone();
        let amended = log.sign(&steward, Body::Charter(charter), &[], Some(log.project));
        assert!(matches!(log.add(&amended), Effect::Amendment { .. }));
        log.charter = amended.id;
        for (member, role) in [
            (&steward, Role::Treasurer),
            (&steward, Role::Importer),
            (&paymaster, Role::Paymaster),
            (&advocate, Role::Advocate),
        ] {
            let effect = log.log(&steward, membership(member, role, Change::Grant), &[]);
            assert!(matches!(effect, Effect::Membership { .. }));
        }
        let hash = Hash::default();
        let mut books = Self { log, paymaster, advocate, claimants, settled: None, frozen: hash };
        books.work(&[10, 7, 3]);
        books.imported(4);
        books
    }

    /// The same with 300.00 that came in, frozen and settled.
    fn settled() -> Self {
        let mut books = Self::new();
        books.income(30_000);
        books.freeze();
        assert_eq!(books.settle(), None);
        books
    }

    /// The same with the line of the first handle instructed and paid.
    fn paid() -> Self {
        let mut books = Self::settled();
        for state in [PaymentState::Instructed, PaymentState::Paid] {
            let body = books.payment(0, state, 1);
            let paymaster = books.paymaster.clone();
            assert!(matches!(books.log.log(&paymaster, body, &[]), Effect::Payment { .. }));
        }
        books
    }

    /// Work of the first workers that counts at once.
    fn work(&mut self, quantities: &[u32]) {
        for (worker, quantity) in self.log.workers.clone().iter().zip(quantities) {
            let body = self.log.recording(*quantity);
            let effect = self.log.log(worker, body, &[]);
            assert!(matches!(effect, Effect::Contribution { accepted: true, .. }));
        }
    }

    fn imported(&mut self, quantity: u32) {
        let steward = self.log.steward.clone();
        let Body::Contribution(work) = self.log.recording(quantity) else { panic!("no work") };
        let body = Body::Contribution(Contribution { contributor: Some(alias()), ..work });
        let effect = self.log.log(&steward, body, &[]);
        assert!(matches!(effect, Effect::Contribution { accepted: true, .. }), "{effect:?}");
    }

    pub(super) fn sign(&mut self, by: &Person, body: Body) -> Signed {
        self.log.sign(by, body, &[], Some(self.log.project))
    }

    pub(super) fn income(&mut self, amount: u64) -> Hash {
        let steward = self.log.steward.clone();
        let signed = self.sign(&steward, Body::Income(Income { amount, currency: usd(), payer: None }));
        assert!(matches!(self.log.add(&signed), Effect::Income { .. }));
        signed.id
    }

    /// Logs one event of money and takes another for granted. The rule that the logged one breaks, if it does.
    pub(super) fn lie(&mut self, logged: Option<&Signed>, believed: Option<&Signed>) -> Option<Void> {
        let bytes = |signed: Option<&Signed>| signed.map(|signed| signed.entry.clone());
        match self.log.add_lying(bytes(logged).as_ref(), bytes(believed).as_ref()) {
            Some(Effect::Void(void)) => Some(void),
            _ => None,
        }
    }

    fn close(&mut self) {
        let steward = self.log.steward.clone();
        assert!(matches!(self.log.log(&steward, Body::Closing, &[]), Effect::Closing { .. }));
    }

    /// A snapshot that is right all the same.
    fn state(&mut self) {
        assert_eq!(self.log.snapshot(), Effect::Snapshot);
        self.frozen = self.log.previous.unwrap();
    }

    pub(super) fn freeze(&mut self) {
        self.close();
        self.state();
    }

    /// What the ledger takes to be frozen.
    fn believed(&mut self) -> FrozenView {
        let project = self.log.project;
        self.log.with_believed(|fold| fold.money_view(&project).unwrap().unwrap().frozen.unwrap())
    }

    fn believed_lines(&mut self, number: u64) -> Vec<LineView> {
        let project = self.log.project;
        self.log.with_believed(|fold| fold.lines(&project, usd(), number, 0, 100).unwrap())
    }

    /// The settlement that follows from what the ledger believes.
    pub(super) fn settlement(&mut self) -> Body {
        let (currencies, snapshot) = (self.believed().currencies, self.frozen);
        Body::Settlement(Settlement { currencies, previous: self.settled, snapshot })
    }

    /// Logs the settlement that follows from what the ledger believes. The rule that it breaks.
    fn settle(&mut self) -> Option<Void> {
        let (steward, body) = (self.log.steward.clone(), self.settlement());
        let signed = self.sign(&steward, body);
        self.settled = Some(signed.id);
        self.lie(Some(&signed), Some(&signed))
    }

    /// The freeze is bent in what the ledger believes, and so is what it will settle.
    fn bend(&mut self, change: impl FnOnce(&mut Settled, &mut Vec<LineView>)) {
        let frozen = self.believed();
        let (project, number) = (self.log.project, frozen.number);
        let mut lines = self.believed_lines(number);
        let [mut settled] = <[Settled; 1]>::try_from(frozen.currencies).unwrap();
        change(&mut settled, &mut lines);
        settled.root = lines_root(&project, number, &lines);
        // spec/fold.md §3.
        let key = [&b"F"[..], &project.0].concat();
        let mut value = self.log.believed(&key).unwrap()[..40].to_vec();
        value.extend(settled.currency.as_str().as_bytes());
        let numbers = [settled.before, settled.after].map(|c| [c.held, c.reserve, c.unallocated]).concat();
        let s = &settled;
        for number in
            [numbers, vec![s.income, s.lines, s.owed, s.payable, s.reversed, s.unconfirmed, 0]].concat()
        {
            value.extend(number.to_be_bytes());
        }
        value.extend(settled.root.0);
        value.extend(u32::try_from(settled.funds.len()).unwrap().to_be_bytes());
        for (name, amount) in &settled.funds {
            value.push(u8::try_from(name.as_str().len()).unwrap());
            value.extend(name.as_str().as_bytes());
            value.extend(amount.to_be_bytes());
        }
        self.log.believe(key, Some(value));
    }

    /// Changes what the ledger remembers of the lines of a settlement: most points seen, and what is still owed.
    fn bend_lines(&mut self, number: u64, seen: Option<fn(u64) -> u64>, keeps_debts: bool) {
        for view in self.believed_lines(number) {
            let number = number.to_be_bytes();
            let key = [b"l", &self.log.project.0[..], b"USD", &number, &view.handle.to_be_bytes()].concat();
            let mut value = self.log.believed(&key).unwrap();
            if let Some(seen) = seen {
                value[112..120].copy_from_slice(&seen(view.line.ever).to_be_bytes());
            }
            value.truncate(if keeps_debts { value.len() } else { 128 });
            self.log.believe(key, Some(value));
        }
    }

    /// A payment of one line of the last settlement, as the ledger believes it to be.
    pub(super) fn payment(&mut self, handle: u64, state: PaymentState, attempt: u32) -> Body {
        let gross = self.believed_lines(1).iter().find(|line| line.handle == handle).unwrap().line.payable;
        assert!(gross > 0, "nothing is payable in {handle}");
        Body::Payment(Payment {
            attempt,
            bitmap: vec![1],
            count: 1,
            currency: usd(),
            exchange: None,
            fee: 0,
            first: handle,
            gross,
            net: if state == PaymentState::Instructed { gross } else { 0 },
            reason: None,
            settlement: self.settled.unwrap(),
            state,
            tax: 0,
            withholding: 0,
        })
    }

    fn claim(&mut self, claimant: usize, confirmers: &[&Person]) -> Signed {
        let claimant = self.claimants[claimant].clone();
        let body = Body::Claim(Claim { alias: alias(), key: claimant.did.clone() });
        joint(&mut self.log, &[&[&claimant], confirmers].concat(), body)
    }

    /// Both claim the alias.
    fn dispute(&mut self) {
        let (advocate, steward) = (self.advocate.clone(), self.log.steward.clone());
        for claimant in 0..2 {
            let claim = self.claim(claimant, &[&advocate, &steward]);
            assert!(matches!(self.log.add(&claim), Effect::Claim { .. }));
        }
    }

    /// States what follows from the lie; how it has to be named. The logged event is void by `void`.
    fn told(mut self, void: Option<Void>, code: Option<&'static str>) -> Told {
        assert_eq!(void.as_ref().map(|void| void.code()), code);
        let index = code.map(|_| self.log.last());
        self.log.mark();
        assert_eq!(self.log.state(self.log.statement()), Effect::Void(Void::SnapshotRoot));
        Told { snapshot: self.log.last(), void: code.zip(index), log: self.log }
    }
}

/// A lie, the snapshot that states it, and the entry that is void, with its code.
struct Told {
    log: Log,
    snapshot: u64,
    void: Option<(&'static str, u64)>,
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
    // One claim: a day, a key, an event id.
    let both = books.log.believed(&key).unwrap();
    books.log.believe(key, Some(both[..4 + 64].to_vec()));
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
    assert_eq!(names.len(), 26);
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
