//! Money as the ledger has to serve it, made from the replay alone.

use std::collections::HashMap;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{self, Carried, Payment, PaymentState, Settled};
use lebombo_verifier::fold::{Fold, LineView, MoneyView};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::Terms;
use serde_json::{Value, json};

use super::error::AuditError;
use super::source::Source;
use super::state::StoredState;
use super::tiles::read_entry;

/// Most payments that are read again, for what they instructed.
const MAX_PAYMENTS: usize = 1_000;

/// The money page, but for the number of entries that it takes in.
pub(super) fn books(view: &MoneyView) -> Value {
    let currencies = view.currencies.iter().map(|books| {
        let amount = |minor: u64| books.currency.format(minor.into());
        json!({
            "currency": books.currency.as_str(),
            "income": amount(books.income),
            "unsettled": amount(books.unsettled),
            "unconfirmed": amount(books.unconfirmed),
            "accrued": amount(books.accrued),
            "reserve": amount(books.reserve),
            "unallocated": amount(books.unallocated),
            "reversals": amount(books.reversals),
        })
    });
    let frozen = view.frozen.as_ref().map(|frozen| {
        json!({
            "number": frozen.number,
            "snapshot": frozen.snapshot.map(|id| id.to_string()),
            "currencies": frozen.currencies.iter().map(frozen_in).collect::<Vec<_>>(),
        })
    });
    json!({
        "settlements": view.settlements,
        "last": view.last.map(|id| id.to_string()),
        "is_closing": view.is_closing,
        "currencies": currencies.collect::<Vec<_>>(),
        "frozen": frozen,
    })
}

fn frozen_in(settled: &Settled) -> Value {
    let amount = |minor: u64| settled.currency.format(minor.into());
    let carried = |c: &Carried| {
        json!({
            "held": amount(c.held), "reserve": amount(c.reserve), "unallocated": amount(c.unallocated),
        })
    };
    let funds =
        settled.funds.iter().map(|(name, minor)| json!({"name": name.as_str(), "amount": amount(*minor)}));
    json!({
        "currency": settled.currency.as_str(),
        "before": carried(&settled.before),
        "after": carried(&settled.after),
        "income": amount(settled.income),
        "unconfirmed": amount(settled.unconfirmed),
        "payable": amount(settled.payable),
        "owed": amount(settled.owed),
        "reversed": amount(settled.reversed),
        "funds": funds.collect::<Vec<_>>(),
        "lines": settled.lines,
        "root": settled.root.to_string(),
    })
}

/// What a line says for good.
pub(super) fn settled(currency: Currency, view: &LineView, contributor: &str) -> Value {
    let (line, amount) = (&view.line, |minor: u64| currency.format(minor.into()));
    let debts = view.debts.iter().map(|debt| json!({"range": debt.range, "amount": amount(debt.amount)}));
    json!({
        "handle": view.handle,
        "contributor": contributor,
        "points": line.points.to_string(),
        "ever": line.ever.to_string(),
        "held_before": amount(line.held_before),
        "owed_before": amount(line.owed_before),
        "accrued": amount(line.accrued),
        "settled": amount(line.settled),
        "share": amount(line.share),
        "payable": amount(line.payable),
        "held": amount(line.held),
        "owed": amount(line.owed),
        "credits": line.credits,
        "work": line.work.to_string(),
        "debts": debts.collect::<Vec<_>>(),
    })
}

/// What a line says now. `instructed`: where it is known.
pub(super) fn state(view: &LineView, instructed: Option<Value>) -> Value {
    let payment = view.payment.as_ref();
    let state = match payment.map(|payment| payment.state) {
        None if view.line.payable == 0 => "nothing",
        None => "payable",
        Some(state) => state.as_str(),
    };
    let mut out = json!({
        "state": state,
        "attempt": payment.map_or(0, |payment| payment.attempt),
        "claimed_by": view.claimed_by.as_ref().map(ToString::to_string),
        "is_disputed": view.is_disputed,
    });
    if let Some((instructed, out)) = instructed.zip(out.as_object_mut()) {
        out.insert("instructed".to_owned(), instructed);
    }
    out
}

/// Payments of the log, each read once, and so many in all.
pub(super) struct Payments<'a> {
    source: &'a dyn Source,
    fold: &'a Fold<StoredState>,
    size: u64,
    read: HashMap<(Hash, u64), Option<(Hash, Payment)>>,
    left_out: u64,
}

impl<'a> Payments<'a> {
    pub(super) fn new(source: &'a dyn Source, fold: &'a Fold<StoredState>, size: u64) -> Self {
        Self { source, fold, size, read: HashMap::new(), left_out: 0 }
    }

    /// Lines of which it is not known what was instructed, because too many payments would have been read.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What was instructed in a line's last attempt, null where there was none; `None` where that was not looked up.
    pub(super) fn instructed(
        &mut self,
        project: &Hash,
        view: &LineView,
    ) -> Result<Option<Value>, AuditError> {
        let places = view.payment.as_ref().map_or(&[][..], |payment| &payment.places);
        for place in places.iter().rev() {
            let key = (*project, *place);
            if !self.read.contains_key(&key) {
                if self.read.len() >= MAX_PAYMENTS {
                    self.left_out = self.left_out.saturating_add(1);
                    return Ok(None);
                }
                let payment = self.payment(project, *place)?;
                self.read.insert(key, payment);
            }
            let Some(Some((id, payment))) = self.read.get(&key) else { return Ok(None) };
            if payment.state == PaymentState::Instructed {
                return Ok(Some(terms(id, payment, view.line.payable)));
            }
        }
        Ok(Some(Value::Null))
    }

    /// The payment at a place of a project's money tree. What is read again is believed only where the replay has met it.
    fn payment(&self, project: &Hash, place: u64) -> Result<Option<(Hash, Payment)>, AuditError> {
        let Some(decision) = self.fold.decision(project, place)? else { return Ok(None) };
        let Some(entry) = read_entry(self.source, decision.index, self.size)? else { return Ok(None) };
        let Ok(event) = event::check(&entry) else { return Ok(None) };
        Ok(match &event.payload().body {
            event::Body::Payment(payment) if event.id() == decision.id => {
                Some((decision.id, payment.clone()))
            }
            _ => None,
        })
    }
}

fn terms(id: &Hash, payment: &Payment, payable: u64) -> Value {
    let Some(paid) = Terms::of(payment).apply(payable) else { return Value::Null };
    let amount = |minor: u64| payment.currency.format(minor.into());
    let paid_in = payment.exchange.map_or(payment.currency, |exchange| exchange.currency);
    json!({
        "payment": id.to_string(),
        "gross": amount(paid.gross),
        "tax": amount(paid.tax),
        "fee": amount(paid.fee),
        "net": amount(paid.net),
        "currency": paid_in.as_str(),
        "amount": paid_in.format(paid.amount),
    })
}
