//! What a ledger says of a project's money. Nothing of it is verified.

use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::event::{self, Carried, Token};
use lebombo_verifier::money::Currency;
use lebombo_verifier::payslip::MAX_PAYSLIP;
use serde::{Deserialize, Serialize};

use super::{Client, MAX_ANSWER, MAX_PAGE, NetError};

/// A project's money.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Money {
    pub(crate) settlements: u64,
    pub(crate) last: Option<String>,
    pub(crate) is_closing: bool,
    pub(crate) currencies: Vec<Books>,
    pub(crate) frozen: Option<Frozen>,
    pub(crate) as_of: u64,
}

/// What it has and owes in one currency, in decimal numbers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Books {
    pub(crate) currency: String,
    pub(crate) income: String,
    pub(crate) unsettled: String,
    pub(crate) unconfirmed: String,
    pub(crate) accrued: String,
    pub(crate) reserve: String,
    pub(crate) unallocated: String,
    pub(crate) reversals: String,
}

/// What the next settlement has to say.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Frozen {
    pub(crate) number: u64,
    pub(crate) snapshot: Option<String>,
    pub(crate) currencies: Vec<Settled>,
}

/// The same in one currency.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) currency: String,
    pub(crate) before: Purses,
    pub(crate) after: Purses,
    pub(crate) income: String,
    pub(crate) unconfirmed: String,
    pub(crate) payable: String,
    pub(crate) owed: String,
    pub(crate) reversed: String,
    pub(crate) funds: Vec<Fund>,
    pub(crate) lines: u64,
    pub(crate) root: String,
}

/// Money that is carried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Purses {
    pub(crate) held: String,
    pub(crate) reserve: String,
    pub(crate) unallocated: String,
}

/// What a fund gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fund {
    pub(crate) name: String,
    pub(crate) amount: String,
}

/// A person's line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) handle: u64,
    pub(crate) contributor: String,
    pub(crate) points: String,
    pub(crate) ever: String,
    pub(crate) held_before: String,
    pub(crate) owed_before: String,
    pub(crate) accrued: String,
    pub(crate) settled: String,
    pub(crate) share: String,
    pub(crate) payable: String,
    pub(crate) held: String,
    pub(crate) owed: String,
    pub(crate) credits: u64,
    pub(crate) work: String,
    pub(crate) debts: Vec<Debt>,
    pub(crate) state: String,
    pub(crate) attempt: u32,
    pub(crate) instructed: Option<Instructed>,
    pub(crate) claimed_by: Option<String>,
    pub(crate) is_disputed: bool,
}

/// What was instructed in the last attempt to pay a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instructed {
    pub(crate) payment: String,
    pub(crate) gross: String,
    pub(crate) tax: String,
    pub(crate) fee: String,
    pub(crate) net: String,
    pub(crate) currency: String,
    pub(crate) amount: String,
}

/// A settlement by its number, or what is frozen, with all of its lines in one currency.
#[derive(Debug)]
pub(crate) struct Lines {
    /// Event id of the settlement, where it is valid.
    pub(crate) settlement: Option<String>,
    /// Sum of what is payable, as the ledger says it.
    pub(crate) payable: String,
    pub(crate) lines: Vec<Line>,
}

/// What is still owed of one range.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Debt {
    pub(crate) range: u64,
    pub(crate) amount: String,
}

#[derive(Debug, Deserialize)]
struct LineTotals {
    lines: u64,
    payable: String,
}

#[derive(Debug, Deserialize)]
struct LinesPage {
    settlement: Option<String>,
    totals: LineTotals,
    lines: Vec<Line>,
    next: Option<u64>,
}

impl Settled {
    /// What a `settlement` event says of this currency; `None` where it is nothing that one can say.
    pub(crate) fn body(&self) -> Option<event::Settled> {
        let currency = Currency::parse(&self.currency)?;
        let amount = |text: &str| currency.parse_amount(text).ok();
        let carried = |purses: &Purses| {
            Some(Carried {
                held: amount(&purses.held)?,
                reserve: amount(&purses.reserve)?,
                unallocated: amount(&purses.unallocated)?,
            })
        };
        let fund = |fund: &Fund| Some((Token::parse(&fund.name)?, amount(&fund.amount)?));
        Some(event::Settled {
            after: carried(&self.after)?,
            before: carried(&self.before)?,
            currency,
            funds: self.funds.iter().map(fund).collect::<Option<_>>()?,
            income: amount(&self.income)?,
            lines: self.lines,
            owed: amount(&self.owed)?,
            payable: amount(&self.payable)?,
            reversed: amount(&self.reversed)?,
            root: Hash::from_hex(&self.root)?,
            unconfirmed: amount(&self.unconfirmed)?,
        })
    }
}

