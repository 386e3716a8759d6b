//! Between the program and its ledger: bytes go through, and where a test wants it an answer does not.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use rustix::process::{Pid, Signal, kill_process_group};

/// The head of a request that logs entries.
const LOGS: &[u8] = b"POST /v1/entries?wait ";

/// Kills a process group when the ledger answers a request that logs entries, before anything of the answer gets through.
struct Trap {
    /// After so many of these requests.
    left: u32,
    group: mpsc::Receiver<Pid>,
}

pub(super) struct Gate {
    pub(super) url: String,
    trap: Arc<Mutex<Option<Trap>>>,
}

impl Gate {
    /// A gate before the ledger at this address, for as long as the test runs.
    pub(super) fn before(ledger: &str) -> Self {
        let ledger = ledger.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let trap = Arc::new(Mutex::new(None));
        let armed = Arc::clone(&trap);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                // The ledger may have been stopped, at the end of the test.
                if let Ok(ledger) = TcpStream::connect(&ledger) {
                    pass(client, ledger, &armed);
                }
            }
        });
        Self { url, trap }
    }

    /// From now on the `count`th request that logs entries is not answered; whom to kill then is said later.
    pub(super) fn arm(&self, count: u32) -> mpsc::Sender<Pid> {
        let (sender, group) = mpsc::channel();
        *self.trap.lock().unwrap() = Some(Trap { left: count, group });
        sender
    }
}

/// Passes bytes on in both directions.
fn pass(client: TcpStream, ledger: TcpStream, trap: &Arc<Mutex<Option<Trap>>>) {
    let is_caught = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) = (client.try_clone().unwrap(), ledger.try_clone().unwrap());
    let (caught, armed) = (Arc::clone(&is_caught), Arc::clone(trap));
    std::thread::spawn(move || {
        copy(&mut from, &mut to, |bytes| {
            if bytes.starts_with(LOGS)
                && let Some(trap) = armed.lock().unwrap().as_mut()
            {
                trap.left -= 1;
                caught.store(trap.left == 0, Ordering::SeqCst);
            }
            true
        });
    });
    let (mut from, mut to, armed) = (ledger, client, Arc::clone(trap));
    std::thread::spawn(move || {
        copy(&mut from, &mut to, |_| {
            if !is_caught.load(Ordering::SeqCst) {
                return true;
            }
            // The ledger answers: what was sent is in the log.
            if let Some(trap) = armed.lock().unwrap().take() {
                kill_process_group(trap.group.recv().unwrap(), Signal::KILL).unwrap();
            }
            false
        });
    });
}

/// Copies until either end closes, or a piece is not to go on.
fn copy(from: &mut TcpStream, to: &mut TcpStream, goes_on: impl Fn(&[u8]) -> bool) {
    let mut bytes = [0; 65_536];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 || !goes_on(&bytes[..read]) || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
