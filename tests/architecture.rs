//! The architecture as absences: which part knows nothing of what.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::harness::program::walk;
use crate::harness::project_root;

/// What the verifier may depend on: hashes, signatures, encodings, and the derive of its errors.
const VERIFIER_DEPENDENCIES: [&str; 7] =
    ["base64", "bs58", "ed25519-dalek", "hex", "ml-dsa", "sha2", "thiserror"];

/// Rust sources in a folder of the project: path from the root, and text without comments.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = project_root();
    let mut found = Vec::new();
    walk(&root.join(folder), &mut |path: &Path| {
        if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            found.push((path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), code));
        }
    });
    assert!(!found.is_empty(), "{folder}");
    found
}

/// Asserts that a word stands in no source of a folder but those that begin with one of `but`.
#[track_caller]
fn absent(word: &str, folder: &str, but: &[&str]) {
    for (path, code) in sources(folder) {
        let is_allowed = but.iter().any(|start| path.starts_with(start));
        assert!(is_allowed || !code.contains(word), "{path} names {word}");
    }
}

/// The names of a crate's dependencies, from its manifest.
fn dependencies(package: &str, section: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(project_root().join(package).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    manifest
        .get(section)
        .map_or_else(BTreeSet::new, |table| table.as_table().unwrap().keys().cloned().collect())
}

/// Every crate that a build of the package would contain, as cargo sees it.
fn tree(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(args)
        .current_dir(project_root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn the_verifier_depends_on_little_and_touches_nothing() {
    assert_eq!(dependencies("verifier", "dependencies"), VERIFIER_DEPENDENCIES.map(str::to_owned).into());
    assert!(dependencies("verifier", "build-dependencies").is_empty());
    for word in [
        "std::fs",
        "std::net",
        "std::time",
        "std::thread",
        "std::env",
        "std::process",
        "std::io",
        "async ",
        "unsafe ",
        "lebombo_ledger",
        "rocksdb",
        "rs_merkle",
        "getrandom",
        "tokio",
        "println!",
    ] {
        absent(word, "verifier/src", &[]);
    }
    let tree = tree(&["-p", "lebombo-verifier"]);
    for name in
        ["rocksdb", "librocksdb-sys", "tokio", "axum", "rs_merkle", "getrandom", "rand", "lebombo-ledger"]
    {
        assert!(!names(&tree).contains(name), "the verifier's build contains {name}");
    }
}

#[test]
fn dependencies_go_from_cli_to_ledger_to_verifier_and_never_back() {
    let of_verifier = dependencies("verifier", "dependencies");
    assert!(!of_verifier.iter().any(|name| name.starts_with("lebombo")));
    let of_ledger = dependencies("ledger", "dependencies");
    assert!(of_ledger.contains("lebombo-verifier") && !of_ledger.contains("lebombo"));
    // The program knows the ledger in the files that the feature `server` brings in, and nowhere else.
    let brought_in = [
        "cli/src/serve.rs",
        "cli/src/fsck.rs",
        "cli/src/command/demo",
        "cli/src/command/audit",
        "cli/src/command/settlement/check.rs",
    ];
    absent("lebombo_ledger", "cli/src", &brought_in);
}

#[test]
fn only_the_store_knows_the_engine_and_only_the_trees_the_prover() {
    absent("rocksdb", "ledger/src", &["ledger/src/store/rocks.rs"]);
    absent("rocksdb", "cli/src", &[]);
    absent("rs_merkle", "ledger/src", &["ledger/src/tree/", "ledger/src/stated/"]);
    absent("rs_merkle", "cli/src", &[]);
    // The ledger proves with its own code, and checks itself with the verifier's: in one place.
    absent("verify_inclusion", "ledger/src", &["ledger/src/tree/tests.rs", "ledger/src/tests/"]);
}

#[test]
fn without_the_server_the_program_has_no_ledger_in_it() {
    let tree_without = tree(&["-p", "lebombo", "--no-default-features"]);
    for name in ["lebombo-ledger", "rocksdb", "librocksdb-sys", "tokio", "axum", "hyper", "rs_merkle"] {
        assert!(!names(&tree_without).contains(name), "without `server` the build contains {name}");
    }
    let with = tree(&["-p", "lebombo"]);
    assert!(names(&with).contains("rocksdb") && names(&with).contains("lebombo-ledger"), "{with}");
}

#[test]
fn only_clocks_read_the_clock() {
    for folder in ["ledger/src", "cli/src"] {
        let clock = format!("{folder}/clock.rs");
        for word in ["SystemTime::now", "Instant::now"] {
            absent(word, folder, &[&clock]);
        }
    }
    absent("SystemTime", "verifier/src", &[]);
}
