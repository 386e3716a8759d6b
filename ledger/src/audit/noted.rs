//! Files that say what each key of an auditor has cosigned last, one for each key.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lebombo_verifier::Hash;

use super::error::AuditError;

/// Of a file that is being written.
const UNFINISHED: &str = "new";

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) path: PathBuf,
    pub(super) vkey: String,
    /// The largest size that the key has cosigned.
    pub(super) size: u64,
    /// Root of that tree.
    pub(super) root: Hash,
}

/// All files of the folder; none where it is not there.
pub(super) fn all(folder: &Path) -> Result<Vec<Noted>, AuditError> {
    let failed = |error| AuditError::StateFolder { path: folder.to_owned(), error };
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        files => files.map_err(failed)?,
    };
    let mut all = Vec::new();
    for file in files {
        let path = file.map_err(failed)?.path();
        // A crash has left it; what it was to replace is whole.
        if path.extension() == Some(OsStr::new(UNFINISHED)) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        all.push(parse(path, &text).ok_or(AuditError::StateDamaged { what: "what its keys have cosigned" })?);
    }
    Ok(all)
}

fn parse(path: PathBuf, text: &str) -> Option<Noted> {
    let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
    let [vkey, size, root] = lines.as_slice() else { return None };
    Some(Noted { path, vkey: (*vkey).to_owned(), size: size.parse().ok()?, root: Hash::from_hex(root)? })
}

/// Writes, synced, what a key is about to cosign, over what it cosigned before.
pub(super) fn write(folder: &Path, vkey: &str, size: u64, root: &Hash) -> Result<(), AuditError> {
    let name = Hash::of(vkey.as_bytes()).to_string();
    let failed = |error| AuditError::StateFolder { path: folder.to_owned(), error };
    write_file(folder, &name[..16], format!("{vkey}\n{size}\n{root}\n").as_bytes()).map_err(failed)
}

/// Writes a file, synced with its folder. A crash leaves the whole file, or what was there before; and perhaps one with
/// another name, that the next time replaces.
pub(super) fn write_file(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    if !folder.exists() {
        fs::create_dir_all(folder)?;
        if let Some(above) = folder.parent() {
            fs::File::open(above)?.sync_all()?;
        }
    }
    let (path, new) = (folder.join(name), folder.join(format!("{name}.{UNFINISHED}")));
    let mut file = fs::File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use lebombo_verifier::Code as _;
    use lebombo_verifier::checkpoint::Checkpoint;
    use lebombo_verifier::ed25519::PublicKey;
    use lebombo_verifier::note::{Key, KeyName, Vkey};
    use lebombo_verifier::origin::Origin;

    use super::*;
    use crate::audit::state::State;

    fn vkey() -> Vkey {
        let public = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        let public = PublicKey::from_bytes(&public).unwrap();
        Vkey::new(KeyName::parse("auditor.example/rules-1").unwrap(), Key::CosignatureV1(public))
    }

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint::new(Origin::parse("example.org/log").unwrap(), size, Hash::of(&size.to_be_bytes()))
            .unwrap()
    }

    /// What the write-ahead log of the database holds is gone.
    fn lose_last_writes(database: &Path) {
        let files = fs::read_dir(database).unwrap().map(|file| file.unwrap().path());
        let logs: Vec<_> = files.filter(|path| path.extension() == Some(OsStr::new("log"))).collect();
        assert!(!logs.is_empty());
        logs.iter().for_each(|log| fs::remove_file(log).unwrap());
    }

    #[test]
    fn a_database_that_forgot_what_was_cosigned_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let (database, open) = (dir.path().join("db"), || State::open(dir.path()));
        let known = |state: &State| state.cosigned(&vkey()).unwrap();
        open().unwrap().set_cosigned(&vkey(), &checkpoint(8)).unwrap();
        let larger = Some((9, *checkpoint(9).root()));
        {
            let state = open().unwrap();
            assert_eq!(known(&state), Some((8, *checkpoint(8).root())));
            state.set_cosigned(&vkey(), &checkpoint(9)).unwrap();
        }
        lose_last_writes(&database);
        for _ in 0..2 {
            let error = open().unwrap_err();
            assert_eq!(error.code(), "audit-cosigned-lost", "{error}");
            assert!(error.to_string().contains("9 entries"), "{error}");
        }
        // A person who begins anew keeps what was cosigned.
        fs::remove_dir_all(&database).unwrap();
        assert_eq!(known(&open().unwrap()), larger);
        assert_eq!(known(&open().unwrap()), larger, "and it was written down");
    }

    #[test]
    fn a_crash_between_the_two_leaves_a_state_to_go_on_from() {
        let dir = tempfile::tempdir().unwrap();
        State::open(dir.path()).unwrap().set_cosigned(&vkey(), &checkpoint(8)).unwrap();
        let folder = dir.path().join("cosigned");
        let before = all(&folder).unwrap();
        State::open(dir.path()).unwrap().set_cosigned(&vkey(), &checkpoint(9)).unwrap();
        // The database was written and the file was not, or only begun.
        write(&folder, &before[0].vkey, 8, &before[0].root).unwrap();
        fs::write(folder.join("0123456789abcdef.new"), "auditor.ex").unwrap();
        assert_eq!(State::open(dir.path()).unwrap().cosigned(&vkey()).unwrap().unwrap().0, 9);
        // Another root at the same size is never the same.
        write(&folder, &before[0].vkey, 9, &Hash([1; 32])).unwrap();
        assert_eq!(State::open(dir.path()).unwrap_err().code(), "audit-cosigned-lost");
        for damaged in ["", "x\n9\n", "x\n9\nabc\n", "x\n-9\n"] {
            fs::write(&before[0].path, damaged).unwrap();
            assert_eq!(State::open(dir.path()).unwrap_err().code(), "audit-state-damaged", "{damaged:?}");
        }
    }
}
