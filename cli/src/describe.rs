//! What an event says, for people. Describing is not verifying.

use std::fmt::Write as _;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Charter, Pay, Payload, Share, VerdictRule, Work};
use lebombo_verifier::money::Currency;
use serde_json::{Value, json};

use crate::table::number;

/// Lines at most of a list that may be long.
const SHOWN: usize = 10;

/// An event as lines of text.
pub(crate) fn payload(id: &Hash, payload: &Payload) -> String {
    let mut out = format!("{}\n", payload.body.kind());
    let mut line = |name: &str, text: &str| {
        // Writing to a String can not fail.
        let _ = writeln!(out, "  {name:<12} {text}");
    };
    line("event", &id.to_string());
    line("log", payload.log.as_str());
    if let Some(project) = &payload.project {
        line("project", &project.to_string());
    }
    line("date", &payload.date.to_string());
    line("id", &payload.id.to_string());
    payload.signers.iter().for_each(|signer| line("signer", signer.as_str()));
    payload.about.iter().take(SHOWN).for_each(|hash| line("about", &hash.to_string()));
    if payload.about.len() > SHOWN {
        line("about", &format!("… and {} more", payload.about.len() - SHOWN));
    }
    for (name, text) in body(&payload.body) {
        line(name, &text);
    }
    out
}

/// An event in JSON.
pub(crate) fn to_json(id: &Hash, payload: &Payload) -> Value {
    let canonical = payload.to_canonical();
    // Canonical JSON is JSON.
    json!({"id": id.to_string(), "payload": serde_json::from_slice::<Value>(&canonical).unwrap_or_default()})
}

fn body(body: &Body) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    match body {
        Body::Day | Body::Mark | Body::Retraction | Body::Closing => {}
        Body::Income(income) => {
            out.push(("income", money(income.currency, income.amount)));
            out.extend(income.payer.as_ref().map(|payer| ("payer", payer.to_string())));
        }
        Body::Reversal(reversal) => {
            out.push(("income", reversal.income.to_string()));
            out.push(("minor units", reversal.amount.to_string()));
        }
        Body::Payment(payment) => {
            let amount = |minor| money(payment.currency, minor);
            out.push(("settlement", payment.settlement.to_string()));
            out.push(("state", format!("{}, attempt {}", payment.state, payment.attempt)));
            out.push(("lines", format!("{}, from handle {} on", payment.count, payment.first)));
            out.push(("gross", amount(payment.gross)));
            if payment.net > 0 {
                out.push(("tax", amount(payment.tax)));
                out.push(("fee", format!("{} a line", amount(payment.fee))));
                out.push(("net", amount(payment.net)));
            }
            out.extend(
                payment.exchange.map(|exchange| ("paid as", money(exchange.currency, exchange.amount))),
            );
            out.extend(payment.reason.as_ref().map(|reason| ("reason", reason.to_string())));
        }
        Body::Claim(claim) => {
            out.push(("alias", claim.alias.as_str().to_owned()));
            out.push(("claimant", claim.key.to_string()));
        }
        Body::Settlement(settlement) => {
            out.push(("snapshot", settlement.snapshot.to_string()));
            out.extend(settlement.previous.map(|id| ("previous", id.to_string())));
            for settled in &settlement.currencies {
                let amount = |minor| money(settled.currency, minor);
                out.push(("income", amount(settled.income)));
                if settled.unconfirmed > 0 {
                    out.push(("unconfirmed", amount(settled.unconfirmed)));
                }
                out.push(("payable", format!("{} on {} lines", amount(settled.payable), settled.lines)));
                out.push(("held", amount(settled.after.held)));
                for (name, minor) in &settled.funds {
                    out.push(("fund", format!("{name}: {}", amount(*minor))));
                }
                out.push(("root", settled.root.to_string()));
            }
        }
        Body::Snapshot(snapshot) => {
            out.push(("mark", snapshot.mark.to_string()));
            out.extend(snapshot.previous.map(|id| ("previous", id.to_string())));
            out.push(("projects", snapshot.projects.to_string()));
            out.push(("root", snapshot.root.to_string()));
        }
        Body::Ledger(ledger) => {
            out.push(("checkpoint", ledger.checkpoint.to_string()));
            out.push(("key", ledger.key.to_string()));
            out.push(("rules", ledger.rules.to_string()));
            ledger.witnesses.iter().for_each(|witness| out.push(("witness", witness.to_string())));
            if let Some(closing) = &ledger.closing {
                out.push((
                    "closing",
                    closing.successor.as_ref().map_or("no successor".into(), ToString::to_string),
                ));
            }
        }
        Body::Charter(rules) => out.extend(charter(rules)),
        Body::Membership(membership) => {
            out.push(("member", membership.member.to_string()));
            out.push(("role", format!("{} {}", membership.change, membership.role)));
        }
        Body::Contribution(work) => {
            out.push(("work", format!("{} / {}: {} {}", work.work, work.activity, work.quantity, work.unit)));
            out.push(("charter", work.charter.to_string()));
            out.extend(work.contributor.as_ref().map(|alias| ("contributor", alias.as_str().to_owned())));
            out.extend(work.outcome.map(|outcome| ("outcome", outcome.to_string())));
            out.extend(work.supersedes.map(|id| ("supersedes", id.to_string())));
        }
        Body::Review(review) => {
            out.push(("verdict", format!("{} ({})", review.verdict, review.method)));
            out.extend(review.reason.as_ref().map(|reason| ("reason", reason.to_string())));
            let shown: Vec<String> = review.quantities.iter().take(SHOWN).map(ToString::to_string).collect();
            if !shown.is_empty() {
                out.push(("quantities", shown.join(" ")));
            }
        }
    }
    out
}

