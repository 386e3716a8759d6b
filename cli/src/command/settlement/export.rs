//! `settlement export`: files for those who pay, each after its payment is logged and valid.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lebombo_verifier::Code as _;
use lebombo_verifier::event::{self, MAX_LINES, Payment, PaymentState};
use lebombo_verifier::money::{Currency, MAX_AMOUNT};
use serde_json::{Value, json};

use super::due::{self, Logged, Settlement};
use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::evidence::Manifest;
use crate::failure::{Failure, OrFail as _, explain};
use crate::files;
use crate::payments::{self, Staged};
use crate::project::Project;
use crate::rail::{
    self, Due, Exchange, Heading, Notice, Payees, Payer, Payout, Rail, Run, Sorted, Terms, Totals,
    basis_points, readable_by_others,
};
use crate::table;

/// Pay: log which lines are instructed, then write the file that a bank or a mobile-money hub takes
///
/// The payment is logged, its receipt held and the rules ask nothing more before the file appears, so that no line is paid
/// twice, on whatever machine. If this stops half-way, run it again: it goes on where it stopped. People's accounts come from
/// the payees file and go into the rail file, and nowhere else (spec/rails.md). Lines without an account are listed.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo settlement export vu-sound --payees payees.csv --rail csv --out payments \\
      --payer-name \"Sauti Cooperative\" --payer-type ACCOUNT --payer-account 0011223344
  file                                lines  gross   tax   fee   net     paid
  ──────────────────────────────────  ─────  ──────  ────  ────  ──────  ──────────
  payments/6b1f4a0c9d2e.USD.0.1.csv   544    843.38  0.00  0.00  843.38  843.38 USD
  2 lines are not in it:
    …  no account of this contributor in the payees file

What would be paid, with nothing logged:
  $ lebombo settlement export vu-sound --payees payees.csv --rail pain --dry-run …")]
pub(super) struct Export {
    /// A name given here, or an id that has one
    project: String,
    /// The settlement's number, from 1 [default: the last]
    #[arg(long, value_name = "N")]
    settlement: Option<u64>,
    /// ISO 4217 code [default: the only one]
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// CSV of people's accounts: contributor, name, identifier_type, identifier (spec/rails.md)
    #[arg(long, value_name = "FILE")]
    payees: PathBuf,
    /// g2p (Payment Hub EE), pain (ISO 20022 pain.001.001.09), csv or json
    #[arg(long, value_name = "RAIL")]
    rail: String,
    /// How a G2P hub is to pay
    #[arg(long, value_name = "MODE", default_value = "mojaloop")]
    mode: String,
    /// The folder for the files
    #[arg(long, value_name = "DIR", default_value = "payments")]
    out: PathBuf,
    /// Most payments in a file [default: what the rail takes]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Tax that is withheld, in percent
    #[arg(long, value_name = "PERCENT", default_value = "0")]
    withholding: String,
    /// What is kept back of each line for paying it
    #[arg(long, value_name = "AMOUNT")]
    fee: Option<String>,
    /// Pay in another currency
    #[arg(long, value_name = "CODE", requires_all = ["rate", "rate_evidence"])]
    pay_in: Option<String>,
    /// How much of that currency one unit of the settlement's is: 129.50
    #[arg(long, value_name = "NUMBER", requires = "pay_in")]
    rate: Option<String>,
    /// A file that shows the rate; the log gets a salted digest of it
    #[arg(long, value_name = "FILE", requires = "pay_in")]
    rate_evidence: Option<PathBuf>,
    /// Who pays
    #[arg(long, value_name = "NAME")]
    payer_name: String,
    /// The kind of the payer's account: IBAN, BBAN, ACCOUNT, MSISDN…
    #[arg(long, value_name = "TYPE")]
    payer_type: String,
    /// The payer's account
    #[arg(long, value_name = "ACCOUNT")]
    payer_account: String,
    /// The payer's bank
    #[arg(long, value_name = "BIC", default_value = "")]
    payer_agent: String,
    /// The day on which they are to be paid [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    execution: Option<String>,
    /// Show what would be paid; nothing is logged or written
    #[arg(long)]
    dry_run: bool,
}

/// A file and its payment.
struct Part {
    name: PathBuf,
    totals: Totals,
    paid_in: Currency,
    id: Option<String>,
    notices: Vec<Notice>,
}

/// A file that could be given out, and what the log is to be told first.
struct Draft {
    name: PathBuf,
    file: rail::File,
    payment: Payment,
    totals: Totals,
}

/// Names files that are out already where a later one of the same run fails.
fn tell_given_out(context: &Context, parts: &[Part]) {
    for part in parts {
        context.note(&format!("{} was given out before that.", part.name.display()));
    }
}

