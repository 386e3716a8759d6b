"""Payslips that are accepted."""
import generate_totals as T
from files import accept
from generate_totals import auditor, ledger, ledger2, ledger_event, policy, sha256
from world import MOST, earlier, hidden, pay, state, table, usual

SENT = pay("instructed", 2)
PAID, FAILED, RETURNED, UNKNOWN = (pay(s, 2) for s in ("paid", "failed", "returned", "unknown"))
CHANGE = ledger_event(ledger2, [ledger, ledger2], 1)


def one():
    """A settlement of one line, the first of its project."""
    return table(points=[4], ever=[4])


def lines():
    accept("ok-stated", "one of five contributors of the second of three projects, in its second settlement", state(filler=True))
    accept("ok-one-contributor", "one contributor of one project, a money tree of one leaf: no path but those of the entries",
           state([one()], handle=0, ever=[4], others=([], [])))
    many = table(points=[(i * 7) % 11 for i in range(300)], ever=[(i * 7) % 11 + i for i in range(300)], income=10_000_000)
    accept("ok-300-contributors", "300 lines, paid together", state([many], handle=299, filler=True, ever=[t[1] for t in many.tens], payments=[
        pay("instructed", *(h for h, t in enumerate(many.tens) if t[7]), fee=25), pay("paid", 250, 299)]))
    accept("ok-first-handle", "handle 0, an alias", state(handle=0))
    accept("ok-last-handle", "the last handle, which goes up two levels as it is; all of its balance is held", state(handle=4))
    accept("ok-zero", "who has nothing has a line too", state(handle=1))
    accept("ok-held-in-dispute", "a line that is held because its alias is in dispute", state([usual(disputed=[2])]))
    short = usual(income=900, unconfirmed=900, accrued={0: 60, 2: 1_200})
    accept("ok-owed", "there was not enough for what is owed by rate: a part is owed on", state([short]))
    accept("ok-owed-nothing-paid", "nothing came in, and all is owed on", state([usual(income=0, unconfirmed=0)]))
    other = usual(currency="KES", income=1_234_567, payout=None, unconfirmed=0, debts={})
    accept("ok-two-currencies", "the second of two currencies", state([other, usual()]))
    accept("ok-two-currencies-other", "the first of two currencies: no payout there, all is payable",
           state([other, usual()], currency="KES", payments=[pay("instructed", 2, currency="KES")]))
    accept("ok-unconfirmed", "no payer has signed for any of the income", state([usual(unconfirmed=100_000)]))
    accept("ok-reversed", "a part of the income was taken back", state([usual(reversals=30_000, reserve=2_000, unallocated=40)]))
    accept("ok-older-settlement", "an older settlement, while a newer is the project's last",
           state(newer=sha256(b"newer"), after=[*hidden(2), sha256(b"newer")], payments=[SENT, PAID]))
    accept("ok-newcomers", "the project has more contributors now than the settlement has lines", state(ever=[5, 0, 11, 7, 2, 4, 9]))
    accept("ok-largest-amounts", "as much money as there can be, for one", state(
        [table(points=[0, 9], ever=[0, 9], income=MOST, pay={"share": "range"}, payout=None)], handle=1, ever=[0, 9],
        payments=[pay("instructed", 1, exchange=("JPY", MOST, MOST), withholding=1), pay("paid", 1)]))
    accept("ok-largest-sums", "points of 2^64 - 1 at the root", state([usual().lie(3, points=2**64 - 10, ever=2**64 - 19)]))
    accept("ok-largest-owed", "what is settled and owed is above 2^64 - 1 together, and so is what it is made of",
           state([usual().lie(owed_before=2**64 - 1, owed=2**64 - 1, accrued=820)]))


def projects():
    accept("ok-first-project", "the first of two projects", state(others=([], [T.Project("empty", [])])))
    accept("ok-last-project", "the last of five projects, which goes up two levels as it is",
           state(others=([T.Project("p%d" % i, [i, 2]) for i in range(4)], []), payments=[SENT]))
    accept("ok-money-1", "a money tree of one leaf", state([usual(number=1)]))
    accept("ok-money-2", "a money tree of two leaves", state([usual(number=1)], payments=[SENT]))
    accept("ok-money-16", "a money tree of 16 leaves", state(before=[*hidden(9), *earlier(2)], payments=[SENT, *hidden(3, b"x"), PAID]))
    accept("ok-money-17", "a money tree of 17 leaves, the last of which goes up four levels as it is",
           state(before=[*hidden(11), *earlier(2)], payments=[SENT, *hidden(2, b"x"), PAID]))
    accept("ok-money-300", "a money tree of 300 leaves", state(before=[*hidden(254), *earlier(2)], payments=[SENT, PAID],
                                                               after=hidden(42, b"later")))


def payments():
    def paid(name, description, *steps, **how):
        accept("ok-paid-" + name, description, state(payments=steps, **how))

    again, paid_2 = pay("instructed", 2, attempt=2), pay("paid", 2, attempt=2)
    accept("ok-instructed", "instructed, and nothing known yet", state(payments=[SENT]))
    paid("once", "instructed and paid", SENT, PAID)
    paid("others-too", "instructed with two others, paid alone, between payments that are not this line's", pay("instructed", 0, 2, 3), *hidden(2), PAID)
    paid("failed", "failed", SENT, pay("failed", 2, reason="ac01"))
    paid("again", "failed, then instructed again and paid", SENT, FAILED, again, paid_2, filler=True)
    paid("after-failed", "failed as it seemed, but paid after all", SENT, FAILED, PAID)
    paid("returned", "paid and returned", SENT, PAID, RETURNED)
    paid("returned-again", "returned before it was known to be paid, then instructed again", SENT, RETURNED, again)
    paid("unknown", "nobody knows what became of it", SENT, UNKNOWN)
    paid("unknown-paid", "unknown, then paid", SENT, UNKNOWN, PAID)
    paid("unknown-returned", "unknown, then returned", SENT, UNKNOWN, RETURNED)
    paid("tax", "with tax", pay("instructed", 2, withholding=1_500))
    paid("fee", "with a fee", pay("instructed", 2, fee=250))
    paid("exchange", "with tax and a fee, in another currency",
         pay("instructed", 0, 2, withholding=333, fee=1, exchange=("KES", 129_0537, 10_000)), PAID)
    paid("net-1", "1 is left of it", pay("instructed", 2, fee=32_199))
    paid("exchange-1", "1 is left of it in another currency", pay("instructed", 2, exchange=("JPY", 1, 32_200)))
    paid("attempt-99", "the last attempt that can be stated, all before left out", pay("instructed", 2, attempt=99))
    paid("left-out-1", "the instruction is left out", SENT, PAID, left_out=1)
    paid("left-out-3", "all but the last attempt is left out", SENT, FAILED, again, paid_2, left_out=2)
    paid("left-out-all", "all payments are left out", SENT, PAID, left_out=2)


def trust():
    one_of_them = ("a.example/1", auditor)
    accept("ok-recomputed", "an auditor cosigned", T.cosigned(state(payments=[SENT]), auditors=[one_of_them]), True,
           policy=policy(auditors=[one_of_them], quorum="auditors"))
    accept("ok-ledger-key-changed", "the ledger key was changed before the settlement, and the new one signs", state(middle=[CHANGE], signer=ledger2))
    accept("ok-ledger-key-changed-later", "the ledger key was changed between settlement and payment",
           state(later=[CHANGE], signer=ledger2, payments=[SENT, PAID], filler=True))


def cases():
    lines()
    projects()
    payments()
    trust()
