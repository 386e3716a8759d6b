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

/// Reads the work in an export to its end, one task in memory at a time.
///
/// # Errors
/// Those of `tasks`, `ZoneMissing`, `TooManyRows`.
pub(crate) fn read<R: Read>(options: &Options, input: R, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let calendar = calendar(options, Layout::Iso);
    let mut idle = [0u64; 2];
    tasks(input, &mut |line, task| {
        // A task of which no annotation can be read counts as one row.
        let mut lost = |fault| {
            intake.count()?;
            intake.skip(line, &fault)
        };
        let task = match task {
            Ok(task) => task,
            Err(fault) => return lost(fault),
        };
        for (idle, name) in idle.iter_mut().zip(["drafts", "predictions"]) {
            let more = task.get(name).and_then(Json::list).map_or(0, <[Json]>::len);
            *idle = idle.saturating_add(more as u64);
        }
        let Some(annotations) = task.get("annotations").and_then(Json::list) else {
            return lost(Fault::AnnotationsMissing);
        };
        for (index, annotation) in annotations.iter().enumerate() {
            intake.count()?;
            let at = index.saturating_add(1);
            match row(options, &calendar, line, &task, at, annotation) {
                Ok((row, marks)) => intake.take(row, &marks),
                Err(fault) => intake.skip(line, &fault)?,
            }
        }
        Ok(())
    })?;
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

/// Takes a task, or what is wrong with it, and its number in the list, from 1.
type Sink<'a> = dyn FnMut(u64, Result<Json, Fault>) -> Result<(), ImportError> + 'a;

/// Reads an export to its end, one task in memory at a time.
///
/// # Errors
/// `NotJson`, `NotTasks`, `TaskTooLarge`, `FileTooLarge`, `Unreadable`, `Utf16`, and the sink's.
pub(crate) fn tasks<R: Read>(input: R, sink: &mut Sink<'_>) -> Result<(), ImportError> {
    let left = Rc::new(Cell::new(MAX_TASK));
    let fault = Rc::new(Cell::new(None));
    let metered = Metered { input: without_mark(input)?, left: Rc::clone(&left), fault: Rc::clone(&fault) };
    let mut json = serde_json::Deserializer::from_reader(metered);
    let mut tasks = Tasks { element: 0, sink, left: &left, failed: None };
    let found = (&mut tasks).deserialize(&mut json);
    let (failed, element) = (tasks.failed.take(), tasks.element);
    if let Some(error) = failed {
        return Err(error);
    }
    found.and_then(|()| json.end()).map_err(|error| {
        // serde_json quotes what it found in its messages; ours give the place only.
        match fault.take() {
            Some(Stopped::TaskTooLarge) => {
                ImportError::TaskTooLarge { element: element.saturating_add(1), limit: MAX_TASK }
            }
            Some(Stopped::Io(error)) => io_error(error),
            None if element == 0 && error.is_data() => ImportError::NotTasks,
            None => ImportError::NotJson { line: error.line(), column: error.column() },
        }
    })
}

/// Receives the list of tasks while it is parsed.
struct Tasks<'a, 'b> {
    /// Number of the task that was read last, from 1.
    element: u64,
    sink: &'a mut Sink<'b>,
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
            let task = match Json::parse(task.get().as_bytes()) {
                Ok(task @ Json::Object(_)) => Ok(task),
                Ok(_) => Err(Fault::NotAnObject),
                Err(_) => Err(Fault::NotJson),
            };
            if let Err(error) = (self.sink)(self.element, task) {
                self.failed = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// An annotation that is finished work of a person: the number of it in its task is `at`, from 1.
///
/// # Errors
/// `AnnotationMalformed`, `AnnotationCancelled`.
pub(crate) fn finished(at: usize, annotation: &Json) -> Result<(), Fault> {
    if !matches!(annotation, Json::Object(_)) {
        return Err(Fault::AnnotationMalformed { at });
    }
    if annotation.get("was_cancelled") == Some(&Json::Bool(true)) {
        return Err(Fault::AnnotationCancelled { at });
    }
    Ok(())
}

/// The ids of a task and of one of its annotations: together the source id.
///
/// # Errors
/// `SourceIdMissing`.
pub(crate) fn ids(task: &Json, annotation: &Json) -> Result<[String; 2], Fault> {
    let id = |value: Option<&Json>| {
        let id = value.and_then(|value| value.whole().or_else(|| value.text()));
        id.filter(|id| !id.is_empty()).map(str::to_owned).ok_or(Fault::SourceIdMissing)
    };
    Ok([id(task.get("id"))?, id(annotation.get("id"))?])
}

/// The number of a person, who stands there as a number or as an object with one. E-mails are not looked at.
pub(crate) fn person(value: Option<&Json>) -> Option<&str> {
    value.and_then(|by| by.whole().or_else(|| by.get("id")?.whole()))
}

fn row(
    options: &Options,
    calendar: &Calendar,
    line: u64,
    task: &Json,
    at: usize,
    annotation: &Json,
) -> Result<(Row, Marks), Fault> {
    finished(at, annotation)?;
    let contributor = person(annotation.get("completed_by")).ok_or(Fault::ContributorMissing)?;
    let [task_id, annotation_id] = ids(task, annotation)?;
    let created = annotation.get("created_at").and_then(Json::text).ok_or(Fault::DateMissing)?;
    let date = match options.date {
        Some(date) => date,
        None => calendar.day(created)?,
    };
    let mut evidence = Members::default();
    evidence.insert("annotation".to_owned(), Json::Text(annotation_id.clone()));
    evidence.insert("completed-by".to_owned(), Json::Text(contributor.to_owned()));
    evidence.insert("created-at".to_owned(), Json::Text(created.to_owned()));
    evidence.insert("result".to_owned(), annotation.get("result").cloned().unwrap_or(Json::Null));
    evidence.insert("task".to_owned(), Json::Text(task_id.clone()));
    let (work, activity, unit) = Defaults::LABEL_STUDIO.work(options);
    let row = Row {
        line,
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
