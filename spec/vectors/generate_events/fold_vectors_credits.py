"""Fold vectors: chains of credits (fold.md §3, settlement.md §3), and what lines have of them. All credits were written by hand."""
from entries import canonical, event_id
from fold_script import ADVICE, COMMITS, LABELS, STORIES, VERDICTS, Script, alias, baraka, chipo, dalila, ekene, mallory
from fold_vectors_claims import claimed
from fold_vectors_income import ONE, SHARE, money, rate

SOURCE = "spec/settlement.md §3"
TODAY = "2026-03-01"
EARN = [(*LABELS, 2), (*STORIES, 500), (*COMMITS, 10), (*VERDICTS, 5)]


def script(name, description):
    return Script("credits-" + name, description, SOURCE)


def chains():
    with script("adjusted", "accepted in part, adjusted up, to 0 and up again: four links") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, 50)
        by = [s.review(chipo, "accept", (work, "ok", 20)), *(s.review(dalila, "adjust", (work, "ok", q)) for q in (30, 0, 7))]
        s.credits(baraka, *((work, b, s.charter, *points) for b, points in zip(by, ((0, 40), (40, 60), (60, 0), (0, 14)))))
        s.mark(TODAY)
    with script("adjusted-same", "an adjustment to the same quantity is a link, also between two marks") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka, 50)
        accepted = s.review(chipo, "accept", work)
        s.mark(TODAY)
        same = s.review(dalila, "adjust", (work, "ok", 50))
        s.credits(baraka, (work, accepted, s.charter, 0, 100), (work, same, s.charter, 100, 100))
    with script("at-once", "accepted at once: the entry decides itself; two projects have chains of their own") as s:
        s.begin()
        first = s.work(baraka, 3, COMMITS)
        one, charter = s.project, s.charter
        s.found()
        second = s.work(baraka, 4, COMMITS)
        s.credits(baraka, (first, first, charter, 0, 30), project=one)
        s.credits(baraka, (second, second, s.charter, 0, 40))
    with script("silence", "silence decides with the `day` entry: by the day on which it ended, then by index") as s:
        s.begin()
        late, soon, sooner = s.work(baraka, 1), s.work(baraka, 2, ADVICE), s.work(baraka, 3, ADVICE)
        day = s.day("2026-05-01", accepted=3)
        s.credits(baraka, (soon, day, s.charter, 0, 14), (sooner, day, s.charter, 0, 21), (late, day, s.charter, 0, 2))
    with script("alias", "imported work is credited to the alias, and nothing to who imports") as s:
        s.begin(importers=[dalila])
        work = s.work(dalila, 3, COMMITS, contributor=alias(1))
        s.credits(alias(1), (work, work, s.charter, 0, 30))
        s.credits(dalila)
    with script("weight-zero", "work and verdicts with weight 0 are links too, and so is what is taken back of them") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=[(*LABELS, 0), (*VERDICTS, 0)])
        work = s.work(baraka, 5)
        accepted, back = s.review(chipo, "accept", work), s.review(dalila, "adjust", (work, "ok", 0))
        s.credits(baraka, (work, accepted, s.charter, 0, 0), (work, back, s.charter, 0, 0))
        s.credits(chipo, (accepted, accepted, s.charter, 0, 0))
        s.mark(TODAY)
    with script("many", "40 credits of one person") as s:
        s.begin()
        works = [s.work(baraka, 1 + n, COMMITS) for n in range(40)]
        s.credits(baraka, *((work, work, s.charter, 0, 10 + 10 * n) for n, work in enumerate(works)))


def verdicts():
    with script("verdicts", "verdicts earn, and decide the work: several events in one review, each a link") as s:
        s.begin(reviewers=[chipo], activities=EARN)
        works = sorted(s.work(who, 10) for who in (baraka, baraka, ekene))
        whose = {work: s.fold.contributions[work].contributor for work in works}
        review = s.review(chipo, "accept", *works)
        for who in (baraka, ekene):
            s.credits(who, *((work, review, s.charter, 0, 20) for work in works if whose[work] == who.did))
        s.credits(chipo, *[(review, review, s.charter, 0, 5)] * 3)
    with script("order-of-about", "what a review decides comes in the order of `about`, not in that of the log") as s:
        s.begin(reviewers=[chipo], activities=EARN)
        events = sorted((s.work_event(baraka, 1 + n) for n in range(3)), key=lambda e: event_id(canonical(e)), reverse=True)
        works = [s.put(event, "pending") for event in events]
        points = {work: 2 * event["body"]["quantity"] for work, event in zip(works, events)}
        review = s.review(chipo, "accept", *works)
        s.credits(baraka, *((work, review, s.charter, 0, points[work]) for work in reversed(works)))
    with script("equal", "equal verdicts: each earns, the second decides; one without effect leaves nothing") as s:
        s.begin(reviewers=[chipo, dalila], activities=EARN)
        story, other = s.work(baraka, 2, STORIES), s.work(chipo, 1, STORIES)
        first = s.review(chipo, "accept", story, (other, "subject-own"))
        second = s.review(dalila, "accept", story)
        s.credits(baraka, (story, second, s.charter, 0, 1000))
        s.credits(chipo, (first, first, s.charter, 0, 5))
        s.credits(dalila, (second, second, s.charter, 0, 5))
    with script("both", "one person's work and verdicts are one chain; adjustments earn nothing") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=EARN)
        own, others = s.work(chipo, 3, COMMITS), s.work(baraka, 4)
        review = s.review(chipo, "reject", others)
        adjusted = s.review(dalila, "adjust", (own, "ok", 1), (others, "ok", 4))
        s.credits(chipo, (own, own, s.charter, 0, 30), (review, review, s.charter, 0, 5), (own, adjusted, s.charter, 30, 10))
        s.credits(baraka, (others, adjusted, s.charter, 0, 8))
        s.credits(dalila)
    with script("amended", "amended between work and verdict: work is by the charter that it names, the verdict by the one in force") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=EARN, notice=0)
        work, old = s.work(baraka, 10), s.charter
        new = s.amend(activities=[(*LABELS, 3), (*VERDICTS, 7)])
        review = s.review(chipo, "accept", work)
        newer = s.work(baraka, 10, charter=new)
        second = s.review(chipo, "accept", newer)
        adjusted = s.review(dalila, "adjust", (work, "ok", 4))
        s.credits(baraka, (work, review, old, 0, 20), (newer, second, new, 0, 30), (work, adjusted, old, 20, 8))
        s.credits(chipo, (review, review, new, 0, 7), (second, second, new, 0, 7))


