"""Checks 15 and 16: which credits there are, and the chain that they make."""
from files import edit, lie
from generate_totals import ZERO, b64, sha256
from work import AMENDED, BEFORE, FIRST, RANGE, TWO_RATES, Credit, Work, verdicts
from world import do, put, usual

CHARTER, INDEX, DECIDED, POINTS_BEFORE, AFTER, TIMES = range(6)
LINK = ["payslip-work-link"]


def credit(at, field, value):
    return lambda parts: parts["credits"][at].__setitem__(field, value)


def charters():
    def work(name, description, change, **how):
        edit("work-" + name, description, "payslip-work", change, **how)

    work("charter-beyond", "a credit by a charter whose place is the number of charters", credit(2, CHARTER, 2))
    work("charter-largest", "the largest place that can be written", credit(2, CHARTER, 2**64 - 1))
    work("charter-none", "credits, and no charter", lambda p: p["charters"].clear())
    work("charter-dropped", "the first of two charters is left out", lambda p: p["charters"].pop(0))
    work("charter-order", "charters in another order than that in which credits name them", lambda p: (
        p["charters"].reverse(), [credit(at, CHARTER, 1 - its[CHARTER])(p) for at, its in enumerate(p["credits"])]))
    work("charter-unused", "a charter after the others that no credit names", lambda p: p["charters"].append(TWO_RATES))
    work("charter-unused-between", "a charter between the others that no credit names",
         do(lambda p: p["charters"].insert(1, TWO_RATES), credit(2, CHARTER, 2)))
    work("charter-unused-alone", "a charter, and no credit", lambda p: p["charters"].append(FIRST), older=4)


def lied(name, description, work, logged=40, **numbers):
    lie("work-" + name, description, "payslip-work", tables=[usual().lie(work=work, **numbers)], logged=logged)


def counts():
    def work(name, description, change, also=(), **how):
        edit("work-" + name, description, "payslip-work", change, also=also, **how)

    work("from-more", "one credit more is said to come before", put("work", 0, 3), older=2)
    work("from-fewer", "one credit fewer is said to come before", put("work", 0, 1), older=2)
    work("from-largest", "as many credits before as a number can say", put("work", 0, 2**64 - 1))
    work("times-more", "a credit once more", credit(2, TIMES, 3), also=LINK)
    work("times-fewer", "a credit once less", credit(2, TIMES, 1), also=LINK)
    work("dropped", "the oldest credit is left out, and nothing else changed", lambda p: p["credits"].pop(0), also=LINK)
    work("doubled", "a credit twice", lambda p: p["credits"].insert(1, p["credits"][1]), also=LINK)
    work("nothing", "no credits, though there are more than come before", lambda p: (p["credits"].clear(), p["charters"].clear()), also=LINK)
    work("link-before-zeroes", "zeroes as the link before the credits", put("work", 1, b64(ZERO)), also=LINK)
    work("link-at-0", "a link before the first credit", put("work", 1, b64(sha256(b"other"))), also=LINK, older=0)

    lied("link-at-0-ledger", "the ledger's chain begins with a link of its own", Work(BEFORE, *RANGE, link=sha256(b"other")))
    lied("link-at-0-no-credit", "no credit at all, and a last link", Work(link=sha256(b"other")), ever=0, points=0, accrued=0, owed_before=820)
    lied("link-zeroes-ledger", "the ledger's chain has a credit before the others, and no link", Work(*RANGE, count=1))
    lied("credits-around", "as many credits before as a number can say, and two: comes round 2^64",
         Work(BEFORE, Credit(FIRST, 20, 22, 0, 6), count=2**64 - 1, link=sha256(b"before")))
    lied("65537", "65,537 credits in the file, one more than there may be", Work(*verdicts(65_537, FIRST)), 140, ever=65_537)
    lied("65537-later", "65,537 credits in the file, after another", Work(BEFORE, *verdicts(65_537), older=1), 140, ever=65_542)


