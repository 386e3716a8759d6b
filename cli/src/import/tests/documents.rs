//! Our own samples, and what the documents say about them.

use std::path::Path;

use super::*;

#[test]
fn our_own_samples_are_read_as_the_documents_say() {
    let sample = |name: &str| {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(name)).unwrap()
    };
    let (reading, _) = run(&label_studio(), &sample("label-studio.json")).unwrap();
    assert_eq!((reading.read, reading.taken, reading.contributors), (21, 20, 4));
    assert_eq!(skips(&reading), [(8, "annotation-cancelled")]);
    let toml = String::from_utf8(sample("annotations.toml")).unwrap();
    let (reading, _) = run(&map(&toml), &sample("annotations.csv")).unwrap();
    assert_eq!((reading.read, reading.taken, reading.contributors), (30, 29, 7));
    assert_eq!(skips(&reading), [(23, "row-quantity-zero")]);
    let (reading, _) = run(&Source::MTurk(Options::default()), &sample("mturk.csv")).unwrap();
    assert_eq!((reading.read, reading.taken, reading.contributors), (16, 16, 4));
}

fn document(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

#[test]
fn the_spec_lists_every_code_and_no_other() {
    let parts = [
        include_str!("../error.rs"),
        include_str!("../fault.rs"),
        include_str!("../tally.rs"),
        include_str!("../label_studio.rs"),
    ];
    let in_code: BTreeSet<&str> = parts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.split_once(" => \"").or_else(|| line.split_once("code: \"")))
        .filter_map(|(_, rest)| rest.split_once('"'))
        .map(|(code, _)| code)
        .collect();
    let spec = document("spec/import.md");
    let (_, listed) = spec.split_once("\n## Codes\n").unwrap();
    let in_spec: BTreeSet<&str> = listed.split('`').skip(1).step_by(2).collect();
    assert_eq!(in_code, in_spec);
    assert!(in_code.len() > 40, "codes were not found");
}

#[test]
fn the_documents_show_our_own_sample() {
    let docs = document("docs/import.md");
    let (_, rest) = docs.split_once("```toml\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let bytes = document("samples/annotations.csv");
    let (said, wanted) = (
        run(&map(shown), bytes.as_bytes()),
        run(&map(&document("samples/annotations.toml")), bytes.as_bytes()),
    );
    assert_eq!(said.unwrap().0, wanted.unwrap().0);
    let (reading, _) = run(&label_studio(), document("samples/label-studio.json").as_bytes()).unwrap();
    let shown: String = docs
        .lines()
        .filter(|line| line.starts_with("    "))
        .map(|line| format!("{}\n", &line[4..]))
        .collect();
    assert!(shown.contains(&reading.to_string()), "{reading}");
}
