"""Trees, after the recursive definitions of RFC 6962 §2.1."""
import hashlib


def sha256(data):
    return hashlib.sha256(data).digest()


def entries(count):
    return [b"entry %d" % i for i in range(count)]


def split(n):
    return 1 << (n - 1).bit_length() - 1


def root(d):
    if not d:
        return sha256(b"")
    if len(d) == 1:
        return sha256(b"\0" + d[0])
    k = split(len(d))
    return sha256(b"\1" + root(d[:k]) + root(d[k:]))


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    return path(m, d[:k]) + [root(d[k:])] if m < k else path(m - k, d[k:]) + [root(d[:k])]


def proof(m, d, whole=True):
    if m == len(d):
        return [] if whole else [root(d)]
    k = split(len(d))
    return proof(m, d[:k], whole) + [root(d[k:])] if m <= k else proof(m - k, d[k:], False) + [root(d[:k])]


def flip(data, bit=0):
    return bytes([data[0] ^ 1 << bit]) + data[1:]
