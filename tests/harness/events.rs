//! Events signed by hand, for load and for bad input: no profile, no outbox, nothing of the program.

use ed25519_dalek::{Signer as _, SigningKey};
use lebombo_verifier::Hash;
use lebombo_verifier::did::Did;
use lebombo_verifier::dsse::{self, Envelope};
use lebombo_verifier::event::{
    Activity, Body, Charter, Contribution, Day, Enrolment, Nonce, Payload, Stewards, Token, VerdictRule,
    Verdicts, Work,
};
use lebombo_verifier::origin::Origin;

use super::random::Random;

/// Somebody who signs.
#[derive(Clone)]
pub(crate) struct Person {
    key: SigningKey,
    pub(crate) did: Did,
}

/// A signed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) id: Hash,
    pub(crate) entry: Vec<u8>,
}

impl Person {
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut secret = [0; 32];
        secret.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&random.next().to_be_bytes()));
        let key = SigningKey::from_bytes(&secret);
        let did = Did::from_key(&key.verifying_key().to_bytes());
        Self { key, did }
    }

    /// This person's signature on a payload, whatever it says.
    pub(crate) fn signature(&self, payload: &[u8]) -> [u8; 64] {
        self.key.sign(&dsse::pae(payload)).to_bytes()
    }

    /// The entry with this payload, signed by this person alone.
    pub(crate) fn sign(&self, payload: &Payload) -> Signed {
        let payload = payload.to_canonical();
        let id = dsse::event_id(&payload);
        let signatures = vec![(self.did.clone(), self.signature(&payload))];
        Signed { id, entry: Envelope { payload, signatures }.to_bytes() }
    }

    /// A contribution to a project that nobody knows: well-formed, so it is logged, and it counts for nothing.
    pub(crate) fn contribution(&self, log: &Origin, random: &mut Random) -> Payload {
        let mut nonce = [0; 16];
        nonce.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&random.next().to_be_bytes()));
        let charter = Hash::of(b"a charter of nobody");
        let token = |text| Token::parse(text).unwrap();
        Payload {
            about: Vec::new(),
            body: Body::Contribution(Contribution {
                activity: token("labelling"),
                charter,
                contributor: None,
                outcome: None,
                quantity: 1 + u32::try_from(random.below(1000)).unwrap(),
                supersedes: None,
                unit: token("item"),
                work: Work::parse("annotation").unwrap(),
            }),
            date: Day::parse("2026-03-02").unwrap(),
            id: Nonce(nonce),
            log: log.clone(),
            project: Some(charter),
            signers: vec![self.did.clone()],
        }
    }

    /// The first charter of a project of this person's own, signed.
    pub(crate) fn charter(&self, log: &Origin, random: &mut Random) -> Signed {
        let token = |text| Token::parse(text).unwrap();
        let work = Work::Annotation;
        let charter = Charter {
            activities: vec![Activity { activity: token("labelling"), unit: token("item"), weight: 1, work }],
            enrolment: Enrolment::Open,
            enrollers: Vec::new(),
            grace: 0,
            import: None,
            name: token("project"),
            notice: 0,
            pay: None,
            reasons: Vec::new(),
            replaces: None,
            stewards: Stewards { keys: vec![self.did.clone()], threshold: 1 },
            verdicts: vec![Verdicts { rule: VerdictRule::AtOnce, silence: None, work }],
        };
        let contribution = self.contribution(log, random);
        self.sign(&Payload { body: Body::Charter(charter), project: None, ..contribution })
    }

    /// A contribution, signed.
    pub(crate) fn event(&self, log: &Origin, random: &mut Random) -> Signed {
        self.sign(&self.contribution(log, random))
    }
}
