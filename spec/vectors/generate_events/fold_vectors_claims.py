"""Fold vectors: claims of aliases (fold.md §1), and what a dispute does to settlements (settlement.md §2)."""
from fold_script import (BY_DID, COMMITS, STORIES, Key, alias, asha, baraka, chipo, dalila, ekene, faraji, mallory)
from fold_vectors_income import ONE, SHARE, UNKNOWN, money

TODAY = "2026-03-01"
PAY = {"claim": 5, "share": "range"}
WORK = [*ONE, (*STORIES, 1)]


def claimed(name, description, pay=PAY, roles=((baraka, "advocate"), (chipo, "reviewer"), (ekene, "arbiter"), (ekene, "treasurer")), **body):
    """A project with work of two aliases, imported by dalila: 30 points and 10."""
    s = money(name, description, pay=pay, activities=WORK, importers=[dalila], **body)
    s.source = "spec/fold.md §1"
    for who, role in roles:
        s.grant(who, role)
    for n, quantity in enumerate((30, 10)):
        s.work(dalila, quantity, COMMITS, contributor=alias(n))
    return s


def waiting():
    with claimed("claim", "a claim waits and comes into force") as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.day("2026-03-05")
        s.day("2026-03-06")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
    with claimed("claim-last-day", "on the day before it comes into force there may be another, and then it does not") as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.day("2026-03-05")
        s.claim(alias(0), faraji, baraka, chipo)
        s.day("2026-03-20")
        s.claim(alias(0), asha, baraka, chipo)
        s.claim(alias(1), mallory, baraka, chipo)
    with claimed("claim-on-the-day", "on the day on which it comes into force it is too late for another") as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.day("2026-03-06")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
        s.claim(alias(0), mallory, baraka, chipo, expect="claim-in-force")
        s.claim(alias(0), faraji, baraka, chipo, ekene, expect="claim-in-force")
    with claimed("claim-at-once", "with 0 days it is in force at once", pay={"claim": 0, "share": "range"}) as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
    with claimed("claim-days-of-the-charter-in-force", "the days are those of the charter in force at the claim", notice=0) as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.charter = s.amend(pay={"claim": 9, "share": "range"}, activities=WORK, notice=0)
        s.claim(alias(1), mallory, baraka, chipo)
        s.day("2026-03-07")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
        s.claim(alias(1), faraji, baraka, chipo)
    with claimed("claim-not-allowed-later", "a claim that waits comes into force under a charter too that allows none") as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.charter = s.amend(pay=SHARE, activities=WORK, notice=0)
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-not-allowed")
        s.day("2026-03-06")
        s.amend(pay=PAY, activities=WORK, notice=0)
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
    with claimed("claim-end-of-days", "days are counted on to 9999-12-31 at most", pay={"claim": 3650, "share": "range"}) as s:
        s.day("9999-12-30")
        s.claim(alias(0), mallory, baraka, chipo)
        s.day("9999-12-31")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
    with claimed("claim-between", "the state between two marks: one claim that waits, one in dispute, one decided") as s:
        s.work(dalila, 1, contributor=alias(2))
        s.mark(TODAY)
        s.claim(alias(0), mallory, baraka, chipo)
        for n in (1, 2):
            for who in (mallory, faraji):
                s.claim(alias(n), who, baraka, chipo)
        s.day("2026-03-02")
        s.claim(alias(1), faraji, baraka, chipo, ekene)


