"""Fold vectors: points. What verdicts earn, what arbiters adjust, and the room that a project has (fold.md §2)."""
from entries import canonical, event_id
from fold_script import COMMITS, DEFAULT, LABELS, STORIES, VERDICTS, Script, baraka, chipo, dalila, ekene, mallory

SUBJECT = "ab" * 32
LARGEST = 2**32 - 1
MOST = 2**63 - 1
EARNING = [*DEFAULT, (*VERDICTS, 5)]
FIXES = ("fixes", "fix", "engineering")


def earning():
    with Script("verdict-earns", "a verdict earns its reviewer points, one accepted event of the kind review, and a handle") as s:
        s.begin(reviewers=[chipo], activities=EARNING)
        s.review(chipo, "accept", s.work(baraka, 5), s.work(baraka, 6))
        s.review(chipo, "reject", s.work(baraka, 7))
        s.mark("2026-03-01")
    with Script("verdict-earns-handles", "in one verdict the work's contributor gets a handle before the reviewer does") as s:
        s.begin(reviewers=[chipo], activities=EARNING)
        s.review(chipo, "accept", s.work(baraka, 5), s.work(dalila, 6), s.work(ekene, 7))
        s.mark("2026-03-01")
    with Script("verdict-earns-rejecting-first", "a reviewer who only rejects has a handle, and the contributor none") as s:
        s.begin(reviewers=[chipo], activities=EARNING)
        s.review(chipo, "reject", s.work(baraka, 5))
        s.mark("2026-03-01")
    with Script("verdict-earns-weight-zero", "with weight 0 a verdict earns the event and the handle") as s:
        s.begin(reviewers=[chipo], activities=[*DEFAULT, (*VERDICTS, 0)])
        s.review(chipo, "accept", s.work(baraka, 5))
        s.mark("2026-03-01")
    with Script("verdict-earns-first-activity", "of several activities counted in verdicts the first one's weight is earned") as s:
        s.begin(reviewers=[chipo], activities=[*DEFAULT, ("checks", "verdict", "review", 3), (*VERDICTS, 5), ("again", "hour", "review", 90)])
        s.review(chipo, "accept", s.work(baraka, 5))
    with Script("verdict-earns-equal", "each of several equal verdicts earns when it is given") as s:
        s.begin(reviewers=[chipo, dalila, ekene], activities=EARNING)
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work)
        s.mark("2026-03-01")
        s.review(dalila, "reject", work)
        s.review(ekene, "accept", work)
        s.mark("2026-03-01")
    with Script("verdict-earns-in-force", "what a verdict earns says the charter in force, whatever the work names") as s:
        s.begin(reviewers=[chipo], notice=0)
        works = [s.work(baraka, n) for n in range(1, 5)]
        s.review(chipo, "accept", works[0])
        second = s.amend(activities=EARNING, notice=0)
        s.review(chipo, "accept", works[1])
        third = s.amend(activities=[*DEFAULT, (*VERDICTS, 70)], replaces=second, notice=0)
        s.review(chipo, "accept", works[2])
        s.amend(replaces=third)
        s.review(chipo, "accept", works[3])
    with Script("verdict-earns-no-effect", "a verdict without effect earns nothing") as s:
        s.begin(reviewers=[chipo], activities=EARNING)
        s.review(chipo, "accept", (s.work(baraka, kind=COMMITS), "subject-settled"), s.work(baraka))
    with Script("adjust-earns-nothing", "an adjustment earns nothing") as s:
        s.begin(arbiters=[chipo], activities=EARNING)
        s.review(chipo, "adjust", (s.work(baraka, kind=COMMITS), "ok", 3))
    with Script("verdict-earner-known", "who earned by a verdict is known, and their void work is counted") as s:
        s.begin(reviewers=[chipo], activities=EARNING)
        s.work(chipo, kind=VERDICTS, expect="void:activity-by-verdicts")
        s.review(chipo, "accept", s.work(baraka))
        s.work(chipo, kind=VERDICTS, expect="void:activity-by-verdicts")
    with Script("verdict-earns-beside-work", "verdicts and logged review work add up") as s:
        s.begin(reviewers=[chipo, dalila], activities=[*EARNING, ("reviews", "hour", "review", 50)])
        hours = s.work(chipo, 3, ("reviews", "hour", "review"))
        s.review(chipo, "accept", s.work(baraka))
        s.review(dalila, "accept", hours)
        s.mark("2026-03-01")
    with Script("verdict-earns-enrolled", "in an enrolled project a reviewer earns without being a contributor") as s:
        s.begin(reviewers=[chipo], enrolment="enrolled", activities=EARNING)
        s.grant(baraka, "contributor")
        s.review(chipo, "accept", s.work(baraka))
        s.work(chipo, expect="void:not-enrolled")


