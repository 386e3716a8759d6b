"""The state of a project's money, byte for byte (spec/fold.md §3): income, freezes, lines, settlements, payments, claims."""
import fold_money
import settlement
from basics import sha256, tree_root, u8, u32, u64
from entries import public_of
from fold_payments import lines_paid
from fold_state_groups import groups

PAYMENT_STATES = [None, "instructed", "paid", "failed", "returned", "unknown"]
FROZEN = (fold_money.FROZEN,)

unhex = bytes.fromhex


def who(text):
    return sha256(text.encode())


def money_pairs(fold, project_id, project):
    """All pairs; `fold` says when things were and what the charters say."""
    id_, money = unhex(project_id), project.money
    out = {**income_pairs(fold, id_, project), **freeze_pairs(project_id, money), **decision_pairs(id_, project_id, money),
           **claim_pairs(id_, project)}
    if project in fold.frozen:
        out[b"z" + u64(fold.epoch) + id_] = b""
    return out


def income_pairs(fold, id_, project):
    out, money = {}, project.money
    for (person, currency), amount in sorted(fold_money.owed(project, fold.charters).items()):
        key = b"a" + id_ + who(person)
        out[key] = out.get(key, b"") + currency.encode() + u64(amount)
    listed = fold_money.currencies(project, fold.charters)
    if listed or money.freezes:
        ever_owed = fold_money.ever_owed(project, fold.charters)
        out[b"V" + id_] = u64(len(money.settlements)) + u64(money.freezes) + b"".join(
            currency.encode() + u64(money.ever(currency)) + u64(ever_owed.get(currency, 0))
            + b"".join(map(u64, money.carried(currency))) + u64(money.to_take(currency)) + u64(money.to_take(currency, (True,)))
            for currency in listed)
    for charter, currency in money.pools:
        out[b"p" + id_ + u64(fold.charter_at[charter]) + currency.encode()] = unhex(charter) + b"".join(map(u64, (
            money.pool(charter, currency), money.pool(charter, currency, FROZEN),
            money.pool(charter, currency, confirmed=(False,)), money.pool(charter, currency, FROZEN, (False,)))))
    for event_id, i in money.incomes.items():
        out[b"i" + unhex(event_id)] = (id_ + i.currency.encode() + u64(fold.charter_at[i.charter]) + u64(i.amount)
                                       + u64(i.reversed) + u64(i.freezes) + u8(i.confirmed))
    if money.closing:
        out[b"c" + id_] = b""
    return out


def freeze_pairs(project_id, money):
    out, id_ = {}, unhex(project_id)
    if money.freeze:
        out[b"F" + id_] = u64(money.freeze.epoch) + unhex(money.freeze.snapshot or "00" * 32) + b"".join(
            frozen_currency(project_id, *item) for item in sorted(money.freeze.sheets.items()))
    for (number, currency), sheet in money.sheets.items():
        place = id_ + currency.encode() + u64(number)
        for line in sheet.lines:
            out[b"l" + place + u64(line.handle)] = (
                who(line.person) + b"".join(map(u64, [*line.ten(), line.credits])) + line.work
                + u64(line.most_points) + u64(line.most_owed)
                + b"".join(u64(n) for debt in sorted(line.left.items()) for n in debt))
        out.update(groups(b"m" + place, sheet.leaves(project_id, currency), settlement.node_bytes, settlement.line_root))
    return out


def frozen_currency(project_id, currency, sheet):
    numbers = [*sheet.before, *sheet.after, sheet.income, len(sheet.lines), sheet.owed, sheet.payable, sheet.reversed,
               sheet.unconfirmed, sheet.still_to_take]
    return (currency.encode() + b"".join(map(u64, numbers)) + unhex(sheet.root(project_id, currency)) + u32(len(sheet.funds))
            + b"".join(u8(len(name)) + name.encode() + u64(amount) for name, amount in sheet.funds.items()))


def decision_pairs(id_, project_id, money):
    out, places = {}, {event_id: place for place, (event_id, _) in enumerate(money.decisions)}
    for place, (event_id, index) in enumerate(money.decisions):
        out[b"k" + id_ + u64(place)] = unhex(event_id) + u64(index)
    out.update(groups(b"g" + id_, money.leaves(project_id), bytes, tree_root))
    for number, (event_id, _) in enumerate(money.settlements, 1):
        out[b"s" + unhex(event_id)] = id_ + u64(number) + u64(places[event_id])
        out[b"n" + id_ + u64(number)] = unhex(event_id)
    for (number, currency, handle), payments in lines_paid(money).items():
        out[b"y" + id_ + currency.encode() + u64(number) + u64(handle)] = (
            u8(PAYMENT_STATES.index(payments[-1].state)) + u32(payments[-1].attempt) + b"".join(u64(p.place) for p in payments))
    return out


def claim_pairs(id_, project):
    out = {}
    for alias, claims in project.money.claims.items():
        if claims:
            out[b"q" + id_ + who(alias)] = u32(claims[0].day) + b"".join(
                public_of(claim.key) + unhex(claim.event_id) + u64(claim.place) for claim in claims)
    for c in project.contributions:
        if c.taken_id[0] is None:  # imported
            for judge in c.judges:
                out[b"v" + id_ + who(c.contributor) + public_of(judge)] = b""
    return out
