"""Payslips of a whole log that the fold of generate_events accepts: settlements, payments, claims and snapshots are valid there."""
import base64
import copy
import itertools
import json

import generate_totals as T
from entries import asha, checkpoint, eid, mallory
from files import accept
from fold import sum_root
from fold_credits import link, of_person
from fold_payments import handles
from fold_script import COMMITS, VERDICTS, alias, chipo, dalila, ekene
from fold_vectors_income import ONE, money
from generate_totals import ZERO, b64, sha256, u64
from world import join_lines, line_leaf

DAY = "2026-03-09"
KEY = copy.copy(T.checkpoint)
KEY.private, KEY.public = checkpoint.private, checkpoint.public  # the key that entry 0 names


def log():
    """Two settlements; of the first, line 2 failed, was instructed again and paid; line 1 was paid at once. Between the two the charter
    was amended, verdicts earned, work was adjusted and an alias claimed."""
    pay = {"claim": 7, "funds": [{"name": "reserve", "points": 500}, {"name": "tools", "points": 250}], "reserve": "reserve",
           "payouts": [{"currency": "USD", "minimum": 2_000, "unit": 100}], "rates": [{"amount": 3, "currency": "USD"}], "share": "range"}
    s = money("payslip", "", pay=pay, importers=[dalila], reviewers=[chipo], arbiters=[ekene])
    s.grant(asha, "paymaster")
    s.grant(asha, "contributor")
    works = [s.work(dalila, quantity, COMMITS, contributor=alias(n)) for n, quantity in enumerate((40, 25, 1))]
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
    s.charter = s.amend(pay={name: value for name, value in pay.items() if name != "rates"}, activities=[*ONE, (*VERDICTS, 2)], notice=0)
    s.review(chipo, "accept", *(s.work(dalila, quantity, contributor=alias(1)) for quantity in (4, 6)))
    s.review(ekene, "adjust", (works[1], "ok", 20))
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


def meant(event, settled, currency, line):
    """Whether it is that settlement, a payment of the line, or a claim of its alias."""
    body = event["body"]
    return (eid(event) == settled or event["kind"] == "claim" and body["alias"] == line.person
            or event["kind"] == "payment" and (body["settlement"], body["currency"]) == (settled, currency) and line.handle in handles(body))


def work(s, number, line, all_of_it):
    """The parts that show the credits of a line: those since the settlement before it, or all."""
    project = s.fold.projects[s.project]
    earlier = [sheet.lines for (n, _), sheet in project.money.sheets.items() if n == number - 1]
    from_ = earlier[0][line.handle].credits if earlier and line.handle < len(earlier[0]) and not all_of_it else 0
    credits, last = of_person(project, line.person)[:line.credits], ZERO
    for credit in credits[:from_]:
        last = link(last, credit.bytes())
    charters = list(dict.fromkeys(credit.charter for credit in credits[from_:]))
    alike = [[len(list(group)), credit] for credit, group in itertools.groupby(
        (charters.index(c.charter), c.index, c.decided, c.before, c.after) for c in credits[from_:])]
    return {"work": [from_, b64(last)], "charters": [s.fold.payloads[charter] for charter in charters],
            "credits": [[*credit, times] for times, credit in alike]}


def payslip(s, number, currency, handle, all_of_it=False):
    """The parts of the payslip of that line."""
    project = s.fold.projects[s.project]
    money, id_ = project.money, bytes.fromhex(s.project)
    settled, freeze = money.settlements[number - 1]
    sheet = freeze.sheets[currency]
    rows = [line_leaf(id_, number, currency, line.handle, line.person, line.ten(), line.credits, line.work) for line in sheet.lines]
    assert T.root(rows, join_lines)[4].hex() == sheet.root(s.project, currency)
    raw = [base64.b64decode(e) for e in s.entries]
    hashes = [sha256(b"\0", e) for e in raw]
    leaves = [sha256(b"\0", id_, u64(i), bytes.fromhex(event)) for i, (event, _) in enumerate(money.decisions)]
    line = sheet.lines[handle]
    events = [json.loads(base64.b64decode(json.loads(raw[index])["payload"])) for _, index in money.decisions]
    its = {place: event for place, event in enumerate(events) if meant(event, settled, currency, line)}
    projects = [bytes(s.fold.project_leaf(*item)) for item in s.fold.projects.items()]
    totals = s.fold.totals_leaves(s.project, project)
    points, top = sum_root(totals) if totals else (0, ZERO)
    decisions = [[place, money.decisions[place][1], T.path(place, leaves, T.join)] for place in its]
    shown = sorted({0, len(raw) - 1, *(index for _, index, _ in decisions)})
    return {
        "line": [s.project, number, currency, handle, line.person, *line.ten(), line.credits, b64(line.work)],
        **work(s, number, line, all_of_it),
        "path": T.path(handle, rows, join_lines),
        "project": [0, project.in_force, len(totals), points, b64(top), money.last(), len(leaves), b64(money.root(s.project))],
        "project_path": T.path(0, projects, T.join),
        "decisions": decisions,
        "entries": [[i, raw[i], T.path(i, hashes, T.join)] for i in shown],
        "checkpoint": T.signed(len(raw), T.root(hashes, T.join), key=KEY),
        "of": sum(line.points for line in sheet.lines),
        "states": [event["body"]["state"] for event in its.values() if event["kind"] == "payment"],
        "claimants": [event["body"]["key"] for event in its.values() if event["kind"] == "claim"],
    }


def cases():
    s = log()

    def of(name, description, *which):  # settlement, currency, handle, whether all credits are listed
        accept("ok-log-" + name, description, payslip(s, *which), day=DAY, policy=T.policy(KEY))

    of("first", "a whole log: failed, then again, of the first settlement, while a second is the last", 1, "USD", 2)
    of("second", "a whole log: of the second settlement, instructed", 2, "USD", 2)
    of("other-currency", "a whole log: of the second settlement, in the currency that came in later, without payout", 2, "KES", 0)
    of("all-credits", "a whole log: of the second settlement, with all credits: two charters, an adjustment of work of the first range", 2,
       "USD", 2, True)
    of("verdicts", "a whole log: of the second settlement, verdicts alone, of one review", 2, "USD", 4)
    of("claim-after", "a whole log: of the first settlement, paid, then the alias was claimed", 1, "USD", 1)
    of("claim-before", "a whole log: of the second settlement, the alias was claimed before it", 2, "USD", 1)
