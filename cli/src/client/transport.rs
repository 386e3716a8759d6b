//! Requests over HTTP: time-outs, bounds on answers, and trying again where that can help and does no harm.
//!
//! Every request of ours is idempotent (an event is logged once, however often it is sent), so that all may be tried
//! again after a network error. Nothing that a ledger answers is believed here: receipts are verified by whoever asked.

use std::time::Duration;

use lebombo_verifier::Code;
use serde::Deserialize;
use ureq::Agent;
use ureq::http::{Response, StatusCode};

/// How often a request is sent at most.
const TRIES: u32 = 5;
/// For one try, from finding the address to the last byte of the answer, however the bytes come.
const ONE_TRY: Duration = Duration::from_secs(120);
/// Longest wait that a ledger can ask of us at once.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Most bytes of an answer that is an error.
const MAX_PROBLEM: u64 = 64 * 1024;

/// A ledger's address, and connections to it.
pub(crate) struct Transport {
    base: String,
    agent: Agent,
    pause: fn(Duration),
}

/// Problem details (RFC 9457), as far as we read them.
#[derive(Debug, Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

impl Transport {
    /// Requests to the ledger at `base`, which is an http or https URL. `pause` waits between tries.
    ///
    /// # Errors
    /// [`NetError::Url`]
    pub(crate) fn new(base: &str, pause: fn(Duration)) -> Result<Self, NetError> {
        Self::within(base, pause, ONE_TRY)
    }

    /// The same, with so much time for one try.
    fn within(base: &str, pause: fn(Duration), one_try: Duration) -> Result<Self, NetError> {
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) || base.contains(['?', '#', ' '])
        {
            return Err(NetError::Url { url: base.to_owned() });
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_global(Some(one_try))
            // Answers come as they are, so that bounds on their bytes are bounds on what is read.
            .accept_encoding("")
            .max_redirects(3)
            .user_agent(concat!("lebombo/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { base: base.trim_end_matches('/').to_owned(), agent, pause })
    }

    /// The address, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Reads `path`, at most `limit` bytes.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn get(&self, path: &str, limit: u64) -> Result<Vec<u8>, NetError> {
        let url = format!("{}{path}", self.base);
        self.retry(&url, limit, || self.agent.get(&url).call())
    }

    /// Sends `body`, which is NDJSON, to `path`, and reads at most `limit` bytes.
    ///
    /// # Errors
    /// See [`NetError`].
    pub(crate) fn post(&self, path: &str, body: &[u8], limit: u64) -> Result<Vec<u8>, NetError> {
        let url = format!("{}{path}", self.base);
        self.retry(&url, limit, || {
            self.agent.post(&url).header("content-type", "application/x-ndjson").send(body)
        })
    }

    /// Sends until there is an answer that another try would not change.
    fn retry(
        &self,
        url: &str,
        limit: u64,
        send: impl Fn() -> Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, NetError> {
        let mut tried = 1;
        loop {
            let (error, wait) = match attempt(url, limit, &send) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(wait) = wait.filter(|_| tried < TRIES) else { return Err(error) };
            (self.pause)(wait.unwrap_or(Duration::from_millis(250u64 << tried)).min(LONGEST_WAIT));
            tried += 1;
        }
    }
}

/// Whether to try again, and after which wait if the ledger has said so.
type Again = Option<Option<Duration>>;

fn attempt(
    url: &str,
    limit: u64,
    send: impl Fn() -> Result<Response<ureq::Body>, ureq::Error>,
) -> Result<Vec<u8>, (NetError, Again)> {
    let network = |source: ureq::Error| match source {
        ureq::Error::BodyExceedsLimit(_) => (NetError::TooLarge { url: url.to_owned(), limit }, None),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => (NetError::Url { url: url.to_owned() }, None),
        source => (NetError::Network { url: url.to_owned(), source: Box::new(source) }, Some(None)),
    };
    let mut response = send().map_err(network)?;
    let status = response.status();
    if status.is_success() {
        // The reader refuses an answer of exactly its limit, too.
        return response
            .body_mut()
            .with_config()
            .limit(limit.saturating_add(1))
            .read_to_vec()
            .map_err(network);
    }
    let after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
    let again = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
        .then(|| after.map(Duration::from_secs));
    let body = response.body_mut().with_config().limit(MAX_PROBLEM).read_to_vec().unwrap_or_default();
    let problem: Problem = serde_json::from_slice(&body).unwrap_or_default();
    Err((NetError::status(url, status.as_u16(), problem), again))
}

/// The ledger could not be asked, or its answer is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetError {
    /// Not an address.
    #[error("`{url}` is not an http or https address of a ledger")]
    Url {
        /// What was given.
        url: String,
    },
    /// No answer.
    #[error("no answer from {url}; what waits in the outbox stays there, push again later")]
    Network {
        /// What was asked.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The answer is an error.
    #[error("{url} answered {status}{}{message}", if message.is_empty() { "" } else { ": " })]
    Status {
        /// What was asked.
        url: String,
        /// HTTP status.
        status: u16,
        /// The ledger's code, if it is one.
        code: Option<String>,
        /// The ledger's words, printable characters only.
        message: String,
    },
    /// More bytes than any honest answer has.
    #[error("the answer of {url} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The bound.
        limit: u64,
    },
    /// Not what was asked for.
    #[error("the answer of {url} is not understood: {what}")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        what: String,
    },
}

impl NetError {
    fn status(url: &str, status: u16, problem: Problem) -> Self {
        let token = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let code = Some(problem.code).filter(|c| (1..=64).contains(&c.len()) && c.bytes().all(token));
        let words = if problem.detail.is_empty() { problem.title } else { problem.detail };
        Self::Status { url: url.to_owned(), status, code, message: printable(&words) }
    }

