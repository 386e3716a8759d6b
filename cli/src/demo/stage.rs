//! What the demo runs on: a folder, a ledger in it, and this program as a child.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::failure::Failure;

/// The log's origin. The name ending is reserved for examples (RFC 2606 §2).
pub(super) const ORIGIN: &str = "demo.lebombo.example/log";

pub(super) struct Stage {
    program: PathBuf,
    folder: PathBuf,
    // Removed when the stage is dropped, but for `--keep`.
    _temporary: Option<tempfile::TempDir>,
    ledger: Option<Ledger>,
}

struct Ledger {
    child: Child,
    url: String,
    // The log's checkpoint key, as the ledger prints it for its operator.
    vkey: String,
    // Held open: a ledger whose output nobody can take would fail to write.
    _output: BufReader<ChildStdout>,
}

impl Stage {
    pub(super) fn set_up(keep: Option<PathBuf>) -> Result<Self, Failure> {
        let program = std::env::current_exe()
            .map_err(|e| Failure::unsure("demo", format!("can not find this program: {e}")))?;
        let (folder, temporary) = match keep {
            Some(folder) => {
                std::fs::create_dir(&folder).map_err(|e| {
                    Failure::unsure("demo", format!("{} must be a new folder: {e}", folder.display()))
                })?;
                let folder = folder.canonicalize().unwrap_or(folder);
                (folder, None)
            }
            None => {
                let temporary = tempfile::Builder::new().prefix("lebombo-demo-").tempdir();
                let temporary =
                    temporary.map_err(|e| Failure::unsure("demo", format!("no temporary folder: {e}")))?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        Ok(Self { program, folder, _temporary: temporary, ledger: None })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        std::fs::write(&path, text)
            .map_err(|e| Failure::unsure("demo", format!("{}: {e}", path.display())))?;
        Ok(path)
    }

    /// Tells the reader something.
    pub(super) fn say(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A reader who has left needs no story; the steps are still run and checked.
        let _ = writeln!(out, "{}", self.shorten(text));
        let _ = out.flush();
    }

    pub(super) fn chapter(&self, text: &str) {
        self.say(&format!("\n── {text} {}", "─".repeat(100_usize.saturating_sub(text.chars().count() + 4))));
    }

    /// Paths inside the demo's folder, without the folder.
    fn shorten(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.display()), "")
    }

    /// Runs the program for a person, shows the command and what it printed, and answers its standard output.
    pub(super) fn run(&self, person: &str, arguments: &[&str]) -> Result<String, Failure> {
        let (status, output) = self.quietly(person, arguments)?;
        self.show(person, arguments, &output);
        if status != 0 {
            return Err(Failure::refused("demo", format!("that step ended with status {status}")));
        }
        Ok(output)
    }

    /// Runs the program where it must refuse, and shows how it does.
    pub(super) fn run_refused(&self, person: &str, arguments: &[&str]) -> Result<(), Failure> {
        let (status, output) = self.quietly(person, arguments)?;
        self.show(person, arguments, &output);
        if status != 1 {
            return Err(Failure::refused(
                "demo",
                format!("that step ended with status {status}; it had to be refused"),
            ));
        }
        Ok(())
    }

