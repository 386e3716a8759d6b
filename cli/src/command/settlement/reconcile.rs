//! `settlement reconcile`: what came of payments, from a result file into the log.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use lebombo_verifier::Code as _;
use lebombo_verifier::event::{MAX_LINES, Payment, PaymentState, Token};
use lebombo_verifier::money::Currency;
use lebombo_verifier::settlement::may_follow;
use serde_json::{Value, json};

use super::due::{self, Logged, Settlement};
use crate::client::Line;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _, explain};
use crate::files;
use crate::project::Project;
use crate::rail::{
    self, Expected, Matched, Others, Outcome, Reference, ResultError, ResultMap, Source, State,
};
use crate::table::number;

/// Log what came of payments, as a bank or a hub tells it
///
/// The whole file is read and compared with what was instructed before anything is logged: an unknown reference, another amount
/// or two stories about one payment refuse all of it. What is logged already is passed over, so that a file can be read
/// twice. Lines that failed or came back can be exported again.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement reconcile vu-sound result.csv --format payment-hub
  540 paid, 3 failed, 1 unknown; 0 without a result yet.
  $ lebombo settlement reconcile vu-sound notification.xml --format camt.054
Any other table, with a map of its columns (spec/rails.md):
  $ lebombo settlement reconcile vu-sound bank.csv --map bank.toml")]
pub(super) struct Reconcile {
    /// A name given here, or an id that has one
    project: String,
    /// What the bank or the hub has sent
    result: PathBuf,
    /// payment-hub or camt.054
    #[arg(long, value_name = "FORMAT", required_unless_present = "map", conflicts_with = "map")]
    format: Option<String>,
    /// A TOML file that says which column means what
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The settlement's number, from 1 [default: the last]
    #[arg(long, value_name = "N")]
    settlement: Option<u64>,
    /// ISO 4217 code of the settlement [default: the only one]
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Pass over payments that are not of this settlement
    #[arg(long)]
    allow_others: bool,
    /// Pass over reports that an earlier attempt was paid: it came back later, as the log says
    #[arg(long)]
    old_reports: bool,
}

/// What a line becomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    state: PaymentState,
    attempt: u32,
    reason: Option<String>,
}

impl Reconcile {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let source = match (&self.map, &self.format) {
            (Some(path), _) => Source::Table(ResultMap::parse(&files::read_text(path)?).or_refused()?),
            (None, Some(format)) => Source::parse(format).or_refused()?,
            // One of the two is required.
            (None, None) => return Err(Failure::unsure("usage", "say --format or --map")),
        };
        let reading = rail::read(&source, &files::read(&self.result)?).or_refused()?;
        let client = context.client()?;
        let settlement = Settlement::fetch(&client, &project, self.settlement, self.currency.as_deref())?;
        let expected = expected(&settlement)?;
        let (outcomes, older) = older(&settlement, reading.outcomes, self.old_reports)?;
        let kept_back =
            outcomes.iter().filter(|o| o.reason.as_deref().is_some_and(|r| token(r).is_none())).count();
        let others = if self.allow_others { Others::Allow } else { Others::Refuse };
        let matched = rail::match_results(&expected, &outcomes, others).map_err(|all| problems(&all))?;
        let (groups, known) = groups(&settlement, &matched)?;
        let mut logged = Vec::new();
        for (group, handles) in &groups {
            logged.extend(log(context, &project, &settlement, group, handles)?);
        }
        let count = |state| matched.count(state);
        let lines = settlement.by_handle();
        let waiting = matched.missing.iter().filter(|reference| waits(&lines, reference)).count();
        let value = json!({
            "project": project.id.to_string(), "settlement": settlement.id.to_string(), "number": settlement.number,
            "currency": settlement.currency.as_str(), "paid": count(State::Paid), "failed": count(State::Failed),
            "returned": count(State::Returned), "unknown": count(State::Unknown), "known": known,
            "waiting": waiting, "older_attempts": older, "reasons_kept_back": kept_back, "repeated": matched.repeated, "others": matched.others.len(),
            "payments": logged,
            "notices": reading.notices.iter().map(|n| json!({"code": n.code(), "message": n.to_string()})).collect::<Vec<_>>(),
        });
        let said = [State::Paid, State::Failed, State::Returned, State::Unknown]
            .map(|state| (count(state), word(state)))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect::<Vec<_>>();
        let said = if said.is_empty() { "No result".to_owned() } else { said.join(", ") };
        let mut text = format!("{said}; {waiting} without a result yet.\n");
        if known > 0 {
            text.push_str(&format!("{} in the log already.\n", number(known, "result")));
        }
        if older > 0 {
            text.push_str(&format!("{} of earlier attempts passed over.\n", number(older, "result")));
        }
        if kept_back > 0 {
            text.push_str(&format!(
                "{} not logged: they are no codes, and words may name people; the log is public.\n",
                number(kept_back, "reason")
            ));
        }
        if !matched.others.is_empty() {
            text.push_str(&format!("{} of other settlements or payers passed over.\n", matched.others.len()));
        }
        for notice in &reading.notices {
            text.push_str(&format!("note: {} [{}]\n", explain(notice), notice.code()));
        }
        context.answer(&value, text.trim_end())
    }
}

