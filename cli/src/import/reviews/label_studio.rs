//! Reviews in Label Studio's "JSON" export. The Enterprise edition writes them as a list `reviews` in each annotation:
//! `accepted` (true, false or null), `created_by` (a number, or an object with `id`), `created_at`, and
//! `fixed_annotation_history`, which is not null where the reviewer corrected the annotation. Either edition marks an
//! annotation as `ground_truth`, which somebody did because it is right.

use std::collections::BTreeMap;
use std::io::Read;

use jiff::Timestamp;
use lebombo_verifier::event::Verdict;

use super::gather::{Gather, Said};
use super::{Given, Judged, Verdicts};
use crate::import::error::ImportError;
use crate::import::fault::Fault;
use crate::import::json::Json;
use crate::import::label_studio::{finished, ids, person, tasks};
use crate::import::table::joined;

/// Reads an export to its end, one task in memory at a time.
///
/// # Errors
/// Those of `tasks`, and `TooManyRows`.
pub(super) fn read<R: Read>(
    given: &Given,
    input: R,
    sink: &mut dyn FnMut(Judged),
) -> Result<Verdicts, ImportError> {
    let mut gather = Gather::<String>::new("task");
    tasks(input, &mut |line, task| {
        let task = match task {
            Ok(task) => task,
            Err(fault) => {
                gather.count()?;
                gather.skip(line, &fault);
                return Ok(());
            }
        };
        let Some(annotations) = task.get("annotations").and_then(Json::list) else {
            gather.count()?;
            gather.skip(line, &Fault::AnnotationsMissing);
            return Ok(());
        };
        for (index, annotation) in annotations.iter().enumerate() {
            gather.count()?;
            match verdicts(&task, index.saturating_add(1), annotation) {
                Ok((_, verdicts)) if verdicts.is_empty() => gather.silent(),
                Ok((source_id, verdicts)) => {
                    for verdict in verdicts {
                        match said(given, line, verdict) {
                            Ok(said) => gather.take(source_id.clone(), said),
                            Err(fault) => gather.skip(line, &fault),
                        }
                    }
                }
                Err(fault) => gather.skip(line, &fault),
            }
        }
        Ok(())
    })?;
    let (agreed, mut report) = gather.finish();
    for (source_id, said) in agreed {
        report.taken(said.verdict);
        sink(said.of(source_id, 1));
    }
    Ok(report)
}

fn said(given: &Given, line: u64, verdict: Verdict) -> Result<Said, Fault> {
    let reason = if verdict == Verdict::Reject { given.reason.clone() } else { None };
    if verdict == Verdict::Reject && reason.is_none() {
        return Err(Fault::ReasonMissing);
    }
    Ok(Said { line, verdict, quantity: None, in_digits: None, reason, method: given.method })
}

/// The source id of an annotation and the verdicts on it: the newest of each reviewer, and that of whoever made it the
/// ground truth.
fn verdicts(task: &Json, at: usize, annotation: &Json) -> Result<(String, Vec<Verdict>), Fault> {
    finished(at, annotation)?;
    let source_id = joined(ids(task, annotation)?.to_vec());
    let malformed = || Fault::ReviewMalformed { at };
    let reviews = match annotation.get("reviews") {
        None | Some(Json::Null) => &[],
        Some(list) => list.list().ok_or_else(malformed)?,
    };
    let mut newest = BTreeMap::<&str, (Option<Timestamp>, Verdict, bool)>::new();
    for review in reviews {
        let by = person(review.get("created_by")).ok_or_else(malformed)?;
        let verdict = match review.get("accepted") {
            Some(Json::Bool(true)) => Verdict::Accept,
            Some(Json::Bool(false)) => Verdict::Reject,
            None | Some(Json::Null) => continue,
            Some(_) => return Err(malformed()),
        };
        let created = review.get("created_at").and_then(Json::text).and_then(|text| text.parse().ok());
        let corrected = review.get("fixed_annotation_history").is_some_and(|fix| *fix != Json::Null);
        // Of the same time the later in the list is the newer.
        if newest.get(by).is_none_or(|(before, ..)| created >= *before) {
            newest.insert(by, (created, verdict, corrected));
        }
    }
    // What was accepted there is the reviewer's correction. How much of the annotator's work is left, nothing says.
    if newest.values().any(|(_, verdict, corrected)| *verdict == Verdict::Accept && *corrected) {
        return Err(Fault::ReviewCorrected { at });
    }
    let mut verdicts: Vec<Verdict> = newest.into_values().map(|(_, verdict, _)| verdict).collect();
    if annotation.get("ground_truth") == Some(&Json::Bool(true)) {
        verdicts.push(Verdict::Accept);
    }
    Ok((source_id, verdicts))
}
