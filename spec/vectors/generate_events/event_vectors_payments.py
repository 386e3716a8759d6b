"""The vectors of spec/event.md for payments and claims."""
import base64
import json

import event_check_payments
import event_vectors
import event_vectors_money
from entries import ALIAS, PROJECT, SUBJECTS, asha, b64, baraka, changed, changed_many, chipo, make, mallory, seal
from event_vectors_money import MOST, S3, S5, sixteen_signers, too_large

INSTRUCTED = make("payment", {
    "attempt": 1, "count": 3, "currency": "USD",
    "exchange": {"amount": 105_299, "currency": "KES", "denominator": 100, "numerator": 12_925}, "fee": 25, "first": 7, "gross": 1000,
    "lines": b64(bytes([0b1000_0001, 0b10])), "net": 815, "settlement": SUBJECTS[0], "state": "instructed", "tax": 110,
    "withholding": 1100}, [asha], n=30, project=PROJECT, about=SUBJECTS[:1])
OTHER = changed_many(INSTRUCTED, {f"body.{field}": None for field in ("exchange", "fee", "net", "tax", "withholding")})
STATES = {state: changed(OTHER, "body.state", state) for state in ("failed", "paid", "returned", "unknown")}
PAID = STATES["paid"]
RETURNED = changed(STATES["returned"], "body.reason", "account-closed")
CLAIM = make("claim", {"alias": ALIAS, "key": mallory.did}, [asha, chipo, mallory], n=31, project=PROJECT)


def entry(name, description, source, error, envelope):
    """As in event_vectors, and compared with the check."""
    event = json.loads(base64.b64decode(envelope["payload"]))
    assert event_check_payments.code(event) == error, name
    event_vectors.entry(name, description, source, error, envelope)


def bad(name, description, code, event, source=S5):
    """As in event_vectors; of codes that are not of the body it is known only that the body is right."""
    found = event_check_payments.code(event)
    assert found == code or found is None and source == S3, f"{name}: {found}, not {code}"
    event_vectors.bad(name, description, code, event, source)


def each(kind, event, cases):
    for name, path, value, code in cases:
        bad(f"{kind}-{name}", f"{kind}: {name.replace('-', ' ')}", code, changed(event, f"body.{path}", value))


def orders(kind, event, cases):
    """Two failures, the first of which decides; those of the body come before those of the rest, but for a claim's signers."""
    for name, code, changes in cases:
        found = event_check_payments.code(changed_many(event, changes))
        assert found == code or kind == "claim" and found == "claimant-not-signer", f"{name}: {found}, not {code}"
    event_vectors_money.orders(kind, event, cases)


def good_payments():
    entry("ok-payment-instructed", "lines 7, 14 and 16, with a fee of 25 each, tax and exchange", S5, None, seal(INSTRUCTED))
    for state, event in STATES.items():
        entry(f"ok-payment-{state}", f"a payment that is {state}", S5, None, seal(event))
    for state in ("failed", "returned", "unknown"):
        entry(f"ok-payment-{state}-reason", f"{state}, and why", S5, None, seal(changed(STATES[state], "body.reason", "account-closed")))
    plain = changed_many(INSTRUCTED, {"body.exchange": None, "body.fee": None, "body.tax": None, "body.withholding": None,
                                      "body.net": 1000})
    entry("ok-payment-plain", "instructed as it is", S5, None, seal(plain))
    entry("ok-payment-least", "one line of handle 0, one minor unit", S5, None, seal(changed_many(
        plain, {"body.count": 1, "body.first": 0, "body.gross": 1, "body.net": 1, "body.lines": "AQ==", "about": None})))
    entry("ok-payment-fee-alone", "a fee and no tax", S5, None, seal(changed_many(plain, {"body.fee": 25, "body.net": 925})))
    entry("ok-payment-withholding-without-tax", "withholding that comes to nothing", S5, None,
          seal(changed(plain, "body.withholding", 1)))
    entry("ok-payment-tax-without-withholding", "whether the tax is right is for the fold to say", S5, None,
          seal(changed_many(plain, {"body.tax": 1, "body.net": 999})))
    entry("ok-payment-withholding-all", "10,000 basis points; whether anything is left is for the fold to say", S5, None,
          seal(changed_many(plain, {"body.withholding": 10_000, "body.tax": 999, "body.net": 1})))
    entry("ok-payment-exchange-alone", "an exchange and nothing kept back", S5, None,
          seal(changed(plain, "body.exchange", {"amount": 1, "currency": "JPY", "denominator": MOST, "numerator": 1})))
    entry("ok-payment-exchange-largest", "the largest exchange", S5, None,
          seal(changed(plain, "body.exchange", {"amount": MOST, "currency": "JPY", "denominator": 1, "numerator": MOST})))
    entry("ok-payment-two-signers", "by two", S5, None, seal(changed(INSTRUCTED, "signers", sorted([asha.did, baraka.did]))))
    entry("ok-payment-ends-of-ranges", "the last attempt, the largest handle", S5, None,
          seal(changed_many(RETURNED, {"body.attempt": 99, "body.first": 2**48, "body.gross": MOST})))
    whole = {"body.lines": b64(b"\xff" * 32_768), "body.count": 262_144}
    signers = {"signers": sorted(key.did for key in sixteen_signers())}
    fee = 2**53 // 262_144 - 1
    entry("ok-payment-largest", "262,144 lines, by 16 paymasters, with all that can be said", S5, None, seal(changed_many(INSTRUCTED, {
        **whole, **signers, "body.attempt": 99, "body.fee": fee, "body.first": 2**48, "body.gross": MOST, "body.tax": 100_000,
        "body.net": MOST - 100_000 - fee * 262_144, "body.withholding": 10_000,
        "body.exchange": {"amount": MOST, "currency": "KES", "denominator": MOST, "numerator": MOST}})))


