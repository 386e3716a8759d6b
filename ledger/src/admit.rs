//! Admission: bytes become an [`Admitted`] entry, or are refused with a code.
//!
//! It looks at form, signatures, size, rate and the operator's policy, and at nothing that depends on other events, so
//! it runs on as many threads as there are.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{self, Body, Event, MAX_ENTRY, Malformed};
use lebombo_verifier::origin::Origin;
use lebombo_verifier::{Code, Hash};

use crate::clock::Clock;
use crate::limit::{Granted, Limiter, Limits, network};
use crate::tree;

/// Whose events the operator takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AdmissionPolicy {
    /// Everybody's.
    #[default]
    Open,
    /// Events with at least one of these among their signers.
    Keys(BTreeSet<Did>),
}

/// Why an entry is refused. Nothing was logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than 65,535 bytes.
    #[error("an entry has at most 65535 bytes, this one has {size}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// Its form or a signature is wrong.
    #[error("{0}")]
    Malformed(Malformed),
    /// Made for another log, and void in this one.
    #[error("the event was made for the log {found}, this is {ours}")]
    OtherLog {
        /// The log it names.
        found: Origin,
        /// This log.
        ours: Origin,
    },
    /// A kind that only the ledger itself logs.
    #[error("events of kind {kind} are signed by the ledger's own key")]
    LedgerOnly {
        /// Its kind.
        kind: &'static str,
    },
    /// The operator takes events of listed keys only, and none of the signers is listed.
    #[error("none of the event's signers may log here; ask the operator to list the key")]
    SignerNotAdmitted,
    /// Too much in too short a time.
    #[error("too many entries from this key or address; try again in {} ms", retry_after.as_millis())]
    RateLimited {
        /// When there is allowance again.
        retry_after: Duration,
    },
}

impl Code for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "entry-too-large",
            Self::Malformed(malformed) => malformed.code(),
            Self::OtherLog { .. } => "other-log",
            Self::LedgerOnly { .. } => "reserved-for-ledger",
            Self::SignerNotAdmitted => "signer-not-admitted",
            Self::RateLimited { .. } => "rate-limited",
        }
    }
}

/// An entry that passed admission. Only admission makes one, and only these are sequenced.
#[derive(Debug, Clone)]
pub struct Admitted {
    event: Arc<Event>,
    bytes: Arc<[u8]>,
    leaf: tree::Node,
}

impl Admitted {
    /// The event id.
    pub fn id(&self) -> Hash {
        self.event.id()
    }

    /// The event.
    pub fn event(&self) -> &Arc<Event> {
        &self.event
    }

    /// The envelope, at most 65,535 bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it states the totals. Only the ledger's own are admitted.
    pub(crate) fn is_snapshot(&self) -> bool {
        matches!(self.event.payload().body, Body::Snapshot(_))
    }

    /// The leaf hash, made here because admission has many threads and the writer is one.
    pub(crate) fn leaf(&self) -> tree::Node {
        self.leaf
    }
}

/// What entries are sent for. Each has allowances of its own, so that whoever checks a batch first can log it then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be logged: pays by key and by address.
    Log,
    /// To hear what would become of them: pays by address.
    Check,
}

/// The checks of one ledger.
pub(crate) struct Admission {
    origin: Origin,
    /// The ledger key in force.
    ledger_key: Did,
    policy: AdmissionPolicy,
    per_key: Option<Limiter>,
    per_address: Option<PerAddress>,
    threads: usize,
}

/// The allowances of addresses.
struct PerAddress {
    log: Limiter,
    check: Limiter,
}

/// Below this many entries a second thread costs more than it saves.
const ENTRIES_PER_THREAD: usize = 16;

impl Admission {
    pub(crate) fn new(
        origin: Origin,
        ledger_key: Did,
        policy: AdmissionPolicy,
        limits: Limits,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let limiter = |rate| Limiter::new(rate, Arc::clone(clock));
        Self {
            origin,
            ledger_key,
            policy,
            per_key: limits.per_key.map(limiter),
            per_address: limits
                .per_address
                .map(|rate| PerAddress { log: limiter(rate), check: limiter(rate) }),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Takes `entries`, or as many as there is allowance for, from that of an address: asked before anything costs work.
    pub(crate) fn allow_address(&self, from: IpAddr, purpose: Purpose, entries: usize) -> Granted {
        let Some(limiters) = &self.per_address else {
            return Granted { entries, retry_after: Duration::ZERO };
        };
        let limiter = match purpose {
            Purpose::Log => &limiters.log,
            Purpose::Check => &limiters.check,
        };
        limiter.take_up_to(network(from), entries)
    }

    /// Admits one entry.
    pub(crate) fn admit(&self, bytes: Vec<u8>, purpose: Purpose) -> Result<Admitted, Refused> {
        self.admit_with(&mut event::Checker::default(), bytes, purpose)
    }

    fn admit_with(
        &self,
        checker: &mut event::Checker,
        bytes: Vec<u8>,
        purpose: Purpose,
    ) -> Result<Admitted, Refused> {
        let admitted = self.check(checker, bytes)?;
        // After the signatures, or anybody could use up another's allowance.
        if purpose == Purpose::Log
            && let (Some(limiter), Some(payer)) = (&self.per_key, admitted.event.payload().signers.first())
        {
            limiter.take(payer.key()).map_err(|retry_after| Refused::RateLimited { retry_after })?;
        }
        Ok(admitted)
    }

    /// Admits many, on all cores; answers in the same order.
    pub(crate) fn admit_many(
        &self,
        entries: Vec<Vec<u8>>,
        purpose: Purpose,
    ) -> Vec<Result<Admitted, Refused>> {
        let admit = |share: Vec<Vec<u8>>| {
            let mut checker = event::Checker::default();
            let admit = |bytes| self.admit_with(&mut checker, bytes, purpose);
            share.into_iter().map(admit).collect::<Vec<_>>()
        };
        let threads = self.threads.min(entries.len() / ENTRIES_PER_THREAD).max(1);
        if threads == 1 {
            return admit(entries);
        }
        let share = entries.len().div_ceil(threads);
        let mut entries = entries.into_iter();
        let shares: Vec<Vec<Vec<u8>>> =
            (0..threads).map(|_| entries.by_ref().take(share).collect()).collect();
        std::thread::scope(|scope| {
            let running: Vec<_> = shares.into_iter().map(|share| scope.spawn(|| admit(share))).collect();
            running
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    fn check(&self, checker: &mut event::Checker, bytes: Vec<u8>) -> Result<Admitted, Refused> {
        if bytes.len() > MAX_ENTRY {
            return Err(Refused::TooLarge { size: bytes.len() });
        }
        let event = checker.check(&bytes).map_err(Refused::Malformed)?;
        let payload = event.payload();
        if payload.log != self.origin {
            return Err(Refused::OtherLog { found: payload.log.clone(), ours: self.origin.clone() });
        }
        if matches!(payload.body, Body::Ledger(_) | Body::Day | Body::Mark | Body::Snapshot(_)) {
            if !payload.signers.contains(&self.ledger_key) {
                return Err(Refused::LedgerOnly { kind: payload.body.kind() });
            }
        } else if let AdmissionPolicy::Keys(listed) = &self.policy
            && !payload.signers.iter().any(|signer| listed.contains(signer))
        {
            return Err(Refused::SignerNotAdmitted);
        }
        let leaf = tree::leaf(&bytes);
        Ok(Admitted { event: Arc::new(event), bytes: bytes.into(), leaf })
    }
}
