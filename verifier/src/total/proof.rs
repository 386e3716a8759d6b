//! The total proof as a file: its lines, read and written (spec/totals.md §2).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::lines::{Line, Lines};
use super::{Project, SumNode, Total, TotalError};
use crate::Hash;
use crate::event::Party;
use crate::fold::{KINDS_OF_WORK, who};
use crate::note::Note;

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

/// An entry of the log and its inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofEntry {
    /// Its index, from 0.
    pub index: u64,
    /// Its bytes, 1 to 65,535 of them.
    pub bytes: Vec<u8>,
    /// From the leaf's sibling up to the root's child, in the checkpoint's tree.
    pub path: Vec<Hash>,
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
        let mut entries: Vec<ProofEntry> = Vec::new();
        loop {
            let line = lines.next()?;
            if line.is_empty() {
                break;
            }
            if line.is("hash") {
                let [hash] = line.fields("hash", "hash HASH")?;
                let hash = line.hash(hash)?;
                entries.last_mut().map_or(&mut project_path, |entry| &mut entry.path).push(hash);
                continue;
            }
            let [index, entry] = line.fields(
                "entry",
                "hash HASH, or entry INDEX ENTRY, or the empty line before the checkpoint,",
            )?;
            entries.push(ProofEntry {
                index: line.number(index)?,
                bytes: line.entry(entry)?,
                path: Vec::new(),
            });
        }
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
        let settlement = match project.settlement {
            none if none == Hash::default() => NONE.to_owned(),
            settlement => settlement.to_string(),
        };
        let Project { charter, contributors, points, .. } = project;
        let _ = writeln!(out, "project {number} {charter} {contributors} {points} {settlement}");
        push_hashes(&mut out, project_path);
        for entry in entries {
            let _ = writeln!(out, "entry {} {}", entry.index, STANDARD.encode(&entry.bytes));
            push_hashes(&mut out, &entry.path);
        }
        out.push('\n');
        out.push_str(checkpoint);
        out
    }

    /// What it consists of. Not verified.
    pub fn parts(&self) -> &Parts {
        &self.0
    }
}

fn push_hashes(out: &mut String, path: &[Hash]) {
    for hash in path {
        let _ = writeln!(out, "hash {}", hash.to_base64());
    }
}

fn read_total(line: Line<'_>) -> Result<(Party, Total), TotalError> {
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

fn read_project(line: Line<'_>, project: Hash) -> Result<(u64, Project), TotalError> {
    let [number, charter, contributors, points, settlement] =
        line.fields("project", "node SUM HASH, or project NUMBER CHARTER CONTRIBUTORS POINTS SETTLEMENT,")?;
    let number = line.number(number)?;
    let (charter, contributors, points) =
        (line.hex(charter)?, line.number(contributors)?, line.number(points)?);
    let settlement = match settlement {
        NONE => Hash::default(),
        // Zeroes are written as `-`, so that each proof has one text.
        hex => Some(line.hex(hex)?)
            .filter(|hash| *hash != Hash::default())
            .ok_or(line.refuse("- for no settlement"))?,
    };
    Ok((number, Project { project, charter, contributors, points, totals: Hash::default(), settlement }))
}
