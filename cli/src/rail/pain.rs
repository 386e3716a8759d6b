//! ISO 20022 pain.001.001.09, the credit transfer initiation that banks take.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::account::{Account, Agent, MAX_NAME};
use super::charset;
use super::error::{LeftOut, RailError};
use super::notice::Notice;
use super::run::{Payout, Run};
use super::written::{self, Written};
use super::xml::{self, Step};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/// Most characters of an account that is no IBAN (Max34Text).
const MAX_OTHER: usize = 34;
/// Most digits of a control sum (DecimalNumber).
const MAX_SUM_DIGITS: usize = 18;

/// Whether a bank can pay it.
///
/// # Errors
/// `AccountKind`, `Identifier`, `Name`.
pub(super) fn carries(payout: &Payout) -> Result<(), LeftOut> {
    reaches(&payout.payee.account)?;
    name(&payout.payee.name).map(|_| ()).ok_or(LeftOut::Name)
}

/// A name as banks take it, which may be longer than it was.
fn name(text: &str) -> Option<String> {
    charset::basic(text).filter(|name| name.len() <= MAX_NAME)
}

fn reaches(account: &Account) -> Result<(), LeftOut> {
    match account.kind() {
        "IBAN" => Ok(()),
        "BBAN" | "ACCOUNT"
            if charset::basic(account.identifier()).as_deref() != Some(account.identifier()) =>
        {
            Err(LeftOut::Identifier)
        }
        "BBAN" | "ACCOUNT" if account.identifier().len() > MAX_OTHER => Err(LeftOut::Identifier),
        "BBAN" | "ACCOUNT" => Ok(()),
        _ => Err(LeftOut::AccountKind),
    }
}

/// What a file says of its payer, payees and itself, as texts: what is written and, read back, compared.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    message_id: String,
    created: String,
    execution: String,
    payer: Party,
    payees: Vec<Party>,
}

/// Name, account and agent as they stand in the file.
#[derive(Default, PartialEq, Eq)]
struct Party {
    name: String,
    account: String,
    agent: String,
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Party(…)")
    }
}

impl Party {
    fn of(text: &str, account: &Account) -> Option<Self> {
        Some(Self {
            name: name(text)?,
            account: account.identifier().to_owned(),
            agent: account.agent().map_or_else(String::new, |agent| agent.as_str().to_owned()),
        })
    }
}

impl Said {
    fn of(run: &Run) -> Result<Self, RailError> {
        let payer = &run.heading.payer;
        reaches(&payer.account).map_err(|_| RailError::PayerAccount)?;
        let payees = run.payouts.iter().map(|payout| {
            let reference = payout.reference;
            carries(payout).map_err(|why| RailError::NotCarried { reference, why })?;
            Party::of(&payout.payee.name, &payout.payee.account)
                .ok_or(RailError::NotCarried { reference, why: LeftOut::Name })
        });
        Ok(Self {
            message_id: run.message_id()?,
            created: run.heading.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            execution: run.heading.execution.to_string(),
            payer: Party::of(&payer.name, &payer.account).ok_or(RailError::PayerName)?,
            payees: payees.collect::<Result<_, _>>()?,
        })
    }
}

/// Elements one in another; a failed write of memory can only be the memory's.
struct Out(Writer<Vec<u8>>);

impl Out {
    fn event(&mut self, event: Event<'_>) -> Result<(), RailError> {
        self.0.write_event(event).map_err(RailError::Unwritten)
    }

    fn leaf(&mut self, name: &str, text: &str) -> Result<(), RailError> {
        self.event(Event::Start(BytesStart::new(name)))?;
        self.event(Event::Text(BytesText::new(text)))?;
        self.event(Event::End(BytesEnd::new(name)))
    }

    fn within(
        &mut self,
        names: &[&str],
        inner: impl FnOnce(&mut Self) -> Result<(), RailError>,
    ) -> Result<(), RailError> {
        for name in names {
            self.event(Event::Start(BytesStart::new(*name)))?;
        }
        inner(self)?;
        names.iter().rev().try_for_each(|name| self.event(Event::End(BytesEnd::new(*name))))
    }

