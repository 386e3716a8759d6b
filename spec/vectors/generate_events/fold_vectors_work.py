"""Fold vectors: contributions, imports, silence, retraction and what supersedes (fold.md §1, contribution and retraction)."""
from fold_script import COMMITS, DEFAULT, LABELS, STORIES, VERDICTS, Script, alias, baraka, chipo, dalila

SUBJECT = "ab" * 32
LARGEST = 2**32 - 1
MOST = 2**63 - 1


def logging():
    with Script("pending", "work by two people waits for its verdicts, and is counted by person") as s:
        s.begin()
        s.work(baraka, 120)
        s.work(baraka, 120)
        s.work(chipo, 7, STORIES)
    with Script("at-once", "work that is accepted at once, with points and handles") as s:
        s.begin()
        s.work(chipo, 3, COMMITS)
        s.work(baraka, 5, COMMITS)
        s.work(chipo, 4, COMMITS)
        s.mark("2026-03-01")
    with Script("kinds-and-units", "counts go by kind of work and unit, whatever the activity") as s:
        s.begin(activities=[("code", "commit", "engineering", 10), ("code", "line", "engineering", 1),
                            ("docs", "commit", "engineering", 4), ("docs", "commit", "expertise", 6)],
                rules={"expertise": {"rule": "at-once"}})
        for quantity, kind in ((1, ("code", "commit", "engineering")), (20, ("code", "line", "engineering")),
                               (300, ("docs", "commit", "engineering")), (4000, ("docs", "commit", "expertise"))):
            s.work(baraka, quantity, kind, expect="accepted")
    with Script("every-kind-of-work", "one accepted work of each kind of work, in the leaf's order") as s:
        kinds = ["administration", "annotation", "cleaning", "cultural-knowledge", "dataset", "engineering", "expertise",
                 "governance", "review"]
        s.begin(activities=[("a", "u", k, 10**i) for i, k in enumerate(kinds)], rules={k: {"rule": "at-once"} for k in kinds})
        for i, kind in enumerate(kinds):
            for _ in range(i + 1):
                s.work(baraka, 1, ("a", "u", kind), expect="accepted")
        s.mark("2026-03-01")
    with Script("weight-zero", "work with weight 0 gives a handle and counts, and no points") as s:
        s.begin(activities=[(*COMMITS, 0)])
        s.work(baraka, 3, COMMITS)
        s.work(chipo, 3, COMMITS)
        s.mark("2026-03-01")
    with Script("activity-unknown", "an activity that the charter does not have") as s:
        s.begin()
        s.work(baraka, kind=("singing", "item", "annotation"), expect="void:activity-unknown")
    with Script("unit-unknown", "a unit that the charter does not have") as s:
        s.begin()
        s.work(baraka, kind=("labels", "hour", "annotation"), expect="void:activity-unknown")
    with Script("work-unknown", "an activity that the charter has for another kind of work") as s:
        s.begin()
        s.work(baraka, kind=("labels", "item", "cleaning"), expect="void:activity-unknown")
    with Script("activity-of-the-named", "what activities there are says the charter that the work names") as s:
        first = s.begin(notice=0)
        new = s.amend(activities=[("singing", "hour", "annotation", 1)])
        s.work(baraka)
        s.work(baraka, charter=new, expect="void:activity-unknown")
        s.work(baraka, kind=("singing", "hour", "annotation"), expect="void:activity-unknown")
        s.work(baraka, kind=("singing", "hour", "annotation"), charter=new)
        assert first == s.charter
    with Script("activity-by-verdicts", "what is counted where verdicts are given nobody logs; other review work they do") as s:
        s.begin(activities=[*DEFAULT, (*VERDICTS, 5), ("reviews", "hour", "review", 50)])
        s.work(baraka, kind=VERDICTS, expect="void:activity-by-verdicts")
        s.work(baraka, kind=("reviews", "hour", "review"))
        s.work(baraka, kind=VERDICTS, expect="void:activity-by-verdicts")
        s.work(baraka, kind=("other", "verdict", "review"), expect="void:activity-unknown")
    with Script("activity-by-verdicts-order", "that the charter lacks the activity is told before, that enrolment is missing after") as s:
        s.begin(activities=[*DEFAULT, (*VERDICTS, 5)], enrolment="enrolled", **{"import": None})
        s.work(baraka, kind=VERDICTS, contributor=alias(1), expect="void:activity-by-verdicts")
        s.work(baraka, kind=VERDICTS, expect="void:activity-by-verdicts")
        s.work(baraka, contributor=alias(1), expect="void:import-not-allowed")
    with Script("verdict-unit-elsewhere", "the unit verdict in another kind of work is an ordinary unit") as s:
        s.begin(activities=[("labels", "verdict", "annotation", 3)], reviewers=[chipo])
        work = s.work(baraka, 4, ("labels", "verdict", "annotation"))
        s.review(chipo, "accept", work)
    with Script("void-only-of-the-known", "void work is counted for those who are known, from then on") as s:
        s.begin()
        s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        s.work(baraka)
        s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        s.work(baraka, kind=("singing", "item", "annotation"), expect="void:activity-unknown")
        s.work(chipo, charter=SUBJECT, expect="void:charter-unknown")
    with Script("void-only-under-contribution", "repeated work, other projects' and other void events are not counted as void work") as s:
        project = s.begin()
        work = s.work_event(baraka)
        s.put(work, "pending")
        s.put(work, "void:repeated")
        s.work(baraka, project=SUBJECT, expect="void:project-unknown")
        s.review(baraka, "accept", SUBJECT, expect="void:not-reviewer")
        s.retract(baraka, SUBJECT, expect="void:retracts-nothing")
        s.found()
        s.work(baraka, charter=project, expect="void:charter-unknown")
        s.ledger(closing={})
        s.work(baraka, project=project, charter=SUBJECT, expect="void:log-closed")
    with Script("void-of-the-alias", "void imported work is counted for the alias, not for the importer") as s:
        s.begin(importers=[chipo])
        s.work(chipo)
        s.work(chipo, contributor=alias(1))
        s.work(chipo, contributor=alias(1), charter=SUBJECT, expect="void:charter-unknown")
        s.end(chipo, "importer")
        s.work(chipo, contributor=alias(1), expect="void:not-importer")
    with Script("quantity-largest", "several events with the largest quantity") as s:
        s.begin()
        for _ in range(3):
            s.work(baraka, LARGEST)
    with Script("about-and-outcome", "evidence and outcome of what was imported have no effect") as s:
        s.begin(importers=[chipo])
        event = s.work_event(chipo, contributor=alias(1), about=[SUBJECT])
        event["body"]["outcome"] = "rejected"
        s.put(event, "pending")
        event = s.work_event(chipo, kind=COMMITS)
        event["body"]["outcome"] = "pending"
        s.put(event, "accepted")


