//! `serve`: run a ledger.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lebombo_ledger::attribute::{Attribution, Keeping};
use lebombo_ledger::http::{self, HttpConfig, Listeners};
use lebombo_ledger::{
    AdmissionPolicy, Clock, Config, FileClock, Ledger, Limits, OpenError, QueueBounds, Rate, SignerError,
    SystemClock,
};
use lebombo_verifier::Code as _;
use lebombo_verifier::did::Did;
use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::Origin;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::context::print;
use crate::failure::{Failure, OrFail as _, explain};
use crate::webhook::{self, MAX_WEBHOOKS, Secrets, Target, WebhookError};

/// A list of keys is read up to this size.
const MAX_KEYS_FILE: u64 = 16 << 20;
/// Largest queue that can be asked for, in entries. Their bytes have a bound of their own.
const MAX_QUEUE_ENTRIES: usize = 1 << 20;
/// A snapshot a day, if not more often, in seconds.
const LONGEST_SNAPSHOT_INTERVAL: u64 = 24 * 60 * 60;
/// For threads that still read when the server has ended.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Run a ledger
///
/// Stops in good order on SIGTERM or SIGINT (Ctrl-C): what was sent is answered first. After a crash it recovers when
/// it is started again; nothing that was answered is lost.
#[derive(clap::Args)]
#[command(after_help = "\
Example, the first time:
  $ lebombo serve --origin ledger.example/log --data /srv/ledger --keys /etc/ledger-keys --create
and from then on the same without --create.

The keys folder holds two private keys and what the signer has signed last. Keep it off the disk and out of the
backups of the data folder: a restored backup must not make the log forget what it has signed.
Put a proxy that speaks TLS in front; name it with --trust-proxy, or all its clients share one allowance.")]
pub(crate) struct Args {
    /// The log's name, such as ledger.example/log; it can never change
    #[arg(long, value_parser = origin)]
    origin: Origin,
    /// Folder of the log's data
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of the private keys, outside the data folder
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Serve /metrics at this address
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// Make a new log, and keys where there are none
    #[arg(long)]
    create: bool,
    /// Give up every entry from this index on that was signed but is not in the data folder any more
    #[arg(long, value_name = "INDEX")]
    accept_lost_from: Option<u64>,
    /// Take only events with a signer listed in this file: a did:key a line, # starts a comment
    #[arg(long, value_name = "FILE")]
    admit_keys: Option<PathBuf>,
    /// Entries a second that one key may log in the long run, and how many at once
    #[arg(long, value_name = "RATE[:BURST]", value_parser = rate)]
    per_key: Option<Rate>,
    /// Entries a second that one address may send in the long run, and how many at once
    #[arg(long, value_name = "RATE[:BURST]", value_parser = rate)]
    per_address: Option<Rate>,
    /// Believe what this proxy says in X-Forwarded-For; may be given several times
    #[arg(long, value_name = "IP")]
    trust_proxy: Vec<IpAddr>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = HttpConfig::default().max_connections)]
    max_connections: usize,
    /// Requests at a time
    #[arg(long, value_name = "N", default_value_t = HttpConfig::default().max_requests)]
    max_requests: usize,
    /// Entries that may wait to be written, 1 to 1048576; who comes while so many wait is told to come back (429 busy)
    #[arg(long, value_name = "N", default_value_t = QueueBounds::default().entries, value_parser = queue_entries)]
    queue_entries: usize,
    /// Seconds for requests in flight when the ledger stops
    #[arg(long, value_name = "SECONDS", default_value_t = HttpConfig::default().stop_timeout.as_secs())]
    stop_timeout: u64,
    /// Seconds between two snapshots of the totals while there are changes, 1 to 86400; 0: never any
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = snapshot_interval)]
    snapshot_interval: u64,
    /// Take cosignatures of this auditor for the checkpoints of snapshots, by a key of type 0x04 or 0x06; may be given
    /// several times
    #[arg(long, value_name = "VKEY", value_parser = vkey)]
    auditor: Vec<Vkey>,
    /// Tell this receiver that there are changes to pull (spec/api.md §9), by https, or by http to this machine; may be given
    /// several times
    #[arg(long, value_name = "URL", requires = "webhook_secret_file")]
    webhook: Vec<String>,
    /// What hints are signed with (Standard Webhooks): whsec_ and base64 of 24 to 64 bytes; one file for all receivers, or one
    /// for each
    #[arg(long, value_name = "FILE", requires = "webhook")]
    webhook_secret_file: Vec<PathBuf>,
    /// For tests and demonstrations: take the time from this file, which holds seconds since 1970 and is read anew each
    /// time
    #[arg(long, value_name = "FILE")]
    clock_file: Option<PathBuf>,
    /// Log each request
    #[arg(long)]
    verbose: bool,
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).map_err(|error| error.to_string())
}

