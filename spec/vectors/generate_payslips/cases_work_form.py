"""Check 3: the form of the lines `work`, `charter` and `credit`."""
import base64

from cases_form import CODE, small
from files import refuse
from generate_totals import ZERO, b64
from lines import Lines
from world import text

FILE = Lines(text(small()))
WORK, CHARTER, CREDIT, PROJECT = map(FILE.find, ("work", "charter", "credit", "project"))


def case(name, description, payslip):
    refuse("line-" + name, description, CODE, payslip)


def work():
    case("work-line-missing", "no line of work", FILE.without(WORK))
    case("work-line-twice", "two lines of work", FILE.insert(WORK, FILE.lines[WORK]))
    case("work-line-first", "work before the line of the settlement", FILE.moved(WORK, FILE.find("line")))
    case("work-line-before-nodes", "work before the path", FILE.moved(WORK, FILE.find("node")))
    case("work-line-after-charter", "work after the charter", FILE.moved(WORK, CREDIT))
    case("work-line-after-credits", "work after the credits", FILE.moved(WORK, PROJECT))
    case("work-line-after-project", "work after the project", FILE.moved(WORK, PROJECT + 1))
    case("work-hash", "a hash after work, as if there were a path", FILE.insert(CHARTER, FILE.lines[FILE.find("hash")]))
    case("work-one-field", "work without its link", FILE.without_field(WORK))
    case("work-three-fields", "work with the number of credits too", FILE.more(WORK, "1"))
    case("work-from-missing", "work without the number of credits before", FILE.without_field(WORK, 1))
    for name, description, new in (("leading-zero", "with a leading zero", "00"), ("negative", "below zero", "-0"),
                                   ("2-64", "of 2^64", str(2**64)), ("dash", "written as a dash", "-")):
        case(f"work-from-{name}", f"credits before {description}", FILE.field(WORK, 1, new))
    for name, description, new in (("dash", "no link written as a dash", "-"), ("hex", "the link in hex", "00" * 32),
                                   ("31-bytes", "a link of 31 bytes", b64(bytes(31))), ("unpadded", "a link without padding", b64(ZERO)[:-1]),
                                   ("stray-bits", "bits set in the link's base64 that are no part of it", "A" * 42 + "B=")):
        case(f"work-link-{name}", description, FILE.field(WORK, 2, new))


def charters():
    payload = FILE.get(CHARTER, 1)
    case("charter-before-work", "a charter before work", FILE.moved(CHARTER, WORK))
    case("charter-after-credit", "a charter after the credits", FILE.moved(CHARTER, PROJECT))
    case("charter-after-project", "a charter after the project", FILE.moved(CHARTER, PROJECT + 1))
    case("charter-hash", "a hash after the charter", FILE.insert(CREDIT, FILE.lines[FILE.find("hash")]))
    case("charter-no-field", "a charter without its payload", FILE.with_line(CHARTER, "charter"))
    case("charter-two-fields", "a charter with its place", FILE.with_line(CHARTER, f"charter 0 {payload}"))
    case("charter-empty", "a payload of 0 bytes", FILE.field(CHARTER, 1, ""))
    case("charter-65536", "a payload of 65,536 bytes", FILE.field(CHARTER, 1, b64(b"x" * 65_536)))
    case("charter-json", "a payload as its text", FILE.field(CHARTER, 1, base64.b64decode(payload).decode()))
    case("charter-unpadded", "a payload without its padding", FILE.field(CHARTER, 1, b64(b"{}")[:-1]))
    case("charter-url-safe", "a payload in URL-safe base64", FILE.field(CHARTER, 1, "_" * 4))


def credits():
    case("credit-before-charter", "a credit before the charters", FILE.moved(CREDIT, CHARTER))
    case("credit-before-work", "a credit before work", FILE.moved(CREDIT, WORK))
    case("credit-after-project", "a credit after the project", FILE.moved(CREDIT, PROJECT + 1))
    case("credit-hash", "a hash after a credit", FILE.insert(PROJECT, FILE.lines[FILE.find("hash")]))
    case("credit-five-fields", "a credit without times", FILE.without_field(CREDIT))
    case("credit-seven-fields", "a credit with a field more", FILE.more(CREDIT, "1"))
    wrong = [("charter", "no place among the charters", "-"), ("charter-hex", "the event id of its charter", "ab" * 32),
             ("index", "an index with a leading zero", "020"), ("index-2-64", "an index of 2^64", str(2**64)),
             ("decided", "a deciding entry below zero", "-1"), ("decided-2-64", "a deciding entry of 2^64", str(2**64)),
             ("before", "points before with a sign", "+0"), ("before-2-64", "points before of 2^64", str(2**64)),
             ("after", "points after with a fraction", "3.0"), ("after-2-64", "points after of 2^64", str(2**64)),
             ("times-0", "0 times", "0"), ("times-727", "727 times", "727"), ("times-leading-zero", "times with a leading zero", "01"),
             ("times-2-64", "2^64 + 1 times", str(2**64 + 1))]
    fields = ["charter", "index", "decided", "before", "after", "times"]
    for name, description, new in wrong:
        case(f"credit-{name}", description, FILE.field(CREDIT, 1 + fields.index(name.split("-")[0]), new))


def cases():
    work()
    charters()
    credits()