def ids():
    with Script("id-taken", "another event with the same id is void") as s:
        s.begin()
        s.work(baraka, n=10)
        s.work(baraka, 5, n=10, expect="void:id-taken")
    with Script("id-by-signer", "two people may use the same id") as s:
        s.begin()
        s.work(baraka, n=10)
        s.work(chipo, n=10)
    with Script("id-in-another-project", "an id is taken within its project") as s:
        s.begin()
        s.work(baraka, n=10)
        s.found()
        s.work(baraka, n=10)
    with Script("id-own-and-imported", "an importer's own work and what they import have ids of their own") as s:
        s.begin(importers=[chipo])
        s.work(chipo, n=10)
        s.work(chipo, contributor=alias(1), n=10)
        s.work(chipo, contributor=alias(2), n=10, expect="void:id-taken")
    with Script("id-taken-by-decided", "an id stays taken when its work is decided, rejected too") as s:
        s.begin(reviewers=[chipo])
        s.review(chipo, "reject", s.work(baraka, n=10))
        s.work(baraka, 5, n=10, expect="void:id-taken")
        s.review(chipo, "accept", s.work(baraka, n=11))
        s.work(baraka, 5, n=11, expect="void:id-taken")
        s.work(baraka, 5, COMMITS, n=12)
        s.work(baraka, 6, COMMITS, n=12, expect="void:id-taken")
    with Script("id-free-after-void", "void work takes no id") as s:
        s.begin()
        s.work(baraka, n=10, charter=SUBJECT, expect="void:charter-unknown")
        s.work(baraka, n=10)
    with Script("id-free-after-withdrawal", "withdrawn work does not count, and its id is free again") as s:
        s.begin()
        work = s.work_event(baraka, n=10)
        s.retract(baraka, s.put(work, "pending"))
        s.put(work, "void:repeated")
        s.work(baraka, 7, n=10)
        s.work(baraka, 8, n=10, expect="void:id-taken")
    with Script("id-free-after-superseding", "an id is free when another event with another id took its work's place") as s:
        s.begin()
        first = s.work(baraka, n=10)
        s.work(baraka, 8, n=11, supersedes=first)
        s.work(baraka, 9, n=10)
    with Script("id-order", "that an id is taken is told after that superseding fails, and before that points overflow") as s:
        s.begin(activities=[(*COMMITS, LARGEST), (*LABELS, 1)])
        s.work(baraka, 2**30, COMMITS, n=10)
        s.work(baraka, n=10, supersedes=SUBJECT, expect="void:supersedes-unknown")
        s.work(baraka, LARGEST, COMMITS, n=10, expect="void:id-taken")
        s.work(baraka, LARGEST, COMMITS, n=11, expect="void:points-overflow")
        s.work(baraka, 3, COMMITS, n=11)


