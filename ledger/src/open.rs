//! Opening: everything that must hold before the first entry is taken, each with an answer of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use lebombo_verifier::did::Did;
use lebombo_verifier::event::{self, Body, Nonce, Payload};
use lebombo_verifier::note::Vkey;
use lebombo_verifier::origin::Origin;
use lebombo_verifier::{Code, Hash};

use crate::admit::{Admission, AdmissionPolicy, Purpose, Refused};
use crate::clock::{NoEntropy, today};
use crate::config::Config;
use crate::cosign::AuditorError;
use crate::keys::{self, KeyFileError, LedgerKey};
use crate::limit::Limits;
use crate::publish::PublishError;
use crate::sequence::{Batch, CommittedHead};
use crate::signer::{Signer, SignerError};
use crate::store::engine::{Engine, EngineError};
use crate::store::{Identity, Store, StoreError};
use crate::tree::{Frontier, Prover, TreeError};

/// The rules version of a new log.
const RULES: u64 = 1;

/// Why a ledger does not open. Nothing has changed, unless a new log was being created: creating again then goes on.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys would go into every backup of the data.
    #[error(
        "the keys folder {keys} lies inside the data folder {data}; keys and signer state must be kept apart"
    )]
    KeysInsideData {
        /// The keys folder.
        keys: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
    /// A folder could not be made or looked at.
    #[error("{path} can not be used: {error}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// A private key is missing, exposed or malformed.
    #[error("{0}")]
    Key(KeyFileError),
    /// The signer refuses.
    #[error("{0}")]
    Signer(SignerError),
    /// Another process has the data folder.
    #[error("the data folder {0} is already open in another process")]
    AlreadyOpen(PathBuf),
    /// The data folder can not be written to.
    #[error("the data folder {path} can not be written to: {reason}")]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// The engine's words.
        reason: String,
    },
    /// No space is left.
    #[error("no space is left for the data folder {0}")]
    Full(PathBuf),
    /// The data folder is of a newer program.
    #[error("the data folder {path} was written by a newer version of the program: {reason}")]
    Newer {
        /// The folder.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The data folder is damaged.
    #[error("the data folder {path} is damaged: {reason}; restore it from a backup")]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The engine failed in another way.
    #[error("the data folder {path} can not be opened: {reason}")]
    Engine {
        /// The folder.
        path: PathBuf,
        /// The engine's words.
        reason: String,
    },
    /// There is no log, and none was to be made.
    #[error(
        "there is no ledger in {0} yet: --create makes one. If there should be one, check the path and whether its disk is \
         mounted"
    )]
    NoLog(PathBuf),
    /// There is no log, but one was signed with these keys.
    #[error(
        "there is no log in {path}, but these keys have signed one of {signed} entries: mount or restore its data; a new \
         log needs new keys"
    )]
    DataMissing {
        /// The data folder.
        path: PathBuf,
        /// Size that was signed last.
        signed: u64,
    },
    /// There is a log where a new one was to be made.
    #[error("there is a log in {0} already; leave --create away to open it")]
    LogExists(PathBuf),
    /// The folder holds another log.
    #[error("the data folder holds the log {found}, not {expected}")]
    OtherOrigin {
        /// Origin in the folder.
        found: String,
        /// Origin asked for.
        expected: Origin,
    },
    /// Entry 0 does not name these keys.
    #[error("entry 0 of the log names another {which} key than {path} holds")]
    OtherKey {
        /// `checkpoint` or `ledger`.
        which: &'static str,
        /// The key file.
        path: PathBuf,
    },
    /// Both keys are the same.
    #[error("the checkpoint key and the ledger key are the same key; each key has one use")]
    SameKey,
    /// Entry 0 could not be made.
    #[error("the log's first entry was refused: {0}")]
    Genesis(Refused),
    /// The clock stands at no day that an event can have.
    #[error("the machine's clock is after the year 9999")]
    Clock,
    /// No random bytes.
    #[error("{0}")]
    Entropy(NoEntropy),
    /// An auditor's key can not be used.
    #[error("{0}")]
    Auditor(AuditorError),
    /// The first checkpoint could not be published.
    #[error("{0}")]
    Publish(PublishError),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(io::Error),
}

