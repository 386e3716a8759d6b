"""Checks 6 to 9: decisions, entries, and what the decisions are."""
import base64
import json

import generate_totals as T
from cases_good import CHANGE, PAID, SENT
from entries import ALIAS, asha, baraka, canonical, mallory as another, seal
from files import edit, lie, refuse
from generate_totals import ZERO, ledger, ledger2, ledger_event, mallory, sha256, snapshot_event
from generate_totals import seal as seal_log
from world import changed, claim, event, instead, pay, project_id, put, state, usual

TOTALS = "spec/totals.md §2"


def order():
    code = "payslip-decisions"
    edit("decisions-swapped", "two decisions in the wrong order", code, lambda p: p["decisions"].reverse(), payments=[SENT],
         also=["payslip-decision"])
    edit("decisions-places-equal", "two payments at the same place", code, lambda p: p["decisions"][2].__setitem__(0, p["decisions"][1][0]),
         payments=[SENT, PAID], also=["payslip-decision-root"])
    edit("decisions-places-descend", "places that descend, while indices ascend", code, swap(0), payments=[SENT, PAID],
         also=["payslip-decision-root"])
    edit("decisions-indices-equal", "two decisions with the index of the same entry", code,
         lambda p: p["decisions"][2].__setitem__(1, p["decisions"][1][1]), payments=[SENT, PAID], also=["statement-ledger"])
    edit("decisions-indices-descend", "indices that descend, while places ascend", code, swap(1), payments=[SENT, PAID],
         also=["payslip-payment", "payslip-decision-root"])


def swap(field):
    def change(p):
        one, two = p["decisions"][1:]
        one[field], two[field] = two[field], one[field]
    return change


def statement():
    code = "statement-entries"

    def drop(at, name, description, **how):
        edit("entries-" + name, description, code, lambda p: p["entries"].pop(at), source=TOTALS, **how)

    edit("entries-none", "no entry at all", code, lambda p: p["entries"].clear(), source=TOTALS)
    drop(0, "first-left-out", "entry 0 is left out")
    drop(-1, "last-left-out", "the snapshot is left out")
    edit("entries-descend", "settlement and payment in the wrong order", code, lambda p: p["entries"].insert(1, p["entries"].pop(2)),
         payments=[SENT], source=TOTALS)
    edit("entries-not-the-last", "the checkpoint is larger than the snapshot's", code,
         lambda p: p.update(checkpoint=T.signed(99, sha256(b"later"))), source=TOTALS)
    tree = "spec/tree.md §6"
    edit("inclusion-short", "the path of entry 0 is a hash short", "inclusion-wrong-length", lambda p: p["entries"][0][2].pop(), source=tree)
    edit("inclusion-other-hash", "another hash in the path of the settlement", "inclusion-root-mismatch",
         lambda p: p["entries"][1][2].__setitem__(0, ZERO), source=tree)
    better = canonical(seal(event("settlement", {"currencies": [usual().lie(payable=40_000, share=39_232, held=52).stated],
                                                 "snapshot": "00" * 32}, [asha], 2, project_id())))
    edit("inclusion-other-settlement", "a settlement that is not in the log", "inclusion-root-mismatch",
         lambda p: p["entries"][1].__setitem__(1, better), source=tree)
    edit("inclusion-other-index", "the settlement at the index of the entry after it", "inclusion-root-mismatch",
         lambda p: [part[0].__setitem__(at, part[0][at] + 1) for part, at in ((p["entries"][1:], 0), (p["decisions"], 1))], source=tree,
         filler=True)


def events():
    def broken(name, description, code, change, section):
        """An entry of the log that is no event, in the place of the payment."""
        base = state(payments=[SENT])
        lie_at(name, description, code, base, 2, change(base["entries"][2][1]), section)

    broken("event-none", "the payment's entry is no event", "json-syntax", lambda entry: b"hello", "spec/event.md §1")
    broken("event-signature", "the payment's signature is by somebody else", "signature-invalid", resigned, "spec/event.md §4")
    s = usual()
    unbalanced = s.restated(s.stated["payable"], s.stated["after"]["held"], income=s.stated["income"] + 1)
    lie("event-settlement-unbalanced", "the settlement gives out less than came in", "settlement-unbalanced", tables=[unbalanced],
        source="spec/event.md §5")
    lie("event-payment-unbalanced", "the payment's sums do not add up", "payment-unbalanced", source="spec/event.md §5",
        payments=[lambda settlement, tables, n: unchecked(SENT(settlement, tables, n), "net", 32_199)])


def unchecked(made, name, value):
    made["body"][name] = value
    return made


def resigned(entry):
    payload = base64.b64decode(json.loads(entry)["payload"])
    return canonical(seal(payload, signers=[baraka.did], sign_as={baraka.did: another.did}))


