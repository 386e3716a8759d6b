"""Check 8: settlement, payments and claims among the decisions."""
import generate_totals as T
from cases_good import PAID, SENT
from entries import ALIAS, asha, mallory
from files import accept, edit, lie
from fold_script import faraji
from generate_totals import sha256
from world import EVER, claim, instead, pay, people_of, state, usual

WHO = people_of(EVER)[2]
BY_MALLORY, BY_FARAJI = claim(WHO, mallory), claim(WHO, faraji)
PATH = 2


def good():
    def claimed(name, description, **how):
        accept("ok-claim-" + name, description, state(**how))

    claimed("before", "a claim before the settlement, which is the second of the decisions", claims=[BY_MALLORY])
    claimed("after", "a claim after the settlement", payments=[BY_MALLORY])
    claimed("before-and-after", "claims before and after the settlement, and a payment", claims=[BY_MALLORY],
            payments=[SENT, BY_FARAJI], filler=True)
    claimed("two-before", "two claimants before the settlement: the line is held", claims=[BY_MALLORY, BY_FARAJI],
            tables=[usual(disputed=[2])])
    claimed("between-payments", "a claim between two payments, of which the second follows from the first", payments=[SENT, BY_MALLORY, PAID])
    claimed("decided", "two claimants, and the first of them once more as an arbiter decided",
            payments=[BY_MALLORY, BY_FARAJI, claim(WHO, mallory, confirmers=3)])
    claimed("payment-left-out", "of a claim and two payments the first payment is left out", claims=[BY_MALLORY], payments=[SENT, PAID], left_out=1)


def refused():
    code = "payslip-decision"

    def settlement(body):
        return {"currencies": [usual(number=3).stated], "previous": body, "snapshot": "00" * 32}

    lie("decision-two-settlements", "a settlement before the settlement", code, claims=[instead("settlement", settlement, [asha])])
    edit("decision-no-settlement", "a claim, and the settlement is left out", code, lambda p: (p["decisions"].pop(0), p["entries"].pop(1)),
         payments=[BY_MALLORY])
    edit("decision-no-settlement-before", "claim and payment, and the settlement between the two is left out", code,
         lambda p: (p["decisions"].pop(1), p["entries"].pop(2)), claims=[BY_MALLORY], payments=[SENT])
    lie("decision-payment-before", "a payment before the settlement", code, claims=[SENT])
    lie("decision-payment-before-after-claim", "a payment after a claim, before the settlement", code, claims=[BY_MALLORY, SENT])
    for name, description, its, how in (
            ("other-alias", "a claim of another alias", claim(ALIAS), {}),
            ("other-provider", "a claim of the same alias of another provider", claim(WHO.replace("mturk", "prolific")), {}),
            ("of-did", "a claim, where the contributor is a did:key", BY_MALLORY, {"handle": 3}),
            ("other-project", "a claim in another project", claim(WHO, mallory, project="vu-sound"), {}),
            ("other-log", "a claim made for another log", claim(WHO, mallory, log="example.org/other"), {})):
        lie(f"decision-claim-{name}", f"{description}, after the settlement", code, payments=[its], **how)
        lie(f"decision-claim-{name}-before", f"{description}, before the settlement", code, claims=[its], **how)
    lie("decision-is-reversal", "an event of the project's money that is no decision", code, payments=[
        instead("reversal", lambda settlement: {"amount": 1, "income": "ab" * 32}, [asha])])
    edit("decisions-claim-swapped", "claim and settlement in the wrong order", "payslip-decisions", lambda p: p["decisions"].reverse(),
         claims=[BY_MALLORY])
    edit("decision-path-claim", "the claim's path is a hash short", "payslip-decision-path", lambda p: p["decisions"][0][PATH].pop(),
         claims=[BY_MALLORY])
    lie("decision-root-no-claim", "a money tree with another claim", "payslip-decision-root", claims=[BY_MALLORY],
        money=lambda project, ids: T.money_tree(project, ids[0], sha256(b"other"), *ids[2:])[1])
    edit("decision-root-other-claim", "the claim at the place of another", "payslip-decision-root",
         lambda p: p["decisions"][1].__setitem__(0, 3), payments=[BY_MALLORY, sha256(b"another claim")])
    lie("payment-after-claim", "a payment that does not follow from the one before it, with a claim between the two", "payslip-payment",
        payments=[SENT, BY_MALLORY, pay("instructed", 2, attempt=2)])


def cases():
    good()
    refused()
