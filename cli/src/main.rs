//! The lebombo program: log work, keep receipts, verify them offline, run a ledger.

mod charter_file;
mod client;
mod clock;
mod command;
mod compose;
mod context;
mod cosigners;
#[cfg(feature = "server")]
mod demo;
mod derive;
mod describe;
mod durable;
mod evidence;
mod failure;
mod files;
#[cfg(feature = "server")]
mod fsck;
mod home;
mod import;
mod outbox;
mod passphrase;
mod payments;
mod payslip;
mod pem;
mod printable;
mod profile;
mod project;
mod push;
mod rail;
mod receipts;
mod reviews;
mod seed;
#[cfg(feature = "server")]
mod serve;
mod signer;
mod succession;
mod table;
mod total_proof;
#[cfg(feature = "server")]
mod webhook;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let program = command::Program::parse();
    let json = program.json();
    let Err(failure) = program.run() else { return ExitCode::SUCCESS };
    if failure.status != 0 {
        let text = if json {
            serde_json::json!({"error": failure.code, "message": failure.message}).to_string()
        } else {
            printable::lines(&format!("lebombo: {} [{}]", failure.message, failure.code))
        };
        let _ = writeln!(std::io::stderr(), "{text}");
    }
    ExitCode::from(failure.status)
}
