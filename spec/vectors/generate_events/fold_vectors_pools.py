"""Fold vectors: pools, how many there can be, and what of them no payer has signed for (fold.md §1, §3)."""
from fold_script import COMMITS, asha, baraka, mallory
from fold_vectors_income import ONE, SHARE, money
from settlement import CURRENCIES

TODAY = "2026-03-01"


def pools():
    with money("income-pools", "32 pools are of 16 currencies under two charters; a 33rd is none until they were settled") as s:
        s.work(baraka, 1, COMMITS)
        for n in range(2):
            for currency in CURRENCIES[:16]:
                s.income(1, currency)
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1, CURRENCIES[0], expect="void:income-pools")
        s.freeze()
        s.income(1, CURRENCIES[0], expect="void:income-pools")
        s.settle()
        s.income(1, CURRENCIES[0])
    with money("income-pools-then-more", "at 32 pools, more comes into those of the charter in force") as s:
        for n in range(31):
            s.income(1)
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1)
        s.income(5)
        s.income(1, "EUR", expect="void:income-pools")
        s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1, expect="void:income-pools")
    with money("income-pools-settled-in-part", "a settlement frees the pools that it finds empty, not those of later income") as s:
        s.work(baraka, 1, COMMITS)
        for n in range(30):
            s.income(1)
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.freeze()
        s.income(1)
        s.income(1, "EUR")
        s.income(1, "TND", expect="void:income-pools")
        s.settle(USD=[30])
        for n in range(30):
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
            s.income(1)
        s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1, expect="void:income-pools")
    with money("income-pools-empty", "a pool that was reversed wholly is one until a settlement finds it empty") as s:
        for n in range(32):
            s.reverse(s.income(1), 1)
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1, expect="void:income-pools")
        s.freeze()
        s.income(1, expect="void:income-pools")
        s.settle()
        s.income(1)
    with money("income-pools-of-another-project", "pools are counted for each project") as s:
        first = s.project
        for n in range(32):
            s.income(1)
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1, expect="void:income-pools")
        s.found(pay=SHARE)
        s.grant(asha, "treasurer")
        s.income(1)
        s.income(1, project=first, expect="void:income-pools")
    with money("income-pools-last", "what is too much is said before that pools are too many") as s:
        for n in range(32):
            s.income(2**53 - 32 if n == 0 else 1)
            s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(1, expect="void:income-overflow")
        s.income(1, "EUR", expect="void:income-pools")
    with money("settlement-funds-most", "32 charters with 16 funds each: a settlement lists 512") as s:
        s.work(baraka, 1, COMMITS)
        for n in range(32):
            funds = [{"name": f"{n:02}-{i:02}", "points": 100} for i in range(16)]
            s.charter = s.amend(pay={"funds": funds, "share": "range"}, activities=ONE, notice=0)
            s.income(1000)
        s.freeze()
        s.stands(payable=32 * 840)
        s.settle()


def unconfirmed():
    with money("unconfirmed", "income is confirmed if its payer signs; a settlement says how much is not") as s:
        s.work(baraka, 1, COMMITS)
        s.grant(baraka, "treasurer")
        s.income(1000, payer=mallory)
        s.income(30, by=[asha, baraka])  # two treasurers are no payer
        s.income(200, by=[asha], payer=baraka)
        s.income(7, "TND")
        s.freeze()
        s.stands(income=1230, unconfirmed=30)
        s.stands("TND", income=7, unconfirmed=7)
        s.settle()
        s.income(5, payer=mallory)
        s.freeze()
        s.stands(income=5, unconfirmed=0)
        s.settle()
    with money("unconfirmed-wrong", "a settlement that states less or more of it") as s:
        s.work(baraka, 1, COMMITS)
        s.income(1000, payer=mallory)
        s.income(30)
        s.freeze()
        for wrong in (0, 29, 31, 1030):
            body = s.settlement_body()
            body["currencies"][0]["unconfirmed"] = wrong
            s.settle(body=body, expect="void:settlement-sums")
        s.settle()
    with money("unconfirmed-reversed", "a reversal before the freeze takes of what its income is") as s:
        s.work(baraka, 1, COMMITS)
        confirmed, not_confirmed = s.income(1000, payer=mallory), s.income(100)
        s.reverse(confirmed, 300)
        s.reverse(not_confirmed, 40)
        s.freeze()
        s.stands(income=760, unconfirmed=60)
        s.settle(USD=[760])
    with money("unconfirmed-reversed-after", "a reversal after the freeze is taken by the next settlement, from any money") as s:
        s.work(baraka, 1, COMMITS)
        not_confirmed = s.income(100)
        s.income(1000, payer=mallory)
        s.freeze()
        s.reverse(not_confirmed, 40)
        s.stands(income=1100, unconfirmed=100)
        s.settle(USD=[1100])
        s.work(baraka, 1, COMMITS)
        s.income(50, payer=mallory)
        s.income(6)
        s.freeze()
        s.stands(income=56, unconfirmed=6, reversed=40)
        s.settle(USD=[16])
    with money("unconfirmed-pools", "of each charter by itself, between freeze and settlement too") as s:
        s.work(baraka, 1, COMMITS)
        first = s.income(100)
        s.income(1000, payer=mallory)
        s.amend(pay=SHARE, activities=ONE, notice=0)
        s.income(7)
        s.freeze()
        s.income(9)
        s.income(11, payer=mallory)
        s.reverse(first, 1)
        s.freeze()
        s.stands(income=1127, unconfirmed=116, reversed=1)
        s.income(5)
        s.settle(USD=[1126])
        s.mark(TODAY)
    with money("unconfirmed-between", "the state between freeze and settlement") as s:
        s.work(baraka, 1, COMMITS)
        s.income(100)
        s.income(1000, payer=mallory)
        s.freeze()
        s.income(9)
        s.income(11, payer=mallory)


def folds():
    pools()
    unconfirmed()
