"""Fold vectors: what settlements come to (settlement.md §2, §3). All amounts were worked out by hand."""
from fold_script import COMMITS, VERDICTS, alias, baraka, chipo, dalila, ekene
from fold_vectors_income import MOST, ONE, SHARE, money, rate

EVER = {"share": "ever"}
FUNDS = [{"name": "admin", "points": 1000}, {"name": "land", "points": 500}]


def work(s, *quantities):
    """Commits of baraka, chipo, dalila and ekene, in this order; a point each."""
    for person, quantity in zip((baraka, chipo, dalila, ekene), quantities):
        if quantity:
            s.work(person, quantity, COMMITS)


def shares():
    with money("settlement-share-range", "shares by the points of the range") as s:
        work(s, 3, 1)
        s.income(1000)
        s.freeze()
        s.settle(USD=[750, 250])
        work(s, 0, 1, 1)
        s.income(101)
        s.freeze()
        s.settle(USD=[0, 51, 50])
    with money("settlement-share-ever", "shares by all points ever", pay=EVER) as s:
        work(s, 3, 1)
        s.income(1000)
        s.freeze()
        s.settle(USD=[750, 250])
        work(s, 0, 1, 5)
        s.income(100)
        s.freeze()
        s.settle(USD=[30, 20, 50])
    with money("settlement-rate", "by rate: what income leaves is unallocated and pays later debts", pay=rate(100)) as s:
        work(s, 3, 1)
        s.income(1000)
        s.freeze()
        s.settle(USD=[300, 100])
        s.income(50)
        s.freeze()
        s.stands(before=(0, 0, 600), after=(0, 0, 650))
        s.settle(USD=[0, 0])
        work(s, 0, 0, 7)
        s.freeze()
        s.stands(income=0, owed=50, after=(0, 0, 0), debts=[{}, {}, {}], left=[{}, {}, {3: 50}])
        s.settle(USD=[0, 0, 650])
    with money("settlement-rate-and-share", "what debts leave is shared", pay=rate(100, share="range")) as s:
        work(s, 3, 1)
        s.income(1002)
        s.freeze()
        s.stands(settled=[300, 100], share=[452, 150])  # 602 by 3 and 1: 451.5, 150.5, tie to the lower handle
        s.settle(USD=[752, 250])
    with money("settlement-one-contributor", "one gets all") as s:
        work(s, 7)
        s.income(999)
        s.freeze()
        s.settle(USD=[999])
    with money("settlement-zero-points", "income of a range in which nobody has points is unallocated, and goes to the range after") as s:
        s.grant(baraka, "contributor")
        s.income(100)
        s.freeze()
        s.stands(after=(0, 0, 100), points=[0])
        s.settle(USD=[0])
        work(s, 0, 3)
        s.income(11)
        s.freeze()
        s.stands(before=(0, 0, 100), after=(0, 0, 0))
        s.settle(USD=[0, 111])
    with money("settlement-no-lines", "nobody has a handle: no lines, and a root of zeroes") as s:
        s.income(100)
        s.freeze()
        s.stands(after=(0, 0, 100))
        s.settle(USD=[])
        work(s, 1)
        s.freeze()
        s.settle(USD=[100])
    with money("settlement-no-pay", "a charter without pay: no funds, no share, all unallocated", pay=None) as s:
        work(s, 3, 1)
        s.income(100)
        s.freeze()
        s.stands(after=(0, 0, 100))
        s.settle(USD=[0, 0])
        s.charter = s.amend(pay=EVER, activities=ONE, notice=0)
        s.freeze()
        s.settle(USD=[75, 25])
    with money("settlement-largest", "all the income that there can be, by the most points") as s:
        for n, person in enumerate((baraka, chipo, dalila)):
            s.work(person, 2**32 - 1 - n, COMMITS)
        s.income(MOST)
        s.freeze()
        s.settle()
    with money("settlement-alabama", "by 6, 6, 2 an amount of 3 is 1, 1, 1 and one of 4 is 2, 2, 0") as s:
        work(s, 6, 6, 2)
        s.income(3)
        s.income(4, "TND")
        s.freeze()
        s.settle(USD=[1, 1, 1], TND=[2, 2, 0])
    with money("settlement-verdicts", "points of verdicts are shared and owed as those of work are", pay=rate(2, share="range"),
               activities=[*ONE, (*VERDICTS, 5)], reviewers=[chipo]) as s:
        s.review(chipo, "accept", s.work(baraka, 10), s.work(baraka, 5))
        s.income(100)
        s.freeze()
        s.stands(accrued=[30, 20], share=[30, 20])
        s.settle(USD=[60, 40])
    for count in (16, 17, 33):
        with money(f"settlement-lines-{count}", f"{count} lines", pay=rate(3, share="ever"), importers=[chipo]) as s:
            for n in range(count):
                s.work(chipo, n + 1, COMMITS, contributor=alias(n))
            s.income(10_007)
            s.freeze()
            s.settle()
            s.work(chipo, 1, COMMITS, contributor=alias(count))
            s.freeze()
            s.settle()


