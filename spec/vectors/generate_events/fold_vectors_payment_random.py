"""Fold vectors: long logs drawn at random, in which settlements are paid and aliases claimed, among all that moves money."""
from fold_payments import BEFORE, of_line
from fold_script import ANY, COMMITS, Script, alias, asha, baraka, chipo, dalila, ekene, faraji, mallory
from fold_vectors_money_random import CURRENCIES, MoneyWalk
from fold_vectors_random import PEOPLE

EXCHANGES = (("KES", 12_925, 100), ("EUR", 9, 10), ("UGX", 36, 1), ("USD", 1, 3))


class PaymentWalk(MoneyWalk):
    def pay(self):
        pay = super().pay()
        if self.r.random() < 0.8:
            pay["claim"] = self.r.choice((0, 1, 3, 20))
        return pay

    def found(self):
        super().found()
        for key, role in ((asha, "paymaster"), (chipo, "paymaster"), (faraji, "advocate"), (mallory, "arbiter")):
            self.s.grant(key, role, project=self.projects[-1])
        for n in range(1, 5):
            self.s.work(dalila, self.r.randint(1, 40), COMMITS, contributor=alias(n), project=self.projects[-1], expect=ANY)
        self.income()
        self.whole_range()

    def charter_body(self):
        return {**super().charter_body(), "enrolment": "open"}

    def payment(self):
        """A payment of lines that are all in one state, most of the time in a state that may follow."""
        r, project = self.r, self.project()
        settlements = self.s.fold.projects[project].money.settlements
        if not settlements:
            return
        number = r.randint(max(len(settlements) - 3, 1), len(settlements))
        currency, sheet = r.choice(sorted(settlements[number - 1][1].sheets.items()))
        lines = {}
        for line in sheet.lines:
            before = of_line(self.s.fold.projects[project].money, number, currency, line.handle)
            if line.payable:
                key = (before[-1].state, before[-1].attempt) if before else (None, 0)
                lines.setdefault(key, []).append(line.handle)
        if not lines:
            return
        before, attempt = r.choice(sorted(lines, key=str))
        state = r.choice([state for state, its in BEFORE.items() if before in its or r.random() < 0.05] or ["returned"])
        handles = set(r.sample(lines[before, attempt], r.randint(1, len(lines[before, attempt]))))
        if r.random() < 0.05:
            handles.add(r.randint(0, len(sheet.lines)))
        how = {"currency": currency, "number": number, "project": project, **self.terms(state, currency)}
        if self.s.payment_body(state, handles, **how).get("net", 1) < 1:
            how = {"currency": currency, "number": number, "project": project}  # a fee that no event can state
        self.s.pay(state, *sorted(handles), expect=ANY, by=(baraka if r.random() < 0.05 else asha,), **how)

    def terms(self, state, currency):
        r, how = self.r, {}
        if state != "instructed":
            if r.random() < 0.05:
                how["gross"] = 12
            elif state != "paid" and r.random() < 0.5:
                how["reason"] = "account-closed"
            return how
        if r.random() < 0.4:
            how["withholding"] = r.choice((1, 777, 3000))
        if r.random() < 0.2:
            how["fee"] = r.choice((1, 2, 30))
        if r.random() < 0.4:
            how["exchange"] = r.choice([exchange for exchange in EXCHANGES if exchange[0] != currency])
        return how

    def income(self):
        r, project = self.r, self.project()
        amount, payer = r.randint(100, 2**22), r.choice((None, chipo))
        self.incomes.append((self.s.income(amount, r.choice(CURRENCIES), payer=payer, expect=ANY, project=project), project, amount))

    def claiming(self):
        r, project = self.r, self.project()
        usual = ((faraji, asha), (faraji, asha), (faraji, asha, mallory), (faraji, dalila))
        confirmers = r.choice(usual) if r.random() < 0.8 else r.sample([*PEOPLE, asha], r.choice((2, 2, 3)))
        claimant = r.choice([key for key in (baraka, chipo, ekene, mallory) if key not in confirmers] or [asha])
        if claimant not in confirmers:
            self.s.claim(alias(r.choice((1, 1, 2, 3, 4))), claimant, *confirmers, project=project, expect=ANY)

    def whole_range(self):
        super().whole_range()
        for _ in range(self.r.randint(2, 6)):
            self.payment()

    def step(self):
        weights = {self.work: 16, self.review: 16, self.membership: 2, self.amend: 3, self.day: 4, self.mark: 2,
                   self.found: 1 if len(self.projects) < 2 else 0, self.income: 8, self.reverse: 3, self.closing: 1,
                   self.settle: 1, self.whole_range: 5, self.payment: 30, self.claiming: 14}
        self.r.choices(list(weights), list(weights.values()))[0]()


def folds(seeds=range(300, 308), steps=80):
    for seed in seeds:
        with Script(f"payment-random-{seed}", f"a log with payments and claims drawn at random, number {seed}", "spec/settlement.md") as s:
            walk = PaymentWalk(s, seed)
            s.open()
            walk.found()
            for _ in range(steps):
                walk.step()
            walk.whole_range()
            walk.mark()
            walk.payment()
            walk.claiming()
