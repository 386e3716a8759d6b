"""The vectors of spec/event.md for what a charter says of pay, and for income, reversals, closings and settlements."""
from entries import (BY_DID, CHARTER, PROJECT, SUBJECTS, Key, asha, baraka, canonical, changed, changed_many, chipo, make, mallory, seal)
from event_vectors import bad, entry, raw_payload
from settlement import CURRENCIES

S1, S3, S5 = "spec/event.md §1", "spec/event.md §3", "spec/event.md §5"
MOST = 2**53 - 1
PAY = {"claim": 90, "funds": [{"name": "admin", "points": 1000}, {"name": "land", "points": 500}],
       "payouts": [{"currency": "TND", "minimum": 0, "unit": 50}, {"currency": "USD", "minimum": 500, "unit": 100}],
       "rates": [{"amount": 25, "currency": "KES"}, {"amount": 10, "currency": "USD"}], "reserve": "land", "share": "range"}
PAID = changed(CHARTER, "body.pay", PAY)
INCOME = make("income", {"amount": 100_000, "currency": "USD", "payer": chipo.did}, [asha, chipo], n=20, project=PROJECT,
              about=SUBJECTS[:1])
REVERSAL = make("reversal", {"amount": 40, "income": SUBJECTS[0]}, [asha], n=21, project=PROJECT)
CLOSING = make("closing", {}, [asha], n=22, project=PROJECT)
TND = {"after": {"held": 3, "reserve": 0, "unallocated": 7}, "before": {"held": 0, "reserve": 0, "unallocated": 10}, "currency": "TND",
       "income": 0, "lines": 2, "owed": 99, "payable": 0, "reversed": 0, "root": SUBJECTS[1], "unconfirmed": 0}
USD = {"after": {"held": 1, "reserve": 50, "unallocated": 2}, "before": {"held": 5, "reserve": 20, "unallocated": 1}, "currency": "USD",
       "funds": [{"amount": 100, "name": "admin"}, {"amount": 30, "name": "seed"}], "income": 1000, "lines": 2, "owed": 0,
       "payable": 803, "reversed": 40, "root": SUBJECTS[2], "unconfirmed": 400}
SETTLEMENT = make("settlement", {"currencies": [TND, USD], "previous": SUBJECTS[1], "snapshot": SUBJECTS[0]}, [asha, baraka], n=23,
                  project=PROJECT)


def each(kind, event, cases, source=S5):
    for name, path, value, code in cases:
        bad(f"{kind}-{name}", f"{kind}: {name.replace('-', ' ')}", code, changed(event, f"body.{path}", value), source)


def orders(kind, event, cases):
    for name, code, changes in cases:
        bad(f"order-{kind}-{name}", f"order of checks, {kind}: {name.replace('-', ' ')}", code, changed_many(event, changes), S5)


def too_large(name, event, number):
    """One number of the event as 2^53."""
    text = canonical(event).decode()
    assert text.count(number) == 1, number
    signers = [key for key in (asha, baraka, chipo) if key.did in event["signers"]]
    entry(name, "2^53 minor units", S1, "json-integer-too-large",
          raw_payload(text.replace(number, number.split(":")[0] + ":9007199254740992"), signers))


