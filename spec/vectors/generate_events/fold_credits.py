"""Credits (fold.md §3) and their chains (settlement.md §3): from which work somebody's points come.

A project keeps all of them in one list, as they came; the links of a chain are worked out from it each time.
"""
from basics import ZEROES, sha256, u64


class Credit:
    def __init__(self, person, index, decided, charter, before, after):
        """Of the contribution logged at `index`: the points that it had, and has since the entry `decided`."""
        self.person, self.index, self.decided, self.charter = person, index, decided, charter
        self.before, self.after = before, after

    def bytes(self):
        return u64(self.index) + u64(self.decided) + bytes.fromhex(self.charter) + u64(self.before) + u64(self.after)


def link(before, credit):
    return sha256(b"\x02", before, credit)


def of_person(project, person):
    return [credit for credit in project.credits if credit.person == person]


def chain(project, person):
    """(how many credits they have, the last link)"""
    last, own = ZEROES, of_person(project, person)
    for credit in own:
        last = link(last, credit.bytes())
    return len(own), last
