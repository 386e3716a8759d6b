//! Ed25519 secrets as PKCS#8 PEM files (RFC 8410), as openssl reads them.
//!
//! Files are mode 0600, and refused when anybody else may read them. With a passphrase they are encrypted (PBES2, RFC
//! 8018) under scrypt with N = 2^14, r = 8, p = 5: as dear to guess as larger N with smaller p, and the most memory
//! that openssl grants by default.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes, spki::der::pem::LineEnding,
};
use lebombo_verifier::Code;
use pkcs8::{PrivateKeyInfoRef, SecretDocument, pkcs5};
use zeroize::Zeroizing;

use crate::clock::{self, NoRandomness};
use crate::durable;
use crate::passphrase::{PassphraseError, Source};

/// Most bytes of a key file.
const MAX: u64 = 16 * 1024;
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The PEM text of a secret, encrypted when there is a passphrase.
///
/// # Errors
/// [`PemError::Randomness`], [`PemError::Encode`]
pub(crate) fn encode(secret: &[u8; 32], passphrase: Option<&str>) -> Result<Zeroizing<String>, PemError> {
    // Without the public key this is version 1 of PKCS#8; openssl before 3.2 does not read version 2.
    let bytes = KeypairBytes { secret_key: *secret, public_key: None };
    let Some(passphrase) = passphrase else {
        return bytes.to_pkcs8_pem(LineEnding::LF).map_err(|_| PemError::Encode);
    };
    let plain = bytes.to_pkcs8_der().map_err(|_| PemError::Encode)?;
    encrypt(&plain, passphrase).map_err(|error| error.unwrap_or(PemError::Encode))
}

fn encrypt(plain: &SecretDocument, passphrase: &str) -> Result<Zeroizing<String>, Option<PemError>> {
    let (salt, iv) = (clock::random::<16>(), clock::random::<16>());
    let (salt, iv) = (salt.map_err(PemError::from)?, iv.map_err(PemError::from)?);
    let cost = pkcs5::scrypt::Params::new(14, 8, 5).map_err(|_| None)?;
    let parameters =
        pkcs5::pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|_| None)?;
    let info = PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| None)?;
    let document = info.encrypt_with_params(parameters, passphrase).map_err(|_| None)?;
    document.to_pem(ENCRYPTED, LineEnding::LF).map_err(|_| None)
}

/// Writes a key file that must not exist yet.
///
/// # Errors
/// [`PemError::Exists`], [`PemError::Write`], and those of [`encode`].
pub(crate) fn create(path: &Path, secret: &[u8; 32], passphrase: Option<&str>) -> Result<(), PemError> {
    let text = encode(secret, passphrase)?;
    durable::create(path, text.as_bytes()).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => PemError::Exists { path: path.to_owned() },
        _ => PemError::Write { path: path.to_owned(), source },
    })
}

/// Writes a key file in place of the one that is there, encrypted: a crash leaves the one or the other.
///
/// # Errors
/// [`PemError::Write`], and those of [`encode`].
pub(crate) fn encrypt_in_place(path: &Path, secret: &[u8; 32], passphrase: &str) -> Result<(), PemError> {
    let text = encode(secret, Some(passphrase))?;
    durable::write(path, text.as_bytes()).map_err(|source| PemError::Write { path: path.to_owned(), source })
}

/// True if a key file is encrypted.
///
/// # Errors
/// [`PemError::Read`], [`PemError::Open`]
pub(crate) fn is_encrypted(path: &Path) -> Result<bool, PemError> {
    Ok(text_of(path)?.contains(ENCRYPTED))
}

fn text_of(path: &Path) -> Result<Zeroizing<String>, PemError> {
    let unreadable = |source| PemError::Read { path: path.to_owned(), source };
    let mut text = Zeroizing::new(String::with_capacity(4096));
    open_closed(path)?.take(MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// Opens a file with a secret in it, which nobody else may be able to read.
///
/// # Errors
/// [`PemError::Read`], [`PemError::Open`]
pub(crate) fn open_closed(path: &Path) -> Result<File, PemError> {
    let unreadable = |source| PemError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(PemError::Open { path: path.to_owned(), mode });
    }
    Ok(file)
}

/// Reads a key file; asks for the passphrase if it is encrypted.
///
/// # Errors
/// See [`PemError`].
pub(crate) fn read(path: &Path, source: Source) -> Result<Zeroizing<[u8; 32]>, PemError> {
    let text = text_of(path)?;
    let malformed = || PemError::Malformed { path: path.to_owned() };
    let bytes = if text.contains(ENCRYPTED) {
        let passphrase = source.ask("Passphrase: ")?;
        let (label, document) = SecretDocument::from_pem(&text).map_err(|_| malformed())?;
        let info =
            pkcs8::EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| malformed())?;
        if label != ENCRYPTED {
            return Err(malformed());
        }
        let plain = info
            .decrypt(passphrase.as_bytes())
            .map_err(|_| PemError::Passphrase { path: path.to_owned() })?;
        KeypairBytes::from_pkcs8_der(plain.as_bytes())
            .map_err(|_| PemError::Passphrase { path: path.to_owned() })?
    } else {
        KeypairBytes::from_pkcs8_pem(&text).map_err(|_| malformed())?
    };
    Ok(Zeroizing::new(bytes.secret_key))
}

