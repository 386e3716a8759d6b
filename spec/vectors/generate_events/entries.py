"""Keys, events, envelopes and files for the vectors of spec/event.md and spec/fold.md.

Shares no code with the verifier. Keys come from fixed seeds, so the same events are written each time.
"""
import base64
import copy
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).resolve().parent.parent
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


def public_of(did):
    """The key in a did:key, the inverse of `did_of`."""
    number = 0
    for letter in did.removeprefix("did:key:z"):
        number = number * 58 + ALPHABET.index(letter)
    return number.to_bytes(34, "big").removeprefix(b"\xed\x01")


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


def changed_many(event, changes):
    for path, value in changes.items():
        event = changed(event, path, value)
    return event


def eid(event):
    return event_id(canonical(event))


written = {}


def write(area, name, description, source, **fields):
    path = HERE / area / f"{name}.json"
    assert path not in written, path
    written[path] = True
    path.parent.mkdir(exist_ok=True)
    fields = {"description": description, "source": source, **fields}
    path.write_text("{\n" + ",\n".join(f' "{name}": {lines(value)}' for name, value in fields.items()) + "\n}\n")


def lines(value):
    """JSON, of a list each element on a line of its own."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join("  " + json.dumps(each) for each in value) + "\n ]"
    return json.dumps(value)
