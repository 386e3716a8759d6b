"""Claims of aliases in the fold (fold.md §1): who says that they are the one whose work was imported, and who confirms it."""
import itertools

from basics import need

ROLES = ("advocate", "arbiter", "importer", "reviewer", "treasurer")
MOST_CLAIMS = 16
# 9999-12-31, as in fold.py.
LAST_DAY = 2932896


class Claim:
    """`day` is that on which it comes into force if it is the only one; `place` that in the money tree."""

    def __init__(self, key, event_id, day, place):
        self.key, self.event_id, self.day, self.place = key, event_id, day, place


class ClaimRules:
    """The event; a part of fold.Fold."""

    def on_claim(self, event_id, event):
        project, body = self.project_of(event), event["body"]
        alias, key, claims = body["alias"], body["key"], project.money.claims.setdefault(body["alias"], [])
        pay = self.in_force(project).get("pay", {})
        need("claim" in pay, "claim-not-allowed")
        need(alias in project.known, "claim-alias")
        need(not self.claim_in_force(claims), "claim-in-force")
        confirmers = [signer for signer in event["signers"] if signer != key]
        judges = {judge for c in project.contributions if c.contributor == alias for judge in c.judges}
        need(not judges & set(event["signers"]), "claim-reviewer")
        need(self.confirmed(project, confirmers), "claim-confirmers")
        claimants = [claim.key for claim in claims]
        if len(confirmers) == 2:
            need(key not in claimants, "claim-repeated")
            need(len(claims) < MOST_CLAIMS, "claim-too-many")
            day = min(self.day + pay["claim"], LAST_DAY)
        else:
            need(len(claims) > 1 and key in claimants, "claim-undisputed")
            claims.clear()
            day = self.day
        claims.append(Claim(key, event_id, day, project.money.decide(event_id, self.size)))
        return "claim"

    def claim_in_force(self, claims):
        return len(claims) == 1 and claims[0].day <= self.day

    def confirmed(self, project, confirmers):
        """Whether each can stand for another of the roles, one of three for that of the arbiter."""
        return any(all((who, role) in project.roles for who, role in zip(confirmers, roles))
                   and (len(confirmers) == 2 or "arbiter" in roles)
                   for roles in itertools.permutations(ROLES, len(confirmers)))
