//! The payslip as a file: its lines, read and written.

use std::fmt::Write as _;

use super::{Credits, PayslipError};
use crate::Hash;
use crate::event::Party;
use crate::fold::who;
use crate::money::Currency;
use crate::note::Note;
use crate::settlement::{Line, LineNode};
use crate::statement::{
    Line as TextLine, LineFault, Lines, ProofEntry, push_entries, push_hashes, read_entries,
};
use crate::total::{Project, read_settlement, written_settlement};

/// First line of every payslip.
pub(super) const HEADER: &str = "lebombo/payslip@v1";

/// Largest payslip that is read, in bytes.
pub const MAX_PAYSLIP: usize = 1 << 20;

/// A well-formed payslip. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payslip(Parts);

/// What a payslip consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Whose line it is.
    pub contributor: Party,
    /// The settlement's number, from 1.
    pub settlement: u64,
    /// The currency.
    pub currency: Currency,
    /// The person's place among the lines.
    pub handle: u64,
    /// The line. Its `who` is that of the contributor.
    pub line: Line,
    /// From the leaf's sibling up to the child of the root of the tree of lines.
    pub path: Vec<LineNode>,
    /// Which work the line's points come from.
    pub credits: Credits,
    /// The project's place in the tree of projects, from 0.
    pub number: u64,
    /// The project, as the snapshot states it.
    pub project: Project,
    /// From the project's sibling up to the child of the snapshot's root.
    pub project_path: Vec<Hash>,
    /// The settlement, payments of the line and claims of its alias, ascending.
    pub decisions: Vec<Decision>,
    /// Entry 0, later `ledger` events, the decisions and the snapshot, ascending.
    pub entries: Vec<ProofEntry>,
    /// The signed checkpoint whose last entry is the snapshot.
    pub checkpoint: String,
}

/// A leaf of the project's money tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its place, from 0.
    pub place: u64,
    /// The index of its entry.
    pub index: u64,
    /// From the leaf's sibling up to the child of the root of the money tree.
    pub path: Vec<Hash>,
}

impl Payslip {
    /// Puts a payslip together. The line's `who` is taken from the contributor.
    ///
    /// # Errors
    /// What [`Payslip::parse`] says about the file that it would be.
    pub fn new(parts: Parts) -> Result<Self, PayslipError> {
        Self::parse(Self(parts).format().as_bytes())
    }

