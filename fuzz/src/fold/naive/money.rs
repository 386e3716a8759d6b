//! Money in the naive second implementation, from spec/fold.md and spec/settlement.md: what happened is kept in lists, and
//! everything is worked out from them anew.

mod freeze;
mod pay;

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::event::{
    Charter, Day, Event, Income, Party, Payload, PaymentState, Reversal, Role, Settled,
};
use lebombo_verifier::fold::{CurrencyView, Effect, FrozenView, LinePayment, LineView, MoneyView, Void};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{Debt, Line};

use super::{Naive, plain_root};

const MOST: u128 = (1 << 53) - 1;

struct Came {
    id: Hash,
    project: Hash,
    currency: Currency,
    /// Place among all charters of the charter in force.
    charter: usize,
    amount: u64,
    /// Of it, what was taken back in all, and before any freeze.
    reversed: u64,
    taken_out: u64,
    is_confirmed: bool,
    /// Freezes of the project before it.
    freezes: usize,
    is_settled: bool,
}

impl Came {
    fn left(&self) -> u64 {
        self.amount - self.taken_out
    }
}

#[derive(Clone, Copy, Default)]
struct Purse {
    reserve: u64,
    unallocated: u64,
    reversals: u64,
}

struct Freeze {
    project: Hash,
    mark: Hash,
    snapshot: Option<Hash>,
    /// How many incomes, of all projects, were there.
    came: usize,
    is_open: bool,
    parts: Vec<Part>,
}

struct Part {
    settled: Settled,
    /// Reversals as they were, and what is left of them.
    reversals: (u64, u64),
    lines: Vec<Row>,
}

struct Row {
    line: Line,
    debts: Vec<Debt>,
    /// All that was ever owed by rate.
    accrued: u64,
}

struct Paid {
    of: (Hash, u64, Currency, u64),
    state: PaymentState,
    attempt: u32,
    places: Vec<u64>,
}

struct Claims {
    project: Hash,
    alias: Party,
    from: Day,
    /// Claimants, with places in the money tree.
    claims: Vec<(Did, u64)>,
}

/// All that happened to money.
#[derive(Default)]
pub(super) struct Money {
    came: Vec<Came>,
    pools: Vec<(Hash, usize, Currency)>,
    /// Currencies that projects have had, and what each change of points added to what is owed in them.
    owed: Vec<(Hash, Currency, u128)>,
    purses: Vec<(Hash, Currency, Purse)>,
    closings: Vec<Hash>,
    freezes: Vec<Freeze>,
    /// Valid settlements: event id, place of the freeze.
    settlements: Vec<(Hash, usize)>,
    decisions: Vec<(Hash, Hash, u64)>,
    paid: Vec<Paid>,
    claims: Vec<Claims>,
    /// Who has judged the work of which alias.
    judged: Vec<(Hash, Party, Did)>,
}

fn rates(charter: &Charter) -> Vec<(Currency, u128)> {
    let pay = charter.pay.iter();
    pay.flat_map(|pay| pay.rates.iter().map(|rate| (rate.currency, u128::from(rate.amount)))).collect()
}

impl Naive {
    /// Points by the rates of a charter are owed to somebody.
    pub(super) fn owe(&mut self, project: &Hash, charter: &Charter, points: u128) {
        for (currency, rate) in rates(charter) {
            self.money.owed.push((*project, currency, points * rate));
        }
    }

    fn owed_ever(&self, project: &Hash, currency: Currency) -> u128 {
        let of = self.money.owed.iter().filter(|(p, c, _)| p == project && *c == currency);
        of.map(|(.., amount)| amount).sum()
    }