/// What was instructed and may have a result: each line's last attempt.
fn expected(settlement: &Settlement) -> Result<Vec<Expected>, Failure> {
    let malformed =
        || Failure::unsure("answer-malformed", "the ledger's words about a payment make no sense");
    let mut expected = Vec::new();
    for line in &settlement.lines {
        let Some(instructed) = &line.instructed else { continue };
        let currency = Currency::parse(&instructed.currency).ok_or_else(malformed)?;
        let reference = Reference::new(&settlement.id, settlement.currency, line.handle, line.attempt);
        expected.push(Expected {
            reference: reference.ok_or_else(malformed)?,
            amount: currency.parse_amount(&instructed.amount).or_unsure()?,
            currency,
        });
    }
    Ok(expected)
}

/// Parts off what is about earlier attempts of lines; how many there are. That one of them failed is known: there would be no
/// later one. That it was paid is not.
///
/// # Errors
/// `reconcile-earlier-attempt-paid`: somebody may have been paid twice.
fn older(
    settlement: &Settlement,
    outcomes: Vec<Outcome>,
    are_old: bool,
) -> Result<(Vec<Outcome>, usize), Failure> {
    let lines = settlement.by_handle();
    let later = |outcome: &Outcome| {
        let reference = Reference::parse(&outcome.reference)?;
        let is_of = reference.is_of(&settlement.id, settlement.currency);
        let line =
            lines.get(&reference.handle()).filter(|line| is_of && reference.attempt() < line.attempt)?;
        Some((reference, line.attempt))
    };
    let (mut rest, mut passed) = (Vec::with_capacity(outcomes.len()), 0_usize);
    for outcome in outcomes {
        match later(&outcome) {
            None => rest.push(outcome),
            Some((reference, attempt)) if outcome.state == State::Paid && !are_old => {
                let message = format!(
                    "line {} of the file says that {reference} was paid, and attempt {attempt} of that line was instructed \
                     since: somebody may be paid twice. Ask who pays, before anything else; if the money had come back \
                     before the later attempt, --old-reports passes it over. Nothing was logged",
                    outcome.line
                );
                return Err(Failure::refused("reconcile-earlier-attempt-paid", message));
            }
            Some(_) => passed = passed.saturating_add(1),
        }
    }
    Ok((rest, passed))
}

/// The state of a line in the ledger's words; `None` before it was instructed.
fn state(line: &Line) -> Option<PaymentState> {
    PaymentState::parse(&line.state)
}

fn waits(lines: &HashMap<u64, &Line>, reference: &Reference) -> bool {
    let state = lines.get(&reference.handle()).and_then(|line| state(line));
    matches!(state, Some(PaymentState::Instructed | PaymentState::Unknown))
}

fn word(state: State) -> &'static str {
    match state {
        State::Paid => "paid",
        State::Failed => "failed",
        State::Returned => "returned",
        State::Unknown => "unknown",
    }
}

