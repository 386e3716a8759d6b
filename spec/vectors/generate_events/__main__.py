#!/usr/bin/env python3
"""Writes spec/vectors/event and spec/vectors/fold after spec/event.md, fold.md, totals.md and settlement.md.

Shares no code with the verifier; fold.py is a second implementation of the fold. Needs the package `cryptography`.
Keys come from fixed seeds, so running it again writes the same bytes. Usage: python3 spec/vectors/generate_events
"""
import sys

sys.dont_write_bytecode = True

import entries  # noqa: E402
import event_vectors  # noqa: E402
import event_vectors_money  # noqa: E402
import event_vectors_more  # noqa: E402
import event_vectors_payments  # noqa: E402
import fold_vectors_claims  # noqa: E402
import fold_vectors_credits  # noqa: E402
import fold_vectors_debts  # noqa: E402
import fold_vectors_income  # noqa: E402
import fold_vectors_log  # noqa: E402
import fold_vectors_money_random  # noqa: E402
import fold_vectors_payment_random  # noqa: E402
import fold_vectors_payment_rules  # noqa: E402
import fold_vectors_payments  # noqa: E402
import fold_vectors_points  # noqa: E402
import fold_vectors_pools  # noqa: E402
import fold_vectors_projects  # noqa: E402
import fold_vectors_random  # noqa: E402
import fold_vectors_reviews  # noqa: E402
import fold_vectors_settlement  # noqa: E402
import fold_vectors_settlement_rules  # noqa: E402
import fold_vectors_state  # noqa: E402
import fold_vectors_totals  # noqa: E402
import fold_vectors_waiting  # noqa: E402
import fold_vectors_work  # noqa: E402

event_vectors.events()
event_vectors_more.events()
event_vectors_money.events()
event_vectors_payments.events()
for part in (fold_vectors_log, fold_vectors_projects, fold_vectors_work, fold_vectors_waiting, fold_vectors_reviews,
             fold_vectors_points, fold_vectors_totals, fold_vectors_random, fold_vectors_state,
             fold_vectors_income, fold_vectors_pools, fold_vectors_settlement, fold_vectors_debts, fold_vectors_credits,
             fold_vectors_settlement_rules, fold_vectors_payments, fold_vectors_payment_rules, fold_vectors_claims,
             fold_vectors_money_random, fold_vectors_payment_random):
    part.folds()
for area in ("event", "fold"):
    for path in (entries.HERE / area).glob("*.json"):
        if path not in entries.written:
            path.unlink()
print(len(entries.written), "vectors")