    fn currencies(&self, project: &Hash) -> Vec<Currency> {
        let owed = self.money.owed.iter().filter(|(p, ..)| p == project).map(|(_, c, _)| *c);
        let came = self.money.came.iter().filter(|c| c.project == *project).map(|c| c.currency);
        let mut all: Vec<Currency> = owed.chain(came).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether what is owed stays in bounds with so many points more under each charter.
    pub(super) fn can_owe(&self, project: &Hash, more: &[(&Charter, u128)]) -> bool {
        let mut currencies = self.currencies(project);
        currencies.extend(more.iter().flat_map(|(charter, _)| rates(charter)).map(|(currency, _)| currency));
        currencies.sort();
        currencies.dedup();
        let fits = |currency: &Currency| {
            let adds = more.iter().flat_map(|(charter, points)| {
                rates(charter).into_iter().filter(|(c, _)| c == currency).map(move |(_, rate)| points * rate)
            });
            self.owed_ever(project, *currency) + adds.sum::<u128>() <= MOST
        };
        currencies.len() <= 16 && currencies.iter().all(fits)
    }

    /// Owed to somebody by rate, over all time, less what is owed no more.
    fn accrued(&self, project: &Hash, party: &Party, currency: Currency) -> u64 {
        let at = |charter: &Charter| {
            rates(charter).into_iter().filter(|(c, _)| *c == currency).map(|(_, rate)| rate).sum::<u128>()
        };
        let worked = self.of(project, party).map(|w| {
            u128::from(self.weight_of(w)) * u128::from(w.decided.unwrap_or(0)) * at(self.charter_of(w))
        });
        let earned = self.earned.iter().filter(|(p, by, ..)| p == project && by == party);
        let earned = earned.map(|(_, _, weight, charter)| {
            u128::from(*weight) * at(&self.charters.iter().find(|c| c.id == *charter).unwrap().charter)
        });
        u64::try_from(worked.sum::<u128>() + earned.sum::<u128>()).unwrap()
    }

    fn have(&self, project: &Hash, role: Role, signers: &[Did]) -> bool {
        signers.iter().all(|s| self.members.contains(&(*project, Party::Key(s.clone()), role)))
    }

    fn purse(&mut self, project: &Hash, currency: Currency) -> &mut Purse {
        let all = &mut self.money.purses;
        let at = all.iter().position(|(p, c, _)| p == project && *c == currency);
        let at = at.unwrap_or_else(|| {
            all.push((*project, currency, Purse::default()));
            all.len() - 1
        });
        &mut all[at].2
    }

    fn purse_of(&self, project: &Hash, currency: Currency) -> Purse {
        let found = self.money.purses.iter().find(|(p, c, _)| p == project && *c == currency);
        found.map_or(Purse::default(), |(.., purse)| *purse)
    }

    fn freezes_of(&self, project: &Hash) -> usize {
        self.money.freezes.iter().filter(|freeze| freeze.project == *project).count()
    }

    /// The freezes of valid settlements, in order.
    fn settled(&self, project: &Hash) -> Vec<(Hash, &Freeze)> {
        let all = self.money.settlements.iter().map(|(id, at)| (*id, &self.money.freezes[*at]));
        all.filter(|(_, freeze)| freeze.project == *project).collect()
    }

    fn open_freeze(&self, project: &Hash) -> Option<usize> {
        let last = self.money.freezes.iter().rposition(|freeze| freeze.project == *project)?;
        self.money.freezes[last].is_open.then_some(last)
    }

    pub(super) fn last_settlement(&self, project: &Hash) -> Option<Hash> {
        self.settled(project).last().map(|(id, _)| *id)
    }

    /// Event ids of the valid settlements, in order.
    pub(in super::super) fn settlements_of(&self, project: &Hash) -> Vec<Hash> {
        self.settled(project).into_iter().map(|(id, _)| id).collect()
    }

    pub(super) fn income(&mut self, event: &Event, body: &Income) -> Result<Effect, Void> {
        let payload = event.payload();
        let project = payload.project.unwrap();
        let in_force = self.in_force(&project).ok_or(Void::ProjectUnknown)?.id;
        let treasurers: Vec<Did> =
            payload.signers.iter().filter(|s| body.payer.as_ref() != Some(*s)).cloned().collect();
        if !self.have(&project, Role::Treasurer, &treasurers) {
            return Err(Void::NotTreasurer);
        }
        let currencies = self.currencies(&project);
        if !currencies.contains(&body.currency) && currencies.len() >= 16 {
            return Err(Void::IncomeCurrencies);
        }
        let of = self.money.came.iter().filter(|c| c.project == project && c.currency == body.currency);
        if of.map(|c| u128::from(c.amount)).sum::<u128>() + u128::from(body.amount) > MOST {
            return Err(Void::IncomeOverflow);
        }
        let charter = self.charters.iter().position(|c| c.id == in_force).unwrap();
        let pool = (project, charter, body.currency);
        if !self.money.pools.contains(&pool) {
            if self.money.pools.iter().filter(|(p, ..)| *p == project).count() >= 32 {
                return Err(Void::IncomePools);
            }
            self.money.pools.push(pool);
        }
        let freezes = self.freezes_of(&project);
        self.money.came.push(Came {
            id: event.id(),
            project,
            currency: body.currency,
            charter,
            amount: body.amount,
            reversed: 0,
            taken_out: 0,
            is_confirmed: body.payer.is_some(),
            freezes,
            is_settled: false,
        });
        Ok(Effect::Income { project })
    }

    pub(super) fn reversal(&mut self, payload: &Payload, body: &Reversal) -> Result<Effect, Void> {
        let project = payload.project.unwrap();
        self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        if !self.have(&project, Role::Treasurer, &payload.signers) {
            return Err(Void::NotTreasurer);
        }
        let freezes = self.freezes_of(&project);
        let came = self.money.came.iter_mut().find(|c| c.project == project && c.id == body.income);
        let came = came.ok_or(Void::IncomeUnknown)?;
        if u128::from(came.reversed) + u128::from(body.amount) > u128::from(came.amount) {
            return Err(Void::ReversalAboveIncome);
        }
        came.reversed += body.amount;
        let currency = came.currency;
        if came.freezes == freezes {
            came.taken_out += body.amount;
        } else {
            self.purse(&project, currency).reversals += body.amount;
        }
        Ok(Effect::Reversal { project })
    }

    pub(super) fn closing(&mut self, payload: &Payload) -> Result<Effect, Void> {
        let project = payload.project.unwrap();
        self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        if !self.have(&project, Role::Treasurer, &payload.signers) {
            return Err(Void::NotTreasurer);
        }
        if self.money.closings.contains(&project) {
            return Err(Void::ClosingRepeated);
        }
        self.money.closings.push(project);
        Ok(Effect::Closing { project })
    }

    /// Event ids and indices of settlements, payments and claims.
    pub(in super::super) fn decisions_of(&self, project: &Hash) -> Vec<(Hash, u64)> {
        let of = self.money.decisions.iter().filter(|(p, ..)| p == project);
        of.map(|(_, id, index)| (*id, *index)).collect()
    }

    pub(super) fn money_root(&self, project: &Hash) -> Hash {
        let leaf = |(place, (id, _)): (usize, &(Hash, u64))| {
            Hash::of(&[&[0][..], &project.0, &(place as u64).to_be_bytes(), &id.0].concat())
        };
        plain_root(&self.decisions_of(project).iter().enumerate().map(leaf).collect::<Vec<_>>())
    }

    pub(in super::super) fn money_view(&self, project: &Hash) -> MoneyView {
        let view = |currency: Currency| {
            let of = || {
                let all = self.money.came.iter();
                all.filter(move |c| c.project == *project && c.currency == currency)
            };
            let purse = self.purse_of(project, currency);
            CurrencyView {
                currency,
                income: of().map(|c| c.amount).sum(),
                unsettled: of().filter(|c| !c.is_settled).map(Came::left).sum(),
                unconfirmed: of().filter(|c| !c.is_settled && !c.is_confirmed).map(Came::left).sum(),
                accrued: u64::try_from(self.owed_ever(project, currency)).unwrap(),
                reserve: purse.reserve,
                unallocated: purse.unallocated,
                reversals: purse.reversals,
            }
        };
        let settlements = self.settled(project).len() as u64;
        let frozen = self.open_freeze(project).map(|at| &self.money.freezes[at]);
        MoneyView {
            settlements,
            last: self.last_settlement(project),
            currencies: self.currencies(project).into_iter().map(view).collect(),
            is_closing: self.money.closings.contains(project),
            frozen: frozen.map(|freeze| FrozenView {
                number: settlements + 1,
                snapshot: freeze.snapshot,
                currencies: freeze.parts.iter().map(|part| part.settled.clone()).collect(),
            }),
        }
    }

    /// The lines of a settlement, or those of the freeze.
    pub(in super::super) fn lines(&self, project: &Hash, currency: Currency, number: u64) -> Vec<LineView> {
        let settled = self.settled(project);
        let freeze = match settled.get(usize::try_from(number).unwrap() - 1) {
            Some((_, freeze)) => Some(*freeze),
            None => self
                .open_freeze(project)
                .map(|at| &self.money.freezes[at])
                .filter(|_| number == settled.len() as u64 + 1),
        };
        let part = freeze.and_then(|freeze| freeze.parts.iter().find(|p| p.settled.currency == currency));
        let parties = self.handles.iter().filter(|(p, _)| p == project).map(|(_, party)| party);
        let rows = part.map_or(&[][..], |part| &part.lines).iter().zip(parties).zip(0..);
        rows.map(|((row, party), handle)| {
            let of = (*project, number, currency, handle);
            let paid = self.money.paid.iter().find(|paid| paid.of == of);
            let claims = self.claims_of(project, party);
            let in_force = claims.filter(|c| c.claims.len() == 1 && c.from <= self.today());
            LineView {
                handle,
                line: row.line,
                debts: row.debts.clone(),
                payment: paid.map(|paid| LinePayment {
                    state: paid.state,
                    attempt: paid.attempt,
                    places: paid.places.clone(),
                }),
                claimed_by: in_force.map(|claims| claims.claims[0].0.clone()),
                is_disputed: self.is_disputed(project, party),
                claims: claims.map_or_else(Vec::new, |c| c.claims.iter().map(|(_, place)| *place).collect()),
            }
        })
        .collect()
    }
}
