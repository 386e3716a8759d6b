//! What the state says, for readers.

use std::ops::{ControlFlow, Range};

use super::account::WHOLE;
use super::record::{
    CharterRecord, ContributionRecord, ContributorRecord, LedgerRecord, MarkRecord, ProjectRecord,
    SnapshotRecord, TallyRecord, work_number,
};
use super::{Fold, FoldError, Result, Standing, State, SumNode, Sums, Tally, key};
use crate::Hash;
use crate::event::{Charter, Day, Work};
use crate::total::{self, Total};

/// Which state a reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// After the last entry that was applied.
    Now,
    /// At the newest mark. Nothing was there before the first.
    Mark,
}

/// A project as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectView {
    /// Event id of its first charter.
    pub project: Hash,
    /// Its place among the projects of the log, from 0.
    pub number: u64,
    /// Event id of the charter in force.
    pub charter: Hash,
    /// That charter.
    pub rules: Charter,
    /// An amendment that waits, and from which day of the log on it is in force.
    pub pending: Option<(Hash, Day)>,
    /// Handles given out.
    pub contributors: u64,
    /// All points, at most 2^63 - 1.
    pub points: u64,
}

/// One contributor of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributor {
    /// SHA-256 of `text`.
    pub who: Hash,
    /// did:key or alias.
    pub text: String,
    /// Their leaf of the project's totals tree; `None` until something of theirs is accepted or they are enrolled.
    pub handle: Option<u64>,
    /// What they have.
    pub sums: Sums,
}

/// How much work of one kind and unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The kind of work.
    pub work: Work,
    /// The unit.
    pub unit: String,
    /// How much.
    pub tally: Tally,
}

/// The newest mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkView {
    /// Its event id.
    pub id: Hash,
    /// Its position.
    pub index: u64,
    /// The log's day then.
    pub day: Day,
    /// Root of the tree of projects.
    pub root: Hash,
    /// Its leaves.
    pub projects: u64,
    /// Whether a valid snapshot has stated it.
    pub stated: bool,
}

/// The last valid snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotView {
    /// Its event id.
    pub id: Hash,
    /// Its position; the checkpoint that it goes with has one entry more.
    pub index: u64,
}

/// A contribution that is not void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Its project.
    pub project: Hash,
    /// Its contributor.
    pub who: Hash,
    /// Its kind.
    pub work: Work,
    /// Its unit.
    pub unit: String,
    /// How much was logged.
    pub quantity: u32,
    /// How much of it counts.
    pub accepted: u32,
    /// Points for one unit.
    pub weight: u32,
    /// The day on which silence accepts it, while it waits.
    pub due: Option<Day>,
    /// Position of the entry that decided last; its own where it was decided at once, or waits.
    pub by: u64,
    /// The reason that the decision gave.
    pub reason: Option<String>,
}

impl Standing {
    /// What is known of a contribution that is not void; `None` for any other event.
    pub fn contribution(&self) -> Option<Decided> {
        self.contribution.clone().map(|c: ContributionRecord| Decided {
            project: c.project,
            who: c.who,
            work: c.work,
            unit: c.unit,
            quantity: c.quantity,
            accepted: c.accepted,
            weight: c.weight,
            due: c.due,
            by: c.decided,
            reason: Some(c.reason).filter(|r| !r.is_empty()),
        })
    }
}

impl<S: State> Fold<S> {
    fn ledger_now(&self) -> Result<Option<LedgerRecord>, S> {
        let record: Option<LedgerRecord> = self.record(key::LEDGER, LedgerRecord::from_bytes)?;
        Ok(record.filter(|r| r.rules > 0))
    }

