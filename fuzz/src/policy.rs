//! Policies: any text is read without panic, and a quorum is what a recursive count says it is.
//!
//! With that count, which has no "not" in it, follows what is asserted here once more by itself: one cosignature more
//! never turns a satisfied quorum into an unsatisfied one.

use lebombo_verifier::Code as _;
use lebombo_verifier::cosignature::message_v1;
use lebombo_verifier::ed25519::PublicKey;
use lebombo_verifier::note::{Key, KeyName, Vkey, signature_line};
use lebombo_verifier::policy::Policy;

use super::input::Input;
use super::{cast, note};

const WITNESSES: u8 = 5;

enum Party {
    Witness(u8),
    Group(usize, Vec<usize>),
}

/// The property.
///
/// # Panics
/// Where it does not hold.
pub fn holds(data: &[u8]) {
    let _ = Policy::parse(data);
    let mut input = Input::new(data);
    let (text, parties, quorum) = build(&mut input);
    let policy = Policy::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let _ = Policy::parse(&input.damage(text.as_bytes()));
    let checkpoint = note::checkpoint(&mut input);
    let body = checkpoint.to_text();
    let signature = cast::sign(&cast::did(0), body.as_bytes()).unwrap();
    let mut signed = format!("{body}\n{}", signature_line("log.example/fuzz", log().key_id(), &signature));
    let chosen = input.byte();
    let mut cosigned: Vec<u8> = Vec::new();
    let mut was_met = satisfied(&policy, &signed);
    assert_eq!(was_met, quorum.is_none_or(|q| count(&parties, q, &cosigned)), "nobody\n{text}");
    for witness in (0..WITNESSES).filter(|w| chosen >> w & 1 == 1) {
        let time = input.number() >> 1;
        let vkey = witness_key(witness);
        let cosignature = cast::sign(&cast::did(witness + 1), &message_v1(time, &checkpoint)).unwrap();
        let line = [&time.to_be_bytes()[..], &cosignature].concat();
        signed.push_str(&signature_line(vkey.name().as_str(), vkey.key_id(), &line));
        cosigned.push(witness);
        let is_met = satisfied(&policy, &signed);
        assert!(is_met || !was_met, "one cosignature more, and the quorum is gone\n{text}\n{signed}");
        assert_eq!(is_met, quorum.is_none_or(|q| count(&parties, q, &cosigned)), "{cosigned:?}\n{text}");
        was_met = is_met;
    }
}

fn satisfied(policy: &Policy, note: &str) -> bool {
    match policy.verify(note.as_bytes()) {
        Ok(_) => true,
        Err(error) if error.code() == "quorum-not-met" => false,
        Err(error) => panic!("{error}\n{note}"),
    }
}

/// Whether party `at` has cosigned: itself, or as many of its members as it takes.
fn count(parties: &[Party], at: usize, cosigned: &[u8]) -> bool {
    match &parties[at] {
        Party::Witness(n) => cosigned.contains(n),
        Party::Group(least, members) => {
            members.iter().filter(|m| count(parties, **m, cosigned)).count() >= *least
        }
    }
}

/// Five witnesses in random groups, no party in two of them.
fn build(input: &mut Input<'_>) -> (String, Vec<Party>, Option<usize>) {
    let mut text = format!("log {}\n", log());
    let mut parties = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    for n in 0..WITNESSES {
        text.push_str(&format!("witness p{n} {}\n", witness_key(n)));
        free.push(parties.len());
        parties.push(Party::Witness(n));
    }
    for _ in 0..input.below(4) {
        let members = input.some(&free, 1);
        free.retain(|f| !members.contains(f));
        let least = input.below(members.len()) + 1;
        let threshold = match input.below(3) {
            0 if least == 1 => "any".to_owned(),
            1 if least == members.len() => "all".to_owned(),
            _ => least.to_string(),
        };
        let names: String = members.iter().map(|m| format!(" p{m}")).collect();
        text.push_str(&format!("group p{} {threshold}{names}\n", parties.len()));
        free.push(parties.len());
        parties.push(Party::Group(least, members));
    }
    let quorum = (!input.once_in(8)).then(|| input.below(parties.len()));
    text.push_str(&quorum.map_or("quorum none\n".into(), |q| format!("quorum p{q}\n")));
    (text, parties, quorum)
}

fn log() -> Vkey {
    Vkey::new(KeyName::parse("log.example/fuzz").unwrap(), key(0, &cast::key(0).verifying_key().to_bytes()))
}

fn witness_key(n: u8) -> Vkey {
    let name = KeyName::parse(&format!("witness{n}.example")).unwrap();
    Vkey::new(name, key(1, &cast::key(n + 1).verifying_key().to_bytes()))
}

/// A log's key (even `kind`) or a witness's (odd).
pub fn key(kind: u8, bytes: &[u8; 32]) -> Key {
    let key = PublicKey::from_bytes(bytes).unwrap();
    if kind.is_multiple_of(2) { Key::Ed25519(key) } else { Key::CosignatureV1(key) }
}
