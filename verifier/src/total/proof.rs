//! The total proof as a file: its lines, read and written (spec/totals.md §2).

use std::fmt::Write as _;

use super::{Project, SumNode, Total, TotalError};
use crate::Hash;
use crate::event::Party;
use crate::fold::{KINDS_OF_WORK, who};
use crate::note::Note;
use crate::statement::{Line, LineFault, Lines, ProofEntry, push_entries, push_hashes, read_entries};

/// First line of every total proof.
pub(super) const HEADER: &str = "lebombo/total@v1";

/// Largest total proof that is read, in bytes.
pub const MAX_TOTAL: usize = 1 << 20;

/// What stands for no settlement.
const NONE: &str = "-";

/// A well-formed total proof. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof(Parts);

/// What a total proof consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Whose total it is.
    pub contributor: Party,
    /// The total. Its `who` is that of the contributor.
    pub total: Total,
    /// From the leaf's sibling up to the child of the root of the project's totals tree.
    pub path: Vec<SumNode>,
    /// The project's place in the tree of projects, from 0.
    pub number: u64,
    /// The project. Its id is the total's; its `totals` follows from total and path, and is zeroes here.
    pub project: Project,
    /// From the project's sibling up to the child of the snapshot's root.
    pub project_path: Vec<Hash>,
    /// Entry 0, later `ledger` events, and the snapshot, ascending.
    pub entries: Vec<ProofEntry>,
    /// The signed checkpoint whose last entry is the snapshot.
    pub checkpoint: String,
}

impl Proof {
    /// Puts a total proof together. What follows from other parts is not taken from `parts` but from those: the total's
    /// `who`, and the project's id and `totals`.
    ///
    /// # Errors
    /// What [`Proof::parse`] says about the file that it would be: an entry of no bytes or too many, a checkpoint that
    /// is no note, a file that is too large.
    pub fn new(parts: Parts) -> Result<Self, TotalError> {
        Self::parse(Self(parts).format().as_bytes())
    }

    /// Parses a total proof. [`Proof::format`] gives the same bytes back.
    ///
    /// # Errors
    /// A [`TotalError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TotalError> {
        if bytes.len() > MAX_TOTAL {
            return Err(TotalError::TooLarge { length: bytes.len() });
        }
        let rest = bytes.strip_prefix(HEADER.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n"));
        let mut lines = Lines::after_header(rest.ok_or(TotalError::NotATotal)?);
        let (contributor, total) = read_total(lines.next()?)?;
        let mut path = Vec::new();
        let mut line = lines.next()?;
        while line.is("node") {
            let [sum, hash] = line.fields("node", "node SUM HASH")?;
            path.push(SumNode { sum: line.number(sum)?, hash: line.hash(hash)? });
            line = lines.next()?;
        }
        let (number, project) = read_project(line, total.project)?;
        let mut project_path = Vec::new();
        let line = lines.next()?;
        let entries = read_entries(&mut lines, line, &mut project_path)?;
        let checkpoint = Note::parse(lines.rest()).map_err(TotalError::Note)?.format();
        Ok(Self(Parts { contributor, total, path, number, project, project_path, entries, checkpoint }))
    }

    /// The file's text.
    pub fn format(&self) -> String {
        let Parts { contributor, total, path, number, project, project_path, entries, checkpoint } = &self.0;
        let mut out =
            format!("{HEADER}\ntotal {} {} {contributor} {}", total.project, total.handle, total.points);
        // Writing to a text can not fail.
        for count in total.counts {
            let _ = write!(out, " {count}");
        }
        out.push('\n');
        for node in path {
            let _ = writeln!(out, "node {} {}", node.sum, node.hash.to_base64());
        }
        let Project { charter, contributors, points, decisions, .. } = project;
        let settlement = written_settlement(project);
        let money = project.money.to_base64();
        let _ = writeln!(
            out,
            "project {number} {charter} {contributors} {points} {settlement} {decisions} {money}"
        );
        push_hashes(&mut out, project_path);
        push_entries(&mut out, entries);
        out.push_str(checkpoint);
        out
    }

    /// What it consists of. Not verified.
    pub fn parts(&self) -> &Parts {
        &self.0
    }
}

/// `-` where there is none.
pub(crate) fn written_settlement(project: &Project) -> String {
    match project.settlement {
        none if none == Hash::default() => NONE.to_owned(),
        settlement => settlement.to_string(),
    }
}

fn read_total(line: Line<'_>) -> Result<(Party, Total), LineFault> {
    let [project, handle, contributor, points, rest @ ..]: [&str; 4 + KINDS_OF_WORK] =
        line.fields("total", "total PROJECT HANDLE CONTRIBUTOR POINTS and nine COUNTs")?;
    let (project, handle) = (line.hex(project)?, line.number(handle)?);
    let contributor = line.party(contributor)?;
    let points = line.number(points)?;
    let mut counts = [0; KINDS_OF_WORK];
    for (count, field) in counts.iter_mut().zip(rest) {
        *count = line.number(field)?;
    }
    let who = who(&contributor);
    Ok((contributor, Total { project, handle, who, counts, points }))
}

fn read_project(line: Line<'_>, project: Hash) -> Result<(u64, Project), LineFault> {
    let [number, charter, contributors, points, settlement, decisions, money] = line.fields(
        "project",
        "node SUM HASH, or project NUMBER CHARTER CONTRIBUTORS POINTS SETTLEMENT DECISIONS MONEY,",
    )?;
    let number = line.number(number)?;
    let (charter, contributors, points) =
        (line.hex(charter)?, line.number(contributors)?, line.number(points)?);
    let settlement = read_settlement(line, settlement)?;
    let totals = Hash::default();
    let (decisions, money) = (line.number(decisions)?, line.hash(money)?);
    Ok((number, Project { project, charter, contributors, points, totals, settlement, decisions, money }))
}

/// What [`written_settlement`] writes.
pub(crate) fn read_settlement(line: Line<'_>, field: &str) -> Result<Hash, LineFault> {
    if field == NONE {
        return Ok(Hash::default());
    }
    // Zeroes are written as `-`, so that each proof has one text.
    let settlement = Some(line.hex(field)?).filter(|hash| *hash != Hash::default());
    settlement.ok_or(line.refuse("- for no settlement"))
}
