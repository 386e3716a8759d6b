//! Events: one entry for each event, and nothing but its signers' own bytes in it.

use lebombo_verifier::dsse::{Envelope, event_id};
use lebombo_verifier::event::{Malformed, Payload, check};
use lebombo_verifier::fold::Effect;

use super::cast;
use super::fold::build::World;
use super::input::Input;

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    entry(data);
    payload(data);
    let mut input = Input::new(data);
    let mut world = World::default();
    for _ in 0..=input.below(4) {
        let payload = world.payload(&mut input);
        let text = payload.to_canonical();
        // What is built may break a rule of form, and is then no payload; but it is never another one.
        if let Ok(read) = Payload::parse(&text) {
            assert_eq!(read, payload);
            signed(&text, &payload, &mut input);
        }
        world.note(&payload, &Effect::Ledger);
        self::payload(&input.damage(&text));
    }
}

/// An entry that somebody sends.
fn entry(data: &[u8]) {
    let envelope = Envelope::parse(data);
    if let Ok(envelope) = &envelope {
        assert_eq!(envelope.to_bytes(), data);
    }
    if let Ok(event) = check(data) {
        let envelope = envelope.expect("an event is in an envelope");
        assert_eq!(event.payload().to_canonical(), envelope.payload);
        assert_eq!(event.id(), event_id(&envelope.payload));
        assert_eq!(
            event.payload().signers,
            envelope.signatures.into_iter().map(|(did, _)| did).collect::<Vec<_>>()
        );
    }
}

/// A payload that somebody made. With the cast's signatures it is an event, if it is a payload at all.
fn payload(data: &[u8]) {
    let Ok(payload) = Payload::parse(data) else { return };
    assert_eq!(payload.to_canonical(), data);
    if let Some(bytes) = cast::entry(data, &payload.signers) {
        match check(&bytes) {
            Ok(event) => assert_eq!(event.payload(), &payload),
            Err(error) => assert!(matches!(error, Malformed::EntryTooLarge { .. }), "{error}"),
        }
    }
}

/// A signed event is accepted as it is, and in no other form.
fn signed(text: &[u8], payload: &Payload, input: &mut Input<'_>) {
    let bytes = cast::entry(text, &payload.signers).expect("the world is played by the cast");
    let event = check(&bytes).expect("well-formed and signed");
    assert_eq!((event.payload(), event.id()), (payload, event_id(text)));
    entry(&bytes);
    let damaged = input.damage(&bytes);
    if damaged != bytes {
        assert!(check(&damaged).is_err(), "{}", String::from_utf8_lossy(&damaged));
    }
}
