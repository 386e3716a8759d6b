//! The people of the play: signing keys that everything built here is signed with.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{Envelope, pae};
use lebombo_verifier::event::{Event, Malformed, check};

/// How many keys there are.
pub const KEYS: u8 = 8;
/// Checked entries that are remembered; more are forgotten together.
const REMEMBERED: usize = 4096;

/// The key of number `n`, 0 ≤ n < [`KEYS`].
pub fn key(n: u8) -> &'static SigningKey {
    &CAST[usize::from(n)].0
}

/// Its did:key.
pub fn did(n: u8) -> Did {
    CAST[usize::from(n)].1.clone()
}

/// Made once: making keys takes longer than using them.
static CAST: LazyLock<Vec<(SigningKey, Did)>> = LazyLock::new(|| {
    let keys = (1..=KEYS).map(|n| SigningKey::from_bytes(&[n; 32]));
    keys.map(|key| (key.clone(), Did::from_key(&key.verifying_key().to_bytes()))).collect()
});

/// The did:keys of keys 0 to `n` - 1, ascending.
pub fn dids(n: u8) -> Vec<Did> {
    let mut out: Vec<_> = (0..n).map(did).collect();
    out.sort();
    out
}

/// A signature by the key of `signer`; `None` where the cast has no such key.
pub fn sign(signer: &Did, message: &[u8]) -> Option<[u8; 64]> {
    CAST.iter().find(|(_, did)| did == signer).map(|(key, _)| key.sign(message).to_bytes())
}

/// The entry that holds `payload`, signed by all `signers`; `None` where the cast lacks one.
pub fn entry(payload: &[u8], signers: &[Did]) -> Option<Vec<u8>> {
    let message = pae(payload);
    let signed = signers.iter().map(|s| Some((s.clone(), sign(s, &message)?))).collect::<Option<_>>()?;
    Some(Envelope { payload: payload.to_vec(), signatures: signed }.to_bytes())
}

/// What `check` says to that entry. Signing and checking take most of the time of a run, and inputs have their
/// beginnings in common, so answers are remembered.
pub fn checked(payload: &[u8], signers: &[Did]) -> Result<Event, Malformed> {
    thread_local! {
        static KNOWN: RefCell<HashMap<Vec<u8>, Result<Event, Malformed>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let entry = || entry(payload, signers).expect("only the cast signs here");
        known.entry(payload.to_vec()).or_insert_with(|| check(&entry())).clone()
    })
}
