//! Evidence of work: files stay where they are, the log holds one salted digest of a manifest (spec/evidence.md).

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lebombo_verifier::{Code, Hash};
use sha2::{Digest as _, Sha256};

/// Most files of one manifest.
const MAX_FILES: usize = 100_000;
const HEADER: &str = "lebombo-evidence-v1";

/// The text of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    text: String,
}

impl Manifest {
    /// Reads the files and lists them.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub(crate) fn of(files: &[PathBuf], salt: [u8; 16]) -> Result<Self, EvidenceError> {
        Self::with(files, &[], salt)
    }

    /// The same, with files that are not written yet: the path whose last part is the name of each, and its bytes.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub(crate) fn with(
        files: &[PathBuf],
        unwritten: &[(&Path, &[u8])],
        salt: [u8; 16],
    ) -> Result<Self, EvidenceError> {
        let got = files.len() + unwritten.len();
        if got > MAX_FILES {
            return Err(EvidenceError::TooMany { got });
        }
        let mut lines = files.iter().map(|path| line(path)).collect::<Result<Vec<_>, _>>()?;
        for (path, bytes) in unwritten {
            lines.push((name(path)?, Hash::of(bytes), bytes.len() as u64));
        }
        lines.sort();
        if let Some(pair) = lines.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(EvidenceError::NameTwice { name: pair[0].0.clone() });
        }
        let mut text = format!("{HEADER}\nsalt {}\n", hex::encode(salt));
        for (name, digest, size) in lines {
            text.push_str(&format!("{digest}  {size}  {name}\n"));
        }
        Ok(Self { text })
    }

    /// The digest for `about`.
    pub(crate) fn digest(&self) -> Hash {
        Hash::of(self.text.as_bytes())
    }

    /// The bytes to keep: whoever has them and the files can show what the digest stands for.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Name, digest and size of one file.
fn line(path: &Path) -> Result<(String, Hash, u64), EvidenceError> {
    let unreadable = |source| EvidenceError::Read { path: path.to_owned(), source };
    let name = name(path)?;
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut size = 0u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                size += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok((name, Hash(hash.finalize().into()), size))
}

/// The last part of a path, as it stands in a manifest.
fn name(path: &Path) -> Result<String, EvidenceError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.filter(|name| !name.chars().any(char::is_control));
    name.map(str::to_owned).ok_or_else(|| EvidenceError::Name { path: path.to_owned() })
}

/// No manifest can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EvidenceError {
    /// A file can not be read.
    #[error("can not read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A name that a line of text can not hold.
    #[error("{} has no name that a manifest can hold: UTF-8 without control characters", path.display())]
    Name {
        /// Which file.
        path: PathBuf,
    },
    /// Two files with one name.
    #[error("two files are called `{name}`: rename one of them")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// Too many files.
    #[error("{got} files are more than the {MAX_FILES} of one manifest: pack them into an archive")]
    TooMany {
        /// How many.
        got: usize,
    },
}

impl Code for EvidenceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "evidence-unreadable",
            Self::Name { .. } => "evidence-name",
            Self::NameTwice { .. } => "evidence-name-twice",
            Self::TooMany { .. } => "evidence-too-many",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lists_files_by_name_whatever_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
        fs::write(&a, "abc").unwrap();
        fs::write(&b, "").unwrap();
        let manifest = Manifest::of(&[b.clone(), a.clone()], [0xab; 16]).unwrap();
        assert_eq!(
            manifest.text(),
            "lebombo-evidence-v1\nsalt abababababababababababababababab\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  3  a.txt\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  0  b.txt\n"
        );
        assert_eq!(manifest, Manifest::of(&[a.clone(), b], [0xab; 16]).unwrap());
        assert_ne!(manifest.digest(), Manifest::of(&[a], [0; 16]).unwrap().digest());
    }

    #[test]
    fn refuses_what_it_can_not_tell_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("x"), folder.path().join("d/x"));
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(&a, "1").unwrap();
        fs::write(&b, "2").unwrap();
        assert_eq!(Manifest::of(&[a.clone(), b], [0; 16]).unwrap_err().code(), "evidence-name-twice");
        let strange = folder.path().join("x\ny");
        fs::write(&strange, "").unwrap();
        assert_eq!(Manifest::of(&[strange], [0; 16]).unwrap_err().code(), "evidence-name");
        assert_eq!(
            Manifest::of(&[folder.path().join("none")], [0; 16]).unwrap_err().code(),
            "evidence-unreadable"
        );
        assert_eq!(
            Manifest::of(&[folder.path().join("d")], [0; 16]).unwrap_err().code(),
            "evidence-unreadable"
        );
    }
}
