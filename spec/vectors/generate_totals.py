#!/usr/bin/env python3
"""Writes spec/vectors/totals after spec/totals.md.

Shares no code with the verifier. Needs the package `cryptography`. Keys come from fixed seeds, so running it again
writes the same bytes. Usage: python3 spec/vectors/generate_totals.py
"""
import base64
import copy
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent / "totals"
TYPE = "application/vnd.lebombo.event.v1+json"
LOG, DAY = "example.org/log", "2026-03-04"
MOST = 2**63 - 1
ZERO = bytes(32)
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RULE = "spec/totals.md §2"


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data):
    return base64.b64encode(data).decode()


def u64(number):
    return (number % 2**64).to_bytes(8, "big")


def did_of(public):
    data = b"\xed\x01" + public
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "did:key:z" + text


class Key:
    def __init__(self, name):
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(b"totals " + name.encode()))
        self.public = self.private.public_key().public_bytes_raw()
        self.did = did_of(self.public)

    def id4(self, name, kind):
        return sha256(name.encode(), b"\n", bytes([kind]), self.public)[:4]

    def vkey(self, name, kind):
        return f"{name}+{self.id4(name, kind).hex()}+{b64(bytes([kind]) + self.public)}"


ledger, ledger2, mallory = Key("ledger"), Key("ledger 2"), Key("mallory")
checkpoint, checkpoint2 = Key("checkpoint"), Key("checkpoint 2")
auditor, auditor2 = Key("auditor"), Key("auditor 2")


# Events

def pae(payload):
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def seal(kind, body, signers, n, date=DAY, log=LOG, sign_as=None):
    """The entry of an event; `sign_as` makes a wrong signature."""
    payload = canonical({"body": body, "date": date, "id": sha256(b"nonce %d" % n).hex()[:32], "kind": kind, "log": log,
                         "signers": sorted(s.did for s in signers)})
    signatures = [{"keyid": s.did, "sig": b64((sign_as or s).private.sign(pae(payload)))}
                  for s in sorted(signers, key=lambda s: s.did)]
    return canonical({"payload": b64(payload), "payloadType": TYPE, "signatures": signatures})


def ledger_event(key=ledger, signers=None, n=0, rules=1, log=LOG, **more):
    body = {"checkpoint": checkpoint.vkey(log, 1), "key": key.did, "rules": rules, **more}
    return seal("ledger", body, signers or [key], n, "2026-03-01", log)


def snapshot_event(root, projects, signer=ledger, log=LOG, sign_as=None):
    return seal("snapshot", {"mark": sha256(b"mark").hex(), "projects": projects, "root": root.hex()}, [signer], 99,
                log=log, sign_as=sign_as)


# Trees, after the recursive definitions of RFC 6962 §2.1

def split(n):
    return 1 << (n - 1).bit_length() - 1


def join(left, right):
    return sha256(b"\1", left, right)


def join_sums(left, right):
    return left[0] + right[0], sha256(b"\1", u64(left[0]), left[1], u64(right[0]), right[1])


def root(nodes, join):
    if len(nodes) == 1:
        return nodes[0]
    k = split(len(nodes))
    return join(root(nodes[:k], join), root(nodes[k:], join))


def path(m, nodes, join):
    if len(nodes) == 1:
        return []
    k = split(len(nodes))
    return path(m, nodes[:k], join) + [root(nodes[k:], join)] if m < k else path(m - k, nodes[k:], join) + [root(nodes[:k], join)]


def total_leaf(project, handle, contributor, points, counts):
    return points, sha256(b"\0", project, u64(handle), sha256(contributor.encode()), *map(u64, counts), u64(points))


def money_tree(project, *decisions):
    """(size, root) of the tree of a project's settlements, payments and claims, by their event ids (settlement.md §5)."""
    leaves = [sha256(b"\0", project, u64(i), decision) for i, decision in enumerate(decisions)]
    return len(leaves), root(leaves, join) if leaves else ZERO


def project_leaf(project, charter, contributors, points, totals, settlement, decisions, money):
    return sha256(b"\0", project, charter, u64(contributors), u64(points), totals, settlement, u64(decisions), money)


# What a ledger states