def without():
    with script("none", "work withdrawn, superseded, rejected or without room is no link; adjusting what was rejected is one, but not to 0") as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=[(*LABELS, 2), (*COMMITS, 2**32 - 1)])
        gone, old, rejected = s.work(baraka, 1), s.work(baraka, 2), s.work(baraka, 3)
        s.retract(baraka, gone)
        new = s.work(baraka, 4, supersedes=old)
        s.review(chipo, "reject", rejected)
        s.work(baraka, 2**32 - 1, COMMITS, expect="void:points-overflow")
        s.review(dalila, "adjust", (rejected, "ok", 0))
        s.credits(baraka)
        s.mark(TODAY)
        adjusted, accepted = s.review(dalila, "adjust", (rejected, "ok", 2)), s.review(chipo, "accept", new)
        s.credits(baraka, (rejected, adjusted, s.charter, 0, 4), (new, accepted, s.charter, 0, 8))
    with script("silence-no-room", "what silence has no room for is no link, and what comes after it is") as s:
        s.begin(activities=[(*LABELS, 2**32 - 1), ("checks", "item", "annotation", 1)])
        works = [s.work(baraka, 2**31), s.work(baraka, 2**31), s.work(baraka, 1, ("checks", "item", "annotation"))]
        day = s.day("2026-03-31", accepted=2)
        s.credits(baraka, (works[0], day, s.charter, 0, 2**31 * (2**32 - 1)), (works[2], day, s.charter, 0, 1))


def lines():
    with money("credits-lines", "credits of lines are of all ranges, up to the mark; who has a handle alone has none", pay=rate(3, share="range"),
               arbiters=[ekene]) as s:
        s.source = SOURCE
        s.grant(mallory, "contributor")
        first = s.work(baraka, 3, COMMITS)
        s.work(chipo, 1, COMMITS)
        s.income(100)
        s.income(10, "KES")
        s.freeze()
        s.stands("USD", credits=[0, 1, 1])
        s.stands("KES", credits=[0, 1, 1])
        s.work(baraka, 9, COMMITS)
        s.settle()
        s.review(ekene, "adjust", (first, "ok", 2))
        s.work(dalila, 1, COMMITS)
        s.freeze()
        s.stands(credits=[0, 3, 1, 1], points=[0, 8, 0, 1])
        s.settle()
        s.work(mallory, 1, COMMITS)
    with money("credits-frozen-again", "a second freeze of a range has the credits that came since the first") as s:
        s.source = SOURCE
        s.work(baraka, 1, COMMITS)
        s.income(10)
        s.freeze()
        s.work(baraka, 1, COMMITS)
        s.freeze()
        s.stands(credits=[2])
        s.settle()
    with money("credits-amended-lines", "two charters, of which one has rates", pay=rate(3), activities=ONE) as s:
        s.source = SOURCE
        first, old = s.work(baraka, 2, COMMITS), s.charter
        s.charter = s.amend(pay=SHARE, activities=ONE, notice=0)
        second = s.work(baraka, 5, COMMITS)
        s.credits(baraka, (first, first, old, 0, 2), (second, second, s.charter, 0, 5))
        s.income(106)
        s.freeze()
        s.stands(credits=[2], accrued=[6])
        s.settle(USD=[106])


def claims():
    with claimed("claim-after-settlement", "claims before and after a settlement and a payment: their places in the money tree") as s:
        s.source = "spec/fold.md §3"
        s.grant(mallory, "paymaster")
        s.claim(alias(1), mallory, baraka, chipo)
        s.income(100)
        s.freeze()
        s.settle(USD=[75, 25])
        s.pay("instructed", 0, by=[mallory])
        s.claim(alias(0), dalila, baraka, chipo)
        s.claim(alias(1), dalila, baraka, chipo)
        s.claim(alias(1), mallory, baraka, chipo, ekene)
        places = {who: [claim.place for claim in claims] for who, claims in s.fold.projects[s.project].money.claims.items()}
        assert places == {alias(0): [3], alias(1): [5]}, places


def folds():
    chains()
    verdicts()
    without()
    lines()
    claims()