def pay():
    entry("ok-charter-pay", "a charter that says all about pay", S5, None, seal(PAID))
    for name, body in (("share-ever", {"share": "ever"}), ("claim-at-once", {"claim": 0, "share": "ever"}),
                       ("claim-longest", {"claim": 3650, "share": "ever"}), ("rate-least", {"rates": [{"amount": 1, "currency": "UGX"}]}),
                       ("most", {"funds": [{"name": f"f{i:02}{'x' * 29}", "points": 625} for i in range(16)],
                                 "payouts": [{"currency": c, "minimum": MOST, "unit": MOST} for c in CURRENCIES[:16]],
                                 "rates": [{"amount": 2**32 - 1, "currency": c} for c in CURRENCIES[:16]],
                                 "claim": 3650, "reserve": f"f15{'x' * 29}", "share": "ever"}),
                       ("one-fund-of-all", {"funds": [{"name": "all", "points": 10_000}], "reserve": "all", "share": "range"}),
                       ("payout-zero-minimum", {"payouts": [{"currency": "TND", "minimum": 0, "unit": 1}], "share": "range"})):
        entry(f"ok-charter-pay-{name}", f"pay: {name.replace('-', ' ')}", S5, None, seal(changed(CHARTER, "body.pay", body)))
    fund, payout, rate = PAY["funds"][0], PAY["payouts"][0], PAY["rates"][0]
    many = sorted(CURRENCIES)[:17]
    each("charter-pay", PAID, [(name, f"pay{path}", value, code) for name, path, value, code in (
        ("list", "", [], "field-type"), ("nothing", "", {}, "pay-nothing"), ("field", ".bonus", 1, "field-unknown"),
        ("funds-alone", "", {"funds": [fund]}, "pay-nothing"), ("payouts-alone", "", {"payouts": [payout]}, "pay-nothing"),
        ("claim-alone", "", {"claim": 90}, "pay-nothing"), ("claim-type", ".claim", "90", "field-type"),
        ("claim-3651", ".claim", 3651, "integer-range"),
        ("funds-type", ".funds", {}, "field-type"), ("funds-empty", ".funds", [], "list-empty"),
        ("funds-17", ".funds", [{"name": f"f{i:02}", "points": 1} for i in range(17)], "list-too-long"),
        ("funds-unsorted", ".funds", PAY["funds"][::-1], "list-unsorted"),
        ("funds-repeated", ".funds", [fund, {**fund, "points": 1}], "list-repeated"),
        ("fund-not-object", ".funds", ["admin"], "not-an-object"), ("fund-field", ".funds.0.zeal", 1, "field-unknown"),
        ("fund-name-missing", ".funds.0.name", None, "field-missing"), ("fund-name-type", ".funds.0.name", 1, "field-type"),
        ("fund-name-token", ".funds.0.name", "Admin", "token"), ("fund-points-missing", ".funds.0.points", None, "field-missing"),
        ("fund-points-type", ".funds.0.points", "1", "field-type"), ("fund-points-zero", ".funds.0.points", 0, "integer-range"),
        ("fund-points-10001", ".funds.0.points", 10_001, "integer-range"), ("funds-above-all", ".funds.0.points", 9501, "pay-funds"),
        ("payouts-type", ".payouts", "x", "field-type"), ("payouts-empty", ".payouts", [], "list-empty"),
        ("payouts-17", ".payouts", [{**payout, "currency": c} for c in many], "list-too-long"),
        ("payouts-unsorted", ".payouts", PAY["payouts"][::-1], "list-unsorted"),
        ("payouts-repeated", ".payouts", [payout, {**payout, "unit": 1}], "list-repeated"),
        ("payout-not-object", ".payouts", [1], "not-an-object"), ("payout-field", ".payouts.0.zeal", 1, "field-unknown"),
        ("payout-currency-missing", ".payouts.0.currency", None, "field-missing"),
        ("payout-currency-type", ".payouts.0.currency", 788, "field-type"),
        ("payout-currency", ".payouts.0.currency", "XAU", "currency"),
        ("payout-minimum-missing", ".payouts.0.minimum", None, "field-missing"),
        ("payout-minimum-type", ".payouts.0.minimum", "0", "field-type"),
        ("payout-unit-missing", ".payouts.0.unit", None, "field-missing"), ("payout-unit-type", ".payouts.0.unit", [], "field-type"),
        ("payout-unit-zero", ".payouts.0.unit", 0, "integer-range"),
        ("rates-type", ".rates", 1, "field-type"), ("rates-empty", ".rates", [], "list-empty"),
        ("rates-17", ".rates", [{**rate, "currency": c} for c in many], "list-too-long"),
        ("rates-unsorted", ".rates", PAY["rates"][::-1], "list-unsorted"),
        ("rates-repeated", ".rates", [rate, {**rate, "amount": 1}], "list-repeated"),
        ("rate-not-object", ".rates", [[]], "not-an-object"), ("rate-field", ".rates.0.zeal", 1, "field-unknown"),
        ("rate-amount-missing", ".rates.0.amount", None, "field-missing"), ("rate-amount-type", ".rates.0.amount", {}, "field-type"),
        ("rate-amount-zero", ".rates.0.amount", 0, "integer-range"), ("rate-amount-2-32", ".rates.0.amount", 2**32, "integer-range"),
        ("rate-currency-missing", ".rates.0.currency", None, "field-missing"),
        ("rate-currency-type", ".rates.0.currency", {}, "field-type"), ("rate-currency", ".rates.0.currency", "kes", "currency"),
        ("reserve-type", ".reserve", 1, "field-type"), ("reserve-token", ".reserve", "-land", "token"),
        ("reserve-no-fund", ".reserve", "sea", "pay-reserve"), ("reserve-without-funds", ".funds", None, "pay-reserve"),
        ("share-type", ".share", 1, "field-type"), ("share-word", ".share", "equal", "word"),
    )])
    too_large("charter-pay-minimum-too-large", PAID, '"minimum":500')
    orders("charter-pay", PAID, (
        ("notice-pay", "integer-range", {"body.notice": 3651, "body.pay": 1}),
        ("pay-reasons", "field-type", {"body.pay": 1, "body.reasons": []}),
        ("nothing-reasons", "pay-nothing", {"body.pay": {}, "body.reasons": []}),
        ("claim-funds", "integer-range", {"body.pay.claim": 3651, "body.pay.funds": 1}),
        ("funds-payouts", "list-empty", {"body.pay.funds": [], "body.pay.payouts": 1}),
        ("name-points", "token", {"body.pay.funds.0.name": "X", "body.pay.funds.0.points": 0}),
        ("points-field", "integer-range", {"body.pay.funds.0.points": 0, "body.pay.funds.0.zeal": 1}),
        ("field-order", "field-unknown", {"body.pay.funds": [PAY["funds"][1], {**PAY["funds"][0], "zeal": 1}]}),
        ("payouts-rates", "list-empty", {"body.pay.payouts": [], "body.pay.rates": 1}),
        ("currency-minimum", "currency", {"body.pay.payouts.0.currency": "X", "body.pay.payouts.0.minimum": "0"}),
        ("minimum-unit", "field-type", {"body.pay.payouts.0.minimum": "0", "body.pay.payouts.0.unit": 0}),
        ("rates-reserve", "list-empty", {"body.pay.rates": [], "body.pay.reserve": 1}),
        ("amount-currency", "integer-range", {"body.pay.rates.0.amount": 0, "body.pay.rates.0.currency": "X"}),
        ("reserve-share", "token", {"body.pay.reserve": "X", "body.pay.share": "x"}),
        ("share-field", "word", {"body.pay.share": "x", "body.pay.zeal": 1}),
        ("field-funds", "field-unknown", {"body.pay.zeal": 1, "body.pay.funds.0.points": 9501}),
        ("funds-reserve", "pay-funds", {"body.pay.funds.0.points": 9501, "body.pay.reserve": "sea"}),
        ("reserve-nothing", "pay-reserve", {"body.pay.reserve": "sea", "body.pay.rates": None, "body.pay.share": None}),
    ))


