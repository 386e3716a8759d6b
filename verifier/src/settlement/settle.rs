//! The settlement of one currency: a pure function of what the fold has frozen (spec/settlement.md §2).

use std::collections::BTreeMap;

use super::apportion::apportion;
use crate::event::{Share, Token};

/// A hundred percent, in basis points.
const WHOLE: u32 = 10_000;

/// What a settlement starts from, in one currency. All amounts are minor units, and together at most 2^54.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The range's number, from 1.
    pub range: u64,
    /// Income by the charter that was in force when it was logged, in the order in which these were. The last is that of
    /// the charter in force at the mark, be it of nothing.
    pub pools: Vec<Pool>,
    /// When a balance is paid out.
    pub payout: Payout,
    /// The reserve fund.
    pub reserve: u64,
    /// Contributors' money that could not be split before.
    pub unallocated: u64,
    /// What was taken back of income that was frozen or settled before, and not yet taken from anything.
    pub reversals: u64,
    /// Everybody, by handle.
    pub people: Vec<Person>,
}

/// Income under one charter.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// How much.
    pub amount: u64,
    /// What goes to funds, in basis points, ascending by name; together at most 10,000.
    pub funds: Vec<(Token, u32)>,
    /// Which of the funds is the reserve.
    pub reserve: Option<Token>,
    /// How contributors share what debts leave; `None`: not at all.
    pub share: Option<Share>,
}

/// When a balance is paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payout {
    /// Nothing below this.
    pub minimum: u64,
    /// Only multiples of this, at least 1.
    pub unit: u64,
}

impl Default for Payout {
    fn default() -> Self {
        Self { minimum: 0, unit: 1 }
    }
}

/// One contributor before the settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Points decided in the range.
    pub points: u64,
    /// Points ever.
    pub ever: u64,
    /// What work accepted in the range is owed by rate.
    pub accrued: u64,
    /// Balance held so far.
    pub held: u64,
    /// What is owed of earlier ranges, ascending by range, none of them 0.
    pub debts: Vec<Debt>,
    /// Two claim their alias: nothing is paid out until it is decided.
    pub is_disputed: bool,
}

/// What is owed for work of one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debt {
    /// The range.
    pub range: u64,
    /// How much.
    pub amount: u64,
}

/// One contributor after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entitled {
    /// Of what was owed, as much as is paid now.
    pub settled: u64,
    /// Share of what debts left.
    pub share: u64,
    /// What is to be paid out.
    pub payable: u64,
    /// Balance held from here on.
    pub held: u64,
    /// What is still owed, ascending by range, none of them 0.
    pub debts: Vec<Debt>,
}

/// Where all money went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By handle.
    pub people: Vec<Entitled>,
    /// Income of the range.
    pub income: u64,
    /// Sum of what is to be paid out.
    pub payable: u64,
    /// Sum of the balances held.
    pub held: u64,
    /// Sum of what is still owed. It is no money that is there.
    pub owed: u64,
    /// What goes to funds other than the reserve, ascending by name, none of them 0.
    pub funds: Vec<(Token, u64)>,
    /// The reserve fund from here on.
    pub reserve: u64,
    /// Contributors' money that could not be split.
    pub unallocated: u64,
    /// Reversals that were taken from reserve or income.
    pub reversed: u64,
    /// Reversals that are still to be taken.
    pub reversals: u64,
}

