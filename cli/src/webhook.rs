//! Hints to whoever pulls from the ledger: "there is more" (spec/api.md §9), sent as Standard Webhooks.
//!
//! A hint says nothing that is not public, and nothing depends on it: who misses one pulls a little later. So each address has a
//! task of its own, at most one request at a time, and no queue: only how far the feed goes now. A receiver that is slow or down
//! costs one thread and nothing else.

mod secret;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lebombo_verifier::{Code, Hash};
use tokio::sync::watch;
use ureq::Agent;
use ureq::http::{StatusCode, Uri};

use crate::clock;
pub(crate) use secret::Secrets;

/// Most addresses that hints are sent to.
pub(crate) const MAX_WEBHOOKS: usize = 8;
/// For one hint, from finding the address to the head of the answer.
const ONE_TRY: Duration = Duration::from_secs(15);
/// Between a hint that arrived and the next one: what happens meanwhile is one hint.
const BETWEEN: Duration = Duration::from_secs(1);
/// After the first failure; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest wait between two tries, also where the receiver asks for a longer one.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Where hints go. Its path and query are shown to nobody: they may be as good as a password.
#[derive(Clone)]
pub(crate) struct Target {
    url: String,
    shown: String,
    is_local: bool,
}

impl Target {
    /// An https URL; or an http URL of this machine.
    ///
    /// # Errors
    /// `Url`, `UserInUrl`, `NotEncrypted`.
    pub(crate) fn parse(url: &str) -> Result<Self, WebhookError> {
        let uri: Uri = url.parse().map_err(|_| WebhookError::Url)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(WebhookError::Url);
        };
        if authority.as_str().contains('@') {
            return Err(WebhookError::UserInUrl);
        }
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        let shown = format!("{scheme}://{authority}");
        match scheme {
            "https" => {}
            "http" if is_local => {}
            "http" => return Err(WebhookError::NotEncrypted { target: shown }),
            _ => return Err(WebhookError::Url),
        }
        Ok(Self { url: url.to_owned(), shown, is_local })
    }
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tried {
    /// It was answered with 2xx.
    Arrived,
    /// 410: nothing more is to be sent.
    Gone,
    /// Anything else; and for how long the receiver wants to be left alone.
    Failed { why: String, after: Option<Duration> },
}

/// A hint: one that is sent again because the answer was lost has the same id, one that says more has another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    id: String,
    body: String,
}

impl Message {
    /// The feed of the log of this name goes to this index.
    fn new(origin: &str, next: u64) -> Self {
        // An origin has points, which an id must not have.
        let log = Hash::of(origin.as_bytes()).to_string();
        let body = serde_json::json!({"type": "changes", "origin": origin, "next": next}).to_string();
        Self { id: format!("changes_{}_{next}", &log[..16]), body }
    }
}

/// Sends to one address.
struct Sender {
    agent: Agent,
    target: Target,
    secrets: Arc<Secrets>,
    /// Seconds since 1970.
    now: fn() -> u64,
}

impl Sender {
    fn new(target: Target, secrets: Arc<Secrets>, now: fn() -> u64) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ONE_TRY))
            // A receiver that has moved is to be named anew.
            .max_redirects(0)
            .user_agent(concat!("lebombo/", env!("CARGO_PKG_VERSION")));
        if target.is_local {
            // Not by a proxy, which could be elsewhere.
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent(), target, secrets, now }
    }

    /// Blocks until there is an answer, for [`ONE_TRY`] at most.
    fn try_once(&self, message: &Message) -> Tried {
        let timestamp = (self.now)().to_string();
        let sent = self
            .agent
            .post(&self.target.url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", self.secrets.sign(&message.id, &timestamp, &message.body))
            .send(message.body.as_bytes());
        let response = match sent {
            Ok(response) => response,
            Err(error) => return Tried::Failed { why: failure(&error).to_owned(), after: None },
        };
        let status = response.status();
        if status.is_success() {
            return Tried::Arrived;
        }
        if status == StatusCode::GONE {
            return Tried::Gone;
        }
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Tried::Failed {
            why: format!("it answered {}", status.as_u16()),
            after: after.map(Duration::from_secs),
        }
    }
}

