//! A ledger with money, whose state can be bent: the log of [`Log`] with a charter that pays, its people, and what they log.

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{
    Alias, Body, Change, Claim, Contribution, Fund, Income, Party, Pay, Payment, PaymentState, Rate, Role,
    Settled, Settlement, Share,
};
use lebombo_verifier::fold::{Effect, FrozenView, LineView, Void};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{LineNode, line_leaf};

use super::log::{Log, membership, token};
use crate::harness::events::{Person, Signed};
use crate::harness::random::Random;

pub(super) fn usd() -> Currency {
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
    pub(super) advocate: Person,
    pub(super) claimants: [Person; 2],
    /// The last settlement that the ledger takes to be valid.
    pub(super) settled: Option<Hash>,
    /// The snapshot of the newest freeze.
    pub(super) frozen: Hash,
}

/// Signed by several.
pub(super) fn joint(log: &mut Log, signers: &[&Person], body: Body) -> Signed {
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
    pub(super) fn root(nodes: &[LineNode]) -> LineNode {
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
    pub(super) fn settled() -> Self {
        let mut books = Self::new();
        books.income(30_000);
        books.freeze();
        assert_eq!(books.settle(), None);
        books
    }

    /// The same with the line of the first handle instructed and paid.
    pub(super) fn paid() -> Self {
        let mut books = Self::settled();
        for state in [PaymentState::Instructed, PaymentState::Paid] {
            let body = books.payment(0, state, 1);
            let paymaster = books.paymaster.clone();
            assert!(matches!(books.log.log(&paymaster, body, &[]), Effect::Payment { .. }));
        }
        books
    }

    /// Work of the first workers that counts at once.
    pub(super) fn work(&mut self, quantities: &[u32]) {
        for (worker, quantity) in self.log.workers.clone().iter().zip(quantities) {
            let body = self.log.recording(*quantity);
            let effect = self.log.log(worker, body, &[]);
            assert!(matches!(effect, Effect::Contribution { accepted: true, .. }));
        }
    }

    pub(super) fn imported(&mut self, quantity: u32) {
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

    pub(super) fn close(&mut self) {
        let steward = self.log.steward.clone();
        assert!(matches!(self.log.log(&steward, Body::Closing, &[]), Effect::Closing { .. }));
    }

    /// A snapshot that is right all the same.
    pub(super) fn state(&mut self) {
        assert_eq!(self.log.snapshot(), Effect::Snapshot);
        self.frozen = self.log.previous.unwrap();
    }

    pub(super) fn freeze(&mut self) {
        self.close();
        self.state();
    }

    /// What the ledger takes to be frozen.
    pub(super) fn believed(&mut self) -> FrozenView {
        let project = self.log.project;
        self.log.with_believed(|fold| fold.money_view(&project).unwrap().unwrap().frozen.unwrap())
    }

    pub(super) fn believed_lines(&mut self, number: u64) -> Vec<LineView> {
        let project = self.log.project;
        self.log.with_believed(|fold| fold.lines(&project, usd(), number, 0, 100).unwrap())
    }

    /// The settlement that follows from what the ledger believes.
    pub(super) fn settlement(&mut self) -> Body {
        let (currencies, snapshot) = (self.believed().currencies, self.frozen);
        Body::Settlement(Settlement { currencies, previous: self.settled, snapshot })
    }

    /// Logs the settlement that follows from what the ledger believes. The rule that it breaks.
    pub(super) fn settle(&mut self) -> Option<Void> {
        let (steward, body) = (self.log.steward.clone(), self.settlement());
        let signed = self.sign(&steward, body);
        self.settled = Some(signed.id);
        self.lie(Some(&signed), Some(&signed))
    }

    /// The freeze is bent in what the ledger believes, and so is what it will settle.
    pub(super) fn bend(&mut self, change: impl FnOnce(&mut Settled, &mut Vec<LineView>)) {
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
    pub(super) fn bend_lines(&mut self, number: u64, seen: Option<fn(u64) -> u64>, keeps_debts: bool) {
        for view in self.believed_lines(number) {
            let number = number.to_be_bytes();
            let key = [b"l", &self.log.project.0[..], b"USD", &number, &view.handle.to_be_bytes()].concat();
            let mut value = self.log.believed(&key).unwrap();
            if let Some(seen) = seen {
                value[152..160].copy_from_slice(&seen(view.line.ever).to_be_bytes());
            }
            value.truncate(if keeps_debts { value.len() } else { 168 });
            self.log.believe(key, Some(value));
        }
    }

    /// The ledger remembers other work of the first person than there was, with the same points.
    pub(super) fn bend_work(&mut self) {
        let who = self.believed_lines(1)[0].line.who;
        let key = [b"T", &self.log.project.0[..], &who.0].concat();
        let mut value = self.log.believed(&key).unwrap();
        // The last byte of the last link of their credits.
        value[239] ^= 1;
        self.log.believe(key, Some(value));
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

    pub(super) fn claim(&mut self, claimant: usize, confirmers: &[&Person]) -> Signed {
        let claimant = self.claimants[claimant].clone();
        let body = Body::Claim(Claim { alias: alias(), key: claimant.did.clone() });
        joint(&mut self.log, &[&[&claimant], confirmers].concat(), body)
    }

    /// Both claim the alias.
    pub(super) fn dispute(&mut self) {
        let (advocate, steward) = (self.advocate.clone(), self.log.steward.clone());
        for claimant in 0..2 {
            let claim = self.claim(claimant, &[&advocate, &steward]);
            assert!(matches!(self.log.add(&claim), Effect::Claim { .. }));
        }
    }
}
