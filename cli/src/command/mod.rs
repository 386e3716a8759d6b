//! One file for each thing that a person can ask for.

#[cfg(feature = "server")]
mod audit;
mod claim;
mod docs;
mod ids;
mod import;
mod income;
mod init;
mod inspect;
mod joint;
mod key;
mod log;
mod member;
mod outbox;
mod payslip;
mod project;
mod push;
mod receipts;
mod retract;
mod review;
mod settlement;
mod sign;
mod status;
mod total;
mod total_proof;
mod verify;
mod whoami;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::home::Home;
use crate::passphrase::Source;

/// Keeps the tally for AI: who gave which data, labour and knowledge, with a proof in everybody's own hands.
///
/// Exit status: 0 done or accepted; 1 refused or invalid; 2 could not tell (network, unreadable file, wrong use).
#[derive(Parser)]
#[command(name = "lebombo", version, color = clap::ColorChoice::Auto, max_term_width = 100)]
pub(crate) struct Program {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
struct Global {
    /// The folder with profile, outbox and receipts [default: the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "LEBOMBO_HOME", hide_env_values = true)]
    home: Option<PathBuf>,
    /// Answer in JSON, one object a line, for scripts
    #[arg(long, global = true)]
    json: bool,
    /// Read the passphrase from the first line of this open file descriptor instead of the terminal
    #[arg(long, global = true, value_name = "N")]
    passphrase_fd: Option<u32>,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Whoami(whoami::Args),
    Project(project::Args),
    Member(member::Args),
    Log(log::Args),
    Import(import::Args),
    Outbox(outbox::Args),
    Push(push::Args),
    Receipts(receipts::Args),
    Review(review::Args),
    Retract(retract::Args),
    Status(status::Args),
    Total(total::Args),
    Payslip(payslip::Args),
    Claim(claim::Args),
    Income(income::Args),
    Settlement(settlement::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Sign(sign::Args),
    Key(key::Args),
    #[cfg(feature = "server")]
    Serve(crate::serve::Args),
    #[cfg(feature = "server")]
    Audit(audit::Args),
    #[cfg(feature = "server")]
    Fsck(crate::fsck::Args),
    #[cfg(feature = "server")]
    Demo(crate::demo::Args),
    Completions(docs::CompletionsArgs),
    Man(docs::ManArgs),
}

impl Program {
    /// Does what was asked.
    ///
    /// # Errors
    /// Whatever kept it from being done.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let passphrase = self.global.passphrase_fd.map_or(Source::Terminal, Source::Descriptor);
        let json = self.global.json;
        // These work without a folder for a profile.
        match self.command {
            Command::Completions(args) => return args.run(),
            Command::Man(args) => return args.run(),
            // Does without a profile, and looks at its receipts where there is one.
            Command::Verify(args) => return args.run(Home::locate(self.global.home).ok(), json),
            Command::Inspect(args) => return args.run(json),
            #[cfg(feature = "server")]
            Command::Serve(args) => return args.run(json),
            #[cfg(feature = "server")]
            Command::Fsck(args) => return args.run(json),
            #[cfg(feature = "server")]
            Command::Demo(args) => return args.run(),
            _ => {}
        }
        let home = Home::locate(self.global.home).or_unsure()?;
        if home.profile().exists() {
            // Copying may have dropped empty folders. Whoever has to write to a folder that can not be made says so.
            let _ = home.ensure();
        }
        let context = Context { home, json, passphrase };
        match self.command {
            Command::Init(args) => args.run(&context),
            Command::Whoami(args) => args.run(&context),
            Command::Project(args) => args.run(&context),
            Command::Member(args) => args.run(&context),
            Command::Log(args) => args.run(&context),
            Command::Import(args) => args.run(&context),
            Command::Outbox(args) => args.run(&context),
            Command::Push(args) => args.run(&context),
            Command::Receipts(args) => args.run(&context),
            Command::Review(args) => args.run(&context),
            Command::Retract(args) => args.run(&context),
            Command::Status(args) => args.run(&context),
            Command::Total(args) => args.run(&context),
            Command::Payslip(args) => args.run(&context),
            Command::Claim(args) => args.run(&context),
            Command::Income(args) => args.run(&context),
            Command::Settlement(args) => args.run(&context),
            Command::Sign(args) => args.run(&context),
            Command::Key(args) => args.run(&context),
            #[cfg(feature = "server")]
            Command::Audit(args) => args.run(&context),
            // Done above.
            _ => Ok(()),
        }
    }

    /// True where failures are to be told in JSON.
    pub(crate) fn json(&self) -> bool {
        self.global.json
    }
}
