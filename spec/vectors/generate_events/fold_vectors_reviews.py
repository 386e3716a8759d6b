"""Fold vectors: reviews and verdicts (fold.md §1, review, and §2)."""
import hashlib

from entries import canonical, changed, event_id, seal
from fold_script import (ADVICE, BY_DID, COMMITS, DEFAULT, LABELS, STORIES, VERDICTS, Key, Script, asha, baraka, chipo, dalila,
                         ekene, faraji, mallory)

SUBJECT = "ab" * 32
LARGEST = 2**32 - 1
EARNING = [*DEFAULT, (*VERDICTS, 5)]
FIXES = ("fixes", "fix", "engineering")


def first_verdict():
    with Script("review-accept", "under the rule first one verdict accepts the whole") as s:
        s.begin(reviewers=[chipo])
        works = [s.work(baraka, 5), s.work(baraka, 6), s.work(dalila, 7)]
        s.review(chipo, "accept", *works)
        s.mark("2026-03-01")
    with Script("review-reject", "one verdict rejects, and what is rejected has no units, points or handle") as s:
        s.begin(reviewers=[chipo])
        s.review(chipo, "reject", s.work(baraka, 5), s.work(baraka, 6), reason="incomplete")
        s.mark("2026-03-01")
    with Script("review-partial", "acceptance in part: the part is accepted, the rest rejected, the event accepted") as s:
        s.begin(reviewers=[chipo])
        s.review(chipo, "accept", (s.work(baraka, 100), "ok", 30), (s.work(dalila, 50), "ok", 50), (s.work(dalila, 9), "ok", 1))
        s.mark("2026-03-01")
    with Script("review-methods", "whatever the method, verdicts have the same effect, with and without a reason") as s:
        s.begin(reviewers=[chipo])
        for method in ("consensus", "full", "gold", "sample"):
            s.review(chipo, "accept", s.work(baraka), method=method, reason="spam")
            s.review(chipo, "reject", s.work(baraka), method=method)
    with Script("review-handle-order", "one review gives handles in the order of about, not of the works") as s:
        s.begin(reviewers=[chipo])
        people = (baraka, dalila, ekene, faraji, mallory)
        s.review(chipo, "accept", *(s.work(who, i + 1) for i, who in enumerate(people)))
        s.mark("2026-03-01")
    with Script("review-many", "many works in one review") as s:
        s.begin(reviewers=[chipo])
        s.review(chipo, "accept", *(s.work((baraka, dalila, ekene)[i % 3], i + 1) for i in range(30)))
    with Script("review-726", "a review about 726 events, the most there can be, of which one is there") as s:
        s.begin(reviewers=[chipo])
        nowhere = [hashlib.sha256(b"nowhere %d" % n).hexdigest() for n in range(725)]
        s.review(chipo, "accept", s.work(baraka), *((id_, "subject-unknown") for id_ in nowhere))
    with Script("review-quantity-largest", "the largest quantity is accepted, wholly and but for one") as s:
        s.begin(reviewers=[chipo])
        s.review(chipo, "accept", (s.work(baraka, LARGEST), "ok", LARGEST), (s.work(baraka, LARGEST), "ok", LARGEST - 1))
    with Script("review-after-charter", "work is reviewed though its charter was replaced long ago") as s:
        s.begin(reviewers=[chipo], notice=0, grace=0, activities=[(*STORIES, 500)], rules={"cultural-knowledge": {"rule": "first"}})
        work = s.work(baraka, kind=STORIES)
        s.amend(activities=[(*LABELS, 1)])
        s.day("2027-01-01")
        s.review(chipo, "accept", work)


