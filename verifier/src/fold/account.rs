//! The books: what a decision changes in the sums of a contributor and of their project.

use super::record::{
    AccruedRecord, ChangedLeaf, ContributionRecord, ContributorRecord, Leaf, MoneyRecord, ProjectRecord,
    Standing, Sums, TallyRecord,
};
use super::{Fold, FoldError, MAX_POINTS, Result, State, Status, Tally, key};
use crate::Hash;
use crate::event::{Charter, Rate, Work};
use crate::money::MAX_AMOUNT;
use crate::settlement::Credit;

/// Who the whole of a project is among the tallies.
pub(super) const WHOLE: Hash = Hash([0; 32]);

/// A change of one contributor's points, to be entered in the books.
pub(super) struct Entered<'a> {
    /// The kind of work.
    pub(super) work: Work,
    /// Index of the contribution's entry; of a verdict that of the review.
    pub(super) index: u64,
    /// Index of the entry that decided.
    pub(super) decided: u64,
    /// The charter of the change.
    pub(super) charter: Hash,
    /// Accepted events more, or fewer.
    pub(super) events: Step,
    /// The points.
    pub(super) change: Change<'a>,
}

/// How a count changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Up,
    Same,
    Down,
}

/// What was decided about a contribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision<'a> {
    /// How much of it counts; nothing of it: it is rejected.
    pub(super) accepted: u32,
    /// A reason code, or empty.
    pub(super) reason: &'a str,
    /// Index of the entry that decided.
    pub(super) by: u64,
}

/// Points that are taken and given under a charter.
pub(super) struct Change<'a> {
    /// Its rates say what they are owed.
    pub(super) charter: &'a Charter,
    /// Taken.
    pub(super) minus: u64,
    /// Given.
    pub(super) plus: u64,
}

impl Change<'_> {
    fn rates(&self) -> &[Rate] {
        self.charter.pay.as_ref().map_or(&[], |pay| &pay.rates)
    }

    /// `amount` after the change, at a rate. `None` where it is beyond `most`, or more is taken than there is.
    fn at_rate(&self, amount: u64, rate: &Rate) -> Option<u64> {
        // Factors below 2^64 and 2^32.
        let owed = |points: u64| u128::from(points) * u128::from(rate.amount);
        let after = u128::from(amount).checked_sub(owed(self.minus))?.checked_add(owed(self.plus))?;
        u64::try_from(after).ok().filter(|after| *after <= MAX_AMOUNT)
    }

    /// `amount` with what the change adds at a rate, if it adds; `None` where that is beyond the most.
    fn added_at_rate(&self, amount: u64, rate: &Rate) -> Option<u64> {
        let added = u128::from(self.plus.saturating_sub(self.minus)) * u128::from(rate.amount);
        let after = u128::from(amount).checked_add(added)?;
        u64::try_from(after).ok().filter(|after| *after <= MAX_AMOUNT)
    }

    fn points(&self, points: u64) -> Option<u64> {
        points.checked_sub(self.minus)?.checked_add(self.plus).filter(|points| *points <= MAX_POINTS)
    }
}

/// Adds to what was ever owed in a project; whether there is room for it. What is taken is not taken off: debts may stay that
/// an adjustment has overtaken, and all debts together are to fit.
fn accrue(money: &mut MoneyRecord, change: &Change<'_>) -> bool {
    change.rates().iter().all(|rate| {
        let after = money
            .books(rate.currency)
            .and_then(|books| change.added_at_rate(books.accrued, rate).map(|after| books.accrued = after));
        after.is_some()
    })
}

/// Points of so many units. Two numbers below 2^32 have a product below 2^64.
pub(super) fn points(weight: u32, quantity: u32) -> u64 {
    u64::from(weight) * u64::from(quantity)
}

