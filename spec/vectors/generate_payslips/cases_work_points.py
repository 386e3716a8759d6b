"""Check 17: credits and points, where the ledger lies: what its chain says and what its line says do not go together."""
from files import accept, lie
from work import BEFORE, FIRST, RANGE, Credit, Work
from world import state, usual

MOST = 2**63 - 1
BACK = Credit(FIRST, 3, 12, 5, 0)  # BEFORE, taken back


def tables(*credits, older=1, **numbers):
    return [usual().lie(work=Work(*credits, older=older), **numbers)]


def gain(points, before=0, times=1, at=20):
    return Credit(FIRST, at, at, before, before + points, times)


def refused(name, description, *credits, **how):
    lie("work-points-" + name, description, "payslip-work-points", tables=tables(*credits, **how))


def good(name, description, *credits, **how):
    accept("ok-work-points-" + name, description, state(tables(*credits, **how)))


def cases():
    good("0", "going back over the credits nothing is left, though older ones are not listed", BEFORE, BACK, gain(11), older=2)
    refused("below-0", "one point fewer ever than the listed credits gave", BEFORE, BACK, gain(12), older=2)
    refused("below-0-between", "below 0 between two credits, not at the end", BEFORE, Credit(FIRST, 3, 12, 12, 0), gain(12))
    refused("below-0-within-times", "below 0 within credits that are alike", BEFORE, gain(6, times=2))
    refused("around", "credits of 2^63 points twice: comes round 2^64", BEFORE, gain(2**63, times=2))
    refused("around-one", "a credit of 2^64 - 1 points", BEFORE, gain(2**64 - 1), ever=0)
    refused("around-back", "2^64 - 1 points taken", BEFORE, Credit(FIRST, 3, 12, 2**64 - 1, 0))
    good("most", "2^63 - 1 points before they were taken", BEFORE, Credit(FIRST, 3, 12, MOST, 0), ever=0)
    refused("above-most", "2^63 points before they were taken", BEFORE, Credit(FIRST, 3, 12, MOST + 1, 0), ever=0)
    refused("above-most-between", "2^63 points between two credits", gain(MOST + 1), Credit(FIRST, 20, 21, MOST + 1, 0), older=0, ever=0)
    good("ever-most", "2^63 - 1 points ever, of one credit", gain(MOST), older=0, ever=MOST)
    refused("ever-above-most", "2^63 points ever, of one credit", gain(MOST + 1), older=0, ever=MOST + 1)
    refused("ever-more", "a point more ever than all credits gave", BEFORE, *RANGE, older=0, ever=12)
    refused("ever-fewer", "a point fewer ever than all credits gave", BEFORE, *RANGE, older=0, ever=10)
    refused("no-credit", "a point ever, and no credit", older=0, ever=1)
