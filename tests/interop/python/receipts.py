"""A second reading of receipts, after the C2SP texts alone: tlog-proof, signed-note, tlog-checkpoint, RFC 9162.

Usage: receipts.py POLICY RECEIPTS
"""

import base64
import binascii
import dataclasses
import pathlib
import re
import sys

from common import check, finish, must, read_receipts, refused, sha256
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Refused(Exception):
    """This receipt proves nothing."""


@dataclasses.dataclass(frozen=True)
class Receipt:
    extra: bytes
    index: int
    proof: tuple
    checkpoint: bytes


def decode(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refused(f"base64: {error}") from error
    if base64.b64encode(raw) != text:
        raise Refused("base64 with stray bits")
    return raw


def decimal(text):
    if not re.fullmatch(rb"0|[1-9][0-9]{0,18}", text):
        raise Refused(f"not a decimal: {text!r}")
    return int(text)


def parse(text):
    """C2SP tlog-proof, "Format". We always write the `extra` line: it holds the entry."""
    head, blank, checkpoint = text.partition(b"\n\n")
    if not blank:
        raise Refused("no checkpoint")
    lines = head.split(b"\n")
    if len(lines) < 3 or lines[0] != b"c2sp.org/tlog-proof@v1":
        raise Refused("not a tlog-proof")
    if not lines[1].startswith(b"extra ") or not lines[2].startswith(b"index "):
        raise Refused("no entry or no index")
    proof = tuple(decode(line) for line in lines[3:])
    if any(len(node) != 32 for node in proof):
        raise Refused("a hash that is not 32 bytes")
    return Receipt(decode(lines[1][6:]), decimal(lines[2][6:]), proof, checkpoint)


def write(receipt):
    lines = [b"c2sp.org/tlog-proof@v1", b"extra " + base64.b64encode(receipt.extra), b"index %d" % receipt.index]
    return b"\n".join([*lines, *map(base64.b64encode, receipt.proof)]) + b"\n\n" + receipt.checkpoint


@dataclasses.dataclass(frozen=True)
class LogKey:
    name: bytes
    key_id: bytes
    key: Ed25519PublicKey


def log_key(vkey):
    """C2SP signed-note, "Verifier keys": name, key id and type 0x01."""
    name, key_id, encoded = vkey.split(b"+", 2)
    key = decode(encoded)
    must(key[0] == 1 and len(key) == 33, f"{vkey} is not an Ed25519 key of a log")
    must(sha256(name, b"\n", key)[:4].hex().encode() == key_id, f"{vkey} has another key id")
    return LogKey(name, bytes.fromhex(key_id.decode()), Ed25519PublicKey.from_public_bytes(key[1:]))


def policy_logs(path):
    words = [line.split() for line in pathlib.Path(path).read_bytes().splitlines()]
    logs = [log_key(line[1]) for line in words if line[:1] == [b"log"]]
    must(logs, f"{path} names no log")
    must([b"quorum", b"none"] in words, f"{path} asks for witnesses, which are not read here")
    return logs


def open_checkpoint(note, log):
    """C2SP tlog-checkpoint: size and root, if the log signed them."""
    body, blank, signatures = note.partition(b"\n\n")
    text = body + b"\n"
    lines = body.split(b"\n")
    if not blank or not signatures.endswith(b"\n") or len(lines) < 3 or lines[0] != log.name:
        raise Refused("not a checkpoint of this log")
    for line in signatures[:-1].split(b"\n"):
        if not line.startswith("\u2014 ".encode()):
            raise Refused("a line that is no signature")
        name, _, encoded = line[4:].partition(b" ")
        if name != log.name:
            continue
        signature = decode(encoded)
        if signature[:4] != log.key_id:
            continue
        try:
            log.key.verify(signature[4:], text)
        except InvalidSignature as error:
            raise Refused("the log's signature is wrong") from error
        root = decode(lines[2])
        if len(root) != 32:
            raise Refused("a root that is not 32 bytes")
        return decimal(lines[1]), root
    raise Refused("the log has not signed")


def included(index, size, leaf, proof, root):
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        raise Refused("an index beyond the tree")
    fn, sn, r = index, size - 1, leaf
    for node in proof:
        if sn == 0:
            raise Refused("too many hashes")
        if fn & 1 or fn == sn:
            r = sha256(b"\x01", node, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01", r, node)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or r != root:
        raise Refused("the entry is not in this tree")


def verify(receipt, logs):
    """C2SP tlog-proof, "Verifying a tlog proof"."""
    for log in logs:
        if receipt.checkpoint.startswith(log.name + b"\n"):
            size, root = open_checkpoint(receipt.checkpoint, log)
            included(receipt.index, size, sha256(b"\x00", receipt.extra), receipt.proof, root)
            return
    raise Refused("a log that the policy does not name")


def accept(receipts, logs):
    for name, text in receipts.items():
        receipt = parse(text)
        try:
            verify(receipt, logs)
        except Refused as error:
            raise Refused(f"{name}: {error}") from error
        must(write(receipt) == text, f"{name}: written anew it has other bytes")


def refuse_every_bit(receipts, logs):
    """Flips each bit of the receipt with most hashes. The reader here is strict: nothing may get through."""
    text = max(receipts.values(), key=lambda text: (len(parse(text).proof), -len(text)))
    verify(parse(text), logs)
    for at in range(len(text) * 8):
        changed = bytearray(text)
        changed[at // 8] ^= 1 << at % 8
        bad = bytes(changed)
        refused(f"bit {at % 8} of byte {at // 8} changed", lambda bad=bad: verify(parse(bad), logs), Refused)


def refuse_others(receipts, logs):
    """The wrong log: another key of the same name, another name of the same key."""
    receipt = parse(next(iter(receipts.values())))
    stranger = Ed25519PrivateKey.generate().public_key()
    other_keys = [dataclasses.replace(log, key=stranger) for log in logs]
    refused("another key", lambda: verify(receipt, other_keys), Refused)
    other_names = [dataclasses.replace(log, name=log.name + b"x") for log in logs]
    refused("another name", lambda: verify(receipt, other_names), Refused)


def main():
    policy, folder = sys.argv[1:]
    logs, receipts = policy_logs(policy), read_receipts(folder)
    check("receipts-accepted", lambda: accept(receipts, logs))
    check("receipts-every-bit", lambda: refuse_every_bit(receipts, logs))
    check("receipts-other-logs", lambda: refuse_others(receipts, logs))
    finish()


if __name__ == "__main__":
    main()