    /// The day of the log; `None` where the log has no valid `ledger` event at 0.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn day(&self) -> Result<Option<Day>, S> {
        Ok(self.ledger_now()?.map(|l| l.day))
    }

    /// The public key of the ledger in force, 32 bytes.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn ledger_key(&self) -> Result<Option<[u8; 32]>, S> {
        Ok(self.ledger_now()?.map(|l| l.key))
    }

    /// Where an event stands; `None` where no entry holds it, or none that this log gives a standing.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn standing(&self, event: &Hash) -> Result<Option<Standing>, S> {
        self.record(&key::event(event), Standing::from_bytes)
    }

    /// A project, as of now.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn project_view(&mut self, project: &Hash) -> Result<Option<ProjectView>, S> {
        let Some(record) = self.project(project)? else { return Ok(None) };
        let Some(rules) = self.in_force(&record)? else { return Ok(None) };
        Ok(Some(ProjectView {
            project: *project,
            number: record.number,
            charter: record.in_force(),
            rules: rules.as_ref().clone(),
            pending: record.pending,
            contributors: record.leaf.now.contributors,
            points: record.leaf.now.points,
        }))
    }

    /// The project that a charter is of, and what it says; `None` where no such charter was valid when it was logged.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn charter_view(&mut self, charter: &Hash) -> Result<Option<(Hash, Charter)>, S> {
        Ok(self.charter(charter)?.map(|(record, charter)| (record.project, charter.as_ref().clone())))
    }

    /// The payload of a charter that was valid when it was logged.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn charter_payload(&self, charter: &Hash) -> Result<Option<Vec<u8>>, S> {
        Ok(self.record(&key::charter(charter), CharterRecord::from_bytes)?.map(|record| record.payload))
    }

    /// What a project's leaf said at the newest mark, with its number; `None` where it came later, or before any mark.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn project_at_mark(&self, project: &Hash) -> Result<Option<(u64, total::Project)>, S> {
        let (Some(mark), Some(record)) = (self.mark_record()?, self.project(project)?) else {
            return Ok(None);
        };
        if record.number >= mark.projects {
            return Ok(None);
        }
        let leaf = record.leaf.at_mark(mark.epoch);
        let project = total::Project {
            project: *project,
            charter: leaf.charter,
            contributors: leaf.contributors,
            points: leaf.points,
            totals: record.root,
            settlement: leaf.settlement,
            decisions: leaf.decisions,
            money: leaf.money,
        };
        Ok(Some((record.number, project)))
    }

    fn mark_record(&self) -> Result<Option<MarkRecord>, S> {
        self.record(key::MARK, MarkRecord::from_bytes)
    }

    /// The newest mark; `None` before the first.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn mark_view(&self) -> Result<Option<MarkView>, S> {
        let Some(mark) = self.mark_record()? else { return Ok(None) };
        let snapshot: Option<SnapshotRecord> = self.record(key::SNAPSHOT, SnapshotRecord::from_bytes)?;
        Ok(Some(MarkView {
            id: mark.id,
            index: mark.index,
            day: mark.day,
            root: mark.root,
            projects: mark.projects,
            stated: snapshot.is_some_and(|s| s.epoch == mark.epoch),
        }))
    }

    /// The last valid snapshot.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn snapshot_view(&self) -> Result<Option<SnapshotView>, S> {
        let snapshot: Option<SnapshotRecord> = self.record(key::SNAPSHOT, SnapshotRecord::from_bytes)?;
        Ok(snapshot.map(|s| SnapshotView { id: s.id, index: s.index }))
    }

    /// Whether a mark now would find something: the leaf of a project changed since the newest one, or a project is to be
    /// frozen.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn has_changes(&self) -> Result<bool, S> {
        let epoch = self.mark_record()?.map_or(0, |mark| mark.epoch);
        Ok(!self.scan(&key::changed_projects(epoch), &[], 1)?.is_empty()
            || !self.scan(key::CLOSINGS, &[], 1)?.is_empty())
    }

    /// Up to `limit` projects after `after` in ascending order of their ids.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn projects(&self, after: Option<&Hash>, limit: usize) -> Result<Vec<Hash>, S> {
        let from = after.map_or_else(Vec::new, key::project);
        self.scan(b"P", &from, limit)?
            .into_iter()
            .map(|(key, value)| {
                let id = key.get(1..).and_then(|k| k.try_into().ok()).map(Hash);
                id.filter(|_| ProjectRecord::from_bytes(&value).is_some()).ok_or(FoldError::Damaged { key })
            })
            .collect()
    }

    /// Up to `limit` contributors of a project after `after`, in ascending order of `who`. As of the mark there may be
    /// fewer than `limit` though more follow: those who came later are left out. The second value is where to go on;
    /// `None` at the end.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn contributors(
        &self,
        project: &Hash,
        after: Option<&Hash>,
        limit: usize,
        as_of: AsOf,
    ) -> Result<(Vec<Contributor>, Option<Hash>), S> {
        let prefix = [b"T".as_slice(), &project.0].concat();
        let from = after.map_or_else(Vec::new, |who| key::contributor(project, who));
        let mut pairs = self.scan(&prefix, &from, limit.saturating_add(1))?;
        let more = pairs.len() > limit;
        pairs.truncate(limit);
        let mark = self.seen_mark(project, as_of)?;
        let (mut page, mut last) = (Vec::with_capacity(pairs.len()), None);
        for (key, value) in pairs {
            let who = key.get(33..).and_then(|k| k.try_into().ok()).map(Hash);
            let Some((who, record)) = who.zip(ContributorRecord::from_bytes(&value)) else {
                return Err(FoldError::Damaged { key });
            };
            last = Some(who);
            page.extend(contributor(who, record, as_of, mark));
        }
        Ok((page, last.filter(|_| more)))
    }

    /// Calls `visit` with every total of a project as of the newest mark, ascending by `who` and from `from` on, until it
    /// answers `false`: for all of very many.
    ///
    /// # Errors
    /// [`FoldError`]; `visit` may have been called before.
    pub fn visit_totals(
        &self,
        project: &Hash,
        from: &Hash,
        mut visit: impl FnMut(Total) -> bool,
    ) -> Result<(), S> {
        let mark = self.seen_mark(project, AsOf::Mark)?;
        let total = |key: &[u8], value: &[u8]| {
            let who = key.last_chunk().copied().map(Hash)?;
            let (handle, sums) = seen(&ContributorRecord::read(value)?, AsOf::Mark, mark).unzip();
            let handle = handle.flatten();
            Some(handle.zip(sums).map(|(handle, Sums { counts, points, .. })| Total {
                project: *project,
                handle,
                who,
                counts,
                points,
            }))
        };
        let mut damaged = None;
        let visited = self.state.visit(
            &key::contributors(project),
            &key::contributor(project, from),
            &mut |key, value| match total(key, value) {
                Some(total) if total.is_none_or(&mut visit) => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
                None => {
                    damaged = Some(key.to_vec());
                    ControlFlow::Break(())
                }
            },
        );
        visited.map_err(FoldError::State)?;
        damaged.map_or(Ok(()), |key| Err(FoldError::Damaged { key }))
    }

    /// One contributor of a project; `None` where they are not known.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn contributor_view(
        &self,
        project: &Hash,
        who: &Hash,
        as_of: AsOf,
    ) -> Result<Option<Contributor>, S> {
        match self.record(&key::contributor(project, who), ContributorRecord::from_bytes)? {
            None => Ok(None),
            Some(record) => Ok(contributor(*who, record, as_of, self.seen_mark(project, as_of)?)),
        }
    }

    /// What reading as of the newest mark needs: the epoch that it began, and how many handles of the project it knew.
    fn seen_mark(&self, project: &Hash, as_of: AsOf) -> Result<Option<(u64, u64)>, S> {
        let mark = if as_of == AsOf::Mark { self.mark_record()? } else { None };
        let Some(epoch) = mark.map(|mark| mark.epoch) else { return Ok(None) };
        Ok(Some((epoch, self.project(project)?.map_or(0, |p| p.leaf.at_mark(epoch).contributors))))
    }

    /// One person's work in a project, by kind and unit.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn counts(&self, project: &Hash, who: &Hash, as_of: AsOf) -> Result<Vec<Count>, S> {
        let prefix = [b"N".as_slice(), &project.0, &who.0].concat();
        let epoch = self.mark_record()?.map_or(0, |mark| mark.epoch);
        let mut counts = Vec::new();
        for (key, value) in self.scan(&prefix, &[], usize::MAX)? {
            let parsed = key.get(65..).and_then(|rest| rest.split_first()).and_then(|(work, unit)| {
                let work = Work::ALL.iter().copied().find(|w| work_number(*w) == *work)?;
                let unit = String::from_utf8(unit.to_vec()).ok()?;
                let record = TallyRecord::from_bytes(&value)?;
                let tally = match as_of {
                    AsOf::Now => record.now,
                    AsOf::Mark => record.at_mark(epoch),
                };
                Some(Count { work, unit, tally })
            });
            let count = parsed.ok_or(FoldError::Damaged { key })?;
            // At the mark, what came later is not there yet.
            if as_of == AsOf::Now || (epoch > 0 && count.tally != Tally::default()) {
                counts.push(count);
            }
        }
        Ok(counts)
    }

    /// All work of a project, by kind and unit.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn project_counts(&self, project: &Hash, as_of: AsOf) -> Result<Vec<Count>, S> {
        self.counts(project, &WHOLE, as_of)
    }

    /// Up to `limit` undecided contributions of a project after index `after`: index, event id and contributor.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn undecided(
        &self,
        project: &Hash,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Hash, Hash)>, S> {
        let from = after.map_or_else(Vec::new, |index| key::undecided_at(project, index));
        self.scan(&key::undecided(project), &from, limit)?
            .into_iter()
            .map(|(key, value)| {
                let index = key.last_chunk().map(|b| u64::from_be_bytes(*b));
                let id = value.first_chunk().copied().map(Hash);
                let who = value.get(32..).and_then(|w| w.try_into().ok()).map(Hash);
                match (index, id, who) {
                    (Some(index), Some(id), Some(who)) => Ok((index, id, who)),
                    _ => Err(FoldError::Damaged { key }),
                }
            })
            .collect()
    }

    /// Up to sixteen neighbouring nodes of a project's totals tree as of the newest mark: group `number` of `level`
    /// (spec/totals.md §1). None where there is no such group.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn totals_group(&self, project: &Hash, level: u8, number: u64) -> Result<Vec<SumNode>, S> {
        self.group(&key::totals_group(project, level, number))
    }

    /// Several groups of one level of a project's totals tree as of the newest mark, in order.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn totals_groups(
        &self,
        project: &Hash,
        level: u8,
        numbers: Range<u64>,
    ) -> Result<Vec<Vec<SumNode>>, S> {
        self.groups(numbers.map(|number| key::totals_group(project, level, number)).collect())
    }

    /// Up to sixteen neighbouring nodes of the tree of projects as of the newest mark.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn projects_group(&self, level: u8, number: u64) -> Result<Vec<Hash>, S> {
        self.group(&key::projects_group(level, number))
    }
}

/// Handle and sums as of now, or of the mark that began an epoch, when the project had given so many handles; `None` where
/// somebody was not known then.
fn seen<T>(
    record: &ContributorRecord<T>,
    as_of: AsOf,
    mark: Option<(u64, u64)>,
) -> Option<(Option<u64>, Sums)> {
    match (as_of, mark) {
        (AsOf::Now, _) => Some((record.handle, record.sums.now)),
        (AsOf::Mark, Some((epoch, given))) if record.since < epoch => {
            // A handle is given once and in order, so the number of handles at the mark tells which were given.
            Some((record.handle.filter(|handle| *handle < given), record.sums.at_mark(epoch)))
        }
        (AsOf::Mark, _) => None,
    }
}

/// A contributor as they were [`seen`].
fn contributor(
    who: Hash,
    record: ContributorRecord,
    as_of: AsOf,
    mark: Option<(u64, u64)>,
) -> Option<Contributor> {
    let (handle, sums) = seen(&record, as_of, mark)?;
    Some(Contributor { who, text: record.text, handle, sums })
}
