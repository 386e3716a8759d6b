//! Whole-system tests: real servers, real processes, real files, on loopback and in temporary folders.
//!
//! - Every test that has a server ends with [`checker::Stranger::conclude`], the one check of the whole state.
//! - Nothing waits for luck: whatever takes time is waited for, with a limit ([`harness::wait`]).
//! - What depends on the machine (root, namespaces, sample data outside the project) says so when it is skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "seeds and timings, for whoever looks at a run")]

mod amendments;
mod architecture;
mod audit;
mod bad_entries;
mod bad_folders;
mod bad_policies;
mod bad_receipts;
mod batches;
mod checker;
mod claims;
mod crash;
mod credits;
mod days;
mod desk;
mod errors_page;
mod forks;
mod harness;
mod help;
mod importers;
mod lies;
mod life;
mod limits;
mod main_job;
mod many;
mod payments;
mod payouts;
mod reviews;
mod settlements;
mod stewards;
mod stop;
mod totals;
mod webhooks;
