//! What the ledger serves as totals, held against what its entries give.

use std::cmp::Ordering;
use std::collections::VecDeque;

use lebombo_verifier::Hash;
use lebombo_verifier::fold::{Amount, AsOf, Contributor, Count, Fold, MarkView, SnapshotView};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::AuditError;
use super::finding::Lie;
use super::report::Compared;
use super::source::{Answer, Source};
use super::state::StoredState;

/// Contributors or projects of a page.
const PAGE: usize = 1_000;
/// Most bytes of a page.
const MAX_PAGE: u64 = 96 << 20;

/// How a comparison ended.
#[derive(Debug)]
pub(super) enum Served {
    Compared(Compared),
    /// The ledger has a newer snapshot by now, or is still making one: audit what was added, and try again.
    Moved,
    /// There is nothing to compare: no snapshot yet.
    Nothing,
}

#[derive(Deserialize)]
struct LatestBody {
    size: u64,
    id: String,
    mark: String,
    day: String,
    root: String,
    projects: u64,
}

#[derive(Deserialize)]
struct ProjectLine {
    project: String,
}

#[derive(Deserialize)]
struct ProjectsBody {
    projects: Vec<ProjectLine>,
    next: Option<String>,
    as_of: u64,
}

#[derive(Debug, Deserialize)]
struct AmountBody {
    events: u64,
    quantity: String,
}

#[derive(Debug, Deserialize)]
struct CountBody {
    work: String,
    unit: String,
    logged: AmountBody,
    pending: AmountBody,
    accepted: AmountBody,
    rejected: AmountBody,
    withdrawn: u64,
}

#[derive(Debug, Deserialize)]
struct ContributorBody {
    contributor: String,
    who: String,
    handle: Option<u64>,
    points: String,
    counts: Vec<CountBody>,
    void: u64,
}

#[derive(Deserialize)]
struct TotalsBody {
    contributors: Vec<ContributorBody>,
    next: Option<String>,
}

/// What an API path answers.
enum Body<T> {
    Found(T),
    Absent,
    Gone,
}

fn get<T: DeserializeOwned>(source: &dyn Source, path: &str) -> Result<Body<T>, AuditError> {
    match source.read(path, MAX_PAGE)? {
        Answer::Absent => Ok(Body::Absent),
        Answer::Gone => Ok(Body::Gone),
        Answer::Found(bytes) => serde_json::from_slice(&bytes).map(Body::Found).map_err(|error| {
            let what = error.to_string();
            AuditError::Answer { path: path.to_owned(), what }
        }),
    }
}

/// The hash that `next` of a page names; pages have to go on.
fn next(path: &str, text: Option<&str>, after: Option<Hash>) -> Result<Option<Hash>, AuditError> {
    let Some(text) = text else { return Ok(None) };
    let next = Hash::from_hex(text).filter(|next| Some(*next) > after);
    let wrong = || AuditError::Answer { path: path.to_owned(), what: "its pages do not go on".to_owned() };
    next.map(Some).ok_or_else(wrong)
}

/// Compares what is served with the state at the newest mark of a log of `size` entries.
pub(super) fn compare(
    source: &dyn Source,
    fold: &mut Fold<StoredState>,
    size: u64,
    lies: &mut Vec<Lie>,
) -> Result<Served, AuditError> {
    let (mark, snapshot) = match (fold.mark_view()?, fold.snapshot_view()?) {
        (Some(mark), Some(snapshot)) if mark.stated => (mark, snapshot),
        (None, _) => return Ok(Served::Nothing),
        _ => return Ok(Served::Moved),
    };
    let Body::Found(latest) = get::<LatestBody>(source, "v1/snapshots/latest")? else {
        return Ok(Served::Moved);
    };
    if latest.size > size || latest.size <= snapshot.index {
        return Ok(Served::Moved);
    }
    if latest.size != snapshot.index + 1 {
        // The audited entries hold its last one, and no valid snapshot is there.
        lies.push(Lie::SnapshotNotValid { index: latest.size - 1, void: None });
        return Ok(Served::Moved);
    }
    check_latest(&latest, &mark, &snapshot, lies);
    let mut comparison = Comparison { source, fold, index: snapshot.index, lies, contributors: 0 };
    let Some(projects) = comparison.projects(size)? else { return Ok(Served::Moved) };
    let contributors = comparison.contributors;
    Ok(Served::Compared(Compared { index: snapshot.index, projects, contributors }))
}

