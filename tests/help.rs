//! What the program says about itself, kept as snapshots: a change of an option is seen in a review.
//!
//! `LEBOMBO_REWRITE=1 cargo test --release -p lebombo --test system help` writes them anew.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::harness::program::{Home, program, run, walk};
use crate::harness::project_root;

fn snapshots() -> PathBuf {
    project_root().join("tests/snapshots")
}

/// The help of a command, at a fixed width.
fn help(command: &[String]) -> String {
    let mut called = program();
    called.args(command).arg("--help").env("COLUMNS", "100").env_remove("NO_COLOR");
    run(called).ok()
}

/// The names under `Commands:` in a help text.
fn subcommands(help: &str) -> Vec<String> {
    let mut lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let mut found = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')) {
            found.extend(name.split_whitespace().next().map(str::to_owned));
        }
    }
    found.retain(|name| name != "help");
    found
}

/// Every command with its help, found by asking.
fn all() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![Vec::new()];
    while let Some(command) = waiting.pop() {
        let text = help(&command);
        for name in subcommands(&text) {
            waiting.push([command.clone(), vec![name]].concat());
        }
        let name = ["lebombo".to_owned()].into_iter().chain(command).collect::<Vec<_>>().join("-");
        found.insert(name, text);
    }
    found
}

#[test]
fn help_is_as_in_the_snapshots() {
    let all = all();
    assert!(all.len() > 25, "{:?}", all.keys());
    let folder = snapshots();
    if std::env::var_os("LEBOMBO_REWRITE").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &all {
            std::fs::write(folder.join(format!("{name}.txt")), text).unwrap();
        }
    }
    let mut kept = BTreeMap::new();
    walk(&folder, &mut |path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        kept.insert(name, std::fs::read_to_string(path).unwrap());
    });
    assert_eq!(kept.keys().collect::<Vec<_>>(), all.keys().collect::<Vec<_>>(), "the commands");
    for (name, text) in all {
        assert_eq!(kept[&name], text, "the help of {name}; LEBOMBO_REWRITE=1 writes it anew");
    }
}

#[test]
fn every_command_shows_a_worked_example() {
    for (name, text) in all() {
        let is_group = !subcommands(&text).is_empty();
        assert!(is_group || text.contains("Example"), "{name} has no example");
    }
}

#[test]
fn wrong_use_ends_with_status_2_and_help_with_0() {
    let home = Home::empty();
    for args in [
        &["nonsense"][..],
        &["log"],
        &["verify"],
        &["log", "annotation", "--quantity", "-1"],
        &["serve"],
        &[],
    ] {
        assert_eq!(home.run(args).status, 2, "{args:?}");
    }
    assert!(home.run(&["--version"]).ok().starts_with("lebombo "));
    for shell in ["bash", "fish", "zsh"] {
        assert!(home.run(&["completions", shell]).ok().contains("lebombo"));
    }
    assert!(!home.dir().exists(), "asking for help makes no profile");
}
