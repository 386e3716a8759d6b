"""Money in the fold: income, reversals, closings, freezes and settlements (fold.md §1, settlement.md §2).

As in fold.py nothing is counted along the way. A project keeps its incomes, reversals, valid settlements, payments and claims,
each as it was logged; pools, what is owed, and the most that anybody had are worked out of them each time.
"""
from basics import need, sha256, tree_root, u64
from fold_credits import chain
from settlement import Line, Sheet

MOST_MONEY = 2**53 - 1
MOST_CURRENCIES, MOST_POOLS = 16, 32
NEW, FROZEN, SETTLED = "new", "frozen", "settled"


class Income:
    def __init__(self, currency, amount, charter, freezes, confirmed):
        self.currency, self.amount, self.charter, self.freezes = currency, amount, charter, freezes
        self.confirmed = confirmed  # whether its payer signed
        self.taken_out = 0  # reversed before any freeze
        self.reversed = 0  # in all
        self.state = NEW


class Reversal:
    def __init__(self, currency, amount):
        self.currency, self.amount, self.frozen = currency, amount, False


class Freeze:
    """The sheets of all currencies at a mark, with the sums of points that they were made of."""

    def __init__(self, sheets, points, owed):
        self.sheets, self.points, self.owed = sheets, points, owed
        self.snapshot, self.epoch = None, None


class Money:
    """What one project has."""

    def __init__(self):
        self.incomes = {}  # event id: Income
        self.reversals = []  # that are still to be taken
        self.pools = set()  # (charter, currency) that are listed
        self.closing, self.freezes = False, 0
        self.freeze = None  # that is not settled
        self.settlements = []  # (event id, Freeze)
        self.sheets = {}  # (number, currency): Sheet
        self.decisions = []  # (event id, index): settlements, payments and claims that are valid
        self.payments = []
        self.claims = {}  # alias: [Claim]

    def decide(self, event_id, index):
        """A leaf more in the money tree; its place."""
        self.decisions.append((event_id, index))
        return len(self.decisions) - 1

    def leaves(self, project_id):
        """The leaves of the money tree (settlement.md §5)."""
        return [sha256(b"\x00", bytes.fromhex(project_id), u64(place), bytes.fromhex(event_id))
                for place, (event_id, _) in enumerate(self.decisions)]

    def root(self, project_id):
        return tree_root(self.leaves(project_id))

    def in_dispute(self, person):
        return len(self.claims.get(person, [])) > 1

    def pool(self, charter, currency, states=(NEW, FROZEN), confirmed=(False, True)):
        return sum(i.amount - i.taken_out for i in self.incomes.values()
                   if (i.charter, i.currency) == (charter, currency) and i.state in states and i.confirmed in confirmed)

    def to_take(self, currency, frozen=(False, True)):
        return sum(r.amount for r in self.reversals if r.currency == currency and r.frozen in frozen)

    def ever(self, currency):
        return sum(i.amount for i in self.incomes.values() if i.currency == currency)

    def last(self):
        return self.settlements[-1][0] if self.settlements else None

    def last_sheet(self, currency):
        return self.settlements[-1][1].sheets.get(currency) if self.settlements else None

    def carried(self, currency):
        """(reserve, unallocated) after the last settlement that had the currency."""
        for _, freeze in reversed(self.settlements):
            if currency in freeze.sheets:
                return freeze.sheets[currency].after[1:]
        return 0, 0

    def most_points(self, person):
        return max((f.points.get(person, 0) for _, f in self.settlements), default=0)

    def most_owed(self, person, currency):
        return max((f.owed.get((person, currency), 0) for _, f in self.settlements), default=0)


def rates_of(charter):
    return {rate["currency"]: rate["amount"] for rate in charter.get("pay", {}).get("rates", [])}


def credits(project, charters):
    """Everything that was ever credited: (person, points now, the charter at whose rates they are owed)."""
    for c in project.contributions:
        if c.credited:
            yield c.contributor, c.points(), charters[c.charter][1]
    for person, points, charter in project.earnings:
        yield person, points, charters[charter][1]


def owed(project, charters):
    """{(person, currency): how much they are owed by rate in all}, also where that came down to 0."""
    out = {}
    for person, points, charter in credits(project, charters):
        for currency, rate in rates_of(charter).items():
            out[person, currency] = out.get((person, currency), 0) + points * rate
    return out


def check_credits(project, charters):
    """Points, and what is owed by rate, are the sums over the list of credits."""
    points, by_rate = {}, {}
    for credit in project.credits:
        more = credit.after - credit.before
        points[credit.person] = points.get(credit.person, 0) + more
        for currency, rate in rates_of(charters[credit.charter][1]).items():
            by_rate[credit.person, currency] = by_rate.get((credit.person, currency), 0) + more * rate
    assert by_rate == owed(project, charters)
    assert {**dict.fromkeys(project.handles, 0), **points} == {person: project.points_of(person) for person in project.handles}


def ever_owed(project, charters):
    """{currency: how much was ever owed by rate}: of each change of points what it added."""
    out = {}
    added = [(max(after - before, 0) * c.weight, c.charter) for c in project.contributions if c.credited
             for before, after in c.decisions]
    for points, charter in added + [(points, charter) for _, points, charter in project.earnings]:
        for currency, rate in rates_of(charters[charter][1]).items():
            out[currency] = out.get(currency, 0) + points * rate
    return out


def currencies(project, charters):
    return sorted({i.currency for i in project.money.incomes.values()} | {currency for _, currency in owed(project, charters)})


