"""What a ledger states about the lines of a settlement, and the parts of the payslips that it makes of it.

Lines come from the settlement function of generate_events; trees, logs, snapshots and checkpoints are those of generate_totals.py.
"""
import copy

import event_check_payments
import generate_totals as T
from entries import asha, baraka, canonical, chipo, eid, event_id, make, seal
from fold_payments import terms
from fold_script import dalila
from fold_script_payments import bitmap
from generate_totals import LOG, ZERO, b64, sha256, u64
from settlement import Line, Sheet
from work import AMENDED, NAME, PAY, PROJECT, USUAL, plain

NUMBERS = "points ever held_before owed_before accrued settled share payable held owed".split()
MOST = 2**53 - 1
EVER, POINTS = [5, 0, 11, 7, 2], [2, 0, 6, 7, 1]
PAYOUT = {"currency": "USD", "minimum": 10_000, "unit": 100}


def people_of(ever):
    return [person for person, *_ in T.Project("", ever).people]


def project_id(name=NAME):
    return bytes.fromhex(PROJECT) if name == NAME else sha256(name.encode())


# The tree of lines (settlement.md §3)

def line_leaf(project, number, currency, handle, who, ten, credits, work):
    """(payable, held, points, ever, hash)"""
    return ten[7], ten[8], ten[0], ten[1], sha256(b"\0", project, u64(number), currency.encode(), u64(handle), sha256(who.encode()),
                                                  *map(u64, [*ten, credits]), work)


def node_bytes(node):
    return b"".join(map(u64, node[:4])) + node[4]


def join_lines(left, right):
    """Sums may come round 2^64 in what is hashed: only in lies."""
    return *map(sum, zip(left[:4], right[:4])), sha256(b"\1", node_bytes(left), node_bytes(right))


class Table:
    """The lines of one currency, and what the settlement states about them."""

    def __init__(self, currency, tens, stated, works, number=1):
        self.currency, self.number, self.project, self.works = currency, number, project_id(), list(works)
        self.people = people_of([ten[1] for ten in tens])
        self.tens = [list(ten) for ten in tens]
        self.build()
        self.stated = {**stated, "currency": currency, "root": self.top[4].hex()}

    def build(self):
        self.nodes = [line_leaf(self.project, self.number, self.currency, handle, self.people[handle], ten, work.count(), work.last())
                      for handle, (ten, work) in enumerate(zip(self.tens, self.works))]
        self.top = T.root(self.nodes, join_lines)

    def lie(self, handle=2, node=None, work=None, **numbers):
        """The tree with other numbers or credits in that line (or another node in its place), and the settlement that goes with it."""
        out = copy.deepcopy(self)
        out.works[handle] = work or out.works[handle]
        for name, number in numbers.items():
            out.tens[handle][NUMBERS.index(name)] = number
        out.build()
        for at, other in (node or {}).items():
            out.nodes[at] = other
        out.top = T.root(out.nodes, join_lines)
        return out.restated(payable=out.top[0] % 2**64, held=out.top[1] % 2**64)

    def restated(self, payable, held, **changes):
        """With these sums in the settlement; its income is what they need."""
        out = copy.deepcopy(self)
        s = out.stated
        s["payable"], s["after"]["held"], s["root"] = payable, held, out.top[4].hex()
        goes = payable + s["reversed"] + sum(s["after"].values()) + sum(fund["amount"] for fund in s.get("funds", []))
        if goes < sum(s["before"].values()):
            s["before"] = {"held": 0, "reserve": 0, "unallocated": 0}
        s["income"] = goes - sum(s["before"].values())
        s["unconfirmed"] = min(s["unconfirmed"], s["income"])
        s.update(changes)
        return out


def table(currency="USD", points=POINTS, ever=EVER, held=None, debts=None, accrued=None, income=100_000, pay=PAY, payout=PAYOUT, number=1,
          unconfirmed=0, reserve=0, unallocated=0, reversals=0, disputed=(), works=None):
    """The lines as the settlement function has them; `held`, `debts`, `accrued` and `works` are by handle."""
    people = people_of(ever)
    lines = [Line(handle, person, points[handle], ever[handle], (held or {}).get(handle, 0), (debts or {}).get(handle, {}),
                  (accrued or {}).get(handle, 0)) for handle, person in enumerate(people)]
    for line in lines:
        work = (works or {}).get(line.handle) or plain(line.points, line.ever, line.accrued)
        line.credits, line.work = work.count(), work.last()
        line.chain = work
    for handle in disputed:
        lines[handle].disputed = True
    sheet = Sheet(number, lines, [(income, pay)], reserve, unallocated, reversals, payout)
    sheet.unconfirmed = unconfirmed
    out = Table(currency, [line.ten() for line in lines], sheet.stated(PROJECT, currency), [line.chain for line in lines], number)
    assert out.stated == sheet.stated(PROJECT, currency)
    return out


