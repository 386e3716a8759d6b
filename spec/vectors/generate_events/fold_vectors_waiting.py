"""Fold vectors: work that waits. Silence, retraction and what supersedes (fold.md §1, day, contribution and retraction)."""
from fold_script import (ADVICE, COMMITS, DEFAULT, LABELS, STORIES, VERDICTS, Script, alias, asha, baraka, chipo, dalila, ekene,
                         mallory)

SUBJECT = "ab" * 32
LARGEST = 2**32 - 1
MOST = 2**63 - 1


def silence():
    with Script("silence", "work that nobody decides is accepted on the day that its silence ends, not before") as s:
        s.begin()
        s.work(baraka, 5)
        s.day("2026-03-30")
        s.day("2026-03-31", accepted=1)
        s.day("2026-04-01")
        s.mark("2026-04-01")
    with Script("silence-from-the-day", "silence runs from the log's day, not from the date of the work") as s:
        s.begin()
        s.day("2026-03-10")
        s.work(baraka, date="2026-01-01")
        s.day("2026-03-31")
        s.day("2026-04-09", accepted=1)
    with Script("silence-jump", "several days of silence end in one jump; handles by the day they ended on, then by position") as s:
        s.begin(rules={"annotation": {"rule": "first", "silence": 20}})
        s.work(baraka, 1)  # ends on the 21st
        s.work(chipo, 2, ADVICE)  # on the 11th
        s.day("2026-03-02")
        s.work(dalila, 3, ADVICE)  # on the 12th
        s.work(ekene, 4)  # on the 22nd
        s.work(mallory, 5, ADVICE)  # on the 12th
        s.day("2026-05-01", accepted=5)
        s.mark("2026-05-01")
    with Script("silence-same-day", "on one day handles go by position") as s:
        s.begin()
        for i, who in enumerate((ekene, baraka, mallory, chipo)):
            s.work(who, i + 1)
        s.day("2026-03-31", accepted=4)
        s.mark("2026-03-31")
    with Script("silence-none", "where the rule says nothing of silence, work waits for ever") as s:
        s.begin()
        s.work(baraka, kind=STORIES)
        s.day("2036-01-01")
    with Script("silence-equal", "silence accepts also what some have given a verdict on, and wholly") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 9, ADVICE)
        s.review(chipo, "reject", work)
        s.review(dalila, "accept", (work, "ok", 2))
        s.day("2026-03-11", accepted=1)
        s.review(chipo, "reject", (work, "subject-settled"))
    with Script("silence-decided-before", "a verdict before its silence ends decides") as s:
        s.begin(reviewers=[chipo])
        accepted, rejected = s.work(baraka, 5), s.work(baraka, 6)
        s.day("2026-03-30")
        s.review(chipo, "accept", accepted)
        s.review(chipo, "reject", rejected)
        s.day("2026-03-31")
    with Script("silence-then-verdict", "after its silence ended work is settled, and an arbiter can adjust it") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, 5)
        s.day("2026-03-31", accepted=1)
        s.review(chipo, "reject", (work, "subject-settled"))
        s.review(dalila, "adjust", (work, "ok", 0))
    with Script("silence-retracted-before", "withdrawn work is not accepted by silence") as s:
        s.begin()
        gone = s.work(baraka, 5)
        s.work(baraka, 6)
        s.retract(baraka, gone)
        s.day("2026-03-31", accepted=1)
        s.retract(baraka, gone, expect="void:retracts-nothing")
    with Script("silence-superseded", "what takes another's place has a silence of its own") as s:
        s.begin()
        first = s.work(baraka, 5)
        s.day("2026-03-11")
        s.work(baraka, 6, supersedes=first)
        s.day("2026-03-31")
        s.day("2026-04-10", accepted=1)
    with Script("silence-and-amendment", "on one day an amendment comes into force and silence ends, each by its own charter") as s:
        s.begin(rules={"annotation": {"rule": "first", "silence": 3}})
        s.work(baraka, 5)
        s.amend(activities=[(*LABELS, 1000)], enrolment="enrolled")
        s.day("2026-03-04", accepted=1)
        s.mark("2026-03-04")
    with Script("silence-longest", "the longest silence, ten years less some days") as s:
        s.begin(rules={"annotation": {"rule": "first", "silence": 3650}})
        s.work(baraka)
        s.day("2036-02-26")
        s.day("2036-02-27", accepted=1)
    with Script("silence-no-reviewer-earns", "silence earns no reviewer anything") as s:
        s.begin(reviewers=[chipo], activities=[*DEFAULT, (*VERDICTS, 5)])
        s.work(baraka)
        s.day("2026-03-31", accepted=1)


