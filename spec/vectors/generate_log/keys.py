"""Keys from fixed seeds, vkeys and signature lines."""
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from curve import L
from vector import b64


def seed(label):
    return hashlib.sha256(b"lebombo vector key " + label.encode()).digest()


def secret_scalar(label):
    digest = bytearray(hashlib.sha512(seed(label)).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    return int.from_bytes(digest, "little") % L


def ed25519(label):
    return Ed25519PrivateKey.from_private_bytes(seed(label))


def public(label):
    return ed25519(label).public_key().public_bytes_raw()


def mldsa(label):
    return MLDSA44PrivateKey.from_seed_bytes(seed(label))


def key_id(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def vkey_of(name, kind, key):
    return f"{name}+{key_id(name, kind, key).hex()}+{b64(bytes([kind]) + key)}"


def line(name, id4, signature):
    return f"— {name} {b64(id4 + signature)}\n"