def usual(number=2, **how):
    if number == 1:
        return table(**{"accrued": {0: 60, 2: 120}, "unconfirmed": 25_000, "works": {2: USUAL}, **how})
    return table(number=number, **{"held": {0: 30, 3: 450, 4: 5}, "debts": {2: {1: 700}, 3: {1: 300}}, "accrued": {0: 60, 2: 120},
                                    "unconfirmed": 25_000, "works": {2: USUAL}, **how})


# Events

def event(kind, body, signers, n, project, log=LOG):
    out = make(kind, body, signers, n, project.hex() if project else None, date=T.DAY, log=log)
    assert event_check_payments.code(out) is None, out
    return out


def pay(state, *handles, attempt=1, currency="USD", exchange=None, log=LOG, project=None, **changes):
    """What makes a payment of these lines, once the settlement is known; `exchange` is (currency, numerator, denominator)."""
    def of(settlement, tables, n):
        lines = tables[currency].tens if currency in tables else []
        payable = [lines[handle][7] if handle < len(lines) else 0 for handle in handles]
        first, bits = bitmap(handles)
        body = {"attempt": attempt, "count": len(handles), "currency": currency, "first": first, "gross": max(sum(payable), 1), "lines": bits,
                "settlement": settlement, "state": state}
        if state == "instructed":
            body.update({k: v for k, v in changes.items() if k in ("fee", "withholding")})
            if exchange:
                body["exchange"] = dict(zip(("currency", "numerator", "denominator"), exchange))
            each = [terms(body, amount) for amount in payable]
            tax = sum(tax for tax, *_ in each)
            body.update({"tax": tax} if tax else {}, net=body["gross"] - tax - body.get("fee", 0) * len(handles))
            if exchange:
                body["exchange"]["amount"] = max(sum(paid for *_, paid in each), 1)
        body.update(changes)
        return event("payment", {k: v for k, v in body.items() if v is not None}, [baraka], n,
                     project_id(project or NAME), log)
    return of


def claim(who, key=asha, confirmers=2, project=NAME, log=LOG):
    """What makes a claim of that alias."""
    signers = [key, *(baraka, chipo, dalila)[:confirmers]]
    return lambda settlement, tables, n: event("claim", {"alias": who, "key": key.did}, signers, n, project_id(project), log)


def instead(kind, body, signers, project=NAME):
    """An event of another kind where a payment is expected; `body` is made of the settlement's id."""
    return lambda settlement, tables, n: event(kind, body(settlement), signers, n, project_id(project) if project else None)


def hidden(count, what=b"other"):
    """Ids of decisions that no file shows."""
    return [sha256(what + b" %d" % i) for i in range(count)]


def earlier(number):
    """Ids of the settlements before that one."""
    return [sha256(b"settlement %d" % n) for n in range(1, number)]