/// `RATE[:BURST]`; without a burst as many at once as a batch has.
fn rate(text: &str) -> Result<Rate, String> {
    let number = |text: &str| {
        text.parse::<NonZeroU32>().map_err(|_| format!("{text} is not a number from 1 to {}", u32::MAX))
    };
    let (per_second, burst) = text.split_once(':').map_or((text, None), |(rate, burst)| (rate, Some(burst)));
    let batch = NonZeroU32::new(4_096).ok_or("a batch has entries")?;
    Ok(Rate { per_second: number(per_second)?, burst: burst.map_or(Ok(batch), number)? })
}

fn snapshot_interval(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| *number <= LONGEST_SNAPSHOT_INTERVAL);
    number.ok_or_else(|| format!("{text} is not a number from 0 to {LONGEST_SNAPSHOT_INTERVAL}"))
}

fn vkey(text: &str) -> Result<Vkey, String> {
    Vkey::parse(text).map_err(|error| error.to_string())
}

fn queue_entries(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MAX_QUEUE_ENTRIES).contains(number));
    number.ok_or_else(|| format!("{text} is not a number from 1 to {MAX_QUEUE_ENTRIES}"))
}

impl Args {
    /// Serves until it is told to stop.
    ///
    /// # Errors
    /// Whatever kept the ledger from starting.
    pub(crate) fn run(self, json: bool) -> Result<(), Failure> {
        let level = if self.verbose { tracing::Level::DEBUG } else { tracing::Level::INFO };
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level).with_ansi(false).init();
        let policy = self.policy()?;
        let clock = self.clock()?;
        let webhooks = webhooks(&self.webhook, &self.webhook_secret_file)?;
        let keeping = Keeping {
            snapshot_interval: (self.snapshot_interval > 0)
                .then(|| Duration::from_secs(self.snapshot_interval)),
        };
        let limits = Limits { per_key: self.per_key, per_address: self.per_address };
        let http = HttpConfig {
            max_connections: self.max_connections,
            max_requests: self.max_requests,
            stop_timeout: Duration::from_secs(self.stop_timeout),
            trusted_proxies: self.trust_proxy.iter().map(IpAddr::to_canonical).collect(),
            listed: policy != AdmissionPolicy::Open,
            limits,
            ..HttpConfig::default()
        };
        // Before the log is opened, so that a port in use does not leave a new log behind.
        let public = bind(&self.listen)?;
        let admin = self.admin.as_deref().map(bind).transpose()?;
        let config = Config {
            create: self.create,
            accept_lost_from: self.accept_lost_from,
            policy,
            limits,
            queue: QueueBounds { entries: self.queue_entries, ..QueueBounds::default() },
            auditors: self.auditor,
            clock,
            ..Config::new(self.origin, self.data, self.keys)
        };
        let ledger = Ledger::open(config).map_err(|error| refused(&error))?;
        let attribution = Attribution::start_keeping(&ledger, keeping).or_unsure()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::unsure("no-thread", format!("no threads: {error}")))?;
        runtime.block_on(async {
            let stop = stop_signal()?;
            announce(&ledger, &public, admin.as_ref(), &http, json)?;
            let listeners = Listeners {
                public: listen(public.0)?,
                admin: admin.map(|admin| listen(admin.0)).transpose()?,
            };
            if !webhooks.is_empty() {
                let next = pullable(&ledger, &attribution);
                webhook::start(webhooks, ledger.origin().as_str(), &next);
            }
            http::serve(listeners, ledger, attribution, http, stop).await;
            Ok::<(), Failure>(())
        })?;
        runtime.shutdown_timeout(LAST_MOMENT);
        tracing::info!("stopped");
        Ok(())
    }

    fn clock(&self) -> Result<Arc<dyn Clock>, Failure> {
        Ok(match &self.clock_file {
            Some(path) => Arc::new(FileClock::open(path).or_unsure()?),
            None => Arc::new(SystemClock),
        })
    }

    fn policy(&self) -> Result<AdmissionPolicy, Failure> {
        match &self.admit_keys {
            Some(path) => Ok(AdmissionPolicy::Keys(listed_keys(path)?)),
            None => Ok(AdmissionPolicy::Open),
        }
    }
}