impl<S: State> Fold<S> {
    /// Whether the project has room for all these changes: for the points, and for what they are owed.
    pub(super) fn has_room(
        &self,
        project: &Hash,
        record: &ProjectRecord,
        changes: &[Change<'_>],
    ) -> Result<bool, S> {
        let points = changes.iter().try_fold(record.leaf.now.points, |points, change| change.points(points));
        if points.is_none() || changes.iter().all(|change| change.rates().is_empty()) {
            return Ok(points.is_some());
        }
        let mut money = self.money(project)?;
        Ok(changes.iter().all(|change| accrue(&mut money, change)))
    }

    /// The project's money.
    pub(super) fn money(&self, project: &Hash) -> Result<MoneyRecord, S> {
        Ok(self.record(&key::money(project), MoneyRecord::from_bytes)?.unwrap_or_default())
    }

    /// Writes down what points are owed by rate. [`Fold::has_room`] was asked before.
    fn owe(&mut self, project: &Hash, who: &Hash, change: &Change<'_>) -> Result<(), S> {
        if change.rates().is_empty() {
            return Ok(());
        }
        let damaged = |key: Vec<u8>| FoldError::Damaged { key };
        let mut money = self.money(project)?;
        if !accrue(&mut money, change) {
            return Err(damaged(key::money(project)));
        }
        self.set(key::money(project), money.to_bytes())?;
        let key = key::accrued(project, who);
        let mut own = self.record(&key, AccruedRecord::from_bytes)?.unwrap_or_default();
        for rate in change.rates() {
            let after = own
                .amount_mut(rate.currency)
                .and_then(|amount| change.at_rate(*amount, rate).map(|after| *amount = after));
            after.ok_or_else(|| damaged(key.clone()))?;
        }
        self.set(key, own.to_bytes())
    }

    /// Changes the tallies of a person and of the whole project.
    pub(super) fn tally(
        &mut self,
        project: &Hash,
        who: &Hash,
        (work, unit): (Work, &str),
        change: impl Fn(&mut Tally),
    ) -> Result<(), S> {
        let epoch = self.epoch()?;
        for who in [who, &WHOLE] {
            let key = key::tally(project, who, work, unit);
            let mut record = self.record(&key, TallyRecord::from_bytes)?.unwrap_or_default();
            change(record.touch(epoch));
            self.set(key, record.to_bytes())?;
        }
        Ok(())
    }

    /// The contributor's record; a new one where they were not known, which is not kept yet.
    pub(super) fn contributor(
        &mut self,
        project: &Hash,
        who: &Hash,
        text: impl FnOnce() -> String,
    ) -> Result<ContributorRecord, S> {
        match self.record(&key::contributor(project, who), ContributorRecord::from_bytes)? {
            Some(record) => Ok(record),
            None => Ok(ContributorRecord::new(self.epoch()?, text())),
        }
    }

    /// Makes a contributor known to the project.
    pub(super) fn know(
        &mut self,
        project: &Hash,
        who: &Hash,
        text: impl FnOnce() -> String,
    ) -> Result<(), S> {
        let key = key::contributor(project, who);
        if self.has(&key)? {
            return Ok(());
        }
        let record = ContributorRecord::new(self.epoch()?, text());
        self.set(key, record.to_bytes())
    }

    /// Gives a contributor the project's next free handle, if they have none, and notes how their leaf has changed.
    /// Neither record is kept yet.
    pub(super) fn list(
        &mut self,
        project: &Hash,
        who: &Hash,
        record: &mut ProjectRecord,
        contributor: &mut ContributorRecord,
    ) -> Result<(), S> {
        let epoch = self.epoch()?;
        let leaf = self.touch_leaf(record)?;
        let handle = match contributor.handle {
            Some(handle) => handle,
            None => {
                let next = leaf.contributors;
                leaf.contributors += 1;
                contributor.handle = Some(next);
                next
            }
        };
        let Sums { counts, points, .. } = contributor.sums.now;
        let changed = ChangedLeaf { who: *who, counts, points };
        self.set(key::changed_contributor(project, epoch, handle), changed.to_bytes())
    }

    /// The project's leaf, to be changed: it is noted that it has. The record is not kept yet.
    pub(super) fn touch_leaf<'r>(&mut self, record: &'r mut ProjectRecord) -> Result<&'r mut Leaf, S> {
        let epoch = self.epoch()?;
        if record.leaf.epoch < epoch {
            self.set(key::changed_project(epoch, record.number), Vec::new())?;
        }
        Ok(record.leaf.touch(epoch))
    }

    /// Credits a contributor, who gets a handle with it. [`Fold::has_room`] was asked before. The project's record is not kept
    /// yet.
    pub(super) fn credit(
        &mut self,
        project: &Hash,
        who: &Hash,
        record: &mut ProjectRecord,
        mut contributor: ContributorRecord,
        entered: &Entered<'_>,
    ) -> Result<(), S> {
        let epoch = self.epoch()?;
        let key = key::contributor(project, who);
        let damaged = || FoldError::Damaged { key: key.clone() };
        let sums = contributor.sums.touch(epoch);
        sums.points = entered.change.points(sums.points).ok_or_else(damaged)?;
        let count = sums.count_mut(entered.work).ok_or_else(damaged)?;
        *count = match entered.events {
            Step::Up => count.checked_add(1),
            Step::Same => Some(*count),
            Step::Down => count.checked_sub(1),
        }
        .ok_or_else(damaged)?;
        let leaf = self.touch_leaf(record)?;
        leaf.points = entered.change.points(leaf.points).ok_or_else(damaged)?;
        self.list(project, who, record, &mut contributor)?;
        let Entered { index, decided, charter, change, .. } = entered;
        let credit = Credit {
            index: *index,
            decided: *decided,
            charter: *charter,
            before: change.minus,
            after: change.plus,
        };
        self.set(key::credit(project, who, contributor.credits), credit.to_bytes())?;
        contributor.credits = contributor.credits.checked_add(1).ok_or_else(damaged)?;
        contributor.work = credit.link(&contributor.work);
        self.set(key, contributor.to_bytes())?;
        self.owe(project, who, change)
    }

    /// Accepts a contribution that never waits. [`Fold::has_room`] was asked before.
    pub(super) fn accept_at_once(
        &mut self,
        id: &Hash,
        mut standing: Standing,
        record: &mut ProjectRecord,
        text: impl FnOnce() -> String,
        decision: Decision<'_>,
    ) -> Result<(), S> {
        let Some(work) = standing.contribution.take() else { return Ok(()) };
        self.tally(&work.project, &work.who, (work.work, &work.unit), |tally| {
            enter(tally, work.quantity, decision.accepted);
        })?;
        self.decide(id, standing, work, record, text, decision)
    }

    /// Decides an undecided contribution. [`Fold::has_room`] was asked before.
    pub(super) fn settle(
        &mut self,
        id: &Hash,
        mut standing: Standing,
        record: &mut ProjectRecord,
        decision: Decision<'_>,
    ) -> Result<(), S> {
        let Some(mut work) = standing.contribution.take() else { return Ok(()) };
        self.forget_undecided(standing.index, &mut work)?;
        self.tally(&work.project, &work.who, (work.work, &work.unit), |tally| {
            tally.pending.take(work.quantity);
            enter(tally, work.quantity, decision.accepted);
        })?;
        // Whoever has a contribution that is not void is known.
        self.decide(id, standing, work, record, String::new, decision)
    }

    /// Changes what was decided about a contribution. [`Fold::has_room`] was asked before.
    pub(super) fn adjust(
        &mut self,
        id: &Hash,
        mut standing: Standing,
        record: &mut ProjectRecord,
        decision: Decision<'_>,
    ) -> Result<(), S> {
        let Some(work) = standing.contribution.take() else { return Ok(()) };
        self.tally(&work.project, &work.who, (work.work, &work.unit), |tally| {
            if work.accepted > 0 {
                tally.accepted.take(work.accepted);
                tally.rejected.quantity -= u128::from(work.quantity - work.accepted);
            } else {
                tally.rejected.take(work.quantity);
            }
            enter(tally, work.quantity, decision.accepted);
        })?;
        self.decide(id, standing, work, record, String::new, decision)
    }

    /// Writes the decision down, with the points that it gives or takes.
    fn decide(
        &mut self,
        id: &Hash,
        standing: Standing,
        mut work: ContributionRecord,
        record: &mut ProjectRecord,
        text: impl FnOnce() -> String,
        decision: Decision<'_>,
    ) -> Result<(), S> {
        let events = match (work.accepted > 0, decision.accepted > 0) {
            (false, true) => Step::Up,
            (true, false) => Step::Down,
            _ => Step::Same,
        };
        if work.accepted > 0 || decision.accepted > 0 {
            let charter = self.known_charter(&work.charter)?;
            let minus = points(work.weight, work.accepted);
            let change = Change { charter: &charter, minus, plus: points(work.weight, decision.accepted) };
            let entered = Entered {
                work: work.work,
                index: standing.index,
                decided: decision.by,
                charter: work.charter,
                events,
                change,
            };
            let contributor = self.contributor(&work.project, &work.who, text)?;
            self.credit(&work.project, &work.who, record, contributor, &entered)?;
        }
        work.accepted = decision.accepted;
        work.decided = decision.by;
        decision.reason.clone_into(&mut work.reason);
        let status = if decision.accepted > 0 { Status::Accepted } else { Status::Rejected };
        let standing = Standing { status, contribution: Some(work), ..standing };
        self.set(key::event(id), standing.to_bytes())
    }

    /// Takes a contribution off the lists of what waits.
    pub(super) fn forget_undecided(&mut self, index: u64, work: &mut ContributionRecord) -> Result<(), S> {
        if let Some(day) = work.due.take() {
            self.remove(&key::due(day, index))?;
        }
        self.remove(&key::undecided_at(&work.project, index))
    }
}

/// Enters a decision about `quantity` units of which `accepted` count.
fn enter(tally: &mut Tally, quantity: u32, accepted: u32) {
    if accepted > 0 {
        tally.accepted.add(accepted);
        tally.rejected.quantity += u128::from(quantity - accepted);
    } else {
        tally.rejected.add(quantity);
    }
}
