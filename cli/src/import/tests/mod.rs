//! Whole files through `read`, each source and each trap.

mod documents;
mod platforms;
mod real;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lebombo_verifier::event::{Alias, Nonce};
use lebombo_verifier::{Code as _, Hash};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::report::Notice;
use super::*;

fn run(source: &Source, bytes: &[u8]) -> Result<(Reading, Vec<Row>), ImportError> {
    let mut rows = Vec::new();
    let reading = read(source, bytes, &mut |row| rows.push(row))?;
    assert_eq!(reading.read, reading.taken + reading.skipped.len() as u64, "a row was lost");
    assert_eq!(reading.taken, rows.len() as u64);
    Ok((reading, rows))
}

fn refusal(source: &Source, bytes: &[u8]) -> &'static str {
    run(source, bytes).map(|_| ()).unwrap_err().code()
}

fn in_utc() -> Options {
    Options { zone: Some(Zone::UTC), ..Options::default() }
}

fn on(day: &str) -> Options {
    Options { date: Some(Day::parse(day).unwrap()), ..Options::default() }
}

fn map(text: &str) -> Source {
    Source::Map(Box::new(ColumnMap::parse(text).unwrap()))
}

/// A map with a column for everything.
fn wide(format: &str) -> Source {
    map(&format!(
        r#"format = "{format}"
system = "desk"
contributor = "who"
source-id = ["batch", "job"]
attempt = "try"
item = "item"
work = {{ column = "kind", values = {{ l = "annotation", r = "review" }} }}
activity = {{ column = "activity" }}
unit = "item"
quantity = {{ column = "n" }}
[date]
column = "at"
zone = "UTC"
[outcome]
column = "status"
accepted = ["yes"]
rejected = ["no"]
pending = ["wait"]
none = [""]
"#
    ))
}

const WIDE: &str = "who,batch,job,try,item,kind,activity,n,at,status\n";

fn skips(reading: &Reading) -> Vec<(u64, &'static str)> {
    reading.skipped.iter().map(|one| (one.line, one.code)).collect()
}

fn notice<'a>(reading: &'a Reading, code: &str) -> Option<&'a Notice> {
    reading.notices.iter().find(|one| one.code == code)
}

/// What of a row enters the log, under one key.
fn ids(source: &Source, row: &Row) -> (Alias, Nonce, Hash) {
    let key = ImportKey::new(Zeroizing::new([9; 32]));
    let evidence = key.evidence("desk.example.org", &row.source_id, row.attempt, &row.evidence);
    let id = key.contribution_id("desk.example.org", &row.source_id, row.attempt);
    (key.alias(&source.system(), &row.contributor), id, evidence)
}

