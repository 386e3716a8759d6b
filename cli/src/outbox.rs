//! The outbox: signed events that wait to be pushed.
//!
//! It is a folder of segments, `<utc stamp>-<random>.ndjson`, one envelope a line. A segment is written once, whole, and
//! afterwards only replaced by one with fewer lines, or removed. So:
//! - adding needs no lock, and never touches what is there;
//! - copies of an outbox may be pushed from many devices: an event has one id, and the ledger logs it once;
//! - a line leaves the outbox only after its receipt, or the ledger's refusal, is safely on disk. Whoever stops in
//!   between finds the line again, and pushing it again does no harm.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lebombo_verifier::event::MAX_ENTRY;
use lebombo_verifier::{Code, Hash};
use serde::{Deserialize, Serialize};

use crate::clock::{self, NoRandomness};
use crate::durable;
use crate::home::Home;
use crate::receipts;
use crate::signer::Signed;

/// Most lines of a segment that we write.
pub(crate) const MAX_LINES: usize = 4_096;
/// Most bytes of a segment that we write, and most bytes of a request to the ledger.
pub(crate) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Most bytes of a segment that we read: another program may have written it.
const MAX_READ: u64 = 64 * 1024 * 1024;

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

/// One file of the outbox and its lines, without their line ends; none is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The entries, not checked.
    pub(crate) lines: Vec<Vec<u8>>,
}

/// What the ledger, or our own check, would not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    /// Stable code of the check.
    pub(crate) code: String,
    /// What happened.
    pub(crate) message: String,
    /// The entry as it was; bytes that are not UTF-8 are replaced, since such an entry is of no use.
    pub(crate) entry: String,
}

impl Outbox {
    /// The outbox of a home.
    pub(crate) fn of(home: &Home) -> Self {
        Self { folder: home.outbox() }
    }

    /// Adds events: all that fit one segment appear together or not at all, also after a crash.
    ///
    /// # Errors
    /// [`OutboxError::Write`], [`OutboxError::Randomness`]
    pub(crate) fn add(&self, events: &[Signed], now: u64) -> Result<(), OutboxError> {
        let mut rest = events;
        let mut number = 0;
        while !rest.is_empty() {
            let count = fitting(rest.iter().map(|event| event.entry.len()));
            let (these, others) = rest.split_at(count);
            let name = format!("{}-{number:06}-{}.ndjson", stamp(now), hex::encode(clock::random::<8>()?));
            let path = self.folder.join(name);
            let bytes = join(these.iter().map(|event| event.entry.as_slice()));
            durable::create(&path, &bytes).map_err(|source| OutboxError::Write { path, source })?;
            // Crash here: this segment and those before it are in the outbox; the command has not said so, and running
            // it again adds the events that are missing (imports), or new ones (which a person sees in `outbox`).
            rest = others;
            number += 1;
        }
        Ok(())
    }

