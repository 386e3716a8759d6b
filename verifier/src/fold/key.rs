//! The keys of the state, to the byte (spec/fold.md §2). A key is one letter and fixed-width parts, so that no two
//! kinds of key collide and a prefix selects one project or one person.

use super::record::work_number;
use crate::Hash;
use crate::event::{Party, Role, Work};

/// How many entries were applied.
pub(super) const SIZE: &[u8] = b"S";
/// The rules version that a reader needs from here on.
pub(super) const NEEDS_RULES: &[u8] = b"R";
/// The [`super::record::LedgerRecord`].
pub(super) const LEDGER: &[u8] = b"L";

/// What `who` is everywhere in the state: SHA-256 of the text of a key or alias.
pub fn who(party: &Party) -> Hash {
    Hash::of(party.as_str().as_bytes())
}

fn join(letter: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![letter];
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Event id → where it stands.
pub(super) fn event(id: &Hash) -> Vec<u8> {
    join(b'E', &[&id.0])
}

/// Project → its charters.
pub(super) fn project(project: &Hash) -> Vec<u8> {
    join(b'P', &[&project.0])
}

/// Charter → its text.
pub(super) fn charter(charter: &Hash) -> Vec<u8> {
    join(b'C', &[&charter.0])
}

/// Project, role, person → present.
pub(super) fn member(project: &Hash, role: Role, who: &Hash) -> Vec<u8> {
    join(b'M', &[&project.0, &[role as u8], &who.0])
}

/// Project, signer or zeroes for imported work, id → event id.
pub(super) fn taken(project: &Hash, signer: Option<&[u8; 32]>, nonce: &[u8; 16]) -> Vec<u8> {
    join(b'I', &[&project.0, signer.unwrap_or(&[0; 32]), nonce])
}

/// Project, person → the person's text.
pub(super) fn contributor(project: &Hash, who: &Hash) -> Vec<u8> {
    join(b'T', &[&project.0, &who.0])
}

/// Project, person, kind of work, unit → how much.
pub(super) fn tally(project: &Hash, who: &Hash, work: Work, unit: &str) -> Vec<u8> {
    join(b'N', &[&project.0, &who.0, &[work_number(work)], unit.as_bytes()])
}

/// Project, person → how many void contributions.
pub(super) fn voids(project: &Hash, who: &Hash) -> Vec<u8> {
    join(b'V', &[&project.0, &who.0])
}
