"""Checks 14 to 17 of spec/payslip.md §2: the credits of a line and their charters (a part of reader.py)."""
import json

import generate_totals as T
from entries import canonical, event_id
from generate_totals import sha256, u64

MOST_CREDITS, MOST_ALIKE, MOST_POINTS = 65_536, 726, 2**63 - 1
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
    def __init__(self, log, project, settled_at, currency, line, count, last, from_, link, payloads, credits):
        self.log, self.project, self.settled_at, self.currency = log, project, settled_at, currency
        self.line, self.count, self.last = line, count, last
        self.from_, self.link, self.payloads, self.credits = from_, link, payloads, credits

    def charters(self):
        for at, payload in enumerate(self.payloads):
            event = charter(payload)
            need(event is not None and event.get("project", event_id(payload)) == self.project, "payslip-charter")
            need(event["log"] == self.log and payload not in self.payloads[:at], "payslip-charter")

    def whole(self):
        named = list(dict.fromkeys(charter for charter, *_ in self.credits))
        listed = sum(times for *_, times in self.credits)
        need(named == list(range(len(self.payloads))), "payslip-work")
        need(self.from_ + listed == self.count and listed <= MOST_CREDITS, "payslip-work")
        need((self.from_ == 0) == (self.link == T.ZERO), "payslip-work")
        last = 0
        for _, index, decided, *_ in self.credits:
            need(max(index, last) <= decided < self.settled_at, "payslip-work")
            last = decided
        for _, index, decided, before, _, times in self.credits:
            need(times == 1 or (index == decided and before == 0), "payslip-work")
        for one, two in zip(self.credits, self.credits[1:]):
            need(one[:-1] != two[:-1] or one[-1] == MOST_ALIKE, "payslip-work")

    def names_charters(self):
        """If not, there is nothing to follow, and `whole` has said so."""
        return all(charter < len(self.payloads) for charter, *_ in self.credits)

    def linked(self):
        if not self.names_charters():
            return
        ids, link = [bytes.fromhex(event_id(payload)) for payload in self.payloads], self.link
        for charter, index, decided, before, after, times in self.credits:
            for _ in range(times):
                link = sha256(b"\2", link, u64(index), u64(decided), ids[charter], u64(before), u64(after))
        need(link == self.last, "payslip-work-link")

    def points(self):
        points = [self.line["ever"]]
        for *_, before, after, times in reversed(self.credits):
            for _ in range(times):
                points.append(points[-1] - (after - before))
        need(self.line["points"] <= self.line["ever"], "payslip-work-points")
        need(all(0 <= each <= MOST_POINTS for each in points) and (self.from_ > 0 or points[-1] == 0), "payslip-work-points")
        if self.from_ == 0 and self.names_charters():
            owed = sum(self.rate(place) * (after - before) * times for place, _, _, before, after, times in self.credits)
            need(self.line["accrued"] <= max(owed, 0), "payslip-work-points")

    def rate(self, place):
        """Of a point in the line's currency, by that charter; none where it is no charter, which `charters` has said."""
        event = charter(self.payloads[place])
        rates = event["body"].get("pay", {}).get("rates", []) if event else []
        return sum(rate["amount"] for rate in rates if rate["currency"] == self.currency)
