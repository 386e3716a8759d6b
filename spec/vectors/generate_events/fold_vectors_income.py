"""Fold vectors: income, reversals, closings, and the room for what is owed by rate (fold.md §1, §2)."""
from fold_script import COMMITS, DEFAULT, LABELS, VERDICTS, Script, asha, baraka, chipo, dalila, mallory
from settlement import CURRENCIES

SHARE = {"share": "range"}
UNKNOWN = "ab" * 32
MOST = 2**53 - 1
ONE = [(*COMMITS, 1), (*LABELS, 1)]  # a point for each commit and label


def rate(amount, *currencies, **more):
    return {"rates": [{"amount": amount, "currency": c} for c in currencies or ("USD",)], **more}


def money(name, description, pay=SHARE, activities=ONE, **body):
    """A script whose project has this `pay`, with asha as treasurer."""
    s = Script(name, description, "spec/settlement.md")
    s.begin(pay=pay, activities=activities, **{"notice": 0, **body})
    s.grant(asha, "treasurer")
    return s


def incomes():
    with money("income", "income of three currencies with 0, 2 and 3 decimals") as s:
        for currency in ("UGX", "USD", "TND", "USD"):
            s.income(1000, currency)
    with money("income-no-pay", "income under a charter that does not say how it reaches people", pay=None) as s:
        s.income(1000)
    with money("income-not-treasurer", "every signer is a treasurer, whatever else they may be", arbiters=[baraka]) as s:
        s.income(1000, by=[baraka], expect="void:not-treasurer")
        s.income(1000, by=[asha, baraka], expect="void:not-treasurer")
        s.grant(baraka, "treasurer")
        s.income(1000, by=[asha, baraka])
        s.end(asha, "treasurer")
        s.income(1000, expect="void:not-treasurer")
        s.income(1000, by=[baraka])
    with money("income-payer", "the payer signs too, and need not be a treasurer") as s:
        s.income(1000, payer=mallory)
        s.income(1000, by=[asha, baraka], payer=mallory, expect="void:not-treasurer")
        s.income(1000, by=[baraka], payer=mallory, expect="void:not-treasurer")
        s.grant(mallory, "treasurer")
        s.income(1000, payer=mallory)
        s.income(1000, by=[baraka], payer=asha, expect="void:not-treasurer")
    with money("income-project-unknown", "income, a reversal, a closing and a settlement of no project") as s:
        income = s.income(1000)
        s.income(1000, project=UNKNOWN, expect="void:project-unknown")
        s.reverse(income, 1, project=UNKNOWN, expect="void:project-unknown")
        s.closing(project=UNKNOWN, expect="void:project-unknown")
        s.put(s.event("settlement", s.settlement_body(), [asha], project=UNKNOWN), "void:project-unknown")
    with money("income-treasurer-of-another-project", "a treasurer is one of this project") as s:
        second = s.found(pay=SHARE)
        s.income(1000, project=second, expect="void:not-treasurer")
    with money("income-overflow", "all income ever is at most 2^53 - 1 in each currency") as s:
        s.income(MOST - 1)
        s.income(2, expect="void:income-overflow")
        s.income(1)
        s.income(1, expect="void:income-overflow")
        s.income(MOST, "EUR")
    with money("income-overflow-reversed", "what was reversed was income all the same") as s:
        income = s.income(MOST)
        s.reverse(income, MOST)
        s.income(1, expect="void:income-overflow")
    with money("income-overflow-settled", "what was settled was income all the same") as s:
        s.work(baraka, 1, COMMITS)
        s.income(MOST)
        s.freeze()
        s.settle(USD=[MOST])
        s.income(1, expect="void:income-overflow")
    with money("income-currencies", "a 17th currency, and more of the 16") as s:
        for currency in CURRENCIES[:16]:
            s.income(1, currency)
        s.income(1, CURRENCIES[16], expect="void:income-currencies")
        s.income(1, CURRENCIES[15])
        s.freeze()
        s.settle()
        s.income(1, CURRENCIES[16], expect="void:income-currencies")
    with money("income-currencies-by-rate", "currencies by rate count, from the first credit on", pay=rate(1, *CURRENCIES[:15])) as s:
        s.income(1, CURRENCIES[20])
        s.income(1, CURRENCIES[21])
        s.work(baraka, 1, COMMITS, expect="void:points-overflow")
    with money("income-currencies-after-rate", "currencies by rate count", pay=rate(1, *CURRENCIES[:15])) as s:
        s.work(baraka, 1, COMMITS)
        s.income(1, CURRENCIES[20])
        s.income(1, CURRENCIES[21], expect="void:income-currencies")
        s.income(1, CURRENCIES[0])
    with money("income-at-once-amended", "income belongs to the charter in force when it is logged") as s:
        s.income(1)
        second = s.amend(pay=rate(1), activities=ONE, notice=3)
        s.income(10)
        s.amend(pay=None, replaces=second, activities=ONE, notice=0)
        s.income(100, "EUR")


