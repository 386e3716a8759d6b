//! Lines of a settlement as those who pay see them, and payments of them that are logged.

use std::collections::HashMap;

use lebombo_verifier::Hash;
use lebombo_verifier::dsse::Envelope;
use lebombo_verifier::event::{Body, Payload, Payment};
use lebombo_verifier::money::Currency;

use crate::client::{Client, Line};
use crate::clock;
use crate::command::push::push_one;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::project::Project;
use crate::push::{Item, State};
use crate::signer::Signed;

/// How often the rules are asked about a payment that is logged, and the wait before asking again.
const ASK: (u32, std::time::Duration) = (100, std::time::Duration::from_millis(200));

/// A settlement in one currency.
pub(super) struct Settlement {
    pub(super) id: Hash,
    pub(super) number: u64,
    pub(super) currency: Currency,
    pub(super) lines: Vec<Line>,
}

/// The settlement of this number, else the last; in this currency, else the only one.
pub(in crate::command) fn which(
    client: &Client,
    project: &Project,
    number: Option<u64>,
    currency: Option<&str>,
) -> Result<(u64, Currency), Failure> {
    let money = client.money(&project.id)?;
    let number = number.unwrap_or(money.settlements);
    if number == 0 || number > money.settlements {
        let message = format!("{} has {} settlements", project.name, money.settlements);
        return Err(Failure::refused("settlement-unknown", message));
    }
    let currency = match (currency, money.currencies.as_slice()) {
        (Some(code), _) => crate::command::income::currency(code)?,
        (None, [only]) => crate::command::income::currency(&only.currency)?,
        (None, several) => {
            let codes: Vec<_> = several.iter().map(|books| books.currency.as_str()).collect();
            let message = format!("say which with --currency: {}", codes.join(", "));
            return Err(Failure::unsure("currency-missing", message));
        }
    };
    Ok((number, currency))
}

impl Settlement {
    /// See [`which`]; with all of its lines.
    pub(super) fn fetch(
        client: &Client,
        project: &Project,
        number: Option<u64>,
        currency: Option<&str>,
    ) -> Result<Self, Failure> {
        let (number, currency) = which(client, project, number, currency)?;
        let found = client.lines(&project.id, number, currency.as_str())?;
        let id = found.settlement.as_deref().and_then(Hash::from_hex);
        let id = id.ok_or_else(|| Failure::unsure("answer-malformed", "the settlement has no event id"))?;
        let settlement = Self { id, number, currency, lines: found.lines };
        let payable = settlement
            .lines
            .iter()
            .try_fold(0_u128, |sum, line| sum.checked_add(settlement.minor(&line.payable).ok()?.into()));
        // The control total: what was left out of the pages would be missing here.
        if payable.map(|sum| currency.format(sum)).as_ref() != Some(&found.payable) {
            return Err(Failure::unsure(
                "answer-malformed",
                "the lines do not add up to the settlement's payable",
            ));
        }
        Ok(settlement)
    }

    /// Its lines by handle.
    pub(super) fn by_handle(&self) -> HashMap<u64, &Line> {
        self.lines.iter().map(|line| (line.handle, line)).collect()
    }

    /// Minor units of an amount in the ledger's words.
    pub(super) fn minor(&self, text: &str) -> Result<u64, Failure> {
        self.currency.parse_amount(text).or_unsure()
    }
}

/// Signs a payment.
pub(super) fn sign(
    context: &Context,
    project: &Project,
    about: Vec<Hash>,
    payment: Payment,
) -> Result<Signed, Failure> {
    let signer = context.signer(project)?;
    let day = compose::day(None)?;
    compose::event(project, &signer, day, about, Body::Payment(payment))
}

/// What became of a payment that was sent.
pub(super) enum Logged {
    /// It is in the log, its receipt is here, and the rules call it valid.
    Valid,
    /// It counts for nothing, or will never be logged: the code, and why.
    Void { code: String, message: String },
}

/// Pushes a payment and waits until the rules have come to it.
///
/// # Errors
/// Nothing is known about it, or not yet: the ledger could not be reached, or would not take it now. Doing it again is
/// harmless.
pub(super) fn log(context: &Context, id: &str, entry: &[u8]) -> Result<Logged, Failure> {
    let Item { state, .. } = push_one(context, entry)?;
    match state {
        State::Receipted => {}
        State::Held { code } => {
            let message = "the rules would count it for nothing".to_owned();
            return Ok(Logged::Void { code, message });
        }
        State::Refused(refusal) => {
            return Ok(Logged::Void { code: refusal.code, message: refusal.message });
        }
        State::PutOff { code, message } => {
            return Err(Failure::unsure(
                "payment-put-off",
                format!("the ledger would not take it now: {message} [{code}]"),
            ));
        }
        State::Waiting | State::Logged => {
            let message = "the payment is logged, and its receipt is still to come: run the same again";
            return Err(Failure::unsure("payment-unconfirmed", message));
        }
    }
    let client = context.client()?;
    for attempt in 0..ASK.0 {
        if attempt > 0 {
            clock::pause(ASK.1);
        }
        match client.standing(id)?.standing {
            None => {}
            Some(standing) if standing.status == "applied" => return Ok(Logged::Valid),
            Some(standing) => {
                let code = standing.code.unwrap_or(standing.status);
                return Ok(Logged::Void { code, message: standing.message.unwrap_or_default() });
            }
        }
    }
    let message = "the payment is logged, and the ledger's rules have not come to it: run the same again";
    Err(Failure::unsure("payment-unconfirmed", message))
}

/// Whether a payment is still what holds for each of its lines: instructed, in that attempt, by this very event. What was
/// said of it since, or instructed since, has overtaken it.
///
/// # Errors
/// The ledger could not be asked.
pub(super) fn still_holds(context: &Context, id: &str, entry: &[u8]) -> Result<bool, Failure> {
    let malformed = || Failure::unsure("payment-not-staged", "the staged event is no payment");
    let envelope = Envelope::parse(entry).map_err(|_| malformed())?;
    let payload = Payload::parse(&envelope.payload).map_err(|_| malformed())?;
    let (Body::Payment(payment), Some(project)) = (payload.body, payload.project) else {
        return Err(malformed());
    };
    let reach = (payment.first, payment.handles().last().unwrap_or(payment.first));
    let client = context.client()?;
    let found = client.lines_between(&project, &payment.settlement, payment.currency, reach)?;
    let lines: HashMap<u64, &Line> = found.iter().map(|line| (line.handle, line)).collect();
    let holds = |line: &&Line| {
        line.state == payment.state.as_str()
            && line.attempt == payment.attempt
            && line.instructed.as_ref().is_some_and(|instructed| instructed.payment == id)
    };
    Ok(payment.handles().all(|handle| lines.get(&handle).is_some_and(holds)))
}

/// A void payment as an error.
pub(super) fn void(code: &str, message: &str) -> Failure {
    let hint = match code {
        "payment-state" | "payment-attempt" => {
            "; somebody else has instructed or settled one of these lines since: run it again to see how they stand"
        }
        "not-paymaster" => {
            "; an enroller of the project can grant the role: `lebombo member add PROJECT DID --role paymaster`"
        }
        _ => "",
    };
    Failure::refused("payment-void", format!("the payment counts for nothing: {message} [{code}]{hint}"))
}