impl Code for OpenError {
    fn code(&self) -> &'static str {
        match self {
            Self::KeysInsideData { .. } => "keys-inside-data",
            Self::Folder { .. } => "folder-unusable",
            Self::Key(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::AlreadyOpen(_) => "data-already-open",
            Self::ReadOnly { .. } => "data-read-only",
            Self::Full(_) => "data-full",
            Self::Newer { .. } => "data-newer",
            Self::Damaged { .. } => "data-damaged",
            Self::Engine { .. } => "data-unusable",
            Self::NoLog(_) => "no-log",
            Self::DataMissing { .. } => "data-missing",
            Self::LogExists(_) => "log-exists",
            Self::OtherOrigin { .. } => "data-other-origin",
            Self::OtherKey { .. } => "other-key",
            Self::SameKey => "key-reused",
            Self::Genesis(error) => error.code(),
            Self::Clock => "clock-out-of-range",
            Self::Entropy(_) => "no-entropy",
            Self::Auditor(error) => error.code(),
            Self::Publish(error) => error.code(),
            Self::Thread(_) => "no-thread",
        }
    }
}

impl OpenError {
    pub(crate) fn engine(path: &Path, error: EngineError, signed: u64) -> Self {
        let path = path.to_owned();
        match error {
            EngineError::Missing if signed > 0 => Self::DataMissing { path, signed },
            EngineError::Missing => Self::NoLog(path),
            EngineError::AlreadyOpen | EngineError::Fenced => Self::AlreadyOpen(path),
            EngineError::ReadOnly(reason) => Self::ReadOnly { path, reason },
            EngineError::Full => Self::Full(path),
            EngineError::Newer(reason) => Self::Newer { path, reason },
            EngineError::Corrupt(reason) => Self::Damaged { path, reason },
            EngineError::Io(reason) => Self::Engine { path, reason },
        }
    }

    pub(crate) fn store(path: &Path, error: StoreError) -> Self {
        match error {
            StoreError::Engine(error) => Self::engine(path, error, 0),
            StoreError::Damaged { .. } => Self::Damaged { path: path.to_owned(), reason: error.to_string() },
        }
    }

    pub(crate) fn tree(path: &Path, error: TreeError) -> Self {
        match error {
            TreeError::Store(error) => Self::store(path, error),
            other => Self::Damaged { path: path.to_owned(), reason: other.to_string() },
        }
    }
}

/// A log that is ready to go on.
pub(crate) struct Opened {
    pub(crate) store: Arc<Store>,
    pub(crate) head: CommittedHead,
    pub(crate) frontier: Frontier,
    pub(crate) signer: Signer,
    pub(crate) ledger_key: LedgerKey,
}

/// Opens or creates the log, with `open_engine(create)` to open its store.
pub(crate) fn open(
    config: &Config,
    open_engine: &dyn Fn(bool) -> Result<Arc<dyn Engine>, EngineError>,
) -> Result<Opened, OpenError> {
    refuse_keys_inside_data(config)?;
    let (checkpoint_key, ledger_key) = match load_keys(config) {
        // Whoever starts for the first time misses more than the keys.
        Err(OpenError::Key(KeyFileError::Missing { .. }))
            if open_engine(false).is_err_and(|error| error == EngineError::Missing) =>
        {
            return Err(OpenError::NoLog(config.data_dir.clone()));
        }
        keys => keys?,
    };
    let mut signer =
        Signer::open(&config.keys_dir, &config.origin, checkpoint_key).map_err(OpenError::Signer)?;
    let signed = signer.state().map_or(0, |head| head.size);
    let data = &config.data_dir;
    if config.create && signed > 0 {
        // Either there is a log, or it has gone missing; in neither case is a new one made with these keys.
        return Err(match open_engine(false) {
            Ok(_) => OpenError::LogExists(data.clone()),
            Err(error) => OpenError::engine(data, error, signed),
        });
    }
    let engine = open_engine(config.create).map_err(|error| OpenError::engine(data, error, signed))?;
    let store = Arc::new(Store::new(engine));
    match store.identity().map_err(|error| OpenError::store(data, error))? {
        Identity::Newer { found, known } => {
            let reason = format!("its format is {found}, this program knows formats up to {known}");
            return Err(OpenError::Newer { path: data.clone(), reason });
        }
        Identity::Log(found) if found != config.origin.as_str() => {
            return Err(OpenError::OtherOrigin { found, expected: config.origin.clone() });
        }
        Identity::Log(_) if config.create => return Err(OpenError::LogExists(data.clone())),
        Identity::Log(_) => {}
        Identity::Empty if config.create => create(config, &store, &mut signer, &ledger_key)?,
        Identity::Empty if signed > 0 => return Err(OpenError::DataMissing { path: data.clone(), signed }),
        Identity::Empty => return Err(OpenError::NoLog(data.clone())),
    }
    check_keys(config, &store, signer.vkey(), ledger_key.did())?;
    let head = CommittedHead::read(&store).map_err(|error| OpenError::store(data, error))?;
    let damaged = |error| OpenError::tree(data, error);
    let frontier = Frontier::load(&*store, head.head().size).map_err(damaged)?;
    if frontier.root() != head.head().root {
        let reason = "the tiles do not give the root of the tree head".to_owned();
        return Err(OpenError::Damaged { path: data.clone(), reason });
    }
    let root_at = |size| -> Result<Hash, TreeError> { Ok(Prover::new(&*store, size)?.root()) };
    signer.reconcile(head, &root_at, config.accept_lost_from).map_err(OpenError::Signer)?;
    Ok(Opened { store, head, frontier, signer, ledger_key })
}

