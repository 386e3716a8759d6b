//! Events about money for the small world. Most are sound: what a settlement has to say is what the naive fold says.

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::event_id;
use lebombo_verifier::event::{
    Alias, Body, Change, Charter, Claim, Contribution, Enrolment, Exchange, Fund, Income, Membership, Method,
    Party, Pay, Payload, Payment, PaymentState, Payout, Rate, Reversal, Review, Role, Settled, Settlement,
    Share, Token, Verdict,
};
use lebombo_verifier::fold::{LineView, MoneyView};
use lebombo_verifier::money::Currency;

use super::super::cast::{did, dids};
use super::super::input::Input;
use super::build::{PEOPLE, World, alias, ledger, payload, some_signers, token};
use super::naive::Naive;

/// What the naive fold says of a project's money.
#[derive(Debug)]
pub(super) struct Books {
    project: Hash,
    view: MoneyView,
    /// Lines of which something is payable, with their settlement.
    lines: Vec<(Hash, Currency, LineView)>,
    charter: (Hash, Charter),
    /// How many have points.
    earners: usize,
    undecided: Vec<Hash>,
    decided: Vec<Hash>,
    /// Aliases that the project knows.
    aliases: Vec<Alias>,
}

fn currencies() -> [Currency; 3] {
    ["JPY", "TND", "USD"].map(|code| Currency::parse(code).unwrap())
}

/// How a charter pays.
pub(super) fn pay(input: &mut Input<'_>) -> Pay {
    let currencies = currencies();
    let names = input.some(&["common", "rainy-day", "tools"], 0);
    let funds: Vec<Fund> =
        names.iter().map(|name| Fund { name: token(name), points: *input.pick(&[1, 500, 3_333]) }).collect();
    let rates: Vec<Rate> = input
        .some(&currencies, 0)
        .into_iter()
        .map(|currency| Rate { amount: *input.pick(&[1, 7, 100, u32::MAX]), currency })
        .collect();
    let share = *input.pick(&[Some(Share::Range), Some(Share::Ever), None]);
    let payouts: Vec<Payout> = input
        .some(&currencies, 0)
        .into_iter()
        .map(|currency| Payout {
            currency,
            minimum: *input.pick(&[0, 1, 30, 1_000]),
            unit: *input.pick(&[1, 5, 100]),
        })
        .collect();
    Pay {
        claim: (!input.once_in(8)).then(|| u32::try_from(input.below(3)).unwrap()),
        payouts,
        reserve: funds.iter().map(|fund| fund.name.clone()).find(|_| input.once_in(2)),
        funds,
        share: if rates.is_empty() { share.or(Some(Share::Ever)) } else { share },
        rates,
    }
}

/// A reason code of a charter, or one that it lacks where it has none.
fn a_reason(charter: &Charter) -> Token {
    charter.reasons.first().cloned().unwrap_or_else(|| token("spam"))
}

fn amount(input: &mut Input<'_>) -> u64 {
    *input.pick(&[1_000, 100, 7, 1, 99_999, 12_345, 5_000, 1_000_000, 2, 800, (1 << 53) - 1])
}