def charters():
    with money("settlement-funds", "funds by basis points; of equal remainders the earlier is first, contributors before funds",
               pay={"funds": FUNDS, "share": "range"}) as s:
        work(s, 1)
        s.income(1001)  # 850.85, 100.1, 50.05
        s.income(10, "TND")  # 8.5, 1, 0.5
        s.freeze()
        s.stands("USD", funds={"admin": 100, "land": 50})
        s.stands("TND", funds={"admin": 1})
        s.settle(USD=[851], TND=[9])
    with money("settlement-funds-all", "funds may take all: debts are owed on", pay=rate(10, funds=[{"name": "land", "points": 10_000}])) as s:
        work(s, 1)
        s.income(1001)
        s.freeze()
        s.stands(funds={"land": 1001}, owed=10)
        s.settle(USD=[0])
    with money("settlement-reserve", "the reserve is carried on, and is no fund that is paid",
               pay={"funds": FUNDS, "reserve": "land", "share": "range"}) as s:
        work(s, 1)
        s.income(1000)
        s.freeze()
        s.stands(funds={"admin": 100}, after=(0, 50, 0))
        s.settle(USD=[850])
        work(s, 1)
        s.income(100)
        s.freeze()
        s.stands(funds={"admin": 10}, before=(0, 50, 0), after=(0, 55, 0))
        s.settle(USD=[85])
    with money("settlement-two-charters", "a pool for each charter, with its own funds and share",
               pay={"funds": FUNDS, "share": "range"}) as s:
        work(s, 3, 1)
        s.income(100)
        s.freeze()
        s.settle(USD=[64, 21])  # 85 by 3 and 1: 63.75, 21.25
        work(s, 0, 1)
        s.income(100)
        s.charter = s.amend(pay={"funds": [{"name": "land", "points": 2000}, {"name": "seed", "points": 3000}], "reserve": "land",
                                 "share": "ever"}, activities=ONE, notice=0)
        s.income(100)
        s.freeze()
        s.stands(funds={"admin": 10, "land": 5, "seed": 30}, after=(0, 20, 0), share=[30, 105])
        s.settle(USD=[30, 105])
    with money("settlement-pools-and-debts", "the first pool pays debts first, whatever its charter says of them", pay=SHARE) as s:
        work(s, 1, 1)
        s.income(30)
        s.charter = s.amend(pay=rate(10), activities=ONE, notice=0)
        work(s, 0, 4)
        s.income(100)
        s.freeze()
        s.stands(settled=[0, 40], share=[0, 0], after=(0, 0, 90))  # 30 of the first pool, 10 of the second
        s.settle(USD=[0, 40])
    with money("settlement-pool-of-nothing", "under the charter in force nothing came in; what was unallocated follows it", pay=rate(1)) as s:
        s.income(100)
        s.freeze()
        s.stands(after=(0, 0, 100))
        s.settle(USD=[])
        s.income(10)
        work(s, 1, 2)
        s.amend(pay=EVER, activities=ONE, notice=0)
        s.freeze()
        s.stands(settled=[1, 2], share=[33, 67], after=(0, 0, 7))
        s.settle(USD=[34, 69])
        s.freeze()
        s.stands(share=[2, 5], before=(0, 0, 7))
        s.settle(USD=[2, 5])
    with money("settlement-charter-waits", "an amendment counts from when it is in force", pay=SHARE, notice=3) as s:
        work(s, 1)
        s.income(10)
        s.amend(pay=rate(1), activities=ONE)
        s.income(10)
        s.day("2026-03-04")
        s.income(100)
        s.freeze("2026-03-04")
        s.stands(after=(0, 0, 100))
        s.settle(USD=[20])
    with money("settlement-reversed-pool", "a pool that was reversed wholly, and the reserve of another charter",
               pay={"funds": FUNDS, "reserve": "admin", "share": "range"}) as s:
        work(s, 1)
        income = s.income(10)
        s.amend(pay=SHARE, activities=ONE, notice=0)
        s.reverse(income, 10)
        s.income(5)
        s.freeze()
        s.settle(USD=[5])
        s.income(5)
        s.freeze()
        s.settle(USD=[0])


