//! Holding a payslip against a policy.

use super::{Credited, Decision, DecisionFault, PaymentFault, Payslip, PayslipRefused};
use crate::Hash;
use crate::checkpoint::VerifiedCheckpoint;
use crate::did::Did;
use crate::event::{Body, Day, Event, Party, Payment, PaymentState, Settled};
use crate::fold::decision_leaf;
use crate::money::Currency;
use crate::policy::Policy;
use crate::proof::{InclusionError, verify_inclusion};
use crate::settlement::{Line, LineNode, Paid, Terms, line_leaf, may_follow};
use crate::statement::{PathFault, Statement, Summed, Unled, sum_root};
use crate::total::Project;

/// What a ledger stated about one line, as a payslip and a policy have shown. Only [`Payslip::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedPay {
    contributor: Party,
    number: u64,
    handle: u64,
    line: Line,
    whole: LineNode,
    settlement: Hash,
    settled: Settled,
    settled_on: Day,
    credited: Credited,
    payments: Vec<PaymentMade>,
    claims: Vec<ClaimMade>,
    project: Project,
    snapshot: Hash,
    day: Day,
    checkpoint: VerifiedCheckpoint,
}

/// A payment of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMade {
    /// Its event id.
    pub id: Hash,
    /// Its entry's index.
    pub index: u64,
    /// The day that its signers claim.
    pub date: Day,
    /// The event.
    pub payment: Payment,
    /// Where it is instructed, what of it is for this line.
    pub paid: Option<Paid>,
}

/// A claim of the line's alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimMade {
    /// Its event id.
    pub id: Hash,
    /// Its entry's index.
    pub index: u64,
    /// The day that its signers claim.
    pub date: Day,
    /// Who claims.
    pub claimant: Did,
    /// Who says so too, 2 or 3.
    pub confirmers: Vec<Did>,
}

impl Summed for LineNode {
    fn over(left: &Self, right: &Self) -> Option<Self> {
        Self::join(left, right)
    }
}

impl Payslip {
    /// Shows that the ledger stated the line and its payments.
    ///
    /// It verifies the signatures of the checkpoint and of each entry, once each, and hashes little more than the file.
    ///
    /// # Errors
    /// A [`PayslipRefused`].
    pub fn verify(&self, policy: &Policy) -> Result<StatedPay, PayslipRefused> {
        let parts = self.parts();
        let checkpoint = policy.verify(parts.checkpoint.as_bytes()).map_err(PayslipRefused::Checkpoint)?;
        for pair in parts.decisions.windows(2) {
            if let [before, Decision { place, index, .. }] = pair
                && (*place <= before.place || *index <= before.index)
            {
                return Err(PayslipRefused::Decisions { place: *place, index: *index });
            }
        }
        // Entry 0 constitutes the log, whatever a file says of it.
        let takes = |index| index > 0 && parts.decisions.iter().any(|decision| decision.index == index);
        let statement = Statement::verify(&parts.entries, &checkpoint, takes)?;
        let events = self.decided(&statement, &checkpoint)?;
        let ((settled_at, settlement), settled) = self.settled(&events)?;
        let whole = self.whole(&settled)?;
        if !is_balanced(&parts.line) {
            return Err(PayslipRefused::Unbalanced);
        }
        let credited = self.credited(checkpoint.origin(), *settled_at)?;
        let payments = self.payments(&settlement.id(), &events)?;
        for (decision, (index, event)) in parts.decisions.iter().zip(&events) {
            self.lead_to_money(decision, *index, &event.id())?;
        }
        statement.holds(parts.number, &parts.project, &parts.project_path)?;
        Ok(StatedPay {
            contributor: parts.contributor.clone(),
            number: parts.settlement,
            handle: parts.handle,
            line: parts.line,
            whole,
            settlement: settlement.id(),
            settled,
            settled_on: settlement.payload().date,
            credited,
            payments,
            claims: claims(&events),
            project: parts.project,
            snapshot: statement.event.id(),
            day: statement.event.payload().date,
            checkpoint,
        })
    }

