"""The checks of spec/event.md §5 for the bodies of payments and claims, so that the expectations of vectors are compared with them."""
import base64
import re

from basics import Void, need
from settlement import CURRENCIES

MOST = 2**53 - 1


class Fields:
    """The fields of an object, taken one by one in the order of the table."""

    def __init__(self, value):
        need(isinstance(value, dict), "field-type")
        self.value, self.left = value, set(value)

    def take(self, name, check, optional=False, kind=str):
        if name not in self.value and optional:
            return None
        need(name in self.value, "field-missing")
        need(kind is dict or type(self.value[name]) is kind, "field-type")
        self.left.discard(name)
        return check(self.value[name])

    def integer(self, name, least, most, optional=False):
        def check(value):
            need(least <= value <= most, "integer-range")
            return value
        return self.take(name, check, optional, int)

    def text(self, name, pattern, code, optional=False):
        def check(value):
            need(re.fullmatch(pattern, value), code)
            return value
        return self.take(name, check, optional)

    def currency(self):
        def check(value):
            need(value in CURRENCIES, "currency")
            return value
        return self.take("currency", check)

    def end(self):
        need(not self.left, "field-unknown")


def bitmap(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Void("payment-bitmap") from None
    need(base64.b64encode(raw).decode() == text and 1 <= len(raw) <= 32_768, "payment-bitmap")
    return raw


def exchange(value):
    fields = Fields(value)
    fields.integer("amount", 1, MOST)
    currency = fields.currency()
    fields.integer("denominator", 1, MOST)
    fields.integer("numerator", 1, MOST)
    fields.end()
    return currency


def payment(body):
    fields = Fields(body)
    fields.integer("attempt", 1, 99)
    count = fields.integer("count", 1, 262_144)
    currency = fields.currency()
    exchanged = fields.take("exchange", exchange, optional=True, kind=dict)
    fee = fields.integer("fee", 1, MOST, optional=True)
    fields.integer("first", 0, 2**48)
    gross = fields.integer("gross", 1, MOST)
    lines = fields.take("lines", bitmap)
    net = fields.integer("net", 1, MOST, optional=True)
    reason = fields.text("reason", "[a-z0-9][a-z0-9-]{0,31}", "token", optional=True)
    fields.text("settlement", "[0-9a-f]{64}", "hex")
    state = fields.text("state", "failed|instructed|paid|returned|unknown", "word")
    tax = fields.integer("tax", 1, MOST, optional=True)
    withholding = fields.integer("withholding", 1, 10_000, optional=True)
    fields.end()
    need(lines[0] & 1 and lines[-1], "payment-bitmap")
    need(sum(byte.bit_count() for byte in lines) == count, "payment-count")
    instructed = state == "instructed"
    need((net is not None) == instructed, "payment-net")
    need(instructed or (exchanged, fee, tax, withholding) == (None,) * 4, "payment-terms")
    need(reason is None or state not in ("instructed", "paid"), "payment-terms")
    if instructed:
        need(gross == (tax or 0) + (fee or 0) * count + net, "payment-unbalanced")
        need(exchanged != currency, "payment-exchange")


def claim(body, signers):
    fields = Fields(body)
    fields.text("alias", "alias:[a-z0-9][a-z0-9-]{0,31}:[0-9a-f]{64}", "alias")
    key = fields.text("key", "did:key:z.*", "did-prefix")
    fields.end()
    need(key in signers, "claimant-not-signer")
    need(2 <= len(signers) - 1 <= 3, "claim-signers")


def code(event):
    """The code of the rule that the body breaks, or None."""
    try:
        if event["kind"] == "payment":
            payment(event["body"])
        if event["kind"] == "claim":
            claim(event["body"], event["signers"])
    except Void as e:
        return str(e)
    return None
