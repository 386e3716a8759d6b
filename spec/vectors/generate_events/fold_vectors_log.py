"""Fold vectors: the log itself. Its constitution, days, repeated and foreign entries (fold.md §1, rules 1 to 7)."""
from entries import changed, changed_many, nonce, second_nonce
from fold_script import (BY_DID, COMMITS, LABELS, LEDGER, Key, Script, asha, baraka, canonical, charter_body, chipo, ledger,
                         mallory, seal)

new = Key("ledger 2")
BY_DID[new.did] = new
OTHER = "example.org/other"


def constitution():
    with Script("ledger-first", "a log opens with its ledger event") as s:
        s.open()
        s.found()
    with Script("no-ledger", "a log that opens with anything else has no constitution for ever") as s:
        s.found(expect="void:no-ledger")
        s.open("void:no-ledger")
        s.found(expect="void:no-ledger")
    with Script("no-ledger-malformed", "entry 0 is no event: the log has no constitution for ever") as s:
        s.put_malformed(b"hello", "json-syntax")
        s.open("void:no-ledger")
        s.put_malformed(b"hello", "json-syntax")
    with Script("ledger-two-signers", "entry 0 is signed by the ledger key alone") as s:
        s.open("void:no-ledger", signers=sorted([ledger.did, asha.did]))
        s.open("void:no-ledger")
    with Script("ledger-closing-first", "entry 0 does not close the log") as s:
        s.open("void:no-ledger", **{"body.closing": {}})
        s.found(expect="void:no-ledger")
    with Script("ledger-closing-first-later-rules", "that entry 0 closes the log is judged before its rules version") as s:
        s.open("void:no-ledger", **{"body.closing": {}, "body.rules": 2})
        s.found(expect="void:no-ledger")
    with Script("needs-rules-first", "entry 0 asks for later rules") as s:
        s.open("needs-rules:2", **{"body.rules": 2})
        s.found(expect="needs-rules:2")
    with Script("needs-rules", "a later rules version stops the reader, and earlier results stand") as s:
        s.begin()
        s.work(baraka)
        s.ledger(rules=2, expect="needs-rules:2")
        s.work(baraka, expect="needs-rules:2")
        s.ledger(rules=3, expect="needs-rules:2")
        s.put_malformed(b"hello", "json-syntax", "needs-rules:2")
    with Script("needs-rules-by-another", "only the ledger can ask for later rules") as s:
        s.begin()
        s.ledger(rules=2, signers=[mallory], key=mallory.did, expect="void:not-ledger-key")
        s.work(baraka)
    with Script("needs-rules-closed", "in a closed log nobody can ask for later rules") as s:
        s.begin()
        s.ledger(closing={})
        s.ledger(rules=2, expect="void:log-closed")
    with Script("needs-rules-largest", "the largest rules version there is") as s:
        s.begin()
        s.ledger(rules=2**53 - 1, expect="needs-rules:9007199254740991")
    with Script("ledger-key-rotated", "old and new key sign the new constitution; then only the new one speaks for the log") as s:
        s.open()
        s.ledger(key=new.did, signers=[ledger, new])
        s.day("2026-03-03", expect="void:not-ledger-key")
        s.day("2026-03-03", by=new)
        s.mark("2026-03-03", expect="void:not-ledger-key")
        s.mark("2026-03-03", by=new)
        s.snapshot(expect="void:not-ledger-key")
        s.snapshot(by=new)
        s.ledger(key=ledger.did, signers=[ledger], expect="void:not-ledger-key")
        s.ledger(key=ledger.did, signers=[ledger, new])
        s.day("2026-03-04")
    with Script("ledger-key-usurped", "a new key alone can not make itself the ledger's") as s:
        s.open()
        s.ledger(key=mallory.did, signers=[mallory], expect="void:not-ledger-key")
    with Script("ledger-stranger-signs", "nobody but the old and the new key signs a ledger event") as s:
        s.open()
        s.ledger(signers=[ledger, mallory], expect="void:not-ledger-key")
        s.ledger(key=new.did, signers=[ledger, mallory, new], expect="void:not-ledger-key")
    with Script("ledger-date-decides-nothing", "the date of a later ledger event is not the log's day") as s:
        s.open()
        s.put(changed_many(LEDGER, {"date": "2027-01-01", "id": nonce(20)}), "ledger")
        s.day("2026-03-02")
    with Script("log-closed", "after its closing nothing counts, no day, mark or constitution either") as s:
        s.begin(importers=[chipo])
        s.work(baraka)
        s.mark("2026-03-01")
        s.ledger(closing={"successor": OTHER})
        s.work(baraka, expect="void:log-closed")
        s.day("2026-05-01", expect="void:log-closed")
        s.mark("2026-03-01", expect="void:log-closed")
        s.snapshot(expect="void:log-closed")
        s.ledger(expect="void:log-closed")
        s.found(expect="void:log-closed")


