//! Hints to pull (spec/api.md §9), as a receiver gets them from a real ledger.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::events::Person;
use crate::harness::program::Home;
use crate::harness::random::Random;
use crate::harness::server::{ORIGIN, Server, Site};
use crate::harness::{project_root, wait};
use crate::payouts::has_python;

const KEY: [u8; 32] = [7; 32];

/// What came, as it came.
struct Hint {
    head: String,
    body: Vec<u8>,
}

impl Hint {
    fn read(stream: &TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let hint = Self { head, body: Vec::new() };
        let mut body = vec![0; hint.header("content-length").parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        Self { body, ..hint }
    }

    fn header(&self, name: &str) -> &str {
        let is_it =
            |line: &&str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        let line = self.head.lines().find(is_it).unwrap_or_else(|| panic!("no {name}: {}", self.head));
        line.split_once(':').unwrap().1.trim()
    }

    /// Checks who has sent it; up to where a pull finds something.
    fn next(&self) -> u64 {
        let time = self.header("webhook-timestamp");
        let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
        for part in [self.header("webhook-id"), ".", time, "."] {
            mac.update(part.as_bytes());
        }
        mac.update(&self.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(self.header("webhook-signature"), expected);
        assert_eq!(self.header("content-type"), "application/json");
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let next = body["next"].as_u64().unwrap();
        assert_eq!(body, json!({"type": "changes", "origin": ORIGIN, "next": next}));
        next
    }
}

/// Answers hints with 204 until the test has enough of it.
struct Receiver {
    address: SocketAddr,
    hints: mpsc::Receiver<Hint>,
    ends: mpsc::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Receiver {
    fn listen(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, hints) = mpsc::channel();
        let (ends, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.try_recv().is_ok() {
                    return;
                }
                let mut stream = stream.unwrap();
                let hint = Hint::read(&stream);
                stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
                if sender.send(hint).is_err() {
                    return;
                }
            }
        });
        Self { address, hints, ends, thread }
    }

    /// Waits for a hint that goes to this index at least; whatever comes before is genuine as well.
    fn until(&self, index: u64) -> Hint {
        loop {
            let hint = self.hints.recv_timeout(wait::LIMIT).unwrap();
            if hint.next() >= index {
                return hint;
            }
        }
    }

    /// From now on nobody listens there.
    fn goes_away(self) -> SocketAddr {
        self.ends.send(()).unwrap();
        // Wakes it up.
        drop(TcpStream::connect(self.address));
        self.thread.join().unwrap();
        self.address
    }
}

fn secret(at: &Home) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = at.write("secret", format!("whsec_{}\n", STANDARD.encode(KEY)));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Logs an event, of no project; its index.
fn log(server: &Server, random: &mut Random) -> u64 {
    let event = Person::new(random).event(&server.site.origin, random);
    server.http.batch([&event.entry])[0]["index"].as_u64().unwrap()
}

/// Whether the pull that a hint asks for finds the entry with its standing.
fn is_pulled(server: &Server, index: u64) {
    let after = index.checked_sub(1).map(|after| format!("after={after}&")).unwrap_or_default();
    let page = server.http.fetch(&format!("/v1/changes?{after}limit=1")).json();
    assert_eq!(page["changes"][0]["index"], index, "{page}");
    assert!(page["changes"][0]["standing"].is_object(), "{page}");
}

