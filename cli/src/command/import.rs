//! `import`: log work that was done on another platform, and the verdicts on it.

mod reviews;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
/// Importing the same rows again adds nothing, here or on another machine with the project's import key. A row whose id is
/// here with other content is not logged, and reported.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Example:
  $ lebombo import map annotations.csv --project vu-sound --map vu-sound.toml --dry-run
  $ lebombo import map annotations.csv --project vu-sound --map vu-sound.toml
  $ lebombo push
From Label Studio:
  $ lebombo import label-studio export.json --project vu-sound --installation our-server
And the platform's verdicts on it, by a reviewer: `lebombo import reviews --help`"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    work: Option<Work>,
}

#[derive(clap::Subcommand)]
enum Command {
    Reviews(Box<reviews::Args>),
}

/// What work is imported, and how.
#[derive(clap::Args)]
struct Work {
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
        match (self.command, self.work) {
            (Some(Command::Reviews(args)), _) => args.run(context),
            (None, Some(work)) => work.run(context),
            // The arguments of `Work` are required where there is no command.
            (None, None) => Err(Failure::unsure("file-missing", "say what to import")),
        }
    }
}

impl Work {
    fn run(self, context: &Context) -> Result<(), Failure> {
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
        let mut differing = Vec::new();
        let file = File::open(&self.file).map_err(|error| {
            Failure::unsure("file-unreadable", format!("can not read {}: {error}", self.file.display()))
        })?;
        let mut result = Ok(());
        let reading = import::read(&source, BufReader::new(file), &mut |row| {
            if result.is_ok() {
                let line = row.line;
                match import.event(row) {
                    Ok(Found::New(signed)) => rows.push(signed),
                    Ok(Found::Known) => repeated += 1,
                    Ok(Found::Differs) => differing.push(line),
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
        text.push_str(&conflicts(reading.numbered, &differing));
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
            "reading": reading, "already": repeated, "differs": differing, "added": if self.dry_run { 0 } else { rows.len() },
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
    /// Contribution ids that are in the outbox, have receipts, or were seen in this file, and what they stand for.
    known: HashMap<Nonce, Hash>,
}

/// What a row comes to.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// An event that is not here yet.
    New(Signed),
    /// Its contribution id is known, and says the same.
    Known,
    /// Its contribution id is known, and says something else.
    Differs,
}

/// What a contribution says, whoever signs it and under whichever charter: the same row of the same export gives the
/// same digest.
fn said(payload: &Payload) -> Hash {
    let mut payload = payload.clone();
    payload.signers.clear();
    if let Body::Contribution(work) = &mut payload.body {
        work.charter = Hash([0; 32]);
    }
    Hash::of(&payload.to_canonical())
}

/// How many lines are named.
const SHOWN: usize = 5;

/// What a person is told about rows whose ids are known with another content.
fn conflicts(numbered: &str, lines: &[u64]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = lines.iter().take(SHOWN).map(ToString::to_string).collect();
    let more = lines.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "CONFLICT   row-differs: {} not logged, at {numbered} {}{more}: the same row ids are here already, with other \
         content.\n           If this is an export of another place, name it: --installation NAME. If the rows were \
         edited since, retract the old events first.\n",
        number(lines.len(), "row"),
        shown.join(", ")
    )
}

impl Import<'_> {
    /// The event of a row, if there is none already.
    fn event(&mut self, row: Row) -> Result<Found, Failure> {
        let (place, source, attempt) = (self.installation.as_str(), row.source_id.as_str(), row.attempt);
        let id = self.key.contribution_id(place, source, attempt);
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
        match self.known.entry(id) {
            Entry::Occupied(known) if *known.get() == said(&payload) => Ok(Found::Known),
            Entry::Occupied(_) => Ok(Found::Differs),
            Entry::Vacant(place) => {
                place.insert(said(&payload));
                Ok(Found::New(self.signer.event(&payload).or_refused()?))
            }
        }
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

/// The contribution ids of a project that are in the outbox or have receipts here, and what they stand for.
fn known(context: &Context, project: &Project) -> Result<HashMap<Nonce, Hash>, Failure> {
    let mut known = HashMap::new();
    let mut note = |payload: &Payload| {
        if payload.project == Some(project.id) && matches!(payload.body, Body::Contribution(_)) {
            known.insert(payload.id, said(payload));
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

#[cfg(test)]
mod tests {
    use super::*;
    use lebombo_verifier::event::Token;
    use lebombo_verifier::origin::Origin;

    fn row(quantity: u32) -> Row {
        Row {
            line: 2,
            contributor: "ama".into(),
            source_id: "1".into(),
            attempt: 1,
            work: lebombo_verifier::event::Work::Annotation,
            activity: Token::parse("labelling").unwrap(),
            unit: Token::parse("item").unwrap(),
            quantity,
            date: Day::parse("2026-01-01").unwrap(),
            outcome: None,
            evidence: b"x".to_vec(),
        }
    }

    #[test]
    fn the_same_row_is_known_and_another_with_its_id_differs() {
        let mut project = Project {
            name: Token::parse("vu-sound").unwrap(),
            id: Hash([1; 32]),
            log: Origin::parse("log.example").unwrap(),
            charter: Hash([2; 32]),
            import: None,
            founder: None,
            generation: 0,
        };
        let key = ImportKey::new(zeroize::Zeroizing::new([3; 32]));
        let source = Source::LabelStudio(Options::default());
        let known = {
            let signer = Signer::from_secret(&[7; 32]);
            let known = HashMap::new();
            let (source, key) = (&source, &key);
            let mut import =
                Import { project: &project, signer: &signer, key, source, installation: "a".into(), known };
            assert!(matches!(import.event(row(5)), Ok(Found::New(_))));
            assert_eq!(import.event(row(5)).unwrap(), Found::Known);
            assert_eq!(import.event(row(6)).unwrap(), Found::Differs);
            import.known
        };
        // Also for another importer, and after the charter was amended.
        project.charter = Hash([9; 32]);
        let signer = Signer::from_secret(&[8; 32]);
        let (source, key, project) = (&source, &key, &project);
        let mut import = Import { project, signer: &signer, key, source, installation: "a".into(), known };
        assert_eq!(import.event(row(5)).unwrap(), Found::Known);
        assert_eq!(import.event(row(6)).unwrap(), Found::Differs);
        import.installation = "b".into();
        assert!(matches!(import.event(row(6)), Ok(Found::New(_))));
    }

    #[test]
    fn conflicts_name_the_first_lines() {
        assert_eq!(conflicts("line", &[]), "");
        let text = conflicts("line", &[2, 3, 4, 5, 6, 7, 8]);
        assert!(text.contains("row-differs: 7 rows not logged, at line 2, 3, 4, 5, 6 and 2 more"), "{text}");
        assert!(text.contains("--installation"));
    }
}
