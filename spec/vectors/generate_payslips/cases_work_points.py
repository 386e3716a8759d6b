"""Check 17: credits and points, where the ledger lies: what its chain says and what its line says do not go together."""
from files import accept, lie
from work import AMENDED, BEFORE, FIRST, RANGE, Credit, Work
from world import state, usual

MOST = 2**63 - 1
BACK = Credit(FIRST, 3, 12, 5, 0)  # BEFORE, taken back
NONE = {"ever": 0, "points": 0}


def tables(*credits, older=1, accrued=120, **numbers):
    """What did not accrue in the range was owed before."""
    return [usual().lie(work=Work(*credits, older=older), accrued=accrued, owed_before=820 - accrued, **numbers)]


def gain(points, before=0, times=1, at=20, charter=FIRST):
    return Credit(charter, at, at, before, before + points, times)


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
    refused("around-one", "a credit of 2^64 - 1 points", BEFORE, gain(2**64 - 1), **NONE)
    refused("around-back", "2^64 - 1 points taken", BEFORE, Credit(FIRST, 3, 12, 2**64 - 1, 0))
    good("most", "2^63 - 1 points before they were taken", BEFORE, Credit(FIRST, 3, 12, MOST, 0), **NONE)
    refused("above-most", "2^63 points before they were taken", BEFORE, Credit(FIRST, 3, 12, MOST + 1, 0), **NONE)
    refused("above-most-between", "2^63 points between two credits", gain(MOST + 1), Credit(FIRST, 20, 21, MOST + 1, 0), older=0, accrued=0, **NONE)
    good("ever-most", "2^63 - 1 points ever, of one credit", gain(MOST), older=0, ever=MOST)
    refused("ever-above-most", "2^63 points ever, of one credit", gain(MOST + 1), older=0, ever=MOST + 1)
    refused("ever-more", "a point more ever than all credits gave", BEFORE, *RANGE, older=0, ever=12)
    refused("ever-fewer", "a point fewer ever than all credits gave", BEFORE, *RANGE, older=0, ever=10)
    refused("no-credit", "a point ever, and no credit", older=0, ever=1, points=0, accrued=0)
    of_range()
    accrued()


def of_range():
    good("range-all", "as many points in the range as ever", BEFORE, *RANGE, points=11)
    refused("range-more", "a point more in the range than ever", BEFORE, *RANGE, points=12)
    refused("range-most", "as many points in the range as a number can say, but for what others have", BEFORE, *RANGE, points=2**64 - 11)
    refused("range-none-ever", "a point in the range, none ever, and no credit", older=0, ever=0, points=1, accrued=0)


def accrued():
    """By rate 5 points and 4 come to 270; what is listed has no rate in another currency."""
    good("accrued-all", "all that the credits make accrued in the range", BEFORE, *RANGE, older=0, accrued=270)
    refused("accrued-more", "1 more accrued than all credits make", BEFORE, *RANGE, older=0, accrued=271)
    good("accrued-more-later", "1 more accrued than the listed credits make, and there are others", BEFORE, *RANGE, accrued=121)
    refused("accrued-no-rate", "1 accrued, and no credit is by a charter with rates", gain(11, charter=AMENDED), older=0, accrued=1)
    refused("accrued-no-credit", "1 accrued, and there is no credit", older=0, accrued=1, **NONE)
    below = gain(16, charter=AMENDED, at=2), BACK
    good("accrued-below-0", "by rate more was taken than given, and nothing accrued", *below, older=0, accrued=0)
    refused("accrued-above-below-0", "by rate more was taken than given, and 1 accrued", *below, older=0, accrued=1)
    kes = [usual(currency=currency, works={2: Work(BEFORE, *RANGE)}) for currency in ("KES", "USD")]
    lie("work-points-accrued-other-currency", "120 accrued in a currency in which no credit has a rate", "payslip-work-points", tables=kes,
        currency="KES")
    accept("ok-work-points-accrued-other-currency", "120 accrued in the currency of the rates, beside another", state(kes))
