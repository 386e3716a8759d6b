"""Fold vectors: charters, amendments, roles and enrolment (fold.md §1, charter and membership)."""
from fold_script import (COMMITS, DEFAULT, STORIES, Script, alias, asha, baraka, charter_body, chipo, dalila, mallory)

SUBJECT = "ab" * 32
DOUBLE = [(a, u, k, w * 2) for a, u, k, w in DEFAULT]
TWO = {"stewards": {"keys": sorted([asha.did, chipo.did]), "threshold": 2}}


def charters():
    with Script("stewards-below-threshold", "a first charter signed by no steward") as s:
        s.open()
        s.found(signers=[mallory], expect="void:stewards-below-threshold")
        s.work(baraka, expect="void:project-unknown")
    with Script("charter-threshold", "a first charter by one of two stewards who are both needed, then by both") as s:
        s.open()
        s.found(signers=[asha], expect="void:stewards-below-threshold", **TWO)
        s.found(signers=[asha, chipo], **TWO)
    with Script("charter-extra-signers", "signers who are no stewards do a charter no harm") as s:
        s.open()
        s.found(signers=[asha, mallory])
    with Script("charters-alike", "two first charters that say the same are two projects") as s:
        s.open()
        s.found()
        s.work(baraka)
        s.found()
        s.work(baraka)
    with Script("project-unknown", "work, roles, amendments and reviews for a project that is not there") as s:
        s.open()
        s.project = s.charter = SUBJECT
        s.work(baraka, expect="void:project-unknown")
        s.grant(chipo, "reviewer", expect="void:project-unknown")
        s.amend(expect="void:project-unknown")
        s.review(chipo, "accept", SUBJECT, expect="void:project-unknown")
        s.retract(baraka, SUBJECT, expect="void:retracts-nothing")
    with Script("project-is-the-first-charter", "an amendment's id is not the project's") as s:
        project = s.begin(notice=0)
        amendment = s.amend(notice=0)
        s.work(baraka, project=amendment, charter=amendment, expect="void:project-unknown")
        s.work(baraka, project=project, charter=amendment)
    with Script("charter-unknown", "work under a charter that is not there") as s:
        s.begin()
        s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
    with Script("charter-is-no-charter", "work under an event that is no charter") as s:
        s.begin()
        work = s.work(baraka)
        s.work(baraka, charter=work, expect="void:charter-unknown")
    with Script("charter-void", "work under a charter that was void when logged") as s:
        s.begin()
        void = s.amend(signers=[mallory], expect="void:stewards-below-threshold")
        s.work(baraka, charter=void, expect="void:charter-unknown")
        s.amend(replaces=void, expect="void:charter-not-in-force")
    with Script("charter-of-another-project", "work under the charter of another project") as s:
        first = s.begin()
        other = s.found()
        s.work(baraka, project=first, charter=other, expect="void:charter-unknown")
        s.amend(project=first, replaces=other, expect="void:charter-not-in-force")


    with Script("charter-other-log", "a charter that names another log begins nothing here") as s:
        s.open()
        charter = s.event("charter", charter_body(), [asha], log="example.org/other")
        s.project = s.charter = s.put(charter, "void:other-log")
        s.work(baraka, expect="void:project-unknown")
    with Script("handles-by-project", "each project has handles of its own") as s:
        first = s.begin()
        for who in (chipo, baraka):
            s.work(who, kind=COMMITS)
        s.found()
        for who in (baraka, dalila, chipo):
            s.work(who, kind=COMMITS)
        s.work(dalila, kind=COMMITS, project=first, charter=first)
        s.mark("2026-03-01")


