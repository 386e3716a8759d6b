"""Steps of a script that log payments and claims (a part of fold_script.Script)."""
from entries import asha, b64
from fold_payments import of_line, terms

MOST = 2**53 - 1


def bitmap(handles):
    """(`first`, `lines`) of a payment of these handles."""
    first = min(handles)
    out = bytearray((max(handles) - first) // 8 + 1)
    for handle in handles:
        out[(handle - first) // 8] |= 1 << (handle - first) % 8
    return first, b64(bytes(out))


class PaymentSteps:
    def payment_body(self, state, handles, currency="USD", number=None, project=None, exchange=None, **changes):
        """The payment of these lines of a settlement (the last one, or that number) as it has to be, with changes to its body
        (None: without that field). `exchange` is (currency, numerator, denominator)."""
        money = self.fold.projects[project or self.project].money
        number = number or max(len(money.settlements), 1)
        settlement, freeze = money.settlements[number - 1] if money.settlements else ("00" * 32, None)
        sheet = freeze.sheets.get(currency) if freeze else None
        payable = [sheet.lines[handle].payable if sheet and handle < len(sheet.lines) else 0 for handle in handles]
        before = of_line(money, number, currency, min(handles))
        first, lines = bitmap(handles)
        body = {"attempt": max((before[-1].attempt if before else 0) + (state == "instructed"), 1), "count": len(handles),
                "currency": currency, "first": first, "gross": max(sum(payable), 1), "lines": lines, "settlement": settlement,
                "state": state}
        if state == "instructed":
            body.update({k: v for k, v in changes.items() if k in ("fee", "withholding") and v})
            if exchange:
                body["exchange"] = dict(zip(("currency", "numerator", "denominator"), exchange))
            each = [terms(body, amount) for amount in payable]
            body["tax"] = sum(tax for tax, *_ in each) or None
            body["net"] = body["gross"] - (body["tax"] or 0) - body.get("fee", 0) * len(handles)
            if exchange:
                body["exchange"]["amount"] = max(sum(exchanged for *_, exchanged in each), 1)
        body.update(changes)
        return {k: v for k, v in body.items() if v is not None}

    def pay(self, state, *handles, by=(asha,), expect="payment", project=None, **how):
        """A payment; `expect` may be the code alone of why it is void."""
        body = self.payment_body(state, handles, project=project, **how)
        if isinstance(expect, str) and expect != "payment":
            expect = f"void:{expect}"
        return self.put(self.event("payment", body, by, project=project or self.project), expect)

    def claim(self, alias, key, *confirmers, expect="claim", project=None):
        """A claim; `expect` may be the code alone of why it is void."""
        if isinstance(expect, str) and expect != "claim":
            expect = f"void:{expect}"
        body = {"alias": alias, "key": key.did}
        return self.put(self.event("claim", body, [key, *confirmers], project=project or self.project), expect)
