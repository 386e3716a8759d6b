//! What the ledger serves as totals, held against what its entries give.

use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};

use lebombo_verifier::Hash;
use lebombo_verifier::event;
use lebombo_verifier::fold::{AsOf, Contributor, Count, Fold, MarkView, SnapshotView, Status};

use super::answers::{
    Body, ContributorBody, CountBody, LatestBody, PAGE, ProjectsBody, TotalsBody, full, get, next, our_text,
    served_text,
};
use super::error::AuditError;
use super::finding::Lie;
use super::report::Compared;
use super::source::Source;
use super::state::StoredState;
use super::tiles::read_entry;

/// How a comparison ended.
#[derive(Debug)]
pub(super) enum Served {
    Compared(Compared),
    /// It is not what was audited that is served: the ledger has a newer snapshot by now, or is still making one, or
    /// answers from before. Audit what was added, and try again.
    Moved(&'static str),
    /// There is nothing to compare: no snapshot yet.
    Nothing,
}

/// Compares what is served with the state at the newest mark of a log of `size` entries. `previous` is what its newest
/// snapshot states as the one before it.
pub(super) fn compare(
    source: &dyn Source,
    fold: &mut Fold<StoredState>,
    size: u64,
    previous: Option<String>,
    lies: &mut Vec<Lie>,
) -> Result<Served, AuditError> {
    let path = "v1/snapshots/latest";
    let stated = fold.mark_view()?.zip(fold.snapshot_view()?);
    let latest = match (get::<LatestBody>(source, path)?, &stated) {
        (Body::Found(latest), _) => latest,
        (_, Some(_)) => return Ok(Served::Moved("the ledger names no snapshot, and the log has one")),
        (_, None) => return Ok(Served::Nothing),
    };
    let wrong =
        || AuditError::Answer { path: path.to_owned(), what: "no snapshot is of that size".to_owned() };
    let index = latest.size.checked_sub(1).ok_or_else(wrong)?;
    if latest.size > size {
        return Ok(Served::Moved(
            "the snapshot that the ledger names as the newest is beyond its checkpoint",
        ));
    }
    let Some((mark, snapshot)) = stated.filter(|(_, snapshot)| index <= snapshot.index) else {
        // The audited entries hold it, and no valid snapshot is there.
        lies.push(Lie::SnapshotNotValid { index, void: None });
        return Ok(Served::Moved("the ledger names as the newest snapshot what is none"));
    };
    if index < snapshot.index {
        if !is_snapshot(source, fold, index, size)? {
            lies.push(Lie::SnapshotNotValid { index, void: None });
        }
        return Ok(Served::Moved("the ledger names as the newest a snapshot that is not the newest"));
    }
    if !mark.stated {
        return Ok(Served::Moved("the newest mark has no snapshot yet"));
    }
    check_latest(&latest, &mark, &snapshot, previous, lies);
    let (index, mark) = (snapshot.index, mark.index);
    let mut comparison = Comparison { source, fold, index, mark, lies, contributors: 0 };
    if let Some(why) = comparison.listed(size)? {
        return Ok(Served::Moved(why));
    }
    let projects = match comparison.projects()? {
        Ok(projects) => projects,
        Err(why) => return Ok(Served::Moved(why)),
    };
    let contributors = comparison.contributors;
    Ok(Served::Compared(Compared { index: snapshot.index, projects, contributors }))
}

/// Whether an entry of a log of `size` entries is a valid snapshot, the newest or an older one. What is read again is
/// believed only where the replay has met the same event there.
fn is_snapshot(
    source: &dyn Source,
    fold: &Fold<StoredState>,
    index: u64,
    size: u64,
) -> Result<bool, AuditError> {
    let Some(entry) = read_entry(source, index, size)? else { return Ok(false) };
    let Ok(event) = event::check(&entry) else { return Ok(false) };
    let standing = fold.standing(&event.id())?;
    let is_applied = standing.is_some_and(|s| s.index == index && s.status == Status::Applied);
    Ok(is_applied && matches!(event.payload().body, event::Body::Snapshot(_)))
}

fn check_latest(
    latest: &LatestBody,
    mark: &MarkView,
    snapshot: &SnapshotView,
    previous: Option<String>,
    lies: &mut Vec<Lie>,
) {
    let none = || "none".to_owned();
    let pairs = [
        ("its position", latest.index.to_string(), snapshot.index.to_string()),
        (
            "the snapshot before it",
            latest.previous.clone().unwrap_or_else(none),
            previous.unwrap_or_else(none),
        ),
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
pub(super) fn shorten(text: String) -> String {
    if text.chars().count() <= 128 { text } else { text.chars().take(128).chain(['…']).collect() }
}

struct Comparison<'a> {
    source: &'a dyn Source,
    fold: &'a mut Fold<StoredState>,
    /// Position of the snapshot.
    index: u64,
    /// Position of its mark.
    mark: u64,
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

    /// The totals of every project that the mark has; how many these are, or why they could not be compared.
    fn projects(&mut self) -> Result<Result<u64, &'static str>, AuditError> {
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.fold.projects(after.as_ref(), PAGE)?;
            for project in &page {
                // What began after the mark is not stated yet.
                if self.fold.project_at_mark(project)?.is_none() {
                    continue;
                }
                if let Some(why) = self.totals(project)? {
                    return Ok(Err(why));
                }
                count += 1;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(*last),
                _ => return Ok(Ok(count)),
            }
        }
    }

