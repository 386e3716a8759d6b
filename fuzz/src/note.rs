//! Notes, checkpoints and vkeys: what is read is written the same.

use lebombo_verifier::Hash;
use lebombo_verifier::checkpoint::{Checkpoint, SignedCheckpoint};
use lebombo_verifier::note::{Key, KeyName, Note, Vkey, signature_line};
use lebombo_verifier::origin::Origin;

use super::input::Input;
use super::{cast, policy};

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    text(data);
    let mut input = Input::new(data);
    let checkpoint = checkpoint(&mut input);
    assert_eq!(Checkpoint::parse(&checkpoint.to_text()).as_ref(), Ok(&checkpoint));
    let key = cast::key(0).verifying_key().to_bytes();
    let vkey = Vkey::new(KeyName::parse("log.example/fuzz").unwrap(), policy::key(input.byte(), &key));
    assert_eq!(Vkey::parse(&vkey.to_string()).as_ref(), Ok(&vkey));
    let body = checkpoint.to_text();
    let signature = vec![input.byte(); input.below(80) + 1];
    let note = format!("{body}\n{}", signature_line(vkey.name().as_str(), vkey.key_id(), &signature));
    let signed = SignedCheckpoint::parse(note.as_bytes()).expect("a well-formed note");
    assert_eq!((signed.checkpoint(), signed.note().format()), (&checkpoint, note.clone()));
    text(&input.damage(note.as_bytes()));
    text(&input.damage(body.as_bytes()));
    text(&input.damage(vkey.to_string().as_bytes()));
}

/// A text that somebody sends.
fn text(data: &[u8]) {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(note.format().as_bytes(), data);
    }
    if let Ok(signed) = SignedCheckpoint::parse(data) {
        assert_eq!(signed.checkpoint().to_text(), signed.note().text());
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_text(), text);
    }
    if let Ok(vkey) = Vkey::parse(text) {
        assert_eq!(vkey.to_string(), text);
        assert!(matches!(vkey.key(), Key::Ed25519(_) | Key::CosignatureV1(_) | Key::MlDsa44(_)));
    }
}

/// Any checkpoint of the log `log.example/fuzz`.
pub fn checkpoint(input: &mut Input<'_>) -> Checkpoint {
    let origin = Origin::parse("log.example/fuzz").unwrap();
    let size = (input.number() >> 16).max(1);
    Checkpoint::new(origin, size, Hash(input.hash())).unwrap()
}