/// Settles. Income + held, unallocated and reserve before = payable + held, unallocated and reserve after + funds +
/// reversals taken, exactly.
///
/// `None` only where amounts are beyond the bounds of [`Input`].
pub fn settle(input: &Input) -> Option<Outcome> {
    let mut outcome = Outcome { reserve: input.reserve, ..Outcome::default() };
    let mut pools: Vec<u64> = input.pools.iter().map(|pool| pool.amount).collect();
    for amount in &pools {
        outcome.income = outcome.income.checked_add(*amount)?;
    }
    take_back(input.reversals, &mut pools, &mut outcome);
    let mut funds = BTreeMap::new();
    let mut lefts = Vec::with_capacity(pools.len());
    for (pool, amount) in input.pools.iter().zip(pools) {
        lefts.push(split_off(pool, amount, &mut outcome, &mut funds)?);
    }
    outcome.funds = funds.into_iter().filter(|(_, amount)| *amount > 0).collect();
    // It was contributors' part before, and no fund takes from it twice.
    if let Some(last) = lefts.last_mut() {
        *last = last.checked_add(input.unallocated)?;
    } else {
        outcome.unallocated = input.unallocated;
    }
    let mut entitled: Vec<Entitled> = input.people.iter().map(|_| Entitled::default()).collect();
    let mut debts = Debts::of(input);
    for (pool, left) in input.pools.iter().zip(lefts) {
        let left = debts.pay(left, &mut entitled);
        outcome.unallocated = outcome.unallocated.checked_add(share(input, pool, left, &mut entitled))?;
    }
    debts.leave(&mut entitled);
    for (person, line) in input.people.iter().zip(&mut entitled) {
        let balance = person.held.checked_add(line.settled)?.checked_add(line.share)?;
        let unit = input.payout.unit.max(1);
        let whole = balance - balance % unit;
        line.payable = if whole >= input.payout.minimum && !person.is_disputed { whole } else { 0 };
        line.held = balance - line.payable;
        outcome.payable = outcome.payable.checked_add(line.payable)?;
        outcome.held = outcome.held.checked_add(line.held)?;
        for debt in &line.debts {
            outcome.owed = outcome.owed.checked_add(debt.amount)?;
        }
    }
    outcome.people = entitled;
    Some(outcome)
}

/// Reversals are taken from the reserve, then from income in order, before anything is split.
fn take_back(reversals: u64, pools: &mut [u64], outcome: &mut Outcome) {
    let mut left = reversals;
    for purse in std::iter::once(&mut outcome.reserve).chain(pools) {
        let taken = left.min(*purse);
        *purse -= taken;
        left -= taken;
    }
    outcome.reversed = reversals - left;
    outcome.reversals = left;
}

/// Puts the funds' part of a pool aside; the contributors' part. Contributors come first where remainders are equal.
fn split_off(
    pool: &Pool,
    amount: u64,
    outcome: &mut Outcome,
    funds: &mut BTreeMap<Token, u64>,
) -> Option<u64> {
    let of_funds = pool.funds.iter().try_fold(0_u32, |sum, (_, points)| sum.checked_add(*points))?;
    let weights: Vec<u64> = std::iter::once(WHOLE.checked_sub(of_funds)?)
        .chain(pool.funds.iter().map(|(_, points)| *points))
        .map(u64::from)
        .collect();
    let mut parts = apportion(amount, &weights).into_iter();
    let contributors = parts.next()?;
    for ((name, _), part) in pool.funds.iter().zip(parts) {
        let purse = if pool.reserve.as_ref() == Some(name) {
            &mut outcome.reserve
        } else {
            funds.entry(name.clone()).or_default()
        };
        *purse = purse.checked_add(part)?;
    }
    Some(contributors)
}

/// Splits what debts have left by points; what could not be split.
fn share(input: &Input, pool: &Pool, amount: u64, entitled: &mut [Entitled]) -> u64 {
    let Some(share) = pool.share.filter(|_| amount > 0) else { return amount };
    let weights: Vec<u64> = input
        .people
        .iter()
        .map(|person| match share {
            Share::Range => person.points,
            Share::Ever => person.ever,
        })
        .collect();
    if weights.iter().all(|weight| *weight == 0) {
        return amount;
    }
    for (line, part) in entitled.iter_mut().zip(apportion(amount, &weights)) {
        // Parts of all pools together are at most their amounts.
        line.share = line.share.saturating_add(part);
    }
    0
}

/// What is owed, by range: those who are owed something for it, by handle.
struct Debts(BTreeMap<u64, Vec<(usize, u64)>>);

impl Debts {
    fn of(input: &Input) -> Self {
        let mut ranges: BTreeMap<u64, Vec<(usize, u64)>> = BTreeMap::new();
        for (handle, person) in input.people.iter().enumerate() {
            let new = Debt { range: input.range, amount: person.accrued };
            for debt in person.debts.iter().chain([&new]).filter(|debt| debt.amount > 0) {
                ranges.entry(debt.range).or_default().push((handle, debt.amount));
            }
        }
        Self(ranges)
    }

