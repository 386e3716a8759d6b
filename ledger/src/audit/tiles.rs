//! Bundles and tiles: read, checked, and held against each other.

use lebombo_verifier::event::{self, Event, Malformed};
use lebombo_verifier::tile::{
    BundlePath, FULL, TilePath, bundle_width, decode_bundle, decode_tile, tile_width,
};
use lebombo_verifier::{Hash, leaf_hash};
use serde::{Deserialize, Serialize};

use super::error::AuditError;
use super::finding::Lie;
use super::frontier::root_of_edges;
use super::source::{Answer, Source, SourceError};

/// Most bytes of a bundle: 256 entries with their lengths.
const MAX_BUNDLE: u64 = 256 * (65_535 + 2);
/// Most bytes of a tile.
const MAX_TILE: u64 = 256 * 32;
/// Highest level of a tile of a log of 2^48 entries.
const MAX_LEVEL: u8 = 6;

/// A bundle whose entries were checked.
#[derive(Debug)]
pub(super) struct Checked {
    /// Leaf hashes of all of its entries.
    pub(super) leaves: Vec<Hash>,
    /// What `check` made of the entries from the wanted one on.
    pub(super) events: Vec<Result<Event, Malformed>>,
    /// How the tile of level 0 differs.
    pub(super) difference: Option<Difference>,
    /// What is wrong whatever the tree says.
    pub(super) lies: Vec<Lie>,
}

/// Why there is no checked bundle.
#[derive(Debug)]
pub(super) enum Unread {
    /// Its bytes are no bundle.
    Lie(Box<Lie>),
    /// It can not be read.
    Error(AuditError),
}

impl<E: Into<AuditError>> From<E> for Unread {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// How the entries differ from what a tile has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum How {
    Changed,
    /// The entries lack one that the tile has.
    Dropped,
    /// The entries have one that the tile lacks.
    Added,
    Reordered,
}

/// A tile that differs from the entries. Which of the two lies is known when the root is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Difference {
    pub(super) level: u8,
    pub(super) number: u64,
    pub(super) width: u16,
    /// The first hash that differs.
    pub(super) position: u16,
    pub(super) how: How,
}

impl Difference {
    /// The first entry below the hash that differs.
    pub(super) fn index(&self) -> u64 {
        ((self.number << 8) + u64::from(self.position)) << (8 * u32::from(self.level))
    }

    fn path(&self) -> String {
        name(self.level, self.number, self.width)
    }
}

fn name(level: u8, number: u64, width: u16) -> String {
    TilePath::new(level, number, width).map_or_else(|error| error.to_string(), |path| path.to_string())
}

fn bundle_name(number: u64, width: u16) -> String {
    BundlePath::new(number, width).map_or_else(|error| error.to_string(), |path| path.to_string())
}

/// How `tile` differs from `ours`, of the same length.
fn compare(level: u8, number: u64, ours: &[Hash], tile: &[Hash]) -> Option<Difference> {
    let first = ours.iter().zip(tile).position(|(one, other)| one != other)?;
    let (ours, theirs) = (&ours[first..], &tile[first..]);
    let sorted = |hashes: &[Hash]| {
        let mut hashes = hashes.to_vec();
        hashes.sort_unstable();
        hashes
    };
    let last = ours.len() - 1;
    let how = if last > 0 && ours[..last] == theirs[1..] {
        How::Dropped
    } else if last > 0 && ours[1..] == theirs[..last] {
        How::Added
    } else if sorted(ours) == sorted(theirs) {
        How::Reordered
    } else {
        How::Changed
    };
    let (width, position) = (u16::try_from(tile.len()).ok()?, u16::try_from(first).ok()?);
    Some(Difference { level, number, width, position, how })
}

/// Reads a tile or bundle, or where the partial one is not there any more, the full one.
fn read(source: &dyn Source, partial: &str, full: &str, limit: u64) -> Result<(Vec<u8>, bool), AuditError> {
    if let Answer::Found(bytes) = source.read(partial, limit)? {
        return Ok((bytes, partial == full));
    }
    if partial != full
        && let Answer::Found(bytes) = source.read(full, limit)?
    {
        return Ok((bytes, true));
    }
    Err(AuditError::Missing { path: partial.to_owned() })
}

