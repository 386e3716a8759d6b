"""Fold vectors: when a payment is valid, and what one that is void leaves: nothing (fold.md §1)."""
from fold_script import COMMITS, alias, asha, baraka, chipo, dalila, mallory
from fold_vectors_income import SHARE, UNKNOWN, money
from fold_vectors_payments import settled

TODAY = "2026-03-01"


def rules(name, description, *args, **how):
    s = settled(name, description, *args, **how)
    s.source = "spec/fold.md §1"
    return s


def signers():
    with rules("payment-not-paymaster", "every signer is a paymaster; a treasurer is none") as s:
        s.pay("instructed", 0, by=[baraka], expect="not-paymaster")
        s.pay("instructed", 0, by=[asha, baraka], expect="not-paymaster")
        s.grant(baraka, "paymaster")
        s.pay("instructed", 0, by=[asha, baraka])
        s.end(asha, "paymaster")
        s.pay("paid", 0, expect="not-paymaster")
        s.pay("paid", 0, by=[baraka])
    with rules("payment-project-unknown", "a payment of no project") as s:
        body = s.payment_body("instructed", (0,))
        s.put(s.event("payment", body, [asha], project=UNKNOWN), "void:project-unknown")
    with rules("payment-paymaster-of-another-project", "a paymaster is one of this project") as s:
        s.grant(chipo, "paymaster")
        body = s.payment_body("instructed", (0,))
        second = s.found(pay=SHARE)
        s.put(s.event("payment", body, [chipo], project=second), "void:not-paymaster")


def settlements():
    with rules("payment-settlement-void", "of a settlement that is void, of no event, of another kind of event", settle=False) as s:
        s.pay("instructed", 0, expect="payment-settlement")
        void = s.settle(by=[baraka], expect="void:not-treasurer")
        s.pay("instructed", 0, settlement=void, expect="payment-settlement")
        s.settle()
        for settlement in (void, UNKNOWN, s.project, s.last_snapshot):
            s.pay("instructed", 0, settlement=settlement, expect="payment-settlement")
        s.pay("instructed", 0)
    with rules("payment-settlement-of-another-project", "of a valid settlement of another project") as s:
        body = s.payment_body("instructed", (0,))
        first, second = s.project, s.found(pay=SHARE)
        for role in ("treasurer", "paymaster"):
            s.grant(asha, role)
        s.put(s.event("payment", body, [asha], project=second), "void:payment-settlement")
        s.put(s.event("payment", body, [asha], project=first), "payment")
    with rules("payment-before-settlement", "between freeze and settlement there is nothing to pay", settle=False) as s:
        s.pay("instructed", 0, settlement=s.last_snapshot, expect="payment-settlement")
        s.settle()
        s.pay("instructed", 0)


def lines():
    with rules("payment-line", "a line that is not there, or with nothing payable", (10, 20, 0, 30), 60_000, enrolment="enrolled",
               members=[alias(n) for n in range(4)]) as s:
        s.pay("instructed", 2, expect="payment-line")
        s.pay("instructed", 4, expect="payment-line")
        s.pay("instructed", 2**48, expect="payment-line")
        s.pay("instructed", 0, 1, 2, 3, expect="payment-line")
        s.pay("instructed", 0, 1, 3, 4, expect="payment-line")
        s.pay("paid", 2, expect="payment-line")
        s.pay("instructed", 0, 1, 3)
    with rules("payment-line-currency", "a line in another currency of the settlement, and in one that it does not have", settle=False) as s:
        s.income(21, "TND")
        s.freeze()
        s.settle()
        s.pay("instructed", 0, currency="KES", expect="payment-line")
        s.pay("instructed", 1, currency="TND")
        s.pay("paid", 1, expect="payment-state")
        s.pay("instructed", 1)
        s.pay("paid", 1)
        s.pay("paid", 1, currency="TND")
    with rules("payment-nothing-of-it", "of a payment in which one line is wrong nothing counts") as s:
        s.pay("instructed", 3)
        s.pay("instructed", *range(6), attempt=1, expect="payment-state")
        for handle in (0, 1, 2, 4, 5):
            s.pay("paid", handle, expect="payment-state")
        s.pay("instructed", 0, 1, 2, 4, 5)
        s.pay("paid", 5)
        s.pay("failed", *range(6), expect="payment-state")
        s.pay("paid", *range(5))
    with rules("payment-twice-in-one-log", "the same payment again is repeated, another like it has nothing to pay") as s:
        event = s.event("payment", s.payment_body("instructed", (0, 1)), [asha], project=s.project)
        s.put(event, "payment")
        s.put(event, "void:repeated")
        s.pay("instructed", 0, 1, attempt=1, expect="payment-state")
        s.ledger(closing={})
        s.pay("paid", 0, expect="log-closed")


