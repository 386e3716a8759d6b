//! What an imported row is called in the log: alias, contribution id, evidence digest (spec/import.md).
//!
//! All of them are keyed with the project's import key, so that importing the same row again, here or on another
//! machine that holds the key, gives the same bytes, and nobody without it can test a guess at a worker's id.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use lebombo_verifier::Hash;
use lebombo_verifier::event::{Alias, Nonce, Token};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A project's import key: 32 random bytes that its importers share and nobody else has.
pub(crate) struct ImportKey(Zeroizing<[u8; 32]>);

impl ImportKey {
    /// Takes over the key's bytes; they are wiped when the key is dropped.
    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// `alias:<system>:<64 lower-case hex digits>` for a worker of a system.
    ///
    /// The same worker id under the same system gives the same alias in every export and on every machine with the
    /// key. Two installations whose worker ids mean different people must be given different systems.
    pub(crate) fn alias(&self, system: &Token, worker: &str) -> Alias {
        let mac = self.mac("lebombo/v1/alias", &[system.as_str(), worker]);
        let text = format!("alias:{system}:{}", hex::encode(mac));
        #[expect(clippy::expect_used, reason = "a token and 32 bytes in hex are what an alias is made of")]
        Alias::parse(&text).expect("an alias")
    }

    /// The `id` of the contribution event that a row becomes.
    ///
    /// It depends on nothing that an edit of the row or another order of the export could change.
    pub(crate) fn contribution_id(&self, installation: &str, source_id: &str, attempt: u32) -> Nonce {
        Nonce(first_half(self.mac("lebombo/v1/import-id", &[installation, source_id, &attempt.to_string()])))
    }

    /// The digest of a row's canonical bytes, for the event's `about`: `SHA-256(salt ‖ row)`.
    pub(crate) fn evidence(&self, installation: &str, source_id: &str, attempt: u32, row: &[u8]) -> Hash {
        evidence_digest(&self.salt(installation, source_id, attempt), row)
    }

    /// The 128-bit salt of a row's evidence: with it and the row, its owner can show what the digest stands for.
    pub(crate) fn salt(&self, installation: &str, source_id: &str, attempt: u32) -> [u8; 16] {
        first_half(self.mac("lebombo/v1/salt", &[installation, source_id, &attempt.to_string()]))
    }

    /// HMAC-SHA-256 over `label ‖ 0x00` and, for each part, its length in bytes as u64 big-endian and the part.
    ///
    /// Labels hold no NUL, so no two lists of label and parts give the same message.
    fn mac(&self, label: &str, parts: &[&str]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC is defined for keys of every length (RFC 2104 §3)")]
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0[..]).expect("any length is a key");
        mac.update(label.as_bytes());
        mac.update(&[0]);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ImportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportKey(secret)")
    }
}

/// `SHA-256(salt ‖ row)`; checkable by anybody who is given both, without the import key.
pub(crate) fn evidence_digest(salt: &[u8; 16], row: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update(salt).chain_update(row).finalize().into())
}

fn first_half(mac: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&mac[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> ImportKey {
        ImportKey::new(Zeroizing::new([7; 32]))
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Case {
        #[expect(dead_code, reason = "for readers")]
        description: String,
        key: String,
        system: String,
        worker: String,
        installation: String,
        source_id: String,
        attempt: u32,
        row: String,
        alias: String,
        id: String,
        salt: String,
        evidence: String,
    }

    #[test]
    fn agrees_with_every_vector() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/vectors/import");
        let mut seen = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let key = ImportKey::new(Zeroizing::new(hex::decode(&case.key).unwrap().try_into().unwrap()));
            let (at, id, n) = (&case.installation, &case.source_id, case.attempt);
            let alias = key.alias(&Token::parse(&case.system).unwrap(), &case.worker);
            assert_eq!(alias.as_str(), case.alias, "{path:?}");
            assert_eq!(key.contribution_id(at, id, n).to_string(), case.id, "{path:?}");
            assert_eq!(hex::encode(key.salt(at, id, n)), case.salt, "{path:?}");
            assert_eq!(key.evidence(at, id, n, case.row.as_bytes()).to_string(), case.evidence, "{path:?}");
            seen += 1;
        }
        assert!(seen >= 10, "the vectors are missing");
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", key()).contains('7'));
    }

    proptest! {
        #[test]
        fn parts_can_not_be_shifted(a in ".{0,8}", b in ".{0,8}", c in ".{0,8}", d in ".{0,8}") {
            prop_assume!((&a, &b) != (&c, &d));
            let key = key();
            prop_assert_ne!(key.contribution_id(&a, &b, 1), key.contribution_id(&c, &d, 1));
        }

        #[test]
        fn attempts_differ(a in ".{0,8}", x in any::<u32>(), y in any::<u32>()) {
            prop_assume!(x != y);
            let key = key();
            prop_assert_ne!(key.contribution_id("i", &a, x), key.contribution_id("i", &a, y));
            prop_assert_ne!(key.salt("i", &a, x), key.salt("i", &a, y));
            prop_assert_ne!(key.salt("i", &a, x), key.contribution_id("i", &a, x).0);
        }
    }
}