def payment_bitmaps():
    each("payment", PAID, [(f"bitmap-{name}", "lines", value, "payment-bitmap") for name, value in (
        ("empty", ""), ("zero", "AA=="), ("first-bit-clear", b64(b"\x0e")), ("last-byte-zero", b64(b"\x07\x00")),
        ("first-byte-zero", b64(b"\x00\x07")), ("32769-bytes", b64(b"\x07" + b"\x00" * 32_767 + b"\x01")), ("hex", "81-02"), ("space", "gQI= "),
        ("unpadded", "gQI"), ("stray-bits", "gQJ="), ("url-safe", "_w=="), ("padding-first", "=gQI"))])
    each("payment", PAID, (
        ("count-less", "count", 2, "payment-count"), ("count-more", "count", 4, "payment-count"),
        ("count-of-bytes", "lines", b64(b"\x03"), "payment-count"), ("count-all", "lines", b64(b"\xff"), "payment-count"),
        ("lines-type", "lines", [7, 14, 16], "field-type"), ("lines-missing", "lines", None, "field-missing"),
    ))


def payment_fields():
    each("payment", INSTRUCTED, (
        ("attempt-missing", "attempt", None, "field-missing"), ("attempt-type", "attempt", "1", "field-type"),
        ("attempt-zero", "attempt", 0, "integer-range"), ("attempt-100", "attempt", 100, "integer-range"),
        ("count-missing", "count", None, "field-missing"), ("count-type", "count", [], "field-type"),
        ("count-zero", "count", 0, "integer-range"), ("count-262145", "count", 262_145, "integer-range"),
        ("currency-missing", "currency", None, "field-missing"), ("currency-type", "currency", 840, "field-type"),
        ("currency-unknown", "currency", "XAU", "currency"),
        ("exchange-type", "exchange", [], "field-type"),
        ("exchange-amount-missing", "exchange.amount", None, "field-missing"),
        ("exchange-amount-type", "exchange.amount", "1", "field-type"),
        ("exchange-amount-zero", "exchange.amount", 0, "integer-range"),
        ("exchange-currency-missing", "exchange.currency", None, "field-missing"),
        ("exchange-currency-type", "exchange.currency", 1, "field-type"), ("exchange-currency", "exchange.currency", "BTC", "currency"),
        ("exchange-denominator-missing", "exchange.denominator", None, "field-missing"),
        ("exchange-denominator-type", "exchange.denominator", "1", "field-type"),
        ("exchange-denominator-zero", "exchange.denominator", 0, "integer-range"),
        ("exchange-numerator-missing", "exchange.numerator", None, "field-missing"),
        ("exchange-numerator-type", "exchange.numerator", {}, "field-type"),
        ("exchange-numerator-zero", "exchange.numerator", 0, "integer-range"),
        ("exchange-field", "exchange.rate", 129, "field-unknown"),
        ("exchange-same-currency", "exchange.currency", "USD", "payment-exchange"),
        ("fee-type", "fee", "25", "field-type"), ("fee-zero", "fee", 0, "integer-range"),
        ("first-missing", "first", None, "field-missing"), ("first-type", "first", "7", "field-type"),
        ("first-too-large", "first", 2**48 + 1, "integer-range"),
        ("gross-missing", "gross", None, "field-missing"), ("gross-type", "gross", "1000", "field-type"),
        ("gross-zero", "gross", 0, "integer-range"), ("net-type", "net", "815", "field-type"), ("net-zero", "net", 0, "integer-range"),
        ("reason-type", "reason", 1, "field-type"), ("reason-token", "reason", "Account closed", "token"),
        ("settlement-missing", "settlement", None, "field-missing"), ("settlement-type", "settlement", 1, "field-type"),
        ("settlement-short", "settlement", "00" * 31, "hex"), ("settlement-dash", "settlement", "-", "hex"),
        ("state-missing", "state", None, "field-missing"), ("state-type", "state", 1, "field-type"),
        ("state-word", "state", "sent", "word"), ("tax-type", "tax", "110", "field-type"), ("tax-zero", "tax", 0, "integer-range"),
        ("withholding-type", "withholding", "11", "field-type"), ("withholding-zero", "withholding", 0, "integer-range"),
        ("withholding-10001", "withholding", 10_001, "integer-range"), ("field", "iban", "x", "field-unknown"),
    ))
    bad("payment-project-missing", "a payment of no project", "project-missing", changed(INSTRUCTED, "project", None), S3)
    bad("payment-about-empty", "a payment about an empty list", "list-empty", changed(INSTRUCTED, "about", []), S3)
    for name, number in (("gross", '"gross":1000'), ("fee", '"fee":25'), ("net", '"net":815'), ("tax", '"tax":110'),
                         ("exchange-amount", '"amount":105299'), ("exchange-numerator", '"numerator":12925'),
                         ("exchange-denominator", '"denominator":100')):
        too_large(f"payment-{name}-too-large", INSTRUCTED, number)


