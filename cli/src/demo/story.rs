//! The steps, in order.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::pay;
use super::stage::{ORIGIN, Stage, tampered};
use crate::failure::Failure;

/// The totals, with nothing beside them that changes while nobody works.
const TABLE: [&str; 5] = ["total", "--project", "sauti", "--format", "csv"];

/// How often is looked for a snapshot, every tenth of a second: a ledger states its totals within two seconds.
const SNAPSHOT_TRIES: u32 = 300;

/// Rules for the sample project: what `lebombo project template` prints, with the activities of the sample.
const ACTIVITIES: &str = r#"
[stewards]
keys = ["me"]
threshold = 1

[[activity]]
work = "annotation"
activity = "labelling"
unit = "item"
weight = 1

[[activity]]
work = "annotation"
activity = "transcription"
unit = "clip"
weight = 3

[[activity]]
work = "dataset"
activity = "sentence-writing"
unit = "clip"
weight = 2

[[activity]]
work = "review"
activity = "verification"
unit = "clip"
weight = 1

[[activity]]
work = "cultural-knowledge"
activity = "proverbs"
unit = "hour"
weight = 60

[verdicts.annotation]
rule = "first"
silence = 30

[verdicts.dataset]
rule = "first"
silence = 30

[verdicts.review]
rule = "at-once"

[verdicts.cultural-knowledge]
rule = "first"
silence = 30

[pay]
share = "ever"
[pay.funds]
community = 1500
[[pay.payout]]
currency = "USD"
minimum = "1.00"
"#;

/// How the VU sound corpus is read.
const VU_MAP: &str = r#"# One row is one answer of one worker about one sound.
format = "csv"
system = "crowdflower-vu"
contributor = "worker"
source-id = "annotation_id"
work = "annotation"
activity = "labelling"
unit = "item"
quantity = 1
# To be told who answered the same item twice, and that times are per page and not per item.
item = "unit_id"
page = ["worker", "started_at", "created_at"]

[date]
column = "created_at"
format = "%Y-%m-%dT%H:%M:%S"
# The times carry no zone.
zone = "UTC"
"#;

/// How the human verdicts on that corpus are read: one verdict is about all that a worker did in a batch.
const VU_REVIEWS: &str = r#"format = "csv"
system = "crowdflower-vu"
source-id = "annotation_id"
join = ["batch", "worker"]
reason = "spam"

[verdict]
column = "spam_by_human"
accept = ["0"]
reject = ["1"]
"#;

const SAMPLES: [(&str, &str); 5] = [
    ("label-studio.json", include_str!("../../../samples/label-studio.json")),
    ("annotations.csv", include_str!("../../../samples/annotations.csv")),
    ("annotations.toml", include_str!("../../../samples/annotations.toml")),
    ("reviews.csv", include_str!("../../../samples/reviews.csv")),
    ("reviews.toml", include_str!("../../../samples/reviews.toml")),
];