class Project:
    def __init__(self, name, each, id=None, **lies):
        self.id = self.charter = id or sha256(name.encode())
        self.people = [(did_of(sha256(b"person %d" % i)) if i % 2 else "alias:mturk:" + sha256(b"worker %d" % i).hex(),
                        p, [p % 7, 0, 3, i, 0, 0, 1, 0, 2]) for i, p in enumerate(each)]
        leaves = [total_leaf(self.id, i, *person) for i, person in enumerate(self.people)]
        top = root(leaves, join_sums) if leaves else (0, ZERO)
        self.leaves = leaves
        self.contributors, self.points, self.totals, self.settlement = len(leaves), top[0], top[1], ZERO
        self.decisions, self.money = 0, ZERO
        self.__dict__.update(lies)
        self.leaf = project_leaf(self.id, self.charter, self.contributors, self.points, self.totals, self.settlement, self.decisions,
                                 self.money)

    @classmethod
    def paid(cls, name, each, count, **lies):
        """One whose money tree has `count` decisions, the settlement the first of them."""
        events = [sha256(b"paid"), *(sha256(b"payment %d" % i) for i in range(1, count))]
        size, money = money_tree(sha256(name.encode()), *events)
        return cls(name, each, **{"settlement": events[0], "decisions": size, "money": money, **lies})


def usual():
    return [Project("vu-sound", [4]), Project.paid("stories", [5, 0, 11, 7, 2], 5, charter=sha256(b"amended")),
            Project("empty", [])]


def state(projects=None, number=1, handle=2, middle=(), first=None, snapshot=None, signer=ledger, last=None, filler=True,
          claimed=None):
    """The parts of a total proof: of a log whose entry 0 is `first`, with the entries `middle` between, shown all."""
    projects = usual() if projects is None else projects
    leaves = [p.leaf for p in projects]
    top = root(leaves, join) if leaves else ZERO
    shown = [ledger_event() if first is None else first, *middle]
    last = last or snapshot_event(top, len(projects) if claimed is None else claimed, signer)
    # Between those that are shown stands one that is not.
    log = [x for entry in shown for x in ([entry, b"not shown %d" % len(entry)] if filler else [entry])] + [last]
    hashes = [sha256(b"\0", entry) for entry in log]
    project = projects[number]
    contributor, points, counts = project.people[handle]
    return {
        "total": [project.id.hex(), handle, contributor, points, *counts],
        "path": path(handle, project.leaves, join_sums),
        "project": [number, project.charter.hex(), project.contributors, project.points,
                    "-" if project.settlement == ZERO else project.settlement.hex(), project.decisions, b64(project.money)],
        "project_path": path(number, leaves, join),
        "entries": [[i, e, path(i, hashes, join)] for i, e in enumerate(log) if e in shown or e is last],
        "checkpoint": signed(len(log), root(hashes, join)),
    }


def line(name, id4, signature):
    return f"— {name} {b64(id4 + signature)}\n"


def signed(size, top, key=checkpoint, origin=LOG, auditors=(), sign=None):
    body = f"{origin}\n{size}\n{b64(top)}\n"
    note = body + "\n" + line(origin, key.id4(origin, 1), (sign or key).private.sign(body.encode()))
    for name, cosigner in auditors:
        time = 1772618400
        message = f"cosignature/v1\ntime {time}\n{body}".encode()
        note += line(name, cosigner.id4(name, 4), u64(time) + cosigner.private.sign(message))
    return note


def cosigned(parts, **how):
    origin, size, top = parts["checkpoint"].split("\n")[:3]
    return {**parts, "checkpoint": signed(int(size), base64.b64decode(top), **how)}


def text(parts):
    lines = ["lebombo/total@v1", "total " + " ".join(map(str, parts["total"]))]
    lines += [f"node {s} {b64(h)}" for s, h in parts["path"]]
    lines += ["project " + " ".join(map(str, parts["project"]))]
    lines += [f"hash {b64(h)}" for h in parts["project_path"]]
    for index, entry, hashes in parts["entries"]:
        lines += [f"entry {index} {b64(entry)}"] + [f"hash {b64(h)}" for h in hashes]
    return "\n".join(lines) + "\n\n" + parts["checkpoint"]


def policy(key=checkpoint, auditors=(), rule="all", quorum="none", origin=LOG):
    out = f"log {key.vkey(origin, 1)}\n" + "".join(f"witness {n} {k.vkey(n, 4)}\n" for n, k in auditors)
    if auditors:
        out += f"group auditors {rule} " + " ".join(n for n, _ in auditors) + "\n"
    return out + f"quorum {quorum}\n"


