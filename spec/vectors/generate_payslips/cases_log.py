"""Payslips of a whole log that the fold of generate_events accepts: settlements, payments and snapshots are valid there."""
import base64
import copy

import generate_totals as T
from entries import asha, checkpoint, mallory
from files import accept
from fold_script import COMMITS, alias, dalila
from fold_vectors_income import money
from fold import sum_root
from generate_totals import ZERO, b64, sha256, u64
from world import join_lines, line_leaf

DAY = "2026-03-09"
KEY = copy.copy(T.checkpoint)
KEY.private, KEY.public = checkpoint.private, checkpoint.public  # the key that entry 0 names


def log():
    """Two settlements; of the first, line 1 failed, was instructed again and paid; line 0 was paid at once."""
    pay = {"claim": 7, "funds": [{"name": "reserve", "points": 500}, {"name": "tools", "points": 250}], "reserve": "reserve",
           "payouts": [{"currency": "USD", "minimum": 2_000, "unit": 100}], "rates": [{"amount": 3, "currency": "USD"}], "share": "range"}
    s = money("payslip", "", pay=pay, importers=[dalila])
    s.grant(asha, "paymaster")
    s.grant(asha, "contributor")
    for n, quantity in enumerate((40, 25, 1)):
        s.work(dalila, quantity, COMMITS, contributor=alias(n))
    s.income(10_000)
    s.income(2_345, payer=mallory)
    s.freeze()
    s.settle()
    s.pay("instructed", 1, 2, fee=30)
    s.pay("failed", 2, reason="ac04")
    s.pay("paid", 1)
    s.pay("instructed", 2, exchange=("KES", 129_0537, 10_000), withholding=500, fee=30)
    s.pay("paid", 2)
    s.work(dalila, 7, COMMITS, contributor=alias(1))
    s.claim(alias(0), mallory, dalila, asha)
    s.income(1_000, "KES")
    s.income(7_000)
    s.day("2026-03-08")
    s.freeze("2026-03-08")
    s.settle()
    s.pay("instructed", 2, number=2)
    s.day(DAY)
    s.mark(DAY)
    s.snapshot()
    return s


def payslip(s, number, currency, handle):
    """The parts of the payslip of that line."""
    project = s.fold.projects[s.project]
    money, id_ = project.money, bytes.fromhex(s.project)
    settled, freeze = money.settlements[number - 1]
    sheet = freeze.sheets[currency]
    rows = [line_leaf(id_, number, currency, line.handle, line.person, line.ten()) for line in sheet.lines]
    assert T.root(rows, join_lines)[4].hex() == sheet.root(s.project, currency)
    raw = [base64.b64decode(e) for e in s.entries]
    hashes = [sha256(b"\0", e) for e in raw]
    leaves = [sha256(b"\0", id_, u64(i), bytes.fromhex(event)) for i, (event, _) in enumerate(money.decisions)]
    its = [p for p in money.payments if (p.number, p.currency) == (number, currency) and handle in p.handles]
    places = [[event for event, _ in money.decisions].index(settled), *(p.place for p in its)]
    projects = [bytes(s.fold.project_leaf(*item)) for item in s.fold.projects.items()]
    totals = s.fold.totals_leaves(s.project, project)
    points, top = sum_root(totals) if totals else (0, ZERO)
    decisions = [[place, money.decisions[place][1], T.path(place, leaves, T.join)] for place in places]
    shown = sorted({0, len(raw) - 1, *(index for _, index, _ in decisions)})
    line = sheet.lines[handle]
    return {
        "line": [s.project, number, currency, handle, line.person, *line.ten()],
        "path": T.path(handle, rows, join_lines),
        "project": [0, project.in_force, len(totals), points, b64(top), money.last(), len(leaves), b64(money.root(s.project))],
        "project_path": T.path(0, projects, T.join),
        "decisions": decisions,
        "entries": [[i, raw[i], T.path(i, hashes, T.join)] for i in shown],
        "checkpoint": T.signed(len(raw), T.root(hashes, T.join), key=KEY),
        "of": sum(line.points for line in sheet.lines), "states": [p.state for p in its],
    }


def cases():
    s = log()

    def of(name, description, *which):
        accept("ok-log-" + name, description, payslip(s, *which), day=DAY, policy=T.policy(KEY))

    of("first", "a whole log: failed, then again, of the first settlement, while a second is the last", 1, "USD", 2)
    of("second", "a whole log: of the second settlement, instructed", 2, "USD", 2)
    of("other-currency", "a whole log: of the second settlement, in the currency that came in later, without payout", 2, "KES", 0)