impl Client {
    /// The payslip of a contributor. Nothing in it is verified.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn payslip(
        &self,
        project: &Hash,
        number: u64,
        currency: Currency,
        contributor: &str,
        credits: &str,
    ) -> Result<Vec<u8>, NetError> {
        let path = format!(
            "/v1/projects/{project}/settlements/{number}/payslips/{contributor}?currency={currency}&credits={credits}"
        );
        self.transport.get(&path, MAX_PAYSLIP as u64)
    }

    /// A project's money.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn money(&self, project: &Hash) -> Result<Money, NetError> {
        let path = format!("/v1/projects/{project}/money");
        self.json(&path, &self.transport.get(&path, MAX_ANSWER)?)
    }

    /// All lines of a settlement in one currency, by handle: as many as there are.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn lines(&self, project: &Hash, number: u64, currency: &str) -> Result<Lines, NetError> {
        let path =
            format!("/v1/projects/{project}/settlements/{number}/lines?currency={currency}&limit=1000");
        let (lines, page) = self.line_pages(&path, 0, u64::MAX)?;
        if lines.len() as u64 != page.totals.lines {
            return Err(self.bad(&path, "pages end before the last line"));
        }
        Ok(Lines { settlement: page.settlement, payable: page.totals.payable, lines })
    }

    /// Its lines from one handle to another, both included, by the settlement's event id.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn lines_between(
        &self,
        project: &Hash,
        settlement: &Hash,
        currency: Currency,
        (first, last): (u64, u64),
    ) -> Result<Vec<Line>, NetError> {
        let path =
            format!("/v1/projects/{project}/settlements/{settlement}/lines?currency={currency}&limit=1000");
        let (mut lines, _) = self.line_pages(&path, first, last)?;
        lines.retain(|line| line.handle <= last);
        Ok(lines)
    }

    /// The lines of aliases that a key has claimed, where the claim is in force.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn claimed_lines(
        &self,
        project: &Hash,
        number: u64,
        currency: Currency,
        claimant: &Did,
    ) -> Result<Vec<Line>, NetError> {
        let query = format!("currency={currency}&claimed_by={claimant}&limit=1000");
        let path = format!("/v1/projects/{project}/settlements/{number}/lines?{query}");
        let (mut lines, mut after): (Vec<Line>, Option<u64>) = (Vec::new(), None);
        loop {
            let path = format!("{path}{}", after.map(|after| format!("&after={after}")).unwrap_or_default());
            let page: LinesPage = self.json(&path, &self.transport.get(&path, MAX_PAGE)?)?;
            let of_claimant = |line: &Line| line.claimed_by.as_deref() == Some(claimant.as_str());
            lines.extend(page.lines.into_iter().filter(of_claimant));
            match page.next {
                None => return Ok(lines),
                // Pages may be empty, as each looks at so many lines only.
                next if next > after => after = next,
                Some(_) => return Err(self.bad(&path, "pages go backwards")),
            }
        }
    }

    /// Pages of lines from the handle `first` on, until there are no more or `last` is among them; the last page, without
    /// its lines.
    fn line_pages(&self, path: &str, first: u64, last: u64) -> Result<(Vec<Line>, LinesPage), NetError> {
        let mut lines: Vec<Line> = Vec::new();
        loop {
            let after = lines.last().map(|line| line.handle).or(first.checked_sub(1));
            let path = format!("{path}{}", after.map(|after| format!("&after={after}")).unwrap_or_default());
            let mut page: LinesPage = self.json(&path, &self.transport.get(&path, MAX_PAGE)?)?;
            for line in std::mem::take(&mut page.lines) {
                if lines.last().is_some_and(|last| line.handle <= last.handle) {
                    return Err(self.bad(&path, "pages go backwards"));
                }
                lines.push(line);
            }
            let reached = lines.last().map(|line| line.handle);
            match page.next {
                None => return Ok((lines, page)),
                _ if reached.is_some_and(|reached| reached >= last) => return Ok((lines, page)),
                next if next == reached => {}
                Some(_) => return Err(self.bad(&path, "`next` is not the last of its page")),
            }
        }
    }
}
