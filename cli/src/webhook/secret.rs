//! What hints are signed with: secrets of Standard Webhooks, `whsec_` and base64, shared with one receiver or several.

use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::WebhookError;
use crate::failure::{Failure, OrFail as _};
use crate::pem;

/// So that a receiver can be given a new secret while the old one still counts.
const MAX_SECRETS: usize = 4;
/// Bytes of a secret.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;
/// A file of secrets has at most so many bytes.
const MAX_FILE: u64 = 1_024;

/// Secrets, each of which signs every hint. They have no textual form.
pub(crate) struct Secrets(Vec<Zeroizing<Vec<u8>>>);

impl Secrets {
    /// Reads a file that nobody but its owner can read: a secret a line.
    ///
    /// # Errors
    /// Those of [`pem::open_closed`], and `Secret`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut text = Zeroizing::new(String::with_capacity(2_048));
        let file = pem::open_closed(path).or_unsure()?;
        // What is no UTF-8 is no secret either; neither is shown.
        let malformed = || WebhookError::Secret { file: path.display().to_string() };
        file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(|_| malformed()).or_refused()?;
        let is_short = text.len() as u64 <= MAX_FILE;
        Self::parse(&text).filter(|_| is_short).ok_or_else(malformed).or_refused()
    }

    fn parse(text: &str) -> Option<Self> {
        let secrets: Vec<_> = text.lines().map(|line| decode(line.trim())).collect::<Option<_>>()?;
        (1..=MAX_SECRETS).contains(&secrets.len()).then_some(Self(secrets))
    }

    /// The value of `webhook-signature`: `v1,` and base64 of HMAC-SHA-256 over id, time and body, joined by points; one for
    /// each secret, with spaces between.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &str) -> String {
        let signatures: Vec<String> = self
            .0
            .iter()
            .map(|secret| {
                #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
                let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("any length is a key");
                mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
                format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
            })
            .collect();
        signatures.join(" ")
    }
}

fn decode(line: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(STANDARD.decode(line.strip_prefix("whsec_")?).ok()?);
    LENGTH.contains(&bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

    #[test]
    fn a_signature_is_as_others_make_it() {
        // printf '%s' "$id.$time.$body" | openssl dgst -sha256 -hmac 012345678901234567890123 -binary | base64
        let secrets = Secrets::parse(SECRET).unwrap();
        let signature = secrets.sign("msg_1", "1700000000", r#"{"type":"changes"}"#);
        assert_eq!(signature, "v1,4pus2gv8Rc7DOmFo+Cy94ZUadizNUHQN8yoSXaHk1NI=");
        let both = Secrets::parse(&format!("{SECRET}\n{SECRET}\n")).unwrap();
        assert_eq!(
            both.sign("msg_1", "1700000000", r#"{"type":"changes"}"#),
            format!("{signature} {signature}")
        );
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let read = |text: &str, mode| {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            Secrets::read(&path).map(|secrets| secrets.0.len()).map_err(|failure| {
                assert!(!failure.message.contains("whsec_M"), "{}", failure.message);
                failure.code
            })
        };
        assert_eq!(read(&format!("{SECRET}\n"), 0o600), Ok(1));
        assert_eq!(read(&format!("{SECRET}\n{SECRET}"), 0o400), Ok(2));
        assert_eq!(read(SECRET, 0o640), Err("key-open-to-others".into()));
        let long = format!("whsec_{}", STANDARD.encode([7; 65]));
        let many = format!("{SECRET}\n").repeat(5);
        for text in [
            "",
            "\n",
            "MDEy",
            "whsec_MDEy",
            &SECRET.replace("whsec_", "whpk_"),
            &long,
            &many,
            &"x".repeat(2_000),
        ] {
            assert_eq!(read(text, 0o600), Err("webhook-secret".into()), "{text}");
        }
    }
}
