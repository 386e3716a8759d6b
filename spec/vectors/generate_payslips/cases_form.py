"""Checks 1 to 5: the form of the file, and whom the policy trusts."""
import base64

import generate_totals as T
from files import refuse
from generate_totals import LOG, auditor, checkpoint2, cosigned, policy
from lines import Lines
from world import NUMBERS, hidden, pay, state, table, text

CODE = "payslip-line"


def head():
    good = text(state())
    code = "payslip-not-a-payslip"
    refuse("empty", "no bytes", code, "")
    refuse("header-total", "the first line of a total proof", code, good.replace("payslip", "total", 1))
    refuse("header-v2", "a later version", code, good.replace("@v1", "@v2", 1))
    refuse("header-cut-off", "the first line without its newline", code, "lebombo/payslip@v1")
    refuse("header-carriage-return", "all lines end in CR LF", code, good.replace("\n", "\r\n"))
    refuse("line-header-alone", "nothing after the first line", CODE, "lebombo/payslip@v1\n")


def small(**how):
    """The second of three lines, in a log of three entries."""
    lines = table(points=[1, 3, 2], ever=[1, 3, 2], pay={"share": "range"})
    return state([lines], handle=1, ever=[1, 3, 2], others=([T.Project("vu-sound", [4])], []), after=hidden(1), **how)


def two_decisions():
    parts = text(small(payments=[pay("instructed", 1)])).split("\n")
    decision = [i for i, line in enumerate(parts) if line.startswith("decision")][1]
    first, second = [i for i, line in enumerate(parts) if line.startswith("entry")][:2]
    return "\n".join(parts[:decision] + parts[first:second] + parts[decision:first] + parts[second:])


