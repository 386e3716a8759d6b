//! Charters that several stewards sign: who is to sign.

use lebombo_verifier::did::Did;
use lebombo_verifier::event::{Day, Stewards};

use crate::compose;
use crate::failure::{Failure, OrFail as _};

/// Who signs, and when.
#[derive(clap::Args)]
pub(super) struct Signing {
    /// The stewards who will sign, where not all do: did:key or `me`
    #[arg(long, value_name = "DID", num_args = 1.., value_delimiter = ',')]
    signers: Vec<String>,
    /// The day of signing [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
}

impl Signing {
    pub(super) fn day(&self) -> Result<Day, Failure> {
        compose::day(self.date.as_deref())
    }

    /// Who is to sign: those named, else all stewards if all must, else whoever asks if one is enough.
    pub(super) fn signers(&self, stewards: &Stewards, me: &Did) -> Result<Vec<Did>, Failure> {
        let threshold = usize::try_from(stewards.threshold).unwrap_or(usize::MAX);
        let mut signers = Vec::new();
        for text in &self.signers {
            signers.push(if text == "me" { me.clone() } else { Did::parse(text).or_refused()? });
        }
        if signers.is_empty() && threshold == stewards.keys.len() {
            signers = stewards.keys.clone();
        } else if signers.is_empty() && threshold == 1 {
            signers.push(me.clone());
        }
        signers.sort();
        signers.dedup();
        if signers.iter().filter(|signer| stewards.keys.contains(signer)).count() < threshold {
            let message = format!(
                "{threshold} of {} stewards must sign: name them with --signers DID,DID",
                stewards.keys.len()
            );
            return Err(Failure::refused("stewards-below-threshold", message));
        }
        if !signers.contains(me) {
            let message = format!("your key for this charter, {me}, is not among those who sign");
            return Err(Failure::refused("signer-not-listed", message));
        }
        Ok(signers)
    }
}
