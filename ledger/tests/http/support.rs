//! A ledger behind a real port, events to feed it, and a plain client.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_ledger::attribute::{Attribution, Keeping};
use lebombo_ledger::http::{HttpConfig, Listeners, serve};
use lebombo_ledger::{Config, Ledger, ManualClock};
use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{Envelope, pae};
use lebombo_verifier::event::{
    Activity, Body, Charter, Contribution, Day, Enrolment, Nonce, Payload, Stewards, Token, VerdictRule,
    Verdicts, Work,
};
use lebombo_verifier::origin::Origin;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// No test waits longer for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn origin() -> Origin {
    Origin::parse("log.example/http").unwrap()
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn did(key: &SigningKey) -> Did {
    Did::from_key(&key.verifying_key().to_bytes())
}

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

pub(crate) fn payload(number: u64, signer: &SigningKey, project: Option<Hash>, body: Body) -> Payload {
    let mut nonce = [0; 16];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    let date = Day::parse("2026-07-22").unwrap();
    Payload {
        about: Vec::new(),
        body,
        date,
        id: Nonce(nonce),
        log: origin(),
        project,
        signers: vec![did(signer)],
    }
}

/// Event id and envelope.
pub(crate) fn signed(payload: &Payload, key: &SigningKey) -> (Hash, String) {
    let payload = payload.to_canonical();
    let message = pae(&payload);
    let signatures = vec![(did(key), key.sign(&message).to_bytes())];
    (Hash::of(&message), String::from_utf8(Envelope { payload, signatures }.to_bytes()).unwrap())
}

/// A first charter of which the key is the one steward: item and hour of annotation count.
pub(crate) fn charter(key: &SigningKey) -> (Hash, String) {
    let activity = |unit| Activity {
        activity: token("labelling"),
        unit: token(unit),
        weight: 1,
        work: Work::Annotation,
    };
    let body = Body::Charter(Charter {
        activities: vec![activity("hour"), activity("item")],
        enrolment: Enrolment::Open,
        enrollers: Vec::new(),
        grace: 0,
        import: None,
        name: token("weaving"),
        notice: 7,
        pay: None,
        reasons: Vec::new(),
        replaces: None,
        stewards: Stewards { keys: vec![did(key)], threshold: 1 },
        verdicts: vec![Verdicts { rule: VerdictRule::AtOnce, silence: None, work: Work::Annotation }],
    });
    signed(&payload(0, key, None, body), key)
}

/// Contribution `number`: so many items of annotation.
pub(crate) fn contribution(number: u64, key: &SigningKey, project: Hash, quantity: u32) -> (Hash, String) {
    let body = Body::Contribution(Contribution {
        activity: token("labelling"),
        charter: project,
        contributor: None,
        outcome: None,
        quantity,
        supersedes: None,
        unit: token("item"),
        work: Work::Annotation,
    });
    signed(&payload(number, key, Some(project), body), key)
}

/// The same, with so much evidence named that it is nearly as large as an entry can be.
pub(crate) fn large(number: u64) -> String {
    let body = Body::Contribution(Contribution {
        activity: token("labelling"),
        charter: Hash::of(b"no project"),
        contributor: None,
        outcome: None,
        quantity: 1,
        supersedes: None,
        unit: token("item"),
        work: Work::Annotation,
    });
    let about = (0..700_u16).map(|n| {
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&n.to_be_bytes());
        Hash(digest)
    });
    let payload = payload(number, &key(9), Some(Hash::of(b"no project")), body);
    signed(&Payload { about: about.collect(), ..payload }, &key(9)).1 + "\n"
}

/// An event that is admitted, and void in the fold: nobody knows its project.
pub(crate) fn event(number: u64) -> (Hash, String) {
    contribution(number, &key(9), Hash::of(b"no project"), 1)
}

pub(crate) fn envelopes(numbers: std::ops::Range<u64>) -> String {
    numbers.map(|number| event(number).1 + "\n").collect()
}

