//! The store: entries, ids, tiles, tree head, checkpoint and the fold's own space, over any [`engine::Engine`].
//!
//! Which engine is underneath is known to this module alone.

mod changes;
pub mod engine;
#[cfg(test)]
pub(crate) mod memory;
mod overlay;
mod rocks;
mod typed;

use std::path::Path;
use std::sync::Arc;

pub use changes::{FoldChange, FoldChanges};
pub use lebombo_verifier::fold::Run;
pub(crate) use overlay::Overlay;
pub use typed::{Change, Entry, Head, Pair, Store, StoreError, TileKey, VisitEntry};
pub(crate) use typed::{Identity, RoundWrites, WORTH_LOADING, load_ahead};

use engine::{Engine, EngineError};

/// Opens the default engine in a folder.
///
/// # Errors
/// See [`EngineError`].
pub(crate) fn open_default_engine(dir: &Path, create: bool) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(rocks::RocksEngine::open(dir, create)?))
}
