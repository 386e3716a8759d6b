//! What a verified payslip says, for people and scripts.

mod work;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lebombo_verifier::event::{Party, PaymentState};
use lebombo_verifier::money::Currency;
use lebombo_verifier::payslip::{ClaimMade, PaymentMade, Payslip, PayslipError, PayslipRefused, StatedPay};
use lebombo_verifier::policy::Policy;
use lebombo_verifier::{Code, Hash};
use serde_json::{Value, json};

use crate::cosigners;
use crate::table::number;
use crate::total_proof::{OwnReceipts, witnesses};

/// First characters of every payslip.
pub(crate) const MAGIC: &[u8] = b"lebombo/payslip@";

/// A payslip shows nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PayslipUnproven {
    /// It is no payslip.
    #[error(transparent)]
    Malformed(#[from] PayslipError),
    /// It does not hold.
    #[error(transparent)]
    Refused(#[from] PayslipRefused),
}

impl Code for PayslipUnproven {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.code(),
            Self::Refused(error) => error.code(),
        }
    }
}

/// Verifies the bytes of a payslip.
///
/// # Errors
/// [`PayslipUnproven`]
pub(crate) fn verify(bytes: &[u8], policy: &Policy) -> Result<StatedPay, PayslipUnproven> {
    Ok(Payslip::parse(bytes)?.verify(policy)?)
}

/// What one's own receipts say of the work that a payslip lists.
pub(crate) fn known(stated: &StatedPay, own: &OwnReceipts, policy: &Policy) -> BTreeMap<u64, String> {
    let indices = work::shown(stated).map(|listed| listed.index).collect();
    let of = (stated.checkpoint().origin().as_str(), &stated.project().project);
    own.work_at(of, stated.contributor().as_str(), &indices, policy)
}

/// A payslip that was proven, and what is known about it here.
pub(crate) struct Shown<'a> {
    pub(crate) stated: &'a StatedPay,
    /// The name that the project has here.
    pub(crate) name: Option<String>,
    /// What the person's own receipts say of entries, by index.
    pub(crate) known: BTreeMap<u64, String>,
}

impl Shown<'_> {
    /// For people: what it shows, line by line after the first.
    pub(crate) fn text(&self) -> String {
        let Self { stated, name, known } = self;
        let (line, whole, settled) = (stated.line(), stated.whole(), stated.settled());
        let currency = stated.currency();
        let amount = |minor: u64| currency.format(minor.into());
        let by = match stated.is_recomputed() {
            true => format!("recomputed by {}", cosigners::names(stated.checkpoint().auditors())),
            false => "stated by the ledger; nobody whom the policy names has recomputed it".to_owned(),
        };
        let mut out = format!("a payslip, settlement {} in {currency}, {by}\n", stated.number());
        let mut say = |what: &str, text: &str| {
            // Writing to a String can not fail.
            let _ = writeln!(out, "  {what:<12} {text}");
        };
        say("contributor", stated.contributor().as_str());
        let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        say("project", &format!("{}{name}", stated.project().project));
        let (range, ever) = (number(whole.points, "point"), number(whole.ever, "point"));
        say(
            "points",
            &format!("{} of {range} since the last settlement, {} of {ever} ever", line.points, line.ever),
        );
        let mut what = "work";
        for text in work::text(stated, known) {
            say(what, &text);
            what = "";
        }
        if line.owed_before > 0 || line.accrued > 0 {
            let (before, new) = (amount(line.owed_before), amount(line.accrued));
            let (paid, left) = (amount(line.settled), amount(line.owed));
            say(
                "owed by rate",
                &format!("{before} before, {new} for new work; {paid} is settled, {left} still owed"),
            );
        }
        say("share", &format!("{} of what debts left to share", amount(line.share)));
        if line.held_before > 0 {
            say("held before", &amount(line.held_before));
        }
        say("payable", &format!("{} {currency}", amount(line.payable)));
        if line.held > 0 {
            say("held", &format!("{}, carried on to the next settlement", amount(line.held)));
        }
        say("of income", &format!("{}{}", amount(settled.income), unconfirmed(stated)));
        for (fund, minor) in &settled.funds {
            say("to fund", &format!("{} {fund}", amount(*minor)));
        }
        let lines = number(settled.lines, "line");
        say(
            "all people",
            &format!("{} payable and {} held on {lines}", amount(whole.payable), amount(whole.held)),
        );
        for made in stated.payments() {
            say("payment", &payment(currency, made));
        }
        if line.payable > 0 {
            let so_far = if stated.payments().is_empty() {
                "none is in this file"
            } else {
                "those above are in the log"
            };
            let what = if stated.payments().is_empty() { "payments" } else { "" };
            say(what, &format!("{so_far}; others may be missing here, before or after"));
        }
        for made in stated.claims() {
            say("claim", &claim(made));
        }
        if !stated.claims().is_empty() {
            say("", "whether a claim is in force, or others are there, this file does not show");
        }
        let checkpoint = stated.checkpoint();
        say("as of", &format!("{}, in the first {} entries", stated.day(), stated.size()));
        say("by log", checkpoint.origin().as_str());
        say("witnesses", &cosigners::under_policy(&witnesses(checkpoint), checkpoint));
        out
    }

    /// For scripts. Amounts and points are decimal texts.
    pub(crate) fn to_json(&self) -> Value {
        let Self { stated, name, .. } = self;
        let (line, whole, settled) = (stated.line(), stated.whole(), stated.settled());
        let (currency, checkpoint) = (stated.currency(), stated.checkpoint());
        let amount = |minor: u64| currency.format(minor.into());
        let funds: Vec<Value> = settled
            .funds
            .iter()
            .map(|(name, minor)| json!({"name": name.as_str(), "amount": amount(*minor)}))
            .collect();
        let payments: Vec<Value> =
            stated.payments().iter().map(|made| payment_json(currency, made)).collect();
        json!({
            "result": "payslip",
            "contributor": stated.contributor().as_str(),
            "project": stated.project().project.to_string(),
            "project_name": name,
            "settlement": stated.settlement().to_string(),
            "number": stated.number(),
            "handle": stated.handle(),
            "currency": currency.as_str(),
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
            "of": {
                "points": whole.points.to_string(),
                "ever": whole.ever.to_string(),
                "payable": amount(whole.payable),
                "held": amount(whole.held),
                "lines": settled.lines,
                "income": amount(settled.income),
                "unconfirmed": amount(settled.unconfirmed),
                "owed": amount(settled.owed),
                "funds": funds,
            },
            "work": work::to_json(stated),
            "claims": stated.claims().iter().map(claim_json).collect::<Vec<_>>(),
            "payments": payments,
            "day": stated.day().to_string(),
            "size": stated.size(),
            "snapshot": stated.snapshot().to_string(),
            "recomputed": stated.is_recomputed(),
            "auditors": cosigners::to_json(checkpoint.auditors()),
            "witnesses": cosigners::to_json(&witnesses(checkpoint)),
            "quorum_none": checkpoint.is_quorum_none(),
            "log": checkpoint.origin().as_str(),
            "root": checkpoint.root().to_string(),
        })
    }

    /// Whether it is somebody's, of a settlement in a project of a log.
    pub(crate) fn is_of(
        stated: &StatedPay,
        log: &str,
        asked: (&Hash, u64, Currency),
        contributor: &Party,
    ) -> bool {
        stated.checkpoint().origin().as_str() == log
            && (&stated.project().project, stated.number(), stated.currency()) == asked
            && stated.contributor() == contributor
    }
}