impl World {
    /// A log with a project that pays, people in all roles, and imported work.
    pub(super) fn begin_with_money(&mut self, input: &mut Input<'_>) -> Vec<Payload> {
        self.is_about_money = true;
        let mut out = vec![ledger(input, false)];
        let mut first = Payload { project: None, ..self.charter(input) };
        let log = out[0].log.clone();
        let Body::Charter(charter) = &mut first.body else { unreachable!("it is a charter") };
        (charter.replaces, charter.enrolment) = (None, Enrolment::Open);
        (charter.import, charter.pay) = (Some(Hash::of(b"import key")), Some(pay(input)));
        first.log = log.clone();
        first.signers = dids(2);
        let rules = charter.clone();
        let project = event_id(&first.to_canonical());
        out.push(first);
        let roles = [
            (0, Role::Treasurer),
            (0, Role::Importer),
            (1, Role::Paymaster),
            (1, Role::Reviewer),
            (2, Role::Advocate),
            (3, Role::Arbiter),
        ];
        for (who, role) in roles {
            let member = Party::Key(did(who));
            let body = Body::Membership(Membership { change: Change::Grant, member, role });
            out.push(Payload { project: Some(project), ..self.fresh(payload(input, body, dids(2))) });
        }
        let all: Vec<_> = rules.activities.iter().filter(|a| a.unit.as_str() != "verdict").collect();
        for contributor in [None, Some(alias(0)), Some(alias(1))] {
            let activity = *input.pick(&all);
            let body = Body::Contribution(Contribution {
                activity: activity.activity.clone(),
                charter: project,
                contributor,
                outcome: None,
                quantity: *input.pick(&[1, 2, 5, 30]),
                supersedes: None,
                unit: activity.unit.clone(),
                work: activity.work,
            });
            out.push(Payload { project: Some(project), ..self.fresh(payload(input, body, vec![did(0)])) });
        }
        // None of them is of another log.
        out.into_iter().map(|payload| Payload { log: log.clone(), ..payload }).collect()
    }

    /// Hears what there is to settle and to pay.
    pub(super) fn ask(&mut self, naive: &Naive) {
        self.books = naive
            .projects()
            .into_iter()
            .map(|project| {
                let (view, mut lines) = (naive.money_view(&project), Vec::new());
                for (number, id) in (1..).zip(naive.settlements_of(&project)) {
                    for books in &view.currencies {
                        let all = naive.lines(&project, books.currency, number).into_iter();
                        lines.extend(
                            all.filter(|line| line.line.payable > 0).map(|line| (id, books.currency, line)),
                        );
                    }
                }
                let parties = self.parties();
                let aliases = parties.iter().filter_map(|party| match party {
                    Party::Alias(alias) if naive.is_known(&project, party) => Some(alias.clone()),
                    _ => None,
                });
                Books {
                    project,
                    view,
                    lines,
                    charter: naive.charter_in_force(&project),
                    earners: parties.iter().filter(|party| naive.points(&project, party) > 0).count(),
                    undecided: naive.undecided(&project).into_iter().map(|(_, id, _)| id).collect(),
                    decided: naive.decided(&project),
                    aliases: aliases.collect(),
                }
            })
            .collect();
    }

    /// Somebody with this role in a project.
    fn somebody(&self, project: &Hash, role: Role) -> Option<Did> {
        self.members.iter().rev().find_map(|(p, party, r)| match party {
            Party::Key(did) if p == project && *r == role => Some(did.clone()),
            _ => None,
        })
    }

    /// Signed by somebody with this role, mostly; who nobody has, somebody is given it.
    fn by(&mut self, input: &mut Input<'_>, project: Hash, role: Role, body: Body) -> Payload {
        let signer = match self.somebody(&project, role) {
            None if !input.once_in(8) => {
                let member = Party::Key(did(input.byte() % PEOPLE));
                let body = Body::Membership(Membership { change: Change::Grant, member, role });
                let payload = payload(input, body, dids(2));
                return Payload { project: Some(project), ..self.fresh(payload) };
            }
            Some(signer) if !input.once_in(16) => vec![signer],
            _ => some_signers(input),
        };
        // Kinds that one alone signs.
        let signers = if matches!(body, Body::Closing) { signer[..1].to_vec() } else { signer };
        let payload = payload(input, body, signers);
        Payload { project: Some(project), ..self.fresh(payload) }
    }

