//! What a mark finds of the money of a project that is closed, by spec/settlement.md §2, and the settlement of it.

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Carried, Charter, Event, Party, Role, Settled, Settlement, Share, Token};
use lebombo_verifier::fold::{Effect, Void, who};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::{Debt, Line};

use super::super::{Naive, split};
use super::{Came, Freeze, Part, Row};

/// Largest remainders, ties to the earlier. Nothing where all weights are 0.
fn apportion(amount: u64, weights: &[u128]) -> Vec<u64> {
    let total: u128 = weights.iter().sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let product = |weight: &u128| u128::from(amount) * weight;
    let mut parts: Vec<u128> = weights.iter().map(|weight| product(weight) / total).collect();
    while parts.iter().sum::<u128>() < u128::from(amount) {
        // Who has got nothing beyond the whole part yet, and of these the largest remainder.
        let waiting = (0..weights.len()).filter(|i| parts[*i] == product(&weights[*i]) / total);
        let next = waiting.min_by_key(|i| (std::cmp::Reverse(product(&weights[*i]) % total), *i)).unwrap();
        parts[next] += 1;
    }
    parts.into_iter().map(|part| u64::try_from(part).unwrap()).collect()
}

impl Naive {
    pub(in super::super) fn freeze_all(&mut self, mark: Hash) {
        let mut projects = std::mem::take(&mut self.money.closings);
        projects.sort();
        for project in projects {
            let currencies = self.currencies(&project).into_iter();
            let parts = currencies.map(|currency| self.freeze(&project, currency)).collect();
            for freeze in self.money.freezes.iter_mut().filter(|f| f.project == project) {
                freeze.is_open = false;
            }
            let came = self.money.came.len();
            self.money.freezes.push(Freeze { project, mark, snapshot: None, came, is_open: true, parts });
        }
    }

    pub(in super::super) fn state_freezes(&mut self, mark: Hash, snapshot: Hash) {
        for freeze in self.money.freezes.iter_mut().filter(|freeze| freeze.mark == mark) {
            freeze.snapshot = Some(snapshot);
        }
    }

