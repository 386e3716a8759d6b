//! What must hold for every input, as functions from bytes that panic where it does not.
//!
//! Each module has one `holds`. The same bytes are taken twice: as a text that somebody sends, and as the choices by
//! which [`input::Input`] builds something well-formed, which random bytes hardly ever are. libFuzzer drives these
//! functions through `fuzz/targets/`; on stable Rust `verifier/tests/properties.rs` includes this very file and drives
//! them with proptest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a property that fails is a panic"
)]

pub mod cast;
pub mod event;
pub mod fold;
pub mod input;
pub mod json;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod tile;
pub mod total;
