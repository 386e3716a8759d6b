//! Contributions that wait for a verdict.

use lebombo_verifier::event::{self, Body, Contribution, Event, Nonce};
use lebombo_verifier::{Code as _, Hash};

use crate::client::Client;
use crate::failure::Failure;
use crate::project::Project;

/// A contribution. Its signatures are checked: what a reviewer is shown, its signer has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Its event id.
    pub(crate) id: Hash,
    /// Its `id`.
    pub(crate) nonce: Nonce,
    /// The key that signed it.
    pub(crate) signer: String,
    /// Digests of its evidence.
    pub(crate) about: Vec<Hash>,
    /// What it says.
    pub(crate) work: Contribution,
}

impl Waiting {
    /// Reads an event; `None` where it is no contribution to this project.
    pub(crate) fn of(event: &Event, project: &Project) -> Option<Self> {
        let payload = event.payload();
        let (Body::Contribution(work), [signer]) = (&payload.body, payload.signers.as_slice()) else {
            return None;
        };
        (payload.project == Some(project.id)).then(|| Self {
            id: event.id(),
            nonce: payload.id,
            signer: signer.to_string(),
            about: payload.about.clone(),
            work: work.clone(),
        })
    }

    /// Who did the work: the alias, or else the key.
    pub(crate) fn contributor(&self) -> &str {
        self.work.contributor.as_ref().map_or(self.signer.as_str(), |alias| alias.as_str())
    }

    /// Nobody reviews what they did or imported.
    pub(crate) fn is_of(&self, signer: &str) -> bool {
        self.signer == signer || self.contributor() == signer
    }
}

/// The contributions of a project that wait for a verdict and that `keep` holds for, in the order of the log. That they
/// wait is the ledger's word; what they say is not.
///
/// # Errors
/// Those of [`Client::undecided`]; `ledger-answer` where an entry is no contribution to this project.
pub(crate) fn undecided(
    client: &Client,
    project: &Project,
    progress: &dyn Fn(&str),
    keep: &dyn Fn(&Waiting) -> bool,
) -> Result<Vec<Waiting>, Failure> {
    let mut kept = Vec::new();
    let mut read = 0usize;
    let mut after = None;
    loop {
        let (entries, next) = client.undecided(&project.id, after)?;
        for entry in &entries {
            let one = waiting(entry, project)?;
            if keep(&one) {
                kept.push(one);
            }
        }
        read = read.saturating_add(entries.len());
        progress(&format!("read {read} that wait for a verdict"));
        if next.is_none() {
            progress("");
            return Ok(kept);
        }
        after = next;
    }
}

fn waiting(entry: &[u8], project: &Project) -> Result<Waiting, Failure> {
    let bad = |code: &str| {
        let message = format!(
            "the ledger lists something as work of {} that is no contribution to it ({code})",
            project.name
        );
        Failure::refused("ledger-answer", message)
    };
    let event = event::check(entry).map_err(|error| bad(error.code()))?;
    Waiting::of(&event, project).ok_or_else(|| bad(event.payload().body.kind()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use lebombo_verifier::event::{Alias, Day, Token, Work};
    use lebombo_verifier::origin::Origin;

    use crate::compose;
    use crate::signer::{Signed, Signer};

    pub(crate) fn project() -> Project {
        Project {
            name: Token::parse("sauti").unwrap(),
            id: Hash([1; 32]),
            log: Origin::parse("log.example").unwrap(),
            charter: Hash([1; 32]),
            import: None,
            founder: None,
            generation: 0,
        }
    }

    pub(crate) fn contribution(signer: &Signer, alias: Option<&str>) -> Signed {
        let token = |text| Token::parse(text).unwrap();
        let body = Body::Contribution(Contribution {
            activity: token("labelling"),
            charter: Hash([1; 32]),
            contributor: alias.map(|text| Alias::parse(text).unwrap()),
            outcome: None,
            quantity: 3,
            supersedes: None,
            unit: token("item"),
            work: Work::Annotation,
        });
        let day = Day::parse("2026-01-01").unwrap();
        let payload = compose::payload(&project(), signer, Nonce([9; 16]), day, Vec::new(), body);
        signer.event(&payload).unwrap()
    }

    #[test]
    fn what_the_ledger_lists_is_checked() {
        let signer = Signer::from_secret(&[1; 32]);
        let signed = contribution(&signer, None);
        let found = waiting(&signed.entry, &project()).unwrap();
        assert_eq!((found.id, found.contributor()), (signed.id, signer.did().as_str()));
        assert!(found.is_of(signer.did().as_str()) && !found.is_of("did:key:z6Mk"));
        let alias = format!("alias:desk:{}", "ab".repeat(32));
        let found = waiting(&contribution(&signer, Some(&alias)).entry, &project()).unwrap();
        assert_eq!(found.contributor(), alias);
        assert!(found.is_of(signer.did().as_str()) && found.is_of(&alias));
        let other = Project { id: Hash([2; 32]), ..project() };
        assert_eq!(waiting(&signed.entry, &other).unwrap_err().code, "ledger-answer");
        let mut forged = String::from_utf8(signed.entry).unwrap();
        let at = forged.find("\"sig\":\"").unwrap() + 7;
        forged.replace_range(at..=at, if forged.as_bytes()[at] == b'A' { "B" } else { "A" });
        assert_eq!(waiting(forged.as_bytes(), &project()).unwrap_err().code, "ledger-answer");
    }
}
