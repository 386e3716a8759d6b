//! Which credits a payslip lists, and the charters that they name.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use lebombo_verifier::Hash;
use lebombo_verifier::fold::LineView;
use lebombo_verifier::money::Currency;
use lebombo_verifier::payslip::{Credits, MAX_CREDITS, MAX_PAYSLIP, Parts};
use lebombo_verifier::settlement::Credit;

use super::{Reading, StatementError};

/// Most bytes of a `decision` line.
const LINE: usize = 96;
/// The most for a hash in base64 and its keyword; the rest of a line of any kind but its long field.
const HASH: usize = 64;

/// Which of a person's credits a payslip lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Those since the settlement before.
    Range,
    /// All, as far as they fit.
    All,
    /// None.
    Nothing,
}

/// A place in a chain of credits: how many come before it, and the last link of these.
type Anchor = (u64, Hash);

impl Reading<'_> {
    /// The credits for a payslip whose other parts are there; what does not fit any more is left out, the oldest first.
    pub(super) fn credits(
        &self,
        of: (Currency, u64),
        view: &LineView,
        listing: Listing,
        room: usize,
    ) -> Result<Credits, StatementError> {
        let end = view.line.credits;
        let (start, mut link) = match listing {
            Listing::Range => self.range_start(of, view)?,
            Listing::All => self.oldest_start(of, view)?,
            Listing::Nothing => (end, view.line.work),
        };
        let mut credits = self.attribution.credits(self.project, &view.line.who, start, end)?;
        let mut payloads = HashMap::new();
        let listed = self.newest_that_fit(&credits, room, &mut payloads)?;
        let left_out = credits.len() - listed;
        for credit in credits.drain(..left_out) {
            link = credit.link(&link);
        }
        let from = end - u64::try_from(listed).unwrap_or(u64::MAX).min(end);
        Credits::of(from, link, &credits, |charter| {
            payloads.get(charter).cloned().ok_or(StatementError::Damaged { what: "charter of a credit" })
        })
    }

    /// How many of these credits fit, the last ones; finds their charters.
    fn newest_that_fit(
        &self,
        credits: &[Credit],
        mut room: usize,
        payloads: &mut HashMap<Hash, Vec<u8>>,
    ) -> Result<usize, StatementError> {
        let most = usize::try_from(MAX_CREDITS).unwrap_or(usize::MAX);
        for (listed, credit) in credits.iter().rev().take(most).enumerate() {
            let is_alike =
                credits.len().checked_sub(listed).is_some_and(|at| credits.get(at) == Some(credit));
            // Of credits alike, one after the other, there is one line for all, or few.
            let mut needed = if is_alike { 1 } else { bytes_of(credit) };
            if let Entry::Vacant(unread) = payloads.entry(credit.charter) {
                let payload = self.attribution.charter_payload(&credit.charter)?;
                let payload = payload.ok_or(StatementError::Damaged { what: "charter of a credit" })?;
                needed += HASH + in_base64(payload.len());
                unread.insert(payload);
            }
            let Some(left) = room.checked_sub(needed) else { return Ok(listed) };
            room = left;
        }
        Ok(credits.len().min(most))
    }

    /// Where the range begins: where the settlement before ended.
    fn range_start(
        &self,
        (currency, number): (Currency, u64),
        view: &LineView,
    ) -> Result<Anchor, StatementError> {
        Ok(self.line_before((currency, number), view.handle)?.unwrap_or_default())
    }

    /// The earliest place that is known from which on all credits can be listed.
    fn oldest_start(&self, of: (Currency, u64), view: &LineView) -> Result<Anchor, StatementError> {
        let nearest = self.range_start(of, view)?;
        let mut start = nearest;
        let mut number = of.1;
        // All lines of later settlements say more credits.
        let since = |start: Anchor| view.line.credits.saturating_sub(start.0);
        while start.0 > 0 && since(start) < MAX_CREDITS {
            number = number.saturating_sub(1);
            start = self.line_before((of.0, number), view.handle)?.unwrap_or_default();
        }
        Ok(if since(start) <= MAX_CREDITS { start } else { nearest })
    }

    /// The credits of a person's line of the settlement before `number`; in any currency, as they are the same in all.
    fn line_before(
        &self,
        (currency, number): (Currency, u64),
        handle: u64,
    ) -> Result<Option<Anchor>, StatementError> {
        let Some(before) = number.checked_sub(1).filter(|before| *before > 0) else { return Ok(None) };
        let damaged = StatementError::Damaged { what: "settlement" };
        let settlement = self.attribution.settlement(self.project, before)?.ok_or(damaged)?;
        let body = super::settlement_body(self.ledger, self.attribution, self.project, &settlement)?;
        let same = body.currencies.iter().any(|settled| settled.currency == currency).then_some(currency);
        let Some(currency) = same.or(body.currencies.first().map(|settled| settled.currency)) else {
            return Ok(None);
        };
        let line = self.attribution.line(self.project, (currency, before), handle)?;
        Ok(line.map(|view| (view.line.credits, view.line.work)))
    }
}

/// At most so many bytes has the `credit` line of a credit: its keyword, spaces, place of the charter and number of times take 24.
fn bytes_of(credit: &Credit) -> usize {
    let digits = |number: u64| number.checked_ilog10().map_or(1, |log| log as usize + 1);
    24 + [credit.index, credit.decided, credit.before, credit.after].map(digits).iter().sum::<usize>()
}

/// The room that is left in a payslip of these parts.
pub(super) fn room(parts: &Parts) -> usize {
    let hashes = |hashes: &[Hash]| (hashes.len() + 1) * HASH;
    let entries = parts.entries.iter().map(|entry| hashes(&entry.path) + in_base64(entry.bytes.len()));
    let decisions = parts.decisions.iter().map(|decision| hashes(&decision.path) + LINE);
    let lines = (parts.path.len() + 1) * 3 * HASH + hashes(&parts.project_path) + 16 * HASH;
    let taken = entries.sum::<usize>() + decisions.sum::<usize>() + lines + parts.checkpoint.len();
    MAX_PAYSLIP.saturating_sub(taken)
}

fn in_base64(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}
