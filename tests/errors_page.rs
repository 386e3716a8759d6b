//! spec/errors.md lists every stable code that the sources have, with its message. It is written from the sources:
//! `LEBOMBO_REWRITE=1 cargo test --release -p lebombo --test system errors_page`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const CRATES: [(&str, &str); 3] = [
    (
        "verifier",
        "The verifier: what an entry, a note, a proof, a policy or a receipt is refused for, and why entries are void",
    ),
    ("ledger", "The ledger: what is not admitted, not logged, not proved, or keeps it from starting"),
    ("cli", "The program, before anything is sent"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out.sort();
}

/// The string literal that starts at the first quote of `text`, with escapes and line continuations undone.
fn literal(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text[text.find('"')? + 1..].chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(out),
            '\\' => match chars.next()? {
                '\n' => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

/// Variant (or struct) to message: what follows each `#[error("…")]`.
fn messages(source: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (at, _) in source.match_indices("#[error(") {
        let Some(message) = literal(&source[at..]) else { continue };
        let name = source[at..].lines().skip(1).map(str::trim).find_map(|line| {
            let line = line
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub ")
                .trim_start_matches("struct ");
            let name: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
            let rest = line[name.len()..].trim_start();
            let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
                && (rest.is_empty() || rest.starts_with(['{', '(', ',', ';']));
            is_name.then_some(name)
        });
        if let Some(name) = name {
            out.insert(name, message);
        }
    }
    out
}

/// Code and variant of each arm of each `fn code`, `None` for a type with one code.
fn codes(source: &str) -> Vec<(String, Option<String>)> {
    let mut out = Vec::new();
    for (at, _) in source.match_indices("fn code(&self) -> &'static str {") {
        let body = &source[at..];
        let body = &body[..body.find("\n    }\n").unwrap_or(body.len())];
        let mut variant = None;
        for line in body.lines().skip(1).map(str::trim) {
            if let Some(rest) = line.split("Self::").nth(1) {
                variant = Some(rest.chars().take_while(|c| c.is_alphanumeric()).collect::<String>());
            }
            let arm = line.split("=>").nth(1).unwrap_or(line).trim();
            if arm.starts_with('"')
                && let Some(code) = literal(arm)
            {
                out.push((code, variant.clone()));
            }
        }
    }
    out
}

fn page() -> String {
    let mut out = String::from(
        "# Errors\n\nWritten from the sources by a test; do not edit. Every code is stable, names one check, and is the same in messages of \
         the program, in HTTP problem details (`code`) and in vectors. Messages may be reworded. Values stand in braces.\n",
    );
    for (name, title) in CRATES {
        let mut files = Vec::new();
        sources(&root().join(name).join("src"), &mut files);
        let mut rows = BTreeMap::new();
        for file in files {
            let source = std::fs::read_to_string(&file).unwrap();
            // Tests at the end of a file have errors of their own.
            let source = source.split("\n#[cfg(test)]").next().unwrap();
            let messages = messages(source);
            for (code, variant) in codes(source) {
                let message = match &variant {
                    Some(variant) => messages.get(variant).cloned(),
                    None => messages.values().next().cloned(),
                };
                rows.entry(code).or_insert_with(|| message.unwrap_or_default());
            }
        }
        assert!(rows.len() >= 30, "{name}: only {} codes found", rows.len());
        let _ = write!(out, "\n## {title}\n\n| code | message |\n|---|---|\n");
        for (code, message) in rows {
            let _ = writeln!(out, "| `{code}` | {} |", message.replace('|', "\\|"));
        }
    }
    out
}

#[test]
fn lists_every_code() {
    let path = root().join("spec/errors.md");
    let page = page();
    if std::env::var_os("LEBOMBO_REWRITE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == page,
        "spec/errors.md is not what the sources say; run the test with LEBOMBO_REWRITE=1"
    );
}

#[test]
fn codes_are_words() {
    for line in page().lines().filter(|l| l.starts_with("| `")) {
        let code = line.split('`').nth(1).unwrap();
        let fine = code
            .split('-')
            .all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        assert!(fine, "{code}");
    }
}
