//! What a line is paid, and what may become of it (spec/settlement.md §4).

use crate::event::{Exchange, Payment, PaymentState};

/// On what terms lines are paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// Basis points that are withheld as tax, 0 to 10,000.
    pub withholding: u32,
    /// What is kept back for paying, in minor units.
    pub fee: u64,
    /// Numerator and denominator, each from 1: minor units of another currency for one that is paid.
    pub rate: Option<(u64, u64)>,
}

/// What becomes of one line. gross = tax + fee + net.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// What is payable.
    pub gross: u64,
    /// Withheld.
    pub tax: u64,
    /// Kept back.
    pub fee: u64,
    /// What is paid, at least 1.
    pub net: u64,
    /// The same in the currency that is paid, at least 1; below 2^106.
    pub amount: u128,
}

impl Terms {
    /// Those of a payment.
    pub fn of(payment: &Payment) -> Self {
        let rate = payment.exchange.map(|Exchange { numerator, denominator, .. }| (numerator, denominator));
        Self { withholding: payment.withholding, fee: payment.fee, rate }
    }

    /// What a line of which `gross` is payable, at most 2^53 - 1, is paid. `None` where nothing is left to be paid.
    pub fn apply(&self, gross: u64) -> Option<Paid> {
        // Two factors below 2^53 and 2^14.
        let tax = u64::try_from(u128::from(gross) * u128::from(self.withholding) / 10_000).ok()?;
        let net = gross.checked_sub(tax)?.checked_sub(self.fee).filter(|net| *net > 0)?;
        let amount = match self.rate {
            None => net.into(),
            Some((numerator, denominator)) => {
                (u128::from(net) * u128::from(numerator)).checked_div(denominator.into())?
            }
        };
        (amount > 0).then_some(Paid { gross, tax, fee: self.fee, net, amount })
    }
}

/// Whether a line can come from one state to another; it is in none before it is first instructed.
pub fn may_follow(before: Option<PaymentState>, after: PaymentState) -> bool {
    use PaymentState::{Failed, Instructed, Paid, Returned, Unknown};
    match after {
        Instructed => matches!(before, None | Some(Failed | Returned)),
        Paid => matches!(before, Some(Instructed | Unknown | Failed)),
        Failed => matches!(before, Some(Instructed | Unknown)),
        Unknown => matches!(before, Some(Instructed)),
        Returned => matches!(before, Some(Instructed | Unknown | Paid)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounding_is_down_and_what_is_left_is_paid() {
        let terms = Terms { withholding: 333, fee: 10, rate: None };
        let paid = terms.apply(1_000).unwrap();
        assert_eq!((paid.tax, paid.fee, paid.net, paid.amount), (33, 10, 957, 957));
        assert_eq!(terms.apply(10), None);
        let paid = Terms { rate: Some((12_950, 100)), ..terms }.apply(1_000).unwrap();
        assert_eq!(paid.amount, 123_931);
        assert_eq!(Terms { rate: Some((1, 1_000)), ..terms }.apply(1_000), None);
        assert_eq!(Terms { withholding: 10_000, ..Terms::default() }.apply(1_000), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(gross in 1_u64..1 << 53, withholding in 0_u32..=10_000, fee in 0_u64..1_000) {
            if let Some(paid) = (Terms { withholding, fee, rate: None }).apply(gross) {
                prop_assert_eq!(paid.gross, paid.tax + paid.fee + paid.net);
                prop_assert_eq!(u128::from(paid.net), paid.amount);
                prop_assert!(u128::from(paid.tax) * 10_000 <= u128::from(gross) * u128::from(withholding));
            }
        }
    }
}
