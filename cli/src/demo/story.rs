//! The steps, in order.

use std::path::{Path, PathBuf};

use super::stage::{ORIGIN, Stage, tampered};
use crate::failure::Failure;

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

const SAMPLES: [(&str, &str); 3] = [
    ("label-studio.json", include_str!("../../../samples/label-studio.json")),
    ("annotations.csv", include_str!("../../../samples/annotations.csv")),
    ("annotations.toml", include_str!("../../../samples/annotations.toml")),
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

    stage.chapter("What everybody did");
    let before = stage.run("wanjiku", &["total", "--project", "sauti"])?;

    let real = match &data {
        Some(folder) => Some(real_records(&stage, folder)?),
        None => None,
    };

    stage.chapter("The ledger is stopped. Every receipt still verifies, by itself");
    stage.stop_ledger()?;
    let policy = text(&stage.path("wanjiku/policy"));
    for person in ["asha", "baraka", "wanjiku"] {
        stage.run(
            person,
            &["verify", "--policy", &policy, &text(&stage.path(&format!("{person}/receipts")))],
        )?;
    }
    if real.is_some() {
        stage.run("importer", &["verify", "--policy", &policy, &text(&stage.path("importer/receipts"))])?;
    }

    stage.chapter("A receipt that was tampered with is refused, and says why");
    let receipt = first_receipt(&stage.path("asha/receipts"))?;
    let (bytes, at) = tampered(&receipt)?;
    let forged = stage.path("forged.tlog-proof");
    std::fs::write(&forged, bytes)
        .map_err(|e| Failure::unsure("demo", format!("{}: {e}", forged.display())))?;
    stage.say(&format!("Byte {at} of one of Asha's receipts was changed."));
    stage.run_refused("asha", &["verify", "--policy", &policy, &text(&forged)])?;

    stage.chapter("The ledger is started again: nothing is lost");
    let url = stage.start_ledger(false)?;
    stage.say(&format!("operator $ lebombo serve --origin {ORIGIN} …\n    listening on {url}"));
    stage.run("wanjiku", &["init", "--url", stage.url()])?;
    let (_, after) = stage.quietly("wanjiku", &["total", "--project", "sauti"])?;
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
    stage.run("importer", &["total", "--project", "vu-sound", "--top", "10"])?;
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

fn text(path: &Path) -> String {
    path.display().to_string()
}
