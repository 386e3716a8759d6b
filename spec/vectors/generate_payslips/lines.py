"""A file as its lines, to change one of them."""


class Lines:
    def __init__(self, text):
        self.lines = text.split("\n")

    def find(self, kind, nth=0):
        return [i for i, line in enumerate(self.lines) if line.split(" ")[0] == kind][nth]

    def get(self, at, number):
        return self.lines[at].split(" ")[number]

    def with_line(self, at, new):
        return "\n".join(self.lines[:at] + [new] + self.lines[at + 1:])

    def without(self, at, count=1):
        return "\n".join(self.lines[:at] + self.lines[at + count:])

    def insert(self, at, new):
        return "\n".join(self.lines[:at] + [new] + self.lines[at:])

    def moved(self, at, to):
        """The line `at` stands before that which was at `to`."""
        left = self.lines[:at] + self.lines[at + 1:]
        to -= to > at
        return "\n".join(left[:to] + [self.lines[at]] + left[to:])

    def field(self, at, number, new):
        fields = self.lines[at].split(" ")
        fields[number] = new
        return self.with_line(at, " ".join(fields))

    def without_field(self, at, number=-1):
        fields = self.lines[at].split(" ")
        del fields[number]
        return self.with_line(at, " ".join(fields))

    def more(self, at, field="0"):
        return self.with_line(at, f"{self.lines[at]} {field}")
