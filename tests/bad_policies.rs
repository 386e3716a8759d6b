//! Policies that say nothing, or nonsense, through the program: each has its own code, and none is taken for trust.

use crate::checker::Stranger;
use crate::harness::events::Person;
use crate::harness::program::Home;
use crate::harness::random::Random;
use crate::harness::server::Site;

/// Vkeys of witnesses, made up here: type 0x04 and the key of a seed.
fn witness(name: &str, seed: u8) -> String {
    use ed25519_dalek::SigningKey;
    use lebombo_verifier::ed25519::PublicKey;
    use lebombo_verifier::note::{Key, KeyName, Vkey};
    let public = SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
    Vkey::new(KeyName::parse(name).unwrap(), Key::CosignatureV1(PublicKey::from_bytes(&public).unwrap()))
        .to_string()
}

#[test]
fn every_bad_policy_has_its_own_answer() {
    let mut random = Random::new("policies");
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    let event = Person::new(&mut random).event(&server.site.origin, &mut random);
    let answer = server.http.post("/v1/entries?wait", "application/json", &event.entry);
    stranger.was_answered(&[answer.json()]);
    let home = Home::empty();
    let receipt = home.write("r.tlog-proof", server.http.fetch("/v1/entries/1/receipt").body);
    let log = format!("log {}\n", server.vkey());
    let witnesses = format!("witness a {}\nwitness b {}\n", witness("a.example", 1), witness("b.example", 2));
    let key = server.vkey().to_string();
    let cases = [
        (String::new(), "policy-quorum-missing"),
        (log.clone(), "policy-quorum-missing"),
        (format!("{log}quorum nobody\n"), "policy-quorum-undefined"),
        (format!("{log}{witnesses}group g all a c\nquorum g\n"), "policy-member-undefined"),
        // A cycle: a group names only what stands above it, so one can not be written down.
        (format!("{log}{witnesses}group g all a h\ngroup h all b g\nquorum g\n"), "policy-member-undefined"),
        (format!("{log}{witnesses}group g all a g\nquorum g\n"), "policy-member-undefined"),
        (format!("{log}{witnesses}group g 0 a b\nquorum g\n"), "policy-threshold-range"),
        (format!("{log}{witnesses}group g 3 a b\nquorum g\n"), "policy-threshold-range"),
        (format!("{log}{witnesses}group g 01 a b\nquorum g\n"), "policy-threshold-form"),
        (format!("{log}{witnesses}group g any\nquorum g\n"), "policy-group-items"),
        (format!("{log}{witnesses}group none any a\nquorum none\n"), "policy-name-reserved"),
        (format!("{log}{witnesses}group g any none\nquorum g\n"), "policy-none-as-member"),
        (format!("{log}{witnesses}group g any a a\nquorum g\n"), "policy-member-twice"),
        (format!("{log}{witnesses}group a any b\nquorum a\n"), "policy-name-taken"),
        (format!("{log}quorum none\nquorum none\n"), "policy-quorum-twice"),
        (format!("{log}quorum none"), "policy-unterminated"),
        (format!("{log}trust me\nquorum none\n"), "policy-keyword"),
        (format!("{log}{log}quorum none\n"), "policy-duplicate-log"),
        (format!("witness w {key}\nquorum none\n"), "policy-witness-key-type"),
        (format!("log {}\nquorum none\n", &key[..key.len() - 4]), "vkey-key-length"),
        (
            format!("log {}\nquorum none\n", key.replacen("example.org", "example.net", 1)),
            "vkey-key-id-mismatch",
        ),
        (format!("{log}quorum none\n\x07\n"), "policy-octet"),
    ];
    for (text, code) in cases {
        let file = home.write("policy", &text);
        let ended = home.run(&["verify", &receipt, "--policy", &file]);
        assert_eq!((ended.status, ended.code().as_str()), (1, code), "{text}{ended:?}");
    }
    // Legal policies that this receipt does not satisfy.
    for (text, code) in [
        ("quorum none\n".to_owned(), "log-unknown"),
        (format!("{log}{witnesses}quorum a\n"), "quorum-not-met"),
        (format!("{log}{witnesses}group g 1 a b\nquorum g\n"), "quorum-not-met"),
    ] {
        let file = home.write("policy", &text);
        let ended = home.run(&["verify", &receipt, "--policy", &file]);
        ended.fails(1, "not-verified");
        assert!(ended.stdout.contains(&format!("[{code}]")), "{text}{ended:?}");
    }
    // `quorum none` is legal and honoured, and what it means is said.
    for more in ["", "# nobody\n", witnesses.as_str()] {
        let file = home.write("policy", format!("{log}{more}quorum none\n"));
        let said = home.run(&["verify", &receipt, "--policy", &file]).ok();
        assert!(said.contains("no witnesses"), "{said}");
    }
    stranger.conclude(server);
}
