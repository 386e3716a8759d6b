"""The vectors of spec/event.md for marks and snapshots, for the order of checks, and for the ends of ranges."""
import hashlib

from entries import (BY_DID, CHARTER, CONTRIBUTION, DAY, LEDGER, MEMBERSHIP, PROJECT, REVIEW, SUBJECTS, Key, asha, baraka,
                     canonical, changed, changed_many, did_of, ledger, make, mallory, seal)
from event_vectors import bad, entry, raw_payload

S3, S5 = "spec/event.md §3", "spec/event.md §5"
MARK = make("mark", {}, [ledger], n=8, date="2026-03-03")
SNAPSHOT = make("snapshot", {"mark": SUBJECTS[0], "previous": SUBJECTS[1], "projects": 2, "root": SUBJECTS[2]}, [ledger], n=9,
                date="2026-03-03")


def marks_and_snapshots():
    entry("ok-mark", "a mark event", S5, None, seal(MARK))
    entry("ok-snapshot", "a snapshot event", S5, None, seal(SNAPSHOT))
    entry("ok-snapshot-first", "a snapshot without previous, of no projects", S5, None, seal(changed_many(
        SNAPSHOT, {"body.previous": None, "body.projects": 0, "body.root": "00" * 32})))
    entry("ok-snapshot-most-projects", "2^53 - 1 projects", S5, None, seal(changed(SNAPSHOT, "body.projects", 2**53 - 1)))
    entry("ok-snapshot-by-any-key", "whether it is the ledger's key is for the fold to say", S5, None,
          seal(changed(SNAPSHOT, "signers", [mallory.did])))
    two = sorted([ledger.did, asha.did])
    for event in (MARK, SNAPSHOT, DAY):
        kind = event["kind"]
        if event is not DAY:
            bad(f"{kind}-project", f"a {kind} of a project", "project-not-allowed", changed(event, "project", PROJECT))
            bad(f"{kind}-about", f"a {kind} about something", "about-not-allowed", changed(event, "about", SUBJECTS[:1]))
            bad(f"{kind}-body-missing", f"a {kind} without body", "field-missing", changed(event, "body", None))
            bad(f"{kind}-body-list", f"a {kind} whose body is a list", "field-type", changed(event, "body", []))
        bad(f"{kind}-two-signers", f"a {kind} by two", "signers-not-one", changed(event, "signers", two))
        bad(f"{kind}-body-field", f"a {kind} with a field more in its body", "field-unknown", changed(event, "body.zeal", 1), S5)
        bad(f"{kind}-project-before-signers", "project is judged before the number of signers", "project-not-allowed",
            changed_many(event, {"project": PROJECT, "signers": two}))
        bad(f"{kind}-signers-before-about", "the number of signers is judged before about", "signers-not-one",
            changed_many(event, {"about": SUBJECTS[:1], "signers": two}))
    for name, path, value, code in (
        ("mark-missing", "mark", None, "field-missing"), ("mark-type", "mark", 1, "field-type"),
        ("mark-short", "mark", SUBJECTS[0][:62], "hex"), ("mark-long", "mark", SUBJECTS[0] + "00", "hex"),
        ("mark-upper-case", "mark", "A" * 64, "hex"), ("mark-empty", "mark", "", "hex"),
        ("previous-type", "previous", [], "field-type"), ("previous-short", "previous", "00" * 31, "hex"),
        ("previous-dash", "previous", "-", "hex"),
        ("projects-missing", "projects", None, "field-missing"), ("projects-type", "projects", "2", "field-type"),
        ("root-missing", "root", None, "field-missing"), ("root-type", "root", {}, "field-type"),
        ("root-base64", "root", "A" * 43 + "=", "hex"), ("root-long", "root", "00" * 33, "hex"),
    ):
        bad(f"snapshot-{name}", f"snapshot: {name.replace('-', ' ')}", code, changed(SNAPSHOT, f"body.{path}", value), S5)
    text = canonical(SNAPSHOT).decode()
    entry("snapshot-projects-too-large", "2^53 projects", S5, "json-integer-too-large",
          raw_payload(text.replace('"projects":2', '"projects":9007199254740992'), [ledger]))
    bad("snapshot-order-mark-previous", "mark is judged before previous", "hex",
        changed_many(SNAPSHOT, {"body.mark": "00", "body.previous": 1}), S5)
    bad("snapshot-order-previous-projects", "previous is judged before projects", "hex",
        changed_many(SNAPSHOT, {"body.previous": "00", "body.projects": None}), S5)
    bad("snapshot-order-projects-root", "projects is judged before root", "field-missing",
        changed_many(SNAPSHOT, {"body.projects": None, "body.root": "00"}), S5)
    bad("snapshot-order-root-unknown", "root is judged before unknown fields", "hex",
        changed_many(SNAPSHOT, {"body.root": "00", "body.count": 1}), S5)


