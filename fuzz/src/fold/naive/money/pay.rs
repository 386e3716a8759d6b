//! Payments of lines, and claims of who is to be paid.

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::event::{Claim, Event, Party, Payment, PaymentState, Role};
use lebombo_verifier::fold::{Effect, Void};

use super::super::Naive;
use super::{Claims, Paid};

impl Naive {
    pub(in super::super) fn payment(&mut self, event: &Event, body: &Payment) -> Result<Effect, Void> {
        use PaymentState::{Failed, Instructed, Paid as PaidOut, Returned, Unknown};
        let payload = event.payload();
        let project = payload.project.unwrap();
        self.in_force(&project).ok_or(Void::ProjectUnknown)?;
        if !self.have(&project, Role::Paymaster, &payload.signers) {
            return Err(Void::NotPaymaster);
        }
        let settled = self.settled(&project);
        let at = settled.iter().position(|(id, _)| *id == body.settlement).ok_or(Void::PaymentSettlement)?;
        let number = at as u64 + 1;
        let part = settled[at].1.parts.iter().find(|part| part.settled.currency == body.currency);
        let is_instructed = body.state == Instructed;
        let (mut gross, mut tax, mut net, mut amount) = (0_u128, 0_u128, 0_u128, 0_u128);
        let mut handles = Vec::new();
        for bit in (0..body.bitmap.len() * 8).filter(|bit| body.bitmap[bit / 8] >> (bit % 8) & 1 == 1) {
            let handle = body.first + bit as u64;
            let row = part.and_then(|part| part.lines.get(usize::try_from(handle).unwrap()));
            let row = row.filter(|row| row.line.payable > 0).ok_or(Void::PaymentLine)?;
            let of = (project, number, body.currency, handle);
            let before = self.money.paid.iter().find(|paid| paid.of == of);
            let follows = matches!(
                (before.map(|paid| paid.state), body.state),
                (None | Some(Failed | Returned), Instructed)
                    | (Some(Instructed | Unknown), PaidOut | Failed | Returned)
                    | (Some(Failed), PaidOut)
                    | (Some(Instructed), Unknown)
                    | (Some(PaidOut), Returned)
            );
            if !follows {
                return Err(Void::PaymentState);
            }
            let last = before.map_or(0, |paid| paid.attempt);
            if body.attempt != if is_instructed { last + 1 } else { last } {
                return Err(Void::PaymentAttempt);
            }
            gross += u128::from(row.line.payable);
            if is_instructed {
                let party =
                    self.handles.iter().filter(|(p, _)| *p == project).nth(usize::try_from(handle).unwrap());
                if self.is_disputed(&project, &party.unwrap().1) {
                    return Err(Void::PaymentDisputed);
                }
                let payable = i128::from(row.line.payable);
                let withheld = payable * i128::from(body.withholding) / 10_000;
                let rest = payable - withheld - i128::from(body.fee);
                if rest < 1 {
                    return Err(Void::PaymentNetZero);
                }
                let paid = body.exchange.map_or(1, |exchange| {
                    rest * i128::from(exchange.numerator) / i128::from(exchange.denominator)
                });
                if paid < 1 {
                    return Err(Void::PaymentNetZero);
                }
                tax += withheld.unsigned_abs();
                net += rest.unsigned_abs();
                amount += paid.unsigned_abs();
            }
            handles.push(handle);
        }
        let is_so = u128::from(body.gross) == gross
            && (!is_instructed || (u128::from(body.tax), u128::from(body.net)) == (tax, net))
            && body.exchange.is_none_or(|exchange| u128::from(exchange.amount) == amount);
        if !is_so {
            return Err(Void::PaymentSums);
        }
        let place = self.decisions_of(&project).len() as u64;
        for handle in handles {
            let of = (project, number, body.currency, handle);
            if self.money.paid.iter().all(|paid| paid.of != of) {
                self.money.paid.push(Paid { of, state: body.state, attempt: 0, places: Vec::new() });
            }
            let paid = self.money.paid.iter_mut().find(|paid| paid.of == of).unwrap();
            (paid.state, paid.attempt) = (body.state, body.attempt);
            paid.places.push(place);
        }
        self.money.decisions.push((project, event.id(), self.size));
        Ok(Effect::Payment { project })
    }