def payment_terms():
    each("payment", INSTRUCTED, (
        ("net-missing", "net", None, "payment-net"), ("reason-instructed", "reason", "account-closed", "payment-terms"),
        ("unbalanced-gross", "gross", 1001, "payment-unbalanced"), ("unbalanced-net", "net", 814, "payment-unbalanced"),
        ("unbalanced-tax", "tax", 111, "payment-unbalanced"), ("unbalanced-without-tax", "tax", None, "payment-unbalanced"),
        ("unbalanced-fee", "fee", 26, "payment-unbalanced"), ("unbalanced-fee-once", "net", 865, "payment-unbalanced"),
        ("unbalanced-without-fee", "fee", None, "payment-unbalanced"), ("unbalanced-fee-largest", "fee", MOST, "payment-unbalanced"),
    ))
    exchange = INSTRUCTED["body"]["exchange"]
    for state, event in STATES.items():
        each(f"payment-{state}", event, (
            ("net", "net", 1000, "payment-net"), ("exchange", "exchange", exchange, "payment-terms"), ("fee", "fee", 25, "payment-terms"),
            ("tax", "tax", 110, "payment-terms"), ("withholding", "withholding", 1100, "payment-terms")))
    each("payment", PAID, (("reason-paid", "reason", "account-closed", "payment-terms"),))


