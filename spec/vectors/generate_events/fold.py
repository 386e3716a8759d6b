"""The fold of spec/fold.md and the trees of spec/totals.md, written as plainly as they can be.

Nothing is counted along the way: what people have, the points of a project and the trees are worked out from the list of
all contributions and verdicts each time. Slow, and hard to get wrong in the same way as a fold that keeps sums.
It is given what spec/event.md makes of an entry: the event's id and payload, or the code that refuses it.
"""
import datetime

from basics import ZEROES, Void, need, sha256, split, tree_root, u64
from fold_claims import ClaimRules
from fold_credits import Credit
from fold_money import Money, MoneyRules, has_room
from fold_payments import PaymentRules

WORKS = ["administration", "annotation", "cleaning", "cultural-knowledge", "dataset", "engineering", "expertise",
         "governance", "review"]
KNOWN_RULES = 1
MOST_POINTS = 2**63 - 1
PENDING, ACCEPTED, REJECTED, WITHDRAWN = "pending", "accepted", "rejected", "withdrawn"


# 9999-12-31: days are counted on to it and no further.
LAST_DAY = 2932896


class NeedsRules(Exception):
    """The rules version that the entry asks for."""


def day_number(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def sum_root(nodes):
    """(sum, hash) at the root of a totals tree; zeroes where there is nobody."""
    if not nodes:
        return 0, ZEROES
    if len(nodes) == 1:
        return nodes[0]
    k = split(len(nodes))
    (left_sum, left), (right_sum, right) = sum_root(nodes[:k]), sum_root(nodes[k:])
    return left_sum + right_sum, sha256(b"\x01", u64(left_sum), left, u64(right_sum), right)


class Contribution:
    def __init__(self, event, signer, contributor, charter, index):
        body = event["body"]
        self.project, self.signer, self.contributor, self.index = event["project"], signer, contributor, index
        self.charter, self.work, self.unit, self.quantity = body["charter"], body["work"], body["unit"], body["quantity"]
        self.taken_id = (None if "contributor" in body else signer, event["id"])
        self.weight = next(a["weight"] for a in charter["activities"]
                           if all(a[f] == body[f] for f in ("work", "activity", "unit")))
        verdicts = next(v for v in charter["verdicts"] if v["work"] == body["work"])
        self.rule, self.silence = verdicts["rule"], verdicts.get("silence")
        self.needed = verdicts.get("count", 1)
        self.status, self.due, self.accepted = PENDING, None, 0
        self.decided, self.reason = index, ""  # the entry that decided last; its own until then
        self.reviewers, self.verdicts = set(), []
        self.judges = set()  # who gave any verdict with an effect on it
        self.decisions = [(0, 0)]  # accepted quantities before and after each decision
        self.credited = False  # whether it is accepted, or was

    def points(self):
        return self.accepted * self.weight

    def decide(self, quantity, index, reason=""):
        """Accepted by the entry `index` with this quantity; rejected with 0."""
        self.status, self.accepted, self.due = ACCEPTED if quantity else REJECTED, quantity, None
        self.decided, self.reason = index, reason
        self.decisions.append((self.decisions[-1][1], quantity))
        self.credited |= quantity > 0


class Project:
    def __init__(self, charter):
        self.in_force, self.waiting = charter, None
        self.roles = set()  # (did:key or alias, role)
        self.handles = []  # did:key or alias, by handle
        self.known = {}  # did:key or alias: how many of their contributions were void
        self.contributions = []  # all that are not void
        self.earnings = []  # (reviewer, points, charter in force): verdicts that earned
        self.credits = []  # all, as they came
        self.money = Money()

    def know(self, person):
        self.known.setdefault(person, 0)

    def give_handle(self, person):
        self.know(person)
        if person not in self.handles:
            self.handles.append(person)

    def decide(self, c, quantity, index, reason=""):
        """The entry `index` decides a contribution. It is credited if it is accepted by that, or was until then."""
        before = c.points()
        credited = quantity > 0 or c.status == ACCEPTED
        c.decide(quantity, index, reason)
        if quantity:
            self.give_handle(c.contributor)
        if credited:
            self.credits.append(Credit(c.contributor, c.index, index, c.charter, before, c.points()))

    def earn(self, reviewer, points, index):
        """A verdict of the review `index` earns."""
        self.earnings.append((reviewer, points, self.in_force))
        self.give_handle(reviewer)
        self.credits.append(Credit(reviewer, index, index, self.in_force, 0, points))

    def points(self):
        return sum(c.points() for c in self.contributions) + sum(points for _, points, _ in self.earnings)

    def points_of(self, person):
        return (sum(c.points() for c in self.contributions if c.contributor == person)
                + sum(points for who, points, _ in self.earnings if who == person))

    def counts_of(self, person):
        counts = [0] * len(WORKS)
        for c in self.contributions:
            if c.contributor == person and c.status == ACCEPTED:
                counts[WORKS.index(c.work)] += 1
        counts[WORKS.index("review")] += sum(who == person for who, *_ in self.earnings)
        return counts

    def has_id(self, taken_id, but=None):
        return any(c.taken_id == taken_id and c.status != WITHDRAWN and c is not but for c in self.contributions)


class Fold(MoneyRules, PaymentRules, ClaimRules):
    def __init__(self):
        self.size, self.needed_rules = 0, None
        self.constitution, self.origin, self.day, self.closed = None, None, None, False
        self.seen = set()
        self.void = set()
        self.contributions = {}  # event id: Contribution
        self.projects = {}  # event id: Project, in the order in which they began
        self.charters = {}  # event id: [project, body, day on which it was replaced or None]
        self.charter_at = {}  # event id: its index
        self.mark, self.snapshot = None, None
        self.frozen = []  # the projects that the newest mark froze, until it has its snapshot

    def apply(self, event_id, event, malformed=None):
        """The effect of the next entry (fold.md §4)."""
        if self.needed_rules is not None:
            return f"needs-rules:{self.needed_rules}"
        try:
            effect = self.judge(event_id, event, malformed)
        except NeedsRules as e:
            self.needed_rules = e.args[0]
            return f"needs-rules:{self.needed_rules}"
        except Void as e:
            effect = f"void:{e}"
        self.size += 1
        return effect

    def judge(self, event_id, event, malformed):
        need(malformed is None, malformed)
        if self.size == 0:
            return self.open(event_id, event)
        need(self.constitution is not None, "no-ledger")
        need(event["log"] == self.origin, "other-log")
        need(event_id not in self.seen, "repeated")
        try:
            need(not self.closed, "log-closed")
            effect = getattr(self, "on_" + event["kind"])(event_id, event)
        except Void:
            self.void.add(event_id)
            self.seen.add(event_id)
            raise
        self.seen.add(event_id)
        return effect

    def open(self, event_id, event):
        body = event["body"]
        need(event["kind"] == "ledger" and event["signers"] == [body["key"]] and "closing" not in body, "no-ledger")
        if body["rules"] > KNOWN_RULES:
            raise NeedsRules(body["rules"])
        self.constitution, self.origin, self.day = body, event["log"], day_number(event["date"])
        self.seen.add(event_id)
        return "ledger"

    def in_force(self, project):
        return self.charters[project.in_force][1]

    def has_room(self, project, *gains):
        """Whether the project has room for what is credited: (points, the charter by whose rates they are owed) each."""
        return (project.points() + sum(points for points, _ in gains) <= MOST_POINTS
                and has_room(project, self.charters, gains))

    def project_of(self, event):
        need(event["project"] in self.projects, "project-unknown")
        return self.projects[event["project"]]

    def signed_by_ledger(self, event):
        need(self.constitution["key"] in event["signers"], "not-ledger-key")

    # The log's own events

    def on_ledger(self, _, event):
        body = event["body"]
        self.signed_by_ledger(event)
        need(set(event["signers"]) <= {self.constitution["key"], body["key"]}, "not-ledger-key")
        need(body["rules"] >= self.constitution["rules"], "rules-lowered")
        if body["rules"] > KNOWN_RULES:
            raise NeedsRules(body["rules"])
        self.constitution, self.closed = body, "closing" in body
        return "ledger"

    def on_day(self, _, event):
        day = day_number(event["date"])
        self.signed_by_ledger(event)
        need(day > self.day, "day-not-later")
        self.day = day
        # Each project has one amendment that waits, so the order among projects shows nowhere.
        for project in self.projects.values():
            if project.waiting and project.waiting[0] <= day:
                self.come_into_force(project)
        due = [c for c in self.contributions.values() if c.status == PENDING and c.due is not None and c.due <= day]
        accepted = 0
        for c in sorted(due, key=lambda c: (c.due, c.index)):
            project = self.projects[c.project]
            if self.has_room(project, (c.quantity * c.weight, c.charter)):
                project.decide(c, c.quantity, self.size)
                accepted += 1
            else:
                c.due = None
        return f"day:{accepted}"

    def come_into_force(self, project):
        due, amendment = project.waiting
        self.charters[project.in_force][2] = due
        project.in_force, project.waiting = amendment, None

    def on_mark(self, event_id, event):
        self.signed_by_ledger(event)
        need(day_number(event["date"]) == self.day, "mark-date")
        root = self.root()
        self.mark = {"id": event_id, "day": self.day, "root": root, "projects": len(self.projects), "stated": False}
        self.freeze_all()
        return f"mark:{root}"

    def on_snapshot(self, event_id, event):
        body, mark = event["body"], self.mark
        self.signed_by_ledger(event)
        need(mark is not None and body["mark"] == mark["id"], "snapshot-mark")
        need(not mark["stated"], "snapshot-repeated")
        need(body.get("previous") == self.snapshot, "snapshot-previous")
        need(day_number(event["date"]) == mark["day"], "snapshot-date")
        need(body["projects"] == mark["projects"], "snapshot-projects")
        need(body["root"] == mark["root"], "snapshot-root")
        mark["stated"], self.snapshot = True, event_id
        self.name_freezes(event_id)
        return "snapshot"

    def root(self):
        return tree_root([self.project_leaf(*item) for item in self.projects.items()]).hex()

    def totals_leaves(self, project_id, project):
        """(sum, hash) of each leaf of the project's totals tree."""
        nodes = []
        for handle, person in enumerate(project.handles):
            points = project.points_of(person)
            counts = b"".join(u64(n) for n in project.counts_of(person))
            nodes.append((points, sha256(b"\x00", bytes.fromhex(project_id), u64(handle), sha256(person.encode()), counts,
                                         u64(points))))
        return nodes

    def project_leaf(self, project_id, project):
        nodes = self.totals_leaves(project_id, project)
        points, totals = sum_root(nodes)
        return sha256(b"\x00", bytes.fromhex(project_id), bytes.fromhex(project.in_force), u64(len(nodes)), u64(points),
                      totals, bytes.fromhex(project.money.last() or "00" * 32), u64(len(project.money.decisions)),
                      project.money.root(project_id))

    # Projects

    def on_charter(self, event_id, event):
        body, signers = event["body"], event["signers"]
        signing = lambda stewards: sum(s in stewards["keys"] for s in signers) >= stewards["threshold"]
        if "replaces" not in body:
            need(signing(body["stewards"]), "stewards-below-threshold")
            self.charters[event_id], self.charter_at[event_id] = [event_id, body, None], self.size
            self.projects[event_id] = Project(event_id)
            return "project"
        project = self.project_of(event)
        need(body["replaces"] == project.in_force, "charter-not-in-force")
        need(signing(self.in_force(project)["stewards"]), "stewards-below-threshold")
        self.charters[event_id], self.charter_at[event_id] = [event["project"], body, None], self.size
        project.waiting = (min(self.day + self.in_force(project)["notice"], LAST_DAY), event_id)
        if project.waiting[0] == self.day:
            self.come_into_force(project)
        return "amendment"

    def on_membership(self, _, event):
        project, body = self.project_of(event), event["body"]
        need(all(s in self.in_force(project).get("enrollers", []) for s in event["signers"]), "not-enroller")
        role = (body["member"], body["role"])
        if body["change"] == "grant":
            need(role not in project.roles, "member-has-role")
            project.roles.add(role)
            if body["role"] == "contributor":
                project.give_handle(body["member"])
        else:
            need(role in project.roles, "member-lacks-role")
            project.roles.remove(role)
        return "membership"

    # Work

    def on_contribution(self, event_id, event):
        project, (signer,) = self.project_of(event), event["signers"]
        contributor = event["body"].get("contributor", signer)
        try:
            return self.contribute(event_id, event, project, signer, contributor)
        except Void:
            if contributor in project.known:
                project.known[contributor] += 1
            raise

    def contribute(self, event_id, event, project, signer, contributor):
        body, now = event["body"], self.in_force(project)
        of, charter, replaced = self.charters.get(body["charter"], (None, None, None))
        need(of == event["project"], "charter-unknown")
        if body["charter"] != project.in_force:
            need(replaced is not None, "charter-not-yet")
            need(self.day <= replaced + charter["grace"], "charter-changed")
        need(any(all(a[f] == body[f] for f in ("work", "activity", "unit")) for a in charter["activities"]),
             "activity-unknown")
        need((body["work"], body["unit"]) != ("review", "verdict"), "activity-by-verdicts")
        if "contributor" in body:
            need("import" in now, "import-not-allowed")
            need((signer, "importer") in project.roles, "not-importer")
        if now["enrolment"] == "enrolled":
            need((contributor, "contributor") in project.roles, "not-enrolled")
        earlier = None
        if "supersedes" in body:
            earlier = self.contributions.get(body["supersedes"])
            need(earlier and earlier.status != WITHDRAWN
                 and (earlier.project, earlier.signer, earlier.contributor) == (event["project"], signer, contributor),
                 "supersedes-unknown")
            need(earlier.status == PENDING, "supersedes-settled")
        new = Contribution(event, signer, contributor, charter, self.size)
        need(not project.has_id(new.taken_id, but=earlier), "id-taken")
        if new.rule == "at-once":
            need(self.has_room(project, (new.quantity * new.weight, new.charter)), "points-overflow")
        if earlier:
            earlier.status = WITHDRAWN
        self.contributions[event_id] = new
        project.contributions.append(new)
        project.know(contributor)
        if new.rule == "at-once":
            project.decide(new, new.quantity, self.size)
        elif new.silence:
            new.due = min(self.day + new.silence, LAST_DAY)
        return new.status

    def on_retraction(self, _, event):
        need(len(event["signers"]) == 1, "retracts-nothing")
        own = [c for c in (self.contributions.get(a) for a in event["about"])
               if c and c.status == PENDING and c.project == event["project"] and [c.signer] == event["signers"]]
        need(own, "retracts-nothing")
        for c in own:
            c.status = WITHDRAWN
        return "withdrawn"

    def on_review(self, _, event):
        project, (reviewer,), body = self.project_of(event), event["signers"], event["body"]
        if body["verdict"] == "adjust":
            need((reviewer, "arbiter") in project.roles, "not-arbiter")
        else:
            need((reviewer, "reviewer") in project.roles, "not-reviewer")
        need("reason" not in body or body["reason"] in self.in_force(project).get("reasons", []), "reason-unknown")
        quantities = body.get("quantities", [None] * len(event["about"]))
        codes = [self.verdict(subject, event["project"], project, reviewer, body["verdict"], quantity, body.get("reason", ""))
                 for subject, quantity in zip(event["about"], quantities)]
        need("ok" in codes, codes[0])
        return "reviewed:" + ",".join(codes)

    def verdict(self, subject, project_id, project, reviewer, verdict, quantity, reason):
        """One verdict on one event; "ok", or why it has no effect."""
        if subject in self.void:
            return "subject-void"
        c = self.contributions.get(subject)
        if c is None or c.project != project_id:
            return "subject-unknown"
        if reviewer in (c.signer, c.contributor):
            return "subject-own"
        if c.status == WITHDRAWN:
            return "subject-withdrawn"
        if verdict != "adjust" and c.status != PENDING:
            return "subject-settled"
        if verdict == "adjust" and c.status == PENDING:
            return "subject-undecided"
        if quantity is not None and quantity > c.quantity:
            return "subject-quantity-above-logged"
        if verdict == "accept" and quantity == 0:
            return "subject-quantity-zero"
        # An adjustment is none of the verdicts that are counted: it comes when they have decided.
        if verdict != "adjust" and c.rule == "equal" and reviewer in c.reviewers:
            return "subject-reviewed"
        given = {"accept": c.quantity if quantity is None else quantity, "adjust": quantity, "reject": 0}[verdict]
        decides = verdict == "adjust" or c.verdicts.count(given) + 1 >= c.needed
        earned = next((a["weight"] for a in self.in_force(project)["activities"]
                       if (a["work"], a["unit"]) == ("review", "verdict")), None)
        if verdict == "adjust":
            earned = None
        more = given * c.weight - c.points() if decides else 0
        gains = [(more, c.charter)] if decides and (given or c.accepted) else []
        gains += [(earned, project.in_force)] if earned is not None else []
        if not self.has_room(project, *gains):
            return "subject-points-overflow"
        c.judges.add(reviewer)
        if verdict != "adjust":
            c.reviewers.add(reviewer)
            c.verdicts.append(given)
        # The work's contributor gets a handle before the reviewer does.
        if decides:
            project.decide(c, given, self.size, reason)
        if earned is not None:
            project.earn(reviewer, earned, self.size)
        return "ok"

    # What is there at the end

    def counts(self):
        """`counts` of a vector: by project and contributor, and for each project as a whole."""
        out = {}
        amount = lambda: {"events": 0, "quantity": 0}
        for project_id, project in self.projects.items():
            def at(person, work, unit):
                return out.setdefault((project_id, person, work, unit), {
                    "pending": amount(), "accepted": amount(), "rejected": amount(), "withdrawn": 0})
            for c in project.contributions:
                for person in (c.contributor, None):
                    tally = at(person, c.work, c.unit)
                    if c.status == WITHDRAWN:
                        tally["withdrawn"] += 1
                        continue
                    tally[c.status]["events"] += 1
                    tally[c.status]["quantity"] += c.accepted if c.status == ACCEPTED else c.quantity
                    if c.status == ACCEPTED:
                        tally["rejected"]["quantity"] += c.quantity - c.accepted
            for reviewer, *_ in project.earnings:
                for person in (reviewer, None):
                    accepted = at(person, "review", "verdict")["accepted"]
                    accepted["events"] += 1
                    accepted["quantity"] += 1
        for tally in out.values():
            for status in ("pending", "accepted", "rejected"):
                tally[status]["quantity"] = str(tally[status]["quantity"])
        return [{"project": project, **({"contributor": person} if person else {}), "work": work, "unit": unit, **tally}
                for (project, person, work, unit), tally in out.items()]

    def contributors(self):
        return [{"project": project_id, "contributor": person,
                 "handle": project.handles.index(person) if person in project.handles else None,
                 "counts": project.counts_of(person), "points": str(project.points_of(person)), "void": void}
                for project_id, project in self.projects.items() for person, void in project.known.items()]