def reversals():
    with money("reversal-before-freeze", "an income that was not frozen is less by it, in parts and at last wholly") as s:
        s.work(baraka, 1, COMMITS)
        first, second = s.income(100), s.income(1000)
        s.reverse(first, 30)
        s.freeze()
        s.stands(income=1070, reversed=0)
        s.settle(USD=[1070])
        third = s.income(50)
        s.reverse(third, 20)
        s.reverse(third, 30)
        s.freeze("2026-03-01")
        s.stands(income=0, reversed=0)
        s.settle(USD=[0])
        s.reverse(second, 1)
    with money("reversal-between", "between freeze and settlement: it is for the range after") as s:
        s.work(baraka, 1, COMMITS)
        income = s.income(100)
        s.freeze()
        s.reverse(income, 30)
        s.stands(income=100, reversed=0)
        s.settle(USD=[100])
        s.income(50)
        s.freeze()
        s.stands(income=50, reversed=30, still_to_take=0, after=(0, 0, 20))
        s.settle(USD=[0])
    with money("reversal-between-freezes", "after a freeze that another replaced, it is a reversal of its own") as s:
        s.work(baraka, 1, COMMITS)
        income = s.income(100)
        s.freeze()
        s.reverse(income, 30)
        s.freeze()
        s.stands(income=100, reversed=30)
        s.settle(USD=[70])
    funds = {"funds": [{"name": "rainy-day", "points": 1000}], "reserve": "rainy-day", "share": "ever"}
    with money("reversal-reserve-first", "from the reserve, then from income, and the rest is carried until there is enough", pay=funds) as s:
        s.work(baraka, 1, COMMITS)
        income = s.income(1000)
        s.freeze()
        s.stands(after=(0, 100, 0))
        s.settle(USD=[900])
        s.reverse(income, 40)
        s.freeze()
        s.stands(reversed=40, after=(0, 60, 0))
        s.settle(USD=[0])
        s.reverse(income, 500)
        s.income(100)
        s.freeze()
        s.stands(reversed=160, still_to_take=340, after=(0, 0, 0))
        s.reverse(income, 60)
        s.settle(USD=[0])
        s.income(1000)
        s.freeze()
        s.stands(reversed=400, still_to_take=0, after=(0, 60, 0))
        s.settle(USD=[540])
    with money("reversal-pools-in-order", "from the pools of the charters in the order of the log", pay={"share": "range"}) as s:
        s.work(baraka, 1, COMMITS)
        old = s.income(100)
        s.freeze()
        s.settle(USD=[100])
        s.work(baraka, 1, COMMITS)
        s.income(40)
        s.amend(pay={"funds": [{"name": "land", "points": 5000}], "share": "range"}, activities=ONE, notice=0)
        s.income(100)
        s.reverse(old, 60)
        s.freeze()
        s.stands(reversed=60, funds={"land": 40})
        s.settle(USD=[40])
    with money("reversal-above-income", "all reversals of an income together are at most the income") as s:
        income = s.income(100)
        s.reverse(income, 101, expect="void:reversal-above-income")
        s.reverse(income, 60)
        s.reverse(income, 41, expect="void:reversal-above-income")
        s.freeze()
        s.reverse(income, 41, expect="void:reversal-above-income")
        s.reverse(income, 40)
        s.reverse(income, 1, expect="void:reversal-above-income")
        s.income(1000)
    with money("reversal-unknown-income", "of what is no income, of a void one, of one of another project") as s:
        other, charter = s.project, s.charter
        void = s.income(1, by=[baraka], expect="void:not-treasurer")
        income = s.income(100)
        work = s.work(baraka, 1, COMMITS)
        for subject in (UNKNOWN, void, work, charter):
            s.reverse(subject, 1, expect="void:income-unknown")
        second = s.found(pay=SHARE)
        s.grant(asha, "treasurer")
        s.reverse(income, 1, expect="void:income-unknown")
        s.reverse(income, 1, project=other)
    with money("reversal-not-treasurer", "by treasurers alone; the payer takes nothing back") as s:
        income = s.income(100, payer=mallory)
        s.reverse(income, 1, by=[mallory], expect="void:not-treasurer")
        s.reverse(income, 1, by=[asha, mallory], expect="void:not-treasurer")
        s.reverse(UNKNOWN, 1, by=[mallory], expect="void:not-treasurer")
        s.reverse(income, 1)


