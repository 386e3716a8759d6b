"""Checks 19 to 21: the money tree, and the project in the snapshot."""
import base64
import json

import generate_totals as T
from cases_good import PAID, SENT
from files import edit, lie, refuse
from generate_totals import ZERO, b64, sha256, snapshot_event
from world import do, hidden, project_id, put, state, usual

TOTALS = "spec/totals.md §2"


def decision(at, field, value):
    return lambda parts: parts["decisions"][at].__setitem__(field, value)


def paths():
    code = "payslip-decision-path"
    edit("decision-path-short", "the settlement's path is a hash short", code, lambda p: p["decisions"][0][2].pop(), payments=[SENT])
    edit("decision-path-long", "the settlement's path is a hash too long", code, lambda p: p["decisions"][0][2].append(ZERO))
    edit("decision-path-missing", "the payment has no path", code, lambda p: p["decisions"][1][2].clear(), payments=[SENT, PAID], left_out=1)
    edit("decision-place-largest", "the largest place that can be written", code, decision(0, 0, 2**64 - 1))
    edit("decision-place-same-length", "a place beyond the tree, for which a larger one would have a path as long", code, decision(1, 0, 7),
         payments=[SENT, *hidden(2)])
    lie("decision-place-beyond", "a place that is the number of decisions", code, decisions=1)
    lie("decision-place-payment-beyond", "a payment whose place is the number of decisions", code, decisions=2, payments=[SENT])
    lie("decision-path-for-more", "a path of another number of decisions", code, decisions=9, payments=[SENT])
    lie("decision-path-for-most", "as many decisions as a number can say", code, decisions=2**64 - 1, payments=[SENT])


def roots():
    code = "payslip-decision-root"
    edit("decision-root-hash", "another hash in the settlement's path", code, lambda p: p["decisions"][0][2].__setitem__(0, ZERO), payments=[SENT])
    edit("decision-root-place", "the place beside the settlement's", code, decision(0, 0, 0))
    edit("decision-root-payment-place", "the place beside the payment's", code, decision(1, 0, 3), payments=[SENT, *hidden(1)])

    def tree(name, description, ids, **how):
        lie("decision-root-" + name, description, code, money=lambda project, its: T.money_tree(project, *ids(its))[1], **how)

    tree("no-settlement", "a money tree with another settlement", lambda ids: [ids[0], sha256(b"other"), *ids[2:]])
    tree("no-payment", "a money tree with another payment", lambda ids: [*ids[:-1], sha256(b"other")], payments=[SENT])
    tree("other-order", "a money tree in another order", lambda ids: ids[::-1], payments=[SENT])
    lie("decision-root-other-project", "the money tree's leaves are of another project", code,
        money=lambda project, ids: T.money_tree(project_id("vu-sound"), *ids)[1], payments=[SENT])
    lie("decision-root-no-places", "the money tree's leaves all have place 0", code, money=lambda project, ids: T.root(
        [sha256(b"\0", project, T.u64(0), i) for i in ids], T.join))
    lie("decision-root-plain", "the money tree's leaves are event ids", code, tables=[usual(number=1)], money=lambda project, ids: ids[0])


def project():
    code = "statement-project-path"
    refuse("project-beyond", "a project that the snapshot does not count", code, state(claimed=1), source=TOTALS)
    edit("project-same-length", "a place beyond the projects, for which a larger tree would have a path as long", code, put("project", 0, 3), source=TOTALS)
    refuse("project-path-for-more", "a path of another number of projects", code, state(claimed=5), source=TOTALS)
    edit("project-path-short", "the path to the snapshot is a hash short", code, lambda p: p["project_path"].pop(), source=TOTALS)
    code = "statement-project-root"

    def root(name, description, *changes, **how):
        edit("project-root-" + name, description, code, do(*changes), source=TOTALS, **how)

    root("number", "the number of the project beside it", put("project", 0, 0))
    root("charter", "another charter", put("project", 1, sha256(b"amended").hex()))
    root("contributors", "a contributor more", put("project", 2, 6))
    root("points", "a point more", put("project", 3, 26))
    root("totals", "another root of the totals tree", put("project", 4, b64(sha256(b"totals"))))
    root("settlement", "another settlement as the last", put("project", 5, sha256(b"newer").hex()))
    root("settlement-this", "this settlement as the last, though a newer one is",
         lambda p: put("project", 5, T.sha256(T.pae(payload_of(p["entries"][1][1]))).hex())(p), newer=sha256(b"newer"), after=[sha256(b"newer")])
    root("no-settlement", "the last settlement left out", put("project", 5, "-"))
    root("decisions", "a decision more, in a tree where the path is as long", put("project", 6, 6), tables=[usual(number=1)], after=hidden(4))
    root("hash", "another hash in the path to the snapshot", put("project_path", 0, ZERO))
    lie("project-root-other-snapshot", "the snapshot states another root", code, last=snapshot_event(sha256(b"another root"), 3), source=TOTALS)
    # Trees that hold together, but are not those of the snapshot.
    refuse("project-root-money-before", "the money tree as it was before the payment", code, as_before(), source=TOTALS)
    refuse("project-root-money-other", "a money tree of as many decisions, made for this file", code, of_other_tree(), source=TOTALS)


def payload_of(entry):
    return base64.b64decode(json.loads(entry)["payload"])


def as_before():
    now, then = state(payments=[SENT]), state()
    now["project"][6:] = then["project"][6:]
    now["decisions"] = [[then["decisions"][0][0], now["decisions"][0][1], then["decisions"][0][2]]]
    now["entries"].pop(2)
    return now


def of_other_tree():
    now, other = state(after=hidden(2)), state(after=hidden(2, b"made for it"))
    now["project"][6:] = other["project"][6:]
    now["decisions"][0][2] = other["decisions"][0][2]
    return now


def cases():
    paths()
    roots()
    project()