/// What a ledger answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The answer to a request that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// The lines of an NDJSON answer.
    pub(crate) fn lines(&self) -> Vec<Value> {
        assert_eq!(self.header("content-type"), "application/x-ndjson");
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Checks that it is a problem document with this status and code, and that it is not kept by caches.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(
            (self.status, self.header("content-type")),
            (status, "application/problem+json"),
            "{text}"
        );
        let body = self.json();
        assert_eq!(body["code"], code, "{text}");
        assert_eq!(body["type"], format!("urn:lebombo:error:{code}"));
        assert_eq!(body["status"], status);
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()));
        // Something for a person to read, and nothing about the machine.
        let folder = std::env::temp_dir().to_string_lossy().into_owned();
        let fine = |detail: &str| !detail.is_empty() && !detail.contains(&folder);
        assert!(body["detail"].as_str().is_some_and(fine), "{text}");
        assert_eq!(self.header("cache-control"), "no-store");
        let waits = matches!(status, 429 | 503);
        assert_eq!(!self.header("retry-after").is_empty(), waits, "Retry-After goes with 429 and 503");
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    agent: ureq::Agent,
    _dir: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(|_, _| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config, &mut HttpConfig)) -> Self {
        Self::keeping(None, change)
    }

    /// With days, marks and snapshots.
    pub(crate) fn keeping(
        keeping: Option<Keeping>,
        change: impl FnOnce(&mut Config, &mut HttpConfig),
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(1_784_700_000_000));
        let mut config = Config::new(origin(), dir.path().join("data"), dir.path().join("keys"));
        config.create = true;
        config.clock = clock.clone();
        let mut http = HttpConfig::default();
        change(&mut config, &mut http);
        let ledger = Ledger::open(config).unwrap();
        let attribution = match keeping {
            Some(keeping) => Attribution::start_keeping(&ledger, keeping),
            None => Attribution::start(&ledger),
        };
        let attribution = attribution.unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let bind = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (public, admin) = (bind(), bind());
        let (address, admin_address) = (public.local_addr().unwrap(), admin.local_addr().unwrap());
        let listeners = Listeners { public, admin: Some(admin) };
        let (stop, stopped) = oneshot::channel::<()>();
        let served = ledger.clone();
        let thread = std::thread::spawn(move || {
            runtime.block_on(serve(listeners, served, attribution, http, async {
                let _ = stopped.await;
            }));
        });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let (stop, thread) = (Some(stop), Some(thread));
        Self { address, admin: admin_address, ledger, clock, stop, thread, agent, _dir: dir }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks for something, with headers.
    pub(crate) fn ask(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = if body.is_empty() && matches!(method, "GET" | "HEAD" | "DELETE") {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut response = answered.unwrap();
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", &self.url(path), &[], b"")
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", &self.url(path), &[("content-type", content_type)], body.as_ref())
    }

    pub(crate) fn send(&self, path: &str, lines: impl AsRef<[u8]>) -> Answer {
        self.post(path, "application/x-ndjson", lines)
    }

    /// Logs entries, waits until they are published and folded.
    pub(crate) fn log(&self, lines: &str) -> Vec<Value> {
        let answers = self.send("/v1/entries?wait", lines).ok().lines();
        for line in &answers {
            assert!(line["published"].is_u64(), "{line}");
        }
        self.fold();
        answers
    }

    /// Waits until the totals have taken in all that is committed.
    pub(crate) fn fold(&self) {
        let size = self.ledger.size();
        // The fold has no signal of its own; asking again costs nothing but this test's time.
        while self.get("/v1/log").ok().json()["as_of"].as_u64().unwrap() < size {
            std::thread::yield_now();
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes as they are and reads until the other end closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Tells the server to stop, without waiting.
    pub(crate) fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped.
    pub(crate) fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.begin_stop();
        if !std::thread::panicking() {
            self.join();
        }
    }
}