    /// What comes next for money, mostly.
    pub(super) fn money(&mut self, input: &mut Input<'_>) -> Payload {
        let project = Self::known(input, &self.projects);
        let of = self.books.iter().position(|books| books.project == project);
        let Some(at) = of else { return self.income(input, project) };
        let books = &self.books[at];
        let is_frozen = books.view.frozen.as_ref().map(|frozen| frozen.snapshot.is_some());
        let (is_closing, has_lines) = (books.view.is_closing, !books.lines.is_empty());
        let has_come = !books.view.currencies.is_empty();
        if books.earners < 2 && !input.once_in(3) {
            return self.work_for_pay(input, project, at);
        }
        if !input.once_in(3) {
            match is_frozen {
                Some(true) => return self.settlement(input, project, at),
                Some(false) if self.mark.is_some() => {
                    let body = self.snapshot(input);
                    return self.of_the_day(input, Body::Snapshot(body));
                }
                _ if is_closing => return self.of_the_day(input, Body::Mark),
                _ => {}
            }
        }
        match input.below(16) {
            12 if input.once_in(2) => self.adjustment(input, project, at),
            12 => self.work_for_pay(input, project, at),
            0..=3 | 13..=15 if has_lines => self.payment(input, project, at),
            4..=5 => self.claim(input, project, at),
            6 => self.reversal(input, project),
            7..=9 if has_come => self.by(input, project, Role::Treasurer, Body::Closing),
            10 => self.settlement(input, project, at),
            _ => self.income(input, project),
        }
    }

    /// Work that counts or waits for a verdict, or the verdict.
    fn work_for_pay(&mut self, input: &mut Input<'_>, project: Hash, at: usize) -> Payload {
        let books = &self.books[at];
        if let Some(first) = books.undecided.first().copied().filter(|_| !input.once_in(3)) {
            let body = Body::Review(Review {
                method: Method::Full,
                quantities: Vec::new(),
                reason: None,
                verdict: Verdict::Accept,
            });
            let mut payload = self.by(input, project, Role::Reviewer, body);
            if let Body::Review(_) = payload.body {
                payload.about = vec![first];
                payload.signers.truncate(1);
            }
            return payload;
        }
        let (charter, rules) = &books.charter;
        let all: Vec<_> = rules.activities.iter().filter(|a| a.unit.as_str() != "verdict").collect();
        let activity = *input.pick(&all);
        let contributor = (rules.import.is_some() && input.once_in(2)).then(|| alias(input.byte() % 2));
        let body = Contribution {
            activity: activity.activity.clone(),
            charter: *charter,
            contributor: contributor.clone(),
            outcome: None,
            quantity: *input.pick(&[1, 2, 5, 30]),
            supersedes: None,
            unit: activity.unit.clone(),
            work: activity.work,
        };
        if contributor.is_some() {
            let mut payload = self.by(input, project, Role::Importer, Body::Contribution(body));
            payload.signers.truncate(1);
            return payload;
        }
        let signers = vec![did(input.byte() % PEOPLE)];
        let payload = payload(input, Body::Contribution(body), signers);
        Payload { project: Some(project), ..self.fresh(payload) }
    }

    /// Accepted work is found to be less, or more again: what is owed for it falls, and rises.
    fn adjustment(&mut self, input: &mut Input<'_>, project: Hash, at: usize) -> Payload {
        let decided = &self.books[at].decided;
        let about = if decided.is_empty() { Hash::of(b"no work") } else { *input.pick(decided) };
        let reason = a_reason(&self.books[at].charter.1);
        let body = Body::Review(Review {
            method: Method::Full,
            quantities: vec![*input.pick(&[0, 1, 2, 5])],
            reason: Some(reason),
            verdict: Verdict::Adjust,
        });
        let mut payload = self.by(input, project, Role::Arbiter, body);
        if let Body::Review(_) = payload.body {
            payload.about = vec![about];
            payload.signers.truncate(1);
        }
        payload
    }