def arbitration():
    with Script("adjust-down", "an arbiter takes units and points") as s:
        s.begin(arbiters=[dalila])
        work = s.work(baraka, 100, COMMITS)
        s.mark("2026-03-01")
        s.review(dalila, "adjust", (work, "ok", 40))
        s.mark("2026-03-01")
    with Script("adjust-up", "an arbiter gives what was not accepted, up to what was logged") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, 100)
        s.review(chipo, "accept", (work, "ok", 10))
        s.review(dalila, "adjust", (work, "ok", 60))
        s.review(dalila, "adjust", (work, "ok", 100))
    with Script("adjust-to-zero", "an adjustment to nothing rejects; the handle stays") as s:
        s.begin(arbiters=[dalila])
        work = s.work(baraka, 100, COMMITS)
        s.work(chipo, 3, COMMITS)
        s.mark("2026-03-01")
        s.review(dalila, "adjust", (work, "ok", 0))
        s.mark("2026-03-01")
        s.review(dalila, "adjust", (work, "ok", 0))
    with Script("adjust-from-rejected", "an arbiter accepts what was rejected, and its contributor gets a handle") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, 100)
        s.review(chipo, "reject", work)
        s.mark("2026-03-01")
        s.review(dalila, "adjust", (work, "ok", 1))
        s.mark("2026-03-01")
    with Script("adjust-same", "an adjustment to what it is has its effect") as s:
        s.begin(arbiters=[dalila])
        s.review(dalila, "adjust", (s.work(baraka, 100, COMMITS), "ok", 100))
    with Script("adjust-silence", "what silence accepted is adjusted") as s:
        s.begin(arbiters=[dalila])
        work = s.work(baraka, 100)
        s.day("2026-03-31", accepted=1)
        s.review(dalila, "adjust", (work, "ok", 5))
    with Script("adjust-weight-of-the-named", "an adjustment is by the weight of the charter that the work names") as s:
        s.begin(arbiters=[dalila], notice=0)
        work = s.work(baraka, 100, COMMITS)
        s.amend(activities=[(*COMMITS, 1000)])
        s.review(dalila, "adjust", (work, "ok", 40))
    with Script("adjust-several", "several in one adjustment, back and forth") as s:
        s.begin(arbiters=[dalila, chipo])
        a, b = s.work(baraka, 10, COMMITS), s.work(ekene, 20, COMMITS)
        s.review(dalila, "adjust", (a, "ok", 0), (b, "ok", 5))
        s.review(chipo, "adjust", (a, "ok", 10), (b, "ok", 0))
        s.review(dalila, "adjust", (a, "ok", 3), (b, "ok", 20))
        s.mark("2026-03-01")
    with Script("adjust-equal", "an arbiter adjusts work under the rule equal more than once, also one who was among its reviewers") as s:
        s.begin(reviewers=[chipo, dalila], arbiters=[chipo])
        work = s.work(baraka, 8, STORIES)
        s.review(chipo, "accept", work)
        s.review(dalila, "accept", work)
        s.review(chipo, "adjust", (work, "ok", 3))
        s.review(chipo, "adjust", (work, "ok", 5))
        s.review(chipo, "adjust", (work, "ok", 0))
    with Script("adjust-then-settled", "what was adjusted stays settled for reviewers and for its signer") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, 8)
        s.review(chipo, "reject", work)
        s.review(dalila, "adjust", (work, "ok", 3))
        s.review(chipo, "accept", (work, "subject-settled"))
        s.retract(baraka, work, expect="void:retracts-nothing")
        s.work(baraka, 9, supersedes=work, expect="void:supersedes-settled")


