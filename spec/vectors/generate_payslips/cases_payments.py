"""Check 18: the payments."""
from cases_good import FAILED, PAID, RETURNED, SENT, UNKNOWN
from files import lie
from generate_totals import sha256
from world import MOST, pay, table, usual


def refused(name, description, *payments, **how):
    lie("payment-" + name, description, "payslip-payment", payments=payments, **how)


def whose():
    refused("other-settlement", "a payment of the settlement before", pay("instructed", 2, settlement=sha256(b"settlement 1").hex()))
    kes = usual(currency="KES")
    refused("other-currency", "a payment of the same line in another currency", pay("instructed", 2, currency="KES"), tables=[kes, usual()])
    refused("not-this-line", "a payment of the lines on both sides of this one", pay("instructed", 0, 3))
    refused("line-below", "a payment of lines above this one", pay("instructed", 3))
    twelve = table(points=[1] * 12, ever=[1] * 12, payout=None)
    refused("line-after-bitmap", "a payment whose bits end before this line", pay("instructed", 0, 2), tables=[twelve], handle=10, ever=[1] * 12)
    refused("line-second-byte", "a payment that has the bit of the line eight before it", pay("instructed", 0, 2, 9), tables=[twelve],
            handle=10, ever=[1] * 12)


def order():
    again = pay("instructed", 2, attempt=2)
    refused("instructed-twice", "instructed twice", SENT, again)
    refused("paid-twice", "paid twice", SENT, PAID, PAID, left_out=1)
    refused("instructed-after-paid", "instructed again after it was paid", SENT, PAID, again, left_out=1)
    refused("instructed-after-unknown", "instructed again while nobody knows", SENT, UNKNOWN, again, left_out=1)
    refused("failed-after-paid", "failed after it was paid", SENT, PAID, FAILED, left_out=1)
    refused("paid-after-returned", "paid after it came back", SENT, RETURNED, PAID, left_out=1)
    refused("returned-after-failed", "returned after it failed", SENT, FAILED, RETURNED, left_out=1)
    refused("attempt-paid-other", "paid in an attempt that was not instructed", SENT, pay("paid", 2, attempt=2))
    refused("attempt-same", "instructed again in the same attempt", FAILED, SENT)
    refused("attempt-skipped", "instructed again in the attempt after the next", FAILED, pay("instructed", 2, attempt=3))
    refused("attempt-back", "returned in an earlier attempt", pay("paid", 2, attempt=3), pay("returned", 2, attempt=2))


def net():
    """All of these events are well-formed by themselves: their sums are of more lines, or lies."""
    gross = usual().tens[2][7]
    refused("net-fee", "the fee is all that is payable", pay("instructed", 2, fee=gross, gross=gross + 1, net=1))
    refused("net-fee-beyond", "the fee is more than what is payable", pay("instructed", 2, fee=gross + 1, gross=gross + 2, net=1))
    refused("net-fee-largest", "the largest fee", pay("instructed", 2, fee=MOST - 1, gross=MOST, net=1))
    refused("net-withholding", "all is withheld", pay("instructed", 2, withholding=10_000, tax=gross - 1, net=1))
    refused("net-tax-and-fee", "tax and fee leave nothing", pay("instructed", 2, withholding=5_000, fee=gross // 2, tax=gross // 2 - 1, net=1))
    refused("net-exchange", "too little in another currency: less than one minor unit",
            pay("instructed", 2, exchange=("JPY", 1, gross + 1)))
    refused("net-nothing-payable", "instructed, though nothing is payable", pay("instructed", 4), handle=4)


def cases():
    whose()
    order()
    net()