    /// The names of all segments, oldest first.
    ///
    /// # Errors
    /// [`OutboxError::Read`]
    pub(crate) fn names(&self) -> Result<Vec<PathBuf>, OutboxError> {
        let unreadable = |source| OutboxError::Read { path: self.folder.clone(), source };
        let mut names = BTreeSet::new();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(unreadable)?,
        };
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.ends_with(".ndjson") && !name.starts_with('.') {
                names.insert(path);
            }
        }
        Ok(names.into_iter().collect())
    }

    /// Reads all segments, oldest first. One that another process has just removed is left out.
    ///
    /// # Errors
    /// [`OutboxError::Read`], [`OutboxError::TooLarge`]
    pub(crate) fn segments(&self) -> Result<Vec<Segment>, OutboxError> {
        let mut segments = Vec::new();
        for path in self.names()? {
            if let Some(lines) = read_lines(&path)? {
                segments.push(Segment { path, lines });
            }
        }
        Ok(segments)
    }

    /// Takes out of a segment the lines that are settled: those with `keep[i]` false.
    ///
    /// # Errors
    /// [`OutboxError::Write`]
    pub(crate) fn settle(&self, segment: &Segment, keep: &[bool]) -> Result<(), OutboxError> {
        let kept: Vec<&[u8]> = segment
            .lines
            .iter()
            .zip(keep)
            .filter_map(|(line, keep)| keep.then_some(line.as_slice()))
            .collect();
        let path = &segment.path;
        let write = |source| OutboxError::Write { path: path.clone(), source };
        if kept.is_empty() {
            // Crash here, or removed but not synced: the segment is back with lines that are settled. The next push
            // finds their receipts and removes it without sending anything.
            durable::remove(path).map_err(write)
        } else if kept.len() < segment.lines.len() {
            // Crash here: the old segment, whole, as above.
            durable::write(path, &join(kept.into_iter())).map_err(write)
        } else {
            Ok(())
        }
    }

    /// Writes down why an entry will not be logged, under its event id, or the SHA-256 of its bytes if it has none.
    ///
    /// # Errors
    /// [`OutboxError::Write`]
    pub(crate) fn refuse(&self, name: &Hash, refusal: &Refusal) -> Result<(), OutboxError> {
        let path = self.folder.join("refused").join(format!("{name}.json"));
        let mut text = serde_json::to_vec_pretty(refusal).unwrap_or_default();
        text.push(b'\n');
        durable::write(&path, &text).map_err(|source| OutboxError::Write { path, source })
    }

    /// What was refused so far: name and refusal, in the order of the names.
    ///
    /// # Errors
    /// [`OutboxError::Read`]
    pub(crate) fn refused(&self) -> Result<Vec<(String, Refusal)>, OutboxError> {
        let folder = self.folder.join("refused");
        let unreadable = |source| OutboxError::Read { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(unreadable)?,
        };
        let mut refusals = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let Some(name) = path.file_name().and_then(|n| n.to_str()?.strip_suffix(".json")) else {
                continue;
            };
            let bytes = fs::read(&path).map_err(unreadable)?;
            if let Ok(refusal) = serde_json::from_slice(&bytes) {
                refusals.push((name.to_owned(), refusal));
            }
        }
        refusals.sort_by(|a: &(String, Refusal), b| a.0.cmp(&b.0));
        Ok(refusals)
    }
}

impl Outbox {
    /// Puts refused events back into the outbox. Returns how many, and how many stay refused because they are no events.
    ///
    /// # Errors
    /// [`OutboxError::Read`], [`OutboxError::Write`], [`OutboxError::Randomness`]
    pub(crate) fn retry(&self, now: u64) -> Result<(usize, usize), OutboxError> {
        let (mut events, mut names, mut left) = (Vec::new(), Vec::new(), 0);
        for (name, refusal) in self.refused()? {
            let entry = refusal.entry.into_bytes();
            match receipts::read_entry(&entry) {
                Ok((id, _)) => {
                    events.push(Signed { id, entry });
                    names.push(name);
                }
                Err(_) => left += 1,
            }
        }
        self.add(&events, now)?;
        // Crash here: the events wait, and are refused as well. Trying again lets them wait twice, and each is sent once.
        for name in names {
            let path = self.folder.join("refused").join(format!("{name}.json"));
            durable::remove(&path).map_err(|source| OutboxError::Write { path, source })?;
        }
        Ok((events.len(), left))
    }

    /// Takes waiting events out of the outbox, into `dropped/ID.ndjson`. Lines that are no events go by the SHA-256 of
    /// their bytes. Returns how many different ones were found.
    ///
    /// # Errors
    /// [`OutboxError::Read`], [`OutboxError::TooLarge`], [`OutboxError::Write`]
    pub(crate) fn drop_events(&self, ids: &BTreeSet<Hash>) -> Result<usize, OutboxError> {
        let folder = self.folder.join("dropped");
        durable::make_folder(&folder)
            .map_err(|source| OutboxError::Write { path: folder.clone(), source })?;
        let mut found = BTreeSet::new();
        for segment in self.segments()? {
            let mut keep = Vec::with_capacity(segment.lines.len());
            for line in &segment.lines {
                let id = id_of(line);
                keep.push(!ids.contains(&id));
                if ids.contains(&id) && found.insert(id) {
                    let path = folder.join(format!("{id}.ndjson"));
                    durable::write(&path, &join(std::iter::once(line.as_slice())))
                        .map_err(|source| OutboxError::Write { path, source })?;
                }
            }
            // Crash here: some events are dropped and wait as well; dropping them again ends it.
            self.settle(&segment, &keep)?;
        }
        Ok(found.len())
    }

