//! Label Studio's "JSON" export: a list of tasks, each with its annotations.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use jiff::Timestamp;
use lebombo_verifier::event::Outcome;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::day::{Calendar, Layout};
use super::error::ImportError;
use super::fault::Fault;
use super::json::{Json, Members};
use super::lines::{io_error, without_mark};
use super::presets::{Defaults, calendar};
use super::report::Notice;
use super::table::joined;
use super::tally::{Intake, Marks};
use super::{Options, Row};

/// Largest task, in bytes: masks drawn with a brush are long lists of numbers.
const MAX_TASK: u64 = 64 << 20;

/// Reads an export to its end, one task in memory at a time.
///
/// # Errors
/// `NotJson`, `NotTasks`, `TaskTooLarge`, `ZoneMissing`, `TooManyRows`, `FileTooLarge`, `Unreadable`, `Utf16`.
pub(crate) fn read<R: Read>(options: &Options, input: R, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let left = Rc::new(Cell::new(MAX_TASK));
    let fault = Rc::new(Cell::new(None));
    let metered = Metered { input: without_mark(input)?, left: Rc::clone(&left), fault: Rc::clone(&fault) };
    let mut json = serde_json::Deserializer::from_reader(metered);
    let mut tasks = Tasks {
        options,
        calendar: calendar(options, Layout::Iso),
        element: 0,
        idle: [0; 2],
        intake,
        left: &left,
        failed: None,
    };
    let found = (&mut tasks).deserialize(&mut json);
    let (failed, idle, element) = (tasks.failed.take(), tasks.idle, tasks.element);
    if let Some(error) = failed {
        return Err(error);
    }
    if let Err(error) = found.and_then(|()| json.end()) {
        // serde_json quotes what it found in its messages; ours give the place only.
        return Err(match fault.take() {
            Some(Stopped::TaskTooLarge) => {
                ImportError::TaskTooLarge { element: element.saturating_add(1), limit: MAX_TASK }
            }
            Some(Stopped::Io(error)) => io_error(error),
            None if element == 0 && error.is_data() => ImportError::NotTasks,
            None => ImportError::NotJson { line: error.line(), column: error.column() },
        });
    }
    let [drafts, predictions] = idle;
    if drafts > 0 || predictions > 0 {
        let text = format!(
            "{drafts} drafts and {predictions} predictions are no finished work of a person: not read"
        );
        intake.notice(Notice {
            code: "not-work",
            count: drafts.saturating_add(predictions),
            lines: Vec::new(),
            text,
        });
    }
    Ok(())
}

/// Receives the list of tasks while it is parsed.
struct Tasks<'a, 'b> {
    options: &'a Options,
    calendar: Calendar,
    /// Number of the task that was read last, from 1.
    element: u64,
    /// Drafts and predictions.
    idle: [u64; 2],
    intake: &'a mut Intake<'b>,
    left: &'a Cell<u64>,
    /// Why we stopped, when it was us.
    failed: Option<ImportError>,
}

