//! The platforms that need no column map.

use super::*;

#[test]
fn mturk_rows_have_zones_and_verdicts() {
    let text = format!(
        "{MTURK}h1,a1,W1,Wed Jan 24 16:09:00 PST 2018,Wed Jan 24 16:10:00 PST 2018,Approved,\"two\nlines\"\n\
         h1,a2,W2,Wed Jan 24 09:09:00 PST 2018,Wed Jan 24 09:10:00 CST 2018,Rejected,\n\
         h2,a3,W1,Wed Jan 24 09:09:00 PST 2018,Wed Jan 24 09:10:00 GMT 2018,Rejected,\n"
    );
    let (reading, rows) = run(&Source::MTurk(Options::default()), text.as_bytes()).unwrap();
    assert_eq!(skips(&reading), [(4, "row-zone-unknown")]);
    let got: Vec<_> = rows.iter().map(|row| (row.line, row.date.to_string(), row.outcome)).collect();
    let want = [(2, "2018-01-25", Outcome::Accepted), (5, "2018-01-24", Outcome::Rejected)];
    assert_eq!(got, want.map(|(line, day, outcome)| (line, day.to_owned(), Some(outcome))));
    let evidence = String::from_utf8(rows[0].evidence.clone()).unwrap();
    assert!(evidence.contains(r#""Answer.x":"two\nlines""#) && !evidence.contains("Approved"), "{evidence}");
}

#[test]
fn crowdflower_needs_a_zone_and_reads_tainted_in_any_case() {
    let text = "_unit_id,_id,_worker_id,_started_at,_created_at,_trust,_tainted,answer\n\
                1,10,w1,7/12/2014 01:55:25,7/12/2014 01:55:49,1,false,a\n\
                2,11,w1,7/12/2014 01:55:25,7/12/2014 01:55:49,1.0,TRUE,b\n\
                3,12,w1,2/30/2014 01:55:25,2/30/2014 01:55:49,1.0,FALSE,c\n";
    assert_eq!(refusal(&Source::CrowdFlower(Options::default()), text.as_bytes()), "import-zone-missing");
    let (reading, rows) = run(&Source::CrowdFlower(in_utc()), text.as_bytes()).unwrap();
    assert_eq!(skips(&reading), [(4, "row-date-does-not-exist")]);
    assert_eq!(rows.iter().map(|row| row.outcome).collect::<Vec<_>>(), [None, Some(Outcome::Rejected)]);
    assert_eq!(notice(&reading, "times-are-per-page").unwrap().count, 1);
    assert!(notice(&reading, "outcome-unknown").is_none());
    assert!(!String::from_utf8_lossy(&rows[0].evidence).contains("trust"));
}

#[test]
fn common_voice_needs_a_date_and_takes_quotes_as_they_are() {
    let text = "client_id\tpath\tsentence\tup_votes\tdown_votes\nc1\ta.mp3\t\"Open\t2\t0\nc1\tb.mp3\tb\"\t1\t2\n\
                c2\tc.mp3\tx\t1\t1\nc2\td.mp3\tx\t\t0\n";
    assert_eq!(refusal(&Source::CommonVoice(Options::default()), text.as_bytes()), "import-date-missing");
    let (reading, rows) = run(&Source::CommonVoice(on("2026-03-04")), text.as_bytes()).unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| row.outcome).collect();
    let want = [Some(Outcome::Accepted), Some(Outcome::Rejected), Some(Outcome::Pending), None];
    assert_eq!(outcomes, want);
    assert_eq!(notice(&reading, "outcome-unknown").unwrap().lines, [5]);
    assert_eq!(rows[0].evidence, br#"{"client_id":"c1","path":"a.mp3","sentence":"\"Open"}"#);
    assert_eq!((rows[0].work.as_str(), rows[0].unit.as_str()), ("dataset", "clip"));
}

#[test]
fn label_studio_tasks_become_their_annotations() {
    let text = r#"[
      {"id": 1, "annotations": [
        {"id": 7, "completed_by": 3, "created_at": "2026-03-04T23:10:00.5Z", "result": [1.50], "reviews": []},
        {"id": 8, "completed_by": {"id": 3, "email": "a@example.org"}, "created_at": "2026-03-05T01:00:00+03:00",
         "reviews": [{"accepted": true, "created_at": "2026-03-06T00:00:00Z"}, {"accepted": false, "created_at": "2026-03-07T00:00:00Z"}]},
        {"id": 9, "completed_by": 3, "created_at": "2026-03-04T23:10:00Z", "was_cancelled": true},
        {"id": 10, "completed_by": {"email": "a@example.org"}, "created_at": "2026-03-04T23:10:00Z"},
        {"completed_by": 3, "created_at": "2026-03-04T23:10:00Z"},
        {"id": 12, "completed_by": 3},
        77
      ], "drafts": [{}], "predictions": [{}, {}]},
      {"id": 2},
      [],
      {"id": 4, "annotations": [], "id": 5},
      {"id": 1, "annotations": [{"id": 7, "completed_by": 3, "created_at": "2026-03-04T23:10:00.5Z", "result": [1.50], "reviews": []}]}
    ]"#;
    let (reading, rows) = run(&label_studio(), text.as_bytes()).unwrap();
    let want = [
        (1, "annotation-cancelled"),
        (1, "row-contributor-missing"),
        (1, "row-source-id-missing"),
        (1, "row-date-missing"),
        (1, "annotation-malformed"),
        (2, "annotations-missing"),
        (3, "row-not-an-object"),
        (4, "row-not-json"),
        (5, "source-id-repeated"),
    ];
    assert_eq!(skips(&reading), want);
    assert_eq!(rows[0].contributor, rows[1].contributor);
    assert_eq!(
        rows.iter().map(|row| row.outcome).collect::<Vec<_>>(),
        [Some(Outcome::Pending), Some(Outcome::Rejected)]
    );
    assert_eq!(rows.iter().map(|row| row.date.to_string()).collect::<Vec<_>>(), ["2026-03-04", "2026-03-04"]);
    assert_eq!(
        rows[0].evidence,
        br#"{"annotation":"7","completed-by":"3","created-at":"2026-03-04T23:10:00.5Z","result":[1.50],"task":"1"}"#
    );
    assert_eq!(notice(&reading, "not-work").unwrap().count, 3);
    assert_eq!(notice(&reading, "answered-more-than-once").unwrap().lines, [1, 1]);
    let nairobi = Options { days_in: Some(Zone::parse("Africa/Nairobi").unwrap()), ..Options::default() };
    let (_, rows) = run(&Source::LabelStudio(nairobi), text.as_bytes()).unwrap();
    assert_eq!(rows[0].date.to_string(), "2026-03-05");
}

#[test]
fn label_studio_files_that_are_something_else_are_refused() {
    let task =
        r#"{"id": 1, "annotations": [{"id": 7, "completed_by": 3, "created_at": "2026-03-04T23:10:00"}]}"#;
    for (text, code) in [
        ("", "import-not-json"),
        ("{}", "import-not-tasks"),
        ("\"a@example.org\"", "import-not-tasks"),
        ("[{}", "import-not-json"),
        ("[{}] x", "import-not-json"),
        ("[{}}", "import-not-json"),
        (&format!("[{task}]"), "import-zone-missing"),
    ] {
        let error = run(&label_studio(), text.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
        assert!(!error.to_string().contains("example.org"));
    }
    let large = std::io::Read::chain(&b"[{\"id\":1},\""[..], std::io::repeat(b'x'));
    let error = read(&label_studio(), large, &mut |_| {}).unwrap_err();
    assert!(matches!(error, ImportError::TaskTooLarge { element: 2, .. }), "{error:?}");
    assert_eq!(run(&label_studio(), "\u{feff}[]".as_bytes()).unwrap().0.read, 0);
}
