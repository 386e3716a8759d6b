"""The state of the fold, byte for byte (spec/fold.md §3, groups: spec/totals.md §1).

fold.py knows what there is after an entry. Here stands besides when things were written, what there was at the newest mark,
and how each of it is put into bytes.
"""
from basics import ZEROES, sha256, tree_root, u8, u32, u64
from entries import canonical, public_of
from fold import ACCEPTED, PENDING, REJECTED, WITHDRAWN, WORKS, Fold, sum_root
from fold_credits import chain, of_person
from fold_state_groups import groups
from fold_state_money import money_pairs

ROLES = ["advocate", "arbiter", "contributor", "importer", "paymaster", "reviewer", "treasurer"]
# By the rows of the table of spec/fold.md §2, which count from 1.
VERDICT_CODES = ["ok", "subject-void", "subject-unknown", "subject-own", "subject-withdrawn", "subject-settled",
                 "subject-undecided", "subject-quantity-above-logged", "subject-quantity-zero", "subject-reviewed",
                 "subject-points-overflow"]
APPLIED, VOID = 0, 5
STATUS = {PENDING: 1, ACCEPTED: 2, REJECTED: 3, WITHDRAWN: 4}
NO_DAY, NO_HANDLE = 2**32 - 1, 2**64 - 1
NOTHING = bytes(8 * (len(WORKS) + 1))  # counts and points

unhex = bytes.fromhex


def u128(number):
    return number.to_bytes(16, "big")


def who(text):
    return sha256(text.encode())


def day_or_none(day):
    return u32(NO_DAY if day is None else day)