def has_room(project, charters, gains):
    """Whether what is owed stays in bounds with what is credited: (points, charter) each."""
    all_owed = ever_owed(project, charters)
    for points, charter in gains:
        for currency, rate in rates_of(charters[charter][1]).items():
            all_owed[currency] = all_owed.get(currency, 0) + max(points, 0) * rate
    if max(all_owed.values(), default=0) > MOST_MONEY:
        return False
    return len(set(currencies(project, charters)) | set(all_owed)) <= MOST_CURRENCIES


def freeze(project, charters, order):
    """The freeze of a project; `order` is the place of each charter in the log."""
    money, now = project.money, charters[project.in_force][1]
    points = {person: project.points_of(person) for person in project.handles}
    all_owed = owed(project, charters)
    number, sheets = len(money.settlements) + 1, {}
    for currency in currencies(project, charters):
        of = sorted((charter for charter, its in money.pools if its == currency), key=order.get)
        if of[-1:] != [project.in_force]:
            of.append(project.in_force)
        pools = [(money.pool(charter, currency), charters[charter][1].get("pay", {})) for charter in of]
        earlier = money.last_sheet(currency)
        lines = []
        for handle, person in enumerate(project.handles):
            before = earlier.lines[handle] if earlier and handle < len(earlier.lines) else None
            seen, now_owed = money.most_owed(person, currency), all_owed.get((person, currency), 0)
            line = Line(handle, person, max(points[person] - money.most_points(person), 0), points[person],
                        before.held if before else 0, before.left if before else {}, max(now_owed - seen, 0))
            line.most_points = max(points[person], money.most_points(person))
            line.most_owed = max(now_owed, seen)
            line.disputed = money.in_dispute(person)
            line.credits, line.work = chain(project, person)
            lines.append(line)
        payout = next((p for p in now.get("pay", {}).get("payouts", []) if p["currency"] == currency), None)
        sheets[currency] = Sheet(number, lines, pools, *money.carried(currency), money.to_take(currency), payout)
        sheets[currency].unconfirmed = sum(money.pool(charter, currency, confirmed=(False,)) for charter in of)
        money.sheets[number, currency] = sheets[currency]
    for income in money.incomes.values():
        if income.state == NEW:
            income.state = FROZEN
    for reversal in money.reversals:
        reversal.frozen = True
    money.freezes, money.closing = money.freezes + 1, False
    money.freeze = Freeze(sheets, points, all_owed)
    return money.freeze


def settle(money, event_id):
    """The freeze is settled: its income is spent, of its reversals only those that found no money remain."""
    done = money.freeze
    money.settlements.append((event_id, done))
    money.freeze = None
    for income in money.incomes.values():
        if income.state == FROZEN:
            income.state = SETTLED
    money.pools = {pool for pool in money.pools if money.pool(*pool)}
    money.reversals = [r for r in money.reversals if not r.frozen]
    money.reversals += [Reversal(currency, sheet.still_to_take) for currency, sheet in done.sheets.items() if sheet.still_to_take]


class MoneyRules:
    """The events; a part of fold.Fold."""

    def treasurers(self, project, people):
        need(all((person, "treasurer") in project.roles for person in people), "not-treasurer")

    def on_income(self, event_id, event):
        project, body = self.project_of(event), event["body"]
        money, currency, amount = project.money, body["currency"], body["amount"]
        self.treasurers(project, [s for s in event["signers"] if s != body.get("payer")])
        had = currencies(project, self.charters)
        need(currency in had or len(had) < MOST_CURRENCIES, "income-currencies")
        need(money.ever(currency) + amount <= MOST_MONEY, "income-overflow")
        need((project.in_force, currency) in money.pools or len(money.pools) < MOST_POOLS, "income-pools")
        money.incomes[event_id] = Income(currency, amount, project.in_force, money.freezes, "payer" in body)
        money.pools.add((project.in_force, currency))
        return "income"

    def on_reversal(self, _, event):
        project, body = self.project_of(event), event["body"]
        self.treasurers(project, event["signers"])
        income = project.money.incomes.get(body["income"])
        need(income is not None, "income-unknown")
        need(income.reversed + body["amount"] <= income.amount, "reversal-above-income")
        income.reversed += body["amount"]
        if income.freezes == project.money.freezes:
            income.taken_out += body["amount"]
        else:
            project.money.reversals.append(Reversal(income.currency, body["amount"]))
        return "reversal"

    def on_closing(self, _, event):
        project = self.project_of(event)
        self.treasurers(project, event["signers"])
        need(not project.money.closing, "closing-repeated")
        project.money.closing = True
        return "closing"

    def freeze_all(self):
        """At a mark. The order of projects shows nowhere."""
        self.frozen = [project for project in self.projects.values() if project.money.closing]
        for project in self.frozen:
            freeze(project, self.charters, self.charter_at)

    def name_freezes(self, snapshot):
        for project in self.frozen:
            project.money.freeze.snapshot = snapshot
        self.frozen = []

    def on_settlement(self, event_id, event):
        project, body = self.project_of(event), event["body"]
        money = project.money
        self.treasurers(project, event["signers"])
        need(body.get("previous") == money.last(), "settlement-previous")
        need(money.freeze is not None and money.freeze.snapshot is not None, "settlement-not-frozen")
        need(body["snapshot"] == money.freeze.snapshot, "settlement-snapshot")
        stated, sheets = body["currencies"], money.freeze.sheets
        need([each["currency"] for each in stated] == sorted(sheets), "settlement-currencies")
        for each in stated:
            ours = sheets[each["currency"]].stated(event["project"], each["currency"])
            need(each["lines"] == ours["lines"], "settlement-lines")
            need({**each, "root": ""} == {**ours, "root": ""}, "settlement-sums")
            need(each["root"] == ours["root"], "settlement-root")
        settle(money, event_id)
        money.decide(event_id, self.size)
        return "settlement"
