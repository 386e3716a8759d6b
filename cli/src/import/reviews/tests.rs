//! Whole files of verdicts through `read`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lebombo_verifier::Code as _;

use super::*;

const MAP: &str = r#"format = "csv"
system = "desk"
source-id = "job"
[verdict]
column = "says"
accept = ["yes"]
reject = ["no"]
none = [""]
"#;

fn token(text: &str) -> Token {
    Token::parse(text).unwrap()
}

fn given(reason: Option<&str>) -> Given {
    Given { reason: reason.map(token), method: Method::Full }
}

fn run(
    source: &ReviewSource,
    file: &str,
    rows: Option<&str>,
) -> Result<(Verdicts, Vec<Judged>), ImportError> {
    let mut judged = Vec::new();
    let verdicts = read(source, file.as_bytes(), rows.map(str::as_bytes), &mut |one| judged.push(one))?;
    let taken = |verdict| judged.iter().filter(|one| one.verdict == verdict).count() as u64;
    assert_eq!((verdicts.accepted, verdicts.rejected), (taken(Verdict::Accept), taken(Verdict::Reject)));
    Ok((verdicts, judged))
}

fn mapped(map: &str) -> ReviewSource {
    ReviewSource::Map(Box::new(ReviewMap::parse(map, &given(Some("spam"))).unwrap()))
}

