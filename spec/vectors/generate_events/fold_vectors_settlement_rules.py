"""Fold vectors: when a settlement is valid, and what it leaves (fold.md §1)."""
import copy

from entries import changed
from fold_script import COMMITS, asha, baraka, chipo, dalila, mallory
from fold_vectors_income import ONE, SHARE, money, rate
from fold_vectors_settlement import FUNDS, work

TODAY = "2026-03-01"
PAY = {"funds": FUNDS, "reserve": "land", "share": "range"}


def ready(name, description, **body):
    """A project of two with a range to be settled: USD 1000 and TND 77, a reserve and a fund."""
    s = money(name, description, **{"pay": PAY, **body})
    s.source = "spec/fold.md §1"
    work(s, 3, 1)
    s.income(1000)
    s.income(77, "TND")
    return s


def wrong(s, path, value, code):
    s.settle(body=changed(s.settlement_body(), path, value), expect=f"void:{code}")


def moved(s, from_, to, by=1):
    """One cent more here and one less there, so that the sums still balance."""
    body = copy.deepcopy(s.settlement_body())
    for path, more in ((from_, -by), (to, by)):
        at = body["currencies"][1]
        *heads, last = path.split(".")
        for head in heads:
            at = at[int(head)] if isinstance(at, list) else at[head]
        at[last] += more
    s.settle(body=body, expect="void:settlement-sums")


def order():
    with ready("settlement-previous", "two settlements that name one predecessor: the second is void") as s:
        s.freeze()
        first = s.settle()
        s.settle(expect="void:settlement-not-frozen")
        s.freeze()
        wrong(s, "previous", None, "settlement-previous")
        wrong(s, "previous", s.project, "settlement-previous")
        second = s.settle()
        s.freeze()
        wrong(s, "previous", first, "settlement-previous")
        wrong(s, "previous", None, "settlement-previous")
        s.settle()
        assert first != second
    with ready("settlement-previous-of-first", "the first names none") as s:
        s.freeze()
        wrong(s, "previous", "ab" * 32, "settlement-previous")
        s.settle()
    with ready("settlement-previous-void", "a void settlement is nobody's predecessor") as s:
        s.freeze()
        void = s.settle(by=[baraka], expect="void:not-treasurer")
        wrong(s, "previous", void, "settlement-previous")
        s.settle()
    with ready("settlement-not-frozen", "without closing, mark and snapshot there is nothing to settle") as s:
        s.settle(expect="void:settlement-not-frozen")
        s.mark(TODAY)
        s.snapshot()
        s.settle(expect="void:settlement-not-frozen")
        s.closing()
        s.settle(expect="void:settlement-not-frozen")
        s.mark(TODAY)
        s.settle(expect="void:settlement-not-frozen")
        s.snapshot()
        s.settle()
    with ready("settlement-without-snapshot", "a freeze whose mark has no snapshot before the next mark is lost; its income is not") as s:
        s.closing()
        s.mark(TODAY)
        s.mark(TODAY)
        s.snapshot()
        s.settle(expect="void:settlement-not-frozen")
        s.freeze()
        s.settle(USD=[638, 212])  # 850 by 3 and 1: 637.5, 212.5
    with ready("settlement-mark-between", "later marks and snapshots leave a freeze as it is") as s:
        s.freeze()
        work(s, 0, 0, 5)
        s.income(3)
        s.mark(TODAY)
        s.snapshot()
        s.mark(TODAY)
        s.settle(USD=[638, 212])
    with ready("settlement-freeze-replaced", "a later freeze takes the place of one that was not settled") as s:
        s.freeze()
        old = s.settlement_body()
        s.income(1000)
        work(s, 0, 0, 4)
        s.freeze()
        s.settle(body=old, expect="void:settlement-snapshot")
        s.settle(body={**old, "snapshot": s.last_snapshot}, expect="void:settlement-lines")
        s.settle(USD=[638, 212, 850])
    with ready("settlement-freeze-replaced-by-one-without-snapshot", "also by one that has no snapshot yet, or never gets one") as s:
        s.freeze()
        old = s.settlement_body()
        s.closing()
        s.settle(body={**old, "previous": "ab" * 32}, expect="void:settlement-previous")
        s.mark(TODAY)
        s.settle(body=old, expect="void:settlement-not-frozen")
        s.mark(TODAY)
        s.snapshot()
        s.settle(body=old, expect="void:settlement-not-frozen")
    with ready("settlement-old-snapshot", "the snapshot is that of the newest freeze, neither an older one nor a later one") as s:
        s.mark(TODAY)
        old = s.snapshot()
        s.freeze()
        wrong(s, "snapshot", old, "settlement-snapshot")
        s.mark(TODAY)
        wrong(s, "snapshot", s.snapshot(), "settlement-snapshot")
        wrong(s, "snapshot", "ab" * 32, "settlement-snapshot")
        s.settle()
    with ready("settlement-after-closing", "a closing after the freeze does not hinder") as s:
        s.freeze()
        s.closing()
        s.settle()
        s.mark(TODAY)
        s.snapshot()
        s.settle(USD=[0, 0])


