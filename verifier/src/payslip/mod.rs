//! Payslips: what one person got out of a settlement, what was done about it, and that the ledger stated it
//! (spec/payslip.md).
//!
//! [`Payslip::verify`] alone makes a [`StatedPay`].

mod error;
mod file;
mod verify;

pub use error::{DecisionFault, PaymentFault, PayslipError, PayslipRefused};
pub use file::{Decision, MAX_PAYSLIP, Parts, Payslip};
pub use verify::{PaymentMade, StatedPay};