def equal_verdicts():
    with Script("equal-two", "two equal verdicts accept; the first alone decides nothing") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work)
        s.mark("2026-03-01")
        s.review(dalila, "accept", work)
        s.mark("2026-03-01")
    with Script("equal-one-waits", "after the first of two equal verdicts work is undecided still") as s:
        s.begin(reviewers=[chipo, dalila])
        s.review(chipo, "accept", s.work(baraka, 8, STORIES))
        s.review(dalila, "reject", s.work(baraka, 9, STORIES))
    with Script("equal-three", "three equal verdicts, in spite of two others between") as s:
        s.begin(reviewers=[asha, chipo, dalila, ekene, faraji])
        work = s.work(baraka, 8, ADVICE)
        s.review(asha, "reject", work)
        s.review(chipo, "accept", work)
        s.review(dalila, "accept", (work, "ok", 3))
        s.review(ekene, "accept", work)
        s.review(faraji, "accept", (work, "ok", 8))
    with Script("equal-quantities-differ", "accepting different quantities is not equal; a third verdict decides") as s:
        s.begin(reviewers=[chipo, dalila, ekene, faraji])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work)
        s.review(dalila, "accept", (work, "ok", 7))
        s.review(ekene, "accept", (work, "ok", 7))
        s.review(faraji, "accept", (work, "subject-settled"))
    with Script("equal-whole-by-quantity", "the whole, and a quantity that is the whole, are equal") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", (work, "ok", 8))
        s.review(dalila, "accept", work)
    with Script("equal-rejects-reasons-differ", "rejections are equal whatever the reasons") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "reject", work, reason="spam")
        s.review(dalila, "reject", work, reason="incomplete")
    with Script("equal-accept-reject", "acceptance and rejection are not equal; the third decides") as s:
        s.begin(reviewers=[chipo, dalila, ekene])
        up, down = s.work(baraka, 8, STORIES), s.work(baraka, 9, STORIES)
        s.review(chipo, "accept", up, down)
        s.review(dalila, "reject", up, down)
        s.review(ekene, "accept", up)
        s.review(ekene, "reject", down)
    with Script("equal-method-differs", "verdicts are equal whatever the method") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work, method="gold")
        s.review(dalila, "accept", work, method="sample")
    with Script("equal-sixteen", "sixteen equal verdicts, the most there can be") as s:
        panel = [Key(f"reviewer {i}") for i in range(16)]
        BY_DID.update({k.did: k for k in panel})
        s.begin(reviewers=panel, rules={"annotation": {"rule": "equal", "count": 16}})
        work = s.work(baraka, 8)
        for key in panel:
            s.review(key, "accept", work)
    with Script("equal-role-ended-since", "a verdict counts though its reviewer's role has ended since") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work)
        s.end(chipo, "reviewer")
        s.review(dalila, "accept", work)
    with Script("equal-none-has-three", "three reviewers, three verdicts, none equal: undecided") as s:
        s.begin(reviewers=[chipo, dalila, ekene])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "reject", work)
        s.review(dalila, "accept", (work, "ok", 1))
        s.review(ekene, "accept", (work, "ok", 2))
    with Script("equal-superseded", "verdicts do not pass over to what takes the work's place") as s:
        s.begin(reviewers=[chipo, dalila])
        first = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", first)
        second = s.work(baraka, 8, STORIES, supersedes=first)
        s.review(dalila, "accept", second)
        s.review(chipo, "accept", second)
    with Script("equal-by-work", "each work's verdicts are its own") as s:
        s.begin(reviewers=[chipo, dalila])
        a, b = s.work(baraka, 8, STORIES), s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", a)
        s.review(dalila, "accept", b)
        s.review(chipo, "accept", (a, "subject-reviewed"), b)
        s.review(dalila, "reject", a, (b, "subject-settled"))
    with Script("equal-and-first", "one review of works under several rules") as s:
        s.begin(reviewers=[chipo, dalila])
        label, story, advice = s.work(baraka, 2), s.work(baraka, 3, STORIES), s.work(ekene, 4, ADVICE)
        s.review(chipo, "accept", label, story, advice)
        s.review(dalila, "accept", (label, "subject-settled"), story, advice)