def allowed():
    for name, description, pay in (("no-pay", "without pay", None), ("no-claim", "pay says nothing of claims", SHARE)):
        with claimed(f"claim-{name}", description, pay=pay) as s:
            s.claim(alias(0), mallory, baraka, chipo, expect="claim-not-allowed")
            s.claim(alias(9), mallory, baraka, chipo, expect="claim-not-allowed")
    with claimed("claim-alias", "an alias that the project knows: by work of any state, or enrolment") as s:
        s.claim(alias(9), mallory, baraka, chipo, expect="claim-alias")
        s.work(dalila, 1, contributor=alias(2))
        s.claim(alias(2), mallory, baraka, chipo)
        s.grant(alias(3), "contributor")
        s.claim(alias(3), mallory, baraka, chipo)
        s.grant(alias(4), "treasurer")
        s.claim(alias(4), mallory, baraka, chipo, expect="claim-alias")
        s.work(dalila, 1, contributor=alias(5), charter=UNKNOWN, expect="void:charter-unknown")
        s.claim(alias(5), mallory, baraka, chipo, expect="claim-alias")
        s.retract(dalila, s.work(dalila, 1, contributor=alias(6)))
        s.claim(alias(6), mallory, baraka, chipo)
    with claimed("claim-two-projects", "an alias is claimed in each project by itself") as s:
        first = s.project
        s.claim(alias(0), mallory, baraka, chipo)
        second = s.found(pay=PAY, activities=WORK)
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-alias")
        for who, role in ((dalila, "importer"), (baraka, "advocate"), (chipo, "reviewer")):
            s.grant(who, role)
        s.work(dalila, 7, COMMITS, contributor=alias(0))
        s.claim(alias(0), faraji, baraka, chipo)
        s.day("2026-03-06")
        for project in (first, second):
            s.claim(alias(0), asha, baraka, chipo, project=project, expect="claim-in-force")
    with claimed("claim-project-unknown", "a claim in no project") as s:
        s.claim(alias(0), mallory, baraka, chipo, project=UNKNOWN, expect="project-unknown")


def reviewers():
    with claimed("claim-reviewer", "who gave a verdict with an effect on work of the alias does not confirm: any verdict, any state",
                 roles=[(who, role) for who in (asha, baraka, chipo, ekene, faraji) for role in ("advocate", "reviewer", "arbiter")]) as s:
        works = [s.work(dalila, 9, contributor=alias(0)) for _ in range(2)]
        equal = s.work(dalila, 9, STORIES, contributor=alias(0))
        s.review(baraka, "accept", works[0])
        s.review(chipo, "reject", works[1])
        s.review(faraji, "accept", equal)  # one of two
        s.review(ekene, "adjust", (works[0], "ok", 5))
        for reviewer in (baraka, chipo, ekene, faraji):
            s.claim(alias(0), mallory, asha, reviewer, expect="claim-reviewer")
        s.claim(alias(1), mallory, baraka, chipo)
        s.claim(alias(0), mallory, asha, dalila)
    with claimed("claim-reviewer-without-effect", "a verdict without an effect, one on other work, and one after the claim hinder nobody") as s:
        first, second, third = (s.work(dalila, 9, contributor=alias(n)) for n in (0, 1, 0))
        own = s.work(baraka, 3)
        s.grant(ekene, "reviewer")
        s.review(ekene, "accept", first)
        s.review(chipo, "accept", (first, "subject-settled"))
        s.review(chipo, "reject", second, own)
        s.claim(alias(0), mallory, baraka, chipo)
        s.review(chipo, "accept", third)
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-reviewer")
    with claimed("claim-by-its-reviewer", "the claimant has given a verdict on the work") as s:
        s.review(chipo, "accept", s.work(dalila, 9, contributor=alias(0)))
        s.claim(alias(0), chipo, baraka, ekene, expect="claim-reviewer")
    with claimed("claim-reviewer-of-a-key", "verdicts on work of a contributor with a key of their own are not kept as such") as s:
        s.review(chipo, "accept", s.work(baraka, 9))


