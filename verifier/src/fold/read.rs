//! What the state says, for readers.

use super::record::{ProjectRecord, work_number};
use super::{Fold, FoldError, Result, Standing, State, Tally, key};
use crate::Hash;
use crate::event::{Charter, Day, Work};

/// A project as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectView {
    /// Event id of its first charter.
    pub project: Hash,
    /// Event id of the charter in force.
    pub charter: Hash,
    /// That charter.
    pub rules: Charter,
    /// An amendment that waits, and from which day of the log on it is in force.
    pub pending: Option<(Hash, Day)>,
}

/// How much work of one kind and unit one person did in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// SHA-256 of the key's or alias's text.
    pub who: Hash,
    /// The kind of work.
    pub work: Work,
    /// The unit.
    pub unit: String,
    /// How much.
    pub tally: Tally,
}

impl<S: State> Fold<S> {
    /// The day of the log; `None` where the log has no valid `ledger` event at 0.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn day(&self) -> Result<Option<Day>, S> {
        Ok(self.ledger()?.map(|l| l.day))
    }

    /// The public key of the ledger in force, 32 bytes.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn ledger_key(&self) -> Result<Option<[u8; 32]>, S> {
        Ok(self.ledger()?.map(|l| l.key))
    }

    /// Where an event stands; `None` where no entry holds it, or none that this log gives a standing.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn standing(&self, event: &Hash) -> Result<Option<Standing>, S> {
        self.record(&key::event(event), Standing::from_bytes)
    }

    /// A project, as of the log's day.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn project_view(&mut self, project: &Hash) -> Result<Option<ProjectView>, S> {
        let Some(ledger) = self.ledger()? else { return Ok(None) };
        let Some(record) = self.project(&ledger, project)? else { return Ok(None) };
        let Some(charter) = self.in_force(&record)? else { return Ok(None) };
        let (project, rules) = (*project, charter.as_ref().clone());
        Ok(Some(ProjectView { project, charter: record.in_force, rules, pending: record.pending }))
    }

    /// Up to `limit` projects after `after` in ascending order of their ids.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn projects(&self, after: Option<&Hash>, limit: usize) -> Result<Vec<Hash>, S> {
        let from = after.map_or_else(Vec::new, key::project);
        let pairs = self.state.scan(b"P", &from, limit).map_err(FoldError::State)?;
        pairs
            .into_iter()
            .map(|(key, value)| {
                let id = key.get(1..).and_then(|k| k.try_into().ok()).map(Hash);
                id.filter(|_| ProjectRecord::from_bytes(&value).is_some()).ok_or(FoldError::Damaged { key })
            })
            .collect()
    }

    /// Up to `limit` contributors of a project after `after`, in ascending order of `who`: who, and the text that it is
    /// the digest of.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn contributors(
        &self,
        project: &Hash,
        after: Option<&Hash>,
        limit: usize,
    ) -> Result<Vec<(Hash, String)>, S> {
        let prefix = [b"T".as_slice(), &project.0].concat();
        let from = after.map_or_else(Vec::new, |who| key::contributor(project, who));
        let pairs = self.state.scan(&prefix, &from, limit).map_err(FoldError::State)?;
        pairs
            .into_iter()
            .map(|(key, value)| {
                let who = key.get(33..).and_then(|k| k.try_into().ok()).map(Hash);
                who.zip(String::from_utf8(value).ok()).ok_or(FoldError::Damaged { key })
            })
            .collect()
    }

    /// One person's counts in a project, by kind of work and unit.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn counts(&self, project: &Hash, who: &Hash) -> Result<Vec<Count>, S> {
        let prefix = [b"N".as_slice(), &project.0, &who.0].concat();
        let pairs = self.state.scan(&prefix, &[], usize::MAX).map_err(FoldError::State)?;
        pairs
            .into_iter()
            .map(|(key, value)| {
                let parsed = key.get(65..).and_then(|rest| rest.split_first()).and_then(|(work, unit)| {
                    let work = Work::ALL.iter().copied().find(|w| work_number(*w) == *work)?;
                    let unit = String::from_utf8(unit.to_vec()).ok()?;
                    Some(Count { who: *who, work, unit, tally: Tally::from_bytes(&value)? })
                });
                parsed.ok_or(FoldError::Damaged { key })
            })
            .collect()
    }

    /// How many of one known contributor's contributions were void.
    ///
    /// # Errors
    /// [`FoldError`]
    pub fn void_count(&self, project: &Hash, who: &Hash) -> Result<u64, S> {
        let count = self.record(&key::voids(project, who), |b| b.try_into().ok().map(u64::from_be_bytes))?;
        Ok(count.unwrap_or(0))
    }
}
