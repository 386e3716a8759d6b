//! The ledger's private keys: Ed25519, PKCS#8 PEM (RFC 8410), readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::Code;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{Envelope, pae};
use lebombo_verifier::event::Payload;
use zeroize::Zeroizing;

use crate::clock::{Entropy, NoEntropy};

/// Signs checkpoints, and nothing else.
pub(crate) const CHECKPOINT_KEY: &str = "checkpoint.pem";
/// Signs the ledger's own events, and nothing else.
pub(crate) const LEDGER_KEY: &str = "ledger.pem";

/// A key file is a few hundred bytes; more is not read.
const MAX_PEM_BYTES: u64 = 8 << 10;

/// Why a key file can not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is none.
    #[error("there is no key file {path}")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others can read or change it.
    #[error(
        "{path} has mode {mode:03o}: others could read it; run chmod 600 on it, and think of the key as known"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a private Ed25519 key in PKCS#8 PEM.
    #[error("{path} is not an Ed25519 private key in PKCS#8 PEM")]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// It could not be read or written.
    #[error("{path} can not be used: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// No random bytes for a new key.
    #[error("{0}")]
    Entropy(NoEntropy),
}

impl Code for KeyFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "key-missing",
            Self::Exposed { .. } => "key-exposed",
            Self::NotAKey { .. } => "key-malformed",
            Self::Io { .. } => "key-unreadable",
            Self::Entropy(_) => "no-entropy",
        }
    }
}

/// The key of the ledger's own events, in memory for as long as the ledger is open. The signing key wipes itself when
/// it is dropped.
pub(crate) struct LedgerKey {
    key: SigningKey,
    did: Did,
}

impl std::fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LedgerKey").field(&self.did.as_str()).finish()
    }
}

impl LedgerKey {
    pub(crate) fn new(key: SigningKey) -> Self {
        Self { did: Did::from_key(&key.verifying_key().to_bytes()), key }
    }

    /// The public key.
    pub(crate) fn did(&self) -> &Did {
        &self.did
    }

    /// The envelope of a payload whose one signer is this key.
    pub(crate) fn sign(&self, payload: &Payload) -> Vec<u8> {
        let payload = payload.to_canonical();
        let signature = self.key.sign(&pae(&payload)).to_bytes();
        Envelope { payload, signatures: vec![(self.did.clone(), signature)] }.to_bytes()
    }
}

/// Reads a key.
pub(crate) fn load(path: &Path) -> Result<SigningKey, KeyFileError> {
    let io = |error| KeyFileError::Io { path: path.to_owned(), error };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(KeyFileError::Missing { path: path.to_owned() });
        }
        file => file.map_err(io)?,
    };
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_PEM_BYTES).read_to_end(&mut bytes).map_err(io)?;
    let not_a_key = || KeyFileError::NotAKey { path: path.to_owned() };
    let pem = std::str::from_utf8(&bytes).map_err(|_| not_a_key())?;
    SigningKey::from_pkcs8_pem(pem).map_err(|_| not_a_key())
}

/// Makes a key, unless there is one.
///
/// The file appears whole: a crash leaves no key or a usable one, and at worst an unused file with `.new` at the end.
pub(crate) fn create(path: &Path, entropy: &dyn Entropy) -> Result<(), KeyFileError> {
    let io = |error| KeyFileError::Io { path: path.to_owned(), error };
    if path.exists() {
        return Ok(());
    }
    let mut seed = Zeroizing::new([0; 32]);
    entropy.fill(seed.as_mut()).map_err(KeyFileError::Entropy)?;
    // Without the public key, which would make it version 2 of PKCS#8 (RFC 5958): openssl reads version 1 only.
    let pair = KeypairBytes { secret_key: *seed, public_key: None };
    let pem =
        pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyFileError::NotAKey { path: path.to_owned() })?;
    write_private(path, pem.as_bytes()).map_err(io)
}

/// Replaces a file with mode 0600 so that a crash leaves the old content or the new, and syncs both file and folder.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    // The mode above holds for new files only; one left by a crash keeps its own.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()?;
    // A crash here leaves the old content, and the new one beside it, which the next write replaces.
    std::fs::rename(&new, path)?;
    // A crash before this returns leaves the old content or the new one, both whole.
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn made_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.pem");
        assert!(matches!(load(&path), Err(KeyFileError::Missing { .. })));
        create(&path, &SystemEntropy).unwrap();
        let key = load(&path).unwrap();
        create(&path, &SystemEntropy).unwrap();
        assert_eq!(load(&path).unwrap().to_bytes(), key.to_bytes());
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    }

    #[test]
    fn a_ledger_key_shows_its_public_half_only() {
        let key = SigningKey::from_bytes(&[0xab; 32]);
        let secret = hex::encode(key.to_bytes());
        let key = LedgerKey::new(key);
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("LedgerKey({:?})", key.did().as_str()));
        assert!(!shown.contains(&secret) && !shown.contains("171"));
    }

    #[test]
    fn exposed_and_broken_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.pem");
        create(&path, &SystemEntropy).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load(&path), Err(KeyFileError::Exposed { mode: 0o640, .. })));
        for content in [&b""[..], b"\xff", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
        {
            write_private(&path, content).unwrap();
            assert!(matches!(load(&path), Err(KeyFileError::NotAKey { .. })));
        }
    }
}
