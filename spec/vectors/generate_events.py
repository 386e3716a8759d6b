#!/usr/bin/env python3
"""Writes spec/vectors/event and spec/vectors/fold after spec/event.md and spec/fold.md.

Shares no code with the verifier. Needs the package `cryptography`. Keys come from fixed seeds, so running it again
writes the same bytes. Usage: python3 spec/vectors/generate_events.py
"""
import base64
import copy
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
TYPE = "application/vnd.lebombo.event.v1+json"
LOG = "example.org/log"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def did_of(public):
    return "did:key:z" + base58(b"\xed\x01" + public)


class Key:
    def __init__(self, name):
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.public = self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.did = did_of(self.public)

    def vkey(self, name, kind):
        data = bytes([kind]) + self.public
        key_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex()
        return f"{name}+{key_id}+{base64.b64encode(data).decode()}"


ledger, checkpoint, witness = Key("ledger"), Key("checkpoint"), Key("witness")
asha, baraka, chipo, mallory = Key("asha"), Key("baraka"), Key("chipo"), Key("mallory")
BY_DID = {k.did: k for k in (ledger, checkpoint, witness, asha, baraka, chipo, mallory)}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def pae(payload, kind=TYPE):
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def event_id(payload):
    return hashlib.sha256(pae(payload)).hexdigest()


def b64(data):
    return base64.b64encode(data).decode()


def seal(payload, signers=None, kind=TYPE, sign_as=None):
    """The envelope over payload bytes (or a payload object), signed by its signers or those given."""
    if isinstance(payload, dict):
        signers = payload["signers"] if signers is None else signers
        payload = canonical(payload)
    signatures = [{"keyid": d, "sig": b64(BY_DID[(sign_as or {}).get(d, d)].private.sign(pae(payload)))}
                  for d in sorted(signers)]
    return {"payload": b64(payload), "payloadType": kind, "signatures": signatures}