def lines():
    good = Lines(text(small()))
    all_lines = good.lines
    find, get, with_line, without, insert, field, less, more = (
        good.find, good.get, good.with_line, good.without, good.insert, good.field, good.without_field, good.more)
    line, node, project, decision, entry, hash_ = map(find, ("line", "node", "project", "decision", "entry", "hash"))
    end = all_lines.index("")

    def case(name, description, payslip):
        refuse("line-" + name, description, CODE, payslip)

    # Any line
    case("space-at-end", "a space at the end of a line", with_line(line, all_lines[line] + " "))
    case("two-spaces", "two spaces between fields", with_line(line, all_lines[line].replace(" ", "  ", 1)))
    case("keyword-unknown", "a line of another kind", insert(entry, "extra 1"))
    # line
    case("missing", "the second line is missing", without(line))
    case("twice", "two lines of the settlement", insert(line, all_lines[line]))
    case("nine-numbers", "nine numbers", less(line, 15))
    case("ten-numbers-alone", "ten numbers, and nothing of work", with_line(line, all_lines[line].rsplit(" ", 2)[0]))
    case("eleven-numbers", "eleven numbers", field(line, 15, get(line, 15) + " 0"))
    case("work-missing", "no last link", less(line))
    case("field-more", "a field after the last link", more(line))
    case("credits-negative", "credits below zero", field(line, 16, "-1"))
    case("credits-2-64", "credits of 2^64", field(line, 16, str(2**64)))
    case("work-hex", "the last link in hex", field(line, 17, base64.b64decode(get(line, 17)).hex()))
    case("work-dash", "no work written as a dash", field(line, 17, "-"))
    case("project-upper-case", "the project in capital hex", field(line, 1, get(line, 1).upper()))
    case("currency-lower-case", "a currency in small letters", field(line, 3, "usd"))
    case("currency-unknown", "three letters that are no currency", field(line, 3, "ZZZ"))
    case("handle-plus", "a handle with a sign", field(line, 4, "+2"))
    case("contributor-name", "a contributor who is neither key nor alias", field(line, 5, "baraka"))
    for i, name in enumerate(NUMBERS):
        said = name.replace("_", " ")
        wrong = [("2-64", "of 2^64", str(2**64)), ("negative", "below zero", "-1"), ("leading-zero", "with a leading zero", "01"),
                 ("hex", "that is not decimal", "0x1"), ("fraction", "with a fraction", "1.0")][i % 5]
        case(f"{name.replace('_', '-')}-{wrong[0]}", f"the number `{said}` {wrong[1]}", field(line, 6 + i, wrong[2]))
    # node
    case("node-five-numbers", "a node of five numbers", with_line(node, all_lines[node].replace("node ", "node 0 ")))
    for i, name in enumerate(("payable", "held", "points", "ever")):
        case(f"node-{name}", f"a node's number `{name}` in another form", field(node, 1 + i, ("00", "-0", "1e3", str(2**64))[i]))
    case("node-url-safe", "a hash in URL-safe base64", field(node, 5, "_" * 43 + "="))
    case("node-stray-bits", "bits set in a hash's base64 that are no part of it", field(node, 5, "A" * 42 + "B="))
    case("node-after-project", "a node after the project", insert(project + 1, all_lines[node]))
    # project
    case("project-missing", "no project line", without(project))
    case("project-twice", "two project lines", insert(project, all_lines[project]))
    case("project-seven-fields", "a project without money", less(project))
    case("project-nine-fields", "a field more", more(project))
    case("project-number-leading-zero", "the place among projects with a leading zero", field(project, 1, "01"))
    case("charter-short", "a charter of 31 bytes", field(project, 2, get(project, 2)[2:]))
    case("contributors-negative", "contributors below zero", field(project, 3, "-5"))
    case("project-points-2-64", "points of 2^64", field(project, 4, str(2**64)))
    case("totals-hex", "the totals' root in hex", field(project, 5, base64.b64decode(get(project, 5)).hex()))
    case("settlement-upper-case", "a settlement in capital hex", field(project, 6, get(project, 6).upper()))
    case("settlement-zeroes", "no settlement written as zeroes", field(project, 6, "0" * 64))
    case("decisions-dash", "no decisions written as a dash", field(project, 7, "-"))
    case("money-dash", "no money tree written as a dash", field(project, 8, "-"))
    # hash
    a_hash = all_lines[hash_]
    case("hash-after-header", "a hash before the line", insert(line, a_hash))
    case("hash-after-line", "a hash after the line", insert(node, a_hash))
    case("hash-after-node", "a hash after the nodes", insert(find("work"), a_hash))
    case("hash-before-project", "a hash after the credits", insert(project, a_hash))
    case("hash-two-fields", "a hash with its index", with_line(hash_, all_lines[hash_] + " 1"))
    # decision
    case("decision-none", "no decision", "\n".join(all_lines[:decision] + all_lines[entry:]))
    case("decision-before-project", "a decision before the project", insert(project, all_lines[decision]))
    case("decision-after-entry", "a second decision after the first entry", two_decisions())
    case("decision-one-field", "a decision without its index", less(decision))
    case("decision-three-fields", "a decision with its event id", with_line(decision, all_lines[decision] + " " + "ab" * 32))
    case("decision-place-leading-zero", "a place with a leading zero", field(decision, 1, "01"))
    case("decision-index-2-64", "an index of 2^64", field(decision, 2, str(2**64)))
    # entry
    case("entry-one-field", "an entry without its bytes", less(entry))
    case("entry-three-fields", "an entry with a field more", more(entry))
    case("entry-index-leading-zero", "index 00", field(entry, 1, "00"))
    case("entry-empty", "an entry of no bytes", field(entry, 2, ""))
    case("entry-before-decision", "an entry before the decision", "\n".join(
        all_lines[:decision] + all_lines[entry:find("entry", 1)] + all_lines[decision:entry] + all_lines[find("entry", 1):]))
    case("end-after-project", "the empty line right after the project", insert(project + 1, ""))
    case("cut-off-before-checkpoint", "cut off before the empty line", "\n".join(all_lines[:end]) + "\n")


def checkpoint():
    good = text(state())
    before = good[:good.index("\n\n") + 2]
    note = "spec/tree.md §3"
    refuse("checkpoint-missing", "nothing after the empty line", "note-no-separator", before, source=note)
    refuse("checkpoint-cut-off", "the last newline is missing", "note-unterminated", good[:-1], source=note)
    refuse("checkpoint-carriage-return", "CR LF within the checkpoint", "note-control-character",
           good.replace(LOG + "\n", LOG + "\r\n"), source=note)
    one, law = ("a.example/1", auditor), "spec/policy.md §3"
    refuse("log-unknown", "a log that the policy does not know", "log-unknown", state(), policy=policy(origin="example.org/other"), source=law)
    refuse("log-other-key", "the checkpoint is signed by another key than the policy's", "log-signature-missing",
           cosigned(state(), key=checkpoint2), source=law)
    refuse("log-signature-forged", "the log's key id over a signature by somebody else", "log-signature-invalid",
           cosigned(state(), sign=checkpoint2), source=law)
    refuse("auditors-asked-for", "no auditor cosigned, and the policy asks for them", "quorum-not-met", state(),
           policy=policy(auditors=[one], quorum="auditors"), source=law)


def cases():
    head()
    lines()
    checkpoint()