def withdrawal():
    with Script("retracted", "undecided work is withdrawn by its signer") as s:
        s.begin()
        work = s.work(baraka)
        s.retract(baraka, work)
    with Script("retracted-by-another", "nobody withdraws another's work, stewards neither") as s:
        s.begin()
        work = s.work(baraka)
        s.retract(mallory, work, expect="void:retracts-nothing")
        s.retract(asha, work, expect="void:retracts-nothing")
    with Script("retracted-twice", "what is withdrawn is withdrawn") as s:
        s.begin()
        work = s.work(baraka)
        s.retract(baraka, work)
        s.retract(baraka, work, expect="void:retracts-nothing")
    with Script("retracted-unknown", "of several events those that can be are withdrawn") as s:
        s.begin()
        work, other, at_once = s.work(baraka), s.work(chipo), s.work(baraka, kind=COMMITS)
        s.retract(baraka, work, other, at_once, SUBJECT, s.project)
        s.retract(baraka, other, at_once, SUBJECT, s.project, expect="void:retracts-nothing")
    with Script("retracted-many", "many are withdrawn at once") as s:
        s.begin()
        s.retract(baraka, *(s.work(baraka, n + 1) for n in range(20)))
    with Script("retracted-settled", "work that was decided is not withdrawn: accepted at once, by verdict, by silence, or rejected") as s:
        s.begin(reviewers=[chipo])
        at_once, accepted, rejected, silent = s.work(baraka, 1, COMMITS), s.work(baraka, 2), s.work(baraka, 3), s.work(baraka, 4)
        s.review(chipo, "accept", accepted)
        s.review(chipo, "reject", rejected)
        s.day("2026-03-31", accepted=1)
        for work in (at_once, accepted, rejected, silent):
            s.retract(baraka, work, expect="void:retracts-nothing")
    with Script("retracted-void", "void work is not withdrawn") as s:
        s.begin()
        s.retract(baraka, s.work(baraka, charter=SUBJECT, expect="void:charter-unknown"), expect="void:retracts-nothing")
    with Script("retracted-under-verdicts", "work that has some of the equal verdicts it needs can be withdrawn") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, kind=STORIES)
        s.review(chipo, "accept", work)
        s.retract(baraka, work)
        s.review(dalila, "accept", (work, "subject-withdrawn"))
    with Script("retracted-of-another-project", "a retraction reaches its own project only") as s:
        first = s.begin()
        s.found()
        work = s.work(baraka)
        s.retract(baraka, work, project=first, expect="void:retracts-nothing")
        s.retract(baraka, work, project=SUBJECT, expect="void:retracts-nothing")
        s.retract(baraka, work)
    with Script("retracted-by-two", "a retraction has one signer") as s:
        s.begin()
        s.retract((baraka, chipo), s.work(baraka), expect="void:retracts-nothing")
    with Script("retracted-under-any-charter", "work is withdrawn whatever charter is in force, and whoever is no member any more") as s:
        s.begin(notice=0, grace=0)
        work = s.work(baraka)
        s.amend(enrolment="enrolled")
        s.day("2026-03-02")
        s.retract(baraka, work)


