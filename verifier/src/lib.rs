//! The rules of Lebombo: formats, checks and the attribution fold.
//!
//! This crate is what a third party reads. It has no input or output, no clock and no randomness; it never panics on
//! any bytes; and what it returns from a check is a type that only this check can make. `spec/` is the normative text.

pub mod checkpoint;
pub mod cosignature;
pub mod did;
pub mod dsse;
pub mod ed25519;
pub mod error;
pub mod event;
pub mod fold;
pub mod hash;
pub mod json;
pub mod money;
pub mod note;
pub mod origin;
pub mod payslip;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod settlement;
pub mod statement;
pub mod tile;
pub mod total;

pub use error::Code;
pub use hash::{Hash, leaf_hash, node_hash};