written = set()


def write(name, description, total, error, source=RULE, policy=policy(), **expect):
    assert name not in written, name
    written.add(name)
    vector = {"description": description, "source": source, "policy": policy, "total": total, "error": error, **expect}
    (HERE / f"{name}.json").write_text(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")


def accept(name, description, parts, recomputed=False, **more):
    size = int(parts["checkpoint"].split("\n")[1])
    write(name, description, text(parts), None, contributor=parts["total"][2], project=parts["total"][0],
          points=str(parts["total"][3]), of=str(parts["project"][3]), size=size, day=DAY, recomputed=recomputed, **more)


def refuse(name, description, error, total, **more):
    write(name, description, total if isinstance(total, str) else text(total), error, **more)


def changed(change, **how):
    parts = copy.deepcopy(state(**how))
    change(parts)
    return parts


def accepted():
    one, two = ("a.example/1", auditor), ("b.example/1", auditor2)
    accept("ok-stated", "one of five contributors of the second of three projects", state())
    accept("ok-alias-first-handle", "the total of an alias, handle 0", state(handle=0))
    accept("ok-last-handle", "the last handle, which goes up two levels as it is", state(handle=4))
    accept("ok-zero-points", "a total of no points", state(handle=1))
    accept("ok-one-contributor", "one contributor of one project: no path at all", state([Project("vu-sound", [4])], 0, 0))
    accept("ok-first-project", "the first project, which has one contributor", state(number=0, handle=0))
    accept("ok-last-project", "the last of three projects, which goes up a level as it is",
           state([Project(n, [1, 2]) for n in ("a", "b", "c")], 2, 1))
    accept("ok-one-decision", "a money tree of one decision, whose root is its leaf", state([Project.paid("p", [1, 2], 1)], 0, 1))
    accept("ok-claim-alone", "a money tree with a claim and no settlement",
           state([Project("p", [1, 2], decisions=1, money=money_tree(sha256(b"p"), sha256(b"claim"))[1])], 0, 1))
    accept("ok-most-decisions", "as many decisions as a number can say", state([Project.paid("p", [1, 2], 3, decisions=2**64 - 1)], 0, 1))
    accept("ok-largest-sum", "a project of 2^63 - 1 points", state([Project("vu-sound", [MOST - 3, 1, 2])], 0, 1))
    change = ledger_event(ledger2, [ledger, ledger2], 1)
    accept("ok-ledger-key-changed", "the ledger key was changed, and the new one signs", state(middle=[change], signer=ledger2))
    both = [change, ledger_event(ledger, [ledger, ledger2], 2)]
    accept("ok-ledger-key-changed-back", "the ledger key was changed twice", state(middle=both))
    accept("ok-ledger-event-left-out", "a change of the key is left out, and the older key signs: still what a ledger key stated",
           changed(lambda p: p["entries"].pop(1), middle=[change]))
    accept("ok-same-ledger-key", "a later ledger event that keeps the key", state(middle=[ledger_event(n=1)]))
    accept("ok-two-entries", "a log of two entries", state(filler=False))
    accept("ok-recomputed", "an auditor cosigned", cosigned(state(), auditors=[one]), True, policy=policy(auditors=[one], quorum="auditors"))
    accept("ok-auditors-one-of-two", "one auditor of two, and one is enough", cosigned(state(), auditors=[two]), True,
           policy=policy(auditors=[one, two], rule="any"))
    accept("ok-auditors-not-met", "one auditor of two, and both would be needed", cosigned(state(), auditors=[one]), False,
           policy=policy(auditors=[one, two]))
    accept("ok-auditor-unknown", "an auditor cosigned whom the policy does not know", cosigned(state(), auditors=[one]), False)


def form():
    good = text(state())
    lines = good.split("\n")
    entry = next(i for i, l in enumerate(lines) if l.startswith("entry"))
    node, project = 2, next(i for i, l in enumerate(lines) if l.startswith("project"))

    def with_line(at, new):
        return "\n".join(lines[:at] + [new] + lines[at + 1:])

    def field(at, number, new):
        fields = lines[at].split(" ")
        fields[number] = new
        return with_line(at, " ".join(fields))

    refuse("empty", "no bytes", "total-not-a-total", "")
    refuse("header-receipt", "the first line of a receipt", "total-not-a-total", with_line(0, "c2sp.org/tlog-proof@v1"))
    refuse("header-v2", "a later version", "total-not-a-total", with_line(0, "lebombo/total@v2"))
    refuse("header-cut-off", "the first line without its newline", "total-not-a-total", lines[0])
    refuse("header-carriage-return", "all lines end in CR LF", "total-not-a-total", good.replace("\n", "\r\n"))
    refuse("header-space-before", "a space at the beginning", "total-not-a-total", " " + good)
    cases = [
        ("header-alone", "nothing after the first line", lines[0] + "\n"),
        ("total-cut-off", "cut off in the second line", good[:100]),
        ("total-missing", "the second line is missing", "\n".join(lines[:1] + lines[2:])),
        ("total-eight-counts", "eight counts", with_line(1, lines[1].rsplit(" ", 1)[0])),
        ("total-ten-counts", "ten counts", with_line(1, lines[1] + " 0")),
        ("total-space-at-end", "a space at the end of a line", with_line(1, lines[1] + " ")),
        ("total-two-spaces", "two spaces between fields", with_line(1, lines[1].replace(" ", "  ", 1))),
        ("total-tab", "a tab between fields", with_line(1, lines[1].replace(" ", "\t", 1))),
        ("total-carriage-return", "one line that ends in CR LF", with_line(1, lines[1] + "\r")),
        ("total-upper-case", "a keyword in capitals", with_line(1, lines[1].replace("total", "TOTAL"))),
        ("total-not-ascii", "a letter that is not ASCII", with_line(1, lines[1].replace("total", "tötal"))),
        ("project-id-upper-case", "the project in capital hex", field(1, 1, lines[1].split(" ")[1].upper())),
        ("project-id-short", "a digit of the project missing", field(1, 1, lines[1].split(" ")[1][1:])),
        ("handle-leading-zero", "a handle with a leading zero", field(1, 2, "02")),
        ("handle-plus", "a handle with a sign", field(1, 2, "+2")),
        ("contributor-name", "a contributor who is neither key nor alias", field(1, 3, "baraka")),
        ("contributor-alias", "an alias in capitals", field(1, 3, "alias:mturk:" + "A" * 64)),
        ("points-2-64", "points of 2^64", field(1, 4, str(2**64))),
        ("points-negative", "points below zero", field(1, 4, "-11")),
        ("count-hex", "a count that is not decimal", field(1, 5, "0x4")),
        ("node-no-sum", "a node without its sum", with_line(node, "node " + lines[node].split(" ")[2])),
        ("node-url-safe", "a hash in URL-safe base64", field(node, 2, "_" * 43 + "=")),
        ("node-unpadded", "a hash without its padding", with_line(node, lines[node][:-1])),
        ("node-stray-bits", "bits set in a hash's base64 that are no part of it", with_line(node, lines[node][:-2] + "B=")),
        ("node-33-bytes", "a hash of 33 bytes", field(node, 2, b64(bytes(33)))),
        ("project-missing", "no project line", "\n".join(lines[:project] + lines[project + 1:])),
        ("project-four-fields", "a project without settlement, decisions and money", with_line(project, lines[project].rsplit(" ", 3)[0])),
        ("project-five-fields", "a project without decisions and money", with_line(project, lines[project].rsplit(" ", 2)[0])),
        ("project-six-fields", "a project without money", with_line(project, lines[project].rsplit(" ", 1)[0])),
        ("project-eight-fields", "a field more", with_line(project, lines[project] + " 0")),
        ("decisions-leading-zero", "decisions with a leading zero", field(project, 6, "05")),
        ("decisions-dash", "no decisions written as a dash", field(project, 6, "-")),
        ("decisions-2-64", "decisions of 2^64", field(project, 6, str(2**64))),
        ("money-dash", "no money tree written as a dash", field(project, 7, "-")),
        ("money-hex", "the money tree's root in hex", field(project, 7, base64.b64decode(lines[project].split(" ")[7]).hex())),
        ("money-31-bytes", "a root of 31 bytes", field(project, 7, b64(bytes(31)))),
        ("money-unpadded", "a root without its padding", with_line(project, lines[project][:-1])),
        ("money-stray-bits", "bits set in the root's base64 that are no part of it", field(project, 7, "A" * 42 + "B=")),
        ("settlement-after-money", "settlement, decisions and money in another order",
         with_line(project, " ".join([*lines[project].split(" ")[:5], *(lines[project].split(" ")[i] for i in (6, 7, 5))]))),
        ("settlement-zeroes", "no settlement written as zeroes", field(project, 5, "0" * 64)),
        ("settlement-empty", "no settlement written as nothing", field(project, 5, "")),
        ("node-after-project", "a node after the project", with_line(project + 1, lines[node])),
        ("keyword-unknown", "a line of another kind", with_line(entry, "extra " + lines[entry])),
        ("entry-index-leading-zero", "index 00", field(entry, 1, "00")),
        ("entry-index-2-64", "an index of 2^64", field(entry, 1, str(2**64))),
        ("entry-empty", "an entry of no bytes", field(entry, 2, "")),
        ("entry-unpadded", "an entry without its padding", field(entry, 2, "eA")),
        ("entry-too-long", "an entry of 65,536 bytes", field(entry, 2, b64(bytes(65536)))),
        ("cut-off-before-checkpoint", "cut off before the empty line", "\n".join(lines[:lines.index("")]) + "\n"),
    ]
    for name, description, total in cases:
        refuse("line-" + name, description, "total-line", total)
    refuse("checkpoint-missing", "nothing after the empty line", "note-no-separator", "\n".join(lines[:lines.index("") + 1]) + "\n")
    refuse("checkpoint-newline-after", "a newline after the end", "note-no-signatures", good + "\n")
    refuse("checkpoint-cut-off", "the last newline is missing", "note-unterminated", good[:-1])
    refuse("checkpoint-carriage-return", "CR LF within the checkpoint", "note-control-character", good.replace(LOG + "\n", LOG + "\r\n"))


def trust():
    one = ("a.example/1", auditor)
    refuse("log-unknown", "a log that the policy does not know", "log-unknown", state(), policy=policy(origin="example.org/other"))
    refuse("log-other-key", "the checkpoint is signed by another key than the policy's", "log-signature-missing", cosigned(state(), key=checkpoint2))
    refuse("log-signature-forged", "the log's key id over a signature by somebody else", "log-signature-invalid", cosigned(state(), sign=checkpoint2))
    refuse("auditors-asked-for", "no auditor cosigned, and the policy asks for them", "quorum-not-met", state(),
           policy=policy(auditors=[one], quorum="auditors"))


def entries():
    def drop(at):
        return changed(lambda p: p["entries"].pop(at))

    refuse("entries-none", "no entry at all", "statement-entries", changed(lambda p: p["entries"].clear()))
    refuse("entries-first-left-out", "entry 0 is left out", "statement-entries", drop(0))
    refuse("entries-last-left-out", "the snapshot is left out", "statement-entries", drop(1))
    refuse("entries-repeated", "entry 0 twice", "statement-entries", changed(lambda p: p["entries"].insert(0, p["entries"][0])))
    refuse("entries-descend", "two ledger events in the wrong order", "statement-entries",
           changed(lambda p: p["entries"].insert(1, p["entries"].pop(2)), middle=[ledger_event(n=1), ledger_event(n=2)]))
    refuse("entries-not-the-last", "the checkpoint is larger than the snapshot's", "statement-entries",
           changed(lambda p: p.update(checkpoint=signed(9, sha256(b"later")))))
    refuse("entries-only-first", "a log of one entry", "statement-entries", changed(
        lambda p: (p.update(entries=[[0, ledger_event(), []]], checkpoint=signed(1, sha256(b"\0", ledger_event()))))))
    tree = "spec/tree.md §6"
    refuse("inclusion-short", "the path of an entry is a hash short", "inclusion-wrong-length", changed(lambda p: p["entries"][0][2].pop()), source=tree)
    refuse("inclusion-long", "the path of an entry is a hash too long", "inclusion-wrong-length", changed(lambda p: p["entries"][1][2].append(ZERO)), source=tree)
    refuse("inclusion-other-hash", "another hash in the path of an entry", "inclusion-root-mismatch",
           changed(lambda p: p["entries"][0][2].__setitem__(0, ZERO)), source=tree)
    refuse("inclusion-other-snapshot", "a snapshot that is not in the log", "inclusion-root-mismatch",
           changed(lambda p: p["entries"][1].__setitem__(1, snapshot_event(ZERO, 3))), source=tree)
    refuse("event-none", "entry 0 is in the log and no event", "json-syntax", state(first=b"hello"), source="spec/event.md §1")
    refuse("event-signature", "the snapshot's signature is by somebody else", "signature-invalid",
           state(last=snapshot_event(ZERO, 3, sign_as=mallory)), source="spec/event.md §4")

    def first(name, description, entry, **how):
        refuse("ledger-first-" + name, description, "statement-ledger", state(first=entry, **how))

    first("is-day", "entry 0 is a day event", seal("day", {}, [ledger], 1))
    first("other-log", "entry 0 was made for another log", ledger_event(log="example.org/other"))
    first("two-signers", "entry 0 is signed by one more than its key", ledger_event(signers=[ledger, mallory]))
    first("closing", "entry 0 closes the log", ledger_event(closing={}))
    first("rules", "entry 0 asks for rules to come", ledger_event(rules=2**53 - 1))

    def later(name, description, *entries, **how):
        refuse("ledger-later-" + name, description, "statement-ledger", state(middle=entries, **how))

    later("is-day", "a day event among the ledger events", seal("day", {}, [ledger], 1))
    later("is-snapshot", "an earlier snapshot among the ledger events", snapshot_event(ZERO, 0))
    later("other-log", "a ledger event of another log", ledger_event(n=1, log="example.org/other"))
    later("by-new-key-alone", "a change of the key that the old one did not sign", ledger_event(mallory, n=1), signer=mallory)
    later("by-third", "a change of the key that a third key signed too", ledger_event(ledger2, [ledger, ledger2, mallory], 1), signer=ledger2)
    later("by-old-key", "a change by a key that was changed before", ledger_event(ledger2, [ledger, ledger2], 1), ledger_event(n=2))
    later("closing", "the log was closed before the snapshot", ledger_event(n=1, closing={"successor": "example.org/log2"}))
    later("rules", "a ledger event that asks for rules to come", ledger_event(n=1, rules=2))
    later("repeated", "entry 0 once more", ledger_event())
    later("is-other-twice", "the same change of the key once more", *[ledger_event(ledger2, [ledger, ledger2], 1)] * 2, signer=ledger2)

    def snapshot(name, description, entry, **how):
        refuse("snapshot-" + name, description, "statement-snapshot", state(last=entry, **how))

    top = root([p.leaf for p in usual()], join)
    change = ledger_event(ledger2, [ledger, ledger2], 1)
    snapshot("is-mark", "the last entry is a mark", seal("mark", {}, [ledger], 1))
    snapshot("is-ledger", "the last entry is a ledger event", ledger_event(n=1))
    snapshot("other-log", "the snapshot of another log", snapshot_event(top, 3, log="example.org/other"))
    snapshot("by-other", "a snapshot by somebody else", snapshot_event(top, 3, mallory))
    snapshot("by-checkpoint-key", "a snapshot by the key that signs checkpoints", snapshot_event(top, 3, checkpoint))
    snapshot("by-old-key", "a snapshot by the key that was changed", snapshot_event(top, 3), middle=[change])
    snapshot("by-new-key", "a snapshot by the new key, and the change is left out", snapshot_event(top, 3, ledger2))


def paths():
    def lie(name, description, error, project, handle=0, **how):
        refuse(name, description, error, state([project], 0, handle, **how))

    def edit(name, description, error, change, **how):
        refuse(name, description, error, changed(change, **how))

    def put(part, at, value):
        return lambda p: p[part].__setitem__(at, value)

    lie("handle-beyond", "a handle that is the number of contributors", "total-path", Project("p", [1, 2, 3], contributors=2), 2)
    lie("handle-no-contributors", "a project without contributors", "total-path", Project("p", [1], contributors=0))
    lie("path-for-more", "a path of another number of contributors", "total-path", Project("p", [1, 2, 3, 4], contributors=5))
    edit("path-short", "the path to the project is a node short", "total-path", lambda p: p["path"].pop())
    edit("path-long", "the path to the project is a node too long", "total-path", lambda p: p["path"].append((0, ZERO)))
    edit("path-missing", "no path to the project", "total-path", lambda p: p["path"].clear())
    lie("sum-leaf", "a total of 2^63 points", "total-sum", Project("p", [2**63]))
    lie("sum-beyond", "sums of 2^63 points", "total-sum", Project("p", [MOST, 1]))
    lie("sum-around", "a sum that comes round 2^64", "total-sum", Project("p", [2**64 - 5, 7], points=2))
    lie("points-more", "the project has a point more than its contributors", "total-points", Project("p", [1, 2, 3], points=7))
    lie("points-less", "the project has a point less than its contributors", "total-points", Project("p", [1, 2, 3], points=5))
    edit("points-of-node", "a node has a point more", "total-points", lambda p: put("path", 0, (p["path"][0][0] + 1, p["path"][0][1]))(p))
    refuse("project-beyond", "a project that the snapshot does not count", "statement-project-path", state(number=1, claimed=1))
    refuse("project-none", "a snapshot of no projects", "statement-project-path", state(claimed=0, number=0, handle=0))
    refuse("project-path-for-more", "a path of another number of projects", "statement-project-path", state(claimed=5))
    edit("project-path-short", "the path to the snapshot is a hash short", "statement-project-path", lambda p: p["project_path"].pop())
    edit("project-path-long", "the path to the snapshot is a hash too long", "statement-project-path", lambda p: p["project_path"].append(ZERO))
    top = "statement-project-root"
    edit("root-other-handle", "the handle of somebody else", top, put("total", 1, 3))
    edit("root-other-contributor", "somebody else's name on the total", top, put("total", 2, usual()[1].people[3][0]))
    edit("root-other-count", "one accepted event more", top, put("total", 4, 5))
    edit("root-other-project", "another project's id", top, put("total", 0, usual()[0].id.hex()))
    edit("root-points-moved", "points moved from the neighbour to the contributor: the sums are right", top,
         lambda p: (put("total", 3, 12)(p), put("path", 0, (p["path"][0][0] - 1, p["path"][0][1]))(p)))
    edit("root-points-understated", "points moved from the contributor to a node above", top,
         lambda p: (put("total", 3, 1)(p), put("path", 1, (p["path"][1][0] + 10, p["path"][1][1]))(p)))
    edit("root-node-hash", "another hash in the path", top, lambda p: put("path", 1, (p["path"][1][0], ZERO))(p))
    edit("root-nodes-swapped", "two nodes of the path swapped", top, lambda p: p["path"].insert(0, p["path"].pop(1)))
    edit("root-other-number", "the number of the project beside it", top, put("project", 0, 0))
    edit("root-other-charter", "another charter", top, put("project", 1, usual()[1].id.hex()))
    edit("root-more-contributors", "a contributor more", top, put("project", 2, 6))
    edit("root-other-settlement", "another settlement", top, put("project", 4, sha256(b"unpaid").hex()))
    edit("root-no-settlement", "a settlement left out", top, put("project", 4, "-"))
    edit("root-decision-less", "a decision less", top, put("project", 5, 4))
    edit("root-decision-more", "a decision more", top, put("project", 5, 6))
    edit("root-no-decisions", "an empty money tree in the place of what is there", top,
         lambda p: (put("project", 5, 0)(p), put("project", 6, b64(ZERO))(p)))
    earlier = Project.paid("stories", [5], 4)
    edit("root-earlier-money", "the money tree as it was a decision before", top,
         lambda p: (put("project", 5, earlier.decisions)(p), put("project", 6, b64(earlier.money))(p)))
    edit("root-other-money", "another root of the money tree", top, put("project", 6, b64(sha256(b"unpaid"))))
    edit("root-money-zeroes", "zeroes as the root of a money tree that is not empty", top, put("project", 6, b64(ZERO)))
    refuse("root-money-of-nothing", "a money tree where the snapshot states none", top,
           changed(lambda p: (put("project", 5, 1)(p), put("project", 6, b64(sha256(b"claim")))(p)), number=0, handle=0))
    edit("root-project-hash", "another hash in the path to the snapshot", top, put("project_path", 0, ZERO))
    refuse("root-other-snapshot", "the snapshot states another root", top, state(last=snapshot_event(sha256(b"another root"), 3)))


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for old in HERE.glob("*.json"):
        old.unlink()
    for area in (accepted, form, trust, entries, paths):
        area()
    print(len(written), "vectors")