    /// Parses a payslip. [`Payslip::format`] gives the same bytes back.
    ///
    /// # Errors
    /// A [`PayslipError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PayslipError> {
        if bytes.len() > MAX_PAYSLIP {
            return Err(PayslipError::TooLarge { length: bytes.len() });
        }
        let rest = bytes.strip_prefix(HEADER.as_bytes()).and_then(|rest| rest.strip_prefix(b"\n"));
        let mut lines = Lines::after_header(rest.ok_or(PayslipError::NotAPayslip)?);
        let Heading { project, settlement, currency, handle, contributor, line } =
            read_heading(lines.next()?)?;
        let mut path = Vec::new();
        let mut text = lines.next()?;
        while text.is("node") {
            path.push(read_node(text)?);
            text = lines.next()?;
        }
        let (credits, text) = Credits::read(&mut lines, text)?;
        let (number, project) = read_project(text, project)?;
        let (mut project_path, mut decisions): (Vec<Hash>, Vec<Decision>) = (Vec::new(), Vec::new());
        let mut text = lines.next()?;
        while text.is("hash") || text.is("decision") {
            if text.is("hash") {
                let [hash] = text.fields("hash", "hash HASH")?;
                let hash = text.hash(hash)?;
                decisions.last_mut().map_or(&mut project_path, |decision| &mut decision.path).push(hash);
            } else {
                let [place, index] = text.fields("decision", "decision PLACE INDEX")?;
                let (place, index) = (text.number(place)?, text.number(index)?);
                decisions.push(Decision { place, index, path: Vec::new() });
            }
            text = lines.next()?;
        }
        if decisions.is_empty() {
            return Err(text.refuse("hash HASH or decision PLACE INDEX").into());
        }
        // All hashes before the first entry were read above.
        let entries = read_entries(&mut lines, text, &mut Vec::new())?;
        let checkpoint = Note::parse(lines.rest()).map_err(PayslipError::Note)?.format();
        Ok(Self(Parts {
            contributor,
            settlement,
            currency,
            handle,
            line,
            path,
            credits,
            number,
            project,
            project_path,
            decisions,
            entries,
            checkpoint,
        }))
    }

    /// The file's text.
    pub fn format(&self) -> String {
        let parts = &self.0;
        let Project { project, charter, contributors, points, totals, decisions, money, .. } = &parts.project;
        let Parts { settlement, currency, handle, contributor, .. } = parts;
        let mut out = format!("{HEADER}\nline {project} {settlement} {currency} {handle} {contributor}");
        // Writing to a text can not fail.
        for number in parts.line.numbers() {
            let _ = write!(out, " {number}");
        }
        let _ = writeln!(out, " {} {}", parts.line.credits, parts.line.work.to_base64());
        for LineNode { payable, held, points, ever, hash } in &parts.path {
            let _ = writeln!(out, "node {payable} {held} {points} {ever} {}", hash.to_base64());
        }
        parts.credits.write(&mut out);
        let (totals, money) = (totals.to_base64(), money.to_base64());
        let last = written_settlement(&parts.project);
        let number = parts.number;
        let _ = writeln!(
            out,
            "project {number} {charter} {contributors} {points} {totals} {last} {decisions} {money}"
        );
        push_hashes(&mut out, &parts.project_path);
        for Decision { place, index, path } in &parts.decisions {
            let _ = writeln!(out, "decision {place} {index}");
            push_hashes(&mut out, path);
        }
        push_entries(&mut out, &parts.entries);
        out.push_str(&parts.checkpoint);
        out
    }

    /// What it consists of. Not verified.
    pub fn parts(&self) -> &Parts {
        &self.0
    }
}

struct Heading {
    project: Hash,
    settlement: u64,
    currency: Currency,
    handle: u64,
    contributor: Party,
    line: Line,
}

fn read_heading(text: TextLine<'_>) -> Result<Heading, LineFault> {
    let [project, settlement, currency, handle, contributor, numbers @ .., credits, work]: [&str; 17] = text
        .fields("line", "line PROJECT NUMBER CURRENCY HANDLE CONTRIBUTOR, ten numbers, CREDITS and WORK")?;
    let (project, settlement) = (text.hex(project)?, text.number(settlement)?);
    let currency = Currency::parse(currency).ok_or(text.refuse("the code of a currency"))?;
    let handle = text.number(handle)?;
    let contributor = text.party(contributor)?;
    let mut values = [0; 10];
    for (value, field) in values.iter_mut().zip::<[&str; 10]>(numbers) {
        *value = text.number(field)?;
    }
    let credits = (text.number(credits)?, text.hash(work)?);
    let line = Line::of_numbers(who(&contributor), values, credits);
    Ok(Heading { project, settlement, currency, handle, contributor, line })
}

fn read_node(text: TextLine<'_>) -> Result<LineNode, LineFault> {
    let [payable, held, points, ever, hash] = text.fields("node", "node PAYABLE HELD POINTS EVER HASH")?;
    Ok(LineNode {
        payable: text.number(payable)?,
        held: text.number(held)?,
        points: text.number(points)?,
        ever: text.number(ever)?,
        hash: text.hash(hash)?,
    })
}

fn read_project(text: TextLine<'_>, project: Hash) -> Result<(u64, Project), LineFault> {
    let [number, charter, contributors, points, totals, settlement, decisions, money] = text.fields(
        "project",
        "credit CHARTER INDEX DECIDED BEFORE AFTER TIMES, or project NUMBER CHARTER CONTRIBUTORS POINTS TOTALS SETTLEMENT DECISIONS MONEY,",
    )?;
    let number = text.number(number)?;
    let project = Project {
        project,
        charter: text.hex(charter)?,
        contributors: text.number(contributors)?,
        points: text.number(points)?,
        totals: text.hash(totals)?,
        settlement: read_settlement(text, settlement)?,
        decisions: text.number(decisions)?,
        money: text.hash(money)?,
    };
    Ok((number, project))
}