    fn agent(&mut self, name: &str, agent: Option<&Agent>) -> Result<(), RailError> {
        self.within(&[name, "FinInstnId"], |out| match agent {
            Some(Agent::Bic(bic)) => out.leaf("BICFI", bic),
            Some(Agent::Code(code)) => out.within(&["ClrSysMmbId"], |out| out.leaf("MmbId", code)),
            // As the European guidelines write an agent that the bank finds by the IBAN.
            None => out.within(&["Othr"], |out| out.leaf("Id", "NOTPROVIDED")),
        })
    }

    fn account(&mut self, name: &str, account: &Account) -> Result<(), RailError> {
        self.within(&[name, "Id"], |out| match account.kind() {
            "IBAN" => out.leaf("IBAN", account.identifier()),
            kind => out.within(&["Othr"], |out| {
                out.leaf("Id", account.identifier())?;
                match kind {
                    "BBAN" => out.within(&["SchmeNm"], |out| out.leaf("Cd", "BBAN")),
                    _ => Ok(()),
                }
            }),
        })
    }
}

/// Writes a run that was checked.
///
/// # Errors
/// `PayerAccount`, `PayerName`, `NotCarried`, `SumTooLarge`, `Unwritten`.
pub(super) fn write(run: &Run) -> Result<Vec<u8>, RailError> {
    let said = Said::of(run)?;
    let (totals, currency) = (run.totals(), run.heading.paid());
    let (count, sum) = (totals.lines.to_string(), currency.format(totals.amount));
    if sum.bytes().filter(u8::is_ascii_digit).count() > MAX_SUM_DIGITS {
        return Err(RailError::SumTooLarge);
    }
    let mut out = Out(Writer::new_with_indent(Vec::new(), b' ', 1));
    out.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    out.event(Event::Start(BytesStart::new("Document").with_attributes([("xmlns", NAMESPACE)])))?;
    out.within(&["CstmrCdtTrfInitn"], |out| {
        out.within(&["GrpHdr"], |out| {
            out.leaf("MsgId", &said.message_id)?;
            out.leaf("CreDtTm", &said.created)?;
            out.leaf("NbOfTxs", &count)?;
            out.leaf("CtrlSum", &sum)?;
            out.within(&["InitgPty"], |out| out.leaf("Nm", &said.payer.name))
        })?;
        out.within(&["PmtInf"], |out| {
            out.leaf("PmtInfId", &said.message_id)?;
            out.leaf("PmtMtd", "TRF")?;
            out.leaf("NbOfTxs", &count)?;
            out.leaf("CtrlSum", &sum)?;
            out.within(&["ReqdExctnDt"], |out| out.leaf("Dt", &said.execution))?;
            out.within(&["Dbtr"], |out| out.leaf("Nm", &said.payer.name))?;
            out.account("DbtrAcct", &run.heading.payer.account)?;
            out.agent("DbtrAgt", run.heading.payer.account.agent())?;
            run.payouts
                .iter()
                .zip(&said.payees)
                .try_for_each(|(payout, payee)| transfer(out, run, payout, payee))
        })
    })?;
    out.event(Event::End(BytesEnd::new("Document")))?;
    let mut bytes = out.0.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn transfer(out: &mut Out, run: &Run, payout: &Payout, payee: &Party) -> Result<(), RailError> {
    let (currency, account) = (run.heading.paid(), &payout.payee.account);
    out.within(&["CdtTrfTxInf"], |out| {
        out.within(&["PmtId"], |out| out.leaf("EndToEndId", &payout.reference.to_string()))?;
        out.within(&["Amt"], |out| {
            let amount = BytesStart::new("InstdAmt").with_attributes([("Ccy", currency.as_str())]);
            out.event(Event::Start(amount))?;
            out.event(Event::Text(BytesText::new(&currency.format(payout.amount.into()))))?;
            out.event(Event::End(BytesEnd::new("InstdAmt")))
        })?;
        if let Some(agent) = account.agent() {
            out.agent("CdtrAgt", Some(agent))?;
        }
        out.within(&["Cdtr"], |out| {
            out.leaf("Nm", &payee.name)?;
            payout.payee.country.iter().try_for_each(|country| out.leaf("CtryOfRes", country))
        })?;
        out.account("CdtrAcct", account)?;
        out.within(&["RmtInf"], |out| out.leaf("Ustrd", &format!("Settlement {}", run.heading.number)))
    })
}

/// Reads a file back.
fn parse(bytes: &[u8]) -> Result<(Written, Said), RailError> {
    let (mut written, mut said) = (Written::default(), Said::default());
    let (mut counts, mut sums) = (Vec::new(), Vec::new());
    let (mut reference, mut amount, mut payee) = (String::new(), String::new(), Party::default());
    let mut currency = String::new();
    xml::walk(bytes, NAMESPACE, &mut |step| {
        let Step::End(element) = step else { return Ok(()) };
        let Some(path) = element.path.strip_prefix("CstmrCdtTrfInitn/") else { return Ok(()) };
        let text = element.text;
        match path {
            "GrpHdr/MsgId" => text.clone_into(&mut said.message_id),
            "GrpHdr/CreDtTm" => text.clone_into(&mut said.created),
            "GrpHdr/NbOfTxs" | "PmtInf/NbOfTxs" => counts.push(text.to_owned()),
            "GrpHdr/CtrlSum" | "PmtInf/CtrlSum" => sums.push(text.to_owned()),
            "PmtInf/PmtInfId" if text != said.message_id => return Err(RailError::HeadDiffers),
            "PmtInf/ReqdExctnDt/Dt" => text.clone_into(&mut said.execution),
            "PmtInf/CdtTrfTxInf/PmtId/EndToEndId" => text.clone_into(&mut reference),
            "PmtInf/CdtTrfTxInf/Amt/InstdAmt" => {
                text.clone_into(&mut amount);
                element.currency.unwrap_or_default().clone_into(&mut currency);
            }
            "PmtInf/CdtTrfTxInf" => {
                written.lines.push(written::line(&reference, &amount, &currency)?);
                said.payees.push(std::mem::take(&mut payee));
                reference.clear();
                amount.clear();
            }
            path => {
                let party = match path.strip_prefix("PmtInf/CdtTrfTxInf/Cdtr") {
                    Some(rest) => Some((rest, &mut payee)),
                    None => path.strip_prefix("PmtInf/Dbtr").map(|rest| (rest, &mut said.payer)),
                };
                match party {
                    Some(("/Nm", party)) => text.clone_into(&mut party.name),
                    Some(("Acct/Id/IBAN" | "Acct/Id/Othr/Id", party)) => text.clone_into(&mut party.account),
                    Some(("Agt/FinInstnId/BICFI" | "Agt/FinInstnId/ClrSysMmbId/MmbId", party)) => {
                        text.clone_into(&mut party.agent);
                    }
                    _ => {}
                }
            }
        }
        Ok::<(), RailError>(())
    })?;
    let unreadable = |what| RailError::Unreadable { what };
    for count in counts {
        written.counts.push(count.parse().map_err(|_| unreadable("a number of payments"))?);
    }
    if let Some(line) = written.lines.first() {
        for text in sums {
            let sum = written::sum(line.currency, &text).ok_or_else(|| unreadable("a control sum"))?;
            written.sums.push(sum);
        }
    }
    Ok((written, said))
}

/// Whether a file has the run's payments, each from and to whom it should, and both its counts and sums.
///
/// # Errors
/// `Unreadable`, `Xml`, `HeadDiffers`, and those of `Written::matches`.
pub(super) fn compare(bytes: &[u8], run: &Run) -> Result<(), RailError> {
    let (written, mut said) = parse(bytes)?;
    written.matches(run)?;
    let mut want = Said::of(run)?;
    for (payout, (said, want)) in run.payouts.iter().zip(said.payees.iter().zip(&want.payees)) {
        if said != want {
            return Err(RailError::LineDiffers { reference: payout.reference });
        }
    }
    (said.payees, want.payees) = (Vec::new(), Vec::new());
    if said == want && written.counts.len() == 2 && written.sums.len() == 2 {
        Ok(())
    } else {
        Err(RailError::HeadDiffers)
    }
}

/// What the bank does not see as it was given.
pub(super) fn notices(run: &Run, notices: &mut Vec<Notice>) {
    if run.heading.payer.account.agent().is_none() {
        notices.push(Notice::PayerAgentMissing);
    }
    let renamed = run
        .payouts
        .iter()
        .filter(|payout| charset::basic(&payout.payee.name).as_ref() != Some(&payout.payee.name));
    notices.extend(renamed.map(|payout| Notice::NameWritten { reference: payout.reference }));
}
