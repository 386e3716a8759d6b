//! Checkpoints (C2SP tlog-checkpoint): what a log signs about its tree.

mod signed;
mod verified;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::error::Code;
use crate::hash::Hash;
use crate::origin::{Origin, OriginError};
use crate::proof::EMPTY_ROOT;
pub use crate::tile::MAX_SIZE;
pub use signed::{SignedCheckpoint, UntrustedCheckpoint};
pub use verified::{Cosigner, VerifiedCheckpoint};

/// A tree head of one log. Nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Origin,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

/// Why a text is no checkpoint. Checked in the order of the variants.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The text does not end in a newline.
    #[error("the checkpoint's text does not end in a newline")]
    Unterminated,
    /// Fewer than three lines.
    #[error("the checkpoint has {count} lines; origin, size and root hash are needed")]
    Lines {
        /// How many there are.
        count: usize,
    },
    /// The first line is no origin.
    #[error("the checkpoint's first line is no origin")]
    Origin(#[source] OriginError),
    /// The second line is not decimal, or has leading zeroes.
    #[error("the checkpoint's tree size is not a decimal number without leading zeroes")]
    SizeForm,
    /// The size is above [`MAX_SIZE`].
    #[error("the checkpoint's tree size is above 2^48")]
    SizeRange,
    /// The third line is not the base64 of 32 bytes.
    #[error("the checkpoint's root hash is not strict standard base64 of 32 bytes")]
    Root,
    /// Size 0 with another root than that of the empty tree.
    #[error("the checkpoint is of size 0, but its root hash is not the one of the empty tree")]
    EmptyRoot,
    /// An empty extension line.
    #[error("line {line} of the checkpoint is empty")]
    EmptyExtension {
        /// Line number, from 1.
        line: usize,
    },
}

impl Code for CheckpointError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unterminated => "checkpoint-unterminated",
            Self::Lines { .. } => "checkpoint-lines",
            Self::Origin(e) => e.code(),
            Self::SizeForm => "checkpoint-size-form",
            Self::SizeRange => "checkpoint-size-range",
            Self::Root => "checkpoint-root",
            Self::EmptyRoot => "checkpoint-empty-root",
            Self::EmptyExtension { .. } => "checkpoint-empty-extension",
        }
    }
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// - [`CheckpointError::SizeRange`]: `size` above 2^48
    /// - [`CheckpointError::EmptyRoot`]: size 0 with a root that is not the empty tree's
    pub fn new(origin: Origin, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        check(size, &root)?;
        Ok(Self { origin, size, root, extensions: Vec::new() })
    }

    /// Parses the text of a note (C2SP tlog-checkpoint, "Note text"). [`Checkpoint::to_text`] gives it back.
    ///
    /// # Errors
    /// A [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Unterminated)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Lines { count: text.split('\n').count() });
        };
        let origin = Origin::parse(origin).map_err(CheckpointError::Origin)?;
        let size = parse_size(size)?;
        let root = STANDARD.decode(root).ok().and_then(|b| b.try_into().ok()).map(Hash);
        let root = root.ok_or(CheckpointError::Root)?;
        check(size, &root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if let Some(position) = extensions.iter().position(String::is_empty) {
            return Err(CheckpointError::EmptyExtension { line: position + 4 });
        }
        Ok(Self { origin, size, root, extensions })
    }

    /// The text of the note, with its final newline.
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for line in &self.extensions {
            out.push_str(line);
            out.push('\n');
        }
        out
    }

    /// The log's name.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Tree size in leaves: 0 to 2^48.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the RFC 6962 tree of that size.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Extension lines, none of them empty. They mean nothing here, and Lebombo logs write none.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

fn check(size: u64, root: &Hash) -> Result<(), CheckpointError> {
    if size > MAX_SIZE {
        return Err(CheckpointError::SizeRange);
    }
    if size == 0 && *root != EMPTY_ROOT {
        return Err(CheckpointError::EmptyRoot);
    }
    Ok(())
}

fn parse_size(text: &str) -> Result<u64, CheckpointError> {
    if text.is_empty()
        || !text.bytes().all(|b| b.is_ascii_digit())
        || (text.len() > 1 && text.starts_with('0'))
    {
        return Err(CheckpointError::SizeForm);
    }
    // What is all digits and yet does not parse is too large for u64.
    text.parse().map_err(|_| CheckpointError::SizeRange)
}