def whole_review():
    with Script("not-reviewer", "who has not the role has no verdict, whatever other roles they have") as s:
        s.begin(arbiters=[chipo], importers=[chipo])
        work = s.work(baraka)
        s.review(chipo, "accept", work, expect="void:not-reviewer")
        s.review(mallory, "reject", work, expect="void:not-reviewer")
        s.review(asha, "accept", work, expect="void:not-reviewer")
    with Script("not-arbiter", "a reviewer does not adjust, and an arbiter does not accept") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, kind=COMMITS)
        s.review(chipo, "adjust", (work, "ok", 3), expect="void:not-arbiter")
        s.review(dalila, "accept", s.work(baraka), expect="void:not-reviewer")
        s.review(dalila, "adjust", (work, "ok", 3))
    with Script("reviewer-role-ended", "a role that ended before the review") as s:
        s.begin(reviewers=[chipo], arbiters=[chipo])
        work, done = s.work(baraka), s.work(baraka, kind=COMMITS)
        s.end(chipo, "reviewer")
        s.review(chipo, "accept", work, expect="void:not-reviewer")
        s.review(chipo, "adjust", (done, "ok", 3))
        s.end(chipo, "arbiter")
        s.review(chipo, "adjust", (done, "ok", 4), expect="void:not-arbiter")
    with Script("reason-unknown", "a reason that the charter does not know, in an acceptance too") as s:
        s.begin(reviewers=[chipo], arbiters=[chipo])
        work, done = s.work(baraka), s.work(baraka, kind=COMMITS)
        s.review(chipo, "reject", work, reason="ugly", expect="void:reason-unknown")
        s.review(chipo, "accept", work, reason="ugly", expect="void:reason-unknown")
        s.review(chipo, "adjust", (done, "ok", 3), reason="ugly", expect="void:reason-unknown")
    with Script("reasons-none", "a charter without reasons: nothing can be rejected or adjusted") as s:
        s.begin(reviewers=[chipo], arbiters=[chipo], reasons=None)
        work = s.work(baraka)
        s.review(chipo, "reject", work, expect="void:reason-unknown")
        s.review(chipo, "accept", work)
        s.review(chipo, "adjust", (work, "ok", 3), expect="void:reason-unknown")
    with Script("reason-of-the-one-in-force", "reasons are those of the charter in force, not of the one that the work names") as s:
        s.begin(reviewers=[chipo], notice=0)
        first, second = s.work(baraka), s.work(baraka)
        s.amend(reasons=["late"])
        s.review(chipo, "reject", first, reason="spam", expect="void:reason-unknown")
        s.review(chipo, "reject", first, second, reason="late")
    with Script("review-order-of-rules", "role before reason, and both before the events") as s:
        s.begin(reviewers=[chipo])
        s.review(mallory, "reject", SUBJECT, reason="ugly", expect="void:not-reviewer")
        s.review(chipo, "reject", SUBJECT, reason="ugly", expect="void:reason-unknown")
        s.review(chipo, "adjust", (SUBJECT, "ok", 1), reason="ugly", expect="void:not-arbiter")
        s.review(chipo, "reject", (SUBJECT, "subject-unknown"))
    with Script("review-void", "a review without any effect is void with the code of its first event, and does not come again") as s:
        s.begin(reviewers=[chipo, baraka], activities=EARNING)
        own, done = s.work(chipo), s.work(baraka, kind=COMMITS)
        codes = [(own, "subject-own"), (done, "subject-settled"), ("00" * 32, "subject-unknown")]
        s.review(chipo, "accept", *codes)
        s.review(chipo, "accept", *codes[:2])
        event = s.event("review", {"method": "full", "verdict": "accept"}, [chipo], project=s.project, about=[done])
        s.put(event, "void:subject-settled")
        s.put(event, "void:repeated")
    with Script("review-of-another-project", "a review's events are of its own project") as s:
        first = s.begin(reviewers=[chipo])
        work = s.work(baraka)
        s.found()
        s.grant(chipo, "reviewer")
        s.review(chipo, "accept", (work, "subject-unknown"))
        s.review(chipo, "accept", (work, "subject-unknown"), s.work(baraka))
        s.review(chipo, "accept", work, project=first)