    /// Runs the program and answers exit status and output, errors after the rest.
    pub(super) fn quietly(&self, person: &str, arguments: &[&str]) -> Result<(i32, String), Failure> {
        let output = Command::new(&self.program)
            .arg("--home")
            .arg(self.path(person))
            .args(arguments)
            .env_remove("LEBOMBO_HOME")
            .stdin(Stdio::null())
            .output()
            .map_err(|e| Failure::unsure("demo", format!("can not run this program: {e}")))?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned()))
    }

    fn show(&self, person: &str, arguments: &[&str], output: &str) {
        let words: Vec<String> = arguments
            .iter()
            .map(|a| if a.contains([' ', '*']) { format!("'{a}'") } else { (*a).to_owned() })
            .collect();
        self.say(&format!("\n{person} $ lebombo {}", words.join(" ")));
        for line in output.lines() {
            self.say(&format!("    {line}"));
        }
    }

    /// Starts the ledger: a new one, or again over what is there. Answers its address.
    pub(super) fn start_ledger(&mut self, create: bool) -> Result<String, Failure> {
        let mut command = Command::new(&self.program);
        command.args(["serve", "--origin", ORIGIN, "--listen", "127.0.0.1:0", "--data"]);
        command.arg(self.path("ledger-data")).arg("--keys").arg(self.path("ledger-keys"));
        // As often as it can be, so that nobody waits for a total that can be proven.
        command.args(["--snapshot-interval", "1"]);
        if create {
            command.arg("--create");
        }
        let failed = |e: std::io::Error| Failure::unsure("demo", format!("the ledger did not start: {e}"));
        let log = std::fs::File::create(self.path("ledger.log")).map_err(failed)?;
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().map_err(failed)?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Failure::unsure("demo", "the ledger has no output".to_owned()));
        };
        let mut output = BufReader::new(stdout);
        let (mut line, mut vkey) = (String::new(), String::new());
        // Ends when the ledger says where it listens, or has ended and so closed its output.
        while output.read_line(&mut line).map_err(failed)? > 0 {
            if let Some((_, key)) = line.trim_end().split_once("checkpoint key  ") {
                key.clone_into(&mut vkey);
            }
            if let Some((_, url)) = line.trim_end().split_once("listening on ") {
                let url = url.to_owned();
                self.ledger = Some(Ledger { child, url: url.clone(), vkey, _output: output });
                return Ok(url);
            }
            line.clear();
        }
        let said = std::fs::read_to_string(self.path("ledger.log")).unwrap_or_default();
        let _ = child.wait();
        Err(Failure::unsure("demo", format!("the ledger did not start: {}", said.trim())))
    }

    /// Where the ledger listens.
    pub(super) fn url(&self) -> &str {
        self.ledger.as_ref().map_or("", |l| l.url.as_str())
    }

    /// The log's checkpoint key, which everybody in this story has from the operator.
    pub(super) fn vkey(&self) -> &str {
        self.ledger.as_ref().map_or("", |l| l.vkey.as_str())
    }

    /// Stops the ledger as an operator would, and waits until it has ended.
    pub(super) fn stop_ledger(&mut self) -> Result<(), Failure> {
        let Some(mut ledger) = self.ledger.take() else { return Ok(()) };
        if let Some(pid) = i32::try_from(ledger.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself; waiting tells.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let status = ledger
            .child
            .wait()
            .map_err(|e| Failure::unsure("demo", format!("the ledger did not stop: {e}")))?;
        if !status.success() {
            return Err(Failure::refused("demo", format!("the ledger ended with {status}")));
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(ledger) = &mut self.ledger {
            // A step failed: the ledger is of no more use, and neither is its data.
            let _ = ledger.child.kill();
            let _ = ledger.child.wait();
        }
    }
}

/// A file with one byte of its text changed, and where.
pub(super) fn tampered(path: &Path) -> Result<(Vec<u8>, usize), Failure> {
    let mut bytes =
        std::fs::read(path).map_err(|e| Failure::unsure("demo", format!("{}: {e}", path.display())))?;
    // The second line holds what the file is about: a letter in the middle of it is part of that.
    let line = bytes.iter().position(|b| *b == b'\n').unwrap_or(0);
    let end = bytes.iter().skip(line + 1).position(|b| *b == b'\n').map_or(bytes.len(), |n| line + 1 + n);
    let at = line + (end - line) / 2;
    match bytes.get_mut(at) {
        Some(byte) => *byte = if *byte == b'A' { b'B' } else { b'A' },
        None => return Err(Failure::refused("demo", "the file is empty".to_owned())),
    }
    Ok((bytes, at))
}