def days():
    with Script("day-not-later", "days increase strictly") as s:
        s.open()
        s.day("2026-03-01", expect="void:day-not-later")
        s.day("2026-03-03")
        s.day("2026-03-03", expect="void:day-not-later")
        s.day("2026-03-02", expect="void:day-not-later")
        s.day("2026-03-04")
    with Script("day-by-another", "only the ledger says what day it is") as s:
        s.begin()
        s.day("2030-01-01", by=mallory, expect="void:not-ledger-key")
        s.day("2026-02-01", by=mallory, expect="void:not-ledger-key")
        s.day("2026-03-02")
    with Script("day-last", "on the last day there is, nothing falls due any more, and nothing breaks") as s:
        s.begin(rules={"annotation": {"rule": "first", "silence": 3650}}, notice=3650)
        s.day("9999-12-31")
        late = s.work(baraka)
        s.amend()
        s.mark("9999-12-31")
        s.day("9999-12-31", expect="void:day-not-later")
        s.retract(baraka, late)
    with Script("day-end-amendment", "an amendment whose day would be after the last day there is comes into force on that day") as s:
        s.begin()
        s.day("9999-12-30")
        new = s.amend()
        s.day("9999-12-31")
        s.work(baraka, charter=new)
    with Script("day-end-silence", "silence that would end after the last day there is ends on that day") as s:
        s.begin()
        s.day("9999-12-29")
        s.work(baraka)
        s.day("9999-12-31", accepted=1)
    with Script("day-end", "an amendment and silence that are due on the last day there is") as s:
        s.begin(rules={"annotation": {"rule": "first", "silence": 1}}, notice=1)
        s.day("9999-12-30")
        s.work(baraka)
        new = s.amend()
        s.day("9999-12-31", accepted=1)
        s.work(baraka, charter=new)
    with Script("day-first", "a log may begin on the first day there is") as s:
        s.open(date="1970-01-01")
        s.day("1970-01-02")
    with Script("dates-decide-nothing", "the dates of people's events are claims") as s:
        s.begin()
        s.work(baraka, date="1970-01-01")
        s.work(baraka, date="9999-12-31")
        s.day("2026-03-31", accepted=2)