pub(super) fn tell(mut stage: Stage, data: Option<PathBuf>) -> Result<(), Failure> {
    stage.chapter("A ledger, with its data in a temporary folder");
    let url = stage.start_ledger(true)?;
    stage.say(&format!("operator $ lebombo serve --create --origin {ORIGIN} …\n    listening on {url}"));

    stage.chapter("Wanjiku starts a project, and sets its rules");
    stage.run("wanjiku", &["init", "--url", &url, "--vkey", stage.vkey()])?;
    let project = found_project(&stage, "sauti")?;
    stage.run("wanjiku", &["member", "add", "sauti", "me", "--role", "importer"])?;
    stage.run("wanjiku", &["push"])?;

    stage.chapter("Asha and Baraka log their own work: no network is needed for that");
    contributor(
        &stage,
        "asha",
        &project,
        &["annotation", "--activity", "labelling", "--quantity", "120", "--unit", "item"],
    )?;
    contributor(
        &stage,
        "baraka",
        &project,
        &["cultural-knowledge", "--activity", "proverbs", "--quantity", "2", "--unit", "hour"],
    )?;

    stage.chapter("Wanjiku imports what others did on platforms, under aliases");
    for (name, text) in SAMPLES {
        stage.write(name, text)?;
    }
    let (export, csv, map) =
        (stage.path("label-studio.json"), stage.path("annotations.csv"), stage.path("annotations.toml"));
    stage.run("wanjiku", &["import", "label-studio", &text(&export), "--project", "sauti"])?;
    stage.run("wanjiku", &["import", "map", &text(&csv), "--map", &text(&map), "--project", "sauti"])?;
    stage.run("wanjiku", &["push"])?;
    stage.say("\nImporting again adds nothing:");
    stage.run("wanjiku", &["import", "label-studio", &text(&export), "--project", "sauti"])?;
    stage.run("wanjiku", &["push"])?;

    review(&stage, &project)?;

    let real = match &data {
        Some(folder) => Some(real_records(&stage, folder)?),
        None => None,
    };

    pay::settle(&stage, "wanjiku", "sauti")?;
    pay::pay(&stage, "wanjiku", "sauti")?;
    pay::payslips(&stage, "wanjiku", "sauti")?;

    stage.chapter("Asha keeps a file that proves her points, and the whole that they are a part of");
    stated(&stage, "wanjiku", "sauti")?;
    stage.run("wanjiku", &["total", "--project", "sauti"])?;
    let (_, before) = stage.quietly("wanjiku", &TABLE)?;
    let proof = stage.path("asha.total");
    stage.run("asha", &["total", "--project", "sauti", "--proof", &text(&proof)])?;

    stage.chapter("Chebet, who trusts nobody, replays the whole log");
    let policy = text(&stage.path("wanjiku/policy"));
    stage.run("chebet", &["audit", stage.url(), "--policy", &policy])?;

    stage.chapter("The ledger is stopped. Every receipt and total still verifies, by itself");
    stage.stop_ledger()?;
    stage.run("asha", &["verify", "--policy", &policy, &text(&proof)])?;
    for person in ["asha", "baraka", "wanjiku"] {
        stage.run(
            person,
            &["verify", "--policy", &policy, &text(&stage.path(&format!("{person}/receipts")))],
        )?;
    }
    if real.is_some() {
        stage.run("importer", &["verify", "--policy", &policy, &text(&stage.path("importer/receipts"))])?;
    }

    stage.chapter("What was tampered with is refused, and says why");
    let receipt = first_receipt(&stage.path("asha/receipts"))?;
    for (what, original, name) in
        [("one of Asha's receipts", &receipt, "forged.tlog-proof"), ("her total", &proof, "forged.total")]
    {
        let (bytes, at) = tampered(original)?;
        let forged = stage.path(name);
        std::fs::write(&forged, bytes)
            .map_err(|e| Failure::unsure("demo", format!("{}: {e}", forged.display())))?;
        stage.say(&format!("\nByte {at} of {what} was changed."));
        stage.run_refused("asha", &["verify", "--policy", &policy, &text(&forged)])?;
    }
    let more = text(&stage.write("more.total", &richer(&proof)?)?);
    stage.say("\nIn her total the points were raised by one.");
    stage.run_refused("asha", &["verify", "--policy", &policy, &more])?;

    stage.chapter("The ledger is started again: nothing is lost");
    let url = stage.start_ledger(false)?;
    stage.say(&format!("operator $ lebombo serve --origin {ORIGIN} …\n    listening on {url}"));
    stage.run("wanjiku", &["init", "--url", stage.url()])?;
    let (_, after) = stage.quietly("wanjiku", &TABLE)?;
    if after != before {
        return Err(Failure::refused("demo", format!("the counts have changed:\n{after}")));
    }
    stage.say("\nThe counts are what they were.");
    stage.stop_ledger()?;
    let (data, keys) = (text(&stage.path("ledger-data")), text(&stage.path("ledger-keys")));
    stage.run("operator", &["fsck", "--data", &data, "--keys", &keys])?;

    stage.chapter("What to try next");
    stage.say(
        "\
lebombo demo --keep DIR          leaves the ledger, the profiles and the receipts for you to look at
lebombo inspect RECEIPT          shows what is in a receipt, in words
lebombo status EVENT             says why something counts, or does not
lebombo project charter NAME     prints the rules of a project, to read or to amend
lebombo serve --help             runs a ledger of your own
lebombo log --help               logs work; README.md has a session to copy
spec/                            defines every format: check us with a program of your own",
    );
    Ok(())
}

