//! `import reviews`: verdicts that were given on another platform, on work that was imported from there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use lebombo_verifier::event::{Nonce, Token};
use serde::Serialize;
use serde_json::json;

use crate::clock;
use crate::command::review::{Desk, Tally, ending, foresee, method};
use crate::context::Context;
use crate::failure::{Failure, OrFail as _};
use crate::files;
use crate::import::{self, GivenReviews, Judged, ReviewMap, ReviewSource, Verdicts, places};
use crate::outbox::Outbox;
use crate::reviews::{self, Ruling, Subjects, Waiting};
use crate::signer::Signed;
use crate::table::number;

/// Review imported work by the verdicts of the platform that it came from
///
/// Signed by you, as a reviewer of the project who did not import the work. You need the project's import key, without
/// which nobody can tell which contribution a row became: `lebombo project pin … --import-key`. Only work that waits for
/// a verdict is reviewed, so importing the same verdicts again adds nothing. Where verdicts on one piece of work differ
/// none of them is taken, and that is reported.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
Reviews in a Label Studio export, with the reason to give for rejections:
  $ lebombo import reviews label-studio export.json --project vu-sound --reason low-quality --dry-run
  $ lebombo import reviews label-studio export.json --project vu-sound --reason low-quality
  $ lebombo push
A table of verdicts, one row for each piece of work:
  $ lebombo import reviews map verdicts.csv --map reviews.toml --project vu-sound
A table of workers who were found to be spammers in a batch; the rows of the work say what they did in it:
  $ lebombo import reviews map workers.csv --map workers.toml --rows annotations.csv --project vu-sound")]
pub(in crate::command) struct Args {
    /// What kind of file it is
    format: Format,
    /// The file with the verdicts
    file: PathBuf,
    /// A name given here, or an id that has one
    #[arg(long)]
    project: String,
    /// For `map`: which column means what, in TOML (docs/import.md)
    #[arg(long, value_name = "FILE", required_if_eq("format", "map"))]
    map: Option<PathBuf>,
    /// For a map with `join`: the export of the work
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// As in the import of the work
    #[arg(long, value_name = "NAME")]
    installation: Option<String>,
    /// As in the import of the work [default: the platform's]
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// The charter's reason code for rejections of which the file gives none
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// How the reviewers came to their verdicts, where the file does not say: full, sample, gold or consensus
    #[arg(long, default_value = "full")]
    method: String,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// Show what would be decided, and decide nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Label Studio, exported as "JSON", with reviews
    LabelStudio,
    /// CSV, TSV or JSON Lines with a column map
    Map,
}

/// Verdicts that are not given, and the lines that they stand on: of verdicts on workers many on one.
#[derive(Default, Serialize)]
struct LeftOut {
    count: u64,
    lines: BTreeSet<u64>,
}

impl LeftOut {
    fn add(&mut self, line: u64) {
        self.count = self.count.saturating_add(1);
        self.lines.insert(line);
    }
}

/// What the verdicts come to.
#[derive(Default)]
struct Found {
    /// By what is said.
    rulings: BTreeMap<Ruling, Subjects>,
    tally: BTreeMap<&'static str, Tally>,
    /// Verdicts on work that does not wait for one, or is not there.
    not_waiting: LeftOut,
    /// Verdicts on work that the reviewer did or imported.
    own: LeftOut,
    /// Verdicts that accept more than was logged.
    above: LeftOut,
    /// Verdicts of which one is on the whole and another on a quantity that is not the whole.
    differing: LeftOut,
    /// Contributions that the reviewer has judged already.
    already: usize,
}

impl Args {
    pub(in crate::command) fn run(self, context: &Context) -> Result<(), Failure> {
        let mut desk = Desk::open(context, &self.project, false)?;
        let key = super::import_key(context, &mut desk.project)?;
        let reason = self.reason.as_deref().map(|text| desk.reason(text)).transpose()?;
        let source = self.source(reason)?;
        let installation = self.installation(&source)?;
        let (read, judged) = self.read(&source)?;
        let reasons: BTreeSet<&str> =
            judged.iter().filter_map(|one| one.reason.as_ref().map(Token::as_str)).collect();
        for reason in reasons {
            desk.reason(reason)?;
        }
        let judged: HashMap<Nonce, Judged> = judged
            .into_iter()
            .map(|one| (key.contribution_id(&installation, &one.source_id, one.attempt), one))
            .collect();
        let found = find(context, &desk, &judged)?;
        let mut signed = Vec::new();
        for (ruling, subjects) in &found.rulings {
            signed.extend(desk.sign(self.date.as_deref(), ruling, subjects)?);
        }
        let warnings = foresee(&desk.client, &signed)?;
        if !self.dry_run {
            Outbox::of(&context.home).add(&signed, clock::now()).or_unsure()?;
        }
        let mut text = format!("{read}{}", found.text(&read, desk.project.name.as_str()));
        warnings.iter().for_each(|warning| text.push_str(&warning.text()));
        text.push_str(&ending(self.dry_run, signed.len()));
        let value = json!({
            "reading": read, "accept": found.count("accept"), "reject": found.count("reject"),
            "work": found.tally.iter().map(|(verdict, tally)| (*verdict, tally.to_json()))
                .collect::<BTreeMap<_, _>>(),
            "not_waiting": found.not_waiting, "own": found.own, "above_logged": found.above, "differing": found.differing,
            "already": found.already,
            "reviews": signed.iter().map(|one: &Signed| one.id.to_string()).collect::<Vec<_>>(),
            "warnings": warnings.iter().map(|warning| warning.to_json()).collect::<Vec<_>>(),
            "dry_run": self.dry_run,
        });
        context.answer(&value, &text)
    }

