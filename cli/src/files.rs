//! Files that people name: of any origin, read within bounds, and told apart by what is in them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::{payslip, total_proof};

/// Most bytes of a file that a person names.
const MAX: u64 = 64 * 1024 * 1024;
/// How deep folders are searched.
const MAX_DEPTH: u32 = 8;

/// Reads a file whole.
///
/// # Errors
/// `file-unreadable`, `file-too-large`
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable =
        |error| Failure::unsure("file-unreadable", format!("can not read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX {
        return Err(Failure::unsure(
            "file-too-large",
            format!("{} is larger than {MAX} bytes", path.display()),
        ));
    }
    Ok(bytes)
}

/// Reads a file that is to be judged: one that has nothing in it was cut off, or is the wrong one.
///
/// # Errors
/// Those of [`read`]; `file-empty`
pub(crate) fn read_some(path: &Path) -> Result<Vec<u8>, Failure> {
    match read(path)? {
        bytes if bytes.is_empty() => {
            Err(Failure::refused("file-empty", "the file is empty; it may have been cut off"))
        }
        bytes => Ok(bytes),
    }
}

/// Writes a file that a person has named. What is there already is replaced only where `is_ours` knows it as an earlier one
/// of the same kind: a slip of the keyboard is not to cost anybody a key.
///
/// # Errors
/// `file-exists`, `file-not-written`
pub(crate) fn write(path: &Path, bytes: &[u8], is_ours: impl Fn(&[u8]) -> bool) -> Result<(), Failure> {
    let is_file = std::fs::symlink_metadata(path).map(|found| found.is_file());
    if let Ok(is_file) = is_file
        && !(is_file && is_ours(&read(path)?))
    {
        let message =
            format!("{} is there already, and is something else: name another file", path.display());
        return Err(Failure::refused("file-exists", message));
    }
    crate::durable::write(path, bytes).map_err(|error| {
        Failure::unsure("file-not-written", format!("can not write {}: {error}", path.display()))
    })
}

/// Reads a text file whole.
///
/// # Errors
/// Those of [`read`], and `file-not-text`.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?)
        .map_err(|_| Failure::refused("file-not-text", format!("{} is not UTF-8 text", path.display())))
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A C2SP tlog-proof.
    Receipt,
    /// A total proof.
    Total,
    /// A payslip.
    Payslip,
    /// DSSE envelopes, one a line.
    Envelopes,
    /// Anything else: a signed note, if it is anything.
    Checkpoint,
}

/// What a file seems to be. Nothing is believed because of it: the check that follows decides.
pub(crate) fn kind(bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"c2sp.org/tlog-proof@") {
        Kind::Receipt
    } else if bytes.starts_with(total_proof::MAGIC) {
        Kind::Total
    } else if bytes.starts_with(payslip::MAGIC) {
        Kind::Payslip
    } else if bytes.first() == Some(&b'{') {
        Kind::Envelopes
    } else {
        Kind::Checkpoint
    }
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Its receipts, in the order of their names.
    pub(crate) receipts: Vec<PathBuf>,
    /// How many other things there are: files of other names, hidden ones, links, and folders that were not searched.
    pub(crate) others: u64,
}

/// All receipts (`*.tlog-proof`) in a folder and the folders in it.
///
/// # Errors
/// `file-unreadable`
pub(crate) fn receipts_in(path: &Path) -> Result<Found, Failure> {
    let mut found = Found::default();
    search(path, MAX_DEPTH, &mut found).map_err(|error| {
        Failure::unsure("file-unreadable", format!("can not read {}: {error}", path.display()))
    })?;
    found.receipts.sort();
    Ok(found)
}

fn search(path: &Path, depth: u32, found: &mut Found) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && depth > 0 && !hidden {
            search(&path, depth - 1, found)?;
        } else if kind.is_file() && !hidden && path.extension().is_some_and(|ending| ending == "tlog-proof") {
            found.receipts.push(path);
        } else {
            found.others = found.others.saturating_add(1);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn receipts_are_found_and_all_else_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::create_dir_all(folder.path().join(".hidden")).unwrap();
        for name in ["2.tlog-proof", "a/b/1.tlog-proof", "policy", "a/.x.tlog-proof", ".hidden/3.tlog-proof"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink("2.tlog-proof", folder.path().join("4.tlog-proof")).unwrap();
        let found = receipts_in(folder.path()).unwrap();
        let names = ["2.tlog-proof", "a/b/1.tlog-proof"].map(|name| folder.path().join(name));
        assert_eq!((found.receipts.as_slice(), found.others), (names.as_slice(), 4));
    }
}