impl<'de> DeserializeSeed<'de> for &mut Tasks<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Tasks<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tasks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(task) = list.next_element::<Box<RawValue>>()? {
            self.left.set(MAX_TASK);
            self.element = self.element.saturating_add(1);
            if let Err(error) = self.task(task.get()) {
                self.failed = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl Tasks<'_, '_> {
    fn task(&mut self, text: &str) -> Result<(), ImportError> {
        let line = self.element;
        let task = match Json::parse(text.as_bytes()) {
            Ok(task @ Json::Object(_)) => task,
            Ok(_) => return self.lost(Fault::NotAnObject),
            Err(_) => return self.lost(Fault::NotJson),
        };
        for (idle, name) in self.idle.iter_mut().zip(["drafts", "predictions"]) {
            let more = task.get(name).and_then(Json::list).map_or(0, <[Json]>::len);
            *idle = idle.saturating_add(more as u64);
        }
        let Some(annotations) = task.get("annotations").and_then(Json::list) else {
            return self.lost(Fault::AnnotationsMissing);
        };
        for (index, annotation) in annotations.iter().enumerate() {
            self.intake.count()?;
            match self.annotation(&task, index.saturating_add(1), annotation) {
                Ok((row, marks)) => self.intake.take(row, &marks),
                Err(fault) => self.intake.skip(line, &fault)?,
            }
        }
        Ok(())
    }

    /// A task of which no annotation can be read.
    fn lost(&mut self, fault: Fault) -> Result<(), ImportError> {
        self.intake.count()?;
        self.intake.skip(self.element, &fault)
    }

    fn annotation(&self, task: &Json, at: usize, annotation: &Json) -> Result<(Row, Marks), Fault> {
        if !matches!(annotation, Json::Object(_)) {
            return Err(Fault::AnnotationMalformed { at });
        }
        if annotation.get("was_cancelled") == Some(&Json::Bool(true)) {
            return Err(Fault::AnnotationCancelled { at });
        }
        let by = annotation.get("completed_by");
        let contributor = by
            .and_then(|by| by.whole().or_else(|| by.get("id")?.whole()))
            .ok_or(Fault::ContributorMissing)?;
        let id = |value: Option<&Json>| {
            let id = value.and_then(|value| value.whole().or_else(|| value.text()));
            id.filter(|id| !id.is_empty()).map(str::to_owned).ok_or(Fault::SourceIdMissing)
        };
        let (task_id, annotation_id) = (id(task.get("id"))?, id(annotation.get("id"))?);
        let created = annotation.get("created_at").and_then(Json::text).ok_or(Fault::DateMissing)?;
        let date = match self.options.date {
            Some(date) => date,
            None => self.calendar.day(created)?,
        };
        let mut evidence = Members::default();
        evidence.insert("annotation".to_owned(), Json::Text(annotation_id.clone()));
        evidence.insert("completed-by".to_owned(), Json::Text(contributor.to_owned()));
        evidence.insert("created-at".to_owned(), Json::Text(created.to_owned()));
        evidence.insert("result".to_owned(), annotation.get("result").cloned().unwrap_or(Json::Null));
        evidence.insert("task".to_owned(), Json::Text(task_id.clone()));
        let (work, activity, unit) = Defaults::LABEL_STUDIO.work(self.options);
        let row = Row {
            line: self.element,
            contributor: contributor.to_owned(),
            source_id: joined(vec![task_id.clone(), annotation_id]),
            attempt: 1,
            work,
            activity,
            unit,
            quantity: 1,
            date,
            outcome: verdict(annotation),
            evidence: Json::Object(evidence).canonical(),
        };
        Ok((row, Marks { item: Some(task_id), ..Marks::default() }))
    }
}

/// The newest review's verdict; pending if there is a list of reviews and none has one; nothing without a list.
fn verdict(annotation: &Json) -> Option<Outcome> {
    let reviews = annotation.get("reviews")?.list()?;
    let newest = reviews
        .iter()
        .filter_map(|review| {
            let outcome = match review.get("accepted")? {
                Json::Bool(true) => Outcome::Accepted,
                Json::Bool(false) => Outcome::Rejected,
                _ => return None,
            };
            let created: Option<Timestamp> =
                review.get("created_at").and_then(Json::text).and_then(|t| t.parse().ok());
            Some((created, outcome))
        })
        .max_by_key(|(created, _)| *created);
    Some(newest.map_or(Outcome::Pending, |(_, outcome)| outcome))
}

/// Why a `Metered` reader stopped.
enum Stopped {
    TaskTooLarge,
    Io(io::Error),
}

/// Fails once more than `left` bytes have been read; serde_json asks for one byte at a time and never reads ahead.
struct Metered<R> {
    input: R,
    left: Rc<Cell<u64>>,
    fault: Rc<Cell<Option<Stopped>>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.read(buffer) {
            Ok(count) => match self.left.get().checked_sub(count as u64) {
                Some(left) => {
                    self.left.set(left);
                    return Ok(count);
                }
                None => self.fault.set(Some(Stopped::TaskTooLarge)),
            },
            Err(error) => self.fault.set(Some(Stopped::Io(error))),
        }
        Err(io::ErrorKind::Other.into())
    }
}
