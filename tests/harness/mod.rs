//! What the tests are built from: a server, the program, HTTP, and events made by hand.

pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod namespace;
pub(crate) mod program;
pub(crate) mod project;
pub(crate) mod random;
pub(crate) mod server;
pub(crate) mod wait;

use std::path::{Path, PathBuf};

/// The program under test.
pub(crate) const LEBOMBO: &str = env!("CARGO_BIN_EXE_lebombo");

/// The root of the project.
pub(crate) fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A file of real records that are not part of the project; says so where it is absent.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = project_root().join("../shared/data").join(path);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// Copies a folder with everything in it, as `cp -a` does.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success(), "cp -a {} {}", from.display(), to.display());
}