fn check_latest(latest: &LatestBody, mark: &MarkView, snapshot: &SnapshotView, lies: &mut Vec<Lie>) {
    let pairs = [
        ("its event id", latest.id.clone(), snapshot.id.to_string()),
        ("its mark", latest.mark.clone(), mark.id.to_string()),
        ("its day", latest.day.clone(), mark.day.to_string()),
        ("the root of all totals", latest.root.clone(), mark.root.to_string()),
        ("the number of projects", latest.projects.to_string(), mark.projects.to_string()),
    ];
    let wrong = pairs.into_iter().filter(|(_, served, found)| served != found);
    lies.extend(wrong.map(|(what, served, found)| Lie::Latest {
        index: snapshot.index,
        what,
        served: shorten(served),
        found,
    }));
}

/// What a stranger has sent, for a message: not too much of it. Whoever shows it makes it safe to print.
fn shorten(text: String) -> String {
    if text.chars().count() <= 128 { text } else { text.chars().take(128).chain(['…']).collect() }
}

struct Comparison<'a> {
    source: &'a dyn Source,
    fold: &'a mut Fold<StoredState>,
    index: u64,
    lies: &'a mut Vec<Lie>,
    contributors: u64,
}

/// Most lies that one comparison lists.
const MAX_LIES: usize = 1_000;