/// How a charter pays.
fn pay(pay: &Pay) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for rate in &pay.rates {
        out.push(("rate", format!("{} for a point", money(rate.currency, rate.amount.into()))));
    }
    for fund in &pay.funds {
        let is_reserve = pay.reserve.as_ref() == Some(&fund.name);
        let what = if is_reserve { " (the reserve)" } else { "" };
        let (whole, part) = (fund.points / 100, fund.points % 100);
        out.push(("fund", format!("{}: {whole}.{part:02} % of income{what}", fund.name)));
    }
    if let Some(share) = pay.share {
        let points = match share {
            Share::Ever => "all points ever",
            Share::Range => "the points of the time that is settled",
        };
        out.push(("share", format!("what debts leave, by {points}")));
    }
    for payout in &pay.payouts {
        let amount = |minor| money(payout.currency, minor);
        let text = format!("from {} on, in steps of {}", amount(payout.minimum), amount(payout.unit));
        out.push(("paid out", text));
    }
    out
}

fn money(currency: Currency, minor: u64) -> String {
    format!("{} {currency}", currency.format(minor.into()))
}

/// A charter's rules, a name and a text for each.
pub(crate) fn charter(charter: &Charter) -> Vec<(&'static str, String)> {
    let mut out = vec![("name", charter.name.to_string()), ("enrolment", charter.enrolment.to_string())];
    for activity in &charter.activities {
        let (work, name, unit) = (activity.work, &activity.activity, &activity.unit);
        let points = number(activity.weight, "point");
        let by_verdicts = work == Work::Review && unit.as_str() == "verdict";
        let how = if by_verdicts { " that has an effect" } else { "" };
        out.push(("counts", format!("{work} / {name}: {points} for one {unit}{how}")));
    }
    for verdict in &charter.verdicts {
        let rule = match verdict.rule {
            VerdictRule::AtOnce => "counts at once".to_owned(),
            VerdictRule::First => "by the first review".to_owned(),
            VerdictRule::Equal(count) => format!("by {count} equal reviews"),
        };
        let silence = verdict.silence.map(|days| format!(", accepted after {days} days of silence"));
        out.push(("decided", format!("{}: {rule}{}", verdict.work, silence.unwrap_or_default())));
    }
    out.extend(charter.pay.as_ref().map(pay).unwrap_or_default());
    let (threshold, stewards) = (charter.stewards.threshold, charter.stewards.keys.len());
    out.push(("stewards", format!("{threshold} of {stewards} must sign")));
    charter.stewards.keys.iter().for_each(|key| out.push(("steward", key.to_string())));
    charter.enrollers.iter().for_each(|key| out.push(("enroller", key.to_string())));
    out.push(("notice", format!("{} days", charter.notice)));
    out.push(("grace", format!("{} days", charter.grace)));
    let import =
        charter.import.map_or("nothing may be imported".to_owned(), |hash| format!("under key {hash}"));
    out.push(("import", import));
    let reasons: Vec<&str> = charter.reasons.iter().map(|reason| reason.as_str()).collect();
    if !reasons.is_empty() {
        out.push(("reasons", reasons.join(" ")));
    }
    out.extend(charter.replaces.map(|id| ("replaces", id.to_string())));
    out
}