class StateFold(Fold):
    def __init__(self):
        super().__init__()
        self.opened, self.epoch = False, 0
        self.kept = {}  # event id: (index, status, what follows), but for contributions
        self.payloads = {}  # charter: its payload
        self.pins = {}  # key: (epoch in which it was last written, value, value when that epoch began)
        self.leaves = {}  # (project, person with a handle): counts and points
        self.changed = set()  # those of them that changed in the present epoch
        self.changed_projects = set()
        self.known_since = {}  # (project, person): epoch
        self.newest_mark, self.last_snapshot = None, None
        self.trees, self.roots = {}, {}  # as of the newest mark

    def apply(self, event_id, event, malformed=None):
        index, seen = self.size, event_id in self.seen
        effect = super().apply(event_id, event, malformed)
        self.opened |= self.size > 0
        if not seen and event_id in self.seen:
            self.keep(index, event_id, event, effect)
            self.write(index)
            if effect.startswith("mark:"):
                self.begin_epoch(index)
            if effect == "snapshot":
                self.last_snapshot = unhex(event_id) + u64(index) + u64(self.epoch)  # it names the newest mark
        return effect

    def keep(self, index, event_id, event, effect):
        word, _, rest = effect.partition(":")
        if word == "void":
            self.kept[event_id] = (index, VOID, rest.encode())
        elif word == "reviewed":
            self.kept[event_id] = (index, APPLIED, bytes(map(VERDICT_CODES.index, rest.split(","))))
        elif event["kind"] != "contribution":
            self.kept[event_id] = (index, APPLIED, b"")
        if event_id in self.charters:
            self.payloads[event_id] = canonical(event)

    # What is written when

    def write(self, index):
        """Writes what the entry `index` changed, and what it decided anew even if that is the same."""
        leaves, written = self.leaves_now(), set()
        # What was accepted and is taken back always shows in the sums, what is accepted as it was does not.
        credited = {leaf for leaf, sums in leaves.items() if sums != self.leaves.get(leaf, NOTHING)}
        for c in self.contributions.values():
            if c.decided == index:
                written |= {self.count_key(c.project, person, c.work, c.unit) for person in (c.contributor, None)}
                if c.accepted:
                    credited.add((c.project, c.contributor))
        assert credited == {(project_id, credit.person) for project_id, project in self.projects.items()
                            for credit in project.credits if credit.decided == index}
        for project_id, person in credited:
            written |= {b"P" + unhex(project_id), b"T" + unhex(project_id) + who(person)}
        for project_id, project in self.projects.items():
            before = self.pins.get(b"P" + unhex(project_id))
            decisions = u64(len(project.money.decisions)) + project.money.root(project_id)
            if before is None or (before[1][:32], before[1][-40:]) != (unhex(project.in_force), decisions):
                self.changed_projects.add(project_id)
            for person in project.known:
                self.known_since.setdefault((project_id, person), self.epoch)
        for key, value in self.pinned_now(leaves).items():
            epoch, last, at_beginning = self.pins.get(key, (self.epoch, None, bytes(len(value))))
            if value != last or key in written:
                self.pins[key] = (self.epoch, value, at_beginning if epoch == self.epoch else last)
        changed = credited | (leaves.keys() - self.leaves.keys())
        self.leaves = leaves
        self.changed |= changed
        self.changed_projects |= {project_id for project_id, _ in changed}

    def leaves_now(self):
        out = {}
        for project_id, project in self.projects.items():
            sums = {person: ([0] * len(WORKS), [0]) for person in project.handles}
            for c in project.contributions:
                if c.status == ACCEPTED:
                    sums[c.contributor][0][WORKS.index(c.work)] += 1
                    sums[c.contributor][1][0] += c.points()
            for reviewer, points, _ in project.earnings:
                sums[reviewer][0][WORKS.index("review")] += 1
                sums[reviewer][1][0] += points
            for person, (counts, points) in sums.items():
                out[project_id, person] = b"".join(map(u64, counts + points))
        return out

    def pinned_now(self, leaves):
        """All values that are pinned, by key."""
        out = {}
        for project_id, project in self.projects.items():
            out[b"P" + unhex(project_id)] = (unhex(project.in_force) + u64(len(project.handles)) + u64(project.points())
                                             + unhex(project.money.last() or "00" * 32)
                                             + u64(len(project.money.decisions)) + project.money.root(project_id))
            for person, void in project.known.items():
                out[b"T" + unhex(project_id) + who(person)] = leaves.get((project_id, person), NOTHING) + u64(void)
        for count in self.counts():
            amounts = [count[status] for status in ("pending", "accepted", "rejected")]
            key = self.count_key(count["project"], count.get("contributor"), count["work"], count["unit"])
            out[key] = b"".join(u64(a["events"]) + u128(int(a["quantity"])) for a in amounts) + u64(count["withdrawn"])
        return out

    def count_key(self, project_id, person, work, unit):
        return b"N" + unhex(project_id) + (who(person) if person else ZEROES) + u8(WORKS.index(work)) + unit.encode()

    def begin_epoch(self, index):
        self.epoch += 1
        self.changed, self.changed_projects = set(), set()
        for project in self.frozen:
            project.money.freeze.epoch = self.epoch
        self.newest_mark = (u64(self.epoch) + unhex(self.mark["id"]) + u64(index) + u32(self.mark["day"])
                            + unhex(self.mark["root"]) + u64(self.mark["projects"]))
        self.trees = groups(b"U", [self.project_leaf(*item) for item in self.projects.items()], bytes, tree_root)
        for project_id, project in self.projects.items():
            nodes = self.totals_leaves(project_id, project)
            self.roots[project_id] = sum_root(nodes)[1]
            self.trees.update(groups(b"G" + unhex(project_id), nodes, lambda node: u64(node[0]) + node[1], sum_root))

    # Bytes

    def state(self):
        """All pairs."""
        out = {**self.log_pairs(), **self.trees}
        for event_id, (index, status, rest) in self.kept.items():
            out[b"E" + unhex(event_id)] = u64(index) + u8(status) + rest
        for charter, (project_id, _, replaced) in self.charters.items():
            out[b"C" + unhex(charter)] = unhex(project_id) + day_or_none(replaced) + self.payloads[charter]
        for number, (project_id, project) in enumerate(self.projects.items()):
            out.update(self.project_pairs(number, project_id, project))
            out.update(money_pairs(self, project_id, project))
        for event_id, c in self.contributions.items():
            out.update(self.contribution_pairs(event_id, c))
        for key in self.pins:
            if key.startswith(b"N"):
                out[key] = self.pin(key)
        return out

    def digest(self):
        """`state` of a vector."""
        return sha256(*(u32(len(part)) + part for pair in sorted(self.state().items()) for part in pair)).hex()

    def pin(self, key):
        epoch, value, at_beginning = self.pins[key]
        return u64(epoch) + value + at_beginning

    def log_pairs(self):
        out = {}
        if self.size:
            out[b"S"] = u64(self.size)
        if self.needed_rules is not None:
            out[b"R"] = u64(self.needed_rules)
        if self.constitution is not None:
            out[b"L"] = (u64(self.constitution["rules"]) + u32(self.day) + u8(self.closed) + public_of(self.constitution["key"])
                         + self.origin.encode())
        elif self.opened:
            out[b"L"] = u64(0) + u32(0) + u8(1) + ZEROES
        if self.projects:
            out[b"O"] = u64(len(self.projects))
        if self.newest_mark:
            out[b"K"] = self.newest_mark
        if self.last_snapshot:
            out[b"W"] = self.last_snapshot
        return out

    def project_pairs(self, number, project_id, project):
        id_ = unhex(project_id)
        waiting = b""
        out = {b"Q" + u64(number): id_}
        if project.waiting:
            day, amendment = project.waiting
            waiting = unhex(amendment) + u32(day)
            out[b"A" + u32(day) + id_] = b""
        out[b"P" + id_] = u64(number) + self.pin(b"P" + id_) + self.roots.get(project_id, ZEROES) + waiting
        if project_id in self.changed_projects:
            out[b"X" + u64(self.epoch) + u64(number)] = b""
        for member, role in project.roles:
            out[b"M" + id_ + u8(ROLES.index(role)) + who(member)] = b""
        for person in project.known:
            key = b"T" + id_ + who(person)
            handle = project.handles.index(person) if person in project.handles else NO_HANDLE
            credits, work = chain(project, person)
            out[key] = (u64(self.known_since[project_id, person]) + u64(handle) + self.pin(key) + u64(credits) + work
                        + person.encode())
            for before, credit in enumerate(of_person(project, person)):
                out[b"w" + id_ + who(person) + u64(before)] = credit.bytes()
            if (project_id, person) in self.changed:
                out[b"Y" + id_ + u64(self.epoch) + u64(handle)] = who(person) + self.leaves[project_id, person]
        return out

    def contribution_pairs(self, event_id, c):
        id_, project = unhex(event_id), unhex(c.project)
        signer, taken = c.taken_id
        due = c.due if c.status == PENDING else None
        needed = 0 if c.rule == "at-once" else c.needed
        out = {b"E" + id_: b"".join([
            u64(c.index), u8(STATUS[c.status]), project, public_of(c.signer), who(c.contributor), unhex(c.charter),
            u8(WORKS.index(c.work)), u32(c.quantity), u32(c.weight), u8(needed), day_or_none(due), u8(signer is None),
            unhex(taken), u32(c.accepted), u64(c.decided), u8(len(c.unit)), c.unit.encode(), c.reason.encode()])}
        if c.status != WITHDRAWN:
            out[b"I" + project + (public_of(signer) if signer else ZEROES) + unhex(taken)] = id_
        if c.status == PENDING:
            out[b"Z" + project + u64(c.index)] = id_ + who(c.contributor)
        if due is not None:
            out[b"D" + u32(due) + u64(c.index)] = id_
        if c.rule == "equal":
            for reviewer in c.reviewers:
                out[b"J" + id_ + public_of(reviewer)] = b""
            for quantity in c.verdicts:
                out[b"B" + id_ + u32(quantity)] = u8(c.verdicts.count(quantity))
        return out