def payouts():
    payout = lambda **by: {"payouts": [{"currency": c, "minimum": m, "unit": u} for c, (m, u) in sorted(by.items())], "share": "ever"}
    with money("settlement-payout", "what is below the minimum or the unit is held, carried and paid next time", pay=payout(USD=(50, 25))) as s:
        work(s, 2, 1)
        s.income(120)
        s.freeze()
        s.stands(share=[80, 40], held=[5, 40])
        s.settle(USD=[75, 0])
        s.income(60)
        s.freeze()
        s.stands(held_before=[5, 40], share=[40, 20], held=[45, 10], before=(45, 0, 0), after=(55, 0, 0))
        s.settle(USD=[0, 50])
        s.freeze()
        s.stands(share=[0, 0], held=[45, 10])
        s.settle(USD=[0, 0])
        s.amend(activities=ONE, pay=payout(USD=(0, 1)), notice=0)
        s.freeze()
        s.settle(USD=[45, 10])
    with money("settlement-payout-of-one-currency", "a currency without payout is paid wholly", pay=payout(TND=(0, 100))) as s:
        work(s, 1)
        s.income(1234, "TND")
        s.income(1234)
        s.freeze()
        s.settle(USD=[1234], TND=[1200])
    with money("settlement-payout-minimum", "at the minimum it is paid; where the unit leaves less than the minimum it is not", pay=payout(USD=(30, 20))) as s:
        work(s, 39)
        s.income(39)
        s.freeze()
        s.settle(USD=[0])
        s.income(1)
        s.freeze()
        s.settle(USD=[40])
    with money("settlement-minor-units", "Rwandan and Ugandan amounts have no decimals, Tunisian ones three; all is in minor units",
               pay=payout(RWF=(100, 10), TND=(1000, 50), UGX=(500, 500))) as s:
        work(s, 2, 1)
        s.income(1000, "RWF")
        s.income(10_000, "TND")
        s.income(5000, "UGX")
        s.freeze()
        s.settle(RWF=[660, 330], TND=[6650, 3300], UGX=[3000, 1500])


def currencies():
    with money("settlement-two-currencies", "each currency by itself", pay=rate(10, "TND", share="range")) as s:
        work(s, 3, 1)
        s.income(100)
        s.income(20, "TND")
        s.freeze()
        s.settle(USD=[75, 25], TND=[15, 5])
    with money("settlement-new-currency", "points that were settled in another currency do not count again in a new one") as s:
        work(s, 3)
        s.income(100)
        s.freeze()
        s.settle(USD=[100])
        work(s, 0, 1)
        s.income(100, "TND")
        s.freeze()
        s.stands("TND", points=[0, 1])
        s.settle(USD=[0, 0], TND=[0, 100])
    with money("settlement-new-currency-first", "also where the new one is the first in the alphabet, and another is newer still") as s:
        work(s, 3)
        s.income(100, "KES")
        s.freeze()
        s.settle(KES=[100])
        work(s, 1, 1)
        s.income(100, "EUR")
        s.freeze()
        s.settle(KES=[0, 0], EUR=[50, 50])
        work(s, 1, 3)
        s.income(100, "AUD")
        s.freeze()
        s.settle(KES=[0, 0], EUR=[0, 0], AUD=[25, 75])
    with money("settlement-new-rate", "a rate in a new currency owes what is credited from then on", pay=rate(1)) as s:
        work(s, 3)
        s.freeze()
        s.settle(USD=[0])
        s.charter = s.amend(pay=rate(7, "EUR"), activities=ONE, notice=0)
        work(s, 1)
        s.income(10, "EUR")
        s.freeze()
        s.stands("USD", accrued=[0], left=[{1: 3}])
        s.stands("EUR", accrued=[7], after=(0, 0, 3))
        s.settle(USD=[0], EUR=[7])
    with money("settlement-sixteen-currencies", "as many currencies as there can be", pay=rate(1, "EUR", share="range")) as s:
        work(s, 3, 2)
        for n, currency in enumerate(sorted("AUD BIF CHF DJF ERN GBP JPY KES LYD MAD NGN OMR PKR RWF SDG".split())):
            s.income(100 + n, currency)
        s.freeze()
        s.settle(EUR=[0, 0], AUD=[60, 40])


def folds():
    shares()
    charters()
    payouts()
    currencies()