/// Makes the sample project from the template, and answers its id.
fn found_project(stage: &Stage, name: &str) -> Result<String, Failure> {
    let (status, template) = stage.quietly("wanjiku", &["project", "template", name])?;
    if status != 0 {
        return Err(Failure::refused("demo", template));
    }
    let Some((rules, _)) = template.split_once("\n[stewards]") else {
        return Err(Failure::refused("demo", "the template has no [stewards]".to_owned()));
    };
    let charter = stage.write("charter.toml", &format!("{rules}\n{ACTIVITIES}"))?;
    stage.say(&format!("\nwanjiku $ lebombo project template {name} > charter.toml     # and an editor"));
    stage.run("wanjiku", &["project", "create", &text(&charter)])?;
    project_id(stage, "wanjiku", name)
}

fn project_id(stage: &Stage, person: &str, name: &str) -> Result<String, Failure> {
    let (_, shown) = stage.quietly(person, &["--json", "project", "show", name])?;
    let shown: serde_json::Value =
        serde_json::from_str(shown.lines().next().unwrap_or_default()).map_err(|e| {
            Failure::refused("demo", format!("`project show` did not answer in JSON: {e}: {shown}"))
        })?;
    match shown.get("id").and_then(|p| p.as_str()) {
        Some(id) => Ok(id.to_owned()),
        None => Err(Failure::refused("demo", format!("`project show` names no project: {shown}"))),
    }
}

/// Somebody makes a profile, gives the project a name, logs one piece of work and pushes it.
fn contributor(stage: &Stage, person: &str, project: &str, work: &[&str]) -> Result<(), Failure> {
    stage.run(person, &["init", "--url", stage.url(), "--vkey", stage.vkey()])?;
    stage.run(person, &["project", "pin", "sauti", project])?;
    let evidence =
        stage.write(&format!("{person}-work.txt"), &format!("What {person} did stays with {person}.\n"))?;
    stage.run(person, &[&["log"], work, &["--project", "sauti", "--evidence", &text(&evidence)]].concat())?;
    stage.run(person, &["push"])?;
    Ok(())
}

/// Neema, who did none of it, decides what counts.
fn review(stage: &Stage, project: &str) -> Result<(), Failure> {
    stage.chapter("Neema reviews: she did none of the work, and imported none of it");
    let key = stage.path("sauti.import-key");
    reviewer(stage, "neema", "wanjiku", ("sauti", project), &key)?;
    let (csv, map) = (text(&stage.path("reviews.csv")), text(&stage.path("reviews.toml")));
    stage.run("neema", &["import", "reviews", "map", &csv, "--map", &map, "--project", "sauti"])?;
    stage.say("\nWhat the desk did not look at, she samples:");
    stage.run("neema", &["review", "accept", "--project", "sauti", "--pending", "--method", "sample"])?;
    stage.run("neema", &["push"])?;
    Ok(())
}

/// Somebody makes a profile, becomes a reviewer, and gets the project's import key: without it nobody can tell which
/// contribution a row became.
fn reviewer(
    stage: &Stage,
    person: &str,
    steward: &str,
    (name, project): (&str, &str),
    key: &Path,
) -> Result<(), Failure> {
    let key = text(key);
    stage.run(person, &["init", "--url", stage.url(), "--vkey", stage.vkey()])?;
    stage.run(steward, &["key", "export-import", "--project", name, "--out", &key])?;
    stage.run(person, &["project", "pin", name, project, "--import-key", &key])?;
    let (status, did) = stage.quietly(person, &["whoami", "--project", name])?;
    if status != 0 {
        return Err(Failure::refused("demo", did));
    }
    stage.run(steward, &["member", "add", name, did.trim(), "--role", "reviewer"])?;
    stage.run(steward, &["push"])?;
    Ok(())
}