def full(s, **more):
    """A project with room for 2^32 - 2 points more."""
    s.begin(activities=[("rock", "gram", "engineering", LARGEST), (*FIXES, 1), (*LABELS, 1), (*STORIES, 1), (*VERDICTS, 5)], **more)
    s.work(mallory, 2**31 - 1, ("rock", "gram", "engineering"), expect="accepted")
    s.work(mallory, 2**31, FIXES, expect="accepted")


def overflow_of_work():
    with Script("points-most", "exactly 2^63 - 1 points, and not one more") as s:
        # 2^63 - 1 = (2^31 - 1)(2^32 - 1) + (2^31 - 1) + (2^32 - 1)
        s.begin(activities=[(*COMMITS, LARGEST), ("fixes", "fix", "engineering", 1)])
        fixes = ("fixes", "fix", "engineering")
        s.work(baraka, 2**31 - 1, COMMITS)
        s.work(chipo, 2**31 - 1, fixes, expect="accepted")
        s.work(dalila, LARGEST - 1, fixes, expect="accepted")
        s.work(baraka, 2, fixes, expect="void:points-overflow")
        s.work(baraka, 1, fixes, expect="accepted")
        s.work(baraka, 1, fixes, expect="void:points-overflow")
        assert sum(int(c["points"]) for c in s.fold.contributors()) == MOST
        s.mark("2026-03-01")
        s.snapshot()
    with Script("points-overflow-one", "one event with more points than there can be") as s:
        s.begin(activities=[(*COMMITS, LARGEST)])
        s.work(baraka, LARGEST, COMMITS, expect="void:points-overflow")
        s.work(baraka, 2**31, COMMITS)
        s.work(baraka, 2**31, COMMITS, expect="void:points-overflow")
    with Script("points-overflow-weight-zero", "in a project without room, work with weight 0 is accepted still") as s:
        s.begin(activities=[(*COMMITS, LARGEST), ("fixes", "fix", "engineering", 1), ("docs", "page", "engineering", 0)])
        s.work(baraka, 2**31 - 1, COMMITS)
        for quantity in (2**31 - 1, LARGEST):
            s.work(baraka, quantity, ("fixes", "fix", "engineering"), expect="accepted")
        s.work(chipo, LARGEST, ("docs", "page", "engineering"), expect="accepted")
    with Script("points-overflow-by-project", "each project has room of its own") as s:
        s.begin(activities=[(*COMMITS, LARGEST)])
        s.work(baraka, 2**31, COMMITS)
        s.found(activities=[(*COMMITS, LARGEST)])
        s.work(baraka, 2**31, COMMITS)
        s.mark("2026-03-01")
    with Script("points-overflow-pending", "work that waits needs no room") as s:
        s.begin(activities=[(*LABELS, LARGEST)])
        s.work(baraka, LARGEST)
        s.work(baraka, LARGEST)
    with Script("points-overflow-silence", "silence accepts nothing for which there is no room, never tries again, and goes on with the rest") as s:
        s.begin(reviewers=[chipo], activities=[(*LABELS, LARGEST), ("checks", "item", "annotation", 1)], arbiters=[dalila])
        first, big = s.work(baraka, 2**31), s.work(baraka, 2**31)
        small = s.work(ekene, 1, ("checks", "item", "annotation"))
        s.day("2026-03-31", accepted=2)
        s.review(dalila, "adjust", (first, "ok", 0))
        s.day("2026-04-30")
        s.day("2036-04-30")
        s.review(chipo, "accept", big)
        s.review(chipo, "accept", (small, "subject-settled"))
        s.mark("2036-04-30")
    with Script("points-overflow-silence-then-withdrawn", "what silence had no room for can be withdrawn or rejected") as s:
        s.begin(reviewers=[chipo], activities=[(*LABELS, LARGEST)])
        first, second, third = (s.work(baraka, 2**31) for _ in range(3))
        s.day("2026-03-31", accepted=1)
        s.retract(baraka, second)
        s.review(chipo, "reject", third)
        s.retract(baraka, first, expect="void:retracts-nothing")


