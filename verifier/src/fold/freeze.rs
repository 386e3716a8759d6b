//! Freezing projects at a mark, and the settlements that say what follows from it.

use std::collections::HashSet;

use super::record::{
    AccruedRecord, ClaimsRecord, ContributorRecord, FreezeRecord, LineRecord, MoneyRecord, PoolRecord,
    ProjectRecord, SettlementRecord,
};
use super::tree::Node;
use super::{Effect, Fold, FoldError, Now, PAGE, Result, Ruled, Run, State, Void, key};
use crate::Hash;
use crate::event::{self, Carried, Charter, Event, Settled};
use crate::money::Currency;
use crate::settlement::{self, Debt, Entitled, Input, Line, LineNode, Outcome, Payout, Person, Pool};

/// Lines that are worked out at a time: enough for a keeper to share out.
const LINES_AT_ONCE: usize = 16_384;
/// About what a line takes with its key, where nothing is owed.
const LINE_BYTES: usize = 232;

impl Node for LineNode {
    const LENGTH: usize = 64;
    fn join(left: &Self, right: &Self) -> Self {
        // What is payable and held is at most all income, so only sums of a damaged state are too large.
        let none = Self { payable: 0, held: 0, points: 0, ever: 0, hash: Hash::default() };
        Self::join(left, right).unwrap_or(none)
    }
    fn write(&self, out: &mut Vec<u8>) {
        self.sums().iter().for_each(|sum| out.extend(sum.to_be_bytes()));
        out.extend(self.hash.0);
    }
    fn read(bytes: &[u8]) -> Option<Self> {
        let (sums, hash) = bytes.split_at_checked(32)?;
        let mut sums = sums.chunks_exact(8).filter_map(|sum| sum.try_into().ok().map(u64::from_be_bytes));
        let (payable, held, points, ever) = (sums.next()?, sums.next()?, sums.next()?, sums.next()?);
        Some(Self { payable, held, points, ever, hash: Hash(hash.try_into().ok()?) })
    }
}

/// Pieces that those who are very many are read in, where a keeper can read them side by side.
const PIECES: u8 = 4;

/// Of somebody's line in the last settlement, what the next one needs.
struct Before {
    points: u64,
    accrued: u64,
    held: u64,
    debts: Vec<Debt>,
}

/// Somebody with a handle, as the mark found them.
#[derive(Clone, Default)]
struct Present {
    who: Hash,
    /// Points ever.
    ever: u64,
    /// Most points that an earlier settlement has seen.
    seen: u64,
    credits: u64,
    /// The last link of these.
    work: Hash,
    /// Ever owed by rate.
    accrued: AccruedRecord,
    /// Their alias is in dispute.
    is_disputed: bool,
}

impl<S: State> Fold<S> {
    /// Freezes every project that has had a `closing`, at the mark that begins `epoch`.
    pub(super) fn freeze_closed(&mut self, epoch: u64) -> Result<(), S> {
        // Of marks that were never stated.
        for (key, _) in self.scan_all(key::UNSTATED)? {
            self.remove(&key)?;
        }
        for (key, _) in self.scan_all(key::CLOSINGS)? {
            let project = key.get(1..).and_then(|p| p.try_into().ok()).map(Hash);
            let Some(project) = project else { return Err(FoldError::Damaged { key }) };
            self.remove(&key)?;
            self.freeze(&project, epoch)?;
        }
        Ok(())
    }