/// The hashes of a tile as published, or why its bytes are none.
fn read_tile(
    source: &dyn Source,
    level: u8,
    number: u64,
    width: u16,
) -> Result<Result<Vec<Hash>, Lie>, AuditError> {
    let (path, full) = (name(level, number, width), name(level, number, FULL));
    let (bytes, is_full) = read(source, &path, &full, MAX_TILE)?;
    let (path, read_width) = if is_full { (full, FULL) } else { (path, width) };
    Ok(decode_tile(&bytes, read_width)
        .map(|mut hashes| {
            hashes.truncate(width.into());
            hashes
        })
        .map_err(|error| Lie::TileLength { path, error }))
}

/// Holds a published tile against the hashes that it has to have.
pub(super) fn check_tile(
    source: &dyn Source,
    level: u8,
    number: u64,
    ours: &[Hash],
    lies: &mut Vec<Lie>,
) -> Result<Option<Difference>, AuditError> {
    let width = u16::try_from(ours.len()).unwrap_or(FULL);
    match read_tile(source, level, number, width)? {
        Ok(tile) => {
            if let Some(difference) = compare(level, number, ours, &tile) {
                return Ok(Some(difference));
            }
        }
        Err(lie) => lies.push(lie),
    }
    for partial in source.partials(&name(level, number, FULL))? {
        let path = name(level, number, partial);
        let Some(ours) = ours.get(..partial.into()) else { break };
        let Answer::Found(bytes) = source.read(&path, MAX_TILE)? else { continue };
        match decode_tile(&bytes, partial) {
            Err(error) => lies.push(Lie::TileLength { path, error }),
            Ok(tile) => {
                if let Some(difference) = compare(level, number, ours, &tile) {
                    let (index, position) = (difference.index(), difference.position);
                    lies.push(Lie::PartialTileDiffers { path, index, position });
                }
            }
        }
    }
    Ok(None)
}

/// Reads a bundle of a log of `size` entries and checks its entries from index `from` on.
pub(super) fn check_bundle(
    source: &dyn Source,
    number: u64,
    size: u64,
    from: u64,
) -> Result<Checked, Unread> {
    let start = number.saturating_mul(FULL.into());
    let width =
        bundle_width(number, size).ok_or_else(|| AuditError::Missing { path: bundle_name(number, FULL) })?;
    let (path, full) = (bundle_name(number, width), bundle_name(number, FULL));
    let (bytes, is_full) = read(source, &path, &full, MAX_BUNDLE)?;
    let (path, read_width) = if is_full { (full, FULL) } else { (path, width) };
    let mut entries = decode_bundle(&bytes, read_width)
        .map_err(|error| Unread::Lie(Box::new(Lie::Bundle { path: path.clone(), index: start, error })))?;
    entries.truncate(width.into());
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut lies = Vec::new();
    let difference = check_tile(source, 0, number, &leaves, &mut lies)?;
    if difference.is_none() {
        check_partial_bundles(source, number, &entries, &mut lies)?;
    }
    let skip = usize::try_from(from.saturating_sub(start)).unwrap_or(usize::MAX);
    // Neighbours are often by the same people.
    let mut checker = event::Checker::default();
    let events = entries.iter().skip(skip).map(|entry| checker.check(entry)).collect();
    Ok(Checked { leaves, events, difference, lies })
}

fn check_partial_bundles(
    source: &dyn Source,
    number: u64,
    entries: &[&[u8]],
    lies: &mut Vec<Lie>,
) -> Result<(), SourceError> {
    let start = number.saturating_mul(FULL.into());
    for partial in source.partials(&bundle_name(number, FULL))? {
        let path = bundle_name(number, partial);
        let Some(ours) = entries.get(..partial.into()) else { break };
        let Answer::Found(bytes) = source.read(&path, MAX_BUNDLE)? else { continue };
        match decode_bundle(&bytes, partial) {
            Err(error) => lies.push(Lie::Bundle { path, index: start, error }),
            Ok(theirs) => {
                let first = (start..).zip(ours.iter().zip(&theirs)).find(|(_, (one, other))| one != other);
                if let Some((index, _)) = first {
                    lies.push(Lie::PartialBundleDiffers { path, index });
                }
            }
        }
    }
    Ok(())
}

