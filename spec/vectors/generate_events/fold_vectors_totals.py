"""Fold vectors: marks, snapshots and the trees under them (fold.md §1, mark and snapshot; totals.md §1)."""
from entries import canonical, event_id, seal
from fold_script import (COMMITS, DEFAULT, STORIES, VERDICTS, Script, alias, asha, baraka, chipo, dalila, ekene,
                         ledger, mallory)
from fold_vectors_log import new

SOURCE = "spec/totals.md §1"
ZEROES = "00" * 32
SUBJECT = "ab" * 32
TODAY = "2026-03-01"


def marks():
    with Script("mark-nothing", "the root of no projects is zeroes", SOURCE) as s:
        s.open()
        s.mark(TODAY, expect=f"mark:{ZEROES}")
        s.snapshot()
    with Script("mark-by-another", "only the ledger marks") as s:
        s.begin()
        s.mark(TODAY, by=mallory, expect="void:not-ledger-key")
        s.mark("2026-03-02", by=mallory, expect="void:not-ledger-key")
        s.snapshot(mark=SUBJECT, expect="void:snapshot-mark")
    with Script("mark-date", "a mark is dated on the log's day, neither before nor after") as s:
        s.begin()
        s.mark("2026-02-28", expect="void:mark-date")
        s.mark("2026-03-02", expect="void:mark-date")
        s.mark(TODAY)
        s.day("2026-03-05")
        s.mark(TODAY, expect="void:mark-date")
        s.mark("2026-03-04", expect="void:mark-date")
        s.mark("2026-03-05")
    with Script("mark-empty-project", "a project of nobody, and one of members without work", SOURCE) as s:
        s.begin()
        s.mark(TODAY)
        s.grant(baraka, "contributor")
        s.mark(TODAY)
        s.found()
        s.mark(TODAY)
    with Script("mark-pending", "undecided and void work changes no leaf", SOURCE) as s:
        s.begin()
        s.mark(TODAY)
        s.work(baraka)
        s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        s.mark(TODAY)
    with Script("mark-unchanged", "marks with nothing between them have the same root", SOURCE) as s:
        s.begin()
        s.work(baraka, kind=COMMITS)
        for _ in range(3):
            s.mark(TODAY)
    for count in (1, 2, 3, 15, 16, 17, 33, 257):
        with Script(f"mark-contributors-{count}", f"a totals tree of {count}", SOURCE) as s:
            s.begin(importers=[chipo])
            for n in range(count):
                s.work(chipo, n + 1, COMMITS, contributor=alias(n))
            s.mark(TODAY)
            s.snapshot()
    for count in (1, 2, 3, 16, 17, 33):
        with Script(f"mark-projects-{count}", f"a tree of {count} projects", SOURCE) as s:
            s.open()
            for n in range(count):
                s.found(name=f"project-{n}")
                if n % 3:
                    s.work(baraka, n, COMMITS)
            s.mark(TODAY)
            s.snapshot()
    with Script("mark-grows", "one contributor more at each mark, over the ends of groups", SOURCE) as s:
        s.begin(importers=[chipo])
        for n in range(36):
            s.work(chipo, n + 1, COMMITS, contributor=alias(n))
            s.mark(TODAY)
    with Script("mark-grows-to-three-levels", "from 250 to 260 contributors", SOURCE) as s:
        s.begin(enrolment="enrolled")
        for n in range(250):
            s.grant(alias(n), "contributor")
        for n in range(250, 261):
            s.mark(TODAY)
            s.grant(alias(n), "contributor")
        s.mark(TODAY)
    with Script("mark-projects-grow", "one project more at each mark, over the ends of groups", SOURCE) as s:
        s.open()
        for n in range(35):
            s.found()
            s.mark(TODAY)
    with Script("mark-some-changed", "mark after mark with only some leaves changed, first, last and between", SOURCE) as s:
        s.begin(importers=[chipo], arbiters=[dalila])
        works = [s.work(chipo, 10, COMMITS, contributor=alias(n)) for n in range(40)]
        s.mark(TODAY)
        for changed in ([0], [39], [15], [16], [7, 31, 32], range(16, 32)):
            for n in changed:
                s.review(dalila, "adjust", (works[n], "ok", 3))
            s.mark(TODAY)
            s.snapshot()
        s.review(dalila, "adjust", (works[5], "ok", 0))
        s.work(chipo, 2, COMMITS, contributor=alias(40))
        s.mark(TODAY)
    with Script("mark-some-projects-changed", "mark after mark with only some of seventeen projects changed", SOURCE) as s:
        s.open()
        projects = [s.found() for _ in range(17)]
        s.mark(TODAY)
        for changed in ([0], [16], [15, 1], [16, 0], range(17)):
            for n in changed:
                s.work(baraka, n + 1, COMMITS, project=projects[n], charter=projects[n])
            s.mark(TODAY)
        s.mark(TODAY)
    with Script("mark-changed-and-back", "a leaf that changed and changed back is as it was", SOURCE) as s:
        s.begin(arbiters=[dalila])
        work = s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        s.review(dalila, "adjust", (work, "ok", 0))
        s.review(dalila, "adjust", (work, "ok", 10))
        s.mark(TODAY)
    with Script("mark-counts-only", "a leaf changes with its counts, though points stay", SOURCE) as s:
        s.begin(activities=[(*COMMITS, 0)])
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
    with Script("mark-charter-only", "where only the charter changed, the project's leaf did", SOURCE) as s:
        s.begin()
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        s.amend()
        s.mark(TODAY)
        s.day("2026-03-03")
        s.mark("2026-03-03")
        s.day("2026-03-04")
        s.mark("2026-03-04")
    with Script("mark-charter-at-once", "an amendment without notice is in the next mark's leaf; in a project of nobody too", SOURCE) as s:
        s.begin(notice=0)
        s.mark(TODAY)
        new = s.amend(notice=0)
        s.mark(TODAY)
        s.amend(replaces=new)
        s.mark(TODAY)
    with Script("mark-silence", "what silence accepted is in the next mark", SOURCE) as s:
        s.begin()
        s.work(baraka, 10)
        s.mark(TODAY)
        s.day("2026-03-31", accepted=1)
        s.mark("2026-03-31")
    with Script("mark-verdicts", "partial acceptance, rejection, earning and adjustment between marks", SOURCE) as s:
        s.begin(reviewers=[chipo, ekene], arbiters=[dalila], activities=[*DEFAULT, (*VERDICTS, 5)])
        a, b, c = s.work(baraka, 10), s.work(baraka, 20), s.work(mallory, 30, STORIES)
        s.mark(TODAY)
        s.review(chipo, "accept", (a, "ok", 4), (c, "ok", 30))
        s.mark(TODAY)
        s.review(ekene, "reject", b, c)
        s.mark(TODAY)
        s.review(dalila, "adjust", (b, "ok", 20))
        s.mark(TODAY)
        s.review(chipo, "reject", (b, "subject-settled"))
        s.mark(TODAY)
    with Script("mark-handle-and-adjusted-away", "a contributor whose only work was taken away keeps a leaf of zeroes", SOURCE) as s:
        s.begin(arbiters=[dalila])
        s.review(dalila, "adjust", (s.work(baraka, 10, COMMITS), "ok", 0))
        s.mark(TODAY)
    with Script("mark-alias-and-key", "aliases and keys in one tree", SOURCE) as s:
        s.begin(importers=[chipo])
        s.work(chipo, 1, COMMITS)
        s.work(chipo, 1, COMMITS, contributor=alias(1))
        s.work(baraka, 1, COMMITS)
        s.mark(TODAY)


