//! Rails: files by which banks and mobile-money hubs are told to pay, and what they answer (spec/rails.md).
//!
//! Everything here is a function of what it is given: no network, no ledger, no clock. `Heading::join` puts what is due
//! together with the payees file; `Rail::sift` leaves out, and lists, what the rail can not carry; `Heading::split` makes
//! parts; `Rail::write` makes a file of each, reads it back, and gives it out only if it says what it should. `results` reads
//! what came of them.
//!
//! Names and accounts are personal: they stand in the payees file and in rail files, and in no message, notice or `Debug`.

mod account;
mod charset;
mod document;
mod error;
mod g2p;
mod notice;
mod pain;
mod payees;
mod reference;
mod results;
mod run;
mod sheet;
mod written;
mod xml;

pub(crate) use error::{LeftOut, RailError};
pub(crate) use g2p::Mode;
pub(crate) use notice::Notice;
pub(crate) use payees::{Payees, basis_points, readable_by_others};
pub(crate) use reference::Reference;
pub(crate) use results::{
    Expected, Matched, Others, Outcome, ResultError, ResultMap, Source, State, match_results, read,
};
pub(crate) use run::{Due, Exchange, Heading, Payer, Payout, Run, Sorted, Terms, Totals};

/// By what a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rail {
    /// Payment Hub EE's bulk CSV.
    G2p(Mode),
    /// ISO 20022 pain.001.001.09.
    Pain,
    /// Every field, as CSV.
    Csv,
    /// Every field, as JSON.
    Json,
}

/// A file that says what it should.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    /// What the rail does not carry, or does another way.
    pub(crate) notices: Vec<Notice>,
}

impl Rail {
    /// The rail of this name; `mode` is how a G2P hub is to pay.
    ///
    /// # Errors
    /// `Unknown`, `Mode`.
    pub(crate) fn parse(name: &str, mode: &str) -> Result<Self, RailError> {
        match name {
            "g2p" => Ok(Self::G2p(Mode::parse(mode)?)),
            "pain" => Ok(Self::Pain),
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(RailError::Unknown { name: name.to_owned() }),
        }
    }

    /// Most payments of a file, unless a person says otherwise.
    pub(crate) fn limit(&self) -> usize {
        match self {
            // At most 294 bytes a line, so that a part is never above the 100,000 bytes that a hub takes as it is set up at first.
            Self::G2p(_) => 300,
            Self::Pain => 10_000,
            Self::Csv | Self::Json => 1_000_000,
        }
    }

    /// How a file's name ends.
    pub(crate) fn extension(&self) -> &'static str {
        match self {
            Self::G2p(_) | Self::Csv => "csv",
            Self::Pain => "xml",
            Self::Json => "json",
        }
    }

    /// Leaves out what this rail can not carry, so that it is not instructed. What was left out before stays so.
    pub(crate) fn sift(&self, sorted: Sorted) -> Sorted {
        let mut out = Sorted { payouts: Vec::new(), left: sorted.left };
        for payout in sorted.payouts {
            match self.carries(&payout) {
                Ok(()) => out.payouts.push(payout),
                Err(why) => out.left.push(payout.left(why)),
            }
        }
        out.left.sort_by_key(|left| left.handle);
        out
    }

    fn carries(&self, payout: &Payout) -> Result<(), LeftOut> {
        match self {
            Self::G2p(_) => g2p::carries(payout),
            Self::Pain => pain::carries(payout),
            Self::Csv | Self::Json => Ok(()),
        }
    }

    /// Writes one file, reads it back and compares it with its run.
    ///
    /// # Errors
    /// [`RailError`]
    pub(crate) fn write(&self, run: &Run) -> Result<File, RailError> {
        run.check()?;
        let bytes = match self {
            Self::G2p(mode) => g2p::write(run, mode)?,
            Self::Pain => pain::write(run)?,
            Self::Csv => sheet::write(run)?,
            Self::Json => document::write(run)?,
        };
        self.compare(&bytes, run)?;
        let mut notices = notices(run);
        match self {
            Self::G2p(_) => g2p::notices(run, bytes.len(), &mut notices),
            Self::Pain => pain::notices(run, &mut notices),
            Self::Csv | Self::Json => {}
        }
        Ok(File { bytes, notices })
    }

    /// Whether a file says what its run says, and nothing else.
    ///
    /// # Errors
    /// `Unreadable`, `Xml`, `Count`, `Sum`, `Repeated`, `LineDiffers`, `HeadDiffers`.
    pub(crate) fn compare(&self, bytes: &[u8], run: &Run) -> Result<(), RailError> {
        match self {
            Self::G2p(mode) => g2p::compare(bytes, run, mode),
            Self::Pain => pain::compare(bytes, run),
            Self::Csv => sheet::compare(bytes, run),
            Self::Json => document::compare(bytes, run),
        }
    }
}

/// What is so on every rail.
fn notices(run: &Run) -> Vec<Notice> {
    let (heading, totals) = (&run.heading, run.totals());
    let count = |is: fn(&Payout) -> bool| run.payouts.iter().filter(|payout| is(payout)).count() as u64;
    let (currency, mut out) = (heading.currency, Vec::new());
    if run.parts > 1 {
        out.push(Notice::Split { part: run.part, parts: run.parts, limit: run.limit });
    }
    if totals.tax > 0 {
        let lines = count(|payout| payout.tax > 0);
        out.push(Notice::Withheld { currency, amount: currency.format(totals.tax), lines });
    }
    if totals.fee > 0 {
        let lines = count(|payout| payout.fee > 0);
        out.push(Notice::Fees { currency, amount: currency.format(totals.fee), lines });
    }
    if let Some(exchange) = heading.exchange {
        out.push(Notice::Exchanged {
            from: currency,
            net: currency.format(totals.net),
            to: exchange.currency,
            amount: exchange.currency.format(totals.amount),
            numerator: exchange.numerator,
            denominator: exchange.denominator,
        });
    }
    out
}

#[cfg(test)]
mod tests;