def amendments():
    with Script("amendment-notice", "an amendment waits for its notice") as s:
        s.begin()
        new = s.amend(notice=0)
        s.work(baraka, charter=new, expect="void:charter-not-yet")
        s.work(baraka)
        s.day("2026-03-03")
        s.work(baraka, charter=new, expect="void:charter-not-yet")
        s.day("2026-03-04")
        s.work(baraka, charter=new)
    with Script("amendment-at-once", "with notice 0 an amendment is in force at once") as s:
        s.begin(notice=0, grace=0)
        new = s.amend(notice=5)
        s.work(baraka, charter=new)
        s.work(baraka)
        s.amend(expect="void:charter-not-in-force")
        s.day("2026-03-02")
        s.work(baraka, expect="void:charter-changed")
    with Script("amendment-notice-of-the-one-in-force", "the notice is that of the charter in force, not the amendment's own") as s:
        s.begin(notice=2)
        new = s.amend(notice=0)
        s.work(baraka, charter=new, expect="void:charter-not-yet")
        s.day("2026-03-03")
        newest = s.amend(replaces=new, notice=3)
        s.work(baraka, charter=newest)
    with Script("amendment-grace", "work under a replaced charter counts to the last day of its grace") as s:
        s.begin()
        s.amend()
        s.day("2026-03-04")
        s.work(baraka)
        s.day("2026-03-11")
        s.work(baraka)
        s.day("2026-03-12")
        s.work(baraka, expect="void:charter-changed")
    with Script("amendment-grace-none", "with grace 0 work counts on the day of the change still") as s:
        s.begin(grace=0)
        s.amend()
        s.day("2026-03-04")
        s.work(baraka)
        s.day("2026-03-05")
        s.work(baraka, expect="void:charter-changed")
    with Script("amendment-late", "a charter is replaced on the day that its amendment was due, however late that shows") as s:
        s.begin()
        new = s.amend()
        s.day("2026-03-20")
        s.work(baraka, expect="void:charter-changed")
        s.work(baraka, charter=new)
    with Script("amendment-late-grace", "grace runs from the day that the amendment was due") as s:
        s.begin()
        s.amend()
        s.day("2026-03-10")
        s.work(baraka)
        s.day("2026-03-11")
        s.work(baraka)
        s.day("2026-03-12")
        s.work(baraka, expect="void:charter-changed")
    with Script("grace-of-the-named", "grace is that of the charter that the work names") as s:
        s.begin()
        s.amend(grace=0)
        s.day("2026-03-10")
        s.work(baraka)
    with Script("grace-of-each", "two charters that were replaced have a grace each") as s:
        first = s.begin(notice=0, grace=10)
        second = s.amend(notice=0, grace=2)
        s.day("2026-03-03")
        third = s.amend(replaces=second, notice=0)
        s.day("2026-03-06")
        s.work(baraka, charter=first)
        s.work(baraka, charter=second, expect="void:charter-changed")
        s.work(baraka, charter=third)
        s.day("2026-03-11")
        s.work(baraka, charter=first)
        s.day("2026-03-12")
        s.work(baraka, charter=first, expect="void:charter-changed")
    with Script("amendment-replaced-while-waiting", "a second amendment of the same charter takes the first one's place, with new notice") as s:
        s.begin()
        first = s.amend()
        s.day("2026-03-03")
        second = s.amend()
        s.day("2026-03-04")
        s.work(baraka, charter=first, expect="void:charter-not-yet")
        s.work(baraka, charter=second, expect="void:charter-not-yet")
        s.day("2026-03-06")
        s.work(baraka, charter=second)
        s.work(baraka, charter=first, expect="void:charter-not-yet")
        s.work(baraka)
        s.day("2026-03-13")
        s.work(baraka)
        s.day("2026-03-14")
        s.work(baraka, expect="void:charter-changed")
    with Script("amendment-same-predecessor-later", "an amendment of a charter that is no longer in force") as s:
        s.begin()
        s.amend()
        s.day("2026-03-04")
        s.amend(expect="void:charter-not-in-force")
    with Script("amendment-of-one-that-waits", "an amendment that waits can not be amended") as s:
        s.begin()
        new = s.amend()
        s.amend(replaces=new, expect="void:charter-not-in-force")
    with Script("amendment-of-one-overtaken", "nor one that was overtaken, though its day has come") as s:
        s.begin()
        first = s.amend()
        second = s.amend()
        s.day("2026-03-04")
        s.amend(replaces=first, expect="void:charter-not-in-force")
        s.amend(replaces=second)
    with Script("amendment-by-an-attacker", "an amendment that names only the attacker as steward") as s:
        s.begin(notice=0)
        stolen = s.amend(signers=[mallory], stewards={"keys": [mallory.did], "threshold": 1}, expect="void:stewards-below-threshold")
        s.work(baraka, charter=stolen, expect="void:charter-unknown")
        s.amend(signers=[mallory], replaces=stolen, expect="void:charter-not-in-force")
    with Script("amendment-one-of-two", "an amendment by one of two stewards who are both needed") as s:
        s.open()
        s.found(signers=[asha, chipo], notice=0, **TWO)
        s.amend(signers=[asha], expect="void:stewards-below-threshold")
        s.amend(signers=[asha, mallory], expect="void:stewards-below-threshold")
        s.amend(signers=[asha, chipo, mallory])
    with Script("amendment-changes-stewards", "after an amendment the new stewards amend, and the old ones do not") as s:
        s.begin(notice=0)
        new = s.amend(stewards={"keys": [chipo.did], "threshold": 1}, notice=0)
        s.amend(replaces=new, expect="void:stewards-below-threshold")
        s.amend(replaces=new, signers=[chipo])
    with Script("amendment-waiting-binds-nobody", "until its day, stewards, enrollers and reasons are those of the charter in force") as s:
        s.begin(reviewers=[chipo])
        s.amend(stewards={"keys": [dalila.did], "threshold": 1}, enrollers=[dalila.did], reasons=["late"])
        s.grant(baraka, "advocate", by=[dalila], expect="void:not-enroller")
        s.review(chipo, "reject", s.work(baraka), reason="late", expect="void:reason-unknown")
        s.amend(signers=[dalila], expect="void:stewards-below-threshold")
        s.grant(baraka, "advocate")
    with Script("amendment-attempt-leaves-the-waiting", "a void amendment takes nobody's place") as s:
        s.begin()
        new = s.amend()
        s.amend(signers=[mallory], expect="void:stewards-below-threshold")
        s.day("2026-03-04")
        s.work(baraka, charter=new)
    with Script("amendments-of-several-projects", "several amendments come into force on one day") as s:
        s.open()
        projects = [s.found(notice=n) for n in (3, 2, 1)]
        new = [s.amend(project=p, replaces=p) for p in projects]
        s.day("2026-03-03")
        s.work(baraka, project=projects[0], charter=new[0], expect="void:charter-not-yet")
        s.work(baraka, project=projects[1], charter=new[1])
        s.work(baraka, project=projects[2], charter=new[2])
        s.day("2026-03-10")
        s.work(baraka, project=projects[0], charter=new[0])
        s.work(baraka, project=projects[0], charter=projects[0])
        s.work(baraka, project=projects[1], charter=projects[1])
        s.work(baraka, project=projects[2], charter=projects[2], expect="void:charter-changed")
    with Script("weight-of-the-named", "work has the weight of the charter that it names, before and after it is replaced") as s:
        s.begin(reviewers=[chipo])
        before = s.work(baraka, 10)
        s.work(baraka, 10, COMMITS)
        new = s.amend(activities=DOUBLE)
        s.day("2026-03-04")
        in_grace = s.work(baraka, 10)
        s.work(baraka, 10, COMMITS)
        after = s.work(dalila, 10, charter=new)
        s.work(dalila, 10, COMMITS, charter=new)
        s.review(chipo, "accept", before, in_grace, after)
    with Script("verdict-rule-of-the-named", "what decides is in the charter that the work names, whatever is in force later") as s:
        s.begin(reviewers=[chipo, dalila], notice=0)
        before, story = s.work(baraka), s.work(baraka, kind=STORIES)
        new = s.amend(rules={"annotation": {"rule": "at-once"}, "cultural-knowledge": {"rule": "first"}}, notice=0)
        s.work(baraka, charter=new, expect="accepted")
        later = s.work(baraka, kind=STORIES, charter=new)
        s.review(chipo, "accept", before, story, later)
        s.review(dalila, "accept", story, (later, "subject-settled"))
    with Script("silence-of-the-named", "silence is that of the charter that the work names") as s:
        s.begin(notice=0)
        s.work(baraka)
        new = s.amend(rules={"annotation": {"rule": "first", "silence": 1}}, notice=0)
        s.work(baraka, charter=new)
        s.day("2026-03-02", accepted=1)
        s.day("2026-03-31", accepted=1)


