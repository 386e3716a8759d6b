//! A log over HTTP, as an auditor reads it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lebombo_ledger::audit::{Answer, Source, SourceError};
use lebombo_verifier::Code as _;

use crate::client::{NetError, Transport, printable};
use crate::clock;
use crate::failure::{Failure, explain};

/// Most bytes of an answer that is an error.
const MAX_PROBLEM: u64 = 64 * 1024;
/// Most bytes of the answer to a cosignature.
const MAX_NOTE: u64 = 1 << 20;

/// A ledger's address, or that of a log over plain tiles.
pub(super) struct Web {
    transport: Transport,
    /// Whether the API of a ledger answers there, once that is known.
    has_api: Mutex<Option<bool>>,
}

impl Web {
    /// The log at this address.
    ///
    /// # Errors
    /// [`NetError::Url`]
    pub(super) fn new(url: &str) -> Result<Self, NetError> {
        Ok(Self { transport: Transport::new(url, clock::pause)?, has_api: Mutex::new(None) })
    }

    fn has_api(&self) -> Result<bool, SourceError> {
        let mut known = self.has_api.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = *known {
            return Ok(known);
        }
        let has_api = match self.transport.get("/v1/log", MAX_PROBLEM) {
            Ok(_) => true,
            // Servers of plain files answer in their own ways for what they do not have.
            Err(NetError::Status { status: 400..=499, .. }) => false,
            Err(error) => return Err(failed("v1/log", &error)),
        };
        *known = Some(has_api);
        Ok(has_api)
    }

    /// Adds a cosignature to the checkpoint that the ledger keeps of that size.
    ///
    /// # Errors
    /// Status 1 where the ledger refuses it, 2 where it does not answer.
    pub(super) fn publish(&self, size: u64, line: &str) -> Result<(), Failure> {
        let url = format!("{}/v1/snapshots/{size}/cosignatures", self.transport.base());
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent(concat!("lebombo/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let request = agent.post(&url).header("content-type", "text/plain; charset=utf-8");
        let network = |error: ureq::Error| {
            Failure::unsure("network", format!("no answer from {url}: {}", printable(&error.to_string())))
        };
        let mut response = request.send(line.as_bytes()).map_err(network)?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(MAX_NOTE).read_to_vec().map_err(network)?;
        if status.is_success() {
            return Ok(());
        }
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| printable(problem[name].as_str().unwrap_or_default());
        let message = format!("{url} answered {}: {}", status.as_u16(), text("detail"));
        let code = Some(text("code")).filter(|code| !code.is_empty());
        let code = code.unwrap_or_else(|| "ledger-refused-request".to_owned());
        let is_refusal = status.is_client_error() && status.as_u16() != 429;
        Err(if is_refusal { Failure::refused(code, message) } else { Failure::unsure(code, message) })
    }
}

fn failed(path: &str, error: &NetError) -> SourceError {
    let what = match error {
        NetError::Network { source, .. } => format!("no answer ({})", printable(&explain(source))),
        error => format!("{} [{}]", printable(&explain(error)), error.code()),
    };
    SourceError { path: path.to_owned(), what }
}

impl Source for Web {
    fn read(&self, path: &str, limit: u64) -> Result<Answer, SourceError> {
        match self.transport.get(&format!("/{path}"), limit) {
            Ok(bytes) => Ok(Answer::Found(bytes)),
            Err(NetError::Status { status: 404, .. }) => Ok(Answer::Absent),
            Err(NetError::Status { status: 410, .. }) => Ok(Answer::Gone),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn has_snapshots(&self) -> Result<bool, SourceError> {
        self.has_api()
    }

    fn has_totals(&self) -> Result<bool, SourceError> {
        self.has_api()
    }

    /// Nobody lists them over HTTP.
    fn partials(&self, _: &str) -> Result<Vec<u16>, SourceError> {
        Ok(Vec::new())
    }
}
