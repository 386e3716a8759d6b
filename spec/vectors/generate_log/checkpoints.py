"""vectors/checkpoint and vectors/cosignature."""
from cosign import TIME, body, cosign_mldsa, cosign_v1, message_mldsa, u64
from keys import ed25519, mldsa, public, vkey_of
from tree import entries, flip, root, sha256
from vector import LOG, b64, write


def checkpoints():
    rule = "C2SP tlog-checkpoint, Note text"
    good = body()
    top = b64(root(entries(8)))

    def case(name, description, text, error=None, expect=None, source=rule):
        write("checkpoint", name, description, source, error, text=text, expect=expect)

    def parsed(origin=LOG, size=8, top=top, extensions=()):
        return {"origin": origin, "size": size, "root": top, "extensions": list(extensions)}

    empty = b64(sha256(b""))
    case("valid", "a checkpoint of 8 leaves", good, expect=parsed())
    case("valid-empty-tree", "size 0", f"{LOG}\n0\n{empty}\n", expect=parsed(size=0, top=empty))
    case("valid-largest", "2^48 leaves", f"{LOG}\n{2**48}\n{top}\n", expect=parsed(size=2**48), source="spec/tree.md §4")
    case("valid-extensions", "two extension lines, which mean nothing here", good + "one\nt w o\n", expect=parsed(extensions=["one", "t w o"]))
    case("valid-longest-origin", "255 bytes", body("o" * 255), expect=parsed("o" * 255), source="spec/tree.md §4")
    case("unterminated", "no newline at the end", good[:-1], "checkpoint-unterminated")
    case("empty", "no text", "", "checkpoint-unterminated")
    case("one-line", "an origin only", LOG + "\n", "checkpoint-lines")
    case("two-lines", "no root hash", f"{LOG}\n8\n", "checkpoint-lines")
    case("origin-empty", "an empty first line", body(""), "origin-length")
    case("origin-256", "one byte too long", body("o" * 256), "origin-length", source="spec/tree.md §4")
    case("origin-space", "a space in the origin", body("example.org/a log"), "origin-alphabet", source="spec/tree.md §4")
    case("origin-plus", "a plus sign in the origin", body("example.org/a+b"), "origin-alphabet", source="spec/tree.md §4")
    case("origin-not-ascii", "letters beyond ASCII in the origin", body("example.org/é"), "origin-alphabet", source="spec/tree.md §4")
    for name, description, size in [("empty", "no size", ""), ("leading-zero", "a leading zero", "08"), ("two-zeroes", "zero written 00", "00"), ("plus", "a plus sign", "+8"),
                                    ("minus", "a negative number", "-8"), ("hex", "hexadecimal", "0x8"), ("space", "a space before the number", " 8"),
                                    ("arabic-digit", "a digit that is not ASCII", "٨"), ("fraction", "a fraction", "8.0")]:
        case(f"size-{name}", description, f"{LOG}\n{size}\n{top}\n", "checkpoint-size-form")
    case("size-2-48-plus-1", "2^48 + 1", f"{LOG}\n{2**48 + 1}\n{top}\n", "checkpoint-size-range", source="spec/tree.md §4")
    case("size-2-64", "2^64, which overflows", f"{LOG}\n{2**64}\n{top}\n", "checkpoint-size-range", source="spec/tree.md §4")
    case("root-31-bytes", "31 bytes", f"{LOG}\n8\n{b64(bytes(31))}\n", "checkpoint-root")
    case("root-33-bytes", "33 bytes", f"{LOG}\n8\n{b64(bytes(33))}\n", "checkpoint-root")
    case("root-unpadded", "padding left out", f"{LOG}\n8\n{top.rstrip('=')}\n", "checkpoint-root")
    case("root-stray-bits", "bits set that are not part of any octet", f"{LOG}\n8\n{'A' * 42}B=\n", "checkpoint-root")
    case("root-hex", "hexadecimal", f"{LOG}\n8\n{root(entries(8)).hex()}\n", "checkpoint-root")
    case("root-empty", "an empty third line", f"{LOG}\n8\n\n", "checkpoint-root")
    case("empty-tree-other-root", "size 0 with the root of other leaves", f"{LOG}\n0\n{top}\n", "checkpoint-empty-root", source="RFC 6962 §2.1")
    case("extension-empty", "an empty line after the root", good + "\n", "checkpoint-empty-extension")
    case("extension-empty-between", "an empty line between extension lines", good + "one\n\ntwo\n", "checkpoint-empty-extension")


