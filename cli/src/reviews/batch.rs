//! A batch of work, known by its evidence.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lebombo_verifier::Hash;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::home::Home;

/// How a manifest begins (spec/evidence.md).
const MANIFEST: &[u8] = b"lebombo-evidence-v1\n";

/// The digests that a contribution with this evidence may have in `about`: of the file itself, which is a manifest or
/// was named as it is; and of each manifest in this profile that lists it.
///
/// A file alone does not tell the digest of its manifest, which is salted: a reviewer needs the manifest from whoever
/// logged the work.
///
/// # Errors
/// `file-unreadable`
pub(crate) fn batch(home: &Home, path: &Path) -> Result<BTreeSet<Hash>, Failure> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| {
            Failure::unsure("file-unreadable", format!("can not read {}: {error}", path.display()))
        }
    };
    let (digest, is_manifest) = digest(path).map_err(unreadable(path))?;
    let mut digests = BTreeSet::from([digest]);
    if !is_manifest {
        for manifest in manifests(&home.root().join("evidence")).map_err(unreadable(home.root()))? {
            let bytes = fs::read(&manifest).map_err(unreadable(&manifest))?;
            if lists(&bytes, &digest) {
                digests.insert(Hash::of(&bytes));
            }
        }
    }
    Ok(digests)
}

fn digest(path: &Path) -> io::Result<(Hash, bool)> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(MANIFEST.len() as u64).read_to_end(&mut start)?;
    let mut hash = Sha256::new();
    hash.update(&start);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((Hash(hash.finalize().into()), start == MANIFEST)),
            Ok(count) => hash.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The manifests of the profile: `XX/ID.manifest`.
fn manifests(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for part in fs::read_dir(folder)? {
        let part = part?.path();
        if part.is_dir() {
            for file in fs::read_dir(part)? {
                let file = file?.path();
                if file.extension().is_some_and(|ending| ending == "manifest") {
                    found.push(file);
                }
            }
        }
    }
    Ok(found)
}

fn lists(manifest: &[u8], digest: &Hash) -> bool {
    let line = format!("{digest}  ");
    manifest.split(|b| *b == b'\n').any(|one| one.starts_with(line.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Manifest;

    #[test]
    fn a_manifest_a_file_that_one_lists_and_the_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(folder.path().join("home"))).unwrap();
        home.ensure().unwrap();
        let file = folder.path().join("batch-42.jsonl");
        fs::write(&file, "work").unwrap();
        assert_eq!(batch(&home, &file).unwrap(), BTreeSet::from([Hash::of(b"work")]));
        let manifest = Manifest::of(std::slice::from_ref(&file), [7; 16]).unwrap();
        let kept = home.evidence(&Hash([0xab; 32]));
        fs::create_dir_all(kept.parent().unwrap()).unwrap();
        fs::write(&kept, manifest.text()).unwrap();
        assert_eq!(batch(&home, &file).unwrap(), BTreeSet::from([Hash::of(b"work"), manifest.digest()]));
        let handed = folder.path().join("handed");
        fs::write(&handed, manifest.text()).unwrap();
        assert_eq!(batch(&home, &handed).unwrap(), BTreeSet::from([manifest.digest()]));
        assert_eq!(batch(&home, &folder.path().join("none")).unwrap_err().code, "file-unreadable");
    }
}
