"""Fold vectors: lines of a settlement that are paid, state by state (settlement.md §4). Amounts were worked out by hand."""
from fold_script import COMMITS, alias, asha, baraka, chipo, dalila
from fold_vectors_income import money

STATES = ("instructed", "paid", "failed", "returned", "unknown")
# How a line comes into each state.
WAYS = {"none": (), "instructed": ("instructed",), "paid": ("instructed", "paid"), "failed": ("instructed", "failed"),
        "returned": ("instructed", "returned"), "unknown": ("instructed", "unknown")}
# The table of settlement.md §4.
FOLLOWS = {"none": {"instructed"}, "instructed": {"paid", "failed", "unknown", "returned"}, "paid": {"returned"},
           "failed": {"instructed", "paid"}, "returned": {"instructed"}, "unknown": {"paid", "failed", "returned"}}


def settled(name, description, quantities=(10, 20, 30, 40, 50, 60), income=210_000, settle=True, members=(), **body):
    """A project whose first settlement has a line of 10,000 for handle 0, of 20,000 for 1, and so on: 1,000 a point."""
    s = money(name, description, importers=[dalila], **body)
    s.source = "spec/settlement.md §4"
    s.grant(asha, "paymaster")
    for member in members:
        s.grant(member, "contributor")
    for n, quantity in enumerate(quantities):
        if quantity:
            s.work(dalila, quantity, COMMITS, contributor=alias(n))
    s.income(income)
    s.freeze()
    if settle:
        s.settle()
    return s


def wrong(s, handle, state, **how):
    """The payment with the attempt that it would have if it were allowed."""
    s.pay(state, handle, expect="payment-state", **how)


def transitions():
    for before, way in WAYS.items():
        with settled(f"payment-from-{before}", f"what may follow on {before.replace('none', 'no payment')}, and what may not") as s:
            for handle, state in enumerate(STATES):
                for step in way:
                    s.pay(step, handle)
                if state in FOLLOWS[before]:
                    s.pay(state, handle)
                else:
                    wrong(s, handle, state)
                    if way:
                        wrong(s, handle, state, attempt=2)
    with settled("payment-from-settled-ways", "failed, returned and paid may be come to through unknown, and all of them be instructed again") as s:
        for handle, way in enumerate((("unknown", "failed"), ("unknown", "returned"), ("unknown", "paid", "returned"), ("paid", "returned"),
                                      ("failed", "paid", "returned"), ("unknown", "failed", "paid"))):
            for state in ("instructed", *way):
                s.pay(state, handle)
            s.pay("instructed", handle, expect="payment-state" if way[-1] == "paid" else "payment")


def attempts():
    with settled("payment-attempts", "the first attempt is 1, each instruction is one more, and the rest have the same") as s:
        s.pay("instructed", 0, attempt=2, expect="payment-attempt")
        s.pay("instructed", 0)
        for state in ("paid", "failed", "returned", "unknown"):
            s.pay(state, 0, attempt=2, expect="payment-attempt")
        s.pay("failed", 0)
        s.pay("paid", 0, attempt=2, expect="payment-attempt")
        s.pay("instructed", 0, attempt=1, expect="payment-attempt")
        s.pay("instructed", 0, attempt=3, expect="payment-attempt")
        s.pay("instructed", 0, attempt=2)
        s.pay("unknown", 0, attempt=1, expect="payment-attempt")
        s.pay("unknown", 0, attempt=2)
        s.pay("returned", 0, attempt=2)
        s.pay("instructed", 0, attempt=3)
        s.pay("paid", 0, attempt=3)
    with settled("payment-attempts-of-each-line", "lines in one payment have the same attempt; each is judged by itself") as s:
        s.pay("instructed", 0, 1, 2)
        s.pay("failed", 0, 1, reason="account-closed")
        s.pay("instructed", 0, 1, 2, attempt=2, expect="payment-state")
        s.pay("instructed", 0, 1, 3, attempt=2, expect="payment-attempt")
        s.pay("instructed", 0, 1, attempt=2)
        s.pay("paid", 0, 1, 2, attempt=2, expect="payment-attempt")
        s.pay("paid", 0, 1, attempt=2)
        s.pay("paid", 2, attempt=1)
    with settled("payment-late-success", "an attempt that had failed was paid after all, and is returned") as s:
        for state in ("instructed", "failed", "paid", "returned", "instructed", "unknown", "failed", "paid"):
            s.pay(state, 3)