def cosignatures():
    name = "example.org/witness"
    text, top = body(), root(entries(8))
    v1, mlkey = vkey_of(name, 4, public("witness")), vkey_of(name, 6, mldsa("witness").public_key().public_bytes_raw())
    rule, ml = "C2SP tlog-cosignature, Ed25519 signed message", "C2SP tlog-cosignature, ML-DSA-44 signed message"

    def case(case_name, description, vkey, cosignature, error=None, text=text, timestamp=None, source=rule):
        write("cosignature", case_name, description, source, error, vkey=vkey, checkpoint=text, cosignature=b64(cosignature), timestamp=timestamp)

    good = cosign_v1("witness", text)
    case("valid-v1", "an Ed25519 cosignature", v1, good, timestamp=TIME)
    case("valid-v1-time-0", "time 0", v1, cosign_v1("witness", text, 0), timestamp=0)
    case("valid-v1-time-largest", "time 2^63 - 1: no clock is asked", v1, cosign_v1("witness", text, 2**63 - 1), timestamp=2**63 - 1)
    extended = text + "an extension\n"
    case("valid-v1-extension", "extension lines are signed too", v1, cosign_v1("witness", extended), text=extended, timestamp=TIME)
    case("valid-ml-dsa-44", "an ML-DSA-44 cosignature", mlkey, cosign_mldsa("witness", name), timestamp=TIME, source=ml)
    case("valid-ml-dsa-44-time-0", "no statement about time", mlkey, cosign_mldsa("witness", name, 0), timestamp=0, source=ml)
    case("valid-ml-dsa-44-extension", "extension lines are not part of the message", mlkey, cosign_mldsa("witness", name), text=extended, timestamp=TIME, source=ml)
    case("key-type-01", "a key for plain note signatures", vkey_of(name, 1, public("witness")), good, "cosignature-key-type", source="C2SP tlog-cosignature, Format")
    case("v1-short", "a byte is missing", v1, good[:-1], "cosignature-wrong-length", source="C2SP tlog-cosignature, Format")
    case("v1-long", "a byte too many", v1, good + b"\0", "cosignature-wrong-length", source="C2SP tlog-cosignature, Format")
    case("v1-no-time", "a signature without its time", v1, good[8:], "cosignature-wrong-length", source="C2SP tlog-cosignature, Format")
    case("ml-dsa-44-short", "an Ed25519 cosignature under an ML-DSA-44 key", mlkey, good, "cosignature-wrong-length", source="C2SP tlog-cosignature, Format")
    case("v1-time-2-63", "time 2^63", v1, cosign_v1("witness", text, 2**63), "cosignature-timestamp-range", source="C2SP tlog-cosignature, Format")
    case("ml-dsa-44-time-2-63", "time 2^63", mlkey, cosign_mldsa("witness", name, 2**63), "cosignature-timestamp-range", source="C2SP tlog-cosignature, Format")
    case("v1-other-time", "another time in front of the signature", v1, u64(TIME + 1) + good[8:], "cosignature-ed25519-invalid")
    case("v1-other-checkpoint", "made for a checkpoint of another size", v1, cosign_v1("witness", body(size=7)), "cosignature-ed25519-invalid")
    case("v1-other-key", "made by another key", v1, cosign_v1("somebody else", text), "cosignature-ed25519-invalid")
    case("v1-plain-signature", "the checkpoint itself was signed, without header and time", v1, u64(TIME) + ed25519("witness").sign(text.encode()), "cosignature-ed25519-invalid")
    case("v1-extension-unsigned", "an extension line was added afterwards", v1, good, "cosignature-ed25519-invalid", text=extended)
    for case_name, description, signature in [
        ("other-time", "another time in front of the signature", u64(TIME + 1) + cosign_mldsa("witness", name)[8:]),
        ("other-name", "made under another cosigner name", cosign_mldsa("witness", "example.org/other")),
        ("other-origin", "made for another log", cosign_mldsa("witness", name, origin="example.org/other")),
        ("other-size", "made for another size", cosign_mldsa("witness", name, size=7, top=top)),
        ("other-root", "made for another root", cosign_mldsa("witness", name, top=flip(top))),
        ("subtree", "made for a subtree that begins at leaf 4", cosign_mldsa("witness", name, 0, start=4)),
        ("other-key", "made by another key", cosign_mldsa("somebody else", name)),
        ("context", "made with a context string", u64(TIME) + mldsa("witness").sign(message_mldsa(name, TIME, LOG, 8, top), context=b"c")),
        ("malformed", "bytes that no signer makes", u64(TIME) + b"\xff" * 2420),
    ]:
        case(f"ml-dsa-44-{case_name}", description, mlkey, signature, "cosignature-ml-dsa-44-invalid", source=ml)
