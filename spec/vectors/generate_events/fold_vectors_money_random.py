"""Fold vectors: long logs drawn at random, with income, reversals, closings and settlements among work and reviews."""
from fold_script import ANY, Script, asha, chipo, dalila
from fold_vectors_random import Walk

CURRENCIES = ("JPY", "RWF", "TND", "USD")
FUNDS = ("admin", "land", "reserve")


class MoneyWalk(Walk):
    def __init__(self, script, seed):
        super().__init__(script, seed)
        self.incomes = []

    def pay(self):
        r = self.r
        pay = {}
        names = sorted(r.sample(FUNDS, r.randint(0, 3)))
        if names:
            pay["funds"] = [{"name": name, "points": r.choice((1, 777, 1500, 3333))} for name in names]
            if r.random() < 0.7:
                pay["reserve"] = r.choice(names)
        of = lambda: sorted(r.sample(CURRENCIES, r.randint(1, 3)))
        if r.random() < 0.5:
            pay["payouts"] = [{"currency": c, "minimum": r.choice((0, 5, 40, 400)), "unit": r.choice((1, 10, 25))} for c in of()]
        if r.random() < 0.6:
            pay["rates"] = [{"amount": r.choice((1, 2, 9, 2**32 - 1 if self.heavy else 30)), "currency": c} for c in of()]
        if "rates" not in pay or r.random() < 0.6:
            pay["share"] = r.choice(("ever", "range"))
        return pay

    def charter_body(self):
        body = super().charter_body()
        return {**body, "pay": self.pay()} if self.r.random() < 0.85 else body

    def found(self):
        super().found()
        self.s.grant(asha, "treasurer", project=self.projects[-1])
        if self.r.random() < 0.5:
            self.s.grant(dalila, "treasurer", project=self.projects[-1])

    def income(self):
        r, project = self.r, self.project()
        amount = r.choice((1, 2, 7, 99, r.randint(1, 2000), r.randint(1, 2**22), 2**50 if self.heavy else 100_000))
        by, payer = r.choice((((asha,), None), ((asha,), None), ((asha, dalila), None), ((asha,), chipo), ((dalila,), None)))
        self.incomes.append((self.s.income(amount, r.choice(CURRENCIES), by, payer, ANY, project), project, amount))

    def reverse(self):
        r = self.r
        if self.incomes:
            income, project, amount = r.choice(self.incomes[-8:])
            if r.random() < 0.1:
                project = self.project()
            self.s.reverse(income, r.choice((1, amount, amount // 2 + 1, r.randint(1, amount))), (r.choice((asha, asha, dalila)),), ANY, project)

    def closing(self):
        for project in self.r.sample(self.projects, self.r.randint(1, len(self.projects))):
            self.s.closing(expect=ANY, project=project)

    def settle(self):
        r, project = self.r, self.project()
        body = self.s.settlement_body(project)
        if r.random() < 0.3:
            each = r.choice(body["currencies"])
            wrong = r.choice(("lines", "owed", "root", "payable", "drop", "previous", "snapshot"))
            if wrong == "drop":
                body["currencies"] = body["currencies"][1:] or body["currencies"]
            elif wrong == "payable":
                each["payable"] += 1
                each["income"] += 1
            elif wrong == "root":
                each["root"] = "ab" * 32
            elif wrong in ("previous", "snapshot"):
                body[wrong] = "cd" * 32
            else:
                each[wrong] += 1
        self.s.settle(expect=ANY, project=project, body=body)

    def whole_range(self):
        """Most of what it takes to settle, in order."""
        self.closing()
        self.mark()
        if self.r.random() < 0.9:
            self.snapshot()
        for _ in range(self.r.randint(0, 2)):
            self.r.choice((self.work, self.income, self.reverse, self.review))()
        for project in self.projects:
            if self.r.random() < 0.8:
                self.s.settle(expect=ANY, project=project)

    def step(self):
        weights = {self.work: 40, self.review: 30, self.retract: 2, self.membership: 3, self.amend: 4, self.day: 5, self.mark: 3,
                   self.snapshot: 4, self.found: 1 if len(self.projects) < 3 else 0, self.income: 12, self.reverse: 5,
                   self.closing: 2, self.settle: 3, self.whole_range: 5}
        self.r.choices(list(weights), list(weights.values()))[0]()


def folds(seeds=range(200, 208), steps=80):
    for seed in seeds:
        with Script(f"settlement-random-{seed}", f"a log with money drawn at random, number {seed}", "spec/settlement.md") as s:
            walk = MoneyWalk(s, seed)
            s.open()
            walk.found()
            for _ in range(steps):
                walk.step()
            walk.whole_range()
            walk.work()
            walk.income()
