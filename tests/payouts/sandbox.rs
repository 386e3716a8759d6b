//! The payout system of the tests, `sandbox.py`, as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::http::{Http, ONE};
use crate::harness::project_root;

/// It is killed when dropped.
pub(super) struct Sandbox {
    child: Child,
    pub(super) http: Http,
}

impl Sandbox {
    pub(super) fn start() -> Self {
        let mut child = Command::new("python3")
            .arg(project_root().join("tests/payouts/sandbox.py"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}"));
        Self { http: Http::new(base), child }
    }

    /// How it treats whose payments, from now on.
    pub(super) fn behave(&self, behaviour: &Value) {
        assert_eq!(self.http.post("/behave", ONE, behaviour.to_string().as_bytes()).status, 200);
    }

    /// What has moved, and what was asked of it.
    pub(super) fn state(&self) -> Value {
        self.http.fetch("/moved").json()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