/// The hashes of a full tile; `None` where there is none.
pub(super) fn full_tile(
    source: &dyn Source,
    level: u8,
    number: u64,
) -> Result<Option<Vec<Hash>>, AuditError> {
    match read_tile(source, level, number, FULL) {
        Ok(read) => Ok(read.ok()),
        Err(AuditError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The entry at `index` of a log of `size` entries; `None` where its bundle is none.
pub(super) fn read_entry(source: &dyn Source, index: u64, size: u64) -> Result<Option<Vec<u8>>, AuditError> {
    let (number, place) = (index / u64::from(FULL), usize::try_from(index % u64::from(FULL)));
    let width =
        bundle_width(number, size).ok_or_else(|| AuditError::Missing { path: bundle_name(number, FULL) })?;
    let (path, full) = (bundle_name(number, width), bundle_name(number, FULL));
    let (bytes, is_full) = read(source, &path, &full, MAX_BUNDLE)?;
    let entries = decode_bundle(&bytes, if is_full { FULL } else { width }).ok();
    Ok(entries.zip(place.ok()).and_then(|(entries, place)| entries.get(place).map(|entry| entry.to_vec())))
}

/// The right edge of the tree of `size` entries as the published tiles have it; `None` where one of them is no tile.
pub(super) fn published_edges(source: &dyn Source, size: u64) -> Result<Option<Vec<Vec<Hash>>>, AuditError> {
    let mut levels = Vec::new();
    for level in 0..=MAX_LEVEL {
        let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let number = hashes / u64::from(FULL);
        let row = match tile_width(level, number, size) {
            None => Vec::new(),
            Some(width) => match read_tile(source, level, number, width)? {
                Ok(row) => row,
                Err(_) => return Ok(None),
            },
        };
        levels.push(row);
    }
    Ok(Some(levels))
}

/// What is wrong where the tree of the entries has the root of the checkpoint: only the tiles can be.
pub(super) fn tile_lies(differences: &[Difference]) -> Vec<Lie> {
    let lie = |d: &Difference| Lie::TileDiffers { path: d.path(), index: d.index(), position: d.position };
    differences.iter().map(lie).collect()
}

/// What is wrong where the tree of the entries does not have the root of the checkpoint.
///
/// Where the tiles lead to the root of the checkpoint, they show which entries are not those that were signed. `found` is
/// the root of the entries, where all of them could be read.
pub(super) fn entry_lies(
    source: &dyn Source,
    differences: &[Difference],
    (size, stated): (u64, Hash),
    found: Option<Hash>,
) -> Result<Vec<Lie>, AuditError> {
    let root = found.map(|found| Lie::Root { size, stated, found });
    let bundles = u64::try_from(differences.iter().filter(|d| d.level == 0).count()).unwrap_or(u64::MAX);
    let is_tree_signed = published_edges(source, size)?.is_some_and(|edges| root_of_edges(&edges) == stated);
    if !is_tree_signed {
        let mut lies = tile_lies(differences);
        lies.extend(root);
        return Ok(lies);
    }
    // The lowest level tells most precisely; of the bundles the first tells what was done, and those after it are
    // often only moved.
    let first = differences.iter().min_by_key(|d| (d.level, d.number));
    let named = first.map(|d| {
        let (index, bundles) = (d.index(), bundles.max(1));
        match d.how {
            How::Changed => Lie::EntryChanged { index, bundles },
            How::Dropped => Lie::EntryDropped { index, bundles },
            How::Added => Lie::EntryAdded { index, bundles },
            How::Reordered => Lie::EntriesReordered { index, bundles },
        }
    });
    Ok(named.or(root).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        let hash = |n: u8| leaf_hash(&[n]);
        let tile: Vec<Hash> = (0..6).map(hash).collect();
        let of = |numbers: &[u8]| numbers.iter().map(|n| hash(*n)).collect::<Vec<_>>();
        for (ours, how, position) in [
            (of(&[0, 1, 9, 3, 4, 5]), How::Changed, 2),
            (of(&[0, 2, 3, 4, 5, 6]), How::Dropped, 1),
            (of(&[0, 9, 1, 2, 3, 4]), How::Added, 1),
            (of(&[0, 1, 5, 3, 4, 2]), How::Reordered, 2),
            (of(&[0, 1, 2, 3, 4, 9]), How::Changed, 5),
        ] {
            let found = compare(0, 3, &ours, &tile).unwrap();
            assert_eq!(
                (found.how, found.position, found.index()),
                (how, position, 768 + u64::from(position))
            );
        }
        assert_eq!(compare(0, 3, &tile, &tile), None);
        let above = Difference { level: 1, number: 2, width: 256, position: 3, how: How::Changed };
        assert_eq!(above.index(), (2 * 256 + 3) * 256);
    }
}