def sums():
    with rules("payment-sums", "each sum is that of the lines, in each state") as s:
        s.pay("instructed", 0, 1, gross=29_999, net=29_999, expect="payment-sums")
        s.pay("instructed", 0, 1, gross=30_001, net=30_001, expect="payment-sums")
        s.pay("instructed", 0, 1, withholding=1000, tax=2999, net=27_001, expect="payment-sums")
        s.pay("instructed", 0, 1, withholding=1000, tax=None, net=30_000, expect="payment-sums")
        s.pay("instructed", 0, 1, tax=1, net=29_999, expect="payment-sums")
        s.pay("instructed", 0, 1)
        for state in ("paid", "failed", "unknown", "returned"):
            s.pay(state, 0, 1, gross=29_999, expect="payment-sums")
            s.pay(state, 0, gross=30_000, expect="payment-sums")
        s.pay("paid", 0, 1)
    with rules("payment-order", "signers, settlement, then line by line: line, state, attempt, net, and the sums at last") as s:
        s.pay("instructed", 9, by=[baraka], settlement=UNKNOWN, expect="not-paymaster")
        s.pay("instructed", 9, settlement=UNKNOWN, expect="payment-settlement")
        s.pay("instructed", 2)
        s.pay("instructed", 2, 9, attempt=3, expect="payment-state")
        s.pay("instructed", 1, 2, attempt=3, expect="payment-attempt")
        s.pay("instructed", 1, 2, attempt=1, withholding=10_000, tax=1, net=49_999, expect="payment-net-zero")
        s.pay("paid", 1, 9, expect="payment-state")
        s.pay("paid", 2, 9, attempt=2, expect="payment-attempt")
        s.pay("paid", 2, 9, gross=1, expect="payment-line")
        s.pay("instructed", 0, 9, fee=10_000, gross=20_001, net=1, expect="payment-net-zero")
        s.pay("instructed", 0, 1, fee=10_000, gross=20_001, net=1, expect="payment-net-zero")
        s.pay("instructed", 1, 3, fee=10_000, gross=20_001, net=1, expect="payment-sums")


def disputes():
    with rules("payment-disputed", "a line of an alias in dispute is not instructed; what was instructed is followed") as s:
        for who, role in ((baraka, "reviewer"), (chipo, "advocate"), (dalila, "arbiter")):
            s.grant(who, role)
        s.amend(pay={"claim": 5, "share": "range"}, notice=0)
        s.pay("instructed", 0)
        s.claim(alias(0), mallory, baraka, chipo)
        s.claim(alias(1), mallory, baraka, chipo)
        s.pay("instructed", 1)  # one claim is no dispute
        s.pay("failed", 1)
        s.claim(alias(0), asha, baraka, chipo)
        s.claim(alias(1), asha, baraka, chipo)
        s.claim(alias(2), asha, baraka, chipo)
        s.pay("instructed", 1, expect="payment-disputed")
        s.pay("instructed", 1, attempt=1, expect="payment-attempt")
        s.pay("instructed", 1, 2, 3, attempt=2, expect="payment-disputed")
        s.pay("instructed", 1, withholding=10_000, tax=19_999, net=1, expect="payment-disputed")
        s.pay("paid", 0, 1)
        s.pay("returned", 0, 1)
        s.pay("instructed", 0, expect="payment-disputed")
        s.pay("instructed", 2)
        s.claim(alias(1), asha, baraka, chipo, dalila)
        s.pay("instructed", 1)
        s.pay("instructed", 0, expect="payment-disputed")


def money_tree():
    with money("payment-no-line-no-money", "a settlement with lines of which none has anything payable", pay={"rates": [{"amount": 1, "currency": "USD"}]}) as s:
        s.grant(asha, "paymaster")
        s.work(baraka, 1, COMMITS)
        s.freeze()
        s.settle(USD=[0])
        s.pay("instructed", 0, expect="payment-line")
    with money("payment-two-projects", "each project has its own money tree, and lines of its own") as s:
        projects = []
        for n in range(2):
            if n:
                s.found(pay=SHARE, activities=[(*COMMITS, 1)])
                s.grant(asha, "treasurer")
            s.grant(asha, "paymaster")
            s.work(baraka, 1, COMMITS)
            s.income(100 + n)
            s.freeze()
            s.settle(USD=[100 + n])
            projects.append(s.project)
        for project in projects:
            s.pay("instructed", 0, project=project)
        s.pay("paid", 0, project=projects[1])
        s.mark(TODAY)
        s.pay("failed", 0, project=projects[0])


def folds():
    signers()
    settlements()
    lines()
    sums()
    disputes()
    money_tree()
