//! Folders that can not be written to, or have little room: on Linux, where this process may make namespaces of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that keeps a mount namespace alive until it is dropped.
pub(crate) struct Namespace(Child);

/// Runs `script` with `dir` as `$1` in a new mount namespace; `None`, with a word, where that is not possible.
pub(crate) fn namespace(dir: &Path, script: &str) -> Option<Namespace> {
    let script = format!("{script} && echo ready && read -r _");
    let mut child = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script, "sh"])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| eprintln!("skipped: unshare: {error}"))
        .ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line != "ready\n" {
        let _ = child.wait();
        eprintln!("skipped: this machine lets nobody here mount a folder ({script})");
        return None;
    }
    Some(Namespace(child))
}

impl Namespace {
    /// What to put before a command so that it runs in here. It becomes that command: its process id is the same.
    pub(crate) fn enter(&self) -> Vec<String> {
        vec!["nsenter".into(), format!("--mount=/proc/{}/ns/mnt", self.0.id()), "--".into()]
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Its standard input ends with it, and so does `read`.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A command without any network; `None`, with a word, where that is not possible.
pub(crate) fn without_network(program: &str) -> Option<Command> {
    let possible = Command::new("unshare").args(["--net", "true"]).stderr(Stdio::null()).status();
    if possible.is_ok_and(|status| status.success()) {
        let mut command = Command::new("unshare");
        command.args(["--net", program]);
        return Some(command);
    }
    eprintln!(
        "not tried without a network: this machine lets nobody here take it away (the server is stopped, though)"
    );
    None
}