fn sample(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../samples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn skipped(verdicts: &Verdicts) -> Vec<(u64, &str)> {
    verdicts.skipped.iter().map(|one| (one.line, one.code)).collect()
}

#[test]
fn a_table_gives_verdicts_quantities_reasons_and_says_what_it_does_not_take() {
    let map = ReviewMap::parse(&sample("reviews.toml"), &given(None)).unwrap();
    let (verdicts, judged) = run(&ReviewSource::Map(Box::new(map)), &sample("reviews.csv"), None).unwrap();
    let found: Vec<_> = judged
        .iter()
        .map(|one| (one.line, one.verdict.as_str(), one.quantity, one.reason.as_ref().map(Token::as_str)))
        .collect();
    assert_eq!(
        found,
        [
            (2, "accept", Some(39), None),
            (3, "accept", Some(20), Some("incomplete")),
            (4, "reject", None, Some("off-topic")),
            (5, "accept", None, None),
            (6, "accept", Some(30), None),
            (7, "reject", None, Some("incomplete")),
            (13, "accept", None, None),
        ]
    );
    assert_eq!(judged[0].source_id, r#"["march-1","J-2101"]"#);
    assert!(judged.iter().all(|one| one.method == Method::Sample && one.attempt == 1));
    assert_eq!(skipped(&verdicts), [(11, "row-value-unknown"), (12, "row-reason-missing")]);
    assert_eq!(verdicts.disagreements, [[8, 9]]);
    assert_eq!((verdicts.read, verdicts.silent), (12, 1));
    let text = verdicts.to_string();
    assert!(text.contains("5 to accept, 2 to reject\nsilent     1 row without a verdict\n"), "{text}");
    assert!(text.contains("disagree   1 piece of work with different verdicts"), "{text}");
    assert!(!text.contains("J-2152"), "{text}");
}

#[test]
fn the_documents_show_our_own_sample() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/import.md")).unwrap();
    let shown = docs.split("```toml\n").nth(2).unwrap().split("```").next().unwrap();
    let read = |map: &str| {
        let map = ReviewMap::parse(map, &given(None)).unwrap();
        run(&ReviewSource::Map(Box::new(map)), &sample("reviews.csv"), None).unwrap()
    };
    assert_eq!(read(shown), read(&sample("reviews.toml")));
    let indented: String =
        docs.lines().filter_map(|line| line.strip_prefix("    ")).map(|line| format!("{line}\n")).collect();
    let report = read(shown).0.to_string();
    assert!(indented.contains(&report), "{report}");
}

#[test]
fn equal_verdicts_on_one_piece_of_work_are_one() {
    let (verdicts, judged) =
        run(&mapped(MAP), "job,says\n1,yes\n1,YES\n2,no\n2,no\n3,yes\n3,no\n3,yes\n", None).unwrap();
    assert_eq!(judged.iter().map(|one| one.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(verdicts.disagreements, [vec![6, 7]]);
    assert_eq!(judged[1].reason, Some(token("spam")));
}

#[test]
fn a_quantity_in_digits_and_none_may_both_be_the_whole() {
    let map = MAP.replace("source-id = \"job\"", "source-id = \"job\"\nquantity = \"ok\"");
    let rows = "1,yes,\n1,yes,5\n1,yes,\n1,yes,5\n\
                2,yes,5\n2,yes,\n\
                3,yes,\n3,yes,5\n3,yes,6\n\
                4,yes,5\n4,yes,5\n\
                5,yes,5\n5,yes,\n5,no,\n";
    let (verdicts, judged) = run(&mapped(&map), &format!("job,says,ok\n{rows}"), None).unwrap();
    let found: Vec<_> = judged.iter().map(|one| (one.line, one.quantity, one.in_digits)).collect();
    // Of the first two only the log tells whether they agree: where 5 is all that was logged.
    assert_eq!(found, [(2, None, Some((5, 3))), (6, None, Some((5, 7))), (11, Some(5), None)]);
    assert_eq!(verdicts.disagreements, [vec![8, 9, 10], vec![13, 14, 15]]);
}

#[test]
fn a_rejection_needs_a_reason() {
    let map = ReviewMap::parse(MAP, &given(None)).unwrap();
    let (verdicts, judged) = run(&ReviewSource::Map(Box::new(map)), "job,says\n1,no\n2,yes\n", None).unwrap();
    assert_eq!((skipped(&verdicts), judged.len()), (vec![(2, "row-reason-missing")], 1));
}

#[test]
fn verdicts_on_workers_are_joined_to_the_rows_of_their_work() {
    let map = MAP.replace("source-id = \"job\"", "source-id = \"job\"\njoin = [\"batch\", \"who\"]");
    let source = mapped(&map);
    let file = "batch,who,says\na,1,no\na,2,yes\nb,1,yes\nb,9,no\nb,2,yes\nb,2,no\n";
    let rows = "job,batch,who\n10,a,1\n11,a,1\n12,a,2\n13,b,1\n14,b,2\n15,c,1\n13,b,1\n,a,1\n";
    let (verdicts, judged) = run(&source, file, Some(rows)).unwrap();
    let found: BTreeMap<&str, &str> =
        judged.iter().map(|one| (one.source_id.as_str(), one.verdict.as_str())).collect();
    assert_eq!(
        found,
        BTreeMap::from([("10", "reject"), ("11", "reject"), ("12", "accept"), ("13", "accept")])
    );
    assert_eq!(
        (skipped(&verdicts), verdicts.disagreements.clone()),
        (vec![(5, "row-work-missing")], vec![vec![6, 7]])
    );
    // One piece of work that two workers' verdicts fall on.
    let rows = "job,batch,who\n10,a,1\n10,a,2\n";
    let (verdicts, judged) = run(&source, file, Some(rows)).unwrap();
    assert!(judged.is_empty() && verdicts.disagreements.contains(&vec![2, 3]));
    let code = |source: &ReviewSource, rows| run(source, file, rows).unwrap_err().code();
    assert_eq!(code(&source, None), "import-rows-missing");
    assert_eq!(code(&mapped(MAP), Some(rows)), "import-rows-not-joined");
    assert_eq!(code(&source, Some("job,batch\n")), "import-column-missing");
}

#[test]
fn each_mistake_in_a_map_is_refused_with_its_line() {
    let cases = [
        ("system", "sytem", 2, "unknown field `sytem`"),
        ("source-id = \"job\"", "source-id = []", 3, "source-id names no column"),
        ("source-id = \"job\"", "source-id = \"job\"\njoin = []", 4, "join names no column"),
        ("source-id = \"job\"", "source-id = \"job\"\nmethod = \"guess\"", 4, "is not a method"),
        ("none = [\"\"]", "none = [\"Yes\"]", 4, "two of the lists"),
        ("accept = [\"yes\"]\nreject = [\"no\"]\n", "", 4, "no cell means accept or reject"),
        ("none", "non", 8, "unknown field `non`"),
    ];
    for (from, to, line, reason) in cases {
        assert!(MAP.contains(from), "{from}");
        match ReviewMap::parse(&MAP.replacen(from, to, 1), &given(None)) {
            Err(ImportError::Map { line: at, reason: why }) => {
                assert!(at == line && why.contains(reason), "{to}: {at}: {why}");
            }
            other => panic!("{to}: {other:?}"),
        }
    }
}

/// An export with one task and these annotations, numbered from 1.
fn export(annotations: &[&str]) -> String {
    let mut text = "[{\"id\": 7, \"annotations\": [".to_owned();
    for (at, one) in annotations.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(text, "{comma}{{\"id\": {}, \"completed_by\": 4, {one}}}", at + 1).unwrap();
    }
    text + "]}]"
}

fn studio(reason: Option<&str>) -> ReviewSource {
    ReviewSource::LabelStudio(given(reason))
}

fn review(by: &str, accepted: &str, day: u32, more: &str) -> String {
    format!(
        "{{\"created_by\": {by}, \"accepted\": {accepted}, \"created_at\": \"2026-03-0{day}T08:00:00Z\"{more}}}"
    )
}

#[test]
fn the_newest_verdict_of_each_reviewer_counts_and_differing_ones_do_not() {
    let list = |reviews: &[String]| format!("\"reviews\": [{}]", reviews.join(", "));
    let annotations = [
        list(&[review("3", "false", 1, ""), review("3", "true", 2, "")]),
        list(&[review("3", "false", 2, ""), review("3", "true", 1, "")]),
        list(&[
            review("3", "true", 1, ""),
            review("{\"id\": 5, \"email\": \"x@example.org\"}", "false", 2, ""),
        ]),
        list(&[review("3", "true", 1, ""), review("5", "true", 2, "")]),
        list(&[review("3", "null", 1, "")]),
        "\"reviews\": []".to_owned(),
        "\"ground_truth\": true".to_owned(),
        format!("\"ground_truth\": true, {}", list(&[review("3", "false", 1, "")])),
        format!("\"was_cancelled\": true, {}", list(&[review("3", "true", 1, "")])),
        list(&[review("3", "true", 1, ", \"fixed_annotation_history\": 57")]),
        list(&[review("3", "\"yes\"", 1, "")]),
        list(&[review("null", "true", 1, "")]),
        "\"reviews\": 1".to_owned(),
        list(&[review("3", "false", 1, ", \"fixed_annotation_history\": 57")]),
    ];
    let all: Vec<&str> = annotations.iter().map(String::as_str).collect();
    let (verdicts, judged) = run(&studio(Some("spam")), &export(&all), None).unwrap();
    let mut found: Vec<(&str, &str)> =
        judged.iter().map(|one| (one.source_id.as_str(), one.verdict.as_str())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (r#"["7","1"]"#, "accept"),
            (r#"["7","14"]"#, "reject"),
            (r#"["7","2"]"#, "reject"),
            (r#"["7","4"]"#, "accept"),
            (r#"["7","7"]"#, "accept")
        ]
    );
    let codes: Vec<&str> = verdicts.skipped.iter().map(|one| one.code).collect();
    assert_eq!(
        codes,
        [
            "annotation-cancelled",
            "review-corrected",
            "review-malformed",
            "review-malformed",
            "review-malformed"
        ]
    );
    assert_eq!((verdicts.read, verdicts.silent, verdicts.disagreements.len()), (14, 2, 2));
    let (verdicts, _) = run(&studio(None), &export(&all[1..2]), None).unwrap();
    assert_eq!(skipped(&verdicts), [(1, "row-reason-missing")]);
}

#[test]
fn the_sample_export_has_nine_verdicts() {
    let (verdicts, judged) = run(&studio(Some("spam")), &sample("label-studio.json"), None).unwrap();
    assert_eq!((verdicts.accepted, verdicts.rejected, verdicts.silent), (8, 1, 11));
    assert_eq!(skipped(&verdicts), [(8, "annotation-cancelled")]);
    // Source ids are those of the work's import.
    let source = crate::import::Source::LabelStudio(crate::import::Options::default());
    let mut rows = std::collections::BTreeSet::new();
    let file = sample("label-studio.json");
    crate::import::read(&source, file.as_bytes(), &mut |row| {
        rows.insert((row.source_id, row.attempt));
    })
    .unwrap();
    assert!(judged.iter().all(|one| rows.contains(&(one.source_id.clone(), one.attempt))));
    assert_eq!(run(&studio(None), "{}", None).unwrap_err().code(), "import-not-tasks");
}
