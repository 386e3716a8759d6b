//! Files that a crash can not leave half-written.
//!
//! Every file is written beside its place under a name that begins with `.tmp-`, synced, renamed into place, and then
//! the folder is synced. A crash before the rename leaves the old file (or none) and a stray `.tmp-` file that nothing
//! reads; a crash after it leaves the new file. All files are mode 0600.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// Prefix of files that are still being written. Nothing that lists a folder shows them.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// Writes `bytes` to `path`, replacing what was there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = stage(path, bytes)?;
    fault::around(|| temporary.as_file().sync_all())?;
    // Crash here: the old content, and a stray temporary file.
    fault::around(|| temporary.persist(path).map(drop).map_err(|e| e.error))?;
    // Crash here: either content, each whole; the caller has not been told that it is written.
    sync_folder_of(path)
}

/// Writes `bytes` to `path`, which must not exist yet.
///
/// # Errors
/// `AlreadyExists` when it does, however many processes try at once; what is there is left alone.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = stage(path, bytes)?;
    fault::around(|| temporary.as_file().sync_all())?;
    // Crash here: nothing at `path`, and a stray temporary file.
    fault::around(|| temporary.persist_noclobber(path).map(drop).map_err(|e| e.error))?;
    sync_folder_of(path)
}

/// Removes `path`; it is no error if another process was faster.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = fault::around(|| fs::remove_file(path));
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    // Crash here: the file may be back after a power cut; whoever removes a file must be able to meet it again.
    sync_folder_of(path)
}

/// Many files written with two syncs of the whole file system in place of one sync for each file.
pub(crate) struct Batch {
    root: PathBuf,
    /// Temporary files (closed, since an open descriptor for each would soon be too many) and their places.
    staged: Vec<(TempPath, PathBuf)>,
}

impl Batch {
    /// A batch of files somewhere under `root`, all on one file system.
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), staged: Vec::new() }
    }

    /// Writes one file beside its place. Its folder is made if need be.
    pub(crate) fn stage(&mut self, path: PathBuf, bytes: &[u8]) -> io::Result<()> {
        if let Some(folder) = path.parent()
            && !folder.is_dir()
        {
            fault::around(|| make_folder(folder))?;
        }
        let temporary = stage(&path, bytes)?.into_temp_path();
        self.staged.push((temporary, path));
        Ok(())
    }

    /// Moves all staged files into place. When this returns `Ok`, all of them survive a power cut.
    pub(crate) fn commit(self) -> io::Result<()> {
        let paths: Vec<PathBuf> = self.staged.iter().map(|(_, path)| path.clone()).collect();
        let temporaries: Vec<PathBuf> = self.staged.iter().map(|(t, _)| t.to_path_buf()).collect();
        fault::around(|| sync_all(&self.root, &temporaries))?;
        // Crash here: stray temporary files, no new file in place.
        for (temporary, path) in self.staged {
            fault::around(|| temporary.persist(path).map(drop).map_err(|e| e.error))?;
        }
        // Crash here: some of the files, each of them whole.
        fault::around(|| sync_all(&self.root, &paths))
    }
}

/// Makes a folder and those above it, mode 0700 where it had to be made.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn stage(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = folder_of(path);
    let mut temporary =
        fault::around(|| tempfile::Builder::new().prefix(TEMPORARY).rand_bytes(12).tempfile_in(folder))?;
    fault::around(|| temporary.write_all(bytes))?;
    Ok(temporary)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    fault::around(|| File::open(folder_of(path))?.sync_all())
}

#[cfg(target_os = "linux")]
fn sync_all(root: &Path, _: &[PathBuf]) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(root)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all(_: &Path, paths: &[PathBuf]) -> io::Result<()> {
    let mut folders = std::collections::BTreeSet::new();
    for path in paths {
        File::open(path)?.sync_all()?;
        folders.insert(folder_of(path));
    }
    folders.into_iter().try_for_each(|folder| File::open(folder)?.sync_all())
}

/// Faults for tests: the n-th step fails, done or not done, and every step after it fails too, as after a crash.
pub(crate) mod fault {
    use std::io;

    #[cfg(test)]
    use std::cell::Cell;

    /// What is to happen to this thread's steps.
    #[cfg(test)]
    #[derive(Clone, Copy)]
    struct Plan {
        left: u32,
        done: bool,
        dead: bool,
    }

    #[cfg(test)]
    thread_local! {
        static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
    }

    /// Lets `steps` further steps of this thread succeed; the next fails, after having been done when `done`.
    #[cfg(test)]
    pub(crate) fn after(steps: u32, done: bool) {
        PLAN.set(Some(Plan { left: steps, done, dead: false }));
    }

    /// Ends the fault. True if it was reached.
    #[cfg(test)]
    pub(crate) fn lift() -> bool {
        PLAN.replace(None).is_some_and(|plan| plan.dead)
    }

    #[cfg(test)]
    pub(super) fn around<T>(step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match PLAN.get() {
            None => step(),
            Some(plan) if !plan.dead && plan.left > 0 => {
                PLAN.set(Some(Plan { left: plan.left - 1, ..plan }));
                step()
            }
            Some(plan) => {
                PLAN.set(Some(Plan { dead: true, ..plan }));
                if plan.done && !plan.dead {
                    step()?;
                }
                Err(io::Error::other("the process was killed here"))
            }
        }
    }

    #[cfg(not(test))]
    pub(super) fn around<T>(step: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        step()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_crash_at_any_step_leaves_the_old_or_the_new_content() {
        for done in [false, true] {
            for steps in 0.. {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("file");
                write(&path, b"old").unwrap();
                fault::after(steps, done);
                let result = write(&path, b"new");
                let reached = fault::lift();
                let found = fs::read(&path).unwrap();
                assert!(found == b"old" || found == b"new");
                if !reached {
                    assert!(result.is_ok());
                    assert_eq!(found, b"new");
                    assert!(steps >= 4, "a write has at least four steps");
                    break;
                }
                assert!(result.is_err());
            }
        }
    }

    #[test]
    fn create_leaves_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"first").unwrap();
        assert_eq!(create(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_batch_of_many_files_needs_few_descriptors() {
        let folder = tempfile::tempdir().unwrap();
        let mut batch = Batch::new(folder.path());
        for i in 0..3000 {
            batch.stage(folder.path().join(format!("{:02x}/{i}", i % 7)), format!("{i}").as_bytes()).unwrap();
        }
        batch.commit().unwrap();
        for i in 0..3000 {
            assert_eq!(
                fs::read_to_string(folder.path().join(format!("{:02x}/{i}", i % 7))).unwrap(),
                format!("{i}")
            );
        }
        assert_eq!(fs::read_dir(folder.path().join("00")).unwrap().count(), 429);
    }
}