    fn income(&mut self, input: &mut Input<'_>, project: Hash) -> Payload {
        let currency = *input.pick(&currencies());
        let payer = input.once_in(3).then(|| did(input.byte() % PEOPLE));
        let body = Body::Income(Income { amount: amount(input), currency, payer: payer.clone() });
        let mut payload = self.by(input, project, Role::Treasurer, body);
        if let (Body::Income(income), Some(payer)) = (&mut payload.body, payer) {
            if payload.signers.contains(&payer) {
                income.payer = None;
            } else {
                payload.signers.push(payer);
                payload.signers.sort();
            }
        }
        payload
    }

    fn reversal(&mut self, input: &mut Input<'_>, project: Hash) -> Payload {
        let of: Vec<Hash> = self.incomes.iter().filter(|(p, _)| *p == project).map(|(_, id)| *id).collect();
        let income = Self::known(input, &of);
        let body = Body::Reversal(Reversal { amount: *input.pick(&[1, 50, 100, 1_000, 5_000]), income });
        self.by(input, project, Role::Treasurer, body)
    }

    /// Mostly what the naive fold says that it has to say.
    fn settlement(&mut self, input: &mut Input<'_>, project: Hash, at: usize) -> Payload {
        let view = &self.books[at].view;
        let frozen = view.frozen.as_ref();
        let mut body = Settlement {
            currencies: frozen.map_or_else(Vec::new, |frozen| frozen.currencies.clone()),
            previous: view.last,
            snapshot: frozen.and_then(|frozen| frozen.snapshot).unwrap_or(Hash::of(b"no snapshot")),
        };
        if body.currencies.is_empty() {
            let [currency, ..] = currencies();
            let (after, before) = Default::default();
            body.currencies.push(Settled {
                after,
                before,
                currency,
                funds: Vec::new(),
                income: 0,
                lines: 0,
                owed: 0,
                payable: 0,
                reversed: 0,
                root: Hash::default(),
                unconfirmed: 0,
            });
        }
        let which = input.below(body.currencies.len());
        let (count, settled) = (body.currencies.len(), &mut body.currencies[which]);
        match input.below(24) {
            0 => settled.lines += 1,
            1 => settled.root = Hash::of(b"another root"),
            2 => settled.owed += 1,
            3 if settled.payable > 0 => {
                settled.payable -= 1;
                settled.after.held += 1;
            }
            4 if settled.income > settled.unconfirmed => settled.unconfirmed += 1,
            5 if count > 1 => drop(body.currencies.pop()),
            6 => body.previous = Some(Hash::of(b"another settlement")),
            7 => body.previous = None,
            8 => body.snapshot = Hash::of(b"another snapshot"),
            9 => {
                settled.lines += 1;
                settled.root = Hash::of(b"another root");
            }
            _ => {}
        }
        self.by(input, project, Role::Treasurer, Body::Settlement(body))
    }

