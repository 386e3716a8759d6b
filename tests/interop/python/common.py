"""What the checks share: one line for each, entries of a served log, and the parts of an entry."""

import base64
import hashlib
import json
import pathlib
import sys
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "spec" / "vectors"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BUNDLE = 256

_failed = False


class Wrong(Exception):
    """Something of ours is not as it must be, or something broken was accepted."""


def check(name, run):
    """Runs one check and prints its line. Any exception is a failure: it is an answer to what we wrote."""
    global _failed
    try:
        run()
    except Exception as error:
        _failed = True
        why = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"FAILED python/{name}: {why}")
    else:
        print(f"ok python/{name}")


def finish():
    """Ends the program with status 1 if a check failed."""
    sys.exit(1 if _failed else 0)


def must(condition, why):
    if not condition:
        raise Wrong(why)


def refused(what, run, *errors):
    """The negative control: run must raise one of errors."""
    try:
        run()
    except errors:
        return
    raise Wrong(f"accepted {what}")


def did_to_public(did):
    """The 32 bytes of the Ed25519 key that a did:key names."""
    prefix = "did:key:z"
    must(did.startswith(prefix), f"not a did:key: {did}")
    number = 0
    for digit in did[len(prefix) :]:
        number = number * 58 + BASE58.index(digit)
    raw = number.to_bytes(34, "big")
    must(raw[:2] == b"\xed\x01", f"not an Ed25519 key: {did}")
    return raw[2:]


def public_to_did(public):
    number, digits = int.from_bytes(b"\xed\x01" + public, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = BASE58[digit] + digits
    return "did:key:z" + digits


def public_key(did):
    return Ed25519PublicKey.from_public_bytes(did_to_public(did))


def read_receipts(folder):
    """Event id and text of each receipt; the id is the file's name."""
    receipts = {path.stem: path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*.tlog-proof"))}
    must(receipts, f"no receipt in {folder}")
    return receipts


def vectors(kind):
    """Every test vector of a kind, by name."""
    found = {path.stem: json.loads(path.read_bytes()) for path in sorted((VECTORS / kind).glob("*.json"))}
    must(found, f"no vector in {VECTORS / kind}")
    return found


def served_entries(url):
    """Every entry of a served log, in order, read by the C2SP tlog-tiles paths."""

    def get(path):
        with urllib.request.urlopen(f"{url.rstrip('/')}/{path}", timeout=30) as answer:
            return answer.read()

    size = int(get("checkpoint").split(b"\n")[1])
    must(size > 0, "the log is empty")
    entries = []
    for first in range(0, size, BUNDLE):
        width = min(BUNDLE, size - first)
        partial = "" if width == BUNDLE else f".p/{width}"
        bundle = get("tile/entries/" + tile_number(first // BUNDLE) + partial)
        for _ in range(width):
            length = int.from_bytes(bundle[:2], "big")
            must(len(bundle) >= 2 + length, f"the bundle from entry {first} is cut off")
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
        must(not bundle, f"the bundle from entry {first} has bytes left over")
    return entries


def tile_number(number):
    """1234067 is x001/x234/067."""
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    return "/".join(groups)


def payload_of(entry):
    return base64.b64decode(json.loads(entry)["payload"], validate=True)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