impl Comparison<'_> {
    fn lie(&mut self, lie: Lie) {
        if self.lies.len() < MAX_LIES {
            self.lies.push(lie);
        }
    }

    /// Every project that the mark has, and what is listed as one. `None` where the ledger has moved on.
    fn projects(&mut self, size: u64) -> Result<Option<u64>, AuditError> {
        self.listed(size)?;
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.fold.projects(after.as_ref(), PAGE)?;
            for project in &page {
                // What began after the mark is not stated yet.
                if self.fold.project_at_mark(project)?.is_none() {
                    continue;
                }
                if !self.totals(project)? {
                    return Ok(None);
                }
                count += 1;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(*last),
                _ => return Ok(Some(count)),
            }
        }
    }

    /// No project is listed that the entries do not have. (A list that takes in later entries may have more.)
    fn listed(&mut self, size: u64) -> Result<(), AuditError> {
        let mut after = None;
        loop {
            let from = after.map_or_else(String::new, |after: Hash| format!("&after={after}"));
            let path = format!("v1/projects?limit={PAGE}{from}");
            let Body::Found(page) = get::<ProjectsBody>(self.source, &path)? else { return Ok(()) };
            for line in page.projects.iter().filter(|_| page.as_of <= size) {
                let project = Hash::from_hex(&line.project).ok_or_else(|| AuditError::Answer {
                    path: path.clone(),
                    what: "a project is no event id".to_owned(),
                })?;
                if self.fold.project_view(&project)?.is_none() {
                    self.lie(Lie::ProjectUnknown { index: self.index, project });
                }
            }
            after = next(&path, page.next.as_deref(), after)?;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// All totals of one project, side by side. False where the ledger has moved on.
    fn totals(&mut self, project: &Hash) -> Result<bool, AuditError> {
        let (mut ours, mut our_next, mut our_end) = (VecDeque::new(), None, false);
        let mut after: Option<Hash> = None;
        let mut last: Option<Hash> = None;
        loop {
            let from = after.map_or_else(String::new, |after| format!("&after={after}"));
            let path = format!("v1/projects/{project}/totals?snapshot={}&limit={PAGE}{from}", self.index + 1);
            let page = match get::<TotalsBody>(self.source, &path)? {
                Body::Found(page) => page,
                Body::Gone => return Ok(false),
                Body::Absent => {
                    self.lie(Lie::ProjectMissing { index: self.index, project: *project });
                    return Ok(true);
                }
            };
            for served in &page.contributors {
                let who = Hash::from_hex(&served.who).filter(|who| Some(*who) > last);
                let who = who.ok_or_else(|| AuditError::Answer {
                    path: path.clone(),
                    what: "its contributors do not ascend".to_owned(),
                })?;
                last = Some(who);
                loop {
                    self.fill(project, &mut ours, &mut our_next, &mut our_end)?;
                    let order = ours.front().map_or(Ordering::Greater, |one: &Contributor| one.who.cmp(&who));
                    match order {
                        Ordering::Less => {
                            if let Some(one) = ours.pop_front() {
                                self.missing(project, &one);
                            }
                        }
                        Ordering::Equal => {
                            if let Some(one) = ours.pop_front() {
                                self.contributor(project, &one, served)?;
                            }
                            break;
                        }
                        Ordering::Greater => {
                            self.lie(Lie::ContributorUnknown { index: self.index, project: *project, who });
                            break;
                        }
                    }
                }
            }
            after = next(&path, page.next.as_deref(), after)?;
            if after.is_none() {
                break;
            }
        }
        loop {
            self.fill(project, &mut ours, &mut our_next, &mut our_end)?;
            let Some(one) = ours.pop_front() else { return Ok(true) };
            self.missing(project, &one);
        }
    }

    /// Reads on in our own state, where nothing waits.
    fn fill(
        &mut self,
        project: &Hash,
        ours: &mut VecDeque<Contributor>,
        after: &mut Option<Hash>,
        is_end: &mut bool,
    ) -> Result<(), AuditError> {
        while ours.is_empty() && !*is_end {
            let (page, next) = self.fold.contributors(project, after.as_ref(), PAGE, AsOf::Mark)?;
            ours.extend(page);
            *is_end = next.is_none();
            *after = next;
        }
        Ok(())
    }

    fn missing(&mut self, project: &Hash, one: &Contributor) {
        self.lie(Lie::ContributorMissing { index: self.index, project: *project, who: one.who });
    }

    fn contributor(
        &mut self,
        project: &Hash,
        ours: &Contributor,
        served: &ContributorBody,
    ) -> Result<(), AuditError> {
        self.contributors += 1;
        let handle = |handle: Option<u64>| handle.map_or("none".to_owned(), |handle| handle.to_string());
        let mut pairs = vec![
            ("their name".to_owned(), served.contributor.clone(), ours.text.clone()),
            ("their handle".to_owned(), handle(served.handle), handle(ours.handle)),
            ("points".to_owned(), served.points.clone(), ours.sums.points.to_string()),
            ("void contributions".to_owned(), served.void.to_string(), ours.sums.void.to_string()),
        ];
        let counts = self.fold.counts(project, &ours.who, AsOf::Mark)?;
        let line = |work: &str, unit: &str| format!("{work} in {unit}");
        for count in &counts {
            let name = line(count.work.as_str(), count.unit.as_str());
            let same = |s: &&CountBody| s.work == count.work.as_str() && s.unit == count.unit;
            let served = served.counts.iter().find(same);
            pairs.push((name, served.map_or("nothing".to_owned(), served_text), our_text(count)));
        }
        for served in &served.counts {
            let known = |c: &Count| c.work.as_str() == served.work && c.unit == served.unit;
            let is_nothing = served.logged.events == 0 && served.withdrawn == 0;
            if !counts.iter().any(known) && !is_nothing {
                pairs.push((line(&served.work, &served.unit), served_text(served), "nothing".to_owned()));
            }
        }
        for (what, served, found) in pairs {
            if served != found {
                let (what, served) = (shorten(what), shorten(served));
                let (index, who) = (self.index, ours.who);
                self.lie(Lie::Totals { index, project: *project, who, what, served, found });
            }
        }
        Ok(())
    }
}

fn tally(amounts: [(&str, u64, String); 4], withdrawn: u64) -> String {
    let mut text: Vec<String> =
        amounts.into_iter().map(|(name, events, quantity)| format!("{name} {events}/{quantity}")).collect();
    text.push(format!("withdrawn {withdrawn}"));
    text.join(", ")
}

fn served_text(count: &CountBody) -> String {
    let of = |name, amount: &AmountBody| (name, amount.events, amount.quantity.clone());
    let amounts = [
        of("logged", &count.logged),
        of("pending", &count.pending),
        of("accepted", &count.accepted),
        of("rejected", &count.rejected),
    ];
    tally(amounts, count.withdrawn)
}

fn our_text(count: &Count) -> String {
    let of = |name, amount: Amount| (name, amount.events, amount.quantity.to_string());
    let t = &count.tally;
    let amounts = [
        of("logged", t.logged()),
        of("pending", t.pending),
        of("accepted", t.accepted),
        of("rejected", t.rejected),
    ];
    tally(amounts, t.withdrawn)
}