/// Waits until the newest snapshot states all that counts now.
fn stated(stage: &Stage, person: &str, project: &str) -> Result<(), Failure> {
    let sums = |more: &[&str]| {
        let (status, shown) =
            stage.quietly(person, &[&["--json", "total", "--project", project], more].concat())?;
        let value: serde_json::Value = serde_json::from_str(shown.trim()).unwrap_or_default();
        Ok::<_, Failure>(value.get("sums").cloned().filter(|_| status == 0))
    };
    for _ in 0..SNAPSHOT_TRIES {
        let now = sums(&[])?;
        if now.is_some() && sums(&["--snapshot", "latest"])? == now {
            return Ok(());
        }
        crate::clock::pause(Duration::from_millis(100));
    }
    Err(Failure::refused("demo", "the ledger stated no totals".to_owned()))
}

/// A total with one point more in its second line.
fn richer(proof: &Path) -> Result<String, Failure> {
    let unreadable = |what: String| Failure::unsure("demo", format!("{}: {what}", proof.display()));
    let file = std::fs::read_to_string(proof).map_err(|e| unreadable(e.to_string()))?;
    let mut lines: Vec<String> = file.split('\n').map(str::to_owned).collect();
    let raised = lines.get(1).and_then(|line| {
        let mut fields: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let points = fields.get_mut(4)?;
        *points = points.parse::<u64>().ok()?.checked_add(1)?.to_string();
        Some(fields.join(" "))
    });
    match (lines.get_mut(1), raised) {
        (Some(line), Some(raised)) => *line = raised,
        _ => return Err(unreadable("it is no total".to_owned())),
    }
    Ok(lines.join("\n"))
}

/// Imports the real records into a project of their own.
fn real_records(stage: &Stage, folder: &Path) -> Result<(), Failure> {
    stage.chapter("Real records: the VU sound corpus, 15 jobs of 2015");
    let records = folder.join("vu_sound_annotations.csv");
    if !records.is_file() {
        return Err(Failure::unsure("demo", format!("{} is not there", records.display())));
    }
    stage.run("importer", &["init", "--url", stage.url(), "--vkey", stage.vkey()])?;
    let (_, template) = stage.quietly("importer", &["project", "template", "vu-sound"])?;
    let charter = stage.write("vu-charter.toml", &template)?;
    stage.run("importer", &["project", "create", &text(&charter)])?;
    stage.run("importer", &["member", "add", "vu-sound", "me", "--role", "importer"])?;
    stage.run("importer", &["push"])?;
    let map = stage.write("vu-sound.toml", VU_MAP)?;
    let import = ["import", "map", &text(&records), "--map", &text(&map), "--project", "vu-sound"];
    stage.run("importer", &import)?;
    stage.run("importer", &["push"])?;

    let verdicts = folder.join("vu_sound_worker_review.csv");
    if !verdicts.is_file() {
        return Err(Failure::unsure("demo", format!("{} is not there", verdicts.display())));
    }
    stage.chapter("The verdicts that people gave on that corpus");
    let project = project_id(stage, "importer", "vu-sound")?;
    let key = stage.path("vu-sound.import-key");
    reviewer(stage, "judge", "importer", ("vu-sound", &project), &key)?;
    let map = text(&stage.write("vu-reviews.toml", VU_REVIEWS)?);
    let (verdicts, records) = (text(&verdicts), text(&records));
    let import = ["import", "reviews", "map", &verdicts, "--map", &map, "--rows", &records];
    stage.run("judge", &[&import[..], &["--project", "vu-sound"]].concat())?;
    stage.run("judge", &["push"])?;
    stated(stage, "judge", "vu-sound")?;
    stage.run("judge", &["total", "--project", "vu-sound", "--top", "10"])?;
    Ok(())
}

/// Some receipt below a folder.
fn first_receipt(folder: &Path) -> Result<PathBuf, Failure> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |e: std::io::Error| Failure::unsure("demo", format!("{}: {e}", folder.display()));
        for item in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = item.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "tlog-proof") {
                return Ok(path);
            }
        }
    }
    Err(Failure::refused("demo", "there is no receipt".to_owned()))
}

pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}
