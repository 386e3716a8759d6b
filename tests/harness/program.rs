//! The program, run by a person: with a profile folder of its own, and an exit status that is looked at.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::LEBOMBO;

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let status =
            output.status.code().unwrap_or_else(|| panic!("the program was ended by {}", output.status));
        Self { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts that all went well; what it printed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, 0, "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Asserts that all went well; the last line that it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let text = self.ok();
        serde_json::from_str(text.lines().last().unwrap_or_default())
            .unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Asserts how it failed.
    #[track_caller]
    pub(crate) fn fails(&self, status: i32, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}\n{}", self.stdout, self.stderr);
    }

    /// The code at the end of the last error message.
    pub(crate) fn code(&self) -> String {
        let last = self.stderr.lines().last().unwrap_or_default();
        if let Ok(json) = serde_json::from_str::<Value>(last) {
            return json["error"].as_str().unwrap_or_default().to_owned();
        }
        last.rsplit_once('[').and_then(|(_, code)| code.strip_suffix(']')).unwrap_or_default().to_owned()
    }
}

/// The program without anything of this machine's user in its environment.
pub(crate) fn program() -> Command {
    clean(Command::new(LEBOMBO))
}

fn clean(mut command: Command) -> Command {
    for name in [
        "LEBOMBO_HOME",
        "XDG_DATA_HOME",
        "HOME",
        "RUST_LOG",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> Ended {
    let mut command = clean(command);
    Ended::new(command.output().unwrap())
}

/// A folder with a profile, in a temporary place of its own.
pub(crate) struct Home {
    root: TempDir,
}

impl Home {
    /// A place for a profile; nothing is in it yet.
    pub(crate) fn empty() -> Self {
        Self { root: TempDir::new().unwrap() }
    }

    /// A profile bound to a log.
    pub(crate) fn new(url: &str, vkey: &str) -> Self {
        let home = Self::empty();
        home.run(&["init", "--url", url, "--vkey", vkey]).ok();
        home
    }

    /// The folder.
    pub(crate) fn dir(&self) -> PathBuf {
        self.root.path().join("profile")
    }

    /// A file beside the folder, for what a person keeps elsewhere.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file beside the folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.beside(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The same folder on another machine.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::empty();
        super::copy_folder(&self.dir(), &copy.dir());
        copy
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.arg("--home").arg(self.dir()).args(args);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::new(self.command(args).output().unwrap())
    }

    /// Runs the program with `--json`; its last line.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).json()
    }

    /// Runs the program with its standard input as the passphrase's file descriptor.
    pub(crate) fn run_with_passphrase(&self, passphrase: &str, args: &[&str]) -> Ended {
        let mut command = self.command(&[&["--passphrase-fd", "0"], args].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may refuse before it has read anything.
        let _ = child.stdin.take().unwrap().write_all(format!("{passphrase}\n").as_bytes());
        Ended::new(child.wait_with_output().unwrap())
    }

    /// Every file of the folder with this ending, sorted.
    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.dir(), &mut |path| {
            if path.to_str().unwrap().ends_with(ending) {
                found.push(path.to_owned());
            }
        });
        found.sort();
        found
    }

    /// The policy that receipts are verified by.
    pub(crate) fn policy(&self) -> PathBuf {
        self.dir().join("policy")
    }
}

/// Every file in a folder and the folders in it.
pub(crate) fn walk(dir: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}
