//! A ledger as its operator runs it: a process, two folders, a port.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::Origin;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::http::Http;
use super::namespace::Namespace;
use super::program::{Ended, program, run};
use super::wait::{LIMIT, until};
use super::{LEBOMBO, copy_folder};

/// The origin of the logs of most tests, and of the vectors in spec/.
pub(crate) const ORIGIN: &str = "example.org/log";

/// The folders of a ledger, and how it is started.
pub(crate) struct Site {
    root: TempDir,
    pub(crate) origin: Origin,
    data: String,
    keys: String,
    options: Vec<String>,
    prefix: Vec<String>,
}

impl Site {
    /// Empty folders.
    pub(crate) fn new() -> Self {
        Self::with_options(&[])
    }

    /// Empty folders, and more options for `serve`.
    pub(crate) fn with_options(options: &[&str]) -> Self {
        Self {
            root: TempDir::new().unwrap(),
            origin: Origin::parse(ORIGIN).unwrap(),
            data: "data".into(),
            keys: "keys".into(),
            options: options.iter().map(ToString::to_string).collect(),
            prefix: Vec::new(),
        }
    }

    pub(crate) fn origin(mut self, origin: &str) -> Self {
        self.origin = Origin::parse(origin).unwrap();
        self
    }

    /// From now on it is started with these options.
    pub(crate) fn set_options(&mut self, options: &[&str]) {
        self.options = options.iter().map(ToString::to_string).collect();
    }

    /// From now on the ledger runs in this namespace.
    pub(crate) fn inside(&mut self, namespace: &Namespace) {
        self.prefix = namespace.enter();
    }

    /// From now on the ledger runs where everybody does.
    pub(crate) fn outside(&mut self) {
        self.prefix.clear();
    }

    /// From now on the ledger uses another data folder beside the first.
    pub(crate) fn use_data(&mut self, name: &str) {
        name.clone_into(&mut self.data);
    }

    /// From now on the ledger uses another keys folder beside the first.
    pub(crate) fn use_keys(&mut self, name: &str) {
        name.clone_into(&mut self.keys);
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join(&self.data)
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.path().join(&self.keys)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.root.path().to_owned()
    }

    /// Copies one of its folders, under another name beside it.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        copy_folder(&self.root.path().join(from), &self.root.path().join(to));
    }

    /// The program, where the ledger runs.
    fn program(&self) -> Command {
        match self.prefix.split_first() {
            None => program(),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(LEBOMBO);
                command
            }
        }
    }

    /// The command that serves it.
    fn command(&self, more: &[&str]) -> Command {
        let mut command = self.program();
        command
            .args(["serve", "--origin", self.origin.as_str(), "--data"])
            .arg(self.data())
            .arg("--keys")
            .arg(self.keys());
        command.args(["--listen", "127.0.0.1:0"]).args(&self.options).args(more);
        // Most tests count entries; those about marks and snapshots say how often they want them.
        if !self.options.iter().any(|option| option == "--snapshot-interval") {
            command.args(["--snapshot-interval", "0"]);
        }
        command
    }

    /// Makes the log and serves it.
    pub(crate) fn create(self) -> Server {
        self.start(&["--create"])
    }

    /// Serves it.
    pub(crate) fn start(self, more: &[&str]) -> Server {
        Server::spawn(self, more).unwrap_or_else(|ended| panic!("serve ended: {ended:?}"))
    }

    /// Tries to serve what can not be served.
    pub(crate) fn refused(&self, more: &[&str]) -> Ended {
        run(self.command(more))
    }

    /// `lebombo fsck` over the data, which nobody serves now.
    pub(crate) fn fsck(&self) -> Ended {
        let mut command = self.program();
        command.args(["fsck", "--data"]).arg(self.data()).arg("--keys").arg(self.keys());
        run(command)
    }

    /// The checkpoint key, as the operator prints it for people to pin.
    pub(crate) fn vkey(&self) -> Vkey {
        let mut command = program();
        command.args(["key", "show"]).arg(self.keys().join("checkpoint.pem"));
        // `key show` needs no profile, but a place where one could be.
        command.arg("--name").arg(self.origin.as_str()).arg("--home").arg(self.root.path().join("nobody"));
        let text = run(command).ok();
        Vkey::parse(text.lines().nth(1).unwrap()).unwrap()
    }
}

/// A running ledger. It is killed when dropped.
pub(crate) struct Server {
    pub(crate) site: Site,
    child: Child,
    /// Everything that it says on standard error, once it has ended.
    said: Option<thread::JoinHandle<String>>,
    pub(crate) http: Http,
}

impl Server {
    /// Starts a process and waits until it listens, or has ended.
    fn spawn(site: Site, more: &[&str]) -> Result<Self, Ended> {
        let (mut child, said) = begin(&site, more);
        let (sender, receiver) = mpsc::channel();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some(url) = line.trim_end().strip_prefix("listening on ") {
                    let _ = sender.send(url.to_owned());
                }
                line.clear();
            }
        });
        let Ok(base) = receiver.recv_timeout(LIMIT) else {
            let status = until("a server that does not listen to end", || child.try_wait().unwrap());
            let status = status.code().unwrap_or(-1);
            return Err(Ended { status, stdout: String::new(), stderr: said.join().unwrap() });
        };
        let http = Http::new(&base);
        Ok(Self { site, child, said: Some(said), http })
    }

    /// Starts a process and kills it after so many microseconds, wherever it is then.
    pub(crate) fn start_and_kill(site: &Site, after: std::time::Duration) {
        let (mut child, said) = begin(site, &[]);
        thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
        said.join().unwrap();
    }

    pub(crate) fn url(&self) -> &str {
        &self.http.base
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Asks it to stop (SIGTERM) and returns at once.
    pub(crate) fn ask_to_stop(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    /// Waits for its end: its folders, how it ended, what it said.
    pub(crate) fn ended(mut self) -> (Site, ExitStatus, String) {
        let status = until("the server to end", || self.child.try_wait().unwrap());
        let said = self.said.take().unwrap().join().unwrap();
        let mut site = Site::new();
        std::mem::swap(&mut site, &mut self.site);
        (site, status, said)
    }

    /// Stops it in good order.
    pub(crate) fn stop(self) -> Site {
        self.ask_to_stop();
        let (site, status, said) = self.ended();
        assert!(status.success(), "{status}: {said}");
        site
    }

    /// Kills it (SIGKILL).
    pub(crate) fn kill(mut self) -> Site {
        self.child.kill().unwrap();
        let (site, status, _) = self.ended();
        assert_eq!(status.signal(), Some(9));
        site
    }

    /// The checkpoint key.
    pub(crate) fn vkey(&self) -> Vkey {
        self.site.vkey()
    }
}

fn begin(site: &Site, more: &[&str]) -> (Child, thread::JoinHandle<String>) {
    let mut child = site.command(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let said = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    (child, said)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
