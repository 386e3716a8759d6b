//! The keys of the state, to the byte (spec/fold.md §3). A key is one letter and fixed-width parts, so that no two
//! kinds of key collide and a prefix selects one project or one person.

use super::record::work_number;
use crate::Hash;
use crate::event::{Day, Party, Role, Work};
use crate::money::Currency;

/// How many entries were applied.
pub(super) const SIZE: &[u8] = b"S";
/// The rules version that a reader needs from here on.
pub(super) const NEEDS_RULES: &[u8] = b"R";
/// The [`super::record::LedgerRecord`].
pub(super) const LEDGER: &[u8] = b"L";
/// How many projects there are.
pub(super) const PROJECTS: &[u8] = b"O";
/// The newest [`super::record::MarkRecord`].
pub(super) const MARK: &[u8] = b"K";
/// The last valid [`super::record::SnapshotRecord`].
pub(super) const SNAPSHOT: &[u8] = b"W";
/// Every amendment that waits, by day.
pub(super) const AMENDMENTS: &[u8] = b"A";
/// All work that silence will accept, by day.
pub(super) const DUE: &[u8] = b"D";

/// The projects that are to be frozen at the next mark.
pub(super) const CLOSINGS: &[u8] = b"c";
/// The projects that were frozen and whose snapshot has not come.
pub(super) const UNSTATED: &[u8] = b"z";

/// Whether keys like this one are ever read in order: whoever keeps a state need not keep others so.
pub fn is_scanned(key: &[u8]) -> bool {
    key.first().is_some_and(|letter| b"ADNPTXYZclpqz".contains(letter))
}

/// What `who` is everywhere in the state: SHA-256 of the text of a key or alias.
pub fn who(party: &Party) -> Hash {
    Hash::of(party.as_str().as_bytes())
}

fn join(letter: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + parts.iter().map(|p| p.len()).sum::<usize>());
    out.push(letter);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Event id → where it stands.
pub(super) fn event(id: &Hash) -> Vec<u8> {
    join(b'E', &[&id.0])
}

/// Project → its record.
pub(super) fn project(project: &Hash) -> Vec<u8> {
    join(b'P', &[&project.0])
}

/// A project's number → the project.
pub(super) fn project_number(number: u64) -> Vec<u8> {
    join(b'Q', &[&number.to_be_bytes()])
}

/// The projects whose leaves changed in an epoch.
///
/// The epoch is part of the key: what a mark has removed lies before all that is scanned later, and a database need not
/// step over it.
pub(super) fn changed_projects(epoch: u64) -> Vec<u8> {
    join(b'X', &[&epoch.to_be_bytes()])
}

/// Epoch, a project's number → present: its leaf changed.
pub(super) fn changed_project(epoch: u64, number: u64) -> Vec<u8> {
    join(b'X', &[&epoch.to_be_bytes(), &number.to_be_bytes()])
}

/// Charter → its text.
pub(super) fn charter(charter: &Hash) -> Vec<u8> {
    join(b'C', &[&charter.0])
}

/// Day, project → present: its amendment comes into force on that day.
pub(super) fn amendment(day: Day, project: &Hash) -> Vec<u8> {
    join(b'A', &[&day.number().to_be_bytes(), &project.0])
}

/// Project, role, person → present.
pub(super) fn member(project: &Hash, role: Role, who: &Hash) -> Vec<u8> {
    join(b'M', &[&project.0, &[role as u8], &who.0])
}

/// Project, signer or zeroes for imported work, id → event id.
pub(super) fn taken(project: &Hash, signer: Option<&[u8; 32]>, nonce: &[u8; 16]) -> Vec<u8> {
    join(b'I', &[&project.0, signer.unwrap_or(&[0; 32]), nonce])
}

/// Project, person → their record.
pub(super) fn contributor(project: &Hash, who: &Hash) -> Vec<u8> {
    join(b'T', &[&project.0, &who.0])
}

/// Everybody who is known to a project.
pub(super) fn contributors(project: &Hash) -> Vec<u8> {
    join(b'T', &[&project.0])
}

/// The contributors of a project whose leaves changed in an epoch.
pub(super) fn changed_contributors(project: &Hash, epoch: u64) -> Vec<u8> {
    join(b'Y', &[&project.0, &epoch.to_be_bytes()])
}

/// Project, epoch, handle → their leaf, which changed.
pub(super) fn changed_contributor(project: &Hash, epoch: u64, handle: u64) -> Vec<u8> {
    join(b'Y', &[&project.0, &epoch.to_be_bytes(), &handle.to_be_bytes()])
}

/// Project, person, kind of work, unit → how much. The project as a whole is the person of zeroes.
pub(super) fn tally(project: &Hash, who: &Hash, work: Work, unit: &str) -> Vec<u8> {
    join(b'N', &[&project.0, &who.0, &[work_number(work)], unit.as_bytes()])
}

/// Day, index → event id: silence accepts it on that day.
pub(super) fn due(day: Day, index: u64) -> Vec<u8> {
    join(b'D', &[&day.number().to_be_bytes(), &index.to_be_bytes()])
}

/// The undecided contributions of a project.
pub(super) fn undecided(project: &Hash) -> Vec<u8> {
    join(b'Z', &[&project.0])
}

/// Project, index → event id and who: an undecided contribution.
pub(super) fn undecided_at(project: &Hash, index: u64) -> Vec<u8> {
    join(b'Z', &[&project.0, &index.to_be_bytes()])
}

