//! What every rejection has in common.

/// A rejection with a stable, machine-readable code (spec/errors.md).
///
/// Messages may be reworded between releases; codes may not. A code is lower-case ASCII words joined by `-` and names
/// exactly one check.
pub trait Code: std::error::Error {
    /// The stable code of the check that rejected.
    fn code(&self) -> &'static str;
}
