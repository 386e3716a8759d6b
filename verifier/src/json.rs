//! The canonical JSON of events: the part of RFC 8785 that events use, and nothing else.
//!
//! ASCII, no white space, object keys strictly ascending, strings without escapes, integers from 0 to 2^53 - 1. Every
//! value has one text, so reading checks canonicity as it goes, and reading what was written gives it back.

mod parse;
mod value;

pub use parse::{JsonError, parse};
pub use value::Value;

/// Largest integer, 2^53 - 1: the largest that every JSON reader holds exactly (RFC 8785 §3.2.2.3, RFC 7493 §2.2).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;
/// Deepest nesting of objects and arrays that is read.
pub const MAX_DEPTH: usize = 8;