def lie_at(name, description, code, base, at, entry, source):
    """The log has that entry in the place of one that is shown."""
    size = int(base["checkpoint"].split("\n")[1])
    shown = {i: e for i, e, _ in base["entries"]}
    shown[base["entries"][at][0]] = entry
    log = [shown.get(i, b"not shown") for i in range(size)]
    hashes = [sha256(b"\0", e) for e in log]
    base["entries"] = [[i, e, T.path(i, hashes, T.join)] for i, e in sorted(shown.items())]
    base["checkpoint"] = T.signed(size, T.root(hashes, T.join))
    refuse(name, description, code, base, source=source)


def constitution():
    code = "statement-ledger"

    def first(name, description, entry, **how):
        lie("ledger-first-" + name, description, code, source=TOTALS, first=entry, **how)

    first("other-log", "entry 0 was made for another log", ledger_event(log="example.org/other"))
    first("is-day", "entry 0 is a day event", seal_log("day", {}, [ledger], 1))

    def later(name, description, *entries, **how):
        lie("ledger-later-" + name, description, code, source=TOTALS, middle=entries, **how)

    later("by-new-key-alone", "a change of the key that the old one did not sign", ledger_event(mallory, n=1), signer=mallory)
    later("closing", "the log was closed before the snapshot", ledger_event(n=1, closing={"successor": "example.org/log2"}))
    lie("ledger-later-after-settlement", "a change by a key that was changed before, after the settlement", code, source=TOTALS,
        middle=[CHANGE], later=[ledger_event(n=2)])
    edit("ledger-later-is-payment", "a payment that no decision names", code, lambda p: p["decisions"].pop(), source=TOTALS, payments=[SENT])
    edit("ledger-later-is-settlement", "a settlement that no decision names", code, lambda p: p["decisions"].pop(0), source=TOTALS,
         payments=[SENT])

    def snapshot(name, description, **how):
        lie("snapshot-" + name, description, "statement-snapshot", source=TOTALS, **how)

    top = T.root([p.leaf for p in (T.Project("vu-sound", [4]), T.Project("empty", []))], T.join)
    snapshot("other-log", "the snapshot of another log", last=snapshot_event(top, 3, log="example.org/other"))
    snapshot("is-mark", "the last entry is a mark", last=seal_log("mark", {}, [ledger], 1))
    snapshot("by-other", "a snapshot by somebody else", signer=mallory)
    snapshot("by-old-key", "a snapshot by the key that was changed before the settlement", middle=[CHANGE])
    snapshot("by-old-key-later", "a snapshot by the key that was changed after the settlement", later=[CHANGE])
    refuse("snapshot-by-new-key", "a snapshot by the new key, and the change is left out", "statement-snapshot",
           changed(lambda p: p["entries"].pop(1), middle=[CHANGE], signer=ledger2), source=TOTALS)


def decisions():
    code = "payslip-decision"
    edit("decision-settlement-left-out", "the settlement's entry is left out", code, lambda p: p["entries"].pop(1))
    edit("decision-payment-left-out", "a payment's entry is left out", code, lambda p: p["entries"].pop(2), payments=[SENT])
    edit("decision-index-not-shown", "an index between those that are shown", code, lambda p: p["decisions"].append([3, p["entries"][-1][0] - 1, []]),
         payments=[SENT], filler=True)
    edit("decision-index-beyond", "an index beyond the log", code, lambda p: p["decisions"].append([2, 2**64 - 1, []]))
    edit("decision-is-first", "entry 0 as the settlement", code, put_index_0)
    edit("decision-is-last", "a decision that is the snapshot", code, lambda p: p["decisions"].append([2, p["entries"][-1][0], [ZERO]]))
    edit("decision-is-ledger", "a ledger event as the settlement", code,
         lambda p: (p["decisions"][0].__setitem__(1, p["entries"][1][0]), p["entries"].pop(2)), middle=[ledger_event(n=1)])
    for name, description, kind in (("other-log", "was made for another log", {"log": "example.org/other"}),
                                    ("other-project", "is of another project", {"of": "vu-sound"})):
        lie(f"decision-settlement-{name}", f"the settlement {description}", code, **kind)
    lie("decision-settlement-is-claim", "a claim as the settlement", code,
        settlement=lambda body: claim(ALIAS)(None, None, 1))
    lie("decision-payment-other-log", "a payment was made for another log", code, payments=[pay("instructed", 2, log="example.org/other")])
    lie("decision-payment-other-project", "a payment is of another project", code, payments=[pay("instructed", 2, project="vu-sound")])
    lie("decision-payment-is-settlement", "a second settlement among the payments", code, payments=[instead("settlement", lambda settlement: {
        "currencies": [usual(number=3).stated], "previous": settlement, "snapshot": "00" * 32}, [asha])])
    edit("decision-payment-first", "the settlement is left out, and a payment is the first", code,
         lambda p: (p["decisions"].pop(0), p["entries"].pop(1)), payments=[SENT])
    edit("decision-line-other-project", "the line of another project", code, put("line", 0, project_id("vu-sound").hex()))
    code = "payslip-currency"
    edit("currency-not-settled", "a currency that was not settled", code, put("line", 2, "KES"))


def put_index_0(parts):
    parts["decisions"][0][1] = 0
    parts["entries"].pop(1)


def cases():
    order()
    statement()
    events()
    constitution()
    decisions()
