"""Checks 10 to 13: the line and its tree."""
from files import edit, lie, refuse
from generate_totals import ZERO, b64, sha256
from work import BEFORE, RANGE, Work
from world import NUMBERS, changed, do, number, people_of, put, table, usual

LINE = {name: ten for name, ten in zip(NUMBERS, usual().tens[2])}
PAYABLE, HELD, POINTS, EVER, HASH = range(5)


def more(name, by=1):
    return number(name, LINE[name] + by)


def node(at, which, by):
    """A number in a node of the path."""
    def change(parts):
        it = list(parts["path"][at])
        it[which] = it[which] + by if which != HASH else by
        parts["path"][at] = tuple(it)
    return change


def paths():
    code = "payslip-path"
    s = usual().stated
    restated = lambda **changes: [usual().restated(s["payable"], s["after"]["held"], **changes)]
    edit("path-handle-beyond", "a handle that is the number of lines", code, put("line", 3, 5))
    edit("path-handle-largest", "the largest handle that can be written", code, put("line", 3, 2**64 - 1))
    edit("path-handle-same-length", "a handle beyond the lines, for which a tree of more would have a path as long", code, put("line", 3, 7))
    edit("path-short", "the path is a node short", code, lambda p: p["path"].pop())
    edit("path-long", "the path is a node too long", code, lambda p: p["path"].append((0, 0, 0, 0, ZERO)))
    edit("path-missing", "no path", code, lambda p: p["path"].clear())
    lie("path-lines-less", "the settlement counts fewer lines than there are, and not this one", code, tables=restated(lines=2))
    lie("path-lines-more", "the settlement counts more lines than there are", code, tables=restated(lines=9))
    refuse("path-one-line", "a path where there is one line", code, changed(
        lambda p: p["path"].append((0, 0, 0, 0, ZERO)), tables=[table(points=[4], ever=[4])], handle=0, ever=[4]))


def sums():
    code = "payslip-sums"
    s = usual().stated
    payable, held = s["payable"], s["after"]["held"]
    around = 2**64 - 42_000
    lie("sums-payable-around", "what is payable comes round 2^64, two levels up", code, tables=[usual().lie(3, payable=around)])
    lie("sums-held-around", "what is held comes round 2^64 at the root", code, tables=[usual().lie(4, held=2**64 - 100)])
    lie("sums-points-around", "points of the range are 2^64 at the root", code, tables=[usual().lie(4, points=2**64 - 15)])
    lie("sums-ever-around", "points ever are above 2^64 - 1, one level up", code, tables=[usual().lie(3, ever=2**64 - 5)])
    for name, description, there in (("payable-more", "1 more is payable than the lines have", (payable + 1, held)),
                                     ("held-less", "nothing is held, but in the lines", (payable, 0)),
                                     ("swapped", "payable and held swapped", (held, payable))):
        lie(f"sums-{name}", f"by the settlement {description}", code, tables=[usual().restated(*there)])
    root = ["payslip-root"]
    edit("sums-node-payable", "1 more payable in a node of the path", code, node(0, PAYABLE, 1), also=root)


def roots():
    code = "payslip-root"
    usual_people = people_of([ten[1] for ten in usual().tens])
    moved = lambda name, which, by=1: do(more(name, by), node(0, which, -by))
    edit("root-points", "another number of points in the range", code, more("points"))
    edit("root-ever", "another number of points ever", code, more("ever"))
    edit("root-points-moved", "points moved from the neighbour: the sums are right", code, moved("points", POINTS))
    edit("root-held-before", "more was held before, and the share is less", code, do(more("held_before"), more("share", -1)))
    edit("root-owed-before", "more was owed before, and less accrued", code, do(more("owed_before"), more("accrued", -1)))
    edit("root-accrued", "more accrued, and is owed", code, do(more("accrued"), more("owed")))
    edit("root-settled", "more was settled, and the share is less", code, do(more("settled"), more("share", -1), more("accrued")))
    edit("root-share", "a larger share, payable at the neighbour's cost", code, do(moved("payable", PAYABLE), more("share")))
    edit("root-payable", "payable instead of held, and the other way round for the neighbour: the sums are right", code,
         do(moved("payable", PAYABLE, 21), moved("held", HELD, -21)))
    edit("root-held", "a larger share, held at the neighbour's cost", code, do(moved("held", HELD), more("share")))
    edit("root-owed", "more was owed before, and still is", code, do(more("owed_before"), more("owed")))
    edit("root-all-zero", "all numbers of the line moved to the neighbour", code, do(
        *[moved(name, which, -LINE[name]) for name, which in (("payable", PAYABLE), ("held", HELD), ("points", POINTS), ("ever", EVER))],
        *[number(name, 0) for name in NUMBERS]), also=["payslip-work-points"])
    edit("root-credits", "a credit more, that is older than those in the file", code, do(put("line", 15, 6), put("work", 0, 2)))
    edit("root-work", "another last link", code, put("line", 16, b64(sha256(b"other"))), also=["payslip-work-link"])
    edit("root-work-ended", "the chain ends before the last credit, in the line and in the file", code,
         lambda p: (p["credits"].pop(), p["charters"].pop(), put("line", 15, 3)(p), put("line", 16, b64(Work(BEFORE, *RANGE[:2]).last()))(p)))
    edit("root-handle", "the handle of the neighbour", code, put("line", 3, 3))
    edit("root-who", "somebody else's name on the line", code, put("line", 4, usual_people[3]))
    edit("root-number", "the number of the settlement before", code, put("line", 1, 1))
    edit("root-currency", "another currency, in which all numbers are the same", code, put("line", 2, "KES"),
         tables=[usual(currency="KES"), usual()])
    edit("root-node-points", "another number of points in a node", code, node(1, POINTS, 1))
    edit("root-node-ever", "another number of points ever in a node", code, node(2, EVER, 1))
    edit("root-node-hash", "another hash in the path", code, node(1, HASH, sha256(b"other")))
    s = usual()
    lie("root-stated-other", "the settlement states another root", code, tables=[s.restated(s.stated["payable"], s.stated["after"]["held"],
                                                                                            root=sha256(b"other").hex())])


def balance():
    def unbalanced(name, description, **numbers):
        lie("unbalanced-" + name, description, "payslip-unbalanced", tables=[usual().lie(**{
            n: (LINE[n] + by if -10**9 < by < 10**9 else by) for n, by in numbers.items()})])

    unbalanced("payable-less", "1 less is payable than came to the line", payable=-1)
    unbalanced("held-before-forgotten", "what was held before is not in the balance", held_before=1)
    unbalanced("share-less", "the share is 1 less than what is in the balance", share=-1)
    unbalanced("owed-forgotten", "what accrued is neither settled nor owed on", accrued=5)
    unbalanced("owed-more", "more is owed than there was", owed=1)
    unbalanced("settled-beyond-debts", "more was settled than was owed", settled=1, share=-1)
    unbalanced("balance-around", "what is in the balance is 2^64 more than what comes out", held_before=2**64 - 1, share=LINE["share"] + 1)
    unbalanced("owed-around", "what was owed is 2^64 more than what comes out", owed_before=2**64 - 1, accrued=821)


def cases():
    paths()
    sums()
    roots()
    balance()
