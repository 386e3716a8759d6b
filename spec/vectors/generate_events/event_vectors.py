"""The vectors of spec/event.md."""
import base64
import hashlib
import json

from entries import (ALIAS, BY_DID, CHARTER, CONTRIBUTION, DAY, LEDGER, LOG, MEMBERSHIP, PROJECT, RETRACTION, REVIEW,
                     SUBJECTS, TYPE, Key, asha, b64, baraka, base58, canonical, changed, charter_body, checkpoint,
                     chipo, did_of, event_id, ledger, make, mallory, nonce, seal, second_nonce, witness, write)


def entry(name, description, source, error, envelope):
    """One event vector: the entry's bytes in base64, and the code of the check that refuses it (null: none does)."""
    raw = envelope if isinstance(envelope, bytes) else canonical(envelope)
    fields = {"entry": b64(raw), "error": error}
    if error is None:
        payload = base64.b64decode(json.loads(raw)["payload"])
        fields["event_id"] = event_id(payload)
        fields["payload"] = payload.decode()
    write("event", name, description, source, **fields)


def raw_payload(text, signers=(baraka,)):
    return seal(text.encode() if isinstance(text, str) else text, [s.did for s in signers])


def bad(name, description, code, event, source="spec/event.md §3"):
    """An event that breaks one rule, signed by those of its signers who have keys here."""
    listed = event.get("signers", [])
    entry(name, description, source, code, seal(event, {d for d in listed if d in BY_DID and len(listed) < 17} or {baraka.did}))