/// A key file can not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PemError {
    /// It can not be read.
    #[error("can not read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can not be written.
    #[error("can not write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is one already.
    #[error("{} exists already and was left as it is", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("{} is open to others (mode {mode:03o}): run chmod 600 on it", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a key of this kind.
    #[error("{} is not an Ed25519 private key in PKCS#8 PEM", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// The passphrase does not open it.
    #[error("the passphrase does not open {}", path.display())]
    Passphrase {
        /// Which file.
        path: PathBuf,
    },
    /// No passphrase could be had.
    #[error(transparent)]
    Ask(#[from] PassphraseError),
    /// No random bytes could be had.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The encoder refused, which it has no reason to.
    #[error("the key could not be encoded")]
    Encode,
}

impl Code for PemError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "key-unreadable",
            Self::Write { .. } => "key-not-written",
            Self::Exists { .. } => "key-exists",
            Self::Open { .. } => "key-open-to-others",
            Self::Malformed { .. } => "key-malformed",
            Self::Passphrase { .. } => "passphrase-wrong",
            Self::Ask(error) => error.code(),
            Self::Randomness(error) => error.code(),
            Self::Encode => "key-not-encoded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::Command;

    /// Runs openssl on a key file; `None`, and says so, where there is no openssl.
    fn openssl(path: &Path, passphrase: Option<&str>) -> Option<String> {
        let mut command = Command::new("openssl");
        command.args(["pkey", "-noout", "-text", "-in"]).arg(path);
        if let Some(passphrase) = passphrase {
            command.args(["-passin", &format!("pass:{passphrase}")]);
        }
        match command.output() {
            Err(_) => {
                eprintln!("skipped: openssl is not installed");
                None
            }
            Ok(output) => {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                Some(
                    String::from_utf8(output.stdout)
                        .unwrap()
                        .chars()
                        .filter(char::is_ascii_hexdigit)
                        .collect(),
                )
            }
        }
    }

    #[test]
    fn openssl_reads_what_we_write() {
        let folder = tempfile::tempdir().unwrap();
        let secret = [7; 32];
        let public = hex::encode(crate::signer::Signer::from_secret(&secret).did().key());
        for passphrase in [None, Some("correct horse")] {
            let path = folder.path().join(format!("{}.pem", passphrase.is_some()));
            create(&path, &secret, passphrase).unwrap();
            if let Some(text) = openssl(&path, passphrase) {
                assert!(text.contains(&public), "{text}");
            }
        }
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        create(&path, &[9; 32], Some("right")).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        for (given, opens) in [("right", true), ("wrong", false), ("", false)] {
            let passphrase = folder.path().join("passphrase");
            fs::write(&passphrase, given).unwrap();
            let file = File::open(&passphrase).unwrap();
            let number = std::os::fd::AsRawFd::as_raw_fd(&file);
            let result = read(&path, Source::Descriptor(number.try_into().unwrap()));
            if opens {
                assert_eq!(*result.unwrap(), [9; 32]);
            } else {
                assert_eq!(result.unwrap_err().code(), "passphrase-wrong");
            }
        }
    }

    #[test]
    fn a_plain_key_is_encrypted_in_place() {
        let folder = tempfile::tempdir().unwrap();
        for done in [false, true] {
            for steps in 0.. {
                let path = folder.path().join(format!("{done}-{steps}.pem"));
                create(&path, &[9; 32], None).unwrap();
                durable::fault::after(steps, done);
                let result = encrypt_in_place(&path, &[9; 32], "right");
                let reached = durable::fault::lift();
                if !is_encrypted(&path).unwrap() {
                    assert!(result.is_err());
                    assert_eq!(*read(&path, Source::Terminal).unwrap(), [9; 32]);
                }
                if !reached {
                    assert!(result.is_ok() && is_encrypted(&path).unwrap());
                    break;
                }
            }
        }
    }

    #[test]
    fn refuses_files_that_others_may_read_and_what_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        create(&path, &[9; 32], None).unwrap();
        assert_eq!(*read(&path, Source::Terminal).unwrap(), [9; 32]);
        assert_eq!(create(&path, &[1; 32], None).unwrap_err().code(), "key-exists");
        for mode in [0o640, 0o604, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path, Source::Terminal).unwrap_err().code(), "key-open-to-others");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "junk"] {
            fs::write(&path, text).unwrap();
            assert_eq!(read(&path, Source::Terminal).unwrap_err().code(), "key-malformed");
        }
        assert_eq!(read(&folder.path().join("none"), Source::Terminal).unwrap_err().code(), "key-unreadable");
    }
}