def snapshots():
    with Script("snapshot", "a snapshot of the newest mark, then one that names it") as s:
        s.begin()
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        s.snapshot()
        s.work(baraka, 11, COMMITS)
        s.mark(TODAY)
        s.snapshot()
    with Script("snapshot-no-mark", "a snapshot in a log without marks") as s:
        s.begin()
        s.snapshot(mark=SUBJECT, expect="void:snapshot-mark")
        s.snapshot(mark=ZEROES, root=ZEROES, projects=0, expect="void:snapshot-mark")
    with Script("snapshot-by-another", "only the ledger states totals") as s:
        s.begin()
        s.mark(TODAY)
        s.snapshot(by=mallory, expect="void:not-ledger-key")
        s.snapshot(by=asha, mark=SUBJECT, expect="void:not-ledger-key")
        s.snapshot()
    with Script("snapshot-late", "what comes between mark and snapshot is not in it, nor a day and an amendment") as s:
        s.begin(reviewers=[chipo], notice=0)
        work = s.work(baraka, 10)
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        s.review(chipo, "accept", work)
        s.amend()
        s.found()
        s.work(baraka, 10, COMMITS)
        s.day("2026-03-09")
        s.snapshot()
        s.mark("2026-03-09")
        s.snapshot()
    with Script("snapshot-date", "a snapshot is dated on the day as of its mark, not on its own") as s:
        s.begin()
        s.mark(TODAY)
        s.day("2026-03-02")
        s.snapshot(date="2026-03-02", expect="void:snapshot-date")
        s.snapshot(date="2026-02-28", expect="void:snapshot-date")
        s.snapshot(date=TODAY)
    with Script("snapshot-stale-mark", "of two marks only the newer can be stated") as s:
        s.begin()
        old = s.mark(TODAY)
        s.mark(TODAY)
        s.snapshot(mark=old, expect="void:snapshot-mark")
        s.snapshot()
        s.mark(TODAY)
        s.snapshot(mark=old, expect="void:snapshot-mark")
    with Script("snapshot-mark-by-another", "a void mark is no mark") as s:
        s.begin()
        good = s.mark(TODAY)
        void = s.mark(TODAY, by=mallory, expect="void:not-ledger-key")
        s.snapshot(mark=void, expect="void:snapshot-mark")
        s.snapshot(mark=good)
    with Script("snapshot-mark-other-event", "a snapshot names a mark, no other event") as s:
        project = s.begin()
        s.mark(TODAY)
        s.snapshot(mark=project, expect="void:snapshot-mark")
        s.snapshot(mark=s.snapshot(), expect="void:snapshot-mark")
    with Script("snapshot-mark-to-come", "a snapshot of a mark that comes later") as s:
        s.begin()
        to_come = s.event("mark", {}, [ledger], date=TODAY)
        now = s.mark(TODAY)
        s.snapshot(mark=event_id(canonical(to_come)), expect="void:snapshot-mark")
        s.put(to_come, "mark")
        s.snapshot(mark=now, expect="void:snapshot-mark")
        s.snapshot()
    with Script("snapshot-repeated", "a mark is stated once") as s:
        s.begin()
        s.mark(TODAY)
        first = s.snapshot()
        s.snapshot(expect="void:snapshot-repeated")
        s.snapshot(previous=None, expect="void:snapshot-repeated")
        s.snapshot(previous=first, root=SUBJECT, projects=9, date="2026-01-01", expect="void:snapshot-repeated")
    with Script("snapshot-previous", "previous is the last valid snapshot; not missing, void, older or another event") as s:
        s.begin()
        s.mark(TODAY)
        s.snapshot(previous=SUBJECT, expect="void:snapshot-previous")
        s.snapshot(previous=s.project, expect="void:snapshot-previous")
        first = s.snapshot()
        mark = s.mark(TODAY)
        void = s.snapshot(previous=None, expect="void:snapshot-previous")
        s.snapshot(previous=void, expect="void:snapshot-previous")
        s.snapshot(previous=mark, expect="void:snapshot-previous")
        s.snapshot()
        s.mark(TODAY)
        s.snapshot(previous=first, expect="void:snapshot-previous")
        s.snapshot()
    with Script("snapshot-marks-skipped", "marks that nobody stated break no chain") as s:
        s.begin()
        s.mark(TODAY)
        s.snapshot()
        for n in range(3):
            s.work(baraka, n + 1, COMMITS)
            s.mark(TODAY)
        s.snapshot()
    with Script("snapshot-root", "a wrong root: zeroes, the one of the mark before, or one bit off") as s:
        s.begin()
        s.mark(TODAY)
        before = s.fold.mark["root"]
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        root = s.fold.mark["root"]
        for wrong in (ZEROES, before, f"{int(root[:2], 16) ^ 1:02x}" + root[2:], root[:-2] + f"{int(root[-2:], 16) ^ 128:02x}"):
            s.snapshot(root=wrong, expect="void:snapshot-root")
        s.snapshot()
    with Script("snapshot-projects", "a wrong number of projects") as s:
        s.begin()
        s.mark(TODAY)
        s.found()
        for wrong in (0, 2, 2**53 - 1):
            s.snapshot(projects=wrong, expect="void:snapshot-projects")
        s.snapshot(projects=1)
    with Script("snapshot-order", "the first rule that is broken is told") as s:
        s.begin()
        s.mark(TODAY)
        wrong = {"mark": SUBJECT, "previous": SUBJECT, "date": "2027-01-01", "projects": 9, "root": ZEROES}
        s.snapshot(by=mallory, expect="void:not-ledger-key", **wrong)
        s.snapshot(expect="void:snapshot-mark", **wrong)
        del wrong["mark"]
        s.snapshot(expect="void:snapshot-previous", **wrong)
        del wrong["previous"]
        s.snapshot(expect="void:snapshot-date", **wrong)
        del wrong["date"]
        s.snapshot(expect="void:snapshot-projects", **wrong)
        del wrong["projects"]
        s.snapshot(expect="void:snapshot-root", **wrong)
        s.snapshot()
    with Script("snapshot-nothing", "a snapshot of no projects, then of one") as s:
        s.open()
        s.mark(TODAY)
        s.snapshot(root=SUBJECT, expect="void:snapshot-root")
        s.snapshot(root=ZEROES, projects=0)
        s.found()
        s.mark(TODAY)
        s.snapshot()
    with Script("snapshot-after-malformed", "void and malformed entries between mark and snapshot hinder nothing") as s:
        s.begin()
        s.work(baraka, 10, COMMITS)
        s.mark(TODAY)
        s.put_malformed(b"hello", "json-syntax")
        s.put_malformed(canonical(seal(s.work_event(baraka), sign_as={baraka.did: mallory.did})), "signature-invalid")
        s.work(baraka, log="example.org/other", expect="void:other-log")
        s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        s.mark(TODAY, by=mallory, expect="void:not-ledger-key")
        s.snapshot(by=mallory, expect="void:not-ledger-key")
        s.snapshot()
    with Script("snapshot-void-then-right", "a void snapshot is in nobody's way, and does not come again") as s:
        s.begin()
        s.mark(TODAY)
        event = s.event("snapshot", {"mark": s.last_mark, "projects": 1, "root": ZEROES}, [ledger], date=TODAY)
        s.put(event, "void:snapshot-root")
        s.put(event, "void:repeated")
        s.snapshot()
    with Script("snapshot-other-log", "a snapshot of another log") as s:
        s.begin()
        s.mark(TODAY)
        event = s.event("snapshot", {"mark": s.last_mark, "projects": 1, "root": s.fold.mark["root"]}, [ledger], date=TODAY,
                        log="example.org/other")
        s.put(event, "void:other-log")
        s.snapshot()
    with Script("snapshot-key-rotated", "the mark by the old key, its snapshot by the new one") as s:
        s.begin()
        s.mark(TODAY)
        s.ledger(key=new.did, signers=[ledger, new])
        s.snapshot(expect="void:not-ledger-key")
        s.snapshot(by=new)


def folds():
    marks()
    snapshots()
