"""Credits as a ledger has them (settlement.md §3): from which work the points of a line come, and the charters that it names."""
import json

import generate_totals as T
from entries import asha, canonical, event_id, make
from generate_totals import LOG, ZERO, b64, sha256, u64

NAME = "stories"
PAY = {"funds": [{"name": "reserve", "points": 500}, {"name": "tools", "points": 1000}], "reserve": "reserve", "share": "range"}
RATE = 30  # US cents for a point


def charter(n, pay=PAY, project=None, replaces=None, kind="charter", about=None, log=LOG, **body):
    """The payload of a charter."""
    body = {
        "activities": [{"activity": "labels", "unit": "item", "weight": 1, "work": "annotation"},
                       {"activity": "reviews", "unit": "verdict", "weight": 1, "work": "review"}],
        "enrolment": "open", "grace": 7, "name": NAME, "notice": 0, "pay": pay, "replaces": replaces,
        "stewards": {"keys": [asha.did], "threshold": 1},
        "verdicts": [{"rule": "first", "work": "annotation"}, {"rule": "first", "work": "review"}], **body}
    body = {name: value for name, value in body.items() if value is not None}
    return canonical(make(kind, body, [asha], n, project, about, date=T.DAY, log=log))


def rates(**by_currency):
    return {**PAY, "rates": [{"amount": amount, "currency": currency} for currency, amount in sorted(by_currency.items())]}


def amendment(n, replaces, pay=PAY, **body):
    return charter(n, pay, PROJECT, event_id(replaces), **body)


FIRST = charter(1, rates(USD=RATE))
PROJECT = event_id(FIRST)
AMENDED = amendment(2, FIRST)
TWO_RATES = amendment(3, AMENDED, rates(KES=7, USD=45))


def rate(payload, currency):
    pay = json.loads(payload)["body"].get("pay", {})
    return next((rate["amount"] for rate in pay.get("rates", []) if rate["currency"] == currency), 0)


class Credit:
    """A credit, or `times` of them that are alike."""

    def __init__(self, charter, index, decided, before, after, times=1):
        self.charter, self.numbers, self.times = charter, [index, decided, before, after], times
        self.more = (after - before) * times

    def follow(self, link):
        index, decided, before, after = self.numbers
        charter = bytes.fromhex(event_id(self.charter))
        for _ in range(self.times):
            link = sha256(b"\2", link, u64(index), u64(decided), charter, u64(before), u64(after))
        return link


class Work:
    """Somebody's chain. A file leaves out the first `older` of the credits, unless it is to leave out more or fewer.
    `count` and `link` are what stands before them all: in lies, and where nothing of it is shown."""

    def __init__(self, *credits, older=0, count=0, link=ZERO):
        self.credits, self.older = credits, older
        self.states = [(count, link)]
        for credit in credits:
            count, link = (count + credit.times) % 2**64, credit.follow(link)
            self.states.append((count, link))

    def count(self):
        return self.states[-1][0]

    def last(self):
        return self.states[-1][1]

    def parts(self, older=None):
        older = self.older if older is None else older
        listed = self.credits[older:]
        charters = list(dict.fromkeys(credit.charter for credit in listed))
        count, link = self.states[older]
        return {"work": [count, b64(link)], "charters": charters,
                "credits": [[charters.index(credit.charter), *credit.numbers, credit.times] for credit in listed]}


def plain(points, ever, accrued=0):
    """One credit for what somebody had before, one for the points of the range."""
    earlier = [Credit(FIRST, 3, 4, 0, ever - points)] if ever > points else []
    return Work(*earlier, *([Credit(FIRST if accrued else AMENDED, 20, 21, 0, points)] if points else []), older=len(earlier))


def verdicts(count, charter=AMENDED, first=40):
    """So many, a point each: of reviews with as many verdicts as there can be, and one with the rest."""
    whole, rest = divmod(count, 726)
    times = [726] * whole + [rest] * (rest > 0)
    return [Credit(charter, first + at, first + at, 0, 1, n) for at, n in enumerate(times)]


# 5 points earlier; of the 6 of the range 4 at a rate, after an adjustment, and 2 of verdicts without one
BEFORE = Credit(FIRST, 3, 4, 0, 5)
RANGE = Credit(FIRST, 20, 22, 0, 10), Credit(FIRST, 20, 25, 10, 4), Credit(AMENDED, 31, 31, 0, 1, 2)
USUAL = Work(BEFORE, *RANGE, older=1)
