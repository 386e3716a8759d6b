//! Settlement: who gets what out of which income, to the last minor unit (spec/settlement.md).
//!
//! [`settle`] is the rule, for one currency. The fold calls it when it freezes a project at a mark; what it finds is what
//! a `settlement` event has to state.

mod apportion;
mod credit;
mod line;
mod payment;
mod settle;

pub use credit::Credit;
pub use line::{Line, LineNode, line_leaf};
pub use payment::{Paid, Terms, may_follow};
pub use settle::{Debt, Entitled, Input, Outcome, Payout, Person, Pool, settle};
