"""The function of spec/settlement.md §2 for one currency, in exact fractions, and the lines of §3.

It knows no log: fold_money.py gives it what it starts from, and keeps what comes out.
"""
from fractions import Fraction
from math import floor

from basics import ZEROES, sha256, split, u64

WHOLE = 10_000  # basis points
CURRENCIES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK "
    "DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
    "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS "
    "VED VES WST XCD XCG YER ZAR ZMW ZWG "
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF BHD IQD JOD KWD LYD OMR TND CLF UYW").split()


def apportion(amount, weights):
    """The amount by weights after the largest remainders; nothing for anybody where all weights are 0."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, total) for weight in weights]
    shares = [floor(part) for part in exact]
    # `sorted` keeps the order of what is equal: the earlier first.
    for place in sorted(range(len(weights)), key=lambda i: exact[i] - shares[i], reverse=True)[:amount - sum(shares)]:
        shares[place] += 1
    return shares


class Line:
    """One person in one currency; `debts` and later `left` are {range: amount}."""

    def __init__(self, handle, person, points, ever, held_before, debts, accrued):
        self.handle, self.person, self.points, self.ever = handle, person, points, ever
        self.held_before, self.debts, self.accrued = held_before, debts, accrued
        self.left = {}
        self.settled = self.share = self.payable = self.held = 0
        self.most_points = self.most_owed = 0  # seen, by this settlement and all before
        self.disputed = False  # whether their alias is in dispute
        self.credits, self.work = 0, ZEROES  # how many there were at the mark, and the last link

    def ten(self):
        return [self.points, self.ever, self.held_before, sum(self.debts.values()), self.accrued, self.settled, self.share,
                self.payable, self.held, sum(self.left.values())]


class Sheet:
    """What one currency of a project comes to at a mark."""

    def __init__(self, number, lines, pools, reserve, unallocated, reversals, payout):
        """`pools` are (amount, `pay` of the charter or {}), the last of the charter in force; `payout` is None or the object."""
        self.number, self.lines = number, lines
        self.income = sum(amount for amount, _ in pools)
        self.unconfirmed = 0  # as much of it as no payer has signed for
        self.before = (sum(line.held_before for line in lines), reserve, unallocated)
        amounts = [amount for amount, _ in pools]
        # 1: reversals
        taken = min(reversals, reserve)
        reserve, self.reversed = reserve - taken, taken
        for place in range(len(amounts)):
            taken = min(reversals - self.reversed, amounts[place])
            amounts[place] -= taken
            self.reversed += taken
        self.still_to_take = reversals - self.reversed
        # 2: funds
        self.funds, for_people = {}, []
        for amount, (_, pay) in zip(amounts, pools):
            funds = pay.get("funds", [])
            weights = [fund["points"] for fund in funds]
            people, *parts = apportion(amount, [WHOLE - sum(weights), *weights])
            for_people.append(people)
            for fund, part in zip(funds, parts):
                if fund["name"] == pay.get("reserve"):
                    reserve += part
                else:
                    self.funds[fund["name"]] = self.funds.get(fund["name"], 0) + part
        self.funds = {name: amount for name, amount in sorted(self.funds.items()) if amount}
        # 3: what nobody could have
        for_people[-1] += unallocated
        unallocated = 0
        # 4 and 5: debts, then shares, pool by pool
        for line in lines:
            line.left = {**line.debts, number: line.accrued}
        for part, (_, pay) in zip(for_people, pools):
            part = self.pay_debts(part)
            by = {"range": [line.points for line in lines], "ever": [line.ever for line in lines]}.get(pay.get("share"), [])
            shares = apportion(part, by)
            for line, share in zip(lines, shares):
                line.share += share
            unallocated += part - sum(shares)
        # 6: what is paid out
        for line in lines:
            line.left = {range_: amount for range_, amount in sorted(line.left.items()) if amount}
            balance = line.held_before + line.settled + line.share
            unit, least = (payout["unit"], payout["minimum"]) if payout else (1, 0)
            line.payable = balance - balance % unit
            if line.payable < least or line.disputed:
                line.payable = 0
            line.held = balance - line.payable
        self.payable = sum(line.payable for line in lines)
        self.owed = sum(sum(line.left.values()) for line in lines)
        self.after = (sum(line.held for line in lines), reserve, unallocated)
        there = self.income + sum(self.before)
        assert there == self.payable + sum(self.after) + sum(self.funds.values()) + self.reversed

    def pay_debts(self, money):
        """Pays what it can, the oldest range first; what is left of the money."""
        for range_ in sorted({range_ for line in self.lines for range_ in line.left}):
            owed = [line.left.get(range_, 0) for line in self.lines]
            paid = owed if sum(owed) <= money else apportion(money, owed)
            for line, amount in zip(self.lines, paid):
                line.settled += amount
                if range_ in line.left:
                    line.left[range_] -= amount
            money -= sum(paid)
        return money

    def leaves(self, project, currency):
        """(payable, held, points, ever, hash) of each line."""
        return [(line.payable, line.held, line.points, line.ever,
                 sha256(b"\x00", bytes.fromhex(project), u64(self.number), currency.encode(), u64(line.handle),
                        sha256(line.person.encode()), *map(u64, line.ten()), u64(line.credits), line.work))
                for line in self.lines]

    def root(self, project, currency):
        return line_root(self.leaves(project, currency))[-1].hex()

    def stated(self, project, currency):
        """The object for this currency in a settlement event."""
        form = lambda sums: dict(zip(("held", "reserve", "unallocated"), sums))
        out = {"after": form(self.after), "before": form(self.before), "currency": currency, "income": self.income,
               "lines": len(self.lines), "owed": self.owed, "payable": self.payable, "reversed": self.reversed,
               "root": self.root(project, currency), "unconfirmed": self.unconfirmed}
        if self.funds:
            out["funds"] = [{"amount": amount, "name": name} for name, amount in self.funds.items()]
        return out


def node_bytes(node):
    """64 bytes: payable, held, points, ever, hash."""
    return b"".join(map(u64, node[:4])) + node[4]


def line_root(nodes):
    """The node above all."""
    if not nodes:
        return 0, 0, 0, 0, ZEROES
    if len(nodes) == 1:
        return nodes[0]
    k = split(len(nodes))
    left, right = line_root(nodes[:k]), line_root(nodes[k:])
    return *map(sum, zip(left[:4], right[:4])), sha256(b"\x01", node_bytes(left), node_bytes(right))
