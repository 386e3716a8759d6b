//! Payments on their way into the log. A rail file is given out only when its payment is logged, its receipt is here, and
//! the rules call it valid: so two machines can not pay one line.
//!
//! Until then it lies in the profile's folder, in `payments/RANDOM/`: the rail file, the manifest that its event names, and
//! `event.json`, which is written last. A crash before that leaves a folder that is thrown away; a crash after it leaves one
//! that the next run goes on with: pushing an event twice is harmless, and so is giving the same file out again.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use lebombo_verifier::Hash;
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::failure::Failure;
use crate::home::Home;

/// What a person can do where another file is in a rail file's place.
const IN_THE_WAY: &str = "another file is there; move it away, and run the same again";
const EVENT: &str = "event.json";
const FILE: &str = "file";
const MANIFEST: &str = "manifest";

/// A rail file whose payment is on its way.
#[derive(Debug)]
pub(crate) struct Staged {
    folder: PathBuf,
    note: Note,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// Event id, in hex.
    id: String,
    /// The envelope.
    entry: String,
    /// Where the file goes.
    target: PathBuf,
}

/// What to stage.
pub(crate) struct Payment<'a> {
    pub(crate) id: Hash,
    pub(crate) entry: &'a [u8],
    pub(crate) target: &'a Path,
    pub(crate) file: &'a [u8],
    pub(crate) manifest: &'a str,
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::unsure("payment-not-staged", format!("{}: {error}", path.display()))
}

/// The one place from which a profile pays: whoever else tries waits. Otherwise one run could take what another is still
/// putting aside for rubbish.
///
/// # Errors
/// The lock can not be made.
pub(crate) fn lock(home: &Home, tell: impl FnOnce()) -> Result<File, Failure> {
    let path = home.payments_lock();
    let mut options = File::options();
    options.create(true).write(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(|error| failed(&path, &error))?;
    if file.try_lock().is_err() {
        tell();
        // Let go of when the process that holds it ends, however that may be.
        file.lock().map_err(|error| failed(&path, &error))?;
    }
    Ok(file)
}

impl Staged {
    /// Puts a file aside until its payment is valid.
    pub(crate) fn new(home: &Home, name: [u8; 16], payment: &Payment<'_>) -> Result<Self, Failure> {
        let folder = home.payments().join(hex::encode(name));
        let Payment { id, entry, target, file, manifest } = payment;
        let note = Note {
            id: id.to_string(),
            entry: String::from_utf8_lossy(entry).into_owned(),
            target: std::path::absolute(target).map_err(|error| failed(target, &error))?,
        };
        let text = serde_json::to_vec(&note).map_err(|error| failed(&folder, &error.into()))?;
        let write = || {
            durable::make_folder(&folder)?;
            durable::create(&folder.join(FILE), file)?;
            durable::create(&folder.join(MANIFEST), manifest.as_bytes())?;
            durable::create(&folder.join(EVENT), &text)
        };
        write().map_err(|error| failed(&folder, &error))?;
        Ok(Self { folder, note })
    }

    /// All that an earlier run has left; what it had not finished to put aside is thrown away, as its payment was never sent.
    pub(crate) fn all(home: &Home) -> Result<Vec<Self>, Failure> {
        let root = home.payments();
        let mut found = Vec::new();
        let folders = match fs::read_dir(&root) {
            Ok(folders) => folders,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(failed(&root, &error)),
        };
        for folder in folders {
            let folder = folder.map_err(|error| failed(&root, &error))?.path();
            match fs::read(folder.join(EVENT)) {
                Ok(bytes) => {
                    let note = serde_json::from_slice(&bytes)
                        .map_err(|error| failed(&folder.join(EVENT), &error.into()))?;
                    found.push(Self { folder, note });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::remove_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
                }
                Err(error) => return Err(failed(&folder, &error)),
            }
        }
        found.sort_by(|a, b| a.note.target.cmp(&b.note.target));
        Ok(found)
    }

    /// The payment's event id, in hex.
    pub(crate) fn id(&self) -> &str {
        &self.note.id
    }

    /// Its envelope.
    pub(crate) fn entry(&self) -> &[u8] {
        self.note.entry.as_bytes()
    }

    /// Where the file goes.
    pub(crate) fn target(&self) -> &Path {
        &self.note.target
    }

    /// Gives the file out: its payment is valid. The manifest goes to the profile's evidence.
    pub(crate) fn release(self, home: &Home) -> Result<PathBuf, Failure> {
        let Self { folder, note } = &self;
        let write = || {
            let file = fs::read(folder.join(FILE))?;
            if let Some(id) = Hash::from_hex(&note.id) {
                let path = home.evidence(&id);
                path.parent().map_or(Ok(()), durable::make_folder)?;
                durable::write(&path, &fs::read(folder.join(MANIFEST))?)?;
            }
            note.target.parent().map_or(Ok(()), durable::make_folder)?;
            match durable::create(&note.target, &file) {
                // Given out before, by a run that stopped right after.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if fs::read(&note.target)? == file { Ok(()) } else { Err(io::Error::other(IN_THE_WAY)) }
                }
                other => other,
            }
        };
        write().map_err(|error| failed(&note.target, &error))?;
        // Crash before or in here: the next run gives the same file out again.
        let target = note.target.clone();
        self.drop_it()?;
        Ok(target)
    }

    /// Throws it away: its payment counts for nothing, or was never logged.
    pub(crate) fn drop_it(self) -> Result<(), Failure> {
        // The note goes first: without it the rest is rubbish.
        let remove = || {
            durable::remove(&self.folder.join(EVENT))?;
            fs::remove_dir_all(&self.folder)
        };
        remove().map_err(|error| failed(&self.folder, &error))
    }
}