/// Who is told of changes, each with the secrets that they know.
fn webhooks(urls: &[String], files: &[PathBuf]) -> Result<Vec<(Target, Arc<Secrets>)>, Failure> {
    if urls.len() > MAX_WEBHOOKS {
        return Err(WebhookError::TooMany { count: urls.len() }).or_refused();
    }
    let targets = urls.iter().map(|url| Target::parse(url)).collect::<Result<Vec<_>, _>>().or_refused()?;
    if files.len() != targets.len() && files.len() > 1 {
        return Err(WebhookError::SecretFiles { files: files.len(), webhooks: targets.len() }).or_refused();
    }
    let secrets =
        files.iter().map(|path| Secrets::read(path).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    // One for all, or one for each.
    Ok(targets.into_iter().zip(secrets.into_iter().cycle()).collect())
}

/// The index of the last entry that is published and folded, as it grows; `None` before the first. It ends with the ledger.
fn pullable(ledger: &Ledger, attribution: &Attribution) -> watch::Receiver<Option<u64>> {
    let (mut published, mut folded) = (ledger.watch_published(), attribution.watch_cursor());
    let (sender, next) = watch::channel(None);
    tokio::spawn(async move {
        loop {
            let size = (*published.borrow_and_update()).min(*folded.borrow_and_update());
            sender.send_replace(size.checked_sub(1));
            let changed = tokio::select! {
                changed = published.changed() => changed,
                changed = folded.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
        }
    });
    next
}

fn listed_keys(path: &Path) -> Result<BTreeSet<Did>, Failure> {
    let failed = |error| Failure::unsure("admit-keys-unreadable", format!("{}: {error}", path.display()));
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_KEYS_FILE {
        let message =
            format!("{} has more than {MAX_KEYS_FILE} bytes; is it a list of keys?", path.display());
        return Err(Failure::unsure("admit-keys-too-large", message));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let mut keys = BTreeSet::new();
    for (position, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let key = Did::parse(line).map_err(|error| {
            Failure::unsure(error.code(), format!("{}, line {}: {error}", path.display(), position + 1))
        })?;
        keys.insert(key);
    }
    if keys.is_empty() {
        let message = format!("{} lists no key, so nobody could log; list one a line", path.display());
        return Err(Failure::unsure("admit-keys-empty", message));
    }
    Ok(keys)
}

fn bind(address: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error: std::io::Error| {
        let (code, advice) = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                ("port-in-use", "another program listens there; stop it or give another address")
            }
            std::io::ErrorKind::PermissionDenied => {
                ("port-not-allowed", "take a port from 1024 on, behind a proxy")
            }
            _ => ("listen-failed", "give an address of this machine and a port, such as 127.0.0.1:8080"),
        };
        Failure::unsure(code, format!("can not listen on {address}: {error}; {advice}"))
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn listen(listener: TcpListener) -> Result<tokio::net::TcpListener, Failure> {
    let failed = |error| Failure::unsure("listen-failed", format!("can not listen: {error}"));
    tokio::net::TcpListener::from_std(listener).map_err(failed)
}

/// Resolves at the first SIGTERM or SIGINT. From this call on neither ends the process by itself.
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let failed = |error| Failure::unsure("no-signals", format!("signals can not be received: {error}"));
    let receive = |kind| -> Result<Signal, Failure> { signal(kind).map_err(failed) };
    let (mut terminate, mut interrupt) =
        (receive(SignalKind::terminate())?, receive(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests in flight are answered first");
    })
}

/// Says where the ledger listens and by which keys it is checked.
fn announce(
    ledger: &Ledger,
    public: &(TcpListener, SocketAddr),
    admin: Option<&(TcpListener, SocketAddr)>,
    http: &HttpConfig,
    json: bool,
) -> Result<(), Failure> {
    let url = format!("http://{}", public.1);
    let metrics = admin.map(|(_, address)| format!("http://{address}/metrics"));
    let (origin, vkey, key) = (ledger.origin(), ledger.vkey(), ledger.ledger_key());
    let (size, published) = (ledger.size(), ledger.checkpoint().size());
    let admission = if http.listed { "listed" } else { "open" };
    if json {
        let value = json!({
            "listening": url, "metrics": metrics, "origin": origin.as_str(), "vkey": vkey.to_string(),
            "ledger": key.as_str(), "size": size, "published": published, "admission": admission,
        });
        return print(&format!("{value}\n"));
    }
    let admission = if http.listed { "events of listed keys" } else { "everybody's events" };
    let metrics = metrics.map_or(String::new(), |metrics| format!("metrics at {metrics}\n"));
    let entries = if size == 1 { "entry" } else { "entries" };
    print(&format!(
        "The log {origin} is open: {size} {entries}, {published} published. It takes {admission}.\n\
         \x20 checkpoint key  {vkey}\n\
         \x20 ledger key      {key}\n\
         A policy to hand out, for lebombo verify (no witnesses: whoever uses it trusts this ledger alone):\n\
         \x20 log {vkey}\n\
         \x20 quorum none\n\
         {metrics}listening on {url}\n"
    ))
}

/// The refusal, and what the operator can do about it.
fn refused(error: &OpenError) -> Failure {
    let advice = match error {
        OpenError::KeysInsideData { .. } => "give a --keys folder that is not inside the --data folder",
        OpenError::Folder { .. } => "make it, or give another folder",
        OpenError::Key(_) => {
            "put the key back from where you keep it; --create makes keys, for a new log only"
        }
        OpenError::AlreadyOpen(_) => "stop that process first: a log has one writer",
        OpenError::Signer(SignerError::Locked(_)) => "stop that process first: each key has one signer",
        OpenError::ReadOnly { .. } => {
            "check the folder's owner and mode, and whether its file system is mounted read-only"
        }
        OpenError::Full(_) => "free some space; nothing was lost",
        OpenError::Newer { .. } => "start it with that version, or a newer one",
        OpenError::OtherOrigin { .. } => "give the --origin of that log, or another --data folder",
        OpenError::OtherKey { .. } => "give the --keys folder of this log",
        OpenError::SameKey => "take one of the two out of the folder; a new log makes its own with --create",
        OpenError::Clock => "set the clock",
        _ => "",
    };
    let separator = if advice.is_empty() { "" } else { "; " };
    Failure::refused(error.code(), format!("{}{separator}{advice}", explain(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        let of = |text| rate(text).map(|rate| (rate.per_second.get(), rate.burst.get()));
        assert_eq!(of("5"), Ok((5, 4_096)));
        assert_eq!(of("5:10"), Ok((5, 10)));
        for text in ["", "0", "5:0", "5:", ":5", "-1", "1.5", "5:6:7", "4294967296"] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queues() {
        assert_eq!((queue_entries("1"), queue_entries("1048576")), (Ok(1), Ok(1_048_576)));
        for text in ["", "0", "1048577", "-1", "many"] {
            assert!(queue_entries(text).is_err(), "{text}");
        }
    }

    #[test]
    fn intervals() {
        assert_eq!((snapshot_interval("0"), snapshot_interval("86400")), (Ok(0), Ok(86_400)));
        for text in ["", "86401", "-1", "1.5"] {
            assert!(snapshot_interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_of_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            listed_keys(&path).map_err(|failure| failure.code)
        };
        let key = Did::from_key(&[7; 32]);
        assert_eq!(read(&format!("# ours\n\n  {key}  # Ama\n{key}\n")), Ok(BTreeSet::from([key.clone()])));
        assert_eq!(read("# nobody\n"), Err("admit-keys-empty".to_owned()));
        assert_eq!(read(&format!("{key}\ndid:web:x\n")), Err("did-prefix".to_owned()));
        assert_eq!(listed_keys(&folder.path().join("none")).unwrap_err().code, "admit-keys-unreadable");
    }

    #[test]
    fn a_port_in_use_is_said_to_be_so() {
        let (_held, address) = bind("127.0.0.1:0").unwrap();
        assert_eq!(bind(&address.to_string()).unwrap_err().code, "port-in-use");
        assert_eq!(bind("nowhere").unwrap_err().code, "listen-failed");
    }
}