impl Export {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let project = context.project(&self.project)?;
        let waits = || context.note("another run of this profile pays; waiting until it has ended");
        let _lock = if self.dry_run { None } else { Some(payments::lock(&context.home, waits)?) };
        let resumed = if self.dry_run { Vec::new() } else { resume(context)? };
        let client = context.client()?;
        let settlement = Settlement::fetch(&client, &project, self.settlement, self.currency.as_deref())?;
        let rail = Rail::parse(&self.rail, &self.mode).or_refused()?;
        let payees = Payees::read(&files::read(&self.payees)?, settlement.currency).or_refused()?;
        let mut notices: Vec<Notice> = payees.notices.clone();
        notices.extend(mode(&self.payees).and_then(readable_by_others));
        let heading = self.heading(&project, &settlement)?;
        let terms = Terms {
            withholding: basis_points(&self.withholding).ok_or_else(|| {
                Failure::refused("rail-withholding", "withholding is a percentage, such as 5 or 7.25")
            })?,
            fee: self
                .fee
                .as_deref()
                .map_or(Ok(0), |fee| settlement.currency.parse_amount(fee))
                .or_refused()?,
        };
        let (due, disputed) = due_of(&settlement)?;
        let Sorted { payouts, left } = rail.sift(heading.join(terms, &due, &payees).or_refused()?);
        let runs = parts(&heading, payouts, self.limit.unwrap_or(rail.limit()))?;
        // Whatever is wrong with any of the files is found before the first payment is logged.
        let mut drafts = Vec::with_capacity(runs.len());
        for run in &runs {
            drafts.push(self.draft(&rail, run)?);
        }
        let mut written: Vec<Part> = Vec::with_capacity(drafts.len());
        for Draft { name, file, payment, totals } in drafts {
            let id = if self.dry_run {
                None
            } else {
                let paid = self.pay(context, &project, payment, &name, &file.bytes);
                Some(paid.inspect_err(|_| tell_given_out(context, &written))?)
            };
            written.push(Part { name, totals, paid_in: heading.paid(), id, notices: file.notices });
        }
        let code = settlement.currency;
        let left: Vec<Value> = left
            .iter()
            .map(|left| {
                json!({"handle": left.handle, "contributor": left.contributor,
                       "gross": code.format(left.gross.into()), "code": left.why.code(), "message": left.why.to_string()})
            })
            .chain(disputed)
            .collect();
        for part in &written {
            notices.extend(part.notices.iter().cloned());
        }
        let value = json!({
            "project": project.id.to_string(), "settlement": settlement.id.to_string(), "number": settlement.number,
            "currency": code.as_str(), "dry_run": self.dry_run, "resumed": resumed,
            "parts": written.iter().map(|part| part.to_json(code)).collect::<Vec<_>>(),
            "left": left,
            "notices": notices.iter().map(|n| json!({"code": n.code(), "message": n.to_string()})).collect::<Vec<_>>(),
        });
        context.answer(&value, text(code, &written, &left, &notices, &resumed, self.dry_run).trim_end())
    }

    fn heading(&self, project: &Project, settlement: &Settlement) -> Result<Heading, Failure> {
        let payer = Payer::new(&self.payer_name, &self.payer_type, &self.payer_account, &self.payer_agent);
        Ok(Heading {
            project: project.id,
            settlement: settlement.id,
            number: settlement.number,
            currency: settlement.currency,
            exchange: self.exchange(settlement.currency)?,
            created: clock::utc(),
            execution: compose::day(self.execution.as_deref())?,
            payer: payer.or_refused()?,
        })
    }

    fn exchange(&self, from: Currency) -> Result<Option<Exchange>, Failure> {
        let (Some(code), Some(rate)) = (&self.pay_in, &self.rate) else { return Ok(None) };
        let to = crate::command::income::currency(code)?;
        let wrong =
            || Failure::refused("rail-exchange-rate", "a rate is a decimal number above 0, such as 129.50");
        let (numerator, denominator) = rate_of(from, to, rate).ok_or_else(wrong)?;
        Ok(Some(Exchange { currency: to, numerator, denominator }))
    }

    /// A file and its payment, neither written nor logged yet.
    fn draft(&self, rail: &Rail, run: &Run) -> Result<Draft, Failure> {
        let file = rail.write(run).or_refused()?;
        let name = self.out.join(format!("{}.{}", run.message_id().or_refused()?, rail.extension()));
        if name.exists() {
            let message = format!("{} is there already; what is in it was exported before", name.display());
            return Err(Failure::refused("file-exists", message));
        }
        Ok(Draft { name, file, payment: instruction(run)?, totals: run.totals() })
    }

    /// Logs the payment of one file, and gives the file out once it is valid; the payment's event id.
    fn pay(
        &self,
        context: &Context,
        project: &Project,
        payment: Payment,
        target: &Path,
        file: &[u8],
    ) -> Result<String, Failure> {
        let salt = || clock::random().or_unsure();
        // The manifest lists the file by the name that it gets, and the log gets the manifest's digest only.
        let evidence: Vec<PathBuf> = self.rate_evidence.iter().cloned().collect();
        let manifest = Manifest::with(&evidence, &[(target, file)], salt()?).or_unsure()?;
        let signed = due::sign(context, project, vec![manifest.digest()], payment)?;
        let payment = payments::Payment {
            id: signed.id,
            entry: &signed.entry,
            target,
            file,
            manifest: manifest.text(),
        };
        let staged = Staged::new(&context.home, salt()?, &payment)?;
        finish(context, staged)?;
        Ok(signed.id.to_string())
    }
}

