//! What the machine itself can do: raw strict signature checks, raw SHA-256, one synced write.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use ed25519_dalek::{Signature, VerifyingKey};
use lebombo_benches::clock::median;
use lebombo_benches::rate::Rate;
use lebombo_verifier::dsse::{Envelope, pae};
use sha2::{Digest, Sha256};

/// A signature check with nothing around it.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    key: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Check {
    /// The parts, for signatures that are not on events.
    pub(crate) fn new(key: [u8; 32], message: Vec<u8>, signature: [u8; 64]) -> Self {
        Self { key, message, signature }
    }

    /// The one signature of an entry.
    pub(crate) fn of(entry: &[u8]) -> Self {
        let envelope = Envelope::parse(entry).unwrap();
        let (did, signature) = envelope.signatures[0].clone();
        Self::new(*did.key(), pae(&envelope.payload), signature)
    }

    /// Decodes the key and checks the signature, strictly.
    pub(crate) fn run(&self) {
        let key = VerifyingKey::from_bytes(&self.key).unwrap();
        key.verify_strict(&self.message, &Signature::from_bytes(&self.signature)).unwrap();
    }
}

/// Raw checks on one core.
pub(crate) fn verify_on_one(rounds: usize, checks: &[Check]) -> Rate {
    median(rounds, checks.len(), || checks.iter().for_each(Check::run))
}

/// Raw checks on all cores.
pub(crate) fn verify_on_all(rounds: usize, checks: &[Check]) -> Rate {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = checks.len().div_ceil(cores);
    median(rounds, checks.len(), || {
        std::thread::scope(|scope| {
            for share in checks.chunks(share) {
                scope.spawn(move || share.iter().for_each(Check::run));
            }
        });
    })
}

/// Raw SHA-256 of each of these.
pub(crate) fn sha256<T: AsRef<[u8]>>(rounds: usize, texts: &[T]) -> Rate {
    median(rounds, texts.len(), || {
        texts.iter().fold(0_u8, |all, text| all ^ Sha256::digest(text.as_ref())[0])
    })
}

/// Raw SHA-256 of as many bytes as a Merkle node is made from (RFC 6962 §2.1).
pub(crate) fn sha256_of_a_node(rounds: usize) -> Rate {
    sha256(rounds, &vec![[1_u8; 65]; 1 << 14])
}

/// One write of `bytes` at the end of a file in `folder`, on disk when it returns.
pub(crate) fn synced_write(rounds: usize, folder: &Path, bytes: &[u8]) -> Rate {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("synced")).unwrap();
    let writes = (0..rounds * 10).map(|_| {
        lebombo_benches::clock::time(1, || {
            file.write_all(bytes).unwrap();
            file.sync_data().unwrap();
        })
    });
    Rate::median(writes.collect())
}