fn refuse_keys_inside_data(config: &Config) -> Result<(), OpenError> {
    if config.create {
        for dir in [&config.data_dir, &config.keys_dir] {
            make_private_dir(dir).map_err(|error| OpenError::Folder { path: dir.clone(), error })?;
        }
    }
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    let folder = |path: &Path, error| OpenError::Folder { path: path.to_owned(), error };
    let data = real(&config.data_dir).map_err(|error| folder(&config.data_dir, error))?;
    let keys = real(&config.keys_dir).map_err(|error| folder(&config.keys_dir, error))?;
    if keys.starts_with(&data) {
        return Err(OpenError::KeysInsideData { keys, data });
    }
    Ok(())
}

fn make_private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn load_keys(config: &Config) -> Result<(SigningKey, LedgerKey), OpenError> {
    let [checkpoint, ledger] =
        [keys::CHECKPOINT_KEY, keys::LEDGER_KEY].map(|name| config.keys_dir.join(name));
    if config.create {
        for path in [&checkpoint, &ledger] {
            keys::create(path, &*config.entropy).map_err(OpenError::Key)?;
        }
    }
    let checkpoint = keys::load(&checkpoint).map_err(OpenError::Key)?;
    let ledger = keys::load(&ledger).map_err(OpenError::Key)?;
    if checkpoint.verifying_key() == ledger.verifying_key() {
        return Err(OpenError::SameKey);
    }
    Ok((checkpoint, LedgerKey::new(ledger)))
}

/// Makes entry 0 and commits it with the log's identity.
fn create(config: &Config, store: &Store, signer: &mut Signer, key: &LedgerKey) -> Result<(), OpenError> {
    let did = key.did().clone();
    let entry = genesis(config, signer.vkey(), key)?;
    // Through admission like every other entry: a log whose own first entry is malformed must not come to be.
    let admission =
        Admission::new(config.origin.clone(), did, AdmissionPolicy::Open, Limits::default(), &config.clock);
    let entry = admission.admit(entry, Purpose::Log).map_err(OpenError::Genesis)?;
    // A crash after this leaves a state that says nothing was signed, and no log: creating again goes on.
    signer.begin().map_err(OpenError::Signer)?;
    // A crash after this leaves a log of one entry, whole but unpublished; it is opened without `create`.
    let batch = Batch::genesis(entry);
    batch.create(store, config.origin.as_str()).map_err(|error| OpenError::store(&config.data_dir, error))
}

fn genesis(config: &Config, vkey: &Vkey, key: &LedgerKey) -> Result<Vec<u8>, OpenError> {
    let mut nonce = [0; 16];
    config.entropy.fill(&mut nonce).map_err(OpenError::Entropy)?;
    let ledger = event::Ledger {
        checkpoint: vkey.clone(),
        closing: None,
        key: key.did().clone(),
        rules: RULES,
        witnesses: Vec::new(),
    };
    let payload = Payload {
        about: Vec::new(),
        body: Body::Ledger(ledger),
        date: today(&*config.clock).ok_or(OpenError::Clock)?,
        id: Nonce(nonce),
        log: config.origin.clone(),
        project: None,
        signers: vec![key.did().clone()],
    };
    Ok(key.sign(&payload))
}

/// Entry 0 has to name the keys that we hold.
fn check_keys(config: &Config, store: &Store, vkey: &Vkey, did: &Did) -> Result<(), OpenError> {
    let data = &config.data_dir;
    let damaged = |reason: String| OpenError::Damaged { path: data.clone(), reason };
    let entry = store.entry(0).map_err(|error| OpenError::store(data, error))?;
    let entry = entry.ok_or_else(|| damaged("entry 0 is missing".into()))?;
    let event =
        event::check(&entry.bytes).map_err(|error| damaged(format!("entry 0 is malformed: {error}")))?;
    let Body::Ledger(ledger) = &event.payload().body else {
        return Err(damaged("entry 0 is not a ledger event".into()));
    };
    if ledger.checkpoint.to_string() != vkey.to_string() {
        return Err(OpenError::OtherKey {
            which: "checkpoint",
            path: config.keys_dir.join(keys::CHECKPOINT_KEY),
        });
    }
    if ledger.key != *did {
        return Err(OpenError::OtherKey { which: "ledger", path: config.keys_dir.join(keys::LEDGER_KEY) });
    }
    Ok(())
}
