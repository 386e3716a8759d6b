//! What a rail file says, read back from its bytes, so that none is given out that says anything else than its run.

use std::collections::HashSet;

use lebombo_verifier::money::Currency;

use super::error::RailError;
use super::reference::Reference;
use super::run::Run;

/// The payments that stand in a file, and what it says of their number and sum.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) lines: Vec<Line>,
    /// Each number of payments that the file states; formats without a header state none.
    pub(crate) counts: Vec<u64>,
    /// Each sum that the file states, in minor units of the currency that is paid.
    pub(crate) sums: Vec<u128>,
}

/// One payment as a file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) reference: Reference,
    /// Minor units of `currency`.
    pub(crate) amount: u64,
    pub(crate) currency: Currency,
}

impl Written {
    /// Whether the file agrees with itself.
    ///
    /// # Errors
    /// `Count`, `Sum`, `Repeated`.
    pub(crate) fn check(&self) -> Result<(), RailError> {
        let mut seen = HashSet::with_capacity(self.lines.len());
        for line in &self.lines {
            if !seen.insert(line.reference) {
                return Err(RailError::Repeated { reference: line.reference });
            }
        }
        let found = self.lines.len() as u64;
        if let Some(stated) = self.counts.iter().copied().find(|stated| *stated != found) {
            return Err(RailError::Count { stated, found });
        }
        let found: u128 = self.lines.iter().map(|line| u128::from(line.amount)).sum();
        if let Some(stated) = self.sums.iter().copied().find(|stated| *stated != found) {
            let format = |minor| match self.lines.first() {
                Some(line) => line.currency.format(minor),
                None => minor.to_string(),
            };
            return Err(RailError::Sum { stated: format(stated), found: format(found) });
        }
        Ok(())
    }

    /// Whether the file has the run's payments, in its order, and no others.
    ///
    /// # Errors
    /// Those of [`Written::check`]; `Count`, `LineDiffers`.
    pub(crate) fn matches(&self, run: &Run) -> Result<(), RailError> {
        self.check()?;
        let (stated, found) = (run.payouts.len() as u64, self.lines.len() as u64);
        if stated != found {
            return Err(RailError::Count { stated, found });
        }
        let currency = run.heading.paid();
        for (line, payout) in self.lines.iter().zip(&run.payouts) {
            let want = Line { reference: payout.reference, amount: payout.amount, currency };
            if *line != want {
                return Err(RailError::LineDiffers { reference: payout.reference });
            }
        }
        Ok(())
    }
}

/// Reads a line's reference, amount and currency.
///
/// # Errors
/// `Unreadable`.
pub(crate) fn line(reference: &str, amount: &str, currency: &str) -> Result<Line, RailError> {
    let unreadable = |what| RailError::Unreadable { what };
    let currency = Currency::parse(currency).ok_or_else(|| unreadable("a currency"))?;
    Ok(Line {
        reference: Reference::parse(reference).ok_or_else(|| unreadable("a reference"))?,
        amount: currency.parse_amount(amount).map_err(|_| unreadable("an amount"))?,
        currency,
    })
}

/// Minor units of a sum, which may be larger than any one amount.
pub(crate) fn sum(currency: Currency, text: &str) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let decimals = usize::from(currency.decimals());
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > decimals {
        return None;
    }
    format!("{whole}{part:0<decimals$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Written {
        let line = |reference: &str, amount: &str| super::line(reference, amount, "USD").unwrap();
        Written {
            lines: vec![line("6b6b6b6b6b6b-USD-1-1", "1.50"), line("6b6b6b6b6b6b-USD-2-1", "2")],
            counts: vec![2, 2],
            sums: vec![350, 350],
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_found_out() {
        assert!(written().check().is_ok());
        let mut file = written();
        file.counts[1] = 3;
        assert!(matches!(file.check(), Err(RailError::Count { stated: 3, found: 2 })));
        let mut file = written();
        file.sums[1] = 351;
        assert!(
            matches!(file.check(), Err(RailError::Sum { stated, found }) if stated == "3.51" && found == "3.50")
        );
        let mut file = written();
        file.lines[1].reference = file.lines[0].reference;
        assert!(matches!(file.check(), Err(RailError::Repeated { .. })));
    }

    #[test]
    fn sums_are_exact() {
        let currency = |code| Currency::parse(code).unwrap();
        assert_eq!(sum(currency("USD"), "90071992547409910.05"), Some(9_007_199_254_740_991_005));
        assert_eq!(sum(currency("USD"), "1"), Some(100));
        assert_eq!(sum(currency("UGX"), "1000"), Some(1000));
        for text in ["", ".5", "1.005", "-1", "1e3"] {
            assert_eq!(sum(currency("USD"), text), None, "{text}");
        }
    }
}