    /// The ids of all that wait.
    ///
    /// # Errors
    /// [`OutboxError::Read`], [`OutboxError::TooLarge`]
    pub(crate) fn ids(&self) -> Result<BTreeSet<Hash>, OutboxError> {
        Ok(self.segments()?.iter().flat_map(|segment| &segment.lines).map(|line| id_of(line)).collect())
    }
}

/// The event id of a line, or the SHA-256 of its bytes if it has none.
fn id_of(line: &[u8]) -> Hash {
    receipts::read_entry(line).map_or_else(|_| Hash::of(line), |(id, _)| id)
}

/// The lines of an NDJSON file, or of a file with one envelope; `None` when there is no such file.
///
/// # Errors
/// [`OutboxError::Read`], [`OutboxError::TooLarge`]
pub(crate) fn read_lines(path: &Path) -> Result<Option<Vec<Vec<u8>>>, OutboxError> {
    let unreadable = |source| OutboxError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(unreadable)?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_READ + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_READ {
        return Err(OutboxError::TooLarge { path: path.to_owned() });
    }
    let lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(Some(lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()))
}

/// How many of the entries with these lengths fit one segment or request: at least 1, at most [`MAX_LINES`].
pub(crate) fn fitting(lengths: impl Iterator<Item = usize>) -> usize {
    const { assert!(MAX_ENTRY < MAX_BYTES) };
    let mut bytes = 0usize;
    let fit = lengths.take(MAX_LINES).take_while(|length| {
        bytes = bytes.saturating_add(*length).saturating_add(1);
        bytes <= MAX_BYTES
    });
    fit.count().max(1)
}

/// Entries as NDJSON.
pub(crate) fn join<'a>(entries: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        out.extend_from_slice(entry);
        out.push(b'\n');
    }
    out
}

/// `YYYYMMDDThhmmssmmmZ`, so that names sort by time.
fn stamp(now: u64) -> String {
    i64::try_from(now)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y%m%dT%H%M%S%3fZ")
        .to_string()
}