#[test]
fn a_receiver_is_told_also_after_it_was_down() {
    let place = Home::empty();
    let receiver = Receiver::listen("127.0.0.1:0");
    let url = format!("http://{}/hints?token=hush", receiver.address);
    // One that takes a connection and never answers: nobody waits for it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}/", silent.local_addr().unwrap());
    let file = secret(&place);
    let options = ["--webhook", &silent_url, "--webhook", &url, "--webhook-secret-file", &file];
    let server = Site::with_options(&options).create();
    receiver.until(0);

    let mut random = Random::new("webhooks");
    let index = log(&server, &mut random);
    let hint = receiver.until(index);
    is_pulled(&server, index);
    documented(&hint);

    // While nobody listens, the ledger works as ever; and what was missed comes later, in one hint.
    let address = receiver.goes_away();
    let last = (0..20).map(|_| log(&server, &mut random)).last().unwrap();
    let receiver = Receiver::listen(&address.to_string());
    receiver.until(last);
    is_pulled(&server, last);

    // After a restart, too.
    let site = server.stop();
    let server = site.start(&[]);
    receiver.until(last);
    server.ask_to_stop();
    let (_, status, said) = server.ended();
    assert!(status.success(), "{said}");
    assert!(
        !said.contains("hush") && !said.contains("whsec_") && !said.contains(&STANDARD.encode(KEY)),
        "{said}"
    );
    drop(silent);
}

/// The code that docs/payouts.md shows finds the hint genuine, and nothing that differs from it.
fn documented(hint: &Hint) {
    if !has_python() {
        return;
    }
    let page = std::fs::read_to_string(project_root().join("docs/payouts.md")).unwrap();
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let given = json!({
        "secret": secret, "body": STANDARD.encode(&hint.body), "now": hint.header("webhook-timestamp").parse::<u64>().unwrap(),
        "headers": {
            "webhook-id": hint.header("webhook-id"), "webhook-timestamp": hint.header("webhook-timestamp"),
            "webhook-signature": hint.header("webhook-signature"),
        },
    });
    let check = r#"
import json, sys
given = json.load(sys.stdin)
secret, headers, now = given["secret"], given["headers"], given["now"]
body = base64.b64decode(given["body"])
other = "whsec_" + base64.b64encode(b"8" * 32).decode()
print([is_genuine(*arguments) for arguments in [
    ([secret], headers, body, now), ([other, secret], headers, body, now + 300),
    ([secret], dict(headers, **{"webhook-signature": "v1,AAAA " + headers["webhook-signature"]}), body, now),
    ([secret], headers, body + b" ", now), ([other], headers, body, now), ([secret], headers, body, now + 301),
    ([secret], dict(headers, **{"webhook-id": "other"}), body, now),
    ([secret], dict(headers, **{"webhook-signature": "v1,"}), body, now),
]])"#;
    let mut command = Command::new("python3");
    command.arg("-c").arg(format!("{code}{check}")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), "[True, True, True, False, False, False, False, False]");
}

#[test]
fn what_would_not_be_safe_is_refused_before_the_log_is_opened() {
    let place = Home::empty();
    let file = secret(&place);
    let site = Site::new();
    let refused = |options: &[&str], code: &str| {
        let ended = site.refused(&[&["--create"], options].concat());
        ended.fails(1, code);
        assert!(!ended.stderr.contains("hush"), "{ended:?}");
        assert!(!site.data().exists());
    };
    let to = |url| ["--webhook", url, "--webhook-secret-file", &file];
    refused(&to("http://pay.example/?token=hush"), "webhook-not-encrypted");
    refused(&to("https://ama:hush@pay.example/"), "webhook-url-user");
    refused(&to("hush"), "webhook-url");
    let nine: Vec<&str> = ["--webhook", "https://pay.example/"].repeat(9);
    refused(&[&nine[..], &["--webhook-secret-file", &file]].concat(), "webhooks-too-many");
    refused(
        &[&to("https://pay.example/")[..], &["--webhook-secret-file", &file]].concat(),
        "webhook-secret-files",
    );
    let none = place.write("none", "hush");
    std::fs::set_permissions(&none, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    refused(&["--webhook", "https://pay.example/", "--webhook-secret-file", &none], "webhook-secret");
    let ended = site.refused(&["--create", "--webhook", "https://pay.example/"]);
    assert_eq!(ended.status, 2, "{ended:?}");
}
