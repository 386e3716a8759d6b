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


def u8(number):
    return bytes([number])


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


def split(count):
    """The largest power of two below `count` (RFC 6962 §2.1)."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def tree_root(hashes):
    """The root of a plain tree of RFC 6962; zeroes where it is empty."""
    if not hashes:
        return ZEROES
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return sha256(b"\x01", tree_root(hashes[:k]), tree_root(hashes[k:]))
