//! Payslips: one line of a settlement and its payments, as of the newest snapshot.

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::{Body, Party, Payload, Payment, Settlement};
use lebombo_verifier::fold::{AsOf, LineView, SettlementView, who};
use lebombo_verifier::money::Currency;
use lebombo_verifier::payslip::{Credits, Decision, MAX_PAYSLIP, Parts, Payslip};
use lebombo_verifier::settlement::LineNode;
use lebombo_verifier::total::Project;
use rs_merkle::Hasher as _;

use super::credits::{Listing, room};
use super::money::{MoneyTree, line_bytes, line_node, line_node_bytes};
use super::tree::{LineTree, climb};
use super::{Reading, StatementError};
use crate::attribute::{Attribution, Snapshot};
use crate::ledger::Ledger;
use crate::store::StoreError;

/// Bytes of the largest entry in base64, and of its path and decision.
const PAYMENT_ROOM: usize = 96 * 1024;
/// Payments that fit a payslip beside everything else.
const MAX_PAYMENTS: usize = MAX_PAYSLIP / PAYMENT_ROOM - 3;

/// The payslip of one contributor for a settlement of a project, by its number and currency. Blocks.
///
/// # Errors
/// See [`StatementError`].
pub fn prove_pay(
    ledger: &Ledger,
    attribution: &Attribution,
    project: &Hash,
    (currency, number): (Currency, u64),
    contributor: &Party,
    listing: Listing,
) -> Result<Payslip, StatementError> {
    let reading = Reading { ledger, attribution, project };
    let of = (currency, number);
    let parts = reading.as_of(None, |snapshot| reading.pay(of, contributor, listing, snapshot))?;
    Ok(Payslip::new(parts)?)
}

impl Reading<'_> {
    fn pay(
        &self,
        (currency, number): (Currency, u64),
        contributor: &Party,
        listing: Listing,
        snapshot: &Snapshot,
    ) -> Result<Parts, StatementError> {
        let Self { attribution, project: id, .. } = self;
        if attribution.project(id)?.is_none() {
            return Err(StatementError::ProjectUnknown { project: **id });
        }
        let settlement =
            attribution.settlement(id, number)?.ok_or(StatementError::SettlementUnknown { number })?;
        let known = attribution.totals_of(id, contributor, AsOf::Now)?;
        let known = known.ok_or(StatementError::ContributorUnknown)?;
        let unknown = StatementError::LineUnknown { number, currency };
        let Some(handle) = known.contributor.handle else { return Err(unknown) };
        let Some(view) = attribution.line(id, (currency, number), handle)? else { return Err(unknown) };
        if view.line.who != who(contributor) {
            return Err(StatementError::Damaged { what: "handle of a line" });
        }
        let stated = attribution.project_at_mark(id)?;
        let stated = stated.filter(|(_, project)| settlement.place < project.decisions);
        let Some((place, project)) = stated else { return Err(StatementError::NotStated { number }) };
        let decisions = self.decisions(&settlement, &view, &project)?;
        let indices: Vec<u64> = decisions.iter().map(|decision| decision.index).collect();
        let mut parts = Parts {
            contributor: contributor.clone(),
            settlement: number,
            currency,
            handle,
            path: self.line_path((currency, number), &settlement, &view)?,
            line: view.line,
            credits: Credits::default(),
            number: place,
            project_path: self.project_path(snapshot, place, &project)?,
            project,
            decisions,
            entries: self.entries(snapshot.snapshot.index, &indices)?,
            checkpoint: self.checkpoint(snapshot.size())?,
        };
        parts.credits = self.credits((currency, number), &view, listing, room(&parts))?;
        Ok(parts)
    }

    fn line_path(
        &self,
        of: (Currency, u64),
        settlement: &SettlementView,
        view: &LineView,
    ) -> Result<Vec<LineNode>, StatementError> {
        let Self { attribution, project, .. } = self;
        let lines = self.lines(of.0, settlement)?;
        let climbed = climb::<LineTree>(lines, view.handle, |level, number| {
            let nodes = attribution.lines_group(project, of, level, number)?;
            Ok(nodes.iter().map(line_node_bytes).collect())
        })?;
        if climbed.leaf != LineTree::hash(&line_bytes(project, of, view.handle, &view.line)) {
            return Err(StatementError::Damaged { what: "tree of lines" });
        }
        Ok(climbed.path.iter().map(line_node).collect())
    }

    /// How many lines the settlement says there are in a currency.
    fn lines(&self, currency: Currency, settlement: &SettlementView) -> Result<u64, StatementError> {
        let body = settlement_body(self.ledger, self.attribution, self.project, settlement)?;
        let settled = body.currencies.iter().find(|settled| settled.currency == currency);
        settled.map(|settled| settled.lines).ok_or(StatementError::Damaged { what: "settlement" })
    }

    /// The settlement, and the payments of the line and claims of its alias that the project's money tree had at the mark,
    /// without the oldest payments where all do not fit.
    fn decisions(
        &self,
        settlement: &SettlementView,
        view: &LineView,
        project: &Project,
    ) -> Result<Vec<Decision>, StatementError> {
        let places = view.payment.as_ref().map_or(&[][..], |payment| &payment.places);
        let stated = places.partition_point(|place| *place < project.decisions);
        let payments = places.get(stated.saturating_sub(MAX_PAYMENTS)..stated).unwrap_or_default();
        let tree = MoneyTree::of(self.attribution, self.project, project.decisions, &project.money)?;
        let claims = view.claims.iter().filter(|place| **place < project.decisions);
        let mut places: Vec<&u64> =
            std::iter::once(&settlement.place).chain(payments).chain(claims).collect();
        places.sort_unstable();
        places
            .into_iter()
            .map(|place| {
                let damaged = StoreError::Damaged { what: "a decision about money", number: *place };
                let decision = self.attribution.decision(self.project, *place)?.ok_or(damaged)?;
                let path = tree.path(*place, &decision.id)?;
                Ok(Decision { place: *place, index: decision.index, path })
            })
            .collect()
    }
}

