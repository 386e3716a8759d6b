"""Reads payslips by spec/payslip.md §2, in the plainest way: all the checks that fail, in their order.

Of notes, policies and events only what these vectors need is checked, and every failure there has the code "elsewhere".
"""
import base64
import json
import re

import event_check_payments
import fold_payments
import generate_totals as T
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from entries import event_id, public_of
from fold import Fold
from generate_totals import sha256, u64
from reader_work import Chain, Failed, need
from settlement import CURRENCIES
from world import NUMBERS, join_lines, line_leaf

MOST = 2**64 - 1
PERSON = r"did:key:z[1-9A-HJ-NP-Za-km-z]+|alias:[a-z0-9][a-z0-9-]{0,31}:[0-9a-f]{64}"


def decimal(text):
    need(re.fullmatch("0|[1-9][0-9]*", text, re.ASCII) and int(text) <= MOST, "payslip-line")
    return int(text)


def base(text):
    try:
        out = base64.b64decode(text, validate=True)
    except ValueError:
        raise Failed("payslip-line") from None
    need(base64.b64encode(out).decode() == text, "payslip-line")
    return out


def digest(text):
    out = base(text)
    need(len(out) == 32, "payslip-line")
    return out


def entry_bytes(text):
    out = base(text)
    need(1 <= len(out) <= 65_535, "payslip-line")
    return out


def times(text):
    need(1 <= decimal(text) <= 726, "payslip-line")
    return int(text)


def form(pattern):
    def check(text):
        need(re.fullmatch(pattern, text), "payslip-line")
        return text
    return check


def currency(text):
    need(text in CURRENCIES, "payslip-line")
    return text


def settlement(text):
    need(text == "-" or re.fullmatch("[0-9a-f]{64}", text) and text != "0" * 64, "payslip-line")
    return T.ZERO if text == "-" else bytes.fromhex(text)


HEX = form("[0-9a-f]{64}")
KINDS = {
    "line": [HEX, decimal, currency, decimal, form(PERSON), *[decimal] * 11, digest],
    "node": [*[decimal] * 4, digest],
    "work": [decimal, digest],
    "charter": [entry_bytes],
    "credit": [*[decimal] * 5, times],
    "project": [decimal, HEX, decimal, decimal, digest, settlement, decimal, digest],
    "hash": [digest],
    "decision": [decimal, decimal],
    "entry": [decimal, entry_bytes],
}
AFTER = {"start": ["line"], "line": ["node", "work"], "node": ["node", "work"], "work": ["charter", "credit", "project"],
         "charter": ["charter", "credit", "project"], "credit": ["credit", "project"], "project": ["hash", "decision"],
         "decision": ["hash", "decision", "entry", "end"], "entry": ["hash", "entry", "end"]}


def parse(raw):
    need(len(raw) <= 2**20, "payslip-too-large")
    header = b"lebombo/payslip@v1\n"
    need(raw.startswith(header), "payslip-not-a-payslip")
    rest, where, out = raw[len(header):], "start", {kind: [] for kind in ("node", "charter", "credit", "hash", "decision", "entry")}
    hashes = None
    while True:
        line, newline, rest = rest.partition(b"\n")
        need(newline and line.isascii(), "payslip-line")
        kind, *fields = line.decode().split(" ")
        kind = kind if line else "end"
        need(kind in AFTER[where], "payslip-line")
        if kind == "end":
            return out, rest
        need(len(fields) == len(KINDS[kind]), "payslip-line")
        values = [check(field) for check, field in zip(KINDS[kind], fields)]
        if kind == "hash":
            hashes.append(values[0])
            continue
        where = kind
        if kind in ("line", "work", "project"):
            out[kind] = values
        else:
            out[kind].append(values)
        hashes = out["hash"] if kind == "project" else []
        if kind in ("decision", "entry"):
            values.append(hashes)


