//! `import`: log work that was done on another platform.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use lebombo_verifier::Hash;
use lebombo_verifier::event::{Body, Contribution, Day, Nonce, Payload};
use serde_json::json;

use crate::clock;
use crate::compose;
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::import::{self, ColumnMap, ImportKey, Options, Row, Source, Zone};
use crate::outbox::Outbox;
use crate::project::Project;
use crate::receipts::{self, Receipts};
use crate::signer::{Signed, Signer};
use crate::table::number;

/// Log work that was done on another platform, from its export
///
/// Rows become contributions of aliases, signed by you as an importer. Raw worker ids never leave this machine.
/// Importing the same rows again adds nothing, here or on another machine with the project's import key.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  $ lebombo import map annotations.csv --project vu-sound --map vu-sound.toml --dry-run
  $ lebombo import map annotations.csv --project vu-sound --map vu-sound.toml
  $ lebombo push
From Label Studio:
  $ lebombo import label-studio export.json --project vu-sound --installation our-server")]
pub(super) struct Args {
    /// What kind of file it is
    format: Format,
    /// The export
    file: PathBuf,
    /// A name given here, or an id that has one
    #[arg(long)]
    project: String,
    /// For `map`: which column means what, in TOML
    #[arg(long, value_name = "FILE", required_if_eq("format", "map"))]
    map: Option<PathBuf>,
    /// A name of your own for the place that the export comes from; row ids are unique within it
    #[arg(long, value_name = "NAME")]
    installation: Option<String>,
    /// The name under which worker ids become aliases [default: the platform's]
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// Kind of work, where the export does not say
    #[arg(long)]
    work: Option<String>,
    /// Activity of the charter, where the export does not say
    #[arg(long)]
    activity: Option<String>,
    /// Unit of the charter, where the export does not say
    #[arg(long)]
    unit: Option<String>,
    /// Zone of times that carry none: UTC, +03:00, Africa/Nairobi
    #[arg(long)]
    zone: Option<String>,
    /// Zone whose midnights part the days [default: UTC]
    #[arg(long, value_name = "ZONE")]
    days_in: Option<String>,
    /// The day of all rows, where the export has none
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// Show what would be logged, and log nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Label Studio, exported as "JSON"
    LabelStudio,
    /// Amazon Mechanical Turk batch results, CSV
    Mturk,
    /// CrowdFlower (Figure Eight, Appen) full report, CSV
    Crowdflower,
    /// Common Voice TSV
    CommonVoice,
    /// CSV, TSV or JSON Lines with a column map
    Map,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut project = context.project(&self.project)?;
        let key = import_key(context, &mut project)?;
        let source = self.source()?;
        let installation = self.installation.clone().unwrap_or_else(|| source.system().to_string());
        let signer = context.signer(&project)?;
        let known = known(context, &project)?;
        let mut import =
            Import { project: &project, signer: &signer, key: &key, source: &source, installation, known };
        let mut rows = Vec::new();
        let mut repeated = 0u64;
        let file = File::open(&self.file).map_err(|error| {
            Failure::unsure("file-unreadable", format!("can not read {}: {error}", self.file.display()))
        })?;
        let mut result = Ok(());
        let reading = import::read(&source, BufReader::new(file), &mut |row| {
            if result.is_ok() {
                match import.event(row) {
                    Ok(Some(signed)) => rows.push(signed),
                    Ok(None) => repeated += 1,
                    Err(failure) => result = Err(failure),
                }
                if rows.len().is_multiple_of(1000) {
                    context.progress(&format!("signed {}", rows.len()));
                }
            }
        });
        context.progress("");
        let reading = reading.or_refused()?;
        result?;
        if !self.dry_run {
            Outbox::of(&context.home).add(&rows, clock::now()).or_unsure()?;
        }
        let mut text = format!("{reading}\n");
        if repeated > 0 {
            text.push_str(&format!(
                "{} in the outbox or logged already; nothing is logged twice.\n",
                number(repeated, "row")
            ));
        }
        text.push_str(&match (self.dry_run, rows.len()) {
            (true, count) => {
                format!(
                    "Nothing was logged (--dry-run); {} would wait in the outbox.\n",
                    number(count, "event")
                )
            }
            (false, 0) => "Nothing new for the outbox.\n".to_owned(),
            (false, count) => format!(
                "{} added to the outbox: `lebombo push` sends what is there.\n",
                number(count, "event")
            ),
        });
        let value = json!({
            "reading": reading, "already": repeated, "added": if self.dry_run { 0 } else { rows.len() },
            "would_add": rows.len(), "dry_run": self.dry_run,
        });
        context.answer(&value, &text)
    }

    fn source(&self) -> Result<Source, Failure> {
        if self.format == Format::Map {
            let path = self.map.as_ref().ok_or_else(|| Failure::unsure("map-missing", "say --map FILE"))?;
            let map = ColumnMap::parse(&files::read_text(path)?).or_refused()?;
            return Ok(Source::Map(Box::new(map)));
        }
        let token = |what, text: &Option<String>| {
            text.as_deref().map(|text| super::log::token(what, text)).transpose()
        };
        let zone = |text: &Option<String>| text.as_deref().map(Zone::parse).transpose().or_refused();
        let date = |text: &str| -> Result<Day, Failure> { compose::day(Some(text)) };
        let options = Options {
            system: token("system", &self.system)?,
            work: self.work.as_deref().map(super::log::work).transpose()?,
            activity: token("activity", &self.activity)?,
            unit: token("unit", &self.unit)?,
            zone: zone(&self.zone)?,
            days_in: zone(&self.days_in)?,
            date: self.date.as_deref().map(date).transpose()?,
        };
        Ok(match self.format {
            Format::LabelStudio => Source::LabelStudio(options),
            Format::Mturk => Source::MTurk(options),
            Format::Crowdflower => Source::CrowdFlower(options),
            Format::CommonVoice | Format::Map => Source::CommonVoice(options),
        })
    }
}