def roles():
    with Script("not-enroller", "a membership by one who is no enroller") as s:
        s.begin()
        s.grant(baraka, "reviewer", by=[mallory], expect="void:not-enroller")
    with Script("not-every-signer-enrols", "every signer of a membership is an enroller") as s:
        s.begin()
        s.grant(baraka, "reviewer", by=[asha, mallory], expect="void:not-enroller")
    with Script("two-enrollers", "two enrollers may grant together") as s:
        s.begin(enrollers=sorted([asha.did, chipo.did]))
        s.grant(baraka, "reviewer", by=[asha, chipo])
        s.end(baraka, "reviewer", by=[chipo])
    with Script("no-enrollers", "without enrollers nobody has roles") as s:
        s.begin(enrollers=None)
        s.grant(baraka, "reviewer", expect="void:not-enroller")
    with Script("member-twice", "a role is granted once and ended once") as s:
        s.begin()
        s.end(baraka, "contributor", expect="void:member-lacks-role")
        s.grant(baraka, "contributor")
        s.grant(baraka, "contributor", expect="void:member-has-role")
        s.end(baraka, "contributor")
        s.end(baraka, "contributor", expect="void:member-lacks-role")
    with Script("roles-every", "every role there is, one person having several") as s:
        s.begin()
        for role in ("advocate", "arbiter", "contributor", "importer", "paymaster", "reviewer", "treasurer"):
            s.grant(baraka, role)
            s.grant(baraka, role, expect="void:member-has-role")
        s.end(baraka, "paymaster")
        s.end(baraka, "paymaster", expect="void:member-lacks-role")
        s.grant(baraka, "reviewer", expect="void:member-has-role")
    with Script("roles-of-each-project", "a role is held in one project") as s:
        first = s.begin(reviewers=[chipo])
        work = s.work(baraka)
        s.found()
        s.review(chipo, "accept", s.work(baraka), expect="void:not-reviewer")
        s.grant(chipo, "reviewer")
        s.review(chipo, "accept", work, project=first)
    with Script("roles-by-order", "what somebody has is judged where their entry stands") as s:
        s.begin()
        work = [s.work(baraka) for _ in range(3)]
        s.review(chipo, "accept", work[0], expect="void:not-reviewer")
        s.grant(chipo, "reviewer")
        s.review(chipo, "accept", work[1])
        s.end(chipo, "reviewer")
        s.review(chipo, "accept", work[2], expect="void:not-reviewer")
        s.grant(chipo, "reviewer")
        s.review(chipo, "accept", work[2])
    with Script("roles-outlast-charters", "an amendment takes nobody's role") as s:
        s.begin(reviewers=[chipo], notice=0)
        s.amend(enrollers=None)
        s.end(chipo, "reviewer", expect="void:not-enroller")
        s.review(chipo, "accept", s.work(baraka))


