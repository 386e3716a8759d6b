"""Checkpoints and the messages that cosigners sign."""
from keys import ed25519, mldsa
from tree import entries, root
from vector import LOG, b64

TIME = 1_750_000_000


def body(origin=LOG, size=8, top=None, extensions=""):
    return f"{origin}\n{size}\n{b64(top or root(entries(size)))}\n{extensions}"


def u64(n):
    return n.to_bytes(8, "big")


def message_v1(timestamp, text):
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def message_mldsa(name, timestamp, origin, size, top, start=0):
    name, origin = name.encode(), origin.encode()
    return b"subtree/v1\n\0" + bytes([len(name)]) + name + u64(timestamp) + bytes([len(origin)]) + origin + u64(start) + u64(size) + top


def cosign_v1(label, text, timestamp=TIME):
    return u64(timestamp) + ed25519(label).sign(message_v1(timestamp, text))


def cosign_mldsa(label, name, timestamp=TIME, origin=LOG, size=8, top=None, start=0):
    return u64(timestamp) + mldsa(label).sign(message_mldsa(name, timestamp, origin, size, top or root(entries(size)), start))