def imports():
    with Script("imported", "an importer logs an alias's work") as s:
        s.begin()
        s.work(chipo, contributor=alias(1), expect="void:not-importer")
        s.grant(chipo, "importer")
        s.work(chipo, contributor=alias(1))
        s.work(chipo, 4, COMMITS, contributor=alias(1))
        s.mark("2026-03-01")
    with Script("imported-twice", "two importers of a project share the ids of imported work") as s:
        s.begin(importers=[chipo, baraka])
        s.work(chipo, contributor=alias(1), n=10)
        s.work(baraka, contributor=alias(1), n=10, expect="void:id-taken")
        s.work(chipo, 3, contributor=alias(1), n=10, expect="void:id-taken")
        s.work(chipo, contributor=alias(2), n=10, expect="void:id-taken")
    with Script("import-not-allowed", "without an import key nothing is imported, by nobody") as s:
        s.begin(importers=[chipo], **{"import": None})
        s.work(chipo, contributor=alias(1), expect="void:import-not-allowed")
        s.work(baraka, contributor=alias(1), expect="void:import-not-allowed")
    with Script("import-of-the-one-in-force", "whether work may be imported says the charter in force") as s:
        s.begin(importers=[chipo], notice=0)
        new = s.amend(**{"import": None}, notice=0)
        s.work(chipo, contributor=alias(1), expect="void:import-not-allowed")
        s.amend(replaces=new)
        s.work(chipo, contributor=alias(1), charter=new)
    with Script("importer-reviews-own-import", "an importer does not decide what they imported, nor does anybody else's role make it their own") as s:
        s.begin(importers=[chipo, dalila], reviewers=[chipo, dalila], arbiters=[chipo])
        work = s.work(chipo, contributor=alias(1))
        s.review(chipo, "accept", (work, "subject-own"))
        s.review(dalila, "accept", work)
        s.review(chipo, "adjust", (work, "subject-own", 3))
    with Script("imported-handles", "an alias is given the handle, its importer none") as s:
        s.begin(importers=[chipo], reviewers=[dalila])
        works = [s.work(chipo, n + 1, contributor=alias(n), n=20 + n) for n in range(3)]
        for n in (2, 0, 1):
            s.review(dalila, "accept", works[n])
        s.mark("2026-03-01")
    with Script("retracted-imported", "an importer withdraws what they imported, another importer does not") as s:
        s.begin(importers=[chipo, dalila])
        work = s.work(chipo, contributor=alias(1), n=10)
        s.retract(dalila, work, expect="void:retracts-nothing")
        s.retract(chipo, work)
        s.work(dalila, contributor=alias(1), n=10)


def folds():
    logging()
    ids()
    imports()