def events():
    s1, s2, s3, s4, s5 = ("spec/event.md §%d" % n for n in range(1, 6))
    for event in (LEDGER, CHARTER, CONTRIBUTION, MEMBERSHIP, REVIEW, RETRACTION, DAY):
        entry(f"ok-{event['kind']}", f"a {event['kind']} event", s5, None, seal(event))
    entry("ok-ledger-full", "a ledger event with witnesses, closing and successor", s5, None, seal(changed(changed(
        LEDGER, "body.witnesses", [witness.vkey("w.example/1", 4)]), "body.closing", {"successor": "example.org/log2"})))
    entry("ok-charter-amendment", "an amendment by two stewards", s5, None, seal(make(
        "charter", charter_body(replaces=PROJECT, stewards={"keys": sorted([asha.did, chipo.did]), "threshold": 2}),
        [asha, chipo], project=PROJECT)))
    entry("ok-charter-least", "a charter with all that is optional left out", s5, None, seal(changed(make(
        "charter", charter_body(**{"enrollers": None, "import": None, "reasons": None}), [asha]), "body.grace", 0)))
    entry("ok-contribution-imported", "an imported contribution with alias and outcome", s5, None, seal(changed(changed(
        CONTRIBUTION, "body.contributor", ALIAS), "body.outcome", "accepted")))
    entry("ok-contribution-supersedes", "a contribution that supersedes another", s5, None,
          seal(changed(CONTRIBUTION, "body.supersedes", SUBJECTS[0])))
    entry("ok-quantity-largest", "the largest quantity, 2^32 - 1", s5, None,
          seal(changed(CONTRIBUTION, "body.quantity", 2**32 - 1)))
    entry("ok-review-partial", "an acceptance in part", s5, None,
          seal(changed(REVIEW, "body.quantities", [3, 0, 4294967295])))
    entry("ok-review-reject", "a rejection with its reason", s5, None,
          seal(changed(changed(REVIEW, "body.verdict", "reject"), "body.reason", "spam")))
    entry("ok-leap-day", "29 February of a leap year", s3, None, seal(changed(CONTRIBUTION, "date", "2024-02-29")))
    entry("ok-charter-weak-steward", "a key that only is named may be any 32 bytes", s3, None, seal(make("charter", charter_body(
        enrollers=None, stewards={"keys": sorted([asha.did, did_of(bytes([2] + [0] * 31))]), "threshold": 1}), [asha])))
    entry("ok-contribution-no-evidence", "a contribution without evidence", s3, None, seal(changed(CONTRIBUTION, "about", None)))
    entry("ok-retraction-two", "a retraction by two signers is an event", s5, None,
          seal(make("retraction", {}, [asha, baraka], project=PROJECT, about=SUBJECTS[:1])))
    many = [hashlib.sha256(b"%d" % i).hexdigest() for i in range(726)]
    entry("ok-about-726", "a review of 726 events, the most there can be", s3, None, seal(changed(REVIEW, "about", sorted(many))))
    sixteen = [Key(f"signer {i}") for i in range(17)]
    BY_DID.update({k.did: k for k in sixteen})
    entry("ok-sixteen-signers", "sixteen signers, the most there can be", s3, None,
          seal(make("membership", MEMBERSHIP["body"], sixteen[:16], project=PROJECT)))

    good = seal(CONTRIBUTION)
    raw = canonical(good)
    # §1 and §2: the envelope
    entry("not-json", "not JSON", s1, "json-syntax", b"hello")
    entry("empty", "no bytes at all", s1, "json-truncated", b"")
    entry("truncated", "cut off in the middle", s1, "json-truncated", raw[:len(raw) // 2])
    entry("trailing", "a second object after the envelope", s1, "json-trailing", raw + b"{}")
    entry("trailing-newline", "a newline after the envelope", s1, "json-whitespace", raw + b"\n")
    entry("envelope-space", "white space in the envelope", s1, "json-whitespace", json.dumps(good).encode())
    entry("envelope-key-order", "payloadType before payload", s1, "json-key-order",
          b'{"payloadType":' + raw[raw.index(b'"application'):raw.index(b',"signatures"')] + b',"payload":"","signatures":[]}')
    entry("envelope-duplicate-key", "payload twice", s1, "json-duplicate-key", b'{"payload":"",' + raw[1:])
    entry("envelope-unknown-field", "a field more", s2, "field-unknown", {**good, "zzz": 1})
    entry("envelope-not-object", "a list", s2, "not-an-object", b"[]")
    entry("envelope-no-payload", "no payload", s2, "field-missing", {k: v for k, v in good.items() if k != "payload"})
    entry("envelope-payload-type-of-field", "signatures is no list", s2, "field-type", {**good, "signatures": "x"})
    entry("envelope-not-ascii", "a byte of 0x80 or more", s1, "json-not-ascii", raw.replace(b"event", "événement".encode()))
    entry("envelope-escape", "an escape where none is needed", s1, "json-escape", raw.replace(b"application/", b"application\\/"))
    entry("payload-type", "another payload type", s2, "payload-type", seal(CONTRIBUTION, kind="application/vnd.in-toto+json"))
    entry("payload-url-safe", "URL-safe base64", s2, "payload-base64",
          {**good, "payload": "-_-_" + good["payload"][4:]})
    entry("payload-unpadded", "base64 without its padding", s2, "payload-base64",
          {**raw_payload("x"), "payload": "eA"})
    entry("payload-stray-bits", "base64 with stray bits", s2, "payload-base64", {**raw_payload("x"), "payload": "eB=="})
    entry("payload-newline-base64", "base64 broken into lines", s2, "json-escape", raw.replace(b'"payload":"', b'"payload":"\\n'))
    entry("too-large", "65,536 bytes", s1, "entry-too-large", raw[:-1] + b" " * (65536 - len(raw)) + b"}")
    entry("largest-size-read", "65,535 bytes are read (and refused for the space in them)", s1, "json-whitespace",
          raw[:-1] + b" " * (65535 - len(raw)) + b"}")
    entry("signatures-none", "no signature", s2, "signatures-none", {**good, "signatures": []})
    entry("signatures-too-many", "17 signatures", s2, "signatures-too-many", seal(CONTRIBUTION, [k.did for k in sixteen]))
    two = seal(CONTRIBUTION, [baraka.did, asha.did])["signatures"]
    entry("signatures-unsorted", "signatures in the wrong order", s2, "signatures-unsorted", {**good, "signatures": two[::-1]})
    entry("signatures-repeated", "the same signature twice", s2, "signatures-repeated", {**good, "signatures": good["signatures"] * 2})
    entry("signature-short", "a signature of 63 bytes", s2, "signature-malformed",
          changed(good, "signatures.0.sig", b64(b"\0" * 63)))
    entry("signature-url-safe", "a signature in URL-safe base64", s2, "signature-malformed",
          changed(good, "signatures.0.sig", "_" * 86 + "=="))
    entry("signature-unknown-field", "a certificate beside the signature", s2, "field-unknown",
          changed(good, "signatures.0.cert", "x"))
    entry("signature-keyid-missing", "a signature without keyid", s2, "field-missing", changed(good, "signatures.0.keyid", None))
    entry("keyid-not-did", "a keyid that is no did:key", s2, "did-prefix", changed(good, "signatures.0.keyid", "baraka"))
    entry("keyid-base58", "a did:key with a character outside base58", s2, "did-base58",
          changed(good, "signatures.0.keyid", baraka.did[:-1] + "0"))
    entry("keyid-x25519", "a did:key of another kind of key", s2, "did-multicodec",
          changed(good, "signatures.0.keyid", "did:key:z" + base58(b"\xec\x01" + baraka.public)))
    # §4: signers and signatures
    entry("signature-wrong", "a signature by somebody else under this signer's name", s4, "signature-invalid",
          seal(CONTRIBUTION, sign_as={baraka.did: mallory.did}))
    other = canonical(changed(CONTRIBUTION, "body.quantity", 121))
    entry("payload-changed", "the payload changed after signing", s4, "signature-invalid", {**good, "payload": b64(other)})
    entry("payload-under-another-key", "somebody else's payload under one's own key", s4, "signer-not-listed",
          seal(CONTRIBUTION, [mallory.did]))
    entry("signer-extra", "a signature by one who is not listed", s4, "signer-not-listed",
          seal(CONTRIBUTION, [baraka.did, mallory.did]))
    entry("second-nonce", "the same payload signed again with another nonce is an event too", s4, None, second_nonce(CONTRIBUTION, baraka))
    half = make("membership", MEMBERSHIP["body"], [asha, chipo], project=PROJECT)
    entry("signer-missing", "a listed signer has not signed", s4, "signature-missing", seal(half, [asha.did]))
    for name, point, code in (
        ("identity", bytes([1] + [0] * 31), "key-small-order"),
        ("order-8", bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"), "key-small-order"),
        ("non-canonical", bytes.fromhex("f0" + "ff" * 30 + "7f"), "key-not-canonical"),
        ("off-curve", bytes([2] + [0] * 31), "key-off-curve"),
    ):
        weak = did_of(point)
        payload = canonical(changed(CONTRIBUTION, "signers", [weak]))
        entry(f"key-{name}", f"the signer's key is no good: {name}", s4, code,
              {"payload": b64(payload), "payloadType": TYPE, "signatures": [{"keyid": weak, "sig": b64(bytes([1] + [0] * 63))}]})
    sig = base64.b64decode(good["signatures"][0]["sig"])
    order = 2**252 + 27742317777372353535851937790883648493
    big_s = (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    entry("signature-s-not-reduced", "S is not below the group order (RFC 8032 §5.1.7)", s4, "signature-invalid",
          changed(good, "signatures.0.sig", b64(sig[:32] + big_s)))

    # §1 and §3: the payload
    text = canonical(CONTRIBUTION).decode()
    for name, code, what in (
        ("payload-not-json", "json-syntax", "hello"),
        ("payload-space", "json-whitespace", text.replace('"body":', '"body": ')),
        ("payload-key-order", "json-key-order", '{"zzz":1,' + text[1:]),
        ("payload-duplicate-key", "json-duplicate-key", text[:-1] + ',"signers":1}'),
        ("payload-escape", "json-escape", text.replace("labels", "l\\u0061bels")),
        ("payload-not-ascii", "json-not-ascii", text.replace("labels", "étiquettes")),
        ("payload-float", "json-float", text.replace('"quantity":120', '"quantity":120.5')),
        ("payload-one-point-zero", "json-float", text.replace('"quantity":120', '"quantity":1.0')),
        ("payload-exponent", "json-float", text.replace('"quantity":120', '"quantity":12e1')),
        ("payload-minus-zero", "json-negative", text.replace('"quantity":120', '"quantity":-0')),
        ("payload-negative", "json-negative", text.replace('"quantity":120', '"quantity":-120')),
        ("payload-two-to-53", "json-integer-too-large", text.replace('"quantity":120', '"quantity":9007199254740992')),
        ("payload-leading-zero", "json-leading-zero", text.replace('"quantity":120', '"quantity":0120')),
        ("payload-null", "json-null", text.replace('"quantity":120', '"quantity":null')),
        ("payload-boolean", "json-boolean", text.replace('"quantity":120', '"quantity":true')),
        ("payload-control", "json-control", text.replace("labels", "lab\tels")),
        ("payload-truncated", "json-truncated", text[:-1]),
        ("payload-trailing", "json-trailing", text + "1"),
        ("payload-too-deep", "json-too-deep", '{"about":' + "[" * 9 + "]" * 9 + "}"),
        ("payload-not-object", "not-an-object", '"hello"'),
        ("payload-empty", "json-truncated", ""),
    ):
        entry(name, f"payload: {name[8:].replace('-', ' ')}", s1, code, raw_payload(what))
    entry("payload-depth-read", "eight levels are read (and refused for their type)", s1, "field-type",
          raw_payload('{"about":' + "[" * 7 + "]" * 7 + ',"kind":"day"}'))

    bad("kind-unknown", "a kind that nobody knows", "kind-unknown", changed(CONTRIBUTION, "kind", "gossip"))
    bad("kind-missing", "no kind", "field-missing", changed(CONTRIBUTION, "kind", None))
    bad("field-unknown", "a field that nobody knows", "field-unknown", changed(CONTRIBUTION, "note", "hello"))
    bad("body-field-unknown", "a field of the body that nobody knows", "field-unknown", changed(CONTRIBUTION, "body.note", "hello"))
    bad("body-missing", "no body", "field-missing", changed(CONTRIBUTION, "body", None))
    bad("body-not-object", "the body is a string", "field-type", changed(CONTRIBUTION, "body", "x"))
    bad("date-missing", "no date", "field-missing", changed(CONTRIBUTION, "date", None))
    bad("date-no-such-day", "30 February", "day", changed(CONTRIBUTION, "date", "2026-02-30"))
    bad("date-not-leap", "29 February of a common year", "day", changed(CONTRIBUTION, "date", "2100-02-29"))
    bad("date-time", "a time beside the day", "day", changed(CONTRIBUTION, "date", "2026-03-02T10:00:00Z"))
    bad("date-before-1970", "a day before 1970", "day", changed(CONTRIBUTION, "date", "1969-12-31"))
    bad("id-upper-case", "an id in upper-case hex", "hex", changed(CONTRIBUTION, "id", nonce(3).upper()))
    bad("id-short", "an id of 15 bytes", "hex", changed(CONTRIBUTION, "id", nonce(3)[:30]))
    bad("log-empty", "an empty origin", "origin-length", changed(CONTRIBUTION, "log", ""))
    bad("log-too-long", "an origin of 256 bytes", "origin-length", changed(CONTRIBUTION, "log", "a" * 256))
    bad("log-plus", "an origin with a plus", "origin-alphabet", changed(CONTRIBUTION, "log", "a+b"))
    bad("project-short", "a project id of 31 bytes", "hex", changed(CONTRIBUTION, "project", PROJECT[:62]))
    bad("project-missing", "a contribution to no project", "project-missing", changed(CONTRIBUTION, "project", None))
    bad("project-not-allowed", "a day of a project", "project-not-allowed", changed(DAY, "project", PROJECT))
    bad("about-empty", "an empty list", "list-empty", changed(CONTRIBUTION, "about", []))
    bad("about-unsorted", "digests out of order", "list-unsorted", changed(REVIEW, "about", sorted(SUBJECTS)[::-1]))
    bad("about-repeated", "a digest twice", "list-repeated", changed(REVIEW, "about", [SUBJECTS[0]] * 2))
    bad("about-not-hex", "a digest in base64", "hex", changed(REVIEW, "about", [b64(b"\0" * 32)]))
    bad("about-missing", "a review of nothing", "about-missing", changed(REVIEW, "about", None))
    bad("about-missing-retraction", "a retraction of nothing", "about-missing", changed(RETRACTION, "about", None))
    bad("about-not-allowed", "a day about something", "about-not-allowed", changed(DAY, "about", SUBJECTS[:1]))
    bad("signers-missing", "no signers", "field-missing", changed(CONTRIBUTION, "signers", None))
    bad("signers-empty", "an empty list of signers", "list-empty", changed(CONTRIBUTION, "signers", []))
    bad("signers-unsorted", "signers out of order", "list-unsorted", changed(half, "signers", half["signers"][::-1]))
    bad("signers-repeated", "a signer twice", "list-repeated", changed(half, "signers", [asha.did, asha.did]))
    bad("signers-too-many", "17 signers", "list-too-long", changed(half, "signers", sorted(k.did for k in sixteen)))
    bad("signers-not-did", "a signer that is no did:key", "did-prefix", changed(half, "signers", ["asha"]))
    bad("signers-not-one", "a contribution by two", "signers-not-one", changed(CONTRIBUTION, "signers", sorted([asha.did, baraka.did])))
    # §5: bodies
    for name, path, value, code in (
        ("quantity-zero", "quantity", 0, "integer-range"), ("quantity-too-large", "quantity", 2**32, "integer-range"),
        ("quantity-string", "quantity", "120", "field-type"), ("quantity-missing", "quantity", None, "field-missing"),
        ("unit-upper-case", "unit", "Item", "token"), ("activity-empty", "activity", "", "token"),
        ("activity-leading-dash", "activity", "-labels", "token"), ("activity-too-long", "activity", "a" * 33, "token"),
        ("work-unknown", "work", "gardening", "word"), ("charter-not-hex", "charter", "latest", "hex"),
        ("contributor-email", "contributor", "someone at example", "alias"), ("contributor-did", "contributor", asha.did, "alias"),
        ("outcome-unknown", "outcome", "maybe", "word"), ("supersedes-short", "supersedes", "00", "hex"),
    ):
        bad(f"contribution-{name}", f"contribution: {name.replace('-', ' ')}", code, changed(CONTRIBUTION, f"body.{path}", value), s5)
    activity = CHARTER["body"]["activities"][0]
    for name, path, value, code in (
        ("activities-empty", "activities", [], "list-empty"),
        ("activities-unsorted", "activities", CHARTER["body"]["activities"][::-1], "list-unsorted"),
        ("activities-repeated", "activities", [activity, {**activity, "weight": 3}], "list-repeated"),
        ("activities-too-long", "activities", [{**activity, "activity": f"a{i:03}"} for i in range(257)], "list-too-long"),
        ("weight-too-large", "activities.0.weight", 2**32, "integer-range"),
        ("activity-unknown-field", "activities.0.bonus", 1, "field-unknown"),
        ("enrolment-unknown", "enrolment", "closed", "word"), ("enrollers-empty", "enrollers", [], "list-empty"),
        ("grace-too-long", "grace", 3651, "integer-range"), ("notice-missing", "notice", None, "field-missing"),
        ("import-short", "import", "00", "hex"), ("name-space", "name", "vu sound", "token"),
        ("reasons-free-text", "reasons", ["Too noisy!"], "token"),
        ("replaces-alone", "replaces", PROJECT, "charter-replaces"),
        ("stewards-none", "stewards.keys", [], "list-empty"), ("threshold-zero", "stewards.threshold", 0, "charter-threshold"),
        ("threshold-too-large", "stewards.threshold", 2, "charter-threshold"),
        ("rule-unknown", "verdicts.0.rule", "coin-toss", "word"),
        ("silence-zero", "verdicts.0.silence", 0, "integer-range"),
        ("count-missing", "verdicts.1.count", None, "verdict-count"), ("count-not-allowed", "verdicts.0.count", 2, "verdict-count"),
        ("count-one", "verdicts.1.count", 1, "integer-range"),
        ("at-once-silence", "verdicts.0.rule", "at-once", "verdict-silence"),
        ("verdict-missing", "verdicts.1", None, "verdict-missing"),
        ("verdict-unused", "activities.1", None, "verdict-unused"),
    ):
        bad(f"charter-{name}", f"charter: {name.replace('-', ' ')}", code, changed(CHARTER, f"body.{path}", value), s5)
    bad("charter-project-alone", "an amendment that does not say what it replaces", "charter-replaces", changed(CHARTER, "project", PROJECT), s5)
    for name, path, value, code in (
        ("change-unknown", "change", "pause", "word"), ("role-unknown", "role", "boss", "word"),
        ("member-name", "member", "baraka", "did-prefix"), ("member-alias-malformed", "member", "alias:mturk:W12", "alias"),
    ):
        bad(f"membership-{name}", f"membership: {name.replace('-', ' ')}", code, changed(MEMBERSHIP, f"body.{path}", value), s5)
    for name, path, value, code in (
        ("verdict-unknown", "verdict", "shrug", "word"), ("method-unknown", "method", "vibes", "word"),
        ("reason-missing", "verdict", "reject", "review-reason-missing"),
        ("quantities-count", "quantities", [1, 2], "review-quantities"),
        ("quantities-empty", "quantities", [], "list-empty"), ("quantities-too-large", "quantities", [1, 2, 2**32], "integer-range"),
        ("adjust-without-quantities", "verdict", "adjust", "review-quantities-missing"),
    ):
        bad(f"review-{name}", f"review: {name.replace('-', ' ')}", code, changed(REVIEW, f"body.{path}", value), s5)
    bad("review-reject-quantities", "review: a rejection with quantities", "review-quantities-not-allowed",
        changed(changed(changed(REVIEW, "body.verdict", "reject"), "body.quantities", [1, 2, 3]), "body.reason", "spam"), s5)
    for name, path, value, code in (
        ("checkpoint-name", "checkpoint", checkpoint.vkey("example.org/other", 1), "checkpoint-name"),
        ("checkpoint-type", "checkpoint", checkpoint.vkey(LOG, 4), "checkpoint-type"),
        ("checkpoint-key-reused", "checkpoint", ledger.vkey(LOG, 1), "key-reused"),
        ("key-not-signer", "key", asha.did, "ledger-key-not-signer"), ("rules-zero", "rules", 0, "integer-range"),
        ("witness-type", "witnesses", [witness.vkey("w.example/1", 1)], "witness-type"),
        ("witness-key-reused", "witnesses", sorted([witness.vkey("w.example/1", 4), witness.vkey("w.example/2", 4)]), "key-reused"),
        ("witness-is-checkpoint-key", "witnesses", [checkpoint.vkey("w.example/1", 4)], "key-reused"),
        ("witnesses-too-many", "witnesses", sorted(Key(f"w{i}").vkey(f"w{i}", 4) for i in range(9)), "list-too-long"),
        ("closing-unknown-field", "closing", {"reason": "tired"}, "field-unknown"),
    ):
        bad(f"ledger-{name}", f"ledger: {name.replace('-', ' ')}", code, changed(LEDGER, f"body.{path}", value), s5)