    /// The list of projects has all that the mark has, and none that the entries do not have. (A list that takes in
    /// later entries may have more.) Why it could not be compared, if it could not.
    fn listed(&mut self, size: u64) -> Result<Option<&'static str>, AuditError> {
        let mut ours = VecDeque::new();
        loop {
            let page = self.fold.projects(ours.back(), PAGE)?;
            let is_end = page.len() < PAGE;
            ours.extend(page);
            if is_end {
                break;
            }
        }
        let (mut after, mut last) = (None, None);
        for _ in 0..=ours.len() / PAGE + 1 {
            let from = after.map_or_else(String::new, |after: Hash| format!("&after={after}"));
            let path = format!("v1/projects?limit={PAGE}{from}");
            let wrong = |what: &str| AuditError::Answer { path: path.clone(), what: what.to_owned() };
            let mut page = self.list(&path)?;
            let mut lines = self.lines(&page, size)?;
            if lines.as_ref().is_ok_and(|lies| !lies.is_empty()) {
                // `as_of` may be a moment older than the lines: an amendment came between. Asked again it is not.
                page = self.list(&path)?;
                lines = self.lines(&page, size)?;
            }
            if page.as_of <= self.index {
                return Ok(Some("the list of projects is from before the newest snapshot"));
            }
            full(&path, page.projects.len())?;
            match lines {
                Ok(lies) => lies.into_iter().for_each(|lie| self.lie(lie)),
                Err(why) => return Ok(Some(why)),
            }
            for line in &page.projects {
                let project = Hash::from_hex(&line.project).filter(|project| Some(*project) > last);
                let project = project.ok_or_else(|| wrong("its projects do not ascend"))?;
                last = Some(project);
                while ours.front().is_some_and(|one| *one < project) {
                    ours.pop_front().map_or(Ok(()), |one| self.unlisted(one))?;
                }
                if ours.front() == Some(&project) {
                    ours.pop_front();
                } else if page.as_of <= size {
                    self.lie(Lie::ProjectUnknown { index: self.index, project });
                }
            }
            after = next(&path, page.next.as_deref(), after)?;
            if after.is_none() {
                ours.into_iter().try_for_each(|one| self.unlisted(one))?;
                return Ok(None);
            }
        }
        Ok(Some("the list of projects does not end where it has to"))
    }

    fn list(&self, path: &str) -> Result<ProjectsBody, AuditError> {
        match get::<ProjectsBody>(self.source, path)? {
            Body::Found(page) => Ok(page),
            _ => Err(AuditError::Answer { path: path.to_owned(), what: "there is no list".to_owned() }),
        }
    }

    /// What a page of the list says wrongly of projects that are known, or why that can not be told. `size` entries were
    /// audited; a list as of another size may name a charter that was in force then.
    fn lines(
        &mut self,
        page: &ProjectsBody,
        size: u64,
    ) -> Result<Result<Vec<Lie>, &'static str>, AuditError> {
        let mut lies = Vec::new();
        for line in &page.projects {
            let Some(project) = Hash::from_hex(&line.project) else { continue };
            let Some(view) = self.fold.project_view(&project)? else { continue };
            let served = Hash::from_hex(&line.charter);
            let pending = view.pending.map(|(charter, _)| charter);
            let named = match served {
                Some(charter) => self.fold.charter_view(&charter)?.filter(|(of, _)| *of == project),
                None => None,
            };
            let rules = match named {
                _ if served == Some(view.charter) => Some(view.rules),
                // One that was in force before, or is the next.
                Some((_, rules)) if page.as_of < size && served != pending => Some(rules),
                Some((_, rules)) if page.as_of > size && served == pending => Some(rules),
                None if page.as_of > size && served.is_some() => {
                    return Ok(Err("the list of projects names a charter that is not in what was audited"));
                }
                _ => None,
            };
            let (what, served, found) = match rules {
                None => ("its charter", &line.charter, view.charter.to_string()),
                Some(rules) if rules.name.as_str() != line.name => {
                    ("its name", &line.name, rules.name.to_string())
                }
                Some(_) => continue,
            };
            let served = shorten(served.clone());
            lies.push(Lie::ProjectDiffers { index: self.index, project, what, served, found });
        }
        Ok(Ok(lies))
    }

    /// A project that the list does not have.
    fn unlisted(&mut self, project: Hash) -> Result<(), AuditError> {
        if self.fold.project_at_mark(&project)?.is_some() {
            let what = "the projects that";
            self.lie(Lie::ProjectMissing { index: self.index, project, what });
        }
        Ok(())
    }

    /// Pages that the contributors of a project fill, those included that came after the mark.
    fn pages(&self, project: &Hash) -> Result<u64, AuditError> {
        let (mut pages, mut after) = (0, None);
        loop {
            (_, after) = self.fold.contributors(project, after.as_ref(), PAGE, AsOf::Now)?;
            pages += 1;
            if after.is_none() {
                return Ok(pages);
            }
        }
    }

    /// Whether a page is of the project and the snapshot that were asked for.
    fn is_asked_for(&mut self, project: &Hash, page: &TotalsBody) -> bool {
        let snapshot = page.snapshot.map_or_else(|| "none".to_owned(), |size| size.to_string());
        let pairs = [
            ("the project", page.project.clone(), project.to_string()),
            ("the snapshot of size", snapshot, (self.index + 1).to_string()),
            ("as many entries as", page.as_of.to_string(), self.mark.to_string()),
        ];
        let mut is_asked_for = true;
        for (what, served, found) in pairs {
            if served != found {
                is_asked_for = false;
                let served = shorten(served);
                let (index, project) = (self.index, *project);
                self.lie(Lie::TotalsOfAnother { index, project, what, served, found });
            }
        }
        is_asked_for
    }

    /// All totals of one project, side by side. Why they could not be compared, if they could not.
    fn totals(&mut self, project: &Hash) -> Result<Option<&'static str>, AuditError> {
        let (mut ours, mut our_next, mut our_end) = (VecDeque::new(), None, false);
        let mut after: Option<Hash> = None;
        let mut last: Option<Hash> = None;
        let (mut pages, mut most_pages) = (0, None);
        loop {
            let from = after.map_or_else(String::new, |after| format!("&after={after}"));
            let path = format!("v1/projects/{project}/totals?snapshot={}&limit={PAGE}{from}", self.index + 1);
            let page = match get::<TotalsBody>(self.source, &path)? {
                Body::Found(page) => page,
                Body::Gone => return Ok(Some("the totals of the newest snapshot are gone")),
                Body::Absent => {
                    let what = "the totals that";
                    self.lie(Lie::ProjectMissing { index: self.index, project: *project, what });
                    return Ok(None);
                }
            };
            full(&path, page.contributors.len())?;
            if !self.is_asked_for(project, &page) {
                return Ok(None);
            }
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
            // Pages may be empty, of contributors who came after the mark; that many have not come since.
            pages += 1;
            let most = match most_pages {
                Some(most) => most,
                None => self.pages(project)?,
            };
            most_pages = Some(most);
            if pages > most {
                return Ok(Some("the totals of a project do not end where they have to"));
            }
        }
        loop {
            self.fill(project, &mut ours, &mut our_next, &mut our_end)?;
            let Some(one) = ours.pop_front() else { return Ok(None) };
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
        let mut seen = BTreeSet::new();
        for served in &served.counts {
            let name = line(&served.work, &served.unit);
            let known = |c: &Count| c.work.as_str() == served.work && c.unit == served.unit;
            if !seen.insert((&served.work, &served.unit)) {
                let name = format!("a second row of {name}");
                pairs.push((name, served_text(served), "nothing".to_owned()));
            } else if !counts.iter().any(known) && !served.is_nothing() {
                pairs.push((name, served_text(served), "nothing".to_owned()));
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