def order_of_checks():
    c = CONTRIBUTION
    for name, code, changes in (
        ("kind-about", "field-missing", {"kind": None, "about": []}),
        ("kind-type-about", "field-type", {"kind": 1, "about": []}),
        ("about-body", "list-empty", {"about": [], "body": None}),
        ("body-kind-unknown", "field-type", {"body": "x", "kind": "gossip"}),
        ("kind-unknown-date", "kind-unknown", {"kind": "gossip", "date": None}),
        ("body-fields-date", "word", {"body.work": "gardening", "date": "never"}),
        ("body-unknown-date", "field-unknown", {"body.note": "x", "date": "never"}),
        ("date-id", "day", {"date": "never", "id": "00"}),
        ("id-log", "hex", {"id": "00", "log": ""}),
        ("log-project", "origin-length", {"log": "", "project": "00"}),
        ("project-signers", "hex", {"project": "00", "signers": []}),
        ("signers-unknown", "list-empty", {"signers": [], "note": "x"}),
        ("unknown-whole", "field-unknown", {"note": "x", "project": None}),
        ("contributor-outcome", "alias", {"body.contributor": "x", "body.outcome": "x"}),
        ("outcome-supersedes", "word", {"body.outcome": "x", "body.supersedes": "x"}),
        ("supersedes-activity", "hex", {"body.supersedes": "x", "body.activity": "X"}),
        ("activity-charter", "token", {"body.activity": "X", "body.charter": "x"}),
        ("charter-quantity", "hex", {"body.charter": "x", "body.quantity": 0}),
        ("quantity-unit", "integer-range", {"body.quantity": 0, "body.unit": "X"}),
        ("unit-work", "token", {"body.unit": "X", "body.work": "x"}),
    ):
        bad(f"order-{name}", f"order of checks: {name.replace('-', ' ')}", code, changed_many(c, changes))
    r = REVIEW
    for name, code, changes in (
        ("method-quantities", "word", {"body.method": "x", "body.quantities": []}),
        ("quantities-reason", "list-empty", {"body.quantities": [], "body.reason": "X"}),
        ("reason-verdict", "token", {"body.reason": "X", "body.verdict": "x"}),
        ("whole-about-first", "about-missing", {"about": None, "body.verdict": "reject"}),
        ("whole-project-first", "project-missing", {"project": None, "about": None}),
        ("not-allowed-missing", "review-quantities-not-allowed", {"body.verdict": "reject", "body.quantities": [1]}),
        ("number-reason", "review-quantities", {"body.verdict": "adjust", "body.quantities": [1]}),
    ):
        bad(f"order-review-{name}", f"order of checks of a review: {name.replace('-', ' ')}", code, changed_many(r, changes))
    for name, code, changes in (
        ("rule-silence", "word", {"body.verdicts.0.rule": "x", "body.verdicts.0.silence": 0}),
        ("silence-count", "integer-range", {"body.verdicts.0.silence": 0, "body.verdicts.0.count": 2}),
        ("count-silence-rule", "verdict-count", {"body.verdicts.0.rule": "at-once", "body.verdicts.0.count": 2}),
        ("silence-rule-work", "verdict-silence", {"body.verdicts.0.rule": "at-once", "body.verdicts.0.work": "x"}),
        ("missing-unknown", "verdict-missing", {"body.verdicts.1": None, "body.zeal": 1}),
        ("stewards-unknown-threshold", "field-unknown", {"body.stewards.threshold": 0, "body.stewards.zeal": 1}),
        ("threshold-range-unknown", "integer-range", {"body.stewards.threshold": 2**32, "body.stewards.zeal": 1}),
        ("replaces-project", "charter-replaces", {"project": PROJECT, "signers": sorted([asha.did, mallory.did])}),
    ):
        bad(f"order-charter-{name}", f"order of checks of a charter: {name.replace('-', ' ')}", code, changed_many(CHARTER, changes), S5)