/// What no payer has signed for.
fn unconfirmed(stated: &StatedPay) -> String {
    match stated.settled().unconfirmed {
        0 => String::new(),
        minor => {
            format!("; UNCONFIRMED {}: no payer has signed for it", stated.currency().format(minor.into()))
        }
    }
}

fn claim(made: &ClaimMade) -> String {
    let ClaimMade { index, date, claimant, confirmers, .. } = made;
    format!("{date} the alias is claimed by {claimant}, as {} others say (entry {index})", confirmers.len())
}

fn claim_json(made: &ClaimMade) -> Value {
    let ClaimMade { id, index, date, claimant, confirmers } = made;
    let confirmers: Vec<&str> = confirmers.iter().map(|did| did.as_str()).collect();
    json!({
        "id": id.to_string(), "index": index, "date": date.to_string(), "claimant": claimant.as_str(),
        "confirmers": confirmers,
    })
}

fn payment(currency: Currency, made: &PaymentMade) -> String {
    let amount = |minor: u64| currency.format(minor.into());
    let PaymentMade { payment, paid, date, .. } = made;
    let mut text = format!("{date} attempt {} {}", payment.attempt, payment.state);
    if let Some(paid) = paid {
        let (gross, tax) = (amount(paid.gross), amount(paid.tax));
        let (fee, net) = (amount(paid.fee), amount(paid.net));
        let _ = write!(text, ": gross {gross}, tax {tax}, fee {fee}, net {net}");
        if let Some(exchange) = &payment.exchange {
            let _ = write!(text, ", as {} {}", exchange.currency.format(paid.amount), exchange.currency);
        }
    }
    if let Some(reason) = &payment.reason {
        let _ = write!(text, " ({reason})");
    }
    text
}

fn payment_json(currency: Currency, made: &PaymentMade) -> Value {
    let amount = |minor: u64| currency.format(minor.into());
    let PaymentMade { id, index, date, payment, paid } = made;
    let mut value = json!({
        "id": id.to_string(), "index": index, "date": date.to_string(), "state": payment.state.as_str(),
        "attempt": payment.attempt, "reason": payment.reason.as_ref().map(|reason| reason.as_str()),
    });
    if let (Some(paid), PaymentState::Instructed) = (paid, payment.state) {
        value["gross"] = amount(paid.gross).into();
        value["tax"] = amount(paid.tax).into();
        value["fee"] = amount(paid.fee).into();
        value["net"] = amount(paid.net).into();
        let (code, text) = match &payment.exchange {
            Some(exchange) => (exchange.currency, exchange.currency.format(paid.amount)),
            None => (currency, amount(paid.net)),
        };
        value["paid_currency"] = code.as_str().into();
        value["paid_amount"] = text.into();
    }
    value
}
