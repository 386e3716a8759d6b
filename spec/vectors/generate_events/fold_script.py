"""Writing a fold vector as a script: each step logs one entry and says what its effect must be.

The effects are written by hand and compared with those of fold.py; roots, counts and contributors come from
fold.py, the digest of the state from fold_state.py.
"""
import datetime
import hashlib

import event_check_payments
from entries import (BY_DID, LEDGER, Key, asha, b64, baraka, canonical, changed_many, chipo, event_id, ledger, make, mallory,
                     seal, write)
from fold_credits import of_person
from fold_money import check_credits
from fold_script_payments import PaymentSteps
from fold_state import StateFold

__all__ = ["ADVICE", "ANY", "BY_DID", "COMMITS", "DEFAULT", "LABELS", "LEDGER", "STORIES", "VERDICTS", "Key", "Script", "alias",
           "asha", "baraka", "canonical", "charter_body", "chipo", "dalila", "ekene", "faraji", "ledger", "mallory", "seal"]

dalila, ekene, faraji = Key("dalila"), Key("ekene"), Key("faraji")
THE_LEDGER = ledger
BY_DID.update({k.did: k for k in (dalila, ekene, faraji)})

# activity, unit, work; in the default charter with 2, 500, 10 and 7 points
LABELS = ("labels", "item", "annotation")  # first verdict, silence after 30 days
STORIES = ("stories", "hour", "cultural-knowledge")  # two equal verdicts
COMMITS = ("commits", "commit", "engineering")  # at once
ADVICE = ("advice", "hour", "expertise")  # three equal verdicts, silence after 10 days
VERDICTS = ("reviews", "verdict", "review")
DEFAULT = [(*LABELS, 2), (*STORIES, 500), (*COMMITS, 10), (*ADVICE, 7)]
RULES = {"annotation": {"rule": "first", "silence": 30}, "cultural-knowledge": {"count": 2, "rule": "equal"},
         "engineering": {"rule": "at-once"}, "expertise": {"count": 3, "rule": "equal", "silence": 10},
         "review": {"rule": "first"}}


ANY = object()  # an effect for which fold.py's word is taken
NOTHING_CARRIED = {"held": 0, "reserve": 0, "unallocated": 0}
NO_MONEY = {"after": NOTHING_CARRIED, "before": NOTHING_CARRIED, "currency": "USD", "income": 0, "lines": 0, "owed": 0, "payable": 0,
            "reversed": 0, "root": "00" * 32, "unconfirmed": 0}


def alias(n):
    return "alias:mturk:" + hashlib.sha256(b"worker %d" % n).hexdigest()


def charter_body(activities=DEFAULT, rules=None, **changes):
    rules = {**RULES, **(rules or {})}
    listed = sorted(({"activity": a, "unit": u, "weight": w, "work": k} for a, u, k, w in activities),
                    key=lambda a: (a["work"], a["activity"], a["unit"]))
    body = {
        "activities": listed, "enrolment": "open", "enrollers": [asha.did], "grace": 7,
        "import": hashlib.sha256(b"import key").hexdigest(), "name": "vu-sound", "notice": 3,
        "reasons": ["incomplete", "spam"], "stewards": {"keys": [asha.did], "threshold": 1},
        "verdicts": [{**rules[k], "work": k} for k in sorted({a["work"] for a in listed})],
    }
    body.update(changes)
    return {k: v for k, v in body.items() if v is not None}