def confirmers():
    roles = [(asha, "advocate"), (baraka, "reviewer"), (chipo, "reviewer"), (chipo, "contributor"), (chipo, "paymaster"),
             (ekene, "arbiter"), (ekene, "reviewer"), (faraji, "paymaster")]
    with claimed("claim-confirmers", "each of two stands for another role", roles=roles) as s:
        s.claim(alias(0), mallory, baraka, chipo, expect="claim-confirmers")  # the same role twice
        s.claim(alias(0), mallory, baraka, faraji, expect="claim-confirmers")
        s.claim(alias(0), mallory, chipo, faraji, expect="claim-confirmers")
        s.claim(alias(0), mallory, baraka, ekene)
        s.claim(alias(1), mallory, chipo, dalila)
    with claimed("claim-confirmers-same-role-twice", "two reviewers; one of them becomes treasurer too", roles=roles) as s:
        s.claim(alias(0), mallory, baraka, chipo, expect="claim-confirmers")
        s.grant(chipo, "treasurer")
        s.claim(alias(0), mallory, baraka, chipo)
        s.end(chipo, "treasurer")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-confirmers")
    with claimed("claim-confirmers-three", "each of three, and one for that of arbiter", roles=roles) as s:
        for who in (mallory, faraji):
            s.claim(alias(0), who, baraka, ekene)
        s.end(asha, "treasurer")
        s.claim(alias(0), mallory, baraka, chipo, ekene, expect="claim-confirmers")  # two reviewers and the arbiter
        s.claim(alias(0), mallory, asha, baraka, dalila, expect="claim-confirmers")  # three roles and no arbiter
        s.claim(alias(0), mallory, asha, baraka, chipo, expect="claim-confirmers")
        s.claim(alias(0), mallory, asha, chipo, ekene)
    with claimed("claim-arbiter-claims", "who claims confirms nothing, an arbiter neither", roles=roles) as s:
        s.claim(alias(0), ekene, asha, baraka)
        s.claim(alias(0), mallory, asha, baraka)
        s.claim(alias(0), ekene, asha, baraka, dalila, expect="claim-confirmers")
        s.grant(faraji, "arbiter")
        s.claim(alias(0), ekene, faraji, baraka, dalila)
    with claimed("claim-confirmers-one-for-all", "who has several roles stands for the one that the others leave", roles=(
            *((ekene, role) for role in ("advocate", "arbiter", "reviewer")), (baraka, "advocate"), (baraka, "arbiter"), (chipo, "advocate"))) as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.claim(alias(0), faraji, ekene, baraka)
        s.claim(alias(0), faraji, baraka, chipo, ekene)  # arbiter, advocate, reviewer
    with claimed("claim-confirmers-only-arbiter-has-another", "no arbiter is left where they have to stand for another role", roles=(
            (asha, "reviewer"), (baraka, "advocate"), (chipo, "advocate"), (ekene, "arbiter"), (ekene, "reviewer"))) as s:
        for who in (mallory, faraji):
            s.claim(alias(0), who, asha, baraka)
        s.claim(alias(0), mallory, baraka, chipo, ekene, expect="claim-confirmers")
        s.claim(alias(0), mallory, asha, baraka, ekene)


def others():
    with claimed("claim-repeated", "who waits, or is in dispute, does not claim again") as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.claim(alias(0), mallory, baraka, chipo, expect="claim-repeated")
        s.claim(alias(0), faraji, baraka, chipo)
        s.claim(alias(0), mallory, baraka, ekene, expect="claim-repeated")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-repeated")
        s.claim(alias(1), mallory, baraka, chipo)
    with claimed("claim-too-many", "16 claim one alias, and no more; one of them is it") as s:
        claimants = [Key(f"claimant {n}") for n in range(17)]
        BY_DID.update({key.did: key for key in claimants})
        for key in claimants[:16]:
            s.claim(alias(0), key, baraka, chipo)
        s.claim(alias(0), claimants[3], baraka, chipo, expect="claim-repeated")
        s.claim(alias(0), claimants[16], baraka, chipo, expect="claim-too-many")
        s.claim(alias(0), claimants[16], baraka, chipo, ekene, expect="claim-undisputed")
        s.claim(alias(0), claimants[15], baraka, chipo, ekene)
        s.claim(alias(0), claimants[16], baraka, chipo, expect="claim-in-force")
    with claimed("claim-undisputed", "three confirm only where several claim, and only one of these") as s:
        s.claim(alias(0), mallory, baraka, chipo, ekene, expect="claim-undisputed")
        s.claim(alias(0), mallory, baraka, chipo)
        s.claim(alias(0), mallory, baraka, chipo, ekene, expect="claim-undisputed")
        s.claim(alias(0), faraji, baraka, chipo, ekene, expect="claim-undisputed")
        s.claim(alias(0), faraji, baraka, chipo)
        s.claim(alias(0), asha, baraka, chipo, ekene, expect="claim-undisputed")
        s.claim(alias(0), faraji, baraka, chipo, ekene)
    with claimed("claim-decided", "an arbiter decided: it is in force on that day, and for good") as s:
        s.claim(alias(0), mallory, baraka, chipo)
        s.day("2026-03-03")
        s.claim(alias(0), faraji, baraka, chipo)
        s.day("2026-03-04")
        s.claim(alias(0), faraji, baraka, chipo, ekene)
        s.claim(alias(0), mallory, baraka, chipo, ekene, expect="claim-in-force")
        s.claim(alias(0), mallory, baraka, chipo, expect="claim-in-force")
        s.day("2026-04-01")
        s.claim(alias(0), faraji, baraka, chipo, expect="claim-in-force")
    with claimed("claim-order", "the charter, the alias, one in force, verdicts, confirmers, then what there is of claims") as s:
        s.review(chipo, "accept", s.work(dalila, 9, contributor=alias(0)))
        s.claim(alias(9), mallory, chipo, faraji, expect="claim-alias")
        s.claim(alias(0), mallory, chipo, faraji, expect="claim-reviewer")
        s.claim(alias(0), mallory, faraji, asha, expect="claim-confirmers")
        s.claim(alias(0), mallory, baraka, ekene)
        s.claim(alias(0), mallory, faraji, asha, expect="claim-confirmers")
        s.claim(alias(0), mallory, faraji, asha, ekene, expect="claim-confirmers")
        s.day("2026-03-06")
        s.claim(alias(0), mallory, chipo, faraji, expect="claim-in-force")
        s.amend(pay=SHARE, activities=WORK, notice=0)
        s.claim(alias(9), mallory, chipo, faraji, expect="claim-not-allowed")


