//! Holding a checkpoint against a policy.

use super::{AUDITORS, Group, Party, Policy, printable};
use crate::checkpoint::{Cosigner, SignedCheckpoint, UntrustedCheckpoint, VerifiedCheckpoint};

impl Policy {
    /// Verifies a signed checkpoint: by a listed log whose key is named like the origin, every cosignature by a listed
    /// witness, and the quorum.
    ///
    /// Signatures by keys that the policy does not list are ignored. One bad signature by a key that it does list
    /// refuses the whole note, whether or not the quorum needs it.
    ///
    /// # Errors
    /// In this order:
    /// - [`UntrustedCheckpoint::Note`], [`UntrustedCheckpoint::Checkpoint`]: malformed
    /// - [`UntrustedCheckpoint::LogUnknown`]: no listed log has this origin
    /// - [`UntrustedCheckpoint::LogSignatureLength`], [`UntrustedCheckpoint::LogSignature`],
    ///   [`UntrustedCheckpoint::Cosignature`]: a listed log's signature does not verify
    /// - [`UntrustedCheckpoint::LogSignatureMissing`]: none by a listed key of this log
    /// - [`UntrustedCheckpoint::Cosignature`]: a listed witness's cosignature does not verify
    /// - [`UntrustedCheckpoint::Quorum`]: too few witnesses
    pub fn verify(&self, note: &[u8]) -> Result<VerifiedCheckpoint, UntrustedCheckpoint> {
        let signed = SignedCheckpoint::parse(note)?;
        let log = signed.find_log_signature(self.logs.iter().map(|log| &log.vkey))?;
        let found = self.collect(&signed)?;
        if let Some(quorum) = self.quorum
            && !found[quorum].is_met
        {
            return Err(UntrustedCheckpoint::Quorum {
                quorum: printable(self.parties[quorum].name()),
                cosigned: list(&self.cosigners(&found, |_| true)),
            });
        }
        let auditors = self.parties.iter().position(|p| matches!(p, Party::Group(g) if g.name == AUDITORS));
        let is_auditor = self.members_of(auditors);
        Ok(signed.into_verified(&log).with_witnesses(
            self.cosigners(&found, |_| true),
            self.cosigners(&found, |position| is_auditor[position]),
            auditors.is_some_and(|position| found[position].is_met),
            self.quorum.is_none(),
        ))
    }

    /// For each party whether it has cosigned. A group's members stand before it, so one pass is enough.
    fn collect(&self, signed: &SignedCheckpoint<'_>) -> Result<Vec<Found>, UntrustedCheckpoint> {
        let mut found: Vec<Found> = Vec::with_capacity(self.parties.len());
        for party in &self.parties {
            let next = match party {
                Party::Witness(witness) => {
                    let timestamp = signed.cosignature_by(&witness.vkey)?;
                    Found { is_met: timestamp.is_some(), timestamp }
                }
                Party::Group(Group { threshold, members, .. }) => {
                    let met = members.iter().filter(|&&member| found[member].is_met).count();
                    Found { is_met: met >= *threshold, timestamp: None }
                }
            };
            found.push(next);
        }
        Ok(found)
    }

    /// The witnesses that cosigned and stand at a position that is asked for, sorted by name.
    fn cosigners(&self, found: &[Found], is_wanted: impl Fn(usize) -> bool) -> Vec<Cosigner> {
        let mut out: Vec<Cosigner> = (0..)
            .zip(self.parties.iter().zip(found))
            .filter(|&(position, _)| is_wanted(position))
            .filter_map(|(_, (party, found))| {
                found.timestamp.map(|timestamp| Cosigner { name: party.name().to_vec(), timestamp })
            })
            .collect();
        out.sort();
        out
    }

    /// For each position whether it belongs to the group there, directly or through other groups.
    fn members_of(&self, group: Option<usize>) -> Vec<bool> {
        let mut belongs = vec![false; self.parties.len()];
        let mut waiting: Vec<usize> = group.into_iter().collect();
        // No name is a member twice, so each position is visited at most once.
        while let Some(position) = waiting.pop() {
            belongs[position] = true;
            if let Party::Group(Group { members, .. }) = &self.parties[position] {
                waiting.extend(members);
            }
        }
        belongs
    }
}

struct Found {
    is_met: bool,
    /// A witness's time.
    timestamp: Option<u64>,
}

fn list(cosigners: &[Cosigner]) -> String {
    if cosigners.is_empty() {
        return "nobody".to_owned();
    }
    cosigners.iter().map(Cosigner::to_string).collect::<Vec<_>>().join(", ")
}