    /// The events of the decisions, in their order, each of the kind that it should be.
    fn decided<'s>(
        &self,
        statement: &'s Statement,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Vec<&'s (u64, Event)>, PayslipRefused> {
        let parts = self.parts();
        let mut events = Vec::with_capacity(parts.decisions.len());
        for decision in &parts.decisions {
            let refuse = |source| PayslipRefused::Decision { index: decision.index, source };
            let found = statement.others.iter().find(|(index, _)| *index == decision.index);
            let found = found.ok_or_else(|| refuse(DecisionFault::Missing))?;
            let payload = found.1.payload();
            if payload.log != *checkpoint.origin() {
                return Err(refuse(DecisionFault::OtherLog { made_for: payload.log.clone() }));
            }
            if payload.project != Some(parts.project.project) {
                return Err(refuse(DecisionFault::OtherProject));
            }
            let is_settled = events.iter().any(|(_, event): &&(u64, Event)| is_settlement(event));
            match &payload.body {
                Body::Settlement(_) if !is_settled => {}
                Body::Payment(_) if is_settled => {}
                Body::Claim(body) if parts.contributor == Party::Alias(body.alias.clone()) => {}
                Body::Claim(_) => return Err(refuse(DecisionFault::OtherAlias)),
                body => return Err(refuse(DecisionFault::Kind { kind: body.kind() })),
            }
            events.push(found);
        }
        match events.first() {
            Some((index, _)) if !events.iter().any(|(_, event)| is_settlement(event)) => {
                Err(PayslipRefused::Decision { index: *index, source: DecisionFault::NoSettlement })
            }
            _ => Ok(events),
        }
    }

    /// The settlement with its entry's index, and what it says of the line's currency.
    fn settled<'s>(
        &self,
        events: &[&'s (u64, Event)],
    ) -> Result<(&'s (u64, Event), Settled), PayslipRefused> {
        let currency = self.parts().currency;
        // One of the decisions is a settlement.
        let settlement = events.iter().copied().find(|(_, event)| is_settlement(event));
        let settled = settlement.and_then(|(_, event)| match &event.payload().body {
            Body::Settlement(body) => body.currencies.iter().find(|settled| settled.currency == currency),
            _ => None,
        });
        settlement.zip(settled.cloned()).ok_or(PayslipRefused::Currency { currency })
    }

    /// The root of the tree of lines, where the line leads to the settlement's.
    fn whole(&self, settled: &Settled) -> Result<LineNode, PayslipRefused> {
        let parts = self.parts();
        let leaf =
            line_leaf(&parts.project.project, parts.settlement, parts.currency, parts.handle, &parts.line);
        let whole =
            sum_root(parts.handle, settled.lines, leaf, &parts.path).map_err(|unled| match unled {
                Unled::Path(fault) => PayslipRefused::Path(fault),
                Unled::Sum => PayslipRefused::Sums,
            })?;
        if (whole.payable, whole.held) != (settled.payable, settled.after.held) {
            return Err(PayslipRefused::Sums);
        }
        if whole.hash != settled.root {
            return Err(PayslipRefused::Root { stated: settled.root, computed: whole.hash });
        }
        Ok(whole)
    }

    fn payments(
        &self,
        settlement: &Hash,
        events: &[&(u64, Event)],
    ) -> Result<Vec<PaymentMade>, PayslipRefused> {
        let mut made: Vec<PaymentMade> = Vec::with_capacity(events.len());
        for (index, event) in events {
            let Body::Payment(payment) = &event.payload().body else { continue };
            let paid = self
                .payment(settlement, payment, made.last().map(|before| &before.payment))
                .map_err(|source| PayslipRefused::Payment { index: *index, source })?;
            let date = event.payload().date;
            made.push(PaymentMade { id: event.id(), index: *index, date, payment: payment.clone(), paid });
        }
        Ok(made)
    }

    /// What of a payment is for this line, where it is instructed.
    fn payment(
        &self,
        settlement: &Hash,
        payment: &Payment,
        before: Option<&Payment>,
    ) -> Result<Option<Paid>, PaymentFault> {
        let parts = self.parts();
        if payment.settlement != *settlement {
            return Err(PaymentFault::OtherSettlement);
        }
        if payment.currency != parts.currency {
            return Err(PaymentFault::OtherCurrency { currency: payment.currency });
        }
        if !payment.names(parts.handle) {
            return Err(PaymentFault::OtherLine);
        }
        let is_instructed = payment.state == PaymentState::Instructed;
        let follows = before.is_none_or(|before| {
            may_follow(Some(before.state), payment.state)
                && before.attempt.checked_add(is_instructed.into()) == Some(payment.attempt)
        });
        if !follows {
            return Err(PaymentFault::Order { attempt: payment.attempt, state: payment.state });
        }
        if !is_instructed {
            return Ok(None);
        }
        Terms::of(payment).apply(parts.line.payable).map(Some).ok_or(PaymentFault::Nothing)
    }