#[test]
fn each_bad_row_is_skipped_with_its_own_code_and_the_good_ones_are_kept() {
    let rows = [
        ("w1,b,1,1,i,l,labelling,2,2026-03-04,YES", ""),
        (",b,2,1,i,l,labelling,2,2026-03-04,yes", "row-contributor-missing"),
        ("w1,b,,1,i,l,labelling,2,2026-03-04,yes", "row-source-id-missing"),
        ("w1,b,4,x,i,l,labelling,2,2026-03-04,yes", "row-attempt-not-whole"),
        ("w1,b,5,1,i,z,labelling,2,2026-03-04,yes", "row-value-unknown"),
        ("w1,b,6,1,i,l,Labelling!,2,2026-03-04,yes", "row-value-unknown"),
        ("w1,b,7,1,i,l,labelling,,2026-03-04,yes", "row-quantity-missing"),
        ("w1,b,8,1,i,l,labelling,0,2026-03-04,yes", "row-quantity-zero"),
        ("w1,b,9,1,i,l,labelling,-3,2026-03-04,yes", "row-quantity-negative"),
        ("w1,b,10,1,i,l,labelling,1.0,2026-03-04,yes", "row-quantity-not-whole"),
        ("w1,b,11,1,i,l,labelling,1e3,2026-03-04,yes", "row-quantity-not-whole"),
        ("w1,b,12,1,i,l,labelling,4294967296,2026-03-04,yes", "row-quantity-too-large"),
        ("w1,b,13,1,i,l,labelling,4294967295,2026-03-04,wait", ""),
        ("w1,b,14,1,i,l,labelling,2,2026-02-30,yes", "row-date-does-not-exist"),
        ("w1,b,15,1,i,l,labelling,2,,yes", "row-date-missing"),
        ("w1,b,16,1,i,l,labelling,2,4.3.2026,yes", "row-date-unreadable"),
        ("w1,b,17,1,i,l,labelling,2,1969-12-31,yes", "row-date-out-of-range"),
        ("w1,b,18,1,i,l,labelling,2,2026-03-04,yes,more", "row-columns-differ"),
        ("w1,b,19", "row-columns-differ"),
        (" w1 ,b,1,1,i,l,labelling,2,2026-03-04,yes", "source-id-conflict"),
        ("w1,b,1,1,i,l,labelling,2,2026-03-04,YES", "source-id-repeated"),
        ("w1,b,1,2,i,r,checking,2,2026-03-04,", ""),
        (",,,,,,,,,", "row-contributor-missing"),
    ];
    let mut text = WIDE.to_owned();
    let mut want = Vec::new();
    for (line, (row, code)) in (2..).zip(rows) {
        writeln!(text, "{row}").unwrap();
        if !code.is_empty() {
            want.push((line, code));
        }
    }
    let (reading, rows) = run(&wide("csv"), text.as_bytes()).unwrap();
    assert_eq!(skips(&reading), want);
    let kept: Vec<_> = rows.iter().map(|row| (row.line, row.quantity, row.attempt, row.outcome)).collect();
    let pending = Some(Outcome::Pending);
    assert_eq!(kept, [(2, 2, 1, Some(Outcome::Accepted)), (14, u32::MAX, 1, pending), (23, 2, 2, None)]);
    assert_eq!(rows[0].source_id, r#"["b","1"]"#);
    assert_eq!(rows[2].work.as_str(), "review");
    assert_eq!(rows[2].activity.as_str(), "checking");
    assert!(reading.skipped.iter().any(|one| one.reason.contains("row at 2")));
}

#[test]
fn bytes_that_are_not_utf_8_cost_their_row_only() {
    let mut text = WIDE.as_bytes().to_vec();
    text.extend(b"w\xff,b,1,1,i,l,labelling,2,2026-03-04,yes\nw1,b,2,1,i,l,labelling,2,2026-03-04,yes\n");
    let (reading, rows) = run(&wide("csv"), &text).unwrap();
    assert_eq!((skips(&reading), rows.len()), (vec![(2, "row-not-utf-8")], 1));
}

#[test]
fn joined_source_ids_can_not_be_shifted() {
    let text = format!("{WIDE}w,a b,c,1,i,l,x,1,2026-03-04,yes\nw,a,b c,1,i,l,x,1,2026-03-04,yes\n");
    assert_eq!(run(&wide("csv"), text.as_bytes()).unwrap().1.len(), 2);
}

#[test]
fn an_edited_or_re_exported_row_keeps_its_id() {
    let source = wide("csv");
    let first =
        format!("{WIDE}w,b,1,1,i,l,labelling,2,2026-03-04,wait\nw,b,2,1,i,l,labelling,2,2026-03-04,yes\n");
    let again = "\u{feff}status,at,n,activity,kind,item,try,job,batch,who\r\n\
                 yes,2026-03-04,2,labelling,l,i,1,2,b,w\r\n\r\n\
                 \"yes\",2026-03-05,5,labelling,l,i,1,1,b,w\r\n";
    let (_, old) = run(&source, first.as_bytes()).unwrap();
    let (_, new) = run(&source, again.as_bytes()).unwrap();
    let (old, new): (Vec<_>, Vec<_>) = (
        old.iter().map(|row| ids(&source, row)).collect(),
        new.iter().map(|row| ids(&source, row)).collect(),
    );
    assert_eq!(old[1], new[0], "another order, dialect and mark are not another row");
    assert_eq!((&old[0].0, &old[0].1), (&new[1].0, &new[1].1), "an edit is not another row");
    assert_ne!(old[0].2, new[1].2, "and yet its evidence is");
}

#[test]
fn unknown_verdicts_and_repeated_answers_are_reported_and_taken() {
    let text = format!(
        "{WIDE}w,b,1,1,i,l,x,1,2026-03-04,perhaps\nw,b,2,1,i,l,x,1,2026-03-04,No\nv,b,3,1,i,l,x,1,2026-03-04,yes\n\
         w,b,4,1,i,l,x,1,2026-03-04,yes\nw,b,5,1,,l,x,1,2026-03-04,yes\nw,b,6,1,,l,x,1,2026-03-04,yes\n"
    );
    let (reading, rows) = run(&wide("csv"), text.as_bytes()).unwrap();
    assert_eq!(rows.len(), 6);
    assert_eq!(notice(&reading, "outcome-unknown").unwrap().lines, [2]);
    let twice = notice(&reading, "answered-more-than-once").unwrap();
    assert_eq!((twice.count, &twice.lines[..]), (1, &[2, 3, 5][..]));
    assert_eq!((reading.accepted, reading.rejected, reading.pending), (4, 1, 0));
}

#[test]
fn json_lines_have_the_same_answers() {
    let good = r#"{"who":7,"batch":"b","job":1,"try":1,"item":null,"kind":"l","activity":"x","n":2,"at":"2026-03-04","status":""}"#;
    let long = format!("{{\"who\":\"{}\"}}", "x".repeat(lines::MAX_LINE));
    let text = format!(
        "\u{feff}{good}\r\n\n[1]\n{{\n{}\n{long}\n{}\n{}\n",
        good.replace("7", "[7]"),
        good.replace("\"n\":2", "\"n\":2.0,\"extra\":{\"deep\":[]}").replace("\"job\":1", "\"job\":2"),
        good.replace("\"job\":1", "\"job\":3,\"job\":4"),
    );
    let (reading, rows) = run(&wide("json-lines"), text.as_bytes()).unwrap();
    let want = [
        (3, "row-not-an-object"),
        (4, "row-not-json"),
        (5, "row-value-not-plain"),
        (6, "row-too-long"),
        (7, "row-quantity-not-whole"),
        (8, "row-not-json"),
    ];
    assert_eq!(skips(&reading), want);
    assert_eq!((rows.len(), rows[0].contributor.as_str(), rows[0].line), (1, "7", 1));
    assert!(rows[0].evidence.starts_with(br#"{"activity":"x","at":"2026-03-04","batch":"b","item":null,"#));
}

#[test]
fn files_that_can_not_be_told_apart_are_refused() {
    let csv = wide("csv");
    assert_eq!(refusal(&csv, b""), "import-header-missing");
    assert_eq!(refusal(&csv, b"\xff\xfew\0"), "import-utf-16");
    assert_eq!(refusal(&csv, b"who,batch\n"), "import-column-missing");
    assert_eq!(refusal(&csv, b"who,who\n"), "import-column-repeated");
    assert_eq!(refusal(&csv, format!("{WIDE}\"w,b").as_bytes()), "import-quote-not-closed");
    let long = format!("{WIDE}{}", "x".repeat(lines::MAX_LINE + 1));
    assert_eq!(refusal(&csv, long.as_bytes()), "import-row-too-long");
}

#[test]
fn more_rows_than_the_limit_are_refused() {
    let mut sink = |_| {};
    let mut intake = tally::Intake::new(&mut sink, "line");
    for _ in 0..tally::MAX_ROWS {
        intake.count().unwrap();
    }
    assert_eq!(intake.count().unwrap_err().code(), "import-too-many-rows");
}

#[test]
fn no_report_holds_a_cell() {
    let secret = "secret@example.org";
    let text = format!(
        "{WIDE}{secret},b,{secret},1,{secret},l,x,1,2026-03-04,{secret}\n{secret},b,{secret},1,{secret},l,x,2,2026-03-04,yes\n\
         {secret},{secret},3,{secret},{secret},{secret},{secret},{secret},{secret},{secret}\n\
         {secret},b,5,1,{secret},{secret},{secret},1,2026-03-04,yes\n{secret},b,6,1,{secret},l,x,1,{secret},yes\n\
         {secret},b,7,1,{secret},l,x,1,2026-03-04,yes\n"
    );
    let (reading, rows) = run(&wide("csv"), text.as_bytes()).unwrap();
    assert_eq!((rows.len(), reading.skipped.len(), reading.notices.len()), (2, 4, 2));
    assert!(!format!("{reading}{}", serde_json::to_string(&reading).unwrap()).contains("secret"));
    for text in [format!("{secret},{secret}\n"), format!("{secret},x\n\"{secret}"), secret.to_owned()] {
        let error = run(&wide("csv"), text.as_bytes()).map(|_| ()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

fn label_studio() -> Source {
    Source::LabelStudio(Options::default())
}

const MTURK: &str = "\"HITId\",\"AssignmentId\",\"WorkerId\",\"AcceptTime\",\"SubmitTime\",\"AssignmentStatus\",\"Answer.x\"\n";

fn sources() -> Vec<Source> {
    let mut all = vec![
        label_studio(),
        Source::MTurk(Options::default()),
        Source::CrowdFlower(in_utc()),
        Source::CommonVoice(on("2026-03-04")),
    ];
    all.extend(["csv", "tsv", "json-lines"].map(wide));
    all
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for source in sources() {
            let _ = run(&source, &bytes);
        }
    }

    #[test]
    fn damaged_tables_never_panic_or_lose_a_row(
        cells in proptest::collection::vec("[\",\n\r a-z0-9-]{0,6}|2026-03-04|\u{e9}", 0..80),
        separator in "[,\t]",
    ) {
        let header = WIDE.replace(',', &separator);
        let text = format!("{header}{}", cells.join(&separator));
        let _ = run(&wide(if separator == "," { "csv" } else { "tsv" }), text.as_bytes());
        let mturk = format!("{MTURK}{}", cells.join(","));
        let _ = run(&Source::MTurk(Options::default()), mturk.as_bytes());
    }

    #[test]
    fn damaged_json_never_panics(at in 0usize..900, with in any::<u8>()) {
        let mut text = br#"[{"id":1,"annotations":[{"id":7,"completed_by":{"id":3},"created_at":"2026-03-04T23:10:00Z","result":[{"x":1.5}],"reviews":[{"accepted":false,"created_at":"2026-03-04T23:10:00Z"}]}],"drafts":[]}]"#.to_vec();
        let length = text.len();
        text[at % length] = with;
        let _ = run(&label_studio(), &text);
        let _ = run(&label_studio(), &text[..at % length]);
    }

    #[test]
    fn another_order_gives_the_same_ids(
        rows in proptest::collection::btree_map("[a-z]{1,4}", ("[a-z]{1,3}", 1u32..50), 1..20),
        seed in any::<usize>(),
    ) {
        let source = wide("csv");
        let mut lines: Vec<String> = rows
            .iter()
            .map(|(job, (who, n))| format!("{who},b,{job},1,i,l,labelling,{n},2026-03-04,yes\n"))
            .collect();
        let ids_of = |lines: &[String]| {
            let (_, rows) = run(&source, format!("{WIDE}{}", lines.concat()).as_bytes()).unwrap();
            rows.iter().map(|row| ids(&source, row)).collect::<BTreeSet<_>>()
        };
        let before = ids_of(&lines);
        prop_assert_eq!(before.len(), rows.len());
        let middle = seed % lines.len();
        lines.rotate_left(middle);
        lines.reverse();
        prop_assert_eq!(ids_of(&lines), before);
    }
}