    /// spec/settlement.md §2, for one currency.
    fn freeze(&self, project: &Hash, currency: Currency) -> Part {
        let settled = self.settled(project);
        let number = settled.len() as u64 + 1;
        let in_force = self.in_force(project).unwrap();
        let purse = self.purse_of(project, currency);
        // Pools by charter.
        let unsettled: Vec<&Came> = self
            .money
            .came
            .iter()
            .filter(|c| c.project == *project && c.currency == currency && !c.is_settled)
            .collect();
        let mut pools: Vec<(&Charter, u64)> = Vec::new();
        let mut is_last_in_force = false;
        for (at, charter) in self.charters.iter().enumerate() {
            let under: Vec<&&Came> = unsettled.iter().filter(|c| c.charter == at).collect();
            if !under.is_empty() {
                pools.push((&charter.charter, under.iter().map(|c| c.left()).sum()));
                is_last_in_force = charter.id == in_force.id;
            }
        }
        if !is_last_in_force {
            pools.push((&in_force.charter, 0));
        }
        let income: u64 = pools.iter().map(|(_, amount)| amount).sum();
        let unconfirmed = unsettled.iter().filter(|c| !c.is_confirmed).map(|c| c.left()).sum();
        // People.
        let parties: Vec<&Party> =
            self.handles.iter().filter(|(p, _)| p == project).map(|(_, party)| party).collect();
        let part_of = |freeze: &'_ Freeze| freeze.parts.iter().position(|p| p.settled.currency == currency);
        let mut rows: Vec<Row> = Vec::new();
        for (handle, party) in parties.iter().enumerate() {
            let seen = |freeze: &&Freeze| freeze.parts[0].lines.get(handle).map_or(0, |row| row.line.ever);
            let seen = settled.iter().map(|(_, freeze)| seen(freeze)).max().unwrap_or(0);
            let accrued_in = |freeze: &&Freeze| {
                let part = part_of(freeze).map(|at| &freeze.parts[at]);
                part.and_then(|part| part.lines.get(handle)).map_or(0, |row| row.accrued)
            };
            let accrued_seen = settled.iter().map(|(_, freeze)| accrued_in(freeze)).max().unwrap_or(0);
            let before = settled
                .last()
                .and_then(|(_, freeze)| part_of(freeze).and_then(|at| freeze.parts[at].lines.get(handle)));
            let (ever, accrued) = (self.points(project, party), self.accrued(project, party, currency));
            let mut debts = before.map_or_else(Vec::new, |row| row.debts.clone());
            let owed_before = debts.iter().map(|debt| debt.amount).sum();
            let new = accrued.saturating_sub(accrued_seen);
            if new > 0 {
                debts.push(Debt { range: number, amount: new });
            }
            let (credits, work) = self.chain(project, party);
            let line = Line {
                who: who(party),
                credits,
                work,
                points: ever.saturating_sub(seen),
                ever,
                held_before: before.map_or(0, |row| row.line.held),
                owed_before,
                accrued: new,
                ..Line::default()
            };
            rows.push(Row { line, debts, accrued });
        }
        let held_before: u64 = rows.iter().map(|row| row.line.held_before).sum();
        let before = Carried { held: held_before, reserve: purse.reserve, unallocated: purse.unallocated };
        // 1. Reversals.
        let mut reversals = purse.reversals;
        let mut take = |from: &mut u64| {
            let taken = reversals.min(*from);
            *from -= taken;
            reversals -= taken;
        };
        let mut reserve = purse.reserve;
        take(&mut reserve);
        pools.iter_mut().for_each(|(_, amount)| take(amount));
        // 2. Funds.
        let mut funds: Vec<(Token, u64)> = Vec::new();
        let mut lefts: Vec<u64> = Vec::new();
        for (charter, amount) in &pools {
            let pay = charter.pay.as_ref();
            let of_funds = pay.map_or(&[][..], |pay| &pay.funds);
            let whole: u32 = of_funds.iter().map(|fund| fund.points).sum();
            let mut weights = vec![u128::from(10_000 - whole)];
            weights.extend(of_funds.iter().map(|fund| u128::from(fund.points)));
            let parts = apportion(*amount, &weights);
            lefts.push(parts[0]);
            for (fund, part) in of_funds.iter().zip(&parts[1..]) {
                if pay.and_then(|pay| pay.reserve.as_ref()) == Some(&fund.name) {
                    reserve += part;
                } else if let Some((_, amount)) = funds.iter_mut().find(|(name, _)| *name == fund.name) {
                    *amount += part;
                } else {
                    funds.push((fund.name.clone(), *part));
                }
            }
        }
        funds.retain(|(_, amount)| *amount > 0);
        funds.sort();
        // 3. What could not be split before.
        *lefts.last_mut().unwrap() += purse.unallocated;
        // 4. Debts, 5. shares.
        let mut unallocated = 0;
        for ((charter, _), mut left) in pools.iter().zip(lefts) {
            for range in 1..=number {
                let owed: Vec<u128> = rows
                    .iter()
                    .map(|row| {
                        row.debts.iter().filter(|d| d.range == range).map(|d| u128::from(d.amount)).sum()
                    })
                    .collect();
                let total: u128 = owed.iter().sum();
                let pays = u64::try_from(total.min(left.into())).unwrap();
                for (row, part) in rows.iter_mut().zip(apportion(pays, &owed)) {
                    row.line.settled += part;
                    row.debts.iter_mut().filter(|d| d.range == range).for_each(|d| d.amount -= part);
                }
                left -= pays;
            }
            let weight = |row: &Row| match charter.pay.as_ref().and_then(|pay| pay.share) {
                None => 0,
                Some(Share::Range) => u128::from(row.line.points),
                Some(Share::Ever) => u128::from(row.line.ever),
            };
            let parts = apportion(left, &rows.iter().map(weight).collect::<Vec<_>>());
            unallocated += left - parts.iter().sum::<u64>();
            rows.iter_mut().zip(parts).for_each(|(row, part)| row.line.share += part);
        }
        // 6. Balances.
        let payouts = in_force.charter.pay.as_ref().map_or(&[][..], |pay| &pay.payouts);
        let payout = payouts.iter().find(|payout| payout.currency == currency);
        for (row, party) in rows.iter_mut().zip(&parties) {
            row.debts.retain(|debt| debt.amount > 0);
            let balance = row.line.held_before + row.line.settled + row.line.share;
            let whole = payout.map_or(balance, |payout| balance / payout.unit * payout.unit);
            let waits = payout.is_some_and(|payout| whole < payout.minimum);
            row.line.payable = if waits || self.is_disputed(project, party) { 0 } else { whole };
            row.line.held = balance - row.line.payable;
            row.line.owed = row.debts.iter().map(|debt| debt.amount).sum();
        }
        let sum = |of: fn(&Line) -> u64| rows.iter().map(|row| of(&row.line)).sum::<u64>();
        let settled = Settled {
            after: Carried { held: sum(|line| line.held), reserve, unallocated },
            before,
            currency,
            funds,
            income,
            lines: rows.len() as u64,
            owed: sum(|line| line.owed),
            payable: sum(|line| line.payable),
            reversed: purse.reversals - reversals,
            root: lines_root(project, number, currency, &rows),
            unconfirmed,
        };
        Part { settled, reversals: (purse.reversals, reversals), lines: rows }
    }

