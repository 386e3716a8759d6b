//! Where an auditor reads from.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What a source has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its bytes.
    Found(Vec<u8>),
    /// Nothing.
    Absent,
    /// Nothing any more.
    Gone,
}

/// A published log: the paths of C2SP tlog-tiles and, where it has them, those of spec/api.md. Several threads read at
/// the same time.
pub trait Source: Sync {
    /// What is at `path`, which has no leading slash and may have a query; at most `limit` bytes.
    ///
    /// # Errors
    /// [`SourceError`]
    fn read(&self, path: &str, limit: u64) -> Result<Answer, SourceError>;

    /// Whether checkpoints of snapshots can be asked for (`v1/snapshots/SIZE/checkpoint`).
    ///
    /// # Errors
    /// [`SourceError`]
    fn has_snapshots(&self) -> Result<bool, SourceError>;

    /// Whether totals can be asked for (`v1/projects/…`).
    ///
    /// # Errors
    /// [`SourceError`]
    fn has_totals(&self) -> Result<bool, SourceError>;

    /// The widths of the partial tiles or bundles that are there beside the full one at `path`, as far as the source can
    /// list them; ascending, 1 to 255.
    ///
    /// # Errors
    /// [`SourceError`]
    fn partials(&self, path: &str) -> Result<Vec<u16>, SourceError>;
}

/// A source can not be read. Nothing is known of the log then.
#[derive(Debug, thiserror::Error)]
#[error("can not read {path}: {what}")]
pub struct SourceError {
    /// What was asked for.
    pub path: String,
    /// What happened, safe to print.
    pub what: String,
}

/// A log in a folder: `checkpoint`, `tile/…`, and perhaps `v1/snapshots/SIZE/checkpoint`.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The log in this folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn error(path: &Path, what: impl ToString) -> SourceError {
        SourceError { path: path.display().to_string(), what: what.to_string() }
    }
}

impl Source for Folder {
    fn read(&self, path: &str, limit: u64) -> Result<Answer, SourceError> {
        let path = self.root.join(path);
        // Before it is opened: opening a pipe waits for whoever writes to it.
        let opened = match std::fs::metadata(&path) {
            Ok(found) if !found.is_file() => return Err(Self::error(&path, "it is no regular file")),
            Ok(_) => File::open(&path),
            Err(error) => Err(error),
        };
        let file = match opened {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Answer::Absent);
            }
            Err(error) => return Err(Self::error(&path, error)),
        };
        let mut bytes = Vec::new();
        let read = file.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| Self::error(&path, error))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
            return Err(Self::error(&path, format!("it has more than {limit} bytes")));
        }
        Ok(Answer::Found(bytes))
    }

    fn has_snapshots(&self) -> Result<bool, SourceError> {
        Ok(self.root.join("v1/snapshots").is_dir())
    }

    fn has_totals(&self) -> Result<bool, SourceError> {
        Ok(false)
    }

    fn partials(&self, path: &str) -> Result<Vec<u16>, SourceError> {
        let folder = self.root.join(format!("{path}.p"));
        let listed = match std::fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Self::error(&folder, error)),
        };
        let mut widths = Vec::new();
        for item in listed {
            let name = item.map_err(|error| Self::error(&folder, error))?.file_name();
            // Anything else that lies there is no tile.
            let width =
                name.to_str().and_then(|name| name.parse().ok().filter(|w: &u16| w.to_string() == name));
            widths.extend(width.filter(|width| (1..256).contains(width)));
        }
        widths.sort_unstable();
        Ok(widths)
    }
}
