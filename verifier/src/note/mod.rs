//! Signed notes (C2SP signed-note): a text, an empty line, and signature lines.

mod key_name;
mod parse;
mod vkey;

pub use key_name::{KeyName, KeyNameError};
pub use parse::{MAX_NOTE, MAX_SIGNATURES, Note, NoteError, NoteSignature, signature_line};
pub use vkey::{Key, KeyId, MAX_VKEY, MlDsa44Key, Vkey, VkeyError};