def every_code():
    with Script("subject-void", "void events of any kind, of another project too") as s:
        first = s.begin(reviewers=[chipo])
        work = s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        review = s.review(chipo, "accept", (work, "subject-void"))
        day = s.day("2026-02-01", expect="void:day-not-later")
        s.found()
        elsewhere = s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        own = s.work(chipo, charter=SUBJECT, expect="void:charter-unknown")
        for event in (review, day, elsewhere, own):
            s.review(chipo, "accept", (event, "subject-void"), project=first)
    with Script("subject-unknown", "events that are no contributions, and what no entry holds") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka)
        review = s.review(chipo, "accept", work)
        back = s.retract(baraka, s.work(baraka))
        day, mark = s.day("2026-03-02"), s.mark("2026-03-02")
        for event in (SUBJECT, s.project, review, back, day, mark):
            s.review(dalila, "accept", (event, "subject-unknown"))
    with Script("subject-unknown-to-come", "an event that comes later is not known yet") as s:
        s.begin(reviewers=[chipo])
        event = s.work_event(baraka)
        s.review(chipo, "accept", (event_id(canonical(event)), "subject-unknown"))
        s.review(chipo, "accept", s.put(event, "pending"))
    with Script("subject-unknown-without-standing", "what was malformed or of another log has no standing, not even void") as s:
        s.begin(reviewers=[chipo])
        stray = changed(s.work_event(baraka), "log", "example.org/other")
        unsigned = s.work_event(baraka)
        s.put(stray, "void:other-log")
        s.put_malformed(canonical(seal(unsigned, sign_as={baraka.did: mallory.did})), "signature-invalid")
        s.review(chipo, "accept", (event_id(canonical(stray)), "subject-unknown"))
        s.review(chipo, "accept", (event_id(canonical(unsigned)), "subject-unknown"))
    with Script("subject-own", "nobody decides their own work, by no verdict") as s:
        s.begin(reviewers=[baraka], arbiters=[baraka])
        work, done = s.work(baraka), s.work(baraka, kind=COMMITS)
        s.review(baraka, "accept", (work, "subject-own"))
        s.review(baraka, "reject", (work, "subject-own"))
        s.review(baraka, "adjust", (done, "subject-own", 3))
    with Script("subject-withdrawn", "withdrawn and superseded work is decided by nobody") as s:
        s.begin(reviewers=[chipo], arbiters=[chipo])
        gone, replaced = s.work(baraka), s.work(baraka)
        s.retract(baraka, gone)
        new = s.work(baraka, 7, supersedes=replaced)
        s.review(chipo, "accept", (gone, "subject-withdrawn"))
        s.review(chipo, "reject", (replaced, "subject-withdrawn"))
        s.review(chipo, "adjust", (gone, "subject-withdrawn", 3))
        s.review(chipo, "accept", (replaced, "subject-withdrawn"), new)
    with Script("subject-settled", "what was decided at once, by verdict or by silence is settled") as s:
        s.begin(reviewers=[chipo, dalila])
        at_once, accepted, rejected, silent = s.work(baraka, 1, COMMITS), s.work(baraka, 2), s.work(baraka, 3), s.work(baraka, 4)
        s.review(chipo, "accept", accepted)
        s.review(chipo, "reject", rejected)
        s.day("2026-03-31", accepted=1)
        for work in (at_once, accepted, rejected, silent):
            s.review(dalila, "accept", (work, "subject-settled"))
            s.review(dalila, "reject", (work, "subject-settled"))
            s.review(chipo, "accept", (work, "subject-settled"))
    with Script("subject-undecided", "an arbiter adjusts only what was decided") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work, story = s.work(baraka), s.work(baraka, kind=STORIES)
        s.review(dalila, "adjust", (work, "subject-undecided", 3))
        s.review(chipo, "accept", story)
        s.review(dalila, "adjust", (story, "subject-undecided", 3))
    with Script("subject-quantity-above-logged", "nobody accepts more than was logged, in an adjustment neither") as s:
        s.begin(reviewers=[chipo], arbiters=[chipo])
        work, done = s.work(baraka, 10), s.work(baraka, 10, COMMITS)
        s.review(chipo, "accept", (work, "subject-quantity-above-logged", 11))
        s.review(chipo, "adjust", (done, "subject-quantity-above-logged", 11))
        s.review(chipo, "accept", (work, "ok", 10))
        s.review(chipo, "adjust", (work, "ok", 4))
        s.review(chipo, "adjust", (work, "ok", 10))
        s.review(chipo, "adjust", (work, "subject-quantity-above-logged", LARGEST))
    with Script("subject-quantity-zero", "to accept nothing is to reject, and that needs its own verdict") as s:
        s.begin(reviewers=[chipo])
        s.review(chipo, "accept", (s.work(baraka, 10), "subject-quantity-zero", 0))
        s.review(chipo, "accept", (s.work(baraka, 10), "subject-quantity-zero", 0), (s.work(baraka, 11), "ok", 11))
    with Script("subject-reviewed", "under the rule equal everybody has one verdict") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work)
        s.review(chipo, "accept", (work, "subject-reviewed"))
        s.review(chipo, "reject", (work, "subject-reviewed"))
        s.review(chipo, "accept", (work, "subject-reviewed", 2), (s.work(baraka, 9, STORIES), "ok", 9))
        s.review(dalila, "accept", work)
        s.review(chipo, "accept", (work, "subject-settled"))
    with Script("subject-reviewed-without-effect", "a verdict that had no effect was not given") as s:
        s.begin(reviewers=[chipo, dalila])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", (work, "subject-quantity-above-logged", 9))
        s.review(chipo, "accept", (work, "subject-quantity-zero", 0))
        s.review(chipo, "accept", work)
        s.review(dalila, "accept", work)
    with Script("subjects-mixed", "every code for accepting in one review, with two verdicts that have their effect") as s:
        s.begin(reviewers=[chipo, dalila], activities=[*EARNING, ("rock", "gram", "annotation", LARGEST)])
        void = s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        own = s.work(chipo, 10)
        gone = s.work(baraka, 10)
        s.retract(baraka, gone)
        settled = s.work(baraka, 10, COMMITS)
        above, zero, good, story = s.work(baraka, 10), s.work(baraka, 10), s.work(baraka, 10), s.work(baraka, 10, STORIES)
        reviewed, rock = s.work(baraka, 10, STORIES), s.work(baraka, LARGEST, ("rock", "gram", "annotation"))
        s.review(chipo, "accept", reviewed)
        s.review(chipo, "accept", (void, "subject-void", 1), (SUBJECT, "subject-unknown", 1), (own, "subject-own", 1),
                 (gone, "subject-withdrawn", 1), (settled, "subject-settled", 1), (above, "subject-quantity-above-logged", 11),
                 (zero, "subject-quantity-zero", 0), (reviewed, "subject-reviewed", 1), (rock, "subject-points-overflow", LARGEST),
                 (good, "ok", 9), (story, "ok", 8))
        s.mark("2026-03-01")
    with Script("subjects-mixed-adjust", "every code for adjusting in one review, with two that have their effect") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=[*EARNING, ("rock", "gram", "annotation", LARGEST)])
        void = s.work(baraka, charter=SUBJECT, expect="void:charter-unknown")
        own, gone, pending, above = s.work(dalila, 10, COMMITS), s.work(baraka, 10), s.work(baraka, 10), s.work(baraka, 10, COMMITS)
        s.retract(baraka, gone)
        good, zero, rock = s.work(baraka, 10, COMMITS), s.work(baraka, 10, COMMITS), s.work(baraka, LARGEST, ("rock", "gram", "annotation"))
        s.review(chipo, "reject", rock)
        s.review(dalila, "adjust", (void, "subject-void", 1), (SUBJECT, "subject-unknown", 1), (own, "subject-own", 1),
                 (gone, "subject-withdrawn", 1), (pending, "subject-undecided", 1), (above, "subject-quantity-above-logged", 11),
                 (rock, "subject-points-overflow", LARGEST), (good, "ok", 9), (zero, "ok", 0))
        s.mark("2026-03-01")
    with Script("subject-order", "the first row of the table that applies is told") as s:
        s.begin(reviewers=[chipo, dalila, baraka], arbiters=[chipo, baraka],
                activities=[*DEFAULT, ("rock", "gram", "cultural-knowledge", LARGEST)])
        own = s.work(baraka, 5)
        s.retract(baraka, own)
        s.review(baraka, "accept", (own, "subject-own"))
        done = s.work(baraka, 5, COMMITS)
        s.review(baraka, "accept", (done, "subject-own"))
        waiting = s.work(baraka, 5)
        s.review(baraka, "adjust", (waiting, "subject-own", 9))
        s.review(chipo, "accept", (own, "subject-withdrawn", 9))
        s.review(chipo, "accept", (done, "subject-settled", 9))
        s.review(chipo, "accept", (done, "subject-settled", 0))
        s.review(chipo, "adjust", (own, "subject-withdrawn", 9))
        s.review(chipo, "adjust", (waiting, "subject-undecided", 9))
        rock = s.work(baraka, LARGEST, ("rock", "gram", "cultural-knowledge"))
        s.review(chipo, "reject", rock)
        s.review(chipo, "accept", (rock, "subject-quantity-zero", 0))
        s.review(chipo, "accept", (rock, "subject-reviewed"))
        s.review(dalila, "accept", rock)
        s.review(dalila, "accept", (rock, "subject-reviewed", LARGEST))


def folds():
    first_verdict()
    equal_verdicts()
    whole_review()
    every_code()