def checkpoint(raw, policy):
    """(origin, size, root), if the first log of the policy signed it."""
    text, _, signatures = raw.decode().rpartition("\n\n")
    need(text and signatures.endswith("\n"), "elsewhere")
    text += "\n"
    origin, size, top = text.split("\n")[:3]
    vkey = base64.b64decode(policy.split("\n")[0].split("+", 2)[2])
    name = policy.split("\n")[0].split(" ")[1].split("+")[0]
    line = next((l for l in signatures.splitlines() if l.startswith(f"— {origin} ")), "")
    need(name == origin and line, "elsewhere")
    signature = base64.b64decode(line.split(" ")[2])
    need(signature[:4] == sha256(name.encode(), b"\n", vkey)[:4], "elsewhere")
    verify(vkey[1:], signature[4:], text.encode())
    if "quorum auditors" in policy:
        need(signatures.count("\n") > 1, "elsewhere")
    return origin, int(size), base64.b64decode(top)


def verify(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        raise Failed("elsewhere") from None


def sides(i, n):
    """On which side the siblings of leaf i of n are, upwards."""
    out, last = [], n - 1
    while last:
        if i % 2:
            out.append("left")
        elif i < last:
            out.append("right")
        i, last = i // 2, last // 2
    return out


def up(leaf, i, n, hashes, join):
    for side, other in zip(sides(i, n), hashes):
        leaf = join(other, leaf) if side == "left" else join(leaf, other)
    return leaf


def read_event(raw):
    try:
        envelope = json.loads(raw)
    except ValueError:
        raise Failed("elsewhere") from None
    payload = base64.b64decode(envelope["payload"])
    event = json.loads(payload)
    need([s["keyid"] for s in envelope["signatures"]] == event["signers"], "elsewhere")
    for s in envelope["signatures"]:
        verify(public_of(s["keyid"]), base64.b64decode(s["sig"]), T.pae(payload))
    need(event_check_payments.code(event) is None, "elsewhere")
    for each in event["body"]["currencies"] if event["kind"] == "settlement" else []:
        numbers = [each[k] for k in ("income", "lines", "owed", "payable", "reversed", "unconfirmed")]
        numbers += [*each["before"].values(), *each["after"].values()]
        need(all(0 <= n < 2**53 for n in numbers), "elsewhere")
        need(each["unconfirmed"] <= each["income"], "elsewhere")
        need(each["income"] + sum(each["before"].values()) == each["payable"] + each["reversed"] + sum(each["after"].values())
             + sum(f["amount"] for f in each.get("funds", [])), "elsewhere")
    event["event_id"] = event_id(payload)
    return event


class Reader:
    def __init__(self, text, policy):
        self.failed = []
        try:
            self.parts, note = parse(text.encode())
            self.origin, self.size, self.root = checkpoint(note, policy)
        except Failed as e:
            self.failed.append(str(e))
            return
        self.project, self.number, self.currency, self.handle, self.person, *self.ten, self.credits, self.work = self.parts["line"]
        self.decisions, self.entries = self.parts["decision"], self.parts["entry"]
        self.holds(self.ascend)
        # What comes after these needs what they have read.
        if all(map(self.holds, (self.statement, self.decided, self.settles))):
            for check in (self.line, self.balanced, *self.chain(), self.payments, self.money, self.stated):
                self.holds(check)

    def holds(self, check):
        try:
            check()
        except Failed as e:
            self.failed.append(str(e))
            return False
        return True

    def ascend(self):
        for before, after in zip(self.decisions, self.decisions[1:]):
            need(before[0] < after[0] and before[1] < after[1], "payslip-decisions")

    def statement(self):
        indices = [index for index, *_ in self.entries]
        need(indices and indices[0] == 0 and sorted(set(indices)) == indices, "statement-entries")
        need(indices[-1] == self.size - 1 != 0, "statement-entries")
        self.events, fold, of_decisions = {}, Fold(), {index for _, index, _ in self.decisions}
        for index, entry, hashes in self.entries:
            need(len(hashes) == len(sides(index, self.size)), "inclusion-wrong-length")
            need(up(sha256(b"\0", entry), index, self.size, hashes, T.join) == self.root, "inclusion-root-mismatch")
            event = self.events[index] = read_event(entry)
            if index == self.size - 1:
                need(event["kind"] == "snapshot" and event["log"] == self.origin, "statement-snapshot")
                need(event["signers"] == [fold.constitution["key"]], "statement-snapshot")
                self.snapshot = event["body"]
            elif index == 0 or index not in of_decisions:
                need(event["kind"] == "ledger" and event["log"] == self.origin and "closing" not in event["body"], "statement-ledger")
                need(fold.apply(event["event_id"], event) == "ledger", "statement-ledger")

    def decided(self):
        self.decided_events, self.settlement = [], None
        for _, index, _ in self.decisions:
            need(index in self.events and index != self.size - 1, "payslip-decision")
            event = self.events[index]
            need(event["log"] == self.origin and event.get("project") == self.project, "payslip-decision")
            if event["kind"] == "settlement":
                need(self.settlement is None, "payslip-decision")
                self.settlement, self.settled_at = event, index
            elif event["kind"] == "payment":
                need(self.settlement is not None, "payslip-decision")
            else:
                need(event["kind"] == "claim" and event["body"]["alias"] == self.person, "payslip-decision")
            self.decided_events.append(event)
        need(self.settlement is not None, "payslip-decision")

    def settles(self):
        its = [each for each in self.settlement["body"]["currencies"] if each["currency"] == self.currency]
        need(its, "payslip-currency")
        self.settled = its[0]

    def line(self):
        need(self.handle < self.settled["lines"], "payslip-path")
        need(len(self.parts["node"]) == len(sides(self.handle, self.settled["lines"])), "payslip-path")
        node = line_leaf(bytes.fromhex(self.project), self.number, self.currency, self.handle, self.person, self.ten,
                         self.credits, self.work)
        reached = []

        def join(left, right):
            out = join_lines(left, right)
            reached.append(out)
            return out
        top = up(node, self.handle, self.settled["lines"], self.parts["node"], join)
        self.of = top[2]
        if not all(n <= MOST for each in reached for n in each[:4]) \
                or (top[0], top[1]) != (self.settled["payable"], self.settled["after"]["held"]):
            self.failed.append("payslip-sums")
            # What came round is what a tree over it hashed.
        need(top[4].hex() == self.settled["root"], "payslip-root")

    def balanced(self):
        n = dict(zip(NUMBERS, self.ten))
        need(n["payable"] + n["held"] == n["held_before"] + n["settled"] + n["share"], "payslip-unbalanced")
        need(n["settled"] + n["owed"] == n["owed_before"] + n["accrued"], "payslip-unbalanced")

    def chain(self):
        parts = self.parts
        chain = Chain(self.origin, self.project, self.settled_at, self.currency, dict(zip(NUMBERS, self.ten)), self.credits, self.work,
                      *parts["work"], [raw for raw, in parts["charter"]], parts["credit"])
        return chain.charters, chain.whole, chain.linked, chain.points

    def payments(self):
        before = None
        for event in self.decided_events:
            if event["kind"] != "payment":
                continue
            body = event["body"]
            need(body["settlement"] == self.settlement["event_id"], "payslip-payment")
            need(body["currency"] == self.currency and self.handle in fold_payments.handles(body), "payslip-payment")
            instructed = body["state"] == "instructed"
            if before:
                need(before["state"] in fold_payments.BEFORE[body["state"]], "payslip-payment")
                need(body["attempt"] == before["attempt"] + instructed, "payslip-payment")
            if instructed:
                _, net, exchanged = fold_payments.terms(body, self.ten[7])
                need(net >= 1 and (exchanged is None or exchanged >= 1), "payslip-payment")
            before = body

    def money(self):
        *_, size, money = self.parts["project"]
        failed = []
        for (place, _, hashes), event in zip(self.decisions, self.decided_events):
            need(place < size and len(hashes) == len(sides(place, size)), "payslip-decision-path")
            leaf = sha256(b"\0", bytes.fromhex(self.project), u64(place), bytes.fromhex(event["event_id"]))
            failed.append(up(leaf, place, size, hashes, T.join) != money)
        need(not any(failed), "payslip-decision-root")

    def stated(self):
        number, charter, contributors, points, totals, last, size, money = self.parts["project"]
        projects = self.snapshot["projects"]
        need(number < projects and len(self.parts["hash"]) == len(sides(number, projects)), "statement-project-path")
        leaf = T.project_leaf(bytes.fromhex(self.project), bytes.fromhex(charter), contributors, points, totals, last, size, money)
        need(up(leaf, number, projects, self.parts["hash"], T.join).hex() == self.snapshot["root"], "statement-project-root")