/// What a valid settlement says, from its entry.
///
/// # Errors
/// [`StatementError::Damaged`] where its entry is not there.
pub(crate) fn settlement_body(
    ledger: &Ledger,
    attribution: &Attribution,
    project: &Hash,
    settlement: &SettlementView,
) -> Result<Settlement, StatementError> {
    match decided(ledger, attribution, project, settlement.place)? {
        (_, Body::Settlement(body)) => Ok(body),
        _ => Err(StatementError::Damaged { what: "settlement" }),
    }
}

/// The valid payment at a place of a project's money tree: its event id, and what it says.
///
/// # Errors
/// [`StatementError::Damaged`] where there is none.
pub(crate) fn payment_body(
    ledger: &Ledger,
    attribution: &Attribution,
    project: &Hash,
    place: u64,
) -> Result<(Hash, Payment), StatementError> {
    match decided(ledger, attribution, project, place)? {
        (id, Body::Payment(body)) => Ok((id, body)),
        _ => Err(StatementError::Damaged { what: "payment" }),
    }
}

/// What the event at a place of a money tree says.
fn decided(
    ledger: &Ledger,
    attribution: &Attribution,
    project: &Hash,
    place: u64,
) -> Result<(Hash, Body), StatementError> {
    let damaged = StatementError::Damaged { what: "decision about money" };
    let Some(decision) = attribution.decision(project, place)? else { return Err(damaged) };
    let entry = ledger.store().entry(decision.index)?;
    let payload =
        entry.and_then(|entry| Envelope::parse(&entry.bytes).ok()).map(|e| Payload::parse(&e.payload));
    match payload {
        Some(Ok(payload)) => Ok((decision.id, payload.body)),
        _ => Err(damaged),
    }
}