def state(tables=None, currency="USD", handle=2, payments=(), before=None, after=(), left_out=0, first=None, middle=(), later=(), last=None,
          signer=T.ledger, filler=False, others=None, ever=EVER, previous=None, newer=None, claimed=None, settlement=None, log=LOG, of=None,
          claims=(), older=None, logged=40, **lies):
    """The parts of a payslip. The money tree is `before` (without it: the earlier settlements), `claims`, the settlement, `payments` (what
    makes an event, or 32 bytes: an id that is not shown) and `after`; the log is entry 0, `logged` entries that are
    not shown (where work is logged and decided), `middle`, the claims, the settlement, `later`, the payments and the snapshot, with
    `filler` and entries between that are not shown. `left_out` payments are not shown, nor the first `older` credits. `settlement` makes
    the event in its place, `lies` are for the project's leaf."""
    tables = [usual()] if tables is None else tables
    ours = {t.currency: t for t in tables}
    ours_now = ours[currency]
    project = ours_now.project
    body = {"currencies": [t.stated for t in tables], "snapshot": sha256(b"snapshot before").hex()}
    before = earlier(ours_now.number) if before is None else before
    if ours_now.number > 1:
        body["previous"] = (previous or earlier(ours_now.number)[-1]).hex()
    made = settlement(body) if settlement else event("settlement", body, [asha], 1, project_id(of or NAME), log)
    settled = eid(made)
    paid = [p if isinstance(p, bytes) else p(settled, ours, 10 + n) for n, p in enumerate(payments)]
    claimed_before = [c(settled, ours, 50 + n) for n, c in enumerate(claims)]
    ids = [e if isinstance(e, bytes) else bytes.fromhex(eid(e)) for e in (*before, *claimed_before, made, *paid, *after)]
    size, money = T.money_tree(project, *ids)
    leaves = [sha256(b"\0", project, u64(i), decision) for i, decision in enumerate(ids)]
    lies = {name: lie(project, ids) if callable(lie) else lie for name, lie in lies.items()}
    its = T.Project(NAME, ever, project, **{"charter": bytes.fromhex(event_id(AMENDED)), "settlement": newer or bytes.fromhex(settled),
                                            "decisions": size, "money": money, **lies})
    left, right = others or ([T.Project("vu-sound", [4])], [T.Project("empty", [])])
    projects = [p.leaf for p in (*left, its, *right)]
    top = T.root(projects, T.join)
    work = ours_now.works[handle]
    # The log: what is shown, and what is not.
    sealed = lambda e: canonical(seal(e))
    shown = [p for p in paid if not isinstance(p, bytes)][left_out:]
    decisions = [*claimed_before, made, *shown]
    kept = [T.ledger_event() if first is None else first, *middle, *map(sealed, claimed_before), sealed(made), *later, *map(sealed, shown)]
    unseen = [sealed(p) for p in paid if not isinstance(p, bytes)][:left_out]
    last = last or T.snapshot_event(top, len(projects) if claimed is None else claimed, signer)
    place = 2 + len(middle) + len(claims) + len(later)  # where payments begin
    kept_or_not = [(e, True) for e in kept[:place]] + [(e, False) for e in unseen] + [(e, True) for e in kept[place:]]
    entries = [(x, y) for e, is_shown in kept_or_not
                              for x, y in ([(e, is_shown), (b"not shown %d" % len(e), False)] if filler else [(e, is_shown)])] + [(last, True)]
    entries[1:1] = [(b"work %d" % n, False) for n in range(logged)]
    hashes = [sha256(b"\0", e) for e, _ in entries]
    at = {e: i for i, (e, is_shown) in reversed(list(enumerate(entries))) if is_shown}
    return {
        "line": [project.hex(), ours_now.number, currency, handle, ours_now.people[handle], *ours_now.tens[handle], work.count(),
                 b64(work.last())],
        **work.parts(older),
        "path": T.path(handle, ours_now.nodes, join_lines),
        "project": [len(left), its.charter.hex(), its.contributors, its.points, b64(its.totals),
                    "-" if its.settlement == ZERO else its.settlement.hex(), its.decisions, b64(its.money)],
        "project_path": T.path(len(left), projects, T.join),
        "decisions": [[ids.index(bytes.fromhex(eid(e))), at[sealed(e)], T.path(ids.index(bytes.fromhex(eid(e))), leaves, T.join)]
                      for e in decisions],
        "entries": [[i, e, T.path(i, hashes, T.join)] for i, (e, is_shown) in enumerate(entries) if is_shown],
        "checkpoint": T.signed(len(entries), T.root(hashes, T.join)),
        "of": ours_now.top[2], "states": [p["body"]["state"] for p in shown if p["kind"] == "payment"],
        "claimants": [e["body"]["key"] for e in decisions if e["kind"] == "claim"],
    }


def text(parts):
    lines = ["lebombo/payslip@v1", "line " + " ".join(map(str, parts["line"]))]
    lines += ["node " + " ".join(map(str, node[:4])) + " " + b64(node[4]) for node in parts["path"]]
    lines += ["work " + " ".join(map(str, parts["work"]))] + [f"charter {b64(payload)}" for payload in parts["charters"]]
    lines += ["credit " + " ".join(map(str, credit)) for credit in parts["credits"]]
    lines += ["project " + " ".join(map(str, parts["project"]))] + [f"hash {b64(h)}" for h in parts["project_path"]]
    for place, index, hashes in parts["decisions"]:
        lines += [f"decision {place} {index}"] + [f"hash {b64(h)}" for h in hashes]
    for index, entry, hashes in parts["entries"]:
        lines += [f"entry {index} {b64(entry)}"] + [f"hash {b64(h)}" for h in hashes]
    return "\n".join(lines) + "\n\n" + parts["checkpoint"]


def changed(change, **how):
    parts = state(**how)
    change(parts)
    return parts


def put(part, at, value):
    return lambda parts: parts[part].__setitem__(at, value)


def number(name, value):
    """Sets one of the ten numbers of the line."""
    return put("line", 5 + NUMBERS.index(name), value)


def do(*changes):
    return lambda parts: [change(parts) for change in changes] and None