/// Why there was no answer, in words that never have the address in them.
fn failure(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "no answer in time",
        ureq::Error::HostNotFound => "its host is not known",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "no secure connection",
        ureq::Error::ConnectionFailed | ureq::Error::Io(_) => "no connection",
        _ => "no answer",
    }
}

/// How long to wait after so many failures in a row, the first being 1.
fn wait_after(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled =
        FIRST_WAIT.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    asked.map_or(doubled, |asked| asked.max(doubled)).min(LONGEST_WAIT)
}

/// Sends a hint to each target now and whenever `next` grows, until `next` ends.
///
/// `next` is the index of the last entry that a pull finds with its standing; `None` where there is none. What stops in here
/// stops the hints to one receiver and nothing else. To be called inside a runtime.
pub(crate) fn start(targets: Vec<(Target, Arc<Secrets>)>, origin: &str, next: &watch::Receiver<Option<u64>>) {
    for (target, secrets) in targets {
        let sender = Arc::new(Sender::new(target, secrets, || clock::now() / 1_000));
        tokio::spawn(keep_sending(sender, origin.to_owned(), next.clone()));
    }
}

async fn keep_sending(sender: Arc<Sender>, origin: String, mut next: watch::Receiver<Option<u64>>) {
    let receiver = sender.target.shown.clone();
    let (mut told, mut failures) = (None, 0_u32);
    loop {
        // The newest: what came while nobody could be told is in it.
        let Ok(newest) = next.wait_for(|next| *next > told).await.map(|next| *next) else { return };
        let Some(index) = newest else { return };
        let (message, trying) = (Message::new(&origin, index), Arc::clone(&sender));
        let tried = tokio::task::spawn_blocking(move || trying.try_once(&message)).await;
        let pause = match tried {
            Ok(Tried::Arrived) => {
                if failures > 0 {
                    tracing::info!(receiver, "hints arrive again");
                }
                (told, failures) = (newest, 0);
                BETWEEN
            }
            Ok(Tried::Gone) => {
                tracing::warn!(
                    receiver,
                    "the receiver wants no more hints (410): none are sent until the next start"
                );
                return;
            }
            Ok(Tried::Failed { why, after }) => {
                failures = failures.saturating_add(1);
                let wait = wait_after(failures, after);
                if failures == 1 {
                    tracing::warn!(
                        receiver,
                        "a hint did not arrive: {why}; it is tried again, at last every {} s",
                        LONGEST_WAIT.as_secs()
                    );
                } else {
                    tracing::debug!(receiver, failures, "a hint did not arrive: {why}");
                }
                wait
            }
            // The thread has panicked, or the program is stopping.
            Err(_) => return,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Why no hints can be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    /// Not a URL.
    #[error("a webhook is the https URL of a receiver, or an http URL of this machine")]
    Url,
    /// A name or a password.
    #[error("a webhook's URL must not have a name or a password in it; its signature says who sends")]
    UserInUrl,
    /// In the clear over a network.
    #[error("{target} is not on this machine, so hints to it are sent by https only")]
    NotEncrypted {
        /// Scheme, host and port.
        target: String,
    },
    /// More than [`MAX_WEBHOOKS`].
    #[error("{count} webhooks; a ledger sends hints to at most {MAX_WEBHOOKS} receivers")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// Neither one for all nor one for each.
    #[error("{files} secret files for {webhooks} webhooks: give one for all, or one for each in their order")]
    SecretFiles {
        /// Files.
        files: usize,
        /// URLs.
        webhooks: usize,
    },
    /// Not of the form of a secret.
    #[error("{file} has no webhook secrets: 1 to 4 lines, each whsec_ and base64 of 24 to 64 random bytes")]
    Secret {
        /// Its name.
        file: String,
    },
}

impl Code for WebhookError {
    fn code(&self) -> &'static str {
        match self {
            Self::Url => "webhook-url",
            Self::UserInUrl => "webhook-url-user",
            Self::NotEncrypted { .. } => "webhook-not-encrypted",
            Self::TooMany { .. } => "webhooks-too-many",
            Self::SecretFiles { .. } => "webhook-secret-files",
            Self::Secret { .. } => "webhook-secret",
        }
    }
}

#[cfg(test)]
mod tests;
