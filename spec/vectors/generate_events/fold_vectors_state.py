"""Fold vectors: what only the bytes of the state show (fold.md §3). They end between two marks."""
from fold_script import LABELS, STORIES, VERDICTS, Script, baraka, chipo, dalila
from fold_vectors_random import Walk

SOURCE = "spec/fold.md §3"
TODAY = "2026-03-01"
FREE = [(*LABELS, 0), (*STORIES, 500), (*VERDICTS, 0)]  # labels and verdicts without points


def pinned():
    with Script("state-handle-alone", "a handle alone does not write the sums of its contributor", SOURCE) as s:
        s.begin()
        s.work(baraka)
        s.mark(TODAY)
        s.grant(baraka, "contributor")
    with Script("state-void", "what is void writes the sums of its contributor, and no leaf", SOURCE) as s:
        s.begin()
        s.work(baraka)
        s.mark(TODAY)
        s.work(baraka, charter="ab" * 32, expect="void:charter-unknown")
    with Script("state-adjust-same", "an adjustment to the same quantity writes all sums", SOURCE) as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka)
        s.review(chipo, "accept", (work, "ok", 40))
        s.mark(TODAY)
        s.review(dalila, "adjust", (work, "ok", 40))
    with Script("state-adjust-rejected", "an adjustment of what stays rejected writes only tallies", SOURCE) as s:
        s.begin(reviewers=[chipo], arbiters=[dalila])
        work = s.work(baraka)
        s.review(chipo, "reject", work)
        s.mark(TODAY)
        s.review(dalila, "adjust", (work, "ok", 0))
    with Script("state-adjust-free", "taking back work without points writes the sums of the project", SOURCE) as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=FREE)
        work = s.work(baraka)
        s.review(chipo, "accept", work)
        s.mark(TODAY)
        s.review(dalila, "adjust", (work, "ok", 0))
    with Script("state-verdict-free", "a verdict that earns no points writes the sums of the project", SOURCE) as s:
        s.begin(reviewers=[chipo], activities=FREE)
        first, second = s.work(baraka), s.work(baraka)
        s.review(chipo, "reject", first)
        s.mark(TODAY)
        s.review(chipo, "reject", second)
    with Script("state-changed-twice", "what was there at the mark stays through all changes up to the next", SOURCE) as s:
        s.begin(reviewers=[chipo], arbiters=[dalila], activities=FREE)
        works = [s.work(baraka, kind=STORIES) for _ in range(3)]
        s.review(chipo, "accept", works[0])
        s.grant(dalila, "reviewer")
        s.review(dalila, "accept", works[0])
        s.mark(TODAY)
        s.review(chipo, "accept", works[1])
        s.review(dalila, "accept", works[1])
        s.review(dalila, "adjust", (works[0], "ok", 7))
        s.retract(baraka, works[2])


def drawn(seeds=range(100, 106), steps=60):
    for seed in seeds:
        with Script(f"state-random-{seed}", f"a log drawn at random, number {seed}", SOURCE) as s:
            walk = Walk(s, seed)
            s.open()
            walk.found()
            for _ in range(steps):
                walk.step()
            walk.mark()
            for _ in range(steps // 3):
                walk.r.choice((walk.work, walk.work, walk.review, walk.retract, walk.membership, walk.day))()


def folds():
    pinned()
    drawn()