struct Import<'a> {
    project: &'a Project,
    signer: &'a Signer,
    key: &'a ImportKey,
    source: &'a Source,
    installation: String,
    /// Contribution ids that are in the outbox, have receipts, or were seen in this file.
    known: HashSet<Nonce>,
}

impl Import<'_> {
    /// The event of a row; `None` if there is one already.
    fn event(&mut self, row: Row) -> Result<Option<Signed>, Failure> {
        let (place, source, attempt) = (self.installation.as_str(), row.source_id.as_str(), row.attempt);
        let id = self.key.contribution_id(place, source, attempt);
        if !self.known.insert(id) {
            return Ok(None);
        }
        let evidence = self.key.evidence(place, source, attempt, &row.evidence);
        let body = Body::Contribution(Contribution {
            activity: row.activity,
            charter: self.project.charter,
            contributor: Some(self.key.alias(&self.source.system(), &row.contributor)),
            outcome: row.outcome,
            quantity: row.quantity,
            supersedes: None,
            unit: row.unit,
            work: row.work,
        });
        let payload = compose::payload(self.project, self.signer, id, row.date, vec![evidence], body);
        Ok(Some(self.signer.event(&payload).or_refused()?))
    }
}

/// The key that the project's charter commits to; nothing is imported under another, or the same rows would be other
/// events.
fn import_key(context: &Context, project: &mut Project) -> Result<ImportKey, Failure> {
    let path = context.home.import_key(project.name.as_str());
    let key = super::project::read_import_key(&path).map_err(|failure| {
        let how = "another importer exports it: `lebombo key export-import`";
        Failure { message: format!("{} ({how})", failure.message), ..failure }
    })?;
    if project.import.is_none() {
        super::project::learn(context, project)?;
        project.pin(&context.home).or_unsure()?;
    }
    match project.import {
        Some(import) if import == Hash::of(key.as_ref()) => Ok(ImportKey::new(key)),
        Some(_) => {
            let message = format!("{} is not the import key of {}'s charter", path.display(), project.name);
            Err(Failure::refused("import-key-other", message))
        }
        None => {
            let message =
                format!("the charter of {} has no import key, so nothing can be imported", project.name);
            Err(Failure::refused("import-not-allowed", message))
        }
    }
}

/// The contribution ids of a project that are in the outbox or have receipts here.
fn known(context: &Context, project: &Project) -> Result<HashSet<Nonce>, Failure> {
    let mut known = HashSet::new();
    let mut note = |payload: &Payload| {
        if payload.project == Some(project.id) && matches!(payload.body, Body::Contribution(_)) {
            known.insert(payload.id);
        }
    };
    for segment in Outbox::of(&context.home).segments().or_unsure()? {
        for line in &segment.lines {
            if let Ok((_, payload)) = receipts::read_entry(line) {
                note(&payload);
            }
        }
    }
    for (_, path) in Receipts::of(&context.home).all().or_unsure()? {
        if let Some((_, payload, _)) = receipts::read_event(&files::read(&path)?) {
            note(&payload);
        }
    }
    Ok(known)
}