    /// True where the ledger has judged, so that the exit status is 1 and not 2.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Status { status: 400..=499, code: Some(_), .. } if !matches!(self, Self::Status { status: 429, .. }))
    }
}

/// What a stranger has sent, safe to show in a terminal, and not too much of it.
pub(crate) fn printable(text: &str) -> String {
    crate::printable::printable(text).chars().take(500).collect()
}

impl Code for NetError {
    fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "ledger-url",
            Self::Network { .. } => "network",
            Self::Status { .. } => "ledger-refused-request",
            Self::TooLarge { .. } => "ledger-answer-too-large",
            Self::Answer { .. } => "ledger-answer",
        }
    }
}

impl From<NetError> for crate::failure::Failure {
    fn from(error: NetError) -> Self {
        let message = crate::failure::explain(&error);
        let code = match &error {
            NetError::Status { code: Some(code), .. } => code.clone(),
            other => other.code().to_owned(),
        };
        if error.is_refusal() { Self::refused(code, message) } else { Self::unsure(code, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    thread_local! {
        static PAUSES: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
    }

    fn note(time: Duration) {
        PAUSES.with_borrow_mut(|all| all.push(time));
    }

    /// Answers one connection with each text, closing it afterwards, and tells how many there were.
    fn answer(texts: Vec<String>) -> (String, JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            for text in &texts {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                stream.write_all(text.as_bytes()).unwrap();
            }
            texts.len()
        });
        (url, server)
    }

    fn response(status: &str, headers: &str, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    #[test]
    fn tries_again_when_that_can_help_and_waits_as_it_is_told() {
        let (url, server) = answer(vec![
            response("429 Too Many Requests", "retry-after: 7\r\n", ""),
            response("503 Service Unavailable", "retry-after: 900\r\n", ""),
            String::new(),
            response("200 OK", "", "fine"),
        ]);
        PAUSES.take();
        let transport = Transport::new(&format!("{url}/"), note).unwrap();
        assert_eq!(transport.post("/v1/entries", b"{}\n", 100).unwrap(), b"fine");
        assert_eq!(server.join().unwrap(), 4);
        let pauses = PAUSES.take();
        assert_eq!(pauses, [Duration::from_secs(7), LONGEST_WAIT, Duration::from_secs(2)]);
    }

    #[test]
    fn a_refusal_is_final_and_keeps_its_code() {
        let body = r#"{"code":"batch-too-large","title":"t","detail":"no\u001b[31m more","status":413}"#;
        let (url, server) = answer(vec![response("413 Content Too Large", "", body)]);
        let error = Transport::new(&url, note).unwrap().get("/x", 10).unwrap_err();
        server.join().unwrap();
        assert!(error.is_refusal());
        let failure = crate::failure::Failure::from(error);
        assert_eq!((failure.status, failure.code.as_str()), (1, "batch-too-large"));
        assert!(failure.message.ends_with("413: no\u{fffd}[31m more"), "{}", failure.message);
    }

    #[test]
    fn gives_up_after_some_tries() {
        let (url, server) = answer((0..TRIES).map(|_| response("503 Service Unavailable", "", "")).collect());
        let error = Transport::new(&url, note).unwrap().get("/", 10).unwrap_err();
        assert!(matches!(error, NetError::Status { status: 503, .. }));
        server.join().unwrap();
    }

    #[test]
    fn bounds_answers() {
        for (length, fits) in [(10, true), (11, false)] {
            let (url, server) = answer(vec![response("200 OK", "", &"x".repeat(length))]);
            let result = Transport::new(&url, note).unwrap().get("/", 10);
            server.join().unwrap();
            match result {
                Ok(bytes) => assert!(fits && bytes.len() == length),
                Err(error) => assert!(!fits && error.code() == "ledger-answer-too-large"),
            }
        }
    }

    #[test]
    fn an_answer_that_trickles_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // A piece every few milliseconds, which were enough to go on for ever, until the other end has closed.
        const PIECES: usize = 12_000;
        let server = std::thread::spawn(move || {
            let trickle = |head: &str| {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                stream.write_all(head.as_bytes()).unwrap();
                stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
                let is_open = |stream: &mut std::net::TcpStream| {
                    !matches!(stream.read(&mut [0]), Ok(0)) && stream.write_all(b"x").is_ok()
                };
                (0..PIECES).take_while(|_| is_open(&mut stream)).count()
            };
            let body = format!("content-length: {PIECES}\r\n\r\n");
            let heads =
                ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 404 Not Found\r\n"].map(|head| format!("{head}{body}"));
            // The head itself, and bodies of answers of either kind.
            ["HTTP/1.1 200 OK\r\nx: ", &heads[0], &heads[1]].map(trickle)
        });
        let transport = Transport::within(&url, note, Duration::from_millis(150)).unwrap();
        let once = |transport: &Transport| {
            attempt(&url, 1 << 20, || transport.agent.get(&url).call()).unwrap_err().0.code()
        };
        assert_eq!([(); 3].map(|()| once(&transport)), ["network", "network", "ledger-refused-request"]);
        drop(transport);
        for pieces in server.join().unwrap() {
            assert!((1..PIECES / 4).contains(&pieces), "{pieces}");
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for url in
            ["", "ledger.example", "ftp://x", "http://", "http:///x", "https://x/?y", "file:///etc/passwd"]
        {
            assert!(Transport::new(url, note).is_err(), "{url}");
        }
        assert!(Transport::new("https://ledger.example/base/", note).is_ok());
    }
}