def amounts():
    with settled("payment-plain", "a payment of all lines as they are, and what the bank says of them") as s:
        s.pay("instructed", *range(6))
        s.pay("paid", 0, 2, 4)
        s.pay("failed", 1, 3, reason="account-closed")
        s.pay("unknown", 5)
        s.pay("paid", 5)
    with settled("payment-withholding", "tax is rounded down for each line, and the sum is that of the lines", (1, 2, 4), 1001 * 7) as s:
        # 1001, 2002, 4004 at 11 %: 110.11, 220.22, 440.44
        s.pay("instructed", 0, 1, 2, withholding=1100, tax=771, net=6236, expect="payment-sums")
        s.pay("instructed", 0, 1, 2, withholding=1100, tax=770, net=6237)
    with settled("payment-withholding-rounded-to-nothing", "tax that comes to nothing is left out", (1, 2, 3), 6) as s:
        s.pay("instructed", 0, 1, 2, withholding=3333, tax=1, net=5, expect="payment-sums")  # 0.33, 0.67, 0.99
        s.pay("instructed", 0, 1, 2, withholding=3333, tax=None, net=6)
    with settled("payment-withholding-least", "at 1 basis point, on the last unit below and on it", (9999, 10_000), 19_999) as s:
        s.pay("instructed", 0, 1, withholding=1, tax=1, net=19_998)
    with settled("payment-fee", "a fee is kept back of each line") as s:
        s.pay("instructed", 0, 1, 2, fee=25, net=59_925)
        s.pay("paid", 0, 1, 2)
    with settled("payment-fee-and-withholding", "tax is of the whole payable, before the fee") as s:
        s.pay("instructed", 0, 1, fee=1000, withholding=2000, tax=6000, net=22_000)
    with settled("payment-exchange", "what is paid is rounded down for each line") as s:
        s.pay("instructed", 0, 1, exchange=("KES", 12_925, 100))
        s.pay("paid", 0, 1)
        s.pay("instructed", 2, 3, exchange=("UGX", 1, 7))
    with settled("payment-exchange-sums", "the exchange's amount is the sum of whole amounts, not the whole of the sum") as s:
        # 13,333.3 and 26,666.7
        body = s.payment_body("instructed", (0, 1), exchange=("KES", 4, 3))
        assert body["exchange"]["amount"] == 39_999
        for amount in (40_000, 39_998):
            other = {**body, "exchange": {**body["exchange"], "amount": amount}}
            s.put(s.event("payment", other, [asha], project=s.project), "void:payment-sums")
        s.put(s.event("payment", body, [asha], project=s.project), "payment")
    with settled("payment-exchange-after-all", "it is the net that is exchanged") as s:
        s.pay("instructed", 0, 1, fee=1, withholding=1000, exchange=("JPY", 3, 2))  # 8,999 and 17,999: 13,498.5 and 26,998.5
        s.pay("returned", 0, 1, reason="account-closed")
        s.pay("instructed", 0, 1, exchange=("JPY", 3, 2))
    with settled("payment-exchange-largest", "no product is too large to be worked out", (1,), 2**53 - 1) as s:
        s.pay("instructed", 0, exchange=("KES", 2**53 - 1, 2**53 - 1))
        s.pay("failed", 0)
        body = s.payment_body("instructed", (0,), exchange=("KES", 2**53 - 1, 1))
        body["exchange"]["amount"] = 2**53 - 1
        s.put(s.event("payment", body, [asha], project=s.project), "void:payment-sums")
        s.pay("instructed", 0, exchange=("KES", 2**53 - 2, 2**53 - 1))
    with settled("payment-net-zero", "net is at least 1 for each line", (1, 100), 101) as s:
        s.pay("instructed", 0, 1, fee=1, net=99, expect="payment-net-zero")
        s.pay("instructed", 0, 1, fee=2, net=97, expect="payment-net-zero")
        s.pay("instructed", 0, 1, withholding=10_000, tax=100, net=1, expect="payment-net-zero")
        s.pay("instructed", 0, 1, fee=100, gross=201, net=1, expect="payment-net-zero")
        s.pay("instructed", 1, fee=99, net=1)
        s.pay("instructed", 0, withholding=9999, net=1)
    with settled("payment-exchange-zero", "so is what is paid in the other currency", (1, 100), 101) as s:
        s.pay("instructed", 0, 1, exchange=("KES", 99, 100), expect="payment-net-zero")
        s.pay("instructed", 1, exchange=("KES", 1, 100))
        s.pay("instructed", 0, exchange=("KES", 1, 1))


def lines():
    with settled("payment-forty", "40 lines in one payment, and every third failed", range(1, 41), 8200) as s:
        s.pay("instructed", *range(40), withholding=777)
        s.pay("failed", *range(0, 40, 3))
        s.pay("paid", *(n for n in range(40) if n % 3))
    with settled("payment-older-settlement", "a line of an older settlement, beside that of the last") as s:
        s.income(210_000)
        s.work(dalila, 7, COMMITS, contributor=alias(9))
        s.work(dalila, 3, COMMITS, contributor=alias(0))
        s.freeze()
        s.pay("instructed", 0, 1)
        s.settle(USD=[63_000, 0, 0, 0, 0, 0, 147_000])
        s.pay("instructed", 0, 6)
        s.pay("instructed", 1, expect="payment-line")
        s.pay("instructed", 1, 2, number=1, attempt=1, expect="payment-state")
        s.pay("instructed", 2, number=1)
        s.pay("paid", 0, 1, 2, number=1)
        s.pay("failed", 0)
        s.pay("instructed", 0, attempt=2)
        s.pay("instructed", 0, number=1, expect="payment-state")
        s.pay("instructed", 6, number=1, expect="payment-line")
    with settled("payment-between", "the state between two marks, after payments of several attempts") as s:
        s.mark("2026-03-01")
        s.pay("instructed", 0, 1, 5)
        s.pay("failed", 5)
        s.pay("instructed", 5)
        s.pay("paid", 1)
    with settled("payment-then-mark", "payments are in the project's leaf from the mark after them on") as s:
        s.mark("2026-03-01")
        s.snapshot()
        s.pay("instructed", 0, 1, 5)
        s.mark("2026-03-01")
        s.snapshot()
        s.mark("2026-03-01")
    for count in (15, 16, 17):
        with settled(f"payment-decisions-{count}", f"{count} decisions in the money tree") as s:
            for n in range(count - 1):
                s.pay(("instructed", "failed")[n % 2], 2)
            s.mark("2026-03-01")
    with settled("payment-of-keys", "contributors with keys of their own", (1, 1)) as s:
        s.work(baraka, 5, COMMITS)
        s.work(chipo, 5, COMMITS)
        s.income(500)
        s.freeze()
        s.settle(USD=[0, 0, 250, 250])
        s.pay("instructed", 2, 3)


def folds():
    transitions()
    attempts()
    amounts()
    lines()