/// Contribution, reviewer's key → present: they gave a verdict.
pub(super) fn vote(event: &Hash, reviewer: &[u8; 32]) -> Vec<u8> {
    join(b'J', &[&event.0, reviewer])
}

/// Contribution, verdict → how many gave it.
pub(super) fn votes(event: &Hash, accepted: u32) -> Vec<u8> {
    join(b'B', &[&event.0, &accepted.to_be_bytes()])
}

/// Project, level, number → 1 to 16 neighbouring nodes of its totals tree, 40 bytes each.
pub(super) fn totals_group(project: &Hash, level: u8, number: u64) -> Vec<u8> {
    join(b'G', &[&project.0, &[level], &number.to_be_bytes()])
}

/// Level, number → 1 to 16 neighbouring nodes of the tree of projects, 32 bytes each.
pub(super) fn projects_group(level: u8, number: u64) -> Vec<u8> {
    join(b'U', &[&[level], &number.to_be_bytes()])
}

/// Project → its money.
pub(super) fn money(project: &Hash) -> Vec<u8> {
    join(b'V', &[&project.0])
}

/// Project → what its settlement has to say.
pub(super) fn freeze(project: &Hash) -> Vec<u8> {
    join(b'F', &[&project.0])
}

/// Project → present: it is to be frozen at the next mark.
pub(super) fn closing(project: &Hash) -> Vec<u8> {
    join(b'c', &[&project.0])
}

/// The projects that were frozen at the mark that began an epoch.
pub(super) fn unstated(epoch: u64) -> Vec<u8> {
    join(b'z', &[&epoch.to_be_bytes()])
}

/// Epoch, project → present: it was frozen at the mark that began the epoch, which has no snapshot yet.
pub(super) fn unstated_project(epoch: u64, project: &Hash) -> Vec<u8> {
    join(b'z', &[&epoch.to_be_bytes(), &project.0])
}

/// Event id → an income.
pub(super) fn income(id: &Hash) -> Vec<u8> {
    join(b'i', &[&id.0])
}

/// The income of a project that no valid settlement has had.
pub(super) fn pools(project: &Hash) -> Vec<u8> {
    join(b'p', &[&project.0])
}

/// Project, position of a charter, currency → income under that charter.
pub(super) fn pool(project: &Hash, charter: u64, currency: Currency) -> Vec<u8> {
    join(b'p', &[&project.0, &charter.to_be_bytes(), currency.as_bytes()])
}

/// Project, person → what they were ever owed by rate.
pub(super) fn accrued(project: &Hash, who: &Hash) -> Vec<u8> {
    join(b'a', &[&project.0, &who.0])
}

/// Project, person, credits before it → a credit.
pub(super) fn credit(project: &Hash, who: &Hash, number: u64) -> Vec<u8> {
    join(b'w', &[&project.0, &who.0, &number.to_be_bytes()])
}

/// The lines of a settlement in one currency.
pub(super) fn lines(project: &Hash, currency: Currency, number: u64) -> Vec<u8> {
    join(b'l', &[&project.0, currency.as_bytes(), &number.to_be_bytes()])
}

/// Project, currency, settlement's number, handle → a line.
pub(super) fn line(project: &Hash, currency: Currency, number: u64, handle: u64) -> Vec<u8> {
    join(b'l', &[&project.0, currency.as_bytes(), &number.to_be_bytes(), &handle.to_be_bytes()])
}

/// Project, currency, settlement's number, level, number → neighbouring nodes of the tree of lines, 64 bytes each.
pub(super) fn lines_group(
    project: &Hash,
    (currency, settlement): (Currency, u64),
    level: u8,
    number: u64,
) -> Vec<u8> {
    let parts: [&[u8]; 5] =
        [&project.0, currency.as_bytes(), &settlement.to_be_bytes(), &[level], &number.to_be_bytes()];
    join(b'm', &parts)
}

/// Event id of a valid settlement → its place.
pub(super) fn settlement(id: &Hash) -> Vec<u8> {
    join(b's', &[&id.0])
}

/// Project, number of a valid settlement → its event id.
pub(super) fn settlement_by_number(project: &Hash, number: u64) -> Vec<u8> {
    join(b'n', &[&project.0, &number.to_be_bytes()])
}

/// Project, place in its money tree → event id and index.
pub(super) fn decision(project: &Hash, place: u64) -> Vec<u8> {
    join(b'k', &[&project.0, &place.to_be_bytes()])
}

/// Project, level, number → 1 to 16 neighbouring nodes of its money tree, 32 bytes each.
pub(super) fn decisions_group(project: &Hash, level: u8, number: u64) -> Vec<u8> {
    join(b'g', &[&project.0, &[level], &number.to_be_bytes()])
}

/// Project, currency, settlement's number, handle → what was done about a line.
pub(super) fn line_payments(project: &Hash, currency: Currency, number: u64, handle: u64) -> Vec<u8> {
    join(b'y', &[&project.0, currency.as_bytes(), &number.to_be_bytes(), &handle.to_be_bytes()])
}

/// All claims of aliases of a project.
pub(super) fn claims(project: &Hash) -> Vec<u8> {
    join(b'q', &[&project.0])
}

/// Project, who an alias is → who claims it.
pub(super) fn claims_of(project: &Hash, who: &Hash) -> Vec<u8> {
    join(b'q', &[&project.0, &who.0])
}

/// Project, who an alias is, reviewer's key → present: they have judged its work.
pub(super) fn judged(project: &Hash, who: &Hash, reviewer: &[u8; 32]) -> Vec<u8> {
    join(b'v', &[&project.0, &who.0, reviewer])
}