    fn source(&self, reason: Option<Token>) -> Result<ReviewSource, Failure> {
        let method = method(&self.method)?;
        match (self.format, &self.map) {
            (Format::LabelStudio, _) => Ok(ReviewSource::LabelStudio(GivenReviews { reason, method })),
            (Format::Map, Some(path)) => {
                let given = GivenReviews { reason, method };
                let map = ReviewMap::parse(&files::read_text(path)?, &given).or_refused()?;
                Ok(ReviewSource::Map(Box::new(map)))
            }
            (Format::Map, None) => Err(Failure::unsure("map-missing", "say --map FILE")),
        }
    }

    /// The name that the source ids are unique within: the same as when the work was imported.
    fn installation(&self, source: &ReviewSource) -> Result<String, Failure> {
        let system =
            self.system.as_deref().map(|text| crate::command::log::token("system", text)).transpose()?;
        Ok(match (&self.installation, system) {
            (Some(name), _) => name.clone(),
            (None, Some(system)) => system.to_string(),
            (None, None) => source.system(),
        })
    }

    fn read(&self, source: &ReviewSource) -> Result<(Verdicts, Vec<Judged>), Failure> {
        let mut judged = Vec::new();
        let rows = self.rows.as_deref().map(open).transpose()?;
        let verdicts = import::read_reviews(source, open(&self.file)?, rows, &mut |one| judged.push(one));
        Ok((verdicts.or_refused()?, judged))
    }
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    File::open(path).map(BufReader::new).map_err(|error| {
        Failure::unsure("file-unreadable", format!("can not read {}: {error}", path.display()))
    })
}

/// Finds the contributions that the verdicts are on. Only aliases' work is looked at: the ids of a project's imported
/// rows are taken once, and anybody may have put one of them on work of their own.
fn find(context: &Context, desk: &Desk, judged: &HashMap<Nonce, Judged>) -> Result<Found, Failure> {
    let progress = |text: &str| context.progress(text);
    let waiting = reviews::undecided(&desk.client, &desk.project, &progress, &|one| {
        one.work.contributor.is_some() && judged.contains_key(&one.nonce)
    })?;
    let waiting: BTreeMap<Nonce, Waiting> = waiting.into_iter().map(|one| (one.nonce, one)).collect();
    let ids = waiting.values().map(|one| one.id).collect();
    let before = reviews::judged(context, &desk.client, &desk.project, desk.me(), &ids)?;
    let mut found = Found::default();
    for (nonce, one) in judged {
        let Some(work) = waiting.get(nonce) else {
            found.not_waiting.add(one.line);
            continue;
        };
        if work.is_of(desk.me()) {
            found.own.add(one.line);
        } else if let Some((quantity, line)) = one.in_digits
            && quantity != work.work.quantity
        {
            found.differing.add(one.line);
            found.differing.lines.insert(line);
        } else if one.quantity.is_some_and(|quantity| quantity > work.work.quantity) {
            found.above.add(one.line);
        } else if before.contains(&work.id) {
            found.already = found.already.saturating_add(1);
        } else {
            let Judged { verdict, reason, method, quantity, .. } = one.clone();
            // A whole in digits is the whole: so equal verdicts are equal, and more of them fit an event.
            let quantity = quantity.filter(|quantity| *quantity < work.work.quantity);
            found.tally.entry(verdict.as_str()).or_default().add(work, quantity);
            let ruling = Ruling { verdict, reason, method };
            found.rulings.entry(ruling).or_default().add(work.id, quantity).or_refused()?;
        }
    }
    Ok(found)
}

impl Found {
    /// How many contributions get this verdict.
    fn count(&self, verdict: &str) -> usize {
        let of = self.rulings.iter().filter(|(ruling, _)| ruling.verdict.as_str() == verdict);
        of.map(|(_, subjects)| subjects.len()).sum()
    }

    fn text(&self, read: &Verdicts, project: &str) -> String {
        let mut text = String::new();
        let mut line = |left: &LeftOut, what: &str| {
            if left.count > 0 {
                let places = places(read.numbered, left.lines.iter().copied());
                let count = number(left.count, "verdict");
                text.push_str(&format!("left out   {count}: {what}\n             {places}\n"));
            }
        };
        line(
            &self.not_waiting,
            "no imported work in the log waits for them. It was decided or withdrawn, is not logged, or was imported \
             under another --installation",
        );
        line(&self.own, "nobody reviews what they did or imported; ask another reviewer [subject-own]");
        line(
            &self.differing,
            "one accepts all of the work and another a quantity that is not all that was logged; decide by hand",
        );
        line(&self.above, "they accept more than was logged [subject-quantity-above-logged]");
        if self.already > 0 {
            let already = number(self.already, "verdict");
            text.push_str(&format!("left out   {already}: you have judged that work already\n"));
        }
        for (verdict, tally) in &self.tally {
            let count = number(self.count(verdict), "event");
            text.push_str(&format!("To {verdict} in {project}: {count}\n{}", tally.text()));
        }
        text
    }
}