def superseding():
    with Script("superseded", "an event takes the place of an earlier one, id and all") as s:
        s.begin()
        first = s.work(baraka, 5, n=10)
        second = s.work(baraka, 9, n=10, supersedes=first)
        s.work(baraka, 11, n=10, supersedes=second)
    with Script("superseded-by-another-kind", "what takes another's place may be other work, and be accepted at once") as s:
        s.begin()
        s.work(baraka, 9, COMMITS, supersedes=s.work(baraka, 5))
    with Script("superseded-unknown", "nothing there to supersede, or no contribution") as s:
        s.begin()
        s.work(baraka, supersedes=SUBJECT, expect="void:supersedes-unknown")
        s.work(baraka, supersedes=s.project, expect="void:supersedes-unknown")
    with Script("superseded-settled", "what was decided is not superseded") as s:
        s.begin(reviewers=[chipo])
        at_once, accepted, rejected, silent = s.work(baraka, 1, COMMITS), s.work(baraka, 2), s.work(baraka, 3), s.work(baraka, 4)
        s.review(chipo, "accept", accepted)
        s.review(chipo, "reject", rejected)
        s.day("2026-03-31", accepted=1)
        for work in (at_once, accepted, rejected, silent):
            s.work(baraka, 9, supersedes=work, expect="void:supersedes-settled")
    with Script("superseded-void", "void work is not superseded") as s:
        s.begin()
        void = s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        s.work(baraka, supersedes=void, expect="void:supersedes-unknown")
    with Script("superseded-withdrawn", "withdrawn and superseded work is not superseded") as s:
        s.begin()
        gone, replaced = s.work(baraka), s.work(baraka)
        s.retract(baraka, gone)
        s.work(baraka, 3, supersedes=replaced)
        s.work(baraka, 4, supersedes=gone, expect="void:supersedes-unknown")
        s.work(baraka, 5, supersedes=replaced, expect="void:supersedes-unknown")
    with Script("superseded-of-another", "nobody supersedes another's work, decided or not") as s:
        s.begin()
        s.work(mallory, supersedes=s.work(baraka), expect="void:supersedes-unknown")
        s.work(mallory, supersedes=s.work(baraka, kind=COMMITS), expect="void:supersedes-unknown")
    with Script("superseded-by-another-importer", "what is superseded was signed by the same key") as s:
        s.begin(importers=[chipo, baraka])
        first = s.work(chipo, contributor=alias(1), n=10)
        s.work(baraka, contributor=alias(1), n=10, supersedes=first, expect="void:supersedes-unknown")
        s.work(chipo, 3, contributor=alias(1), n=10, supersedes=first)
    with Script("superseded-for-another", "what is superseded was the same person's work") as s:
        s.begin(importers=[chipo])
        first = s.work(chipo, contributor=alias(1), n=10)
        s.work(chipo, contributor=alias(2), n=10, supersedes=first, expect="void:supersedes-unknown")
        s.work(chipo, supersedes=first, expect="void:supersedes-unknown")
        s.work(chipo, contributor=alias(1), supersedes=s.work(chipo), expect="void:supersedes-unknown")
    with Script("superseded-in-another-project", "what is superseded was in the same project") as s:
        s.begin()
        first = s.work(baraka)
        s.found()
        s.work(baraka, supersedes=first, expect="void:supersedes-unknown")
    with Script("superseded-id-of-a-third", "an id that a third event took is taken") as s:
        s.begin()
        first = s.work(baraka, n=10)
        s.work(baraka, n=11)
        s.work(baraka, 7, n=11, supersedes=first, expect="void:id-taken")
    with Script("superseded-under-another-charter", "what takes a place is judged by the charter that it names itself") as s:
        s.begin(notice=0, grace=1)
        first = s.work(baraka)
        new = s.amend(rules={"annotation": {"rule": "at-once"}})
        s.day("2026-03-03")
        s.work(baraka, 7, supersedes=first, expect="void:charter-changed")
        s.work(baraka, 8, supersedes=first, charter=new, expect="accepted")
    with Script("superseded-void-attempt", "a void event leaves alone what it would supersede") as s:
        s.begin(activities=[(*COMMITS, LARGEST), (*LABELS, 1)])
        first = s.work(baraka, 5)
        s.work(baraka, LARGEST, COMMITS, supersedes=first, expect="void:points-overflow")
        s.work(baraka, 6, supersedes=first)


def folds():
    silence()
    withdrawal()
    superseding()
