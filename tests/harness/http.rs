//! HTTP as a stranger sends it.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// One envelope.
pub(crate) const ONE: &str = "application/json";
/// A batch.
pub(crate) const LINES: &str = "application/x-ndjson";

/// Largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 256 << 20;

/// A client of one server; its clones share their connections.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    agent: Agent,
    pub(crate) base: String,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    /// A header's value, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as JSON, a value a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The code of a problem document (RFC 9457), after a look at its form.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}: {}",
            self.status,
            self.text()
        );
        let json = self.json();
        assert_eq!(json["status"], self.status);
        let code = json["code"].as_str().unwrap();
        assert_eq!(json["type"], format!("urn:lebombo:error:{code}"));
        assert!(!json["detail"].as_str().unwrap().is_empty());
        code.to_owned()
    }
}

impl Http {
    pub(crate) fn new(base: &str) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        Self { agent: config.build().into(), base: base.to_owned() }
    }

    /// GET; an error where no whole answer came.
    pub(crate) fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        answer(self.agent.get(format!("{}{path}", self.base)).call()?)
    }

    /// GET.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// GET of what has to be there.
    pub(crate) fn fetch(&self, path: &str) -> Answer {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "GET {path}: {}", String::from_utf8_lossy(&answer.body));
        answer
    }

    /// POST; an error where no whole answer came.
    pub(crate) fn try_post(&self, path: &str, media: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        answer(self.agent.post(format!("{}{path}", self.base)).header("content-type", media).send(body)?)
    }

    /// POST.
    pub(crate) fn post(&self, path: &str, media: &str, body: &[u8]) -> Answer {
        self.try_post(path, media, body).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// Sends entries as one batch; an answer for each.
    pub(crate) fn batch<'e>(&self, entries: impl IntoIterator<Item = &'e Vec<u8>>) -> Vec<Value> {
        let answer = self.post("/v1/entries", LINES, &lines(entries));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.lines()
    }
}

fn answer(response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let (parts, body) = response.into_parts();
    let body = body.into_with_config().limit(MAX_ANSWER).read_to_vec()?;
    Ok(Answer { status: parts.status.as_u16(), body, headers: parts.headers })
}

/// Entries as a batch: each with a line feed after it.
pub(crate) fn lines<'e>(entries: impl IntoIterator<Item = &'e Vec<u8>>) -> Vec<u8> {
    entries.into_iter().flat_map(|entry| entry.iter().copied().chain([b'\n'])).collect()
}
