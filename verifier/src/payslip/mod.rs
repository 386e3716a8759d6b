//! Payslips: what one person got out of a settlement, what was done about it, and that the ledger stated it
//! (spec/payslip.md).
//!
//! [`Payslip::verify`] alone makes a [`StatedPay`].

mod credited;
mod credits;
mod error;
mod file;
mod verify;

pub use credited::{CharterFault, Credited, WorkFault};
pub use credits::{Credits, Listed, MAX_CREDITS};
pub use error::{DecisionFault, PaymentFault, PayslipError, PayslipRefused};
pub use file::{Decision, MAX_PAYSLIP, Parts, Payslip};
pub use verify::{ClaimMade, PaymentMade, StatedPay};