def second_nonce(event, key):
    """The event signed with a nonce of its own: another valid signature of the same key over the same bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as Private
    payload = canonical(event)
    order = 2**252 + 27742317777372353535851937790883648493
    seed = key.private.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    secret = bytearray(hashlib.sha512(seed).digest()[:32])
    secret[0] &= 248
    secret[31] = secret[31] & 127 | 64
    a = int.from_bytes(secret, "little")
    # r B is the public key of a seed whose clamped scalar is r.
    other = hashlib.sha512(b"another nonce").digest()[:32]
    scalar = bytearray(hashlib.sha512(other).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    r = int.from_bytes(scalar, "little")
    R = Private.from_private_bytes(other).public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    k = int.from_bytes(hashlib.sha512(R + key.public + pae(payload)).digest(), "little")
    s = ((r + k * a) % order).to_bytes(32, "little")
    return {"payload": b64(payload), "payloadType": TYPE, "signatures": [{"keyid": key.did, "sig": b64(R + s)}]}


def nonce(n):
    return hashlib.sha256(b"nonce %d" % n).hexdigest()[:32]


def make(kind, body, signers, n=1, project=None, about=None, date="2026-03-02", log=LOG):
    out = {"body": body, "date": date, "id": nonce(n), "kind": kind, "log": log,
           "signers": sorted(s.did for s in signers)}
    if project:
        out["project"] = project
    if about:
        out["about"] = sorted(about)
    return out


def charter_body(**changes):
    body = {
        "activities": [
            {"activity": "labels", "unit": "item", "weight": 2, "work": "annotation"},
            {"activity": "stories", "unit": "hour", "weight": 500, "work": "cultural-knowledge"},
        ],
        "enrolment": "open", "enrollers": [asha.did], "grace": 7,
        "import": hashlib.sha256(b"import key").hexdigest(), "name": "vu-sound", "notice": 3,
        "reasons": ["incomplete", "spam"],
        "stewards": {"keys": [asha.did], "threshold": 1},
        "verdicts": [{"rule": "first", "silence": 30, "work": "annotation"},
                     {"count": 2, "rule": "equal", "work": "cultural-knowledge"}],
    }
    body.update(changes)
    return {k: v for k, v in body.items() if v is not None}


LEDGER = make("ledger", {"checkpoint": checkpoint.vkey(LOG, 1), "key": ledger.did, "rules": 1}, [ledger],
              date="2026-03-01")
CHARTER = make("charter", charter_body(), [asha], n=2)
PROJECT = event_id(canonical(CHARTER))
CONTRIBUTION = make("contribution", {"activity": "labels", "charter": PROJECT, "quantity": 120, "unit": "item",
                                     "work": "annotation"}, [baraka], n=3, project=PROJECT,
                    about=[hashlib.sha256(b"manifest").hexdigest()])
MEMBERSHIP = make("membership", {"change": "grant", "member": baraka.did, "role": "reviewer"}, [asha], n=4,
                  project=PROJECT)
SUBJECTS = [hashlib.sha256(b"subject %d" % i).hexdigest() for i in range(3)]
REVIEW = make("review", {"method": "full", "verdict": "accept"}, [baraka], n=5, project=PROJECT, about=SUBJECTS)
RETRACTION = make("retraction", {}, [baraka], n=6, project=PROJECT, about=SUBJECTS[:1])
DAY = make("day", {}, [ledger], n=7, date="2026-03-03")
ALIAS = "alias:mturk:" + hashlib.sha256(b"worker").hexdigest()


def changed(event, path, value):
    """A copy of the event with one field set; None removes it."""
    out = copy.deepcopy(event)
    *heads, last = path.split(".")
    at = out
    for head in heads:
        at = at[int(head)] if isinstance(at, list) else at[head]
    if isinstance(at, list):
        last = int(last)
    if value is None:
        del at[last]
    else:
        at[last] = value
    return out


written = {}


def write(area, name, description, source, **fields):
    path = HERE / area / f"{name}.json"
    assert path not in written, path
    written[path] = True
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"description": description, "source": source, **fields}, indent=1) + "\n")


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
    largest = {**good, "payload": "A" * 4}
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

    def bad(name, description, code, event, source=s3):
        entry(name, description, source, code, seal(event, signers={d for d in event.get("signers", []) if d in BY_DID and len(event["signers"]) < 17} or {baraka.did}))

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


def fold(name, description, entries, effects, counts=(), source="spec/fold.md"):
    """One fold vector: entries in order, the effect of each (`void:CODE` where it is void), and counts at the end."""
    raws = [e if isinstance(e, bytes) else canonical(seal(e)) for e in entries]
    write("fold", name, description, source, entries=[b64(r) for r in raws], effects=effects,
          counts=[dict(zip(("project", "contributor", "work", "unit", "events", "quantity", "withdrawn"), c)) for c in counts])


def eid(event):
    return event_id(canonical(event))


def folds():
    work = lambda n, signer=baraka, **kw: changed_many(make("contribution", dict(CONTRIBUTION["body"]), [signer], n=n, project=PROJECT), kw)
    grant = lambda n, member, role, signer=asha, change="grant": make(
        "membership", {"change": change, "member": member, "role": role}, [signer], n=n, project=PROJECT)
    start = [LEDGER, CHARTER]
    began = ["ledger", "project"]
    count = lambda who, events, quantity, withdrawn=0: (PROJECT, who, "annotation", "item", events, str(quantity), withdrawn)

    fold("counted", "work by two people is counted by person", start + [work(10), work(11), work(12, chipo)],
         began + ["counted"] * 3, [count(baraka.did, 2, 240), count(chipo.did, 1, 120)])
    fold("repeated", "the same event twice counts once", start + [work(10), work(10)], began + ["counted", "void:repeated"], [count(baraka.did, 1, 120)])
    fold("id-taken", "another event with the same id is void", start + [work(10), work(10, **{"body.quantity": 5})],
         began + ["counted", "void:id-taken"], [count(baraka.did, 1, 120)])
    fold("id-of-another", "the same id by another signer is another piece of work", start + [work(10), work(10, chipo)],
         began + ["counted", "counted"], [count(baraka.did, 1, 120), count(chipo.did, 1, 120)])
    fold("no-ledger", "a log that begins with something else counts nothing", [CHARTER, LEDGER, work(10)],
         ["void:no-ledger"] * 3)
    fold("malformed-first", "a log that begins with bytes that are no event counts nothing", [b"hello", LEDGER, CHARTER],
         ["void:json-syntax", "void:no-ledger", "void:no-ledger"])
    two_signers = changed(LEDGER, "signers", sorted([ledger.did, asha.did]))
    fold("ledger-two-signers-first", "entry 0 is signed by the ledger key alone", [two_signers, CHARTER], ["void:no-ledger"] * 2)
    fold("malformed-later", "bytes that are no event hinder nothing", start + [b"hello", b"", work(10)],
         began + ["void:json-syntax", "void:json-truncated", "counted"], [count(baraka.did, 1, 120)])
    fold("other-log", "an event of another log is void", start + [work(10, **{"log": "example.org/other"})], began + ["void:other-log"])
    fold("needs-rules", "a later rules version stops the reader, and earlier results stand",
         start + [work(10), changed_many(LEDGER, {"body.rules": 2, "id": nonce(20)}), work(11)],
         began + ["counted", "needs-rules:2", "needs-rules:2"], [count(baraka.did, 1, 120)])
    closed = changed_many(LEDGER, {"body.closing": {}, "id": nonce(20)})
    fold("log-closed", "after its closing nothing counts", start + [closed, work(10)], began + ["ledger", "void:log-closed"])
    new = Key("ledger 2")
    BY_DID[new.did] = new
    rotated = changed_many(LEDGER, {"body.key": new.did, "id": nonce(20), "signers": sorted([ledger.did, new.did])})
    fold("ledger-key-rotated", "old and new key sign the new constitution; then only the new one signs days",
         [LEDGER, rotated, DAY, make("day", {}, [new], n=8, date="2026-03-03")],
         ["ledger", "ledger", "void:not-ledger-key", "day"])
    fold("ledger-key-usurped", "a new key alone can not make itself the ledger's",
         [LEDGER, changed_many(LEDGER, {"body.key": mallory.did, "id": nonce(20), "signers": [mallory.did]})],
         ["ledger", "void:not-ledger-key"])
    fold("day-not-later", "days increase strictly", [LEDGER, DAY, changed(DAY, "id", nonce(30)), make("day", {}, [ledger], n=31, date="2026-03-02")],
         ["ledger", "day", "void:day-not-later", "void:day-not-later"])
    fold("day-by-another", "only the ledger says what day it is", [LEDGER, make("day", {}, [mallory], n=7, date="2030-01-01")],
         ["ledger", "void:not-ledger-key"])
    fold("project-unknown", "work for a project that is not there", [LEDGER, work(10)], ["ledger", "void:project-unknown"])
    fold("charter-unknown", "work under a charter that is not there", start + [work(10, **{"body.charter": SUBJECTS[0]})], began + ["void:charter-unknown"])
    other = make("charter", charter_body(), [chipo], n=40)
    other["body"]["stewards"] = {"keys": [chipo.did], "threshold": 1}
    fold("charter-of-another-project", "work under the charter of another project", start + [other, work(10, **{"body.charter": eid(other)})],
         began + ["project", "void:charter-unknown"])
    fold("stewards-below-threshold", "a first charter signed by no steward", [LEDGER, changed_many(CHARTER, {"signers": [mallory.did]})],
         ["ledger", "void:stewards-below-threshold"])
    fold("activity-unknown", "an activity that the charter does not have", start + [work(10, **{"body.activity": "singing"})], began + ["void:activity-unknown"])
    fold("unit-unknown", "a unit that the charter does not have", start + [work(10, **{"body.unit": "hour"})], began + ["void:activity-unknown"])
    # amendments: notice 3 days from 2026-03-01, grace 7 days
    amended = make("charter", charter_body(replaces=PROJECT, notice=0), [asha], n=50, project=PROJECT)
    under = lambda n: work(n, **{"body.charter": eid(amended)})
    day = lambda n, date: make("day", {}, [ledger], n=n, date=date)
    fold("amendment-notice", "an amendment waits for its notice", start + [amended, under(10), work(11), day(60, "2026-03-03"), under(12),
         day(61, "2026-03-04"), under(13)], began + ["amendment", "void:charter-not-yet", "counted", "day", "void:charter-not-yet", "day", "counted"],
         [count(baraka.did, 2, 240)])
    fold("amendment-grace", "work under a replaced charter counts within its grace", start + [amended, day(60, "2026-03-04"), work(10),
         day(61, "2026-03-11"), work(11), day(62, "2026-03-12"), work(12)],
         began + ["amendment", "day", "counted", "day", "counted", "day", "void:charter-changed"], [count(baraka.did, 2, 240)])
    rival = make("charter", charter_body(replaces=PROJECT, notice=1), [asha], n=51, project=PROJECT)
    fold("amendment-replaced-while-waiting", "a second amendment of the same charter takes the first one's place, with new notice",
         start + [amended, day(60, "2026-03-03"), rival, day(61, "2026-03-04"), under(10), day(62, "2026-03-06"),
                  work(11, **{"body.charter": eid(rival)}), under(12)],
         began + ["amendment", "day", "amendment", "day", "void:charter-not-yet", "day", "counted", "void:charter-not-yet"], [count(baraka.did, 1, 120)])
    fold("amendment-stale", "an amendment of a charter that is no longer in force", start + [amended, day(60, "2026-03-04"), rival],
         began + ["amendment", "day", "void:charter-not-in-force"])
    stolen = make("charter", charter_body(replaces=PROJECT, stewards={"keys": [mallory.did], "threshold": 1}), [mallory], n=52, project=PROJECT)
    fold("amendment-by-an-attacker", "an amendment that names only the attacker as steward", start + [stolen], began + ["void:stewards-below-threshold"])
    # memberships and enrolment
    closed_charter = make("charter", charter_body(enrolment="enrolled"), [asha], n=70)
    p2 = eid(closed_charter)
    mine = lambda n: changed_many(work(n), {"project": p2, "body.charter": p2})
    join = lambda n, change="grant", signer=asha: changed_many(grant(n, baraka.did, "contributor", signer, change), {"project": p2})
    fold("enrolled", "in an enrolled project only members' work counts, at its position", [LEDGER, closed_charter, mine(10), join(71), mine(11), join(72, "end"), mine(12)],
         ["ledger", "project", "void:not-enrolled", "membership", "counted", "membership", "void:not-enrolled"],
         [(p2, baraka.did, "annotation", "item", 1, "120", 0)])
    fold("not-enroller", "a membership by one who is no enroller", [LEDGER, closed_charter, join(71, signer=mallory)], ["ledger", "project", "void:not-enroller"])
    fold("member-twice", "a role is granted once and ended once", [LEDGER, closed_charter, join(71), join(72), join(73, "end"), join(74, "end")],
         ["ledger", "project", "membership", "void:member-has-role", "membership", "void:member-lacks-role"])
    # imports
    imported = lambda n, signer=chipo, **kw: work(n, signer, **{"body.contributor": ALIAS, **kw})
    fold("imported", "an importer logs an alias's work", start + [imported(10), grant(80, chipo.did, "importer"), imported(11)],
         began + ["void:not-importer", "membership", "counted"], [count(ALIAS, 1, 120)])
    fold("imported-twice", "two importers of a project share the ids of imported work",
         start + [grant(80, chipo.did, "importer"), grant(81, baraka.did, "importer"), imported(10), imported(10, baraka), imported(10, **{"body.quantity": 3})],
         began + ["membership", "membership", "counted", "void:id-taken", "void:id-taken"], [count(ALIAS, 1, 120)])
    no_import = make("charter", charter_body(**{"import": None}), [asha], n=82)
    p3 = eid(no_import)
    fold("import-not-allowed", "without an import key nothing is imported",
         [LEDGER, no_import, changed(grant(83, chipo.did, "importer"), "project", p3), imported(10, **{"project": p3, "body.charter": p3})],
         ["ledger", "project", "membership", "void:import-not-allowed"])
    # withdrawal
    first = work(10)
    back = lambda n, *about, signer=baraka: make("retraction", {}, [signer], n=n, project=PROJECT, about=about)
    fold("retracted", "withdrawn work does not count, and its id is free again", start + [first, back(90, eid(first)), first, work(10, **{"body.quantity": 7})],
         began + ["counted", "withdrawn", "void:repeated", "counted"], [count(baraka.did, 1, 7, 1)])
    fold("retracted-by-another", "nobody withdraws another's work", start + [first, back(90, eid(first), signer=mallory)],
         began + ["counted", "void:retracts-nothing"], [count(baraka.did, 1, 120)])
    fold("retracted-twice", "what is withdrawn is withdrawn", start + [first, back(90, eid(first)), back(91, eid(first))],
         began + ["counted", "withdrawn", "void:retracts-nothing"], [count(baraka.did, 0, 0, 1)])
    fold("retracted-unknown", "of several events those that can be are withdrawn", start + [first, back(90, eid(first), SUBJECTS[0])],
         began + ["counted", "withdrawn"], [count(baraka.did, 0, 0, 1)])
    fold("superseded", "an event takes the place of an earlier one, id and all", start + [first, work(10, **{"body.quantity": 9, "body.supersedes": eid(first)})],
         began + ["counted", "counted"], [count(baraka.did, 1, 9, 1)])
    fold("superseded-unknown", "nothing there to supersede", start + [work(10, **{"body.supersedes": SUBJECTS[0]})], began + ["void:supersedes-unknown"])
    fold("superseded-of-another", "nobody supersedes another's work", start + [first, work(11, mallory, **{"body.supersedes": eid(first)})],
         began + ["counted", "void:supersedes-unknown"], [count(baraka.did, 1, 120)])
    fold("review-noted", "a review is in the log, and has no effect on these counts", start + [first, make("review", REVIEW["body"], [chipo], n=95, project=PROJECT, about=[eid(first)])],
         began + ["counted", "noted"], [count(baraka.did, 1, 120)])

    # readings that only one of these tells apart
    fold("repeated-void", "an event that was void does not come again either", start + [work(10, **{"body.activity": "singing"})] * 2,
         began + ["void:activity-unknown", "void:repeated"])
    fold("repeated-before-closed", "what was there before is repeated, also in a closed log", start + [work(10), closed, work(10)],
         began + ["counted", "ledger", "void:repeated"], [count(baraka.did, 1, 120)])
    stray = work(10, **{"log": "example.org/other"})
    fold("other-log-twice", "an event of another log leaves no trace", start + [stray, stray], began + ["void:other-log"] * 2)
    fold("ledger-stranger-signs", "nobody but the old and the new key signs a ledger event",
         [LEDGER, changed_many(LEDGER, {"id": nonce(20), "signers": sorted([ledger.did, mallory.did])})], ["ledger", "void:not-ledger-key"])
    fold("ledger-closing-first", "entry 0 does not close the log", [changed(LEDGER, "body.closing", {}), CHARTER], ["void:no-ledger"] * 2)
    fold("needs-rules-first", "entry 0 asks for later rules", [changed(LEDGER, "body.rules", 2), CHARTER], ["needs-rules:2"] * 2)
    fold("not-every-signer-enrols", "every signer of a membership is an enroller",
         [LEDGER, closed_charter, changed_many(join(71), {"signers": sorted([asha.did, mallory.did])})], ["ledger", "project", "void:not-enroller"])
    fold("charter-extra-signers", "signers who are no stewards do a charter no harm",
         [LEDGER, changed_many(CHARTER, {"signers": sorted([asha.did, mallory.did])})], ["ledger", "project"])
    fold("amendment-late", "a charter is replaced on the day that its amendment was due, however late that shows",
         start + [amended, day(60, "2026-03-20"), work(10), under(11)],
         began + ["amendment", "day", "void:charter-changed", "counted"], [count(baraka.did, 1, 120)])
    no_grace = make("charter", charter_body(replaces=PROJECT, grace=0), [asha], n=53, project=PROJECT)
    fold("grace-of-the-named", "grace is that of the charter that the work names", start + [no_grace, day(60, "2026-03-10"), work(10)],
         began + ["amendment", "day", "counted"], [count(baraka.did, 1, 120)])
    closed_import = make("charter", charter_body(replaces=PROJECT, **{"import": None}), [asha], n=54, project=PROJECT)
    fold("import-of-the-one-in-force", "whether work may be imported says the charter in force",
         start + [grant(80, chipo.did, "importer"), closed_import, day(60, "2026-03-04"), imported(10)],
         began + ["membership", "amendment", "day", "void:import-not-allowed"])
    first10 = imported(10)
    fold("superseded-by-another-importer", "what is superseded was signed by the same key",
         start + [grant(80, chipo.did, "importer"), grant(81, baraka.did, "importer"), first10,
                  imported(10, baraka, **{"body.supersedes": eid(first10)})],
         began + ["membership", "membership", "counted", "void:supersedes-unknown"], [count(ALIAS, 1, 120)])
    other_alias = "alias:mturk:" + hashlib.sha256(b"another worker").hexdigest()
    fold("superseded-for-another", "what is superseded was the same person's work",
         start + [grant(80, chipo.did, "importer"), first10, imported(10, **{"body.contributor": other_alias, "body.supersedes": eid(first10)})],
         began + ["membership", "counted", "void:supersedes-unknown"], [count(ALIAS, 1, 120)])
    fold("supersedes-before-id", "what can not be superseded is told before that the id is taken",
         start + [work(10), work(10, **{"body.quantity": 5, "body.supersedes": SUBJECTS[0]})],
         began + ["counted", "void:supersedes-unknown"], [count(baraka.did, 1, 120)])
    second_project = make("charter", charter_body(), [asha], n=41)
    p4 = eid(second_project)
    elsewhere = work(10, **{"project": p4, "body.charter": p4})
    fold("id-in-another-project", "an id is taken within its project", start + [second_project, work(10), elsewhere],
         began + ["project", "counted", "counted"], [count(baraka.did, 1, 120), (p4, baraka.did, "annotation", "item", 1, "120", 0)])
    fold("retracted-of-another-project", "a retraction reaches its own project only", start + [second_project, elsewhere, back(90, eid(elsewhere))],
         began + ["project", "counted", "void:retracts-nothing"], [(p4, baraka.did, "annotation", "item", 1, "120", 0)])
    fold("retracted-imported", "an importer withdraws what they imported", start + [grant(80, chipo.did, "importer"), first10, back(90, eid(first10), signer=chipo), first10],
         began + ["membership", "counted", "withdrawn", "void:repeated"], [count(ALIAS, 0, 0, 1)])
    fold("retracted-by-two", "a retraction has one signer", start + [first, make("retraction", {}, [baraka, chipo], n=92, project=PROJECT, about=[eid(first)])],
         began + ["counted", "void:retracts-nothing"], [count(baraka.did, 1, 120)])
    enrolled_import = make("charter", charter_body(enrolment="enrolled"), [asha], n=72)
    p5 = eid(enrolled_import)
    into = lambda event: changed_many(event, {"project": p5, **({"body.charter": p5} if event["kind"] == "contribution" else {})})
    fold("enrolled-alias", "in an enrolled project the alias is the member, not its importer",
         [LEDGER, enrolled_import, into(grant(80, chipo.did, "importer")), into(grant(81, chipo.did, "contributor")), into(imported(10)),
          into(grant(82, ALIAS, "contributor")), into(imported(11))],
         ["ledger", "project", "membership", "membership", "void:not-enrolled", "membership", "counted"],
         [(p5, ALIAS, "annotation", "item", 1, "120", 0)])


def changed_many(event, changes):
    for path, value in changes.items():
        event = changed(event, path, value)
    return event


events()
folds()
for area in ("event", "fold"):
    for path in (HERE / area).glob("*.json"):
        if path not in written:
            path.unlink()
print(len(written), "vectors")
