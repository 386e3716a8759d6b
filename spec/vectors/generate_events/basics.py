"""What the parts of the second implementation share: rules that break, and hashes."""
import hashlib

ZEROES = bytes(32)


class Void(Exception):
    """The rule that the entry breaks."""


def need(holds, code):
    if not holds:
        raise Void(code)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u64(number):
    return number.to_bytes(8, "big")


def split(count):
    """The largest power of two below `count` (RFC 6962 §2.1)."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k
