"""The keys of spec/keys.md, derived by another program: HKDF (RFC 5869) and Ed25519 of the cryptography package."""

from common import check, finish, must, public_to_did, vectors
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def derive(case, generation):
    info = b"\x00".join([case["label"].encode(), case["log"].encode(), bytes.fromhex(case["id"])])
    info += generation.to_bytes(4, "big")
    secret = HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(bytes.fromhex(case["seed"]))
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    return info, secret, public_to_did(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def derivation():
    for name, case in vectors("derivation").items():
        info, secret, did = derive(case, case["generation"])
        must(info.hex() == case["info"], f"{name}: info {info.hex()}")
        must(secret.hex() == case["secret"], f"{name}: another secret")
        must(did == case["did"], f"{name}: {did}")
        _, _, other = derive(case, case["generation"] ^ 1)
        must(other != case["did"], f"{name}: two generations have one key")


check("key-derivation-vectors", derivation)
finish()
