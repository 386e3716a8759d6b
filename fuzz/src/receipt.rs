//! Receipts: what is read is written the same.

use lebombo_verifier::Hash;
use lebombo_verifier::note::KeyId;
use lebombo_verifier::note::signature_line;
use lebombo_verifier::receipt::{MAX_HASHES, Receipt};

use super::input::Input;
use super::note;

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    text(data);
    let mut input = Input::new(data);
    let index = input.number() >> 16;
    let hashes: Vec<_> = (0..input.below(MAX_HASHES + 1)).map(|i| Hash([i.to_le_bytes()[0]; 32])).collect();
    let checkpoint = note::checkpoint(&mut input).to_text();
    let signed = format!("{checkpoint}\n{}", signature_line("log.example/fuzz", KeyId([1; 4]), &[7; 64]));
    let entry = vec![input.byte(); input.below(256)];
    let receipt = Receipt::new(entry, index, hashes, signed).expect("a well-formed receipt");
    let written = receipt.format();
    assert_eq!(Receipt::parse(written.as_bytes()).as_ref(), Ok(&receipt));
    text(&input.damage(written.as_bytes()));
}

fn text(data: &[u8]) {
    if let Ok(receipt) = Receipt::parse(data) {
        assert_eq!(receipt.format().as_bytes(), data);
    }
}
