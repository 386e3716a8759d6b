"""Payments in the fold (fold.md §1, settlement.md §4).

What state a line is in is worked out from the list of all payments each time.
"""
import base64

from basics import need

BASIS = 10_000
# By the state of the event: those after which it may come; None is no payment yet.
BEFORE = {"instructed": (None, "failed", "returned"), "paid": ("instructed", "unknown", "failed"), "failed": ("instructed", "unknown"),
          "unknown": ("instructed",), "returned": ("instructed", "unknown", "paid")}


class Payment:
    def __init__(self, number, body, place):
        self.number, self.currency, self.handles = number, body["currency"], handles(body)
        self.state, self.attempt, self.place = body["state"], body["attempt"], place


def handles(body):
    """The handles that are meant, ascending."""
    bitmap = base64.b64decode(body["lines"])
    return [body["first"] + 8 * at + bit for at, byte in enumerate(bitmap) for bit in range(8) if byte & 1 << bit]


def of_line(money, number, currency, handle):
    """All payments of a line so far."""
    return [p for p in money.payments if (p.number, p.currency) == (number, currency) and handle in p.handles]


def lines_paid(money):
    """{(number, currency, handle): its payments}"""
    out = {}
    for payment in money.payments:
        for handle in payment.handles:
            out.setdefault((payment.number, payment.currency, handle), []).append(payment)
    return out


def terms(body, payable):
    """(tax, net, what is paid with an exchange) of a line; either of the last two may be too little to be paid."""
    tax = payable * body.get("withholding", 0) // BASIS
    net = payable - tax - body.get("fee", 0)
    exchange = body.get("exchange")
    return tax, net, net * exchange["numerator"] // exchange["denominator"] if exchange else None


class PaymentRules:
    """The events; a part of fold.Fold."""

    def on_payment(self, event_id, event):
        project, body = self.project_of(event), event["body"]
        money, state = project.money, body["state"]
        need(all((signer, "paymaster") in project.roles for signer in event["signers"]), "not-paymaster")
        settled = [id_ for id_, _ in money.settlements]
        need(body["settlement"] in settled, "payment-settlement")
        number = settled.index(body["settlement"]) + 1
        sheet = money.settlements[number - 1][1].sheets.get(body["currency"])
        lines, instructed = sheet.lines if sheet else [], state == "instructed"
        gross = tax = net = exchanged = 0
        for handle in handles(body):
            need(handle < len(lines) and lines[handle].payable > 0, "payment-line")
            line, before = lines[handle], of_line(money, number, body["currency"], handle)
            need((before[-1].state if before else None) in BEFORE[state], "payment-state")
            last = before[-1].attempt if before else 0
            need(body["attempt"] == last + instructed, "payment-attempt")
            gross += line.payable
            if not instructed:
                continue
            need(not money.in_dispute(line.person), "payment-disputed")
            its_tax, its_net, its_exchanged = terms(body, line.payable)
            need(its_net >= 1 and (its_exchanged is None or its_exchanged >= 1), "payment-net-zero")
            tax, net, exchanged = tax + its_tax, net + its_net, exchanged + (its_exchanged or 0)
        need(body["gross"] == gross, "payment-sums")
        if instructed:
            need((body.get("tax", 0), body["net"]) == (tax, net), "payment-sums")
            need("exchange" not in body or body["exchange"]["amount"] == exchanged, "payment-sums")
        money.payments.append(Payment(number, body, money.decide(event_id, self.size)))
        return "payment"