def incomes():
    entry("ok-income", "income with its payer's signature", S5, None, seal(INCOME))
    entry("ok-income-least", "the smallest income, by one treasurer", S5, None,
          seal(make("income", {"amount": 1, "currency": "UGX"}, [asha], project=PROJECT)))
    entry("ok-income-largest", "2^53 - 1 minor units", S5, None, seal(changed(INCOME, "body.amount", MOST)))
    two = sorted([asha.did, chipo.did])
    each("income", INCOME, (
        ("amount-missing", "amount", None, "field-missing"), ("amount-type", "amount", "1.00", "field-type"),
        ("amount-zero", "amount", 0, "integer-range"), ("currency-missing", "currency", None, "field-missing"),
        ("currency-type", "currency", 840, "field-type"), ("currency-unknown", "currency", "QQQ", "currency"),
        ("currency-lower-case", "currency", "usd", "currency"), ("currency-empty", "currency", "", "currency"),
        ("currency-too-long", "currency", "USDT", "currency"), ("currency-gold", "currency", "XAU", "currency"),
        ("currency-testing", "currency", "XTS", "currency"), ("currency-fund", "currency", "USN", "currency"),
        ("currency-withdrawn", "currency", "ZWL", "currency"), ("currency-of-later-rules", "currency", "ZZZ", "currency"),
        ("payer-type", "payer", [chipo.did], "field-type"), ("payer-name", "payer", "chipo", "did-prefix"),
        ("payer-not-signer", "payer", mallory.did, "payer-not-signer"), ("field", "note", "x", "field-unknown"),
    ))
    too_large("income-amount-too-large", INCOME, '"amount":100000')
    text = canonical(INCOME).decode()
    for name, number, code in (("float", "1000.00", "json-float"), ("negative", "-1000", "json-negative")):
        entry(f"income-amount-{name}", f"an amount of {number}", S1, code, raw_payload(text.replace(":100000", f":{number}"), [asha, chipo]))
    bad("income-payer-alone", "the payer alone", "payer-alone", changed(INCOME, "signers", [chipo.did]), S5)
    bad("income-project-missing", "income of no project", "project-missing", changed(INCOME, "project", None), S3)
    assert INCOME["signers"] == two
    orders("income", INCOME, (
        ("amount-currency", "integer-range", {"body.amount": 0, "body.currency": "x"}),
        ("currency-payer", "currency", {"body.currency": "x", "body.payer": "x"}),
        ("payer-field", "did-prefix", {"body.payer": "x", "body.note": 1}),
        ("date-payer-not-signer", "day", {"date": "never", "body.payer": mallory.did}),
        ("project-payer-not-signer", "project-missing", {"project": None, "body.payer": mallory.did}),
        ("not-signer-alone", "payer-not-signer", {"body.payer": mallory.did, "signers": [chipo.did]}),
    ))