/// Which lines become what, and how many results are in the log already.
///
/// # Errors
/// `reconcile-contradiction`: the log says otherwise of a line. Then nothing is logged.
fn groups(
    settlement: &Settlement,
    matched: &Matched<'_>,
) -> Result<(BTreeMap<Group, Vec<u64>>, u64), Failure> {
    let lines = settlement.by_handle();
    let (mut groups, mut known): (BTreeMap<Group, Vec<u64>>, u64) = (BTreeMap::new(), 0);
    let mut contrary = Vec::new();
    for found in &matched.matches {
        let (reference, outcome) = (found.expected.reference, found.outcome);
        let Some(line) = lines.get(&reference.handle()) else { continue };
        let before = state(line);
        let after = match outcome.state {
            State::Paid => PaymentState::Paid,
            State::Failed => PaymentState::Failed,
            State::Returned => PaymentState::Returned,
            State::Unknown => PaymentState::Unknown,
        };
        // That nothing was known once says nothing against what is known since.
        if before == Some(after)
            || (after == PaymentState::Unknown && before != Some(PaymentState::Instructed))
        {
            known = known.saturating_add(1);
        } else if after == PaymentState::Paid && before == Some(PaymentState::Returned) {
            // An old report, from before it came back.
            known = known.saturating_add(1);
        } else if may_follow(before, after) {
            let reason = outcome.reason.as_deref().and_then(token).filter(|_| after != PaymentState::Paid);
            let group = Group { state: after, attempt: reference.attempt(), reason };
            groups.entry(group).or_default().push(reference.handle());
        } else {
            contrary.push(format!(
                "{reference} is {} in the log and {after} on line {} of the file",
                line.state, outcome.line
            ));
        }
    }
    if let Some(first) = contrary.first() {
        let message = format!(
            "{} contradict the log, and nothing was logged: {first}",
            number(contrary.len(), "result")
        );
        return Err(Failure::refused("reconcile-contradiction", message));
    }
    groups.values_mut().for_each(|handles| handles.sort_unstable());
    Ok((groups, known))
}

/// A rail's reason as a token, if it is a code: words for people have names and numbers in them, and the log is public for good.
fn token(reason: &str) -> Option<String> {
    let is_code = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let digits = reason.chars().filter(char::is_ascii_digit).count();
    if reason.chars().count() > 12 || digits > 4 || !reason.chars().all(is_code) {
        return None;
    }
    let mut out = String::new();
    for c in reason.chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(32);
    let out = out.trim_end_matches('-').to_owned();
    Token::parse(&out).map(|_| out)
}

/// Logs what became of lines, in as many payments as it takes; their event ids.
fn log(
    context: &Context,
    project: &Project,
    settlement: &Settlement,
    group: &Group,
    handles: &[u64],
) -> Result<Vec<Value>, Failure> {
    let lines = settlement.by_handle();
    let mut logged = Vec::new();
    let mut rest = handles;
    while let Some(first) = rest.first() {
        let reach = rest.partition_point(|handle| handle - first < MAX_LINES.into());
        let (now, later) = rest.split_at(reach);
        rest = later;
        let Some((start, bitmap)) = Payment::bitmap_of(now) else { break };
        let gross = now.iter().try_fold(0_u64, |sum, handle| {
            let payable = lines.get(handle).map_or(Ok(0), |line| settlement.minor(&line.payable))?;
            sum.checked_add(payable).ok_or_else(|| Failure::unsure("answer-malformed", "sums are too large"))
        })?;
        let payment = Payment {
            attempt: group.attempt,
            bitmap,
            count: u32::try_from(now.len()).unwrap_or(u32::MAX),
            currency: settlement.currency,
            exchange: None,
            fee: 0,
            first: start,
            gross,
            net: 0,
            reason: group.reason.as_deref().and_then(Token::parse),
            settlement: settlement.id,
            state: group.state,
            tax: 0,
            withholding: 0,
        };
        let signed = due::sign(context, project, Vec::new(), payment)?;
        // Crash before the next: what is logged is passed over when the file is read again.
        match due::log(context, &signed.id.to_string(), &signed.entry)? {
            Logged::Valid => logged.push(json!({
                "payment": signed.id.to_string(), "state": group.state.as_str(), "lines": now.len(),
                "attempt": group.attempt, "reason": group.reason,
            })),
            Logged::Void { code, message } => return Err(due::void(&code, &message)),
        }
    }
    Ok(logged)
}

/// All that is wrong with a result file.
fn problems(all: &[ResultError]) -> Failure {
    const SHOWN: usize = 10;
    let mut lines: Vec<String> =
        all.iter().take(SHOWN).map(|one| format!("{} [{}]", explain(one), one.code())).collect();
    if all.len() > SHOWN {
        lines.push(format!("… and {} more", all.len() - SHOWN));
    }
    let code = all.first().map_or("result-refused", |one| one.code());
    Failure::refused(code, format!("nothing was logged: {}", lines.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_become_tokens() {
        for (reason, expected) in [
            ("AC04", Some("ac04")),
            ("3242", Some("3242")),
            ("No_Account", Some("no-account")),
            ("Account closed!", None),
            ("Worker 5 +255700000005", None),
            ("255700000", None),
            ("Amina-Wanjiku-M", None),
            ("", None),
            ("…", None),
        ] {
            assert_eq!(token(reason).as_deref(), expected, "{reason}");
        }
    }
}
