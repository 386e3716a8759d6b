//! `demo`: the whole story on one machine, told with the program itself.
//!
//! Every step is a command that the reader can repeat: the demo runs this very program as a child, shows the command
//! line and what it printed, and stops with an error where a step does not end as it should.

mod pay;
mod stage;
mod story;

use std::path::PathBuf;

use crate::failure::Failure;

/// The whole story on one machine: log work, import it, get receipts, verify them with the network gone
///
/// Starts a ledger on a free port of this machine with its data in a temporary folder, and stops it at the end.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo demo
With the records of a folder that holds vu_sound_annotations.csv:
  $ lebombo demo --data ../shared/data")]
pub(crate) struct Args {
    /// Import the real records of this folder too
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Leave ledger data, profiles and receipts in this new folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Args {
    /// Tells the story.
    ///
    /// # Errors
    /// The first step that does not end as it should.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let stage = stage::Stage::set_up(self.keep)?;
        story::tell(stage, self.data)
    }
}
