//! What every command is given: where things are, how to ask for a passphrase, and how to answer.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use crate::client::Client;
use crate::failure::{Failure, OrFail as _};
use crate::home::Home;
use crate::passphrase::Source;
use crate::printable;
use crate::profile::Profile;
use crate::project::Project;
use crate::seed::Seed;
use crate::signer::Signer;

/// The global options.
pub(crate) struct Context {
    /// The folder of the profile.
    pub(crate) home: Home,
    /// Answer in JSON, for scripts.
    pub(crate) json: bool,
    /// Where passphrases come from.
    pub(crate) passphrase: Source,
}

impl Context {
    /// Answers: one line of JSON for a script, or `text` for a person.
    ///
    /// # Errors
    /// Standard output can not be written; with status 0 where its reader has left.
    pub(crate) fn answer(&self, value: &Value, text: &str) -> Result<(), Failure> {
        if self.json {
            print(&format!("{value}\n"))
        } else {
            show(&format!("{}\n", text.trim_end_matches('\n')))
        }
    }

    /// Tells a person something that is no part of the answer.
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{}", printable::lines(text));
    }

    /// Shows how far long work is, on a terminal only. An empty text clears the line.
    pub(crate) fn progress(&self, text: &str) {
        let mut stderr = io::stderr();
        if stderr.is_terminal() {
            let _ = write!(stderr, "\r\x1b[2K{text}");
            let _ = stderr.flush();
        }
    }

    /// The profile.
    ///
    /// # Errors
    /// Those of [`Profile::read`].
    pub(crate) fn profile(&self) -> Result<Profile, Failure> {
        Profile::read(&self.home).or_unsure()
    }

    /// The seed; asks for its passphrase if it has one.
    ///
    /// # Errors
    /// Those of [`Seed::read`].
    pub(crate) fn seed(&self) -> Result<Seed, Failure> {
        Seed::read(&self.home.seed(), self.passphrase).or_unsure()
    }

    /// The project with this name or id.
    ///
    /// # Errors
    /// Those of [`Project::find`].
    pub(crate) fn project(&self, text: &str) -> Result<Project, Failure> {
        Project::find(&self.home, text).or_unsure()
    }

    /// This person's key in a project.
    ///
    /// # Errors
    /// Those of [`Seed::read`].
    pub(crate) fn signer(&self, project: &Project) -> Result<Signer, Failure> {
        Ok(project.signer(&self.seed()?))
    }

    /// The ledger of the profile.
    ///
    /// # Errors
    /// Those of [`Profile::read`], and if it names no usable address.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(self.profile()?.url().or_unsure()?)?)
    }
}

/// Writes to standard output for a person: others' words in it can not take over the terminal.
///
/// # Errors
/// Those of [`print`].
pub(crate) fn show(text: &str) -> Result<(), Failure> {
    print(&printable::lines(text))
}

/// Writes to standard output.
///
/// # Errors
/// It can not be written; with status 0 where its reader has left.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure { status: 0, code: "output".into(), message: String::new() },
        _ => Failure::unsure("output", format!("can not write the answer: {error}")),
    })
}