def reversals_and_closings():
    entry("ok-reversal", "a reversal", S5, None, seal(REVERSAL))
    entry("ok-reversal-two-signers", "a reversal by two", S5, None, seal(changed(REVERSAL, "signers", sorted([asha.did, chipo.did]))))
    each("reversal", REVERSAL, (
        ("amount-missing", "amount", None, "field-missing"), ("amount-type", "amount", [], "field-type"),
        ("amount-zero", "amount", 0, "integer-range"), ("income-missing", "income", None, "field-missing"),
        ("income-type", "income", 1, "field-type"), ("income-short", "income", "00" * 31, "hex"),
        ("income-upper-case", "income", "AB" * 32, "hex"), ("currency", "currency", "USD", "field-unknown"),
    ))
    too_large("reversal-amount-too-large", REVERSAL, '"amount":40')
    bad("reversal-project-missing", "a reversal of no project", "project-missing", changed(REVERSAL, "project", None), S3)
    orders("reversal", REVERSAL, (
        ("amount-income", "integer-range", {"body.amount": 0, "body.income": "x"}),
        ("income-field", "hex", {"body.income": "x", "body.currency": 1}),
    ))
    entry("ok-closing", "a closing", S5, None, seal(CLOSING))
    two = sorted([asha.did, chipo.did])
    bad("closing-two-signers", "a closing by two", "signers-not-one", changed(CLOSING, "signers", two), S3)
    bad("closing-project-missing", "a closing of no project", "project-missing", changed(CLOSING, "project", None), S3)
    each("closing", CLOSING, (("body-field", "date", "2026-03-31", "field-unknown"),))
    bad("closing-body-missing", "a closing without body", "field-missing", changed(CLOSING, "body", None), S3)
    bad("closing-body-list", "a closing whose body is a list", "field-type", changed(CLOSING, "body", []), S3)
    bad("order-closing-project-signers", "the project is judged before the number of signers", "project-missing",
        changed_many(CLOSING, {"project": None, "signers": two}), S3)


def sixteen_signers():
    keys = [Key(f"signer {i}") for i in range(16)]
    BY_DID.update({key.did: key for key in keys})
    return keys