def closings():
    with money("closing-repeated", "once between two marks") as s:
        s.closing()
        s.closing(expect="void:closing-repeated")
        s.mark("2026-03-01")
        s.closing()
        s.closing(expect="void:closing-repeated")
        s.snapshot()
        s.closing(expect="void:closing-repeated")
    with money("closing-not-treasurer", "by a treasurer") as s:
        s.closing(by=baraka, expect="void:not-treasurer")
        s.closing()
        s.closing(by=baraka, expect="void:not-treasurer")
    with money("closing-nothing", "a project without any currency is frozen too, and there is nothing to settle") as s:
        s.work(baraka, 1, COMMITS)
        s.freeze()
        s.settle(expect="void:settlement-currencies")
        s.income(5)
        s.freeze()
        s.settle(USD=[5])
    with money("closing-of-one-project", "only the project that was closed is frozen") as s:
        first = s.project
        s.income(5)
        second = s.found(pay=SHARE)
        s.grant(asha, "treasurer")
        s.income(7)
        s.freeze(project=second)
        s.settle(project=first, expect="void:settlement-not-frozen")
        s.settle(project=second)


def room():
    with money("rates-overflow", "what is owed in a currency is at most 2^53 - 1", pay=rate(2**32 - 1), reviewers=[dalila]) as s:
        s.work(baraka, 2**21, COMMITS)  # 2^53 - 2^21
        s.work(baraka, 1, COMMITS, expect="void:points-overflow")
        s.review(dalila, "accept", (s.work(chipo, 1), "subject-points-overflow"))
    with money("rates-overflow-silence", "silence accepts nothing for which there is no room", pay=rate(2**32 - 1)) as s:
        s.work(baraka, 2**21, COMMITS)
        s.work(chipo, 1)
        s.day("2026-04-15", 0)
        s.day("2026-06-15", 0)
    with money("rates-overflow-adjusted", "what was taken back leaves no room", pay=rate(2**32 - 1), arbiters=[dalila]) as s:
        work = s.work(baraka, 2**21 - 5, COMMITS)
        s.review(dalila, "adjust", (work, "ok", 1))
        other = s.work(chipo, 3, COMMITS)
        s.work(chipo, 3, COMMITS, expect="void:points-overflow")
        s.review(dalila, "adjust", (work, "subject-points-overflow", 4))
        s.review(dalila, "adjust", (work, "ok", 3))
        s.review(dalila, "adjust", (work, "subject-points-overflow", 4))
        s.review(dalila, "adjust", (other, "ok", 0))
        s.review(dalila, "adjust", (other, "subject-points-overflow", 1))
        s.review(dalila, "adjust", (work, "ok", 0))
        s.work(chipo, 1, COMMITS, expect="void:points-overflow")
    with money("rates-overflow-adjusted-to-the-last", "of one review each subject adds by itself", pay=rate(2**31), arbiters=[dalila]) as s:
        first, second = s.work(baraka, 2**21, COMMITS), s.work(chipo, 2**21 - 2, COMMITS)  # there is room for one more
        s.review(dalila, "adjust", (first, "ok", 5), (second, "ok", 5))
        changes = sorted([first, second])
        s.review(dalila, "adjust", (changes[0], "ok", 6), (changes[1], "subject-points-overflow", 6))
    with money("rates-overflow-verdict", "room for the work at its own rates and for the verdict at those in force", pay=rate(2**31),
               activities=[*ONE, (*VERDICTS, 1)], reviewers=[dalila]) as s:
        first, second = s.work(baraka, 2**22 - 1), s.work(chipo, 1)  # all but 2^31 - 1 of the room
        s.amend(pay=rate(2**31), activities=[*ONE, (*VERDICTS, 1)], notice=0)
        s.review(dalila, "accept", (first, "subject-points-overflow"))
        s.review(dalila, "accept", (first, "ok", 2**22 - 2))
        s.review(dalila, "reject", (second, "subject-points-overflow"))
    with money("rates-currencies", "credit at rates in a 17th currency has no room, with 0 points too", pay=rate(1, *CURRENCIES[:16]),
               activities=[(*COMMITS, 0)]) as s:
        s.work(baraka, 1, COMMITS)
        s.income(1, CURRENCIES[16], expect="void:income-currencies")
        s.charter = s.amend(pay=rate(1, CURRENCIES[16]), activities=[(*COMMITS, 0)], notice=0)
        s.work(baraka, 1, COMMITS, expect="void:points-overflow")
    with money("rates-without-points", "who is credited 0 points at a rate is owed 0", pay=rate(9, "TND", "USD"),
               activities=[(*COMMITS, 0)]) as s:
        s.work(baraka, 1, COMMITS)
        s.freeze()
        s.settle(USD=[0], TND=[0])
    with money("rates-rejected", "who is rejected is owed in no currency", pay=rate(9), reviewers=[dalila], arbiters=[dalila]) as s:
        work = s.work(baraka, 5)
        s.review(dalila, "reject", work)
        s.review(dalila, "adjust", (work, "ok", 0))
        s.review(dalila, "adjust", (work, "ok", 2))
        s.review(dalila, "adjust", (work, "ok", 0))
    with money("rates-of-the-named", "points for work are owed at the rates of the charter that it names", pay=rate(9)) as s:
        first = s.charter
        second = s.amend(pay=rate(1, "EUR"), activities=ONE, notice=0)
        s.work(baraka, 5, COMMITS, charter=first)
        s.work(chipo, 5, COMMITS, charter=second)
        s.freeze()
        s.stands("USD", accrued=[45, 0])
        s.stands("EUR", accrued=[0, 5])
        s.settle()
    with money("rates-of-a-verdict", "points of a verdict are owed at the rates in force", pay=rate(2), notice=0,
               activities=[*DEFAULT, (*VERDICTS, 5)], reviewers=[chipo]) as s:
        works = [s.work(baraka, n) for n in (1, 2)]
        s.review(chipo, "accept", works[0])
        s.amend(pay=rate(3), activities=[*DEFAULT, (*VERDICTS, 7)], notice=0)
        s.review(chipo, "reject", works[1])
        s.income(1000)
        s.freeze()
        s.stands(accrued=[4, 31])
        s.settle(USD=[4, 31])


def folds():
    incomes()
    reversals()
    closings()
    room()