def payment_order():
    x = "body.exchange."
    empty, clear = {"body.lines": ""}, {"body.lines": b64(b"\x02")}
    orders("payment", INSTRUCTED, (
        ("attempt-count", "integer-range", {"body.attempt": 0, "body.count": "x"}),
        ("count-currency", "integer-range", {"body.count": 0, "body.currency": "x"}),
        ("currency-exchange", "currency", {"body.currency": "x", "body.exchange": 1}),
        ("exchange-amount-currency", "integer-range", {x + "amount": 0, x + "currency": "x"}),
        ("exchange-currency-denominator", "currency", {x + "currency": "x", x + "denominator": 0}),
        ("exchange-denominator-numerator", "integer-range", {x + "denominator": 0, x + "numerator": None}),
        ("exchange-numerator-field", "field-missing", {x + "numerator": None, x + "zeal": 1}),
        ("exchange-field-fee", "field-unknown", {x + "zeal": 1, "body.fee": "x"}),
        ("fee-first", "integer-range", {"body.fee": 0, "body.first": "x"}),
        ("first-gross", "field-type", {"body.first": "x", "body.gross": 0}),
        ("gross-lines", "integer-range", {"body.gross": 0, **empty}),
        ("lines-net", "payment-bitmap", {**empty, "body.net": 0}),
        ("net-lines-lowest-bit", "integer-range", {**clear, "body.net": 0}),
        ("net-reason", "integer-range", {"body.net": 0, "body.reason": 1}),
        ("reason-settlement", "field-type", {"body.reason": 1, "body.settlement": "x"}),
        ("settlement-state", "hex", {"body.settlement": "x", "body.state": 1}),
        ("state-tax", "word", {"body.state": "x", "body.tax": "x"}),
        ("tax-withholding", "integer-range", {"body.tax": 0, "body.withholding": "x"}),
        ("withholding-field", "integer-range", {"body.withholding": 0, "body.zeal": 1}),
        ("field-lowest-bit", "field-unknown", {**clear, "body.zeal": 1}),
        ("lowest-bit-count", "payment-bitmap", {**clear, "body.count": 4}),
        ("count-net", "payment-count", {"body.count": 4, "body.net": None}),
        ("net-terms", "payment-net", {"body.state": "paid"}),
        ("net-reason-instructed", "payment-net", {"body.net": None, "body.reason": "closed"}),
        ("terms-unbalanced", "payment-terms", {"body.reason": "closed", "body.gross": 1}),
        ("unbalanced-exchange", "payment-unbalanced", {"body.gross": 1, x + "currency": "USD"}),
        ("exchange-date", "payment-exchange", {x + "currency": "USD", "date": "never"}),
        ("exchange-project", "payment-exchange", {x + "currency": "USD", "project": None}),
    ))


def claims():
    entry("ok-claim", "a claim with two confirmers", S5, None, seal(CLAIM))
    entry("ok-claim-three", "a claim with three", S5, None,
          seal(changed(CLAIM, "signers", sorted(k.did for k in (asha, baraka, chipo, mallory)))))
    entry("ok-claim-about", "a claim about documents", S5, None, seal(changed(CLAIM, "about", SUBJECTS[:1])))
    each("claim", CLAIM, (
        ("alias-missing", "alias", None, "field-missing"), ("alias-type", "alias", 1, "field-type"),
        ("alias-did", "alias", asha.did, "alias"), ("alias-upper-case", "alias", "alias:mturk:" + "AB" * 32, "alias"),
        ("key-missing", "key", None, "field-missing"), ("key-type", "key", [mallory.did], "field-type"),
        ("key-alias", "key", ALIAS, "did-prefix"), ("field", "name", "x", "field-unknown"),
        ("claimant-not-signer", "key", baraka.did, "claimant-not-signer"),
    ))
    four = (asha, baraka, chipo, mallory)
    for name, signers in (("alone", (mallory,)), ("one-confirmer", (asha, mallory))):
        bad(f"claim-{name}", f"claim: {name.replace('-', ' ')}", "claim-signers",
            changed(CLAIM, "signers", sorted(k.did for k in signers)), S5)
    five = [*four, sixteen_signers()[0]]
    bad("claim-four-confirmers", "claim: four confirmers", "claim-signers", changed(CLAIM, "signers", sorted(k.did for k in five)), S5)
    bad("claim-project-missing", "a claim in no project", "project-missing", changed(CLAIM, "project", None), S3)
    orders("claim", CLAIM, (
        ("alias-key", "alias", {"body.alias": "x", "body.key": "x"}), ("key-field", "did-prefix", {"body.key": "x", "body.zeal": 1}),
        ("date-claimant", "day", {"date": "never", "body.key": baraka.did}),
        ("project-claimant", "project-missing", {"project": None, "body.key": baraka.did}),
        ("field-claimant", "field-unknown", {"note": 1, "body.key": baraka.did}),
        ("claimant-signers", "claimant-not-signer", {"body.key": baraka.did, "signers": sorted([asha.did])}),
    ))


def events():
    good_payments()
    payment_bitmaps()
    payment_fields()
    payment_terms()
    payment_order()
    claims()
