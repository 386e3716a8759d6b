"""Checks 14 to 17 of spec/payslip.md §2: the credits of a line and their charters (a part of reader.py)."""
import json

import generate_totals as T
from entries import canonical, event_id
from generate_totals import sha256, u64

MOST_CREDITS, MOST_POINTS = 65_536, 2**63 - 1
FIELDS = {"body", "date", "id", "kind", "log", "signers"}, {"about", "project"}
BODY = {"activities", "enrolment", "grace", "name", "notice", "stewards", "verdicts"}, {"enrollers", "import", "pay", "reasons", "replaces"}


class Failed(Exception):
    pass


def need(holds, code):
    if not holds:
        raise Failed(code)


def has(value, fields):
    needed, optional = fields
    return isinstance(value, dict) and needed <= set(value) <= needed | optional


def charter(payload):
    """The event, or None where it is no charter; as far as these vectors need it."""
    try:
        event = json.loads(payload)
    except ValueError:
        return None
    if not has(event, FIELDS) or event["kind"] != "charter" or not has(event["body"], BODY) or canonical(event) != payload:
        return None
    stewards = event["body"]["stewards"]
    if not 1 <= stewards["threshold"] <= len(stewards["keys"]):
        return None
    return event if ("project" in event) == ("replaces" in event["body"]) else None


class Chain:
    def __init__(self, project, ever, count, last, from_, link, payloads, credits):
        self.project, self.ever, self.count, self.last = project, ever, count, last
        self.from_, self.link, self.payloads, self.credits = from_, link, payloads, credits

    def charters(self):
        for payload in self.payloads:
            event = charter(payload)
            need(event is not None and event.get("project", event_id(payload)) == self.project, "payslip-charter")

    def whole(self):
        named = list(dict.fromkeys(charter for charter, *_ in self.credits))
        listed = sum(times for *_, times in self.credits)
        need(named == list(range(len(self.payloads))), "payslip-work")
        need(self.from_ + listed == self.count and listed <= MOST_CREDITS, "payslip-work")
        need(self.from_ > 0 or self.link == T.ZERO, "payslip-work")

    def linked(self):
        if any(charter >= len(self.payloads) for charter, *_ in self.credits):
            return  # nothing to link, and `whole` has said so
        ids, link = [bytes.fromhex(event_id(payload)) for payload in self.payloads], self.link
        for charter, index, decided, before, after, times in self.credits:
            for _ in range(times):
                link = sha256(b"\2", link, u64(index), u64(decided), ids[charter], u64(before), u64(after))
        need(link == self.last, "payslip-work-link")

    def points(self):
        points = [self.ever]
        for *_, before, after, times in reversed(self.credits):
            for _ in range(times):
                points.append(points[-1] - (after - before))
        need(all(0 <= each <= MOST_POINTS for each in points) and (self.from_ > 0 or points[-1] == 0), "payslip-work-points")