def enrolment():
    with Script("enrolled", "in an enrolled project only members' work counts, at its position") as s:
        s.begin(enrolment="enrolled")
        s.work(baraka, expect="void:not-enrolled")
        s.grant(baraka, "contributor")
        s.work(baraka)
        s.end(baraka, "contributor")
        s.work(baraka, expect="void:not-enrolled")
    with Script("enrolled-handles", "members get handles in the order of their enrolment, accepted work or not") as s:
        s.begin(enrolment="enrolled")
        s.grant(baraka, "contributor")
        s.grant(chipo, "reviewer")
        s.grant(alias(1), "contributor")
        s.grant(chipo, "contributor")
        s.work(chipo, kind=COMMITS)
        s.mark("2026-03-01")
    with Script("enrolled-in-open", "a contributor who is enrolled has a handle also in an open project") as s:
        s.begin()
        s.work(dalila, kind=COMMITS)
        s.grant(baraka, "contributor")
        s.work(chipo, kind=COMMITS)
        s.mark("2026-03-01")
    with Script("handle-kept", "a handle stays when membership ends, and a second grant gives no second one") as s:
        s.begin(enrolment="enrolled")
        s.grant(baraka, "contributor")
        s.mark("2026-03-01")
        s.end(baraka, "contributor")
        s.grant(chipo, "contributor")
        s.grant(baraka, "contributor")
        s.mark("2026-03-01")
        s.work(baraka, kind=COMMITS)
        s.mark("2026-03-01")
    with Script("handle-after-work", "who has a handle by accepted work gets no other by enrolment") as s:
        s.begin()
        s.work(baraka, kind=COMMITS)
        s.work(chipo, kind=COMMITS)
        s.grant(baraka, "contributor")
        s.work(dalila, kind=COMMITS)
    with Script("enrolled-void-counts", "void work of a member is counted from the enrolment on") as s:
        s.begin(enrolment="enrolled")
        s.work(baraka, expect="void:not-enrolled")
        s.grant(baraka, "contributor")
        s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        s.end(baraka, "contributor")
        s.work(baraka, expect="void:not-enrolled")
        s.work(chipo, expect="void:not-enrolled")
    with Script("enrolled-later", "whether work needs enrolment says the charter in force") as s:
        s.begin(notice=0)
        s.work(baraka)
        s.amend(enrolment="enrolled")
        s.work(baraka, expect="void:not-enrolled")
        s.grant(baraka, "contributor")
        s.work(baraka)
    with Script("enrolled-alias", "in an enrolled project the alias is the member, not its importer") as s:
        s.begin(importers=[chipo], enrolment="enrolled")
        s.grant(chipo, "contributor")
        s.work(chipo, contributor=alias(1), expect="void:not-enrolled")
        s.grant(alias(1), "contributor")
        s.work(chipo, contributor=alias(1))
    with Script("enrolled-after-end-pending", "work that was logged by a member is decided though membership ended") as s:
        s.begin(reviewers=[chipo], enrolment="enrolled")
        s.grant(baraka, "contributor")
        first, second = s.work(baraka, 3), s.work(baraka, 4)
        s.end(baraka, "contributor")
        s.review(chipo, "accept", first)
        s.day("2026-03-31", accepted=1)
        s.retract(baraka, second, expect="void:retracts-nothing")


def folds():
    charters()
    amendments()
    roles()
    enrolment()
