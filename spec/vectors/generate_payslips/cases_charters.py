"""Check 14: the payloads of charters. The ledger's chains are over the event ids of just these bytes."""
from entries import PROJECT as OTHER, asha, canonical, make, seal
from files import edit, lie
from generate_totals import LOG
from work import BEFORE, FIRST, PROJECT, RANGE, Credit, Work, amendment, charter
from world import usual


def refused(name, description, payload, older=1):
    lie("charter-" + name, description, "payslip-charter", tables=[usual().lie(work=Work(BEFORE, Credit(payload, 20, 22, 0, 6), older=older))])


def form():
    refused("not-json", "the payload of a charter is no JSON", b"hello")
    refused("65535-of-nothing", "a payload of 65,535 bytes that is no JSON", b"x" * 65_535)
    refused("cut-off", "a payload is cut off", FIRST[:-1])
    refused("trailing", "a newline after a payload", FIRST + b"\n")
    refused("not-canonical", "a payload with a space in it", FIRST.replace(b'"notice":', b'"notice": '))
    refused("key-order", "a payload whose keys do not ascend", other_order(FIRST))
    refused("list", "a payload that is a list", b"[]")
    refused("empty-object", "a payload without fields", b"{}")
    refused("envelope", "the whole entry in the place of its payload", canonical(seal(FIRST, signers=[asha.did])))
    refused("field-unknown", "a charter with a field more", amendment(4, FIRST, extra=1))
    refused("field-missing", "a charter without stewards", amendment(4, FIRST, stewards=None))
    refused("threshold", "a charter that needs more stewards than there are", amendment(4, FIRST, stewards={"keys": [asha.did], "threshold": 2}))
    refused("second", "the second of two charters is no JSON", b"hello", older=0)


def other_order(payload):
    body, rest = payload.split(b',"date"')
    return b'{"date"' + rest[:-1] + b"," + body[1:] + b"}"


def whose():
    event = make("closing", {}, [asha], 4, PROJECT, log=LOG)
    refused("is-closing", "an event of the project that is no charter", canonical(event))
    refused("other-first", "the first charter of another project", charter(5))
    refused("other-amendment", "an amendment of another project", charter(5, project=OTHER, replaces=OTHER))
    refused("other-replaces", "an amendment of another project that says it replaces this one's charter",
            charter(5, project=OTHER, replaces=PROJECT))
    refused("no-replaces", "a charter of the project that replaces none", charter(5, project=PROJECT))
    refused("no-project", "a charter that replaces one, of no project", charter(5, replaces=PROJECT))
    refused("other-second", "a charter of another project after one of this", charter(5), older=0)
    refused("other-log", "an amendment made for another log", amendment(4, FIRST, log="example.org/other"))
    refused("other-log-second", "an amendment made for another log after the first charter", amendment(4, FIRST, log="example.org/other"), older=0)
    edit("charter-first-changed", "the first charter, with another name in it", "payslip-charter",
         lambda p: p["charters"].__setitem__(0, FIRST.replace(b"labels", b"albels")), also=["payslip-work-link"])
    edit("charter-unused-not-json", "a charter that no credit names is no JSON", "payslip-charter", lambda p: p["charters"].append(b"hello"),
         also=["payslip-work"])


def twice():
    def named(*credits):
        return lambda parts: [parts["charters"].append(FIRST), *[parts["credits"][at].__setitem__(0, 2) for at in credits]]

    edit("charter-twice", "a charter stands there twice, and both are named", "payslip-charter", lambda p: (
        p["charters"].insert(1, FIRST), [p["credits"][at].__setitem__(0, at) for at in (1, 2)]))
    later = Work(BEFORE, *RANGE, Credit(FIRST, 33, 34, 0, 0), older=1)
    edit("charter-twice-apart", "the first of three charters is the last too, and both are named", "payslip-charter", named(3),
         tables=[usual().lie(work=later)])
    edit("charter-twice-unused", "a charter stands there twice, and one of the two is named", "payslip-charter", named(), also=["payslip-work"])


def cases():
    form()
    whose()
    twice()