/// The outbox can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboxError {
    /// A file can not be read.
    #[error("can not read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file can not be written.
    #[error("can not write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than we read.
    #[error("{} is larger than {MAX_READ} bytes: split it at its line ends", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
    /// No random bytes could be had.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl Code for OutboxError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "outbox-unreadable",
            Self::Write { .. } => "outbox-not-written",
            Self::TooLarge { .. } => "outbox-segment-too-large",
            Self::Randomness(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::fault;

    fn signed(n: u32) -> Signed {
        Signed { id: Hash::of(&n.to_be_bytes()), entry: format!("{{\"n\":{n}}}").into_bytes() }
    }

    fn outbox(folder: &Path) -> Outbox {
        let home = Home::locate(Some(folder.join("home"))).unwrap();
        home.ensure().unwrap();
        Outbox::of(&home)
    }

    fn all(outbox: &Outbox) -> Vec<Vec<u8>> {
        outbox.segments().unwrap().into_iter().flat_map(|segment| segment.lines).collect()
    }

    #[test]
    fn keeps_the_order_and_splits_what_is_large() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = outbox(folder.path());
        let events: Vec<Signed> = (0..MAX_LINES as u32 + 5).map(signed).collect();
        outbox.add(&events, 1_700_000_000_123).unwrap();
        assert_eq!(outbox.names().unwrap().len(), 2);
        assert!(outbox.names().unwrap()[0].to_string_lossy().contains("20231114T221320123Z-000000-"));
        let entries: Vec<Vec<u8>> = events.into_iter().map(|event| event.entry).collect();
        assert_eq!(all(&outbox), entries);
        let large = Signed { id: Hash::of(b""), entry: vec![b'x'; 3 * 1024 * 1024] };
        outbox.add(&[large.clone(), large.clone(), large], 1_700_000_000_124).unwrap();
        assert_eq!(outbox.names().unwrap().len(), 4);
    }

    #[test]
    fn a_crash_while_adding_leaves_all_or_nothing() {
        for done in [false, true] {
            for steps in 0.. {
                let folder = tempfile::tempdir().unwrap();
                let outbox = outbox(folder.path());
                outbox.add(&[signed(0)], 1).unwrap();
                fault::after(steps, done);
                let result = outbox.add(&[signed(1), signed(2)], 2);
                let reached = fault::lift();
                let found = all(&outbox).len();
                assert!(found == 1 || found == 3, "{found}");
                if !reached {
                    assert_eq!((result.is_ok(), found), (true, 3));
                    break;
                }
                assert!(result.is_err());
            }
        }
    }

    #[test]
    fn a_crash_while_settling_loses_no_line_that_is_kept() {
        for keep in [[false, false, false], [true, false, true]] {
            for done in [false, true] {
                for steps in 0.. {
                    let folder = tempfile::tempdir().unwrap();
                    let outbox = outbox(folder.path());
                    outbox.add(&[signed(0), signed(1), signed(2)], 1).unwrap();
                    let segment = outbox.segments().unwrap().remove(0);
                    fault::after(steps, done);
                    let result = outbox.settle(&segment, &keep);
                    let reached = fault::lift();
                    let found = all(&outbox);
                    let kept: Vec<_> =
                        segment.lines.iter().zip(keep).filter(|(_, k)| *k).map(|(l, _)| l).collect();
                    assert!(kept.iter().all(|line| found.contains(line)));
                    if !reached {
                        assert!(result.is_ok());
                        assert_eq!(found.len(), kept.len());
                        break;
                    }
                    assert!(result.is_err());
                }
            }
        }
    }

    #[test]
    fn what_others_left_in_the_folder_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = outbox(folder.path());
        outbox.add(&[signed(0)], 1).unwrap();
        fs::write(outbox.folder.join(".tmp-abc.ndjson"), "half").unwrap();
        fs::write(outbox.folder.join("note.txt"), "mine").unwrap();
        fs::write(outbox.folder.join("copied.ndjson"), "{}\r\n\n{\"cut").unwrap();
        assert_eq!(all(&outbox), [b"{\"n\":0}".to_vec(), b"{}".to_vec(), b"{\"cut".to_vec()]);
    }

    #[test]
    fn a_crash_while_dropping_loses_nothing() {
        let id = |n: u32| Hash::of(&signed(n).entry);
        for done in [false, true] {
            for steps in 0.. {
                let folder = tempfile::tempdir().unwrap();
                let outbox = outbox(folder.path());
                outbox.add(&[signed(0), signed(1)], 1).unwrap();
                outbox.add(&[signed(2)], 2).unwrap();
                let wanted = BTreeSet::from([id(1), id(2), id(7)]);
                fault::after(steps, done);
                let result = outbox.drop_events(&wanted);
                let reached = fault::lift();
                let waiting = outbox.ids().unwrap();
                assert!(waiting.contains(&id(0)));
                for n in [1, 2] {
                    let kept = fs::read(outbox.folder.join(format!("dropped/{}.ndjson", id(n))));
                    assert!(
                        waiting.contains(&id(n)) || kept.is_ok_and(|kept| kept.starts_with(&signed(n).entry))
                    );
                }
                if !reached {
                    assert_eq!(result.unwrap(), 2);
                    assert_eq!(waiting, BTreeSet::from([id(0)]));
                    break;
                }
            }
        }
    }

    #[test]
    fn refusals_are_kept_with_their_reason() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = outbox(folder.path());
        let refusal = Refusal { code: "too-large".into(), message: "…".into(), entry: "{}".into() };
        outbox.refuse(&Hash([1; 32]), &refusal).unwrap();
        outbox.refuse(&Hash([1; 32]), &refusal).unwrap();
        assert_eq!(outbox.refused().unwrap(), [(Hash([1; 32]).to_string(), refusal)]);
    }
}