def largest_settlement():
    """All that a valid settlement can say: 16 currencies, 512 funds together, numbers as long as they can be together."""
    long = 10**15
    currencies = sorted(CURRENCIES)[:16]
    body = {"currencies": [], "previous": SUBJECTS[1], "snapshot": SUBJECTS[0]}
    for place, currency in enumerate(currencies):
        funds = [{"amount": long // 5 + i, "name": f"{place:02}{i:02}{'x' * 28}"} for i in range(32)]
        side = {"held": long, "reserve": long, "unallocated": long}
        before = {**side, "unallocated": long + sum(fund["amount"] for fund in funds)}
        body["currencies"].append({"after": side, "before": before, "currency": currency, "funds": funds, "income": 2 * long,
                                   "lines": MOST, "owed": MOST, "payable": long, "reversed": long, "root": SUBJECTS[2],
                                   "unconfirmed": long})
    entry("ok-settlement-largest-entry", "16 currencies with 512 funds, by 16 treasurers, fit an entry", S5, None,
          seal(make("settlement", body, sixteen_signers(), n=24, project=PROJECT)))


def settlements():
    entry("ok-settlement", "a settlement of two currencies", S5, None, seal(SETTLEMENT))
    nothing = {"held": 0, "reserve": 0, "unallocated": 0}
    zero = {"after": nothing, "before": nothing, "income": 0, "lines": 0, "owed": 0, "payable": 0, "reversed": 0, "root": "00" * 32,
            "unconfirmed": 0}
    entry("ok-settlement-first", "without previous, and nothing to settle", S5, None,
          seal(make("settlement", {"currencies": [{**zero, "currency": "UGX"}], "snapshot": SUBJECTS[0]}, [asha], project=PROJECT)))
    all_most = {"held": MOST, "reserve": MOST, "unallocated": MOST}
    entry("ok-settlement-largest", "the largest of all amounts", S5, None, seal(changed(SETTLEMENT, "body.currencies", [
        {"after": all_most, "before": all_most, "currency": "USD", "income": MOST, "lines": MOST, "owed": MOST, "payable": MOST,
         "reversed": 0, "root": SUBJECTS[2], "unconfirmed": MOST}])))
    funds = [{"amount": 1, "name": f"fund-{i:03}"} for i in range(513)]
    entry("ok-settlement-512-funds", "512 funds", S5, None, seal(changed_many(
        SETTLEMENT, {"body.currencies.1.funds": funds[:512], "body.currencies.1.income": 1382})))
    entry("ok-settlement-unconfirmed-all", "no payer signed for any income", S5, None,
          seal(changed(SETTLEMENT, "body.currencies.1.unconfirmed", 1000)))
    largest_settlement()
    entry("ok-settlement-owed-apart", "what is owed is no money that is there", S5, None,
          seal(changed(SETTLEMENT, "body.currencies.1.owed", MOST)))
    listed = sorted(CURRENCIES)
    for start in range(0, len(listed), 16):
        some = listed[start:start + 16]
        entry(f"ok-currencies-{some[0].lower()}-{some[-1].lower()}", f"the currencies from {some[0]} to {some[-1]}", "spec/settlement.md §1",
              None, seal(changed(SETTLEMENT, "body.currencies", [{**zero, "currency": c} for c in some])))
    each("settlement", SETTLEMENT, (
        ("currencies-missing", "currencies", None, "field-missing"), ("currencies-type", "currencies", {}, "field-type"),
        ("currencies-empty", "currencies", [], "list-empty"),
        ("currencies-17", "currencies", [{**zero, "currency": c} for c in listed[:17]], "list-too-long"),
        ("currencies-unsorted", "currencies", [USD, TND], "list-unsorted"), ("currencies-repeated", "currencies", [USD, USD], "list-repeated"),
        ("currency-not-object", "currencies", ["USD"], "not-an-object"),
        ("previous-type", "previous", 1, "field-type"), ("previous-short", "previous", "00", "hex"),
        ("snapshot-missing", "snapshot", None, "field-missing"), ("snapshot-type", "snapshot", [], "field-type"),
        ("snapshot-dash", "snapshot", "-", "hex"), ("field", "number", 1, "field-unknown"),
    ))
    each("settlement", SETTLEMENT, [(name, f"currencies.1.{path}", value, code) for name, path, value, code in (
        *((f"{field}-missing", field, None, "field-missing") for field in USD if field != "funds"),
        *((f"{field}-type", field, "1", "field-type") for field in USD if field not in ("currency", "root")),
        ("currency-type", "currency", 1, "field-type"), ("root-type", "root", 1, "field-type"),
        ("currency-unknown", "currency", "ZZZ", "currency"), ("root-short", "root", "00" * 31, "hex"),
        ("root-upper-case", "root", "AB" * 32, "hex"), ("currency-field", "rate", 1, "field-unknown"),
        *((f"{side}-{field}-missing", f"{side}.{field}", None, "field-missing") for side in ("after", "before") for field in nothing),
        *((f"{side}-{field}-type", f"{side}.{field}", "0", "field-type") for side in ("after", "before") for field in nothing),
        ("after-field", "after.owed", 1, "field-unknown"), ("before-field", "before.owed", 1, "field-unknown"),
        ("after-list", "after", [], "field-type"),
        ("funds-empty", "funds", [], "list-empty"), ("funds-513", "funds", funds, "list-too-long"),
        ("funds-unsorted", "funds", USD["funds"][::-1], "list-unsorted"),
        ("funds-repeated", "funds", [USD["funds"][0]] * 2, "list-repeated"), ("fund-not-object", "funds", ["admin"], "not-an-object"),
        ("fund-amount-missing", "funds.0.amount", None, "field-missing"), ("fund-amount-type", "funds.0.amount", "1", "field-type"),
        ("fund-amount-zero", "funds.0.amount", 0, "integer-range"), ("fund-name-missing", "funds.0.name", None, "field-missing"),
        ("fund-name-type", "funds.0.name", 1, "field-type"), ("fund-name-token", "funds.0.name", "Admin", "token"),
        ("fund-field", "funds.0.points", 1, "field-unknown"),
        ("unconfirmed-above-income", "unconfirmed", 1001, "settlement-unconfirmed"),
        # One cent off, each way and in each place.
        *((f"unbalanced-{field}", field, USD[field] + 1, "settlement-unbalanced") for field in ("income", "payable", "reversed")),
        *((f"unbalanced-{side}-{field}", f"{side}.{field}", USD[side][field] + 1, "settlement-unbalanced")
          for side in ("after", "before") for field in nothing),
        ("unbalanced-fund", "funds.1.amount", 29, "settlement-unbalanced"), ("unbalanced-without-funds", "funds", None, "settlement-unbalanced"),
    )])
    bad("settlement-unbalanced-first", "the first of two currencies does not balance", "settlement-unbalanced",
        changed(SETTLEMENT, "body.currencies.0.income", 1), S5)
    bad("settlement-project-missing", "a settlement of no project", "project-missing", changed(SETTLEMENT, "project", None), S3)
    for name, number in (("income", '"income":1000'), ("payable", '"payable":803'), ("owed", '"owed":99'), ("held", '"held":5'),
                         ("reversed", '"reversed":40'), ("fund", '"amount":100'), ("unconfirmed", '"unconfirmed":400')):
        too_large(f"settlement-{name}-too-large", SETTLEMENT, number)
    first = "body.currencies.0."
    second = "body.currencies.1."
    orders("settlement", SETTLEMENT, (
        ("after-before", "field-missing", {first + "after.held": None, first + "before": 1}),
        ("held-reserve", "field-type", {first + "after.held": "0", first + "after.reserve": None}),
        ("unallocated-field", "field-missing", {first + "after.unallocated": None, first + "after.zeal": 1}),
        ("before-currency", "field-unknown", {first + "before.zeal": 1, first + "currency": "x"}),
        ("currency-funds", "currency", {second + "currency": "x", second + "funds": []}),
        ("funds-income", "list-empty", {second + "funds": [], second + "income": None}),
        ("fund-amount-name", "integer-range", {second + "funds.0.amount": 0, second + "funds.0.name": "X"}),
        ("income-lines", "field-missing", {second + "income": None, second + "lines": "2"}),
        ("lines-owed", "field-type", {second + "lines": "2", second + "owed": None}),
        ("owed-payable", "field-missing", {second + "owed": None, second + "payable": "2"}),
        ("payable-reversed", "field-type", {second + "payable": "2", second + "reversed": None}),
        ("reversed-root", "field-missing", {second + "reversed": None, second + "root": "x"}),
        ("root-unconfirmed", "hex", {second + "root": "x", second + "unconfirmed": None}),
        ("unconfirmed-field", "field-type", {second + "unconfirmed": "0", second + "zeal": 1}),
        ("field-unconfirmed-above", "field-unknown", {second + "unconfirmed": 1001, second + "zeal": 1}),
        ("unconfirmed-unbalanced", "settlement-unconfirmed", {second + "unconfirmed": 1001, second + "payable": 1}),
        ("unbalanced-unconfirmed-next", "settlement-unbalanced", {first + "income": 1, second + "unconfirmed": 1001}),
        ("field-unbalanced", "field-unknown", {second + "income": 999, second + "zeal": 1}),
        ("unbalanced-next-currency", "settlement-unbalanced", {first + "income": 1, second + "root": "x"}),
        ("unbalanced-unsorted", "settlement-unbalanced", {"body.currencies": [USD, {**TND, "income": 1}]}),
        ("unbalanced-previous", "settlement-unbalanced", {second + "income": 999, "body.previous": "x"}),
        ("unsorted-previous", "list-unsorted", {"body.currencies": [USD, TND], "body.previous": "x"}),
        ("previous-snapshot", "hex", {"body.previous": "x", "body.snapshot": 1}),
        ("snapshot-field", "hex", {"body.snapshot": "x", "body.zeal": 1}),
        ("field-date", "field-unknown", {"body.zeal": 1, "date": "never"}),
    ))


def events():
    pay()
    incomes()
    reversals_and_closings()
    settlements()
