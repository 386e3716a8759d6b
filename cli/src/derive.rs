//! From one seed to a key for each project (spec/keys.md).
//!
//! The keys of two projects can not be joined up without the seed, and the seed can not be had from any of them.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use lebombo_verifier::{Hash, origin::Origin};

use crate::seed::Seed;
use crate::signer::Signer;

const PROJECT: &str = "lebombo/v1/project";
const FOUNDER: &str = "lebombo/v1/founder";

/// The key that a person uses in a project, named by the event id of its first charter.
pub(crate) fn project_key(seed: &Seed, log: &Origin, project: &Hash, generation: u32) -> Signer {
    expand(seed.secret(), &info(PROJECT, log, project.as_bytes(), generation))
}

/// The key of a person whom a first charter names, where `charter` is that charter's own `id`: the charter's event id
/// depends on the keys in it, so that it can not be what they are derived from.
pub(crate) fn founder_key(seed: &Seed, log: &Origin, charter: &[u8; 16], generation: u32) -> Signer {
    expand(seed.secret(), &info(FOUNDER, log, charter, generation))
}

/// `label ‖ 0x00 ‖ log ‖ 0x00 ‖ id ‖ generation`, the generation as 4 bytes big-endian. An origin holds no zero byte,
/// and each label has one length of id, so no two inputs give the same bytes.
fn info(label: &str, log: &Origin, id: &[u8], generation: u32) -> Vec<u8> {
    [label.as_bytes(), &[0], log.as_str().as_bytes(), &[0], id, &generation.to_be_bytes()].concat()
}

fn expand(seed: &[u8; 32], info: &[u8]) -> Signer {
    let mut secret = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "HKDF-SHA-256 yields up to 8,160 bytes (RFC 5869 §2.3)")]
    Hkdf::<Sha256>::new(None, seed).expand(info, secret.as_mut()).expect("32 bytes are few enough");
    Signer::from_secret(&secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        #[expect(dead_code, reason = "for readers")]
        description: String,
        seed: String,
        label: String,
        log: String,
        id: String,
        generation: u32,
        info: String,
        secret: String,
        did: String,
    }

    #[test]
    fn agrees_with_every_vector() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/vectors/derivation");
        let mut seen = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let seed = Seed::from_bytes(hex::decode(&case.seed).unwrap().try_into().unwrap());
            let log = Origin::parse(&case.log).unwrap();
            let id = hex::decode(&case.id).unwrap();
            assert_eq!(hex::encode(info(&case.label, &log, &id, case.generation)), case.info, "{path:?}");
            let key = match case.label.as_str() {
                PROJECT => project_key(&seed, &log, &Hash(id.try_into().unwrap()), case.generation),
                FOUNDER => founder_key(&seed, &log, &id.try_into().unwrap(), case.generation),
                other => panic!("{path:?} has the unknown label {other}"),
            };
            assert_eq!(hex::encode(*key.secret()), case.secret, "{path:?}");
            assert_eq!(key.did().as_str(), case.did, "{path:?}");
            seen += 1;
        }
        assert!(seen >= 6, "the vectors are missing");
    }
}
