//! `claim`: an imported alias is a key, which changes whom its lines are to be paid to, and nothing else.

use super::record::{ClaimRecord, ClaimsRecord, ContributorRecord};
use super::{Effect, Fold, Now, Result, Ruled, State, Void, key, who};
use crate::Hash;
use crate::did::Did;
use crate::event::{self, Event, Party, Role};

/// Roles in which a claim is confirmed: those that know people, or money, or work.
const CONFIRMING: [Role; 5] =
    [Role::Advocate, Role::Arbiter, Role::Importer, Role::Reviewer, Role::Treasurer];
/// Most who claim one alias.
const MAX_CLAIMANTS: usize = 16;

impl<S: State> Fold<S> {
    pub(super) fn apply_claim(
        &mut self,
        now: &Now,
        event: &Event,
        body: &event::Claim,
    ) -> Result<Ruled<Effect>, S> {
        let payload = event.payload();
        let Some(project) = payload.project else { return Ok(Err(Void::ProjectUnknown)) };
        let Some(mut record) = self.project(&project)? else { return Ok(Err(Void::ProjectUnknown)) };
        let days = self.in_force(&record)?.and_then(|charter| charter.pay.as_ref().and_then(|pay| pay.claim));
        let Some(days) = days else { return Ok(Err(Void::ClaimNotAllowed)) };
        let alias = who(&Party::Alias(body.alias.clone()));
        if self.record(&key::contributor(&project, &alias), ContributorRecord::from_bytes)?.is_none() {
            return Ok(Err(Void::ClaimAlias));
        }
        let key = key::claims_of(&project, &alias);
        let before = self.record(&key, ClaimsRecord::from_bytes)?;
        if before.as_ref().is_some_and(|before| before.in_force(now.day).is_some()) {
            return Ok(Err(Void::ClaimInForce));
        }
        for signer in &payload.signers {
            if self.get(&key::judged(&project, &alias, signer.key()))?.is_some() {
                return Ok(Err(Void::ClaimReviewer));
            }
        }
        let confirmers: Vec<&Did> = payload.signers.iter().filter(|signer| **signer != body.key).collect();
        let decides = confirmers.len() > 2;
        if !self.have_different_roles(&project, &confirmers, decides)? {
            return Ok(Err(Void::ClaimConfirmers));
        }
        let claim = ClaimRecord { key: *body.key.key(), id: event.id(), place: record.leaf.now.decisions };
        let known = before.as_ref().is_some_and(|b| b.claims.iter().any(|earlier| earlier.key == claim.key));
        let after = match before {
            Some(before) if decides && known && before.are_contrary() => {
                ClaimsRecord { from: now.day, claims: vec![claim] }
            }
            _ if decides => return Ok(Err(Void::ClaimUndisputed)),
            _ if known => return Ok(Err(Void::ClaimRepeated)),
            Some(before) if before.claims.len() >= MAX_CLAIMANTS => return Ok(Err(Void::ClaimTooMany)),
            Some(mut before) => {
                before.claims.push(claim);
                before
            }
            None => ClaimsRecord { from: now.day.plus(days), claims: vec![claim] },
        };
        self.set(key, after.to_bytes())?;
        self.decide_money(now, &project, &mut record, &event.id())?;
        self.set(key::project(&project), record.to_bytes())?;
        Ok(Ok(Effect::Claim { project }))
    }

    /// Whether each of these, at most three, can be given another role; one of them that of an arbiter where one decides.
    fn have_different_roles(&self, project: &Hash, people: &[&Did], decides: bool) -> Result<bool, S> {
        let mut ways = vec![Vec::new()];
        for person in people {
            let member = who(&Party::Key((*person).clone()));
            let mut roles = Vec::new();
            for role in CONFIRMING {
                if self.has_role(project, role, &member)? {
                    roles.push(role);
                }
            }
            ways = ways
                .iter()
                .flat_map(|way: &Vec<Role>| roles.iter().map(move |role| (way, *role)))
                .filter(|(way, role)| !way.contains(role))
                .map(|(way, role)| [way.as_slice(), &[role]].concat())
                .collect();
        }
        Ok(ways.iter().any(|way| !decides || way.contains(&Role::Arbiter)))
    }
}