def repetitions():
    with Script("repeated", "the same event twice counts once") as s:
        s.begin()
        work = s.work_event(baraka)
        s.put(work, "pending")
        s.put(work, "void:repeated")
    with Script("repeated-second-nonce", "the same event under another signature of the same key is repeated") as s:
        s.begin()
        work = s.work_event(baraka)
        s.put(work, "pending")
        s.put_raw(canonical(second_nonce(work, baraka)), work, "void:repeated")
    with Script("repeated-void", "an event that was void does not come again either") as s:
        s.begin()
        work = s.work_event(baraka, kind=("singing", "item", "annotation"))
        s.put(work, "void:activity-unknown")
        s.put(work, "void:repeated")
    with Script("repeated-withdrawn", "an event that was withdrawn does not come again") as s:
        s.begin()
        work = s.work_event(baraka)
        s.retract(baraka, s.put(work, "pending"))
        s.put(work, "void:repeated")
    with Script("repeated-before-closed", "what was there before is repeated, also in a closed log") as s:
        s.begin()
        work = s.work_event(baraka)
        s.put(work, "pending")
        closing = s.event("ledger", {**LEDGER["body"], "closing": {}}, [ledger])
        s.put(closing, "ledger")
        s.put(work, "void:repeated")
        s.put(closing, "void:repeated")
        late = s.work_event(baraka)
        s.put(late, "void:log-closed")
        s.put(late, "void:repeated")
    with Script("repeated-ledger", "the first entry does not come again") as s:
        s.open()
        s.open("void:repeated")
    with Script("repeated-everything", "events of every kind come once") as s:
        s.open()
        project = s.event("charter", charter_body(), [asha])
        s.project = s.charter = s.put(project, "project")
        s.put(project, "void:repeated")
        member = s.event("membership", {"change": "grant", "member": chipo.did, "role": "reviewer"}, [asha], project=s.project)
        s.put(member, "membership")
        s.put(member, "void:repeated")
        work = s.work(baraka)
        review = s.event("review", {"method": "full", "verdict": "accept"}, [chipo], project=s.project, about=[work])
        s.put(review, "reviewed:ok")
        s.put(review, "void:repeated")
        back = s.event("retraction", {}, [baraka], project=s.project, about=[s.work(baraka)])
        s.put(back, "withdrawn")
        s.put(back, "void:repeated")
        day = s.event("day", {}, [ledger], date="2026-03-02")
        s.put(day, "day:0")
        s.put(day, "void:repeated")
        mark = s.event("mark", {}, [ledger], date="2026-03-02")
        s.put(mark, "mark")
        s.put(mark, "void:repeated")
        of_mark = s.fold.mark
        snapshot = s.event("snapshot", {"mark": of_mark["id"], "projects": 1, "root": of_mark["root"]}, [ledger], date="2026-03-02")
        s.put(snapshot, "snapshot")
        s.put(snapshot, "void:repeated")
    with Script("other-log", "an event of another log is void") as s:
        s.begin()
        s.work(baraka, log=OTHER, expect="void:other-log")
        s.day("2027-01-01")
        s.put(s.event("day", {}, [ledger], log=OTHER, date="2028-01-01"), "void:other-log")
    with Script("other-log-twice", "an event of another log leaves no trace") as s:
        s.begin()
        stray = changed(s.work_event(baraka), "log", OTHER)
        s.put(stray, "void:other-log")
        s.put(stray, "void:other-log")
    with Script("other-log-closed", "an event of another log is that also when this one is closed") as s:
        s.begin()
        s.ledger(closing={})
        s.work(baraka, log=OTHER, expect="void:other-log")
        s.put_malformed(b"{", "json-truncated")
    with Script("other-log-known", "an event of another log is not counted as void for anybody") as s:
        s.begin()
        s.work(baraka)
        s.work(baraka, log=OTHER, expect="void:other-log")
    with Script("malformed", "an entry that is no event hinders nothing") as s:
        s.begin()
        s.put_malformed(b"", "json-truncated")
        s.put_malformed(b"hello", "json-syntax")
        s.put_malformed(canonical(seal(s.work_event(baraka), sign_as={baraka.did: mallory.did})), "signature-invalid")
        s.put_malformed(canonical(seal(s.work_event(baraka, quantity=0))), "integer-range")
        s.put_malformed(canonical(seal(s.work_event(baraka), kind="text/plain")), "payload-type")
        s.work(baraka)
    with Script("malformed-then-right", "the right bytes of an event count after wrong ones") as s:
        s.begin()
        work = s.work_event(baraka, kind=COMMITS)
        s.put_malformed(canonical(seal(work, sign_as={baraka.did: mallory.did})), "signature-invalid")
        s.put(work, "accepted")
    with Script("works-in-between", "days, marks and strangers' entries between works") as s:
        s.begin()
        s.work(baraka, kind=LABELS)
        s.day("2026-03-02")
        s.put_malformed(b"[]", "not-an-object")
        s.work(chipo, kind=COMMITS)
        s.mark("2026-03-02")


def folds():
    constitution()
    days()
    repetitions()