def signers():
    with ready("settlement-not-treasurer", "every signer is a treasurer, at the time of the settlement") as s:
        s.freeze()
        s.settle(by=[baraka], expect="void:not-treasurer")
        s.settle(by=[asha, baraka], expect="void:not-treasurer")
        s.end(asha, "treasurer")
        s.settle(expect="void:not-treasurer")
        s.grant(baraka, "treasurer")
        s.grant(mallory, "treasurer")
        s.settle(by=[baraka, mallory])
    with ready("settlement-not-treasurer-first", "the signers are judged before what it says") as s:
        s.settle(by=[baraka], expect="void:not-treasurer")
        s.freeze()
        s.settle(by=[baraka], body={**s.settlement_body(), "previous": "ab" * 32}, expect="void:not-treasurer")


def contents():
    with ready("settlement-one-cent", "sums that balance and are off by a cent", pay={**PAY, "rates": [{"amount": 1, "currency": "USD"}]}) as s:
        s.freeze()
        s.settle()
        s.income(1000)
        work(s, 5, 0, 5)
        s.freeze()
        for from_, to in (("payable", "after.held"), ("payable", "after.unallocated"), ("payable", "reversed"), ("payable", "funds.0.amount"),
                          ("funds.0.amount", "after.reserve"), ("after.reserve", "payable")):
            moved(s, from_, to)
        body = s.settlement_body()
        for side in ("held", "unallocated", "reserve"):
            more = copy.deepcopy(body)
            more["currencies"][1]["before"][side] += 1
            more["currencies"][1]["after"][side] += 1
            s.settle(body=more, expect="void:settlement-sums")
        wrong(s, "currencies.1.owed", 1, "settlement-sums")
        wrong(s, "currencies.1.funds.0.name", "land", "settlement-sums")
        more = copy.deepcopy(body)
        more["currencies"][1]["income"] += 1
        more["currencies"][1]["payable"] += 1
        s.settle(body=more, expect="void:settlement-sums")
        s.settle()
    with ready("settlement-one-cent-in-a-line", "the same sums over other lines have another root") as s:
        s.freeze()
        lines = s.fold.projects[s.project].money.freeze.sheets["USD"].lines
        lines[0].payable, lines[0].share = lines[0].payable - 1, lines[0].share - 1
        lines[1].payable, lines[1].share = lines[1].payable + 1, lines[1].share + 1
        body = s.settlement_body()
        lines[0].payable, lines[0].share = lines[0].payable + 1, lines[0].share + 1
        lines[1].payable, lines[1].share = lines[1].payable - 1, lines[1].share - 1
        s.settle(body=body, expect="void:settlement-root")
        wrong(s, "currencies.1.root", "00" * 32, "settlement-root")
        s.settle()
    with ready("settlement-wrong-lines", "another number of lines") as s:
        s.freeze()
        wrong(s, "currencies.0.lines", 1, "settlement-lines")
        wrong(s, "currencies.0.lines", 3, "settlement-lines")
        wrong(s, "currencies.1.lines", 0, "settlement-lines")
    with ready("settlement-wrong-currencies", "a currency less, one more, another") as s:
        s.freeze()
        both = s.settlement_body()["currencies"]
        for stated in (both[:1], both[1:], [{**both[0], "currency": "EUR"}, *both], [both[0], {**both[1], "currency": "UGX"}]):
            s.settle(body={**s.settlement_body(), "currencies": stated}, expect="void:settlement-currencies")
        s.settle(body={**s.settlement_body(), "currencies": [{**both[1], "currency": "TND"}, both[1]]}, expect="void:settlement-sums")
    with ready("settlement-order-of-checks", "the first currency wholly before the second; lines, sums and root in turn") as s:
        s.freeze()
        body = s.settlement_body()
        tnd, usd = body["currencies"]
        bad_usd = {**usd, "lines": 9, "owed": 1, "root": "00" * 32}
        for changes, code in (({"root": "00" * 32}, "settlement-root"), ({"owed": 1, "root": "00" * 32}, "settlement-sums"),
                              ({"lines": 9, "owed": 1}, "settlement-lines"), ({}, "settlement-lines")):
            s.settle(body={**body, "currencies": [{**tnd, **changes}, bad_usd]}, expect=f"void:{code}")
        for changes, code in (({"snapshot": "ab" * 32, "currencies": [bad_usd]}, "settlement-snapshot"),
                              ({"snapshot": "ab" * 32, "previous": "ab" * 32}, "settlement-previous"),
                              ({"currencies": [bad_usd]}, "settlement-currencies")):
            s.settle(body={**body, **changes}, expect=f"void:{code}")