    fn lead_to_money(&self, decision: &Decision, index: u64, id: &Hash) -> Result<(), PayslipRefused> {
        let Project { project, decisions, money, .. } = &self.parts().project;
        let leaf = decision_leaf(project, decision.place, id);
        verify_inclusion(decision.place, *decisions, &leaf, &decision.path, money).map_err(
            |error| match error {
                InclusionError::IndexBeyondSize { index: place, size } => PayslipRefused::DecisionPath {
                    index,
                    source: PathFault::Beyond { index: place, count: size },
                },
                InclusionError::Length { expected, got } => {
                    PayslipRefused::DecisionPath { index, source: PathFault::Length { expected, got } }
                }
                InclusionError::Root { expected, computed } => {
                    PayslipRefused::DecisionRoot { index, stated: expected, computed }
                }
            },
        )
    }
}

fn is_settlement(event: &Event) -> bool {
    matches!(event.payload().body, Body::Settlement(_))
}

fn claims(events: &[&(u64, Event)]) -> Vec<ClaimMade> {
    let claim = |(index, event): &(u64, Event)| match &event.payload().body {
        Body::Claim(body) => Some(ClaimMade {
            id: event.id(),
            index: *index,
            date: event.payload().date,
            claimant: body.key.clone(),
            confirmers: event
                .payload()
                .signers
                .iter()
                .filter(|signer| **signer != body.key)
                .cloned()
                .collect(),
        }),
        _ => None,
    };
    events.iter().filter_map(|event| claim(event)).collect()
}

/// What was held and is settled and shared is paid or held; what was owed is settled or owed.
fn is_balanced(line: &Line) -> bool {
    let sum = |amounts: &[u64]| amounts.iter().map(|amount| u128::from(*amount)).sum::<u128>();
    sum(&[line.payable, line.held]) == sum(&[line.held_before, line.settled, line.share])
        && sum(&[line.settled, line.owed]) == sum(&[line.owed_before, line.accrued])
}

impl StatedPay {
    /// Whose line it is.
    pub fn contributor(&self) -> &Party {
        &self.contributor
    }

    /// The settlement's number, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The person's place among the lines.
    pub fn handle(&self) -> u64 {
        self.handle
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.settled.currency
    }

    /// What they got.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Sums over all lines: payable, held, points of the range and ever.
    pub fn whole(&self) -> &LineNode {
        &self.whole
    }

    /// Event id of the settlement.
    pub fn settlement(&self) -> Hash {
        self.settlement
    }

    /// What it says of the currency.
    pub fn settled(&self) -> &Settled {
        &self.settled
    }

    /// The day that the settlement's signers claim.
    pub fn settled_on(&self) -> Day {
        self.settled_on
    }

    /// What was done about the line, in the order of the log; the oldest may be missing.
    pub fn payments(&self) -> &[PaymentMade] {
        &self.payments
    }

    /// What the listed credits come to.
    pub fn credited(&self) -> &Credited {
        &self.credited
    }

    /// Claims of the line's alias, in the order of the log; some may be missing, and whether one is in force is not shown.
    pub fn claims(&self) -> &[ClaimMade] {
        &self.claims
    }

    /// The project as a whole.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Event id of the snapshot.
    pub fn snapshot(&self) -> Hash {
        self.snapshot
    }

    /// The log's day as of the mark whose state the snapshot states.
    pub fn day(&self) -> Day {
        self.day
    }

    /// Size of the log, in entries, that the snapshot ends.
    pub fn size(&self) -> u64 {
        self.checkpoint.size()
    }

    /// The checkpoint, and who vouches for it.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// Whether the policy's auditors say that they have recomputed it; else it is stated by the ledger alone.
    pub fn is_recomputed(&self) -> bool {
        self.checkpoint.is_audited()
    }
}