    /// Somebody has judged the work of somebody.
    pub(in super::super) fn has_judged(&mut self, project: &Hash, id: &Hash, reviewer: &Did) {
        let of = self.work.iter().find(|w| w.id == *id).map(|w| w.party.clone());
        self.money.judged.extend(of.map(|party| (*project, party, reviewer.clone())));
    }

    pub(in super::super) fn claim(&mut self, event: &Event, body: &Claim) -> Result<Effect, Void> {
        let payload = event.payload();
        let project = payload.project.unwrap();
        let in_force = &self.in_force(&project).ok_or(Void::ProjectUnknown)?.charter;
        let days = in_force.pay.as_ref().and_then(|pay| pay.claim).ok_or(Void::ClaimNotAllowed)?;
        let alias = Party::Alias(body.alias.clone());
        if !self.known.contains(&(project, alias.clone())) {
            return Err(Void::ClaimAlias);
        }
        let today = self.today();
        let at = self.money.claims.iter().position(|c| c.project == project && c.alias == alias);
        let before = at.map(|at| &self.money.claims[at]);
        if before.is_some_and(|c| c.claims.len() == 1 && c.from <= today) {
            return Err(Void::ClaimInForce);
        }
        if self
            .money
            .judged
            .iter()
            .any(|(p, a, by)| (p, a) == (&project, &alias) && payload.signers.contains(by))
        {
            return Err(Void::ClaimReviewer);
        }
        let confirmers: Vec<&Did> = payload.signers.iter().filter(|s| **s != body.key).collect();
        let decides = confirmers.len() == 3;
        if !self.are_different(&project, &confirmers, &mut Vec::new(), decides) {
            return Err(Void::ClaimConfirmers);
        }
        let claimed = before.map_or(&[][..], |c| &c.claims);
        let is_known = claimed.iter().any(|(claimant, _)| *claimant == body.key);
        if decides {
            if claimed.len() < 2 || !is_known {
                return Err(Void::ClaimUndisputed);
            }
        } else if is_known {
            return Err(Void::ClaimRepeated);
        } else if claimed.len() >= 16 {
            return Err(Void::ClaimTooMany);
        }
        let claim = (body.key.clone(), self.decisions_of(&project).len() as u64);
        match at.map(|at| &mut self.money.claims[at]) {
            Some(before) if decides => (before.from, before.claims) = (today, vec![claim]),
            Some(before) => before.claims.push(claim),
            None => {
                let (from, claims) = (today.plus(days), vec![claim]);
                self.money.claims.push(Claims { project, alias, from, claims });
            }
        }
        self.money.decisions.push((project, event.id(), self.size));
        Ok(Effect::Claim { project })
    }

    /// Tries all ways to give each confirmer another role.
    fn are_different(&self, project: &Hash, people: &[&Did], given: &mut Vec<Role>, decides: bool) -> bool {
        let Some((first, others)) = people.split_first() else {
            return !decides || given.contains(&Role::Arbiter);
        };
        for role in [Role::Advocate, Role::Arbiter, Role::Importer, Role::Reviewer, Role::Treasurer] {
            if !given.contains(&role) && self.have(project, role, &[(*first).clone()]) {
                given.push(role);
                if self.are_different(project, others, given, decides) {
                    return true;
                }
                given.pop();
            }
        }
        false
    }

    pub(super) fn claims_of(&self, project: &Hash, party: &Party) -> Option<&Claims> {
        self.money.claims.iter().find(|c| c.project == *project && c.alias == *party)
    }

    pub(super) fn is_disputed(&self, project: &Hash, party: &Party) -> bool {
        self.claims_of(project, party).is_some_and(|claims| claims.claims.len() > 1)
    }
}