class Script(PaymentSteps):
    def __init__(self, name, description, source="spec/fold.md"):
        self.name, self.description, self.source = name, description, source
        self.fold, self.entries, self.effects, self.n = StateFold(), [], [], 100
        self.project, self.charter, self.last_mark, self.last_snapshot = None, None, None, None
        self.places = {}  # event id: index

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        if not failed:
            for project in self.fold.projects.values():
                check_credits(project, self.fold.charters)
            write("fold", self.name, self.description, self.source, entries=self.entries, effects=self.effects,
                  state=self.fold.digest(), counts=self.fold.counts(), contributors=self.fold.contributors())

    def credits(self, person, *expected, project=None):
        """Compares somebody's credits with those found by hand: (contribution or review, what decided it, charter, points before,
        points after), the first three by event id."""
        at = self.places
        project, person = self.fold.projects[project or self.project], person if isinstance(person, str) else person.did
        found = [(c.index, c.decided, c.charter, c.before, c.after) for c in of_person(project, person)]
        expected = [(at[of], at[by], charter, *points) for of, by, charter, *points in expected]
        assert found == expected, f"{self.name}: {found}, not {expected}"

    def put(self, event, expect):
        """Logs an event; its id. The word `mark` stands for any root."""
        assert event_check_payments.code(event) is None, f"{self.name}: {event}"
        self.log(canonical(seal(event)), event_id(canonical(event)), event, None, expect)
        return event_id(canonical(event))

    def put_raw(self, raw, event, expect):
        """Logs an event in other bytes than `put` would."""
        self.log(raw, event_id(canonical(event)), event, None, expect)

    def put_malformed(self, raw, code, expect=None):
        self.log(raw, None, None, code, expect or f"void:{code}")

    def log(self, raw, id_, event, malformed, expect):
        effect = self.fold.apply(id_, event, malformed)
        place = f"{self.name}: entry {len(self.entries)}: {effect}, not {expect}"
        assert effect == expect or expect is ANY or expect == "mark" and effect.startswith("mark:"), place
        self.places.setdefault(id_, len(self.entries))
        self.entries.append(b64(raw))
        self.effects.append(effect)

    def event(self, kind, body, signers, **fields):
        if "n" not in fields:
            self.n += 1
            fields["n"] = self.n
        return make(kind, body, signers, **fields)

    # The log's own events

    def open(self, expect="ledger", **changes):
        return self.put(changed_many(LEDGER, changes), expect)

    def ledger(self, expect="ledger", signers=(THE_LEDGER,), **body):
        return self.put(self.event("ledger", {**LEDGER["body"], **body}, signers), expect)

    def day(self, date, accepted=0, by=THE_LEDGER, expect=None):
        return self.put(self.event("day", {}, [by], date=date), expect or f"day:{accepted}")

    def mark(self, date, by=THE_LEDGER, expect="mark"):
        mark = self.put(self.event("mark", {}, [by], date=date), expect)
        if expect == "mark":
            self.last_mark = mark
        return mark

    def snapshot(self, by=THE_LEDGER, expect="snapshot", date=None, **changes):
        """The snapshot of the newest mark, with changes to its body (None: without that field)."""
        mark = self.fold.mark or {"id": "00" * 32, "projects": 0, "root": "00" * 32, "day": self.fold.day}
        body = {"mark": mark["id"], "previous": self.last_snapshot, "projects": mark["projects"], "root": mark["root"], **changes}
        date = date or (datetime.date(1970, 1, 1) + datetime.timedelta(mark["day"])).isoformat()
        event = self.event("snapshot", {k: v for k, v in body.items() if v is not None}, [by], date=date)
        snapshot = self.put(event, expect)
        if expect == "snapshot":
            self.last_snapshot = snapshot
        return snapshot

    # Projects

    def found(self, signers=(asha,), expect="project", **body):
        """A first charter; later steps are for this project and under this charter."""
        self.project = self.charter = self.put(self.event("charter", charter_body(**body), signers), expect)
        return self.project

    def begin(self, reviewers=(), arbiters=(), importers=(), **body):
        self.open()
        project = self.found(**body)
        for keys, role in ((reviewers, "reviewer"), (arbiters, "arbiter"), (importers, "importer")):
            for key in keys:
                self.grant(key, role)
        return project

    def amend(self, signers=(asha,), replaces=None, project=None, expect="amendment", **body):
        project = project or self.project
        body = charter_body(replaces=replaces or self.charter, **body)
        return self.put(self.event("charter", body, signers, project=project), expect)

    def grant(self, member, role, by=(asha,), change="grant", project=None, expect="membership"):
        member = member if isinstance(member, str) else member.did
        body = {"change": change, "member": member, "role": role}
        return self.put(self.event("membership", body, by, project=project or self.project), expect)

    def end(self, member, role, **kw):
        return self.grant(member, role, change="end", **kw)

    # Work

    def work_event(self, signer, quantity=100, kind=LABELS, charter=None, project=None, contributor=None, supersedes=None,
                   **fields):
        activity, unit, work = kind
        body = {"activity": activity, "charter": charter or self.charter, "quantity": quantity, "unit": unit, "work": work}
        if contributor:
            body["contributor"] = contributor
        if supersedes:
            body["supersedes"] = supersedes
        return self.event("contribution", body, [signer], project=project or self.project, **fields)

    def work(self, signer, quantity=100, kind=LABELS, expect=None, **kw):
        return self.put(self.work_event(signer, quantity, kind, **kw), expect or ("accepted" if kind == COMMITS else "pending"))

    def retract(self, signer, *about, expect="withdrawn", project=None):
        signers = signer if isinstance(signer, tuple) else (signer,)
        return self.put(self.event("retraction", {}, signers, project=project or self.project, about=about), expect)

    def review(self, reviewer, verdict, *subjects, expect=None, reason=None, method="full", project=None, **fields):
        """Each subject is an event id, or (event id, code, quantity); a review with quantities has them for all."""
        subjects = sorted((s, "ok", None) if isinstance(s, str) else (*s, None)[:3]
                          for s in subjects)
        body = {"method": method, "verdict": verdict}
        if any(q is not None for *_, q in subjects):
            body["quantities"] = [q for *_, q in subjects]
        if reason or verdict != "accept":
            body["reason"] = reason or "spam"
        codes = [code for _, code, _ in subjects]
        expect = expect or ("reviewed:" + ",".join(codes) if "ok" in codes else f"void:{codes[0]}")
        return self.put(self.event("review", body, [reviewer], project=project or self.project,
                                   about=[s for s, *_ in subjects], **fields), expect)

    # Money

    def income(self, amount, currency="USD", by=(asha,), payer=None, expect="income", project=None):
        body = {"amount": amount, "currency": currency}
        if payer:
            body["payer"] = payer.did
        return self.put(self.event("income", body, [*by, payer] if payer else by, project=project or self.project), expect)

    def reverse(self, income, amount, by=(asha,), expect="reversal", project=None):
        return self.put(self.event("reversal", {"amount": amount, "income": income}, by, project=project or self.project), expect)

    def closing(self, by=asha, expect="closing", project=None):
        return self.put(self.event("closing", {}, [by], project=project or self.project), expect)

    def freeze(self, date="2026-03-01", project=None):
        """A closing, a mark and its snapshot."""
        self.closing(project=project)
        self.mark(date)
        return self.snapshot()

    def settlement_body(self, project=None, **changes):
        """What the newest freeze came to, with changes to the body (None: without that field)."""
        project = project or self.project
        money = self.fold.projects[project].money
        currencies = [sheet.stated(project, currency) for currency, sheet in sorted(money.freeze.sheets.items())] if money.freeze else None
        snapshot = money.freeze.snapshot if money.freeze else None
        body = {"currencies": currencies or [NO_MONEY], "previous": money.last(), "snapshot": snapshot or "00" * 32, **changes}
        return {k: v for k, v in body.items() if v is not None}

    def settle(self, by=(asha,), expect="settlement", project=None, body=None, **paid):
        """A settlement. `paid`: for a currency what each handle is paid, as worked out by hand."""
        money = self.fold.projects[project or self.project].money
        for currency, amounts in paid.items():
            found = [line.payable for line in money.freeze.sheets[currency].lines]
            assert found == amounts, f"{self.name}: {currency} {found}, not {amounts}"
        body = body or self.settlement_body(project)
        return self.put(self.event("settlement", body, by, project=project or self.project), expect)

    def stands(self, currency="USD", project=None, **sums):
        """Compares what a freeze came to with what was worked out by hand: fields of fold_money's sheet, or lists of them by line."""
        sheet = self.fold.projects[project or self.project].money.freeze.sheets[currency]
        for field, expected in sums.items():
            found = [getattr(line, field) for line in sheet.lines] if isinstance(expected, list) else getattr(sheet, field)
            assert found == expected, f"{self.name}: {field} {found}, not {expected}"
