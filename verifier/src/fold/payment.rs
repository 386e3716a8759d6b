//! `payment`: lines of a settlement go from state to state (spec/settlement.md §4).

use super::record::{ClaimsRecord, LinePaymentsRecord, LineRecord, SettlementRecord};
use super::{Effect, Fold, Now, Result, Ruled, State, Void, key};
use crate::Hash;
use crate::event::{self, Event, PaymentState, Role};
use crate::settlement::{Terms, may_follow};

/// What the lines of a payment come to.
#[derive(Default)]
struct Sums {
    gross: u128,
    tax: u128,
    net: u128,
    amount: u128,
}

impl<S: State> Fold<S> {
    pub(super) fn apply_payment(
        &mut self,
        now: &Now,
        event: &Event,
        body: &event::Payment,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let Some(project) = payload.project else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(mut record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        if !self.all_have_role(&project, Role::Paymaster, payload.signers.iter())? {
            return Ok(Err(Void::NotPaymaster));
        }
        let settled = self.record(&key::settlement(&body.settlement), SettlementRecord::from_bytes)?;
        let Some(settled) = settled.filter(|settled| settled.project == project) else {
            return Ok(Err(Void::PaymentSettlement));
        };
        let place = record.leaf.now.decisions;
        let (mut sums, mut lines) = (Sums::default(), Vec::with_capacity(body.count as usize));
        for handle in body.handles() {
            match self.line_after(&project, settled.number, handle, body, &mut sums)? {
                Ok(mut line) => {
                    line.places.push(place);
                    lines.push((handle, line));
                }
                Err(void) => return Ok(Err(void)),
            }
        }
        let stated = [body.gross, body.tax, body.net, body.exchange.map_or(0, |exchange| exchange.amount)];
        let paid = if body.exchange.is_some() { sums.amount } else { 0 };
        if stated.map(u128::from) != [sums.gross, sums.tax, sums.net, paid] {
            return Ok(Err(Void::PaymentSums));
        }
        // Nothing was written before: of a payment that is void no line counts.
        for (handle, line) in lines {
            let key = key::line_payments(&project, body.currency, settled.number, handle);
            self.set(key, line.to_bytes())?;
        }
        self.decide_money(now, &project, &mut record, &event.id())?;
        self.set(key::project(&project), record.to_bytes())?;
        Ok(Ok(Effect::Payment { project }))
    }

    /// What a payment makes of a line, whose part is added to the sums.
    fn line_after(
        &self,
        project: &Hash,
        number: u64,
        handle: u64,
        body: &event::Payment,
        sums: &mut Sums,
    ) -> Result<Ruled<LinePaymentsRecord>, S> {
        let line_key = key::line(project, body.currency, number, handle);
        let line = self.record(&line_key, LineRecord::from_bytes)?;
        let Some(line) = line.map(|record| record.line).filter(|line| line.payable > 0) else {
            return Ok(Err(Void::PaymentLine));
        };
        let key = key::line_payments(project, body.currency, number, handle);
        let before = self.record(&key, LinePaymentsRecord::from_bytes)?;
        if !may_follow(before.as_ref().map(|before| before.state), body.state) {
            return Ok(Err(Void::PaymentState));
        }
        let is_instructed = body.state == PaymentState::Instructed;
        let attempt = before.as_ref().map_or(0, |before| before.attempt);
        if body.attempt != attempt.saturating_add(is_instructed.into()) {
            return Ok(Err(Void::PaymentAttempt));
        }
        sums.gross += u128::from(line.payable);
        if is_instructed {
            let claims = self.record(&key::claims_of(project, &line.who), ClaimsRecord::from_bytes)?;
            if claims.is_some_and(|claims| claims.are_contrary()) {
                return Ok(Err(Void::PaymentDisputed));
            }
            let Some(paid) = Terms::of(body).apply(line.payable) else {
                return Ok(Err(Void::PaymentNetZero));
            };
            // At most 2^18 numbers below 2^106.
            sums.tax += u128::from(paid.tax);
            sums.net += u128::from(paid.net);
            sums.amount += paid.amount;
        }
        let places = before.map_or_else(Vec::new, |before| before.places);
        Ok(Ok(LinePaymentsRecord { state: body.state, attempt: body.attempt, places }))
    }
}