def overflow_of_reviews():
    with Script("points-overflow-review", "an acceptance without room has no effect, and the work waits on") as s:
        s.begin(reviewers=[chipo], activities=[(*LABELS, LARGEST)])
        first, second = s.work(baraka, 2**31), s.work(dalila, 2**31)
        s.review(chipo, "accept", first)
        s.review(chipo, "accept", (second, "subject-points-overflow"))
        s.review(chipo, "reject", second)
    with Script("points-overflow-in-one-review", "one event of a review takes the room, the others have none; the order of about decides") as s:
        s.begin(reviewers=[chipo], activities=[(*LABELS, LARGEST)])
        works = sorted(s.work(who, 2**31) for who in (baraka, dalila, ekene))
        s.review(chipo, "accept", works[0], *((w, "subject-points-overflow") for w in works[1:]))
    with Script("points-overflow-partial", "what has no room wholly has it in part") as s:
        full(s, reviewers=[chipo])
        work = s.work(baraka, LARGEST)
        s.review(chipo, "accept", (work, "subject-points-overflow"))
        s.review(chipo, "accept", (work, "ok", 5))
    with Script("points-overflow-verdict", "room for the work, but not for the verdict on it") as s:
        full(s, reviewers=[chipo])
        work = s.work(baraka, LARGEST)
        s.review(chipo, "accept", (work, "subject-points-overflow", LARGEST - 1))
        s.review(chipo, "accept", (work, "subject-points-overflow", LARGEST - 5))
        s.review(chipo, "accept", (work, "ok", LARGEST - 6))
        assert sum(int(c["points"]) for c in s.fold.contributors()) == 2**63 - 1
        s.review(chipo, "reject", (s.work(baraka, 3), "subject-points-overflow"))
        s.mark("2026-03-01")
    with Script("points-overflow-verdict-alone", "without room for what they earn, rejections have no effect either") as s:
        full(s, reviewers=[chipo, dalila])
        s.work(mallory, LARGEST - 5, FIXES, expect="accepted")
        work = s.work(baraka, 3)
        s.review(chipo, "reject", (work, "subject-points-overflow"))
        s.mark("2026-03-01")
        story = s.work(baraka, 3, STORIES)
        s.review(chipo, "accept", (story, "subject-points-overflow"))
    with Script("points-overflow-undecided", "an equal verdict that does not decide needs room only for what it earns") as s:
        full(s, reviewers=[chipo, dalila])
        story = s.work(baraka, LARGEST, STORIES)
        s.review(chipo, "accept", story)
        s.review(dalila, "accept", (story, "subject-points-overflow"))
        s.review(dalila, "reject", story)
    with Script("points-overflow-adjust", "an adjustment upwards needs room, one downwards none") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=[(*COMMITS, LARGEST)])
        first = s.work(baraka, 2**31, COMMITS)
        s.review(dalila, "adjust", (first, "ok", 1))
        second = s.work(ekene, 2**31 - 1, COMMITS)
        s.review(dalila, "adjust", (first, "subject-points-overflow", 2))
        s.review(dalila, "adjust", (second, "ok", 2**31 - 2))
        s.review(dalila, "adjust", (first, "ok", 2))
        s.review(dalila, "adjust", (second, "ok", 2**31 - 2))
        s.mark("2026-03-01")
    with Script("points-overflow-adjust-in-one-review", "what one event of an adjustment gives back the next can take, in the order of about") as s:
        s.begin(arbiters=[dalila], activities=[(*COMMITS, LARGEST)])
        events = [s.work_event(who, 2**31, COMMITS) for who in (baraka, ekene)]
        high, low = sorted(events, key=lambda e: event_id(canonical(e)), reverse=True)
        low = s.put(low, "accepted")
        s.review(dalila, "adjust", (low, "ok", 0))
        high = s.put(high, "accepted")
        # `low` has nothing, `high` all there is room for.
        s.review(dalila, "adjust", (low, "subject-points-overflow", 2**31), (high, "ok", 0))
        s.review(dalila, "adjust", (low, "ok", 2**31), (high, "ok", 0))
        s.review(dalila, "adjust", (low, "ok", 0), (high, "ok", 2**31))


def folds():
    earning()
    arbitration()
    overflow_of_work()
    overflow_of_reviews()
