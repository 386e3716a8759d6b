//! Real exports, which are not part of the project: each test says so and passes where they are absent.

use std::path::{Path, PathBuf};

use super::*;

fn shared(path: &str) -> Option<Vec<u8>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("skipped: {} is not there", path.display());
    }
    bytes
}

/// A map for the VU sound corpus, as a user would write it.
const VU: &str = r#"format = "csv"
system = "vu-crowd"
contributor = "worker"
source-id = "annotation_id"
item = "unit_id"
page = ["worker", "started_at", "created_at"]
work = "annotation"
activity = "sound-tagging"
unit = "item"
quantity = 1
[date]
column = "created_at"
zone = "UTC"
[outcome]
column = "tainted"
rejected = ["true"]
none = ["false"]
"#;

#[test]
fn the_vu_sound_corpus_is_read_whole_with_its_traps_reported() {
    let Some(bytes) = shared("vu_sound_annotations.csv") else { return };
    let (reading, rows) = run(&map(VU), &bytes).unwrap();
    assert_eq!((reading.read, reading.taken, reading.contributors), (21_330, 21_330, 546));
    assert_eq!(reading.first_day.as_deref(), Some("2015-01-08"));
    assert_eq!(reading.last_day.as_deref(), Some("2015-05-30"));
    assert_eq!(rows.iter().map(|row| &row.source_id).collect::<BTreeSet<_>>().len(), 21_330);
    let twice = notice(&reading, "answered-more-than-once").unwrap();
    assert_eq!((twice.count, twice.lines.len()), (21, 42));
    assert_eq!(notice(&reading, "times-are-per-page").unwrap().count, 7_182);
    assert_eq!(reading.notices.len(), 2);
    assert_eq!(refusal(&map(&VU.replace("zone = \"UTC\"\n", "")), &bytes), "import-zone-missing");
}

#[test]
fn the_platform_fixtures_are_read_whole() {
    let read = |source: Source, path| shared(path).map(|bytes| run(&source, &bytes).unwrap());
    if let Some((reading, _)) = read(Source::MTurk(Options::default()), "fixtures/platform_amt1.csv") {
        assert_eq!((reading.taken, reading.skipped.len()), (27, 0));
    }
    if let Some((reading, _)) = read(Source::CrowdFlower(in_utc()), "fixtures/platform_cf1.csv") {
        assert_eq!((reading.taken, reading.first_day.as_deref()), (27, Some("2014-07-11")));
    }
    if let Some((reading, _)) = read(label_studio(), "fixtures/label_studio_export_reviews.json") {
        assert_eq!((reading.taken, reading.rejected, reading.contributors), (2, 2, 1));
    }
    if let Some((reading, _)) = read(Source::CommonVoice(on("2026-03-04")), "common_voice_tw/validated.tsv") {
        assert_eq!((reading.taken, reading.contributors, reading.accepted), (225, 9, 225));
    }
}