    /// Pays the oldest ranges first, and pro rata the one that the money does not cover; what is left of it.
    fn pay(&mut self, mut money: u64, entitled: &mut [Entitled]) -> u64 {
        for owed in self.0.values_mut() {
            let amounts: Vec<u64> = owed.iter().map(|(_, amount)| *amount).collect();
            let total: u128 = amounts.iter().map(|amount| u128::from(*amount)).sum();
            let is_covered = u128::from(money) >= total;
            let parts = if is_covered { amounts } else { apportion(money, &amounts) };
            for ((handle, amount), part) in owed.iter_mut().zip(parts) {
                *amount -= part;
                money -= part;
                if let Some(line) = entitled.get_mut(*handle) {
                    line.settled = line.settled.saturating_add(part);
                }
            }
            owed.retain(|(_, amount)| *amount > 0);
            if money == 0 {
                break;
            }
        }
        money
    }

    /// Writes down what is still owed.
    fn leave(self, entitled: &mut [Entitled]) {
        for (range, owed) in self.0 {
            for (handle, amount) in owed {
                if let Some(line) = entitled.get_mut(handle) {
                    line.debts.push(Debt { range, amount });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(text: &str) -> Token {
        Token::parse(text).unwrap()
    }

    fn person(points: u64, ever: u64) -> Person {
        Person { points, ever, ..Person::default() }
    }

    fn shared(amount: u64, people: Vec<Person>) -> Input {
        let pool = Pool { amount, share: Some(Share::Range), ..Pool::default() };
        Input { range: 1, pools: vec![pool], people, ..Input::default() }
    }

    fn payable(outcome: &Outcome) -> Vec<u64> {
        outcome.people.iter().map(|line| line.payable).collect()
    }

    #[test]
    fn by_share_of_the_range_or_of_all_time() {
        let people = vec![person(1, 10), person(3, 10)];
        let mut input = shared(400, people);
        assert_eq!(payable(&settle(&input).unwrap()), [100, 300]);
        input.pools[0].share = Some(Share::Ever);
        assert_eq!(payable(&settle(&input).unwrap()), [200, 200]);
        input.pools[0].share = None;
        let outcome = settle(&input).unwrap();
        assert_eq!((payable(&outcome), outcome.unallocated), (vec![0, 0], 400));
    }

    #[test]
    fn nobody_has_points() {
        let outcome = settle(&shared(400, vec![person(0, 7)])).unwrap();
        assert_eq!((payable(&outcome), outcome.unallocated), (vec![0], 400));
        let outcome = settle(&shared(400, vec![])).unwrap();
        assert_eq!((outcome.people.len(), outcome.unallocated), (0, 400));
        // It is shared once somebody has.
        let next = Input { unallocated: 400, ..shared(5, vec![person(1, 8)]) };
        let outcome = settle(&next).unwrap();
        assert_eq!((payable(&outcome), outcome.unallocated), (vec![405], 0));
    }

    #[test]
    fn debts_are_paid_before_shares_and_the_oldest_first() {
        let debt = |range, amount| Debt { range, amount };
        let owed = |debts: &[Debt], accrued| Person { debts: debts.to_vec(), accrued, ..person(1, 1) };
        let people = vec![owed(&[debt(1, 30), debt(2, 10)], 5), owed(&[debt(2, 20)], 0), owed(&[], 5)];
        let of = |amount| {
            let input = Input { range: 3, ..shared(amount, people.clone()) };
            settle(&input).unwrap()
        };
        assert_eq!(payable(&of(20)), [20, 0, 0]);
        // 30 for the first range; 10 of the 30 of the second, pro rata.
        assert_eq!(payable(&of(40)), [33, 7, 0]);
        assert_eq!(of(40).people[0].debts, [debt(2, 7), debt(3, 5)]);
        assert_eq!(of(40).owed, 30);
        // All 70, and a tie for the last of 2 goes to the lower handles.
        let outcome = of(72);
        assert_eq!(payable(&outcome), [46, 21, 5]);
        assert_eq!(outcome.owed, 0);
    }

    #[test]
    fn funds_and_the_reserve_come_first_and_reversals_before_them() {
        let pool = Pool {
            amount: 1_000,
            funds: vec![(token("community"), 1_000), (token("rainy-day"), 500)],
            reserve: Some(token("rainy-day")),
            share: Some(Share::Ever),
        };
        let input = Input { pools: vec![pool], people: vec![person(1, 1)], ..Input::default() };
        let outcome = settle(&input).unwrap();
        assert_eq!((payable(&outcome), outcome.reserve), (vec![850], 50));
        assert_eq!(outcome.funds, [(token("community"), 100)]);
        let outcome = settle(&Input { reserve: 50, reversals: 250, ..input.clone() }).unwrap();
        // 50 from the reserve, 200 from income; the rest is split.
        assert_eq!((outcome.reversed, outcome.reversals, outcome.reserve), (250, 0, 40));
        assert_eq!((payable(&outcome), outcome.funds.clone()), (vec![680], vec![(token("community"), 80)]));
        let outcome = settle(&Input { reversals: 3_000, ..input }).unwrap();
        assert_eq!((outcome.reversed, outcome.reversals, outcome.payable), (1_000, 2_000, 0));
    }

    #[test]
    fn small_balances_wait() {
        let mut input = shared(1_000, vec![person(90, 0), person(10, 0)]);
        input.payout = Payout { minimum: 200, unit: 50 };
        let outcome = settle(&input).unwrap();
        assert_eq!(payable(&outcome), [900, 0]);
        assert_eq!((outcome.people[1].held, outcome.held), (100, 100));
        input.people[1].held = 117;
        let outcome = settle(&input).unwrap();
        assert_eq!((outcome.people[1].payable, outcome.people[1].held), (200, 17));
    }

    fn people() -> impl Strategy<Value = Vec<Person>> {
        let debts = prop::collection::btree_map(1_u64..5, 1_u64..300, 0..3);
        let person = (0_u64..20, 0_u64..20, 0_u64..300, 0_u64..100, debts, 0..10).prop_map(
            |(points, more, accrued, held, debts, disputed)| Person {
                points,
                ever: points + more,
                accrued,
                held,
                is_disputed: disputed == 0,
                debts: debts.into_iter().map(|(range, amount)| Debt { range, amount }).collect(),
            },
        );
        prop::collection::vec(person, 0..8)
    }

    fn pool() -> impl Strategy<Value = Pool> {
        let share = prop_oneof![Just(None), Just(Some(Share::Range)), Just(Some(Share::Ever))];
        (0_u64..2_000, 0_u32..5_000, 0_u32..=5_000, any::<bool>(), share).prop_map(
            |(amount, first, second, has_reserve, share)| Pool {
                amount,
                funds: vec![(token("a"), first), (token("b"), second)],
                reserve: has_reserve.then(|| token("b")),
                share,
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_made(
            pools in prop::collection::vec(pool(), 0..4),
            people in people(),
            (reserve, unallocated, reversals) in (0_u64..500, 0_u64..500, 0_u64..3_000),
            (minimum, unit) in (0_u64..200, 1_u64..60),
        ) {
            let payout = Payout { minimum, unit };
            let input = Input { range: 5, pools, payout, reserve, unallocated, reversals, people };
            let outcome = settle(&input).unwrap();
            let before: u64 = input.people.iter().map(|p| p.held).sum();
            let funds: u64 = outcome.funds.iter().map(|(_, amount)| amount).sum();
            prop_assert_eq!(
                outcome.income + before + unallocated + reserve,
                outcome.payable + outcome.held + outcome.unallocated + outcome.reserve + funds + outcome.reversed
            );
            prop_assert_eq!(outcome.reversed + outcome.reversals, reversals);
            for (person, line) in input.people.iter().zip(&outcome.people) {
                let owed: u64 = person.debts.iter().map(|d| d.amount).sum::<u64>() + person.accrued;
                prop_assert_eq!(owed, line.settled + line.debts.iter().map(|d| d.amount).sum::<u64>());
                prop_assert_eq!(person.held + line.settled + line.share, line.payable + line.held);
                prop_assert_eq!(line.payable % unit, 0);
                prop_assert!(line.payable == 0 || line.payable >= minimum);
                let is_small = line.held < minimum.max(1) + unit;
                prop_assert!(is_small || person.is_disputed);
                prop_assert!(line.payable == 0 || !person.is_disputed);
                prop_assert!(line.debts.is_sorted_by_key(|d| d.range) && line.debts.iter().all(|d| d.amount > 0));
            }
        }
    }
}