def ends_of_ranges():
    dids = sorted(did_of(hashlib.sha256(b"did %d" % i).digest()) for i in range(65))
    tokens = [f"reason-{i:02}" for i in range(65)]
    charter = lambda **changes: changed_many(CHARTER, {f"body.{k.replace('__', '.')}": v for k, v in changes.items()})
    entry("ok-charter-most", "a charter with the most of everything that is short", S5, None, seal(charter(
        enrollers=dids[:64], reasons=tokens[:64], grace=3650, notice=3650, activities__0__weight=2**32 - 1,
        verdicts__0__silence=3650, verdicts__1__count=16, name="a" * 32)))
    entry("ok-charter-256-activities", "256 activities", S5, None, seal(charter(
        activities=[{"activity": f"a{i:03}", "unit": "item", "weight": 0, "work": "annotation"} for i in range(256)],
        verdicts=[{"rule": "at-once", "work": "annotation"}])))
    entry("ok-charter-unusual-thresholds", "16 stewards, of whom all sign", S5, None, seal(charter(
        stewards={"keys": sorted(k.did for k in sixteen()), "threshold": 16})))
    entry("ok-date-first", "the first day there is", S3, None, seal(changed(CONTRIBUTION, "date", "1970-01-01")))
    entry("ok-date-last", "the last day there is", S3, None, seal(changed(CONTRIBUTION, "date", "9999-12-31")))
    entry("ok-log-255", "an origin of 255 bytes", S3, None, seal(changed(CONTRIBUTION, "log", "a" * 255)))
    entry("ok-rules-largest", "2^53 - 1 as rules version", S5, None, seal(changed(LEDGER, "body.rules", 2**53 - 1)))
    entry("ok-witnesses-eight", "eight witnesses", S5, None, seal(changed(
        LEDGER, "body.witnesses", sorted(Key(f"w{i}").vkey(f"w{i}", 4) for i in range(8)))))
    entry("ok-adjust-to-zero", "an adjustment to nothing", S5, None, seal(changed_many(
        REVIEW, {"body.verdict": "adjust", "body.quantities": [0, 1, 2], "body.reason": "spam"})))
    entry("ok-accept-with-reason", "an acceptance may give a reason", S5, None, seal(changed(REVIEW, "body.reason", "spam")))
    for name, code, event in (
        ("charter-enrollers-65", "list-too-long", charter(enrollers=dids)),
        ("charter-reasons-65", "list-too-long", charter(reasons=tokens)),
        ("charter-reasons-empty", "list-empty", charter(reasons=[])),
        ("charter-reasons-unsorted", "list-unsorted", charter(reasons=["spam", "incomplete"])),
        ("charter-stewards-17", "list-too-long", charter(stewards__keys=dids[:17])),
        ("charter-threshold-2-32", "integer-range", charter(stewards__threshold=2**32)),
        ("charter-notice-too-long", "integer-range", charter(notice=3651)),
        ("charter-silence-too-long", "integer-range", charter(verdicts__0__silence=3651)),
        ("charter-count-17", "integer-range", charter(verdicts__1__count=17)),
        ("charter-verdicts-empty", "list-empty", charter(verdicts=[])),
        ("charter-verdicts-ten", "list-too-long", charter(verdicts=CHARTER["body"]["verdicts"][:1] * 10)),
        ("charter-verdicts-unsorted", "list-unsorted", charter(verdicts=CHARTER["body"]["verdicts"][::-1])),
        ("charter-verdicts-repeated", "list-repeated", charter(verdicts=CHARTER["body"]["verdicts"][:1] * 2)),
        ("charter-weight-missing", "field-missing", charter(activities__0__weight=None)),
        ("charter-activity-not-object", "not-an-object", charter(activities=["labels"])),
        ("charter-verdict-not-object", "not-an-object", charter(verdicts=["first"])),
        ("charter-verdict-field", "field-unknown", charter(verdicts__0__zeal=1)),
        ("charter-stewards-list", "field-type", charter(stewards=[])),
        ("charter-stewards-field", "field-unknown", charter(stewards__zeal=1)),
        ("review-reason-space", "token", changed(REVIEW, "body.reason", "too noisy")),
        ("review-reason-missing-adjust", "review-reason-missing",
         changed_many(REVIEW, {"body.verdict": "adjust", "body.quantities": [1, 2, 3]})),
        ("review-two-signers", "signers-not-one", changed(REVIEW, "signers", sorted([asha.did, baraka.did]))),
        ("review-quantity-string", "field-type", changed(REVIEW, "body.quantities", [1, "2", 3])),
        ("ledger-project", "project-not-allowed", changed(LEDGER, "project", PROJECT)),
        ("ledger-about", "about-not-allowed", changed(LEDGER, "about", SUBJECTS[:1])),
        ("ledger-successor", "origin-alphabet", changed(LEDGER, "body.closing", {"successor": "a+b"})),
        ("ledger-signer-is-witness", "key-reused", changed(LEDGER, "body.witnesses", [ledger.vkey("w.example/1", 4)])),
        ("membership-no-project", "project-missing", changed(MEMBERSHIP, "project", None)),
    ):
        bad(name, name.replace("-", " "), code, event, S5)


    digests = sorted(hashlib.sha256(b"%d" % i).hexdigest() for i in range(727))
    entry("about-727", "more digests than fit an entry, in one that is cut short", S3, "list-too-long",
          raw_payload(canonical({"about": digests, "kind": "review"})))
    bad("about-727-whole", "a whole event about 727 others does not fit an entry", "entry-too-large", changed(REVIEW, "about", digests))


def sixteen():
    keys = [Key(f"signer {i}") for i in range(16)]
    BY_DID.update({k.did: k for k in keys})
    return keys


def events():
    marks_and_snapshots()
    order_of_checks()
    ends_of_ranges()