    /// Some lines of a settlement in a currency, mostly with one that is in a state from which the next follows.
    fn payment(&mut self, input: &mut Input<'_>, project: Hash, at: usize) -> Payload {
        use PaymentState::{Failed, Instructed, Paid, Returned, Unknown};
        let all = &self.books[at].lines;
        let (settlement, currency, first) = all[input.below(all.len())].clone();
        let before = first.payment.as_ref().map(|payment| payment.state);
        let mut state = match before {
            None | Some(Failed | Returned) => Instructed,
            Some(Instructed) => *input.pick(&[Paid, Failed, Unknown, Returned]),
            Some(Unknown) => *input.pick(&[Paid, Failed, Returned]),
            Some(Paid) => *input.pick(&[Returned, Instructed]),
        };
        if input.once_in(6) {
            state = *input.pick(PaymentState::ALL);
        }
        let attempt = first.payment.as_ref().map_or(0, |payment| payment.attempt);
        let is_instructed = state == Instructed;
        let mut attempt = (attempt + u32::from(is_instructed)).max(1);
        if input.once_in(16) {
            attempt += 1;
        }
        // Others of the same settlement, mostly in the same state, at most so far from the first.
        let others = input.byte();
        let taken: Vec<&LineView> = all
            .iter()
            .filter(|(s, c, line)| (*s, *c) == (settlement, currency) && line.handle >= first.handle)
            .map(|(.., line)| line)
            .filter(|line| {
                let is_other = line.handle > first.handle && line.handle - first.handle < 8;
                let is_same = line.payment.as_ref().map(|p| (p.state, p.attempt))
                    == first.payment.as_ref().map(|p| (p.state, p.attempt));
                line.handle == first.handle
                    || is_other && is_same && others >> (line.handle - first.handle) & 1 == 1
            })
            .collect();
        let mut bits = 0_u8;
        taken.iter().for_each(|line| bits |= 1 << (line.handle - first.handle));
        if input.once_in(16) {
            // A line that is perhaps not there.
            bits |= 0x80;
        }
        let (withholding, fee) = if is_instructed && input.once_in(2) {
            (*input.pick(&[0, 333, 1_000, 9_999]), *input.pick(&[0, 1, 20]))
        } else {
            (0, 0)
        };
        let gross: u64 = taken.iter().map(|line| line.line.payable).sum();
        let (mut tax, mut paid_out) = (0, 0_u128);
        let rate = (*input.pick(&[1, 3, 12_950]), *input.pick(&[1, 7, 100]));
        for line in &taken {
            let withheld = u128::from(line.line.payable) * u128::from(withholding) / 10_000;
            tax += u64::try_from(withheld).unwrap();
            let rest = u128::from(line.line.payable).saturating_sub(withheld + u128::from(fee));
            paid_out += rest * u128::from(rate.0) / u128::from(rate.1);
        }
        let net = gross.saturating_sub(tax + fee * taken.len() as u64);
        let amount = u64::try_from(paid_out).ok().filter(|amount| (1..1 << 53).contains(amount));
        let exchanged = currencies().into_iter().find(|other| *other != currency);
        let exchange = amount.zip(exchanged).filter(|_| is_instructed && input.once_in(3));
        let off = u64::from(input.once_in(12));
        let body = Payment {
            attempt,
            bitmap: vec![bits],
            count: bits.count_ones(),
            currency,
            exchange: exchange.map(|(amount, currency)| Exchange {
                amount: amount + u64::from(input.once_in(12)),
                currency,
                denominator: rate.1,
                numerator: rate.0,
            }),
            fee,
            first: first.handle,
            gross: gross + off,
            net: if is_instructed { net + off } else { 0 },
            reason: None,
            settlement: if input.once_in(16) { Hash::of(b"another") } else { settlement },
            state,
            tax,
            withholding,
        };
        self.by(input, project, Role::Paymaster, Body::Payment(body))
    }

    fn claim(&mut self, input: &mut Input<'_>, project: Hash, at: usize) -> Payload {
        // Roles in which claims are confirmed.
        let roles = [Role::Advocate, Role::Treasurer, Role::Arbiter, Role::Importer];
        if let Some(role) = roles.into_iter().find(|role| self.somebody(&project, *role).is_none())
            && !input.once_in(3)
        {
            let body = Body::Membership(Membership {
                change: Change::Grant,
                member: Party::Key(did(input.byte() % PEOPLE)),
                role,
            });
            let payload = payload(input, body, dids(2));
            return Payload { project: Some(project), ..self.fresh(payload) };
        }
        let claimant = did(input.byte() % PEOPLE);
        let mut signers = dids(PEOPLE);
        if !input.once_in(3) {
            let others: Vec<Did> = signers.iter().filter(|signer| **signer != claimant).cloned().collect();
            let left_out = input.pick(&others).clone();
            signers.retain(|signer| *signer != left_out);
        }
        let known = &self.books[at].aliases;
        let alias = if known.is_empty() || input.once_in(8) {
            alias(input.byte() % 2)
        } else {
            input.pick(known).clone()
        };
        let body = Body::Claim(Claim { alias, key: claimant });
        let payload = payload(input, body, signers);
        Payload { project: Some(project), ..self.fresh(payload) }
    }
}
