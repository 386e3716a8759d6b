"""Payslips that are accepted: what they list of somebody's credits."""
from files import accept
from generate_totals import sha256
from work import AMENDED, BEFORE, FIRST, RANGE, TWO_RATES, USUAL, Credit, Work, amendment, rates, verdicts
from world import EVER, POINTS, claim, people_of, state, table, usual


def listed():
    def of_usual(name, description, older):
        accept("ok-work-" + name, description, state(older=older))

    of_usual("all", "all credits are listed: more than the points of the range", 0)
    of_usual("fewer", "one of the range's credits is left out", 2)
    of_usual("verdicts-alone", "but the verdicts all of the range's credits are left out", 3)
    of_usual("none-listed", "all credits are left out", 4)
    ever = EVER[:2] + [5] + EVER[3:]
    accept("ok-work-none-in-range", "no credits in the range: as many come before as there are", state(
        [table(points=POINTS[:2] + [0] + POINTS[3:], ever=ever, works={2: Work(BEFORE, older=1)}, number=2)], ever=ever))
    accept("ok-work-none-ever", "no credit at all", state(handle=1, older=0))
    taken = Work(BEFORE, Credit(FIRST, 10, 11, 0, 3), Credit(FIRST, 10, 15, 3, 0), Credit(AMENDED, 20, 22, 0, 6), older=3)
    accept("ok-work-taken-before", "points that were taken in an earlier range came off: the credits are more than the points of the range",
           state([usual(points=POINTS[:2] + [3] + POINTS[3:], accrued={}, works={2: taken})]))
    below = Work(Credit(FIRST, 3, 4, 0, 20), Credit(FIRST, 20, 22, 0, 3), Credit(FIRST, 3, 25, 20, 8), older=1)
    accept("ok-work-below-0", "more was taken in the range than came: no points, and the credits are below 0",
           state([usual(points=POINTS[:2] + [0] + POINTS[3:], accrued={}, works={2: below})]))
    free = Work(BEFORE, *RANGE, Credit(FIRST, 33, 34, 0, 0), Credit(AMENDED, 33, 36, 0, 0), older=1)
    accept("ok-work-weight-0", "credits with 0 points", state([usual(works={2: free})]))


def charters():
    three = Work(BEFORE, Credit(FIRST, 18, 20, 0, 1), Credit(TWO_RATES, 20, 22, 0, 10), RANGE[2], Credit(TWO_RATES, 20, 35, 10, 3), older=1)
    both = [usual(currency=currency, works={2: three}, accrued={2: accrued}) for currency, accrued in (("KES", 21), ("USD", 165))]
    accept("ok-work-three-charters", "three charters, two of them with rates in the currency", state(both))
    accept("ok-work-other-currency", "three charters, of which one has a rate in the currency and two have one in another",
           state(both, currency="KES"))
    accept("ok-work-older-charter-later", "work by the charter before counts after work by the one in force: in the order in which they are named",
           state([usual(works={2: Work(BEFORE, RANGE[2], Credit(FIRST, 20, 32, 0, 10), Credit(FIRST, 20, 35, 10, 4), older=1)})]))
    for name, description, payload in (
            ("no-pay", "a charter without pay", amendment(4, AMENDED, None)),
            ("rate-most", "the largest rate", amendment(4, AMENDED, rates(USD=2**32 - 1))),
            ("65535", "a charter of 65,535 bytes", largest())):
        accept("ok-work-charter-" + name, description, state([usual(works={2: Work(BEFORE, Credit(payload, 20, 22, 0, 6), older=1)})]))


def largest():
    """Digests fill it but for a rest, which three reason codes take."""
    def of(digests, rest):
        reasons = [letter * (1 + min(31, max(0, rest - 31 * at))) for at, letter in enumerate("abc")]
        return amendment(4, AMENDED, about=[sha256(b"document %d" % n).hex() for n in range(digests)], reasons=reasons, activities=[
            {"activity": f"labels-{n:03d}", "unit": "item", "weight": 1, "work": "annotation"} for n in range(256)],
            verdicts=[{"rule": "first", "work": "annotation"}])

    digests = next(n for n in range(1, 726) if len(of(n + 1, 0)) > 65_535)
    out = of(digests, 65_535 - len(of(digests, 0)))
    assert len(out) == 65_535
    return out


def times():
    def of(name, description, *credits, ever, older=0, **how):
        accept("ok-work-" + name, description, state([usual().lie(work=Work(*credits, older=older), ever=ever)], **how))

    of("times-726", "as many verdicts as a review can have", BEFORE, *verdicts(726), ever=731)
    of("65536", "65,536 credits in the file, as many as there may be", *verdicts(65_536, FIRST), ever=65_536, logged=140)
    of("65536-later", "65,536 credits in the file, after another", BEFORE, *verdicts(65_536), ever=65_541, older=1, logged=140)
    of("alike-726", "a credit that is like the 726 before it", BEFORE, *[Credit(AMENDED, 31, 31, 0, 1, times) for times in (726, 1)], ever=732, older=1)
    of("alike-but-decided", "an adjustment to what it was, twice", BEFORE, RANGE[0], *[Credit(FIRST, 20, at, 10, 10) for at in (22, 23)],
       ever=15, older=1)
    accept("ok-work-credits-most", "as many credits as a number can say", state([usual().lie(
        work=Work(*USUAL.credits[1:], count=2**64 - 5, link=sha256(b"before")))]))


def decided():
    def of(name, description, *credits, **how):
        accept("ok-work-decided-" + name, description, state([usual(works={2: Work(BEFORE, *credits, older=1)})], **how))

    of("together", "two pieces of work that one entry decided, the later of them first", Credit(FIRST, 21, 25, 0, 4), Credit(FIRST, 20, 25, 0, 2))
    of("last", "work decided by the last entry before the settlement", Credit(FIRST, 20, 40, 0, 6))
    of("after-claim", "work decided between a claim and the settlement", Credit(FIRST, 20, 43, 0, 6), claims=[claim(people_of(EVER)[2])], filler=True)


def cases():
    listed()
    decided()
    charters()
    times()