    /// All pairs under a prefix that has few.
    #[expect(clippy::type_complexity, reason = "pairs of key and value")]
    pub(super) fn scan_all(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, S> {
        let mut all: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        loop {
            let after = all.last().map_or(&[][..], |(key, _)| key);
            let page = self.scan(prefix, after, PAGE)?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Works out what the project's next settlement has to say.
    fn freeze(&mut self, project: &Hash, epoch: u64) -> Result<(), S> {
        let damaged = || FoldError::Damaged { key: key::project(project) };
        let record = self.project(project)?.ok_or_else(damaged)?;
        let mut money = self.money(project)?;
        money.freezes = money.freezes.checked_add(1).ok_or_else(damaged)?;
        for books in &mut money.currencies {
            books.frozen = books.reversals;
        }
        self.set(key::money(project), money.to_bytes())?;
        let mut pools = Vec::new();
        for (key, value) in self.scan_all(&key::pools(project))? {
            let currency = key.last_chunk().and_then(|code| Currency::from_bytes(*code));
            let pool = PoolRecord::from_bytes(&value);
            let Some((currency, pool)) = currency.zip(pool) else { return Err(FoldError::Damaged { key }) };
            let seen = PoolRecord { frozen: pool.amount, frozen_unconfirmed: pool.unconfirmed, ..pool };
            self.set(key, seen.to_bytes())?;
            pools.push((currency, pool));
        }
        let mut present = self.present(project, &record, &money)?;
        let all: Vec<Currency> = money.currencies.iter().map(|books| books.currency).collect();
        let mut read = None;
        for currency in &all {
            // A currency that is new now has no lines, but the others have; ranges are the same for all.
            let lines = self.last_lines(project, *currency, &money, present.len())?;
            if !lines.is_empty() {
                for (person, line) in present.iter_mut().zip(&lines) {
                    person.seen = line.points;
                }
                read = Some((*currency, lines));
                break;
            }
        }
        let mut currencies = Vec::with_capacity(all.len());
        for currency in all {
            let pools: Vec<PoolRecord> =
                pools.iter().filter(|(of, _)| *of == currency).map(|(_, pool)| *pool).collect();
            let lines = match read.take_if(|(of, _)| *of == currency) {
                Some((_, lines)) => lines,
                None => self.last_lines(project, currency, &money, present.len())?,
            };
            currencies
                .push(self.freeze_currency(project, &record, &money, currency, &pools, &present, lines)?);
        }
        let freeze = FreezeRecord { epoch, snapshot: None, currencies };
        self.set(key::freeze(project), freeze.to_bytes())?;
        self.set(key::unstated_project(epoch, project), Vec::new())
    }

    /// Everybody with a handle, by handle.
    fn present(
        &self,
        project: &Hash,
        record: &ProjectRecord,
        money: &MoneyRecord,
    ) -> Result<Vec<Present>, S> {
        let damaged = |key: &[u8]| FoldError::Damaged { key: key.to_vec() };
        let count =
            usize::try_from(record.leaf.now.contributors).map_err(|_| damaged(&key::project(project)))?;
        let mut disputed = HashSet::new();
        // What these keys end in is a hash, so that pieces are about equal.
        let cut = |piece: u8| key::contributor(project, &Hash([piece.saturating_mul(u8::MAX / PIECES); 32]));
        let cuts: Vec<_> = (1..PIECES).map(cut).collect();
        let people = self.read_all(&key::contributors(project), &cuts, |key, value| {
            let record = ContributorRecord::read(value)?;
            let Some(handle) = record.handle else { return Some(None) };
            Some(Some((
                usize::try_from(handle).ok()?,
                Present {
                    who: key.last_chunk().copied().map(Hash)?,
                    ever: record.sums.now.points,
                    credits: record.credits,
                    work: record.work,
                    ..Present::default()
                },
            )))
        })?;
        let mut present = vec![Present::default(); count];
        // Of those with a handle, in the order in which their keys lie.
        let mut handles = Vec::new();
        for (handle, person) in people.into_iter().flatten().flatten() {
            let place =
                present.get_mut(handle).ok_or_else(|| damaged(&key::contributor(project, &person.who)))?;
            *place = person;
            handles.push(handle);
        }
        if money.currencies.iter().any(|books| books.accrued > 0) {
            for handles in handles.chunks(PAGE) {
                let who = handles.iter().filter_map(|handle| present.get(*handle));
                let keys: Vec<_> = who.map(|person| key::accrued(project, &person.who)).collect();
                let values = self.state.get_many(&keys).map_err(FoldError::State)?;
                for ((handle, key), value) in handles.iter().zip(keys).zip(values) {
                    let (Some(person), Some(value)) = (present.get_mut(*handle), value) else { continue };
                    person.accrued = AccruedRecord::from_bytes(&value).ok_or_else(|| damaged(&key))?;
                }
            }
        }
        for (key, value) in self.scan_all(&key::claims(project))? {
            let claims = ClaimsRecord::from_bytes(&value);
            let who = key.last_chunk().copied().map(Hash);
            let Some((claims, who)) = claims.zip(who) else { return Err(FoldError::Damaged { key }) };
            if claims.are_contrary() {
                disputed.insert(who);
            }
        }
        for person in &mut present {
            person.is_disputed = disputed.contains(&person.who);
        }
        Ok(present)
    }

    /// Of the lines of the last valid settlement in a currency, by handle, what the next one needs. There are at most as many
    /// as people now; none where that settlement was without the currency, or there is none.
    fn last_lines(
        &self,
        project: &Hash,
        currency: Currency,
        money: &MoneyRecord,
        people: usize,
    ) -> Result<Vec<Before>, S> {
        if money.settlements == 0 {
            // There is no settlement 0.
            return Ok(Vec::new());
        }
        let number = money.settlements;
        let piece = (people as u64).div_ceil(u64::from(PIECES)).max(1);
        let cuts: Vec<_> = (1..u64::from(PIECES))
            .map(|cut| key::line(project, currency, number, cut.saturating_mul(piece)))
            .collect();
        let pieces = self.read_all(&key::lines(project, currency, number), &cuts, |_, value| {
            let LineRecord { line, points, accrued, debts } = LineRecord::from_bytes(value)?;
            Some(Before { points, accrued, held: line.held, debts })
        })?;
        let mut lines: Vec<Before> = Vec::with_capacity(people);
        lines.extend(pieces.into_iter().flatten().take(people));
        Ok(lines)
    }

    #[expect(clippy::too_many_arguments, reason = "what a freeze is made of")]
    fn freeze_currency(
        &mut self,
        project: &Hash,
        record: &ProjectRecord,
        money: &MoneyRecord,
        currency: Currency,
        pools: &[PoolRecord],
        present: &[Present],
        lines: Vec<Before>,
    ) -> Result<(Settled, u64), S> {
        let damaged = || FoldError::Damaged { key: key::money(project) };
        let number = money.settlements.checked_add(1).ok_or_else(damaged)?;
        let books = money.currencies.iter().find(|books| books.currency == currency).ok_or_else(damaged)?;
        let mut input = Input {
            range: number,
            pools: Vec::with_capacity(pools.len() + 1),
            payout: Payout::default(),
            reserve: books.reserve,
            unallocated: books.unallocated,
            reversals: books.reversals,
            people: Vec::with_capacity(present.len()),
        };
        let mut unconfirmed: u64 = 0;
        for pool in pools {
            let charter = self.known_charter(&pool.charter)?;
            input.pools.push(pool_under(&charter, pool.amount));
            unconfirmed = unconfirmed.checked_add(pool.unconfirmed).ok_or_else(damaged)?;
        }
        let in_force = self.in_force(record)?.ok_or_else(damaged)?;
        if pools.last().is_none_or(|last| last.charter != record.in_force()) {
            input.pools.push(pool_under(&in_force, 0));
        }
        let payouts = in_force.pay.as_ref().map_or(&[][..], |pay| &pay.payouts);
        if let Some(payout) = payouts.iter().find(|payout| payout.currency == currency) {
            input.payout = Payout { minimum: payout.minimum, unit: payout.unit };
        }
        // What is seen from now on.
        let mut seen = Vec::with_capacity(present.len());
        let none = || Before { points: 0, accrued: 0, held: 0, debts: Vec::new() };
        for (person, line) in present.iter().zip(lines.into_iter().chain(std::iter::repeat_with(none))) {
            let accrued = person.accrued.in_currency(currency);
            input.people.push(Person {
                points: person.ever.saturating_sub(person.seen),
                ever: person.ever,
                accrued: accrued.saturating_sub(line.accrued),
                held: line.held,
                debts: line.debts,
                is_disputed: person.is_disputed,
            });
            seen.push((person.seen.max(person.ever), line.accrued.max(accrued)));
        }
        let outcome = settlement::settle(&input).ok_or_else(damaged)?;
        let held = input.people.iter().try_fold(0_u64, |sum, person| sum.checked_add(person.held));
        let before = Carried {
            held: held.ok_or_else(damaged)?,
            reserve: input.reserve,
            unallocated: input.unallocated,
        };
        let root = self.keep_lines(project, (currency, number), &input, &outcome, present, &seen)?;
        let settled = Settled {
            after: Carried { held: outcome.held, reserve: outcome.reserve, unallocated: outcome.unallocated },
            before,
            currency,
            funds: outcome.funds,
            income: outcome.income,
            lines: u64::try_from(present.len()).map_err(|_| damaged())?,
            owed: outcome.owed,
            payable: outcome.payable,
            reversed: outcome.reversed,
            root,
            unconfirmed,
        };
        Ok((settled, outcome.reversals))
    }

    /// Keeps the lines and their tree; its root.
    fn keep_lines(
        &mut self,
        project: &Hash,
        (currency, number): (Currency, u64),
        input: &Input,
        outcome: &Outcome,
        present: &[Present],
        seen: &[(u64, u64)],
    ) -> Result<Hash, S> {
        let mut people = (0_u64..).zip(input.people.iter().zip(&outcome.people).zip(present).zip(seen));
        let mut leaves = Vec::with_capacity(present.len());
        // Of a freeze that no settlement followed there are lines in these places, to which that freeze refers.
        let are_new = self.record(&key::freeze(project), FreezeRecord::from_bytes)?.is_none();
        loop {
            let page: Vec<_> = people.by_ref().take(LINES_AT_ONCE).collect();
            if page.is_empty() {
                break;
            }
            let pieces = self.state.work_out(&page, |people| {
                let mut run = Run::with_capacity(people.len(), people.len() * LINE_BYTES);
                let mut nodes = Vec::with_capacity(people.len());
                for (handle, (((before, after), person), seen)) in people {
                    let line = line_of(before, after, person);
                    nodes.push(settlement::line_leaf(project, number, currency, *handle, &line));
                    let debts = after.debts.clone();
                    let record = LineRecord { line, points: seen.0, accrued: seen.1, debts };
                    let key = key::line(project, currency, number, *handle);
                    if !run.push(&key, &record.to_bytes()) {
                        return Err(key);
                    }
                }
                Ok((run, nodes))
            });
            let mut runs = Vec::with_capacity(pieces.len());
            for piece in pieces {
                let (run, nodes) = piece.map_err(|key| FoldError::Damaged { key })?;
                runs.push(run);
                leaves.extend(nodes);
            }
            let set = if are_new { self.state.set_ahead(runs) } else { self.state.set_many(runs) };
            set.map_err(FoldError::State)?;
        }
        let key = |level, group| key::lines_group(project, (currency, number), level, group);
        let root = if are_new {
            self.plant(leaves, key)?
        } else {
            let count = leaves.len() as u64;
            self.grow(count, (0..).zip(leaves).collect(), key)?
        };
        Ok(root.map_or(Hash::default(), |root: LineNode| root.hash))
    }

    /// Notes the snapshot of the mark that began `epoch` with the projects that were frozen there.
    pub(super) fn state_freezes(&mut self, epoch: u64, snapshot: &Hash) -> Result<(), S> {
        for (key, _) in self.scan_all(&key::unstated(epoch))? {
            let project = key.last_chunk().copied().map(Hash);
            let Some(project) = project else { return Err(FoldError::Damaged { key }) };
            self.remove(&key)?;
            let freeze_key = key::freeze(&project);
            let Some(freeze) = self.record(&freeze_key, FreezeRecord::from_bytes)? else { continue };
            self.set(freeze_key, FreezeRecord { snapshot: Some(*snapshot), ..freeze }.to_bytes())?;
        }
        Ok(())
    }

    pub(super) fn apply_settlement(
        &mut self,
        now: &Now,
        event: &Event,
        body: &event::Settlement,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let Some(project) = payload.project else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(mut record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        if !self.are_treasurers(&project, payload.signers.iter())? {
            return Ok(Err(Void::NotTreasurer));
        }
        if body.previous != Some(record.leaf.now.settlement).filter(|last| *last != Hash::default()) {
            return Ok(Err(Void::SettlementPrevious));
        }
        let key = key::freeze(&project);
        let freeze = self.record(&key, FreezeRecord::from_bytes)?;
        let Some((freeze, snapshot)) = freeze.and_then(|freeze| freeze.snapshot.map(|s| (freeze, s))) else {
            return Ok(Err(Void::SettlementNotFrozen));
        };
        if body.snapshot != snapshot {
            return Ok(Err(Void::SettlementSnapshot));
        }
        if let Err(void) = compare(&body.currencies, &freeze) {
            return Ok(Err(void));
        }
        self.remove(&key)?;
        let number = self.settle_books(&project, &freeze)?;
        let place = self.decide_money(now, &project, &mut record, &event.id())?;
        let settled = SettlementRecord { project, number, place };
        self.set(key::settlement(&event.id()), settled.to_bytes())?;
        self.set(key::settlement_by_number(&project, number), event.id().0.to_vec())?;
        self.touch_leaf(&mut record)?.settlement = event.id();
        self.set(key::project(&project), record.to_bytes())?;
        Ok(Ok(Effect::Settlement { project, number }))
    }

    /// Puts what a valid settlement leaves into the books; its number.
    fn settle_books(&mut self, project: &Hash, freeze: &FreezeRecord) -> Result<u64, S> {
        let damaged = || FoldError::Damaged { key: key::money(project) };
        let mut money = self.money(project)?;
        money.settlements = money.settlements.checked_add(1).ok_or_else(damaged)?;
        for (settled, reversals) in &freeze.currencies {
            let books = money.books(settled.currency).ok_or_else(damaged)?;
            books.reserve = settled.after.reserve;
            books.unallocated = settled.after.unallocated;
            // Those that came since the freeze stay.
            let since = books.reversals.checked_sub(books.frozen).ok_or_else(damaged)?;
            books.reversals = since.checked_add(*reversals).ok_or_else(damaged)?;
            books.frozen = 0;
        }
        self.set(key::money(project), money.to_bytes())?;
        for (key, value) in self.scan_all(&key::pools(project))? {
            let pool = PoolRecord::from_bytes(&value);
            let left = pool.and_then(PoolRecord::since_frozen);
            let Some(pool) = left else { return Err(FoldError::Damaged { key }) };
            if pool.amount == 0 {
                self.remove(&key)?;
            } else {
                self.set(key, pool.to_bytes())?;
            }
        }
        Ok(money.settlements)
    }
}

fn line_of(before: &Person, after: &Entitled, person: &Present) -> Line {
    // Sums of what the project owes, which fit.
    let owed = |debts: &[Debt]| debts.iter().fold(0, |sum: u64, debt| sum.saturating_add(debt.amount));
    Line {
        who: person.who,
        points: before.points,
        ever: before.ever,
        held_before: before.held,
        owed_before: owed(&before.debts),
        accrued: before.accrued,
        settled: after.settled,
        share: after.share,
        payable: after.payable,
        held: after.held,
        owed: owed(&after.debts),
        credits: person.credits,
        work: person.work,
    }
}

fn pool_under(charter: &Charter, amount: u64) -> Pool {
    let Some(pay) = &charter.pay else { return Pool { amount, ..Pool::default() } };
    Pool {
        amount,
        funds: pay.funds.iter().map(|fund| (fund.name.clone(), fund.points)).collect(),
        reserve: pay.reserve.clone(),
        share: pay.share,
    }
}

/// Whether a settlement says what the freeze came to.
fn compare(stated: &[Settled], freeze: &FreezeRecord) -> std::result::Result<(), Void> {
    let found = || freeze.currencies.iter().map(|(settled, _)| settled);
    if !stated.iter().map(|s| s.currency).eq(found().map(|s| s.currency)) {
        return Err(Void::SettlementCurrencies);
    }
    for (stated, found) in stated.iter().zip(found()) {
        if stated.lines != found.lines {
            return Err(Void::SettlementLines);
        }
        if stated.root != found.root && (Settled { root: found.root, ..stated.clone() }) == *found {
            return Err(Void::SettlementRoot);
        }
        if stated != found {
            return Err(Void::SettlementSums);
        }
    }
    Ok(())
}
