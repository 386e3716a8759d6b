//! A small harness for measuring one thing beside another in the same run.
//!
//! It is our own because the question here is always a ratio of two measurements that were taken next to each other,
//! which the usual harnesses do not ask; and because it compiles nothing that the program does not compile anyway, in
//! the program's own profile.

pub mod clock;
pub mod rate;
pub mod report;