def leaves():
    with ready("settlement-in-the-totals", "the project's leaf names its last valid settlement, from the mark after it on") as s:
        s.freeze()
        s.settle()
        s.mark(TODAY)
        s.snapshot()
        s.mark(TODAY)
        s.snapshot()
    with ready("settlement-then-written", "a settlement writes the sums of its project, between two marks") as s:
        s.freeze()
        s.mark(TODAY)
        s.settle()
    with money("settlement-two-projects", "several projects are frozen at one mark, and settled each for itself") as s:
        first = s.project
        work(s, 1)
        s.income(5)
        second = s.found(pay=rate(2), activities=ONE)
        s.grant(asha, "treasurer")
        s.work(chipo, 4, COMMITS)
        s.income(7)
        s.work(dalila, 9, COMMITS, project=first, charter=first)
        s.closing(project=second)
        s.freeze(project=first)
        s.settle(project=second, USD=[7])
        s.settle(project=second, expect="void:settlement-not-frozen")
        s.mark(TODAY)
        s.settle(project=first, body=s.settlement_body(second), expect="void:settlement-previous")
        s.settle(project=first, USD=[1, 4])
        s.freeze(project=first)
        s.settle(project=first, USD=[0, 0])
    with ready("settlement-empty-pools", "a settlement removes what pools are empty, also of currencies and charters that it does not know") as s:
        s.freeze()
        s.reverse(s.income(5), 5)
        s.reverse(s.income(5, "EUR"), 5)
        s.income(6, "EUR")
        s.amend(pay=SHARE, activities=ONE, notice=0)
        s.reverse(s.income(5), 5)
        s.reverse(s.income(5, "EUR"), 5)
        s.reverse(s.income(5, "KES"), 5)
        s.settle()
        s.freeze()
        s.settle(EUR=[0, 0], KES=[0, 0])
    with ready("settlement-repeated", "the same event again, and after the log was closed") as s:
        s.freeze()
        event = s.event("settlement", s.settlement_body(), [asha], project=s.project)
        s.put(event, "settlement")
        s.put(event, "void:repeated")
        s.freeze()
        s.ledger(closing={})
        s.settle(expect="void:log-closed")


def folds():
    order()
    signers()
    contents()
    leaves()