def settlements():
    with claimed("settlement-disputed", "who is in dispute is paid nothing, all is held; after it is decided all is payable") as s:
        s.source = "spec/settlement.md §2"
        s.income(4000)
        s.claim(alias(0), mallory, baraka, chipo)
        s.freeze()
        s.settle(USD=[3000, 1000])  # one claim is no dispute
        s.claim(alias(0), faraji, baraka, chipo)
        s.work(dalila, 30, COMMITS, contributor=alias(0))
        s.work(dalila, 10, COMMITS, contributor=alias(1))
        s.income(400)
        s.freeze()
        s.stands(held=[300, 0], share=[300, 100])
        s.settle(USD=[0, 100])
        s.freeze()
        s.claim(alias(0), mallory, baraka, chipo, ekene)
        s.settle(USD=[0, 0])  # as of the mark
        s.grant(asha, "paymaster")
        s.pay("instructed", 0, expect="payment-line")
        s.freeze()
        s.stands(held=[0, 0], held_before=[300, 0])
        s.settle(USD=[300, 0])
        s.pay("instructed", 0)
        s.pay("instructed", 0, number=1)
    with claimed("settlement-disputed-later", "a dispute after the freeze leaves what is payable; it is not instructed") as s:
        s.grant(asha, "paymaster")
        s.income(40)
        s.freeze()
        for who in (mallory, faraji):
            s.claim(alias(0), who, baraka, chipo)
        s.settle(USD=[30, 10])
        s.pay("instructed", 0, expect="payment-disputed")
        s.pay("instructed", 1)
        s.claim(alias(0), mallory, baraka, chipo, ekene)
        s.pay("instructed", 0)
    with claimed("settlement-disputed-debts", "debts are paid all the same, in every currency, below any minimum", pay={
            "claim": 5, "payouts": [{"currency": "TND", "minimum": 0, "unit": 7}], "rates": [{"amount": 1, "currency": c} for c in ("TND", "USD")]}) as s:
        for who in (mallory, faraji):
            s.claim(alias(0), who, baraka, chipo)
        s.income(20)
        s.income(60, "TND")
        s.freeze()
        s.stands("USD", settled=[15, 5], held=[15, 0], owed=20)
        s.stands("TND", settled=[30, 10], held=[30, 3])
        s.settle(USD=[0, 5], TND=[0, 7])


def folds():
    waiting()
    allowed()
    reviewers()
    confirmers()
    others()
    settlements()