/// Goes on with what an earlier run has left; the files that are out now.
fn resume(context: &Context) -> Result<Vec<String>, Failure> {
    let mut out = Vec::new();
    for staged in Staged::all(&context.home)? {
        let id = staged.id().to_owned();
        let target = staged.target().display().to_string();
        match finish(context, staged) {
            Ok(path) => out.push(path.display().to_string()),
            // Nothing of it was paid by this file, and the lines are seen anew below.
            Err(failure) if ["payment-void", "payment-overtaken"].contains(&failure.code.as_str()) => {
                context.note(&format!("{target} (payment {id}) is thrown away: {}", failure.message));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(out)
}

/// Logs a payment and gives its file out.
fn finish(context: &Context, staged: Staged) -> Result<PathBuf, Failure> {
    // A failure here leaves it where it is, for the next run.
    match due::log(context, staged.id(), staged.entry())? {
        Logged::Valid if due::still_holds(context, staged.id(), staged.entry())? => {
            staged.release(&context.home)
        }
        // Valid once, and overtaken: a file of a dead attempt would have people paid beside the later one.
        Logged::Valid => {
            let message =
                "its lines have gone on without this file: a result was logged for them, or a later attempt";
            staged.drop_it()?;
            Err(Failure::refused("payment-overtaken", message))
        }
        Logged::Void { code, message } => {
            staged.drop_it()?;
            Err(due::void(&code, &message))
        }
    }
}

/// The permission bits of a file.
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

/// Lines that can be instructed, and those in dispute.
fn due_of(settlement: &Settlement) -> Result<(Vec<Due>, Vec<Value>), Failure> {
    let (mut due, mut disputed) = (Vec::new(), Vec::new());
    for line in &settlement.lines {
        if !matches!(line.state.as_str(), "payable" | "failed" | "returned") {
            continue;
        }
        if line.is_disputed {
            disputed.push(json!({
                "handle": line.handle, "contributor": line.contributor, "gross": line.payable, "code": "line-disputed",
                "message": "several claim the alias; an arbiter has to decide first",
            }));
            continue;
        }
        due.push(Due {
            handle: line.handle,
            attempt: line.attempt.saturating_add(1),
            contributor: line.claimed_by.clone().unwrap_or_else(|| line.contributor.clone()),
            gross: settlement.minor(&line.payable)?,
        });
    }
    Ok((due, disputed))
}

/// Files of payments that one event can be about: of one attempt, with one tax and one fee, near enough to each other.
fn parts(heading: &Heading, payouts: Vec<Payout>, limit: usize) -> Result<Vec<Run>, Failure> {
    let mut groups: BTreeMap<(u32, u16, u64), Vec<Vec<Payout>>> = BTreeMap::new();
    for payout in payouts {
        let key = (payout.reference.attempt(), payout.withholding, payout.fee);
        let groups = groups.entry(key).or_default();
        let handle = payout.reference.handle();
        let reaches = |group: &&mut Vec<Payout>| {
            group.first().is_some_and(|first| handle - first.reference.handle() < MAX_LINES.into())
        };
        match groups.last_mut().filter(reaches) {
            Some(group) => group.push(payout),
            None => groups.push(vec![payout]),
        }
    }
    let mut runs = Vec::new();
    for group in groups.into_values().flatten() {
        runs.extend(heading.split(&group, limit).or_refused()?);
    }
    let all = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    for (run, part) in runs.iter_mut().zip(1..) {
        (run.part, run.parts) = (part, all);
    }
    Ok(runs)
}

/// What the log is told about a file.
fn instruction(run: &Run) -> Result<Payment, Failure> {
    let too_large = || {
        Failure::refused("rail-sum-too-large", "the sums are beyond 2^53 - 1 minor units; use smaller parts")
    };
    let amount = |sum: u128| u64::try_from(sum).ok().filter(|sum| *sum <= MAX_AMOUNT).ok_or_else(too_large);
    let handles: Vec<u64> = run.payouts.iter().map(|payout| payout.reference.handle()).collect();
    let totals = run.totals();
    let first = run.payouts.first();
    let (Some((start, bitmap)), Some(payout)) = (Payment::bitmap_of(&handles), first) else {
        return Err(Failure::refused("rail-empty", "there is nothing to pay in this file"));
    };
    let exchange = run.heading.exchange.map(|exchange| -> Result<_, Failure> {
        Ok(event::Exchange {
            amount: amount(totals.amount)?,
            currency: exchange.currency,
            denominator: exchange.denominator,
            numerator: exchange.numerator,
        })
    });
    Ok(Payment {
        attempt: payout.reference.attempt(),
        bitmap,
        count: u32::try_from(handles.len()).map_err(|_| too_large())?,
        currency: run.heading.currency,
        exchange: exchange.transpose()?,
        fee: payout.fee,
        first: start,
        gross: amount(totals.gross)?,
        net: amount(totals.net)?,
        reason: None,
        settlement: run.heading.settlement,
        state: PaymentState::Instructed,
        tax: amount(totals.tax)?,
        withholding: payout.withholding.into(),
    })
}

/// Minor units of one currency for one of the other, as a fraction in lowest terms, from a rate between whole units.
fn rate_of(from: Currency, to: Currency, rate: &str) -> Option<(u64, u64)> {
    let (whole, part) = rate.split_once('.').unwrap_or((rate, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) || rate.len() > 15 {
        return None;
    }
    let digits: u128 = format!("{whole}{part}").parse().ok()?;
    let scale = |decimals: usize| 10_u128.checked_pow(u32::try_from(decimals).ok()?);
    let numerator = digits.checked_mul(scale(to.decimals().into())?)?;
    let denominator = scale(part.len())?.checked_mul(scale(from.decimals().into())?)?;
    let (mut a, mut b) = (numerator, denominator);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    let within = |n: u128| u64::try_from(n / a.max(1)).ok().filter(|n| (1..=MAX_AMOUNT).contains(n));
    Some((within(numerator)?, within(denominator)?))
}

impl Part {
    fn to_json(&self, code: Currency) -> Value {
        let Totals { lines, gross, tax, fee, net, amount } = self.totals;
        json!({
            "file": self.name.display().to_string(), "payment": self.id, "lines": lines,
            "gross": code.format(gross), "tax": code.format(tax), "fee": code.format(fee), "net": code.format(net),
            "paid_currency": self.paid_in.as_str(), "paid_amount": self.paid_in.format(amount),
        })
    }
}

fn text(
    code: Currency,
    parts: &[Part],
    left: &[Value],
    notices: &[Notice],
    resumed: &[String],
    dry_run: bool,
) -> String {
    let mut out = String::new();
    for file in resumed {
        out.push_str(&format!("{file}: its payment is valid now; an earlier run had stopped before that.\n"));
    }
    let rows: Vec<Vec<String>> = parts
        .iter()
        .map(|part| {
            let Totals { lines, gross, tax, fee, net, amount } = part.totals;
            let mut row = vec![part.name.display().to_string(), lines.to_string()];
            row.extend([gross, tax, fee, net].map(|minor| code.format(minor)));
            row.push(format!("{} {}", part.paid_in.format(amount), part.paid_in));
            row
        })
        .collect();
    if rows.is_empty() {
        out.push_str("Nothing is to be paid.\n");
    } else {
        out.push_str(&table::table(&["file", "lines", "gross", "tax", "fee", "net", "paid"], &rows));
        if dry_run {
            out.push_str("Nothing was logged and nothing written.\n");
        }
    }
    if !left.is_empty() {
        out.push_str(&format!("{} not in it:\n", table::number(left.len() as u64, "line")));
    }
    for line in left {
        let field = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let who = table::shorten(&field("contributor"));
        out.push_str(&format!(
            "  {who}  {} {code}  {} [{}]\n",
            field("gross"),
            field("message"),
            field("code")
        ));
    }
    for notice in notices {
        out.push_str(&format!("note: {} [{}]\n", explain(notice), notice.code()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_between_minor_units() {
        let currency = |code| Currency::parse(code).unwrap();
        let rate = |from, to, rate| rate_of(currency(from), currency(to), rate);
        assert_eq!(rate("USD", "KES", "129.50"), Some((259, 2)));
        assert_eq!(rate("USD", "UGX", "3700"), Some((37, 1)));
        assert_eq!(rate("UGX", "USD", "0.00027"), Some((27, 1_000)));
        assert_eq!(rate("USD", "TND", "3.1"), Some((31, 1)));
        for wrong in ["", "0", "0.0", "-1", "1e3", ".5", "1.2.3", "1,5", "1234567890123456"] {
            assert_eq!(rate("USD", "KES", wrong), None, "{wrong}");
        }
    }
}
