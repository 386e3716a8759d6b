//! Finding vectors.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use serde::de::DeserializeOwned;

/// All vectors of `spec/vectors/<area>`, by file name. A file of another shape fails the test.
pub(crate) fn walk<T: DeserializeOwned>(area: &str) -> Vec<(String, T)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors").join(area);
    let mut out: Vec<(String, T)> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(name.ends_with(".json"), "{area}/{name} is no vector");
            let text = std::fs::read_to_string(&path).unwrap();
            let vector = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{area}/{name}: {e}"));
            (name, vector)
        })
        .collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}
