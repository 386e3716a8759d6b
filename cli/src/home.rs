//! The one folder that holds all that a person has: profile, seed, projects, outbox, receipts.
//!
//! It may be copied to another machine while no command runs, and works there: nothing in it names a place.
//!
//! | path | what |
//! |---|---|
//! | `profile.toml` | the ledger: URL, origin, pinned checkpoint vkey |
//! | `seed.pem` | the secret from which every key is derived |
//! | `policy` | whom receipts are verified by (C2SP tlog-policy) |
//! | `projects/NAME.toml` | projects by locally chosen names |
//! | `import-keys/NAME.key` | import keys, 32 bytes each |
//! | `outbox/*.ndjson` | signed events that wait to be pushed |
//! | `outbox/refused/` | what the ledger refused, with its reasons |
//! | `outbox/dropped/` | what was taken out of the outbox by hand |
//! | `receipts/XX/ID.tlog-proof` | receipts by event id |
//! | `receipts/conflicts/` | fresh receipts that contradict those that are kept |
//! | `evidence/XX/ID.manifest` | manifests and salts of logged evidence |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lebombo_verifier::{Code, Hash};

use crate::durable;

/// The folder. It need not exist yet.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    root: PathBuf,
}

impl Home {
    /// The folder given, else `$XDG_DATA_HOME/lebombo`, else `~/.local/share/lebombo`.
    ///
    /// # Errors
    /// [`HomeError::Nowhere`] when none of them is known.
    pub(crate) fn locate(given: Option<PathBuf>) -> Result<Self, HomeError> {
        let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let root = given
            .or_else(|| absolute("XDG_DATA_HOME").map(|path| path.join("lebombo")))
            .or_else(|| absolute("HOME").map(|path| path.join(".local/share/lebombo")))
            .ok_or(HomeError::Nowhere)?;
        Ok(Self { root })
    }

    /// Makes the folder and its parts, mode 0700, and closes it to others if it was open.
    ///
    /// # Errors
    /// [`HomeError::Make`] when the file system refuses.
    pub(crate) fn ensure(&self) -> Result<(), HomeError> {
        use std::os::unix::fs::PermissionsExt as _;
        let make = |path: &Path| {
            durable::make_folder(path).map_err(|source| HomeError::Make { path: path.to_owned(), source })
        };
        make(&self.root)?;
        for part in ["projects", "import-keys", "outbox/refused", "receipts", "evidence", "payments"] {
            make(&self.root.join(part))?;
        }
        let closed = fs::Permissions::from_mode(0o700);
        fs::set_permissions(&self.root, closed)
            .map_err(|source| HomeError::Make { path: self.root.clone(), source })
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// `profile.toml`.
    pub(crate) fn profile(&self) -> PathBuf {
        self.root.join("profile.toml")
    }

    /// `seed.pem`.
    pub(crate) fn seed(&self) -> PathBuf {
        self.root.join("seed.pem")
    }

    /// `policy`.
    pub(crate) fn policy(&self) -> PathBuf {
        self.root.join("policy")
    }

    /// `projects`.
    pub(crate) fn projects(&self) -> PathBuf {
        self.root.join("projects")
    }

    /// `import-keys/NAME.key`.
    pub(crate) fn import_key(&self, name: &str) -> PathBuf {
        self.root.join("import-keys").join(format!("{name}.key"))
    }

    /// `outbox`.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    /// `receipts`.
    pub(crate) fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// `receipts/XX/ID.tlog-proof`.
    pub(crate) fn receipt(&self, id: &Hash) -> PathBuf {
        self.by_id("receipts", id, "tlog-proof")
    }

    /// `receipts/conflicts/ID-ROOT.tlog-proof`, where `ROOT` is the beginning of the other tree's root. The name is not
    /// an event id alone, so that no list of receipts has it.
    pub(crate) fn conflict(&self, id: &Hash, root: &Hash) -> PathBuf {
        let root = root.to_string();
        self.root.join("receipts/conflicts").join(format!("{id}-{}.tlog-proof", &root[..16]))
    }

    /// `payments`: rail files whose payments are being logged.
    pub(crate) fn payments(&self) -> PathBuf {
        self.root.join("payments")
    }

    /// `payments.lock`, held while they are.
    pub(crate) fn payments_lock(&self) -> PathBuf {
        self.root.join("payments.lock")
    }

    /// `evidence/XX/ID.manifest`.
    pub(crate) fn evidence(&self, id: &Hash) -> PathBuf {
        self.by_id("evidence", id, "manifest")
    }

    fn by_id(&self, part: &str, id: &Hash, ending: &str) -> PathBuf {
        let id = id.to_string();
        self.root.join(part).join(&id[..2]).join(format!("{id}.{ending}"))
    }
}

/// The folder can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HomeError {
    /// Neither an option nor the environment says where.
    #[error("no folder for the profile: give --home DIR, or set LEBOMBO_HOME or HOME")]
    Nowhere,
    /// It can not be made.
    #[error("can not make the folder {}", path.display())]
    Make {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Code for HomeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Nowhere => "home-unknown",
            Self::Make { .. } => "home-not-writable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn is_closed_to_others_even_if_it_was_open() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("home");
        fs::create_dir(&root).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        let home = Home::locate(Some(root.clone())).unwrap();
        home.ensure().unwrap();
        assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(home.outbox()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn receipts_are_spread_by_their_first_byte() {
        let home = Home::locate(Some("/h".into())).unwrap();
        let id = Hash([0xab; 32]);
        assert_eq!(home.receipt(&id), PathBuf::from(format!("/h/receipts/ab/{id}.tlog-proof")));
    }
}