def decided():
    def of(name, description, *credits, **numbers):
        lied(name, description, Work(BEFORE, *credits, older=1), **numbers)

    of("index-later", "work logged after it was decided", Credit(FIRST, 23, 22, 0, 6))
    of("index-largest", "the largest index that can be written", Credit(FIRST, 2**64 - 1, 22, 0, 6))
    edit("work-index-and-decided", "index and deciding entry swapped", "payslip-work", do(credit(0, INDEX, 22), credit(0, DECIDED, 20)), also=LINK)
    of("decided-by-settlement", "work decided by the settlement", Credit(FIRST, 20, 41, 0, 6))
    of("decided-after", "work decided after the settlement", Credit(FIRST, 20, 22, 0, 4), Credit(FIRST, 21, 42, 0, 2))
    of("decided-largest", "the largest deciding entry that can be written", Credit(FIRST, 20, 2**64 - 1, 0, 6))
    of("decided-descends", "work decided before that which comes before it", Credit(FIRST, 20, 25, 0, 4), Credit(FIRST, 21, 24, 0, 2))
    of("decided-descends-verdict", "work decided before the verdicts that come before it", RANGE[2], Credit(FIRST, 20, 22, 0, 4))


def alike():
    def of(name, description, *credits, ever=11):
        lied(name, description, Work(BEFORE, *credits, older=1), ever=ever)

    of("times-work", "twice the same work, decided later", Credit(FIRST, 20, 22, 0, 3, 2))
    of("times-adjusted", "twice the same adjustment", Credit(FIRST, 20, 20, 0, 4), Credit(FIRST, 20, 25, 4, 4, 2), ever=9)
    of("times-before", "verdicts of one review on which points were given before", Credit(AMENDED, 31, 31, 1, 2, 6))
    of("times-726-before", "as many as there can be, with points before", Credit(AMENDED, 31, 31, 1, 1, 726))
    of("alike-apart", "credits that are alike, each in a line of its own", *RANGE[:2], *[Credit(AMENDED, 31, 31, 0, 1)] * 2)
    of("alike-work", "work that counts twice", *[Credit(FIRST, 20, 22, 0, 3)] * 2)
    of("alike-725", "a credit that is like the 725 before it", *[Credit(AMENDED, 31, 31, 0, 1, times) for times in (725, 1)], ever=731)
    of("alike-then-726", "726 credits that are like the one before them", *[Credit(AMENDED, 31, 31, 0, 1, times) for times in (1, 726)], ever=732)


def links():
    def link(name, description, *changes, **how):
        edit("work-link-" + name, description, LINK[0], do(*changes), **how)

    link("before", "another link before the credits", put("work", 1, b64(sha256(b"other"))))
    link("before-nothing", "no credits of the range, and another link than the last", put("work", 1, b64(sha256(b"other"))), older=4)
    link("charter", "a credit by another of the charters", credit(1, CHARTER, 1))
    link("payload", "another charter in the place of the first", lambda p: p["charters"].__setitem__(0, TWO_RATES))
    link("index", "another piece of work", credit(0, INDEX, 21))
    link("decided", "another entry that decided", credit(0, DECIDED, 23))
    link("points-before", "more points before", credit(1, POINTS_BEFORE, 11))
    link("points-after", "fewer points after", credit(1, AFTER, 3))
    link("points-both", "a point more before and after: the difference is the same", credit(1, POINTS_BEFORE, 11), credit(1, AFTER, 5))
    def of(*credits, **numbers):
        return [usual().lie(work=Work(BEFORE, *credits, older=1), **numbers)]

    link("times", "one credit once more, the next once less", credit(0, TIMES, 4), credit(1, TIMES, 2),
         tables=of(*[Credit(AMENDED, at, at, 0, 1, 3) for at in (31, 32)]))
    link("swapped", "two credits that one entry decided in the wrong order", lambda p: p["credits"].reverse(),
         tables=of(*[Credit(FIRST, at, 25, 0, 3) for at in (20, 21)]))
    link("dropped", "the oldest credit counted among those before, but its link", lambda p: p["credits"].pop(0), put("work", 0, 2))
    link("doubled", "a credit once more, and one fewer before", credit(1, TIMES, 3), put("work", 0, 1), older=2)
    link("last-left-out", "the newest credits left out, and as many more before", lambda p: (p["credits"].pop(), p["charters"].pop()),
         put("work", 0, 3))


def cases():
    charters()
    counts()
    decided()
    alike()
    links()