    pub(in super::super) fn settlement(&mut self, event: &Event, body: &Settlement) -> Result<Effect, Void> {
        let payload = event.payload();
        let project = payload.project.unwrap();
        self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        if !self.have(&project, Role::Treasurer, &payload.signers) {
            return Err(Void::NotTreasurer);
        }
        if body.previous != self.last_settlement(&project) {
            return Err(Void::SettlementPrevious);
        }
        let at = self.open_freeze(&project).ok_or(Void::SettlementNotFrozen)?;
        let freeze = &self.money.freezes[at];
        if freeze.snapshot.ok_or(Void::SettlementNotFrozen)? != body.snapshot {
            return Err(Void::SettlementSnapshot);
        }
        let found: Vec<Settled> = freeze.parts.iter().map(|part| part.settled.clone()).collect();
        let names = |all: &[Settled]| all.iter().map(|settled| settled.currency).collect::<Vec<_>>();
        if names(&body.currencies) != names(&found) {
            return Err(Void::SettlementCurrencies);
        }
        for (says, is) in body.currencies.iter().zip(&found) {
            if says.lines != is.lines {
                return Err(Void::SettlementLines);
            }
            let mut but_root = says.clone();
            but_root.root = is.root;
            if but_root != *is {
                return Err(Void::SettlementSums);
            }
            if says.root != is.root {
                return Err(Void::SettlementRoot);
            }
        }
        let came = freeze.came;
        let parts: Vec<_> = freeze.parts.iter().map(|part| (part.settled.clone(), part.reversals)).collect();
        for (settled, (were, left)) in parts {
            let purse = self.purse(&project, settled.currency);
            purse.reserve = settled.after.reserve;
            purse.unallocated = settled.after.unallocated;
            purse.reversals = purse.reversals - were + left;
        }
        self.money.freezes[at].is_open = false;
        for income in self.money.came[..came].iter_mut().filter(|c| c.project == project) {
            income.is_settled = true;
        }
        let came = &self.money.came;
        self.money.pools.retain(|(p, charter, currency)| {
            let is_in =
                |c: &&Came| (&c.project, c.charter, c.currency) == (p, *charter, *currency) && !c.is_settled;
            *p != project || came.iter().filter(is_in).map(Came::left).sum::<u64>() > 0
        });
        self.money.settlements.push((event.id(), at));
        self.money.decisions.push((project, event.id(), self.size));
        Ok(Effect::Settlement { project, number: self.settled(&project).len() as u64 })
    }
}

/// spec/settlement.md §3: payable, held, points, ever, hash.
fn lines_root(project: &Hash, number: u64, currency: Currency, rows: &[Row]) -> Hash {
    type Node = ([u64; 4], Hash);
    fn root(nodes: &[Node]) -> Node {
        if nodes.len() == 1 {
            return nodes[0];
        }
        let (left, right) = nodes.split_at(split(nodes.len()));
        let (left, right) = (root(left), root(right));
        let mut bytes = vec![1];
        for (sums, hash) in [&left, &right] {
            sums.iter().for_each(|sum| bytes.extend(sum.to_be_bytes()));
            bytes.extend(hash.0);
        }
        let mut sums = left.0;
        sums.iter_mut().zip(right.0).for_each(|(sum, more)| *sum += more);
        (sums, Hash::of(&bytes))
    }
    let leaf = |(handle, row): (usize, &Row)| {
        let l = &row.line;
        let mut bytes = [&[0][..], &project.0, &number.to_be_bytes(), currency.as_str().as_bytes()].concat();
        bytes.extend((handle as u64).to_be_bytes());
        bytes.extend(l.who.0);
        for n in [
            l.points,
            l.ever,
            l.held_before,
            l.owed_before,
            l.accrued,
            l.settled,
            l.share,
            l.payable,
            l.held,
            l.owed,
        ] {
            bytes.extend(n.to_be_bytes());
        }
        bytes.extend(l.credits.to_be_bytes());
        bytes.extend(l.work.0);
        ([l.payable, l.held, l.points, l.ever], Hash::of(&bytes))
    };
    if rows.is_empty() {
        Hash::default()
    } else {
        root(&rows.iter().enumerate().map(leaf).collect::<Vec<_>>()).1
    }
}
