"""Fold vectors: long logs drawn at random, most steps of which are allowed. What nobody thought of is in here."""
import datetime
import random

from fold_script import (ADVICE, ANY, COMMITS, LABELS, STORIES, VERDICTS, Script, alias, baraka, chipo, dalila, ekene, faraji,
                         mallory)
from fold import ACCEPTED, PENDING

PEOPLE = (baraka, chipo, dalila, ekene, faraji, mallory)
KINDS = (LABELS, LABELS, STORIES, STORIES, COMMITS, ADVICE)
ROCKS = [("rock", "gram", work) for work in ("annotation", "cultural-knowledge", "engineering")]  # heavy: the project's room ends


class Walk:
    def __init__(self, script, seed):
        self.s, self.r = script, random.Random(seed)
        self.projects, self.charters, self.works, self.date = [], {}, [], datetime.date(2026, 3, 1)
        self.heavy = seed % 4 == 0

    def project(self):
        return self.r.choice(self.projects)

    def charter_body(self):
        r = self.r
        activities = [(*kind, r.choice((0, 1, 3, 500))) for kind in (LABELS, STORIES, COMMITS, ADVICE)]
        if r.random() < 0.6:
            activities.append((*VERDICTS, r.choice((0, 1, 7))))
        if self.heavy:
            activities += [(*rock, 2**32 - 1) for rock in ROCKS]
        rules = {"annotation": {"rule": "first", "silence": r.choice((1, 2, 5))}, "engineering": {"rule": "at-once"},
                 "cultural-knowledge": {"rule": "equal", "count": 2}, "expertise": {"rule": "equal", "count": r.choice((2, 3)), "silence": 4}}
        return {"activities": activities, "rules": rules, "notice": r.choice((0, 1, 3)), "grace": r.choice((0, 1, 4)),
                "enrolment": r.choice(("open", "open", "open", "open", "open", "enrolled"))}

    def found(self):
        project = self.s.found(**self.charter_body())
        self.projects.append(project)
        self.charters[project] = [project]
        for key, roles in ((chipo, ("reviewer", "arbiter")), (dalila, ("reviewer", "importer")), (ekene, ("reviewer",)),
                           (baraka, ("contributor",))):
            for role in roles:
                self.s.grant(key, role, project=project)

    def amend(self):
        project = self.project()
        new = self.s.amend(project=project, replaces=self.s.fold.projects[project].in_force, expect=ANY, **self.charter_body())
        self.charters[project].append(new)

    def membership(self):
        member = self.r.choice((*PEOPLE, alias(1), alias(2)))
        role = self.r.choice(("contributor", "contributor", "contributor", "reviewer", "arbiter", "importer"))
        self.s.grant(member, role, change=self.r.choice(("grant", "grant", "grant", "end")), project=self.project(), expect=ANY)

    def work(self):
        r, project = self.r, self.project()
        kind = r.choice(ROCKS if self.heavy and r.random() < 0.3 else KINDS)
        quantity = r.choice((2**31, 2**31 - 1, 2**30, 1)) if kind in ROCKS else r.randint(1, 9)
        charter = self.s.fold.projects[project].in_force if r.random() < 0.8 else r.choice(self.charters[project])
        more, signer = {}, r.choice(PEOPLE)
        if r.random() < 0.1:
            more["n"] = r.randint(1, 3)
        if r.random() < 0.15 and self.works:
            more["supersedes"], project, _, signer = r.choice(self.works[-10:])
            charter = self.s.fold.projects[project].in_force
        if r.random() < 0.2:
            signer, more["contributor"] = dalila, alias(r.randint(1, 3))
        event = self.s.work_event(signer, quantity, kind, charter=charter, project=project, **more)
        self.works.append((self.s.put(event, ANY), project, quantity, signer))

    def status(self, id_):
        return getattr(self.s.fold.contributions.get(id_), "status", None)

    def review(self):
        r, project = self.r, self.project()
        verdict = r.choice(("accept", "accept", "accept", "reject", "adjust"))
        adjust = verdict == "adjust"
        ours = [w for w in self.works if w[1] == project][-25:]
        likely = [w for w in ours if self.status(w[0]) == (ACCEPTED if adjust else PENDING)]
        if r.random() < 0.8:
            ours = likely
        chosen = {w[0]: w for w in (r.choice(ours) for _ in range(r.randint(1, 7)) if ours)}
        if not chosen and r.random() < 0.8:
            return
        if not chosen or r.random() < 0.05:
            chosen["%064x" % r.getrandbits(256)] = (None, None, 5, None)
        wholly = verdict == "reject" or verdict == "accept" and r.random() < 0.6
        part = lambda q: r.choice((q, q, max(q - 1, 1), 0, q + 1)) if q < 100 else r.choice((q, q - 1, 0, q // 2))
        subjects = [(id_, "ok", None if wholly else part(w[2])) for id_, w in chosen.items()]
        reviewer = r.choice((chipo,) if verdict == "adjust" else (chipo, dalila, ekene, chipo, dalila, ekene, baraka))
        self.s.review(reviewer, verdict, *subjects, project=project, expect=ANY)

    def retract(self):
        r = self.r
        if self.works:
            id_, project, _, signer = r.choice(self.works[-15:])
            more = [r.choice(self.works)[0] for _ in range(r.randint(0, 2))]
            self.s.retract(signer, *{id_, *more}, project=project, expect=ANY)

    def day(self):
        self.date += datetime.timedelta(self.r.choice((1, 1, 2, 6)))
        self.s.day(self.date.isoformat(), expect=ANY)

    def mark(self):
        self.s.mark(self.date.isoformat())

    def snapshot(self):
        mark = self.s.fold.mark
        if mark and not mark["stated"]:
            self.s.snapshot()

    def step(self):
        weights = {self.work: 40, self.review: 30, self.retract: 5, self.membership: 5, self.amend: 3, self.day: 7, self.mark: 6,
                   self.snapshot: 3, self.found: 1 if len(self.projects) < 4 else 0}
        self.r.choices(list(weights), list(weights.values()))[0]()


def folds(seeds=range(12), steps=80):
    for seed in seeds:
        with Script(f"random-{seed}", f"a log drawn at random, number {seed}") as s:
            walk = Walk(s, seed)
            s.open()
            walk.found()
            for _ in range(steps):
                walk.step()
            walk.mark()
            s.snapshot()
