//! `completions` and `man`: made from the same definitions that read the arguments.

use std::path::PathBuf;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Program;
use crate::context::print;
use crate::durable;
use crate::failure::Failure;

/// Print completions for a shell
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo completions bash > ~/.local/share/bash-completion/completions/lebombo")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Write manual pages, one for each command, into a folder
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo man ~/.local/share/man/man1
  $ man lebombo-push")]
pub(super) struct ManArgs {
    /// The folder; it is made if need be
    folder: PathBuf,
}

impl CompletionsArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Program::command(), "lebombo", &mut out);
        print(&String::from_utf8_lossy(&out))
    }
}

impl ManArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let failed = |error| {
            Failure::unsure("man-not-written", format!("can not write to {}: {error}", self.folder.display()))
        };
        durable::make_folder(&self.folder).map_err(failed)?;
        clap_mangen::generate_to(Program::command(), &self.folder).map_err(failed)
    }
}
